package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type kubernetesCluster struct {
	providers.Aside

	ID                            string              `cty:"id"                               is:"computed"         doc:"UUID of the cluster."`
	Name                          string              `cty:"name"                             is:"required"         doc:"Name, unique in the account."`
	Region                        string              `cty:"region"                           is:"required,replace" doc:"Slug of the region, such as fra1."`
	Version                       string              `cty:"version"                          is:"required"         doc:"Slug of the version, a minor one such as 1.33, or latest."`
	NodePool                      []clusterPool       `cty:"node_pool"                        is:"required,max=1"   doc:"The first node pool. A new size replaces the pool."`
	SurgeUpgrade                  bool                `cty:"surge_upgrade"                    is:"else=true"        doc:"Whether upgrades make new nodes before they drain old ones."`
	AutoUpgrade                   bool                `cty:"auto_upgrade"                     is:"optional"         doc:"Whether patches are installed in the maintenance window."`
	HA                            *bool               `cty:"ha"                               is:"default"          doc:"Whether the control plane has replicas; it stays so."`
	RegistryIntegration           bool                `cty:"registry_integration"             is:"else=false"       doc:"Whether nodes may pull from the account's registry."`
	VPCUUID                       string              `cty:"vpc_uuid"                         is:"default,replace,ref=digitalocean_vpc" doc:"UUID of its network; the region's default if absent."`
	WorkerSubnetUUID              string              `cty:"worker_subnet_uuid"               is:"default,replace"  doc:"UUID of the subnet of the nodes, with vpc_uuid."`
	ClusterSubnet                 string              `cty:"cluster_subnet"                   is:"default,replace"  doc:"Range of the pods in CIDR notation."`
	ServiceSubnet                 string              `cty:"service_subnet"                   is:"default,replace"  doc:"Range of the services in CIDR notation."`
	IsolatedWorkers               bool                `cty:"isolated_workers"                 is:"else=false,replace" doc:"Whether nodes have no public addresses; needs a NAT gateway."`
	Tags                          []string            `cty:"tags"                             is:"optional,set,ref=digitalocean_tag.name" doc:"Tags of the cluster."`
	MaintenancePolicy             []maintenancePolicy `cty:"maintenance_policy"               is:"default,max=1"    doc:"When patches are installed."`
	ClusterAutoscaler             []clusterAutoscaler `cty:"cluster_autoscaler_configuration" is:"optional,max=1"   doc:"How pools with auto_scale follow the load."`
	SSO                           []clusterSSO        `cty:"sso"                              is:"default,max=1"    doc:"Single sign-on by OpenID Connect."`
	ControlPlaneFirewall          []planeFirewall     `cty:"control_plane_firewall"           is:"default,max=1"    doc:"Who reaches the control plane."`
	RoutingAgent                  []clusterPlugin     `cty:"routing_agent"                    is:"default,max=1"    doc:"Agent that sets routes."`
	P2POCIRegistryPlugin          []clusterPlugin     `cty:"p2p_oci_registry_plugin"          is:"default,max=1"    doc:"Images that nodes get from each other."`
	AMDGPUDevicePlugin            []clusterPlugin     `cty:"amd_gpu_device_plugin"            is:"default,max=1"    doc:"Device plugin for GPUs of AMD."`
	AMDGPUMetricsExporterPlugin   []clusterPlugin     `cty:"amd_gpu_device_metrics_exporter_plugin" is:"default,max=1" doc:"Metrics of GPUs of AMD."`
	NvidiaGPUDevicePlugin         []clusterPlugin     `cty:"nvidia_gpu_device_plugin"         is:"default,max=1"    doc:"Device plugin for GPUs of NVIDIA."`
	NvidiaGPUDRADriver            []clusterPlugin     `cty:"nvidia_gpu_dra_driver"            is:"default,max=1"    doc:"Driver of dynamic allocation for GPUs of NVIDIA."`
	AMDGPUDRADriver               []clusterPlugin     `cty:"amd_gpu_dra_driver"               is:"default,max=1"    doc:"Driver of dynamic allocation for GPUs of AMD."`
	RDMASharedDevicePlugin        []clusterPlugin     `cty:"rdma_shared_device_plugin"        is:"default,max=1"    doc:"Device plugin for fast networks between GPUs."`
	CoreDNSAutoscaler             []clusterPlugin     `cty:"coredns_autoscaler"               is:"default,max=1"    doc:"CoreDNS that grows with the cluster."`
	DestroyAllAssociatedResources bool                `cty:"destroy_all_associated_resources" is:"else=false,blind" doc:"Whether what was made from within goes with the cluster."`
	KubeconfigExpireSeconds       int                 `cty:"kubeconfig_expire_seconds"        is:"optional,blind"   doc:"Life of the tokens in kube_config; a week if absent."`
	Project                       string              `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"Id of the project it is in; absent leaves it where it is."`
	KubeConfig                    []kubeConfig        `cty:"kube_config"                      is:"computed,sensitive,after=name,after=kubeconfig_expire_seconds" doc:"How clients reach the cluster; renewed by itself."`
	IPv4Address                   string              `cty:"ipv4_address"                     is:"computed,after=ha" doc:"Address of the control plane, without ha."`
	Endpoint                      string              `cty:"endpoint"                         is:"computed"         doc:"URL of the control plane."`
	Status                        string              `cty:"status"                           is:"computed"         doc:"State, such as running."`
	URN                           string              `cty:"urn"                              is:"computed"         doc:"Uniform resource name."`
	CreatedAt                     string              `cty:"created_at"                       is:"computed"         doc:"Time of creation, RFC 3339."`
	UpdatedAt                     string              `cty:"updated_at"                       is:"computed,after=name,after=version,after=node_pool,after=surge_upgrade,after=auto_upgrade,after=ha,after=registry_integration,after=tags,after=maintenance_policy,after=cluster_autoscaler_configuration,after=sso,after=control_plane_firewall,after=routing_agent,after=p2p_oci_registry_plugin,after=amd_gpu_device_plugin,after=amd_gpu_device_metrics_exporter_plugin,after=nvidia_gpu_device_plugin,after=nvidia_gpu_dra_driver,after=amd_gpu_dra_driver,after=rdma_shared_device_plugin,after=coredns_autoscaler"         doc:"Time of the last change, RFC 3339."`
}

