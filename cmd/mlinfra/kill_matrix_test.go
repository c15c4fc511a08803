package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// marked is how a lost create of a type is recognised.
type marked struct {
	name    string
	account func(t *testing.T, src string) *account
	// src is a configuration: how many objects, what can be changed in place,
	// what replaces, and the lifecycle block.
	src func(n int, inPlace, replaces, lifecycle string) string
	// values are two of each.
	inPlace, replaces [2]string
}

func onDigitalOcean(t *testing.T, src string) *account { return newAccount(t, src, fake.Options{}) }

var markers = []marked{
	{
		"token", newAWSAccount,
		func(n int, inPlace, replaces, lifecycle string) string {
			return fmt.Sprintf("resource \"aws_ebs_volume\" \"x\" {\n  count = %d\n  availability_zone = %q\n  size = 1\n  tags = { Name = %q }\n%s}\n", n, replaces, inPlace, lifecycle)
		},
		[2]string{"one", "two"}, [2]string{"us-east-1a", "us-east-1b"},
	},
	{
		"tag", onDigitalOcean,
		func(n int, inPlace, replaces, lifecycle string) string {
			return fmt.Sprintf("resource \"digitalocean_droplet\" \"x\" {\n  count = %d\n  name = %q\n  region = \"fra1\"\n  size = \"s-1vcpu-1gb\"\n  image = %q\n%s}\n", n, inPlace, replaces, lifecycle)
		},
		[2]string{"one", "two"}, [2]string{"ubuntu-24-04-x64", "debian-12-x64"},
	},
	{
		"name", onDigitalOcean,
		func(n int, inPlace, replaces, lifecycle string) string {
			return fmt.Sprintf("resource \"digitalocean_vpc\" \"x\" {\n  count = %d\n  name = \"%s-${count.index}\"\n  region = \"fra1\"\n  description = %q\n  ip_range = cidrsubnet(%q, 8, count.index)\n%s}\n", n, strings.ReplaceAll(replaces, "/", "-"), inPlace, replaces, lifecycle)
		},
		[2]string{"one", "two"}, [2]string{"10.10.0.0/16", "10.20.0.0/16"},
	},
	{
		"none", onDigitalOcean,
		func(n int, _, replaces, lifecycle string) string {
			return fmt.Sprintf("resource \"digitalocean_reserved_ip\" \"x\" {\n  count = %d\n  region = %q\n%s}\n", n, replaces, lifecycle)
		},
		[2]string{"", ""}, [2]string{"fra1", "ams3"},
	},
}

// killCase is a change that is cut off.
type killCase struct {
	marked
	op            string
	before, after string // configurations
}

func killCases() []killCase {
	const first = "  lifecycle { create_before_destroy = true }\n"
	var cases []killCase
	for _, m := range markers {
		in, re := m.inPlace, m.replaces
		one := m.src(2, in[0], re[0], "")
		cases = append(cases,
			killCase{m, "create", "", one},
			killCase{m, "delete", one, "locals {}\n"},
			killCase{m, "replace", one, m.src(2, in[0], re[1], "")},
			killCase{m, "replace create first", m.src(2, in[0], re[0], first), m.src(2, in[0], re[1], first)},
		)
		if in[0] != in[1] {
			cases = append(cases, killCase{m, "update", one, m.src(2, in[1], re[0], "")})
		}
	}
	return cases
}

// point is a moment at which the program is killed: at a request, with or
// without effect, or before or after a write of the state.
type point struct {
	write bool
	after bool // the request has its effect, or the write is made
	n     int64
}

func (p point) String() string {
	what, when := "request", "before"
	if p.write {
		what = "write"
	}
	if p.after {
		when = "after"
	}
	return fmt.Sprintf("%s %s %d", when, what, p.n)
}

// killedAt runs apply and kills it at p. It reports whether it was killed.
func (a *account) killedAt(p point) bool {
	program, env := "mlinfra", []string(nil)
	var killed atomic.Bool
	if p.write {
		when := "before"
		if p.after {
			when = "after"
		}
		program, env = "mlinfra-mortal", []string{fmt.Sprintf("%s=%s:%d", killAtWrite, when, p.n)}
	} else {
		fault := fakecloud.CutBefore
		if p.after {
			fault = fakecloud.CutAfter
		}
		a.faults(func(i int64, _ *http.Request) fakecloud.Fault {
			if i == p.n {
				a.kill()
				killed.Store(true)
				return fault
			}
			return fakecloud.None
		})
	}
	_, ended := a.run(env, program, "apply", "-auto-approve")
	a.faults(nil)
	return killed.Load() || p.write && !ended
}

