package fake

import (
	"slices"
	"strconv"
	"time"
)

// project is what a project itself has.
type project struct {
	ID        string    `json:"id"`
	Policy    policy    `json:"policy"`
	CreatedAt time.Time `json:"created_at"`
}

func (p *project) Key() string   { return p.ID }
func (p *project) Title() string { return p.ID }
func (p *project) Hidden() bool  { return true }

// addProject makes a project as new ones are: with a default network, a default
// service account and an owner.
func (c *Cloud) addProject(id string) {
	if _, found := c.s.Projects.Find(id); found {
		return
	}
	now := c.Now()
	p := &project{ID: id, CreatedAt: now}
	p.Policy = policy{Version: 1, Bindings: []*binding{
		{Role: "roles/compute.serviceAgent", Members: []string{"serviceAccount:service-" + projectNumber(id) + "@compute-system.iam.gserviceaccount.com"}},
		{Role: "roles/owner", Members: []string{"user:" + caller}},
	}}
	p.Policy.seal()
	p.Policy.Own = p.Policy.lines()
	c.s.Projects.Add(p)
	on := true
	n := &network{
		head: head{Kind: "compute#network", ID: c.newID(), Name: "default", Description: "Default network for the project",
			CreationTimestamp: stamp(now), SelfLink: link("projects/" + id + "/global/networks/default")},
		AutoCreateSubnetworks: &on, Book: networkBook{Own: true},
	}
	n.defaults()
	c.s.Networks.Add(n)
	for _, r := range regions {
		c.addAutoSubnetwork(id, n, r)
	}
}

// projectNumber is the number of a project, made from its id.
func projectNumber(id string) string {
	n := 1
	for _, b := range []byte(id) {
		n = (n*131 + int(b)) % 900_000_000_000
	}
	return strconv.Itoa(n%900_000_000_000 + 100_000_000_000)
}

// defaultAccount is the email of Compute's own service account.
func defaultAccount(project string) string {
	return projectNumber(project) + "-compute@developer.gserviceaccount.com"
}

// caller is who all requests come from.
const caller = "owner@example.com"

// readComputeProject is projects.get of Compute.
func (c *Cloud) readComputeProject(q *request) (reply, error) {
	id := q.project()
	there := c.hasProject(id)
	p, found := c.s.Projects.Find(id)
	if !there || !found {
		return fail(notFound("projects/" + id))
	}
	return ok(map[string]any{
		"kind": "compute#project", "id": projectNumber(id), "name": id, "creationTimestamp": stamp(p.CreatedAt),
		"selfLink": link("projects/" + id), "defaultServiceAccount": defaultAccount(id), "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
		"defaultNetworkTier": "PREMIUM", "vmDnsSetting": "ZONAL_ONLY", "cloudArmorTier": "CA_STANDARD",
		"commonInstanceMetadata": map[string]any{"kind": "compute#metadata", "fingerprint": fingerprint(id)},
		"quotas":                 c.projectQuotas(id),
	})
}

func quota(metric string, limit, usage int) map[string]any {
	return map[string]any{"metric": metric, "limit": limit, "usage": usage}
}

// projectQuotas are those that count in all regions together.
func (c *Cloud) projectQuotas(id string) []map[string]any {
	return []map[string]any{
		quota("NETWORKS", c.o.Quota.Networks, count(c.s.Networks, id, "", every[*network])),
		quota("SUBNETWORKS", c.o.Quota.Subnetworks, count(c.s.Subnetworks, id, "", func(s *subnetwork) bool { return !s.Book.Auto })),
		quota("FIREWALLS", c.o.Quota.Firewalls, count(c.s.Firewalls, id, "", every[*firewall])),
		quota("ROUTERS", c.o.Quota.Routers, count(c.s.Routers, id, "", every[*router])),
		quota("GPUS_ALL_REGIONS", c.o.Quota.GPUs, c.gpusUsed(id)),
	}
}

// regionQuotas are those of one region.
func (c *Cloud) regionQuotas(id, region string) []map[string]any {
	return []map[string]any{
		quota("CPUS", c.o.Quota.CPUs, c.cpusUsed(id, region)),
		quota("STATIC_ADDRESSES", c.o.Quota.Addresses, c.addressesUsed(id, region)),
		quota("DISKS_TOTAL_GB", c.o.Quota.DisksGB, c.diskUsed(id, region, "DISKS_TOTAL_GB")),
		quota("SSD_TOTAL_GB", c.o.Quota.DisksGB, c.diskUsed(id, region, "SSD_TOTAL_GB")),
		quota("HYPERDISK_TOTAL_GB", c.o.Quota.DisksGB, c.diskUsed(id, region, "HYPERDISK_TOTAL_GB")),
	}
}

// oauthToken answers every grant with the accepted token.
func (c *Cloud) oauthToken(q *request) (reply, error) {
	grants := []string{"urn:ietf:params:oauth:grant-type:jwt-bearer", "refresh_token", "authorization_code"}
	if grant := formValue(q, "grant_type"); !slices.Contains(grants, grant) {
		return fail(refusal(400, "unsupported_grant_type", "Invalid grant_type: %s", grant))
	}
	token := c.o.Token
	if token == "" {
		token = "ya29.offline"
	}
	return ok(map[string]any{"access_token": token, "expires_in": 3599, "token_type": "Bearer"})
}
