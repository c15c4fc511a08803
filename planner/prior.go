package planner

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Prior is an object of the state as it was observed.
type Prior struct {
	Object state.Object
	Type   *providers.Type
	Stored cty.Value // as state has it
	Value  cty.Value // as observed; null when the object is gone
	Ready  bool      // false while the object is still changing
	// Settled means that Object is not as state has it: its intent has been
	// found to have succeeded, it is seen through another provider
	// configuration, or what it needs has moved.
	Settled bool
	// MovedFrom is the address in state when a moved block has changed it.
	MovedFrom state.Addr
	// Promoted means that the object was deposed and what was to replace it
	// does not exist: it is the current one again.
	Promoted bool
}

// Unobserved returns p as state has it, for a run that does not look.
func Unobserved(o state.Object, catalog config.Catalog) (Prior, error) {
	p := Prior{Object: o, Ready: o.Status != state.Pending, Type: catalog.TypeOf(o.Addr)}
	if p.Type == nil {
		return p, fmt.Errorf("%s in state has a type that this mlinfra does not know; use the version that made it", o.Addr)
	}
	v, err := DecodeObject(p.Type, o)
	p.Stored, p.Value = v, v
	return p, err
}

// decodeAttrs reads the attributes of an object. What the schema has gained
// since is null, or no block.
func decodeAttrs(t *providers.Type, attrs []byte) (cty.Value, error) {
	v, err := decodeJSON(attrs, t.ImpliedType())
	if err != nil {
		return v, fmt.Errorf("attributes of a %s in state: %w", t.Name, err)
	}
	blocks := map[string]cty.Value{}
	for _, a := range t.Schema.Attrs {
		if a.Block != nil && v.GetAttr(a.Name).IsNull() {
			blocks[a.Name] = a.BlockValue(nil)
		}
	}
	return providers.With(v, blocks), nil
}

// refresh returns the changes that bring state up to what was observed, and to
// what objects that stay as they are should remember of their configuration. What
// has been taken over is forgotten.
func refresh(priors []Prior, planned []Change, taken map[state.ObjectKey]bool) []state.Change {
	stays := map[state.ObjectKey]*Change{}
	forgotten := map[state.ObjectKey]bool{}
	for i, c := range planned {
		if c.Action == NoOp && c.Key != "" {
			stays[c.Key] = &planned[i]
		}
		forgotten[c.Key] = forgotten[c.Key] || c.Action == Forget
	}
	var changes []state.Change
	for _, p := range priors {
		if p.Value.IsNull() || forgotten[p.Object.Key] || taken[p.Object.Key] {
			changes = append(changes, state.Change{Drop: p.Object.Key})
			continue
		}
		o := p.Object
		changed := p.Settled || p.Promoted || p.MovedFrom != state.Addr{}
		if !providers.Same(p.Value, p.Stored) && o.Status != state.Updating {
			EncodeObject(&o, p.Type, p.Value)
			changed = true
		}
		if o.Status == state.Pending && p.Ready && stays[o.Key] != nil {
			o.Status, changed = state.Live, true
		}
		if c := stays[o.Key]; c != nil && !remembers(o, c) {
			hidden := slices.Equal(o.Sensitive, c.Sensitive)
			c.Remember(&o)
			if !hidden {
				EncodeObject(&o, p.Type, p.Value)
			}
			changed = true
		}
		if changed {
			changes = append(changes, state.Change{Put: &o})
		}
	}
	return changes
}

// remembers reports whether o holds what Remember would record.
func remembers(o state.Object, c *Change) bool {
	return o.Addr == c.Addr && o.Keep == c.Keep && o.Provider == c.Provider && slices.Equal(o.Deps, c.Deps) && slices.Equal(o.Sensitive, c.Sensitive)
}

// drifted reports whether somebody else has changed what cfg configures. What
// the cloud decides changes by itself, or by what is done to other objects.
func (p *Prior) drifted(cfg cty.Value) bool {
	if p.Object.Status != state.Live {
		return false
	}
	return driftedIn(p.Type.Schema, cfg, p.Stored, p.Value)
}

