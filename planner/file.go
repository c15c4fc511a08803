package planner

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// fileFormat is the version of the layout of plan files.
const fileFormat = 1

// File is a saved plan with all that carrying it out takes.
type File struct {
	ID      string // names it for ever: it can be carried out once
	Made    string
	Expires string
	State   string // file of the state that it was made from
	// Workspace is that of the state, Head the hash of its history.
	Workspace string
	Head      string
	// Identities are the accounts that the providers led to, by the keys of
	// their configurations; "" where ids say as much.
	Identities map[string]string
	Offline    bool              // made against the fake clouds
	PlanTime   string            // what plantimestamp() gave
	Sources    map[string][]byte // configuration files, by path relative to the root
	Modules    map[string]string // folders of modules by static path
	Inputs     map[string]cty.Value
	Plan       *Plan
}

// savedFile and the types below are the layout of a plan file.
type savedFile struct {
	Format     int                     `json:"format"`
	ID         string                  `json:"id"`
	Made       string                  `json:"made"`
	Expires    string                  `json:"expires"`
	State      string                  `json:"state"`
	Workspace  string                  `json:"workspace"`
	Head       string                  `json:"head,omitempty"`
	Identities map[string]string       `json:"identities,omitempty"`
	Offline    bool                    `json:"offline,omitempty"`
	PlanTime   string                  `json:"plan_time"`
	Sources    map[string][]byte       `json:"sources"`
	Inputs     map[string]state.Output `json:"inputs"`
	Lineage    string                  `json:"lineage"`
	Serial     uint64                  `json:"serial"`
	Destroy    bool                    `json:"destroy,omitempty"`
	Changes    []savedChange           `json:"changes"`
	Steps      []Step                  `json:"steps"`
	Outputs    []savedOutput           `json:"outputs"`
	Drift      []savedDrift            `json:"drift"`
	Refresh    []state.Change          `json:"refresh"`
	Partial    bool                    `json:"partial,omitempty"`
	Only       bool                    `json:"refresh_only,omitempty"`
	Deferred   []Deferred              `json:"deferred,omitempty"`
	Checks     []Checked               `json:"checks,omitempty"`
	Generated  map[state.Addr]string   `json:"generated,omitempty"`
	Modules    map[string]string       `json:"modules,omitempty"`
}

type savedChange struct {
	Addr         state.Addr      `json:"addr"`
	MovedFrom    string          `json:"moved_from,omitempty"`
	ImportID     string          `json:"import_id,omitempty"`
	Keep         bool            `json:"keep,omitempty"`
	Provider     string          `json:"provider"`
	HadProvider  string          `json:"had_provider,omitempty"`
	Key          state.ObjectKey `json:"key,omitempty"`
	Action       Action          `json:"action"`
	Reason       Reason          `json:"reason,omitempty"`
	CreateFirst  bool            `json:"create_first,omitempty"`
	TakesOver    bool            `json:"takes_over,omitempty"`
	Before       json.RawMessage `json:"before"`
	After        json.RawMessage `json:"after"`
	AfterUnknown json.RawMessage `json:"after_unknown"`
	AfterType    json.RawMessage `json:"after_type,omitempty"` // when the type of the resource leaves some of it open
	Sensitive    []string        `json:"sensitive,omitempty"`
	HadSensitive []string        `json:"had_sensitive,omitempty"`
	Replace      []string        `json:"replace,omitempty"` // top-level attributes
	Needs        []state.Addr    `json:"needs,omitempty"`
	Deps         []state.Addr    `json:"deps,omitempty"`
	Had          []state.Addr    `json:"had,omitempty"`
}

type savedOutput struct {
	Name      string          `json:"name"`
	Action    Action          `json:"action"`
	Before    state.Output    `json:"before"`
	After     state.Output    `json:"after"`
	AfterType json.RawMessage `json:"after_type,omitempty"` // of what is not known yet: After has lists for sets
	Unknown   json.RawMessage `json:"unknown"`
	Kept      bool            `json:"kept,omitempty"`
	Sensitive bool            `json:"sensitive,omitempty"`
	Had       bool            `json:"had_sensitive,omitempty"`
}

type savedDrift struct {
	Addr      state.Addr      `json:"addr"`
	Before    json.RawMessage `json:"before"`
	After     json.RawMessage `json:"after"`
	Sensitive []string        `json:"sensitive,omitempty"`
}

