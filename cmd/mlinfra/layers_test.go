package main

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mlinfra/mlinfra"

// layers says what the packages of each folder may import of ours. Imports
// point down only.
var layers = map[string][]string{
	"cmd":       {"cmd", "apply", "planner", "config", "modules", "providers", "state"},
	"apply":     {"apply", "planner", "config", "providers", "remote", "state"},
	"modules":   {},
	"planner":   {"planner", "config", "providers", "state"},
	"config":    {"providers", "state"},
	"state":     {"state"},
	"providers": {"providers", "remote"},
	"remote":    {},
}

// suite is the one package of providers that looks up: it tests types with the
// real engine.
const suite = "providers/providertest"

type listed struct {
	ImportPath string
	Imports    []string
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		path := strings.TrimPrefix(p.ImportPath, module+"/")
		if path == suite {
			continue
		}
		for _, imp := range p.Imports {
			imp, ours := strings.CutPrefix(imp, module+"/")
			if !ours {
				continue
			}
			if !slices.Contains(layers[folder(path)], folder(imp)) {
				t.Errorf("%s imports %s: not a layer below it", path, imp)
			}
			if imp == suite || (isCloud(imp) && path != "cmd/mlinfra" && folder(path) != "providers") {
				t.Errorf("%s imports %s: only the catalog in cmd and a cloud's own tests may", path, imp)
			}
			if isCloud(path) && imp != "providers" && !strings.HasPrefix(imp, "providers/fakecloud") && !isSDK(path, imp) {
				t.Errorf("%s imports %s: a cloud sees the contract and its SDK only", path, imp)
			}
		}
		if path == "planner" && (slices.Contains(p.Imports, "time") || slices.Contains(p.Imports, "os") || slices.Contains(p.Imports, "net")) {
			t.Errorf("planner is pure: it imports one of time, os, net")
		}
	}
}

func folder(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

// isCloud reports whether a package belongs to one cloud.
func isCloud(path string) bool {
	rest, ok := strings.CutPrefix(path, "providers/")
	return ok && rest != "providertest" && !strings.HasPrefix(rest+"/", "fakecloud/")
}

// isSDK reports whether what a cloud imports is to it what an SDK is to others.
func isSDK(path, imp string) bool { return path == "providers/server" && imp == "remote" }

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 8 {
		t.Fatalf("only %d packages found", len(all))
	}
	return all
}

// TestEngineCompilesNoSDK holds the tests of the engine to be quick to build:
// the SDK of one cloud takes a minute.
func TestEngineCompilesNoSDK(t *testing.T) {
	engine := []string{"config", "planner", "planner/observe", "apply", "state", "state/bolt", "providers", "cmd/view"}
	args := []string{"list", "-deps", "-test"}
	for _, p := range engine {
		args = append(args, module+"/"+p)
	}
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range strings.Fields(string(out)) {
		for _, sdk := range []string{"github.com/aws/", "cloud.google.com/", "google.golang.org/api", "github.com/digitalocean/", "github.com/ovh/"} {
			if strings.HasPrefix(p, sdk) {
				t.Errorf("the engine or its tests need %s", p)
			}
		}
	}
}

// TestTextIsParsedInOnePlace holds that nobody calls the parser without the
// guard before it. The lock file has a stricter one of its own.
func TestTextIsParsedInOnePlace(t *testing.T) {
	calls := regexp.MustCompile(`hclsyntax\.Parse(Config|Expression|Template|Traversal)|hclparse\.|hcl/v2/json"|hclwrite\.ParseConfig`)
	allowed := map[string]bool{"config/parse.go": true, "modules/lock.go": true, "cmd/mlinfra/fmt_source.go": true}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		name, _ := strings.CutPrefix(filepath.ToSlash(path), "../../")
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "providers/providertest" || strings.HasPrefix(d.Name(), ".") && d.Name() != ".."):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		src, err := os.ReadFile(path)
		if found := calls.Find(src); found != nil && !allowed[name] {
			t.Errorf("%s calls %s: config/parse.go does", name, found)
		}
		delete(allowed, name)
		return err
	})
	if err != nil || len(allowed) > 0 {
		t.Errorf("%v; not found: %v", err, allowed)
	}
}
