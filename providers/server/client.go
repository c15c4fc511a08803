package server

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/remote"
)

// client knows the hosts, by their ids.
type client struct {
	settings    settings
	env         providers.Env
	proxy       remote.Proxy
	authorities []ssh.PublicKey
	things      []watched
	life        context.Context // that of the connections
	end         context.CancelFunc

	mu       sync.Mutex
	machines map[string]*machine
}

func connect(ctx context.Context, s settings, env providers.Env) (*client, error) {
	c := &client{settings: s, env: env, things: things(), machines: map[string]*machine{}}
	var err error
	if c.proxy, err = remote.ParseProxy(cmp.Or(s.Proxy, env.Getenv("MLINFRA_SERVER_PROXY"))); err != nil {
		return nil, err
	}
	for _, line := range s.HostAuthorities {
		key, err := remote.ParseHostKey(line)
		if err != nil {
			return nil, fmt.Errorf("host_authorities: %w", err)
		}
		c.authorities = append(c.authorities, key)
	}
	c.life, c.end = context.WithCancel(context.WithoutCancel(ctx))
	return c, nil
}

// close hangs up everywhere.
func (c *client) close() {
	c.mu.Lock()
	machines := c.machines
	c.machines = map[string]*machine{}
	c.mu.Unlock()
	c.end()
	for _, m := range machines {
		m.close()
	}
}

// introduce makes a host known, and returns its connection. One that is reached
// in another way than before gets a new one.
func (c *client) introduce(x serverHost) *machine {
	c.mu.Lock()
	old := c.machines[x.ID]
	if old != nil && old.how.sameWay(x) {
		c.mu.Unlock()
		return old
	}
	m := newMachine(c, x)
	c.machines[x.ID] = m
	c.mu.Unlock()
	if old != nil {
		old.close()
	}
	return m
}

// machine returns the connection to the host with an id.
func (c *client) machine(id string) (*machine, error) {
	c.mu.Lock()
	m := c.machines[id]
	c.mu.Unlock()
	if m != nil {
		return m, nil
	}
	for _, x := range providers.Stored[serverHost](c.env, hostTypeName) {
		if x.ID == id {
			return c.recall(x), nil
		}
	}
	return nil, fmt.Errorf("there is no server_host with the id %q: refer to it, as in server_host.NAME.id", id)
}

// recall makes a host of state known: reached as the configuration says now or,
// where that does not lead there, as it was before. Where the configuration means
// another machine, what is on this one is looked for on this one.
func (c *client) recall(x serverHost) *machine {
	for _, want := range providers.Wanted[serverHost](c.env, hostTypeName) {
		if want.ID == x.ID && want.sameMachine(x) && !want.sameWay(x) {
			m := c.introduce(want)
			m.before = &x
			return m
		}
	}
	return c.introduce(x)
}

// agentSocket returns where the SSH agent is; "" for nowhere.
func (c *client) agentSocket() string {
	if c.env.Isolated {
		return ""
	}
	return c.env.Getenv("SSH_AUTH_SOCK")
}

// home returns the path of a file that may begin with ~.
func (c *client) home(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(c.env.Getenv("HOME"), rest)
	}
	return path
}

// readFile reads a file of the user.
func (c *client) readFile(path string) (string, error) {
	b, err := os.ReadFile(c.home(path))
	return string(b), err
}