// Marshal returns f as JSON, to be sealed. catalog has the types of all that is in
// the plan.
func (f *File) Marshal(catalog config.Catalog) ([]byte, error) {
	p := f.Plan
	out := savedFile{
		Format: fileFormat, ID: f.ID, Made: f.Made, Expires: f.Expires, State: f.State, Workspace: f.Workspace, Head: f.Head, Identities: f.Identities,
		Offline: f.Offline, PlanTime: f.PlanTime, Sources: f.Sources, Inputs: map[string]state.Output{},
		Lineage: p.Lineage, Serial: p.Serial, Destroy: p.Destroy, Steps: p.Steps, Refresh: p.Refresh,
		Partial: p.Partial, Only: p.RefreshOnly, Deferred: p.Deferred, Checks: p.Checks, Generated: p.Generated, Modules: f.Modules,
	}
	for _, name := range slices.Sorted(maps.Keys(f.Inputs)) {
		v, err := EncodeOutput(f.Inputs[name], false)
		if err != nil {
			return nil, err
		}
		out.Inputs[name] = v
	}
	for _, c := range p.Changes {
		s, err := saved(c, catalog)
		if err != nil {
			return nil, err
		}
		out.Changes = append(out.Changes, s)
	}
	for _, o := range p.Outputs {
		s, err := savedOutputOf(o)
		if err != nil {
			return nil, err
		}
		out.Outputs = append(out.Outputs, s)
	}
	for _, d := range p.Drift {
		t := catalog.TypeOf(d.Addr)
		if t == nil {
			return nil, fmt.Errorf("unknown type %s", d.Addr.Type)
		}
		out.Drift = append(out.Drift, savedDrift{Addr: d.Addr, Before: JSON(t, d.Before), After: JSON(t, d.After), Sensitive: d.Sensitive})
	}
	return json.Marshal(out)
}

// saved returns a change as a plan file holds it.
func saved(c Change, catalog config.Catalog) (savedChange, error) {
	s := savedChange{
		Addr: c.Addr, ImportID: c.ImportID, Keep: c.Keep, Provider: c.Provider, HadProvider: c.HadProvider, Key: c.Key, Action: c.Action, Reason: c.Reason, CreateFirst: c.CreateFirst, TakesOver: c.TakesOver,
		Sensitive: c.Sensitive, HadSensitive: c.HadSensitive, Needs: c.Needs, Deps: c.Deps, Had: c.Had,
	}
	t := catalog.TypeOf(c.Addr)
	if t == nil {
		return s, fmt.Errorf("unknown type %s", c.Addr.Type)
	}
	if c.MovedFrom != (state.Addr{}) {
		s.MovedFrom = c.MovedFrom.String()
	}
	for _, path := range c.ReplacePaths {
		s.Replace = append(s.Replace, path[0].(cty.GetAttrStep).Name)
	}
	s.Before = JSON(t, c.Before)
	after := recast(c.After, listType(c.After.Type()))
	s.AfterUnknown = UnknownJSON(after)
	var err1, err2 error
	if t.ImpliedType().HasDynamicTypes() {
		s.AfterType, err1 = ctyjson.MarshalType(c.After.Type())
	}
	s.After, err2 = encodeJSON(after, after.Type())
	return s, errors.Join(err1, err2)
}

// savedOutputOf returns an output as a plan file holds it.
func savedOutputOf(o OutputChange) (savedOutput, error) {
	s := savedOutput{Name: o.Name, Action: o.Action, Sensitive: o.Sensitive, Had: o.HadSensitive, Kept: o.Kept}
	after := o.After
	var err1, err2, err3 error
	if after != cty.NilVal && !after.IsWhollyKnown() {
		s.AfterType, err1 = ctyjson.MarshalType(after.Type())
		after = recast(after, listType(after.Type()))
	}
	s.Unknown = UnknownJSON(after)
	s.Before, err2 = EncodeOutput(o.Before, false)
	s.After, err3 = EncodeOutput(after, false)
	return s, errors.Join(err1, err2, err3)
}

func (s savedOutput) change() (OutputChange, error) {
	before, err1 := decodeOutput(s.Before)
	after, err2 := decodeOutput(s.After)
	after, err3 := withUnknown(after, s.Unknown)
	if err := errors.Join(err1, err2, err3); err != nil {
		return OutputChange{}, err
	}
	if len(s.AfterType) > 0 {
		ty, err := ctyjson.UnmarshalType(s.AfterType)
		if err != nil {
			return OutputChange{}, err
		}
		after = recast(after, ty)
	}
	return OutputChange{Name: s.Name, Action: s.Action, Before: before, After: after, Sensitive: s.Sensitive, HadSensitive: s.Had, Kept: s.Kept}, nil
}

