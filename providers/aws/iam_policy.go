package aws

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/mlinfra/mlinfra/providers"
)

type iamPolicy struct {
	providers.Aside

	ID          string `cty:"id"          is:"computed"         doc:"ARN of the policy."`
	Name        string `cty:"name"        is:"default,replace"  doc:"Name, unique in the account; made up if absent."`
	Path        string `cty:"path"        is:"else=/,replace"   doc:"Path of the policy, such as /ml/."`
	Description string `cty:"description" is:"optional,replace" doc:"Free text of at most 1000 characters."`
	Policy      string `cty:"policy"      is:"required"         doc:"Policy in JSON; its spelling does not matter."`
	tagging
	ARN      string `cty:"arn"       is:"computed" doc:"ARN of the policy."`
	PolicyID string `cty:"policy_id" is:"computed" doc:"Id that no other policy ever gets."`
}

const (
	managedPolicySize  = 6144
	maxPolicyVersions  = 5
	policyNameSize     = 128
	iamDescriptionSize = 1000
)

var iamPolicyType = providers.Resource[*client, iamPolicy]{
	Type:   "aws_iam_policy",
	Doc:    "A policy that roles, users and groups share.",
	Create: createIAMPolicy,
	Read:   withTags(readIAMPolicy),
	Update: updateIAMPolicy,
	Delete: deleteIAMPolicy,
	Find:   findIAMPolicy,
	List:   listIAMPolicies,
	Mark:   providers.InTags,
	Normal: func(x *iamPolicy) { x.Policy = normalPolicy(x.Policy) },
	Check:  checkIAMPolicy,
	// A list shows neither tags nor descriptions nor what the policy says.
	Shallow: true,
	Grace:   iamSettling,
	Examples: []string{
		`resource "aws_iam_policy" "example" {
  name = "ml-artifacts"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "arn:aws:s3:::mlinfra-example-artifacts/*"
    }]
  })
}`,
		`resource "aws_iam_policy" "example" {
  name = "ml-artifacts"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:PutObject", "s3:GetObject"]
      Resource = "arn:aws:s3:::mlinfra-example-artifacts/*"
    }]
  })

  tags = {
    team = "ml"
  }
}`,
		`resource "aws_iam_policy" "example" {
  name        = "ml-artifacts"
  path        = "/ml/"
  description = "Reads artifacts."
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "*"
    }]
  })
}`,
	},
}

func createIAMPolicy(ctx context.Context, c *client, x *iamPolicy, a providers.Attempt) error {
	name := generated(x.Name, a)
	got, err := c.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName: &name, Path: &x.Path, Description: optional(x.Description), PolicyDocument: &x.Policy, Tags: marked(x.TagsAll, a, newIAMTag),
	})
	if err != nil {
		return err
	}
	x.ID, x.Name = aws.ToString(got.Policy.Arn), name
	return nil
}

func readIAMPolicy(ctx context.Context, c *client, x *iamPolicy) error {
	got, err := c.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &x.ID})
	if err != nil {
		return gone(err)
	}
	text, err := policyText(ctx, c, x.ID, got.Policy.DefaultVersionId)
	if err != nil {
		return gone(err)
	}
	x.Policy = text
	return x.fill(got.Policy)
}

func policyText(ctx context.Context, c *client, arn string, version *string) (string, error) {
	got, err := c.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: version})
	if err != nil {
		return "", err
	}
	return answeredPolicy(got.PolicyVersion.Document), nil
}

func updateIAMPolicy(ctx context.Context, c *client, was iamPolicy, x *iamPolicy) error {
	x.ID = was.ID
	if err := rewritePolicy(ctx, c, was.ID, x.Policy); err != nil {
		return err
	}
	return retagBy(was.TagsAll, x.TagsAll, newIAMTag,
		func(keys []string) error {
			_, err := c.iam.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: &was.ID, TagKeys: keys})
			return err
		},
		func(tags []iamtypes.Tag) error {
			_, err := c.iam.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: &was.ID, Tags: tags})
			return err
		})
}

