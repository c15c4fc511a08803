package aws

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/mlinfra/mlinfra/providers"
)

type iamRole struct {
	providers.Aside

	ID                  string `cty:"id"                    is:"computed"         doc:"Name of the role."`
	Name                string `cty:"name"                  is:"default,replace"  doc:"Name, unique in the account; made up if absent."`
	AssumeRolePolicy    string `cty:"assume_role_policy"    is:"required"         doc:"Policy in JSON: who may take the role on."`
	Path                string `cty:"path"                  is:"else=/,replace"   doc:"Path of the role, such as /ml/."`
	Description         string `cty:"description"           is:"optional"         doc:"Free text of at most 1000 characters."`
	MaxSessionDuration  int    `cty:"max_session_duration"  is:"else=3600"        doc:"Seconds for which a session lasts, 3600 to 43200."`
	PermissionsBoundary string `cty:"permissions_boundary"  is:"optional"         doc:"ARN of the policy that bounds what it may do."`
	ForceDetachPolicies bool   `cty:"force_detach_policies" is:"else=false,blind" doc:"Whether destroying it takes its policies off, too."`
	tagging
	ARN        string `cty:"arn"         is:"computed" doc:"ARN of the role."`
	UniqueID   string `cty:"unique_id"   is:"computed" doc:"Id that no other role ever gets."`
	CreateDate string `cty:"create_date" is:"computed" doc:"Time of creation, RFC 3339."`
}

// trustPolicySize is the most that IAM takes with a raised quota.
const trustPolicySize = 4096

var iamRoleType = providers.Resource[*client, iamRole]{
	Type:   "aws_iam_role",
	Doc:    "An identity that services and people take on.",
	Create: createIAMRole,
	Read:   withTags(readIAMRole),
	Update: updateIAMRole,
	Delete: deleteIAMRole,
	Find:   findIAMRole,
	List:   listIAMRoles,
	Mark:   providers.InTags,
	Normal: func(x *iamRole) { x.AssumeRolePolicy = normalPolicy(x.AssumeRolePolicy) },
	Check:  checkIAMRole,
	// A list shows neither tags nor boundaries.
	Shallow: true,
	Grace:   iamSettling,
	Examples: []string{
		`resource "aws_iam_role" "example" {
  name = "ml-worker"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}`,
		`resource "aws_iam_role" "example" {
  name                 = "ml-worker"
  description          = "What training nodes may do."
  max_session_duration = 7200
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Principal = { Service = ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"] }
    }]
  })

  tags = {
    team = "ml"
  }
}`,
		`resource "aws_iam_role" "example" {
  name                  = "ml-worker"
  path                  = "/ml/"
  force_detach_policies = true
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}`,
	},
}

func createIAMRole(ctx context.Context, c *client, x *iamRole, a providers.Attempt) error {
	name := generated(x.Name, a)
	_, err := c.iam.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: &name, AssumeRolePolicyDocument: &x.AssumeRolePolicy, Path: &x.Path, Description: optional(x.Description),
		MaxSessionDuration: number(x.MaxSessionDuration), PermissionsBoundary: optional(x.PermissionsBoundary), Tags: marked(x.TagsAll, a, newIAMTag),
	})
	if err != nil {
		return err
	}
	x.ID, x.Name = name, name
	return nil
}

func readIAMRole(ctx context.Context, c *client, x *iamRole) error {
	got, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &x.ID})
	if err != nil {
		return gone(err)
	}
	return x.fill(got.Role)
}

func updateIAMRole(ctx context.Context, c *client, was iamRole, x *iamRole) error {
	x.ID = was.ID
	if x.AssumeRolePolicy != was.AssumeRolePolicy {
		_, err := c.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &was.ID, PolicyDocument: &x.AssumeRolePolicy})
		if err != nil {
			return err
		}
	}
	if x.Description != was.Description || x.MaxSessionDuration != was.MaxSessionDuration {
		_, err := c.iam.UpdateRole(ctx, &iam.UpdateRoleInput{
			RoleName: &was.ID, Description: &x.Description, MaxSessionDuration: number(x.MaxSessionDuration),
		})
		if err != nil {
			return err
		}
	}
	if x.PermissionsBoundary != was.PermissionsBoundary {
		if err := bindRole(ctx, c, was.ID, x.PermissionsBoundary); err != nil {
			return err
		}
	}
	return retagBy(was.TagsAll, x.TagsAll, newIAMTag,
		func(keys []string) error {
			_, err := c.iam.UntagRole(ctx, &iam.UntagRoleInput{RoleName: &was.ID, TagKeys: keys})
			return err
		},
		func(tags []iamtypes.Tag) error {
			_, err := c.iam.TagRole(ctx, &iam.TagRoleInput{RoleName: &was.ID, Tags: tags})
			return err
		})
}

// bindRole sets a role's boundary, "" for none. What is not there need not be
// taken off.
func bindRole(ctx context.Context, c *client, role, boundary string) error {
	if boundary != "" {
		_, err := c.iam.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: &role, PermissionsBoundary: &boundary})
		return err
	}
	_, err := c.iam.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: &role})
	if notFound(codeOf(err)) {
		return nil
	}
	return err
}

