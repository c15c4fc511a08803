package aws

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/mlinfra/mlinfra/providers"
)

type availabilityZones struct {
	ID             string        `cty:"id"                     is:"computed"     doc:"Name of the region."`
	State          string        `cty:"state"                  is:"optional"     doc:"State that they have to be in, such as available."`
	All            bool          `cty:"all_availability_zones" is:"optional"     doc:"Whether local zones count that the account has not enabled."`
	Filter         []filterBlock `cty:"filter"                 is:"optional,set" doc:"Conditions of DescribeAvailabilityZones."`
	ExcludeNames   []string      `cty:"exclude_names"          is:"optional,set" doc:"Names of zones that are left out."`
	ExcludeZoneIDs []string      `cty:"exclude_zone_ids"       is:"optional,set" doc:"Ids of zones that are left out."`
	Names          []string      `cty:"names"                  is:"computed"     doc:"Names of the zones, sorted."`
	ZoneIDs        []string      `cty:"zone_ids"               is:"computed"     doc:"Ids of the zones, in the order of their names."`
	GroupNames     []string      `cty:"group_names"            is:"computed,set" doc:"Names of the groups that the zones are in."`
}

var availabilityZonesData = providers.DataSource[*client, availabilityZones]{
	Type: "aws_availability_zones",
	Doc:  "The zones of the region.",
	Read: lookUpZones,
	Examples: []string{
		`data "aws_availability_zones" "example" {
  state         = "available"
  exclude_names = ["eu-central-1c"]

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}`,
	},
}

func lookUpZones(ctx context.Context, c *client, x *availabilityZones) error {
	if states := ec2types.AvailabilityZoneState("").Values(); x.State != "" && !slices.Contains(states, ec2types.AvailabilityZoneState(x.State)) {
		return fmt.Errorf("state %q is none of %v", x.State, states)
	}
	in := &ec2.DescribeAvailabilityZonesInput{Filters: with(filtersOf(x.Filter, nil), "state", x.State)}
	if x.All {
		in.AllAvailabilityZones = aws.Bool(true)
	}
	got, err := c.ec2.DescribeAvailabilityZones(ctx, in)
	if err != nil {
		return err
	}
	x.ID, x.Names, x.ZoneIDs, x.GroupNames = c.region, nil, nil, nil
	slices.SortFunc(got.AvailabilityZones, func(a, b ec2types.AvailabilityZone) int {
		return cmp.Compare(aws.ToString(a.ZoneName), aws.ToString(b.ZoneName))
	})
	for _, z := range got.AvailabilityZones {
		name, id, group := aws.ToString(z.ZoneName), aws.ToString(z.ZoneId), aws.ToString(z.GroupName)
		if slices.Contains(x.ExcludeNames, name) || slices.Contains(x.ExcludeZoneIDs, id) {
			continue
		}
		x.Names, x.ZoneIDs = append(x.Names, name), append(x.ZoneIDs, id)
		if !slices.Contains(x.GroupNames, group) {
			x.GroupNames = append(x.GroupNames, group)
		}
	}
	return nil
}
