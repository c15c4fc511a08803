package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type policyDocument struct {
	ID       string            `cty:"id"                        is:"computed"        doc:"A number that stands for the text."`
	Version  string            `cty:"version"                   is:"else=2012-10-17" doc:"Version of the policy language."`
	PolicyID string            `cty:"policy_id"                 is:"optional"        doc:"Id of the policy."`
	Sources  []string          `cty:"source_policy_documents"   is:"optional"        doc:"JSON policies that this one begins with; each sid stands once."`
	Override []string          `cty:"override_policy_documents" is:"optional"        doc:"JSON policies whose statements replace those of the same sid."`
	Blocks   []policyStatement `cty:"statement"                 is:"optional"        doc:"A permission."`
	JSON     string            `cty:"json"                      is:"computed"        doc:"The policy as JSON, over several lines."`
	Minified string            `cty:"minified_json"             is:"computed"        doc:"The policy as JSON, without spaces."`
}

type policyStatement struct {
	Sid           string            `cty:"sid"            is:"optional"     doc:"Id of the statement: letters and digits."`
	Effect        string            `cty:"effect"         is:"else=Allow"   doc:"Allow or Deny."`
	Actions       []string          `cty:"actions"        is:"optional,set" doc:"Actions it is about, such as s3:GetObject."`
	NotActions    []string          `cty:"not_actions"    is:"optional,set" doc:"Actions it is not about; it is about all others."`
	Resources     []string          `cty:"resources"      is:"optional,set" doc:"ARNs it is about."`
	NotResources  []string          `cty:"not_resources"  is:"optional,set" doc:"ARNs it is not about; it is about all others."`
	Principals    []policyPrincipal `cty:"principals"     is:"optional,set" doc:"Who it is about."`
	NotPrincipals []policyPrincipal `cty:"not_principals" is:"optional,set" doc:"Who it is not about; it is about all others."`
	Conditions    []policyCondition `cty:"condition"      is:"optional,set" doc:"When it holds; all of them have to."`
}

type policyPrincipal struct {
	Type        string   `cty:"type"        is:"required"     doc:"AWS, Service, Federated, CanonicalUser or *."`
	Identifiers []string `cty:"identifiers" is:"required,set" doc:"ARNs, accounts or names of services."`
}

type policyCondition struct {
	Test     string   `cty:"test"     is:"required" doc:"Operator, such as StringEquals."`
	Variable string   `cty:"variable" is:"required" doc:"Key that is looked at, such as aws:SourceIp."`
	Values   []string `cty:"values"   is:"required" doc:"Values of which any will do."`
}

var policyDocumentData = providers.DataSource[*client, policyDocument]{
	Type: "aws_iam_policy_document",
	Doc:  "A policy in IAM's language. It is only put together, nothing is asked.",
	Read: composePolicy,
	Examples: []string{
		`data "aws_iam_policy_document" "example" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}`,
		`data "aws_iam_policy_document" "base" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::data"]
  }
}

data "aws_iam_policy_document" "example" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]

  statement {
    sid       = "Read"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["arn:aws:s3:::data/*"]

    condition {
      test     = "StringLike"
      variable = "aws:PrincipalTag/team"
      values   = ["ml"]
    }
  }
}`,
	},
}

func composePolicy(_ context.Context, _ *client, x *policyDocument) error {
	var all policyBody
	if err := all.begin(x.Sources); err != nil {
		return err
	}
	own, err := x.text()
	if err != nil {
		return err
	}
	all.merge(own)
	for i, text := range x.Override {
		var next policyBody
		if err := json.Unmarshal([]byte(text), &next); err != nil {
			return fmt.Errorf("override_policy_documents[%d]: %w", i, err)
		}
		all.merge(next)
	}
	long, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	short, err := json.Marshal(all)
	x.JSON, x.Minified = string(long), string(short)
	x.ID = strconv.FormatUint(uint64(crc32.ChecksumIEEE(long)), 10)
	return err
}

var sidPattern = providers.NewPattern(`^[a-zA-Z0-9]*$`)

