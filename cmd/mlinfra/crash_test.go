package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	awsfake "github.com/mlinfra/mlinfra/providers/aws/fake"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// The tests in this file kill the real program with SIGKILL: at every request,
// at every state write, at random moments. The next plain apply must end with
// exactly what the configuration says, in the cloud and in state.

// killAtWrite is the environment variable that makes mlinfra-mortal kill
// itself before or after its n-th state write: before:3. With pause:3 it sleeps
// after it instead, with stop:3 it stops itself.
const killAtWrite = "MLINFRA_TEST_KILL_AT_WRITE"

// mortalState opens states whose n-th commit ends the process.
func mortalState(at string) func(bolt.Options) (state.Store, error) {
	when, number, _ := strings.Cut(at, ":")
	n, _ := strconv.ParseInt(number, 10, 64)
	return func(o bolt.Options) (state.Store, error) {
		s, err := openState(o)
		if err != nil || n == 0 {
			return s, err
		}
		return &mortal{Store: s, n: n, when: when}, nil
	}
}

// writePause is how long mlinfra-mortal sleeps with pause.
const writePause = 1300 * time.Millisecond

type mortal struct {
	state.Store
	n       int64
	when    string
	commits atomic.Int64
}

// Enqueue commits at once.
func (m *mortal) Enqueue(changes ...state.Change) func() error {
	err := m.Commit(changes...)
	return func() error { return err }
}

