package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/remote"
)

type serverHost struct {
	ID             string `cty:"id"               is:"computed"           doc:"user@address, with the port unless that is 22; kept when those change."`
	Address        string `cty:"address"          is:"required"           doc:"Name or IP address; another one is another machine unless host_key stays."`
	Port           int    `cty:"port"             is:"else=22"            doc:"Port of its SSH server."`
	User           string `cty:"user"             is:"else=root"          doc:"User to log in as; one who is not root needs sudo without a password."`
	PrivateKey     string `cty:"private_key"      is:"optional,sensitive" doc:"Content of a private key; the SSH agent's if absent."`
	PrivateKeyFile string `cty:"private_key_file" is:"optional"           doc:"Path of a private key, which then is not kept in state."`
	Certificate    string `cty:"certificate"      is:"optional"           doc:"Certificate of the private key."`
	Password       string `cty:"password"         is:"optional,sensitive" doc:"Password of the user, for hosts that take one."`
	Agent          *bool  `cty:"agent"            is:"optional"           doc:"Whether to use the SSH agent; yes if absent and there is one."`
	AgentIdentity  string `cty:"agent_identity"   is:"optional"           doc:"Path or comment of the key of the agent to try first."`
	HostKey        string `cty:"host_key"         is:"optional"           doc:"Its public key, as in ssh-ed25519 AAAA…, or its SHA256: fingerprint."`
	KnownHosts     string `cty:"known_hosts"      is:"optional"           doc:"File of known host keys; the provider's if absent."`

	AcceptNewHostKey bool   `cty:"accept_new_host_key" is:"optional"                 doc:"Whether to trust the key of its first use, which state then keeps."`
	JumpHost         string `cty:"jump_host"           is:"optional,ref=server_host" doc:"Id of another server_host to go through."`
	InstanceID       string `cty:"instance_id"         is:"optional,replace,within,ref=*" doc:"Id of the droplet or VM that it is: a new one is a new host."`

	WaitFor []hostWait `cty:"wait_for" is:"optional,max=1" doc:"What a new machine has to show before it is used."`

	HostKeySeen  string   `cty:"host_public_key" is:"computed" doc:"The key that it has shown."`
	OS           string   `cty:"os"              is:"computed" doc:"Id of its system, such as debian."`
	OSVersion    string   `cty:"os_version"      is:"computed" doc:"Version of its system, such as 12."`
	Kernel       string   `cty:"kernel"          is:"computed" doc:"Release of its kernel."`
	Architecture string   `cty:"architecture"    is:"computed" doc:"Of its processors, such as x86_64."`
	Hostname     string   `cty:"hostname"        is:"computed" doc:"What it calls itself."`
	CPUs         int      `cty:"cpus"            is:"computed" doc:"Number of its processors."`
	Memory       int      `cty:"memory"          is:"computed" doc:"Its memory, in MiB."`
	Disks        []string `cty:"disks"           is:"computed" doc:"Its disks and their sizes in GiB, such as nvme0n1 476."`
	GPUs         []string `cty:"gpus"            is:"computed" doc:"Names of its GPUs that have a driver."`
	Addresses    []string `cty:"addresses"       is:"computed" doc:"Its addresses and their interfaces, such as 10.0.0.2 eth1."`
	Init         string   `cty:"init"            is:"computed" doc:"systemd, or none."`
}

// hostWait is what a new machine has to show.
type hostWait struct {
	CloudInit bool   `cty:"cloud_init" is:"optional"   doc:"Whether cloud-init has to be done."`
	Command   string `cty:"command"    is:"optional"   doc:"Command that has to succeed there."`
	HTTP      string `cty:"http"       is:"optional"   doc:"URL that has to answer below 500, as seen from there."`
	Timeout   string `cty:"timeout"    is:"else=10m"   doc:"How long that, and its SSH server, may take."`
}

const (
	hostTypeName = "server_host"
	hostLook     = "host_look" // the question that shows a host
)

