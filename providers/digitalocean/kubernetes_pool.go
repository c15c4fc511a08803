package digitalocean

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// nodePool is what the pool of a cluster and a pool of its own have in common.
type nodePool struct {
	NodeCount int               `cty:"node_count" is:"default"      doc:"Number of nodes; with auto_scale that to start from."`
	AutoScale bool              `cty:"auto_scale" is:"else=false"   doc:"Whether the number of nodes follows the load."`
	MinNodes  int               `cty:"min_nodes"  is:"optional"     doc:"Least number of nodes with auto_scale."`
	MaxNodes  int               `cty:"max_nodes"  is:"optional"     doc:"Largest number of nodes with auto_scale."`
	Tags      []string          `cty:"tags"       is:"optional,set,ref=digitalocean_tag.name" doc:"Tags of the nodes."`
	Labels    map[string]string `cty:"labels"     is:"optional"     doc:"Labels of the nodes in Kubernetes."`
	Taint     []nodeTaint       `cty:"taint"      is:"optional,set" doc:"Taint of the nodes, which keeps pods away."`
}

// clusterPool is the pool that a cluster is made with. It is replaced by itself: the
// cluster stays.
type clusterPool struct {
	ID              string `cty:"id"                is:"computed,after=size,after=gpu_partition_mode" doc:"UUID of the pool."`
	Name            string `cty:"name"              is:"required" doc:"Name, unique in the cluster."`
	Size            string `cty:"size"              is:"required" doc:"Slug of the nodes' size; a change makes a new pool."`
	ActualNodeCount int    `cty:"actual_node_count" is:"computed,after=node_count,after=auto_scale,after=min_nodes,after=max_nodes,after=size" doc:"Number of nodes that there are."`
	nodePool
	Nodes            []clusterNode `cty:"nodes"              is:"computed,after=node_count,after=auto_scale,after=min_nodes,after=max_nodes,after=size" doc:"The nodes."`
	GPUPartitionMode string        `cty:"gpu_partition_mode" is:"optional" doc:"How AMD GPUs are split; a change makes a new pool."`
}

type clusterNode struct {
	ID        string `cty:"id"         is:"computed" doc:"UUID of the node."`
	Name      string `cty:"name"       is:"computed" doc:"Name of the node."`
	Status    string `cty:"status"     is:"computed" doc:"provisioning, running, draining or deleting."`
	DropletID string `cty:"droplet_id" is:"computed" doc:"Id of its droplet."`
	CreatedAt string `cty:"created_at" is:"computed" doc:"Time of creation, RFC 3339."`
	UpdatedAt string `cty:"updated_at" is:"computed" doc:"Time of the last change, RFC 3339."`
}

type nodeTaint struct {
	Key    string `cty:"key"    is:"required" doc:"Key, such as nvidia.com/gpu."             json:"key"`
	Value  string `cty:"value"  is:"required" doc:"Value, which may be empty."               json:"value"`
	Effect string `cty:"effect" is:"required" doc:"NoSchedule, PreferNoSchedule or NoExecute." json:"effect"`
}

// poolBody is a pool in a request. godo leaves out what is empty: labels and tags
// could not be taken away.
type poolBody struct {
	Name             string            `json:"name"`
	Size             string            `json:"size,omitempty"`
	Count            int               `json:"count"`
	Tags             []string          `json:"tags"`
	Labels           map[string]string `json:"labels"`
	Taints           []nodeTaint       `json:"taints"`
	AutoScale        bool              `json:"auto_scale"`
	MinNodes         int               `json:"min_nodes"`
	MaxNodes         int               `json:"max_nodes"`
	GPUPartitionMode string            `json:"gpu_partition_mode,omitempty"`
}

// body returns the request for x with count nodes and the tags of ours.
func (x *clusterPool) body(count int, ours ...string) poolBody {
	taints := slices.Clone(x.Taint)
	slices.SortFunc(taints, func(a, b nodeTaint) int { return strings.Compare(a.Key+a.Effect, b.Key+b.Effect) })
	labels := x.Labels
	if labels == nil {
		labels = map[string]string{}
	}
	return poolBody{
		Name: x.Name, Size: x.Size, Count: count, Tags: append(append([]string{}, slices.Sorted(slices.Values(x.Tags))...), ours...), Labels: labels,
		Taints: append([]nodeTaint{}, taints...), AutoScale: x.AutoScale, MinNodes: x.MinNodes, MaxNodes: x.MaxNodes,
		GPUPartitionMode: x.GPUPartitionMode,
	}
}

// startCount is how many nodes x begins with.
func (x *clusterPool) startCount() int {
	if x.AutoScale && x.NodeCount == 0 {
		return max(x.MinNodes, 1)
	}
	return x.NodeCount
}

// nextCount is how many nodes x, which was and has got now, is to have: what
// scales by itself keeps what it has, unless another number is asked for.
func (x *clusterPool) nextCount(was clusterPool, got int) int {
	n := x.NodeCount
	if n == 0 || x.AutoScale && n == was.NodeCount {
		n = got
	}
	if x.AutoScale {
		return min(max(n, x.MinNodes), x.MaxNodes)
	}
	return n
}

