package fake

import "slices"

// profileUse is the association of an instance with an IAM instance profile.
type profileUse struct {
	meta
	Instance  string `json:"instance_id"`
	ARN       string `json:"arn"`
	ProfileID string `json:"profile_id"`
}

func (*profileUse) kind() kind {
	return kind{prefix: "iip-assoc", notFound: "InvalidAssociationID.NotFound", message: "The association ID '%s' does not exist"}
}

// Hidden keeps associations out of Inventory: they go with their instance.
func (u *profileUse) Hidden() bool { return true }

// profileFor finds the profile that a call names. Its instance is not set.
func (c *Cloud) profileFor(q *call, in profileParams) (*profileUse, error) {
	if (in.Arn == "") == (in.Name == "") {
		return nil, badMix("Exactly one of the parameters iamInstanceProfile.arn and iamInstanceProfile.name must be specified")
	}
	arn, id, found := c.instanceProfile(q.now, in.Arn+in.Name)
	switch {
	case found:
		return &profileUse{ARN: arn, ProfileID: id}, nil
	case in.Arn != "":
		return nil, badValue("Value (%s) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN", in.Arn)
	}
	return nil, badValue("Value (%s) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name", in.Name)
}

// profileOf returns the association of an instance, nil without one.
func (c *Cloud) profileOf(i *instance) *profileUse {
	n := slices.IndexFunc(c.s.EC2.Associations, func(u *profileUse) bool { return u.Instance == i.ID })
	if n < 0 {
		return nil
	}
	return c.s.EC2.Associations[n]
}

// profileUseView is an association in an answer.
type profileUseView struct {
	ID       string     `xml:"associationId"`
	Instance string     `xml:"instanceId"`
	Profile  profileRef `xml:"iamInstanceProfile"`
	State    string     `xml:"state"`
	At       string     `xml:"timestamp,omitempty"`
}

func (c *Cloud) profileUseView(q *call, u *profileUse) profileUseView {
	view := profileUseView{u.ID, u.Instance, profileRef{u.ARN, u.ProfileID}, "associated", stamp(u.CreatedAt)}
	if q.now.Before(u.CreatedAt.Add(c.o.Settle)) {
		view.State = "associating"
	}
	return view
}

// oneUse is the answer of calls about one association.
type oneUse struct {
	Use profileUseView `xml:"iamInstanceProfileAssociation"`
}

func (c *Cloud) profileOperations() map[string]operation {
	return map[string]operation{
		"AssociateIamInstanceProfile": c.associateProfile, "DisassociateIamInstanceProfile": c.disassociateProfile,
		"ReplaceIamInstanceProfileAssociation": c.replaceProfile, "DescribeIamInstanceProfileAssociations": c.describeProfileUses,
	}
}

func (c *Cloud) associateProfile(q *call) (any, error) {
	var in struct {
		Profile profileParams `q:"IamInstanceProfile,required"`
		ID      string        `q:"InstanceId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	i, err := lookup(c, q, c.s.EC2.Instances, in.ID)
	if err != nil {
		return nil, err
	}
	u, err := c.profileFor(q, in.Profile)
	if err != nil {
		return nil, err
	}
	if state := i.state(q.now); state != running && state != stopped && state != pending && state != stopping {
		return nil, badState(i, state)
	}
	if c.profileOf(i) != nil {
		return nil, refusal("IncorrectState", "There is an existing association for instance %s", i.ID)
	}
	u.meta, u.Instance = c.newMeta(q, u.kind(), nil), i.ID
	c.s.EC2.Associations.Add(u)
	view := c.profileUseView(q, u)
	view.State = "associating"
	return oneUse{view}, nil
}

func (c *Cloud) disassociateProfile(q *call) (any, error) {
	var in struct {
		ID string `q:"AssociationId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	u, err := lookup(c, q, c.s.EC2.Associations, in.ID)
	if err != nil {
		return nil, err
	}
	view := c.profileUseView(q, u)
	view.State = "disassociating"
	c.s.EC2.Associations.Drop(u.ID)
	return oneUse{view}, nil
}

// replaceProfile makes a new association of the same instance.
func (c *Cloud) replaceProfile(q *call) (any, error) {
	var in struct {
		Profile profileParams `q:"IamInstanceProfile,required"`
		ID      string        `q:"AssociationId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	old, err := lookup(c, q, c.s.EC2.Associations, in.ID)
	if err != nil {
		return nil, err
	}
	u, err := c.profileFor(q, in.Profile)
	if err != nil {
		return nil, err
	}
	u.meta, u.Instance = c.newMeta(q, u.kind(), nil), old.Instance
	c.s.EC2.Associations.Drop(old.ID)
	c.s.EC2.Associations.Add(u)
	view := c.profileUseView(q, u)
	view.State = "associating"
	return oneUse{view}, nil
}

func (c *Cloud) describeProfileUses(q *call) (any, error) {
	var in struct {
		IDs []string `q:"AssociationId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	found, next, err := list(c, q, c.s.EC2.Associations, in.listing, in.IDs, fields[*profileUse]{
		"instance-id": one(func(u *profileUse) string { return u.Instance }),
		"state":       one(func(u *profileUse) string { return c.profileUseView(q, u).State }),
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Uses set[profileUseView] `xml:"iamInstanceProfileAssociationSet"`
		Next string              `xml:"nextToken,omitempty"`
	}{setOf(found, func(u *profileUse) profileUseView { return c.profileUseView(q, u) }), next}, nil
}
