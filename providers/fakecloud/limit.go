package fakecloud

import (
	"sync"
	"time"
)

// Window is a sliding rate limit: a request counts for one hour after it was
// made, and no more than PerMinute may fall into a minute. Zero is no limit.
type Window struct {
	PerHour   int
	PerMinute int

	mu   sync.Mutex
	seen []time.Time
}

// Usage is where a Window stands after a request.
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
	burst := w.since(now.Add(-time.Minute))
	switch {
	case w.PerMinute > 0 && len(burst) >= w.PerMinute:
		u.OK, u.RetryAfter = false, burst[0].Add(time.Minute).Sub(now)
	case w.PerHour > 0 && len(w.seen) >= w.PerHour:
		u.OK = false
	default:
		w.seen = append(w.seen, now)
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