// Commit kills the process at its turn.
func (m *mortal) Commit(changes ...state.Change) error {
	turn := m.commits.Add(1) == m.n
	if turn && m.when == "before" {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	err := m.Store.Commit(changes...)
	switch {
	case turn && m.when == "pause":
		time.Sleep(writePause)
	case turn && m.when == "stop":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	case turn:
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	return err
}

// account is a fake cloud, a directory with a configuration, and the process
// that is running there.
type account struct {
	t     *testing.T
	dir   string
	cloud interface {
		Inventory() []string
		Requests() int64
	}
	env []string

	mu     sync.Mutex
	decide func(n int64, r *http.Request) fakecloud.Fault
	seen   int64
	proc   *os.Process
	ended  int // exit code of the last one
}

func newAccount(t *testing.T, src string, o fake.Options) *account {
	t.Helper()
	return newAccountIn(t, t.TempDir(), src, o)
}

// newAccountIn is newAccount in a directory.
func newAccountIn(t *testing.T, dir, src string, o fake.Options) *account {
	t.Helper()
	a := &account{t: t, dir: dir}
	a.write(src)
	o.Decide = a.fault
	cloud := fake.New(o)
	a.cloud = cloud
	a.serve(cloud.Handler(), digitalOceanEnviron)
	return a
}

// newAWSAccount is newAccount with AWS.
func newAWSAccount(t *testing.T, src string) *account {
	t.Helper()
	a := &account{t: t, dir: t.TempDir()}
	a.write(src)
	cloud := awsfake.New(awsfake.Options{Decide: a.fault})
	a.cloud = cloud
	a.serve(cloud.Handler(), awsEnviron)
	return a
}

// write makes src the configuration.
func (a *account) write(src string) {
	a.t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, "main.tf"), []byte(src), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// fault decides how a request fails.
func (a *account) fault(_ int64, r *http.Request) fakecloud.Fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.decide == nil {
		return fakecloud.None
	}
	a.seen++
	return a.decide(a.seen, r)
}

// serve serves a fake, and leads the program there.
func (a *account) serve(h http.Handler, environ func(url, token string) [][2]string) {
	server := httptest.NewServer(h)
	a.t.Cleanup(server.Close)
	a.env = append(os.Environ(),
		// The fake performs a request within milliseconds, also when its
		// sender has died.
		"MLINFRA_SETTLE_WINDOW=300ms",
		quickExit, "MLINFRA_KEY="+testKey,
	)
	for _, v := range environ(server.URL, "") {
		a.env = append(a.env, v[0]+"="+v[1])
	}
}

// faults sets how requests fail from now on.
func (a *account) faults(decide func(n int64, r *http.Request) fakecloud.Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.decide, a.seen = decide, 0
}

// run runs a program and returns what it printed and whether it ended well.
func (a *account) run(env []string, program string, args ...string) (string, bool) {
	a.t.Helper()
	c := exec.Command(program, args...)
	c.Dir, c.Env = a.dir, append(slices.Clone(a.env), env...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.mu.Lock()
	a.proc = c.Process
	a.mu.Unlock()
	err := c.Wait()
	a.ended = c.ProcessState.ExitCode()
	return out.String(), err == nil
}

// kill ends the running program; the caller holds a.mu.
func (a *account) kill() { _ = a.proc.Kill() }

// must runs mlinfra and demands that it ends well.
func (a *account) must(args ...string) string {
	a.t.Helper()
	out, ok := a.run(nil, "mlinfra", args...)
	if !ok {
		a.t.Fatalf("mlinfra %s:\n%s", strings.Join(args, " "), out)
	}
	return out
}

// addresses returns what state holds.
func (a *account) addresses() []string {
	return strings.Fields(a.must("state", "list"))
}

// kinds returns the inventory as kind and name, without ids, which differ
// from run to run.
func (a *account) kinds() []string {
	var list []string
	for _, line := range madeOf(a.cloud.Inventory()) {
		f := strings.Fields(line)
		list = append(list, f[0]+" "+f[len(f)-1])
	}
	slices.Sort(list)
	return list
}

// settles demands that plain applies end with what the configuration says,
// and a destroy with nothing.
func (a *account) settles(inventory, addrs []string) {
	a.t.Helper()
	a.faults(nil)
	a.must("apply", "-auto-approve")
	if diff := cmp.Diff(inventory, a.kinds()); diff != "" {
		a.t.Errorf("the account after the second apply (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(addrs, a.addresses()); diff != "" {
		a.t.Errorf("state after the second apply (-want +got):\n%s", diff)
	}
	a.must("plan", "-detailed-exitcode")
}

const smallStack = `
resource "digitalocean_vpc" "main" {
  name   = "crash"
  region = "fra1"
}

resource "digitalocean_droplet" "web" {
  count    = 2
  name     = "web"
  region   = "fra1"
  size     = "s-1vcpu-1gb"
  image    = "ubuntu-24-04-x64"
  vpc_uuid = digitalocean_vpc.main.id
}

resource "digitalocean_firewall" "web" {
  name        = "web"
  droplet_ids = digitalocean_droplet.web[*].id

  inbound_rule {
    protocol         = "tcp"
    port_range       = "22"
    source_addresses = ["0.0.0.0/0"]
  }
}

resource "digitalocean_volume" "data" {
  name   = "data"
  region = "fra1"
  size   = 1
}

resource "digitalocean_volume_attachment" "data" {
  droplet_id = digitalocean_droplet.web[0].id
  volume_id  = digitalocean_volume.data.id
}
`

// reference returns what the small stack leaves when nothing goes wrong, and
// how many requests and state writes that takes.
func reference(t *testing.T) (inventory, addrs []string, requests int64) {
	a := newAccount(t, smallStack, fake.Options{})
	a.must("apply", "-auto-approve")
	return a.kinds(), a.addresses(), a.cloud.Requests()
}

func TestKillAtEveryRequest(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	inventory, addrs, requests := reference(t)
	for _, fault := range []fakecloud.Fault{fakecloud.CutAfter, fakecloud.CutBefore} {
		for n := int64(1); n <= requests; n++ {
			t.Run(fmt.Sprintf("%s/%d", fault, n), func(t *testing.T) {
				t.Parallel()
				a := newAccount(t, smallStack, fake.Options{})
				a.faults(func(i int64, _ *http.Request) fakecloud.Fault {
					if i == n {
						a.kill()
						return fault
					}
					return fakecloud.None
				})
				a.run(nil, "mlinfra", "apply", "-auto-approve")
				a.settles(inventory, addrs)
			})
		}
	}
}

func TestKillAtEveryStateWrite(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	inventory, addrs, _ := reference(t)
	for _, when := range []string{"before", "after"} {
		for n := 1; ; n++ {
			a := newAccount(t, smallStack, fake.Options{})
			_, ended := a.run([]string{fmt.Sprintf("%s=%s:%d", killAtWrite, when, n)}, "mlinfra-mortal", "apply", "-auto-approve")
			a.settles(inventory, addrs)
			if ended || t.Failed() {
				break
			}
		}
	}
}

const twentyDroplets = `
resource "digitalocean_droplet" "node" {
  count  = 20
  name   = "node"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}
`

// hasTwenty demands twenty droplets in the account and in state, each once.
func (a *account) hasTwenty() {
	a.t.Helper()
	if n := len(madeOf(a.cloud.Inventory())); n != 20 {
		a.t.Errorf("the account holds %d objects, want 20:\n%s", n, strings.Join(madeOf(a.cloud.Inventory()), "\n"))
	}
	if n := len(a.addresses()); n != 20 {
		a.t.Errorf("state holds %d objects, want 20", n)
	}
}

func TestKillAtAnyMoment(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	const seed = 20261122
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range 12 {
		at := time.Duration(random.Int64N(int64(400 * time.Millisecond)))
		t.Run(fmt.Sprintf("%d/%s", round, at), func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, twentyDroplets, fake.Options{Latency: 5 * time.Millisecond, Boot: 100 * time.Millisecond})
			timer := time.AfterFunc(at, func() {
				a.mu.Lock()
				defer a.mu.Unlock()
				if a.proc != nil {
					a.kill()
				}
			})
			a.run(nil, "mlinfra", "apply", "-auto-approve")
			timer.Stop()
			a.must("apply", "-auto-approve")
			a.hasTwenty()
		})
	}
}

func TestLostAnswers(t *testing.T) {
	for _, rate := range []float64{0.05, 0.2} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprintf("%v/seed %d", rate, seed), func(t *testing.T) {
				t.Parallel()
				// With latency there are always answers on their way: twins of
				// the one that is looked for.
				a := newAccount(t, twentyDroplets, fake.Options{Latency: 100 * time.Millisecond})
				a.faults(fakecloud.RandomFaults(seed, rate, fakecloud.CutAfter, fakecloud.FailAfter, fakecloud.Truncate, fakecloud.HTML))
				a.run(nil, "mlinfra", "apply", "-auto-approve")
				a.faults(nil)
				a.must("apply", "-auto-approve")
				a.hasTwenty()
			})
		}
	}
}

