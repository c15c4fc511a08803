package fake

import (
	"slices"
	"time"
)

// dbReplica is a read-only copy of a cluster: one node with an id of its own.
type dbReplica struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Region     string    `json:"region"`
	Size       string    `json:"size"`
	StorageMiB int       `json:"storage_size_mib"`
	VPC        string    `json:"private_network_uuid"`
	Tags       []string  `json:"tags"`
	Rules      []*dbRule `json:"rules"`
	CreatedAt  time.Time `json:"created_at"`

	// Busy is the status until BusyUntil; then the replica has the size in Next.
	Busy      string        `json:"busy"`
	BusyUntil time.Time     `json:"busy_until"`
	Next      databaseShape `json:"next"`
}

// replicaSpec is the body of POST /v2/databases/{id}/replicas.
type replicaSpec struct {
	Name    string   `json:"name"`
	Region  string   `json:"region"`
	Size    string   `json:"size"`
	Storage int      `json:"storage_size_mib"`
	VPC     string   `json:"private_network_uuid"`
	Tags    []string `json:"tags"`
}

// createReplica needs the cluster's first backup, which follows its start. As
// observed, the answer can be 404 although the replica is made.
func (c *Cloud) createReplica(q *request) (reply, error) {
	d, err := c.onlineDatabase(q)
	if err != nil {
		return reply{}, err
	}
	if !d.engine().sql() {
		return reply{}, invalid("read-only replicas are for PostgreSQL and MySQL clusters only")
	}
	if q.now.Before(d.CreatedAt.Add(c.o.DBReady + c.o.Settle)) {
		return reply{}, unmet("cluster has no backup yet")
	}
	var in replicaSpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Region == "" {
		in.Region = d.Region
	}
	if err := c.checkReplica(d, &in); err != nil {
		return reply{}, err
	}
	network, err := c.networkFor(q, in.VPC, in.Region)
	if err != nil {
		return reply{}, err
	}
	r := &dbReplica{ID: c.s.IDs.UUID(), Name: in.Name, Region: in.Region, Size: in.Size, StorageMiB: in.Storage, VPC: network.ID,
		Tags: c.spell(in.Tags), CreatedAt: q.now, Busy: "forking", BusyUntil: q.now.Add(c.o.DBReady)}
	c.makeTags(in.Tags)
	d.Replicas = append(d.Replicas, r)
	if c.hides(q, r) {
		if err := c.Save(); err != nil {
			return reply{}, err
		}
		return reply{}, replicaNotFound() // and yet it is there
	}
	return created(map[string]any{"replica": c.replicaView(q, d, r)})
}

func (c *Cloud) checkReplica(d *database, in *replicaSpec) error {
	switch {
	case !clusterName.MatchString(in.Name):
		return invalid("invalid replica name")
	case slices.ContainsFunc(d.Replicas, func(r *dbReplica) bool { return r.Name == in.Name }):
		return invalid("replica name is not available")
	case !slices.Contains(dbRegions(), in.Region):
		return invalid("invalid replica region")
	case dbMemory(in.Size) < dbMemory(d.Size):
		return invalid("the size of a replica must be at least that of its cluster, %s", d.Size)
	}
	var err error
	if in.Storage, err = d.engine().storage(in.Size, 1, in.Storage); err != nil {
		return err
	}
	return checkTags(in.Tags)
}

// hides reports whether r is too new to be found.
func (c *Cloud) hides(q *request, r *dbReplica) bool {
	return q.now.Before(r.CreatedAt.Add(c.o.ReplicaLag))
}

func (r *dbReplica) status(now time.Time) string {
	if now.Before(r.BusyUntil) {
		return r.Busy
	}
	return "online"
}

// settle applies a change that is over.
func (r *dbReplica) settle(now time.Time) {
	if now.Before(r.BusyUntil) {
		return
	}
	if r.Next.Size != "" {
		r.Size, r.StorageMiB = r.Next.Size, r.Next.StorageMiB
	}
	r.Busy, r.Next = "", databaseShape{}
}

func (c *Cloud) replicaView(q *request, d *database, r *dbReplica) map[string]any {
	as := *d
	as.Name = r.Name // hosts are named after what they serve
	return map[string]any{"id": r.ID, "name": r.Name, "region": r.Region, "size": r.Size, "status": r.status(q.now),
		"tags": orEmpty(r.Tags), "created_at": stamp(r.CreatedAt), "private_network_uuid": r.VPC, "storage_size_mib": r.StorageMiB,
		"connection": c.connection(&as, ""), "private_connection": c.connection(&as, "private-")}
}

func (c *Cloud) listReplicas(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	views := []any{}
	for _, r := range d.Replicas {
		if !c.hides(q, r) {
			views = append(views, c.replicaView(q, d, r))
		}
	}
	return ok(map[string]any{"replicas": views})
}

// replicaInPath finds the replica that the path names.
func (c *Cloud) replicaInPath(q *request) (*database, *dbReplica, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(d.Replicas, func(r *dbReplica) bool { return r.Name == q.PathValue("name") })
	if i < 0 || c.hides(q, d.Replicas[i]) {
		return nil, nil, replicaNotFound()
	}
	return d, d.Replicas[i], nil
}

func (c *Cloud) readReplica(q *request) (reply, error) {
	d, r, err := c.replicaInPath(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"replica": c.replicaView(q, d, r)})
}

func (c *Cloud) deleteReplica(q *request) (reply, error) {
	d, r, err := c.replicaInPath(q)
	if err != nil {
		return reply{}, err
	}
	if s := r.status(q.now); s != "online" {
		return reply{}, conflict("replica is not online: %s", s)
	}
	d.removeChild("database_replica", r.Name)
	return noContent()
}

func replicaNotFound() error { return missing("replica not found") }

// findReplica finds a replica by its own id, where the API takes that of a
// cluster.
func (c *Cloud) findReplica(id string) (*database, *dbReplica) {
	for _, d := range c.s.Databases {
		for _, r := range d.Replicas {
			if r.ID == id {
				return d, r
			}
		}
	}
	return nil, nil
}

// resizeReplica is for one node that only grows.
func (c *Cloud) resizeReplica(q *request, d *database, r *dbReplica) (reply, error) {
	if s := r.status(q.now); s != "online" {
		return reply{}, conflict("replica is not online: %s", s)
	}
	var in databaseShape
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Size == "" || in.Nodes != 1 {
		return reply{}, invalid("size and num_nodes are required, and a replica has one node")
	}
	storage, err := d.engine().storage(in.Size, 1, in.StorageMiB)
	if err != nil {
		return reply{}, err
	}
	if in.StorageMiB == 0 && in.Size == r.Size {
		storage = r.StorageMiB
	}
	if storage < r.StorageMiB || dbMemory(in.Size) < dbMemory(r.Size) {
		return reply{}, invalid("the size of a replica can only be increased")
	}
	r.Busy, r.BusyUntil, r.Next = "resizing", q.now.Add(c.o.Settle), databaseShape{Size: in.Size, StorageMiB: storage}
	return accepted(nil)
}
