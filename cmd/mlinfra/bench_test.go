package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
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
