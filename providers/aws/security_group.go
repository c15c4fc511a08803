package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type securityGroup struct {
	providers.Aside

	ID                  string       `cty:"id"                     is:"computed"         doc:"Id of the group."`
	Name                string       `cty:"name"                   is:"default,replace"  doc:"Name, unique in the network; a new one is made up if absent."`
	NamePrefix          string       `cty:"name_prefix"            is:"optional,blind,replace" doc:"Start of a name that is made up."`
	Description         string       `cty:"description"            is:"default,replace"  doc:"Free text of at most 255 characters; absent means Managed by mlinfra."`
	VPCID               string       `cty:"vpc_id"                 is:"default,replace"  doc:"Id of the network; the default one if absent."`
	Ingress             []groupBlock `cty:"ingress"                is:"default,set"      doc:"All that is let in; if absent, rules may be named elsewhere."`
	Egress              []groupBlock `cty:"egress"                 is:"default,set"      doc:"All that is let out; if absent, rules may be named elsewhere."`
	RevokeRulesOnDelete bool         `cty:"revoke_rules_on_delete" is:"else=false,blind" doc:"Whether a deletion first revokes rules here and those that name it."`
	tagging
	ARN     string `cty:"arn"      is:"computed" doc:"ARN of the group."`
	OwnerID string `cty:"owner_id" is:"computed" doc:"Account that it belongs to."`
}

var securityGroupType = providers.Resource[*client, securityGroup]{
	Type:   "aws_security_group",
	Doc:    "A firewall around network interfaces. A new one lets nothing in or out.",
	Create: createSecurityGroup,
	Read:   withTags(readSecurityGroup),
	Update: updateSecurityGroup,
	Delete: deleteSecurityGroup,
	Find:   findSecurityGroup,
	List:   listSecurityGroups,
	Mark:   providers.InTags,
	Normal: normalSecurityGroup,
	Check:  checkSecurityGroup,
	Grace:  settling,
	Examples: []string{
		`resource "aws_security_group" "example" {
  name = "workers"
}`,
		`resource "aws_security_group" "example" {
  name = "workers"

  ingress {
    description = "SSH."
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["192.0.2.0/24", "198.51.100.0/24"]
    self        = true
  }

  egress {
    protocol         = "-1"
    from_port        = 0
    to_port          = 0
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }

  tags = {
    Name = "workers"
  }
}`,
		`resource "aws_vpc" "example" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_security_group" "example" {
  name_prefix = "web-"
  vpc_id      = aws_vpc.example.id

  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }
}`,
	},
}

// createSecurityGroup makes the group with the rule of AWS that lets everything
// out. updateSecurityGroup takes that away and adds the rules.
func createSecurityGroup(ctx context.Context, c *client, x *securityGroup, a providers.Attempt) error {
	if err := sourced(*x); err != nil {
		return err
	}
	got, err := c.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		GroupName:         aws.String(madeUp(x.Name, x.NamePrefix, a)),
		Description:       aws.String(cmp.Or(x.Description, "Managed by mlinfra")),
		VpcId:             optional(x.VPCID),
		TagSpecifications: tagSpec(ec2types.ResourceTypeSecurityGroup, x.TagsAll, a),
	})
	if err != nil {
		return err
	}
	x.ID = aws.ToString(got.GroupId)
	return providers.ErrAgain
}

func readSecurityGroup(ctx context.Context, c *client, x *securityGroup) error {
	got, err := c.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{x.ID}})
	if err != nil {
		return gone(err)
	}
	return first(got.SecurityGroups, func(g *ec2types.SecurityGroup) error { return x.fill(c, g) })
}

