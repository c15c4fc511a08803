package fake

import (
	"slices"
	"strings"
	"time"
)

// The limits of managed policies.
const (
	maxPolicyName = 128
	maxPolicySize = 6144 // without white space
	maxVersions   = 5
	maxPolicies   = 1500 // in an account
)

// iamPolicy is a managed policy. It always has a default version.
type iamPolicy struct {
	iamMeta
	ARN         string           `json:"arn"`
	Description string           `json:"description"`
	Versions    []*policyVersion `json:"versions"` // the newest last
	Next        int              `json:"next_version"`
	UpdatedAt   time.Time        `json:"updated_at"`
}

// policyVersion is one document of a policy.
type policyVersion struct {
	ID        string    `json:"version_id"`
	Document  string    `json:"document"`
	Default   bool      `json:"is_default_version"`
	CreatedAt time.Time `json:"created_at"`
}

func (p *iamPolicy) Key() string   { return p.ARN }
func (p *iamPolicy) Title() string { return p.Name }

// current is the default version of p.
func (p *iamPolicy) current() *policyVersion {
	i := slices.IndexFunc(p.Versions, func(v *policyVersion) bool { return v.Default })
	return p.Versions[i]
}

// addVersion makes the next version of p.
func (p *iamPolicy) addVersion(document string, at time.Time) *policyVersion {
	p.Next++
	v := &policyVersion{ID: "v" + itoa(p.Next), Document: document, CreatedAt: at.Truncate(time.Second)}
	p.Versions = append(p.Versions, v)
	return v
}

func (p *iamPolicy) setDefault(version *policyVersion) {
	for _, v := range p.Versions {
		v.Default = v == version
	}
}

// policyView is a policy in an answer.
type policyView struct {
	PolicyName                    string
	PolicyId                      string //nolint:revive // as in the API
	Arn                           string
	Path                          string
	DefaultVersionId              string //nolint:revive // as in the API
	AttachmentCount               int
	PermissionsBoundaryUsageCount int
	IsAttachable                  bool
	Description                   string `xml:",omitempty"`
	CreateDate                    string
	UpdateDate                    string
	Tags                          *members[iamTag] `xml:",omitempty"`
}

// view is p as lists show it.
func (c *Cloud) policyView(p *iamPolicy) policyView {
	attached, bound := c.policyUses(p.ARN)
	return policyView{PolicyName: p.Name, PolicyId: p.ID, Arn: p.ARN, Path: p.Path, DefaultVersionId: p.current().ID,
		AttachmentCount: attached, PermissionsBoundaryUsageCount: bound, IsAttachable: true,
		CreateDate: iamStamp(p.CreatedAt), UpdateDate: iamStamp(p.UpdatedAt)}
}

// policyUses counts the roles a policy is attached to, and bounds.
func (c *Cloud) policyUses(arn string) (attached, bound int) {
	for _, r := range c.s.IAM.Roles {
		if slices.Contains(r.Attached, arn) {
			attached++
		}
		if r.Boundary == arn {
			bound++
		}
	}
	return attached, bound
}

func (c *Cloud) policyOperations() map[string]operation {
	return map[string]operation{
		"CreatePolicy": c.createPolicy, "GetPolicy": c.getPolicy, "ListPolicies": c.listPolicies, "DeletePolicy": c.deletePolicy,
		"TagPolicy": c.tagPolicy, "UntagPolicy": c.untagPolicy, "ListPolicyTags": c.listPolicyTags,
	}
}

// findPolicy returns a policy of the account or of AWS.
func (c *Cloud) findPolicy(q *call, arn string) (*iamPolicy, error) {
	if len(arn) < 20 || !strings.HasPrefix(arn, "arn:aws:iam::") {
		return nil, refusal("ValidationError", "Invalid ARN:  Could not be parsed!")
	}
	p, found := c.s.IAM.Policies.Find(arn)
	if !found {
		p, found = managedPolicies().Find(arn)
	}
	if !found || !c.iamSeen(q.now, p.iamMeta) {
		return nil, noSuchEntity("Policy %s was not found.", arn)
	}
	return p, nil
}

// findOwnPolicy returns a policy of the account. Those of AWS cannot be changed.
func (c *Cloud) findOwnPolicy(q *call, arn string) (*iamPolicy, error) {
	p, err := c.findPolicy(q, arn)
	if err == nil && strings.HasPrefix(arn, managedPrefix) {
		return nil, refusalWith(403, "AccessDenied", "User: %s is not authorized to perform: iam:%s on resource: policy %s", q.who.arn, q.action, arn)
	}
	return p, err
}

