package fake

// creditView are the CPU credits of an instance in an answer.
type creditView struct {
	ID      string `xml:"instanceId"`
	Credits string `xml:"cpuCredits"`
}

// creditFailure is an instance whose credits cannot be changed.
type creditFailure struct {
	ID      string `xml:"instanceId"`
	Code    string `xml:"error>code"`
	Message string `xml:"error>message"`
}

// modifyCredits changes what it can and lists what it cannot.
func (c *Cloud) modifyCredits(q *call) (any, error) {
	var in struct {
		ClientToken string
		Changes     []struct {
			ID      string `q:"InstanceId,required"`
			Credits string `q:"CpuCredits,required,enum=standard|unlimited"`
		} `q:"InstanceCreditSpecification,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	type changedOne struct {
		ID string `xml:"instanceId"`
	}
	var out struct {
		Good set[changedOne]    `xml:"successfulInstanceCreditSpecificationSet"`
		Bad  set[creditFailure] `xml:"unsuccessfulInstanceCreditSpecificationSet"`
	}
	for _, change := range in.Changes {
		i, err := lookup(c, q, c.s.EC2.Instances, change.ID)
		code := ""
		switch {
		case err != nil:
			code = "InvalidInstanceID.NotFound"
		case i.Credits == "":
			code = "InstanceCreditSpecification.NotSupported"
		case !i.Terminated.IsZero():
			code = "IncorrectInstanceState"
		}
		if code != "" {
			out.Bad.Items = append(out.Bad.Items, creditFailure{change.ID, code, "The CPU credits of instance " + change.ID + " cannot be changed."})
			continue
		}
		i.Credits = change.Credits
		out.Good.Items = append(out.Good.Items, changedOne{i.ID})
	}
	return out, nil
}

func (c *Cloud) describeCredits(q *call) (any, error) {
	var in struct {
		IDs []string `q:"InstanceId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if len(in.IDs) > 0 && in.MaxResults != nil {
		return nil, badMix("The parameter instancesSet cannot be used with the parameter maxResults")
	}
	var burstable table[*instance]
	for _, i := range c.s.EC2.Instances {
		if i.Credits == "" && len(in.IDs) == 0 {
			continue
		}
		burstable.Add(i)
	}
	found, next, err := list(c, q, burstable, in.listing, in.IDs, fields[*instance]{"instance-id": one((*instance).Key)})
	if err != nil {
		return nil, err
	}
	for _, i := range found {
		if i.Credits == "" {
			return nil, refusal("InvalidInstanceType", "The instance '%s' does not have CPU credits", i.ID)
		}
	}
	return struct {
		Credits set[creditView] `xml:"instanceCreditSpecificationSet"`
		Next    string          `xml:"nextToken,omitempty"`
	}{setOf(found, func(i *instance) creditView { return creditView{i.ID, i.Credits} }), next}, nil
}
