package observe

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// around returns, for each object, the indexes of the objects of state that it is
// in, such as the host of a file.
func around(priors []planner.Prior) [][]int {
	type place struct {
		inner int
		refs  []providers.Ref
	}
	byID := map[string][]place{} // by the id of what something is in
	for i, p := range priors {
		for _, a := range p.Type.Schema.Attrs {
			if a.Within && !p.Stored.GetAttr(a.Name).IsNull() {
				id := p.Stored.GetAttr(a.Name).AsString()
				byID[id] = append(byID[id], place{i, a.Refs})
			}
		}
	}
	outer := make([][]int, len(priors))
	for j, q := range priors {
		if q.Object.Status == state.Intended {
			continue
		}
		for _, in := range byID[providers.ID(q.Stored)] {
			if slices.ContainsFunc(in.refs, func(r providers.Ref) bool { return means(r, priors[in.inner], q) }) {
				outer[in.inner] = append(outer[in.inner], j)
			}
		}
	}
	return outer
}

// means reports whether ref of an attribute of p means q, whose id is its value.
// Ids of different types may be equal: where any type is meant, p has to have been
// made with what q is.
func means(ref providers.Ref, p, q planner.Prior) bool {
	return ref.Type == q.Type.Name || ref.Type == "*" && slices.Contains(p.Object.Deps, q.Object.Addr.Block())
}

// inside reports whether objects of the type are in others.
func inside(t *providers.Type) bool {
	return slices.ContainsFunc(t.Schema.Attrs, func(a *providers.Attr) bool { return a.Within })
}

// patient returns which objects are looked at after the others: a look at what is
// in a machine that is gone takes its time to fail. Hosts that nobody has made are
// looked at together with what is on them.
func patient(priors []planner.Prior, outer [][]int) []bool {
	late := make([]bool, len(priors))
	spread(outer, late, func(i int) bool {
		return slices.ContainsFunc(outer[i], func(j int) bool { return late[j] || !inside(priors[j].Type) })
	})
	return late
}

// fall marks as gone what is in objects that are all gone, and forgets why it could
// not be read.
func fall(priors []planner.Prior, outer [][]int, unread []error) {
	gone := make([]bool, len(priors))
	for i, p := range priors {
		gone[i] = p.Value.IsNull()
	}
	spread(outer, gone, func(i int) bool {
		if len(outer[i]) == 0 || slices.ContainsFunc(outer[i], func(j int) bool { return !gone[j] }) {
			return false
		}
		priors[i].Value, unread[i] = cty.NullVal(priors[i].Type.ImpliedType()), nil
		return true
	})
}

// spread sets in of the objects in others for which rule holds, until it holds for
// no more.
func spread(outer [][]int, in []bool, rule func(i int) bool) {
	for more := true; more; {
		more = false
		for i := range outer {
			if !in[i] && len(outer[i]) > 0 && rule(i) {
				in[i], more = true, true
			}
		}
	}
}
