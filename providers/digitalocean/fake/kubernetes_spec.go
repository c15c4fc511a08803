package fake

import (
	"net/netip"
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

// plugins are the parts of a cluster that can be switched on.
var plugins = []string{"routing_agent", "amd_gpu_device_plugin", "amd_gpu_device_metrics_exporter_plugin", "nvidia_gpu_device_plugin",
	"rdma_shared_dev_plugin", "coredns_autoscaler", "p2p_oci_registry_plugin"}

// latePlugins are newer than the document: they are shown when they were set.
var latePlugins = []string{"nvidia_gpu_dra_driver", "amd_gpu_dra_driver"}

type pluginSwitch struct {
	Enabled *bool `json:"enabled"`
}

// clusterSpec is the body of create and PUT. Nil fields were not sent.
type clusterSpec struct {
	Name          string           `json:"name"`
	Region        string           `json:"region"`
	Version       string           `json:"version"`
	ClusterSubnet string           `json:"cluster_subnet"`
	ServiceSubnet string           `json:"service_subnet"`
	VPC           string           `json:"vpc_uuid"`
	WorkerSubnet  string           `json:"worker_subnet_uuid"`
	Tags          *[]string        `json:"tags"`
	Pools         []*nodePoolSpec  `json:"node_pools"`
	Window        *clusterWindow   `json:"maintenance_policy"`
	AutoUpgrade   *bool            `json:"auto_upgrade"`
	SurgeUpgrade  *bool            `json:"surge_upgrade"`
	HA            *bool            `json:"ha"`
	Isolated      bool             `json:"isolated_workers"`
	Firewall      *clusterFirewall `json:"control_plane_firewall"`
	Autoscaler    *autoscaler      `json:"cluster_autoscaler_configuration"`
	SSO           *clusterSSO      `json:"sso"`

	RoutingAgent  *pluginSwitch `json:"routing_agent"`
	AMDDevice     *pluginSwitch `json:"amd_gpu_device_plugin"`
	AMDMetrics    *pluginSwitch `json:"amd_gpu_device_metrics_exporter_plugin"`
	NvidiaDevice  *pluginSwitch `json:"nvidia_gpu_device_plugin"`
	RDMA          *pluginSwitch `json:"rdma_shared_dev_plugin"`
	CoreDNS       *pluginSwitch `json:"coredns_autoscaler"`
	P2PRegistry   *pluginSwitch `json:"p2p_oci_registry_plugin"`
	NvidiaDynamic *pluginSwitch `json:"nvidia_gpu_dra_driver"`
	AMDDynamic    *pluginSwitch `json:"amd_gpu_dra_driver"`
}

var kubernetesName = providers.NewPattern(`^[a-z0-9]([a-z0-9.-]{0,253}[a-z0-9])?$`)

func (c *Cloud) checkCluster(q *request, in *clusterSpec) error {
	switch {
	case !slices.Contains(kubernetesRegions, in.Region):
		return invalid("validation error: invalid region %q", in.Region)
	case kubernetesVersion(in.Version) == "":
		return invalid("validation error: invalid version slug %q", in.Version)
	case len(in.Pools) == 0:
		return invalid("validation error: a cluster must have at least one node pool")
	case (in.ClusterSubnet == "") != (in.ServiceSubnet == ""):
		return invalid("validation error: cluster_subnet and service_subnet must be set together")
	case in.WorkerSubnet != "" && in.VPC == "":
		return invalid("validation error: worker_subnet_uuid needs vpc_uuid")
	case in.Isolated:
		return invalid("validation error: isolated_workers needs a NAT gateway in the VPC")
	}
	for _, subnet := range []string{in.ClusterSubnet, in.ServiceSubnet} {
		if p, err := netip.ParsePrefix(subnet); subnet != "" && (err != nil || p != p.Masked()) {
			return invalid("validation error: %q is not a valid CIDR block", subnet)
		}
	}
	names := map[string]bool{}
	for _, p := range in.Pools {
		if err := p.checkNewPool(); err != nil {
			return err
		}
		if names[p.Name] {
			return invalid("validation error: node pool names must be unique: %q", p.Name)
		}
		names[p.Name] = true
	}
	return c.checkClusterShape("", in)
}

// checkClusterShape refuses what neither create nor PUT may say; id is the cluster
// that may keep its name.
func (c *Cloud) checkClusterShape(id string, in *clusterSpec) error {
	days := []string{"any", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	expanders := []string{"random", "priority", "least_waste"}
	switch {
	case !kubernetesName.MatchString(in.Name):
		return invalid("validation error: invalid cluster name %q", in.Name)
	case slices.ContainsFunc(c.s.Clusters, func(k *cluster) bool { return k.Name == in.Name && k.ID != id && !k.Hidden() }):
		return invalid("validation error: a cluster with this name already exists")
	case in.Window != nil && (!slices.Contains(days, in.Window.Day) || !maintenanceHour.MatchString(in.Window.StartTime)):
		return invalid("validation error: invalid maintenance policy")
	case on(in.NvidiaDevice) && on(in.NvidiaDynamic), on(in.AMDDevice) && on(in.AMDDynamic):
		return invalid("validation error: the device plugin and the DRA driver of a vendor exclude each other")
	case in.SSO != nil && in.SSO.Enabled && (in.SSO.IssuerURL == "" || in.SSO.ClientID == ""):
		return invalid("validation error: sso needs issuer_url and client_id")
	}
	if in.Autoscaler != nil {
		for _, e := range in.Autoscaler.Expanders {
			if !slices.Contains(expanders, e) {
				return invalid("validation error: invalid expander %q", e)
			}
		}
	}
	if in.Tags != nil {
		return checkTags(*in.Tags)
	}
	return nil
}

func on(s *pluginSwitch) bool { return s != nil && s.Enabled != nil && *s.Enabled }

// shapeCluster makes k as in says, in what create and PUT have in common. What was
// not sent stays.
func (c *Cloud) shapeCluster(k *cluster, in *clusterSpec) {
	k.Name = in.Name
	if in.Tags != nil {
		c.makeTags(*in.Tags)
		k.Tags = c.spell(*in.Tags)
	}
	if in.Window != nil {
		k.Window.Day, k.Window.StartTime = in.Window.Day, in.Window.StartTime
	}
	give(&k.AutoUpgrade, in.AutoUpgrade)
	give(&k.SurgeUpgrade, in.SurgeUpgrade)
	give(&k.HA, in.HA)
	if in.Firewall != nil {
		k.Firewall = in.Firewall
	}
	if in.SSO != nil {
		k.SSO = in.SSO
	}
	if a := in.Autoscaler; a != nil {
		k.Autoscaler = a
		if a.Threshold == 0 && a.Unneeded == "" && len(a.Expanders) == 0 {
			k.Autoscaler = nil
		}
	}
	for name, s := range map[string]*pluginSwitch{"routing_agent": in.RoutingAgent, "amd_gpu_device_plugin": in.AMDDevice,
		"amd_gpu_device_metrics_exporter_plugin": in.AMDMetrics, "nvidia_gpu_device_plugin": in.NvidiaDevice, "rdma_shared_dev_plugin": in.RDMA,
		"coredns_autoscaler": in.CoreDNS, "p2p_oci_registry_plugin": in.P2PRegistry, "nvidia_gpu_dra_driver": in.NvidiaDynamic, "amd_gpu_dra_driver": in.AMDDynamic} {
		if s != nil && s.Enabled != nil {
			k.Plugins[name] = *s.Enabled
		}
	}
}
