package fake

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// bucket is the API's rate limit: size requests at once, which come back one by
// one within an hour.
type bucket struct {
	size int

	mu    sync.Mutex
	spent float64 // of size
	at    time.Time
}

// take counts a request made at now and tells the client where it stands. It
// reports false for one too many.
func (b *bucket) take(now time.Time, h http.Header) bool {
	if b.size == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = max(0, b.spent-now.Sub(b.at).Hours()*float64(b.size))
	b.at = now
	ok := b.spent+1 <= float64(b.size)
	if ok {
		b.spent++
	}
	full := now.Add(time.Duration(b.spent / float64(b.size) * float64(time.Hour)))
	h.Set("RateLimit-Limit", strconv.Itoa(b.size))
	h.Set("RateLimit-Remaining", strconv.Itoa(int(float64(b.size)-math.Ceil(b.spent))))
	h.Set("RateLimit-Reset", strconv.FormatInt(full.Unix(), 10))
	return ok
}
