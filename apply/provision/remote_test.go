package provision

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/fakecloud/sshhost"
)

func TestRemoteExec(t *testing.T) {
	here := t.TempDir()
	for name, text := range map[string]string{"one.sh": "echo one $0", "two.sh": "#!/bin/cat\necho two\n"} {
		if err := os.WriteFile(filepath.Join(here, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one, two := filepath.Join(here, "one.sh"), filepath.Join(here, "two.sh")
	for name, c := range map[string]struct {
		set  vals
		want []string // printed, after what is echoed
	}{
		"inline commands are one script": {vals{"inline": list("A=1", "cd /", "echo $A", "pwd")}, []string{"1", "/"}},
		"only the last command counts":   {vals{"inline": list("false", "echo a >&2")}, []string{"a"}},
		"nothing inline":                 {vals{"inline": list()}, nil},
		"a script":                       {vals{"script": str(one)}, []string{"one SCRIPT"}},
		"scripts, each with its program": {vals{"scripts": list(two, one)}, []string{"#!/bin/cat", "echo two", "one SCRIPT"}},
	} {
		for _, without := range []sshhost.Config{{}, {NoSFTP: true}, {NoPTY: true}} {
			without.Password = "pw"
			t.Run(name, func(t *testing.T) {
				h, dir := startHost(t, without)
				script := filepath.Join(dir, "it's a script.sh")
				p, err := run(t, "remote-exec", object(t, Schema("remote-exec"), c.set), to(t, h, vals{"script_path": str(script)}))
				if err != nil {
					t.Fatal(err)
				}
				got := p.lines[slices.Index(p.lines, "Connected!")+1:]
				for i := range got {
					got[i] = strings.ReplaceAll(got[i], script, "SCRIPT")
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("printed %q, want %q", got, c.want)
				}
				wantEmpty(t, dir)
			})
		}
	}
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("%s is left on the host", left[0].Name())
	}
}

func TestRemoteExecTellsHowItConnects(t *testing.T) {
	h, _ := startHost(t, sshhost.Config{Password: "pw"})
	p, err := run(t, "remote-exec", inline(t, "true"), to(t, h, vals{"host_key": str(h.HostKey())}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Connecting to remote host via SSH...", "  Host: 127.0.0.1", "  User: root", "  Password: true", "  Private key: false",
		"  Certificate: false", "  SSH Agent: false", "  Checking Host Key: true", "  Target Platform: unix", "Connected!",
	}
	if !slices.Equal(p.lines, want) {
		t.Errorf("printed %q, want %q", p.lines, want)
	}
}

func TestRemoteExecFails(t *testing.T) {
	h, dir := startHost(t, sshhost.Config{Password: "pw"})
	p, err := run(t, "remote-exec", inline(t, "echo before", "exit 4"), to(t, h, vals{"script_path": str(dir + "/s.sh")}))
	wantError(t, err, "script inline on root@127.0.0.1", "exited with status 4")
	if !p.has("before") {
		t.Errorf("printed %q", p.lines)
	}
	wantEmpty(t, dir)

	_, err = run(t, "remote-exec", inline(t, "true"), to(t, h, vals{"script_path": str("/nonexistent/s.sh")}))
	wantError(t, err, "put the script at /nonexistent/s.sh", "script_path", "not exist")

	_, err = run(t, "remote-exec", object(t, Schema("remote-exec"), vals{"script": str("/nonexistent.sh")}), to(t, h, nil))
	wantError(t, err, "open /nonexistent.sh")

	_, err = run(t, "remote-exec", inline(t, "true"), cty.NilVal)
	wantError(t, err, "remote-exec needs a connection")
}

func TestRemoteExecRunsNoneAfterOneThatFails(t *testing.T) {
	h, _ := startHost(t, sshhost.Config{Password: "pw"})
	bad, good := filepath.Join(t.TempDir(), "bad"), filepath.Join(t.TempDir(), "good")
	for path, text := range map[string]string{bad: "exit 1", good: "echo good"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := run(t, "remote-exec", object(t, Schema("remote-exec"), vals{"scripts": list(bad, good)}), to(t, h, nil))
	wantError(t, err, "script "+bad, "status 1")
	if p.has("good") {
		t.Error("the second script has run")
	}
}

func TestRemoteExecHidesSecrets(t *testing.T) {
	h, _ := startHost(t, sshhost.Config{Password: "pw"})
	config := object(t, Schema("remote-exec"), vals{"inline": cty.ListVal([]cty.Value{str("echo tops"), str("exit 1").Mark("sensitive")})})
	p, err := run(t, "remote-exec", config, to(t, h, nil))
	wantError(t, err, "status 1")
	wantNoSecret(t, p, err, "tops", "exit 1")
	if len(p.lines) != 1 {
		t.Errorf("printed %q", p.lines)
	}
}

func TestRemoteExecIsInterrupted(t *testing.T) {
	h, dir := startHost(t, sshhost.Config{Password: "pw"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := &printed{on: func(line string) {
		if line == "ready" {
			cancel()
		}
	}}
	start := time.Now()
	err := Run(ctx, Job{
		Type: "remote-exec", Config: inline(t, "echo ready", "sleep 60"), Environ: environment(),
		Connection: to(t, h, vals{"script_path": str(dir + "/s.sh")}), Output: p.add,
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want one of cancelling", err)
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("took %s", d)
	}
	eventuallyEmpty(t, dir)
}

func TestRemoteExecLosesTheConnection(t *testing.T) {
	h, dir := startHost(t, sshhost.Config{Password: "pw"})
	p := &printed{on: func(line string) {
		if line == "ready" {
			go h.Cut()
		}
	}}
	err := Run(t.Context(), Job{
		Type: "remote-exec", Config: inline(t, "echo ready", "sleep 60"), Environ: environment(),
		Connection: to(t, h, vals{"script_path": str(dir + "/s.sh")}), Output: p.add,
	})
	wantError(t, err, "the connection to root@127.0.0.1", "was lost while script inline ran")
	eventuallyEmpty(t, dir)
}

// eventuallyEmpty waits until a script that was hung up is removed.
func eventuallyEmpty(t *testing.T, dir string) {
	t.Helper()
	for range 500 {
		if left, err := os.ReadDir(dir); err == nil && len(left) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	wantEmpty(t, dir)
}

func TestRemoteExecOutputIsBounded(t *testing.T) {
	h, _ := startHost(t, sshhost.Config{Password: "pw"})
	w := &weigher{every: 50_000}
	err := Run(t.Context(), Job{
		Type: "remote-exec", Environ: environment(), Connection: to(t, h, nil), Output: w.add,
		Config: inline(t, "yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | head -c 20000000"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.bytes < 19_600_000 {
		t.Errorf("%d bytes were passed on, want 19.6 MB", w.bytes)
	}
	w.check(t)
}
