package migrate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mlinfra/mlinfra/state"
)

// Document is a state in version 4 of Terraform's format, which OpenTofu writes
// as well.
type Document struct {
	Terraform string // version of the program that wrote it
	Lineage   string
	Serial    uint64
	Outputs   map[string]state.Output
	Instances []Instance
}

// Instance is an object of a Document.
type Instance struct {
	Addr     state.Addr
	Provider Provider
	Version  uint64          // of the schema of its type
	Attrs    json.RawMessage // an object
	// Sensitive names the attributes that hold values from sensitive ones.
	Sensitive []string
	Deps      []state.Addr // blocks
	Tainted   bool
	Deposed   bool
}

// document is a Document as its file has it.
type document struct {
	Version   int                     `json:"version"`
	Terraform string                  `json:"terraform_version"`
	Serial    uint64                  `json:"serial"`
	Lineage   string                  `json:"lineage"`
	Outputs   map[string]state.Output `json:"outputs"`
	Resources []json.RawMessage       `json:"resources"`
	Encrypted json.RawMessage         `json:"encrypted_data"` // of OpenTofu
	Ours      string                  `json:"format_version"` // of mlinfra
}

type resource struct {
	Module    string     `json:"module"`
	Mode      string     `json:"mode"`
	Type      string     `json:"type"`
	Name      string     `json:"name"`
	Provider  string     `json:"provider"`
	Instances []instance `json:"instances"`
}

type instance struct {
	Key       any             `json:"index_key"`
	Status    string          `json:"status"`
	Deposed   string          `json:"deposed"`
	Version   uint64          `json:"schema_version"`
	Attrs     json.RawMessage `json:"attributes"`
	Flat      json.RawMessage `json:"attributes_flat"` // of Terraform 0.11
	Sensitive [][]step        `json:"sensitive_attributes"`
	Deps      []string        `json:"dependencies"`
	Provider  string          `json:"instance_provider"` // of OpenTofu, when instances differ
}

// step is one of the path to a sensitive value.
type step struct {
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

// Parse reads a state of Terraform. Its data sources are left out: each plan
// reads them.
func Parse(raw []byte) (*Document, error) {
	in, err := decode(raw)
	if err != nil {
		return nil, err
	}
	doc := &Document{Terraform: in.Terraform, Lineage: in.Lineage, Serial: in.Serial, Outputs: in.Outputs}
	seen := map[state.Addr]bool{}
	for _, text := range in.Resources {
		var r resource
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, fmt.Errorf("a resource in it: %w", err)
		}
		if r.Mode == "data" {
			continue
		}
		list, err := r.instances(seen)
		if err != nil {
			return nil, err
		}
		doc.Instances = append(doc.Instances, list...)
	}
	return doc, nil
}

// ParseOutputs reads only the outputs of a state of Terraform.
func ParseOutputs(raw []byte) (map[string]state.Output, error) {
	in, err := decode(raw)
	return in.Outputs, err
}

// decode reads the document, and refuses what is none.
func decode(raw []byte) (in document, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&in); err != nil {
		return in, fmt.Errorf("it is no state of Terraform: %w", err)
	}
	switch {
	case dec.More():
		return in, errors.New("it is no state of Terraform: something follows the JSON document")
	case in.Ours != "":
		return in, errors.New("it is a state of mlinfra: mlinfra state push takes it")
	case in.Encrypted != nil:
		return in, errors.New("it is encrypted by OpenTofu: pass on what \"tofu state pull\" prints, which is not")
	case in.Version != 4:
		return in, fmt.Errorf("it is of version %d of Terraform's format: only version 4 can be read, that of Terraform 0.12 and later", in.Version)
	}
	if in.Outputs == nil {
		in.Outputs = map[string]state.Output{}
	}
	return in, checkOutputs(in.Outputs)
}

