package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type spacesKey struct {
	ID        string        `cty:"id"         is:"computed"                 doc:"The access key."`
	Name      string        `cty:"name"       is:"required"                 doc:"Name of the key."`
	Grant     []spacesGrant `cty:"grant"      is:"optional"                 doc:"What the key opens; without any it opens nothing."`
	AccessKey string        `cty:"access_key" is:"computed"                 doc:"The access key."`
	SecretKey string        `cty:"secret_key" is:"computed,sensitive,blind" doc:"The secret key, which the API shows once."`
	CreatedAt string        `cty:"created_at" is:"computed"                 doc:"Time of creation, RFC 3339."`
}

type spacesGrant struct {
	Bucket     string `cty:"bucket"     is:"required,ref=digitalocean_spaces_bucket.name,ref=digitalocean_spaces_bucket" doc:"Name of the bucket; empty with fullaccess."`
	Permission string `cty:"permission" is:"required,in=read|readwrite|fullaccess"                                                                    doc:"What is allowed: read, readwrite or fullaccess."`
}

// spacesKeyType is shallow: a list does not tell that a key lacks its secret.
var spacesKeyType = providers.Resource[*client, spacesKey]{
	Type:     "digitalocean_spaces_key",
	Doc:      "A key to the buckets of Spaces, all of them or some.",
	Create:   createSpacesKey,
	Read:     readSpacesKey,
	Update:   updateSpacesKey,
	Delete:   deleteSpacesKey,
	List:     listSpacesKeys,
	Import:   importSpacesKey,
	Check:    checkSpacesKey,
	Replaces: replacesSpacesKey,
	Natural:  func(x spacesKey) string { return x.Name },
	Shallow:  true,
	Examples: []string{
		`resource "digitalocean_spaces_key" "example" {
  name = "mlflow"
}`,
		`resource "digitalocean_spaces_key" "example" {
  name = "mlflow-artifacts"

  grant {
    bucket     = "mlinfra-example-artifacts"
    permission = "readwrite"
  }

  grant {
    bucket     = "mlinfra-example-datasets"
    permission = "read"
  }
}`,
		`resource "digitalocean_spaces_key" "example" {
  name = "mlflow-artifacts"

  grant {
    bucket     = ""
    permission = "fullaccess"
  }
}`,
	},
}

func createSpacesKey(ctx context.Context, c *client, x *spacesKey, _ providers.Attempt) error {
	got, _, err := c.SpacesKeys.Create(ctx, &godo.SpacesKeyCreateRequest{Name: x.Name, Grants: x.grants()})
	if err != nil {
		return err
	}
	return x.fill(&got)
}

// errNoSecret says that a key is of no use.
var errNoSecret = fmt.Errorf("%w: its secret was in an answer that was lost, and the API does not show it again; an apply makes another key", providers.ErrBroken)

func readSpacesKey(ctx context.Context, c *client, x *spacesKey) error {
	got, _, err := c.SpacesKeys.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	if err := x.fill(&got); err != nil {
		return err
	}
	if x.SecretKey == "" {
		return errNoSecret
	}
	return nil
}

// updateSpacesKey sends everything: what is missing is taken away.
func updateSpacesKey(ctx context.Context, c *client, was spacesKey, x *spacesKey) error {
	got, _, err := c.SpacesKeys.Update(ctx, was.ID, &godo.SpacesKeyUpdateRequest{Name: x.Name, Grants: x.grants()})
	if err != nil {
		return err
	}
	x.SecretKey = was.SecretKey
	return x.fill(&got)
}

func deleteSpacesKey(ctx context.Context, c *client, x spacesKey) error {
	_, err := c.SpacesKeys.Delete(ctx, x.ID)
	return gone(err)
}

func listSpacesKeys(ctx context.Context, c *client, _ spacesKey) iter.Seq2[spacesKey, error] {
	return pages(ctx, c.SpacesKeys.List, (*spacesKey).fill)
}

