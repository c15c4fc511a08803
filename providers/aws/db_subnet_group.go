package aws

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/mlinfra/mlinfra/providers"
)

type dbSubnetGroup struct {
	providers.Aside

	ID          string   `cty:"id"          is:"computed"        doc:"Name of the group."`
	Name        string   `cty:"name"        is:"default,replace" doc:"Name, unique in the region; made up if absent."`
	Description string   `cty:"description" is:"else=Managed by mlinfra" doc:"Free text."`
	SubnetIDs   []string `cty:"subnet_ids"  is:"required,set"    doc:"Ids of subnets of one network, in two zones at least."`
	tagging
	ARN   string `cty:"arn"    is:"computed" doc:"ARN of the group."`
	VPCID string `cty:"vpc_id" is:"computed" doc:"Id of the subnets' network."`
}

var dbSubnetGroupType = providers.Resource[*client, dbSubnetGroup]{
	Type:   "aws_db_subnet_group",
	Doc:    "The subnets that databases may be in.",
	Create: createDBSubnetGroup,
	Read:   withTags(readDBSubnetGroup),
	Update: updateDBSubnetGroup,
	Delete: deleteDBSubnetGroup,
	Find:   findDBSubnetGroup,
	List:   listDBSubnetGroups,
	Mark:   providers.InTags,
	Normal: func(x *dbSubnetGroup) { x.Name = strings.ToLower(x.Name) },
	Check:  checkDBSubnetGroup,
	// A list shows no tags.
	Shallow: true,
	Grace:   settling,
	Examples: []string{
		exampleDBSubnets + `

resource "aws_db_subnet_group" "example" {
  name       = "ml"
  subnet_ids = [aws_subnet.a.id, aws_subnet.b.id]
}`,
		exampleDBSubnets + `

resource "aws_db_subnet_group" "example" {
  name        = "ml"
  description = "Databases of the ML platform."
  subnet_ids  = [aws_subnet.a.id, aws_subnet.b.id]

  tags = {
    team = "ml"
  }
}`,
		exampleDBSubnets + `

resource "aws_db_subnet_group" "example" {
  name       = "ml-metadata"
  subnet_ids = [aws_subnet.a.id, aws_subnet.b.id]
}`,
	},
}

// exampleDBSubnets is what the examples of groups stand on.
const exampleDBSubnets = `resource "aws_vpc" "ml" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "a" {
  vpc_id            = aws_vpc.ml.id
  cidr_block        = "10.20.1.0/24"
  availability_zone = "eu-central-1a"
}

resource "aws_subnet" "b" {
  vpc_id            = aws_vpc.ml.id
  cidr_block        = "10.20.2.0/24"
  availability_zone = "eu-central-1b"
}`

func createDBSubnetGroup(ctx context.Context, c *client, x *dbSubnetGroup, a providers.Attempt) error {
	name := generated(x.Name, a)
	_, err := c.rds.CreateDBSubnetGroup(ctx, &rds.CreateDBSubnetGroupInput{
		DBSubnetGroupName: &name, DBSubnetGroupDescription: &x.Description, SubnetIds: x.SubnetIDs, Tags: marked(x.TagsAll, a, newRDSTag),
	})
	if err != nil {
		return err
	}
	x.ID, x.Name = name, name
	return nil
}

func readDBSubnetGroup(ctx context.Context, c *client, x *dbSubnetGroup) error {
	_, err := x.observe(ctx, c, x.ID)
	return err
}

// observe fills x from the group called name, and returns its tags, which the
// group itself does not show.
func (x *dbSubnetGroup) observe(ctx context.Context, c *client, name string) ([]rdstypes.Tag, error) {
	got, err := c.rds.DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: &name})
	if err != nil {
		return nil, gone(err)
	}
	ready := first(got.DBSubnetGroups, x.fill)
	if ready != nil && !errors.Is(ready, providers.ErrNotReady) {
		return nil, ready
	}
	tags, err := c.rds.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: &x.ARN})
	if err != nil {
		return nil, gone(err)
	}
	x.TagsAll, x.Owner = tagsOf(tags.TagList, rdsTag), ownerOf(tags.TagList, rdsTag)
	return tags.TagList, ready
}

func updateDBSubnetGroup(ctx context.Context, c *client, was dbSubnetGroup, x *dbSubnetGroup) error {
	x.ID = was.ID
	_, err := c.rds.ModifyDBSubnetGroup(ctx, &rds.ModifyDBSubnetGroupInput{
		DBSubnetGroupName: &was.ID, DBSubnetGroupDescription: &x.Description, SubnetIds: x.SubnetIDs,
	})
	if err != nil {
		return err
	}
	return retagRDS(ctx, c, was.ARN, was.TagsAll, x.TagsAll)
}

// The API refuses while an instance is in it: classify says busy.
func deleteDBSubnetGroup(ctx context.Context, c *client, x dbSubnetGroup) error {
	_, err := c.rds.DeleteDBSubnetGroup(ctx, &rds.DeleteDBSubnetGroupInput{DBSubnetGroupName: &x.ID})
	return gone(err)
}

func findDBSubnetGroup(ctx context.Context, c *client, x *dbSubnetGroup, a providers.Attempt) (bool, error) {
	tags, err := x.observe(ctx, c, generated(x.Name, a))
	if err != nil && !errors.Is(err, providers.ErrNotReady) {
		return false, absent(err)
	}
	return bears(tags, rdsTag, a), err
}

func listDBSubnetGroups(ctx context.Context, c *client, _ dbSubnetGroup) iter.Seq2[dbSubnetGroup, error] {
	p := rds.NewDescribeDBSubnetGroupsPaginator(c.rds, &rds.DescribeDBSubnetGroupsInput{MaxRecords: aws.Int32(rdsPage)})
	return pages(ctx, p, func(o *rds.DescribeDBSubnetGroupsOutput) []rdstypes.DBSubnetGroup { return o.DBSubnetGroups },
		func(x *dbSubnetGroup, got *rdstypes.DBSubnetGroup) error { return x.fill(got) })
}

func (x *dbSubnetGroup) fill(got *rdstypes.DBSubnetGroup) error {
	x.ID, x.Name, x.Description = aws.ToString(got.DBSubnetGroupName), aws.ToString(got.DBSubnetGroupName), aws.ToString(got.DBSubnetGroupDescription)
	x.ARN, x.VPCID, x.SubnetIDs = aws.ToString(got.DBSubnetGroupArn), aws.ToString(got.VpcId), nil
	for _, s := range got.Subnets {
		x.SubnetIDs = append(x.SubnetIDs, aws.ToString(s.SubnetIdentifier))
	}
	slices.Sort(x.SubnetIDs)
	if aws.ToString(got.SubnetGroupStatus) != "Complete" {
		return providers.ErrNotReady
	}
	return nil
}

var dbSubnetGroupName = providers.NewPattern(`^[a-z0-9 ._-]{1,255}$`)

func checkDBSubnetGroup(_ *dbSubnetGroup, want dbSubnetGroup) error {
	switch name := strings.ToLower(want.Name); {
	case name != "" && !dbSubnetGroupName.MatchString(name), name == "default":
		return fmt.Errorf("name %q: a name has at most 255 letters, digits, dots, dashes, underscores and spaces, and is not default", want.Name)
	case len(want.SubnetIDs) < 2:
		return fmt.Errorf("subnet_ids names %d; RDS wants two subnets at least, in two zones", len(want.SubnetIDs))
	case want.Description == "":
		return errors.New("description is empty; leave it out to get the default one")
	}
	return nil
}
