package provision

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/remote"
)

const (
	attemptTimeout = time.Minute      // for a connection with all handshakes
	lastAttempt    = time.Second      // what the pauses leave of the timeout
	maxPause       = 20 * time.Second // between two attempts
)

// host is a host that we have logged in to.
type host struct{ *remote.Host }

// dial connects to the host of j, again and again until the timeout of its
// connection: a new machine refuses first connections, then keys. So, as in
// Terraform, a login that is refused is no reason to give up; see persist for tell.
func dial(ctx context.Context, c connection, j Job, tell func(string)) (*host, error) {
	limit, err := c.timeout()
	if err != nil {
		return nil, err
	}
	if j.Machines != "" {
		proxy, err := remote.ParseProxy(j.Machines)
		if err != nil {
			return nil, err
		}
		c = c.inMemory(proxy)
	}
	keys, err := c.keyring(j.Environ)
	if err != nil {
		return nil, err
	}
	h := &host{}
	last := persist(ctx, j.Clock, limit, maxPause, tell, func(limit time.Duration) (err error) {
		h.Host, err = c.route().Dial(ctx, keys, limit)
		return err
	})
	if last != nil {
		keys.Close()
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
	switch {
	case remote.Refused(err):
		return "; check user, private_key, password and agent of the connection"
	case remote.Unreachable(err):
		return "; check host and port, that a firewall lets you in, or raise timeout"
	}
	return ""
}
