package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/providers"
)

type serverAuthorizedKey struct {
	ID          string   `cty:"id"          is:"computed"                                   doc:"Id of the host, a colon, the user, a colon and the fingerprint."`
	Host        string   `cty:"host"        is:"required,replace,within,ref=server_host"    doc:"Id of the server_host that it opens."`
	User        string   `cty:"user"        is:"else=root,replace,ref=server_user.name"     doc:"User whom it lets in."`
	PublicKey   string   `cty:"public_key"  is:"required"                                   doc:"The key, as in ssh-ed25519 AAAA… name@machine."`
	Comment     *string  `cty:"comment"     is:"optional"                                   doc:"What stands behind the key; as in public_key if absent."`
	Options     []string `cty:"options"     is:"optional"                                   doc:"What it may do, such as no-pty or from=\"10.0.0.0/8\"."`
	Fingerprint string   `cty:"fingerprint" is:"computed,after=public_key"                  doc:"Its SHA256: fingerprint."`
	TakenOver   bool     `cty:"taken_over"  is:"computed"                                   doc:"Whether it was there before: then it stays when this is destroyed."`
}

var authorizedKeyType = thing[serverAuthorizedKey]{
	Resource: providers.Resource[*client, serverAuthorizedKey]{
		Type:  "server_authorized_key",
		Doc:   "A key that lets somebody in: one line of ~/.ssh/authorized_keys. The lines of other keys are left alone. One that is there already is taken over, and stays as it was when this is destroyed.",
		Check: checkAuthorizedKey,
		Replaces: func(was, want serverAuthorizedKey) []string {
			if was.material() == want.material() || want.PublicKey == "" {
				return nil
			}
			return []string{"public_key"}
		},
		Spell: func(was serverAuthorizedKey, x *serverAuthorizedKey) {
			if x.line() != "" && was.line() == x.line() {
				x.PublicKey, x.Comment = was.PublicKey, was.Comment
			}
		},
		First: func(serverAuthorizedKey, serverAuthorizedKey) bool { return true },
		Import: func(id string) (serverAuthorizedKey, error) {
			host, name, _ := splitID(id)
			user, fingerprint, ok := strings.Cut(name, ":")
			if !ok || user == "" || !strings.HasPrefix(fingerprint, "SHA256:") {
				return serverAuthorizedKey{}, fmt.Errorf("%q is no id of a server_authorized_key: it is the id of its server_host, the user and the fingerprint, as in root@203.0.113.5:root:SHA256:…", id)
			}
			return serverAuthorizedKey{ID: id, Host: host, User: user, Fingerprint: fingerprint}, nil
		},
		Explain: map[string]string{"public_key": "it is another key: that is let in before the old one is locked out"},
		Examples: []string{exampleHost + `
resource "server_authorized_key" "ci" {
  host       = server_host.gpu.id
  public_key = "` + exampleKeys[0] + ` ci@example.com"
}`, exampleHost + `
resource "server_authorized_key" "ci" {
  host       = server_host.gpu.id
  public_key = "` + exampleKeys[0] + ` ci@example.com"
  comment    = "pipeline"
  options    = ["restrict", "from=\"203.0.113.0/24\"", "command=\"echo \\\"hi\\\"\""]
}`, exampleHost + `
resource "server_authorized_key" "ci" {
  host       = server_host.gpu.id
  public_key = "` + exampleKeys[1] + `"
}`},
	},
	at: func(x *serverAuthorizedKey) place {
		name := x.User + ":" + x.Fingerprint
		if key, _, err := parseKey(x.PublicKey); err == nil {
			name = x.User + ":" + ssh.FingerprintSHA256(key)
		}
		return place{&x.ID, &x.Host, &name}
	},
	look: func(x serverAuthorizedKey) string { return call("authorized_key_look", x.User) },
	see:  seeAuthorizedKey,
	put: func(was *serverAuthorizedKey, x serverAuthorizedKey) (deed, error) {
		if was != nil && was.material() != x.material() {
			return deed{}, errors.New("public_key has come out as another key than the one before, which the plan could not know: plan again")
		}
		return deed{what: "letting a key in as " + x.User, call: call("authorized_key_put", x.User, x.material(), x.sum()), data: []byte(x.line() + "\n")}, nil
	},
	drop: func(x serverAuthorizedKey) deed {
		return deed{what: "locking a key out as " + x.User, call: call("authorized_key_drop", x.User, x.material(), x.sum()), last: x.TakenOver}
	},
	holds: func(m *machine, x serverAuthorizedKey) error {
		key, _, err := parseKey(x.PublicKey)
		if err != nil || x.TakenOver || x.User != m.how.User || !m.usedKey(key) {
			return nil
		}
		return fmt.Errorf("mlinfra logs in to %s with this key, and would lock itself out: give the server_host another one first, or forget this one with a removed block", m)
	},
}