// ReadFile reads what Marshal has returned.
func ReadFile(body []byte, catalog config.Catalog) (*File, error) {
	var in savedFile
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	if in.Format != fileFormat {
		return nil, fmt.Errorf("its layout %d is not that of this mlinfra; plan again", in.Format)
	}
	f := &File{
		ID: in.ID, Made: in.Made, Expires: in.Expires, State: in.State, Workspace: in.Workspace, Head: in.Head, Identities: in.Identities,
		Offline: in.Offline, PlanTime: in.PlanTime, Sources: in.Sources, Modules: in.Modules, Inputs: map[string]cty.Value{},
		Plan: &Plan{Lineage: in.Lineage, Serial: in.Serial, Destroy: in.Destroy, Steps: in.Steps, Refresh: in.Refresh, Partial: in.Partial, RefreshOnly: in.Only, Deferred: in.Deferred, Checks: in.Checks, Generated: in.Generated},
	}
	for name, o := range in.Inputs {
		v, err := decodeOutput(o)
		if err != nil {
			return nil, fmt.Errorf("it is damaged: variable %s: %w", name, err)
		}
		f.Inputs[name] = v
	}
	for _, s := range in.Changes {
		c, err := s.change(catalog)
		if err != nil {
			return nil, fmt.Errorf("it is damaged: %s: %w", s.Addr, err)
		}
		f.Plan.Changes = append(f.Plan.Changes, c)
	}
	return f, f.readRest(in, catalog)
}

func (f *File) readRest(in savedFile, catalog config.Catalog) error {
	for _, o := range in.Outputs {
		c, err := o.change()
		if err != nil {
			return fmt.Errorf("it is damaged: output %s: %w", o.Name, err)
		}
		f.Plan.Outputs = append(f.Plan.Outputs, c)
	}
	for _, d := range in.Drift {
		t := catalog.TypeOf(d.Addr)
		if t == nil {
			return fmt.Errorf("it is damaged: unknown type %s", d.Addr.Type)
		}
		before, err1 := decodeJSON(d.Before, t.ImpliedType())
		after, err2 := decodeJSON(d.After, t.ImpliedType())
		if err := errors.Join(err1, err2); err != nil {
			return fmt.Errorf("it is damaged: %s: %w", d.Addr, err)
		}
		f.Plan.Drift = append(f.Plan.Drift, Drift{Addr: d.Addr, Before: before, After: after, Sensitive: d.Sensitive})
	}
	for _, s := range in.Steps {
		if s.Change >= len(in.Changes) || (s.Change < 0 && s.Op != OpJoin) || slices.ContainsFunc(s.After, func(i int) bool { return i < 0 || i >= len(in.Steps) }) {
			return errors.New("it is damaged: a step refers to nothing")
		}
	}
	if circular(in.Steps) {
		return errors.New("it is damaged: steps wait for each other")
	}
	return nil
}

// circular reports whether some of the steps can never start.
func circular(steps []Step) bool {
	done := make([]bool, len(steps))
	left := len(steps)
	for again := true; again; {
		again = false
		for i, s := range steps {
			if !done[i] && !slices.ContainsFunc(s.After, func(e int) bool { return !done[e] }) {
				done[i], again = true, true
				left--
			}
		}
	}
	return left > 0
}

func (s savedChange) change(catalog config.Catalog) (Change, error) {
	c := Change{
		Addr: s.Addr, ImportID: s.ImportID, Keep: s.Keep, Provider: s.Provider, HadProvider: s.HadProvider, Key: s.Key, Action: s.Action, Reason: s.Reason, CreateFirst: s.CreateFirst, TakesOver: s.TakesOver,
		Sensitive: s.Sensitive, HadSensitive: s.HadSensitive, Needs: s.Needs, Deps: s.Deps, Had: s.Had,
	}
	if s.MovedFrom != "" {
		from, err := state.ParseAddr(s.MovedFrom)
		if err != nil {
			return c, err
		}
		c.MovedFrom = from
	}
	t := catalog.TypeOf(s.Addr)
	if t == nil {
		return c, errors.New("unknown type")
	}
	ty := t.ImpliedType()
	before, err := decodeJSON(s.Before, ty)
	if err != nil {
		return c, err
	}
	if len(s.AfterType) > 0 {
		if ty, err = s.afterType(t); err != nil {
			return c, err
		}
	}
	after, err := decodeJSON(s.After, listType(ty))
	if err != nil {
		return c, err
	}
	after, err = withUnknown(after, s.AfterUnknown)
	c.Before, c.After = before, recast(after, ty)
	for _, name := range s.Replace {
		c.ReplacePaths = append(c.ReplacePaths, cty.GetAttrPath(name))
	}
	return c, err
}

