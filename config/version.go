package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// language is the version of Terraform whose language mlinfra understands.
var language = []int{1, 11, 4}

var constraintRegexp = regexp.MustCompile(`^(=|!=|>=?|<=?|~>)?\s*v?(\d+(?:\.\d+){0,2})(?:-[0-9A-Za-z.-]+)?$`)

// requiredVersion checks terraform.required_version. That it wants another
// version is a warning: it says what Terraform may run this, not mlinfra.
func (l *loader) requiredVersion(a *hclsyntax.Attribute) {
	if a == nil {
		return
	}
	text := ""
	l.literal(a, &text)
	for part := range strings.SplitSeq(text, ",") {
		met, ok := meets(language, strings.TrimSpace(part))
		switch {
		case !ok:
			l.errorf(a.Expr.Range(), "Invalid version constraint", "%q is not a version constraint such as \">= 1.5\" or \"~> 1.9.0\".", text)
			return
		case !met:
			l.diags = append(l.diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: "Unsupported Terraform Core version", Subject: a.Expr.Range().Ptr(),
				Detail: fmt.Sprintf("This configuration wants Terraform %s, and mlinfra understands the language of Terraform 1.11.", text),
			})
			return
		}
	}
}

// meets reports whether a version meets one constraint; false when that is
// none.
func meets(version []int, constraint string) (met, ok bool) {
	m := constraintRegexp.FindStringSubmatch(constraint)
	if m == nil {
		return false, false
	}
	var want []int
	for s := range strings.SplitSeq(m[2], ".") {
		n, err := strconv.Atoi(s)
		if err != nil {
			return false, false // too large
		}
		want = append(want, n)
	}
	given := len(want)
	for len(want) < len(version) {
		want = append(want, 0)
	}
	c := slices.Compare(version, want)
	switch m[1] {
	case "!=":
		return c != 0, true
	case ">":
		return c > 0, true
	case ">=":
		return c >= 0, true
	case "<":
		return c < 0, true
	case "<=":
		return c <= 0, true
	case "~>":
		fixed := max(given-1, 1) // the last number given may grow
		return c >= 0 && slices.Equal(version[:fixed], want[:fixed]), true
	}
	return c == 0, true
}
