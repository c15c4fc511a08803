package fakecloud

import (
	"sync"
	"time"
)

// Window is a sliding rate limit: a request counts for one hour after it was
// made, and no more than PerMinute may fall into a minute, or another Span. Zero
// is no limit.
type Window struct {
	PerHour   int
	PerMinute int
	Span      time.Duration // of PerMinute; 0 is a minute

	mu   sync.Mutex
	seen []time.Time
}

// Usage is where a Window stands after a request: that of the hour, or that of
// the span where there is no other.
type Usage struct {
	OK         bool
	Limit      int
	Remaining  int
	Reset      time.Time     // when the oldest counted request expires
	RetryAfter time.Duration // set when the burst limit refused the request
}

// Take counts a request made now, unless it is refused.
func (w *Window) Take(now time.Time) Usage {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.seen) > 0 && !now.Before(w.seen[0].Add(time.Hour)) {
		w.seen = w.seen[1:]
	}
	u := Usage{OK: true, Limit: w.PerHour}
	span := w.Span
	if span == 0 {
		span = time.Minute
	}
	burst := w.since(now.Add(-span))
	switch {
	case w.PerMinute > 0 && len(burst) >= w.PerMinute:
		u.OK, u.RetryAfter = false, burst[0].Add(span).Sub(now)
	case w.PerHour > 0 && len(w.seen) >= w.PerHour:
		u.OK = false
	default:
		w.seen = append(w.seen, now)
	}
	if w.PerHour == 0 {
		u.Limit, burst = w.PerMinute, w.since(now.Add(-span))
		u.Remaining, u.Reset = max(0, w.PerMinute-len(burst)), now.Add(span)
		if len(burst) > 0 {
			u.Reset = burst[0].Add(span)
		}
		return u
	}
	u.Remaining = max(0, w.PerHour-len(w.seen))
	u.Reset = now.Add(time.Hour)
	if len(w.seen) > 0 {
		u.Reset = w.seen[0].Add(time.Hour)
	}
	return u
}

// since returns the counted requests after t.
func (w *Window) since(t time.Time) []time.Time {
	i := len(w.seen)
	for i > 0 && w.seen[i-1].After(t) {
		i--
	}
	return w.seen[i:]
}
