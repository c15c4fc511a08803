package fake

import (
	"slices"
	"strings"
	"time"
)

// The limits of instance profiles.
const (
	maxProfileName = 128
	maxProfiles    = 1000 // in an account
)

// iamProfile is what gives an instance a role.
type iamProfile struct {
	iamMeta
	ARN  string `json:"arn"`
	Role string `json:"role"` // its name; "" for none
}

// iamProfileView is an instance profile in an answer.
type iamProfileView struct {
	Path                string
	InstanceProfileName string
	InstanceProfileId   string //nolint:revive // as in the API
	Arn                 string
	CreateDate          string
	Roles               members[roleView]
	Tags                *members[iamTag] `xml:",omitempty"`
}

// iamProfileView is p as lists show it.
func (c *Cloud) iamProfileView(p *iamProfile) iamProfileView {
	v := iamProfileView{Path: p.Path, InstanceProfileName: p.Name, InstanceProfileId: p.ID, Arn: p.ARN, CreateDate: iamStamp(p.CreatedAt)}
	if r, found := c.s.IAM.Roles.Find(p.Role); found {
		role := r.view()
		role.MaxSessionDuration = 0
		v.Roles.Items = []roleView{role}
	}
	return v
}

// fullIAMProfile is p on its own.
func (c *Cloud) fullIAMProfile(p *iamProfile) iamProfileView {
	v := c.iamProfileView(p)
	if len(p.Tags) > 0 {
		v.Tags = &members[iamTag]{p.Tags}
	}
	return v
}

func (c *Cloud) iamProfileOperations() map[string]operation {
	return map[string]operation{
		"CreateInstanceProfile": c.createProfile, "GetInstanceProfile": c.getProfile, "DeleteInstanceProfile": c.deleteProfile,
		"AddRoleToInstanceProfile": c.addProfileRole, "RemoveRoleFromInstanceProfile": c.removeProfileRole,
		"ListInstanceProfiles": c.listProfiles, "ListInstanceProfilesForRole": c.listRoleProfiles,
		"TagInstanceProfile": c.tagProfile, "UntagInstanceProfile": c.untagProfile, "ListInstanceProfileTags": c.listProfileTags,
	}
}

// instanceProfile returns the ARN and id of the instance profile with that name
// or ARN. EC2 calls it: it is not found while younger than Options.IAMLag.
func (c *Cloud) instanceProfile(now time.Time, nameOrARN string) (arn, id string, found bool) {
	i := slices.IndexFunc(c.s.IAM.Profiles, func(p *iamProfile) bool {
		return (p.Name == nameOrARN || p.ARN == nameOrARN) && c.iamVisible(now, p.iamMeta)
	})
	if i < 0 {
		return "", "", false
	}
	p := c.s.IAM.Profiles[i]
	return p.ARN, p.ID, true
}

// findProfile returns a profile that IAM knows.
func (c *Cloud) findProfile(q *call, name string) (*iamProfile, error) {
	if err := checkName("instanceProfileName", name, maxProfileName); err != nil {
		return nil, err
	}
	p, found := c.s.IAM.Profiles.Find(name)
	if !found || !c.iamSeen(q.now, p.iamMeta) {
		return nil, noSuchEntity("Instance Profile %s cannot be found.", name)
	}
	return p, nil
}

