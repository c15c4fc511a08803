package planner

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Discreet returns err with the sensitive strings of v, which a cloud or its
// API may have put into a message, masked. names are the attributes of v whose
// values are sensitive.
func Discreet(err error, v cty.Value, names []string) error {
	if err == nil || len(names) == 0 || v == cty.NilVal || v.IsNull() || !v.IsKnown() {
		return err
	}
	text := err.Error()
	for _, name := range names {
		if !v.Type().HasAttribute(name) {
			continue
		}
		_ = cty.Walk(v.GetAttr(name), func(_ cty.Path, s cty.Value) (bool, error) {
			if s.Type() == cty.String && s.IsKnown() && !s.IsNull() && s.AsString() != "" {
				text = strings.ReplaceAll(text, s.AsString(), "(sensitive value)")
			}
			return true, nil
		})
	}
	if text == err.Error() {
		return err
	}
	return &discreetError{text, err}
}

type discreetError struct {
	text string
	err  error
}

func (e *discreetError) Error() string { return e.text }

// Unwrap returns the error as it was, for its kind.
func (e *discreetError) Unwrap() error { return e.err }
