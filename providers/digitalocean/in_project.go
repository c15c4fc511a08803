package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// inProject returns r for objects that may be put into a project: at returns the
// URN of x and its attribute
//
//	Project string `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"Id of the project it is in; absent leaves it where it is."`
//
// A new object is in the default project until it is ready, and then moves. Only
// who names a project asks where the object is: one list of what a project holds
// does for all of a look. What is elsewhere shows no project.
func inProject[T any](r providers.Resource[*client, T], at func(x *T) (urn string, project *string)) providers.Resource[*client, T] {
	p := placed[T]{r, at}
	r.Create, r.Read, r.Update, r.Check = p.create, p.read, p.update, p.check
	if r.List != nil {
		r.List, r.View = p.list, p.project
	}
	return r
}

// placed is a type whose objects may be put into a project: what it was without
// that, and where an object says so.
type placed[T any] struct {
	bare providers.Resource[*client, T]
	at   func(x *T) (urn string, project *string)
}

// create leaves it to update to put x into its project.
func (p placed[T]) create(ctx context.Context, c *client, x *T, a providers.Attempt) error {
	want := p.project(*x)
	err := p.bare.Create(ctx, c, x, a)
	p.show(x, "")
	if err == nil && want != "" {
		return providers.ErrAgain
	}
	return err
}

// read asks for the project also of what is not ready: a run that was cut off may
// not have moved it. A held address is where its holder is: nothing can be said of it.
func (p placed[T]) read(ctx context.Context, c *client, x *T) error {
	project := p.project(*x)
	state := p.bare.Read(ctx, c, x)
	if project == "" || state != nil && !errors.Is(state, providers.ErrNotReady) {
		return state
	}
	members, err := membersOf(ctx, c, project)
	if err != nil {
		return err
	}
	urn, _ := p.at(x)
	if members[urn] {
		return state
	}
	by, err := holder(ctx, c, urn)
	if by == "" {
		p.show(x, "")
	}
	return cmp.Or(err, state)
}

func (p placed[T]) update(ctx context.Context, c *client, was T, x *T) error {
	urn, _ := p.at(&was)
	want := p.project(*x)
	change := p.bare.Update
	if change == nil {
		change = p.reread
	}
	if err := change(ctx, c, was, x); err != nil {
		return err
	}
	p.show(x, want)
	if want == "" || want == p.project(was) {
		return nil
	}
	urns, err := movable(ctx, c, []string{urn}, nil)
	if err != nil {
		return err
	}
	return putInto(ctx, c, want, urns)
}

// reread shows x, which nothing but its project can change of.
func (p placed[T]) reread(ctx context.Context, c *client, was T, x *T) error {
	*x = was
	return p.bare.Read(ctx, c, x)
}

// list asks once for the collection, and once for each project that is named.
func (p placed[T]) list(ctx context.Context, c *client, in T) iter.Seq2[T, error] {
	project := p.project(in)
	if project == "" {
		return p.bare.List(ctx, c, in)
	}
	return func(yield func(T, error) bool) {
		members, err := membersOf(ctx, c, project)
		if err != nil {
			yield(in, err)
			return
		}
		for x, err := range providers.All(ctx, c, p.bare, in) {
			if urn, _ := p.at(&x); err != nil || members[urn] {
				p.show(&x, project)
			}
			if !yield(x, err) {
				return
			}
		}
	}
}

var uuidPattern = providers.NewPattern(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func (p placed[T]) check(was *T, want T) error {
	if err := checkProjects(p.project(want), ""); err != nil || p.bare.Check == nil {
		return err
	}
	return p.bare.Check(was, want)
}

// checkProjects looks at the attributes project and project_id of an object, of
// which types that have both take one.
func checkProjects(project, projectID string) error {
	if project != "" && projectID != "" && project != projectID {
		return fmt.Errorf("project is %s and project_id %s: set one of them, they mean the same", project, projectID)
	}
	if id := cmp.Or(project, projectID); id != "" && !uuidPattern.MatchString(id) {
		return fmt.Errorf("project %q is not the id of a project: write digitalocean_project.NAME.id, or the UUID that the data source digitalocean_project shows", id)
	}
	return nil
}

// asksProject is the View of types whose list shows the project of everything:
// who names one is told.
func asksProject(project string) string {
	if project == "" {
		return ""
	}
	return "project"
}

// project returns the project that x names, "" for none.
func (p placed[T]) project(x T) string {
	_, project := p.at(&x)
	return *project
}

func (p placed[T]) show(x *T, id string) {
	_, project := p.at(x)
	*project = id
}

// projectMember is one thing that a project holds.
type projectMember struct {
	Project string
	URN     string
}

// projectMemberType is what projects hold, for providers.All to share: no type of
// its own.
var projectMemberType = providers.Resource[*client, projectMember]{
	Type:   "members of digitalocean_project",
	List:   listProjectMembers,
	Within: func(x projectMember) string { return x.Project },
}

func listProjectMembers(ctx context.Context, c *client, in projectMember) iter.Seq2[projectMember, error] {
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]godo.ProjectResource, *godo.Response, error) {
		return c.Projects.ListResources(ctx, in.Project, opt)
	}
	return pages(ctx, fetch, func(x *projectMember, got *godo.ProjectResource) error {
		*x = projectMember{in.Project, respellURN(got.URN)}
		return nil
	})
}

// membersOf returns the URNs of what a project holds; nothing of one that is gone.
func membersOf(ctx context.Context, c *client, project string) (map[string]bool, error) {
	members := map[string]bool{}
	for m, err := range providers.All(ctx, c, projectMemberType, projectMember{Project: project}) {
		if gone(err) == providers.ErrGone {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		members[m.URN] = true
	}
	return members, nil
}

// putInto moves objects to a project, where some may be already.
func putInto(ctx context.Context, c *client, project string, urns []string) error {
	moved, err := assign(ctx, c, project, urns)
	if err != nil {
		return err
	}
	for _, m := range moved {
		if !slices.Contains([]string{"ok", "assigned", "already_assigned"}, m.Status) {
			return &unmovedError{respellURN(m.URN), project, m.Status}
		}
	}
	return nil
}

// unmovedError is why an object was not moved to a project, by the status that
// the API gives beside success.
type unmovedError struct{ urn, project, status string }

func (e *unmovedError) Error() string {
	if e.status == "not_found" {
		return fmt.Sprintf("project %s does not find %s: check that the token may read it (scopes project:assign_resource and read of its kind)", e.project, e.urn)
	}
	return fmt.Sprintf("%s was not moved to project %s: %s", e.urn, e.project, e.status)
}

func (e *unmovedError) kind() providers.Kind {
	if e.status == "not_found" {
		return providers.Missing
	}
	return providers.Busy
}
