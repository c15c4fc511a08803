package fake

import (
	"encoding/base64"
	"slices"
	"time"
)

// cluster is a Kubernetes cluster.
type cluster struct {
	ID            string           `json:"id"`
	Name          string           `json:"name"`
	Region        string           `json:"region"`
	Version       string           `json:"version"`
	ClusterSubnet string           `json:"cluster_subnet"`
	ServiceSubnet string           `json:"service_subnet"`
	VPC           string           `json:"vpc_uuid"`
	Tags          []string         `json:"tags"`
	Pools         []*nodePool      `json:"node_pools"`
	Window        clusterWindow    `json:"maintenance_policy"`
	AutoUpgrade   bool             `json:"auto_upgrade"`
	SurgeUpgrade  bool             `json:"surge_upgrade"`
	HA            bool             `json:"ha"`
	Registry      bool             `json:"registry_enabled"`
	Plugins       map[string]bool  `json:"plugins"`
	Firewall      *clusterFirewall `json:"control_plane_firewall"`
	Autoscaler    *autoscaler      `json:"cluster_autoscaler_configuration"`
	SSO           *clusterSSO      `json:"sso"`
	Failure       string           `json:"failure"` // why it is in the state error; "" when it is not
	BusyUntil     time.Time        `json:"busy_until"`
	Next          string           `json:"next"` // version that it is being upgraded to until then
	LoadBalancers []associated     `json:"load_balancers"`
	CreatedAt     time.Time        `json:"created_at"`
	UpdatedAt     time.Time        `json:"updated_at"`
	DeletedAt     time.Time        `json:"deleted_at"`
	home
}

type clusterWindow struct {
	StartTime string `json:"start_time"`
	Duration  string `json:"duration"`
	Day       string `json:"day"`
}

type clusterFirewall struct {
	Enabled   bool     `json:"enabled"`
	Addresses []string `json:"allowed_addresses"`
}

type autoscaler struct {
	Threshold float64  `json:"scale_down_utilization_threshold"`
	Unneeded  string   `json:"scale_down_unneeded_time"`
	Expanders []string `json:"expanders"`
}

