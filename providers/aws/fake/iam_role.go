package fake

import (
	"net/url"
	"slices"
	"strings"
)

// The limits of roles.
const (
	maxRoleName    = 64
	maxTrustPolicy = 2048
	maxAttached    = 10
	shortSession   = 3600
	longSession    = 43200
	maxRoles       = 1000 // in an account
)

// iamRole is a role with its policies.
type iamRole struct {
	iamMeta
	ARN         string            `json:"arn"`
	Trust       string            `json:"assume_role_policy_document"`
	Description string            `json:"description"`
	MaxSession  int               `json:"max_session_duration"`
	Boundary    string            `json:"permissions_boundary"`
	Inline      map[string]string `json:"inline_policies"`
	Attached    []string          `json:"attached_policies"` // ARNs
}

// boundaryView is a permissions boundary in an answer.
type boundaryView struct {
	PermissionsBoundaryType string
	PermissionsBoundaryArn  string
}

// roleView is a role in an answer.
type roleView struct {
	Path                     string
	RoleName                 string
	RoleId                   string //nolint:revive // as in the API
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument string
	Description              string           `xml:",omitempty"`
	MaxSessionDuration       int              `xml:",omitempty"`
	PermissionsBoundary      *boundaryView    `xml:",omitempty"`
	Tags                     *members[iamTag] `xml:",omitempty"`
	RoleLastUsed             *struct{}        `xml:",omitempty"`
}

// view is r as lists show it.
func (r *iamRole) view() roleView {
	return roleView{Path: r.Path, RoleName: r.Name, RoleId: r.ID, Arn: r.ARN, CreateDate: iamStamp(r.CreatedAt),
		AssumeRolePolicyDocument: escaped(r.Trust), Description: r.Description, MaxSessionDuration: r.MaxSession}
}

// fullView is r on its own.
func (r *iamRole) fullView() roleView {
	v := r.view()
	if r.Boundary != "" {
		v.PermissionsBoundary = &boundaryView{"Policy", r.Boundary}
	}
	if len(r.Tags) > 0 {
		v.Tags = &members[iamTag]{r.Tags}
	}
	v.RoleLastUsed = &struct{}{}
	return v
}

// escaped is a document in an answer.
func escaped(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}

func (c *Cloud) roleOperations() map[string]operation {
	return map[string]operation{
		"CreateRole": c.createRole, "GetRole": c.getRole, "ListRoles": c.listRoles, "DeleteRole": c.deleteRole,
		"UpdateRole": c.updateRole, "UpdateRoleDescription": c.describeRole, "UpdateAssumeRolePolicy": c.trustRole,
		"PutRolePermissionsBoundary": c.bindRole, "DeleteRolePermissionsBoundary": c.unbindRole,
		"TagRole": c.tagRole, "UntagRole": c.untagRole, "ListRoleTags": c.listRoleTags,
	}
}

// findRole returns a role that IAM knows.
func (c *Cloud) findRole(q *call, name string) (*iamRole, error) {
	if err := checkName("roleName", name, maxRoleName); err != nil {
		return nil, err
	}
	r, found := c.s.IAM.Roles.Find(name)
	if !found || !c.iamSeen(q.now, r.iamMeta) {
		return nil, noSuchEntity("The role with name %s cannot be found.", name)
	}
	return r, nil
}

// roleVisible tells whether other services know the role with that ARN.
func (c *Cloud) roleVisible(arn string) bool {
	return slices.ContainsFunc(c.s.IAM.Roles, func(r *iamRole) bool { return r.ARN == arn && c.iamVisible(c.Now(), r.iamMeta) })
}

// checkTrust checks who may become a role.
func (c *Cloud) checkTrust(document string) error {
	if len(document) > maxTrustPolicy {
		return limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", maxTrustPolicy)
	}
	p, err := parsePolicy(document, trustPolicy)
	if err != nil {
		return malformedDocument(err)
	}
	for _, s := range p.Statement {
		bad, err := c.badPrincipal(s)
		if err != nil {
			return malformedDocument(err)
		}
		if bad != "" {
			return refusal("MalformedPolicyDocument", "Invalid principal in policy: \"%s\"", bad)
		}
	}
	return nil
}

