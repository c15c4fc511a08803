package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	dofake "github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/digitalocean/openapi"
)

// openapiRecord names the file in which the programs of a session keep what
// goes to DigitalOcean and comes back. The test judges it when the session is
// over, and so reads DigitalOcean's document once and not in each program.
const openapiRecord = "MLINFRA_OPENAPI_RECORD"

// scriptApp is the program as sessions run it.
func scriptApp() *app {
	a := newApp(os.Environ())
	if file := a.getenv(openapiRecord); file != "" {
		maker := a.fakes["digitalocean"]
		maker.open = func(o fakeOptions) (fakeContent, error) {
			opts := digitalOceanOptions(o)
			opts.Wrap = openapi.Recorder(file)
			return dofake.Open(opts)
		}
		a.fakes["digitalocean"] = maker
	}
	return a
}

// judgeScripts has what the sessions of t do judged at its end, when the
// environment asks for it. The function it returns names the record of a session.
func judgeScripts(t *testing.T) func(*testscript.Env) string {
	judge := openapi.ForTest(t)
	if judge == nil {
		return func(*testscript.Env) string { return "" }
	}
	dir := t.TempDir()
	t.Cleanup(func() {
		records, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Error(err)
		}
		for _, file := range records {
			if err := judge.CheckRecord(filepath.Base(file), file); err != nil {
				t.Error(err)
			}
		}
		judge.Report(t, openapi.Part)
	})
	return func(env *testscript.Env) string {
		return filepath.Join(dir, strings.TrimPrefix(filepath.Base(env.WorkDir), "script-"))
	}
}

// TestValidatorStaysInTests holds the validator of DigitalOcean's document, and
// what it needs, out of the program.
func TestValidatorStaysInTests(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", module+"/cmd/mlinfra").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range strings.Fields(string(out)) {
		if strings.Contains(p, "kin-openapi") || strings.HasSuffix(p, "/openapi") || strings.HasSuffix(p, "test") && strings.HasPrefix(p, module) {
			t.Errorf("the program needs %s", p)
		}
	}
}

// TestTemplatesStayOutside holds text/template out of our own packages: it calls
// methods by name, and the linker then keeps each method of each type of the clouds'
// SDKs, which makes the program twice as big.
func TestTemplatesStayOutside(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{.Imports}}", module+"/cmd/mlinfra").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		p, imports, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, i := range strings.Fields(strings.Trim(imports, "[]")) {
			if strings.HasPrefix(p, module) && (i == "text/template" || i == "html/template") {
				t.Errorf("%s needs %s", p, i)
			}
		}
	}
}
