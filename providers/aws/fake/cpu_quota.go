package fake

// cpuLimit is the quota of vCPUs of a class.
func (c *Cloud) cpuLimit(class string, spot bool) int {
	if spot {
		return c.o.Quota.SpotCPUs
	}
	return map[string]int{"standard": c.o.Quota.StandardCPUs, "g": c.o.Quota.GCPUs, "p": c.o.Quota.PCPUs, "inf": c.o.Quota.InfCPUs}[class]
}

// cpusUsed counts the vCPUs of a class in the region. Stopped instances do not count.
func (c *Cloud) cpusUsed(q *call, class string, spot bool) int {
	used := 0
	for _, i := range c.s.EC2.Instances {
		t, _ := findType(i.Type)
		state := i.state(q.now)
		if i.Region == q.region && (state == pending || state == running) && t.family.quota == class && (i.Spot != "") == spot {
			used += t.vcpus
		}
	}
	return used
}

// launchCount returns how many instances the quota lets start: as many of
// MaxCount as fit, and no fewer than MinCount.
func (c *Cloud) launchCount(q *call, in *launchParams, t instanceType, spot bool) (int, error) {
	limit := c.cpuLimit(t.family.quota, spot)
	fit := (limit - c.cpusUsed(q, t.family.quota, spot)) / t.vcpus
	if fit < in.MinCount {
		return 0, overQuota(limit, spot)
	}
	return min(fit, in.MaxCount), nil
}

func overQuota(limit int, spot bool) error {
	if spot {
		return refusal("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
	}
	return refusal("VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of %d allows for the instance bucket that the specified instance type belongs to. "+
		"Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.", max(0, limit))
}