// checkPolicyDocument checks a version's document.
func checkPolicyDocument(document string) error {
	if dense(document) > maxPolicySize {
		return limitExceeded("Cannot exceed quota for PolicySize: %d", maxPolicySize)
	}
	if _, err := parsePolicy(document, identityPolicy); err != nil {
		return malformedDocument(err)
	}
	return nil
}

func (c *Cloud) createPolicy(q *call) (any, error) {
	var in struct {
		PolicyName     string `q:",required"`
		PolicyDocument string `q:",required"`
		Path           string
		Description    string
		Tags           []tagParam
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	tags, err := readIAMTags(in.Tags)
	if err != nil {
		return nil, err
	}
	for _, err := range []error{checkName("policyName", in.PolicyName, maxPolicyName), checkPath(in.Path), checkDescription(in.Description),
		checkPolicyDocument(in.PolicyDocument)} {
		if err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(c.s.IAM.Policies, func(p *iamPolicy) bool { return strings.EqualFold(p.Name, in.PolicyName) }) {
		return nil, entityExists("A policy called %s already exists. Duplicate names are not allowed.", in.PolicyName)
	}
	if len(c.s.IAM.Policies) >= maxPolicies {
		return nil, limitExceeded("Cannot exceed quota for PoliciesPerAccount: %d", maxPolicies)
	}
	p := &iamPolicy{iamMeta: c.newIAM(q, "ANPA", in.PolicyName, in.Path, tags), Description: in.Description}
	p.ARN, p.UpdatedAt = c.arn("iam", "", "policy"+p.Path+p.Name), p.CreatedAt
	p.setDefault(p.addVersion(in.PolicyDocument, q.now))
	c.s.IAM.Policies.Add(p)
	v := c.policyView(p)
	if len(p.Tags) > 0 {
		v.Tags = &members[iamTag]{p.Tags}
	}
	return struct{ Policy policyView }{v}, nil
}

// policyARN is the parameter of calls about one policy.
type policyARN struct {
	PolicyArn string `q:",required"`
}

func (c *Cloud) getPolicy(q *call) (any, error) {
	var in policyARN
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findPolicy(q, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	v := c.policyView(p)
	// Lists leave these out.
	v.Description, v.Tags = p.Description, &members[iamTag]{p.Tags}
	return struct{ Policy policyView }{v}, nil
}

func (c *Cloud) listPolicies(q *call) (any, error) {
	var in struct {
		Scope             string `q:",enum=All|AWS|Local"`
		OnlyAttached      bool
		PathPrefix        string
		PolicyUsageFilter string `q:",enum=PermissionsPolicy|PermissionsBoundary"`
		pageParams
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	var all table[*iamPolicy]
	if in.Scope != "AWS" {
		all = append(all, c.s.IAM.Policies...)
	}
	if in.Scope != "Local" {
		all = append(all, managedPolicies()...)
	}
	wanted := all.Where(func(p *iamPolicy) bool {
		attached, bound := c.policyUses(p.ARN)
		return c.iamSeen(q.now, p.iamMeta) && strings.HasPrefix(p.Path, in.PathPrefix) && (!in.OnlyAttached || attached > 0) &&
			(in.PolicyUsageFilter != "PermissionsPolicy" || attached > 0) && (in.PolicyUsageFilter != "PermissionsBoundary" || bound > 0)
	})
	page, end, err := pageOf(in.pageParams, wanted, (*iamPolicy).Key)
	if err != nil {
		return nil, err
	}
	return struct {
		Policies members[policyView]
		iamPage
	}{viewsOf(page, c.policyView), end}, nil
}

// deletePolicy wants the policy unused, and all versions but the default gone.
func (c *Cloud) deletePolicy(q *call) (any, error) {
	var in policyARN
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findOwnPolicy(q, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	if attached, bound := c.policyUses(p.ARN); attached+bound > 0 {
		return nil, deleteConflict("Cannot delete a policy attached to entities.")
	}
	if len(p.Versions) > 1 {
		return nil, deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. " +
			"The default version is deleted with the policy.")
	}
	c.s.IAM.Policies.Drop(p.ARN)
	return nil, nil
}

func (c *Cloud) tagPolicy(q *call) (any, error) {
	var in struct {
		PolicyArn string     `q:",required"`
		Tags      []tagParam `q:",required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findOwnPolicy(q, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	return nil, p.tagIAM(in.Tags)
}

func (c *Cloud) untagPolicy(q *call) (any, error) {
	var in struct {
		PolicyArn string   `q:",required"`
		TagKeys   []string `q:",required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findOwnPolicy(q, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	p.untagIAM(in.TagKeys)
	return nil, nil
}

func (c *Cloud) listPolicyTags(q *call) (any, error) {
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
	return p.listIAMTags(in.pageParams)
}
