package fake

import (
	"path"
	"slices"
	"strings"
)

func (c *Cloud) attachmentOperations() map[string]operation {
	return map[string]operation{
		"AttachRolePolicy": c.attachRolePolicy, "DetachRolePolicy": c.detachRolePolicy,
		"ListAttachedRolePolicies": c.listAttached, "ListEntitiesForPolicy": c.listEntities,
	}
}

// rolePolicyUse is the parameter of calls about a policy at a role.
type rolePolicyUse struct {
	RoleName  string `q:",required"`
	PolicyArn string `q:",required"`
}

// attachRolePolicy may be called twice.
func (c *Cloud) attachRolePolicy(q *call) (any, error) {
	var in rolePolicyUse
	_, err := c.changeRole(q, &in, &in.RoleName, func(r *iamRole) error {
		p, err := c.findPolicy(q, in.PolicyArn)
		if err != nil {
			return err
		}
		switch {
		case slices.Contains(r.Attached, p.ARN):
			return nil
		case strings.HasPrefix(p.Path, "/aws-service-role/"):
			return refusal("PolicyNotAttachable", "Policy %s is not attachable.", p.ARN)
		case len(r.Attached) >= maxAttached:
			return limitExceeded("Cannot exceed quota for PoliciesPerRole: %d", maxAttached)
		}
		r.Attached = append(r.Attached, p.ARN)
		return nil
	})
	return nil, err
}

func (c *Cloud) detachRolePolicy(q *call) (any, error) {
	var in rolePolicyUse
	_, err := c.changeRole(q, &in, &in.RoleName, func(r *iamRole) error {
		i := slices.Index(r.Attached, in.PolicyArn)
		if i < 0 {
			return noSuchEntity("Policy %s was not found.", in.PolicyArn)
		}
		r.Attached = slices.Delete(r.Attached, i, i+1)
		return nil
	})
	return nil, err
}

// attachedView is an attached policy in an answer.
type attachedView struct{ PolicyName, PolicyArn string }

func (c *Cloud) listAttached(q *call) (any, error) {
	var in struct {
		RoleName   string `q:",required"`
		PathPrefix string
		pageParams
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := c.findRole(q, in.RoleName)
	if err != nil {
		return nil, err
	}
	var views []attachedView
	for _, arn := range r.Attached {
		if _, at, _ := strings.Cut(arn, ":policy"); strings.HasPrefix(at, in.PathPrefix) {
			views = append(views, attachedView{path.Base(arn), arn})
		}
	}
	page, end, err := pageOf(in.pageParams, views, func(v attachedView) string { return v.PolicyName + v.PolicyArn })
	if err != nil {
		return nil, err
	}
	return struct {
		AttachedPolicies members[attachedView]
		iamPage
	}{members[attachedView]{page}, end}, nil
}

// entityView is a role that has a policy, in an answer.
type entityView struct{ RoleName, RoleId string } //nolint:revive // as in the API

func (c *Cloud) listEntities(q *call) (any, error) {
	var in struct {
		PolicyArn         string `q:",required"`
		EntityFilter      string `q:",enum=User|Role|Group|LocalManagedPolicy|AWSManagedPolicy"`
		PathPrefix        string
		PolicyUsageFilter string `q:",enum=PermissionsPolicy|PermissionsBoundary"`
		pageParams
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findPolicy(q, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	roles := c.s.IAM.Roles.Where(func(r *iamRole) bool {
		attached, bound := slices.Contains(r.Attached, p.ARN), r.Boundary == p.ARN
		return (in.EntityFilter == "" || in.EntityFilter == "Role") && strings.HasPrefix(r.Path, in.PathPrefix) &&
			(attached && in.PolicyUsageFilter != "PermissionsBoundary" || bound && in.PolicyUsageFilter != "PermissionsPolicy")
	})
	page, end, err := pageOf(in.pageParams, roles, (*iamRole).Key)
	if err != nil {
		return nil, err
	}
	return struct {
		PolicyGroups members[struct{}]
		PolicyUsers  members[struct{}]
		PolicyRoles  members[entityView]
		iamPage
	}{PolicyRoles: viewsOf(page, func(r *iamRole) entityView { return entityView{r.Name, r.ID} }), iamPage: end}, nil
}
