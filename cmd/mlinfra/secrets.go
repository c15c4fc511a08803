package main

import (
	"encoding/json"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Hide makes the texts in v secrets: all when v bears a mark itself, else those
// of its parts that do.
func (s *scrubber) Hide(v cty.Value) {
	if v == cty.NilVal || !v.ContainsMarked() {
		return
	}
	raw, marked := v.UnmarkDeepWithPaths()
	for _, m := range marked {
		_, sensitive := m.Marks[config.Sensitive]
		_, ephemeral := m.Marks[config.Ephemeral]
		if !sensitive && !ephemeral {
			continue
		}
		eachText(at(m.Path, raw), s.Add)
	}
}

// at returns the part of v with a path. An element of a set has none: that is
// all of the set.
func at(path cty.Path, v cty.Value) cty.Value {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if part, err := path.Apply(v); err == nil {
			return part
		}
	}
	return v
}

// Show allows the texts in v to be shown.
func (s *scrubber) Show(v cty.Value) {
	v, _ = v.UnmarkDeep()
	eachText(v, s.Allow)
}

// eachText calls f with the texts in v, which has no marks. Names of attributes
// and keys are none.
func eachText(v cty.Value, f func(string)) {
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
			f(v.AsString())
		}
		return true, nil
	})
}

// hideIn makes the texts of sensitive attributes secrets: those that are so by
// the schema, and those named.
func (s *scrubber) hideIn(schema *providers.Schema, v cty.Value, names []string) {
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() || len(names) == 0 && !hasSecrets(schema, v) {
		return
	}
	s.Hide(planner.MarkSensitive(schema, v, names))
}

// hasSecrets reports whether something in the object v can be sensitive by the
// schema.
func hasSecrets(schema *providers.Schema, v cty.Value) bool {
	for _, a := range schema.Attrs {
		if a.Sensitive || a.Hide != "" && !v.GetAttr(a.Hide).IsNull() {
			return true
		}
		if part := v.GetAttr(a.Name); a.Block != nil && part.IsKnown() && !part.IsNull() && part.LengthInt() > 0 && a.Block.MaySecret() {
			return true
		}
	}
	return false
}

// hideEnviron makes the credentials of the clouds in the environment secrets.
func (s *scrubber) hideEnviron(environ []string) {
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		for _, cloud := range []string{"MLINFRA_", "AWS_", "DIGITALOCEAN_", "SPACES_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_"} {
			if strings.HasPrefix(name, cloud) && namesCredential(name) && !isPath(value) {
				s.Add(value)
			}
		}
	}
}

// isPath reports whether a credential is the name of a file that holds it.
func isPath(value string) bool {
	return strings.HasPrefix(value, "/") && len(value) < 256 || strings.HasPrefix(value, "~") || strings.HasPrefix(value, "./")
}

// hideInputs makes the values of sensitive and ephemeral variables secrets,
// before anything is evaluated.
func (s *scrubber) hideInputs(p *config.Program) {
	if p == nil {
		return
	}
	for _, b := range p.Blocks {
		if b.ID.Kind != config.Variable || !b.Variable.Sensitive && !b.Variable.Ephemeral {
			continue
		}
		values := []cty.Value{b.Variable.Default}
		if b.ID.Module == "" {
			values = append(values, p.Inputs[b.ID.Name])
		}
		for _, v := range values {
			if v != cty.NilVal {
				s.Hide(v.Mark(config.Sensitive))
			}
		}
	}
}

// hidePlan makes the sensitive values of a plan secrets.
func (s *scrubber) hidePlan(p *planner.Plan, catalog config.Catalog) {
	for _, c := range p.Changes {
		if t := catalog.TypeOf(c.Addr); t != nil {
			s.hideIn(t.Schema, c.Before, c.Secret())
			s.hideIn(t.Schema, c.After, c.Sensitive)
		}
	}
	for _, c := range p.Refresh {
		s.hideChange(c)
	}
	for _, o := range p.Outputs {
		for _, v := range []cty.Value{o.Before, o.After} {
			if v != cty.NilVal && o.Sensitive {
				s.Hide(v.Mark(config.Sensitive))
			}
		}
	}
}

// hideState makes the sensitive values of a state secrets, and allows those of
// its other outputs.
func (s *scrubber) hideState(snap state.Snapshot) {
	for _, o := range snap.Objects {
		s.hideObject(o)
	}
	s.hideOutputs(snap.Outputs)
}

// hideObject makes the sensitive values of an object secrets.
func (s *scrubber) hideObject(o state.Object) {
	for _, raw := range o.Secrets {
		var v any
		if json.Unmarshal(raw, &v) == nil {
			s.addTexts(v)
		}
	}
}

// addTexts makes all texts in what was read from JSON secrets.
func (s *scrubber) addTexts(v any) {
	switch v := v.(type) {
	case string:
		s.Add(v)
	case []any:
		for _, e := range v {
			s.addTexts(e)
		}
	case map[string]any:
		for _, e := range v {
			s.addTexts(e)
		}
	}
}

func (s *scrubber) hideOutputs(outputs map[string]state.Output) {
	for _, o := range outputs {
		v := planner.DecodeOutput(o)
		if o.Sensitive {
			s.Hide(v.Mark(config.Sensitive))
		} else {
			s.Show(v)
		}
	}
}

// hideChange makes the sensitive values that a commit records secrets.
func (s *scrubber) hideChange(c state.Change) {
	if c.Put != nil {
		s.hideObject(*c.Put)
	}
	s.hideOutputs(c.Outputs)
}

// watchedStore is a state whose secrets become known as they are read and
// recorded.
type watchedStore struct {
	state.Store
	secrets *scrubber
}

// Snapshot returns the state.
func (w watchedStore) Snapshot() (state.Snapshot, error) {
	snap, err := w.Store.Snapshot()
	w.secrets.hideState(snap)
	return snap, err
}

// Commit makes the changes durable.
func (w watchedStore) Commit(changes ...state.Change) error {
	w.look(changes)
	return w.Store.Commit(changes...)
}

// Enqueue makes the changes durable without waiting.
func (w watchedStore) Enqueue(changes ...state.Change) func() error {
	w.look(changes)
	return w.Store.Enqueue(changes...)
}

func (w watchedStore) look(changes []state.Change) {
	for _, c := range changes {
		w.secrets.hideChange(c)
	}
}
