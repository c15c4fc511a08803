package config

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// work is what a function costs, in parts of expressions: a loop that calls it pays
// for what is done there. A part takes about 0.4 microseconds (BenchmarkWork).
type work struct {
	call    int     // a call, beside what follows
	element float64 // each element of its arguments
	sorted  int     // each element of a set in them, beside
	text    int     // inputUnit bytes of text in them
	result  int     // each element of its result
}

// usual is the work of functions that are not in works.
var usual = work{element: 2, sorted: setWork, text: 1, result: 2}

// works has the functions that do more, or less, than others with an element: numbers
// take long to be written, and who takes one element does not look at the rest.
var works = map[string]work{
	"length": {text: 1}, "lookup": {text: 1, result: 2}, "contains": {element: 0.8, sorted: setWork, text: 1}, "index": {element: 0.8, text: 1},
	"element": {element: 0.7, text: 1, result: 2}, "issensitive": {element: 0.7, text: 1},
	"keys": {text: 1, result: 2}, "sensitive": {call: 3, text: 1, result: 2}, "nonsensitive": {call: 6, text: 1, result: 2},
	"coalesce": {text: 1, result: 2}, "coalescelist": {text: 1, result: 2},
	"distinct": eachElement(3), "deep_merge": eachElement(3),
	"format": eachElement(6), "formatlist": eachElement(6), "transpose": eachElement(8), "zipmap": eachElement(6),
	"regex": eachText(4), "regexall": eachText(4), "replace": eachText(4),
	"setunion": eachOfSet(30), "setintersection": eachOfSet(30), "setsubtract": eachOfSet(30),
	"toset": eachResult(6), "setproduct": eachResult(40),
	"jsonencode": {call: 3, element: 6, sorted: setWork, text: 1}, "yamlencode": {call: 6, element: 7, sorted: setWork, text: 1},
	"jsondecode": {call: 15, text: 6, result: 2}, "yamldecode": {call: 50, text: 6, result: 2}, "csvdecode": {call: 15, text: 6, result: 2},
	"encode_expr": {call: 3, element: 12, sorted: setWork, text: 1}, "encode_tfvars": {call: 3, element: 30, sorted: setWork, text: 1}, "decode_tfvars": {call: 50, text: 16, result: 2},
}

func eachElement(parts float64) work { w := usual; w.element = parts; return w }
func eachOfSet(parts int) work       { w := usual; w.sorted = parts; return w }
func eachText(parts int) work        { w := usual; w.text = parts; return w }
func eachResult(parts int) work      { w := usual; w.result = parts; return w }

// workOf returns the work of the function called name.
func workOf(name string) work {
	if w, ok := works[name]; ok {
		return w
	}
	return usual
}

// setWork is what an element of a set costs whoever goes through it: cty sorts it then.
const setWork = 12

// templateWork is what a template costs that is read while an expression is evaluated,
// beside its text.
const templateWork = 20

// checkSize tells what is wrong when the function called name would make
// something huge of args, and charges for what it does with them.
func checkSize(b *budget, name string, args []cty.Value) error {
	w, found := workOf(name), survey{left: maxElements}
	for i, arg := range args {
		switch {
		case w.element == 0 && arg.CanIterateElements():
		case !found.take(arg, maxLevels):
			return function.NewArgErrorf(i, "this value has more than %d elements, or is nested more than %d deep", maxElements, maxLevels)
		case found.beyond:
			return function.NewArgError(i, errNumber)
		}
	}
	elements := float64(maxElements - found.left)
	b.charge(w.call + int(elements*w.element) + found.sorted*w.sorted + found.text/inputUnit*w.text)
	check := sizeChecks[name]
	if check == nil {
		return nil
	}
	bare := make([]cty.Value, len(args))
	for i, arg := range args {
		bare[i], _ = arg.UnmarkDeep()
	}
	return check(bare)
}

// checkResult tells what is wrong with the result of the function called name, and
// charges for it.
func checkResult(b *budget, name string, v cty.Value) error {
	bare, _ := unmarked(v)
	switch {
	case isText(bare):
		n := len(bare.AsString())
		b.charge(n / textUnit)
		return checkLength(n)
	case bare.IsKnown() && !bare.IsNull() && bare.CanIterateElements():
		b.charge(bare.LengthInt() * workOf(name).result)
	}
	return checkNumbers(v)
}