// rewritePolicy makes a version of what the policy is to say, unless it says so
// already. The oldest one makes room for it.
func rewritePolicy(ctx context.Context, c *client, arn, text string) error {
	versions, err := policyVersions(ctx, c, arn)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if !v.IsDefaultVersion {
			continue
		}
		now, err := policyText(ctx, c, arn, v.VersionId)
		if err != nil || now == text {
			return err
		}
	}
	if len(versions) >= maxPolicyVersions {
		old := slices.DeleteFunc(versions, func(v iamtypes.PolicyVersion) bool { return v.IsDefaultVersion })
		oldest := slices.MinFunc(old, func(a, b iamtypes.PolicyVersion) int {
			return cmp.Or(aws.ToTime(a.CreateDate).Compare(aws.ToTime(b.CreateDate)), versionNumber(a)-versionNumber(b))
		})
		_, err := c.iam.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: oldest.VersionId})
		if err != nil && !notFound(codeOf(err)) {
			return err
		}
	}
	_, err = c.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: &text, SetAsDefault: true})
	return err
}

// versionNumber is that of a version called v7.
func versionNumber(v iamtypes.PolicyVersion) (n int) {
	_, _ = fmt.Sscanf(aws.ToString(v.VersionId), "v%d", &n)
	return n
}

// policyVersions returns all: there are at most five.
func policyVersions(ctx context.Context, c *client, arn string) ([]iamtypes.PolicyVersion, error) {
	got, err := c.iam.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: &arn})
	if err != nil {
		return nil, err
	}
	return got.Versions, nil
}

// deleteIAMPolicy deletes old versions first, as the API demands. It refuses
// while the policy is attached: classify says busy.
func deleteIAMPolicy(ctx context.Context, c *client, x iamPolicy) error {
	versions, err := policyVersions(ctx, c, x.ID)
	if err != nil {
		return gone(err)
	}
	for _, v := range versions {
		if v.IsDefaultVersion {
			continue
		}
		_, err := c.iam.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: &x.ID, VersionId: v.VersionId})
		if err != nil && !notFound(codeOf(err)) {
			return err
		}
	}
	_, err = c.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: &x.ID})
	return gone(err)
}

// findIAMPolicy goes by the name, which is unique, and asks for the tags.
func findIAMPolicy(ctx context.Context, c *client, x *iamPolicy, a providers.Attempt) (bool, error) {
	name := generated(x.Name, a)
	for p, err := range listIAMPolicies(ctx, c, *x) {
		if err != nil {
			return false, err
		}
		if p.Name != name {
			continue
		}
		got, err := c.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &p.ID})
		if err = gone(err); err != nil {
			return false, absent(err)
		}
		return bears(got.Policy.Tags, iamTag, a), x.fill(got.Policy)
	}
	return false, nil
}

func listIAMPolicies(ctx context.Context, c *client, _ iamPolicy) iter.Seq2[iamPolicy, error] {
	p := iam.NewListPoliciesPaginator(c.iam, &iam.ListPoliciesInput{Scope: iamtypes.PolicyScopeTypeLocal, MaxItems: aws.Int32(iamPage)})
	return pages(ctx, p, func(o *iam.ListPoliciesOutput) []iamtypes.Policy { return o.Policies },
		func(x *iamPolicy, got *iamtypes.Policy) error { return x.fill(got) })
}

func (x *iamPolicy) fill(got *iamtypes.Policy) error {
	x.ID, x.ARN, x.PolicyID = aws.ToString(got.Arn), aws.ToString(got.Arn), aws.ToString(got.PolicyId)
	x.Name, x.Path, x.Description = aws.ToString(got.PolicyName), aws.ToString(got.Path), aws.ToString(got.Description)
	x.TagsAll, x.Owner = tagsOf(got.Tags, iamTag), ownerOf(got.Tags, iamTag)
	return nil
}

func checkIAMPolicy(_ *iamPolicy, want iamPolicy) error {
	if err := checkIAMName(want.Name, want.Path, policyNameSize); err != nil {
		return err
	}
	if n := len([]rune(want.Description)); n > iamDescriptionSize {
		return fmt.Errorf("description has %d characters; IAM takes %d", n, iamDescriptionSize)
	}
	return checkPolicy("policy", want.Policy, managedPolicySize)
}
