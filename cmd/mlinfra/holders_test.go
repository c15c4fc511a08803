package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// unlockAll takes the locks of all workspaces away from their holders.
func unlockAll(path string) error {
	locks, err := bolt.Locks(path)
	for _, l := range locks {
		err = errors.Join(err, bolt.ForceUnlock(bolt.Options{Path: path, Workspace: l.Workspace}, l.Holder.Epoch))
	}
	return err
}

// pool runs n subtests, several at once: they wait most of the time.
func pool(t *testing.T, n int, f func(t *testing.T, i int)) {
	t.Helper()
	const workers = 6
	var wg sync.WaitGroup
	var next atomic.Int64
	for range workers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				t.Run(fmt.Sprint(i), func(t *testing.T) { f(t, i) })
			}
		})
	}
	wg.Wait()
}

// fiveDroplets names them after the workspace.
const fiveDroplets = `
resource "digitalocean_droplet" "node" {
  count  = 5
  name   = "${terraform.workspace}-${count.index}"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}
`

// running is a program that has been started.
type running struct {
	*exec.Cmd
	out bytes.Buffer
}

// start starts a program in the directory of the account.
func (a *account) start(env []string, program string, args ...string) *running {
	a.t.Helper()
	r := &running{Cmd: exec.Command(program, args...)}
	r.Dir, r.Env = a.dir, append(slices.Clone(a.env), env...)
	r.Stdout, r.Stderr = &r.out, &r.out
	if err := r.Start(); err != nil {
		a.t.Fatal(err)
	}
	return r
}

// end waits for the program and returns its exit code.
func (r *running) end() int {
	_ = r.Wait() // the exit code says it
	return r.ProcessState.ExitCode()
}

// state returns what the state of a workspace holds.
func (a *account) state(workspace string) state.Snapshot {
	a.t.Helper()
	s, err := openState(bolt.Options{Path: filepath.Join(a.dir, "mlinfra.db"), Workspace: workspace, Mode: bolt.Read})
	if err != nil {
		a.t.Fatal(err)
	}
	snap, err := s.Snapshot()
	if err := errors.Join(err, s.Close()); err != nil {
		a.t.Fatal(err)
	}
	return snap
}

