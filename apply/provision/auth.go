package provision

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// clientConfig returns how to log in with what l holds and the keys of keys,
// which may be nil.
func (l login) clientConfig(keys *keyring) (*ssh.ClientConfig, error) {
	own, err := signerOf(l.privateKey, l.certificate)
	if err != nil {
		return nil, err
	}
	config := &ssh.ClientConfig{User: l.user, HostKeyCallback: ssh.InsecureIgnoreHostKey()}
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
	if l.password != "" {
		config.Auth = append(config.Auth, ssh.Password(l.password), ssh.KeyboardInteractive(answer(l.password)))
	}
	return config, l.pinHost(config)
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

// parseHostKey returns the key in text; nil when text is empty.
func parseHostKey(text string) (ssh.PublicKey, error) {
	if text == "" {
		return nil, nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%q is no public key: give one line such as ssh-ed25519 AAAA…", text)
	}
	return key, nil
}

// pinHost makes config accept only a host that has the key of l, or a
// certificate signed by it; any host when l has none.
func (l login) pinHost(config *ssh.ClientConfig) error {
	want, err := parseHostKey(l.hostKey)
	if err != nil || want == nil {
		return err
	}
	same := func(key ssh.PublicKey) bool { return bytes.Equal(key.Marshal(), want.Marshal()) }
	checker := ssh.CertChecker{
		IsHostAuthority: func(authority ssh.PublicKey, _ string) bool { return same(authority) },
		HostKeyFallback: func(_ string, _ net.Addr, got ssh.PublicKey) error {
			if same(got) {
				return nil
			}
			return fmt.Errorf("the host shows the key %s, and host_key is %s: if the host is yours, correct host_key",
				ssh.FingerprintSHA256(got), ssh.FingerprintSHA256(want))
		},
	}
	config.HostKeyCallback = checker.CheckHostKey
	config.HostKeyAlgorithms = hostKeyAlgorithms(want)
	return nil
}

// hostKeyAlgorithms asks a host that has keys of several kinds for the one that
// is known; Terraform takes what comes, and refuses it.
func hostKeyAlgorithms(want ssh.PublicKey) []string {
	algorithms := []string{
		ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
		ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
	}
	if want.Type() == ssh.KeyAlgoRSA {
		return append(algorithms, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
	}
	return append(algorithms, want.Type())
}

// keyring is an SSH agent. The nil keyring is empty.
type keyring struct {
	agent agent.ExtendedAgent
	conn  net.Conn
	first string // the identity to try first
}

// openKeyring connects to the agent that c asks for; nil without one. Like ssh,
// and unlike Terraform, it does without an agent that nobody asked for by name
// and that does not answer.
func openKeyring(c connection, environ []string) (*keyring, error) {
	if c.Agent != nil && !*c.Agent {
		return nil, nil
	}
	socket := lookup(environ, "SSH_AUTH_SOCK")
	if socket == "" && c.Agent != nil {
		return nil, errors.New("connection: agent is true and SSH_AUTH_SOCK is not set: start an agent, or remove agent")
	}
	if socket == "" {
		return nil, nil
	}
	conn, err := net.Dial("unix", socket)
	if err != nil && c.Agent != nil {
		return nil, fmt.Errorf("connection: agent is true and SSH_AUTH_SOCK leads to none: %w", err)
	}
	if err != nil {
		return nil, nil
	}
	return &keyring{agent: agent.NewClient(conn), conn: conn, first: c.AgentIdentity}, nil
}

func (k *keyring) close() {
	if k != nil {
		_ = k.conn.Close()
	}
}

// signers returns the keys of the agent in the order to try them: hosts hang up
// after a few.
func (k *keyring) signers() ([]ssh.Signer, error) {
	if k == nil {
		return nil, nil
	}
	signers, err := k.agent.Signers()
	if err != nil {
		return nil, fmt.Errorf("ask the SSH agent for its keys: %w", err)
	}
	if k.first != "" {
		wanted := identity(k.first)
		slices.SortStableFunc(signers, func(a, b ssh.Signer) int { return rank(a, k.first, wanted) - rank(b, k.first, wanted) })
	}
	return signers, nil
}

// rank tells how well a key of an agent fits an identity: 0 is best. The agent
// may know a key by its whole path and the connection by its name only.
func rank(s ssh.Signer, id string, wanted []byte) int {
	key, ok := s.PublicKey().(*agent.Key)
	switch {
	case wanted != nil && bytes.Equal(s.PublicKey().Marshal(), wanted), ok && key.Comment == id:
		return 0
	case ok && strings.HasSuffix(key.Comment, id):
		return 1
	}
	return 2
}

// identity returns the public key in the file id, or beside it in id.pub, in
// wire format; nil when there is none.
func identity(id string) []byte {
	for _, path := range []string{id, id + ".pub"} {
		text, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			continue
		}
		if key, err := ssh.ParsePrivateKey(text); err == nil {
			return key.PublicKey().Marshal()
		}
		if key, _, _, _, err := ssh.ParseAuthorizedKey(text); err == nil {
			return key.Marshal()
		}
	}
	return nil
}

// lookup returns the value of a variable in environ, where the last one counts.
func lookup(environ []string, name string) string {
	for _, entry := range slices.Backward(environ) {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			return v
		}
	}
	return ""
}