func (x *clusterPool) fill(got *godo.KubernetesNodePool) {
	count := got.Count
	if got.AutoScale && x.NodeCount > 0 {
		count = x.NodeCount // what it started from; it scales by itself
	}
	x.ID, x.Name, x.Size, x.NodeCount, x.ActualNodeCount = got.ID, got.Name, got.Size, count, got.Count
	x.AutoScale, x.MinNodes, x.MaxNodes, x.GPUPartitionMode = got.AutoScale, got.MinNodes, got.MaxNodes, got.GPUPartitionMode
	x.Tags, x.Labels = respelled(x.Tags, ownTags(got.Tags)), got.Labels
	x.Nodes, x.Taint = nil, nil
	for _, n := range got.Nodes {
		node := clusterNode{ID: n.ID, Name: n.Name, DropletID: n.DropletID, CreatedAt: rfc3339(n.CreatedAt), UpdatedAt: rfc3339(n.UpdatedAt)}
		if n.Status != nil {
			node.Status = n.Status.State
		}
		x.Nodes = append(x.Nodes, node)
	}
	for _, t := range got.Taints {
		x.Taint = append(x.Taint, nodeTaint(t))
	}
}

// spell keeps the number of nodes that was asked for where it scales by itself: what
// the API shows, and only that, has two equal counts.
func (x *clusterPool) spell(was clusterPool) {
	if x.AutoScale && was.AutoScale && was.NodeCount > 0 && x.NodeCount == x.ActualNodeCount {
		x.NodeCount = was.NodeCount
	}
}

// settledPool returns ErrNotReady until the nodes run that a pool is to have.
func settledPool(got *godo.KubernetesNodePool) error {
	running := 0
	for _, n := range got.Nodes {
		if n.Status != nil && n.Status.State == "running" {
			running++
		}
	}
	if got.AutoScale && running >= got.MinNodes {
		return nil
	}
	if running != got.Count || len(got.Nodes) != got.Count {
		return providers.ErrNotReady
	}
	return nil
}

// defaultPoolTag is how Terraform's provider marks the pool that belongs to the
// cluster's own resource; leavingPoolTag marks one that another is taking the
// place of.
const (
	defaultPoolTag = "terraform:default-node-pool"
	leavingPoolTag = "mlinfra:leaving-node-pool"
)

// defaultPool returns the pool that belongs to the cluster's own resource: one that
// is being replaced as long as it is there, else the marked one, else the first.
func defaultPool(pools []*godo.KubernetesNodePool) *godo.KubernetesNodePool {
	for _, tag := range []string{leavingPoolTag, defaultPoolTag} {
		for _, p := range pools {
			if slices.Contains(p.Tags, tag) {
				return p
			}
		}
	}
	if len(pools) == 0 {
		return nil
	}
	return pools[0]
}

// belongsToCluster reports whether p is a default pool, one that leaves or one that
// takes its place, of the cluster that has pools.
func belongsToCluster(p *godo.KubernetesNodePool, pools []*godo.KubernetesNodePool) bool {
	return p == defaultPool(pools) || slices.Contains(p.Tags, defaultPoolTag)
}

// ownTags returns tags without those of DigitalOcean and of provisioners.
func ownTags(tags []string) []string {
	return slices.DeleteFunc(userTags(tags), func(t string) bool {
		return isKubernetesTag(t) || t == leavingPoolTag
	})
}

var (
	taintEffects = []string{"NoSchedule", "PreferNoSchedule", "NoExecute"}
	gpuModes     = []string{"", godo.KubernetesAMDPartitionModeSPXNPS1, godo.KubernetesAMDPartitionModeDPXNPS2}
)

func (x *clusterPool) check() error {
	for _, t := range x.Taint {
		if !slices.Contains(taintEffects, t.Effect) {
			return fmt.Errorf("effect %q of the taint %q is none of %s", t.Effect, t.Key, strings.Join(taintEffects, ", "))
		}
	}
	switch {
	case !kubernetesName.MatchString(x.Name):
		return fmt.Errorf("name %q of a node pool: only a-z, 0-9, dots and dashes, at most 255", x.Name)
	case !x.AutoScale && x.NodeCount < 1:
		return fmt.Errorf("node pool %q needs a node_count of at least 1, or auto_scale with min_nodes and max_nodes", x.Name)
	case !x.AutoScale && x.MinNodes+x.MaxNodes > 0:
		return fmt.Errorf("node pool %q has min_nodes or max_nodes, which need auto_scale = true", x.Name)
	case x.AutoScale && (x.MaxNodes < 1 || x.MinNodes > x.MaxNodes):
		return fmt.Errorf("node pool %q scales from %d to %d nodes: max_nodes is at least 1 and at least min_nodes", x.Name, x.MinNodes, x.MaxNodes)
	case !slices.Contains(gpuModes, x.GPUPartitionMode):
		return fmt.Errorf("gpu_partition_mode %q is neither %s", x.GPUPartitionMode, strings.Join(gpuModes[1:], " nor "))
	}
	return checkOwnTags(x.Tags)
}

// checkOwnTags refuses tags that ownTags hides.
func checkOwnTags(tags []string) error {
	if slices.ContainsFunc(tags, reservedTag) {
		return errors.New("tags that start with k8s: or terraform: are made by DigitalOcean and by provisioners")
	}
	return checkTags(tags)
}

func reservedTag(t string) bool { return len(ownTags([]string{t})) == 0 && !isMark(t) }