type maintenancePolicy struct {
	Day       string `cty:"day"        is:"default" usual:"any"  doc:"Day of the week, or any."`
	StartTime string `cty:"start_time" is:"default" usual:"00:00"  doc:"Time in UTC, such as 03:00."`
	Duration  string `cty:"duration"   is:"computed" doc:"How long it may take."`
}

type clusterAutoscaler struct {
	ScaleDownUtilizationThreshold float64  `cty:"scale_down_utilization_threshold" is:"optional" doc:"Use of a node, 0 to 1, under which it may go."`
	ScaleDownUnneededTime         string   `cty:"scale_down_unneeded_time"         is:"optional" doc:"How long a node is not needed until it goes, such as 10m."`
	Expanders                     []string `cty:"expanders"                        is:"optional" doc:"How a pool to grow is chosen: random, priority, least_waste."`
}

type clusterSSO struct {
	Enabled   bool   `cty:"enabled"    is:"required" doc:"Whether people may sign on so."`
	Required  bool   `cty:"required"   is:"optional" doc:"Whether there is no other way."`
	IssuerURL string `cty:"issuer_url" is:"optional" doc:"URL of who vouches for them."`
	ClientID  string `cty:"client_id"  is:"optional" doc:"Id of the cluster there."`
}

type planeFirewall struct {
	Enabled          bool     `cty:"enabled"           is:"required" doc:"Whether only these addresses reach it."`
	AllowedAddresses []string `cty:"allowed_addresses" is:"required" doc:"Addresses and ranges in CIDR notation."`
}

// clusterPlugin is a part of a cluster that can be switched on.
type clusterPlugin struct {
	Enabled bool `cty:"enabled" is:"required" usual:"false" doc:"Whether it is installed."`
}

