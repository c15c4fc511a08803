package planner

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Discreet returns err with the sensitive strings of v, which a cloud or its
// API may have put into a message, masked: as they are, in quotes, in JSON, in a
// URL. places are those of Unmark: all of the attributes that they are in counts.
func Discreet(err error, v cty.Value, places []string) error {
	if err == nil || len(places) == 0 || v == cty.NilVal || v.IsNull() || !v.IsKnown() {
		return err
	}
	var forms []string
	for _, place := range places {
		name, _, _ := strings.Cut(place, "/")
		if !v.Type().HasAttribute(name) {
			continue
		}
		_ = cty.Walk(v.GetAttr(name), func(_ cty.Path, s cty.Value) (bool, error) {
			if s.Type() == cty.String && s.IsKnown() && !s.IsNull() && s.AsString() != "" {
				forms = append(forms, written(s.AsString())...)
			}
			return true, nil
		})
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	text := err.Error()
	for _, form := range slices.Compact(forms) {
		text = strings.ReplaceAll(text, form, "(sensitive value)")
	}
	if text == err.Error() {
		return err
	}
	return &discreetError{text, err}
}

// written returns how a string may stand in a message.
func written(s string) []string {
	quoted := strconv.Quote(s)
	inJSON, err := json.Marshal(s)
	if err != nil {
		inJSON = []byte(quoted)
	}
	return []string{s, quoted[1 : len(quoted)-1], string(inJSON[1 : len(inJSON)-1]), url.QueryEscape(s), url.PathEscape(s)}
}

type discreetError struct {
	text string
	err  error
}

func (e *discreetError) Error() string { return e.text }

// Unwrap returns the error as it was, for its kind.
func (e *discreetError) Unwrap() error { return e.err }
