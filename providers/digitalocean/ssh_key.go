package digitalocean

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type sshKey struct {
	ID          string `cty:"id"          is:"computed"         doc:"Number of the key."`
	Name        string `cty:"name"        is:"required"         doc:"Name of the key."`
	PublicKey   string `cty:"public_key"  is:"required,replace" doc:"Public key as in authorized_keys, unique in the account."`
	Fingerprint string `cty:"fingerprint" is:"computed"         doc:"MD5 fingerprint."`
}

var sshKeyType = providers.Resource[*client, sshKey]{
	Type:    "digitalocean_ssh_key",
	Doc:     "A public key that new droplets can let in.",
	Create:  createSSHKey,
	Read:    readSSHKey,
	Update:  updateSSHKey,
	Delete:  deleteSSHKey,
	List:    listSSHKeys,
	Normal:  func(x *sshKey) { x.PublicKey = strings.TrimSpace(x.PublicKey) },
	Check:   checkSSHKey,
	Grace:   lag,
	Natural: func(x sshKey) string { return keyBody(x.PublicKey) },
	Examples: []string{
		`resource "digitalocean_ssh_key" "example" {
  name       = "ml"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKOvfO45l2butONThoDkGaR0EpUSNG0T2oJnVoGC6FGI ml@example.com"
}`,
		`resource "digitalocean_ssh_key" "example" {
  name       = "ml-team"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKOvfO45l2butONThoDkGaR0EpUSNG0T2oJnVoGC6FGI ml@example.com"
}`,
		`resource "digitalocean_ssh_key" "example" {
  name       = "ml-team"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKRC4Kcsnr8HV54yDSWiufH8BZwjPyW+4+PFZvPUgG7i ml@example.com"
}`,
	},
}

// keyBody returns the kind and the body of a public key, without its comment.
func keyBody(public string) string {
	parts := strings.Fields(public)
	return strings.Join(parts[:min(len(parts), 2)], " ")
}

func createSSHKey(ctx context.Context, c *client, x *sshKey, _ providers.Attempt) error {
	got, _, err := c.Keys.Create(ctx, &godo.KeyCreateRequest{Name: x.Name, PublicKey: x.PublicKey})
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readSSHKey(ctx context.Context, c *client, x *sshKey) error {
	id, err := number(x.ID)
	if err != nil {
		return err
	}
	got, _, err := c.Keys.GetByID(ctx, id)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func updateSSHKey(ctx context.Context, c *client, was sshKey, x *sshKey) error {
	id, err := number(was.ID)
	if err != nil {
		return err
	}
	got, _, err := c.Keys.UpdateByID(ctx, id, &godo.KeyUpdateRequest{Name: x.Name})
	if err != nil {
		return err
	}
	return x.fill(got)
}

func deleteSSHKey(ctx context.Context, c *client, x sshKey) error {
	id, err := number(x.ID)
	if err != nil {
		return err
	}
	_, err = c.Keys.DeleteByID(ctx, id)
	return gone(err)
}

func listSSHKeys(ctx context.Context, c *client, _ sshKey) iter.Seq2[sshKey, error] {
	return pages(ctx, c.Keys.List, (*sshKey).fill)
}

func (x *sshKey) fill(got *godo.Key) error {
	x.ID, x.Name, x.Fingerprint = strconv.Itoa(got.ID), got.Name, got.Fingerprint
	x.PublicKey = strings.TrimSpace(got.PublicKey)
	return nil
}

func checkSSHKey(_ *sshKey, want sshKey) error {
	if want.Name == "" {
		return fmt.Errorf("name must not be empty")
	}
	if kind, rest, _ := strings.Cut(want.PublicKey, " "); kind == "" || rest == "" || strings.Contains(rest, "PRIVATE KEY") {
		return fmt.Errorf("public_key is no public key such as %q, the content of a .pub file", "ssh-ed25519 AAAA... name")
	}
	return nil
}

type sshKeyLookup struct {
	ID          string `cty:"id"          is:"computed" doc:"Number of the key."`
	Name        string `cty:"name"        is:"required" doc:"Name of the key."`
	PublicKey   string `cty:"public_key"  is:"computed" doc:"Public key as in authorized_keys."`
	Fingerprint string `cty:"fingerprint" is:"computed" doc:"MD5 fingerprint."`
}

var sshKeyData = providers.DataSource[*client, sshKeyLookup]{
	Type: "digitalocean_ssh_key",
	Doc:  "A public key of the account by its name.",
	Read: lookUpSSHKey,
	Examples: []string{
		`resource "digitalocean_ssh_key" "example" {
  name       = "ml"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKOvfO45l2butONThoDkGaR0EpUSNG0T2oJnVoGC6FGI ml@example.com"
}

data "digitalocean_ssh_key" "example" {
  name = digitalocean_ssh_key.example.name
}`,
	},
}

func lookUpSSHKey(ctx context.Context, c *client, x *sshKeyLookup) error {
	var found []sshKey
	for k, err := range providers.All(ctx, c, sshKeyType, sshKey{}) {
		if err != nil {
			return err
		}
		if k.Name == x.Name {
			found = append(found, k)
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("%d SSH keys are named %q, exactly one has to be", len(found), x.Name)
	}
	*x = sshKeyLookup(found[0])
	return nil
}
