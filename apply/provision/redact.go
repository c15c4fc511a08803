package provision

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// markedStrings returns the strings in v that are marked, longest first.
func markedStrings(v cty.Value) []string {
	if v == cty.NilVal {
		return nil
	}
	var found []string
	v, marked := v.UnmarkDeepWithPaths()
	for _, m := range marked {
		part, err := m.Path.Apply(v)
		if err != nil {
			part = v
		}
		_ = cty.Walk(part, func(_ cty.Path, e cty.Value) (bool, error) {
			if e.Type() == cty.String && e.IsKnown() && !e.IsNull() && e.AsString() != "" {
				found = append(found, e.AsString())
			}
			return true, nil
		})
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return found
}

// redacted is an error that shows nothing sensitive.
type redacted struct {
	text string
	err  error
}

func (r *redacted) Error() string { return r.text }

// Unwrap is for errors.Is: what it returns must not be printed.
func (r *redacted) Unwrap() error { return r.err }

// redact returns err with the secrets left out of its text.
func redact(err error, secrets []string) error {
	if err == nil || len(secrets) == 0 {
		return err
	}
	text := err.Error()
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, "(sensitive value)")
	}
	return &redacted{text: text, err: err}
}

// withoutOutput returns err without what a command has printed: who knows what
// it does with a secret.
func withoutOutput(err error) error {
	var c *CommandError
	if !errors.As(err, &c) {
		return err
	}
	shown := *c
	shown.Output = suppressed
	return &shown
}