var hostType = providers.Resource[*client, serverHost]{
	Type:   hostTypeName,
	Doc:    "A host that is there, reached over SSH. Nothing installs, restarts or cancels it: destroying it is forgetting it.",
	Create: createHost,
	Read:   readHost,
	Update: func(ctx context.Context, c *client, _ serverHost, want *serverHost) error {
		c.introduce(*want) // how it is reached is ours alone; the engine reads it next
		return ctx.Err()
	},
	Delete: func(context.Context, *client, serverHost) error { return providers.ErrGone },
	Find: func(ctx context.Context, c *client, x *serverHost, _ providers.Attempt) (bool, error) {
		return false, ctx.Err() // nothing was made
	},
	Import:  importHost,
	Check:   checkHost,
	Foresee: foreseeHost,
	// What it is reached by.
	ForeseeBy: []string{"address", "port", "user", "private_key", "private_key_file", "certificate", "password", "host_key", "known_hosts", "jump_host"},
	Replaces:  replacesHost,
	Natural:   func(x serverHost) string { return x.identity() },
	Named:     func(x serverHost) string { return x.identity() },
	Explain: map[string]string{
		"address":     "another address is another machine; if it is the same one, set host_key to the key that it has",
		"instance_id": "a new machine has nothing of what was put on the old one",
	},
	Again:  true,
	Settle: 1,
	Examples: []string{`resource "server_host" "gpu" {
  address             = "203.0.113.5"
  accept_new_host_key = true
}`, `resource "server_host" "gpu" {
  address             = "203.0.113.5"
  user                = "admin"
  accept_new_host_key = true
  wait_for {
    command = "true"
  }
}`, `resource "server_host" "gpu" {
  address             = "203.0.113.6"
  user                = "admin"
  accept_new_host_key = true
}`},
}

// identity returns the id of a new host.
func (x serverHost) identity() string {
	if x.Port == 22 || x.Port == 0 {
		addr := x.Address
		if strings.Contains(addr, ":") {
			addr = "[" + addr + "]"
		}
		return x.User + "@" + addr
	}
	return x.User + "@" + remote.Address(x.Address, x.Port)
}

// sameMachine reports whether both can be the same machine.
func (x serverHost) sameMachine(was serverHost) bool {
	return x.InstanceID == was.InstanceID && replacesHost(was, x) == nil
}

// sameWay reports whether both are reached in the same way.
func (x serverHost) sameWay(y serverHost) bool {
	agent := func(b *bool) string {
		if b == nil {
			return ""
		}
		return strconv.FormatBool(*b)
	}
	way := func(x serverHost) []string {
		return []string{x.Address, strconv.Itoa(x.Port), x.User, x.PrivateKey, x.PrivateKeyFile, x.Certificate, x.Password,
			agent(x.Agent), x.AgentIdentity, x.HostKey, x.KnownHosts, strconv.FormatBool(x.AcceptNewHostKey), x.JumpHost, x.InstanceID}
	}
	a, b := way(x), way(y)
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func createHost(ctx context.Context, c *client, x *serverHost, _ providers.Attempt) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.ID = x.identity()
	m := c.introduce(*x)
	m.mu.Lock()
	m.since = time.Now()
	m.mu.Unlock()
	return nil
}

// readHost fills in what the host tells of itself. One that has never answered is
// not ready until it does, or its time is up.
func readHost(ctx context.Context, c *client, x *serverHost) error {
	m, err := c.machine(x.ID)
	if err != nil {
		m = c.introduce(*x)
	}
	if x.HostKeySeen != "" {
		return m.lookAt(ctx, x)
	}
	err = m.arrived(ctx, x)
	var away *awayError
	switch {
	case err == nil, ctx.Err() != nil:
		return err
	case errors.As(err, &away) && (!away.final || remote.Refused(err)) || errors.Is(err, providers.ErrNotReady):
		if limit := x.patience(); m.waited() < limit {
			return fmt.Errorf("%w: %w", providers.ErrNotReady, err)
		}
		return fmt.Errorf("it is not ready after %s: %w", x.patience(), err)
	}
	return err
}

// patience is how long a host may take to answer for the first time.
func (x serverHost) patience() time.Duration {
	for _, w := range x.WaitFor {
		d, _ := time.ParseDuration(w.Timeout) // checkHost has
		return d
	}
	return time.Minute
}

// waited returns how long the first answer has been waited for.
func (m *machine) waited() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.since.IsZero() {
		m.since = time.Now() // an earlier run has begun to wait
	}
	return time.Since(m.since)
}

// arrived looks at a host that has never answered before.
func (m *machine) arrived(ctx context.Context, x *serverHost) error {
	for _, w := range x.WaitFor {
		a, err := m.c.ask(ctx, x.ID, call("host_wait", strconv.FormatBool(w.CloudInit), w.Command, w.HTTP))
		switch {
		case err != nil:
			return err
		case a.status != 0:
			return fmt.Errorf("%w: %s", providers.ErrNotReady, printable(a.text))
		case a.fact("failed") != "":
			return fmt.Errorf("%w: %s", providers.ErrBroken, strings.TrimPrefix(printable(a.text), "failed "))
		}
	}
	return m.lookAt(ctx, x)
}

