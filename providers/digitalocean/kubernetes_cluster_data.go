package digitalocean

import (
	"context"
	"fmt"
	"time"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type kubernetesLookup struct {
	ID                          string              `cty:"id"                                     is:"computed" doc:"UUID of the cluster."`
	Name                        string              `cty:"name"                                   is:"required" doc:"Name of the cluster."`
	KubeconfigExpireSeconds     int                 `cty:"kubeconfig_expire_seconds"              is:"optional" doc:"Life of the token in kube_config; a week if absent."`
	Region                      string              `cty:"region"                                 is:"computed" doc:"Slug of the region."`
	Version                     string              `cty:"version"                                is:"computed" doc:"Slug of the version."`
	NodePool                    []clusterPool       `cty:"node_pool"                              is:"computed" doc:"The first node pool."`
	SurgeUpgrade                bool                `cty:"surge_upgrade"                          is:"computed" doc:"Whether upgrades make new nodes first."`
	AutoUpgrade                 bool                `cty:"auto_upgrade"                           is:"computed" doc:"Whether patches are installed by themselves."`
	HA                          bool                `cty:"ha"                                     is:"computed" doc:"Whether the control plane has replicas."`
	VPCUUID                     string              `cty:"vpc_uuid"                               is:"computed" doc:"UUID of its network."`
	WorkerSubnetUUID            string              `cty:"worker_subnet_uuid"                     is:"computed" doc:"UUID of the subnet of the nodes."`
	ClusterSubnet               string              `cty:"cluster_subnet"                         is:"computed" doc:"Range of the pods in CIDR notation."`
	ServiceSubnet               string              `cty:"service_subnet"                         is:"computed" doc:"Range of the services in CIDR notation."`
	IsolatedWorkers             bool                `cty:"isolated_workers"                       is:"computed" doc:"Whether nodes have no public addresses."`
	Tags                        []string            `cty:"tags"                                   is:"computed,set" doc:"Tags of the cluster."`
	MaintenancePolicy           []maintenancePolicy `cty:"maintenance_policy"                     is:"computed" doc:"When patches are installed."`
	ClusterAutoscaler           []clusterAutoscaler `cty:"cluster_autoscaler_configuration"       is:"computed" doc:"How pools with auto_scale follow the load."`
	SSO                         []clusterSSO        `cty:"sso"                                    is:"computed" doc:"Single sign-on by OpenID Connect."`
	ControlPlaneFirewall        []planeFirewall     `cty:"control_plane_firewall"                 is:"computed" doc:"Who reaches the control plane."`
	RoutingAgent                []clusterPlugin     `cty:"routing_agent"                          is:"computed" doc:"Agent that sets routes."`
	P2POCIRegistryPlugin        []clusterPlugin     `cty:"p2p_oci_registry_plugin"                is:"computed" doc:"Images that nodes get from each other."`
	AMDGPUDevicePlugin          []clusterPlugin     `cty:"amd_gpu_device_plugin"                  is:"computed" doc:"Device plugin for GPUs of AMD."`
	AMDGPUMetricsExporterPlugin []clusterPlugin     `cty:"amd_gpu_device_metrics_exporter_plugin" is:"computed" doc:"Metrics of GPUs of AMD."`
	NvidiaGPUDevicePlugin       []clusterPlugin     `cty:"nvidia_gpu_device_plugin"               is:"computed" doc:"Device plugin for GPUs of NVIDIA."`
	NvidiaGPUDRADriver          []clusterPlugin     `cty:"nvidia_gpu_dra_driver"                  is:"computed" doc:"Driver of dynamic allocation for GPUs of NVIDIA."`
	AMDGPUDRADriver             []clusterPlugin     `cty:"amd_gpu_dra_driver"                     is:"computed" doc:"Driver of dynamic allocation for GPUs of AMD."`
	RDMASharedDevicePlugin      []clusterPlugin     `cty:"rdma_shared_device_plugin"              is:"computed" doc:"Device plugin for fast networks between GPUs."`
	CoreDNSAutoscaler           []clusterPlugin     `cty:"coredns_autoscaler"                     is:"computed" doc:"CoreDNS that grows with the cluster."`
	KubeConfig                  []kubeConfig        `cty:"kube_config"                            is:"computed,sensitive" doc:"How clients reach the cluster."`
	IPv4Address                 string              `cty:"ipv4_address"                           is:"computed" doc:"Address of the control plane, without ha."`
	Endpoint                    string              `cty:"endpoint"                               is:"computed" doc:"URL of the control plane."`
	Status                      string              `cty:"status"                                 is:"computed" doc:"State, such as running."`
	URN                         string              `cty:"urn"                                    is:"computed" doc:"Uniform resource name."`
	CreatedAt                   string              `cty:"created_at"                             is:"computed" doc:"Time of creation, RFC 3339."`
	UpdatedAt                   string              `cty:"updated_at"                             is:"computed" doc:"Time of the last change, RFC 3339."`
}

var kubernetesClusterData = providers.DataSource[*client, kubernetesLookup]{
	Type: "digitalocean_kubernetes_cluster",
	Doc:  "A Kubernetes cluster by its name, with a token to reach it.",
	Read: lookUpKubernetesCluster,
	Examples: []string{
		exampleKubernetes + `

data "digitalocean_kubernetes_cluster" "example" {
  name = digitalocean_kubernetes_cluster.ml.name
}`,
	},
}

func lookUpKubernetesCluster(ctx context.Context, c *client, x *kubernetesLookup) error {
	for got, err := range providers.All(ctx, c, kubernetesClusterType, kubernetesCluster{}) {
		if err != nil && (!isState(err) || got.Name == x.Name) {
			return err
		}
		if got.Name != x.Name {
			continue
		}
		x.fill(got)
		x.KubeConfig, err = refreshConfig(ctx, c, nil, godo.KubernetesCluster{ID: got.ID, Name: got.Name, RegionSlug: got.Region}, x.KubeconfigExpireSeconds, time.Time{})
		return err
	}
	return fmt.Errorf("no Kubernetes cluster is called %q", x.Name)
}

func (x *kubernetesLookup) fill(got kubernetesCluster) {
	expire := x.KubeconfigExpireSeconds
	providers.Shape(x, got)
	x.KubeconfigExpireSeconds = expire // as it is configured
}