func checkSession(seconds int) error {
	if seconds < shortSession || seconds > longSession {
		return invalidMember("maxSessionDuration", itoa(seconds), "Member must have value between 3600 and 43200")
	}
	return nil
}

func (c *Cloud) createRole(q *call) (any, error) {
	var in struct {
		RoleName                 string `q:",required"`
		AssumeRolePolicyDocument string `q:",required"`
		Path                     string
		Description              string
		MaxSessionDuration       *int
		PermissionsBoundary      string
		Tags                     []tagParam
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	tags, err := readIAMTags(in.Tags)
	if err != nil {
		return nil, err
	}
	r := &iamRole{Trust: in.AssumeRolePolicyDocument, Description: in.Description, MaxSession: shortSession, Boundary: in.PermissionsBoundary,
		Inline: map[string]string{}}
	if in.MaxSessionDuration != nil {
		r.MaxSession = *in.MaxSessionDuration
	}
	for _, err := range []error{checkName("roleName", in.RoleName, maxRoleName), checkPath(in.Path), checkDescription(in.Description), checkSession(r.MaxSession)} {
		if err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(c.s.IAM.Roles, func(r *iamRole) bool { return strings.EqualFold(r.Name, in.RoleName) }) {
		return nil, entityExists("Role with name %s already exists.", in.RoleName)
	}
	if len(c.s.IAM.Roles) >= maxRoles {
		return nil, limitExceeded("Cannot exceed quota for RolesPerAccount: %d", maxRoles)
	}
	if err := c.checkTrust(in.AssumeRolePolicyDocument); err != nil {
		return nil, err
	}
	if err := c.checkBoundary(q, in.PermissionsBoundary); err != nil {
		return nil, err
	}
	r.iamMeta = c.newIAM(q, "AROA", in.RoleName, in.Path, tags)
	r.ARN = c.arn("iam", "", "role"+r.Path+r.Name)
	c.s.IAM.Roles.Add(r)
	v := r.fullView()
	v.Description, v.MaxSessionDuration, v.RoleLastUsed = "", 0, nil
	return struct{ Role roleView }{v}, nil
}

// checkBoundary wants a policy that exists, if any.
func (c *Cloud) checkBoundary(q *call, arn string) error {
	if arn == "" {
		return nil
	}
	_, err := c.findPolicy(q, arn)
	return err
}

// roleName is the parameter of calls about one role.
type roleName struct {
	RoleName string `q:",required"`
}

func (c *Cloud) getRole(q *call) (any, error) {
	var in roleName
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := c.findRole(q, in.RoleName)
	if err != nil {
		return nil, err
	}
	return struct{ Role roleView }{r.fullView()}, nil
}

func (c *Cloud) listRoles(q *call) (any, error) {
	var in struct {
		PathPrefix string
		pageParams
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	roles := c.s.IAM.Roles.Where(func(r *iamRole) bool { return strings.HasPrefix(r.Path, in.PathPrefix) && c.iamSeen(q.now, r.iamMeta) })
	page, end, err := pageOf(in.pageParams, roles, (*iamRole).Key)
	if err != nil {
		return nil, err
	}
	return struct {
		Roles members[roleView]
		iamPage
	}{viewsOf(page, (*iamRole).view), end}, nil
}

// changeRole reads in, which holds name, and lets edit change the role of it.
func (c *Cloud) changeRole(q *call, in any, name *string, edit func(*iamRole) error) (*iamRole, error) {
	if err := q.decode(in); err != nil {
		return nil, err
	}
	r, err := c.findRole(q, *name)
	if err != nil {
		return nil, err
	}
	return r, edit(r)
}

func (c *Cloud) updateRole(q *call) (any, error) {
	var in struct {
		RoleName           string `q:",required"`
		Description        *string
		MaxSessionDuration *int
	}
	_, err := c.changeRole(q, &in, &in.RoleName, func(r *iamRole) error {
		seconds, description := r.MaxSession, r.Description
		if in.MaxSessionDuration != nil {
			seconds = *in.MaxSessionDuration
		}
		if in.Description != nil {
			description = *in.Description
		}
		if err := checkDescription(description); err != nil {
			return err
		}
		if err := checkSession(seconds); err != nil {
			return err
		}
		r.Description, r.MaxSession = description, seconds
		return nil
	})
	return struct{}{}, err
}

func (c *Cloud) describeRole(q *call) (any, error) {
	var in struct {
		RoleName    string `q:",required"`
		Description *string
	}
	r, err := c.changeRole(q, &in, &in.RoleName, func(r *iamRole) error {
		if in.Description == nil {
			return missingMember("Description")
		}
		if err := checkDescription(*in.Description); err != nil {
			return err
		}
		r.Description = *in.Description
		return nil
	})
	if err != nil {
		return nil, err
	}
	return struct{ Role roleView }{r.fullView()}, nil
}

func (c *Cloud) trustRole(q *call) (any, error) {
	var in struct {
		RoleName       string `q:",required"`
		PolicyDocument string `q:",required"`
	}
	_, err := c.changeRole(q, &in, &in.RoleName, func(r *iamRole) error {
		if err := c.checkTrust(in.PolicyDocument); err != nil {
			return err
		}
		r.Trust = in.PolicyDocument
		return nil
	})
	return nil, err
}

func (c *Cloud) bindRole(q *call) (any, error) {
	var in struct {
		RoleName            string `q:",required"`
		PermissionsBoundary string `q:",required"`
	}
	_, err := c.changeRole(q, &in, &in.RoleName, func(r *iamRole) error {
		if err := c.checkBoundary(q, in.PermissionsBoundary); err != nil {
			return err
		}
		r.Boundary = in.PermissionsBoundary
		return nil
	})
	return nil, err
}

func (c *Cloud) unbindRole(q *call) (any, error) {
	var in roleName
	_, err := c.changeRole(q, &in, &in.RoleName, func(r *iamRole) error {
		if r.Boundary == "" {
			return noSuchEntity("Role %s does not have a permissions boundary.", r.Name)
		}
		r.Boundary = ""
		return nil
	})
	return nil, err
}

func (c *Cloud) tagRole(q *call) (any, error) {
	var in struct {
		RoleName string     `q:",required"`
		Tags     []tagParam `q:",required"`
	}
	_, err := c.changeRole(q, &in, &in.RoleName, func(r *iamRole) error { return r.tagIAM(in.Tags) })
	return nil, err
}

func (c *Cloud) untagRole(q *call) (any, error) {
	var in struct {
		RoleName string   `q:",required"`
		TagKeys  []string `q:",required"`
	}
	_, err := c.changeRole(q, &in, &in.RoleName, func(r *iamRole) error {
		r.untagIAM(in.TagKeys)
		return nil
	})
	return nil, err
}

func (c *Cloud) listRoleTags(q *call) (any, error) {
	var in struct {
		RoleName string `q:",required"`
		pageParams
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := c.findRole(q, in.RoleName)
	if err != nil {
		return nil, err
	}
	return r.listIAMTags(in.pageParams)
}

// deleteRole refuses a role that anything hangs on.
func (c *Cloud) deleteRole(q *call) (any, error) {
	var in roleName
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := c.findRole(q, in.RoleName)
	if err != nil {
		return nil, err
	}
	inProfile := slices.ContainsFunc(c.s.IAM.Profiles, func(p *iamProfile) bool { return p.Role == r.Name })
	switch {
	case inProfile:
		return nil, deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
	case len(r.Attached) > 0:
		return nil, deleteConflict("Cannot delete entity, must detach all policies first.")
	case len(r.Inline) > 0:
		return nil, deleteConflict("Cannot delete entity, must delete policies first.")
	}
	c.s.IAM.Roles.Drop(r.Name)
	return nil, nil
}
