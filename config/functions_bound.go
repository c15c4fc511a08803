package config

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Bounds of what a function makes: a slip of the pen must not take the
// machine down.
const (
	maxText    = 32 << 20 // bytes of a text
	maxProduct = 100_000  // elements of setproduct
)

func checkLength(n int) error {
	if n > maxText {
		return fmt.Errorf("the result would be a text of more than %d MiB; build it in parts, or check the numbers in the arguments", maxText>>20)
	}
	return nil
}

// product returns a*b for numbers that are not negative, at most MaxInt32.
func product(a, b int) int {
	if a > 0 && b > math.MaxInt32/a {
		return math.MaxInt32
	}
	return a * b
}

// sizeChecks look at the arguments of functions whose results may be huge.
var sizeChecks = map[string]func([]cty.Value) error{
	"format": checkFormat, "formatlist": checkFormat, "indent": checkIndent, "join": checkJoin, "setproduct": checkProduct,
	"parseint": checkDigits, "tonumber": checkDigits, "jsondecode": checkJSON, "yamldecode": checkYAML,
}

func checkDigits(args []cty.Value) error {
	if len(args) > 0 && longDigits(args[0]) {
		return function.NewArgError(0, errNumber)
	}
	return nil
}

var formatNumber = regexp.MustCompile(`%[^a-zA-Z%]*`)
var digitRun = regexp.MustCompile(`[0-9]+`)
var numberVerb = regexp.MustCompile(`%[^a-zA-Z%]*[bdoxXeEfFgG]`)

// checkFormat adds up the widths and precisions in a format string, and looks for
// text that it makes a number of.
func checkFormat(args []cty.Value) error {
	if len(args) == 0 || !isText(args[0]) {
		return nil
	}
	if numberVerb.MatchString(args[0].AsString()) {
		for i, arg := range args[1:] {
			if longDigits(arg) || arg.IsKnown() && !arg.IsNull() && arg.CanIterateElements() && slices.ContainsFunc(arg.AsValueSlice(), longDigits) {
				return function.NewArgError(i+1, errNumber)
			}
		}
	}
	sum := 0
	for _, verb := range formatNumber.FindAllString(args[0].AsString(), -1) {
		for _, digits := range digitRun.FindAllString(verb, -1) {
			n, err := strconv.Atoi(digits)
			if err != nil || n > maxText {
				n = maxText + 1
			}
			sum = min(sum+n, maxText+1)
		}
	}
	return checkLength(sum)
}

func checkIndent(args []cty.Value) error {
	if len(args) != 2 || !isNumber(args[0]) || !isText(args[1]) {
		return nil
	}
	spaces, _ := args[0].AsBigFloat().Int64()
	if spaces < 0 {
		return function.NewArgErrorf(0, "must be a whole number, zero or more, not %d", spaces)
	}
	lines := 0
	for _, c := range args[1].AsString() {
		if c == '\n' {
			lines++
		}
	}
	return checkLength(product(int(min(spaces, math.MaxInt32)), lines))
}

func checkJoin(args []cty.Value) error {
	if len(args) == 0 || !isText(args[0]) {
		return nil
	}
	sum := 0
	for _, list := range args[1:] {
		if !list.IsKnown() || list.IsNull() || !list.CanIterateElements() {
			return nil
		}
		sum += product(len(args[0].AsString()), list.LengthInt())
		for _, v := range list.Elements() {
			if isText(v) {
				sum += len(v.AsString())
			}
		}
	}
	return checkLength(sum)
}

func checkProduct(args []cty.Value) error {
	n := 1
	for _, set := range args {
		if !set.IsKnown() || set.IsNull() || !set.CanIterateElements() {
			return nil
		}
		n = product(n, set.LengthInt())
	}
	if n > maxProduct {
		return fmt.Errorf("the product would have more than %d elements; use smaller sets", maxProduct)
	}
	return nil
}

func isText(v cty.Value) bool   { return v.Type() == cty.String && v.IsKnown() && !v.IsNull() }
func isNumber(v cty.Value) bool { return v.Type() == cty.Number && v.IsKnown() && !v.IsNull() }
