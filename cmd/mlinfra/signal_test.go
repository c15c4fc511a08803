package main

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/state"
)

// TestSignalsStop: each signal that asks to end lets the apply finish what is
// running, and say so with its exit code.
func TestSignalsStop(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, twentyDroplets, fake.Options{Boot: 300 * time.Millisecond, Latency: 20 * time.Millisecond})
			var posts atomic.Int64
			a.faults(func(_ int64, r *http.Request) fakecloud.Fault {
				if r.Method == http.MethodPost && posts.Add(1) == 8 {
					_ = a.proc.Signal(signal)
				}
				return fakecloud.None
			})
			out, _ := a.run(nil, "mlinfra", "apply", "-auto-approve", "-parallelism=5")
			if code := a.ended; code != int(exitInterrupted) || !strings.Contains(out, "Interrupt received") {
				t.Errorf("exit code %d, want %d, and words of it:\n%s", code, exitInterrupted, out)
			}
			if n := a.statuses(); n[state.Tainted]+n[state.Intended] > 0 {
				t.Errorf("state holds %v", n)
			}
			a.must("apply", "-auto-approve")
			a.hasTwenty()
			if n := posts.Load(); n != 20 {
				t.Errorf("%d droplets were created for 20 wanted", n)
			}
		})
	}
}

// TestClosedOutput: nobody reads any more, and the apply goes on.
func TestClosedOutput(t *testing.T) {
	a := newAccount(t, twentyDroplets, fake.Options{})
	c := exec.Command("sh", "-c", "mlinfra apply -auto-approve 2>&1 | head -n 1")
	c.Dir, c.Env = a.dir, a.env
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	a.hasTwenty()
	a.must("plan", "-detailed-exitcode")
}