type clusterSSO struct {
	Enabled   bool   `json:"enabled"`
	Required  bool   `json:"required"`
	IssuerURL string `json:"issuer_url,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
}

func (k *cluster) urn() string   { return "do:kubernetes:" + k.ID }
func (k *cluster) Key() string   { return k.ID }
func (k *cluster) Title() string { return k.Name }
func (k *cluster) Hidden() bool  { return !k.DeletedAt.IsZero() }
func (k *cluster) tag() string   { return "k8s:" + k.ID }

func (c *Cloud) kubernetesRoutes() map[string]handler {
	const one = "/v2/kubernetes/clusters/{id}"
	const pool = one + "/node_pools/{pool}"
	return map[string]handler{
		"GET /v2/kubernetes/options":   c.kubernetesOptions,
		"POST /v2/kubernetes/clusters": c.createCluster,
		"GET /v2/kubernetes/clusters":  c.listClusters,
		"GET " + one:                   c.readCluster,
		"PUT " + one:                   c.updateCluster,
		"DELETE " + one:                c.deleteCluster,
		"GET " + one + "/destroy_with_associated_resources":              c.listAssociated,
		"DELETE " + one + "/destroy_with_associated_resources/dangerous": c.deleteClusterAndAll,
		"DELETE " + one + "/destroy_with_associated_resources/selective": c.deleteClusterAndSome,
		"GET " + one + "/credentials":                                    c.readCredentials,
		"GET " + one + "/upgrades":                                       c.listUpgrades,
		"POST " + one + "/upgrade":                                       c.upgradeCluster,
		"GET " + one + "/node_pools":                                     c.listNodePools,
		"POST " + one + "/node_pools":                                    c.createNodePool,
		"GET " + pool:                                                    c.readNodePool,
		"PUT " + pool:                                                    c.updateNodePool,
		"DELETE " + pool:                                                 c.deleteNodePool,
		"DELETE " + pool + "/nodes/{node}":                               c.deleteNode,
		"POST /v2/kubernetes/registry":                                   c.integrateRegistry,
		"DELETE /v2/kubernetes/registry":                                 c.separateRegistry,
		"POST /v2/kubernetes/registries":                                 c.integrateRegistry,
		"DELETE /v2/kubernetes/registries":                               c.separateRegistry,
	}
}

func (c *Cloud) createCluster(q *request) (reply, error) {
	var in clusterSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkCluster(q, &in); err != nil {
		return reply{}, err
	}
	network, err := c.networkFor(q, in.VPC, in.Region)
	if err != nil {
		return reply{}, err
	}
	k := &cluster{ID: c.s.IDs.UUID(), Name: in.Name, Region: in.Region, Version: kubernetesVersion(in.Version), VPC: network.ID,
		ClusterSubnet: in.ClusterSubnet, ServiceSubnet: in.ServiceSubnet, Plugins: map[string]bool{}, CreatedAt: q.now, UpdatedAt: q.now,
		home:   home{c.defaultProject().ID, q.now},
		Window: clusterWindow{StartTime: "00:00", Duration: "4h0m0s", Day: "any"}}
	if k.ClusterSubnet == "" {
		k.ClusterSubnet, k.ServiceSubnet = "10.244.0.0/16", "10.245.0.0/16"
	}
	k.HA = minor(k.Version) >= 36
	c.shapeCluster(k, &in)
	for _, p := range in.Pools {
		c.addPool(q, k, p)
	}
	c.makeTags([]string{"k8s", "k8s:worker", k.tag()})
	c.s.Clusters.Add(k)
	return created(map[string]any{"kubernetes_cluster": c.clusterView(q, k)})
}

// settleCluster applies an upgrade that is over and takes away what has gone.
func (c *Cloud) settleCluster(k *cluster, now time.Time) {
	if k.Next != "" && !now.Before(k.BusyUntil) {
		k.Version, k.Next = k.Next, ""
	}
	k.settlePools(now)
	if k.Hidden() && !now.Before(k.DeletedAt.Add(c.o.DeleteLag+c.o.MemberLag)) {
		c.s.Clusters.Drop(k.ID)
	}
}

// state is what the cluster does, and why it failed.
func (c *Cloud) clusterState(k *cluster, now time.Time) (state, message string) {
	switch {
	case k.Hidden():
		return "deleting", ""
	case k.Failure != "":
		return "error", k.Failure
	case now.Before(k.CreatedAt.Add(c.o.DBReady)):
		return "provisioning", ""
	case now.Before(k.BusyUntil):
		return "upgrading", ""
	}
	return "running", ""
}

// mustRun refuses changes of a cluster that is busy.
func (k *cluster) mustRun(now time.Time) error {
	if now.Before(k.BusyUntil) || k.Hidden() {
		return unmet("cluster is currently being changed")
	}
	return nil
}

func (c *Cloud) clusterView(q *request, k *cluster) map[string]any {
	state, message := c.clusterState(k, q.now)
	v := map[string]any{
		"id": k.ID, "name": k.Name, "region": k.Region, "version": k.Version, "cluster_subnet": k.ClusterSubnet,
		"service_subnet": k.ServiceSubnet, "vpc_uuid": k.VPC, "tags": append(slices.Clone(k.Tags), "k8s", k.tag()),
		"node_pools": k.poolViews(q.now), "maintenance_policy": k.Window, "auto_upgrade": k.AutoUpgrade, "isolated_workers": false,
		"status": map[string]any{"state": state, "message": message}, "created_at": stamp(k.CreatedAt), "updated_at": stamp(k.UpdatedAt),
		"surge_upgrade": k.SurgeUpgrade, "ha": k.HA, "registry_enabled": k.Registry, "control_plane_firewall": k.Firewall,
		"cluster_autoscaler_configuration": k.Autoscaler, "sso": k.SSO,
	}
	if state != "provisioning" {
		v["endpoint"] = "https://" + k.ID + ".k8s.ondigitalocean.com"
		if !k.HA {
			v["ipv4"] = "198.51.100.7"
		}
	}
	for _, name := range plugins {
		v[name] = map[string]any{"enabled": k.Plugins[name]}
	}
	for _, name := range latePlugins {
		if set, known := k.Plugins[name]; known {
			v[name] = map[string]any{"enabled": set}
		}
	}
	return v
}

func (c *Cloud) findCluster(q *request) (*cluster, error) {
	k, found := c.s.Clusters.Find(q.PathValue("id"))
	if !found || k.Hidden() && !q.now.Before(k.DeletedAt.Add(c.o.DeleteLag)) {
		return nil, missing("kubernetes cluster not found")
	}
	return k, nil
}

func (c *Cloud) readCluster(q *request) (reply, error) {
	k, err := c.findCluster(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"kubernetes_cluster": c.clusterView(q, k)})
}

func (c *Cloud) listClusters(q *request) (reply, error) {
	there := slices.DeleteFunc(slices.Clone(c.s.Clusters), func(k *cluster) bool {
		return k.Hidden() && !q.now.Before(k.DeletedAt.Add(c.o.DeleteLag))
	})
	return list(q, "kubernetes_clusters", there, func(k *cluster) map[string]any { return c.clusterView(q, k) })
}

func (c *Cloud) updateCluster(q *request) (reply, error) {
	k, err := c.findCluster(q)
	if err != nil {
		return reply{}, err
	}
	if err := k.mustRun(q.now); err != nil {
		return reply{}, err
	}
	var in clusterSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.checkClusterShape(k.ID, &in); err != nil {
		return reply{}, err
	}
	if k.HA && in.HA != nil && !*in.HA {
		return reply{}, invalid("validation error: high availability cannot be disabled")
	}
	k.UpdatedAt = q.now
	c.shapeCluster(k, &in)
	return accepted(map[string]any{"kubernetes_cluster": c.clusterView(q, k)})
}

func (c *Cloud) listUpgrades(q *request) (reply, error) {
	k, err := c.findCluster(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"available_upgrade_versions": versionViews(upgradesOf(k.Version))})
}

func (c *Cloud) upgradeCluster(q *request) (reply, error) {
	k, err := c.clusterForPools(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Version string `json:"version"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if !slices.Contains(upgradesOf(k.Version), in.Version) {
		return reply{}, invalid("validation error: cannot upgrade from %s to %q", k.Version, in.Version)
	}
	k.Next, k.BusyUntil, k.UpdatedAt = in.Version, q.now.Add(c.o.Settle), q.now
	return accepted(nil)
}

