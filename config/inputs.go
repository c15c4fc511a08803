package config

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Arg is a -var or -var-file argument, in the order of the command line.
type Arg struct {
	Var  string // NAME=VALUE of -var
	File string // name of a -var-file
	Text []byte // its content
}

// SetInputs gives the variables of p their values, in Terraform's order of
// precedence: environment, terraform.tfvars, *.auto.tfvars, arguments.
// environ holds NAME=VALUE lines.
func (p *Program) SetInputs(fsys fs.FS, environ []string, args []Arg) hcl.Diagnostics {
	in := inputs{prog: p, values: map[string]cty.Value{}}
	for _, prefix := range []string{"TF_VAR_", "MLINFRA_VAR_"} {
		for _, line := range environ {
			name, value, _ := strings.Cut(line, "=")
			if name, ok := strings.CutPrefix(name, prefix); ok && in.variable(name) != nil {
				in.text(name, value, "the environment variable "+prefix+name)
			}
		}
	}
	for _, name := range defaultFiles(fsys) {
		src, err := readSource(fsys, name)
		if err != nil {
			in.fail("Cannot read a variables file", "%s.", err)
			continue
		}
		in.source(name, src)
	}
	for _, a := range args {
		if a.File != "" {
			in.source(a.File, a.Text)
			continue
		}
		in.argument(a.Var)
	}
	p.Inputs = in.values
	return in.diags
}

type inputs struct {
	prog   *Program
	values map[string]cty.Value
	diags  hcl.Diagnostics
}

func defaultFiles(fsys fs.FS) []string {
	var files []string
	for _, name := range []string{"terraform.tfvars", "terraform.tfvars.json"} {
		if _, err := fs.Stat(fsys, name); err == nil {
			files = append(files, name)
		}
	}
	auto, _ := fs.Glob(fsys, "*.auto.tfvars")
	json, _ := fs.Glob(fsys, "*.auto.tfvars.json")
	auto = append(auto, json...)
	slices.Sort(auto)
	return append(files, auto...)
}

func (in *inputs) variable(name string) *Block {
	return in.prog.Block(ID{Kind: Variable, Name: name})
}

func (in *inputs) fail(summary, detail string, args ...any) {
	in.diags = append(in.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...)})
}

func (in *inputs) argument(arg string) {
	name, value, ok := strings.Cut(arg, "=")
	name = strings.TrimSpace(name)
	if !ok {
		in.fail("Invalid -var option", "-var %q has no equals sign: write -var 'NAME=VALUE'.", arg)
		return
	}
	if in.variable(name) == nil {
		in.fail("Value for undeclared variable", "A variable named %q was given with -var, and the configuration does not declare it.%s", name, in.suggest(name))
		return
	}
	in.text(name, value, "-var "+name)
}

func (in *inputs) suggest(name string) string {
	var names []string
	for _, b := range in.prog.Variables() {
		names = append(names, b.ID.Name)
	}
	return didYouMean(name, names)
}

// text takes a value as text: literally for primitive types and where none is
// declared, as an expression for the others, any among them.
func (in *inputs) text(name, value, from string) {
	d := in.variable(name).Variable
	v := cty.StringVal(value)
	if !d.Type.IsPrimitiveType() && !d.Untyped {
		e, diags := in.prog.ParseExpression(value, from)
		if !diags.HasErrors() {
			v, diags = e.Value(nil)
		}
		if diags.HasErrors() {
			in.fail("Invalid value for input variable", "The value given by %s is not an expression of type %s: %s", from, d.Type.FriendlyName(), diags[0].Detail)
			return
		}
	}
	if _, err := d.convert(v); err != nil {
		in.fail("Invalid value for input variable", "The value given by %s is not suitable for var.%s: %s.", from, name, err)
		return
	}
	in.values[name] = v
}