// driftedIn is drifted for one object or nested block. Blocks in a list are
// compared one by one: what the cloud decides in them changes by itself, too.
func driftedIn(s *providers.Schema, cfg, stored, value cty.Value) bool {
	for _, a := range s.Attrs {
		cfg, stored, value := cfg.GetAttr(a.Name), stored.GetAttr(a.Name), value.GetAttr(a.Name)
		decided := a.DecidedByCloud() && (a.Block != nil || cfg.IsNull())
		wanted := providers.Same(cfg, value) // as ignore_changes makes it
		if decided || wanted || providers.Same(stored, value) {
			continue
		}
		if a.Block == nil || a.Type.IsSetType() || !sameLength(cfg, stored, value) {
			return true
		}
		for i, item := range value.AsValueSlice() {
			at := cty.NumberIntVal(int64(i))
			if driftedIn(a.Block, cfg.Index(at), stored.Index(at), item) {
				return true
			}
		}
	}
	return false
}

// sameLength reports whether lists are known and equally long.
func sameLength(lists ...cty.Value) bool {
	for _, l := range lists {
		if !l.IsKnown() || l.IsNull() || l.LengthInt() != lists[0].LengthInt() {
			return false
		}
	}
	return true
}

// TakesOver reports whether v, which a replacement that creates first has made, is
// the object that was there: of a type whose ids follow from what is asked for,
// such as the path of a file. Nothing is to be deleted then.
func TakesOver(t *providers.Type, c *Change, v cty.Value) bool {
	return c.Action == Replace && c.HadProvider == "" && sameObject(t, c.Before, v)
}

// sameObject reports whether two values of a type, of one provider configuration,
// are of the same object. What only state keeps is never the same.
func sameObject(t *providers.Type, v, w cty.Value) bool {
	return !t.Kept && providers.ID(v) != "" && providers.ID(v) == providers.ID(w) && t.Within(v) == t.Within(w)
}

// world is the prior objects by address.
type world struct {
	current map[state.Addr]Prior
	keys    []state.Addr                // of current, sorted
	byBlock map[state.Addr][]state.Addr // keys by block
	deposed []Prior
	taken   map[state.ObjectKey]bool // deposed objects that their successors have taken over
}

func newWorld(priors []Prior) world {
	w := world{current: make(map[state.Addr]Prior, len(priors))}
	for _, p := range priors {
		if p.Value.IsNull() || p.Object.Deposed {
			continue
		}
		// Two at one address are an old object and its successor.
		if other, ok := w.current[p.Object.Addr]; ok {
			if other.Object.Since.After(p.Object.Since) {
				p, other = other, p
			}
			w.deposed = append(w.deposed, other)
		}
		w.current[p.Object.Addr] = p
	}
	for i, p := range priors {
		if p.Value.IsNull() || !p.Object.Deposed {
			continue
		}
		if _, ok := w.current[p.Object.Addr]; ok {
			w.deposed = append(w.deposed, p)
			continue
		}
		priors[i].Promoted, priors[i].Object.Deposed = true, false
		w.current[p.Object.Addr] = priors[i]
	}
	w.takeOver()
	w.keys = slices.SortedFunc(maps.Keys(w.current), state.Addr.Compare)
	w.byBlock = map[state.Addr][]state.Addr{}
	for _, a := range w.keys {
		w.byBlock[a.Block()] = append(w.byBlock[a.Block()], a)
	}
	return w
}

// takeOver takes out the deposed objects that current ones have taken over.
func (w *world) takeOver() {
	w.taken = map[state.ObjectKey]bool{}
	if len(w.deposed) == 0 {
		return
	}
	for _, p := range w.current {
		for _, old := range w.deposed {
			if old.Type == p.Type && old.Object.Provider == p.Object.Provider && sameObject(p.Type, old.Value, p.Value) {
				w.taken[old.Object.Key] = true
			}
		}
	}
	w.deposed = slices.DeleteFunc(w.deposed, func(p Prior) bool { return w.taken[p.Object.Key] })
}
