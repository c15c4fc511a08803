package view

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/planner"
)

var plain80 = Style{Width: 78}

func TestPlansReadLikeTerraforms(t *testing.T) {
	catalog := toyCatalog()
	for _, name := range slices.Sorted(maps.Keys(plans())) {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			Plan(&text, plain80, plans()[name], catalog)
			golden(t, "plan_"+name+".txt", text.String())
		})
	}
}

func TestColoursAddOnlyEscapes(t *testing.T) {
	catalog := toyCatalog()
	for name, p := range plans() {
		var plain, coloured bytes.Buffer
		Plan(&plain, plain80, p, catalog)
		Plan(&coloured, Style{Width: 78, Color: true}, p, catalog)
		got := coloured.String()
		for _, code := range []string{"0", "1", "4", "31", "32", "33", "36", "90"} {
			got = strings.ReplaceAll(got, "\x1b["+code+"m", "")
		}
		if got != plain.String() {
			t.Errorf("plan %s: text differs with colours:\n%q\nwithout:\n%q", name, got, plain.String())
		}
	}
}

func TestPlanDocument(t *testing.T) {
	for _, name := range []string{"create", "update", "replace", "destroy", "special", "outputs", "drift", "moved", "imported", "forgotten", "partial", "deferred", "any"} {
		raw, err := PlanJSON(plans()[name], toyCatalog(), "0.1.0")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "plan_"+name+".json", indented(t, raw))
	}
}

func TestPlanStream(t *testing.T) {
	var b bytes.Buffer
	for _, name := range []string{"drift", "replace", "destroy", "special", "outputs", "moved", "imported", "forgotten", "deferred"} {
		testStream(&b).Plan(plans()[name])
	}
	golden(t, "plan_stream.jsonl", b.String())
}

func testStream(b *bytes.Buffer) *Stream {
	now := func() time.Time { return time.Date(2025, 1, 2, 3, 4, 5, 6000, time.UTC) }
	return NewStream(b, now)
}

func indented(t *testing.T, raw []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	return b.String() + "\n"
}

func TestSecretsStayOutOfPlans(t *testing.T) {
	catalog := toyCatalog()
	for name, p := range plans() {
		var b bytes.Buffer
		Plan(&b, plain80, p, catalog)
		testStream(&b).Plan(p)
		raw, err := PlanJSON(p, catalog, "0.1.0")
		if err != nil {
			t.Fatal(err)
		}
		b.Write(raw)
		if strings.Contains(b.String(), canary) {
			t.Errorf("plan %s shows %s:\n%s", name, canary, b.String())
		}
	}
}

func TestTypeUnknownToTheCatalogIsStillShown(t *testing.T) {
	var b bytes.Buffer
	c := planner.Change{Addr: addr("web"), Action: planner.Update, Sensitive: []string{"password", "disk"}, Before: web.server(), After: web.with(attrs{"size": str("large")}).server()}
	Plan(&b, plain80, &planner.Plan{Changes: []planner.Change{c}}, nil)
	if got := b.String(); !strings.Contains(got, `~ size`) || strings.Contains(got, canary) {
		t.Errorf("plan of an unknown type:\n%s", got)
	}
}
