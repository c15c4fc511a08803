package aws

import (
	"slices"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// filterBlock is a condition of a data source, in the words of the API.
type filterBlock struct {
	Name   string   `cty:"name"   is:"required"     doc:"Name of the filter, as the API's Describe call has it."`
	Values []string `cty:"values" is:"required,set" doc:"Values of which any will do; * and ? stand for other letters."`
}

// filtersOf returns the blocks as filters, and one for each tag.
func filtersOf(blocks []filterBlock, tags map[string]string) []ec2types.Filter {
	var list []ec2types.Filter
	for _, b := range blocks {
		list = append(list, filter(b.Name, slices.Sorted(slices.Values(b.Values))...))
	}
	for _, key := range sortedKeys(tags) {
		list = append(list, filter("tag:"+key, tags[key]))
	}
	return list
}

// with adds a filter to list when it has a value.
func with(list []ec2types.Filter, name, value string) []ec2types.Filter {
	if value == "" {
		return list
	}
	return append(list, filter(name, value))
}
