package config

import (
	"fmt"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// TerraformVersion is the version of Terraform whose language is understood.
const TerraformVersion = "1.11.4"

// requiredVersion refuses a configuration that no Terraform 1.11 may read.
func (l *loader) requiredVersion(a *hclsyntax.Attribute) {
	want, ok := l.constraint(a.Expr)
	if !ok || allows(want) {
		return
	}
	l.errorf(a.Range(), "Unsupported Terraform Core version", "This configuration asks for a Terraform that is %s, and mlinfra understands the language of Terraform 1.11. Version constraints are normally set for good reason: change this one only if the configuration works with 1.11.", want)
}

// allows reports whether a constraint accepts any release of Terraform 1.11.
func allows(want version.Constraints) bool {
	const patches = 100 // more than there will be
	for patch := range patches {
		if want.Check(version.Must(version.NewVersion(fmt.Sprintf("1.11.%d", patch)))) {
			return true
		}
	}
	return false
}

// requiredProviderVersions checks how the version constraints of providers are
// written. They choose nothing: the providers are built in.
func (l *loader) requiredProviderVersions(b *hclsyntax.Block) {
	for _, a := range sortedAttributes(b.Body) {
		pairs, diags := hcl.ExprMap(a.Expr)
		if diags.HasErrors() {
			l.constraint(a.Expr) // the form of Terraform 0.12: NAME = CONSTRAINT
			continue
		}
		for _, p := range pairs {
			if hcl.ExprAsKeyword(p.Key) == "version" {
				l.constraint(p.Value)
			}
		}
	}
}

// constraint reads a version constraint, which is a literal string.
func (l *loader) constraint(e hcl.Expression) (version.Constraints, bool) {
	v, diags := e.Value(nil)
	if diags.HasErrors() || v.Type() != cty.String || v.IsNull() || !v.IsKnown() {
		l.errorf(e.Range(), "Invalid version constraint", "A version constraint is a string such as \">= 1.5\", without references.")
		return nil, false
	}
	want, err := version.NewConstraint(v.AsString())
	if err != nil {
		l.errorf(e.Range(), "Invalid version constraint", "%q does not use correct version constraint syntax. Write for example \">= 1.5, < 2.0\" or \"~> 1.11\".", v.AsString())
		return nil, false
	}
	return want, true
}
