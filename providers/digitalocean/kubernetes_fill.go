package digitalocean

import (
	"slices"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// newCluster is the request for a cluster. Its pools are ours: godo leaves out what
// is empty.
type newCluster struct {
	*godo.KubernetesClusterCreateRequest
	NodePools         []poolBody                        `json:"node_pools"`
	MaintenancePolicy *godo.KubernetesMaintenancePolicy `json:"maintenance_policy,omitempty"`
}

// clusterChange is the request for the cluster as it is to be. Its tags are ours, and
// so is surge_upgrade: godo leaves out none and false.
type clusterChange struct {
	*godo.KubernetesClusterUpdateRequest
	Tags         []string `json:"tags"`
	SurgeUpgrade bool     `json:"surge_upgrade"`
}

func newClusterBody(x kubernetesCluster, a providers.Attempt) newCluster {
	a.Token = "" // the name tells it apart, and nodes would bear the mark
	change := clusterBody(x, nil)
	pool := x.NodePool[0]
	return newCluster{
		KubernetesClusterCreateRequest: &godo.KubernetesClusterCreateRequest{
			Name: x.Name, RegionSlug: x.Region, VersionSlug: x.Version, Tags: marked(x.Tags, a),
			VPCUUID: x.VPCUUID, WorkerSubnetUUID: x.WorkerSubnetUUID, ClusterSubnet: x.ClusterSubnet, ServiceSubnet: x.ServiceSubnet,
			HA: x.HA, AutoUpgrade: x.AutoUpgrade, SurgeUpgrade: x.SurgeUpgrade, IsolatedWorkers: x.IsolatedWorkers,
			ControlPlaneFirewall: change.ControlPlaneFirewall, ClusterAutoscalerConfiguration: change.ClusterAutoscalerConfiguration, SSO: change.SSO,
			RoutingAgent: change.RoutingAgent, P2pOciRegistryPlugin: change.P2pOciRegistryPlugin,
			AmdGpuDevicePlugin: change.AmdGpuDevicePlugin, AmdGpuDeviceMetricsExporterPlugin: change.AmdGpuDeviceMetricsExporterPlugin,
			NvidiaGpuDevicePlugin: change.NvidiaGpuDevicePlugin, NvidiaGpuDraDriver: change.NvidiaGpuDraDriver,
			AmdGpuDraDriver: change.AmdGpuDraDriver, RdmaSharedDevicePlugin: change.RdmaSharedDevicePlugin, CorednsAutoscaler: change.CorednsAutoscaler,
		},
		NodePools:         []poolBody{pool.body(pool.startCount(), defaultPoolTag)},
		MaintenancePolicy: change.MaintenancePolicy,
	}
}

// clusterBody returns the request for x, which keeps the marks.
func clusterBody(x kubernetesCluster, marks []string) clusterChange {
	out := &godo.KubernetesClusterUpdateRequest{Name: x.Name, AutoUpgrade: &x.AutoUpgrade, HA: x.HA}
	for _, m := range x.MaintenancePolicy {
		day, _ := godo.KubernetesMaintenanceToDay(m.Day) // checked; none is any
		out.MaintenancePolicy = &godo.KubernetesMaintenancePolicy{Day: day, StartTime: m.StartTime}
	}
	for _, a := range x.ClusterAutoscaler {
		out.ClusterAutoscalerConfiguration = autoscalerBody(a)
	}
	for _, s := range x.SSO {
		out.SSO = &godo.KubernetesClusterSSO{Enabled: s.Enabled, Required: s.Required, IssuerURL: s.IssuerURL, ClientID: s.ClientID}
	}
	for _, f := range x.ControlPlaneFirewall {
		out.ControlPlaneFirewall = &godo.KubernetesControlPlaneFirewall{Enabled: &f.Enabled, AllowedAddresses: f.AllowedAddresses}
	}
	for _, p := range x.RoutingAgent {
		out.RoutingAgent = &godo.KubernetesRoutingAgent{Enabled: &p.Enabled}
	}
	for _, p := range x.P2POCIRegistryPlugin {
		out.P2pOciRegistryPlugin = &godo.KubernetesP2pOciRegistry{Enabled: &p.Enabled}
	}
	for _, p := range x.AMDGPUDevicePlugin {
		out.AmdGpuDevicePlugin = &godo.KubernetesAmdGpuDevicePlugin{Enabled: &p.Enabled}
	}
	for _, p := range x.AMDGPUMetricsExporterPlugin {
		out.AmdGpuDeviceMetricsExporterPlugin = &godo.KubernetesAmdGpuDeviceMetricsExporterPlugin{Enabled: &p.Enabled}
	}
	for _, p := range x.NvidiaGPUDevicePlugin {
		out.NvidiaGpuDevicePlugin = &godo.KubernetesNvidiaGpuDevicePlugin{Enabled: &p.Enabled}
	}
	for _, p := range x.NvidiaGPUDRADriver {
		out.NvidiaGpuDraDriver = &godo.KubernetesNvidiaGpuDraDriver{Enabled: &p.Enabled}
	}
	for _, p := range x.AMDGPUDRADriver {
		out.AmdGpuDraDriver = &godo.KubernetesAmdGpuDraDriver{Enabled: &p.Enabled}
	}
	for _, p := range x.RDMASharedDevicePlugin {
		out.RdmaSharedDevicePlugin = &godo.KubernetesRdmaSharedDevicePlugin{Enabled: &p.Enabled}
	}
	for _, p := range x.CoreDNSAutoscaler {
		out.CorednsAutoscaler = &godo.KubernetesCorednsAutoscaler{Enabled: &p.Enabled}
	}
	tags := append([]string{}, slices.Sorted(slices.Values(x.Tags))...)
	return clusterChange{KubernetesClusterUpdateRequest: out, Tags: append(tags, marks...), SurgeUpgrade: x.SurgeUpgrade}
}

// autoscalerBody names every field: the API leaves what is not sent as it is.
func autoscalerBody(a clusterAutoscaler) *godo.KubernetesClusterAutoscalerConfiguration {
	return &godo.KubernetesClusterAutoscalerConfiguration{
		ScaleDownUtilizationThreshold: &a.ScaleDownUtilizationThreshold, ScaleDownUnneededTime: &a.ScaleDownUnneededTime,
		Expanders: append([]string{}, a.Expanders...),
	}
}

func (x *kubernetesCluster) fill(got *kubernetesAnswer) {
	x.ID, x.Name, x.Region, x.Version = got.ID, got.Name, got.RegionSlug, got.VersionSlug
	x.SurgeUpgrade, x.AutoUpgrade, x.HA, x.RegistryIntegration = got.SurgeUpgrade, got.AutoUpgrade, &got.HA, got.RegistryEnabled
	x.VPCUUID, x.WorkerSubnetUUID, x.ClusterSubnet, x.ServiceSubnet = got.VPCUUID, got.WorkerSubnetUUID, got.ClusterSubnet, got.ServiceSubnet
	x.IsolatedWorkers, x.Owner, x.Tags = got.IsolatedWorkers, ownerOf(got.Tags), respelled(x.Tags, ownTags(got.Tags))
	x.IPv4Address, x.Endpoint, x.Status, x.URN = got.IPv4, got.Endpoint, got.Status.State, got.URN()
	x.CreatedAt, x.UpdatedAt = rfc3339(got.CreatedAt), rfc3339(got.UpdatedAt)
	var pool clusterPool
	if len(x.NodePool) > 0 {
		pool = x.NodePool[0]
	}
	x.NodePool = nil
	if p := defaultPool(got.NodePools); p != nil {
		pool.fill(p)
		x.NodePool = []clusterPool{pool}
	}
	x.fillBlocks(got)
}

func (x *kubernetesCluster) fillBlocks(got *kubernetesAnswer) {
	x.MaintenancePolicy, x.ClusterAutoscaler, x.SSO, x.ControlPlaneFirewall = nil, nil, nil, nil
	if m := got.MaintenancePolicy; m != nil {
		x.MaintenancePolicy = []maintenancePolicy{{Day: m.Day.String(), StartTime: m.StartTime, Duration: m.Duration}}
	}
	if a := got.ClusterAutoscalerConfiguration; a != nil {
		x.ClusterAutoscaler = []clusterAutoscaler{{
			ScaleDownUtilizationThreshold: valueOf(a.ScaleDownUtilizationThreshold), ScaleDownUnneededTime: valueOf(a.ScaleDownUnneededTime),
			Expanders: a.Expanders,
		}}
	}
	if s := got.SSO; s != nil {
		x.SSO = []clusterSSO{{Enabled: s.Enabled, Required: s.Required, IssuerURL: s.IssuerURL, ClientID: s.ClientID}}
	}
	if f := got.ControlPlaneFirewall; f != nil {
		x.ControlPlaneFirewall = []planeFirewall{{Enabled: valueOf(f.Enabled), AllowedAddresses: f.AllowedAddresses}}
	}
	x.RoutingAgent = pluginOf(got.RoutingAgent != nil, func() *bool { return got.RoutingAgent.Enabled })
	x.P2POCIRegistryPlugin = pluginOf(got.P2pOciRegistryPlugin != nil, func() *bool { return got.P2pOciRegistryPlugin.Enabled })
	x.AMDGPUDevicePlugin = pluginOf(got.AmdGpuDevicePlugin != nil, func() *bool { return got.AmdGpuDevicePlugin.Enabled })
	x.AMDGPUMetricsExporterPlugin = pluginOf(got.AmdGpuDeviceMetricsExporterPlugin != nil, func() *bool { return got.AmdGpuDeviceMetricsExporterPlugin.Enabled })
	x.NvidiaGPUDevicePlugin = pluginOf(got.NvidiaGpuDevicePlugin != nil, func() *bool { return got.NvidiaGpuDevicePlugin.Enabled })
	x.NvidiaGPUDRADriver = pluginOf(got.NvidiaGpuDraDriver != nil, func() *bool { return got.NvidiaGpuDraDriver.Enabled })
	x.AMDGPUDRADriver = pluginOf(got.AmdGpuDraDriver != nil, func() *bool { return got.AmdGpuDraDriver.Enabled })
	x.RDMASharedDevicePlugin = pluginOf(got.RdmaSharedDevicePlugin != nil, func() *bool { return got.RdmaSharedDevicePlugin.Enabled })
	x.CoreDNSAutoscaler = pluginOf(got.CorednsAutoscaler != nil, func() *bool { return got.CorednsAutoscaler.Enabled })
}

// pluginOf returns the block of a plugin that the answer shows.
func pluginOf(shown bool, enabled func() *bool) []clusterPlugin {
	if !shown {
		return nil
	}
	return []clusterPlugin{{Enabled: valueOf(enabled())}}
}

// valueOf returns what p points to, zero for nothing.
func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
