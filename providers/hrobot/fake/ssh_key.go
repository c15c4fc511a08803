package fake

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// sshKey is a public key of the account.
type sshKey struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
	Type        string `json:"type"`
	Size        int    `json:"size"`
	Data        string `json:"data"`
	CreatedAt   string `json:"created_at"`
}

func (k *sshKey) view() map[string]any { return map[string]any{"key": k} }

// key returns the key with a fingerprint; nil for none.
func (c *Cloud) key(print string) *sshKey {
	for _, k := range c.s.Keys {
		if k.Fingerprint == print {
			return k
		}
	}
	return nil
}

// keyTypes are the names of algorithms, and their sizes in bits where those are
// fixed.
var keyTypes = map[string]struct {
	name string
	bits int
}{
	"ssh-rsa": {"RSA", 0}, "ssh-ed25519": {"ED25519", 256},
	"ecdsa-sha2-nistp256": {"ECDSA", 256}, "ecdsa-sha2-nistp384": {"ECDSA", 384}, "ecdsa-sha2-nistp521": {"ECDSA", 521},
}

// parseKey reads a key in authorized_keys form. Its comment goes, as in the answers
// of the API's documentation.
func parseKey(data string) (*sshKey, bool) {
	fields := strings.Fields(data)
	if len(fields) < 2 {
		return nil, false
	}
	kind, known := keyTypes[fields[0]]
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	// The blob begins with the length and the name of its type.
	if !known || err != nil || len(blob) < 4+len(fields[0]) ||
		binary.BigEndian.Uint32(blob) != uint32(len(fields[0])) || string(blob[4:4+len(fields[0])]) != fields[0] {
		return nil, false
	}
	k := &sshKey{Type: kind.name, Size: kind.bits, Data: fields[0] + " " + fields[1]}
	if k.Size == 0 {
		k.Size = (len(blob) - 22) / 128 * 1024 // of what is not the modulus
	}
	k.Fingerprint = strings.ReplaceAll(fmt.Sprintf("% x", md5.Sum(blob)), " ", ":")
	return k, true
}

func (c *Cloud) listKeys(*request) (reply, error) {
	if len(c.s.Keys) == 0 {
		return reply{}, notFound("NOT_FOUND", "No keys found")
	}
	list := []map[string]any{}
	for _, k := range c.s.Keys {
		list = append(list, k.view())
	}
	return ok(list)
}

func (c *Cloud) createKey(q *request) (reply, error) {
	if err := q.fields([]string{"name", "data"}); err != nil {
		return reply{}, err
	}
	k, valid := parseKey(q.form.Get("data"))
	switch {
	case !valid:
		return reply{}, invalid("data")
	case c.key(k.Fingerprint) != nil:
		return reply{}, conflict("KEY_ALREADY_EXISTS", "A key with this fingerprint already exists")
	}
	k.Name, k.CreatedAt = q.form.Get("name"), q.now.Format("2006-01-02 15:04:05")
	c.s.Keys = append(c.s.Keys, k)
	return created(k.view())
}

// keyOf returns what the path names.
func (c *Cloud) keyOf(q *request) (*sshKey, error) {
	if k := c.key(q.PathValue("fingerprint")); k != nil {
		return k, nil
	}
	return nil, notFound("NOT_FOUND", "Key with fingerprint %s not found", q.PathValue("fingerprint"))
}

func (c *Cloud) readKey(q *request) (reply, error) {
	k, err := c.keyOf(q)
	if err != nil {
		return reply{}, err
	}
	return ok(k.view())
}

func (c *Cloud) renameKey(q *request) (reply, error) {
	k, err := c.keyOf(q)
	if err != nil {
		return reply{}, err
	}
	if err := q.fields([]string{"name"}); err != nil {
		return reply{}, err
	}
	k.Name = q.form.Get("name")
	return ok(k.view())
}

func (c *Cloud) deleteKey(q *request) (reply, error) {
	k, err := c.keyOf(q)
	if err != nil {
		return reply{}, err
	}
	c.s.Keys = slices.DeleteFunc(c.s.Keys, func(other *sshKey) bool { return other == k })
	return done()
}