// TestKillWhileReplacing kills the program at every request of a replacement
// that creates first: in the end there is one droplet, the new one.
func TestKillWhileReplacing(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	const before = `
resource "digitalocean_droplet" "web" {
  name   = "web"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"

  lifecycle { create_before_destroy = true }
}
`
	after := strings.Replace(before, "ubuntu-24-04-x64", "debian-12-x64", 1)
	for _, fault := range []fakecloud.Fault{fakecloud.CutAfter, fakecloud.CutBefore} {
		for n := int64(1); n <= 10; n++ {
			t.Run(fmt.Sprintf("%s/%d", fault, n), func(t *testing.T) {
				t.Parallel()
				a := newAccount(t, before, fake.Options{})
				a.must("apply", "-auto-approve")
				a.write(after)
				a.faults(func(i int64, _ *http.Request) fakecloud.Fault {
					if i == n {
						a.kill()
						return fault
					}
					return fakecloud.None
				})
				a.run(nil, "mlinfra", "apply", "-auto-approve")
				a.settles([]string{"droplet web"}, []string{"digitalocean_droplet.web"})
				if out := a.must("state", "show", "digitalocean_droplet.web"); !strings.Contains(out, "debian") {
					t.Errorf("the droplet in state is the old one:\n%s", out)
				}
			})
		}
	}
}

