package fakecloud

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// counter is a cloud with one number in it.
type counter struct{ n atomic.Int64 }

func (c *counter) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	c.n.Add(1)
	w.Header().Set("X-Cloud", "yes")
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, `{"answer": "whole"}`)
}

func refuseJSON(w http.ResponseWriter, _ *http.Request, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, `{"id": "refused"}`)
}

// TestFaults lets every fault happen once and looks at the effect and the answer.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		fault  Fault
		effect int64
		status int    // 0 when there is no answer
		body   string // what it contains
		cut    bool   // the body ends early
	}{
		{None, 1, 201, "whole", false},
		{FailBefore, 0, 500, "refused", false},
		{FailAfter, 1, 500, "refused", false},
		{CutBefore, 0, 0, "", false},
		{CutAfter, 1, 0, "", false},
		{Truncate, 1, 201, `{"ans`, true},
		{Throttle, 0, 429, "refused", false},
		{HTML, 1, 502, "<html>", false},
		{HTMLBefore, 0, 502, "<html>", false},
	} {
		t.Run(tt.fault.String(), func(t *testing.T) {
			cloud := &counter{}
			logged := make(chan Entry, 1)
			h := Wrap(cloud, Options{Decide: OnlyAt(1, tt.fault), Refuse: refuseJSON, Log: func(e Entry) { logged <- e }})
			server := httptest.NewServer(h)
			defer server.Close()
			status, body, err := post(server.URL, "hello")
			if status != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("got %d %q, want %d %q (err %v)", status, body, tt.status, tt.body, err)
			}
			if cut := status != 0 && err != nil; cut != tt.cut {
				t.Errorf("body cut: got %v, want %v (err %v)", cut, tt.cut, err)
			}
			if got := cloud.n.Load(); got != tt.effect {
				t.Errorf("effects: got %d, want %d", got, tt.effect)
			}
			if tt.fault != None && tt.fault.Effect() != (tt.effect == 1) {
				t.Errorf("Effect() = %v, want %v", tt.fault.Effect(), tt.effect == 1)
			}
			if e := <-logged; e.N != 1 || e.Fault != tt.fault || string(e.Body) != "hello" {
				t.Errorf("logged %+v", e)
			}
			if got := h.Counts()["POST /"]; got != 1 || h.Total() != 1 {
				t.Errorf("counted %d of %d", got, h.Total())
			}
		})
	}
}

// post returns the status, what arrived of the body, and what went wrong.
func post(url, body string) (int, string, error) {
	resp, err := http.Post(url, "text/plain", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != "1" {
		return 0, "", errors.New("no retry-after")
	}
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

func TestLatencyEndsWithTheRequest(t *testing.T) {
	cloud := &counter{}
	h := Wrap(cloud, Options{Latency: time.Hour})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/", nil))
	if got := cloud.n.Load(); got != 0 {
		t.Errorf("the handler ran %d times, want 0", got)
	}
}

func TestRandomFaultsDependOnSeedAndNumberOnly(t *testing.T) {
	a, b, other := RandomFaults(7, 0.3), RandomFaults(7, 0.3), RandomFaults(8, 0.3)
	faults, different := 0, 0
	for n := int64(1); n <= 10000; n++ {
		f := a(n, nil)
		if g := b(n, nil); f != g {
			t.Fatalf("request %d: got %v and %v from the same seed", n, f, g)
		}
		if f != other(n, nil) {
			different++
		}
		if f != None {
			faults++
		}
	}
	if faults < 2700 || faults > 3300 {
		t.Errorf("got %d faults of 10000, want about 3000", faults)
	}
	if different < 3000 {
		t.Errorf("another seed differs in %d requests only", different)
	}
	if f := RandomFaults(1, 1, CutAfter)(5, nil); f != CutAfter {
		t.Errorf("got %v, want CutAfter", f)
	}
}

func TestIDsGoOnAfterAReload(t *testing.T) {
	one := IDs{Seed: 3}
	first := one.UUID()
	path := filepath.Join(t.TempDir(), "sub", "ids.json")
	if err := Save(path, one); err != nil {
		t.Fatal(err)
	}
	var two IDs
	if err := Load(path, &two); err != nil {
		t.Fatal(err)
	}
	if a, b := one.UUID(), two.UUID(); a != b || a == first {
		t.Errorf("got %s and %s after %s", a, b, first)
	}
	if n := two.Number(100); n <= 100 || two.Number(100) <= n {
		t.Errorf("numbers do not grow: %d", n)
	}
	if got := len(two.Text(12)); got != 12 {
		t.Errorf("Text(12) has %d characters", got)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600 (%v)", info.Mode(), err)
	}
}

func TestLoadOfAMissingFileChangesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{".", ""} {
		v := IDs{Seed: 9}
		if err := Load(FileIn(dir, "none"), &v); err != nil || v.Seed != 9 {
			t.Errorf("in %q: got %+v, %v", dir, v, err)
		}
	}
	if err := Save(FileIn("", "none"), 1); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("none"); err == nil {
		t.Error("what is kept nowhere is in the working directory")
	}
}

func TestLoadNamesADamagedFile(t *testing.T) {
	path := FileIn(t.TempDir(), "damaged.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Load(path, new(IDs)); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
}

func TestPage(t *testing.T) {
	items := []int{1, 2, 3, 4, 5}
	for _, tt := range []struct {
		number, size, want, last int
	}{{1, 2, 2, 3}, {3, 2, 1, 3}, {4, 2, 0, 3}, {1, 5, 5, 1}} {
		part, last := Page(items, tt.number, tt.size)
		if len(part) != tt.want || last != tt.last {
			t.Errorf("page %d of %d: got %v, last %d; want %d items, last %d", tt.number, tt.size, part, last, tt.want, tt.last)
		}
	}
	if part, last := Page([]int(nil), 1, 20); len(part) != 0 || last != 1 {
		t.Errorf("nothing: got %v, last %d", part, last)
	}
}

func TestWindowSlides(t *testing.T) {
	clock := NewManualClock(time.Unix(1_000_000, 0))
	w := &Window{PerHour: 5, PerMinute: 3}
	for i := range 3 {
		if u := w.Take(clock.Now()); !u.OK || u.Remaining != 4-i {
			t.Fatalf("request %d: %+v", i, u)
		}
	}
	clock.Advance(20 * time.Second)
	if u := w.Take(clock.Now()); u.OK || u.RetryAfter != 40*time.Second {
		t.Errorf("burst: %+v, want a refusal for 40s", u)
	}
	clock.Advance(40 * time.Second)
	w.Take(clock.Now())
	w.Take(clock.Now())
	clock.Advance(2 * time.Minute)
	if u := w.Take(clock.Now()); u.OK || u.RetryAfter != 0 || !u.Reset.Equal(time.Unix(1_003_600, 0)) {
		t.Errorf("hour: %+v, want a refusal until the first request expires", u)
	}
	clock.Advance(57 * time.Minute)
	if u := w.Take(clock.Now()); !u.OK {
		t.Errorf("after an hour: %+v", u)
	}
}

func TestEdit(t *testing.T) {
	type object struct{ Name, Size string }
	x := object{"a", "s"}
	if err := Edit(&x, func(m map[string]any) { m["Name"] = "b"; delete(m, "Size") }); err != nil || x != (object{Name: "b"}) {
		t.Errorf("%+v, %v", x, err)
	}
	if err := Edit(&x, func(m map[string]any) { m["Name"] = 1 }); err == nil || x != (object{Name: "b"}) {
		t.Errorf("%+v, %v: want an error and nothing changed", x, err)
	}
}
