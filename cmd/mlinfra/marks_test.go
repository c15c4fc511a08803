package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
	dofake "github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	googlefake "github.com/mlinfra/mlinfra/providers/google/fake"
)

// TestMarksAreDocumented holds the table of ownership marks to the types.
func TestMarksAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\| (.*) \\|$").FindAllStringSubmatch(string(text), -1) {
		rows[m[1]] = m[2]
	}
	starts := map[providers.Place]string{
		providers.InTags: "tag `mlinfra", providers.InLabels: "label `mlinfra", providers.InDescription: "description", providers.Nowhere: "none: ",
	}
	for cloud := range fakes() {
		resources := catalog(nil).Of(cloud).Resources
		for name, typ := range resources.All() {
			if want := starts[typ.Mark]; !strings.HasPrefix(rows[name], want) {
				t.Errorf("%s: docs/reliability.md says %q, want it to begin with %q", name, rows[name], want)
			}
			delete(rows, name)
		}
	}
	for name := range rows {
		t.Errorf("docs/reliability.md has a mark for %s, which no cloud has", name)
	}
}

// TestAnotherTeamIsRefused leads a state to another account of DigitalOcean:
// nothing there is what state means, and nothing is made.
func TestAnotherTeamIsRefused(t *testing.T) {
	a := &account{t: t, dir: t.TempDir(), env: append(os.Environ(), quickExit, "DIGITALOCEAN_TOKEN=t")}
	if err := os.WriteFile(filepath.Join(a.dir, "main.tf"), []byte(`resource "digitalocean_vpc" "net" {
  name   = "net"
  region = "fra1"
}`), 0o600); err != nil {
		t.Fatal(err)
	}
	urls := map[string]string{}
	clouds := map[string]*dofake.Cloud{}
	for _, team := range []string{"team-1", "team-2"} {
		clouds[team] = dofake.New(dofake.Options{Team: team})
		server := httptest.NewServer(clouds[team].Handler())
		defer server.Close()
		urls[team] = "DIGITALOCEAN_API_URL=" + server.URL
	}
	if out, ok := a.run([]string{urls["team-1"]}, "mlinfra", "apply", "-auto-approve"); !ok {
		t.Fatal(out)
	}
	for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}} {
		out, ok := a.run([]string{urls["team-2"]}, "mlinfra", command...)
		flat := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", "")), " ")
		if ok || !strings.Contains(flat, "is in team team-1, and provider digitalocean now leads to team team-2") {
			t.Errorf("%s in another account:\n%s", command[0], out)
		}
	}
	if got := clouds["team-2"].Inventory(); len(got) > 0 {
		t.Errorf("the other account holds %v", got)
	}
	if out, ok := a.run([]string{urls["team-1"]}, "mlinfra", "plan", "-detailed-exitcode"); !ok {
		t.Errorf("back in the first account:\n%s", out)
	}
}

// TestGoogleObjectsSayWhereTheyAre looks for objects of a project while the
// settings name another: none is taken for gone, though none remembers where it
// was made.
func TestGoogleObjectsSayWhereTheyAre(t *testing.T) {
	server := httptest.NewServer(googlefake.New(googlefake.Options{Projects: []string{"offline", "elsewhere"}}).Handler())
	defer server.Close()
	a := &account{t: t, dir: t.TempDir(), env: append(os.Environ(), quickExit)}
	for _, v := range fakes()["google"].environ(server.URL, "") {
		a.env = append(a.env, v[0]+"="+v[1])
	}
	if err := os.CopyFS(a.dir, os.DirFS("../../examples/google")); err != nil {
		t.Fatal(err)
	}
	a.must("apply", "-auto-approve")
	objects := strings.Fields(a.must("state", "list"))
	if len(objects) < 15 {
		t.Fatalf("the example has made only %v", objects)
	}
	out, ok := a.run([]string{"GOOGLE_PROJECT=elsewhere", "GOOGLE_CLOUD_PROJECT=elsewhere"}, "mlinfra", "plan", "-refresh-only", "-json")
	if !ok || !strings.Contains(out, `"mlflow_tunnel":{"sensitive":false,"action":"update"}`) {
		t.Fatalf("the plan fails, or does not look elsewhere:\n%s", out)
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, `"type":"resource_drift"`) {
			t.Errorf("drift: %s", line)
		}
	}
}