func checkOutputs(outputs map[string]state.Output) error {
	for name, o := range outputs {
		ty, err := ctyjson.UnmarshalType(o.Type)
		if err == nil {
			_, err = ctyjson.Unmarshal(o.Value, ty)
		}
		if err != nil {
			return fmt.Errorf("output %s: %w", name, err)
		}
	}
	return nil
}

// instances returns the instances of a managed resource. seen are the addresses
// so far.
func (r resource) instances(seen map[state.Addr]bool) ([]Instance, error) {
	addr, err := r.addr()
	if err != nil {
		return nil, err
	}
	var list []Instance
	for _, raw := range r.Instances {
		in, err := raw.read(addr, r.Provider)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %w", in.Addr, err)
		case seen[in.Addr] && !in.Deposed:
			return nil, fmt.Errorf("%s stands twice in it: repair it with \"terraform state rm\"", in.Addr)
		}
		seen[in.Addr] = seen[in.Addr] || !in.Deposed
		list = append(list, in)
	}
	return list, nil
}

// addr returns the address of the resource, without a key.
func (r resource) addr() (state.Addr, error) {
	if r.Mode != "managed" {
		return state.Addr{}, fmt.Errorf("%s.%s: %q is no mode of a resource that mlinfra knows", r.Type, r.Name, r.Mode)
	}
	text := r.Type + "." + r.Name
	if r.Module != "" {
		text = r.Module + "." + text
	}
	a, err := state.ParseAddr(text)
	if err == nil && (a.Data || a.Key != state.Key{} || a.Type != r.Type) {
		err = fmt.Errorf("%q is not the address of a resource", text)
	}
	return a, err
}

// read returns an instance of the resource at addr; its address also beside an
// error.
func (raw instance) read(addr state.Addr, provider string) (Instance, error) {
	in := Instance{Addr: addr, Version: raw.Version, Attrs: raw.Attrs, Deposed: raw.Deposed != ""}
	switch key := raw.Key.(type) {
	case nil:
	case string:
		in.Addr.Key = state.NameKey(key)
	case float64:
		if key < 0 || key != float64(int(key)) {
			return in, fmt.Errorf("%v is no key of an instance", key)
		}
		in.Addr.Key = state.IndexKey(int(key))
	default:
		return in, fmt.Errorf("%v is no key of an instance", key)
	}
	switch raw.Status {
	case "":
	case "tainted":
		in.Tainted = true
	default:
		return in, fmt.Errorf("its status is %q, which mlinfra does not know", raw.Status)
	}
	switch {
	case raw.Attrs == nil && raw.Flat != nil:
		return in, errors.New("its attributes are in the format of Terraform 0.11: \"terraform apply -refresh-only\" of a newer Terraform writes them anew")
	case raw.Attrs == nil || bytes.TrimSpace(raw.Attrs)[0] != '{':
		return in, errors.New("it has no attributes")
	}
	if raw.Provider != "" {
		provider = raw.Provider
	}
	var err error
	if in.Provider, err = ParseProvider(provider); err != nil {
		return in, err
	}
	if in.Sensitive, err = sensitiveAttrs(raw.Sensitive); err != nil {
		return in, err
	}
	in.Deps, err = blocks(raw.Deps)
	return in, err
}

// sensitiveAttrs returns the attributes that paths lead into.
func sensitiveAttrs(paths [][]step) ([]string, error) {
	var names []string
	for _, path := range paths {
		name := ""
		if len(path) == 0 || path[0].Type != "get_attr" || json.Unmarshal(path[0].Value, &name) != nil {
			return nil, errors.New("a path in its sensitive_attributes begins with no attribute")
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// blocks reads the addresses of what an object depends on. Data sources are not
// among what state keeps.
func blocks(deps []string) ([]state.Addr, error) {
	var list []state.Addr
	for _, dep := range deps {
		a, err := state.ParseAddr(dep)
		if err != nil {
			return nil, fmt.Errorf("what it depends on: %w", err)
		}
		if !a.Data {
			list = append(list, a.Block())
		}
	}
	slices.SortFunc(list, state.Addr.Compare)
	return slices.Compact(list), nil
}