// importSpacesKey refuses: a key without its secret is of no use to others.
func importSpacesKey(string) (spacesKey, error) {
	return spacesKey{}, errors.New("a Spaces key cannot be imported: the API shows its secret once, when it is made; make another one")
}

func checkSpacesKey(_ *spacesKey, x spacesKey) error {
	if x.Name == "" {
		return errors.New("name must not be empty")
	}
	for _, g := range x.Grant {
		switch {
		case g.Permission == "fullaccess" && g.Bucket != "":
			return fmt.Errorf("permission fullaccess is that to all buckets: bucket has to be \"\", not %q", g.Bucket)
		case g.Permission == "fullaccess" && len(x.Grant) > 1:
			return errors.New("permission fullaccess cannot stand beside other grants: it includes them")
		case g.Permission != "fullaccess" && g.Bucket == "":
			return fmt.Errorf("permission %s needs the name of a bucket", g.Permission)
		}
	}
	return nil
}

// replacesSpacesKey makes a new key where the API cannot turn one into the
// other.
func replacesSpacesKey(was, want spacesKey) []string {
	if was.full() != want.full() {
		return []string{"grant"}
	}
	return nil
}

// full reports whether x opens all buckets.
func (x *spacesKey) full() bool {
	return slices.ContainsFunc(x.Grant, func(g spacesGrant) bool { return g.Permission == "fullaccess" })
}

func (x *spacesKey) grants() []*godo.Grant {
	grants := []*godo.Grant{} // none is an empty list to the API
	for _, g := range x.Grant {
		grants = append(grants, &godo.Grant{Bucket: g.Bucket, Permission: godo.SpacesKeyPermission(g.Permission)})
	}
	return grants
}

// fill keeps the order of the grants: it means nothing.
func (x *spacesKey) fill(got **godo.SpacesKey) error {
	k := *got
	x.ID, x.AccessKey, x.Name, x.CreatedAt = k.AccessKey, k.AccessKey, k.Name, k.CreatedAt
	if k.SecretKey != "" {
		x.SecretKey = k.SecretKey
	}
	var grants []spacesGrant
	for _, g := range k.Grants {
		grants = append(grants, spacesGrant{Bucket: g.Bucket, Permission: string(g.Permission)})
	}
	place := func(g spacesGrant) int { return slices.Index(x.Grant, g) }
	slices.SortStableFunc(grants, func(a, b spacesGrant) int { return place(a) - place(b) })
	x.Grant = grants
	return nil
}

type spacesKeyLookup struct {
	ID        string        `cty:"id"         is:"computed" doc:"The access key."`
	AccessKey string        `cty:"access_key" is:"required" doc:"The access key."`
	Name      string        `cty:"name"       is:"computed" doc:"Name of the key."`
	Grant     []spacesGrant `cty:"grant"      is:"computed" doc:"What the key opens."`
	CreatedAt string        `cty:"created_at" is:"computed" doc:"Time of creation, RFC 3339."`
}

var spacesKeyData = providers.DataSource[*client, spacesKeyLookup]{
	Type: "digitalocean_spaces_key",
	Doc:  "A key to Spaces by its access key, without the secret.",
	Read: lookUpSpacesKey,
	Examples: []string{
		`resource "digitalocean_spaces_key" "example" {
  name = "mlflow"
}

data "digitalocean_spaces_key" "example" {
  access_key = digitalocean_spaces_key.example.access_key
}`,
	},
}

func lookUpSpacesKey(ctx context.Context, c *client, x *spacesKeyLookup) error {
	for k, err := range providers.All(ctx, c, spacesKeyType, spacesKey{}) {
		if err != nil {
			return err
		}
		if k.ID == x.AccessKey {
			*x = spacesKeyLookup{ID: k.ID, AccessKey: k.ID, Name: k.Name, Grant: k.Grant, CreatedAt: k.CreatedAt}
			return nil
		}
	}
	return fmt.Errorf("no Spaces key has the access key %q", x.AccessKey)
}
