package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

var update = flag.Bool("update", false, "write docs/resources.md anew")

// TestReference holds docs/resources.md to the tags of the types.
func TestReference(t *testing.T) {
	const file = "../../docs/resources.md"
	want := resourceReference()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/resources.md differs from the types' tags; run make docs (-want +got):\n%s", diff)
	}
}

func resourceReference() string {
	var w strings.Builder
	fmt.Fprintf(&w, "# Resource types\n\nGenerated from the types' tags by `make docs`; do not edit.\n")
	fmt.Fprintf(&w, "\nChanging an attribute marked *replaces* makes a new object. An attribute *or chosen* is decided by the cloud\nwhen it is absent. *Sensitive* values are never printed.\n")
	cat := catalog(nil)
	for p := range cat.All() {
		fmt.Fprintf(&w, "\n## provider %s\n\n%s\n", p.Name, p.Doc)
		attributes(&w, p.Config, "")
		for _, typ := range p.Resources.All() {
			section(&w, "resource", typ)
		}
		for _, typ := range p.Data.All() {
			section(&w, "data source", typ)
		}
	}
	return w.String()
}

func section(w *strings.Builder, kind string, t *providers.Type) {
	fmt.Fprintf(w, "\n## %s %s\n\n%s\n\n```hcl\n%s\n```\n", kind, t.Name, t.Doc, strings.TrimSpace(t.Examples[0]))
	attributes(w, t.Schema, "")
}

func blockTitle(a *providers.Attr, path string) string {
	text := fmt.Sprintf("\nBlock `%s`", path)
	switch {
	case a.Mode == providers.Required:
		text += ", at least one"
	case a.MaxItems == 1:
		text += ", at most one"
	}
	return text + ": " + a.Doc + "\n"
}

// attributes writes the tables of a schema and of its nested blocks.
func attributes(w *strings.Builder, s *providers.Schema, path string) {
	fmt.Fprint(w, "\n| attribute | type | rules | meaning |\n|---|---|---|---|\n")
	for _, a := range s.Attrs {
		if a.Block == nil {
			fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", a.Name, typeName(a.Type), strings.Join(qualities(a), ", "), a.Doc)
		}
	}
	for _, a := range s.Attrs {
		if a.Block != nil {
			fmt.Fprint(w, blockTitle(a, path+a.Name))
			attributes(w, a.Block, path+a.Name+".")
		}
	}
}

func qualities(a *providers.Attr) []string {
	var list []string
	switch a.Mode {
	case providers.Required:
		list = append(list, "**required**")
	case providers.Default:
		list = append(list, "or chosen")
	case providers.Computed:
		list = append(list, "read only")
	}
	if a.Else != cty.NilVal {
		list = append(list, fmt.Sprintf("else `%s`", literalText(a.Else)))
	}
	if a.Replace {
		list = append(list, "replaces")
	}
	if a.Sensitive {
		list = append(list, "sensitive")
	}
	return list
}

func literalText(v cty.Value) string {
	switch v.Type() {
	case cty.String:
		return fmt.Sprintf("%q", v.AsString())
	case cty.Bool:
		return fmt.Sprint(v.True())
	}
	return v.AsBigFloat().Text('f', -1)
}

func typeName(ty cty.Type) string {
	switch {
	case ty.IsListType():
		return "list of " + typeName(ty.ElementType())
	case ty.IsSetType():
		return "set of " + typeName(ty.ElementType())
	case ty.IsMapType():
		return "map of " + typeName(ty.ElementType())
	case ty.IsObjectType():
		return "object"
	case ty == cty.DynamicPseudoType:
		return "any"
	}
	return ty.FriendlyName()
}