// interrupt sends the running program a Ctrl-C at the n-th create of a
// droplet, and again at each of the numbers that follow.
func (a *account) interrupt(at ...int) (posts *atomic.Int64) {
	posts = new(atomic.Int64)
	a.faults(func(_ int64, r *http.Request) fakecloud.Fault {
		if r.Method == http.MethodPost && r.URL.Path == "/v2/droplets" {
			if slices.Contains(at, int(posts.Add(1))) {
				_ = a.proc.Signal(os.Interrupt)
			}
		}
		return fakecloud.None
	})
	return posts
}

// statuses counts the objects in state by status.
func (a *account) statuses() map[state.Status]int {
	a.t.Helper()
	s, err := openState(bolt.Options{Path: filepath.Join(a.dir, "mlinfra.db"), Mode: bolt.Read})
	if err != nil {
		a.t.Fatal(err)
	}
	defer s.Close()
	snap, err := s.Snapshot()
	if err != nil {
		a.t.Fatal(err)
	}
	counts := map[state.Status]int{}
	for _, o := range snap.Objects {
		counts[o.Status]++
	}
	return counts
}

func TestFirstInterruptLosesNothing(t *testing.T) {
	a := newAccount(t, twentyDroplets, fake.Options{Boot: 2 * time.Second, Latency: 20 * time.Millisecond})
	posts := a.interrupt(10)
	out, ok := a.run(nil, "mlinfra", "apply", "-auto-approve", "-parallelism=10")
	if ok || !strings.Contains(out, "Interrupt received") {
		t.Errorf("an interrupted apply ends with success, or says nothing:\n%s", out)
	}
	if n := a.statuses(); n[state.Tainted]+n[state.Intended] > 0 {
		t.Errorf("after one interrupt, state holds %v", n)
	}
	a.must("apply", "-auto-approve")
	a.hasTwenty()
	if n := posts.Load(); n != 20 {
		t.Errorf("%d droplets were created for 20 wanted", n)
	}
}

func TestSecondInterruptLosesNothing(t *testing.T) {
	a := newAccount(t, twentyDroplets, fake.Options{Boot: 2 * time.Second, Latency: 50 * time.Millisecond})
	a.interrupt(10, 15)
	a.run(nil, "mlinfra", "apply", "-auto-approve")
	a.faults(nil)
	a.must("apply", "-auto-approve")
	a.hasTwenty()
}

// TestInterruptSendsNothingMore interrupts an apply whose calls wait for their
// turn: those that have not been sent are not sent.
func TestInterruptSendsNothingMore(t *testing.T) {
	a := newAccount(t, `
provider "digitalocean" {
  requests_per_second = 20
}

resource "digitalocean_tag" "t" {
  count = 40
  name  = "t-${count.index}"
}
`, fake.Options{})
	posts := 0
	a.faults(func(_ int64, r *http.Request) fakecloud.Fault {
		if r.Method == http.MethodPost {
			if posts++; posts == 5 {
				_ = a.proc.Signal(os.Interrupt)
			}
		}
		return fakecloud.None
	})
	a.run(nil, "mlinfra", "apply", "-auto-approve")
	a.faults(nil)
	if posts > 20 {
		t.Errorf("%d of 40 creates were sent though the run was interrupted at the fifth", posts)
	}
	if made, known := len(madeOf(a.cloud.Inventory())), len(a.addresses()); made != known {
		t.Errorf("the account holds %d objects, state %d", made, known)
	}
	a.must("apply", "-auto-approve")
	if n := len(madeOf(a.cloud.Inventory())); n != 40 {
		t.Errorf("the account holds %d objects, want 40", n)
	}
}
