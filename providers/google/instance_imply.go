package google

import (
	"github.com/zclconf/go-cty/cty"
)

// steadyInterfaces returns the interfaces that an instance is to have with what
// follows from their networks as it was, where these are only spelled in another
// way, as after an import. The planner compares them letter by letter, before
// Spell, and takes that for another network.
func steadyInterfaces(config, prior, want cty.Value) map[string]cty.Value {
	const name = "network_interface"
	if prior.IsNull() || !want.GetAttr(name).IsKnown() || !config.GetAttr(name).IsKnown() {
		return nil
	}
	asked, had, list := config.GetAttr(name).AsValueSlice(), prior.GetAttr(name).AsValueSlice(), want.GetAttr(name).AsValueSlice()
	if len(list) == 0 || len(asked) != len(list) {
		return nil
	}
	for i := range min(len(had), len(list)) {
		if asked[i].IsKnown() && list[i].IsKnown() && sameNetwork(asked[i], had[i]) {
			list[i] = steadyInterface(asked[i], had[i], list[i])
		}
	}
	return map[string]cty.Value{name: cty.ListVal(list)}
}

// sameNetwork reports whether what is asked for is where the interface is.
func sameNetwork(asked, had cty.Value) bool {
	for _, name := range []string{"network", "subnetwork"} {
		a := asked.GetAttr(name)
		if a.IsNull() {
			continue
		}
		if h := had.GetAttr(name); !a.IsKnown() || h.IsNull() || !sameLink(a.AsString(), h.AsString()) {
			return false
		}
	}
	return true
}

func steadyInterface(asked, had, want cty.Value) cty.Value {
	vals := want.AsValueMap()
	for _, name := range []string{"network", "subnetwork"} {
		vals[name] = had.GetAttr(name)
	}
	for _, name := range []string{"subnetwork_project", "network_ip"} {
		if asked.GetAttr(name).IsNull() {
			vals[name] = had.GetAttr(name)
		}
	}
	return cty.ObjectVal(vals)
}
