package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"sync"

	"github.com/mlinfra/mlinfra/cmd/view"
)

// scrubbed is a writer that lets no secret through. It passes on at once what
// it gets, prompts as well, and holds back only an end that may be the
// beginning of a secret, until more comes or Flush is called.
type scrubbed struct {
	secrets *scrubber
	to      io.Writer

	mu   sync.Mutex
	rest []byte
}

// Write takes all of p. Its error is that of the writer behind.
func (w *scrubbed) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) == 0 && w.secrets.any() && isDocument(p) {
		_, err := w.to.Write(w.secrets.scrubJSON(p))
		return len(p), err
	}
	text := p
	if len(w.rest) > 0 {
		text = append(w.rest, p...)
	}
	out, rest := w.secrets.scrub(text, false)
	w.rest = bytes.Clone(rest)
	_, err := w.to.Write(out)
	return len(p), err
}

// Scrub returns text without secrets, for those who cut text to pieces before
// they write it.
func (w *scrubbed) Scrub(text string) string { return w.secrets.Scrub(text) }

// Flush passes on what has been held back.
func (w *scrubbed) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		out, _ := w.secrets.scrub(w.rest, true)
		_, _ = w.to.Write(out) // as any other text: there is no place to tell
		w.rest = nil
	}
}

// isDocument reports whether p is a line, or a document, of JSON.
func isDocument(p []byte) bool {
	return len(p) > 1 && p[0] == '{' && p[len(p)-1] == '\n' && json.Valid(p)
}

// scrubJSON returns a valid document of JSON without secrets in its texts. It
// stays valid, whatever the secrets are: what is outside of texts stays.
func (s *scrubber) scrubJSON(doc []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(doc); i++ {
		if doc[i] != '"' {
			continue
		}
		end := i + 1
		for doc[end] != '"' {
			if doc[end] == '\\' {
				end++
			}
			end++
		}
		if clean, changed := s.scrubLiteral(doc[i : end+1]); changed {
			out = append(append(out, doc[done:i]...), clean...)
			done = end + 1
		}
		i = end
	}
	if done == 0 {
		return doc
	}
	return append(out, doc[done:]...)
}

// scrubLiteral returns a text of JSON, in its quotes, without secrets.
func (s *scrubber) scrubLiteral(literal []byte) ([]byte, bool) {
	text := string(literal[1 : len(literal)-1])
	if strings.Contains(text, `\`) && json.Unmarshal(literal, &text) != nil {
		return literal, false
	}
	clean := s.Scrub(text)
	if clean == text {
		return literal, false
	}
	raw, err := view.JSON(clean)
	return raw, err == nil
}

// flush passes on what the scrubbed writers hold back, before somebody is
// asked or the program ends.
func (a *app) flush() {
	for _, w := range []io.Writer{a.stdout, a.stderr} {
		if s, ok := w.(*scrubbed); ok {
			s.Flush()
		}
	}
}

// printTo makes the program print to these writers, without secrets.
func (a *app) printTo(stdout, stderr io.Writer) {
	a.stdout, a.stderr = &scrubbed{secrets: a.secrets, to: stdout}, &scrubbed{secrets: a.secrets, to: stderr}
}

// asked is where to print what the user has asked to see, secrets included.
func (a *app) asked() io.Writer {
	a.flush()
	return unscrubbed(a.stdout)
}

// unscrubbed returns the writer behind w.
func unscrubbed(w io.Writer) io.Writer {
	if s, ok := w.(*scrubbed); ok {
		return s.to
	}
	return w
}