// source takes the values of a variables file.
func (in *inputs) source(name string, src []byte) {
	var f *hcl.File
	var diags hcl.Diagnostics
	if in.prog.Sources[name] == nil {
		in.prog.inputFiles[name] = true
	}
	if strings.HasSuffix(name, ".json") {
		f, diags = parseJSONFile(src, name)
	} else {
		f, diags = parseFile(src, name, in.prog.budget)
	}
	if !in.prog.inputFiles[name] || !in.discreet(src) {
		in.prog.Sources[name] = f
	}
	in.diags = append(in.diags, diags...)
	if diags.HasErrors() {
		return
	}
	attrs, diags := f.Body.JustAttributes()
	in.diags = append(in.diags, diags...)
	for _, a := range attrs {
		v, diags := a.Expr.Value(nil)
		in.diags = append(in.diags, once(diags)...)
		if in.variable(a.Name) == nil {
			in.diags = append(in.diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: "Value for undeclared variable",
				Detail:  fmt.Sprintf("The configuration does not declare a variable named %q.%s", a.Name, in.suggest(a.Name)),
				Subject: a.NameRange.Ptr(),
			})
			continue
		}
		declared := in.variable(a.Name)
		if _, err := declared.Variable.convert(v); err != nil {
			at := a.Expr.Range()
			if declared.Variable.Sensitive || declared.Variable.Ephemeral {
				at = declared.Range // there is something to show
			}
			in.diags = append(in.diags, problem(at, "Invalid value for input variable", fmt.Sprintf("The value in %s is not suitable for var.%s: %s.", name, a.Name, err))...)
			continue
		}
		in.values[a.Name] = v
	}
}

// discreet reports whether a variables file names a sensitive or ephemeral
// variable: its lines are then not shown beside errors.
func (in *inputs) discreet(src []byte) bool {
	return slices.ContainsFunc(in.prog.Blocks, func(b *Block) bool {
		if b.ID.Kind != Variable || b.ID.Module != "" || !b.Variable.Sensitive && !b.Variable.Ephemeral {
			return false
		}
		return regexp.MustCompile(`\b` + regexp.QuoteMeta(b.ID.Name) + `\b`).Match(src)
	})
}

// Variables returns the variables of the root module.
func (p *Program) Variables() []*Block {
	var list []*Block
	for _, b := range p.Blocks {
		if b.ID.Kind == Variable && b.ID.Module == "" {
			list = append(list, b)
		}
	}
	return list
}

// Missing returns the variables that need a value and have none.
func (p *Program) Missing() []*Block {
	return slices.DeleteFunc(p.Variables(), func(b *Block) bool {
		_, given := p.Inputs[b.ID.Name]
		return given || b.Variable.Default != cty.NilVal
	})
}

// SetUnknown gives variables of the root module values that are not known, and
// the others none.
func (p *Program) SetUnknown(variables []*Block) {
	p.Inputs = map[string]cty.Value{}
	for _, b := range variables {
		p.Inputs[b.ID.Name] = cty.UnknownVal(b.Variable.Type.WithoutOptionalAttributesDeep())
	}
}

// SetText gives a variable the value that a user typed.
func (p *Program) SetText(name, value string) hcl.Diagnostics {
	in := inputs{prog: p, values: p.Inputs}
	in.text(name, value, "you")
	return in.diags
}

// variable returns the value of a variable: converted, checked, marked.
func (s *Scope) variable(b *Block, m *ModuleInstance) (cty.Value, hcl.Diagnostics) {
	d := b.Variable
	v, given := s.prog.Inputs[b.ID.Name]
	var diags hcl.Diagnostics
	at := b.Range
	if m != nil {
		if given = b.Arg != nil; given {
			at = b.Arg.Range()
			v, diags = s.InstanceExpr(b.Arg, m.Call)
		}
	}
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	if given && v.IsNull() && !d.Nullable && (m == nil || d.Default != cty.NilVal) {
		given = false
	}
	if !given {
		v = d.Default
	}
	switch {
	case v == cty.NilVal:
		return cty.DynamicVal, problem(b.Range, "No value for required variable",
			fmt.Sprintf("The variable %q is not set and has no default. Give it with -var '%s=…', -var-file, a *.tfvars file or TF_VAR_%s.", b.ID.Name, b.ID.Name, b.ID.Name))
	case v.IsNull() && !d.Nullable:
		return cty.DynamicVal, problem(at, "Required variable not set",
			fmt.Sprintf("The value of var.%s is null, and nullable = false forbids null.", b.ID.Name))
	}
	got, err := d.convert(v)
	if err != nil {
		return cty.DynamicVal, problem(at, "Invalid value for input variable",
			fmt.Sprintf("The given value is not suitable for var.%s declared at %s: %s.", b.ID.Name, b.Range, err))
	}
	if d.Sensitive {
		got = got.Mark(Sensitive)
	}
	if d.Ephemeral {
		got = got.Mark(Ephemeral)
	} else if HasMark(got, Ephemeral) {
		return cty.DynamicVal, problem(at, "Ephemeral value not allowed", fmt.Sprintf("The variable %q is not declared with ephemeral = true, so it cannot take an ephemeral value.", b.ID.Name))
	}
	got = s.env.hide(got)
	s.values[place{b.ID, m.Path()}] = got // a validation refers to it
	return got, s.Check(b, Before, Instance{In: m}, cty.NilVal)
}
