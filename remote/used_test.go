package remote

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud/sshhost"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// admitting starts an SSH server that admits one key, and RSA keys only as systems
// of today do, and returns its address.
func admitting(t *testing.T, admitted []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	config := &ssh.ServerConfig{
		PublicKeyAuthAlgorithms: []string{ssh.KeyAlgoED25519, ssh.KeyAlgoRSASHA512},
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if !bytes.Equal(key.Marshal(), admitted) {
				return nil, errors.New("unknown key")
			}
			return nil, nil
		},
		PasswordCallback: func(_ ssh.ConnMetadata, _ []byte) (*ssh.Permissions, error) {
			if admitted != nil {
				return nil, errors.New("no passwords")
			}
			return nil, nil
		},
	}
	config.AddHostKey(sshhost.NewKey())
	go func() {
		for {
			wire, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				if _, channels, requests, err := ssh.NewServerConn(wire, config); err == nil {
					go ssh.DiscardRequests(requests)
					for c := range channels {
						_ = c.Reject(ssh.UnknownChannelType, "no channels here")
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// TestTheKeyThatOpened holds that a host tells which of many keys has opened it.
func TestTheKeyThatOpened(t *testing.T) {
	_, first := newKey(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaSigner, err := ssh.NewSignerFromKey(rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	ownSigner, own := newKey(t)
	block, err := ssh.MarshalPrivateKey(own, "")
	if err != nil {
		t.Fatal(err)
	}
	cert := &ssh.Certificate{Key: ownSigner.PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{"root"}, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, rsaSigner); err != nil {
		t.Fatal(err)
	}
	socket := startAgent(t, agent.AddedKey{PrivateKey: first}, agent.AddedKey{PrivateKey: rsaKey})
	plain := Login{User: "root", Password: "x", PrivateKey: string(pem.EncodeToMemory(block))}
	signed := plain
	signed.Certificate = string(ssh.MarshalAuthorizedKey(cert))
	for name, c := range map[string]struct {
		login Login
		want  ssh.PublicKey
	}{
		"of the configuration": {plain, ownSigner.PublicKey()},
		"RSA, of the agent":    {plain, rsaSigner.PublicKey()},
		"a certificate":        {signed, cert},
		"none, but a password": {plain, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var admitted []byte
			if c.want != nil {
				admitted = c.want.Marshal()
			}
			c.login.Addr = admitting(t, admitted)
			keys, err := OpenKeyring(nil, socket, "")
			if err != nil {
				t.Fatal(err)
			}
			h, err := Route{Host: c.login}.Dial(t.Context(), keys, 20*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			if got := h.Key(); (got == nil) != (c.want == nil) || got != nil && !bytes.Equal(got.Marshal(), c.want.Marshal()) {
				t.Errorf("it says %v, want %v", got, c.want)
			}
		})
	}
}
