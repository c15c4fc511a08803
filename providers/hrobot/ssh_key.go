package hrobot

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type sshKey struct {
	ID          string `cty:"id"          is:"computed"         doc:"Fingerprint of the key."`
	Name        string `cty:"name"        is:"required"         doc:"Name of the key."`
	PublicKey   string `cty:"public_key"  is:"required,replace" doc:"Public key as in authorized_keys, unique in the account."`
	Fingerprint string `cty:"fingerprint" is:"computed"         doc:"MD5 fingerprint, by which rescue systems and installations take it."`
	Type        string `cty:"type"        is:"computed"         doc:"Algorithm, such as ED25519."`
	Size        int    `cty:"size"        is:"computed"         doc:"Size in bits."`
}

var sshKeyType = providers.Resource[*client, sshKey]{
	Type:    "hrobot_ssh_key",
	Doc:     "A public key that rescue systems and installations can let in.",
	Create:  createSSHKey,
	Read:    readSSHKey,
	Update:  updateSSHKey,
	Delete:  deleteSSHKey,
	List:    listSSHKeys,
	Spell:   spellSSHKey,
	Check:   checkSSHKey,
	Natural: func(x sshKey) string { return keyBody(x.PublicKey) },
	Explain: map[string]string{"public_key": "a key is its content"},
	Examples: []string{
		`resource "hrobot_ssh_key" "example" {
  name       = "ml"
  public_key = "` + exampleKey + `"
}`,
		`resource "hrobot_ssh_key" "example" {
  name       = "ml-team"
  public_key = "` + exampleKey + `"
}`,
		`resource "hrobot_ssh_key" "example" {
  name       = "ml-team"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKRC4Kcsnr8HV54yDSWiufH8BZwjPyW+4+PFZvPUgG7i ml@example.com"
}`,
	},
}

// exampleKey is what examples let in.
const exampleKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKOvfO45l2butONThoDkGaR0EpUSNG0T2oJnVoGC6FGI ml@example.com"

// keyBody returns the kind and the body of a public key, without its comment.
func keyBody(public string) string {
	parts := strings.Fields(public)
	return strings.Join(parts[:min(len(parts), 2)], " ")
}

// sshKeyBody is a key as the API shows it.
type sshKeyBody struct {
	Key struct {
		Name        string `json:"name"`
		Fingerprint string `json:"fingerprint"`
		Type        string `json:"type"`
		Size        int    `json:"size"`
		Data        string `json:"data"`
	} `json:"key"`
}

func createSSHKey(ctx context.Context, c *client, x *sshKey, _ providers.Attempt) error {
	got, err := call[sshKeyBody](ctx, c, http.MethodPost, "/key", url.Values{"name": {x.Name}, "data": {x.PublicKey}})
	if err != nil {
		return err
	}
	return x.fill(&got)
}

func readSSHKey(ctx context.Context, c *client, x *sshKey) error {
	got, err := call[sshKeyBody](ctx, c, http.MethodGet, "/key/"+x.ID, nil)
	if err != nil {
		return gone(err)
	}
	return x.fill(&got)
}

func updateSSHKey(ctx context.Context, c *client, was sshKey, x *sshKey) error {
	got, err := call[sshKeyBody](ctx, c, http.MethodPost, "/key/"+was.ID, url.Values{"name": {x.Name}})
	if err != nil {
		return gone(err)
	}
	return x.fill(&got)
}

func deleteSSHKey(ctx context.Context, c *client, x sshKey) error {
	return gone(send(ctx, c, http.MethodDelete, "/key/"+x.ID, nil))
}

func listSSHKeys(ctx context.Context, c *client, _ sshKey) iter.Seq2[sshKey, error] {
	return members(ctx, c, "/key", (*sshKey).fill)
}

func (x *sshKey) fill(got *sshKeyBody) error {
	k := got.Key
	x.ID, x.Name, x.Fingerprint, x.Type, x.Size = k.Fingerprint, k.Name, k.Fingerprint, k.Type, k.Size
	x.PublicKey = strings.TrimSpace(k.Data)
	return nil
}

// spellSSHKey keeps the comment of the user's: whether the API does is not said.
func spellSSHKey(was sshKey, x *sshKey) {
	if keyBody(was.PublicKey) == keyBody(x.PublicKey) {
		x.PublicKey = was.PublicKey
	}
}

func checkSSHKey(_ *sshKey, want sshKey) error {
	if want.Name == "" {
		return errors.New("name must not be empty")
	}
	if kind, rest, _ := strings.Cut(want.PublicKey, " "); kind == "" || rest == "" || strings.Contains(rest, "PRIVATE KEY") {
		return fmt.Errorf("public_key is no public key such as %q, the content of a .pub file", "ssh-ed25519 AAAA... name")
	}
	return nil
}