// exampleKeys are keys that nobody has the other half of.
var exampleKeys = [2]string{
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/",
}

// parseKey reads a public key without options.
func parseKey(line string) (ssh.PublicKey, string, error) {
	key, comment, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	switch {
	case strings.Contains(line, "PRIVATE KEY"):
		return nil, "", errors.New("this is a private key, which stays where it is: give the content of the file that ends in .pub")
	case err != nil:
		return nil, "", errors.New("this is no public key: give the content of a file such as ~/.ssh/id_ed25519.pub")
	case len(options) > 0:
		return nil, "", errors.New("options have an attribute of their own")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, "", errors.New("these are several keys: give each a server_authorized_key of its own")
	}
	return key, comment, nil
}

// material returns the key in base64: what tells keys apart. "" for none.
func (x serverAuthorizedKey) material() string {
	key, _, err := parseKey(x.PublicKey)
	if err != nil {
		return ""
	}
	return materialOf(key)
}

// sum returns the name of the key in what the host notes of it.
func (x serverAuthorizedKey) sum() string {
	sum := sha256.Sum256([]byte(x.material()))
	return hex.EncodeToString(sum[:])
}

func materialOf(key ssh.PublicKey) string {
	return strings.Fields(string(ssh.MarshalAuthorizedKey(key)))[1]
}

// line returns the line of authorized_keys.
func (x serverAuthorizedKey) line() string {
	key, comment, err := parseKey(x.PublicKey)
	if err != nil {
		return ""
	}
	if x.Comment != nil {
		comment = *x.Comment
	}
	text := key.Type() + " " + materialOf(key)
	if len(x.Options) > 0 {
		text = strings.Join(x.Options, ",") + " " + text
	}
	return strings.TrimSpace(text + " " + comment)
}

// seeAuthorizedKey fills in the first line with the key, which is the one that counts.
func seeAuthorizedKey(x *serverAuthorizedKey, a answer) error {
	text, _ := a.bytes("keys")
	material := x.material()
	for rest := []byte(text); len(rest) > 0; {
		key, comment, options, after, err := ssh.ParseAuthorizedKey(rest)
		if err != nil {
			break // no more keys
		}
		rest = after
		if print := ssh.FingerprintSHA256(key); material == materialOf(key) || material == "" && x.Fingerprint == print {
			x.fill(key, comment, options)
			x.TakenOver = !slices.Contains(a.facts("made"), x.sum())
			return nil
		}
	}
	return providers.ErrGone
}

func (x *serverAuthorizedKey) fill(key ssh.PublicKey, comment string, options []string) {
	x.Fingerprint, x.Options = ssh.FingerprintSHA256(key), options
	if x.Comment != nil {
		x.Comment = &comment
		return
	}
	if _, was, err := parseKey(x.PublicKey); err != nil || was != comment {
		x.PublicKey = strings.TrimSpace(key.Type() + " " + materialOf(key) + " " + comment)
	}
}

func checkAuthorizedKey(_ *serverAuthorizedKey, x serverAuthorizedKey) error {
	key, _, err := parseKey(x.PublicKey)
	if err != nil {
		return fmt.Errorf("public_key: %w", err)
	}
	if !isUser(x.User) {
		return fmt.Errorf("user: %q is no name of a user", x.User)
	}
	if x.Comment != nil && (strings.ContainsAny(*x.Comment, "\n\r\x00") || strings.TrimSpace(*x.Comment) != *x.Comment) {
		return errors.New("comment must be one line without spaces around it")
	}
	got, _, options, _, err := ssh.ParseAuthorizedKey([]byte(x.line()))
	if err != nil || materialOf(got) != materialOf(key) || strings.Join(options, "\n") != strings.Join(x.Options, "\n") {
		return fmt.Errorf("options %q are not those of authorized_keys: each is a word, or a word, = and a text in double quotes", x.Options)
	}
	return nil
}
