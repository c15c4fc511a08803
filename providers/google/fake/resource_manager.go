package fake

import (
	"net/http"
	"slices"
	"strings"
)

func (c *Cloud) projectRoutes() map[string]handler {
	out := map[string]handler{
		"GET /v1/projects":         c.listProjectsV1,
		"GET /v3/projects/:search": c.searchProjects,
	}
	for version, get := range map[string]handler{"v1": c.readProjectV1, "v3": c.readProjectV3} {
		one := "/" + version + "/projects/{project}"
		out["GET "+one] = c.manage("get", get)
		out["POST "+one+"/:getIamPolicy"] = c.manage("getIamPolicy", c.projectPolicy)
		out["POST "+one+"/:setIamPolicy"] = c.manage("setIamPolicy", c.setProjectPolicy)
		out["POST "+one+"/:testIamPermissions"] = c.manage("", c.testPermissions)
	}
	return out
}

// manage wraps a handler of a project: its permission, without
// "resourcemanager.projects.", is checked first. A project nobody knows looks
// like one that may not be seen.
func (c *Cloud) manage(permission string, h handler) handler {
	return func(q *request) (reply, error) {
		denied := slices.Contains(c.o.Denied, "resourcemanager.projects."+permission)
		if c.projectOf(q) == nil || permission != "" && denied {
			return fail(&apiError{status: http.StatusForbidden, reason: "forbidden", message: "The caller does not have permission"})
		}
		return h(q)
	}
}

// projectOf is the project of the path, by id or number, or nil.
func (c *Cloud) projectOf(q *request) *project {
	c.hasProject(q.project())
	for _, p := range c.s.Projects {
		if c.hasProject(p.ID) && (p.ID == q.project() || projectNumber(p.ID) == q.project()) {
			return p
		}
	}
	return nil
}

func (p *project) viewV1() map[string]any {
	return map[string]any{
		"projectNumber": projectNumber(p.ID), "projectId": p.ID, "lifecycleState": "ACTIVE", "name": p.ID, "createTime": zulu(p.CreatedAt),
		"parent": map[string]any{"type": "organization", "id": "433637338589"},
	}
}

func (p *project) viewV3() map[string]any {
	return map[string]any{
		"name": "projects/" + projectNumber(p.ID), "projectId": p.ID, "state": "ACTIVE", "displayName": p.ID,
		"createTime": zulu(p.CreatedAt), "updateTime": zulu(p.CreatedAt), "parent": "organizations/433637338589",
		"etag": "W/" + fingerprint(p.ID),
	}
}

func (c *Cloud) readProjectV1(q *request) (reply, error) { return ok(c.projectOf(q).viewV1()) }
func (c *Cloud) readProjectV3(q *request) (reply, error) { return ok(c.projectOf(q).viewV3()) }

func (c *Cloud) listProjectsV1(*request) (reply, error) {
	out := []map[string]any{}
	for _, p := range c.s.Projects {
		if c.hasProject(p.ID) {
			out = append(out, p.viewV1())
		}
	}
	return ok(map[string]any{"projects": out})
}

func (c *Cloud) searchProjects(*request) (reply, error) {
	out := []map[string]any{}
	for _, p := range c.s.Projects {
		if c.hasProject(p.ID) {
			out = append(out, p.viewV3())
		}
	}
	return ok(map[string]any{"projects": out})
}

func (c *Cloud) projectPolicy(q *request) (reply, error) {
	var in policyQuestion
	if err := q.decode("", &in); err != nil {
		return fail(err)
	}
	v, err := c.projectOf(q).Policy.view(in.Options.RequestedPolicyVersion)
	if err != nil {
		return fail(err)
	}
	return ok(v)
}

// setProjectPolicy replaces the bindings; audit settings only when the mask says so.
func (c *Cloud) setProjectPolicy(q *request) (reply, error) {
	var in policyAnswer
	if err := q.decode("", &in); err != nil {
		return fail(err)
	}
	if in.Policy == nil {
		return fail(refusal(http.StatusBadRequest, "badRequest", "Policy is required."))
	}
	mask := strings.FieldsFunc(in.UpdateMask, func(r rune) bool { return r == ',' || r == ' ' })
	for _, f := range mask {
		if !slices.Contains([]string{"bindings", "etag", "auditConfigs", "audit_configs", "version"}, f) {
			return fail(refusal(http.StatusBadRequest, "badRequest", "Invalid update mask: %s", in.UpdateMask))
		}
	}
	p := &c.projectOf(q).Policy
	if len(mask) > 0 && !slices.Contains(mask, "bindings") {
		in.Policy.Bindings = p.Bindings
		in.Policy.Version = 3
	}
	if !hasOwner(in.Policy) {
		return fail(refusal(http.StatusBadRequest, "badRequest",
			"The policy must contain at least one owner of type user, group or domain (SOLO_MUST_INVITE_OWNERS)."))
	}
	if err := c.replacePolicy(q, p, in.Policy, false); err != nil {
		return fail(err)
	}
	if slices.Contains(mask, "auditConfigs") || slices.Contains(mask, "audit_configs") {
		p.AuditConfigs = in.Policy.AuditConfigs
	}
	v, err := p.view(3)
	if err != nil {
		return fail(err)
	}
	return ok(v)
}

func hasOwner(p *policy) bool {
	return slices.ContainsFunc(p.Bindings, func(b *binding) bool {
		return b != nil && b.Role == "roles/owner" && len(b.Members) > 0
	})
}
