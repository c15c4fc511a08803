package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/remote"
)

const (
	dialLimit   = 30 * time.Second // for one connection with all handshakes
	maxSessions = 8                // at once; sshd allows 10
)

// machine is the connection to one host. There is one at most; it is made when
// it is needed, and again when it was lost.
type machine struct {
	c        *client
	how      serverHost  // how it is reached
	before   *serverHost // how it was reached before; nil when that is the same
	sessions chan struct{}
	steps    sync.Mutex // one step at a time

	key atomic.Pointer[string] // the host key that it has shown

	mu    sync.Mutex
	host  *remote.Host
	ready bool              // the runner of steps is there
	fresh map[string]answer // what the last step has shown, by question
	since time.Time         // when its first answer was first waited for
	over  []string          // steps whose results nobody will ask for
}

func newMachine(c *client, how serverHost) *machine {
	m := &machine{c: c, how: how, sessions: make(chan struct{}, maxSessions), fresh: map[string]answer{}}
	if how.HostKeySeen != "" {
		m.key.Store(&how.HostKeySeen)
	}
	return m
}

func (m *machine) String() string { return m.how.ID }

// connected returns the connection, which it makes if there is none.
func (m *machine) connected(ctx context.Context) (*remote.Host, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.host != nil {
		return m.host, nil
	}
	h, err := m.dial(ctx)
	if err != nil && m.before != nil && ctx.Err() == nil {
		was := newMachine(m.c, *m.before)
		if old, oldErr := was.dial(ctx); oldErr == nil {
			h, err = old, nil
		}
	}
	if err != nil {
		return nil, m.unreached(ctx, err)
	}
	m.host, m.ready = h, false
	return h, nil
}

// dial connects. The connection outlives ctx.
func (m *machine) dial(ctx context.Context) (*remote.Host, error) {
	login, err := m.login()
	if err != nil {
		return nil, err
	}
	keys, err := remote.OpenKeyring(m.how.Agent, m.c.agentSocket(), m.how.AgentIdentity)
	if err != nil {
		return nil, &awayError{message: err.Error(), final: true}
	}
	life, cut := context.WithCancel(m.c.life)
	stop := context.AfterFunc(ctx, cut)
	var h *remote.Host
	if m.how.JumpHost != "" {
		h, err = m.jump(ctx, life, login, keys)
	} else {
		h, err = remote.Route{Host: login, Proxy: m.c.proxy}.Dial(life, keys, dialLimit)
	}
	if !stop() && err == nil {
		h.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		keys.Close()
		cut()
		return nil, err
	}
	return h, nil
}

// jump connects by way of another host.
func (m *machine) jump(ctx, life context.Context, login remote.Login, keys *remote.Keyring) (*remote.Host, error) {
	via, err := m.c.machine(m.how.JumpHost)
	if err != nil {
		return nil, err
	}
	if via == m {
		return nil, &awayError{message: m.String() + " is its own jump_host", final: true}
	}
	first, err := via.connected(ctx)
	if err != nil {
		return nil, fmt.Errorf("jump_host: %w", err)
	}
	h, err := first.Onward(life, login, keys, dialLimit)
	if err != nil && !remote.Refused(err) {
		via.drop(first)
	}
	return h, err
}

// unreached puts into words why there is no connection.
func (m *machine) unreached(ctx context.Context, err error) error {
	var away *awayError
	var stranger *strangerError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &away):
		return err
	case errors.As(err, &stranger):
		return &awayError{message: stranger.Error(), final: true, err: err}
	case strings.Contains(err.Error(), "no common algorithm for host key"):
		return &awayError{message: fmt.Sprintf("%s has no host key of the kind that it is known by: either the machine was installed anew or somebody is in between; find out, then set host_key to the right one", m), final: true, err: err}
	case remote.Refused(err):
		return &awayError{message: fmt.Sprintf("%s refuses the login: check user, private_key and agent of the server_host, and that the key is in its authorized_keys (%v)", m, cause(err)), final: true, err: err}
	}
	return &awayError{message: fmt.Sprintf("cannot reach %s: %v; check address and port, that the machine runs, and that its firewall lets you in", m, cause(err)), err: err}
}

