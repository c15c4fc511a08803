package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/migrate"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

var updateMigrated = flag.Bool("update-migrated", false, "write testdata/migrate/*.want anew")

// TestMigrateFixtures takes over states as the providers of Terraform write
// them, and compares what matters with files.
func TestMigrateFixtures(t *testing.T) {
	files, _ := filepath.Glob("testdata/migrate/*.tfstate")
	if len(files) == 0 {
		t.Fatal("no states")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := migrate.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			res, err := doc.Convert(catalog(nil), func() state.ObjectKey { return "key" }, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			got := describeMigrated(t, res)
			golden := strings.TrimSuffix(file, ".tfstate") + ".want"
			if *updateMigrated {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// describeMigrated prints objects with those of their attributes that have a
// value.
func describeMigrated(t *testing.T, res migrate.Result) string {
	var w strings.Builder
	for _, o := range res.Objects {
		fmt.Fprintf(&w, "%s %s %s\n", o.Addr, o.Provider, o.Status)
		var attrs map[string]json.RawMessage
		if err := json.Unmarshal(o.Attrs, &attrs); err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(attrs)) {
			if v := string(attrs[name]); v != "null" && v != "[]" && v != `""` {
				fmt.Fprintf(&w, "  %s = %s\n", name, v)
			}
		}
		for _, place := range slices.Sorted(maps.Keys(o.Secrets)) {
			fmt.Fprintf(&w, "  secret %s = %s\n", place, o.Secrets[place])
		}
		for _, d := range o.Deps {
			fmt.Fprintf(&w, "  needs %s\n", d)
		}
		if len(o.Dropped) > 0 {
			fmt.Fprintf(&w, "  dropped %s\n", strings.Join(o.Dropped, ", "))
		}
		if _, err := planner.DecodeObject(catalog(nil).TypeOf(o.Addr), o.Object); err != nil {
			t.Error(err)
		}
	}
	for _, l := range res.LeftOut {
		fmt.Fprintf(&w, "left out %s of %s\n", l.Addr, l.Provider)
	}
	return w.String()
}

// TestMigrateIsOneRun holds a migration to one commit, with a run of its own.
func TestMigrateIsOneRun(t *testing.T) {
	raw, err := os.ReadFile("testdata/migrate/digitalocean.tfstate")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("terraform.tfstate", raw, 0o600); err != nil {
		t.Fatal(err)
	}
	a := newApp([]string{"MLINFRA_KEY=" + testKey})
	var out, errs strings.Builder
	a.stdout, a.stderr = &out, &errs
	if code := a.run([]string{"migrate", "terraform.tfstate"}); code != 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	h, err := bolt.ReadHistory(bolt.Options{Path: "mlinfra.db", Keys: a.keys})
	if err != nil {
		t.Fatal(err)
	}
	if h.Serial != 1 || len(h.Runs) != 1 || h.Runs[0].Command != "migrate" {
		t.Errorf("serial %d, runs %+v, want one commit of one run of migrate", h.Serial, h.Runs)
	}
	if len(h.Events) != 10 {
		t.Errorf("%d events, want one for each of 10 objects", len(h.Events))
	}
	file, err := os.ReadFile("mlinfra.db")
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"AVNS_pa55", "AVNS_u5er"} {
		if strings.Contains(string(file), secret) {
			t.Errorf("the secret %s stands in the state", secret)
		}
	}
}
