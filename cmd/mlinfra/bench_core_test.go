package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cutOff ends a step of Terraform's that takes too long to wait for.
const cutOff = 300 * time.Second

// BenchmarkCore makes, plans again and destroys terraform_data objects, which no
// cloud slows down: 1,000 and 10,000 of one block, and 1,000 in a chain of 100
// blocks. Where a terraform is installed it does the same, but for the 10,000,
// which it does not finish.
func BenchmarkCore(b *testing.B) {
	flat := func(n int) string {
		return fmt.Sprintf("resource \"terraform_data\" \"a\" {\n  count = %d\n  input = \"v-${count.index}\"\n}\n", n)
	}
	var chain strings.Builder
	before := `"x"`
	for i := range 100 {
		fmt.Fprintf(&chain, "resource \"terraform_data\" \"b%d\" {\n  count = 10\n  input = %s\n}\n", i, before)
		before = fmt.Sprintf("terraform_data.b%d[count.index].output", i)
	}
	for _, w := range []struct {
		name, src string
		huge      bool
	}{{"flat-1000", flat(1000), false}, {"chain-1000", chain.String(), false}, {"flat-10000", flat(10_000), true}} {
		b.Run(w.name+"/mlinfra", func(b *testing.B) { benchCore(b, binary(b), w.src) })
		if terraform, err := exec.LookPath("terraform"); err == nil && !w.huge {
			b.Run(w.name+"/terraform", func(b *testing.B) { benchCore(b, terraform, w.src) })
		}
	}
}

// benchCore reports, of each step, seconds, CPU seconds, peak megabytes and
// megabytes written.
func benchCore(b *testing.B, program, src string) {
	for b.Loop() {
		dir := b.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(src), 0o600); err != nil {
			b.Fatal(err)
		}
		if strings.HasSuffix(program, "terraform") {
			measured(b, dir, program, "init")
		}
		for _, args := range [][]string{{"apply", "-auto-approve"}, {"plan"}, {"destroy", "-auto-approve"}} {
			took, usage, mb := measured(b, dir, program, args...)
			cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
			b.ReportMetric(took.Seconds(), args[0]+"-s")
			b.ReportMetric(cpu.Seconds(), args[0]+"-cpu-s")
			b.ReportMetric(mb, args[0]+"-MB")
			b.ReportMetric(float64(usage.Oublock)*512/1e6, args[0]+"-written-MB")
		}
	}
	b.ReportMetric(0, "ns/op")
}

// measured runs a program in dir and returns how long it took, what it used, and
// the megabytes that were resident at its peak.
func measured(b *testing.B, dir, program string, args ...string) (time.Duration, *syscall.Rusage, float64) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), cutOff)
	defer cancel()
	c := exec.CommandContext(ctx, program, args...)
	c.Dir, c.Env = dir, append(os.Environ(), "TF_CLI_CONFIG_FILE=/dev/null", "CHECKPOINT_DISABLE=1")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	start := time.Now()
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	peak := make(chan float64, 1)
	go func() { peak <- peakMB(c.Process.Pid) }()
	if err := c.Wait(); err != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		b.Fatalf("%s %v: %v\n%s", program, args, err, out.String())
	}
	return time.Since(start), c.ProcessState.SysUsage().(*syscall.Rusage), <-peak
}
