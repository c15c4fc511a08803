package fake

import (
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// sshKey is a public key of the project.
type sshKey struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	PublicKey   string    `json:"public_key"`
	Fingerprint string    `json:"fingerprint"`
	Labels      labels    `json:"labels"`
	CreatedAt   time.Time `json:"created"`
}

func (k *sshKey) key() int64    { return k.ID }
func (k *sshKey) title() string { return k.Name }

func (k *sshKey) view() view {
	return view{"id": k.ID, "name": k.Name, "public_key": k.PublicKey, "fingerprint": k.Fingerprint, "labels": k.Labels.shown(), "created": stamp(k.CreatedAt)}
}

func (c *Cloud) sshKeyRoutes() map[string]handler {
	return map[string]handler{
		"POST /v1/ssh_keys":        c.createSSHKey,
		"GET /v1/ssh_keys":         c.listSSHKeys,
		"GET /v1/ssh_keys/{id}":    c.readSSHKey,
		"PUT /v1/ssh_keys/{id}":    c.updateSSHKey,
		"DELETE /v1/ssh_keys/{id}": c.deleteSSHKey,
	}
}

func (c *Cloud) createSSHKey(q *request) (reply, error) {
	var in struct {
		naming
		PublicKey string `json:"public_key"`
	}
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if err := checkNew(in.naming, c.s.SSHKeys, "ssh_key"); err != nil {
		return fail(err)
	}
	print, valid := fakecloud.Fingerprint(in.PublicKey)
	if !valid {
		return fail(invalid("public_key", "is no valid SSH key"))
	}
	for _, k := range c.s.SSHKeys {
		if k.Fingerprint == print {
			return fail(taken("ssh_key", "fingerprint"))
		}
	}
	k := &sshKey{ID: c.newID(), Name: *in.Name, PublicKey: strings.TrimSpace(in.PublicKey), Fingerprint: print, CreatedAt: q.now}
	give(&k.Labels, in.Labels)
	c.s.SSHKeys.add(k)
	return created(view{"ssh_key": k.view()})
}

func (c *Cloud) listSSHKeys(q *request) (reply, error) {
	return list(q, "ssh_keys", c.s.SSHKeys, (*sshKey).view, "name", "fingerprint")
}

func (c *Cloud) readSSHKey(q *request) (reply, error) {
	return read(q, c.s.SSHKeys, "ssh_key", (*sshKey).view)
}

func (c *Cloud) updateSSHKey(q *request) (reply, error) {
	return update(q, c.s.SSHKeys, "ssh_key", func(k *sshKey) (*string, *labels) { return &k.Name, &k.Labels }, (*sshKey).view)
}

func (c *Cloud) deleteSSHKey(q *request) (reply, error) {
	k, err := inPath(q, c.s.SSHKeys, "ssh_key")
	if err != nil {
		return fail(err)
	}
	c.s.SSHKeys.drop(k.ID)
	return noContent()
}
