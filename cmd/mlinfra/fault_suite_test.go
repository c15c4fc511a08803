package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// faultStack is a stack whose objects are recognised by tags, names, what is new
// in a list, and their ids. size changes some of them in place.
func faultStack(size int) string {
	return fmt.Sprintf(`
resource "digitalocean_tag" "t" {
  count = 3
  name  = "t-${count.index}"
}

resource "digitalocean_vpc" "main" {
  name        = "faults"
  region      = "fra1"
  description = "size %[1]d"
}

resource "digitalocean_droplet" "node" {
  count    = 4
  name     = "node-%[1]d-${count.index}"
  region   = "fra1"
  size     = "s-1vcpu-1gb"
  image    = "ubuntu-24-04-x64"
  vpc_uuid = digitalocean_vpc.main.id
  tags     = [digitalocean_tag.t[0].name]
}

resource "digitalocean_volume" "data" {
  count  = 2
  name   = "data-${count.index}"
  region = "fra1"
  size   = %[1]d
}

resource "digitalocean_volume_attachment" "data" {
  count      = 2
  droplet_id = digitalocean_droplet.node[count.index].id
  volume_id  = digitalocean_volume.data[count.index].id
}

resource "digitalocean_firewall" "web" {
  name        = "web"
  droplet_ids = digitalocean_droplet.node[*].id

  inbound_rule {
    protocol         = "tcp"
    port_range       = "22"
    source_addresses = ["10.%[1]d.0.0/16"]
  }
}
`, size)
}

// everyFault is what may happen to a request.
var everyFault = []fakecloud.Fault{
	fakecloud.CutAfter, fakecloud.FailAfter, fakecloud.Truncate, fakecloud.HTML, fakecloud.CutAfter, fakecloud.Truncate,
	fakecloud.CutBefore, fakecloud.FailBefore, fakecloud.HTMLBefore, fakecloud.Throttle, fakecloud.Twice, fakecloud.Late,
}

// TestFaults lets requests fail in every way while a stack is made, changed and
// destroyed: at most two further runs end with an empty plan, and the account
// holds each object once. What a duplicated delivery has made beside it bears
// the mark of the state, and is found by sweep.
func TestFaults(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	rounds, seed := form(6, 240), seeded(t).Uint64()
	var injected [fakecloud.Late + 1]atomic.Int64 // by fault
	t.Cleanup(func() {
		var total int64
		var list []string
		for f := range injected {
			if n := injected[f].Load(); n > 0 {
				list = append(list, fmt.Sprintf("%s %d", fakecloud.Fault(f), n))
				total += n
			}
		}
		t.Logf("%d faults injected: %s", total, strings.Join(list, ", "))
	})
	whole := newAccount(t, faultStack(1), fake.Options{})
	whole.must("apply", "-auto-approve")
	inventory, addrs := whole.sorts(), whole.addresses()
	for round := range rounds {
		t.Run(fmt.Sprintf("round %d", round), func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, faultStack(1), fake.Options{})
			for i, src := range []string{faultStack(1), faultStack(2), "locals {}\n"} {
				a.write(src)
				random := fakecloud.RandomFaults(seed+uint64(10*round+i), 0.3, everyFault...)
				a.faults(func(n int64, r *http.Request) fakecloud.Fault {
					f := random(n, r)
					if f != fakecloud.None {
						injected[f].Add(1)
					}
					return f
				})
				a.run(nil, "mlinfra", "apply", "-auto-approve")
				a.faults(nil)
				if strings.HasPrefix(src, "locals") {
					a.settled(nil, nil)
					continue
				}
				a.settled(inventory, addrs)
			}
		})
	}
}

// settled demands that at most two runs, and answers to what they ask, end with
// an empty plan, and that the account holds what it has to, once it was swept.
func (a *account) settled(inventory, addrs []string) {
	a.t.Helper()
	out, ok := "", false
	for try := 0; try < 2 && !ok; try++ {
		a.decideAll()
		out, ok = a.run(nil, "mlinfra", "apply", "-auto-approve")
	}
	if !ok {
		a.t.Fatalf("two further runs do not succeed:\n%s", out)
	}
	a.must("plan", "-detailed-exitcode")
	if !slices.Equal(inventory, a.sorts()) {
		a.must("sweep", "-delete", "-auto-approve")
	}
	if diff := cmp.Diff(inventory, a.sorts()); diff != "" {
		a.t.Fatalf("the account (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(addrs, a.addresses()); len(addrs) > 0 && diff != "" {
		a.t.Fatalf("state (-want +got):\n%s", diff)
	}
}

// TestLateCreate kills the program when a create is on its way, long after its
// intent was written; it is performed when the next run is already looking for
// it. The run waits for its window, counted from its own start, and looks again.
func TestLateCreate(t *testing.T) {
	a := newAccount(t, `
resource "digitalocean_droplet" "web" {
  name   = "web"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}
`, fake.Options{})
	a.env = append(a.env, "MLINFRA_SETTLE_WINDOW=1200ms")
	var killed time.Time
	a.faults(func(_ int64, r *http.Request) fakecloud.Fault {
		if r.Method == http.MethodPost && r.URL.Path == "/v2/droplets" {
			a.kill()
			killed = time.Now()
			return fakecloud.Late
		}
		return fakecloud.None
	})
	// The second write is the intent.
	a.run([]string{killAtWrite + "=pause:2"}, "mlinfra-mortal", "apply", "-auto-approve")
	a.faults(nil)
	a.must("apply", "-auto-approve")
	time.Sleep(time.Until(killed.Add(time.Second))) // by then the create has been performed
	a.settles([]string{"droplet web"}, []string{"digitalocean_droplet.web"})
}
