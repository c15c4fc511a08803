package main

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

// TestFailingDisk lets calls that write or sync fail as on a broken disk. The
// apply stops and says so, or was not touched; nothing that was made is lost.
func TestFailingDisk(t *testing.T) {
	strace(t, os.DevNull) // or skip
	n := form(6, 60)
	var failed atomic.Int64
	pool(t, n, func(t *testing.T, i int) {
		call := []string{"fdatasync", "pwrite64", "fsync"}[i%3]
		a := newAccount(t, twentyDroplets, fake.Options{})
		command := strace(t, os.DevNull, "mlinfra", "apply", "-auto-approve")
		for j, arg := range command {
			if strings.HasPrefix(arg, "trace=") {
				command[j] = "trace=" + call
			}
		}
		// Each thread has its own count.
		inject := []string{"-e", fmt.Sprintf("inject=%s:error=EIO:when=%d+", call, 1+i/3%12)}
		command = append(command[:1:1], append(inject, command[1:]...)...)
		exit, out := a.code(nil, command[0], command[1:]...)
		if exit != 0 {
			failed.Add(1)
			if !strings.Contains(out, "input/output error") {
				t.Errorf("%s: exit %d, and nothing says that the disk fails:\n%s", inject[1], exit, out)
			}
		}
		if exit, out := a.code(nil, "mlinfra", "apply", "-auto-approve"); exit != 0 {
			t.Fatalf("%s: the apply on a whole disk: exit %d\n%s", inject[1], exit, out)
		}
		a.hasTwenty()
	})
	if failed.Load() == 0 && !t.Failed() {
		t.Error("no apply has met the failing disk")
	}
	t.Logf("%d of %d applies failed", failed.Load(), n)
}
