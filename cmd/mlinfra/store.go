package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// lockWait is how long a command waits at least for another that works on the
// same workspace.
const lockWait = 2 * time.Second

// stateOptions names the state of the flags and the environment.
func (a *app) stateOptions(f stateFlags, mode bolt.Mode) (bolt.Options, error) {
	workspace, err := a.workspace()
	if err != nil {
		return bolt.Options{}, err
	}
	keep, err := a.keptRuns()
	return bolt.Options{
		Path: a.stateFile(f), Workspace: workspace, Mode: mode, Wait: max(lockWait, f.lockTimeout),
		Holder:     state.Holder{Who: whoami(), PID: os.Getpid(), Command: a.command, Since: a.clock.Now().UTC().Truncate(time.Second)},
		NewLineage: newID, Keys: a.keys, KeepRuns: keep,
		LastResort: func(line string) { fmt.Fprintln(a.stderr, line) },
	}, err
}

// keptRuns returns how many runs the history keeps; 0 when nothing says it.
func (a *app) keptRuns() (int, error) {
	text := a.getenv("MLINFRA_HISTORY_RUNS")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, errorOf("MLINFRA_HISTORY_RUNS is no number of runs", fmt.Sprintf("It is %q: set it to how many runs the history is to keep, such as 500.", text))
	}
	return n, nil
}

// openStore opens the state that the flags name.
func (a *app) openStore(f stateFlags, mode bolt.Mode) (state.Store, error) {
	o, err := a.stateOptions(f, mode)
	if err != nil {
		return nil, err
	}
	return a.open(o)
}

// open opens a state whose secrets are not to be printed.
func (a *app) open(o bolt.Options) (state.Store, error) {
	store, err := a.openState(o)
	if err != nil {
		return nil, err
	}
	return watchedStore{store, a.secrets}, nil
}

// openState opens a state, for real.
func openState(o bolt.Options) (state.Store, error) { return bolt.Open(o) }

// snapshot reads a state.
func (a *app) snapshot(flags stateFlags) (state.Snapshot, error) {
	store, err := a.openStore(flags, bolt.Read)
	if err != nil {
		return state.Snapshot{}, err
	}
	snap, err := store.Snapshot()
	return snap, errors.Join(err, store.Close())
}

// editState is changeState while no create is undecided.
func (a *app) editState(ctx context.Context, flags stateFlags, edit func(state.Snapshot) ([]state.Change, error)) error {
	return a.changeState(ctx, flags, func(snap state.Snapshot) ([]state.Change, error) {
		if err := undecided(snap); err != nil {
			return nil, err
		}
		return edit(snap)
	})
}

// changeState records, in one transaction, the changes that edit makes of a
// state. A state that there is not is not made for it.
func (a *app) changeState(ctx context.Context, flags stateFlags, edit func(state.Snapshot) ([]state.Change, error)) error {
	mode := bolt.Write
	if !a.hasState(flags) {
		mode = bolt.Read
	}
	store, err := a.openStore(flags, mode)
	if err != nil {
		return err
	}
	snap, err := store.Snapshot()
	if err != nil {
		return errors.Join(err, store.Close())
	}
	changes, err := edit(snap)
	if err == nil && len(changes) > 0 {
		err = a.record(ctx, store, changes...)
	}
	return errors.Join(err, store.Close())
}

// hasState reports whether there is a state.
func (a *app) hasState(flags stateFlags) bool {
	_, err := os.Lstat(a.stateFile(flags))
	return !errors.Is(err, fs.ErrNotExist)
}

// record commits changes as a run of its own.
func (a *app) record(ctx context.Context, store state.Store, changes ...state.Change) error {
	run := a.newRun(gitCommit(ctx, ".")())
	return store.Commit(append([]state.Change{{Run: &run}}, changes...)...)
}

// newRun returns the record of this command.
func (a *app) newRun(commit string) state.Run {
	return state.Run{Commit: commit, ID: newID(), Command: a.command, Who: whoami(), At: a.clock.Now().UTC().Truncate(time.Millisecond), Version: version}
}

// whoami names the user and the machine.
func whoami() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return name + "@" + host
}

// gitPatience bounds how long Git may take to name the commit of a directory.
const gitPatience = 2 * time.Second

// gitCommit asks Git in the background for the commit that a directory is at,
// with a + when files differ from it; "" outside of a repository. The function
// it returns waits for the answer.
func gitCommit(ctx context.Context, dir string) func() string {
	if !inRepository(dir) {
		return func() string { return "" }
	}
	commit := make(chan string, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, gitPatience)
		defer cancel()
		// No repository's own settings may run programs.
		c := exec.CommandContext(ctx, "git", "-C", dir, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+")
		out, err := c.Output()
		if err != nil {
			out = nil // there may be no commit yet, or no Git
		}
		commit <- strings.TrimSpace(string(out))
	}()
	return sync.OnceValue(func() string { return <-commit })
}

func inRepository(dir string) bool {
	dir, err := filepath.Abs(dir)
	for err == nil {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return false
		}
		dir = up
	}
	return false
}
