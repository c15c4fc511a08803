package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// smallDisk mounts a file system of some size for the directory of an account.
func smallDisk(t *testing.T, dir string, kib int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	options := fmt.Sprintf("size=%dk,mode=0700", kib)
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "mlinfra-test", dir).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", out)
		}
	})
}

// grow makes room on a small disk.
func grow(t *testing.T, dir string) {
	t.Helper()
	if out, err := exec.Command("mount", "-o", "remount,size=64m", dir).CombinedOutput(); err != nil {
		t.Fatalf("remount: %s", out)
	}
}

// TestFullDisk applies on disks of all sizes, so that each write fails once for
// want of space: either nothing is called, or nothing that was made is lost.
func TestFullDisk(t *testing.T) {
	// Below, not even the journal of emergencies fits; above, everything does.
	const least, most = 1008, 1380
	step := form(32, 4)
	if slowed && !full() {
		step *= 2
	}
	outcomes := map[string]int{}
	for kib := least; kib <= most; kib += step {
		for _, used := range []bool{false, true} {
			outcomes[fullDisk(t, kib, used)]++
		}
	}
	t.Logf("outcomes: %v", outcomes)
	for _, want := range []string{"nothing was called", "it became full between calls", "all fits"} {
		if outcomes[want] == 0 && !t.Failed() && full() {
			t.Errorf("no disk was such that %s: the sizes are wrong", want)
		}
	}
}

// fullDisk applies on a disk of some size, makes room, and applies again. If
// used, the state is there before the disk is full.
func fullDisk(t *testing.T, kib int, used bool) (outcome string) {
	t.Run(fmt.Sprintf("%d KiB/used %v", kib, used), func(t *testing.T) {
		dir := t.TempDir()
		smallDisk(t, dir, kib)
		a := newAccountIn(t, dir, twentyDroplets, fake.Options{})
		if used {
			grow(t, dir)
			a.source(strings.Replace(twentyDroplets, "20", "1", 1))
			a.must("apply", "-auto-approve")
			a.source(twentyDroplets)
			shrink(t, dir, kib-1008)
		}
		before := len(madeOf(a.cloud.Inventory()))
		exit, out := a.code(nil, "mlinfra", "apply", "-auto-approve")
		made := len(madeOf(a.cloud.Inventory()))
		switch {
		case exit == 0:
			outcome = "all fits"
		case made == before:
			outcome = "nothing was called"
		default:
			outcome = "it became full between calls"
		}
		if exit != 0 && !strings.Contains(strings.ToLower(out), "no space left") {
			t.Errorf("exit %d, and nothing says that the disk is full:\n%s", exit, out)
		}
		grow(t, dir)
		lost := a.reported(out)
		if exit, out := a.code(nil, "mlinfra", "apply", "-auto-approve"); exit != 0 {
			t.Fatalf("the apply after there was room: exit %d\n%s\nlost: %v", exit, out, lost)
		}
		a.hasTwenty()
		a.private()
	})
	return outcome
}

// shrink leaves so much room on a disk that is in use.
func shrink(t *testing.T, dir string, kib int) {
	t.Helper()
	out, err := exec.Command("df", "--output=used", "-k", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	var used int
	fields := strings.Fields(string(out))
	if _, err := fmt.Sscan(fields[len(fields)-1], &used); err != nil {
		t.Fatal(err)
	}
	size := fmt.Sprintf("remount,size=%dk", used+kib/4*4)
	if out, err := exec.Command("mount", "-o", size, dir).CombinedOutput(); err != nil {
		t.Fatalf("remount: %s", out)
	}
}

// reported returns the lines in which mlinfra says what it could write nowhere.
func (a *account) reported(out string) []string {
	a.t.Helper()
	var lines []string
	for line := range strings.Lines(out) {
		text, ok := strings.CutPrefix(line, "MLINFRA-RECOVER v1 ")
		if !ok {
			continue
		}
		var words map[string]any
		if err := json.Unmarshal([]byte(text), &words); err != nil || words["key"] == nil {
			a.t.Errorf("%q cannot be read by a machine: %v", line, err)
		}
		lines = append(lines, line)
	}
	return lines
}

// source replaces the configuration.
func (a *account) source(src string) {
	a.t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, "main.tf"), []byte(src), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// refusesCalls fails the test if anything is asked of the cloud.
func (a *account) refusesCalls() {
	a.faults(func(_ int64, r *http.Request) fakecloud.Fault {
		if r.Method != http.MethodGet {
			a.t.Errorf("%s %s was called", r.Method, r.URL.Path)
		}
		return fakecloud.None
	})
}

// private demands that only the owner can read what mlinfra has written.
func (a *account) private() {
	a.t.Helper()
	err := filepath.WalkDir(a.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || path == a.dir || e.Name() == "main.tf" {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			a.t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		a.t.Error(err)
	}
}
