package server

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// errCrowded means that a host takes no more sessions for now: nothing was done.
var errCrowded = errors.New("the host takes no more sessions")

// lostError means that the connection was lost and did not come back: what became
// of what was asked is not known.
type lostError struct {
	host string
	err  error
}

func (e *lostError) Error() string {
	return fmt.Sprintf("the connection to %s was lost: %v", e.host, e.err)
}

// Unwrap returns the reason.
func (e *lostError) Unwrap() error { return e.err }

// awayError means that no connection was made, or that the host is of no use:
// nothing was done.
type awayError struct {
	message string
	final   bool // asking again gives the same answer
	err     error
}

func (e *awayError) Error() string { return e.message }

// Unwrap returns the reason.
func (e *awayError) Unwrap() error { return e.err }

// stepError means that a step has run to its end and failed.
type stepError struct {
	host   string
	what   string // what it was to do, in words
	status int
	output string // the end of what it printed
}

func (e *stepError) Error() string {
	text := fmt.Sprintf("%s on %s failed with status %d", e.what, e.host, e.status)
	switch {
	case strings.Contains(e.output, "No space left on device"):
		text = fmt.Sprintf("%s on %s failed: its disk is full; make room there", e.what, e.host)
	case strings.Contains(e.output, "Read-only file system"):
		text = fmt.Sprintf("%s on %s failed: its file system is read-only", e.what, e.host)
	}
	if out := printable(e.output); out != "" {
		text += ": " + out
	}
	return text
}

// unknownError means that nobody knows whether a step ran to its end.
type unknownError struct{ host, what, reason string }

func (e *unknownError) Error() string {
	return fmt.Sprintf("%s on %s was begun, and whether it ran to its end is not known: %s", e.what, e.host, e.reason)
}

// maxShown is how much of what a host prints an error shows.
const maxShown = 2000

// printable returns the end of text that came from a host without what moves the
// cursor of a terminal or hides text there.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	text = strings.TrimSpace(text)
	if len(text) > maxShown {
		text = "…" + strings.ToValidUTF8(text[len(text)-maxShown:], "")
	}
	return text
}
