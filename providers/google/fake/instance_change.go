package fake

import (
	"net/http"
	"slices"
	"strings"
)

// stoppedOnly refuses unless i is stopped; what is in words.
func (c *Cloud) stoppedOnly(q *request, i *instance, what string) error {
	if c.statusAt(i, q.now) == "TERMINATED" {
		return nil
	}
	return refusal(http.StatusBadRequest, "invalidResourceUsage",
		"Invalid resource usage: 'The instance must be stopped before the %s can be changed.'.", what)
}

func (c *Cloud) setMachineType(q *request) (reply, error) {
	var in struct {
		MachineType string `json:"machineType"`
	}
	if err := q.decode("resource", &in); err != nil {
		return fail(err)
	}
	return c.instances().change(q, "setMachineType", func(i *instance) error {
		if err := c.stoppedOnly(q, i, "machine type"); err != nil {
			return err
		}
		old := i.machine()
		i.MachineType = in.MachineType
		t, err := c.resolveMachineType(q, i)
		if err != nil {
			return err
		}
		if old.gpu != "" || t.gpu != "" {
			i.GuestAccelerators = nil
			if err := i.checkAccelerators(q, t); err != nil {
				return err
			}
		}
		if t.arm() != old.arm() {
			return invalid("Requested boot disk architecture is not compatible with machine type %s.", t.name)
		}
		for _, a := range i.Disks {
			if d, found := c.s.Disks.Find(shortLink(a.Source)); found && !d.kind().fits(t.family()) {
				return invalid("[%s, %s] features are not compatible for creating instance.", t.name, d.kind().name)
			}
		}
		return i.checkScheduling(t)
	})
}

func (c *Cloud) setMetadata(q *request) (reply, error) {
	in := new(metadata)
	if err := q.decode("resource", in); err != nil {
		return fail(err)
	}
	return c.instances().change(q, "setMetadata", func(i *instance) error {
		if err := checkFingerprint("resource.fingerprint", in.Fingerprint, i.Metadata.print()); err != nil {
			return err
		}
		i.Metadata = in
		return in.check()
	})
}

func (c *Cloud) setTags(q *request) (reply, error) {
	in := new(tags)
	if err := q.decode("resource", in); err != nil {
		return fail(err)
	}
	return c.instances().change(q, "setTags", func(i *instance) error {
		if err := checkFingerprint("resource.fingerprint", in.Fingerprint, i.Tags.print()); err != nil {
			return err
		}
		i.Tags = in
		return in.check()
	})
}

func (c *Cloud) setInstanceLabels(q *request) (reply, error) {
	return c.instances().change(q, "setLabels", func(i *instance) (err error) {
		i.Labels, err = q.newLabels(i.Labels)
		return err
	})
}

func (c *Cloud) setServiceAccount(q *request) (reply, error) {
	in := new(instanceAccount)
	if err := q.decode("resource", in); err != nil {
		return fail(err)
	}
	return c.instances().change(q, "setServiceAccount", func(i *instance) error {
		if err := c.stoppedOnly(q, i, "service account"); err != nil {
			return err
		}
		i.ServiceAccounts = nil
		if in.Email == "" && len(in.Scopes) == 0 {
			return nil
		}
		i.ServiceAccounts = []*instanceAccount{in}
		return c.checkAccounts(q, i.ServiceAccounts)
	})
}

func (c *Cloud) setScheduling(q *request) (reply, error) {
	in := new(scheduling)
	if err := q.decode("resource", in); err != nil {
		return fail(err)
	}
	return c.instances().change(q, "setScheduling", func(i *instance) error {
		old := i.Scheduling
		if in.ProvisioningModel == "" && !in.Preemptible {
			in.ProvisioningModel, in.Preemptible = old.ProvisioningModel, old.Preemptible
		}
		i.Scheduling = in
		if err := i.checkScheduling(i.machine()); err != nil {
			return err
		}
		if in.Preemptible != old.Preemptible || in.ProvisioningModel != old.ProvisioningModel {
			return c.stoppedOnly(q, i, "provisioning model")
		}
		return nil
	})
}

