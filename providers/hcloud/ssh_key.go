package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type sshKey struct {
	providers.Aside

	ID          string            `cty:"id"          is:"computed"         doc:"Number of the key."`
	Name        string            `cty:"name"        is:"required"         doc:"Name, unique in the project."`
	PublicKey   string            `cty:"public_key"  is:"required,replace" doc:"Public key as in authorized_keys, unique in the project."`
	Labels      map[string]string `cty:"labels"      is:"optional"         doc:"Labels of the user."`
	Fingerprint string            `cty:"fingerprint" is:"computed"         doc:"MD5 fingerprint."`
}

const sshKeyExample = `resource "hcloud_ssh_key" "example" {
  name       = "ml"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKOvfO45l2butONThoDkGaR0EpUSNG0T2oJnVoGC6FGI ml@example.com"
}`

var sshKeyType = providers.Resource[*client, sshKey]{
	Type:    "hcloud_ssh_key",
	Doc:     "A public key that new servers can let in.",
	Create:  createSSHKey,
	Read:    readSSHKey,
	Update:  updateSSHKey,
	Delete:  deleteSSHKey,
	Find:    findSSHKey,
	List:    listSSHKeys,
	Mark:    providers.InLabels,
	Normal:  func(x *sshKey) { x.PublicKey = strings.TrimSpace(x.PublicKey) },
	Check:   checkSSHKey,
	Natural: func(x sshKey) string { return x.Name },
	Explain: map[string]string{
		"public_key": "another key is another object; servers that let in the old one go on to, change /root/.ssh/authorized_keys there",
	},
	Examples: []string{
		sshKeyExample,
		`resource "hcloud_ssh_key" "example" {
  name       = "ml-team"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKOvfO45l2butONThoDkGaR0EpUSNG0T2oJnVoGC6FGI ml@example.com"
  labels     = { team = "ml" }
}`,
		`resource "hcloud_ssh_key" "example" {
  name       = "ml-team"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKRC4Kcsnr8HV54yDSWiufH8BZwjPyW+4+PFZvPUgG7i ml@example.com"
}`,
	},
}

func createSSHKey(ctx context.Context, c *client, x *sshKey, a providers.Attempt) error {
	got, _, err := c.SSHKey.Create(ctx, hcloud.SSHKeyCreateOpts{Name: x.Name, PublicKey: x.PublicKey, Labels: marked(x.Labels, a)})
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readSSHKey(ctx context.Context, c *client, x *sshKey) error {
	got, err := fetchSSHKey(ctx, c, x.ID)
	if err != nil {
		return err
	}
	return x.fill(got)
}

// updateSSHKey looks for the marks to keep: labels are replaced as a whole.
func updateSSHKey(ctx context.Context, c *client, was sshKey, x *sshKey) error {
	now, err := fetchSSHKey(ctx, c, was.ID)
	if err != nil {
		return err
	}
	got, _, err := c.SSHKey.Update(ctx, now, hcloud.SSHKeyUpdateOpts{Name: x.Name, Labels: withMarks(x.Labels, now.Labels)})
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func deleteSSHKey(ctx context.Context, c *client, x sshKey) error {
	id, err := number(x.ID)
	if err != nil {
		return err
	}
	_, err = c.SSHKey.Delete(ctx, &hcloud.SSHKey{ID: id})
	return gone(err)
}

func findSSHKey(ctx context.Context, c *client, x *sshKey, a providers.Attempt) (bool, error) {
	return born(ctx, c.listSSHKeys, x, a, (*sshKey).fill, func(x *sshKey) string { return x.ID })
}

func listSSHKeys(ctx context.Context, c *client, _ sshKey) iter.Seq2[sshKey, error] {
	return pages(ctx, c.listSSHKeys, "", (*sshKey).fill)
}

func (x *sshKey) fill(got *hcloud.SSHKey) error {
	x.ID, x.Name, x.Fingerprint = text(got.ID), got.Name, got.Fingerprint
	x.PublicKey = strings.TrimSpace(got.PublicKey)
	x.Labels, x.Owner = userLabels(got.Labels)
	return nil
}

func (c *client) listSSHKeys(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.SSHKey, *hcloud.Response, error) {
	return c.SSHKey.List(ctx, hcloud.SSHKeyListOpts{ListOpts: o})
}

func fetchSSHKey(ctx context.Context, c *client, id string) (*hcloud.SSHKey, error) {
	return byID(ctx, id, c.SSHKey.GetByID)
}

func checkSSHKey(_ *sshKey, want sshKey) error {
	if want.Name == "" {
		return errors.New("name must not be empty")
	}
	if kind, rest, _ := strings.Cut(want.PublicKey, " "); kind == "" || rest == "" || strings.Contains(rest, "PRIVATE KEY") {
		return fmt.Errorf("public_key is no public key such as %q, the content of a .pub file", "ssh-ed25519 AAAA... name")
	}
	return checkLabels(want.Labels)
}
