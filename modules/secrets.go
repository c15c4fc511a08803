package modules

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// hidden stands for a secret in what users see.
const hidden = "REDACTED"

// secretNames are what the names of parameters contain whose values are secret.
var secretNames = pattern(`(?i)token|secret|pass|pwd|auth|^sig$|signature|credential|session|jwt|sshkey|api_?-?key|access_?-?key|private_?-?key|^key$|^x-amz-|^x-goog-`)

// tokenPattern is what keys and tokens look like, whatever they are called.
var tokenPattern = pattern(`^[A-Za-z0-9+/_=.~-]{24,}$`)

// isSecret reports whether a parameter must be neither printed nor locked.
func isSecret(name, value string) bool {
	if name == "ref" || name == "checksum" || name == "archive" {
		return false
	}
	mixed := strings.ContainsAny(value, "0123456789") && strings.ContainsAny(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	return secretNames().MatchString(name) || mixed && tokenPattern().MatchString(value)
}

// redacted returns u without its secrets. Tokens travel as the user name of
// https addresses too; the user of ssh is no secret.
func redacted(u *url.URL) *url.URL {
	c := *u
	if c.User != nil {
		c.User = nil
		if u.Scheme == "ssh" {
			c.User = url.User(u.User.Username())
		}
	}
	q := c.Query()
	for name, values := range q {
		if slices.ContainsFunc(values, func(v string) bool { return isSecret(name, v) }) {
			q.Set(name, hidden)
		}
	}
	c.RawQuery = q.Encode()
	return &c
}

func redactURL(u *url.URL) string { return redacted(u).String() }

var (
	userinfoPattern  = pattern(`(//|^[^/@:\s]*:|::[^/@:\s]*:)[^/@\s]*@`)
	parameterPattern = pattern(`([?&][^=&\s]*=)[^&\s"']*`)
)

// redactText hides what may be a secret in text that is not a URL, or not yet.
func redactText(text string) string {
	text = userinfoPattern().ReplaceAllString(text, "${1}"+hidden+"@")
	return parameterPattern().ReplaceAllString(text, "${1}"+hidden)
}

// secrets returns what of a source must not be seen, in all its spellings.
func (s source) secrets() []string {
	if s.url == nil {
		return nil
	}
	password, _ := s.url.User.Password()
	list := []string{s.sshKey, url.QueryEscape(s.sshKey), password, url.QueryEscape(password), url.PathEscape(password)}
	if s.url.Scheme != "ssh" {
		list = append(list, s.url.User.Username(), s.url.User.String()+"@")
	}
	for name, values := range s.url.Query() {
		for _, v := range values {
			if isSecret(name, v) {
				list = append(list, v, url.QueryEscape(v), url.PathEscape(v))
			}
		}
	}
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) })
	// The user "git" would be hidden in every message.
	return slices.DeleteFunc(list, func(v string) bool { return len(v) < 4 })
}

// scrub takes the secrets of s out of err. The text of err may come from Git
// or from a server; its kind is kept for the context's errors.
func (s source) scrub(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, v := range s.secrets() {
		text = strings.ReplaceAll(text, v, hidden)
	}
	if text == err.Error() {
		return err
	}
	return scrubbed{text, err}
}

// scrubbed is an error with another text.
type scrubbed struct {
	text string
	err  error
}

func (e scrubbed) Error() string        { return e.text }
func (e scrubbed) Is(target error) bool { return errors.Is(e.err, target) }
