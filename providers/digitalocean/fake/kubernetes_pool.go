package fake

import (
	"slices"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

// nodePool is a group of equal workers of a cluster.
type nodePool struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Size      string            `json:"size"`
	Count     int               `json:"count"`
	Tags      []string          `json:"tags"`
	Labels    map[string]string `json:"labels"`
	Taints    []nodeTaint       `json:"taints"`
	AutoScale bool              `json:"auto_scale"`
	MinNodes  int               `json:"min_nodes"`
	MaxNodes  int               `json:"max_nodes"`
	GPUMode   string            `json:"gpu_partition_mode"`
	Nodes     []*node           `json:"nodes"`
	Deleted   bool              `json:"deleted"` // it goes with its last node
}

type nodeTaint struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Effect string `json:"effect"`
}

// node is one worker. It drains for half of the time from LeavesAt on.
type node struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	DropletID string    `json:"droplet_id"`
	CreatedAt time.Time `json:"created_at"`
	RunsAt    time.Time `json:"runs_at"`
	LeavesAt  time.Time `json:"leaves_at"` // zero while it stays
	GoneAt    time.Time `json:"gone_at"`
}

func (n *node) state(now time.Time) string {
	switch {
	case !n.LeavesAt.IsZero() && now.Before(n.LeavesAt.Add(n.GoneAt.Sub(n.LeavesAt)/2)):
		return "draining"
	case !n.LeavesAt.IsZero():
		return "deleting"
	case now.Before(n.RunsAt):
		return "provisioning"
	}
	return "running"
}

// nodePoolSpec is the body of create and PUT. Nil fields were not sent.
type nodePoolSpec struct {
	Name      string            `json:"name"`
	Size      string            `json:"size"`
	Count     *int              `json:"count"`
	Tags      []string          `json:"tags"`
	Labels    map[string]string `json:"labels"`
	Taints    []nodeTaint       `json:"taints"`
	AutoScale bool              `json:"auto_scale"`
	MinNodes  int               `json:"min_nodes"`
	MaxNodes  int               `json:"max_nodes"`
	GPUMode   string            `json:"gpu_partition_mode"`
}

var nodePoolName = providers.NewPattern(`^[a-z0-9]([a-z0-9.-]{0,253}[a-z0-9])?$`)

// maxNodes is how many workers a pool can have.
const maxNodes = 512

func (in *nodePoolSpec) check() error {
	effects := []string{"NoSchedule", "PreferNoSchedule", "NoExecute"}
	for _, t := range in.Taints {
		if t.Key == "" || !slices.Contains(effects, t.Effect) {
			return invalid("validation error: taint %q has an invalid key or effect %q", t.Key, t.Effect)
		}
	}
	switch {
	case !nodePoolName.MatchString(in.Name):
		return invalid("validation error: invalid node pool name %q", in.Name)
	case in.Count == nil:
		return invalid("validation error: worker_node_pool_spec.count is required")
	case *in.Count < 1 && !in.AutoScale || *in.Count < 0 || *in.Count > maxNodes:
		return invalid("validation error: invalid worker_node_pool_spec.num_nodes, must be at least 1")
	case in.AutoScale && (in.MinNodes < 0 || in.MaxNodes < 1 || in.MinNodes > in.MaxNodes):
		return invalid("validation error: min_nodes must be at most max_nodes, which must be at least 1")
	case !in.AutoScale && in.MinNodes+in.MaxNodes > 0:
		return invalid("validation error: min_nodes and max_nodes need auto_scale")
	}
	return checkTags(in.Tags)
}

// checkNewPool is check, and what only counts when a pool is made.
func (in *nodePoolSpec) checkNewPool() error {
	modes := []string{"", "AMD_PARTITION_MODE_SPX_NPS1", "AMD_PARTITION_MODE_DPX_NPS2"}
	switch {
	case !nodeSize(in.Size):
		return invalid("validation error: invalid worker_node_pool_spec.size %q", in.Size)
	case !slices.Contains(modes, in.GPUMode):
		return invalid("validation error: invalid gpu_partition_mode %q", in.GPUMode)
	}
	return in.check()
}

