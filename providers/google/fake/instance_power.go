package fake

import "time"

// powerOperation starts an operation that ends with the status of i being status.
func (c *Cloud) powerOperation(q *request, i *instance, operationType string, changes map[string]any, d time.Duration) (reply, error) {
	o := operation{OperationType: operationType}
	o.Book.Effect, o.Book.Changes = effectSet, changes
	return c.start(q, o, i, d)
}

// idle finds the instance of the path, which must not be busy.
func (c *Cloud) idle(q *request) (*instance, error) {
	i, err := c.instances().find(q)
	if err == nil {
		err = c.busy(i.Key())
	}
	return i, err
}

// startInstance has no effect on a running instance, as in the API. It can fail
// for want of stock or quota like an insert.
func (c *Cloud) startInstance(q *request) (reply, error) {
	i, err := c.idle(q)
	if err != nil {
		return fail(err)
	}
	if i.Status == "RUNNING" {
		return c.powerOperation(q, i, "start", nil, 0)
	}
	if err := c.cpuQuota(q, i.machine()); err != nil {
		return fail(err)
	}
	end := q.now.Add(c.o.Boot)
	started := new(instance)
	if err := started.assign(document(i)); err != nil {
		return fail(err)
	}
	started.Status, started.LastStartTimestamp, started.Book = "RUNNING", stamp(end), instanceBook{StartedAt: end}
	for _, nic := range started.NetworkInterfaces {
		for _, a := range nic.AccessConfigs {
			if a.NatIP == "" {
				a.NatIP = c.publicAddress()
			}
		}
	}
	o := operation{OperationType: "start"}
	o.Book.Effect, o.Book.Failure = effectSet, c.capacity(q, i, i.machine())
	o.Book.Changes = difference(document(i), document(started))
	return c.start(q, o, i, c.o.Boot)
}

// stopInstance gives ephemeral external addresses back.
func (c *Cloud) stopInstance(q *request) (reply, error) {
	i, err := c.idle(q)
	if err != nil {
		return fail(err)
	}
	if i.Status == "TERMINATED" {
		return c.powerOperation(q, i, "stop", nil, 0)
	}
	stopped := new(instance)
	if err := stopped.assign(document(i)); err != nil {
		return fail(err)
	}
	for _, nic := range stopped.NetworkInterfaces {
		for _, a := range nic.AccessConfigs {
			if c.addressWith(a.NatIP) == nil {
				a.NatIP = ""
			}
		}
	}
	stopped.Status, stopped.LastStopTimestamp = "TERMINATED", stamp(q.now.Add(c.o.Settle))
	return c.powerOperation(q, i, "stop", difference(document(i), document(stopped)), c.o.Settle)
}

// suspendInstance keeps the memory; external addresses stay.
func (c *Cloud) suspendInstance(q *request) (reply, error) {
	i, err := c.idle(q)
	if err == nil && i.Status != "RUNNING" {
		err = notReady(i.Key())
	}
	if err == nil && len(i.GuestAccelerators) > 0 {
		err = invalid("Instances with guest accelerators cannot be suspended.")
	}
	if err != nil {
		return fail(err)
	}
	return c.powerOperation(q, i, "suspend", map[string]any{"status": "SUSPENDED"}, c.o.Settle)
}

func (c *Cloud) resumeInstance(q *request) (reply, error) {
	i, err := c.idle(q)
	if err == nil && i.Status != "SUSPENDED" {
		err = invalid("Instance '%s' is not suspended.", i.Key())
	}
	if err != nil {
		return fail(err)
	}
	return c.powerOperation(q, i, "resume", map[string]any{"status": "RUNNING"}, c.o.Boot)
}

func (c *Cloud) resetInstance(q *request) (reply, error) {
	i, err := c.idle(q)
	if err != nil {
		return fail(err)
	}
	if i.Status != "RUNNING" {
		return fail(notReady(i.Key()))
	}
	return c.powerOperation(q, i, "reset", nil, c.o.Settle)
}

// serialPort answers what a machine wrote while it started.
func (c *Cloud) serialPort(q *request) (reply, error) {
	i, err := c.instances().find(q)
	if err != nil {
		return fail(err)
	}
	if port := q.URL.Query().Get("port"); port != "" && (len(port) != 1 || port < "1" || port > "4") {
		return fail(invalidField("port", port, "Must be between 1 and 4, inclusive."))
	}
	contents := ""
	if c.statusAt(i, q.now) == "RUNNING" {
		contents = "Booting `" + i.Name + "'\n" + i.Name + " login: "
	}
	return ok(map[string]any{
		"kind": "compute#serialPortOutput", "contents": contents, "start": "0", "next": itoa(len(contents)),
		"selfLink": i.SelfLink + "/serialPort",
	})
}
