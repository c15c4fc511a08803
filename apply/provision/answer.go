package provision

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/providers"
)

const (
	probePause   = 3 * time.Second  // between two probes, at most
	probeTimeout = 10 * time.Second // for an answer
)

// FailedError means that a machine has answered that it has failed: to wait
// longer, or to ask again, would not help.
type FailedError struct{ error }

// Unwrap returns the reason.
func (e *FailedError) Unwrap() error { return e.error }

// Answer waits until the machine of p answers as p asks, for as long as p says.
// Of j it uses what is not about a provisioner: Output, Environ and Clock.
func Answer(ctx context.Context, p providers.Probe, j Job) error {
	j.Config = cty.EmptyObjectVal
	j = j.ready()
	c := connection{Host: p.Host, Port: p.Port, User: p.User, PrivateKey: p.PrivateKey, Timeout: p.Timeout.String()}
	if err := c.check(); err != nil {
		return err
	}
	outer := ctx
	ctx, cancel := context.WithTimeout(outer, p.Timeout)
	defer cancel()
	start := j.Clock.Now()
	for _, ask := range []struct {
		wanted bool
		do     func(limit time.Duration) error
	}{
		{p.SSH, func(limit time.Duration) error { return banner(ctx, c.host().Addr, limit) }},
		{p.CloudInit, func(limit time.Duration) error { return cloudInit(ctx, c, j, limit) }},
		{p.URL != "", func(limit time.Duration) error { return get(ctx, p.URL, limit) }},
	} {
		if !ask.wanted {
			continue
		}
		var failed *FailedError
		err := persist(ctx, j.Clock, p.Timeout-j.Clock.Now().Sub(start), probePause, j.Output, func(limit time.Duration) error {
			err := ask.do(limit)
			if errors.As(err, &failed) {
				return nil
			}
			return err
		})
		switch {
		case failed != nil:
			return failed
		case err != nil:
			return interrupted(outer, fmt.Errorf("no answer within %s: %w%s", p.Timeout, err, advice(err)))
		}
	}
	return nil
}

// banner connects to an SSH server and reads who it is.
func banner(ctx context.Context, addr string, limit time.Duration) error {
	limit = min(limit, probeTimeout)
	d := net.Dialer{Timeout: limit}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	_ = conn.SetDeadline(time.Now().Add(limit))
	// It may send other lines before.
	lines := bufio.NewScanner(conn)
	for n := 0; n < 50 && lines.Scan(); n++ {
		if strings.HasPrefix(lines.Text(), "SSH-") {
			return nil
		}
	}
	return fmt.Errorf("%s takes connections and does not speak SSH: %w", addr, cmp.Or(lines.Err(), errors.New("no banner")))
}

// get asks an HTTP server. What it answers does not matter, as long as it is not
// that it cannot.
func get(ctx context.Context, url string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, min(limit, probeTimeout))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	client := &http.Client{
		// A machine that was made a minute ago has a certificate of its own, if any.
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, //nolint:gosec // see above
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return nil
}

// The exit statuses of cloud-init status.
const (
	initFailed    = 1
	initRecovered = 2
	noSuchCommand = 127
)

// cloudInit logs in and waits for cloud-init, which may restart the machine
// meanwhile.
func cloudInit(ctx context.Context, c connection, j Job, limit time.Duration) error {
	keys, err := c.keyring(j.Environ)
	if err != nil {
		return err
	}
	there, err := c.route().Dial(ctx, keys, limit)
	if err != nil {
		keys.Close()
		return err
	}
	defer there.Close()
	h := &host{there}
	j.Output("Connected, waiting for cloud-init.")
	err = h.plain("cloud-init status --wait --long", nil)
	var exit *ssh.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	switch exit.ExitStatus() {
	case initFailed:
		return &FailedError{fmt.Errorf("cloud-init has failed on %s: %w; see /var/log/cloud-init-output.log there", h, err)}
	case initRecovered:
		j.Output("cloud-init is done and had errors that it could go on after: see /var/log/cloud-init.log there.")
		return nil
	case noSuchCommand:
		return fmt.Errorf("there is no cloud-init on %s", h)
	}
	return err
}
