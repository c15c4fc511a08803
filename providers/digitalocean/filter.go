package digitalocean

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// taggedWith chooses the objects that have a tag.
func taggedWith(_ context.Context, _ *client, tag string) (func(cty.Value) bool, error) {
	return func(v cty.Value) bool {
		return slices.ContainsFunc(texts(v, "tags"), func(have string) bool { return strings.EqualFold(have, tag) })
	}, nil
}

// inNamedProject chooses the objects in the project with a name or id, and it.
func inNamedProject(ctx context.Context, c *client, name string) (func(cty.Value) bool, error) {
	var names []string
	for p, err := range providers.All(ctx, c, projectType, project{}) {
		if err != nil {
			return nil, err
		}
		if p.Name == name || p.ID == name {
			members, err := membersOf(ctx, c, p.ID)
			return func(v cty.Value) bool {
				return providers.ID(v) == p.ID || slices.ContainsFunc(texts(v, "urn"), func(urn string) bool { return members[urn] })
			}, err
		}
		names = append(names, p.Name)
	}
	return nil, fmt.Errorf("there is no project with this name or id; there are: %s", strings.Join(names, ", "))
}

// texts returns the texts in an attribute of v; none when it has no such attribute.
func texts(v cty.Value, attr string) []string {
	if !v.Type().HasAttribute(attr) || v.GetAttr(attr).IsNull() {
		return nil
	}
	switch got := v.GetAttr(attr); {
	case got.Type() == cty.String:
		return []string{got.AsString()}
	case got.Type().ElementType() == cty.String:
		var list []string
		for _, item := range got.AsValueSlice() {
			list = append(list, item.AsString())
		}
		return list
	}
	return nil
}
