package fake

import "time"

// stateChange is an instance's change of state in an answer.
type stateChange struct {
	ID       string    `xml:"instanceId"`
	Current  stateView `xml:"currentState"`
	Previous stateView `xml:"previousState"`
}

// stateChanges is the answer of calls that change states.
type stateChanges struct {
	Instances set[stateChange] `xml:"instancesSet"`
}

// named are the instances that a call names, all of which must be there.
type named struct {
	IDs []string `q:"InstanceId,required"`
}

// change lets do change the state of instances. check sees all of them before
// the first is changed.
func (c *Cloud) change(q *call, ids []string, check func(*instance, instanceState) error, do func(*instance, instanceState) instanceState) (any, error) {
	found, err := byID(c, q, c.s.EC2.Instances, ids)
	if err != nil {
		return nil, err
	}
	for _, i := range found {
		if err := check(i, i.state(q.now)); err != nil {
			return nil, err
		}
	}
	var out stateChanges
	for _, i := range found {
		before := i.state(q.now)
		after := do(i, before)
		out.Instances.Items = append(out.Instances.Items, stateChange{i.ID, viewOf(after), viewOf(before)})
		c.settleInstance(i, q.now)
	}
	return out, nil
}

func badState(i *instance, s instanceState) error {
	return refusal("IncorrectInstanceState", "The instance '%s' is not in a state from which it can be changed; it is '%s'.", i.ID, s)
}

func (c *Cloud) startInstances(q *call) (any, error) {
	var in named
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	return c.change(q, in.IDs, func(i *instance, s instanceState) error {
		t, _ := findType(i.Type)
		limit, spot := c.cpuLimit(t.family.quota, i.Spot != ""), i.Spot != ""
		switch {
		case s == running || s == pending:
			return nil
		case s != stopped:
			return badState(i, s)
		case !c.inStock(i.Type, i.Zone):
			return noCapacity(i.Type, i.Zone)
		case c.cpusUsed(q, t.family.quota, spot)+t.vcpus > limit:
			return overQuota(limit, spot)
		}
		return nil
	}, func(i *instance, s instanceState) instanceState {
		if s != stopped {
			return s
		}
		i.Stopped, i.StoppedAt = time.Time{}, time.Time{}
		i.LaunchedAt, i.ReadyAt = q.now, q.now.Add(c.o.Boot)
		for _, n := range c.interfacesOf(i) {
			if n.WantsPublic && c.elasticOf(n) == nil {
				n.PublicIP = c.publicAddress()
			}
		}
		return pending
	})
}

func (c *Cloud) stopInstances(q *call) (any, error) {
	var in struct {
		named
		Force     bool
		Hibernate bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if in.Hibernate {
		return nil, refusal("UnsupportedHibernationConfiguration", "The instance was not launched with hibernation enabled.")
	}
	return c.change(q, in.IDs, func(i *instance, s instanceState) error {
		r, spot := c.s.EC2.Spots.Find(i.Spot)
		switch {
		case s == shuttingDown || s == terminated || s == pending:
			return badState(i, s)
		case i.NoStop:
			return refusal("OperationNotPermitted", "The instance '%s' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.", i.ID)
		case spot && !r.Persistent:
			return refusal("UnsupportedOperation", "You can't stop the Spot Instance '%s' because it is associated with a one-time Spot Instance request. "+
				"You can only stop Spot Instances associated with persistent Spot Instance requests.", i.ID)
		}
		return nil
	}, func(i *instance, s instanceState) instanceState {
		if s != running {
			return s
		}
		i.Stopped, i.StoppedAt = q.now, q.now.Add(c.o.Settle)
		// What Amazon lent goes back at once; an Elastic address stays.
		for _, n := range c.interfacesOf(i) {
			n.PublicIP = ""
		}
		return stopping
	})
}

func (c *Cloud) terminateInstances(q *call) (any, error) {
	var in struct {
		named
		Force          bool
		SkipOSShutdown bool `q:"SkipOsShutdown"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	return c.change(q, in.IDs, func(i *instance, s instanceState) error {
		if i.NoTerminate && s != terminated {
			return refusal("OperationNotPermitted", "The instance '%s' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.", i.ID)
		}
		return nil
	}, func(i *instance, s instanceState) instanceState {
		if s == terminated || s == shuttingDown {
			return s
		}
		i.Terminated, i.GoneAt = q.now, q.now.Add(c.o.DeleteLag)
		for _, n := range c.interfacesOf(i) {
			n.PublicIP = ""
		}
		return shuttingDown
	})
}

func (c *Cloud) monitorInstances(q *call) (any, error) { return c.switchMonitoring(q, true, "pending") }
func (c *Cloud) unmonitorInstances(q *call) (any, error) {
	return c.switchMonitoring(q, false, "disabling")
}

// switchMonitoring answers an in-between state, as the real API does.
func (c *Cloud) switchMonitoring(q *call, on bool, answer string) (any, error) {
	var in named
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	found, err := byID(c, q, c.s.EC2.Instances, in.IDs)
	if err != nil {
		return nil, err
	}
	for _, i := range found {
		if !i.Terminated.IsZero() {
			return nil, badState(i, i.state(q.now))
		}
	}
	type monitored struct {
		ID    string `xml:"instanceId"`
		State string `xml:"monitoring>state"`
	}
	return struct {
		Instances set[monitored] `xml:"instancesSet"`
	}{setOf(found, func(i *instance) monitored {
		i.Monitoring = on
		return monitored{i.ID, answer}
	})}, nil
}
