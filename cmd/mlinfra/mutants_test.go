package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMutants builds stores that leave something out, and demands that the suite
// fails with each. It is a part of the full form: three builds take their time.
func TestMutants(t *testing.T) {
	if !full() {
		t.Skipf("three builds of mlinfra: run it with %s=full", crashForm)
	}
	for _, m := range []struct{ tag, in, test string }{
		{"mutant_sync", ".", "TestPowerLoss"},
		{"mutant_fence", ".", "TestStoppedHolder"},
		{"mutant_fence", "../../state/bolt", "TestEmergenciesOfTwoWorkspaces"},
		{"mutant_sums", "../../state/bolt", "TestCorruption"},
	} {
		t.Run(m.tag+" "+m.test, func(t *testing.T) {
			if m.test == "TestPowerLoss" {
				strace(t, os.DevNull) // skips the test where it cannot be seen
			}
			c := exec.Command("go", "test", "-count=1", "-tags="+m.tag, "-run=^"+m.test+"$", m.in)
			c.Env = append(os.Environ(), crashForm+"=")
			out, err := c.CombinedOutput()
			if err == nil {
				t.Errorf("%s passes without what it is to test", m.test)
			} else if !strings.Contains(string(out), "--- FAIL: "+m.test) {
				t.Errorf("%s did not run: %v\n%s", m.test, err, out)
			}
		})
	}
}
