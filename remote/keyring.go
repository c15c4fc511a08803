package remote

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

// Keyring is an SSH agent. The nil Keyring is empty.
type Keyring struct {
	agent agent.ExtendedAgent
	conn  net.Conn
	first string // the identity to try first
}

// OpenKeyring connects to the agent at socket, the value of SSH_AUTH_SOCK; nil
// without one. wanted says whether the agent was asked for: like ssh, and unlike
// Terraform, it does without one that nobody asked for and that does not answer.
// first is the path or comment of the key to try first; "" for any.
func OpenKeyring(wanted *bool, socket, first string) (*Keyring, error) {
	if wanted != nil && !*wanted {
		return nil, nil
	}
	if socket == "" && wanted != nil {
		return nil, errors.New("agent is true and SSH_AUTH_SOCK is not set: start an agent, or remove agent")
	}
	if socket == "" {
		return nil, nil
	}
	conn, err := net.Dial("unix", socket)
	if err != nil && wanted != nil {
		return nil, fmt.Errorf("agent is true and SSH_AUTH_SOCK leads to none: %w", err)
	}
	if err != nil {
		return nil, nil
	}
	return &Keyring{agent: agent.NewClient(conn), conn: conn, first: first}, nil
}

// Close hangs up.
func (k *Keyring) Close() {
	if k != nil {
		_ = k.conn.Close()
	}
}

// signers returns the keys of the agent in the order to try them: hosts hang up
// after a few.
func (k *Keyring) signers() ([]ssh.Signer, error) {
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
