package config

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Loops within loops run for hours, and texts that double fill the memory. hcl
// evaluates an expression without asking, so what is evaluated more than once,
// and what text is put together from, is metered: wrapped, when a file is read,
// in an expression that pays for itself out of a budget.
const (
	maxWork      = 2_500_000  // parts of expressions evaluated in the loops of one expression
	smallWork    = 20_000     // what an instance of a block may take, among thousands of its kind
	maxLargeWork = 10_000_000 // parts, beyond those of small ones, of all expressions of a Scope
	maxTotalWork = 50_000_000 // parts of all expressions of a Scope
	maxKept      = 3_000_000  // elements of all values of a Scope
	textUnit     = 64         // bytes of text that cost as much as a part
	sourceUnit   = 2          // bytes of a template that is read while an expression is evaluated
	elementUnit  = 16         // elements that are looked at for the same
	inputUnit    = 16         // bytes of text that a function works on for the same
	comparedWork = 3          // parts that an element is worth which an operator compares
	decimalWork  = 30         // parts that a number is worth that is not whole, and becomes text
	pairUnit     = 200        // pairs of elements in the arguments of functions: cty compares each with each to make a list
	dynamicBlock = 20         // parts that a dynamic block is worth beside its contents
)

// budget is what the expressions of a program may still cost. The nil budget
// has no bounds.
type budget struct {
	one, large, total atomic.Int64
	kept              atomic.Int64 // elements of values
	dearest           atomic.Pointer[bill]
	payer             atomic.Pointer[bill]           // of the metered expression that is evaluated
	exhausted         atomic.Pointer[hcl.Diagnostic] // of all together; one, whoever meets it
}

// bill is what an expression has cost so far, in all its evaluations.
type bill struct {
	at    hcl.Range
	parts atomic.Int64
	over  hcl.Diagnostics // shared: a loop may meet it a million times
}

func newBill(at hcl.Range) *bill {
	return &bill{at: at, over: problem(at, overspent, "Evaluating this expression makes more elements or text than one expression may. Loops in loops multiply: make the lists shorter, take the expression apart, or compute the result beforehand and read it with file().")}
}

// reset begins a Scope.
func (b *budget) reset() {
	if b != nil {
		b.one.Store(0)
		b.large.Store(0)
		b.total.Store(0)
		b.kept.Store(0)
		b.exhausted.Store(nil)
	}
}

// begin begins another expression.
func (b *budget) begin() {
	if b != nil {
		b.one.Store(0)
	}
}

// spend takes n more parts for the expression of a bill, and returns an error
// when there is no budget for them.
func (b *budget) spend(n int, by *bill) hcl.Diagnostics {
	if b == nil {
		return nil
	}
	parts := by.parts.Add(int64(n))
	if d := b.dearest.Load(); d == nil || parts > d.parts.Load() {
		b.dearest.Store(by)
	}
	one, total, large := b.one.Add(int64(n)), b.total.Add(int64(n)), b.large.Load()
	if one > smallWork {
		large = b.large.Add(min(int64(n), one-smallWork))
	}
	switch {
	case one > maxWork:
		return by.over
	case large > maxLargeWork || total > maxTotalWork:
		return b.bankrupt()
	}
	return nil
}

// charge takes n more parts for what a function does. It goes on when there is no
// budget for them, and the loop that it is called in does not.
func (b *budget) charge(n int) {
	if b == nil || n == 0 {
		return
	}
	if by := b.payer.Load(); by != nil {
		_ = b.spend(n, by)
		return
	}
	b.total.Add(int64(n))
}

// spent returns the error of a Scope that has no budget left at all; nil otherwise.
func (b *budget) spent() hcl.Diagnostics {
	if b == nil || b.exhausted.Load() == nil {
		return nil
	}
	return hcl.Diagnostics{b.exhausted.Load()}
}

// keep takes n elements of a value that stands at a place, and returns an error when
// all values together have too many.
func (b *budget) keep(n int, at hcl.Range) hcl.Diagnostics {
	if b == nil || b.kept.Add(int64(n)) <= maxKept {
		return nil
	}
	b.exhausted.CompareAndSwap(nil, problem(at, valueTooLarge, "All values together have more than 3000000 elements, and this one is evaluated for many instances. Make it shorter, or give it to fewer of them.")[0])
	return hcl.Diagnostics{b.exhausted.Load()}
}

// overspent is the summary of what an expression that has no budget left says.
const overspent = "Expression takes too much"

// bankrupt blames the expression that has cost the most: the one that is
// evaluated when nothing is left may be any other.
func (b *budget) bankrupt() hcl.Diagnostics {
	b.exhausted.CompareAndSwap(nil, problem(b.dearest.Load().at, overspent, "All expressions together make more elements or text than they may, and this one most of it. Make its lists shorter, evaluate it once in a local value rather than for each instance, or compute the result beforehand and read it with file().")[0])
	return hcl.Diagnostics{b.exhausted.Load()}
}

