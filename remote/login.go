package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"

	"golang.org/x/crypto/ssh"
)

// Login is an SSH server and what opens it.
type Login struct {
	Addr        string // host:port
	User        string
	Password    string // "" for none
	PrivateKey  string // content, without passphrase; "" for none
	Certificate string // of PrivateKey; "" for none
	Trust       Trust  // nil lets any host pass
}

// String says who logs in where.
func (l Login) String() string { return l.User + "@" + l.Addr }

// Address returns host:port.
func Address(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// CheckKey refuses a private key, and its certificate, that are none. Its errors
// show nothing of the key.
func CheckKey(privateKey, certificate string) error {
	_, err := signerOf(privateKey, certificate)
	return err
}

// clientConfig returns how to log in with what l holds and the keys of keys,
// which may be nil.
func (l Login) clientConfig(keys *Keyring) (*ssh.ClientConfig, error) {
	own, err := signerOf(l.PrivateKey, l.Certificate)
	if err != nil {
		return nil, err
	}
	config := &ssh.ClientConfig{User: l.User, HostKeyCallback: ssh.InsecureIgnoreHostKey()}
	// One method for all keys: the SSH library tries each method once, and in
	// Terraform a private_key that is refused keeps the agent from being asked.
	if own != nil || keys != nil {
		config.Auth = append(config.Auth, ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
			signers, err := keys.signers()
			if own != nil {
				return slices.Insert(signers, 0, own), nil
			}
			return signers, err
		}))
	}
	if l.Password != "" {
		config.Auth = append(config.Auth, ssh.Password(l.Password), ssh.KeyboardInteractive(answer(l.Password)))
	}
	if l.Trust == nil {
		return config, nil
	}
	return config, l.Trust(config)
}

// answer replies to every question with the password.
func answer(password string) ssh.KeyboardInteractiveChallenge {
	return func(_, _ string, questions []string, _ []bool) ([]string, error) {
		return slices.Repeat([]string{password}, len(questions)), nil
	}
}

// signerOf returns the signer of a private key, with its certificate if there
// is one; nil without a key. Its errors show nothing of the key.
func signerOf(privateKey, certificate string) (ssh.Signer, error) {
	if privateKey == "" {
		return nil, nil
	}
	key, err := ssh.ParsePrivateKey([]byte(privateKey))
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		return nil, errors.New("the key has a passphrase: add it to your SSH agent, or give a key without")
	}
	if err != nil {
		return nil, errors.New(`this is no private key: give its content, such as file("~/.ssh/id_ed25519")`)
	}
	if certificate == "" {
		return key, nil
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(certificate))
	cert, ok := public.(*ssh.Certificate)
	if err != nil || !ok {
		return nil, errors.New("its certificate is none: give the content of the file that ends in -cert.pub")
	}
	signer, err := ssh.NewCertSigner(cert, key)
	if err != nil {
		return nil, errors.New("its certificate is of another key: give the one that was signed for it")
	}
	return signer, nil
}

// handshake logs in over conn, which it closes on error.
func (l Login) handshake(ctx context.Context, conn net.Conn, keys *Keyring) (*ssh.Client, error) {
	config, err := l.clientConfig(keys)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	c, channels, requests, err := ssh.NewClientConn(conn, l.Addr, config)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("log in to %s: %w", l, err)
	}
	return ssh.NewClient(c, channels, requests), nil
}

// through logs in by way of a bastion.
func (l Login) through(ctx context.Context, bastion *ssh.Client, keys *Keyring) (*ssh.Client, error) {
	conn, err := bastion.DialContext(ctx, "tcp", l.Addr)
	if err != nil {
		return nil, fmt.Errorf("from the bastion to %s: %w", l.Addr, err)
	}
	return l.handshake(ctx, conn, keys)
}
