package google

import (
	"maps"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// implied is what the provider block says of all objects.
func implied(s settings, t *providers.Type, config, prior, want cty.Value) map[string]cty.Value {
	all := placed(s, t, config)
	if t.Schema.Attr("effective_labels") != nil {
		maps.Copy(all, labelled(s, prior, want))
	}
	if t.Name == instanceType.Type {
		maps.Copy(all, steadyInterfaces(config, prior, want))
	}
	return all
}

// placed returns project, region and zone of an object whose block leaves them
// to the provider's: another one there is another place for the object.
func placed(s settings, t *providers.Type, config cty.Value) map[string]cty.Value {
	if s.Region == "" {
		s.Region = regionOf(s.Zone)
	}
	places := map[string]cty.Value{}
	if t.Name == attachedDiskType.Type {
		return places // it is where its instance is
	}
	for name, value := range map[string]string{"project": s.Project, "region": s.Region, "zone": s.Zone} {
		if a := t.Schema.Attr(name); a != nil && a.Mode == providers.Default && value != "" && config.GetAttr(name).IsNull() {
			places[name] = cty.StringVal(lastPart(value))
		}
	}
	return places
}

// labelled merges default_labels into terraform_labels, and those into the
// labels that the object has. As in Terraform's provider only the labels that
// are configured are managed: others come and go as others please.
func labelled(s settings, prior, want cty.Value) map[string]cty.Value {
	labels := want.GetAttr("labels")
	unknown := cty.UnknownVal(cty.Map(cty.String))
	if !labels.IsKnown() {
		return map[string]cty.Value{"terraform_labels": unknown, "effective_labels": unknown}
	}
	managed := map[string]cty.Value{}
	for key, value := range s.DefaultLabels {
		managed[key] = cty.StringVal(value)
	}
	if !labels.IsNull() {
		maps.Copy(managed, labels.AsValueMap())
	}
	all := map[string]cty.Value{}
	if !prior.IsNull() {
		maps.Copy(all, valuesOf(prior.GetAttr("effective_labels")))
		for key := range valuesOf(prior.GetAttr("terraform_labels")) {
			delete(all, key)
		}
	}
	maps.Copy(all, managed)
	return map[string]cty.Value{"terraform_labels": labelMap(managed), "effective_labels": labelMap(all)}
}

func valuesOf(v cty.Value) map[string]cty.Value {
	if v.IsNull() || !v.IsKnown() {
		return nil
	}
	return v.AsValueMap()
}

func labelMap(m map[string]cty.Value) cty.Value {
	if len(m) == 0 {
		return cty.MapValEmpty(cty.String)
	}
	return cty.MapVal(m)
}

// ownerLabel is the ownership mark: its value is the lineage of the state. It
// is no label of the user's.
const ownerLabel = "mlinfra-workspace"

// withOwner returns labels with the ownership mark of owner, if there is one.
func withOwner(labels map[string]string, owner string) map[string]string {
	if owner == "" {
		return labels
	}
	all := map[string]string{ownerLabel: owner}
	maps.Copy(all, labels)
	return all
}

// withoutOwner returns labels without the ownership mark.
func withoutOwner(labels map[string]string) map[string]string {
	own := maps.Clone(labels)
	delete(own, ownerLabel)
	return own
}

// isForeign reports whether a label is the ownership mark, or one that Google's
// own services set.
func isForeign(key string) bool { return key == ownerLabel || strings.HasPrefix(key, "goog-") }

// userLabels returns labels without the foreign ones.
func userLabels(labels map[string]string) map[string]string {
	own := map[string]string{}
	for key, value := range labels {
		if !isForeign(key) {
			own[key] = value
		}
	}
	return own
}

// withForeign returns labels with the foreign ones of have, which an object
// keeps.
func withForeign(labels, have map[string]string) map[string]string {
	all := maps.Clone(labels)
	for key, value := range have {
		if isForeign(key) {
			if all == nil {
				all = map[string]string{}
			}
			all[key] = value
		}
	}
	return all
}

// attribution is a label that Terraform's provider gives to all objects.
const attribution = "goog-terraform-provisioned"

// migrateLabels gives an object of Terraform's provider before version 5 the
// labels that it manages, which were all that its state had. The label that
// later versions add stays on the object as one of others.
func migrateLabels(labels map[string]string, managed *map[string]string) {
	if *managed == nil {
		*managed = maps.Clone(labels)
	}
	if _, wanted := labels[attribution]; !wanted {
		delete(*managed, attribution)
	}
}
