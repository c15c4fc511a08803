package remote

import (
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud/sshhost"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

func TestAgentIdentityGoesFirst(t *testing.T) {
	dir := t.TempDir()
	var signers []agent.AddedKey
	var wanted ssh.Signer
	for _, comment := range []string{"a", "b", "/home/me/.ssh/mine", "c"} {
		s, raw := newKey(t)
		if comment == "c" {
			wanted = s
		}
		signers = append(signers, agent.AddedKey{PrivateKey: raw, Comment: comment})
	}
	if err := os.WriteFile(filepath.Join(dir, "id.pub"), ssh.MarshalAuthorizedKey(wanted.PublicKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := startAgent(t, signers...)
	for id, want := range map[string]string{"mine": "/home/me/.ssh/mine", "b": "b", filepath.Join(dir, "id"): "c", "none": "a"} {
		k, err := OpenKeyring(nil, socket, id)
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.signers()
		if err != nil || got[0].PublicKey().(*agent.Key).Comment != want || len(got) != 4 {
			t.Errorf("agent_identity %q: first is %v of %d, want %s (%v)", id, got[0].PublicKey(), len(got), want, err)
		}
		k.Close()
	}
}

// newKey returns a key, also as an agent takes it.
func newKey(t *testing.T) (ssh.Signer, ed25519.PrivateKey) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer, key
}

// startAgent serves an SSH agent with the keys and returns its socket.
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
	return path
}

// TestHostThatFallsSilent holds that a host which stops to answer is cut, though
// TCP has nothing to complain about.
func TestHostThatFallsSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	here, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	there, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	server := &ssh.ServerConfig{NoClientAuth: true}
	server.AddHostKey(sshhost.NewKey())
	var done sync.WaitGroup
	done.Go(func() {
		_, channels, _, err := ssh.NewServerConn(there, server)
		if err != nil {
			t.Error(err)
			return
		}
		for range channels { // requests are never answered
		}
	})
	c, channels, requests, err := ssh.NewClientConn(here, "", &ssh.ClientConfig{HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Fatal(err)
	}
	client := ssh.NewClient(c, channels, requests)
	keepAlive(client, func() { _ = here.Close() }, 10*time.Millisecond, 50*time.Millisecond)
	if err := client.Wait(); err == nil {
		t.Error("the connection ended well")
	}
	done.Wait()
}

func TestHostThatAnswersIsKept(t *testing.T) {
	h, err := sshhost.Start(sshhost.Config{User: "root", Password: "pw", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	client, err := ssh.Dial("tcp", Address("127.0.0.1", h.Port()), &ssh.ClientConfig{
		User: "root", Auth: []ssh.AuthMethod{ssh.Password("pw")}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		t.Fatal(err)
	}
	var closed atomic.Bool
	time.AfterFunc(200*time.Millisecond, func() { closed.Store(true); _ = client.Close() })
	keepAlive(client, func() {
		if !closed.Load() {
			t.Error("cut, though the host answers")
		}
	}, time.Millisecond, 10*time.Second)
}