// addPool makes a pool, whose nodes boot when the control plane is there.
func (c *Cloud) addPool(q *request, k *cluster, in *nodePoolSpec) *nodePool {
	p := &nodePool{ID: c.s.IDs.UUID(), Size: in.Size, GPUMode: in.GPUMode}
	k.Pools = append(k.Pools, p)
	c.shapePool(q, k, p, in)
	return p
}

// shapePool makes p as in says: this is what PUT and create have in common. Where
// auto_scale is on, the count is kept between the bounds.
func (c *Cloud) shapePool(q *request, k *cluster, p *nodePool, in *nodePoolSpec) {
	p.Name, p.Count, p.Labels, p.Taints = in.Name, *in.Count, in.Labels, in.Taints
	p.AutoScale, p.MinNodes, p.MaxNodes = in.AutoScale, in.MinNodes, in.MaxNodes
	if p.AutoScale {
		p.Count = min(max(p.Count, p.MinNodes), p.MaxNodes)
	}
	p.Tags = c.spell(in.Tags)
	c.makeTags(in.Tags)
	staying := slices.DeleteFunc(slices.Clone(p.Nodes), func(n *node) bool { return !n.LeavesAt.IsZero() })
	for range p.Count - len(staying) {
		p.Nodes = append(p.Nodes, c.newNode(q, k, p))
	}
	for i := p.Count; i < len(staying); i++ {
		c.drain(q, staying[i])
	}
}

func (c *Cloud) newNode(q *request, k *cluster, p *nodePool) *node {
	n := &node{ID: c.s.IDs.UUID(), Name: p.Name + "-" + c.s.IDs.Text(5), DropletID: itoa(c.s.IDs.Number(400_000_000)), CreatedAt: q.now}
	n.RunsAt = q.now.Add(c.o.Boot)
	if ready := k.CreatedAt.Add(c.o.DBReady + c.o.Boot); n.RunsAt.Before(ready) {
		n.RunsAt = ready
	}
	return n
}

func (c *Cloud) drain(q *request, n *node) {
	if n.LeavesAt.IsZero() {
		n.LeavesAt, n.GoneAt = q.now, q.now.Add(c.o.Settle)
	}
}

// settlePools takes away what has been drained.
func (k *cluster) settlePools(now time.Time) {
	for _, p := range k.Pools {
		p.Nodes = slices.DeleteFunc(p.Nodes, func(n *node) bool { return !n.LeavesAt.IsZero() && !now.Before(n.GoneAt) })
	}
	k.Pools = slices.DeleteFunc(k.Pools, func(p *nodePool) bool { return p.Deleted && len(p.Nodes) == 0 })
}

func (p *nodePool) view(k *cluster, now time.Time) map[string]any {
	nodes := []any{}
	for _, n := range p.Nodes {
		nodes = append(nodes, map[string]any{"id": n.ID, "name": n.Name, "status": map[string]any{"state": n.state(now)},
			"droplet_id": n.DropletID, "created_at": stamp(n.CreatedAt), "updated_at": stamp(n.CreatedAt)})
	}
	v := map[string]any{
		"id": p.ID, "name": p.Name, "size": p.Size, "count": p.Count, "labels": p.Labels, "taints": orEmpty(p.Taints),
		"tags":       append(slices.Clone(p.Tags), "k8s", "k8s:"+k.ID, "k8s:worker"),
		"auto_scale": p.AutoScale, "min_nodes": p.MinNodes, "max_nodes": p.MaxNodes, "nodes": nodes,
	}
	if p.GPUMode != "" {
		v["gpu_partition_mode"] = p.GPUMode
	}
	return v
}