func (c *Cloud) setMinCPUPlatform(q *request) (reply, error) {
	var in struct {
		MinCPUPlatform string `json:"minCpuPlatform"`
	}
	if err := q.decode("resource", &in); err != nil {
		return fail(err)
	}
	return c.instances().change(q, "setMinCpuPlatform", func(i *instance) error {
		if err := c.stoppedOnly(q, i, "minimum CPU platform"); err != nil {
			return err
		}
		if i.MinCPUPlatform = in.MinCPUPlatform; strings.EqualFold(in.MinCPUPlatform, "automatic") {
			i.MinCPUPlatform = ""
		}
		return i.checkSecurity(i.machine())
	})
}

func (c *Cloud) setMachineResources(q *request) (reply, error) {
	var in struct {
		GuestAccelerators []*guestAccelerator `json:"guestAccelerators"`
	}
	if err := q.decode("resource", &in); err != nil {
		return fail(err)
	}
	return c.instances().change(q, "setMachineResources", func(i *instance) error {
		if err := c.stoppedOnly(q, i, "accelerators"); err != nil {
			return err
		}
		i.GuestAccelerators = in.GuestAccelerators
		if err := i.checkAccelerators(q, i.machine()); err != nil {
			return err
		}
		return i.checkScheduling(i.machine())
	})
}

func (c *Cloud) setDeletionProtection(q *request) (reply, error) {
	on := q.URL.Query().Get("deletionProtection")
	if on != "" && on != "true" && on != "false" {
		return fail(invalidField("deletionProtection", on, "Must be true or false."))
	}
	return c.instances().change(q, "setDeletionProtection", func(i *instance) error {
		i.DeletionProtection = on != "false"
		return nil
	})
}

func (c *Cloud) updateShieldedConfig(q *request) (reply, error) {
	raw, err := q.object()
	if err == nil {
		err = fit("resource", raw, new(shieldedConfig))
	}
	if err != nil {
		return fail(err)
	}
	return c.instances().change(q, "updateShieldedInstanceConfig", func(i *instance) error {
		if err := c.stoppedOnly(q, i, "Shielded VM configuration"); err != nil {
			return err
		}
		if err := fill(i.ShieldedInstanceConfig, merge(document(i.ShieldedInstanceConfig), raw)); err != nil {
			return err
		}
		return i.checkSecurity(i.machine())
	})
}

func (c *Cloud) updateDisplayDevice(q *request) (reply, error) {
	in := new(displayDevice)
	if err := q.decode("resource", in); err != nil {
		return fail(err)
	}
	return c.instances().change(q, "updateDisplayDevice", func(i *instance) error {
		i.DisplayDevice = in
		return c.stoppedOnly(q, i, "display device")
	})
}

// updatable are the fields instances.update changes here.
var updatable = []string{"canIpForward", "displayDevice", "deletionProtection", "labels", "metadata", "tags", "scheduling",
	"keyRevocationActionType", "advancedMachineFeatures", "shieldedInstanceConfig", "resourcePolicies", "description"}

// updateInstance is PUT on an instance: the whole of it, with the fingerprint.
func (c *Cloud) updateInstance(q *request) (reply, error) {
	raw, err := q.object()
	in := new(instance)
	if err == nil {
		err = fit("resource", raw, in)
	}
	if err != nil {
		return fail(err)
	}
	return c.instances().change(q, "update", func(i *instance) error {
		if in.Fingerprint != "" && in.Fingerprint != i.print() {
			return conditionNotMet("Invalid fingerprint.")
		}
		shown := c.instanceView(q, i)
		before := document(i)
		for _, k := range sortedKeys(raw) {
			if slices.Contains(updatable, k) {
				before[k] = raw[k]
			} else if !outputOnly[k] && fingerprint(shown[k]) != fingerprint(raw[k]) && !equalText(shown[k], raw[k]) {
				return invalidField("resource."+k, text(raw[k]), "The field cannot be changed by this method.")
			}
		}
		for _, k := range updatable {
			if _, sent := raw[k]; !sent && k != "metadata" && k != "tags" && k != "scheduling" && k != "shieldedInstanceConfig" {
				delete(before, k)
			}
		}
		features := fingerprint(i.AdvancedMachineFeatures)
		if err := fill(i, before); err != nil {
			return err
		}
		if features != fingerprint(i.AdvancedMachineFeatures) {
			if err := c.stoppedOnly(q, i, "advanced machine features"); err != nil {
				return err
			}
		}
		if err := i.checkTexts(); err != nil {
			return err
		}
		if err := i.checkScheduling(i.machine()); err != nil {
			return err
		}
		return i.checkSecurity(i.machine())
	})
}
