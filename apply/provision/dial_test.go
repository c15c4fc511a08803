package provision

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/mlinfra/mlinfra/providers/fakecloud/sshhost"
	"github.com/mlinfra/mlinfra/remote"
)

// newKey returns a key, and as private_key takes it.
func newKey(t *testing.T, passphrase string) (ssh.Signer, ed25519.PrivateKey, string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return signer, key, string(pem.EncodeToMemory(block))
}

func certificate(t *testing.T, ca ssh.Signer, key ssh.PublicKey, typ uint32, principal string) *ssh.Certificate {
	t.Helper()
	c := &ssh.Certificate{Key: key, CertType: typ, ValidPrincipals: []string{principal}, ValidBefore: ssh.CertTimeInfinity}
	if err := c.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	return c
}

func line(key ssh.PublicKey) cty.Value { return str(string(ssh.MarshalAuthorizedKey(key))) }

// startAgent serves an SSH agent with the keys and returns its variable.
func startAgent(t *testing.T, keys ...agent.AddedKey) string {
	t.Helper()
	ring := agent.NewKeyring()
	for _, k := range keys {
		if err := ring.Add(k); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() { _ = agent.ServeAgent(ring, conn); _ = conn.Close() })
		}
	})
	t.Cleanup(func() { _ = l.Close(); done.Wait() })
	return "SSH_AUTH_SOCK=" + path
}

func TestLogin(t *testing.T) {
	key, raw, text := newKey(t, "")
	_, other, otherText := newKey(t, "")
	ca := sshhost.NewKey()
	cert := certificate(t, ca, key.PublicKey(), ssh.UserCert, "root")
	inAgent, otherInAgent := agent.AddedKey{PrivateKey: raw, Comment: "/home/me/.ssh/mine"}, agent.AddedKey{PrivateKey: other}
	byKey := sshhost.Config{Keys: []ssh.PublicKey{key.PublicKey()}}
	null := cty.NullVal(cty.String)
	for name, c := range map[string]struct {
		host  sshhost.Config
		conn  vals
		agent []agent.AddedKey
	}{
		"a password":                      {sshhost.Config{Password: "pw"}, nil, nil},
		"another user":                    {sshhost.Config{User: "ubuntu", Password: "pw"}, vals{"user": str("ubuntu")}, nil},
		"a key":                           {byKey, vals{"password": null, "private_key": str(text)}, nil},
		"a key after which comes nothing": {byKey, vals{"private_key": str(text)}, nil},
		"a password after a key":          {sshhost.Config{Password: "pw"}, vals{"private_key": str(text)}, nil},
		"a certificate":                   {sshhost.Config{UserCA: ca.PublicKey()}, vals{"private_key": str(text), "certificate": line(cert)}, nil},
		"an agent that is there":          {byKey, nil, []agent.AddedKey{otherInAgent, inAgent}},
		"an agent that was asked for":     {byKey, vals{"agent": cty.True}, []agent.AddedKey{inAgent}},
		"an agent after a key of no use":  {byKey, vals{"private_key": str(otherText)}, []agent.AddedKey{inAgent}},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := startHost(t, c.host)
			var environ []string
			if c.agent != nil {
				environ = append(environ, startAgent(t, c.agent...))
			}
			p, err := run(t, "remote-exec", inline(t, "echo in"), to(t, h, c.conn), environ...)
			if err != nil || !p.has("in") {
				t.Errorf("not logged in: %v; printed %q", err, p.lines)
			}
			wantNoSecret(t, p, err, text, otherText)
		})
	}
}

