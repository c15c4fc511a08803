package aws

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The texts are what Terraform's provider prints, as its documentation and
// tests have them.
func TestPolicyDocument(t *testing.T) {
	aws := func(ids ...string) policyPrincipal { return policyPrincipal{"AWS", ids} }
	root := func(partition string, digit string) string {
		return "arn:" + partition + ":iam::" + strings.Repeat(digit, 12) + ":root"
	}
	several := func(partition string) policyDocument {
		return policyDocument{Version: "2012-10-17", Blocks: []policyStatement{{Effect: "Allow", Actions: []string{"*"}, Principals: []policyPrincipal{
			aws(root(partition, "1"), root(partition, "2")), aws(root(partition, "3")), aws(root(partition, "4")),
		}}}}
	}
	tests := []struct {
		name string
		doc  policyDocument
		want string // minified
	}{
		{"nothing", policyDocument{Version: "2012-10-17"}, `{"Version":"2012-10-17"}`},
		{
			"one is a text, several are a list from the last to the first",
			policyDocument{Version: "2012-10-17", PolicyID: "policy_id", Blocks: []policyStatement{{
				Sid: "1", Effect: "Allow", Actions: []string{"s3:GetBucketLocation", "s3:ListAllMyBuckets"}, Resources: []string{"arn:aws:s3:::*"},
			}}},
			`{"Version":"2012-10-17","Id":"policy_id","Statement":[{"Sid":"1","Effect":"Allow","Action":["s3:ListAllMyBuckets","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::*"}]}`,
		},
		{
			"values keep their order, variables are spelled as IAM's",
			policyDocument{Version: "2012-10-17", Blocks: []policyStatement{{
				Effect: "Allow", Actions: []string{"s3:ListBucket"}, Resources: []string{"arn:aws:s3:::foo"}, NotPrincipals: []policyPrincipal{aws("arn:blahblah:example")},
				Conditions: []policyCondition{{"StringLike", "s3:prefix", []string{"home/", "", "home/&{aws:username}/"}}},
			}}},
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::foo","NotPrincipal":{"AWS":"arn:blahblah:example"},"Condition":{"StringLike":{"s3:prefix":["home/","","home/${aws:username}/"]}}}]}`,
		},
		{
			"what it is not about",
			policyDocument{Version: "2008-10-17", Blocks: []policyStatement{{Effect: "Deny", NotActions: []string{"s3:*"}, NotResources: []string{"arn:aws:s3:::*"}}}},
			`{"Version":"2008-10-17","Statement":[{"Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:s3:::*"}]}`,
		},
		{
			"everybody",
			policyDocument{Version: "2012-10-17", Blocks: []policyStatement{
				{Effect: "Allow", Actions: []string{"kinesis:*"}, Principals: []policyPrincipal{aws("*")}},
				{Effect: "Allow", Actions: []string{"firehose:*"}, Principals: []policyPrincipal{{"*", []string{"*"}}}},
			}},
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kinesis:*","Principal":{"AWS":"*"}},{"Effect":"Allow","Action":"firehose:*","Principal":"*"}]}`,
		},
		{
			"principals of one kind in two blocks",
			policyDocument{Version: "2012-10-17", Blocks: []policyStatement{{Effect: "Allow", Actions: []string{"*"}, Principals: []policyPrincipal{
				aws(root("aws", "1")), aws(root("aws", "2"), root("aws", "3")),
			}}}},
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Principal":{"AWS":["arn:aws:iam::111111111111:root","arn:aws:iam::333333333333:root","arn:aws:iam::222222222222:root"]}}]}`,
		},
		{
			"in three, in the order of their checksums",
			several("aws"),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Principal":{"AWS":["arn:aws:iam::333333333333:root","arn:aws:iam::444444444444:root","arn:aws:iam::222222222222:root","arn:aws:iam::111111111111:root"]}}]}`,
		},
		{
			"which is another one with other names",
			several("aws-us-gov"),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Principal":{"AWS":["arn:aws-us-gov:iam::333333333333:root","arn:aws-us-gov:iam::222222222222:root","arn:aws-us-gov:iam::111111111111:root","arn:aws-us-gov:iam::444444444444:root"]}}]}`,
		},
		{
			"policies before and over it",
			policyDocument{
				Version:  "2012-10-17",
				Sources:  []string{`{"Version":"2008-10-17","Id":"source","Statement":[{"Sid":"a","Effect":"Allow","Action":["x:1"],"Condition":{"Bool":{"aws:SecureTransport":true}}},{"Effect":"Allow","Action":"x:2"}]}`},
				Blocks:   []policyStatement{{Sid: "b", Effect: "Allow", Actions: []string{"x:3"}}},
				Override: []string{`{"Statement":[{"Sid":"b","Effect":"Deny","Action":"x:3","Principal":{"Service":["ec2.amazonaws.com"]}},{"Sid":"c","Effect":"Allow","Action":"x:4","Principal":"*"}]}`},
			},
			`{"Version":"2012-10-17","Id":"source","Statement":[{"Sid":"a","Effect":"Allow","Action":["x:1"],"Condition":{"Bool":{"aws:SecureTransport":"true"}}},{"Effect":"Allow","Action":"x:2"},{"Sid":"b","Effect":"Deny","Action":"x:3","Principal":{"Service":["ec2.amazonaws.com"]}},{"Sid":"c","Effect":"Allow","Action":"x:4","Principal":"*"}]}`,
		},
		{
			"letters that HTML has a meaning for",
			policyDocument{Version: "2012-10-17", Blocks: []policyStatement{{Effect: "Allow", Actions: []string{"*"}, Resources: []string{"a<b>&c"}}}},
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"a\u003cb\u003e\u0026c"}]}`,
		},
	}
	for _, tt := range tests {
		if err := composePolicy(t.Context(), nil, &tt.doc); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, tt.doc.Minified); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestPolicyDocumentLines(t *testing.T) {
	doc := policyDocument{Version: "2012-10-17", Blocks: []policyStatement{{
		Effect: "Allow", Actions: []string{"sts:AssumeRole"}, Principals: []policyPrincipal{{"Service", []string{"ec2.amazonaws.com"}}},
	}}}
	if err := composePolicy(t.Context(), nil, &doc); err != nil {
		t.Fatal(err)
	}
	want := `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "sts:AssumeRole",
      "Principal": {
        "Service": "ec2.amazonaws.com"
      }
    }
  ]
}`
	if diff := cmp.Diff(want, doc.JSON); diff != "" {
		t.Errorf("json (-want +got):\n%s", diff)
	}
	// A widely seen id of Terraform's states for this very document.
	if doc.ID != "2851119427" {
		t.Errorf("id %s, want 2851119427", doc.ID)
	}
}

func TestPolicyDocumentRefusals(t *testing.T) {
	same := policyStatement{Sid: "a", Effect: "Allow"}
	for want, doc := range map[string]policyDocument{
		`version "2020-01-01"`:          {Version: "2020-01-01"},
		`sid "a" stands twice`:          {Version: "2012-10-17", Blocks: []policyStatement{same, same}},
		`sid "a b"`:                     {Version: "2012-10-17", Blocks: []policyStatement{{Sid: "a b", Effect: "Allow"}}},
		`effect "allow"`:                {Version: "2012-10-17", Blocks: []policyStatement{{Effect: "allow"}}},
		`has a variable`:                {Version: "2008-10-17", Blocks: []policyStatement{{Effect: "Allow", Resources: []string{"&{x}"}}}},
		`source_policy_documents[1]`:    {Version: "2012-10-17", Sources: []string{`{"Statement":[{"Sid":"a"}]}`, `{"Statement":[{"Sid":"a"}]}`}},
		`override_policy_documents[0]`:  {Version: "2012-10-17", Override: []string{`{`}},
		`condition Bool of x`:           {Version: "2012-10-17", Override: []string{`{"Statement":[{"Condition":{"Bool":{"x":1}}}]}`}},
		`principals of the kind AWS: 1`: {Version: "2012-10-17", Override: []string{`{"Statement":[{"Principal":{"AWS":1}}]}`}},
	} {
		if err := composePolicy(t.Context(), nil, &doc); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
