package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutant is a deliberately broken build.
type mutant struct {
	name  string
	file  string // relative to the root of the module
	edits [][2]string
	pkg   string // with the tests that notice, the quickest of them
	tests string
}

// mutants are those with which the suite must fail: that shows that it looks at
// what it says.
var mutants = []mutant{
	{
		"the intent is cleared when the answer is lost", "apply/step.go",
		[][2]string{{"v, err = r.search(ctx, c, err)", "return v, errors.Join(err, r.forget(c))"}},
		"cmd/mlinfra", "TestLostAnswers",
	},
	{
		"the window counts from the intent", "planner/observe/settle.go",
		[][2]string{{"o.Clock.Sleep(ctx, window)", "o.Clock.Sleep(ctx, window-o.Clock.Now().Sub(priors[missing[0]].Object.Since))"}},
		"cmd/mlinfra", "TestLateCreate",
	},
	{
		"the search before the end of the window counts", "planner/observe/settle.go",
		[][2]string{{"if missing, err = o.searchAll(ctx, ops, missing, priors, g.known); err != nil {", "if err != nil {"}},
		"cmd/mlinfra", "TestLateCreate",
	},
	{
		"no fsync", "state/bolt/file.go",
		[][2]string{{"FreelistType: bbolt.FreelistMapType,", "NoSync: true, FreelistType: bbolt.FreelistMapType,"}},
		"cmd/mlinfra", "TestPowerLoss",
	},
	{
		"no fence", "state/bolt/commit.go",
		[][2]string{{"!isAt(db.file, s.o.Path)", "false"}, {"string(ws.Bucket(bucketMeta).Get(keyFence)) != s.fence", "false"}},
		"cmd/mlinfra", "TestStoppedHolder",
	},
	{
		"no fence between workspaces", "state/bolt/commit.go",
		[][2]string{{"!isAt(db.file, s.o.Path)", "false"}, {"string(ws.Bucket(bucketMeta).Get(keyFence)) != s.fence", "false"}},
		"state/bolt", "TestEmergenciesOfTwoWorkspaces",
	},
	{
		"no checksums", "state/bolt/record.go",
		[][2]string{{"binary.BigEndian.Uint32(v) != checksum(bucket, key, v[sumSize:])", "false"}, {"d != want", "d != want && false"}},
		"state/bolt", "TestCorruption",
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
			changed := string(text)
			for _, e := range m.edits {
				if strings.Count(changed, e[0]) != 1 {
					t.Fatalf("%s does not hold %q once: the mutant has to follow the code", m.file, e[0])
				}
				changed = strings.Replace(changed, e[0], e[1], 1)
			}
			dir := t.TempDir()
			write := func(name string, data []byte) string {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
				return path
			}
			broken := write("broken.go", []byte(changed))
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: broken}})
			if err != nil {
				t.Fatal(err)
			}
			c := exec.Command("go", "test", "-count=1", "-overlay", write("overlay.json", overlay), "-run", "^"+m.tests+"$", "./"+m.pkg)
			c.Dir = root
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
