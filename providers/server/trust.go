package server

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/mlinfra/mlinfra/remote"
)

// strangerError means that a host does not show the key that it is known by.
type strangerError struct{ text string }

func (e *strangerError) Error() string { return e.text }

// login returns what opens the host.
func (m *machine) login() (remote.Login, error) {
	x, s := m.how, m.c.settings
	l := remote.Login{
		Addr: remote.Address(x.Address, x.Port), User: x.User, Password: x.Password,
		PrivateKey: x.PrivateKey, Certificate: x.Certificate, Trust: m.trust,
	}
	if m.c.env.Isolated {
		// Fakes let everybody in, and the user's keys stay where they are.
		l.Password, l.PrivateKey, l.Certificate = "", s.PrivateKey, ""
		return l, nil
	}
	file := x.PrivateKeyFile
	if l.PrivateKey == "" && file == "" {
		l.PrivateKey, file = s.PrivateKey, s.PrivateKeyFile
	}
	if l.PrivateKey == "" && file != "" {
		key, err := m.c.readFile(file)
		if err != nil {
			return l, &awayError{message: fmt.Sprintf("private_key_file: %v", err), final: true}
		}
		l.PrivateKey = key
	}
	if err := remote.CheckKey(l.PrivateKey, l.Certificate); err != nil {
		return l, &awayError{message: "private_key: " + err.Error(), final: true}
	}
	return l, nil
}

// trust accepts the host if it has a certificate of an authority, or the key that
// host_key, known_hosts or its first use says.
func (m *machine) trust(config *ssh.ClientConfig) error {
	known, algorithms, err := m.known()
	if err != nil {
		return err
	}
	checker := ssh.CertChecker{
		IsHostAuthority: func(key ssh.PublicKey, _ string) bool {
			return slices.ContainsFunc(m.c.authorities, func(a ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), key.Marshal()) })
		},
		HostKeyFallback: func(name string, addr net.Addr, key ssh.PublicKey) error {
			if err := known(name, addr, key); err != nil {
				return err
			}
			m.seen(key)
			return nil
		},
	}
	config.HostKeyCallback = func(name string, addr net.Addr, key ssh.PublicKey) error {
		if c, ok := key.(*ssh.Certificate); ok && len(m.c.authorities) > 0 {
			err := checker.CheckHostKey(name, addr, c)
			if err == nil {
				m.seen(c.Key)
			}
			return err
		}
		return checker.HostKeyFallback(name, addr, key)
	}
	if algorithms == nil {
		algorithms = plainKeys
	}
	config.HostKeyAlgorithms = algorithms
	if len(m.c.authorities) > 0 {
		config.HostKeyAlgorithms = nil // certificates first, then any
	}
	return nil
}

// plainKeys are the kinds of host keys without certificate: one of an authority
// that nobody has named is of no use.
var plainKeys = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}

// kindsOf returns the kinds of keys, for a host that has several to show those.
func kindsOf(keys ...ssh.PublicKey) []string {
	var kinds []string
	for _, key := range keys {
		if key.Type() == ssh.KeyAlgoRSA {
			kinds = append(kinds, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
			continue
		}
		kinds = append(kinds, key.Type())
	}
	return kinds
}

// seen remembers the key that the host has shown.
func (m *machine) seen(key ssh.PublicKey) {
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	m.key.Store(&line)
}

// known returns what checks the key of the host, and the algorithms to ask it for.
func (m *machine) known() (ssh.HostKeyCallback, []string, error) {
	if m.how.HostKey != "" {
		return m.pinned(m.how.HostKey, "host_key")
	}
	if first := m.key.Load(); first != nil {
		return m.pinned(*first, "state, where its first use has left it,")
	}
	if m.how.AcceptNewHostKey {
		return func(string, net.Addr, ssh.PublicKey) error { return nil }, nil, nil
	}
	return m.listed()
}

// pinned accepts one key: a line of known hosts, or a fingerprint.
func (m *machine) pinned(pin, from string) (ssh.HostKeyCallback, []string, error) {
	want, algorithms := pin, []string(nil)
	if !strings.HasPrefix(pin, "SHA256:") {
		key, err := remote.ParseHostKey(pin)
		if err != nil {
			return nil, nil, &awayError{message: "host_key: " + err.Error(), final: true}
		}
		want, algorithms = ssh.FingerprintSHA256(key), kindsOf(key)
	}
	return func(_ string, _ net.Addr, key ssh.PublicKey) error {
		if got := ssh.FingerprintSHA256(key); got != want {
			return &strangerError{fmt.Sprintf("%s shows the host key %s, and %s says %s: either the machine was installed anew or somebody is in between; find out, then set host_key to the right one", m, got, from, want)}
		}
		return nil
	}, algorithms, nil
}

// listed accepts what the file of known hosts has.
func (m *machine) listed() (ssh.HostKeyCallback, []string, error) {
	file := m.how.KnownHosts
	if file == "" {
		file = m.c.settings.KnownHosts
	}
	named := file != ""
	if !named {
		file = "~/.ssh/known_hosts"
	}
	check, err := knownhosts.New(m.c.home(file))
	if err != nil {
		if named {
			return nil, nil, &awayError{message: fmt.Sprintf("known_hosts: %v", err), final: true}
		}
		check = func(string, net.Addr, ssh.PublicKey) error { return &knownhosts.KeyError{} }
	}
	addr := remote.Address(m.how.Address, m.how.Port)
	return func(_ string, _ net.Addr, key ssh.PublicKey) error {
		err := check(addr, &net.TCPAddr{IP: net.ParseIP(m.how.Address)}, key)
		var unknown *knownhosts.KeyError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &unknown) && len(unknown.Want) == 0:
			return &strangerError{fmt.Sprintf("the host key of %s is not known: it shows %s; if that is right, set host_key = %q", m, ssh.FingerprintSHA256(key), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))))}
		}
		return &strangerError{fmt.Sprintf("%s shows the host key %s, which %s does not have for it: either the machine was installed anew or somebody is in between", m, ssh.FingerprintSHA256(key), file)}
	}, m.algorithms(check, addr), nil
}

// algorithms returns the kinds of keys that known hosts have for an address; nil
// for any.
func (m *machine) algorithms(check ssh.HostKeyCallback, addr string) []string {
	var known *knownhosts.KeyError
	if !errors.As(check(addr, &net.TCPAddr{IP: net.ParseIP(m.how.Address)}, nobody()), &known) || len(known.Want) == 0 {
		return nil
	}
	var keys []ssh.PublicKey
	for _, k := range known.Want {
		keys = append(keys, k.Key)
	}
	return kindsOf(keys...)
}

// nobody is a key that no host has.
var nobody = sync.OnceValue(func() ssh.PublicKey {
	key, err := ssh.NewPublicKey(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))
	if err != nil {
		panic(err)
	}
	return key
})