// afterType returns the type of what is planned, which t leaves open.
func (s savedChange) afterType(t *providers.Type) (cty.Type, error) {
	ty, err := ctyjson.UnmarshalType(s.AfterType)
	if err != nil {
		return ty, err
	}
	if errs := ty.TestConformance(t.ImpliedType()); len(errs) > 0 {
		return ty, errors.Join(errs...)
	}
	return ty, nil
}

// listType returns ty with lists in the place of sets. With null in the place of
// what is unknown, elements of a set could become equal and fall together.
func listType(ty cty.Type) cty.Type {
	switch {
	case ty.IsSetType(), ty.IsListType():
		return cty.List(listType(ty.ElementType()))
	case ty.IsMapType():
		return cty.Map(listType(ty.ElementType()))
	case ty.IsObjectType():
		attrs := maps.Clone(ty.AttributeTypes())
		for name, aty := range attrs {
			attrs[name] = listType(aty)
		}
		return cty.Object(attrs)
	case ty.IsTupleType():
		elems := slices.Clone(ty.TupleElementTypes())
		for i, ety := range elems {
			elems[i] = listType(ety)
		}
		return cty.Tuple(elems)
	}
	return ty
}

// recast returns v as ty, from which it differs only in what is a list and what
// is a set. Unlike a conversion it keeps elements that are not known.
func recast(v cty.Value, ty cty.Type) cty.Value {
	switch {
	case !v.IsKnown():
		return cty.UnknownVal(ty)
	case v.IsNull():
		return cty.NullVal(ty)
	case ty.IsSetType(), ty.IsListType():
		var items []cty.Value
		for _, e := range v.Elements() {
			items = append(items, recast(e, ty.ElementType()))
		}
		return (&providers.Attr{Type: ty}).BlockValue(items)
	case ty.IsMapType() && v.LengthInt() > 0:
		vals := v.AsValueMap()
		for k, e := range vals {
			vals[k] = recast(e, ty.ElementType())
		}
		return cty.MapVal(vals)
	case ty.IsMapType():
		return cty.MapValEmpty(ty.ElementType())
	case ty.IsObjectType():
		vals := map[string]cty.Value{}
		for name, aty := range ty.AttributeTypes() {
			vals[name] = recast(v.GetAttr(name), aty)
		}
		return cty.ObjectVal(vals)
	case ty.IsTupleType():
		items := slices.Clone(v.AsValueSlice())
		for i, ety := range ty.TupleElementTypes() {
			items[i] = recast(items[i], ety)
		}
		return cty.TupleVal(items)
	}
	return v
}

// UnknownJSON returns, in the shape of v, true where v is unknown: Terraform's
// after_unknown. What holds nothing unknown is left out, or false in lists.
func UnknownJSON(v cty.Value) json.RawMessage {
	raw, err := json.Marshal(unknownTree(v))
	if err != nil {
		panic("planner: " + err.Error())
	}
	return raw
}

func unknownTree(v cty.Value) any {
	if !v.IsKnown() {
		return true
	}
	if v.IsNull() || v.IsWhollyKnown() {
		return false
	}
	ty := v.Type()
	if ty.IsObjectType() || ty.IsMapType() {
		tree := map[string]any{}
		for k, e := range v.Elements() {
			if t := unknownTree(e); t != false {
				tree[k.AsString()] = t
			}
		}
		return tree
	}
	list := []any{}
	for _, e := range v.Elements() {
		list = append(list, unknownTree(e))
	}
	return list
}

// withUnknown puts the unknowns of UnknownJSON back into v.
func withUnknown(v cty.Value, raw json.RawMessage) (cty.Value, error) {
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return v, err
	}
	return restore(v, tree), nil
}

func restore(v cty.Value, tree any) cty.Value {
	switch tree := tree.(type) {
	case bool:
		if tree {
			return cty.UnknownVal(v.Type())
		}
	case map[string]any:
		if v.IsNull() || !v.CanIterateElements() || v.LengthInt() == 0 {
			return v
		}
		vals := v.AsValueMap()
		for name, t := range tree {
			if e, ok := vals[name]; ok {
				vals[name] = restore(e, t)
			}
		}
		if v.Type().IsMapType() {
			return cty.MapVal(vals)
		}
		return cty.ObjectVal(vals)
	case []any:
		return restoreList(v, tree)
	}
	return v
}

func restoreList(v cty.Value, tree []any) cty.Value {
	if v.IsNull() || !v.CanIterateElements() || v.LengthInt() == 0 {
		return v
	}
	var items []cty.Value
	for _, e := range v.Elements() {
		if len(items) < len(tree) {
			e = restore(e, tree[len(items)])
		}
		items = append(items, e)
	}
	if v.Type().IsTupleType() {
		return cty.TupleVal(items)
	}
	return (&providers.Attr{Type: v.Type()}).BlockValue(items)
}