var kubernetesClusterType = inProject(providers.Resource[*client, kubernetesCluster]{
	Type:    "digitalocean_kubernetes_cluster",
	Doc:     "A managed Kubernetes cluster with its first node pool.",
	Holds:   "what runs in it",
	Create:  createKubernetesCluster,
	Read:    readKubernetesCluster,
	Update:  updateKubernetesCluster,
	Delete:  deleteKubernetesCluster,
	List:    listKubernetesClusters,
	Leaves:  leavesOfCluster,
	Mark:    providers.InTags,
	Normal:  normalKubernetesCluster,
	Spell:   spellKubernetesCluster,
	Check:   checkKubernetesCluster,
	Foresee: foreseeKubernetesCluster,
	Lock:    func(x kubernetesCluster) string { return kubernetesLock(x.ID) },
	Natural: func(x kubernetesCluster) string { return x.Name },
	// kube_config is a request of its own for each.
	Shallow: true,
	Examples: []string{
		`resource "digitalocean_kubernetes_cluster" "example" {
  name    = "ml"
  region  = "fra1"
  version = "1.33.4-do.2"

  node_pool {
    name       = "system"
    size       = "s-2vcpu-4gb"
    node_count = 1
  }
}`,
		`resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_kubernetes_cluster" "example" {
  name          = "ml-platform"
  region        = "fra1"
  version       = "1.34.1-do.1"
  ha            = true
  surge_upgrade = false
  tags          = ["ml"]
  project       = digitalocean_project.example.id

  node_pool {
    name       = "system"
    size       = "s-4vcpu-8gb"
    auto_scale = true
    min_nodes  = 1
    max_nodes  = 3
    labels     = { role = "system" }
  }

  maintenance_policy {
    day        = "sunday"
    start_time = "03:00"
  }

  cluster_autoscaler_configuration {
    scale_down_unneeded_time = "5m"
    expanders                = ["priority", "random"]
  }

  routing_agent {
    enabled = true
  }
}`,
		`resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_container_registry" "example" {
  name                   = "ml-images"
  subscription_tier_slug = "basic"
}

resource "digitalocean_vpc" "example" {
  name   = "ml"
  region = "ams3"
}

resource "digitalocean_kubernetes_cluster" "example" {
  name                             = "ml-platform"
  region                           = "ams3"
  version                          = "1.34"
  vpc_uuid                         = digitalocean_vpc.example.id
  registry_integration             = true
  destroy_all_associated_resources = true
  project                          = digitalocean_project.example.id
  depends_on                       = [digitalocean_container_registry.example]

  node_pool {
    name       = "system"
    size       = "s-2vcpu-4gb"
    node_count = 1
  }
}`,
	},
}, func(x *kubernetesCluster) (string, *string) { return x.URN, &x.Project })

// createKubernetesCluster leaves the registry to updateKubernetesCluster.
func createKubernetesCluster(ctx context.Context, c *client, x *kubernetesCluster, a providers.Attempt) error {
	want := *x
	got, err := sendCluster(ctx, c, "POST", clustersPath, newClusterBody(want, a))
	if err != nil {
		return err
	}
	x.fill(got)
	if want.RegistryIntegration {
		return providers.ErrAgain
	}
	return nil
}

func readKubernetesCluster(ctx context.Context, c *client, x *kubernetesCluster) error {
	got, now, err := getCluster(ctx, c, x.ID)
	if err != nil {
		return err
	}
	x.fill(got)
	if err := got.settled(); err != nil {
		return err
	}
	x.KubeConfig, err = refreshConfig(ctx, c, x.KubeConfig, got.KubernetesCluster, x.KubeconfigExpireSeconds, now)
	return err
}

func deleteKubernetesCluster(ctx context.Context, c *client, x kubernetesCluster) error {
	var err error
	if x.DestroyAllAssociatedResources {
		_, err = c.Kubernetes.DeleteDangerous(ctx, x.ID)
	} else {
		_, err = c.Kubernetes.Delete(ctx, x.ID)
	}
	return gone(err)
}

func listKubernetesClusters(ctx context.Context, c *client, _ kubernetesCluster) iter.Seq2[kubernetesCluster, error] {
	return func(yield func(kubernetesCluster, error) bool) {
		for got, err := range allClusters(ctx, c) {
			var x kubernetesCluster
			if err == nil {
				x.fill(&got)
				err = got.settled()
			}
			if !errors.Is(err, providers.ErrGone) && !yield(x, err) {
				return
			}
		}
	}
}

