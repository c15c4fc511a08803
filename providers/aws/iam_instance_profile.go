package aws

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/mlinfra/mlinfra/providers"
)

type iamInstanceProfile struct {
	providers.Aside

	ID   string `cty:"id"   is:"computed"        doc:"Name of the instance profile."`
	Name string `cty:"name" is:"default,replace" doc:"Name, unique in the account; made up if absent."`
	Path string `cty:"path" is:"else=/,replace"  doc:"Path of the instance profile, such as /ml/."`
	Role string `cty:"role" is:"optional"        doc:"Name of the role that instances get."`
	tagging
	ARN        string `cty:"arn"         is:"computed" doc:"ARN of the instance profile."`
	UniqueID   string `cty:"unique_id"   is:"computed" doc:"Id that no other instance profile ever gets."`
	CreateDate string `cty:"create_date" is:"computed" doc:"Time of creation, RFC 3339."`
}

const profileNameSize = 128

var iamInstanceProfileType = providers.Resource[*client, iamInstanceProfile]{
	Type:   "aws_iam_instance_profile",
	Doc:    "What gives instances a role.",
	Create: createIAMInstanceProfile,
	Read:   withTags(readIAMInstanceProfile),
	Update: updateIAMInstanceProfile,
	Delete: deleteIAMInstanceProfile,
	Find:   findIAMInstanceProfile,
	List:   listIAMInstanceProfiles,
	Mark:   providers.InTags,
	Check: func(_ *iamInstanceProfile, want iamInstanceProfile) error {
		return checkIAMName(want.Name, want.Path, profileNameSize)
	},
	// A list shows no tags.
	Shallow: true,
	Grace:   iamSettling,
	Examples: []string{
		`resource "aws_iam_instance_profile" "example" {
  name = "ml-worker"
}`,
		exampleRole + `

resource "aws_iam_instance_profile" "example" {
  name = "ml-worker"
  role = aws_iam_role.example.name

  tags = {
    team = "ml"
  }
}`,
		exampleRole + `

resource "aws_iam_instance_profile" "example" {
  name = "ml-worker"
  path = "/ml/"
  role = aws_iam_role.example.name
}`,
	},
}

// createIAMInstanceProfile leaves the role to updateIAMInstanceProfile.
func createIAMInstanceProfile(ctx context.Context, c *client, x *iamInstanceProfile, a providers.Attempt) error {
	name := generated(x.Name, a)
	_, err := c.iam.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{
		InstanceProfileName: &name, Path: &x.Path, Tags: marked(x.TagsAll, a, newIAMTag),
	})
	if err != nil {
		return err
	}
	more := x.Role != ""
	x.ID, x.Name, x.Role = name, name, ""
	if more {
		return providers.ErrAgain
	}
	return nil
}

func readIAMInstanceProfile(ctx context.Context, c *client, x *iamInstanceProfile) error {
	got, err := c.iam.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: &x.ID})
	if err != nil {
		return gone(err)
	}
	return x.fill(got.InstanceProfile)
}

func updateIAMInstanceProfile(ctx context.Context, c *client, was iamInstanceProfile, x *iamInstanceProfile) error {
	x.ID = was.ID
	now := was
	if err := readIAMInstanceProfile(ctx, c, &now); err != nil {
		return err
	}
	if now.Role != x.Role {
		if err := swapRole(ctx, c, was.ID, now.Role, x.Role); err != nil {
			return err
		}
	}
	return retagBy(was.TagsAll, x.TagsAll, newIAMTag,
		func(keys []string) error {
			_, err := c.iam.UntagInstanceProfile(ctx, &iam.UntagInstanceProfileInput{InstanceProfileName: &was.ID, TagKeys: keys})
			return err
		},
		func(tags []iamtypes.Tag) error {
			_, err := c.iam.TagInstanceProfile(ctx, &iam.TagInstanceProfileInput{InstanceProfileName: &was.ID, Tags: tags})
			return err
		})
}

// swapRole puts another role into a profile, which holds one; "" is none.
func swapRole(ctx context.Context, c *client, profile, old, role string) error {
	if old != "" {
		_, err := c.iam.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: &profile, RoleName: &old})
		if err != nil && !notFound(codeOf(err)) {
			return err
		}
	}
	if role == "" {
		return nil
	}
	_, err := c.iam.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: &profile, RoleName: &role})
	return err
}

// deleteIAMInstanceProfile takes the role out first, as the API demands.
func deleteIAMInstanceProfile(ctx context.Context, c *client, x iamInstanceProfile) error {
	if err := readIAMInstanceProfile(ctx, c, &x); err != nil {
		return err
	}
	if err := swapRole(ctx, c, x.ID, x.Role, ""); err != nil {
		return gone(err)
	}
	_, err := c.iam.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: &x.ID})
	return gone(err)
}

func findIAMInstanceProfile(ctx context.Context, c *client, x *iamInstanceProfile, a providers.Attempt) (bool, error) {
	got, err := c.iam.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: aws.String(generated(x.Name, a))})
	if err = gone(err); err != nil {
		return false, absent(err)
	}
	return bears(got.InstanceProfile.Tags, iamTag, a), x.fill(got.InstanceProfile)
}

func listIAMInstanceProfiles(ctx context.Context, c *client, _ iamInstanceProfile) iter.Seq2[iamInstanceProfile, error] {
	p := iam.NewListInstanceProfilesPaginator(c.iam, &iam.ListInstanceProfilesInput{MaxItems: aws.Int32(iamPage)})
	return pages(ctx, p, func(o *iam.ListInstanceProfilesOutput) []iamtypes.InstanceProfile { return o.InstanceProfiles },
		func(x *iamInstanceProfile, got *iamtypes.InstanceProfile) error { return x.fill(got) })
}

func (x *iamInstanceProfile) fill(got *iamtypes.InstanceProfile) error {
	x.ID, x.Name, x.Path = aws.ToString(got.InstanceProfileName), aws.ToString(got.InstanceProfileName), aws.ToString(got.Path)
	x.ARN, x.UniqueID, x.CreateDate = aws.ToString(got.Arn), aws.ToString(got.InstanceProfileId), stamp(got.CreateDate)
	x.Role = ""
	for _, r := range got.Roles {
		x.Role = aws.ToString(r.RoleName)
	}
	x.TagsAll, x.Owner = tagsOf(got.Tags, iamTag), ownerOf(got.Tags, iamTag)
	return nil
}
