package digitalocean

import (
	"context"
	"fmt"
	"iter"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// kubernetesNodePool is clusterPool as a resource of its own.
type kubernetesNodePool struct {
	ID              string `cty:"id"                is:"computed"         doc:"UUID of the pool."`
	ClusterID       string `cty:"cluster_id"        is:"required,replace,ref=digitalocean_kubernetes_cluster" doc:"UUID of the cluster."`
	Name            string `cty:"name"              is:"required"         doc:"Name, unique in the cluster."`
	Size            string `cty:"size"              is:"required,replace" doc:"Slug of the nodes' size, such as s-2vcpu-4gb."`
	ActualNodeCount int    `cty:"actual_node_count" is:"computed,after=node_count,after=auto_scale,after=min_nodes,after=max_nodes" doc:"Number of nodes that there are."`
	nodePool
	Nodes            []clusterNode `cty:"nodes"              is:"computed,after=node_count,after=auto_scale,after=min_nodes,after=max_nodes" doc:"The nodes."`
	GPUPartitionMode string        `cty:"gpu_partition_mode" is:"optional,replace" doc:"How AMD GPUs are split."`
}

var kubernetesNodePoolType = providers.Resource[*client, kubernetesNodePool]{
	Type:    "digitalocean_kubernetes_node_pool",
	Doc:     "A group of equal workers of a Kubernetes cluster, beside its first one.",
	Create:  createNodePool,
	Read:    readNodePool,
	Update:  updateNodePool,
	Delete:  deleteNodePool,
	List:    listNodePools,
	Within:  func(x kubernetesNodePool) string { return x.ClusterID },
	Check:   checkNodePool,
	Spell:   spellNodePool,
	Lock:    func(x kubernetesNodePool) string { return kubernetesLock(x.ClusterID) },
	Natural: func(x kubernetesNodePool) string { return x.Name },
	Examples: []string{
		exampleKubernetes + `

resource "digitalocean_kubernetes_node_pool" "example" {
  cluster_id = digitalocean_kubernetes_cluster.ml.id
  name       = "batch"
  size       = "s-2vcpu-4gb"
  node_count = 1
}`,
		exampleKubernetes + `

resource "digitalocean_kubernetes_node_pool" "example" {
  cluster_id = digitalocean_kubernetes_cluster.ml.id
  name       = "training"
  size       = "s-2vcpu-4gb"
  auto_scale = true
  min_nodes  = 1
  max_nodes  = 4
  tags       = ["training"]
  labels     = { workload = "training" }

  taint {
    key    = "workload"
    value  = "training"
    effect = "NoSchedule"
  }
}`,
		exampleKubernetes + `

resource "digitalocean_kubernetes_node_pool" "example" {
  cluster_id = digitalocean_kubernetes_cluster.ml.id
  name       = "training"
  size       = "s-4vcpu-8gb"
  node_count = 2
}`,
	},
}

const exampleKubernetes = `resource "digitalocean_kubernetes_cluster" "ml" {
  name    = "ml"
  region  = "fra1"
  version = "1.33.6-do.0"

  node_pool {
    name       = "system"
    size       = "s-2vcpu-4gb"
    node_count = 1
  }
}`

func createNodePool(ctx context.Context, c *client, x *kubernetesNodePool, _ providers.Attempt) error {
	p := x.pool()
	got, err := sendPool(ctx, c, "POST", poolsPath(x.ClusterID), p.body(p.startCount()))
	if err != nil {
		return err
	}
	x.fill(got)
	return nil
}

func readNodePool(ctx context.Context, c *client, x *kubernetesNodePool) error {
	if x.ClusterID == "" {
		return findNodePool(ctx, c, x)
	}
	got, _, err := c.Kubernetes.GetNodePool(ctx, x.ClusterID, x.ID)
	if err != nil {
		return gone(err)
	}
	x.fill(got)
	return settledPool(got)
}

// findNodePool looks through all clusters for a pool that is known by its id alone,
// as an import is.
func findNodePool(ctx context.Context, c *client, x *kubernetesNodePool) error {
	for k, err := range allClusters(ctx, c) {
		if err != nil {
			return err
		}
		for _, got := range k.NodePools {
			switch {
			case got.ID != x.ID:
			case belongsToCluster(got, k.NodePools):
				return fmt.Errorf("node pool %q belongs to digitalocean_kubernetes_cluster: import the cluster %s instead", got.Name, k.ID)
			default:
				x.ClusterID = k.ID
				x.fill(got)
				return settledPool(got)
			}
		}
	}
	return providers.ErrGone
}

// updateNodePool replaces all of the pool but its size.
func updateNodePool(ctx context.Context, c *client, was kubernetesNodePool, x *kubernetesNodePool) error {
	now, _, err := c.Kubernetes.GetNodePool(ctx, was.ClusterID, was.ID)
	if err != nil {
		return gone(err)
	}
	p := x.pool()
	body := p.body(p.nextCount(was.pool(), now.Count))
	body.Size, body.GPUPartitionMode = "", ""
	got, err := sendPool(ctx, c, "PUT", poolsPath(was.ClusterID)+"/"+was.ID, body)
	if err != nil {
		return err
	}
	x.fill(got)
	return nil
}

// deleteNodePool returns when the nodes begin to drain.
func deleteNodePool(ctx context.Context, c *client, x kubernetesNodePool) error {
	_, err := c.Kubernetes.DeleteNodePool(ctx, x.ClusterID, x.ID)
	return gone(err)
}

// listNodePools leaves out what belongs to the cluster's own resource.
func listNodePools(ctx context.Context, c *client, in kubernetesNodePool) iter.Seq2[kubernetesNodePool, error] {
	return func(yield func(kubernetesNodePool, error) bool) {
		if in.ClusterID == "" {
			return
		}
		all, _, err := c.Kubernetes.ListNodePools(ctx, in.ClusterID, nil)
		if gone(err) == providers.ErrGone {
			return
		}
		if err != nil {
			yield(kubernetesNodePool{}, err)
			return
		}
		for _, got := range all {
			if belongsToCluster(got, all) {
				continue
			}
			x := kubernetesNodePool{ClusterID: in.ClusterID}
			if x.fill(got); !yield(x, settledPool(got)) {
				return
			}
		}
	}
}

func poolsPath(clusterID string) string {
	return "/v2/kubernetes/clusters/" + clusterID + "/node_pools"
}

// sendPool makes or changes a pool.
func sendPool(ctx context.Context, c *client, method, path string, body poolBody) (*godo.KubernetesNodePool, error) {
	var out struct {
		Pool godo.KubernetesNodePool `json:"node_pool"`
	}
	err := call(ctx, c, method, path, body, &out)
	return &out.Pool, err
}

func checkNodePool(_ *kubernetesNodePool, x kubernetesNodePool) error {
	p := x.pool()
	return p.check()
}

func spellNodePool(was kubernetesNodePool, x *kubernetesNodePool) {
	p := x.pool()
	p.spell(was.pool())
	x.NodeCount = p.NodeCount
}

func (x *kubernetesNodePool) pool() clusterPool {
	return clusterPool{
		ID: x.ID, Name: x.Name, Size: x.Size, ActualNodeCount: x.ActualNodeCount, Nodes: x.Nodes,
		GPUPartitionMode: x.GPUPartitionMode, nodePool: x.nodePool,
	}
}

func (x *kubernetesNodePool) fill(got *godo.KubernetesNodePool) {
	p := x.pool()
	p.fill(got)
	*x = kubernetesNodePool{
		ID: p.ID, ClusterID: x.ClusterID, Name: p.Name, Size: p.Size, ActualNodeCount: p.ActualNodeCount, Nodes: p.Nodes,
		GPUPartitionMode: p.GPUPartitionMode, nodePool: p.nodePool,
	}
}