// deleteIAMRole takes off what hangs on the role when IAM says that something
// does: instance profiles, and policies if it may.
func deleteIAMRole(ctx context.Context, c *client, x iamRole) error {
	_, err := c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &x.ID})
	if codeOf(err) != "DeleteConflict" {
		return gone(err)
	}
	freed, failed := leaveProfiles(ctx, c, x.ID)
	if failed == nil && x.ForceDetachPolicies {
		var n int
		n, failed = dropPolicies(ctx, c, x.ID)
		freed += n
	}
	switch {
	case failed != nil:
		return gone(failed)
	case freed > 0:
		return providers.ErrAgain
	}
	return err
}

// leaveProfiles takes a role out of its instance profiles, and returns how many.
func leaveProfiles(ctx context.Context, c *client, role string) (int, error) {
	got, err := c.iam.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: &role})
	if err != nil {
		return 0, err
	}
	for _, p := range got.InstanceProfiles {
		_, err := c.iam.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{RoleName: &role, InstanceProfileName: p.InstanceProfileName})
		if err != nil && !notFound(codeOf(err)) {
			return 0, err
		}
	}
	return len(got.InstanceProfiles), nil
}

// dropPolicies takes a role's policies off, and returns how many.
func dropPolicies(ctx context.Context, c *client, role string) (int, error) {
	attached, err := c.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	if err != nil {
		return 0, err
	}
	for _, p := range attached.AttachedPolicies {
		_, err := c.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: p.PolicyArn})
		if err != nil && !notFound(codeOf(err)) {
			return 0, err
		}
	}
	inline, err := c.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &role})
	if err != nil {
		return 0, err
	}
	for _, name := range inline.PolicyNames {
		_, err := c.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: &name})
		if err != nil && !notFound(codeOf(err)) {
			return 0, err
		}
	}
	return len(attached.AttachedPolicies) + len(inline.PolicyNames), nil
}

func findIAMRole(ctx context.Context, c *client, x *iamRole, a providers.Attempt) (bool, error) {
	got, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(generated(x.Name, a))})
	if err = gone(err); err != nil {
		return false, absent(err)
	}
	return bears(got.Role.Tags, iamTag, a), x.fill(got.Role)
}

// absent returns nil for ErrGone.
func absent(err error) error {
	if errors.Is(err, providers.ErrGone) {
		return nil
	}
	return err
}

func listIAMRoles(ctx context.Context, c *client, _ iamRole) iter.Seq2[iamRole, error] {
	p := iam.NewListRolesPaginator(c.iam, &iam.ListRolesInput{MaxItems: aws.Int32(iamPage)})
	return pages(ctx, p, func(o *iam.ListRolesOutput) []iamtypes.Role { return o.Roles },
		func(x *iamRole, got *iamtypes.Role) error { return x.fill(got) })
}

func (x *iamRole) fill(got *iamtypes.Role) error {
	x.ID, x.Name, x.Path = aws.ToString(got.RoleName), aws.ToString(got.RoleName), aws.ToString(got.Path)
	x.AssumeRolePolicy, x.Description = answeredPolicy(got.AssumeRolePolicyDocument), aws.ToString(got.Description)
	x.MaxSessionDuration, x.PermissionsBoundary = int(aws.ToInt32(got.MaxSessionDuration)), ""
	if got.PermissionsBoundary != nil {
		x.PermissionsBoundary = aws.ToString(got.PermissionsBoundary.PermissionsBoundaryArn)
	}
	x.TagsAll, x.Owner = tagsOf(got.Tags, iamTag), ownerOf(got.Tags, iamTag)
	x.ARN, x.UniqueID, x.CreateDate = aws.ToString(got.Arn), aws.ToString(got.RoleId), stamp(got.CreateDate)
	return nil
}

var (
	iamName = providers.NewPattern(`^[\w+=,.@-]+$`)
	iamPath = providers.NewPattern(`^/([\x21-\x7e]+/)?$`)
)

// checkIAMName refuses names, which have at most most characters, and paths
// that IAM refuses. An absent name is made up.
func checkIAMName(name, path string, most int) error {
	switch {
	case name != "" && (len(name) > most || !iamName.MatchString(name)):
		return fmt.Errorf("name %q: a name has at most %d letters, digits and characters of _+=,.@-", name, most)
	case len(path) > 512 || !iamPath.MatchString(path) || strings.Contains(path, "//"):
		return fmt.Errorf("path %q: a path begins and ends with a slash, such as /ml/", path)
	}
	return nil
}

func checkIAMRole(_ *iamRole, want iamRole) error {
	if err := checkIAMName(want.Name, want.Path, 64); err != nil {
		return err
	}
	if err := checkPolicy("assume_role_policy", want.AssumeRolePolicy, trustPolicySize); err != nil {
		return err
	}
	switch {
	case want.MaxSessionDuration < 3600 || want.MaxSessionDuration > 43200:
		return fmt.Errorf("max_session_duration %d is not between 3600 and 43200 seconds", want.MaxSessionDuration)
	case len([]rune(want.Description)) > iamDescriptionSize:
		return fmt.Errorf("description has %d characters; IAM takes %d", len([]rune(want.Description)), iamDescriptionSize)
	}
	return nil
}