// TestTwoApplies starts two applies at once: one proceeds, the other says who
// does, or waits and finds nothing to do.
func TestTwoApplies(t *testing.T) {
	random := seeded(t)
	n := form(10, 200)
	late := make([]time.Duration, n)
	for i := range late {
		late[i] = time.Duration(random.Int64N(int64(60 * time.Millisecond)))
	}
	pool(t, n, func(t *testing.T, i int) {
		waits := i%2 == 0
		o := fake.Options{Latency: 5 * time.Millisecond, Boot: 4 * time.Second}
		args := []string{"apply", "-auto-approve"}
		if waits {
			o.Boot = 100 * time.Millisecond
			args = append(args, "-lock-timeout=60s")
		}
		a := newAccount(t, fiveDroplets, o)
		var logs []string
		var both []*running
		for j := range 2 {
			log := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(log, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			logs = append(logs, log)
			both = append(both, a.start([]string{witnessLog + "=" + log}, "mlinfra-witness", args...))
			if j == 0 {
				time.Sleep(late[i])
			}
		}
		codes := []int{both[0].end(), both[1].end()}
		out := both[0].out.String() + both[1].out.String()
		switch {
		case waits && (codes[0] != 0 || codes[1] != 0 || !strings.Contains(out, "No changes")):
			t.Errorf("exits %v of two that wait, want 0 and 0, and one that finds nothing to do:\n%s", codes, out)
		case !waits && (codes[0]+codes[1] != 4 || codes[0]*codes[1] != 0):
			t.Errorf("exits %v, want 0 and 4:\n%s", codes, out)
		case !waits && !strings.Contains(out, fmt.Sprintf("(process %d)", both[slices.Index(codes, 0)].Process.Pid)):
			t.Errorf("the holder is not named:\n%s", out)
		}
		if n := len(madeOf(a.cloud.Inventory())); n != 5 {
			t.Errorf("the account holds %d droplets, want 5", n)
		}
		a.serials(logs)
	})
}

// serials demands that the commits of all processes count on from each other.
func (a *account) serials(logs []string) {
	a.t.Helper()
	var serials []uint64
	for _, log := range logs {
		raw, err := os.ReadFile(log)
		if err != nil {
			a.t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			var serial uint64
			if _, err := fmt.Sscanf(line, "acknowledged %d", &serial); err == nil {
				serials = append(serials, serial)
			}
		}
	}
	slices.Sort(serials)
	for i, serial := range serials {
		if serial != uint64(i+1) {
			a.t.Errorf("serials %v: each should be one more than the last", serials)
			break
		}
	}
	if got := a.state("").Serial; got != uint64(len(serials)) {
		a.t.Errorf("serial %d after %d commits", got, len(serials))
	}
}

// TestTwoWorkspaces applies in two workspaces of one file at once.
func TestTwoWorkspaces(t *testing.T) {
	pool(t, form(3, 50), func(t *testing.T, _ int) {
		a := newAccount(t, fiveDroplets, fake.Options{Latency: 5 * time.Millisecond, Boot: 50 * time.Millisecond})
		names := []string{"default", "two"}
		a.must("workspace", "new", "two")
		var both []*running
		for _, name := range names {
			both = append(both, a.start([]string{"MLINFRA_WORKSPACE=" + name}, "mlinfra", "apply", "-auto-approve"))
		}
		for i, name := range names {
			if exit := both[i].end(); exit != 0 {
				t.Errorf("workspace %s: exit %d\n%s", name, exit, both[i].out.String())
			}
			if n := len(a.state(name).Objects); n != 5 {
				t.Errorf("workspace %s: %d objects, want 5", name, n)
			}
		}
		if n := len(madeOf(a.cloud.Inventory())); n != 10 {
			t.Errorf("the account holds %d droplets, want 10", n)
		}
	})
}

// untilStopped waits until the program has stopped itself, or has ended.
func (r *running) untilStopped() {
	for range 1000 {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.Process.Pid))
		fields := strings.Fields(string(raw))
		if err != nil || len(fields) < 3 || fields[2] == "T" || fields[2] == "Z" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestStoppedHolder stops an apply at any moment, takes its lock away, lets
// another apply do the work, and lets the first go on.
func TestStoppedHolder(t *testing.T) {
	random := seeded(t)
	n := form(6, 100)
	at := make([]time.Duration, n)
	for i := range at {
		at[i] = time.Duration(random.Int64N(int64(450 * time.Millisecond)))
	}
	var fenced, late atomic.Int64
	pool(t, n, func(t *testing.T, i int) {
		a := newAccount(t, twentyDroplets, fake.Options{Latency: 20 * time.Millisecond, Boot: 50 * time.Millisecond})
		var first *running
		if i%2 == 0 {
			// Right after a commit, and before the call that it announces.
			first = a.start([]string{fmt.Sprintf("%s=stop:%d", killAtWrite, 2+i%40)}, "mlinfra-mortal", "apply", "-auto-approve", "-parallelism=4")
			first.untilStopped()
		} else {
			first = a.start(nil, "mlinfra", "apply", "-auto-approve", "-parallelism=4")
			time.Sleep(at[i])
			_ = first.Process.Signal(syscall.SIGSTOP)
		}
		time.Sleep(50 * time.Millisecond) // until the cloud has done what was sent
		if exit, out := a.code(nil, "mlinfra-unlock"); exit != 0 {
			t.Errorf("unlock: %s", out)
		}
		exit, out := a.code(nil, "mlinfra", "apply", "-auto-approve")
		if exit != 0 {
			t.Errorf("trial %d: the second apply: exit %d\n%s", i, exit, out)
		}
		serial := a.state("").Serial
		var calls atomic.Int64
		a.faults(func(_ int64, r *http.Request) fakecloud.Fault {
			if r.Method != http.MethodGet {
				calls.Add(1)
			}
			return fakecloud.None
		})
		_ = first.Process.Signal(syscall.SIGCONT)
		if exit := first.end(); exit != 0 {
			fenced.Add(1)
			if text := first.out.String(); !strings.Contains(text, "force-unlock") {
				t.Errorf("trial %d: the first apply does not say that its lock was taken away: exit %d\n%s", i, exit, text)
			}
		}
		a.faults(nil)
		late.Add(calls.Load())
		if n := calls.Load(); n > 4 {
			t.Errorf("trial %d: the first apply has made %d calls after its lock was taken away, more than it had under way", i, n)
		}
		if got := a.state("").Serial; got != serial {
			t.Errorf("trial %d: the first apply has committed: serial %d, then %d", i, serial, got)
		}
		raw, _ := os.ReadFile(filepath.Join(a.dir, "mlinfra.db.d", "emergency"))
		third := a.must("apply", "-auto-approve")
		a.hasTwenty()
		a.must("plan", "-detailed-exitcode")
		if t.Failed() {
			t.Logf("trial %d, journal: %s\nfirst:\n%s\nsecond:\n%s\nthird:\n%s", i, bytes.Trim(raw, "\x00"), first.out.String(), out, third)
		}
	})
	t.Logf("%d of %d holders were fenced, with %d late calls", fenced.Load(), n, late.Load())
}
