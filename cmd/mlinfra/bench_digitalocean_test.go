package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

// latency is how far away the cloud of the benchmarks is.
const latency = 50 * time.Millisecond

// droplets returns a configuration of n droplets in a network.
func droplets(n int, more string) string {
	return fmt.Sprintf(`resource "digitalocean_vpc" "net" {
  name   = "ml"
  region = "fra1"
}

resource "digitalocean_droplet" "node" {
  count    = %d
  name     = "node-${count.index}"
  region   = "fra1"
  size     = "s-1vcpu-1gb"
  image    = "ubuntu-24-04-x64"
  vpc_uuid = digitalocean_vpc.net.id
}
`, n) + more
}

// recordsAndVolumes are 1,000 records in 10 domains, and 100 volumes.
const recordsAndVolumes = `resource "digitalocean_domain" "d" {
  count = 10
  name  = "d${count.index}.example.com"
}

resource "digitalocean_record" "r" {
  count  = 1000
  domain = digitalocean_domain.d[floor(count.index / 100)].name
  type   = "A"
  name   = "r${count.index}"
  value  = "192.0.2.${count.index % 250 + 1}"
}

resource "digitalocean_volume" "v" {
  count  = 100
  name   = "v-${count.index}"
  region = "fra1"
  size   = 1
}
`

// benchCloud is a fake DigitalOcean that benchmarks run the binary against.
type benchCloud struct {
	b       *testing.B
	dir     string
	content string // directory of the fake's content
	refused atomic.Int64
}

func newBenchCloud(b *testing.B, src string) *benchCloud {
	binary(b)
	c := &benchCloud{b: b, dir: b.TempDir(), content: b.TempDir()}
	c.write(src)
	return c
}

func (c *benchCloud) write(src string) {
	if err := os.WriteFile(filepath.Join(c.dir, "main.tf"), []byte(src), 0o600); err != nil {
		c.b.Fatal(err)
	}
}

// cost is what one command took.
type cost struct {
	seconds, mb, written float64
	calls                int64
}

// run runs mlinfra against the content as a cloud with options has it.
func (c *benchCloud) run(o fake.Options, args ...string) cost {
	c.b.Helper()
	o.Dir, o.Quota = c.content, fake.Quota{Droplets: 2000, Volumes: 200}
	cloud := fake.New(o)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &statusWriter{ResponseWriter: w}
		cloud.Handler().ServeHTTP(s, r)
		if s.status == http.StatusTooManyRequests {
			c.refused.Add(1)
		}
	}))
	defer func() {
		server.Close()
		if err := cloud.Close(); err != nil {
			c.b.Fatal(err)
		}
	}()
	cmd := exec.CommandContext(context.Background(), binary(c.b), args...)
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), "MLINFRA_KEY="+testKey, "DIGITALOCEAN_TOKEN=t", "DIGITALOCEAN_API_URL="+server.URL)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Start(); err != nil {
		c.b.Fatal(err)
	}
	peak := make(chan float64, 1)
	go func() { peak <- peakMB(cmd.Process.Pid) }()
	if err := cmd.Wait(); err != nil {
		c.b.Fatalf("mlinfra %v: %v\n%s", args, err, out.String())
	}
	took, usage := time.Since(start), cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{took.Seconds(), <-peak, float64(usage.Oublock) * 512 / 1e6, cloud.Requests()}
}

// peakMB watches a process until it ends. What the system says at its end begins
// with the memory of the process that it was forked from.
func peakMB(pid int) (mb float64) {
	for ; ; time.Sleep(5 * time.Millisecond) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, ok := strings.Cut(string(status), "VmHWM:")
		if err != nil || !ok {
			return mb
		}
		var kb int
		if _, err := fmt.Sscan(rest, &kb); err == nil {
			mb = float64(kb) / 1024
		}
	}
}

// statusWriter keeps the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader sends the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// show reports a cost.
func (c *benchCloud) show(what string, k cost) {
	c.b.ReportMetric(k.seconds, what+"-s")
	c.b.ReportMetric(float64(k.calls), what+"-calls")
	c.b.ReportMetric(k.mb, what+"-MB")
	c.b.ReportMetric(k.written, what+"-written-MB")
}

// BenchmarkDigitalOcean is the table of docs/benchmarks.md: what common work
// takes in a DigitalOcean 50 ms away.
func BenchmarkDigitalOcean(b *testing.B) {
	quick, far := fake.Options{}, fake.Options{Latency: latency}
	work := func(name string, f func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f(b)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
	for _, n := range []int{100, 1000} {
		work(fmt.Sprintf("droplets-%d", n), func(b *testing.B) {
			c := newBenchCloud(b, droplets(n, ""))
			c.show("apply", c.run(far, "apply", "-auto-approve"))
			c.show("plan", c.run(far, "plan", "-detailed-exitcode"))
			c.show("destroy", c.run(far, "destroy", "-auto-approve"))
		})
	}
	work("limit-500", func(b *testing.B) {
		c := newBenchCloud(b, droplets(500, ""))
		c.run(quick, "apply", "-auto-approve")
		c.show("plan", c.run(fake.Options{Latency: latency, Limits: fake.RealLimits()}, "plan", "-detailed-exitcode"))
		b.ReportMetric(float64(c.refused.Load()), "plan-refused")
	})
	work("records-1000", func(b *testing.B) {
		c := newBenchCloud(b, droplets(300, recordsAndVolumes))
		c.run(quick, "apply", "-auto-approve")
		c.show("plan", c.run(far, "plan", "-detailed-exitcode"))
	})
	work("changes", benchChanges)
}

// benchChanges does what the API takes a second for: a resize, an attachment, a
// database cluster.
func benchChanges(b *testing.B) {
	slow := fake.Options{Latency: latency, Boot: time.Second, Settle: time.Second, DBReady: time.Second}
	third := fake.Options{Latency: latency, Settle: time.Second / 3} // a resize is three actions
	c := newBenchCloud(b, droplets(1, ""))
	c.run(fake.Options{}, "apply", "-auto-approve")
	c.write(strings.Replace(droplets(1, ""), "s-1vcpu-1gb", "s-1vcpu-2gb", 1))
	c.show("resize", c.run(third, "apply", "-auto-approve"))
	volume := `resource "digitalocean_volume" "v" {
  name   = "v"
  region = "fra1"
  size   = 1
}
`
	c = newBenchCloud(b, droplets(1, volume))
	c.run(fake.Options{}, "apply", "-auto-approve")
	c.write(droplets(1, volume+`resource "digitalocean_volume_attachment" "a" {
  droplet_id = digitalocean_droplet.node[0].id
  volume_id  = digitalocean_volume.v.id
}
`))
	c.show("attach", c.run(slow, "apply", "-auto-approve"))
	c = newBenchCloud(b, `resource "digitalocean_database_cluster" "db" {
  name       = "ml-metadata"
  engine     = "pg"
  version    = "16"
  size       = "db-s-1vcpu-1gb"
  region     = "fra1"
  node_count = 1
}
`)
	c.show("database", c.run(slow, "apply", "-auto-approve"))
}
