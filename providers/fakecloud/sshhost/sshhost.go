// Package sshhost is a host on loopback that one can log in to over SSH: what
// fakes of servers and tests of what works over SSH share.
//
// It is no sandbox. Commands run with /bin/sh as the user of this process, and
// paths are those of this machine; a command starts in Config.Dir, which is
// also its HOME and where relative paths of SFTP begin. It forwards to loopback
// only, so that it can be a bastion.
package sshhost

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Config says what a host is like. The zero value lets nobody in.
type Config struct {
	Dir  string // where commands run
	Addr string // to listen on; a free port of loopback when ""
	User string // who may log in

	Password string          // opens the host unless ""
	Keys     []ssh.PublicKey // each of which opens it
	UserCA   ssh.PublicKey   // whose certificates for User open it; nil for none
	HostKey  ssh.Signer      // a new one when nil

	NoSFTP bool // has no SFTP subsystem
	NoPTY  bool // refuses terminals
}

// Host is an SSH server. Close it.
type Host struct {
	config   Config
	server   *ssh.ServerConfig
	listener net.Listener
	done     sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	conns    map[net.Conn]bool
	groups   map[int]bool // process groups of commands that run
	logins   int
	commands []string
}

// Start starts a host.
func Start(c Config) (*Host, error) {
	if c.HostKey == nil {
		c.HostKey = NewKey()
	}
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, err
	}
	h := &Host{config: c, listener: listener, conns: map[net.Conn]bool{}, groups: map[int]bool{}}
	h.server = &ssh.ServerConfig{PublicKeyCallback: h.publicKey}
	if c.Password != "" {
		h.server.PasswordCallback = h.password
	}
	h.server.AddHostKey(c.HostKey)
	h.done.Go(h.accept)
	return h, nil
}

// NewKey returns a new Ed25519 key.
func NewKey() ssh.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		panic(err)
	}
	return signer
}

// Port returns the port that h listens on.
func (h *Host) Port() int { return h.listener.Addr().(*net.TCPAddr).Port }

// HostKey returns the public key of h as a line of authorized_keys.
func (h *Host) HostKey() string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(h.config.HostKey.PublicKey())))
}

// Logins returns how often somebody has logged in.
func (h *Host) Logins() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logins
}

// Commands returns the command lines that were run.
func (h *Host) Commands() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.commands)
}

// Cut drops all connections, as a host that is switched off.
func (h *Host) Cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for conn := range h.conns {
		_ = conn.Close()
	}
}

// Close stops listening, drops all connections, kills all commands and waits
// for their end.
func (h *Host) Close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	_ = h.listener.Close()
	h.Cut()
	h.killAll()
	h.done.Wait()
}

func (h *Host) password(meta ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
	if meta.User() != h.config.User || string(password) != h.config.Password {
		return nil, errors.New("wrong user or password")
	}
	return nil, nil
}

func (h *Host) publicKey(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	checker := ssh.CertChecker{
		IsUserAuthority: func(authority ssh.PublicKey) bool { return same(authority, h.config.UserCA) },
		UserKeyFallback: func(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			for _, k := range h.config.Keys {
				if same(k, key) && meta.User() == h.config.User {
					return nil, nil
				}
			}
			return nil, errors.New("unknown key")
		},
	}
	return checker.Authenticate(meta, key)
}

func same(a, b ssh.PublicKey) bool {
	return a != nil && b != nil && bytes.Equal(a.Marshal(), b.Marshal())
}
