package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type project struct {
	providers.Aside

	ID          string   `cty:"id"          is:"computed"             doc:"UUID of the project."`
	Name        string   `cty:"name"        is:"required"             doc:"Name, unique in the account, at most 175 characters."`
	Description string   `cty:"description" is:"optional"             doc:"Free text of at most 255 characters."`
	Purpose     string   `cty:"purpose"     is:"else=Web Application" doc:"What the project is for, at most 255 characters."`
	Environment string   `cty:"environment" is:"optional"             doc:"Development, Staging or Production."`
	IsDefault   bool     `cty:"is_default"  is:"else=false"           doc:"Whether new resources join it unless they name another."`
	Resources   []string `cty:"resources"   is:"default,set,ref=*.urn"          doc:"URNs of what it is to hold; absent means that others place it."`
	OwnerUUID   string   `cty:"owner_uuid"  is:"computed"             doc:"UUID of the owner."`
	OwnerID     int      `cty:"owner_id"    is:"computed"             doc:"Number of the owner."`
	CreatedAt   string   `cty:"created_at"  is:"computed"             doc:"Time of creation, RFC 3339."`
	UpdatedAt   string   `cty:"updated_at"  is:"computed,after=name,after=description,after=purpose,after=environment,after=is_default,after=resources" doc:"Time of the last change, RFC 3339."`
}

var projectType = providers.Resource[*client, project]{
	Type:   "digitalocean_project",
	Doc:    "A folder for resources in the control panel and on the bill.",
	Create: createProject,
	Read:   readProject,
	Update: updateProject,
	Delete: deleteProject,
	List:   listProjects,
	Mark:   providers.InDescription,
	Normal: normalProject,
	Check:  checkProject,
	// Only Read knows which of what it holds is this resource's to show.
	Shallow: true,
	Natural: func(x project) string { return x.Name },
	Given:   func(x project) bool { return x.IsDefault },
	Examples: []string{
		`resource "digitalocean_project" "example" {
  name = "ml"
}`,
		`resource "digitalocean_volume" "data" {
  name   = "ml-data"
  region = "fra1"
  size   = 1
}

resource "digitalocean_project" "example" {
  name        = "ml-platform"
  description = "Training and serving."
  purpose     = "Machine learning / AI / Data processing"
  environment = "Production"
  resources   = [digitalocean_volume.data.urn]
}`,
	},
}

// createProject makes the bare project: what it holds and whether it is the
// default one are requests of their own, which updateProject sends.
func createProject(ctx context.Context, c *client, x *project, a providers.Attempt) error {
	want := *x
	got, _, err := c.Projects.Create(ctx, &godo.CreateProjectRequest{
		Name: x.Name, Description: a.Describe(x.Description), Purpose: x.Purpose, Environment: x.Environment,
	})
	if err != nil {
		return err
	}
	x.fill(got)
	x.Resources = nil
	if want.IsDefault || len(want.Resources) > 0 {
		return providers.ErrAgain
	}
	return nil
}

// readProject asks for what the project holds only if something of that is
// looked for, or nothing is known yet.
func readProject(ctx context.Context, c *client, x *project) error {
	imported := x.Name == ""
	got, _, err := c.Projects.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	x.fill(got)
	if len(x.Resources) == 0 && !imported {
		return nil
	}
	members, err := membersOf(ctx, c, got.ID)
	if err != nil {
		return err
	}
	if imported {
		if x.Resources, err = resident(ctx, c, members); err != nil {
			return err
		}
	}
	x.Resources = slices.DeleteFunc(x.Resources, func(urn string) bool { return !members[urn] })
	return nil
}

// resident returns what a project holds for itself: addresses that are held come
// and go with their holders.
func resident(ctx context.Context, c *client, members map[string]bool) ([]string, error) {
	return movable(ctx, c, slices.Sorted(maps.Keys(members)), nil)
}

func updateProject(ctx context.Context, c *client, was project, x *project) error {
	x.ID = was.ID
	got, _, err := c.Projects.Get(ctx, was.ID)
	if err != nil {
		return gone(err)
	}
	var now project
	if now.fill(got); !now.named(*x) {
		_, _, err = c.Projects.Update(ctx, was.ID, &godo.UpdateProjectRequest{
			Name: x.Name, Description: providers.KeepOwner(x.Description, got.Description), Purpose: x.Purpose, Environment: x.Environment, IsDefault: x.IsDefault,
		})
		if err != nil {
			return err
		}
	}
	if err := moveMembers(ctx, c, was.ID, was.Resources, x.Resources); err != nil {
		return err
	}
	return readProject(ctx, c, x)
}

// named reports whether x is called and described like want.
func (x project) named(want project) bool {
	return x.Name == want.Name && x.Description == want.Description && x.Purpose == want.Purpose &&
		x.Environment == want.Environment && x.IsDefault == want.IsDefault
}

