package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/state/bolt"
	"github.com/mlinfra/mlinfra/state/seal"
)

// killAtReseal is the environment variable that makes mlinfra-mortal kill itself
// before or after it seals a state with a new key, or so long after it began to.
const killAtReseal = "MLINFRA_TEST_KILL_AT_RESEAL"

// mortalReseal seals states anew, and ends the process at a moment.
func mortalReseal(at string) func(bolt.Options, seal.Key) error {
	kill := func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }
	return func(o bolt.Options, key seal.Key) error {
		if at == "before" {
			kill()
		}
		if d, err := time.ParseDuration(at); err == nil {
			time.AfterFunc(d, kill)
		}
		err := bolt.Rotate(o, key)
		if at == "after" {
			kill()
		}
		return err
	}
}

// vault is a directory with a state that has a secret, and a key file.
type vault struct {
	t   *testing.T
	dir string
}

const vaultStack = `
resource "terraform_data" "secret" {
  count = 20
  input = sensitive("tooth")
}

output "secret" {
  value     = terraform_data.secret[0].output
  sensitive = true
}
`

func (v vault) run(env, program string, args ...string) (string, bool) {
	v.t.Helper()
	c := exec.Command(program, args...)
	c.Dir = v.dir
	c.Env = append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "MLINFRA_") }),
		quickExit, "MLINFRA_KEY_FILE="+filepath.Join(v.dir, "keys"), env)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	return out.String(), err == nil
}

func (v vault) must(args ...string) string {
	v.t.Helper()
	out, ok := v.run("", "mlinfra", args...)
	if !ok {
		v.t.Fatalf("mlinfra %s:\n%s", strings.Join(args, " "), out)
	}
	return out
}

// TestKillWhileRotating kills a rotation of the key at its steps, and every few
// milliseconds of the one that changes the state: the keys that are kept read
// it, and the next rotation ends what was begun.
func TestKillWhileRotating(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	whole := vault{t, t.TempDir()}
	if err := os.WriteFile(filepath.Join(whole.dir, "main.tf"), []byte(vaultStack), 0o600); err != nil {
		t.Fatal(err)
	}
	whole.must("apply", "-auto-approve")
	moments := []string{"before", "after"}
	for at := time.Duration(0); at < 60*time.Millisecond; at += 3 * time.Millisecond {
		moments = append(moments, at.String())
	}
	for _, at := range moments {
		t.Run(at, func(t *testing.T) {
			v := vault{t, t.TempDir()}
			if err := os.CopyFS(v.dir, os.DirFS(whole.dir)); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{"keys", "mlinfra.db"} {
				if err := os.Chmod(filepath.Join(v.dir, file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, ended := v.run(fmt.Sprintf("%s=%s", killAtReseal, at), "mlinfra-mortal", "key", "rotate")
			if ended && (at == "before" || at == "after") {
				t.Error("the rotation was not cut off")
			}
			v.isWhole()
			v.must("key", "rotate")
			v.isWhole()
			if out := v.must("key"); !strings.Contains(out, "is sealed with the current key") {
				t.Errorf("after the next rotation:\n%s", out)
			}
			if n := strings.Count(v.must("key"), " key:"); n > 3 {
				t.Errorf("there are %d keys: a rotation that was cut off is not ended, but begun again", n)
			}
		})
	}
}

// TestKillWhilePruning kills a prune of the history every few milliseconds: the
// state is whole, and the next one ends well.
func TestKillWhilePruning(t *testing.T) {
	if slowed {
		t.Skip("runs without -race")
	}
	v := vault{t, t.TempDir()}
	if err := os.WriteFile(filepath.Join(v.dir, "main.tf"), []byte(vaultStack), 0o600); err != nil {
		t.Fatal(err)
	}
	v.must("apply", "-auto-approve")
	kept := v.must("state", "list")
	for at := 4 * time.Millisecond; at < 100*time.Millisecond; at += 8 * time.Millisecond {
		v.must("taint", "terraform_data.secret[0]")
		v.must("untaint", "terraform_data.secret[0]")
		c := exec.Command("mlinfra", "history", "prune", "-keep=1")
		c.Dir, c.Env = v.dir, append(os.Environ(), quickExit, "MLINFRA_KEY_FILE="+filepath.Join(v.dir, "keys"))
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(at, func() { _ = c.Process.Kill() })
		_ = c.Wait() // by the kill, or by itself
		timer.Stop()
		v.isWhole()
		if got := v.must("state", "list"); got != kept {
			t.Errorf("killed after %s, the state holds:\n%s", at, got)
		}
	}
	v.must("history", "prune", "-keep=1")
	v.isWhole()
	if left, _ := filepath.Glob(filepath.Join(v.dir, "*.compact")); len(left) > 0 {
		t.Errorf("%s is left over", left)
	}
}

// isWhole demands that the state has no fault and that its secret can be read.
func (v vault) isWhole() {
	v.t.Helper()
	if out := v.must("output", "-raw", "secret"); out != "tooth" {
		v.t.Errorf("the secret is %q", out)
	}
	if out := v.must("state", "verify"); !strings.Contains(out, "All that is sealed can be opened") {
		v.t.Errorf("state verify:\n%s", out)
	}
}
