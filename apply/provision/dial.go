package provision

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/mlinfra/mlinfra/providers"
)

const (
	dialTimeout    = 15 * time.Second // for a TCP connection
	attemptTimeout = time.Minute      // for a connection with all handshakes
	lastAttempt    = time.Second      // what the pauses leave of the timeout
	maxPause       = 20 * time.Second // between two attempts
	aliveEvery     = 5 * time.Second  // how often a host is asked whether it lives
	silentFor      = 2 * time.Minute  // and how long it may leave that unanswered
)

// host is a host that we have logged in to.
type host struct {
	login
	client *ssh.Client
	keys   *keyring // nil when no agent is to be forwarded
	cut    func()   // closes everything at once
	done   sync.WaitGroup
}

// dial connects to the host of j, again and again until the timeout of its
// connection: a new machine refuses first connections, then keys. So, as in
// Terraform, a login that is refused is no reason to give up; see persist for tell.
func dial(ctx context.Context, c connection, j Job, tell func(string)) (*host, error) {
	limit, err := c.timeout()
	if err != nil {
		return nil, err
	}
	keys, err := openKeyring(c, j.Environ)
	if err != nil {
		return nil, err
	}
	var h *host
	last := persist(ctx, j.Clock, limit, maxPause, tell, func(limit time.Duration) (err error) {
		h, err = c.attempt(ctx, keys, limit)
		return err
	})
	if last != nil {
		keys.close()
		return nil, interrupted(ctx, fmt.Errorf("no connection to %s within %s: %w%s", c.host(), limit, last, advice(last)))
	}
	return h, nil
}

// persist tries again and again until it succeeds, with pauses that grow to
// most, or returns why not when limit is over or ctx has ended. A try is told
// how long it may take. tell gets why it is still trying, and is not called
// twice in a row for the same reason.
func persist(ctx context.Context, clock providers.Clock, limit, most time.Duration, tell func(string), try func(limit time.Duration) error) error {
	var last error
	end := clock.Now().Add(limit)
	for pause := time.Second; ; pause = min(2*pause, most) {
		err := try(min(end.Sub(clock.Now()), attemptTimeout))
		if err == nil {
			return nil
		}
		if last == nil || err.Error() != last.Error() && !errors.Is(err, context.DeadlineExceeded) {
			last = err
			tell("Not connected yet: " + last.Error())
		}
		left := end.Sub(clock.Now()) - lastAttempt
		if ctx.Err() != nil || left <= 0 {
			return last
		}
		_ = clock.Sleep(ctx, min(pause, left))
	}
}

// advice returns what to do about an error of connecting.
func advice(err error) string {
	var op *net.OpError
	switch {
	case strings.Contains(err.Error(), "unable to authenticate"):
		return "; check user, private_key, password and agent of the connection"
	case errors.As(err, &op), errors.Is(err, context.DeadlineExceeded):
		return "; check host and port, that a firewall lets you in, or raise timeout"
	}
	return ""
}

// attempt connects and logs in, once, within limit.
func (c connection) attempt(ctx context.Context, keys *keyring, limit time.Duration) (*host, error) {
	brief, stop := context.WithTimeout(ctx, limit)
	defer stop()
	first := c.host()
	if c.BastionHost != "" {
		first = c.bastion()
	}
	wire, err := c.dialTCP(brief, first.addr)
	if err != nil {
		return nil, err
	}
	client, err := first.handshake(brief, wire, keys)
	if err != nil {
		return nil, err
	}
	if c.BastionHost != "" {
		if client, err = c.host().through(brief, client, keys); err != nil {
			_ = wire.Close()
			return nil, err
		}
	}
	return c.logged(ctx, wire, client, keys), nil
}

// handshake logs in over conn, which it closes on error.
func (l login) handshake(ctx context.Context, conn net.Conn, keys *keyring) (*ssh.Client, error) {
	config, err := l.clientConfig(keys)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	c, channels, requests, err := ssh.NewClientConn(conn, l.addr, config)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("log in to %s: %w", l, err)
	}
	return ssh.NewClient(c, channels, requests), nil
}

// through logs in by way of a bastion.
func (l login) through(ctx context.Context, bastion *ssh.Client, keys *keyring) (*ssh.Client, error) {
	conn, err := bastion.DialContext(ctx, "tcp", l.addr)
	if err != nil {
		return nil, fmt.Errorf("from the bastion to %s: %w", l.addr, err)
	}
	return l.handshake(ctx, conn, keys)
}

// logged returns the host behind client. Cutting the wire ends all that goes
// over it, and all goroutines.
func (c connection) logged(ctx context.Context, wire net.Conn, client *ssh.Client, keys *keyring) *host {
	cut := sync.OnceFunc(func() { _ = wire.Close() })
	forget := context.AfterFunc(ctx, cut)
	h := &host{login: c.host(), client: client, keys: keys, cut: func() { forget(); cut() }}
	if keys != nil {
		_ = agent.ForwardToAgent(client, keys.agent)
	}
	h.done.Go(func() { keepAlive(client, cut, aliveEvery, silentFor) })
	return h
}

// close hangs up and waits for what belongs to the connection.
func (h *host) close() {
	h.cut()
	h.done.Wait()
	_ = h.client.Wait()
	h.keys.close()
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