func TestLoginIsRefused(t *testing.T) {
	key, raw, text := newKey(t, "")
	_, _, locked := newKey(t, "phrase")
	other, _, _ := newKey(t, "")
	ca := sshhost.NewKey()
	byKey := sshhost.Config{Keys: []ssh.PublicKey{key.PublicKey()}}
	short := str("1s")
	for name, c := range map[string]struct {
		host  sshhost.Config
		conn  vals
		agent bool
		want  string
	}{
		"a wrong password":                {sshhost.Config{Password: "right"}, vals{"password": str("wrong"), "timeout": short}, false, "unable to authenticate"},
		"a wrong key":                     {sshhost.Config{Keys: []ssh.PublicKey{other.PublicKey()}}, vals{"private_key": str(text), "timeout": short}, false, "check user, private_key"},
		"a wrong user":                    {sshhost.Config{Password: "pw"}, vals{"user": str("ubuntu"), "timeout": short}, false, "no connection to ubuntu@127.0.0.1"},
		"a certificate of nobody":         {sshhost.Config{UserCA: ca.PublicKey()}, vals{"private_key": str(text), "certificate": line(certificate(t, other, key.PublicKey(), ssh.UserCert, "root")), "timeout": short}, false, "unable to authenticate"},
		"a certificate of another key":    {byKey, vals{"private_key": str(text), "certificate": line(certificate(t, ca, other.PublicKey(), ssh.UserCert, "root"))}, false, "its certificate is of another key"},
		"a certificate that is a key":     {byKey, vals{"private_key": str(text), "certificate": line(key.PublicKey())}, false, "its certificate is none"},
		"a key with a passphrase":         {byKey, vals{"private_key": str(locked)}, false, "the key has a passphrase"},
		"an agent that must not be asked": {byKey, vals{"agent": cty.False, "timeout": short}, true, "unable to authenticate"},
		"an agent that is not there":      {byKey, vals{"agent": cty.True}, false, "SSH_AUTH_SOCK is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := startHost(t, c.host)
			var environ []string
			if c.agent {
				environ = append(environ, startAgent(t, agent.AddedKey{PrivateKey: raw}))
			}
			p, err := run(t, "remote-exec", inline(t, "echo in"), to(t, h, c.conn), environ...)
			wantError(t, err, c.want)
			wantNoSecret(t, p, err, text, locked, "wrong", "phrase'")
		})
	}
}

func TestAgentThatDoesNotAnswer(t *testing.T) {
	h, _ := startHost(t, sshhost.Config{Password: "pw"})
	const stale = "SSH_AUTH_SOCK=/nonexistent/agent"
	if _, err := run(t, "remote-exec", inline(t, "true"), to(t, h, nil), stale); err != nil {
		t.Errorf("nobody asked for the agent: %v", err)
	}
	_, err := run(t, "remote-exec", inline(t, "true"), to(t, h, vals{"agent": cty.True}), stale)
	wantError(t, err, "SSH_AUTH_SOCK leads to none")
}

func TestAgentIsForwarded(t *testing.T) {
	key, raw, _ := newKey(t, "")
	h, _ := startHost(t, sshhost.Config{Keys: []ssh.PublicKey{key.PublicKey()}})
	p, err := run(t, "remote-exec", inline(t, `test -S "$SSH_AUTH_SOCK" && echo forwarded`), to(t, h, nil), startAgent(t, agent.AddedKey{PrivateKey: raw}))
	if err != nil || !p.has("forwarded") {
		t.Errorf("no agent on the host: %v, %q", err, p.lines)
	}
}

func TestHostKey(t *testing.T) {
	key, ca := sshhost.NewKey(), sshhost.NewKey()
	cert, err := ssh.NewCertSigner(certificate(t, ca, key.PublicKey(), ssh.HostCert, "127.0.0.1"), key)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := ssh.NewCertSigner(certificate(t, ca, key.PublicKey(), ssh.HostCert, "10.0.0.1"), key)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ssh.NewSignerFromKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		has  ssh.Signer
		want ssh.PublicKey // in host_key
		err  string
	}{
		"the key":                        {key, key.PublicKey(), ""},
		"a key of another kind":          {ecKey, ecKey.PublicKey(), ""},
		"another key":                    {key, ca.PublicKey(), "the host shows the key " + ssh.FingerprintSHA256(key.PublicKey())},
		"another kind of key":            {key, ecKey.PublicKey(), "no common algorithm for host key"},
		"the authority of a certificate": {cert, ca.PublicKey(), ""},
		"a certificate of another host":  {foreign, ca.PublicKey(), "principal"},
		"a certificate of nobody":        {cert, ecKey.PublicKey(), "log in to root@127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := startHost(t, sshhost.Config{Password: "pw", HostKey: c.has})
			_, err := run(t, "remote-exec", inline(t, "true"), to(t, h, vals{"host_key": line(c.want), "timeout": str("1s")}))
			checkError(t, err, c.err)
			if c.err != "" && h.Logins() > 0 {
				t.Error("the password was shown to a host that is not the one")
			}
		})
	}
}