// moveMembers makes a project, of which was was looked after, hold want. Only the
// difference moves, and of that only what is still here: the rest is somebody
// else's to place.
func moveMembers(ctx context.Context, c *client, project string, was, want []string) error {
	if leaving := without(was, want); len(leaving) > 0 {
		members, err := membersOf(ctx, c, project)
		if err != nil {
			return err
		}
		leaving = slices.DeleteFunc(leaving, func(urn string) bool { return !members[urn] })
		if leaving, err = movable(ctx, c, leaving, nil); err != nil {
			return err
		}
		if err := moveToDefault(ctx, c, leaving); err != nil {
			return err
		}
	}
	joining, err := movable(ctx, c, without(want, was), want)
	if err != nil {
		return err
	}
	return putInto(ctx, c, project, joining)
}

// The API deletes only empty projects. Resources leave some seconds after they
// have been moved: until then it refuses, and the engine asks again.
func deleteProject(ctx context.Context, c *client, x project) error {
	members, err := membersOf(ctx, c, x.ID)
	if err != nil {
		return err
	}
	urns, err := resident(ctx, c, members)
	if err != nil {
		return err
	}
	if err := moveToDefault(ctx, c, urns); err != nil {
		return err
	}
	_, err = c.Projects.Delete(ctx, x.ID)
	if err != nil && strings.Contains(strings.ToLower(err.Error()), "project with resources") {
		return providers.ErrAgain
	}
	return gone(err)
}

func listProjects(ctx context.Context, c *client, _ project) iter.Seq2[project, error] {
	return pages(ctx, c.Projects.List, func(x *project, got *godo.Project) error {
		x.fill(got)
		return nil
	})
}

// addressURN begins the URN of a reserved address. Projects have kept the old
// name of these and answer it, whatever they were sent.
const addressURN, oldAddressURN = "do:reservedip:", "do:floatingip:"

func respellURN(urn string) string { return strings.Replace(urn, oldAddressURN, addressURN, 1) }

// holder returns the URN of the droplet that has the address, "" for none and
// for what is no address. Held, an address is always in the project of its
// holder: it joins by itself, and alone it cannot be moved.
func holder(ctx context.Context, c *client, urn string) (string, error) {
	ip, isAddress := strings.CutPrefix(urn, addressURN)
	if !isAddress {
		return "", nil
	}
	got, _, err := c.ReservedIPs.Get(ctx, ip)
	if gone(err) == providers.ErrGone || err == nil && got.Droplet == nil {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return got.Droplet.URN(), nil
}

// movable returns urns without the addresses that move with their holder: with
// one of holders, or with any if holders is nil.
func movable(ctx context.Context, c *client, urns, holders []string) ([]string, error) {
	var out []string
	for _, urn := range urns {
		by, err := holder(ctx, c, urn)
		if err != nil {
			return nil, err
		}
		if by == "" || holders != nil && !slices.Contains(holders, by) {
			out = append(out, urn)
		}
	}
	return out, nil
}

// assign moves urns to a project and returns what has become of each.
func assign(ctx context.Context, c *client, id string, urns []string) ([]godo.ProjectResource, error) {
	if len(urns) == 0 {
		return nil, nil
	}
	list := make([]any, len(urns))
	for i, urn := range urns {
		// The only name of addresses that the API documents here.
		list[i] = strings.Replace(urn, addressURN, oldAddressURN, 1)
	}
	moved, _, err := c.Projects.AssignResources(ctx, id, list...)
	return moved, err
}

func moveToDefault(ctx context.Context, c *client, urns []string) error {
	if len(urns) == 0 {
		return nil
	}
	to, _, err := c.Projects.GetDefault(ctx)
	if err != nil {
		return err
	}
	_, err = assign(ctx, c, to.ID, urns)
	return err
}

// environments are spelled as the API answers; it reads any case.
var environments = []string{"Development", "Staging", "Production"}

func normalProject(x *project) {
	for i, urn := range x.Resources {
		x.Resources[i] = respellURN(urn)
	}
	for _, e := range environments {
		if strings.EqualFold(x.Environment, e) {
			x.Environment = e
		}
	}
}

func checkProject(_ *project, x project) error {
	normalProject(&x)
	switch {
	case x.Environment != "" && !slices.Contains(environments, x.Environment):
		return fmt.Errorf("environment %q is none of %s", x.Environment, strings.Join(environments, ", "))
	case utf8.RuneCountInString(x.Name) > 175:
		return errors.New("name is longer than 175 characters")
	case max(utf8.RuneCountInString(x.Description), utf8.RuneCountInString(x.Purpose)) > 255:
		return errors.New("description or purpose is longer than 255 characters")
	}
	return nil
}

func (x *project) fill(got *godo.Project) {
	x.ID, x.Name, x.IsDefault = got.ID, got.Name, got.IsDefault
	x.Description, x.Owner = providers.OwnDescription(got.Description)
	// The API puts this before a purpose that is not on its own list.
	x.Purpose = strings.TrimPrefix(got.Purpose, "Other: ")
	x.Environment = got.Environment
	x.OwnerUUID, x.OwnerID = got.OwnerUUID, int(got.OwnerID)
	x.CreatedAt, x.UpdatedAt = got.CreatedAt, got.UpdatedAt
}
