package google

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"google.golang.org/api/cloudresourcemanager/v1"

	"github.com/mlinfra/mlinfra/providers"
)

type projectIAMMember struct {
	ID        string         `cty:"id"        is:"computed"               doc:"Project, role and member, with slashes in between."`
	Project   string         `cty:"project"   is:"required,replace"       doc:"Id of the project."`
	Role      string         `cty:"role"      is:"required,replace"       doc:"Role, such as roles/storage.objectViewer."`
	Member    string         `cty:"member"    is:"required,replace"       doc:"Who gets it, such as serviceAccount:EMAIL or user:EMAIL."`
	Condition []iamCondition `cty:"condition" is:"optional,replace,max=1" doc:"When the role holds; absent means always."`
	ETag      string         `cty:"etag"      is:"computed"               doc:"Version of the project's policy."`
}

type iamCondition struct {
	Title       string `cty:"title"       is:"required,replace" doc:"What it is for, in a few words."`
	Description string `cty:"description" is:"optional,replace" doc:"Free text."`
	Expression  string `cty:"expression"  is:"required,replace" doc:"The condition in CEL."`
}

var projectIAMMemberType = providers.Resource[*client, projectIAMMember]{
	Type:   "google_project_iam_member",
	Doc:    "A role of one member in a project; other members of the role are left alone.",
	Create: createProjectIAMMember,
	Read:   readProjectIAMMember,
	Import: func(id string) (projectIAMMember, error) {
		of, g, err := importGrant(id)
		return projectIAMMember{Project: of, Role: g.role, Member: g.member, Condition: g.condition}, err
	},
	Delete: deleteProjectIAMMember,
	List:   listProjectIAMMembers,
	Within: func(x projectIAMMember) string { return lastPart(x.Project) + " " + conditionKey(x.Condition) },
	Spell: func(was projectIAMMember, x *projectIAMMember) {
		respell(was.Project, &x.Project)
		respellMember(was.Member, &x.Member)
	},
	Check: func(_ *projectIAMMember, x projectIAMMember) error { return checkGrant(x.grant()) },
	Lock:  func(x projectIAMMember) string { return "policy of project " + lastPart(x.Project) },
	Again: true,
	Examples: []string{
		`data "google_project" "current" {}

resource "google_project_iam_member" "example" {
  project = data.google_project.current.project_id
  role    = "roles/storage.objectViewer"
  member  = "user:ada@example.com"
}`,
		`data "google_project" "current" {}

resource "google_project_iam_member" "example" {
  project = data.google_project.current.project_id
  role    = "roles/storage.objectViewer"
  member  = "user:ada@example.com"

  condition {
    title      = "until 2031"
    expression = "request.time < timestamp('2031-01-01T00:00:00Z')"
  }
}`,
	},
}

func (x *projectIAMMember) grant() grant { return grant{x.Role, x.Member, x.Condition} }

func createProjectIAMMember(ctx context.Context, c *client, x *projectIAMMember, _ providers.Attempt) error {
	policy, err := projectPolicy(ctx, c, x.Project)
	if err != nil {
		return err
	}
	if x.grant().add(policy) {
		if policy, err = setProjectPolicy(ctx, c, x.Project, policy); err != nil {
			return err
		}
	}
	x.ID, x.ETag = x.grant().id(x.Project), policy.Etag
	return nil
}

func readProjectIAMMember(ctx context.Context, c *client, x *projectIAMMember) error {
	policy, err := projectPolicy(ctx, c, x.Project)
	if err != nil {
		return gone(err)
	}
	x.Condition = titled(policy, x.grant())
	member, ok := x.grant().find(policy)
	if !ok {
		return providers.ErrGone
	}
	x.fill(x.Project, grant{x.Role, member, x.Condition}, policy)
	return nil
}

