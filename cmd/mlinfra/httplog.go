package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/providers"
)

// levelTrace also logs that a request is about to be sent.
const levelTrace = slog.LevelDebug - 4

// logLevels are what MLINFRA_LOG and TF_LOG may be, in any case. Only failures
// are above debug.
var logLevels = map[string]slog.Level{
	"TRACE": levelTrace, "JSON": levelTrace, "DEBUG": slog.LevelDebug, "INFO": slog.LevelInfo, "WARN": slog.LevelWarn, "ERROR": slog.LevelError,
}

// openLog prepares the log of requests that the environment asks for. The
// returned function ends it.
func (a *app) openLog() (func(), error) {
	name := strings.ToUpper(a.setting("LOG"))
	if name == "" || name == "OFF" {
		return func() {}, nil
	}
	level, ok := logLevels[name]
	if !ok {
		fmt.Fprintf(a.stderr, "MLINFRA_LOG or TF_LOG is %q: it should be trace, debug, info, warn, error, json or off; trace is taken.\n", a.setting("LOG"))
		level = levelTrace
	}
	to, end := a.stderr, func() {}
	if path := a.setting("LOG_PATH"); path != "" {
		f, err := openLogFile(path)
		if err != nil {
			return nil, fmt.Errorf("MLINFRA_LOG_PATH or TF_LOG_PATH is %q: %w", path, err)
		}
		w := &scrubbed{secrets: a.secrets, to: f}
		to, end = w, func() { w.Flush(); _ = f.Close() }
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: nameTrace}
	if name == "JSON" {
		a.requests = slog.NewJSONHandler(to, options)
	} else {
		a.requests = slog.NewTextHandler(to, options)
	}
	return end, nil
}

// openLogFile opens a log to append to it. Nobody else may read it.
func openLogFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		if err := f.Chmod(0o600); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return f, nil
}

func nameTrace(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.LevelKey && a.Value.Any() == levelTrace {
		a.Value = slog.StringValue("TRACE")
	}
	return a
}

// traced returns next, with a line in the log for each request if there is one.
// who names the sender.
func (a *app) traced(who string, next http.RoundTripper) http.RoundTripper {
	if a.requests == nil {
		return next
	}
	return &httpLog{who: who, next: next, log: a.requests, clock: a.clock}
}

// httpLog tells of requests what is on a list: who sends them, method, host and
// path, status, times and sizes, and the headers below. Never a body, a query,
// or another header: they hold credentials.
type httpLog struct {
	who   string
	next  http.RoundTripper
	log   slog.Handler
	clock providers.Clock
}

// shownHeaders are those of answers that are logged: the names that clouds give
// to a request, and their limits.
var shownHeaders = []string{
	"X-Request-Id", "X-Amz-Request-Id", "X-Amzn-Requestid", "X-Amz-Id-2", "X-Goog-Request-Id", "X-Guploader-Uploadid", "X-Gateway",
	"Ratelimit-Limit", "Ratelimit-Remaining", "Ratelimit-Reset", "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset", "Retry-After",
}

// maxShown bounds what is logged of one text.
const maxShown = 300

// RoundTrip sends r.
func (h *httpLog) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := context.WithoutCancel(r.Context())
	start := h.clock.Now()
	asked := []slog.Attr{slog.String("provider", h.who), slog.String("method", r.Method), slog.String("host", clip(r.URL.Host)), slog.String("path", clip(r.URL.EscapedPath()))}
	if n := attempt(r); n != "" {
		asked = append(asked, slog.String("attempt", n))
	}
	h.write(ctx, levelTrace, "request", asked)
	resp, err := h.next.RoundTrip(r)
	end := func(level slog.Level, received int64, more ...slog.Attr) {
		all := append(asked, more...)
		all = append(all, slog.Duration("duration", h.clock.Now().Sub(start)), slog.Int64("sent", max(r.ContentLength, 0)), slog.Int64("received", received))
		if resp != nil {
			all = append(all, shown(resp.Header)...)
		}
		h.write(ctx, level, "http", all)
	}
	if err != nil {
		end(slog.LevelWarn, 0, slog.String("failed", kindOfFailure(err)))
		return resp, err
	}
	level := slog.LevelDebug
	if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests {
		level = slog.LevelWarn
	}
	resp.Body = &countedBody{ReadCloser: resp.Body, done: func(n int64) { end(level, n, slog.Int("status", resp.StatusCode)) }}
	return resp, nil
}

// CloseIdleConnections closes those of the transport behind.
func (h *httpLog) CloseIdleConnections() { (&http.Client{Transport: h.next}).CloseIdleConnections() }

func (h *httpLog) write(ctx context.Context, level slog.Level, message string, attrs []slog.Attr) {
	if !h.log.Enabled(ctx, level) {
		return
	}
	record := slog.NewRecord(h.clock.Now(), level, message, 0)
	record.AddAttrs(attrs...)
	_ = h.log.Handle(ctx, record) // a log that cannot be written stops nothing
}

// shown returns the headers that are logged.
func shown(header http.Header) []slog.Attr {
	var list []slog.Attr
	for _, name := range shownHeaders {
		if v := header.Get(name); v != "" {
			list = append(list, slog.String(strings.ToLower(name), clip(v)))
		}
	}
	return list
}

// clip returns s without what steers a terminal, and not all of it when it is
// long.
func clip(s string) string {
	if len(s) > maxShown {
		s = s[:maxShown] + "…"
	}
	return view.Clean(s)
}

var attemptPattern = regexp.MustCompile(`attempt(?:=|-count/)(\d{1,4})`)

// attempt returns the number of the attempt where an SDK tells it; "" elsewhere.
func attempt(r *http.Request) string {
	for _, name := range []string{"Amz-Sdk-Request", "X-Goog-Api-Client"} {
		if m := attemptPattern.FindStringSubmatch(r.Header.Get(name)); m != nil {
			return m[1]
		}
	}
	return ""
}

// kindOfFailure says in a word why there is no answer. The error itself may
// hold an address with its query.
func kindOfFailure(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return "name not found"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case errors.As(err, &op):
		return op.Op
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "cut off"
	}
	return "other"
}

// countedBody tells how much of a body has been read when that has ended.
type countedBody struct {
	io.ReadCloser
	n    atomic.Int64
	once sync.Once
	done func(n int64)
}

// Read reads from the body.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	if err != nil {
		b.once.Do(func() { b.done(b.n.Load()) })
	}
	return n, err
}

// Close ends the reading.
func (b *countedBody) Close() error {
	b.once.Do(func() { b.done(b.n.Load()) })
	return b.ReadCloser.Close()
}
