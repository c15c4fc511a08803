package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"
)

// The suite of the store has two forms: a reduced one, which is part of every
// test run, and a full one, which make crash runs.

// crashForm is the environment variable that chooses the form: full.
const crashForm = "MLINFRA_CRASH"

// crashSeed is the environment variable that repeats a run of the suite.
const crashSeed = "MLINFRA_CRASH_SEED"

// full reports whether the suite is to run in full.
func full() bool { return os.Getenv(crashForm) == "full" }

// form returns how many cases a test of the suite has.
func form(reduced, whole int) int {
	if full() {
		return whole
	}
	return reduced
}

// seeded returns a source of random numbers, and prints its seed when the test
// fails.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(20261122)
	if full() {
		seed = uint64(time.Now().UnixNano())
	}
	if text := os.Getenv(crashSeed); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", crashSeed, err)
		}
		seed = n
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("repeat with %s=%d", crashSeed, seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

// code runs a program in the directory of the account, without being the one
// that faults kill, and returns its exit code and what it printed.
func (a *account) code(env []string, program string, args ...string) (int, string) {
	a.t.Helper()
	c := exec.Command(program, args...)
	c.Dir, c.Env = a.dir, append(slices.Clone(a.env), env...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		a.t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String()
}
