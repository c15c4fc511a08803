package providertest

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/mlinfra/mlinfra/state"
)

// without returns src without the resources of a type, which leaves what they
// need.
func without(src, typ string) string {
	f, diags := hclwrite.ParseConfig([]byte(src), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		return ""
	}
	for _, b := range f.Body().Blocks() {
		if b.Type() == "resource" && b.Labels()[0] == typ {
			f.Body().RemoveBlock(b)
		}
	}
	if len(f.Body().Blocks()) == 0 {
		return ""
	}
	return strings.TrimSpace(string(f.Bytes()))
}

func idOf(attrs json.RawMessage) string {
	var o struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(attrs, &o)
	return o.ID
}

func withID(attrs json.RawMessage, id string) json.RawMessage {
	var o map[string]any
	_ = json.Unmarshal(attrs, &o)
	o["id"] = id
	raw, _ := json.Marshal(o)
	return raw
}

// clone returns a state of its own with the same content.
func (m *memory) clone() *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &memory{serial: m.serial, objects: maps.Clone(m.objects), outputs: map[string]state.Output{}, marks: map[string]state.Mark{}}
	return c
}