func deleteProjectIAMMember(ctx context.Context, c *client, x projectIAMMember) error {
	policy, err := projectPolicy(ctx, c, x.Project)
	if err != nil {
		return gone(err)
	}
	if !x.grant().remove(policy) {
		return providers.ErrGone
	}
	_, err = setProjectPolicy(ctx, c, x.Project, policy)
	return gone(err)
}

func listProjectIAMMembers(ctx context.Context, c *client, in projectIAMMember) iter.Seq2[projectIAMMember, error] {
	return func(yield func(projectIAMMember, error) bool) {
		policy, err := projectPolicy(ctx, c, in.Project)
		if err != nil {
			yield(projectIAMMember{}, err)
			return
		}
		for g := range grants(policy, in.Condition) {
			var x projectIAMMember
			x.fill(in.Project, g, policy)
			if !yield(x, nil) {
				return
			}
		}
	}
}

func (x *projectIAMMember) fill(project string, g grant, policy *cloudresourcemanager.Policy) {
	x.ID, x.Project, x.ETag = g.id(project), project, policy.Etag
	x.Role, x.Member, x.Condition = g.role, g.member, g.condition
}

// policyVersion is the one that has conditions.
const policyVersion = 3

func projectPolicy(ctx context.Context, c *client, project string) (*cloudresourcemanager.Policy, error) {
	req := &cloudresourcemanager.GetIamPolicyRequest{Options: &cloudresourcemanager.GetPolicyOptions{RequestedPolicyVersion: policyVersion}}
	return c.manager.Projects.GetIamPolicy(lastPart(project), req).Context(ctx).Do()
}

// setProjectPolicy replaces the policy whose etag is the one in it: a change
// between the two is refused, and classify says busy.
func setProjectPolicy(ctx context.Context, c *client, project string, policy *cloudresourcemanager.Policy) (*cloudresourcemanager.Policy, error) {
	policy.Version = policyVersion
	req := &cloudresourcemanager.SetIamPolicyRequest{Policy: policy, UpdateMask: "bindings,etag,auditConfigs"}
	return c.manager.Projects.SetIamPolicy(lastPart(project), req).Context(ctx).Do()
}

// grant is a role of one member in a policy.
type grant struct {
	role, member string
	condition    []iamCondition // one or none
}

// importGrant reads what an import names with spaces in between: what the policy
// is of, role, member, and the title of the condition if there is one.
func importGrant(id string) (of string, g grant, err error) {
	parts := strings.SplitN(id, " ", 4)
	if len(parts) < 3 || slices.Contains(parts, "") {
		return "", g, fmt.Errorf("%q is not the project or bucket, the role, the member and, if there is one, the title of the condition, with spaces in between, such as \"ml roles/viewer user:ada@example.com\"", id)
	}
	g.role, g.member = parts[1], parts[2]
	if len(parts) == 4 {
		g.condition = []iamCondition{{Title: parts[3]}}
	}
	return parts[0], g, nil
}

// titled returns the condition of g; where only its title is known, as at an
// import, all that the policy has of it.
func titled(p *cloudresourcemanager.Policy, g grant) []iamCondition {
	if len(g.condition) == 0 || g.condition[0].Expression != "" {
		return g.condition
	}
	for _, b := range p.Bindings {
		whole := grant{g.role, g.member, conditionsOf(b)}
		if len(whole.condition) == 0 || whole.condition[0].Title != g.condition[0].Title {
			continue
		}
		if _, ok := whole.find(p); ok {
			return whole.condition
		}
	}
	return g.condition
}

// id is as in Terraform's provider.
func (g grant) id(resource string) string {
	id := resource + "/" + g.role + "/" + lowerMember(g.member)
	if key := conditionKey(g.condition); key != "" {
		id += "/" + key
	}
	return id
}

func (g grant) in(b *cloudresourcemanager.Binding) bool {
	return b.Role == g.role && slices.Equal(conditionsOf(b), g.condition)
}

// find returns the member as the policy spells it.
func (g grant) find(p *cloudresourcemanager.Policy) (string, bool) {
	for _, b := range p.Bindings {
		for _, m := range b.Members {
			if g.in(b) && sameMember(m, g.member) {
				return m, true
			}
		}
	}
	return "", false
}

