package providers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The tests of this file run in the simulated time of testing/synctest.

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answers returns what sends requests through a Limiter and returns how long
// each took, to the second; answer makes the answers.
func answers(t *testing.T, l Limits, answer func(n int, h http.Header) int) (*Limiter, func(n int) []int) {
	n := 0
	limiter := NewLimiter(l, WallClock{}, roundTrip(func(*http.Request) (*http.Response, error) {
		n++
		h := http.Header{}
		return &http.Response{StatusCode: answer(n, h), Header: h, Body: http.NoBody}, nil
	}))
	return limiter, func(n int) []int {
		var took []int
		for range n {
			start := time.Now()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://cloud.test", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := limiter.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			took = append(took, int(time.Since(start).Round(time.Second)/time.Second))
		}
		return took
	}
}

func equal(t *testing.T, got []int, want ...int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("took %v seconds, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("took %v seconds, want %v", got, want)
		}
	}
}

func TestLimiter(t *testing.T) {
	fine := func(int, http.Header) int { return 200 }
	plenty := func(_ int, h http.Header) int {
		h.Set("Left", "1000")
		return 200
	}
	in := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
	bubble := func(name string, f func(t *testing.T)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
	}
	bubble("without limits nothing waits", func(t *testing.T) {
		_, send := answers(t, Limits{}, fine)
		equal(t, send(5), 0, 0, 0, 0, 0)
	})
	bubble("nothing left, of requests that come back one by one", func(t *testing.T) {
		limiter, send := answers(t, Limits{Remaining: "Left", Reset: "At", Size: "Size"}, func(_ int, h http.Header) int {
			h.Set("Left", "0")
			h.Set("Size", "60")
			h.Set("At", in(2*time.Minute))
			return 200
		})
		equal(t, send(3), 0, 2, 2)
		if b, known := limiter.Budget(); !known || b.Left != 0 || time.Until(b.Until) != 2*time.Second {
			t.Errorf("the budget is %d until in %s, known: %t; want 0 until in 2s", b.Left, time.Until(b.Until), known)
		}
	})
	bubble("so many a minute", func(t *testing.T) {
		_, send := answers(t, Limits{Remaining: "Left", PerMinute: 2}, plenty)
		equal(t, send(2), 0, 0)
		time.Sleep(20 * time.Second)
		equal(t, send(4), 40, 0, 60, 0)
	})
	bubble("what announces no limits is not the cloud, and is not spared", func(t *testing.T) {
		_, send := answers(t, Limits{Remaining: "Left", PerMinute: 2}, fine)
		equal(t, send(5), 0, 0, 0, 0, 0)
	})
	bubble("with nothing left it waits for the reset", func(t *testing.T) {
		_, send := answers(t, Limits{Remaining: "Left", Reset: "Reset"}, func(n int, h http.Header) int {
			h.Set("Left", strconv.Itoa(2-n))
			h.Set("Reset", in(30*time.Second))
			return 200
		})
		equal(t, send(3), 0, 0, 30)
	})
	bubble("with nothing left and no reset it goes on", func(t *testing.T) {
		_, send := answers(t, Limits{Remaining: "Left", Reset: "Reset"}, func(_ int, h http.Header) int {
			h.Set("Left", "0")
			h.Set("Reset", "soon")
			return 200
		})
		equal(t, send(2), 0, 0)
	})
	bubble("a reset that has passed does not hold back", func(t *testing.T) {
		_, send := answers(t, Limits{Remaining: "Left", Reset: "Reset"}, func(_ int, h http.Header) int {
			h.Set("Left", "0")
			h.Set("Reset", in(-time.Hour))
			return 200
		})
		equal(t, send(2), 0, 0)
	})
	bubble("a wrong reset does not stop a run for good", func(t *testing.T) {
		_, send := answers(t, Limits{Remaining: "Left", Reset: "Reset"}, func(_ int, h http.Header) int {
			h.Set("Left", "0")
			h.Set("Reset", "99999999999")
			return 200
		})
		equal(t, send(2), 0, 3600)
	})
	bubble("Retry-After of a refusal counts, of other answers it does not", func(t *testing.T) {
		_, send := answers(t, Limits{}, func(n int, h http.Header) int {
			h.Set("Retry-After", "7")
			if n == 1 {
				return http.StatusTooManyRequests
			}
			return 200
		})
		equal(t, send(3), 0, 7, 0)
	})
	bubble("headers that a cloud does not have say nothing", func(t *testing.T) {
		_, send := answers(t, Limits{}, func(_ int, h http.Header) int {
			h.Set("", "0")
			return 200
		})
		equal(t, send(2), 0, 0)
	})
	bubble("a pace spreads the requests", func(t *testing.T) {
		l, send := answers(t, Limits{}, fine)
		l.Pace(0.5)
		equal(t, send(3), 0, 2, 2)
		l.Pace(0)
		equal(t, send(2), 0, 0)
	})
	bubble("the wait for the turn does not count as a wait for the answer", func(t *testing.T) {
		l, send := answers(t, Limits{Remaining: "Left", PerMinute: 1}, plenty)
		send(1)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://cloud.test", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = NewLimiter(Limits{}, WallClock{}, roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})).RoundTrip(r)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 1m0s") {
			t.Errorf("an answer that does not come: %v", err)
		}
		resp, err := l.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	})
	bubble("a part of the API has a limit of its own", func(t *testing.T) {
		keys := Window{Requests: 2, Per: 10 * time.Second, Counts: func(r *http.Request) bool { return r.URL.Path == "/keys" }}
		l, send := answers(t, Limits{Remaining: "Left", Windows: []Window{keys}}, plenty)
		equal(t, send(3), 0, 0, 0)
		for i, want := range []time.Duration{0, 0, 10 * time.Second} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://cloud.test/keys", nil)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			resp, err := l.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if took := time.Since(start); took != want {
				t.Errorf("request %d took %s, want %s", i+1, took, want)
			}
		}
	})
	bubble("what is left of the hour is known", func(t *testing.T) {
		l, send := answers(t, Limits{Remaining: "Left", Reset: "Reset"}, func(n int, h http.Header) int {
			h.Set("Left", strconv.Itoa(5-n))
			h.Set("Reset", in(30*time.Second))
			return 200
		})
		if _, known := l.Budget(); known {
			t.Error("a budget is known before any answer")
		}
		send(2)
		if b, known := l.Budget(); !known || b.Left != 3 || time.Until(b.Until) > 30*time.Second {
			t.Errorf("budget %+v (known: %t), want 3 left for 30 s", b, known)
		}
	})
	bubble("a wait ends with its context", func(t *testing.T) {
		l, send := answers(t, Limits{Remaining: "Left", PerMinute: 1}, plenty)
		send(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://cloud.test", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.RoundTrip(r); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want that of the context", err)
		}
		equal(t, send(1), 59)
	})
	bubble("so many at a time", func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		gate := make(chan struct{})
		l := NewLimiter(Limits{Concurrent: 3}, WallClock{}, roundTrip(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			gate <- struct{}{}
			mu.Lock()
			now--
			mu.Unlock()
			return nil, errors.New("cut")
		}))
		done := make(chan error)
		for range 10 {
			go func() {
				r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://cloud.test", nil)
				resp, err := l.RoundTrip(r)
				if resp != nil {
					resp.Body.Close()
				}
				done <- err
			}()
		}
		for range 10 {
			synctest.Wait()
			<-gate
			if err := <-done; err == nil {
				t.Error("no error of the transport")
			}
		}
		if most != 3 {
			t.Errorf("%d requests at a time, want 3", most)
		}
	})
}

func TestLimiterStopsBeforeSending(t *testing.T) {
	sent := 0
	l := NewLimiter(Limits{}, WallClock{}, roundTrip(func(*http.Request) (*http.Response, error) {
		sent++
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, nil
	}))
	l.Pace(0.001)
	stop := make(chan struct{})
	get := func(ctx context.Context) error {
		_, err := l.RoundTrip(request(ctx))
		return err
	}
	if err := get(WithStop(t.Context(), stop)); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Millisecond, func() { close(stop) })
	if err := get(WithStop(t.Context(), stop)); !errors.Is(err, ErrStopped) {
		t.Errorf("a request that waits for its turn ends with %v, want ErrStopped", err)
	}
	if sent != 1 {
		t.Errorf("%d requests were sent, want 1", sent)
	}
}

func request(ctx context.Context) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		panic(err)
	}
	return r
}
