package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type functionNamespace struct {
	ID        string `cty:"id"         is:"computed"           doc:"The namespace: fn- and its UUID."`
	Label     string `cty:"label"      is:"required,replace"   doc:"Name for people, unique in the account."`
	Region    string `cty:"region"     is:"required,replace"   doc:"Slug of the region, such as fra1."`
	Namespace string `cty:"namespace"  is:"computed"           doc:"The same as id."`
	UUID      string `cty:"uuid"       is:"computed"           doc:"UUID, the user of its API."`
	APIHost   string `cty:"api_host"   is:"computed"           doc:"URL under which its functions are called."`
	Key       string `cty:"key"        is:"computed,sensitive" doc:"Password of its API, beside uuid."`
	CreatedAt string `cty:"created_at" is:"computed"           doc:"Time of creation, RFC 3339."`
	UpdatedAt string `cty:"updated_at" is:"computed"           doc:"Time of the last change, RFC 3339."`
}

var functionNamespaceType = providers.Resource[*client, functionNamespace]{
	Type:    "digitalocean_function_namespace",
	Doc:     "A place for serverless functions, with an endpoint and a key.",
	Holds:   "the functions in it",
	Create:  createFunctionNamespace,
	Read:    readFunctionNamespace,
	Delete:  deleteFunctionNamespace,
	List:    listFunctionNamespaces,
	Normal:  func(x *functionNamespace) { x.Region = strings.ToLower(x.Region) },
	Check:   checkFunctionNamespace,
	Natural: func(x functionNamespace) string { return x.Label },
	Unique:  true,
	Examples: []string{
		`resource "digitalocean_function_namespace" "example" {
  label  = "ml"
  region = "fra1"
}`,
		`resource "digitalocean_function_namespace" "example" {
  label  = "ml-hooks"
  region = "ams3"
}`,
	},
}

func createFunctionNamespace(ctx context.Context, c *client, x *functionNamespace, _ providers.Attempt) error {
	got, _, err := c.Functions.CreateNamespace(ctx, &godo.FunctionsNamespaceCreateRequest{Label: x.Label, Region: x.Region})
	if err != nil {
		return err
	}
	x.fill(got)
	return nil
}

func readFunctionNamespace(ctx context.Context, c *client, x *functionNamespace) error {
	got, _, err := c.Functions.GetNamespace(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	x.fill(got)
	return nil
}

func deleteFunctionNamespace(ctx context.Context, c *client, x functionNamespace) error {
	_, err := c.Functions.DeleteNamespace(ctx, x.ID)
	return gone(err)
}

// listFunctionNamespaces has one page: an account has a few.
func listFunctionNamespaces(ctx context.Context, c *client, _ functionNamespace) iter.Seq2[functionNamespace, error] {
	return func(yield func(functionNamespace, error) bool) {
		all, _, err := c.Functions.ListNamespaces(ctx)
		if err != nil {
			yield(functionNamespace{}, err)
			return
		}
		for i := range all {
			var x functionNamespace
			x.fill(&all[i])
			if !yield(x, nil) {
				return
			}
		}
	}
}

func checkFunctionNamespace(_ *functionNamespace, x functionNamespace) error {
	switch {
	case x.Label == "":
		return errors.New("label must not be empty")
	case x.Region == "":
		return fmt.Errorf("region must not be empty: fra1 is one")
	}
	return nil
}

func (x *functionNamespace) fill(got *godo.FunctionsNamespace) {
	*x = functionNamespace{
		ID: got.Namespace, Namespace: got.Namespace, Label: got.Label, Region: got.Region, UUID: got.UUID, APIHost: got.ApiHost, Key: got.Key,
		CreatedAt: rfc3339(got.CreatedAt), UpdatedAt: rfc3339(got.UpdatedAt),
	}
}