// metered is an expression that costs something each time it is evaluated. It
// looks like one in parentheses, so that walks find what is in it.
type metered struct {
	*hclsyntax.ParenthesesExpr
	budget *budget
	bill   *bill // of the outermost loop that it is in
	cost   int   // of an evaluation
	each   int   // for each element of the value
	walked int   // for each element of it, at any depth: all of it is looked at
	looped bool  // a loop goes through it
	copied bool  // its text is
	digits bool  // its text becomes a number
	pairs  bool  // its elements are compared with each other to make a list or map of it
	boxed  bool  // a function takes it in a box

	made func(cty.Value) cty.Value // what a function makes of it, for less; nil for nothing
}

// Value evaluates what is in m if the budget allows it.
func (m *metered) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if over := m.budget.spend(m.cost, m.bill); over != nil {
		return cty.DynamicVal, over
	}
	v, diags := m.evaluate(ctx)
	if m.made != nil {
		v = m.made(v)
	}
	if m.copied && v.Type() == cty.Number && beyond(v) || m.digits && longDigits(v) {
		return cty.DynamicVal, badNumber(m.Range()) // state and files may hold any
	}
	if m.copied {
		v = wholeText(v)
	}
	if over := m.budget.spend(m.worth(v), m.bill); over != nil {
		return cty.DynamicVal, over
	}
	if m.boxed {
		v = boxed(v)
	}
	return v, diags
}

// evaluate evaluates what is in m. What functions do meanwhile is on its bill.
func (m *metered) evaluate(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if m.budget == nil {
		return m.ParenthesesExpr.Value(ctx)
	}
	before := m.budget.payer.Swap(m.bill)
	defer m.budget.payer.Store(before)
	return m.ParenthesesExpr.Value(ctx)
}

// worth returns what the value of m costs beside its evaluation.
func (m *metered) worth(v cty.Value) int {
	if m.walked > 0 {
		found := survey{left: maxWork}
		found.take(v, maxLevels)
		return 1 + (maxWork-found.left-1)*m.walked + found.sorted*setWork + found.text/inputUnit
	}
	v, _ = unmarked(v)
	switch {
	case !m.copied && !m.pairs && !m.looped && m.each == 0:
		return 0
	case v == cty.NilVal || v.IsNull() || !v.IsKnown():
		return 0
	case v.Type() == cty.String && m.copied:
		return len(v.AsString()) / textUnit
	case v.Type() == cty.Number && m.copied:
		return decimalWork
	case m.looped && v.Type().IsSetType():
		return min(v.LengthInt(), maxWork) * setWork
	case m.pairs && (v.Type().IsTupleType() || v.Type().IsObjectType()):
		n := min(v.LengthInt(), maxWork)
		return n * n / pairUnit
	case m.each > 0 && v.CanIterateElements():
		return min(v.LengthInt(), maxWork) * m.each
	}
	return 0
}

// listMakers make lists of their arguments, and unifiers lists or sets of any one
// type.
var (
	listMakers = []string{"alltrue", "anytrue", "compact", "join", "sort"}
	unifiers   = []string{
		"chunklist", "distinct", "matchkeys", "setintersection", "setproduct", "setsubtract", "setunion", "tolist", "tomap", "toset",
	}
)

// listOf returns a tuple whose elements have one type as the list that it is going to
// be. cty would compare each element with each to find that type.
func listOf(v cty.Value) cty.Value {
	if bare, marks := unmarked(v); bare.Type().IsTupleType() && ofOneType(bare) {
		return cty.ListVal(bare.AsValueSlice()).WithMarks(marks)
	}
	return v
}

// mapOf does the same for an object that is going to be a map.
func mapOf(v cty.Value) cty.Value {
	if bare, marks := unmarked(v); bare.Type().IsObjectType() && ofOneType(bare) {
		return cty.MapVal(bare.AsValueMap()).WithMarks(marks)
	}
	return v
}

// ofOneType reports whether v has elements, and all of them one type that is known.
func ofOneType(v cty.Value) bool {
	if v.IsNull() || !v.IsKnown() || v.LengthInt() == 0 {
		return false
	}
	of := cty.NilType
	for _, e := range v.Elements() {
		switch ty := e.Type(); {
		case of == cty.NilType && !ty.HasDynamicTypes():
			of = ty
		case of == cty.NilType || !of.Equals(ty):
			return false
		}
	}
	return true
}

