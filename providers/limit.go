package providers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Limits says how a cloud's API announces its limits and what it does not announce.
type Limits struct {
	// Remaining and Reset are headers: requests left, and the Unix time at
	// which there are more.
	Remaining, Reset string
	// Size is the header with how many requests there are at most, of an API that
	// gives them back one by one: Reset is then when all of them are there.
	Size string
	// PerMinute is a limit that no header shows; 0 for none. It is kept once an
	// answer has shown that the API limits at all.
	PerMinute int
	// Windows are limits of parts of the API, beside those of all of it. They are
	// kept as PerMinute is.
	Windows []Window
	// Concurrent bounds the requests under way; 0 means 64.
	Concurrent int
}

// Window is a limit of a part of an API.
type Window struct {
	// Counts reports whether a request falls under the limit.
	Counts   func(*http.Request) bool
	Requests int
	Per      time.Duration
}

// Budget is how many requests an account may still make until a time.
type Budget struct {
	Left  int
	Until time.Time // from when on there are more
}

// Limiter sends requests no faster than a cloud allows. It learns from the
// headers of each answer; one Limiter serves one account.
type Limiter struct {
	limits Limits
	clock  Clock
	next   http.RoundTripper
	slots  chan struct{}

	mu     sync.Mutex
	strict bool    // an answer has shown limits
	budget Budget  // as the last answer has shown it
	rates  []*rate // PerMinute, then Windows

	// Waiting is called when requests have to wait for the account's limit, with
	// how long, once for each such wait; nil tells nobody.
	Waiting func(d time.Duration)
	told    time.Time     // until when that has been told
	gap     time.Duration // between two requests, as configured
	last    time.Time
	paused  time.Time // no request before
}

// NewLimiter returns a Limiter in front of next.
func NewLimiter(l Limits, clock Clock, next http.RoundTripper) *Limiter {
	if l.Concurrent == 0 {
		l.Concurrent = 64
	}
	lim := &Limiter{limits: l, clock: clock, next: next, slots: make(chan struct{}, l.Concurrent)}
	if l.PerMinute > 0 {
		lim.rates = append(lim.rates, &rate{Window: Window{Requests: l.PerMinute, Per: time.Minute, Counts: func(*http.Request) bool { return true }}})
	}
	for _, w := range l.Windows {
		lim.rates = append(lim.rates, &rate{Window: w})
	}
	return lim
}

// rate is a Window with what was sent within it.
type rate struct {
	Window
	sent []time.Time
}

// delay returns how long a request must wait at now.
func (r *rate) delay(now time.Time) time.Duration {
	for len(r.sent) > 0 && now.Sub(r.sent[0]) >= r.Per {
		r.sent = r.sent[1:]
	}
	if len(r.sent) < r.Requests {
		return 0
	}
	return r.sent[0].Add(r.Per).Sub(now)
}

// Budget returns what the account has left, as its last answer has told; false
// when none has.
func (l *Limiter) Budget() (Budget, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.budget, l.strict && !l.budget.Until.IsZero()
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
	if err := l.wait(ctx, r); err != nil {
		return nil, err
	}
	resp, err := inTime(r, l.next)
	if resp != nil {
		l.learn(r, resp)
	}
	return resp, err
}

// answerTimeout ends a request whose answer does not come: the effect is then
// unknown and the engine finds out. The wait for the turn does not count, and what
// is sent may take its time.
const (
	answerTimeout = time.Minute
	slowest       = 64 << 10 // bytes a second
)

// inTime sends r, and ends it after answerTimeout.
func inTime(r *http.Request, next http.RoundTripper) (*http.Response, error) {
	timeout := answerTimeout + time.Duration(max(r.ContentLength, 0)/slowest)*time.Second
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	resp, err := next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		defer cancel()
		if ctx.Err() != nil && r.Context().Err() == nil {
			return resp, fmt.Errorf("no answer within %s: %w", timeout, err)
		}
		return resp, err
	}
	resp.Body = &cancelling{resp.Body, cancel}
	return resp, nil
}

// cancelling is a body whose context ends with it.
type cancelling struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close closes the body and ends its context.
func (c *cancelling) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}

func (l *Limiter) wait(ctx context.Context, r *http.Request) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	for {
		select {
		case <-Stop(ctx):
			return ErrStopped
		default:
		}
		d := l.reserve(r)
		if d <= 0 {
			return nil
		}
		l.tell(d)
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

// noticeable is a wait for a limit that users wonder about.
const noticeable = 3 * time.Second

// tell says that requests wait for d, unless that has been told.
func (l *Limiter) tell(d time.Duration) {
	l.mu.Lock()
	until := l.clock.Now().Add(d)
	news := l.Waiting != nil && d >= noticeable && until.After(l.told.Add(noticeable))
	if news {
		l.told = until
	}
	l.mu.Unlock()
	if news {
		l.Waiting(d)
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
func (l *Limiter) reserve(r *http.Request) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	if d := l.paused.Sub(now); d > 0 {
		return d
	}
	if d := l.last.Add(l.gap).Sub(now); d > 0 {
		return d
	}
	var counts []*rate
	for _, rate := range l.rates {
		if !rate.Counts(r) {
			continue
		}
		if d := rate.delay(now); l.strict && d > 0 {
			return d
		}
		counts = append(counts, rate)
	}
	for _, rate := range counts {
		rate.sent = append(rate.sent, now)
	}
	l.last = now
	return 0
}

// apart reports whether r falls under the limit of a part of the API.
func (l *Limiter) apart(r *http.Request) bool {
	return slices.ContainsFunc(l.limits.Windows, func(w Window) bool { return w.Counts(r) })
}

// learn reads the limits off an answer. With nothing left the next request
// waits for the reset: sending it would only be refused and counted.
func (l *Limiter) learn(r *http.Request, resp *http.Response) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	until := time.Time{}
	if left, err := strconv.Atoi(resp.Header.Get(l.limits.Remaining)); err == nil {
		l.strict = true
		if l.apart(r) {
			left = 1 // it is that of a part of the API, which has its Window
		} else if unix, err := strconv.ParseInt(resp.Header.Get(l.limits.Reset), 10, 64); err == nil {
			l.budget = Budget{Left: left, Until: time.Unix(unix, 0)}
			if size, err := strconv.Atoi(resp.Header.Get(l.limits.Size)); err == nil && size > left {
				l.budget.Until = now.Add(l.budget.Until.Sub(now) / time.Duration(size-left))
			}
		}
		if left <= 0 {
			until = l.budget.Until
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