func TestBastion(t *testing.T) {
	key, _, text := newKey(t, "")
	h, _ := startHost(t, sshhost.Config{Password: "pw"})
	port := func(b *sshhost.Host) cty.Value { return cty.NumberIntVal(int64(b.Port())) }
	same, _ := startHost(t, sshhost.Config{Password: "pw"})
	own, _ := startHost(t, sshhost.Config{User: "jump", Keys: []ssh.PublicKey{key.PublicKey()}})
	for name, c := range map[string]struct {
		bastion *sshhost.Host
		conn    vals
		err     string
	}{
		"opened by what opens the host": {same, vals{"bastion_host": str("127.0.0.1"), "bastion_port": port(same)}, ""},
		"opened by its own key":         {own, vals{"bastion_host": str("127.0.0.1"), "bastion_port": port(own), "bastion_user": str("jump"), "bastion_private_key": str(text), "bastion_host_key": str(own.HostKey())}, ""},
		"with another key":              {same, vals{"bastion_host": str("127.0.0.1"), "bastion_port": port(same), "bastion_host_key": str(own.HostKey()), "timeout": str("1s")}, "the host shows the key"},
		"with another password":         {same, vals{"bastion_host": str("127.0.0.1"), "bastion_port": port(same), "bastion_password": str("wrong"), "timeout": str("1s")}, "log in to root@" + remote.Address("127.0.0.1", same.Port())},
		"that does not reach the host":  {same, vals{"bastion_host": str("127.0.0.1"), "bastion_port": port(same), "host": str("10.255.255.1"), "timeout": str("1s")}, "from the bastion to 10.255.255.1"},
	} {
		t.Run(name, func(t *testing.T) {
			before := c.bastion.Logins()
			p, err := run(t, "remote-exec", inline(t, "echo in"), to(t, h, c.conn))
			checkError(t, err, c.err)
			if c.err == "" && (!p.has("in") || c.bastion.Logins() != before+1) {
				t.Errorf("%d logins at the bastion; printed %q", c.bastion.Logins()-before, p.lines)
			}
			wantNoSecret(t, p, err, "wrong", text)
		})
	}
}

// TestBastionIsCut holds that nothing goes on when only the bastion's connection is lost.
func TestBastionIsCut(t *testing.T) {
	h, _ := startHost(t, sshhost.Config{Password: "pw"})
	bastion, _ := startHost(t, sshhost.Config{Password: "pw"})
	p := &printed{on: func(line string) {
		if line == "ready" {
			go bastion.Cut()
		}
	}}
	conn := to(t, h, vals{"bastion_host": str("127.0.0.1"), "bastion_port": cty.NumberIntVal(int64(bastion.Port()))})
	err := Run(t.Context(), Job{Type: "remote-exec", Config: inline(t, "echo ready", "sleep 60"), Environ: environment(), Connection: conn, Output: p.add})
	wantError(t, err, "was lost")
}

// startProxy starts an HTTP proxy that lets user u with password p through.
func startProxy(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
		if user, password, _ := in.BasicAuth(); r.Method != http.MethodConnect || user != "u" || password != "secret" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		to, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		from, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		// The host's first words come with the answer, in one packet.
		hello, err := bufio.NewReader(to).ReadString('\n')
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n"+hello)
		done.Go(func() { _, _ = io.Copy(to, from); _ = to.Close() })
		_, _ = io.Copy(from, to)
		_ = from.Close()
	})}
	done.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() { _ = server.Close(); done.Wait() })
	return l.Addr().(*net.TCPAddr).Port
}

func TestHTTPProxy(t *testing.T) {
	h, _ := startHost(t, sshhost.Config{Password: "pw"})
	port := cty.NumberIntVal(int64(startProxy(t)))
	proxy := vals{"proxy_host": str("127.0.0.1"), "proxy_port": port, "proxy_user_name": str("u"), "proxy_user_password": str("secret")}
	p, err := run(t, "remote-exec", inline(t, "echo in"), to(t, h, proxy))
	if err != nil || !p.has("in") {
		t.Errorf("not through the proxy: %v, %q", err, p.lines)
	}
	proxy["proxy_user_password"], proxy["timeout"] = str("wrong"), str("1s")
	p, err = run(t, "remote-exec", inline(t, "echo in"), to(t, h, proxy))
	wantError(t, err, "check proxy_user_name")
	wantNoSecret(t, p, err, "wrong", "secret")

	proxy["proxy_user_password"], proxy["port"] = str("secret"), cty.NumberIntVal(1)
	_, err = run(t, "remote-exec", inline(t, "echo in"), to(t, h, proxy))
	wantError(t, err, "no tunnel to 127.0.0.1:1: 502")
}