// wholeText returns a whole number as the text that is made of it: of the long numbers
// of hcl, cty takes a hundred times as long to write one.
func wholeText(v cty.Value) cty.Value {
	bare, marks := unmarked(v)
	if !isNumber(bare) {
		return v
	}
	f := bare.AsBigFloat()
	n, exact := f.Int64()
	if exact != big.Exact || n == 0 && f.Signbit() {
		return v
	}
	return cty.StringVal(strconv.FormatInt(n, 10)).WithMarks(marks)
}

// meter makes the loops and templates in node pay out of b.
func meter(node hclsyntax.Node, b *budget) {
	_ = hclsyntax.Walk(node, &meterer{budget: b, joined: map[hclsyntax.Expression]bool{}})
}

// metering returns e, paying out of b when there is one.
func metering(e hclsyntax.Expression, b *budget) hclsyntax.Expression {
	if b != nil {
		meter(e, b)
	}
	return e
}

// meterer walks a syntax tree from the outside in.
type meterer struct {
	budget *budget
	seen   int     // nodes
	before []int   // seen before the node, and before those that it is in
	loops  []*bill // around the node
	joined map[hclsyntax.Expression]bool
}

// Enter wraps the parts of node that are evaluated often.
func (m *meterer) Enter(node hclsyntax.Node) hcl.Diagnostics {
	m.before = append(m.before, m.seen)
	m.seen++
	switch n := node.(type) {
	case *hclsyntax.ForExpr:
		if len(m.loops) > 0 {
			coll := m.wrap(n.CollExpr, false)
			coll.looped = true
			n.CollExpr = coll
		}
		m.loops = append(m.loops, newBill(n.Range()))
		text := m.joined[n]
		n.ValExpr = m.wrap(n.ValExpr, text)
		if n.KeyExpr != nil {
			n.KeyExpr = m.wrap(n.KeyExpr, true)
		}
		if n.CondExpr != nil {
			n.CondExpr = m.wrap(n.CondExpr, false)
		}
	case *hclsyntax.SplatExpr:
		m.loops = append(m.loops, newBill(n.Range()))
		n.Each = m.wrap(n.Each, false)
	case *hclsyntax.BinaryOpExpr:
		m.operator(n)
	case *hclsyntax.UnaryOpExpr:
		if op := arithmetic[n.Op]; op != nil {
			n.Op, n.Val = op, m.number(n.Val)
		}
	case *hclsyntax.IndexExpr:
		n.Key = m.number(n.Key)
	case *hclsyntax.TemplateJoinExpr:
		m.joined[n.Tuple] = true
	case *hclsyntax.TemplateExpr:
		m.template(n)
	case *hclsyntax.Block:
		if each := forEachOf(n); each != nil {
			m.loops = append(m.loops, newBill(each.SrcRange))
			each.Expr = m.wrap(each.Expr, false)
		}
	case *hclsyntax.FunctionCallExpr:
		m.call(n)
	}
	return nil
}

// Exit leaves node, of which all parts have been seen.
func (m *meterer) Exit(node hclsyntax.Node) hcl.Diagnostics {
	last := len(m.before) - 1
	parts := m.seen - m.before[last]
	m.before = m.before[:last]
	switch n := node.(type) {
	case *metered:
		n.cost = parts
	case *hclsyntax.Block:
		if each := forEachOf(n); each != nil {
			each.Expr.(*metered).each = parts + dynamicBlock
			m.loops = m.loops[:len(m.loops)-1]
		}
	case *hclsyntax.ForExpr, *hclsyntax.SplatExpr:
		m.loops = m.loops[:len(m.loops)-1]
	}
	return nil
}

// call meters the arguments of functions that do more with them than to look at each
// element, and boxes what may be of any type.
func (m *meterer) call(n *hclsyntax.FunctionCallExpr) {
	name := strings.TrimPrefix(n.Name, "core::")
	maker, unifier := slices.Contains(listMakers, name), slices.Contains(unifiers, name)
	for i, arg := range n.Args {
		switch ty := typeOfArgument(name, i); {
		case ty == cty.Number:
			n.Args[i] = m.number(arg)
		case maker || unifier:
			list := m.wrap(arg, false)
			list.made, list.pairs = listOf, unifier
			if name == "tomap" {
				list.made = mapOf
			}
			n.Args[i] = list
		case ty == cty.DynamicPseudoType && !(n.ExpandFinal && i == len(n.Args)-1):
			box := m.wrap(arg, false)
			box.boxed = true
			n.Args[i] = box
		case (name == "try" || name == "can") && len(m.loops) > 0: // they look whether all of the value is known
			tried := m.wrap(arg, false)
			tried.walked = 1
			n.Args[i] = tried
		}
	}
}

