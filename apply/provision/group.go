package provision

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

const (
	grace     = 10 * time.Second // for an interrupted command to end by itself
	afterKill = time.Second      // for what it has printed to arrive
)

// runGroup runs cmd in a process group of its own and copies what it prints to
// w until nobody holds its output any more: a process left in the background
// is waited for unless its output goes elsewhere, as in Terraform. When ctx
// ends, the whole group is interrupted and, after the grace, killed.
func runGroup(ctx context.Context, cmd *exec.Cmd, w io.Writer, clock providers.Clock) error {
	out, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	cmd.Stdout, cmd.Stderr = in, in
	ownGroup(cmd)
	err = start(cmd)
	_ = in.Close()
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		// Copy first: while the leader is not waited for, its number is not
		// given to another group, which we then would interrupt.
		_, _ = io.Copy(w, out)
		ended <- cmd.Wait()
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	return fmt.Errorf("interrupted: %w (%v)", context.Cause(ctx), stopGroup(ctx, cmd, out, ended, clock))
}

// start starts cmd. In a group of its own, an absent directory is blamed on the
// program by the system: look first.
func start(cmd *exec.Cmd) error {
	if _, err := os.Stat(cmp.Or(cmd.Dir, ".")); err != nil {
		return &fs.PathError{Op: "chdir", Path: cmd.Dir, Err: errors.Unwrap(err)}
	}
	return cmd.Start()
}

// stopGroup ends the group of cmd and returns how cmd ended.
func stopGroup(ctx context.Context, cmd *exec.Cmd, out *os.File, ended <-chan error, clock providers.Clock) error {
	interruptGroup(cmd)
	if err, ok := within(ctx, grace, ended, clock); ok {
		return err
	}
	killGroup(cmd)
	if err, ok := within(ctx, afterKill, ended, providers.WallClock{}); ok {
		return err
	}
	// A process that has left the group still holds the output.
	_ = out.Close()
	return <-ended
}

// within waits for ended, but not longer than d, and whatever ctx says.
func within(ctx context.Context, d time.Duration, ended <-chan error, clock providers.Clock) (error, bool) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = clock.Sleep(ctx, d)
	}()
	defer func() { stop(); <-over }()
	select {
	case err := <-ended:
		return err, true
	case <-over:
		return nil, false
	}
}