// TestSOCKSProxy is against a proxy of a few lines: it takes any greeting.
func TestSOCKSProxy(t *testing.T) {
	h, _ := startHost(t, sshhost.Config{Password: "pw"})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		from, err := l.Accept()
		if err != nil {
			return
		}
		b := make([]byte, 64)
		_, _ = io.ReadAtLeast(from, b, 3)
		_, _ = from.Write([]byte{5, 0})
		_, _ = io.ReadFull(from, b[:10]) // to an IPv4 address
		to, err := net.Dial("tcp", remote.Address(net.IP(b[4:8]).String(), int(b[8])<<8|int(b[9])))
		if err != nil {
			_ = from.Close()
			return
		}
		_, _ = from.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		done.Go(func() { _, _ = io.Copy(to, from); _ = to.Close() })
		_, _ = io.Copy(from, to)
		_ = from.Close()
	})
	t.Cleanup(func() { _ = l.Close(); done.Wait() })
	p, err := run(t, "remote-exec", inline(t, "echo in"), to(t, h, vals{
		"proxy_scheme": str("socks5"), "proxy_host": str("127.0.0.1"), "proxy_port": cty.NumberIntVal(int64(l.Addr().(*net.TCPAddr).Port)),
	}))
	if err != nil || !p.has("in") {
		t.Errorf("not through the proxy: %v, %q", err, p.lines)
	}
}

func TestHostThatComesUpLate(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	var first *sshhost.Host
	clock := &quickClock{now: time.Unix(0, 0)}
	clock.before = func(n int) {
		switch n {
		case 3: // it is up, but does not know the user yet
			if first, err = sshhost.Start(sshhost.Config{Addr: addr, User: "nobody", Password: "pw"}); err != nil {
				t.Error(err)
			}
		case 6:
			first.Close()
			h, err := sshhost.Start(sshhost.Config{Addr: addr, User: "root", Password: "pw"})
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(h.Close)
		}
	}
	p := &printed{}
	err = Run(t.Context(), Job{
		Type: "remote-exec", Config: inline(t, "echo in"), Environ: environment(), Output: p.add, Clock: clock,
		Connection: object(t, ConnectionSchema(), vals{
			"host": str("127.0.0.1"), "port": cty.NumberIntVal(int64(port)), "password": str("pw"),
			"script_path": str(t.TempDir() + "/%RAND%"),
		}),
	})
	if err != nil || !p.has("in") {
		t.Fatalf("not connected: %v, %q", err, p.lines)
	}
	want := []time.Duration{1, 2, 4, 8, 16, 20}
	for i := range want {
		if clock.slept[i] != want[i]*time.Second {
			t.Fatalf("paused %v, want seconds %v", clock.slept, want)
		}
	}
	said := strings.Join(p.lines, "\n")
	if n := strings.Count(said, "Not connected yet"); n != 2 || !strings.Contains(said, "connection refused") || !strings.Contains(said, "unable to authenticate") {
		t.Errorf("said %d times why it waits, want once per reason: %q", n, p.lines)
	}
}

func TestTimeoutOfConnecting(t *testing.T) {
	clock := &quickClock{now: time.Unix(0, 0)}
	conn := object(t, ConnectionSchema(), vals{"host": str("127.0.0.1"), "port": cty.NumberIntVal(1), "timeout": str("30s")})
	err := Run(t.Context(), Job{Type: "remote-exec", Config: inline(t, "true"), Connection: conn, Environ: environment(), Clock: clock})
	wantError(t, err, "no connection to root@127.0.0.1:1 within 30s", "connection refused", "check host and port")
	if d := clock.now.Sub(time.Unix(0, 0)); d != 29*time.Second {
		t.Errorf("tried for %s, want 29s: the last attempt gets a second", d)
	}
}

func TestHostThatSaysNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	port := cty.NumberIntVal(int64(l.Addr().(*net.TCPAddr).Port))
	start := time.Now()
	conn := object(t, ConnectionSchema(), vals{"host": str("127.0.0.1"), "port": port, "timeout": str("500ms")})
	err = Run(t.Context(), Job{Type: "remote-exec", Config: inline(t, "true"), Connection: conn, Environ: environment()})
	wantError(t, err, "within 500ms", "deadline exceeded", "check host and port")

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	conn = object(t, ConnectionSchema(), vals{"host": str("127.0.0.1"), "port": port})
	err = Run(ctx, Job{Type: "remote-exec", Config: inline(t, "true"), Connection: conn, Environ: environment()})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "interrupted") {
		t.Errorf("error is %v, want that it was interrupted", err)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("took %s", d)
	}
}