// readCredentials makes a token, for a week if nothing else is wanted.
func (c *Cloud) readCredentials(q *request) (reply, error) {
	k, err := c.findCluster(q)
	if err != nil {
		return reply{}, err
	}
	seconds := 0
	if s := q.URL.Query().Get("expiry_seconds"); s != "" && s != "0" {
		if seconds, err = q.queryNumber("expiry_seconds", 0, 1<<31); err != nil {
			return reply{}, err
		}
	}
	if seconds == 0 {
		seconds = 7 * 24 * 3600
	}
	return ok(map[string]any{
		"server": "https://" + k.ID + ".k8s.ondigitalocean.com", "token": "dop_v1_" + c.s.IDs.Text(40),
		"certificate_authority_data": base64.StdEncoding.EncodeToString([]byte("-----BEGIN CERTIFICATE-----\n" + k.ID + "\n-----END CERTIFICATE-----\n")),
		"client_certificate_data":    nil, "client_key_data": nil,
		"expires_at": stamp(q.now.Add(time.Duration(seconds) * time.Second)),
	})
}

func (c *Cloud) integrateRegistry(q *request) (reply, error) {
	if len(c.s.Registries) == 0 {
		return reply{}, unmet("the account has no container registry")
	}
	return c.setRegistry(q, true)
}

func (c *Cloud) separateRegistry(q *request) (reply, error) { return c.setRegistry(q, false) }

func (c *Cloud) setRegistry(q *request, enabled bool) (reply, error) {
	var in struct {
		Clusters []string `json:"cluster_uuids"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	var found []*cluster
	for _, id := range in.Clusters {
		k, there := c.s.Clusters.Find(id)
		if !there || k.Hidden() {
			return reply{}, missing("kubernetes cluster %s not found", id)
		}
		found = append(found, k)
	}
	for _, k := range found {
		k.Registry = enabled
	}
	return noContent()
}

// kubernetesMembers are the clusters of a VPC: their nodes leave some time after
// the cluster is gone.
func (c *Cloud) kubernetesMembers(vpc string) []member {
	var out []member
	for _, k := range c.s.Clusters {
		if k.VPC == vpc {
			out = append(out, member{"kubernetes", "do:kubernetes:" + k.ID, k.Name, k.CreatedAt})
		}
	}
	return out
}
