package fake

import (
	"maps"
	"slices"
)

// maxInline is the size of all inline policies of a role, without white space.
const maxInline = 10240

func (c *Cloud) inlineOperations() map[string]operation {
	return map[string]operation{
		"PutRolePolicy": c.putRolePolicy, "GetRolePolicy": c.getRolePolicy,
		"DeleteRolePolicy": c.deleteRolePolicy, "ListRolePolicies": c.listRolePolicies,
	}
}

// dense is the size of a document as quotas count it.
func dense(document string) (n int) {
	for _, r := range document {
		if r != ' ' && r != '\t' && r != '\n' && r != '\r' {
			n++
		}
	}
	return n
}

func (c *Cloud) putRolePolicy(q *call) (any, error) {
	var in struct {
		RoleName       string `q:",required"`
		PolicyName     string `q:",required"`
		PolicyDocument string `q:",required"`
	}
	_, err := c.changeRole(q, &in, &in.RoleName, func(r *iamRole) error {
		if err := checkName("policyName", in.PolicyName, maxPolicyName); err != nil {
			return err
		}
		if _, err := parsePolicy(in.PolicyDocument, identityPolicy); err != nil {
			return malformedDocument(err)
		}
		size := dense(in.PolicyDocument)
		for name, document := range r.Inline {
			if name != in.PolicyName {
				size += dense(document)
			}
		}
		if size > maxInline {
			return limitExceeded("Maximum policy size of %d bytes exceeded for role %s", maxInline, r.Name)
		}
		r.Inline[in.PolicyName] = in.PolicyDocument
		return nil
	})
	return nil, err
}

// rolePolicy is the parameter of calls about one inline policy.
type rolePolicy struct {
	RoleName   string `q:",required"`
	PolicyName string `q:",required"`
}

// findInline returns the role and the document that q is about.
func (c *Cloud) findInline(q *call) (r *iamRole, name, document string, err error) {
	var in rolePolicy
	if err = q.decode(&in); err != nil {
		return nil, "", "", err
	}
	if r, err = c.findRole(q, in.RoleName); err != nil {
		return nil, "", "", err
	}
	document, found := r.Inline[in.PolicyName]
	if !found {
		return nil, "", "", noSuchEntity("The role policy with name %s cannot be found.", in.PolicyName)
	}
	return r, in.PolicyName, document, nil
}

func (c *Cloud) getRolePolicy(q *call) (any, error) {
	r, name, document, err := c.findInline(q)
	if err != nil {
		return nil, err
	}
	return struct{ RoleName, PolicyName, PolicyDocument string }{r.Name, name, escaped(document)}, nil
}

func (c *Cloud) deleteRolePolicy(q *call) (any, error) {
	r, name, _, err := c.findInline(q)
	if err != nil {
		return nil, err
	}
	delete(r.Inline, name)
	return nil, nil
}

func (c *Cloud) listRolePolicies(q *call) (any, error) {
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
	names := slices.Collect(maps.Keys(r.Inline))
	page, end, err := pageOf(in.pageParams, names, func(name string) string { return name })
	if err != nil {
		return nil, err
	}
	return struct {
		PolicyNames members[string]
		iamPage
	}{members[string]{page}, end}, nil
}