// updateSecurityGroup ends with the tags: the mark of the attempt, which is the
// sign of a group that still has its first rule, must be the last to go.
func updateSecurityGroup(ctx context.Context, c *client, was securityGroup, x *securityGroup) error {
	x.ID = was.ID
	if err := sourced(*x); err != nil {
		return err
	}
	now := securityGroup{ID: was.ID}
	if err := readSecurityGroup(ctx, c, &now); err != nil {
		return err
	}
	if err := changeRules(ctx, c, now, was, *x); err != nil {
		return err
	}
	return retag(ctx, c, was.ID, was.TagsAll, x.TagsAll)
}

// The API refuses while an interface or another group uses it: classify says
// busy.
func deleteSecurityGroup(ctx context.Context, c *client, x securityGroup) error {
	if x.RevokeRulesOnDelete {
		if err := revokeAll(ctx, c, x.ID); err != nil {
			return err
		}
	}
	_, err := c.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: aws.String(x.ID)})
	return gone(err)
}

func findSecurityGroup(ctx context.Context, c *client, x *securityGroup, a providers.Attempt) (bool, error) {
	got, err := c.ec2.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: tagged(a)})
	if err != nil {
		return false, err
	}
	return found(got.SecurityGroups, func(g *ec2types.SecurityGroup) error { return x.fill(c, g) })
}

func listSecurityGroups(ctx context.Context, c *client, _ securityGroup) iter.Seq2[securityGroup, error] {
	p := ec2.NewDescribeSecurityGroupsPaginator(c.ec2, &ec2.DescribeSecurityGroupsInput{MaxResults: aws.Int32(pageSize)})
	return pages(ctx, p, func(o *ec2.DescribeSecurityGroupsOutput) []ec2types.SecurityGroup { return o.SecurityGroups },
		func(x *securityGroup, got *ec2types.SecurityGroup) error { return x.fill(c, got) })
}

// fill shows the mark of a group that is not finished among its tags, so that
// the plan after a crash has something to change, and does not show the rule
// that it came with.
func (x *securityGroup) fill(c *client, got *ec2types.SecurityGroup) error {
	x.ID, x.Name, x.Description = aws.ToString(got.GroupId), aws.ToString(got.GroupName), aws.ToString(got.Description)
	x.VPCID, x.OwnerID, x.ARN = aws.ToString(got.VpcId), aws.ToString(got.OwnerId), c.arn("security-group", aws.ToString(got.GroupId))
	x.TagsAll, x.Owner = tagsOf(got.Tags, ec2Tag), ownerOf(got.Tags, ec2Tag)
	x.Ingress, x.Egress = blocksOf(got, got.IpPermissions), blocksOf(got, got.IpPermissionsEgress)
	for _, t := range got.Tags {
		if aws.ToString(t.Key) == markTag {
			x.TagsAll[markTag] = aws.ToString(t.Value)
			x.Egress = withoutFirst(x.Egress)
		}
	}
	return nil
}

// unfinished reports whether the group still has the rule that it came with.
func (x *securityGroup) unfinished() bool { return x.TagsAll[markTag] != "" }

func normalSecurityGroup(x *securityGroup) {
	x.Ingress, x.Egress = mergedBlocks(x.Ingress), mergedBlocks(x.Egress)
}

func checkSecurityGroup(was *securityGroup, want securityGroup) error {
	switch {
	case was == nil && want.Name != "" && want.NamePrefix != "":
		return errors.New("name and name_prefix exclude each other: set one of them")
	case strings.HasPrefix(want.Name+want.NamePrefix, "sg-"):
		return fmt.Errorf("name %q begins with sg-, which is for ids", want.Name+want.NamePrefix)
	case !groupText.MatchString(want.Name + want.NamePrefix):
		return fmt.Errorf("name %q: at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*", want.Name+want.NamePrefix)
	case want.Description != "" && !groupText.MatchString(want.Description):
		return fmt.Errorf("description %q: 1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*", want.Description)
	}
	if err := checkBlocks(want.Ingress); err != nil {
		return fmt.Errorf("ingress: %w", err)
	}
	if err := checkBlocks(want.Egress); err != nil {
		return fmt.Errorf("egress: %w", err)
	}
	return nil
}