func (c *Cloud) createProfile(q *call) (any, error) {
	var in struct {
		InstanceProfileName string `q:",required"`
		Path                string
		Tags                []tagParam
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	tags, err := readIAMTags(in.Tags)
	if err != nil {
		return nil, err
	}
	for _, err := range []error{checkName("instanceProfileName", in.InstanceProfileName, maxProfileName), checkPath(in.Path)} {
		if err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(c.s.IAM.Profiles, func(p *iamProfile) bool { return strings.EqualFold(p.Name, in.InstanceProfileName) }) {
		return nil, entityExists("Instance Profile %s already exists.", in.InstanceProfileName)
	}
	if len(c.s.IAM.Profiles) >= maxProfiles {
		return nil, limitExceeded("Cannot exceed quota for InstanceProfilesPerAccount: %d", maxProfiles)
	}
	p := &iamProfile{iamMeta: c.newIAM(q, "AIPA", in.InstanceProfileName, in.Path, tags)}
	p.ARN = c.arn("iam", "", "instance-profile"+p.Path+p.Name)
	c.s.IAM.Profiles.Add(p)
	return struct{ InstanceProfile iamProfileView }{c.fullIAMProfile(p)}, nil
}

// profileName is the parameter of calls about one profile.
type profileName struct {
	InstanceProfileName string `q:",required"`
}

func (c *Cloud) getProfile(q *call) (any, error) {
	var in profileName
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findProfile(q, in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	return struct{ InstanceProfile iamProfileView }{c.fullIAMProfile(p)}, nil
}

// deleteProfile does not mind instances that use the profile: they keep what is gone.
func (c *Cloud) deleteProfile(q *call) (any, error) {
	var in profileName
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findProfile(q, in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	if p.Role != "" {
		return nil, deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
	}
	c.s.IAM.Profiles.Drop(p.Name)
	return nil, nil
}

// profileAndRole returns the profile and role that q is about.
func (c *Cloud) profileAndRole(q *call) (*iamProfile, *iamRole, error) {
	var in struct {
		InstanceProfileName string `q:",required"`
		RoleName            string `q:",required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, nil, err
	}
	p, err := c.findProfile(q, in.InstanceProfileName)
	if err != nil {
		return nil, nil, err
	}
	r, err := c.findRole(q, in.RoleName)
	return p, r, err
}

// addProfileRole refuses a second role, also the same one.
func (c *Cloud) addProfileRole(q *call) (any, error) {
	p, r, err := c.profileAndRole(q)
	if err != nil {
		return nil, err
	}
	if p.Role != "" {
		return nil, limitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
	}
	p.Role = r.Name
	return nil, nil
}

func (c *Cloud) removeProfileRole(q *call) (any, error) {
	p, r, err := c.profileAndRole(q)
	if err != nil {
		return nil, err
	}
	if p.Role != r.Name {
		return nil, noSuchEntity("The role with name %s cannot be found.", r.Name)
	}
	p.Role = ""
	return nil, nil
}

// profilesView is the answer to lists of profiles.
type profilesView struct {
	InstanceProfiles members[iamProfileView]
	iamPage
}

func (c *Cloud) answerProfiles(q *call, p pageParams, wanted func(*iamProfile) bool) (any, error) {
	seen := c.s.IAM.Profiles.Where(func(p *iamProfile) bool { return c.iamSeen(q.now, p.iamMeta) && wanted(p) })
	page, end, err := pageOf(p, seen, (*iamProfile).Key)
	if err != nil {
		return nil, err
	}
	return profilesView{viewsOf(page, c.iamProfileView), end}, nil
}

func (c *Cloud) listProfiles(q *call) (any, error) {
	var in struct {
		PathPrefix string
		pageParams
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	return c.answerProfiles(q, in.pageParams, func(p *iamProfile) bool { return strings.HasPrefix(p.Path, in.PathPrefix) })
}

func (c *Cloud) listRoleProfiles(q *call) (any, error) {
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
	return c.answerProfiles(q, in.pageParams, func(p *iamProfile) bool { return p.Role == r.Name })
}

func (c *Cloud) tagProfile(q *call) (any, error) {
	var in struct {
		InstanceProfileName string     `q:",required"`
		Tags                []tagParam `q:",required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findProfile(q, in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	return nil, p.tagIAM(in.Tags)
}

func (c *Cloud) untagProfile(q *call) (any, error) {
	var in struct {
		InstanceProfileName string   `q:",required"`
		TagKeys             []string `q:",required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findProfile(q, in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	p.untagIAM(in.TagKeys)
	return nil, nil
}

func (c *Cloud) listProfileTags(q *call) (any, error) {
	var in struct {
		InstanceProfileName string `q:",required"`
		pageParams
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.findProfile(q, in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	return p.listIAMTags(in.pageParams)
}