// cause returns the innermost error of the library, in one line.
func cause(err error) string {
	text := printable(err.Error())
	if i := strings.Index(text, "ssh: "); i >= 0 {
		return text[i:]
	}
	return text
}

// usedKey reports whether mlinfra has logged in with a key, or by the authority
// that it is.
func (m *machine) usedKey(key ssh.PublicKey) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.host == nil || m.host.Key() == nil {
		return false
	}
	used := m.host.Key()
	if cert, ok := used.(*ssh.Certificate); ok {
		used = cert.SignatureKey
	}
	return bytes.Equal(used.Marshal(), key.Marshal())
}

// drop forgets a connection that has failed.
func (m *machine) drop(h *remote.Host) {
	m.mu.Lock()
	if m.host == h {
		m.host = nil
	}
	m.mu.Unlock()
	h.Close()
}

// close hangs up.
func (m *machine) close() {
	m.mu.Lock()
	h := m.host
	m.host = nil
	m.mu.Unlock()
	if h != nil {
		h.Close()
	}
}

// shell returns the command line that runs words as root.
func (m *machine) shell(words ...string) string {
	if m.how.User != "root" {
		words = append([]string{"sudo", "-n", "--"}, words...)
	}
	return remote.Shell(words...)
}

// exec runs a command line with stdin as its input; out gets what it prints. An
// error is an awayError or errCrowded when nothing was sent, a lostError when the
// connection was lost meanwhile, or an ssh.ExitError.
func (m *machine) exec(ctx context.Context, line string, stdin []byte, out io.Writer) error {
	select {
	case m.sessions <- struct{}{}:
		defer func() { <-m.sessions }()
	case <-ctx.Done():
		return ctx.Err()
	}
	h, session, err := m.open(ctx)
	if err != nil {
		return err
	}
	var errs tail
	session.Stdin, session.Stdout, session.Stderr = bytes.NewReader(stdin), out, &errs
	hangUp := context.AfterFunc(ctx, func() { m.drop(h) })
	err = session.Run(line)
	_ = session.Close()
	if !hangUp() {
		return context.Cause(ctx)
	}
	var exit *ssh.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		if away := m.rootless(errs.String()); away != nil {
			return away
		}
		return &stepError{host: m.String(), what: "a command", status: exit.ExitStatus(), output: errs.String()}
	}
	m.drop(h)
	return &lostError{m.String(), err}
}

// open returns a session, of a new connection when the old one is dead.
func (m *machine) open(ctx context.Context) (*remote.Host, *ssh.Session, error) {
	for again := true; ; again = false {
		h, err := m.connected(ctx)
		if err != nil {
			return nil, nil, err
		}
		session, err := h.Client().NewSession()
		if err == nil {
			return h, session, nil
		}
		var refused *ssh.OpenChannelError
		if errors.As(err, &refused) {
			return nil, nil, fmt.Errorf("%s: %w (%s)", m, errCrowded, printable(refused.Message))
		}
		m.drop(h)
		if !again {
			return nil, nil, &awayError{message: fmt.Sprintf("%s hangs up: %v", m, cause(err)), err: err}
		}
	}
}

// rootless says what to do when the user may not become root; nil when errs says
// nothing of the kind.
func (m *machine) rootless(errs string) error {
	if !strings.Contains(errs, "sudo") || m.how.User == "root" {
		return nil
	}
	for _, sign := range []string{"password is required", "not in the sudoers", "not allowed to", "sudo: not found", "command not found", "no tty present", "may not run sudo"} {
		if strings.Contains(errs, sign) {
			return &awayError{message: fmt.Sprintf("user %s on %s may not become root without a password: add \"%s ALL=(ALL) NOPASSWD: ALL\" to a file in /etc/sudoers.d there, or log in as root (%s)", m.how.User, m, m.how.User, printable(errs)), final: true}
		}
	}
	return nil
}

// tail keeps the end of what is written to it.
type tail struct{ b []byte }

// Write keeps the last of p.
func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if len(t.b) > 2*maxShown {
		t.b = append([]byte(nil), t.b[len(t.b)-maxShown:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.b) }
