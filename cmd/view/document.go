package view

import (
	"encoding/json"
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// instance is what names an object in a document.
type instance struct {
	Address         string `json:"address"`
	PreviousAddress string `json:"previous_address,omitempty"`
	ModuleAddress   string `json:"module_address,omitempty"`
	Mode            string `json:"mode"`
	Type            string `json:"type"`
	Name            string `json:"name"`
	Index           any    `json:"index,omitempty"`
	ProviderName    string `json:"provider_name"`
}

func instanceOf(a state.Addr, provider string) instance {
	id, _ := config.ProviderID(provider)
	return instance{
		Address: a.String(), ModuleAddress: a.Module, Mode: modeOf(a), Type: a.Type, Name: a.Name,
		Index: keyValue(a.Key), ProviderName: id.Type,
	}
}

func modeOf(a state.Addr) string {
	if a.Data {
		return "data"
	}
	return "managed"
}

// objectJSON is an object with its values.
type objectJSON struct {
	instance
	SchemaVersion   int    `json:"schema_version"`
	Values          any    `json:"values"`
	SensitiveValues any    `json:"sensitive_values"`
	DeposedKey      string `json:"deposed_key,omitempty"`
	Tainted         bool   `json:"tainted,omitempty"`
}

// outputJSON is an output with its value.
type outputJSON struct {
	Sensitive bool            `json:"sensitive"`
	Type      json.RawMessage `json:"type,omitempty"`
	Value     any             `json:"value,omitempty"`
}

type valuesJSON struct {
	Outputs    map[string]outputJSON `json:"outputs,omitempty"`
	RootModule moduleJSON            `json:"root_module"`
}

type moduleJSON struct {
	Resources    []objectJSON  `json:"resources,omitempty"`
	ChildModules []childModule `json:"child_modules,omitempty"`
}

type childModule struct {
	Address string `json:"address"`
	moduleJSON
}

// add puts an object into its module, which stands in those that call it.
func (m *moduleJSON) add(module string, o objectJSON) {
	steps, err := state.ParseModule(module)
	if err != nil {
		panic("view: " + err.Error()) // addresses have been read before
	}
	path := ""
	for _, s := range steps {
		path = state.JoinModule(path, s.Name, s.Key)
		m = m.child(path)
	}
	m.Resources = append(m.Resources, o)
}

// child returns the module called by m with an address, made when need be.
func (m *moduleJSON) child(address string) *moduleJSON {
	for i := range m.ChildModules {
		if m.ChildModules[i].Address == address {
			return &m.ChildModules[i].moduleJSON
		}
	}
	m.ChildModules = append(m.ChildModules, childModule{Address: address})
	return &m.ChildModules[len(m.ChildModules)-1].moduleJSON
}

// changeJSON is what happens to an object or an output.
type changeJSON struct {
	Actions         []string   `json:"actions"`
	Before          any        `json:"before"`
	After           any        `json:"after,omitempty"`
	AfterUnknown    any        `json:"after_unknown"`
	BeforeSensitive any        `json:"before_sensitive"`
	AfterSensitive  any        `json:"after_sensitive"`
	ReplacePaths    [][]any    `json:"replace_paths,omitempty"`
	Importing       *importing `json:"importing,omitempty"`
	GeneratedConfig string     `json:"generated_config,omitempty"`
}

type resourceChange struct {
	instance
	Deposed      string     `json:"deposed,omitempty"`
	Change       changeJSON `json:"change"`
	ActionReason string     `json:"action_reason,omitempty"`
}

// deferredJSON is what waits for a later plan. Its reason is a sentence.
type deferredJSON struct {
	Reason         string   `json:"reason"`
	ResourceChange instance `json:"resource_change"`
}

type planJSON struct {
	FormatVersion    string                `json:"format_version"`
	MlinfraVersion   string                `json:"mlinfra_version"`
	TerraformVersion string                `json:"terraform_version"` // read by tools that expect Terraform
	PlannedValues    valuesJSON            `json:"planned_values"`
	ResourceDrift    []resourceChange      `json:"resource_drift,omitempty"`
	ResourceChanges  []resourceChange      `json:"resource_changes,omitempty"`
	DeferredChanges  []deferredJSON        `json:"deferred_changes,omitempty"`
	OutputChanges    map[string]changeJSON `json:"output_changes,omitempty"`
	Checks           []checkedJSON         `json:"checks,omitempty"`
	Applyable        bool                  `json:"applyable"`
	Complete         bool                  `json:"complete"`
	Errored          bool                  `json:"errored"`
}

// PlanJSON returns p as Terraform's show -json does. Sensitive values are null.
func PlanJSON(p *planner.Plan, catalog config.Catalog, version string) ([]byte, error) {
	doc := planJSON{
		FormatVersion: "1.2", MlinfraVersion: version, TerraformVersion: version,
		Applyable: !p.Empty(), Complete: len(p.Deferred) == 0 && !p.Partial,
		Checks: checksOf(p.Checks),
	}
	for _, d := range p.Drift {
		c := planner.Change{Addr: d.Addr, Action: planner.Update, Before: d.Before, After: d.After, Sensitive: d.Sensitive}
		if d.After == cty.NilVal || d.After.IsNull() {
			c.Action = planner.Delete
		}
		doc.ResourceDrift = append(doc.ResourceDrift, changeOf(&c, catalog))
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Addr.Data && c.Action != planner.Read {
			continue
		}
		r := changeOf(c, catalog)
		r.Change.GeneratedConfig = p.Generated[c.Addr]
		doc.ResourceChanges = append(doc.ResourceChanges, r)
		if c.Action != planner.Delete && c.Action != planner.Forget {
			doc.PlannedValues.RootModule.add(c.Addr.Module, plannedObject(c, catalog))
		}
	}
	for _, d := range p.Deferred {
		doc.DeferredChanges = append(doc.DeferredChanges, deferredJSON{d.Reason, instanceOf(d.Addr, resourceOf(d.Addr).ImpliedProvider)})
	}
	for _, o := range p.Outputs {
		if doc.OutputChanges == nil {
			doc.OutputChanges, doc.PlannedValues.Outputs = map[string]changeJSON{}, map[string]outputJSON{}
		}
		doc.OutputChanges[o.Name] = outputChange(o)
		if o.Action != planner.Delete {
			doc.PlannedValues.Outputs[o.Name] = plannedOutput(o)
		}
	}
	return marshal(doc)
}

func plannedObject(c *planner.Change, catalog config.Catalog) objectJSON {
	s, cov := schemaOf(catalog, c.Addr, c.After), covers{hidden: c.Sensitive}
	return objectJSON{
		instance: instanceOf(c.Addr, providerOf(c)),
		Values:   attributes(s, c.After, cov, false), SensitiveValues: sensitiveParts(s, c.After, cov),
	}
}

func plannedOutput(o planner.OutputChange) outputJSON {
	out := outputJSON{Sensitive: o.Secret()}
	if o.After.IsWhollyKnown() {
		out.Type, out.Value = typeJSON(o.After), outputValue(o.After, o.Secret())
	}
	return out
}

func outputValue(v cty.Value, hidden bool) any {
	if hidden || v == cty.NilVal {
		return null
	}
	return jsonValue(v)
}

func providerOf(c *planner.Change) string {
	if c.Provider != "" {
		return c.Provider
	}
	return resourceOf(c.Addr).ImpliedProvider
}

func changeOf(c *planner.Change, catalog config.Catalog) resourceChange {
	s, cov, had := schemaOf(catalog, c.Addr, c.Before, c.After), covers{hidden: c.Sensitive}, covers{hidden: c.Secret()}
	after := c.After
	if c.Action == planner.Delete || c.Action == planner.Forget {
		after = cty.NilVal
	}
	r := resourceChange{
		instance: instanceOf(c.Addr, providerOf(c)),
		Change: changeJSON{
			Actions: actions(c.Action, c.CreateFirst),
			Before:  attributes(s, c.Before, had, false), BeforeSensitive: sensitiveParts(s, c.Before, had),
			After: attributes(s, after, cov, false), AfterSensitive: sensitiveParts(s, after, cov),
			AfterUnknown: unknownParts(objects(s, after)),
			ReplacePaths: paths(c.ReplacePaths), Importing: importingOf(c),
		},
		ActionReason: actionReason(c),
	}
	if moved(c) {
		r.PreviousAddress = c.MovedFrom.String()
	}
	if shapeOf(after) == nothing {
		r.Change.AfterUnknown = map[string]any{}
	}
	if c.Reason == planner.BecauseDeposed {
		r.Deposed = string(c.Key)
	}
	return r
}

func actions(a planner.Action, createFirst bool) []string {
	switch {
	case a == planner.Replace && createFirst:
		return []string{"create", "delete"}
	case a == planner.Replace:
		return []string{"delete", "create"}
	}
	return []string{string(a)}
}

// actionReason returns the reason of a change in the words of the document,
// which are not those of the stream.
func actionReason(c *planner.Change) string {
	switch c.Reason {
	case planner.BecauseTainted:
		return "replace_because_tainted"
	case planner.BecauseCannotUpdate:
		return "replace_because_cannot_update"
	case planner.BecauseTriggered:
		return "replace_by_triggers"
	case planner.BecauseDeposed:
		return ""
	}
	return string(c.Reason)
}

func paths(list []cty.Path) [][]any {
	var all [][]any
	for _, p := range list {
		var steps []any
		for _, step := range p {
			switch s := step.(type) {
			case cty.GetAttrStep:
				steps = append(steps, s.Name)
			case cty.IndexStep:
				steps = append(steps, jsonValue(s.Key))
			}
		}
		all = append(all, steps)
	}
	return all
}

func outputChange(o planner.OutputChange) changeJSON {
	c := changeJSON{
		Actions: actions(o.Action, false), Before: null, After: null, AfterUnknown: false,
		BeforeSensitive: o.Secret(), AfterSensitive: o.Secret(),
	}
	if o.Action != planner.Create {
		c.Before = outputValue(o.Before, o.Secret())
	}
	if o.Action != planner.Delete {
		c.After, c.AfterUnknown = outputValue(o.After, o.Secret()), unknownParts(o.After)
	}
	if c.AfterUnknown == true {
		c.After = nil
	} else if _, ok := c.AfterUnknown.(bool); !ok && o.After.IsWhollyKnown() {
		c.AfterUnknown = false
	}
	return c
}

type stateJSON struct {
	FormatVersion    string      `json:"format_version"`
	MlinfraVersion   string      `json:"mlinfra_version"`
	TerraformVersion string      `json:"terraform_version"` // read by tools that expect Terraform
	Values           *valuesJSON `json:"values,omitempty"`
}

// StateJSON returns a state as Terraform's show -json does. Sensitive values
// are null unless reveal.
func StateJSON(snap state.Snapshot, catalog config.Catalog, version string, reveal bool) ([]byte, error) {
	doc := stateJSON{FormatVersion: "1.0", MlinfraVersion: version, TerraformVersion: version}
	if len(snap.Objects) == 0 && len(snap.Outputs) == 0 {
		return marshal(doc)
	}
	doc.Values = &valuesJSON{}
	for _, o := range sortedObjects(snap.Objects) {
		s, v, err := valueOf(o, catalog)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.Addr, err)
		}
		cov := covers{hidden: o.Sensitive}
		item := objectJSON{
			instance: instanceOf(o.Addr, o.Provider), Tainted: o.Status == state.Tainted,
			Values: attributes(s, v, cov, reveal), SensitiveValues: sensitiveParts(s, v, cov),
		}
		if o.Deposed {
			item.DeposedKey = string(o.Key)
		}
		doc.Values.RootModule.add(o.Addr.Module, item)
	}
	doc.Values.Outputs = outputsJSON(snap.Outputs, reveal)
	return marshal(doc)
}

func outputsJSON(outputs map[string]state.Output, reveal bool) map[string]outputJSON {
	list := map[string]outputJSON{}
	for name, o := range OutputsOf(outputs) {
		list[name] = outputJSON{
			Sensitive: o.Sensitive, Type: typeJSON(o.Value),
			Value: outputValue(o.Value, o.Sensitive && !reveal),
		}
	}
	return list
}
