package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// A cloud is made once, when something asks for it.
func TestCloudsAreMadeWhenAskedFor(t *testing.T) {
	made := []string{}
	cloud := func(name string) func() *providers.Provider {
		return func() *providers.Provider {
			made = append(made, name)
			p := toyCatalog().Of("toy")
			p.Name = name
			return p
		}
	}
	c := toyCatalog()
	c.Add("two", cloud("two"))
	c.Add("one", cloud("one"))
	if diff := cmp.Diff([]string{"one", "toy", "two"}, c.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if typ := c.TypeOf(state.Addr{Type: "toy_server"}); typ == nil || typ.Name != "toy_server" {
		t.Errorf("toy_server is of type %v", typ)
	}
	if c.Of("three") != nil || c.TypeOf(state.Addr{Type: "three_server"}) != nil || c.TypeOf(state.Addr{Type: "toy_image"}) != nil {
		t.Error("what no cloud has is found")
	}
	if len(made) > 0 {
		t.Errorf("%v are made before they are asked for", made)
	}
	if p := c.Of("one"); p == nil || p.Name != "one" || c.Of("one") != p {
		t.Errorf("one is %v, and another one the next time", p)
	}
	var all []string
	for p := range c.All() {
		all = append(all, p.Name)
	}
	if diff := cmp.Diff(c.Names(), all); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"one", "two"}, made); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
}