// measure returns all points of a case, and what its end looks like.
func (k killCase) measure(t *testing.T) (points []point, inventory, addrs []string) {
	a := k.account(t, k.before)
	a.begin(k)
	var requests int64
	a.faults(func(int64, *http.Request) fakecloud.Fault { requests++; return fakecloud.None })
	a.must("apply", "-auto-approve")
	a.faults(nil)
	writes := a.serial() // each commit counts one
	a = k.account(t, k.before)
	a.begin(k)
	writes -= a.serial()
	a.must("apply", "-auto-approve")
	for n := range requests {
		points = append(points, point{false, false, n + 1}, point{false, true, n + 1})
	}
	for n := range writes {
		points = append(points, point{true, false, int64(n) + 1}, point{true, true, int64(n) + 1})
	}
	return points, a.sorts(), a.addresses()
}

// begin brings the account to where the case begins.
func (a *account) begin(k killCase) {
	a.t.Helper()
	if k.before != "" {
		a.must("apply", "-auto-approve")
	}
	a.write(k.after)
}

// serial returns that of the state.
func (a *account) serial() uint64 { return a.snapshot().Serial }

func (a *account) snapshot() state.Snapshot {
	a.t.Helper()
	s, err := openState(bolt.Options{Path: filepath.Join(a.dir, "mlinfra.db"), Mode: bolt.Read})
	if err != nil {
		a.t.Fatal(err)
	}
	snap, err := s.Snapshot()
	if err != nil {
		a.t.Fatal(err)
	}
	return snap
}

// sorts returns the kinds of what is in the account but for the tag that is the
// mark of the state, sorted.
func (a *account) sorts() []string {
	var list []string
	for _, line := range madeOf(a.cloud.Inventory()) {
		list = append(list, strings.Fields(line)[0])
	}
	slices.Sort(list)
	return list
}

// converges runs apply, and answers what it asks as a person would who looks at
// the account, until it succeeds; then nothing may be left to do, and the
// account must hold what it has to.
func (a *account) converges(inventory, addrs []string) {
	a.t.Helper()
	out, ok := "", false
	for try := 0; try < 6 && !ok; try++ {
		if out, ok = a.run(nil, "mlinfra", "apply", "-auto-approve"); !ok {
			a.decideAll()
		}
	}
	if !ok {
		a.t.Fatalf("apply does not succeed any more:\n%s", out)
	}
	if diff := cmp.Diff(inventory, a.sorts()); diff != "" {
		a.t.Errorf("the account (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(addrs, a.addresses()); diff != "" {
		a.t.Errorf("state (-want +got):\n%s", diff)
	}
	a.must("plan", "-detailed-exitcode")
}

// decideAll answers for each create that nothing proves.
func (a *account) decideAll() {
	known := map[string]bool{}
	snap := a.snapshot()
	for _, o := range snap.Objects {
		if id := fieldOf(o.Attrs, "id"); id != "" {
			known[id] = true
		}
	}
	strays := map[string][]string{} // ids by kind
	for _, line := range a.cloud.Inventory() {
		if f := strings.Fields(line); !known[f[1]] {
			strays[f[0]] = append(strays[f[0]], f[1])
		}
	}
	for _, o := range snap.Objects {
		_, kind, _ := strings.Cut(o.Addr.Type, "_")
		switch ids := strays[kind]; {
		case o.Status != state.Intended:
		case len(ids) > 0:
			a.must("recover", "-adopt", o.Addr.String()+"="+ids[0])
			strays[kind] = ids[1:]
		default:
			a.must("recover", "-discard", o.Addr.String())
		}
	}
}

// TestKillMatrix kills the program with SIGKILL at every request and every state
// write of each kind of change, for each way in which an object can be
// recognised, and, every other time, up to three more times while it recovers.
func TestKillMatrix(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	random := seeded(t)
	each, rounds := form(9, math.MaxInt), form(1, 2) // points of each case, and trials of each
	var kills atomic.Int64
	t.Cleanup(func() { t.Logf("%d kills", kills.Load()) })
	for _, k := range killCases() {
		points, inventory, addrs := k.measure(t)
		random.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
		points = slices.Repeat(points[:min(each, len(points))], rounds)
		for i, p := range points {
			again := 0
			if i%2 == 1 || i >= len(points)/2 && rounds > 1 {
				again = 1 + random.IntN(3)
			}
			more := make([]point, again)
			for j := range more {
				more[j] = point{random.IntN(3) == 0, random.IntN(2) == 0, 1 + random.Int64N(6)}
			}
			t.Run(fmt.Sprintf("%s/%s/%s/%d more", k.name, k.op, p, again), func(t *testing.T) {
				t.Parallel()
				a := k.account(t, k.before)
				a.begin(k)
				for _, p := range append([]point{p}, more...) {
					if a.killedAt(p) {
						kills.Add(1)
					}
				}
				a.converges(inventory, addrs)
			})
		}
	}
}

// fieldOf returns a text in attributes; "" when it is none.
func fieldOf(attrs json.RawMessage, name string) string {
	var fields map[string]any
	_ = json.Unmarshal(attrs, &fields) // an object of state
	s, _ := fields[name].(string)
	return s
}
