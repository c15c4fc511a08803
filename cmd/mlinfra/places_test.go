package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

// nobody is a user without rights.
const nobody = 65534

// openDir makes a directory that others than root can get at.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mlinfra-place-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// programFor makes mlinfra executable for others than root.
func programFor(t *testing.T) string {
	t.Helper()
	path := filepath.Join(openDir(t), "mlinfra")
	raw, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// place is where a state cannot be.
type place struct {
	name string
	// as is the user that runs mlinfra; root sees fewer obstacles.
	as int
	// set makes the place in a directory that holds a state already, unless new.
	set func(t *testing.T, dir string)
	new bool
	// args and shell change the command: the latter is run before it.
	args  []string
	shell string
	env   []string
	// want are parts of the error: the path, and what to do.
	want []string
}

// do runs commands in a directory, and skips the test when the system cannot.
func do(t *testing.T, dir string, commands ...string) {
	t.Helper()
	for _, command := range commands {
		c := exec.Command("sh", "-c", command)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Skipf("%s: %s", command, out)
		}
	}
}

func places() []place {
	run := func(commands ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Cleanup(func() {
				c := exec.Command("sh", "-c", "chattr -R -i . ; umount -l . ; rm -rf ../elsewhere")
				c.Dir = dir
				_ = c.Run()
			})
			do(t, dir, commands...)
		}
	}
	const rights = "let this user read and write there"
	return []place{
		{name: "a read-only directory", as: nobody, new: true, set: run("chmod 555 ."), want: []string{"mlinfra.db.d", rights}},
		{name: "a directory of somebody else", as: nobody, new: true, set: run("chown root ."), want: []string{"mlinfra.db.d", rights}},
		{name: "a read-only state", as: nobody, set: run("chmod 400 mlinfra.db"), want: []string{"mlinfra.db", rights}},
		{name: "an unreadable state", as: nobody, set: run("chmod 000 mlinfra.db"), want: []string{"mlinfra.db", rights}},
		{name: "a state of somebody else", as: nobody, set: run("chown root mlinfra.db"), want: []string{"mlinfra.db", "hown it"}},
		{name: "a state that was made as root", as: nobody, set: run("chown -R root mlinfra.db mlinfra.db.d"), want: []string{"mlinfra.db", "hown it"}},
		{name: "what is beside it belongs to somebody else", as: nobody, set: run("chown -R root mlinfra.db.d"), want: []string{"mlinfra.db.d", rights}},
		{name: "its lock belongs to somebody else", as: nobody, set: run("chown root mlinfra.db.d/default.lock"), want: []string{"default.lock", rights}},
		{name: "its journal belongs to somebody else", as: nobody, set: run("chown root mlinfra.db.d/emergency"), want: []string{"emergency", rights}},
		{name: "a file where its directory should be", new: true, set: run("touch mlinfra.db.d"), want: []string{"mlinfra.db.d", "move away"}},
		{name: "a directory in place of its lock", set: run("rm mlinfra.db.d/default.lock", "mkdir mlinfra.db.d/default.lock"), want: []string{"default.lock", "move away"}},
		{name: "a directory in place of its journal", set: run("rm mlinfra.db.d/emergency", "mkdir mlinfra.db.d/emergency"), want: []string{"emergency", "move away"}},
		{name: "a directory in place of its heads", set: run("rm mlinfra.db.d/heads.json", "mkdir mlinfra.db.d/heads.json"), want: []string{"heads.json", "move away"}},
		{name: "a symbolic link to a state", set: run("mv mlinfra.db real.db", "ln -s real.db mlinfra.db"), want: []string{"mlinfra.db", "name the state itself"}},
		{name: "a symbolic link to nothing", new: true, set: run("ln -s nothing mlinfra.db"), want: []string{"mlinfra.db", "name the state itself"}},
		{name: "a directory in place of the state", new: true, set: run("mkdir mlinfra.db"), want: []string{"mlinfra.db", "name the state itself"}},
		{name: "a pipe in place of the state", new: true, set: run("mkfifo mlinfra.db"), want: []string{"mlinfra.db", "name the state itself"}},
		{name: "a device", new: true, set: run("true"), args: []string{"-state=/dev/null"}, want: []string{"/dev/null", "name the state itself"}},
		{name: "a file above the state", new: true, set: run("touch file"), args: []string{"-state=file/mlinfra.db"}, want: []string{"file", "name a state elsewhere"}},
		{name: "a name that is too long", new: true, set: run("true"), args: []string{"-state=" + strings.Repeat("x", 300)}, want: []string{"xxx", "name another file"}},
		{name: "an empty file", new: true, set: run("touch mlinfra.db"), want: []string{"mlinfra.db", "name another file"}},
		{name: "an empty file where a state was", set: run(": > mlinfra.db"), want: []string{"mlinfra.db", "restore"}},
		{name: "an immutable state", set: run("chattr +i mlinfra.db"), want: []string{"mlinfra.db", "chattr -i"}},
		{name: "an immutable directory", new: true, set: run("chattr +i ."), want: []string{"mlinfra.db", "chattr -i"}},
		{name: "a read-only file system", set: run("mount --bind . .", "mount -o remount,bind,ro ."), want: []string{"mlinfra.db", "read-only"}},
		{name: "few open files", set: run("true"), shell: "ulimit -n 9", want: []string{"mlinfra.db", "ulimit -n"}},
		{name: "a key that others may read", set: run("echo x > key", "chmod 644 key"), env: []string{"MLINFRA_KEY=", "MLINFRA_KEY_FILE=key"}, want: []string{"key", "chmod 600"}},
		{name: "no place for a key", as: nobody, new: true, set: run("true"), env: []string{"MLINFRA_KEY=", "HOME=/nonexistent", "XDG_CONFIG_HOME="}, want: []string{"/nonexistent", "set MLINFRA_KEY"}},
	}
}

// TestPlaces applies where a state cannot be: the error names the path and says
// what to do, and nothing is called before it.
func TestPlaces(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("making such places needs root")
	}
	program := programFor(t)
	for _, p := range places() {
		t.Run(p.name, func(t *testing.T) {
			dir := openDir(t)
			a := newAccountIn(t, dir, twentyDroplets, fake.Options{})
			do(t, dir, "chmod 644 main.tf")
			if !p.new {
				a.source(strings.Replace(twentyDroplets, "20", "1", 1))
				a.must("apply", "-auto-approve")
				a.source(twentyDroplets)
			}
			do(t, dir, "chmod 644 main.tf")
			if p.as != 0 {
				do(t, dir, "chown -R 65534 .")
			}
			p.set(t, dir)
			a.refusesCalls()
			exit, out := a.as(p, program)
			if exit == 0 || exit > 5 {
				t.Errorf("exit %d, want an error:\n%s", exit, out)
			}
			text := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", "")), " ")
			for _, want := range p.want {
				if !strings.Contains(text, want) {
					t.Errorf("the error lacks %q:\n%s", want, out)
				}
			}
		})
	}
}

// as applies as the user of a place.
func (a *account) as(p place, program string) (int, string) {
	a.t.Helper()
	shell := p.shell
	if shell == "" {
		shell = "true"
	}
	args := append([]string{"-c", shell + ` && exec "$@"`, "sh", program, "apply", "-auto-approve"}, p.args...)
	c := exec.Command("sh", args...)
	c.Dir, c.Env = a.dir, append(append([]string{}, a.env...), p.env...)
	if p.as != 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(p.as), Gid: uint32(p.as)}}
	}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	_ = c.Run() // the exit code says it
	return c.ProcessState.ExitCode(), out.String()
}
