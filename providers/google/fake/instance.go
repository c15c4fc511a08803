package fake

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

func (c *Cloud) instances() *family[*instance] {
	return &family[*instance]{
		c: c, collection: "instances", kind: "compute#instance", table: &c.s.Instances,
		fresh: func() *instance { return new(instance) }, takes: c.o.Boot, removal: c.o.Settle,
		complete: c.completeInstance, view: c.instanceView, guard: c.guardInstance,
	}
}

// completeInstance checks everything before it makes the disks.
func (c *Cloud) completeInstance(q *request, i *instance, o *operation) error {
	i.Zone, i.Status, i.CPUPlatform = link("projects/"+q.project()+"/zones/"+q.PathValue("zone")), "RUNNING", "Intel Broadwell"
	i.LabelFingerprint, i.Fingerprint, i.StatusMessage, i.Params, i.ResourceStatus = "", "", "", nil, nil
	i.LastStopTimestamp, i.LastStartTimestamp, i.Book = "", stamp(q.now), instanceBook{StartedAt: q.now}
	if i.SourceMachineImage != "" || q.URL.Query().Get("sourceInstanceTemplate") != "" {
		return notFound(shortLink(i.SourceMachineImage + q.URL.Query().Get("sourceInstanceTemplate")))
	}
	t, err := c.resolveMachineType(q, i)
	if err != nil {
		return err
	}
	for _, check := range []func() error{
		func() error { return i.checkTexts() },
		func() error { return c.checkAccounts(q, i.ServiceAccounts) },
		func() error { return i.checkAccelerators(q, t) },
		func() error { return i.checkScheduling(t) },
		func() error { return i.checkSecurity(t) },
		func() error { return c.connectInterfaces(q, i) },
		func() error { return c.cpuQuota(q, t) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	disks, err := c.prepareDisks(q, i, t)
	if err != nil {
		return err
	}
	o.Book.Failure = c.capacity(q, i, t)
	for _, d := range disks {
		d.ID = c.newID()
		c.s.Disks.Add(d)
		o.Book.Disks = append(o.Book.Disks, d.Key())
	}
	return nil
}

func (c *Cloud) resolveMachineType(q *request, i *instance) (machineType, error) {
	if i.MachineType == "" {
		return machineType{}, required("resource.machineType")
	}
	path, err := q.reference("resource.machineType", i.MachineType, "machineTypes")
	if err != nil {
		return machineType{}, err
	}
	zone := q.PathValue("zone")
	if !strings.Contains(path, "/zones/"+zone+"/") {
		return machineType{}, invalidField("resource.machineType", i.MachineType, "The machine type must be in zone '%s'.", zone)
	}
	t, found := findMachineType(zone, base(path))
	if !found {
		return t, invalidField("resource.machineType", link(path), "Machine type with name '%s' does not exist in zone '%s'.", base(path), zone)
	}
	i.MachineType = link(path)
	return t, nil
}

var (
	metadataKey = providers.NewPattern(`^[a-zA-Z0-9-_]{1,128}$`)
	hostName    = providers.NewPattern(`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$`)
)

// checkTexts checks names, labels, tags and metadata.
func (i *instance) checkTexts() error {
	if i.Hostname != "" && (!hostName.MatchString(i.Hostname) || len(i.Hostname) > 253) {
		return invalidField("resource.hostname", i.Hostname, "Host name must be a fully qualified domain name in lower case.")
	}
	if err := checkLabels(i.Labels); err != nil {
		return err
	}
	if i.Tags == nil {
		i.Tags = &tags{}
	}
	if err := i.Tags.check(); err != nil {
		return err
	}
	if i.Metadata == nil {
		i.Metadata = &metadata{}
	}
	return i.Metadata.check()
}

func (t *tags) check() error {
	t.Fingerprint = ""
	if len(t.Items) > 64 {
		return invalidField("resource.tags.items", len(t.Items), "At most 64 tags can be specified.")
	}
	for n, tag := range t.Items {
		if err := checkName("resource.tags.items["+itoa(n)+"]", tag); err != nil {
			return err
		}
		if slices.Contains(t.Items[:n], tag) {
			return invalidField("resource.tags.items["+itoa(n)+"]", tag, "Duplicate tags are not allowed: %s", tag)
		}
	}
	return nil
}

func (m *metadata) check() error {
	m.Kind, m.Fingerprint = "compute#metadata", ""
	seen, total := map[string]bool{}, 0
	for _, item := range m.Items {
		total += len(item.Key) + len(item.Value)
		switch {
		case !metadataKey.MatchString(item.Key):
			return invalidField("resource.metadata.items.key", item.Key, "Must be a match of regex '[a-zA-Z0-9-_]{1,128}'")
		case seen[item.Key]:
			return invalidField("resource.metadata", item.Key, "Metadata has duplicate keys: %s", item.Key)
		case len(item.Value) > 256<<10:
			return invalidField("metadata.items["+item.Key+"]", "...", "The metadata value is too large: %d bytes; the limit is 262144.", len(item.Value))
		}
		seen[item.Key] = true
	}
	if total > 512<<10 {
		return invalidField("resource.metadata", "...", "The metadata is too large: %d bytes; the limit is 524288.", total)
	}
	return nil
}

// checkAccounts wants service accounts that exist; "default" is Compute's own.
func (c *Cloud) checkAccounts(q *request, list []*instanceAccount) error {
	if len(list) > 1 {
		return invalidField("resource.serviceAccounts", len(list), "At most one service account can be specified.")
	}
	for _, a := range list {
		if a.Email == "" || a.Email == "default" {
			a.Email = defaultAccount(q.project())
		}
		found := a.Email == defaultAccount(q.project())
		if s, there := c.accountByEmail(a.Email); there && c.accountVisible(q, s) {
			found = true
		}
		if !found {
			return refusal(http.StatusBadRequest, "externalResourceNotFound",
				"The resource '%s' of type 'serviceAccount' was not found.", a.Email)
		}
		if len(a.Scopes) == 0 {
			return required("resource.serviceAccounts[0].scopes")
		}
		for _, s := range a.Scopes {
			if !strings.HasPrefix(s, "https://") {
				return invalidField("resource.serviceAccounts[0].scopes", s, "The scope is not a valid URL.")
			}
		}
	}
	return nil
}

// capacity is why an instance cannot start now, or nil: GPU quota and stock.
func (c *Cloud) capacity(q *request, i *instance, t machineType) *failure {
	gpus, kinds := i.gpus()
	if used := c.gpusUsed(q.project()); gpus > 0 && used+gpus > c.o.Quota.GPUs {
		return &failure{"QUOTA_EXCEEDED", quotaMessage("GPUS_ALL_REGIONS", c.o.Quota.GPUs, "globally"), http.StatusForbidden}
	}
	zone := q.PathValue("zone")
	path := "projects/" + q.project() + "/zones/" + zone
	for _, k := range kinds {
		if c.o.NoStock[k+"@"+zone] {
			return &failure{"ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "The zone '" + path + "' does not have enough resources available to " +
				"fulfill the request.  '(resource type:compute)'.", http.StatusServiceUnavailable}
		}
	}
	if c.o.NoStock[t.name+"@"+zone] {
		return &failure{"ZONE_RESOURCE_POOL_EXHAUSTED", "The zone '" + path + "' does not have enough resources available to fulfill the request.  " +
			"Try a different zone, or try again later.", http.StatusServiceUnavailable}
	}
	return nil
}

// gpus counts the accelerators of i and names their types.
func (i *instance) gpus() (n int, kinds []string) {
	for _, a := range i.GuestAccelerators {
		n += a.AcceleratorCount
		kinds = append(kinds, base(a.AcceleratorType))
	}
	return n, kinds
}

// gpusUsed counts the accelerators of the project that are not stopped.
func (c *Cloud) gpusUsed(project string) int {
	total := 0
	for _, i := range c.s.Instances {
		if strings.HasPrefix(i.Key(), "projects/"+project+"/") && i.Status != "TERMINATED" {
			n, _ := i.gpus()
			total += n
		}
	}
	return total
}

// cpusUsed counts the CPUs of a region that are not stopped.
func (c *Cloud) cpusUsed(project, region string) int {
	n := 0
	for _, i := range c.s.Instances {
		if strings.HasPrefix(i.Key(), "projects/"+project+"/zones/"+region+"-") && i.Status != "TERMINATED" {
			n += i.machine().cpus
		}
	}
	return n
}

func (c *Cloud) cpuQuota(q *request, t machineType) error {
	region := regionOf(q.PathValue("zone"))
	if c.cpusUsed(q.project(), region)+t.cpus > c.o.Quota.CPUs {
		return quotaExceeded("CPUS", c.o.Quota.CPUs, "in region "+region)
	}
	return nil
}

// statusAt is the status of i as of now.
func (c *Cloud) statusAt(i *instance, now time.Time) string {
	o := c.pending(i.Key())
	if o == nil {
		return i.Status
	}
	switch o.OperationType {
	case "suspend":
		return "SUSPENDING"
	case "insert", "start", "resume":
		if now.Before(o.Book.StartsAt.Add(o.Book.EndsAt.Sub(o.Book.StartsAt) / 3)) {
			return "PROVISIONING"
		}
		return "STAGING"
	case "stop", "delete":
		return "STOPPING"
	}
	return i.Status
}

func (c *Cloud) instanceView(q *request, i *instance) map[string]any {
	v := *i
	v.Status = c.statusAt(i, q.now)
	if v.Status == "TERMINATED" {
		v.CPUPlatform = "Unknown CPU Platform"
	}
	v.LabelFingerprint, v.Fingerprint = fingerprint(i.Labels), i.print()
	t, m := *i.Tags, *i.Metadata
	t.Fingerprint, m.Fingerprint = t.print(), m.print()
	v.Tags, v.Metadata = &t, &m
	v.NetworkInterfaces = nil
	for _, nic := range i.NetworkInterfaces {
		n := *nic
		n.Fingerprint = nic.print()
		v.NetworkInterfaces = append(v.NetworkInterfaces, &n)
	}
	v.Disks = nil
	for _, a := range i.Disks {
		d := *a
		if src, found := c.s.Disks.Find(shortLink(a.Source)); found {
			d.DiskSizeGb = src.SizeGb
		}
		v.Disks = append(v.Disks, &d)
	}
	return visible(v)
}

func (i *instance) print() string {
	v := *i
	v.Status, v.Fingerprint = "", ""
	return fingerprint(v)
}

func (t *tags) print() string     { return fingerprint(t.Items) }
func (m *metadata) print() string { return fingerprint(m.Items) }

func (n *networkInterface) print() string {
	v := *n
	v.Fingerprint = ""
	return fingerprint(v)
}

// guardInstance refuses protected instances, and takes the disks along that want to go.
func (c *Cloud) guardInstance(_ *request, i *instance, o *operation) error {
	if i.DeletionProtection {
		return refusal(http.StatusBadRequest, "invalidResourceUsage", "Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion.'.")
	}
	o.Book.Disks = i.doomedDisks()
	return nil
}

// doomedDisks are the paths of the disks that go with i.
func (i *instance) doomedDisks() []string {
	var out []string
	for _, a := range i.Disks {
		if a.AutoDelete && a.Source != "" {
			out = append(out, shortLink(a.Source))
		}
	}
	return out
}

// expireInstances stops or deletes instances whose time is over.
func (c *Cloud) expireInstances(now time.Time) {
	for _, i := range slices.Clone(c.s.Instances) {
		s := i.Scheduling
		if s == nil || s.MaxRunDuration == nil || i.Status != "RUNNING" || c.pending(i.Key()) != nil {
			continue
		}
		end := i.Book.StartedAt.Add(time.Duration(s.MaxRunDuration.Seconds) * time.Second)
		switch {
		case now.Before(end):
		case s.InstanceTerminationAction == "DELETE":
			c.dropDisks(i.doomedDisks())
			c.s.Instances.Drop(i.Key())
		default:
			i.Status, i.LastStopTimestamp = "TERMINATED", stamp(end)
		}
	}
}
