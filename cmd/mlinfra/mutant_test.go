package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutants are deliberately broken builds. The suite must fail with each: that
// shows that it looks at what it says.
var mutants = []struct {
	name     string
	file     string // relative to the root of the module
	old, new string
	tests    string // of those that notice, the quickest
}{
	{
		"the intent is cleared when the answer is lost", "apply/step.go",
		"v, err = r.search(ctx, c, err)",
		"return v, errors.Join(err, r.forget(c))",
		"TestLostAnswers",
	},
	{
		"the window counts from the intent", "planner/observe/settle.go",
		"o.Clock.Sleep(ctx, window)",
		"o.Clock.Sleep(ctx, window-o.Clock.Now().Sub(priors[missing[0]].Object.Since))",
		"TestLateCreate",
	},
	{
		"the search before the end of the window counts", "planner/observe/settle.go",
		"if missing, err = o.searchAll(ctx, ops, missing, priors, g.known); err != nil {",
		"if err != nil {",
		"TestLateCreate",
	},
}

// TestMutants builds the tests with each mutant, in place of the file, and
// demands that they fail.
func TestMutants(t *testing.T) {
	if !full() || os.Getenv(isMutant) != "" {
		t.Skip("part of make crash")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			source := filepath.Join(root, m.file)
			text, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(text), m.old) != 1 {
				t.Fatalf("%s does not hold %q once: the mutant has to follow the code", m.file, m.old)
			}
			dir := t.TempDir()
			write := func(name string, data []byte) string {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
				return path
			}
			broken := write("broken.go", []byte(strings.Replace(string(text), m.old, m.new, 1)))
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: broken}})
			if err != nil {
				t.Fatal(err)
			}
			c := exec.Command("go", "test", "-count=1", "-overlay", write("overlay.json", overlay), "-run", "^"+m.tests+"$", ".")
			c.Env = append(os.Environ(), isMutant+"=1")
			out, err := c.CombinedOutput()
			switch {
			case err == nil:
				t.Errorf("%s passes", m.tests)
			case !strings.Contains(string(out), "--- FAIL: "+m.tests):
				t.Errorf("%s does not fail; the build does:\n%s", m.tests, out)
			}
		})
	}
}

// isMutant is set in the environment of a mutant's tests.
const isMutant = "MLINFRA_TEST_MUTANT"