// lookAt fills x with the facts.
func (m *machine) lookAt(ctx context.Context, x *serverHost) error {
	a, err := m.c.ask(ctx, x.ID, hostLook)
	if err != nil {
		return err
	}
	if err := fit(x.ID, a); err != nil {
		return err
	}
	x.OS, x.OSVersion, x.Kernel = a.fact("os"), a.fact("os_version"), a.fact("kernel")
	x.Architecture, x.Hostname, x.Init = a.fact("architecture"), a.fact("hostname"), a.fact("init")
	x.CPUs, x.Memory = a.number("cpus"), a.number("memory")
	x.Disks, x.GPUs, x.Addresses = a.facts("disk"), a.facts("gpu"), a.facts("address")
	if key := m.key.Load(); key != nil {
		x.HostKeySeen = *key
	}
	return nil
}

// fit says why a host is of no use.
func fit(host string, a answer) error {
	switch lacks := a.facts("lacks"); {
	case a.fact("system") != "Linux":
		return &awayError{message: fmt.Sprintf("%s runs %s: mlinfra puts things on Linux only", host, printable(a.fact("system"))), final: true}
	case len(lacks) > 0:
		return &awayError{message: fmt.Sprintf("%s lacks %s, which mlinfra needs there: install the packages coreutils and util-linux", host, strings.Join(lacks, ", ")), final: true}
	case a.fact("room") == "none":
		return &awayError{message: fmt.Sprintf("the disk of %s is full: make room in %s there", host, stateDir), final: true}
	}
	return nil
}

func importHost(id string) (serverHost, error) {
	user, addr, ok := strings.Cut(id, "@")
	x := serverHost{ID: id, User: user, Address: strings.Trim(addr, "[]"), Port: 22}
	if host, port, err := net.SplitHostPort(addr); err == nil {
		n, err := strconv.Atoi(port)
		if err != nil {
			ok = false
		}
		x.Address, x.Port = host, n
	}
	if !ok || x.User == "" || x.Address == "" {
		return x, fmt.Errorf("%q is no id of a server_host: it is user@address, as in root@203.0.113.5", id)
	}
	return x, nil
}

func checkHost(_ *serverHost, x serverHost) error {
	switch {
	case strings.ContainsAny(x.Address, " @/"):
		return fmt.Errorf("address %q is no name or IP address; user and port have attributes of their own", x.Address)
	case x.Port < 1 || x.Port > 65535:
		return fmt.Errorf("port %d is none of 1 to 65535", x.Port)
	case x.PrivateKey != "" && x.PrivateKeyFile != "":
		return errors.New("private_key and private_key_file exclude each other")
	case x.HostKey != "" && x.AcceptNewHostKey:
		return errors.New("host_key says what to trust: drop accept_new_host_key")
	}
	if err := remote.CheckKey(x.PrivateKey, x.Certificate); err != nil {
		return fmt.Errorf("private_key: %w", err)
	}
	if !strings.HasPrefix(x.HostKey, "SHA256:") {
		if _, err := remote.ParseHostKey(x.HostKey); err != nil {
			return fmt.Errorf("host_key: %w", err)
		}
	}
	for _, w := range x.WaitFor {
		if d, err := time.ParseDuration(w.Timeout); err != nil || d <= 0 {
			return fmt.Errorf("wait_for: timeout %q is no time such as 90s or 10m", w.Timeout)
		}
	}
	return nil
}

// foreseeHost connects to a new host that is there, or to one that is to be reached
// in another way, before anything is changed.
func foreseeHost(ctx context.Context, c *client, was *serverHost, want serverHost) error {
	switch {
	case was != nil && was.sameWay(want):
		return nil // looked at already
	case was != nil:
		m := newMachine(c, want)
		defer m.close()
		_, err := m.connected(ctx)
		return err
	case want.WaitFor != nil:
		return nil // not up yet
	}
	want.ID = want.identity()
	return c.introduce(want).lookAt(ctx, &want)
}

// replacesHost says that another address is another machine, unless its key says
// that it is the same.
func replacesHost(was, want serverHost) []string {
	if was.Address == want.Address || (want.HostKey != "" && want.HostKey == was.HostKey) {
		return nil
	}
	return []string{"address"}
}
