package provision

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud/sshhost"
)

// probed asks with a clock that does not wait.
func probed(t *testing.T, p providers.Probe, before func(n int)) (*printed, *quickClock, error) {
	t.Helper()
	out, clock := &printed{}, &quickClock{now: time.Now(), before: before}
	p.Host = "127.0.0.1"
	if p.Timeout == 0 {
		p.Timeout = time.Minute
	}
	err := Answer(t.Context(), p, Job{Output: out.add, Environ: environment(), Clock: clock})
	return out, clock, err
}

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func TestAnswerOfAnSSHServer(t *testing.T) {
	h, _ := startHost(t, sshhost.Config{})
	if _, clock, err := probed(t, providers.Probe{SSH: true, Port: h.Port()}, nil); err != nil || len(clock.slept) > 0 {
		t.Errorf("a host that is up: %v after %d pauses, want none", err, len(clock.slept))
	}

	// One that comes up after a while.
	port := freePort(t)
	out, clock, err := probed(t, providers.Probe{SSH: true, Port: port}, func(n int) {
		if n == 3 {
			startHostAt(t, fmt.Sprintf("127.0.0.1:%d", port))
		}
	})
	if err != nil || len(clock.slept) != 3 {
		t.Errorf("a host that boots: %v after %d pauses, want 3", err, len(clock.slept))
	}
	if len(out.lines) != 1 || !strings.Contains(out.lines[0], "connection refused") {
		t.Errorf("it was told %q, want once why it waits", out.lines)
	}

	// One that never does.
	_, clock, err = probed(t, providers.Probe{SSH: true, Port: port + 1}, nil)
	wantError(t, err, "no answer within 1m0s", "check host and port")
	total := time.Duration(0)
	for _, d := range clock.slept {
		total += d
		if d > probePause {
			t.Errorf("it has paused for %s, at most %s is wanted", d, probePause)
		}
	}
	if total > time.Minute {
		t.Errorf("it has waited for %s", total)
	}
}

func startHostAt(t *testing.T, addr string) {
	h, err := sshhost.Start(sshhost.Config{Dir: t.TempDir(), Addr: addr, User: "root"})
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(h.Close)
}

func TestAnswerOfAnotherServer(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	_, _, err := probed(t, providers.Probe{SSH: true, Port: s.Listener.Addr().(*net.TCPAddr).Port, Timeout: 2 * time.Second}, nil)
	wantError(t, err, "no answer within 2s")
}

func TestAnswerOfAnHTTPServer(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/moved":
			http.Redirect(w, r, "/broken", http.StatusFound)
		case r.URL.Path == "/broken", asked.Add(1) < 3:
			w.WriteHeader(http.StatusBadGateway)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer s.Close()
	out, clock, err := probed(t, providers.Probe{URL: s.URL + "/health"}, nil)
	if err != nil || len(clock.slept) != 2 {
		t.Errorf("a server that starts: %v after %d pauses, want 2", err, len(clock.slept))
	}
	if !strings.Contains(strings.Join(out.lines, "\n"), "502 Bad Gateway") {
		t.Errorf("it was told %q, want why it waits", out.lines)
	}
	if _, _, err := probed(t, providers.Probe{URL: s.URL + "/moved"}, nil); err != nil {
		t.Errorf("a redirect is an answer: %v", err)
	}
	_, _, err = probed(t, providers.Probe{URL: s.URL + "/broken"}, nil)
	wantError(t, err, "no answer within 1m0s", "502")
}

func TestAnswerOfCloudInit(t *testing.T) {
	signer, _, key := newKey(t, "")
	bin := t.TempDir()
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	h, dir := startHost(t, sshhost.Config{Keys: []ssh.PublicKey{signer.PublicKey()}})
	p := providers.Probe{SSH: true, CloudInit: true, Port: h.Port(), User: "root", PrivateKey: key, Timeout: 5 * time.Second}
	becomes := func(script string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(bin, "cloud-init"), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := probed(t, p, nil)
	wantError(t, err, "there is no cloud-init")

	becomes(`echo "$@" >asked`)
	if _, _, err := probed(t, p, nil); err != nil {
		t.Errorf("one that is done: %v", err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "asked")); string(got) != "status --wait --long\n" {
		t.Errorf("cloud-init was asked %q", got)
	}
	becomes("exit 2")
	if out, _, err := probed(t, p, nil); err != nil || !strings.Contains(strings.Join(out.lines, "\n"), "had errors") {
		t.Errorf("one that has recovered: %v, told %q", err, out.lines)
	}
	becomes("echo no such package >&2; exit 1")
	_, clock, err := probed(t, p, nil)
	wantError(t, err, "cloud-init has failed", "no such package")
	if !errors.As(err, new(*FailedError)) || len(clock.slept) > 0 {
		t.Errorf("one that has failed is asked again, or no failure: %v", err)
	}

	p.PrivateKey = "-----BEGIN OPENSSH PRIVATE KEY-----"
	_, _, err = probed(t, p, nil)
	wantError(t, err, "private_key")
}

func TestAnswerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	clock := &quickClock{now: time.Now(), before: func(int) { cancel() }}
	err := Answer(ctx, providers.Probe{Host: "127.0.0.1", SSH: true, Port: freePort(t), Timeout: time.Hour}, Job{Clock: clock})
	wantError(t, err, "interrupted")
}
