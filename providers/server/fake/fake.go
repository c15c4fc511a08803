// Package fake is hosts in memory behind an SSH server: what -offline and tests
// reach in place of real ones. Any address leads to a host, which is made when it
// is first called. Its shell understands the language of POSIX; its commands are
// those that mlinfra uses, and do what the real ones do.
package fake

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// Options say what the hosts are like.
type Options struct {
	Dir    string // keeps their content; "" for nowhere
	Decide func(n int64, r *http.Request) fakecloud.Fault
	// Volume returns the file system that a cloud has made on the volume which appears
	// as /dev/disk/by-id/ID; "" for none. Nil when there is no cloud.
	Volume func(id string) string
	// Trouble gives a host a fault of its own when it is made; nil for none.
	Trouble func(addr string, h *Host)
}

// Cloud is all hosts.
type Cloud struct {
	o         Options
	authority ssh.Signer

	mu    sync.Mutex
	hosts map[string]*Host
	conns map[net.Conn]bool
	done  sync.WaitGroup
	ended bool
	n     int64
}

// Open returns hosts as they were left in o.Dir.
func Open(o Options) (*Cloud, error) {
	c := &Cloud{o: o, authority: signer("authority"), hosts: map[string]*Host{}, conns: map[net.Conn]bool{}}
	saved := map[string]*content{}
	if err := fakecloud.Load(c.file(), &saved); err != nil {
		return nil, err
	}
	for addr, s := range saved {
		c.hosts[addr] = c.newHost(addr, s)
	}
	return c, nil
}

func (c *Cloud) file() string { return fakecloud.FileIn(c.o.Dir, "server.json") }

// Authority returns the public key that signs the keys of all hosts, as a line of
// authorized_keys.
func Authority() string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer("authority").PublicKey())))
}

// Handler is an HTTP proxy that leads to the hosts: CONNECT is all that it answers.
func (c *Cloud) Handler() http.Handler { return http.HandlerFunc(c.connect) }

// Host returns the host at an address without port, made when there is none.
func (c *Cloud) Host(addr string) *Host {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[addr]
	if h == nil {
		h = c.newHost(addr, newContent(addr))
		c.hosts[addr] = h
		if c.o.Trouble != nil {
			c.o.Trouble(addr, h)
		}
	}
	return h
}

// Inventory returns a line for each thing on the hosts that was not there when
// they were made, sorted. What steps leave behind for themselves does not count.
func (c *Cloud) Inventory() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for addr, h := range c.hosts {
		for _, line := range h.inventory() {
			all = append(all, addr+" "+line)
		}
	}
	slices.Sort(all)
	return all
}

// save keeps the content.
func (c *Cloud) save() error {
	if c.o.Dir == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	saved := map[string]*content{}
	for addr, h := range c.hosts {
		h.mu.Lock()
		defer h.mu.Unlock()
		saved[addr] = h.content
	}
	return fakecloud.Save(c.file(), saved)
}

// Close ends all connections and what runs on the hosts.
func (c *Cloud) Close() error {
	c.mu.Lock()
	c.ended = true
	for conn := range c.conns {
		_ = conn.Close()
	}
	c.mu.Unlock()
	c.done.Wait()
	return c.save()
}

// Hang cuts all connections.
func (c *Cloud) Hang() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.conns {
		_ = conn.Close()
	}
}

// signer returns a key that follows from a name: the hosts of a test have the
// same ones each time.
func signer(name string) ssh.Signer {
	seed := sha256.Sum256([]byte("mlinfra fake " + name))
	s, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		panic(err)
	}
	return s
}

// hostKeys returns the key of the host at addr, with a certificate and without.
func (c *Cloud) hostKeys(addr string) []ssh.Signer {
	key := signer("host " + addr)
	sum := sha256.Sum256([]byte(addr))
	cert := &ssh.Certificate{
		Key: key.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{addr},
		ValidBefore: ssh.CertTimeInfinity, Serial: binary.BigEndian.Uint64(sum[:8]),
	}
	if err := cert.SignCert(rand.Reader, c.authority); err != nil {
		panic(err)
	}
	s, err := ssh.NewCertSigner(cert, key)
	if err != nil {
		panic(err)
	}
	return []ssh.Signer{key, s}
}

// HostKey returns the public key of the host at addr.
func (c *Cloud) HostKey(addr string) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer("host " + addr).PublicKey())))
}

// fault says what goes wrong with a session.
func (c *Cloud) fault(method, addr, what string) fakecloud.Fault {
	if c.o.Decide == nil {
		return fakecloud.None
	}
	c.mu.Lock()
	c.n++
	n := c.n
	c.mu.Unlock()
	r, err := http.NewRequest(method, fmt.Sprintf("ssh://%s/%s", addr, what), nil)
	if err != nil {
		panic(err)
	}
	return c.o.Decide(n, r)
}