// text returns what the blocks say.
func (x *policyDocument) text() (policyBody, error) {
	out := policyBody{Version: x.Version, ID: x.PolicyID}
	if x.Version != "2012-10-17" && x.Version != "2008-10-17" {
		return out, fmt.Errorf("version %q is neither 2012-10-17 nor 2008-10-17", x.Version)
	}
	var sids []string
	for _, b := range x.Blocks {
		switch {
		case !sidPattern.MatchString(b.Sid):
			return out, fmt.Errorf("sid %q has other characters than letters and digits", b.Sid)
		case b.Sid != "" && slices.Contains(sids, b.Sid):
			return out, fmt.Errorf("sid %q stands twice", b.Sid)
		case b.Effect != "Allow" && b.Effect != "Deny":
			return out, fmt.Errorf("effect %q is neither Allow nor Deny", b.Effect)
		case x.Version == "2008-10-17" && b.hasVariables():
			return out, fmt.Errorf("statement %q has a variable, &{…}, which the version 2008-10-17 of the language does not know", b.Sid)
		}
		sids = append(sids, b.Sid)
		s := b.text()
		out.Statements = append(out.Statements, &s)
	}
	return out, nil
}

// variables spells the variables of IAM as it does; configurations write &{…},
// for ${…} is theirs.
var variables = strings.NewReplacer("&{", "${")

func (b policyStatement) hasVariables() bool {
	texts := slices.Concat(b.Resources, b.NotResources)
	for _, p := range slices.Concat(b.Principals, b.NotPrincipals) {
		texts = append(texts, p.Identifiers...)
	}
	for _, c := range b.Conditions {
		texts = append(texts, c.Values...)
	}
	return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, "&{") })
}

func (b policyStatement) text() statementText {
	s := statementText{
		Sid: b.Sid, Effect: b.Effect,
		Actions: oneOrMore(b.Actions), NotActions: oneOrMore(b.NotActions),
		Resources: oneOrMore(replaced(b.Resources)), NotResources: oneOrMore(replaced(b.NotResources)),
		Principals: principalsOf(b.Principals), NotPrincipals: principalsOf(b.NotPrincipals),
	}
	for _, c := range inTerraformOrder(b.Conditions, policyCondition.serial) {
		s.Conditions = append(s.Conditions, conditionText{c.Test, c.Variable, replaced(c.Values)})
	}
	return s
}

func principalsOf(blocks []policyPrincipal) principalSet {
	var out principalSet
	for _, p := range inTerraformOrder(blocks, policyPrincipal.serial) {
		out = append(out, principalText{p.Type, oneOrMore(replaced(p.Identifiers))})
	}
	return out
}

func replaced(list []string) []string {
	var out []string
	for _, text := range list {
		out = append(out, variables.Replace(text))
	}
	return out
}

// oneOrMore returns what stands for a set of texts: nothing, the only one, or
// all from the last to the first of the alphabet.
func oneOrMore(list []string) any {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	list = slices.Sorted(slices.Values(list))
	slices.Reverse(list)
	return list
}

// inTerraformOrder returns the blocks of a set in the order in which Terraform's
// provider sees them: by the checksum of their serial form, as a text. It shows
// where two blocks end up in one list.
func inTerraformOrder[T any](blocks []T, serial func(T) string) []T {
	return slices.SortedFunc(slices.Values(blocks), func(a, b T) int {
		return strings.Compare(checksum(serial(a)), checksum(serial(b)))
	})
}

func checksum(text string) string {
	return strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(text))), 10)
}

func (p policyPrincipal) serial() string {
	ids := inTerraformOrder(p.Identifiers, func(id string) string { return id + ";" })
	return "identifiers:{" + ended(ids) + "};type:" + p.Type + ";"
}

func (c policyCondition) serial() string {
	return "test:" + c.Test + ";values:(" + ended(c.Values) + ");variable:" + c.Variable + ";"
}

// ended returns the texts one after the other, each with a semicolon.
func ended(list []string) string {
	var b strings.Builder
	for _, text := range list {
		b.WriteString(text + ";")
	}
	return b.String()
}