// add reports whether it has changed the policy.
func (g grant) add(p *cloudresourcemanager.Policy) bool {
	if _, ok := g.find(p); ok {
		return false
	}
	if i := slices.IndexFunc(p.Bindings, g.in); i >= 0 {
		p.Bindings[i].Members = append(p.Bindings[i].Members, g.member)
		return true
	}
	b := &cloudresourcemanager.Binding{Role: g.role, Members: []string{g.member}}
	for _, c := range g.condition {
		b.Condition = &cloudresourcemanager.Expr{Title: c.Title, Description: c.Description, Expression: c.Expression}
	}
	p.Bindings = append(p.Bindings, b)
	return true
}

// remove reports whether it has changed the policy.
func (g grant) remove(p *cloudresourcemanager.Policy) bool {
	if _, ok := g.find(p); !ok {
		return false
	}
	for _, b := range p.Bindings {
		if g.in(b) {
			b.Members = slices.DeleteFunc(b.Members, func(m string) bool { return sameMember(m, g.member) })
		}
	}
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b *cloudresourcemanager.Binding) bool { return len(b.Members) == 0 })
	return true
}

// grants yields those of a policy that hold under the condition. The condition
// names the collection because the engine tells members apart by role and name.
func grants(p *cloudresourcemanager.Policy, condition []iamCondition) iter.Seq[grant] {
	return func(yield func(grant) bool) {
		for _, b := range p.Bindings {
			if !slices.Equal(conditionsOf(b), condition) {
				continue
			}
			for _, m := range b.Members {
				if !yield(grant{b.Role, m, condition}) {
					return
				}
			}
		}
	}
}

func conditionsOf(b *cloudresourcemanager.Binding) []iamCondition {
	if b.Condition == nil {
		return nil
	}
	return []iamCondition{{b.Condition.Title, b.Condition.Description, b.Condition.Expression}}
}

func conditionKey(condition []iamCondition) string {
	if len(condition) == 0 {
		return ""
	}
	return condition[0].Title + "/" + condition[0].Description + "/" + condition[0].Expression
}

// caseSensitive says of which members the API keeps the case; addresses come
// back in small letters.
var caseSensitive = providers.NewPattern(`^(deleted:)?(allUsers|allAuthenticatedUsers|principal|principalSet|principalHierarchy)(:|$)`)

func lowerMember(member string) string {
	kind, name, found := strings.Cut(member, ":")
	if !found || caseSensitive.MatchString(member) {
		return member
	}
	return kind + ":" + strings.ToLower(name)
}

func sameMember(a, b string) bool { return lowerMember(a) == lowerMember(b) }

func respellMember(was string, x *string) {
	if sameMember(was, *x) {
		*x = was
	}
}

var roleRule = providers.NewPattern(`^((projects|organizations)/[^/]+/)?roles/[A-Za-z0-9_.]+$`)

// basicRoles take no condition.
var basicRoles = []string{"roles/owner", "roles/editor", "roles/viewer"}

func checkGrant(g grant) error {
	switch {
	case !roleRule.MatchString(g.role):
		return fmt.Errorf("role %q is not a role such as roles/storage.objectViewer or projects/PROJECT/roles/NAME", g.role)
	case strings.HasPrefix(g.member, "deleted:"):
		return fmt.Errorf("member %q does not exist any more", g.member)
	case g.member != "allUsers" && g.member != "allAuthenticatedUsers" && !strings.Contains(g.member, ":"):
		return fmt.Errorf("member %q has no kind: write user:EMAIL, group:EMAIL, serviceAccount:EMAIL, domain:NAME or allUsers", g.member)
	case len(g.condition) > 0 && slices.Contains(basicRoles, g.role):
		return fmt.Errorf("role %q takes no condition: owner, editor and viewer always hold", g.role)
	}
	return nil
}