// kubernetesLock is the key of a cluster and of its pools: while it is being
// changed the API refuses other changes.
func kubernetesLock(clusterID string) string {
	if clusterID == "" {
		return ""
	}
	return "kubernetes-cluster/" + clusterID
}

const clustersPath = "/v2/kubernetes/clusters"

// kubernetesAnswer is a cluster as the API shows it. godo reads no answer with a
// state that it does not know, such as deleting.
type kubernetesAnswer struct {
	godo.KubernetesCluster
	Status struct {
		State   string `json:"state"`
		Message string `json:"message"`
	} `json:"status"`
}

// sendCluster makes or changes a cluster.
func sendCluster(ctx context.Context, c *client, method, path string, body any) (*kubernetesAnswer, error) {
	var out struct {
		Cluster kubernetesAnswer `json:"kubernetes_cluster"`
	}
	err := call(ctx, c, method, path, body, &out)
	return &out.Cluster, err
}

// getCluster returns a cluster and the time of the API's clock.
func getCluster(ctx context.Context, c *client, id string) (*kubernetesAnswer, time.Time, error) {
	var out struct {
		Cluster kubernetesAnswer `json:"kubernetes_cluster"`
	}
	resp, err := send(ctx, c, "GET", clustersPath+"/"+id, nil, &out)
	if err != nil {
		return nil, time.Time{}, gone(err)
	}
	return &out.Cluster, served(resp), nil
}

func allClusters(ctx context.Context, c *client) iter.Seq2[kubernetesAnswer, error] {
	return pages(ctx, func(ctx context.Context, opt *godo.ListOptions) ([]kubernetesAnswer, *godo.Response, error) {
		path := fmt.Sprintf("%s?page=%d&per_page=%d", clustersPath, opt.Page, opt.PerPage)
		var out struct {
			Clusters []kubernetesAnswer `json:"kubernetes_clusters"`
			Links    *godo.Links        `json:"links"`
		}
		resp, err := send(ctx, c, "GET", path, nil, &out)
		if err != nil {
			return nil, resp, err
		}
		resp.Links = out.Links
		return out.Clusters, resp, nil
	}, whole[kubernetesAnswer])
}

// settled returns ErrNotReady while the cluster or its first pool is being made or
// changed, and ErrBroken with the reason when that has failed.
func (k *kubernetesAnswer) settled() error {
	switch k.Status.State {
	case "running", "degraded":
	case "error":
		return fmt.Errorf("%s: %w", k.Status.Message, providers.ErrBroken)
	case "deleted":
		return providers.ErrGone
	default:
		return providers.ErrNotReady
	}
	if p := defaultPool(k.NodePools); p != nil {
		return settledPool(p)
	}
	return nil
}

func normalKubernetesCluster(x *kubernetesCluster) {
	x.Region = strings.ToLower(x.Region)
	for i := range x.MaintenancePolicy {
		x.MaintenancePolicy[i].Day = strings.ToLower(x.MaintenancePolicy[i].Day)
	}
	for _, a := range x.ClusterAutoscaler {
		for i, e := range a.Expanders { // Kubernetes writes it with a dash
			a.Expanders[i] = strings.ReplaceAll(e, "-", "_")
		}
	}
}

// spellKubernetesCluster keeps a version that was written as a minor one or as
// latest, that of a cluster which patches itself, the count of what scales, and the
// token of two that ends later.
func spellKubernetesCluster(was kubernetesCluster, x *kubernetesCluster) {
	if sameVersion(was.Version, x.Version) || sameVersion(x.Version, was.Version) || x.AutoUpgrade && patched(x.Version, was.Version) {
		x.Version = was.Version
	}
	if len(was.NodePool) == 1 && len(x.NodePool) == 1 {
		x.NodePool[0].spell(was.NodePool[0])
	}
	if len(was.KubeConfig) == 1 && len(x.KubeConfig) == 1 && was.KubeConfig[0].outlives(x.KubeConfig[0]) {
		x.KubeConfig = was.KubeConfig
	}
}
