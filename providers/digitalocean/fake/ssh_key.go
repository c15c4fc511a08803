package fake

import (
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// sshKey is a public key of the account.
type sshKey struct {
	ID          int       `json:"id"`
	Name        string    `json:"name"`
	PublicKey   string    `json:"public_key"`
	Fingerprint string    `json:"fingerprint"`
	CreatedAt   time.Time `json:"created_at"`
}

func (k *sshKey) Key() string   { return itoa(k.ID) }
func (k *sshKey) Title() string { return k.Name }

func (c *Cloud) createKey(q *request) (reply, error) {
	var in struct {
		Name      string `json:"name"`
		PublicKey string `json:"public_key"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Name == "" {
		return reply{}, invalid("Name can't be blank")
	}
	print, valid := fakecloud.Fingerprint(in.PublicKey)
	if !valid {
		return reply{}, invalid("Key invalid, key should be of the format `type key [comment]`")
	}
	if _, taken := c.findKey(print); taken {
		return reply{}, invalid("SSH Key is already in use on your account")
	}
	k := &sshKey{ID: c.s.IDs.Number(40_000_000), Name: in.Name, PublicKey: strings.TrimSpace(in.PublicKey),
		Fingerprint: print, CreatedAt: q.now}
	c.s.Keys.Add(k)
	return created(map[string]any{"ssh_key": k.view()})
}

// findKey finds a key by id or fingerprint.
func (c *Cloud) findKey(name string) (*sshKey, bool) {
	for _, k := range c.s.Keys {
		if k.Key() == name || k.Fingerprint == name {
			return k, true
		}
	}
	return nil, false
}

func (k *sshKey) view() map[string]any {
	return map[string]any{"id": k.ID, "name": k.Name, "public_key": k.PublicKey, "fingerprint": k.Fingerprint}
}

func (c *Cloud) listKeys(q *request) (reply, error) {
	return list(q, "ssh_keys", c.s.Keys, (*sshKey).view)
}

func (c *Cloud) readKey(q *request) (reply, error) {
	k, found := c.findKey(q.PathValue("id"))
	if !found {
		return reply{}, notFound()
	}
	return ok(map[string]any{"ssh_key": k.view()})
}

func (c *Cloud) renameKey(q *request) (reply, error) {
	k, found := c.findKey(q.PathValue("id"))
	if !found {
		return reply{}, notFound()
	}
	var in struct {
		Name string `json:"name"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Name == "" {
		return reply{}, invalid("Name can't be blank")
	}
	k.Name = in.Name
	return ok(map[string]any{"ssh_key": k.view()})
}

func (c *Cloud) deleteKey(q *request) (reply, error) {
	k, found := c.findKey(q.PathValue("id"))
	if !found {
		return reply{}, notFound()
	}
	c.s.Keys.Drop(k.Key())
	return noContent()
}
