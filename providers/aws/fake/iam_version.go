package fake

import (
	"slices"
	"strconv"

	"github.com/mlinfra/mlinfra/providers"
)

func (c *Cloud) versionOperations() map[string]operation {
	return map[string]operation{
		"CreatePolicyVersion": c.createVersion, "GetPolicyVersion": c.getVersion, "ListPolicyVersions": c.listVersions,
		"SetDefaultPolicyVersion": c.setVersion, "DeletePolicyVersion": c.deleteVersion,
	}
}

// versionView is a version in an answer.
type versionView struct {
	Document         string `xml:",omitempty"`
	VersionId        string //nolint:revive // as in the API
	IsDefaultVersion bool
	CreateDate       string
}

// view is v as lists show it: without the document.
func (v *policyVersion) view() versionView {
	return versionView{VersionId: v.ID, IsDefaultVersion: v.Default, CreateDate: iamStamp(v.CreatedAt)}
}

var versionID = providers.NewPattern(`^v[1-9][0-9]*$`)

// findVersion returns a version of p.
func (p *iamPolicy) findVersion(id string) (*policyVersion, error) {
	if !versionID.MatchString(id) {
		return nil, refusal("ValidationError", "Value '%s' at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?", id)
	}
	i := slices.IndexFunc(p.Versions, func(v *policyVersion) bool { return v.ID == id })
	if i < 0 {
		return nil, noSuchEntity("Policy %s version %s does not exist or is not attachable.", p.ARN, id)
	}
	return p.Versions[i], nil
}

func (c *Cloud) createVersion(q *call) (any, error) {
	var in struct {
		PolicyArn      string `q:",required"`
		PolicyDocument string `q:",required"`
		SetAsDefault   bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findOwnPolicy(q, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	if err := checkPolicyDocument(in.PolicyDocument); err != nil {
		return nil, err
	}
	if len(p.Versions) >= maxVersions {
		return nil, limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
	}
	v := p.addVersion(in.PolicyDocument, q.now)
	if in.SetAsDefault {
		p.setDefault(v)
	}
	p.UpdatedAt = v.CreatedAt
	return struct{ PolicyVersion versionView }{v.view()}, nil
}

// onePolicyVersion is the parameter of calls about one version.
type onePolicyVersion struct {
	PolicyArn string `q:",required"`
	VersionID string `q:"VersionId,required"`
}

func (c *Cloud) getVersion(q *call) (any, error) {
	var in onePolicyVersion
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findPolicy(q, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	v, err := p.findVersion(in.VersionID)
	if err != nil {
		return nil, err
	}
	view := v.view()
	view.Document = escaped(v.Document)
	return struct{ PolicyVersion versionView }{view}, nil
}

func (c *Cloud) listVersions(q *call) (any, error) {
	var in struct {
		PolicyArn string `q:",required"`
		pageParams
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findPolicy(q, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	// The newest first, which is the order of what is left until the last number.
	page, end, err := pageOf(in.pageParams, p.Versions, func(v *policyVersion) string {
		n, _ := strconv.Atoi(v.ID[1:]) // ours
		return strconv.Itoa(1<<30 - n)
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Versions members[versionView]
		iamPage
	}{viewsOf(page, (*policyVersion).view), end}, nil
}

// ownVersion returns the policy and version that q changes.
func (c *Cloud) ownVersion(q *call) (*iamPolicy, *policyVersion, error) {
	var in onePolicyVersion
	if err := q.decode(&in); err != nil {
		return nil, nil, err
	}
	p, err := c.findOwnPolicy(q, in.PolicyArn)
	if err != nil {
		return nil, nil, err
	}
	v, err := p.findVersion(in.VersionID)
	return p, v, err
}

func (c *Cloud) setVersion(q *call) (any, error) {
	p, v, err := c.ownVersion(q)
	if err != nil {
		return nil, err
	}
	p.setDefault(v)
	p.UpdatedAt = q.now
	return nil, nil
}

func (c *Cloud) deleteVersion(q *call) (any, error) {
	p, v, err := c.ownVersion(q)
	if err != nil {
		return nil, err
	}
	if v.Default {
		return nil, deleteConflict("Cannot delete the default version of a policy.")
	}
	p.Versions = slices.DeleteFunc(p.Versions, func(x *policyVersion) bool { return x == v })
	return nil, nil
}
