package providers

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Limits says how a cloud's API announces its limits and what it does not announce.
type Limits struct {
	// Remaining and Reset are headers: requests left, and the Unix time at
	// which there are more.
	Remaining, Reset string
	// PerMinute is a limit that no header shows; 0 for none. It is kept once an
	// answer has shown that the API limits at all.
	PerMinute int
	// Concurrent bounds the requests under way; 0 means 64.
	Concurrent int
}

// Limiter sends requests no faster than a cloud allows. It learns from the
// headers of each answer; one Limiter serves one account.
type Limiter struct {
	limits Limits
	clock  Clock
	next   http.RoundTripper
	slots  chan struct{}

	mu     sync.Mutex
	strict bool          // an answer has shown limits
	sent   []time.Time   // of the last minute
	gap    time.Duration // between two requests, as configured
	last   time.Time
	paused time.Time // no request before
}

// NewLimiter returns a Limiter in front of next.
func NewLimiter(l Limits, clock Clock, next http.RoundTripper) *Limiter {
	if l.Concurrent == 0 {
		l.Concurrent = 64
	}
	return &Limiter{limits: l, clock: clock, next: next, slots: make(chan struct{}, l.Concurrent)}
}

// Pace bounds the requests a second; zero or less lifts the bound.
func (l *Limiter) Pace(perSecond float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gap = 0
	if perSecond > 0 {
		l.gap = time.Duration(float64(time.Second) / perSecond)
	}
}

// RoundTrip sends r when its turn has come.
func (l *Limiter) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-Stop(ctx):
		return nil, ErrStopped
	}
	defer func() { <-l.slots }()
	if err := l.wait(ctx); err != nil {
		return nil, err
	}
	resp, err := l.next.RoundTrip(r)
	if resp != nil {
		l.learn(resp)
	}
	return resp, err
}

func (l *Limiter) wait(ctx context.Context) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	for {
		select {
		case <-Stop(ctx):
			return ErrStopped
		default:
		}
		d := l.reserve()
		if d <= 0 {
			return nil
		}
		slept := make(chan error, 1)
		go func() { slept <- l.clock.Sleep(waiting, d) }()
		select {
		case err := <-slept:
			if err != nil {
				return err
			}
		case <-Stop(ctx):
			cancel()
			<-slept
			return ErrStopped
		}
	}
}

// stopKey is the key of WithStop in a context.
type stopKey struct{}

// WithStop returns a context for a call that need not begin any more once stop
// is closed: a request that waits for its turn then fails with ErrStopped,
// while those under way go on.
func WithStop(ctx context.Context, stop <-chan struct{}) context.Context {
	return context.WithValue(ctx, stopKey{}, stop)
}

// Stop returns the channel of WithStop; nil, which never closes, without.
func Stop(ctx context.Context) <-chan struct{} {
	stop, _ := ctx.Value(stopKey{}).(<-chan struct{})
	return stop
}

// reserve returns how long to wait before asking again; zero takes the turn.
func (l *Limiter) reserve() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	if d := l.paused.Sub(now); d > 0 {
		return d
	}
	if d := l.last.Add(l.gap).Sub(now); d > 0 {
		return d
	}
	for len(l.sent) > 0 && now.Sub(l.sent[0]) >= time.Minute {
		l.sent = l.sent[1:]
	}
	if l.strict && l.limits.PerMinute > 0 && len(l.sent) >= l.limits.PerMinute {
		return l.sent[0].Add(time.Minute).Sub(now)
	}
	l.sent = append(l.sent, now)
	l.last = now
	return 0
}

// learn reads the limits off an answer. With nothing left the next request
// waits for the reset: sending it would only be refused and counted.
func (l *Limiter) learn(resp *http.Response) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	until := time.Time{}
	if left, err := strconv.Atoi(resp.Header.Get(l.limits.Remaining)); err == nil {
		l.strict = true
		unix, err := strconv.ParseInt(resp.Header.Get(l.limits.Reset), 10, 64)
		if left <= 0 && err == nil {
			until = time.Unix(unix, 0)
		}
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
			until = now.Add(time.Duration(s) * time.Second)
		}
	}
	// A wrong header must not stop a run for good.
	if latest := now.Add(time.Hour); until.After(latest) {
		until = latest
	}
	if until.After(l.paused) {
		l.paused = until
	}
}
