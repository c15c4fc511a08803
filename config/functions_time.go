package config

import (
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// constant returns a function without arguments. An empty text is not known
// yet.
func constant(text string) function.Function {
	return function.New(&function.Spec{
		Type: function.StaticReturnType(cty.String), RefineResult: notNull,
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			if text == "" {
				return cty.UnknownVal(cty.String), nil
			}
			return cty.StringVal(text), nil
		},
	})
}

// timeCmpFunc tells whether a point in time is before (-1), at (0) or after
// (1) another one.
var timeCmpFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "timestamp_a", Type: cty.String}, {Name: "timestamp_b", Type: cty.String}},
	Type:   function.StaticReturnType(cty.Number), RefineResult: notNull,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		var at [2]time.Time
		for i, arg := range args {
			t, err := parseTime(arg)
			if err != nil {
				return cty.UnknownVal(cty.Number), function.NewArgErrorf(i, "%s", err)
			}
			at[i] = t
		}
		return cty.NumberIntVal(int64(at[0].Compare(at[1]))), nil
	},
})

// parseTime reads a timestamp. What formatdate does not take is refused with
// its words, which are clearer than those of package time.
func parseTime(v cty.Value) (time.Time, error) {
	if _, err := stdlib.FormatDate(cty.StringVal(""), v); err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, v.AsString())
}