// operator bounds the numbers that n takes, refuses null for a condition, and meters
// what is compared in loops.
func (m *meterer) operator(n *hclsyntax.BinaryOpExpr) {
	switch n.Op {
	case hclsyntax.OpLogicalAnd, hclsyntax.OpLogicalOr:
		n.Op = logical[n.Op]
		return
	case hclsyntax.OpEqual, hclsyntax.OpNotEqual:
		if len(m.loops) > 0 {
			left, right := m.wrap(n.LHS, false), m.wrap(n.RHS, false)
			left.walked, right.walked = comparedWork, comparedWork
			n.LHS, n.RHS = left, right
		}
		return
	case hclsyntax.OpGreaterThan, hclsyntax.OpGreaterThanOrEqual, hclsyntax.OpLessThan, hclsyntax.OpLessThanOrEqual:
	default:
		op := arithmetic[n.Op]
		if op == nil {
			return
		}
		n.Op = op
	}
	n.LHS, n.RHS = m.number(n.LHS), m.number(n.RHS)
}

// number returns e, whose text must not be too long for a number.
func (m *meterer) number(e hclsyntax.Expression) hclsyntax.Expression {
	if _, ok := e.(*hclsyntax.LiteralValueExpr); ok {
		return e
	}
	w := m.wrap(e, false)
	w.digits = true
	return w
}

// longLiteral is the length from which text that stands in a template is
// metered: the shorter pays as a part of the loop that it is in.
const longLiteral = 64

// template wraps what a text is put together from. Literals stay when they are
// evaluated once: what decodes blocks looks for them.
func (m *meterer) template(n *hclsyntax.TemplateExpr) {
	for i, part := range n.Parts {
		if lit, ok := part.(*hclsyntax.LiteralValueExpr); ok {
			short := lit.Val.Type() != cty.String || lit.Val.IsNull() || len(lit.Val.AsString()) < longLiteral
			if short || len(m.loops) == 0 {
				continue
			}
		}
		n.Parts[i] = m.wrap(part, true)
	}
}

// forEachOf returns the for_each of a dynamic block: what it gives is paid for
// with the contents of the block. It is nil for other blocks.
func forEachOf(n *hclsyntax.Block) *hclsyntax.Attribute {
	if n.Type != "dynamic" {
		return nil
	}
	return n.Body.Attributes["for_each"]
}

func (m *meterer) wrap(e hclsyntax.Expression, copied bool) *metered {
	by := newBill(e.Range())
	if len(m.loops) > 0 {
		by = m.loops[0]
	}
	return &metered{
		ParenthesesExpr: &hclsyntax.ParenthesesExpr{Expression: e, SrcRange: e.Range()},
		budget:          m.budget, bill: by, copied: copied,
	}
}

// maxElements bounds the elements of a value, counted as often as they stand in
// it; maxLevels how deep it is. What looks at a value walks all of it, and lists
// of lists of the same list double with every line.
const (
	maxElements = 1_250_000 // a thousand texts of a thousand instances fit
	maxLevels   = 500
)

// valueTooLarge is the summary of what an expression with such a value says.
const valueTooLarge = "Value too large"

// bounded looks through v, the value of what stands at a place, which must not be
// too large to be looked at.
func (s *Scope) bounded(v cty.Value, at hcl.Range) (survey, hcl.Diagnostics) {
	found := survey{left: maxElements}
	if !found.take(v, maxLevels) {
		return found, problem(at, valueTooLarge, "This value has more than 1250000 elements, or is nested more than 500 deep. Lists of lists of the same list grow quickly: keep what is needed only.")
	}
	elements := maxElements - found.left
	if over := s.prog.budget.spend(elements/elementUnit, s.billOf(at)); over != nil {
		return found, over
	}
	if over := s.prog.budget.keep(elements, at); over != nil {
		return found, over
	}
	if found.beyond {
		return found, badNumber(at)
	}
	return found, nil
}

// billOf returns the bill of the values of what stands at a place.
func (s *Scope) billOf(at hcl.Range) *bill {
	by := s.bills[at]
	if by == nil {
		by = newBill(at)
		s.bills[at] = by
	}
	return by
}

// once drops what repeats the same diagnostic: an expression that ran out of
// budget, or takes a text for a number, says so for every element that was left.
func once(diags hcl.Diagnostics) hcl.Diagnostics {
	if len(diags) < 2 {
		return diags
	}
	seen := make(map[*hcl.Diagnostic]bool)
	places := map[hcl.Range]bool{}
	kept := diags[:0:0]
	for _, d := range diags {
		over := (d.Summary == overspent || d.Summary == outOfBounds) && d.Subject != nil
		if seen[d] || over && places[*d.Subject] {
			continue
		}
		seen[d] = true
		if over {
			places[*d.Subject] = true
		}
		kept = append(kept, d)
	}
	return kept
}
