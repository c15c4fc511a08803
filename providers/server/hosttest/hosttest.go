// Package hosttest makes real hosts for tests: each has a network namespace, a
// root of its own over that of this machine, and an sshd. They are on one network,
// behind a bridge that this machine is on, too. Tests need to be root and to have
// openssh-server and iproute2; New skips them otherwise and says what is missing.
//
// All of it goes with the test: the mounts are in namespaces that end with their
// last process.
package hosttest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Net is a network of hosts.
type Net struct {
	PrivateKey string // opens root on all hosts
	PublicKey  string // of it, as a line of authorized_keys

	t      testing.TB
	name   string // of the bridge, and the beginning of other names
	prefix string // of the addresses, such as 10.231.7.
	hosts  int
}

// Host is a machine.
type Host struct {
	Name    string
	Addr    string // its address; its sshd is on port 22
	HostKey string // its public key, as a line of known hosts has it

	t    testing.TB
	pid  int // of its sshd
	root string
}

// keys returns the key that opens all hosts of this process.
var keys = sync.OnceValues(newKey)

// PrivateKey returns the key that opens all hosts of this process.
func PrivateKey() string { private, _ := keys(); return private }

// newKey returns a new private key and its public key as a line of authorized_keys.
func newKey() (private, public string) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		panic(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(block)), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
}

// nets counts the networks of this process.
var nets atomic.Int32

// New returns a network without hosts. It skips the test when this machine cannot
// have one, or lacks a program: those of more are looked for beside its own.
func New(t testing.TB, more ...string) *Net {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, for network namespaces")
	}
	for _, program := range append([]string{"ip", "sshd", "ssh-keygen", "unshare", "nsenter", "mount", "chroot"}, more...) {
		if _, err := lookPath(program); err != nil {
			t.Skipf("needs %s: make e2e-hybrid installs what is missing", program)
		}
	}
	n := &Net{t: t}
	id := (os.Getpid()*7 + int(nets.Add(1))) % 65000
	n.name = "mlf" + strconv.FormatInt(int64(id), 36)
	n.prefix = fmt.Sprintf("10.%d.%d.", 192+id/256%60, id%256)
	n.PrivateKey, n.PublicKey = keys()
	if out, err := exec.Command("ip", "link", "add", n.name, "type", "bridge").CombinedOutput(); err != nil {
		t.Skipf("this machine makes no bridges: %s", out)
	}
	t.Cleanup(func() { n.ip("link", "del", n.name) })
	n.ip("addr", "add", n.prefix+"1/24", "dev", n.name)
	n.ip("link", "set", n.name, "up")
	return n
}

// lookPath finds a program also where only root looks.
func lookPath(program string) (string, error) {
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/local/sbin", "/usr/sbin", "/sbin") {
		if i, err := os.Stat(filepath.Join(dir, program)); err == nil && !i.IsDir() {
			return filepath.Join(dir, program), nil
		}
	}
	return "", errors.New("not found")
}

func (n *Net) ip(args ...string) {
	n.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		n.t.Errorf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// boot is what a host begins with: $1 is its directory, $2 its name.
const boot = `set -e
cd "$1"
mkdir -p upper work root
mount -t tmpfs tmpfs upper 2>/dev/null && mkdir upper/u upper/w
mount -t overlay overlay -o lowerdir=/,upperdir=upper/u,workdir=upper/w root
for d in dev sys; do mount --rbind /$d root/$d; done
mount -t proc proc root/proc
for d in root run tmp; do mount -t tmpfs tmpfs root/$d; done
mkdir -p root/run/sshd root/run/lock root/root/.ssh root/var/lib/mlinfra
rm -rf root/var/lib/mlinfra root/etc/ssh/ssh_host_* root/etc/wireguard/*
cp key root/etc/ssh/ssh_host_ed25519_key
chmod 600 root/etc/ssh/ssh_host_ed25519_key
cp authorized root/root/.ssh/authorized_keys
chmod -R go= root/root
hostname "$2"
echo $$ >pid.new
mv pid.new pid
exec chroot root "$3" -D -e -o UsePAM=no -o PermitRootLogin=yes -o HostKey=/etc/ssh/ssh_host_ed25519_key -o MaxStartups=100
`

// Host starts a host.
func (n *Net) Host(name string) *Host {
	n.t.Helper()
	n.hosts++
	h := &Host{Name: name, Addr: n.prefix + strconv.Itoa(10+n.hosts), t: n.t}
	dir := n.t.TempDir()
	h.root = filepath.Join(dir, "root")
	space, veth := n.name+"n"+strconv.Itoa(n.hosts), n.name+"v"+strconv.Itoa(n.hosts)
	n.ip("netns", "add", space)
	n.t.Cleanup(func() { n.ip("netns", "del", space) })
	n.ip("link", "add", veth, "type", "veth", "peer", "name", "eth0", "netns", space)
	n.ip("link", "set", veth, "master", n.name, "up")
	n.ip("-n", space, "addr", "add", h.Addr+"/24", "dev", "eth0")
	n.ip("-n", space, "link", "set", "eth0", "up")
	n.ip("-n", space, "link", "set", "lo", "up")
	n.writeKeys(dir, h)
	sshd, err := lookPath("sshd")
	if err != nil {
		n.t.Fatal(err)
	}
	cmd := exec.Command("ip", "netns", "exec", space, "unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "sh", "-c", boot, "sh", dir, name, sshd)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	h.await(&log)
	h.pid = child(cmd.Process.Pid)
	return h
}

// writeKeys writes the keys of h into its directory.
func (n *Net) writeKeys(dir string, h *Host) {
	private, public := newKey()
	h.HostKey = public
	for name, text := range map[string][]byte{"key": []byte(private), "authorized": []byte(n.PublicKey + "\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
}

// await waits until the sshd of h answers.
func (h *Host) await(log *bytes.Buffer) {
	h.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", h.Addr+":22", time.Second)
		if err != nil {
			continue
		}
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		_, err = io.ReadFull(conn, make([]byte, 4))
		_ = conn.Close()
		if err == nil {
			return
		}
	}
	h.t.Fatalf("host %s does not come up: %s", h.Name, log)
}

// child returns the process that is pid 1 of the host: the last one in line.
func child(pid int) int {
	for {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		first, _, _ := strings.Cut(strings.TrimSpace(string(b)), " ")
		next, convErr := strconv.Atoi(first)
		if err != nil || convErr != nil {
			return pid
		}
		if pid = next; isSSHD(pid) {
			return pid
		}
	}
}

func isSSHD(pid int) bool {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.TrimSpace(string(name)) == "sshd"
}

// Command returns a command that runs in the host, as somebody at its console
// would.
func (h *Host) Command(words ...string) *exec.Cmd {
	args := append([]string{"-t", strconv.Itoa(h.pid), "--mount", "--uts", "--net", "--pid", "--root", "--wdns=/"}, words...)
	return exec.Command("nsenter", args...)
}

// Run runs a script of the shell in the host and returns what it prints.
func (h *Host) Run(script string) (string, error) {
	out, err := h.Command("/bin/sh", "-c", "PATH=$PATH:/usr/sbin:/sbin\n"+script).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// Must is Run for what has to succeed.
func (h *Host) Must(script string) string {
	h.t.Helper()
	out, err := h.Run(script)
	if err != nil {
		h.t.Fatalf("on %s: %s: %v: %s", h.Name, script, err, out)
	}
	return out
}
