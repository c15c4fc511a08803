package aws

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type region struct {
	ID          string `cty:"id"          is:"computed" doc:"Name of the region."`
	Name        string `cty:"name"        is:"default"  doc:"Name of the region; that of the provider block if absent."`
	Region      string `cty:"region"      is:"default"  doc:"The same as name, which newer versions of Terraform's provider call so."`
	Endpoint    string `cty:"endpoint"    is:"default"  doc:"Host of EC2 in the region."`
	Description string `cty:"description" is:"computed" doc:"Place of the region, such as Europe (Frankfurt)."`
}

var regionData = providers.DataSource[*client, region]{
	Type:     "aws_region",
	Doc:      "The region of the provider block, or another one by its name or endpoint.",
	Read:     lookUpRegion,
	Examples: []string{`data "aws_region" "example" {}`},
}

func lookUpRegion(_ context.Context, c *client, x *region) error {
	name := cmp.Or(x.Region, x.Name)
	if x.Endpoint != "" {
		name = strings.TrimPrefix(x.Endpoint, "ec2.")
		name, _, _ = strings.Cut(name, ".")
	}
	if given(x.Region, x.Name, x.Endpoint) > 1 {
		return fmt.Errorf("region %q, name %q and endpoint %q name one thing: set one of them", x.Region, x.Name, x.Endpoint)
	}
	name = cmp.Or(name, c.region)
	places := regionPlaces()
	place, known := places[name]
	if !known && name != c.region {
		return fmt.Errorf("region %q is none of %s", name, strings.Join(slices.Sorted(maps.Keys(places)), ", "))
	}
	there := client{region: name}
	*x = region{ID: name, Name: name, Region: name, Description: place, Endpoint: "ec2." + name + "." + there.domain()}
	return nil
}

// regionPlaces are the regions as the SDK knows them, with where they are.
func regionPlaces() map[string]string {
	return map[string]string{
		"af-south-1":     "Africa (Cape Town)",
		"ap-east-1":      "Asia Pacific (Hong Kong)",
		"ap-east-2":      "Asia Pacific (Taipei)",
		"ap-northeast-1": "Asia Pacific (Tokyo)",
		"ap-northeast-2": "Asia Pacific (Seoul)",
		"ap-northeast-3": "Asia Pacific (Osaka)",
		"ap-south-1":     "Asia Pacific (Mumbai)",
		"ap-south-2":     "Asia Pacific (Hyderabad)",
		"ap-southeast-1": "Asia Pacific (Singapore)",
		"ap-southeast-2": "Asia Pacific (Sydney)",
		"ap-southeast-3": "Asia Pacific (Jakarta)",
		"ap-southeast-4": "Asia Pacific (Melbourne)",
		"ap-southeast-5": "Asia Pacific (Malaysia)",
		"ap-southeast-6": "Asia Pacific (New Zealand)",
		"ap-southeast-7": "Asia Pacific (Thailand)",
		"ca-central-1":   "Canada (Central)",
		"ca-west-1":      "Canada West (Calgary)",
		"eu-central-1":   "Europe (Frankfurt)",
		"eu-central-2":   "Europe (Zurich)",
		"eu-north-1":     "Europe (Stockholm)",
		"eu-south-1":     "Europe (Milan)",
		"eu-south-2":     "Europe (Spain)",
		"eu-west-1":      "Europe (Ireland)",
		"eu-west-2":      "Europe (London)",
		"eu-west-3":      "Europe (Paris)",
		"il-central-1":   "Israel (Tel Aviv)",
		"me-central-1":   "Middle East (UAE)",
		"me-south-1":     "Middle East (Bahrain)",
		"mx-central-1":   "Mexico (Central)",
		"sa-east-1":      "South America (Sao Paulo)",
		"us-east-1":      "US East (N. Virginia)",
		"us-east-2":      "US East (Ohio)",
		"us-west-1":      "US West (N. California)",
		"us-west-2":      "US West (Oregon)",
		"cn-north-1":     "China (Beijing)",
		"cn-northwest-1": "China (Ningxia)",
		"us-gov-east-1":  "AWS GovCloud (US-East)",
		"us-gov-west-1":  "AWS GovCloud (US-West)",
	}
}
