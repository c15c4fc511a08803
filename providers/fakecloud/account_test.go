package fakecloud

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"
)

// tally is a fake with two numbers in it.
type tally struct {
	*Account
	s struct {
		Seen int `json:"seen"`
		Due  int `json:"due"` // how often settle came by
	}
}

// openTally opens one that counts POSTs, saves but those to /unsaved, and refuses
// those to /refused after it has counted them.
func openTally(t *testing.T, o Options, file string) *tally {
	c := &tally{}
	var err error
	c.Account, err = Open(Setup{
		Options: o, File: file, Content: &c.s, Settle: func(time.Time) { c.s.Due++ },
		Serve: func(w http.ResponseWriter, r *http.Request) {
			rep, err := c.Run(r.URL.Path != "/unsaved", func(time.Time) (Reply, error) {
				if c.s.Seen++; r.URL.Path == "/refused" {
					return Reply{}, errors.New("refused")
				}
				return Reply{Status: http.StatusCreated, Body: &c.s}, nil
			})
			if err != nil {
				rep = Reply{Status: http.StatusConflict}
			}
			c.s.Seen *= 10 // what comes after Run must not show in the answer
			rep.Send(w, "application/json")
			c.s.Seen /= 10
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAccountSavesWhatARequestChanged(t *testing.T) {
	for _, tt := range []struct {
		path         string
		status       int
		body         string
		saved, after int // what the file has, and what it has after Close
	}{
		{"/", http.StatusCreated, `{"seen":1,"due":1}`, 1, 1},
		{"/unsaved", http.StatusCreated, `{"seen":1,"due":1}`, 0, 1},
		{"/refused", http.StatusConflict, "", 0, 1},
	} {
		t.Run(tt.path, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "tally.json")
			c := openTally(t, Options{}, file)
			w := httptest.NewRecorder()
			c.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, tt.path, nil))
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.status, tt.body)
			}
			if got := openTally(t, Options{}, file).s.Seen; got != tt.saved {
				t.Errorf("the file has %d, want %d", got, tt.saved)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if got := openTally(t, Options{}, file).s.Seen; got != tt.after {
				t.Errorf("the file has %d after Close, want %d", got, tt.after)
			}
		})
	}
}

func TestAccountIsBehindFaultsAndCounters(t *testing.T) {
	c := openTally(t, Options{Decide: OnlyAt(1, FailBefore), Refuse: refuseJSON}, "")
	for i, want := range []int{http.StatusInternalServerError, http.StatusCreated} {
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
		if w.Code != want {
			t.Errorf("request %d: got %d, want %d", i+1, w.Code, want)
		}
	}
	if c.s.Seen != 1 || c.Requests() != 2 || c.Counts()["POST /"] != 2 {
		t.Errorf("got %d in %d requests, counted as %v", c.s.Seen, c.Requests(), c.Counts())
	}
}

func TestReply(t *testing.T) {
	for _, tt := range []struct {
		reply      Reply
		kind, body string
	}{
		{Reply{Status: 200, Body: map[string]int{"n": 1}}, "application/json", `{"n":1}`},
		{Reply{Status: 200, Body: []byte("raw"), Header: http.Header{"Content-Type": {"text/plain"}}}, "text/plain", "raw"},
		{Reply{Status: 204}, "", ""},
	} {
		w := httptest.NewRecorder()
		tt.reply.Send(w, "application/json")
		if kind := w.Header().Get("Content-Type"); w.Code != tt.reply.Status || kind != tt.kind || w.Body.String() != tt.body {
			t.Errorf("%+v: got %d %q %q", tt.reply, w.Code, kind, w.Body)
		}
	}
}

func TestOpenNamesADamagedFile(t *testing.T) {
	var content struct{}
	if _, err := Open(Setup{File: "/dev/null/x", Content: &content}); err == nil {
		t.Error("opened below a file")
	}
}
