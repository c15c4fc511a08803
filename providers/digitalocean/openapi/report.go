package openapi

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// Variable names the environment variable with the document's file.
const Variable = "MLINFRA_OPENAPI"

// ForTest returns the judge that the environment asks for; nil when it asks for
// none. A nil Judge lets everything pass.
func ForTest(t testing.TB) *Judge {
	file := os.Getenv(Variable)
	if file == "" {
		return nil
	}
	j, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// Wrap returns what puts the judge in front of a fake; nil for a nil judge.
func (j *Judge) Wrap(where string) func(http.Handler) http.Handler {
	if j == nil {
		return nil
	}
	return func(next http.Handler) http.Handler {
		return Listen(next, func(x Exchange) { j.Check(where, x) })
	}
}

// Coverage says which faults of the document a run must have met.
type Coverage int

// The coverages.
const (
	Part  Coverage = iota // any
	Whole                 // all: one that was not met is no longer there
)

// Report tells t what was judged, and fails it with what breaks the document,
// one line each.
func (j *Judge) Report(t testing.TB, c Coverage) {
	t.Helper()
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var lines []string
	answers := 0
	for f, where := range j.found {
		if f.side != "request" {
			answers++
		}
		lines = append(lines, fmt.Sprintf("%s (%s)", f, where))
	}
	slices.Sort(lines)
	t.Logf("openapi: %d requests and answers of %d operations: %d findings in requests, %d in answers; %d known faults of the document",
		j.exchanges, len(j.operations), len(j.found)-answers, answers, len(j.used))
	if len(lines) > 0 {
		t.Errorf("openapi: these break the document:\n%s", strings.Join(lines, "\n"))
	}
	for _, k := range j.known {
		for _, line := range k.lines {
			if c == Whole && !j.used[line] {
				t.Errorf("openapi: nothing meets a known fault of the document (%s):\n%s", k.why, line)
			}
		}
	}
}
