package google

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"google.golang.org/api/iam/v1"

	"github.com/mlinfra/mlinfra/providers"
)

type serviceAccount struct {
	providers.Aside

	ID          string `cty:"id"           is:"computed"         doc:"Path: projects/PROJECT/serviceAccounts/EMAIL."`
	AccountID   string `cty:"account_id"   is:"required,replace" doc:"What its address starts with, unique in the project."`
	Project     string `cty:"project"      is:"default,replace"  doc:"Id of the project; absent means the provider's."`
	DisplayName string `cty:"display_name" is:"optional"         doc:"Name for people."`
	Description string `cty:"description"  is:"optional"         doc:"Free text of at most 256 bytes."`
	Disabled    bool   `cty:"disabled"     is:"else=false"       doc:"Whether nobody can act as it."`
	Email       string `cty:"email"        is:"computed"         doc:"Address of the account."`
	Member      string `cty:"member"       is:"computed"         doc:"How policies name it: serviceAccount:EMAIL."`
	Name        string `cty:"name"         is:"computed"         doc:"Path of the account, as id."`
	UniqueID    string `cty:"unique_id"    is:"computed"         doc:"Number of the account."`
}

// accountGrace is how long a service account is not known everywhere: reads
// answer 404, and policies refuse it.
const accountGrace = time.Minute

var serviceAccountType = providers.Resource[*client, serviceAccount]{
	Type:   "google_service_account",
	Doc:    "An account for programs.",
	Create: createServiceAccount,
	Read:   readServiceAccount,
	Import: func(id string) (x serviceAccount, err error) {
		if !strings.Contains(id, "@") {
			return x, fmt.Errorf("%q is not projects/PROJECT/serviceAccounts/EMAIL, PROJECT/EMAIL or EMAIL", id)
		}
		x.ID, err = importPath("projects/PROJECT/serviceAccounts/EMAIL", id, 1)
		// The address alone says which project it is of.
		x.ID = strings.Replace(x.ID, "projects//", "projects/-/", 1)
		return x, err
	},
	Update: updateServiceAccount,
	Delete: deleteServiceAccount,
	List:   listServiceAccounts,
	Mark:   providers.InDescription,
	Within: func(x serviceAccount) string { return x.Project },
	Spell:  func(was serviceAccount, x *serviceAccount) { respell(was.Project, &x.Project) },
	Check:  checkServiceAccount,
	Grace:  accountGrace,
	Settle: accountGrace,
	Unique: true, // the project and account_id name it
	Examples: []string{
		`resource "google_service_account" "example" {
  account_id = "trainer"
}`,
		`resource "google_service_account" "example" {
  account_id   = "trainer"
  display_name = "Trainer"
  description  = "Reads data sets, writes checkpoints."
  disabled     = true
}`,
		`resource "google_service_account" "example" {
  account_id   = "model-server"
  display_name = "Model server"
  disabled     = true
}`,
	},
}

func createServiceAccount(ctx context.Context, c *client, x *serviceAccount, a providers.Attempt) error {
	project, err := c.project(x.Project)
	if err != nil {
		return err
	}
	got, err := c.iam.Projects.ServiceAccounts.Create("projects/"+project, &iam.CreateServiceAccountRequest{
		AccountId: x.AccountID, ServiceAccount: &iam.ServiceAccount{DisplayName: x.DisplayName, Description: a.Describe(x.Description)},
	}).Context(ctx).Do()
	if err != nil {
		return err
	}
	disabled := x.Disabled
	if err := x.fill(got); err != nil || !disabled {
		return err
	}
	return providers.ErrAgain // new ones are always enabled
}

func readServiceAccount(ctx context.Context, c *client, x *serviceAccount) error {
	got, err := c.iam.Projects.ServiceAccounts.Get(x.ID).Context(ctx).Do()
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func updateServiceAccount(ctx context.Context, c *client, was serviceAccount, x *serviceAccount) error {
	x.ID = was.ID
	accounts := c.iam.Projects.ServiceAccounts
	got, err := accounts.Get(x.ID).Context(ctx).Do()
	if notFound(err) {
		return providers.ErrAgain // too new to be seen, or the wait shows that it is gone
	}
	if err != nil {
		return err
	}
	if description := providers.KeepOwner(x.Description, got.Description); got.DisplayName != x.DisplayName || got.Description != description {
		_, err := accounts.Patch(x.ID, &iam.PatchServiceAccountRequest{
			ServiceAccount: &iam.ServiceAccount{DisplayName: x.DisplayName, Description: description, Etag: got.Etag, ForceSendFields: []string{"DisplayName", "Description"}},
			UpdateMask:     "displayName,description",
		}).Context(ctx).Do()
		if err != nil {
			return err
		}
	}
	switch {
	case x.Disabled && !got.Disabled:
		_, err = accounts.Disable(x.ID, &iam.DisableServiceAccountRequest{}).Context(ctx).Do()
	case !x.Disabled && got.Disabled:
		_, err = accounts.Enable(x.ID, &iam.EnableServiceAccountRequest{}).Context(ctx).Do()
	}
	return err
}

func deleteServiceAccount(ctx context.Context, c *client, x serviceAccount) error {
	_, err := c.iam.Projects.ServiceAccounts.Delete(x.ID).Context(ctx).Do()
	return gone(err)
}

func listServiceAccounts(ctx context.Context, c *client, in serviceAccount) iter.Seq2[serviceAccount, error] {
	project, err := c.project(in.Project)
	if err != nil {
		return failed[serviceAccount](err)
	}
	call := c.iam.Projects.ServiceAccounts.List("projects/" + project).PageSize(100)
	return pages(ctx, call.Pages, func(p *iam.ListServiceAccountsResponse) []*iam.ServiceAccount { return p.Accounts }, (*serviceAccount).fill)
}

func (x *serviceAccount) fill(got *iam.ServiceAccount) error {
	x.ID, x.Name, x.Project, x.UniqueID = got.Name, got.Name, got.ProjectId, got.UniqueId
	x.Email, x.Member = got.Email, "serviceAccount:"+got.Email
	x.AccountID, _, _ = strings.Cut(got.Email, "@")
	x.DisplayName, x.Disabled = got.DisplayName, got.Disabled
	x.Description, x.Owner = providers.OwnDescription(got.Description)
	return nil
}

var accountIDRule = providers.NewPattern(`^[a-z][-a-z0-9]{4,28}[a-z0-9]$`)

func checkServiceAccount(_ *serviceAccount, want serviceAccount) error {
	switch {
	case !accountIDRule.MatchString(want.AccountID):
		return fmt.Errorf("account_id %q: 6 to 30 lower-case letters, digits and dashes, a letter first and no dash last", want.AccountID)
	case len(want.DisplayName) > 100:
		return fmt.Errorf("display_name has %d bytes, more than 100", len(want.DisplayName))
	case len(want.Description) > 256:
		return fmt.Errorf("description has %d bytes, more than 256", len(want.Description))
	}
	return nil
}
