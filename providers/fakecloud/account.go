package fakecloud

import (
	"net/http"
	"sync"
	"time"
)

// Setup is what an Account is made of. All fields but those of Options, Clock and
// File are needed.
type Setup struct {
	Options // of what is in front

	Clock   Clock               // nil is time.Now
	File    string              // where the content is kept between runs; "" keeps it in memory
	Content any                 // a pointer to what File is to fill
	Settle  func(now time.Time) // makes happen what is due, by the content and now only: its result need not be saved
	Serve   http.HandlerFunc    // answers for the cloud
}

// Account is what fakes have in common, and embed: a lock for the content that
// the fake has, the file of the content and the clock that it goes by, and the
// fake's handler behind faults, latency and counters. Its methods may be called
// concurrently.
type Account struct {
	sync.Mutex // of the content

	setup Setup
	front *Wrapped
}

// Open returns an account, its content filled from the file if there is one.
func Open(s Setup) (*Account, error) {
	return &Account{setup: s, front: Wrap(s.Serve, s.Options)}, Load(s.File, s.Content)
}

// Now is the time of the clock, in UTC.
func (a *Account) Now() time.Time { return a.setup.Clock.Now().UTC() }

// Enter locks the content, makes happen what is due, and returns the time.
func (a *Account) Enter() time.Time {
	a.Lock()
	now := a.Now()
	a.setup.Settle(now)
	return now
}

// Run enters for a handler and returns its reply with the body in bytes. What the
// handler has changed is on disk by then, if it is to be saved; one that returns an
// error has changed nothing.
func (a *Account) Run(save bool, handler func(now time.Time) (Reply, error)) (Reply, error) {
	now := a.Enter()
	defer a.Unlock()
	rep, err := handler(now)
	if err != nil {
		return Reply{}, err
	}
	// Encoded under the lock: views share slices with the content.
	if rep, err = rep.encoded(); err != nil || !save {
		return rep, err
	}
	return rep, a.Save()
}

// Save writes the content, which is locked, to the file.
func (a *Account) Save() error { return Save(a.setup.File, a.setup.Content) }

// Handler returns the fake's handler, behind faults, latency and counters.
func (a *Account) Handler() http.Handler { return a.front }

// Counts returns how many requests came in, by the names of their endpoints.
func (a *Account) Counts() map[string]int64 { return a.front.Counts() }

// Requests returns how many requests came in.
func (a *Account) Requests() int64 { return a.front.Total() }

// Close writes the content once more. Handlers must not be used after it.
func (a *Account) Close() error {
	a.Lock()
	defer a.Unlock()
	return a.Save()
}
