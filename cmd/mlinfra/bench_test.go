package main

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

// The benchmarks run the binary that `make build` makes; docs/benchmarks.md
// quotes what they print.

func binary(b *testing.B) string {
	b.Helper()
	path, err := filepath.Abs("../../bin/mlinfra")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		b.Skip("no bin/mlinfra: run make build")
	}
	return path
}

// mlinfra runs the binary in dir and returns how long it took.
func mlinfra(b *testing.B, dir string, env []string, args ...string) time.Duration {
	b.Helper()
	c := exec.Command(binary(b), args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	start := time.Now()
	if err := c.Run(); err != nil {
		b.Fatalf("mlinfra %v: %v\n%s", args, err, out.String())
	}
	return time.Since(start)
}

func BenchmarkVersion(b *testing.B) {
	for b.Loop() {
		mlinfra(b, ".", nil, "version")
	}
}

func BenchmarkPlanExample(b *testing.B) {
	dir := b.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples/digitalocean")); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		mlinfra(b, dir, nil, "plan", "-offline")
	}
}

// BenchmarkDroplets makes, plans again and destroys droplets that are ready at
// once, in a cloud 50 ms away.
func BenchmarkDroplets(b *testing.B) {
	for _, n := range []int{100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var create, plan, destroy time.Duration
			var creates, plans, destroys int64
			for b.Loop() {
				dir := b.TempDir()
				src := fmt.Sprintf(`resource "digitalocean_droplet" "node" {
  count  = %d
  name   = "node-${count.index}"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}
`, n)
				if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(src), 0o600); err != nil {
					b.Fatal(err)
				}
				cloud := fake.New(fake.Options{Latency: 50 * time.Millisecond})
				server := httptest.NewServer(cloud.Handler())
				env := []string{"DIGITALOCEAN_TOKEN=t", "DIGITALOCEAN_API_URL=" + server.URL}
				create += mlinfra(b, dir, env, "apply", "-auto-approve")
				at := cloud.Requests()
				creates += at
				plan += mlinfra(b, dir, env, "plan", "-detailed-exitcode")
				plans += cloud.Requests() - at
				at = cloud.Requests()
				destroy += mlinfra(b, dir, env, "destroy", "-auto-approve")
				destroys += cloud.Requests() - at
				server.Close()
			}
			b.ReportMetric(create.Seconds()/float64(b.N), "create-s")
			b.ReportMetric(float64(creates)/float64(b.N), "create-calls")
			b.ReportMetric(plan.Seconds()/float64(b.N), "plan-s")
			b.ReportMetric(float64(plans)/float64(b.N), "plan-calls")
			b.ReportMetric(destroy.Seconds()/float64(b.N), "destroy-s")
			b.ReportMetric(float64(destroys)/float64(b.N), "destroy-calls")
		})
	}
}
