package remote

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

const (
	dialTimeout = 15 * time.Second // for a TCP connection
	aliveEvery  = 5 * time.Second  // how often a host is asked whether it lives
	silentFor   = 2 * time.Minute  // and how long it may leave that unanswered
)

// Route is the way to a host.
type Route struct {
	Host    Login
	Bastion *Login // to go through; nil for none
	Proxy   Proxy  // to the first of the two
}

// Host is a host that we have logged in to. Close it.
type Host struct {
	Login
	client *ssh.Client
	keys   *Keyring
	cut    func() // closes everything at once
	done   sync.WaitGroup
}

// Dial connects and logs in, once, within limit. keys may be nil; the host closes
// them. The end of ctx cuts the connection.
func (r Route) Dial(ctx context.Context, keys *Keyring, limit time.Duration) (*Host, error) {
	brief, stop := context.WithTimeout(ctx, limit)
	defer stop()
	first := r.Host
	if r.Bastion != nil {
		first = *r.Bastion
	}
	wire, err := r.Proxy.dial(brief, first.Addr)
	if err != nil {
		return nil, err
	}
	client, err := first.handshake(brief, wire, keys)
	if err != nil {
		return nil, err
	}
	if r.Bastion != nil {
		if client, err = r.Host.through(brief, client, keys); err != nil {
			_ = wire.Close()
			return nil, err
		}
	}
	return r.Host.logged(ctx, func() { _ = wire.Close() }, client, keys), nil
}

// Onward connects and logs in to another host by way of h, once, within limit.
// It ends with h, too.
func (h *Host) Onward(ctx context.Context, l Login, keys *Keyring, limit time.Duration) (*Host, error) {
	brief, stop := context.WithTimeout(ctx, limit)
	defer stop()
	client, err := l.through(brief, h.client, keys)
	if err != nil {
		return nil, err
	}
	return l.logged(ctx, func() { _ = client.Close() }, client, keys), nil
}

// logged returns the host behind client. cut ends all that goes to it, and all
// goroutines.
func (l Login) logged(ctx context.Context, cut func(), client *ssh.Client, keys *Keyring) *Host {
	cut = sync.OnceFunc(cut)
	forget := context.AfterFunc(ctx, cut)
	h := &Host{Login: l, client: client, keys: keys, cut: func() { forget(); cut() }}
	if keys != nil {
		_ = agent.ForwardToAgent(client, keys.agent)
	}
	h.done.Go(func() { keepAlive(client, cut, aliveEvery, silentFor) })
	return h
}

// Client returns the connection.
func (h *Host) Client() *ssh.Client { return h.client }

// ForwardsAgent reports whether the keys of an agent can be used on the host.
func (h *Host) ForwardsAgent() bool { return h.keys != nil }

// Close hangs up and waits for what belongs to the connection.
func (h *Host) Close() {
	h.cut()
	h.done.Wait()
	_ = h.client.Wait()
	h.keys.Close()
}

// keepAlive asks a host whether it lives until the connection ends, so that no
// router forgets it, and cuts it when there is no answer.
func keepAlive(client *ssh.Client, cut func(), every, silent time.Duration) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = client.Wait()
	}()
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ended:
			return
		case <-t.C:
		}
		deadline := time.AfterFunc(silent, cut)
		_, _, err := client.SendRequest("keepalive@mlinfra", true, nil)
		deadline.Stop()
		if err != nil {
			cut()
		}
	}
}

// Refused reports whether the host does not take the user, or the key or password.
func Refused(err error) bool {
	return err != nil && strings.Contains(err.Error(), "unable to authenticate")
}

// Unreachable reports whether nothing has answered.
func Unreachable(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, context.DeadlineExceeded)
}

// Shell returns a command line that a shell takes for these words.
func Shell(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}