// clusterForPools finds the cluster in the path when its pools may change.
func (c *Cloud) clusterForPools(q *request) (*cluster, error) {
	k, err := c.findCluster(q)
	if err != nil {
		return nil, err
	}
	return k, k.mustRun(q.now)
}

func (c *Cloud) nodePoolInPath(q *request) (*cluster, *nodePool, error) {
	k, err := c.findCluster(q)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range k.Pools {
		if p.ID == q.PathValue("pool") {
			return k, p, nil
		}
	}
	return nil, nil, missing("node pool not found")
}

// checkPoolName demands that no other pool of k has the name.
func (k *cluster) checkPoolName(name, id string) error {
	if slices.ContainsFunc(k.Pools, func(p *nodePool) bool { return p.Name == name && p.ID != id }) {
		return invalid("validation error: a node pool with the name %q already exists in the cluster", name)
	}
	return nil
}

func (c *Cloud) createNodePool(q *request) (reply, error) {
	k, err := c.clusterForPools(q)
	if err != nil {
		return reply{}, err
	}
	var in nodePoolSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := in.checkNewPool(); err != nil {
		return reply{}, err
	}
	if err := k.checkPoolName(in.Name, ""); err != nil {
		return reply{}, err
	}
	return created(map[string]any{"node_pool": c.addPool(q, k, &in).view(k, q.now)})
}

// listNodePools has no pages.
func (c *Cloud) listNodePools(q *request) (reply, error) {
	k, err := c.findCluster(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"node_pools": k.poolViews(q.now)})
}

func (k *cluster) poolViews(now time.Time) []any {
	views := []any{}
	for _, p := range k.Pools {
		views = append(views, p.view(k, now))
	}
	return views
}

func (c *Cloud) readNodePool(q *request) (reply, error) {
	k, p, err := c.nodePoolInPath(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"node_pool": p.view(k, q.now)})
}

// updateNodePool replaces all but the size and the partitions of its GPUs.
func (c *Cloud) updateNodePool(q *request) (reply, error) {
	k, p, err := c.nodePoolInPath(q)
	if err != nil {
		return reply{}, err
	}
	if err := k.mustRun(q.now); err != nil {
		return reply{}, err
	}
	var in nodePoolSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := in.check(); err != nil {
		return reply{}, err
	}
	if err := k.checkPoolName(in.Name, p.ID); err != nil {
		return reply{}, err
	}
	c.shapePool(q, k, p, &in)
	return accepted(map[string]any{"node_pool": p.view(k, q.now)})
}

// deleteNodePool drains its nodes; a cluster keeps one pool.
func (c *Cloud) deleteNodePool(q *request) (reply, error) {
	k, p, err := c.nodePoolInPath(q)
	if err != nil {
		return reply{}, err
	}
	staying := 0
	for _, other := range k.Pools {
		if !other.Deleted && other != p {
			staying++
		}
	}
	if staying == 0 {
		return reply{}, invalid("the last node pool of a cluster cannot be deleted")
	}
	p.Deleted = true
	for _, n := range p.Nodes {
		c.drain(q, n)
	}
	return noContent()
}

// deleteNode takes one node out of its pool, or has another take its place.
func (c *Cloud) deleteNode(q *request) (reply, error) {
	k, p, err := c.nodePoolInPath(q)
	if err != nil {
		return reply{}, err
	}
	i := slices.IndexFunc(p.Nodes, func(n *node) bool { return n.ID == q.PathValue("node") })
	if i < 0 {
		return reply{}, missing("node not found")
	}
	c.drain(q, p.Nodes[i])
	if q.URL.Query().Get("skip_drain") == "1" {
		p.Nodes[i].GoneAt = q.now
	}
	if q.URL.Query().Get("replace") == "1" {
		p.Nodes = append(p.Nodes, c.newNode(q, k, p))
		return accepted(nil)
	}
	p.Count = max(p.Count-1, 0)
	return accepted(nil)
}
