package digitalocean

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type databaseCluster struct {
	providers.Aside

	ID                 string              `cty:"id"                   is:"computed"            doc:"UUID of the cluster."`
	Name               string              `cty:"name"                 is:"required,replace"    doc:"Name, unique in the account."`
	Engine             string              `cty:"engine"               is:"required,replace"    doc:"Engine: pg, mysql or valkey; redis means valkey."`
	Version            string              `cty:"version"              is:"required"            doc:"Major version of the engine; it only goes up."`
	Size               string              `cty:"size"                 is:"required"            doc:"Slug of the nodes' size, such as db-s-1vcpu-1gb."`
	Region             string              `cty:"region"               is:"required"            doc:"Slug of the region; a change migrates the cluster."`
	NodeCount          int                 `cty:"node_count"           is:"required"            doc:"Number of nodes: 1 without a standby, at most 3."`
	Tags               []string            `cty:"tags"                 is:"optional,set,ref=digitalocean_tag.name"        doc:"Tags of the cluster."`
	PrivateNetworkUUID string              `cty:"private_network_uuid" is:"default,replace,ref=digitalocean_vpc"     doc:"UUID of its network; the region's default if absent."`
	ProjectID          string              `cty:"project_id"           is:"default,after=project,ref=digitalocean_project"     doc:"UUID of its project; the default one if absent."`
	Project            string              `cty:"project" is:"optional,ref=digitalocean_project" doc:"The same as project_id; absent leaves it where it is."`
	StorageSizeMiB     string              `cty:"storage_size_mib"     is:"default,after=size"  doc:"Size of the disk in MiB; it only grows."`
	EvictionPolicy     string              `cty:"eviction_policy"      is:"default"             doc:"What Valkey drops when its memory is full."`
	SQLMode            string              `cty:"sql_mode"             is:"default"             doc:"SQL modes of MySQL, with commas in between."`
	MaintenanceWindow  []maintenanceWindow `cty:"maintenance_window"   is:"default,max=1"       doc:"When updates are installed."`
	StorageAutoscale   []storageAutoscale  `cty:"storage_autoscale"    is:"optional,blind,max=1" doc:"Whether the disk grows by itself."`
	BackupRestore      []backupRestore     `cty:"backup_restore"       is:"optional,blind,max=1" doc:"Backup of another cluster to start from."`
	Host               string              `cty:"host"                 is:"computed,after=region" doc:"Host name on the internet."`
	PrivateHost        string              `cty:"private_host"         is:"computed,after=region" doc:"Host name in the private network."`
	Port               int                 `cty:"port"                 is:"computed,after=region" doc:"Port that it listens on."`
	URI                string              `cty:"uri"                  is:"computed,sensitive,after=region" doc:"URI on the internet, with user and password."`
	PrivateURI         string              `cty:"private_uri"          is:"computed,sensitive,after=region" doc:"URI in the private network, with user and password."`
	Database           string              `cty:"database"             is:"computed"            doc:"Name of the default database."`
	User               string              `cty:"user"                 is:"computed"            doc:"Name of the default user."`
	Password           string              `cty:"password"             is:"computed,sensitive"  doc:"Password of the default user."`
	MetricsEndpoints   []string            `cty:"metrics_endpoints"    is:"computed,after=region,after=node_count" doc:"URLs of the metrics, one a node."`
	URN                string              `cty:"urn"                  is:"computed"            doc:"Uniform resource name."`
}

type maintenanceWindow struct {
	Day  string `cty:"day"  is:"required" doc:"Day of the week, such as monday."`
	Hour string `cty:"hour" is:"required" doc:"Hour in UTC, such as 03:00."`
}

type storageAutoscale struct {
	Enabled   bool `cty:"enabled"           is:"required" doc:"Whether the disk grows by itself."`
	Threshold int  `cty:"threshold_percent" is:"optional" doc:"Use in percent at which it grows, 15 to 95."`
	Increment int  `cty:"increment_gib"     is:"optional" doc:"GiB by which it grows, at least 10."`
}

type backupRestore struct {
	DatabaseName    string `cty:"database_name"     is:"required" doc:"Name of the cluster that has the backup."`
	BackupCreatedAt string `cty:"backup_created_at" is:"optional" doc:"Time of the backup; the latest one if absent."`
}

var databaseClusterType = providers.Resource[*client, databaseCluster]{
	Type:    "digitalocean_database_cluster",
	Doc:     "A managed PostgreSQL, MySQL or Valkey.",
	Holds:   "its databases",
	Create:  createDatabaseCluster,
	Read:    readDatabaseCluster,
	Update:  updateDatabaseCluster,
	Delete:  deleteDatabaseCluster,
	Find:    findDatabaseCluster,
	List:    listDatabaseClusters,
	Mark:    providers.InTags,
	Normal:  normalDatabaseCluster,
	Check:   checkDatabaseCluster,
	Lock:    func(x databaseCluster) string { return databaseLock(x.ID) },
	Natural: func(x databaseCluster) string { return x.Name },
	Examples: []string{
		`resource "digitalocean_database_cluster" "example" {
  name       = "ml-metadata"
  engine     = "pg"
  version    = "16"
  size       = "db-s-1vcpu-1gb"
  region     = "fra1"
  node_count = 1
}`,
		`resource "digitalocean_database_cluster" "example" {
  name       = "ml-metadata"
  engine     = "pg"
  version    = "17"
  size       = "db-s-1vcpu-2gb"
  region     = "fra1"
  node_count = 2
  tags       = ["metadata", "mlflow"]

  maintenance_window {
    day  = "sunday"
    hour = "03:00"
  }
}`,
		`resource "digitalocean_project" "example" {
  name = "ml"
}

resource "digitalocean_database_cluster" "example" {
  name            = "ml-cache"
  engine          = "valkey"
  version         = "8"
  size            = "db-s-1vcpu-1gb"
  region          = "fra1"
  node_count      = 1
  eviction_policy = "allkeys_lru"
  project_id      = digitalocean_project.example.id
}`,
	},
}

// createDatabaseCluster leaves to updateDatabaseCluster what the API takes
// only when the cluster is online.
func createDatabaseCluster(ctx context.Context, c *client, x *databaseCluster, a providers.Attempt) error {
	want := *x
	storage, _ := strconv.ParseUint(x.StorageSizeMiB, 10, 64)
	req := &godo.DatabaseCreateRequest{
		Name: x.Name, EngineSlug: x.Engine, Version: x.Version, SizeSlug: x.Size, Region: x.Region, NumNodes: x.NodeCount,
		PrivateNetworkUUID: x.PrivateNetworkUUID, ProjectID: cmp.Or(x.ProjectID, x.Project), Tags: marked(x.Tags, a),
		StorageSizeMib: storage, StorageAutoscale: autoscaleOf(x.StorageAutoscale), Rules: []*godo.DatabaseCreateFirewallRule{},
	}
	for _, b := range x.BackupRestore {
		req.BackupRestore = &godo.DatabaseBackupRestore{DatabaseName: b.DatabaseName, BackupCreatedAt: b.BackupCreatedAt}
	}
	got, _, err := c.Databases.Create(ctx, req)
	if err != nil {
		return err
	}
	x.fill(got)
	x.EvictionPolicy, x.SQLMode = "", ""
	if want.EvictionPolicy != "" || want.SQLMode != "" || len(want.MaintenanceWindow) > 0 {
		return providers.ErrAgain
	}
	return nil
}

func readDatabaseCluster(ctx context.Context, c *client, x *databaseCluster) error {
	got, _, err := c.Databases.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.observe(ctx, c, got)
}

// updateDatabaseCluster starts the first change that the cluster does not show
// yet: the API takes one at a time, and only while the cluster is online.
func updateDatabaseCluster(ctx context.Context, c *client, was databaseCluster, x *databaseCluster) error {
	x.ID = was.ID
	now := was
	err := readDatabaseCluster(ctx, c, &now)
	if errors.Is(err, providers.ErrNotReady) {
		return providers.ErrAgain
	}
	if err != nil {
		return err
	}
	if started, err := startChange(ctx, c, was, now, *x); started || err != nil {
		return cmp.Or(err, providers.ErrAgain)
	}
	if err := setModes(ctx, c, was, now, *x); err != nil {
		return err
	}
	on := godo.Resource{ID: was.ID, Type: godo.DatabaseResourceType}
	if err := retag(ctx, c, on, now.Tags, x.Tags); err != nil {
		return err
	}
	if to := cmp.Or(x.Project, x.ProjectID); to != "" && to != now.ProjectID {
		if err := putInto(ctx, c, to, []string{was.URN}); err != nil {
			return err
		}
	}
	return readDatabaseCluster(ctx, c, x)
}

// startChange starts what takes minutes, and reports whether it did.
func startChange(ctx context.Context, c *client, was, now, x databaseCluster) (bool, error) {
	// A size has a disk of its own: it is named only when it is meant to grow.
	var storage uint64
	if x.StorageSizeMiB != was.StorageSizeMiB && mib(x.StorageSizeMiB) > mib(now.StorageSizeMiB) {
		storage = mib(x.StorageSizeMiB)
	}
	var err error
	switch {
	case x.Size != now.Size || x.NodeCount != now.NodeCount || storage > 0:
		_, err = c.Databases.Resize(ctx, was.ID, &godo.DatabaseResizeRequest{
			SizeSlug: x.Size, NumNodes: x.NodeCount, StorageSizeMib: storage,
		})
	case x.Region != now.Region:
		_, err = c.Databases.Migrate(ctx, was.ID, &godo.DatabaseMigrateRequest{Region: x.Region})
	case x.Version != now.Version:
		_, err = c.Databases.UpgradeMajorVersion(ctx, was.ID, &godo.UpgradeVersionRequest{Version: x.Version})
	default:
		return false, nil
	}
	return true, err
}

// setModes changes what takes effect at once.
func setModes(ctx context.Context, c *client, was, now, x databaseCluster) error {
	if len(x.MaintenanceWindow) > 0 && !slices.Equal(x.MaintenanceWindow, now.MaintenanceWindow) {
		w := x.MaintenanceWindow[0]
		if _, err := c.Databases.UpdateMaintenance(ctx, was.ID, &godo.DatabaseUpdateMaintenanceRequest{Day: w.Day, Hour: w.Hour}); err != nil {
			return err
		}
	}
	if x.EvictionPolicy != "" && x.EvictionPolicy != now.EvictionPolicy {
		if _, err := c.Databases.SetEvictionPolicy(ctx, was.ID, x.EvictionPolicy); err != nil {
			return err
		}
	}
	if x.SQLMode != "" && x.SQLMode != now.SQLMode {
		if _, err := c.Databases.SetSQLMode(ctx, was.ID, x.SQLMode); err != nil {
			return err
		}
	}
	if !slices.Equal(x.StorageAutoscale, was.StorageAutoscale) {
		off := &godo.DatabaseStorageAutoscale{}
		if _, err := c.Databases.UpdateStorageAutoscale(ctx, was.ID, cmp.Or(autoscaleOf(x.StorageAutoscale), off)); err != nil {
			return err
		}
	}
	return nil
}

func deleteDatabaseCluster(ctx context.Context, c *client, x databaseCluster) error {
	_, err := c.Databases.Delete(ctx, x.ID)
	return gone(err)
}

// findDatabaseCluster looks through all clusters: godo's list takes no tag.
func findDatabaseCluster(ctx context.Context, c *client, x *databaseCluster, a providers.Attempt) (bool, error) {
	for got, err := range pages(ctx, c.Databases.List, func(x *godo.Database, got *godo.Database) error { *x = *got; return nil }) {
		if err != nil {
			return false, err
		}
		if slices.Contains(got.Tags, a.Token) {
			x.fill(&got)
			return true, nil
		}
	}
	return false, nil
}

func listDatabaseClusters(ctx context.Context, c *client, _ databaseCluster) iter.Seq2[databaseCluster, error] {
	return pages(ctx, c.Databases.List, func(x *databaseCluster, got *godo.Database) error {
		return x.observe(ctx, c, got)
	})
}

// databaseLock is the key of a cluster and of all in it: the API works on one
// change of a cluster at a time and refuses others.
func databaseLock(clusterID string) string {
	if clusterID == "" {
		return ""
	}
	return "database-cluster/" + clusterID
}

// normalDatabaseCluster spells x as the API answers. Redis is Valkey since the
// API has made all clusters of the one into the other.
func normalDatabaseCluster(x *databaseCluster) {
	if x.Engine == "redis" {
		x.Engine = "valkey"
	}
	x.Region = strings.ToLower(x.Region)
	for i, w := range x.MaintenanceWindow {
		x.MaintenanceWindow[i] = maintenanceWindow{Day: strings.ToLower(w.Day), Hour: hourAndMinute(w.Hour)}
	}
}

// hourAndMinute cuts the seconds, which the API adds.
func hourAndMinute(hour string) string {
	if strings.Count(hour, ":") == 2 {
		return hour[:strings.LastIndex(hour, ":")]
	}
	return hour
}

var (
	weekdays         = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	evictionPolicies = []string{"noeviction", "allkeys_lru", "allkeys_random", "volatile_lru", "volatile_random", "volatile_ttl"}
)

func checkDatabaseCluster(was *databaseCluster, x databaseCluster) error {
	normalDatabaseCluster(&x)
	if err := checkTags(x.Tags); err != nil {
		return err
	}
	if err := checkProjects(x.Project, x.ProjectID); err != nil {
		return err
	}
	switch {
	case x.NodeCount < 1:
		return errors.New("node_count is at least 1")
	case x.NodeCount > 3 && slices.Contains([]string{"pg", "mysql", "valkey"}, x.Engine):
		return fmt.Errorf("node_count %d: a cluster of %s has at most 3 nodes", x.NodeCount, x.Engine)
	case x.SQLMode != "" && x.Engine != "mysql":
		return fmt.Errorf("sql_mode is for mysql, not for %s", x.Engine)
	case x.EvictionPolicy != "" && x.Engine != "valkey":
		return fmt.Errorf("eviction_policy is for valkey, not for %s", x.Engine)
	case x.EvictionPolicy != "" && !slices.Contains(evictionPolicies, x.EvictionPolicy):
		return fmt.Errorf("eviction_policy %q is none of %s", x.EvictionPolicy, strings.Join(evictionPolicies, ", "))
	case x.StorageSizeMiB != "" && mib(x.StorageSizeMiB) == 0:
		return fmt.Errorf("storage_size_mib %q is not a number of MiB", x.StorageSizeMiB)
	}
	for _, w := range x.MaintenanceWindow {
		if !slices.Contains(weekdays, w.Day) {
			return fmt.Errorf("day %q of the maintenance_window is not a day of the week", w.Day)
		}
	}
	for _, s := range x.StorageAutoscale {
		if (s.Threshold != 0 && (s.Threshold < 15 || s.Threshold > 95)) || (s.Increment != 0 && s.Increment < 10) {
			return errors.New("storage_autoscale takes a threshold_percent of 15 to 95 and an increment_gib of at least 10")
		}
	}
	if was == nil || x.replaces(*was) {
		return nil
	}
	return checkGrowth(*was, x)
}

// replaces reports whether x needs a new cluster, which may be smaller.
func (x databaseCluster) replaces(was databaseCluster) bool {
	differ := func(want, have string) bool { return want != "" && want != have }
	return x.Name != was.Name || x.Engine != was.Engine ||
		differ(x.PrivateNetworkUUID, was.PrivateNetworkUUID)
}

// checkGrowth refuses what a cluster that stays cannot do.
func checkGrowth(was, x databaseCluster) error {
	if older(x.Version, was.Version) {
		return fmt.Errorf("version %s: the cluster runs %s, which cannot go back; write version = %q", x.Version, was.Version, was.Version)
	}
	if x.Size == was.Size && x.StorageSizeMiB != "" && mib(x.StorageSizeMiB) < mib(was.StorageSizeMiB) {
		return fmt.Errorf("storage_size_mib %s: the disk has %s MiB and cannot shrink", x.StorageSizeMiB, was.StorageSizeMiB)
	}
	return nil
}

// older compares versions such as 16 and 8.0 number by number.
func older(a, b string) bool {
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(a, b string) int {
		return cmp.Compare(number(a), number(b))
	}) < 0
}

// mib reads storage_size_mib, which Terraform has made a string; 0 when it is none.
func mib(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 64)
	return n
}

func autoscaleOf(blocks []storageAutoscale) *godo.DatabaseStorageAutoscale {
	if len(blocks) == 0 {
		return nil
	}
	b := blocks[0]
	out := &godo.DatabaseStorageAutoscale{Enabled: b.Enabled}
	if b.Threshold > 0 {
		out.ThresholdPercent = &b.Threshold
	}
	if b.Increment > 0 {
		step := uint64(b.Increment)
		out.IncrementGib = &step
	}
	return out
}

// observe fills x and asks for what the cluster's own answer lacks, which
// only a cluster that is online has.
func (x *databaseCluster) observe(ctx context.Context, c *client, got *godo.Database) (err error) {
	x.fill(got)
	if err := settledCluster(got); err != nil {
		return err
	}
	x.EvictionPolicy, x.SQLMode = "", ""
	switch x.Engine {
	case "valkey":
		x.EvictionPolicy, _, err = c.Databases.GetEvictionPolicy(ctx, x.ID)
	case "mysql":
		x.SQLMode, _, err = c.Databases.GetSQLMode(ctx, x.ID)
	}
	// Not gone(err): the cluster is there, whatever this part says.
	if classify(err).Kind == providers.Gone {
		return nil
	}
	return err
}

func (x *databaseCluster) fill(got *godo.Database) {
	x.ID, x.Name, x.Engine, x.Version = got.ID, got.Name, got.EngineSlug, got.VersionSlug
	x.Size, x.Region, x.NodeCount, x.Tags = got.SizeSlug, got.RegionSlug, got.NumNodes, respelled(x.Tags, userTags(got.Tags))
	x.PrivateNetworkUUID, x.ProjectID, x.URN = got.PrivateNetworkUUID, got.ProjectID, got.URN()
	if x.Project != "" {
		x.Project = cmp.Or(got.ProjectID, x.Project)
	}
	x.Owner = ownerOf(got.Tags)
	x.StorageSizeMiB = ""
	if got.StorageSizeMib > 0 { // absent until the cluster is online, and for some engines
		x.StorageSizeMiB = strconv.FormatUint(got.StorageSizeMib, 10)
	}
	x.MaintenanceWindow = nil
	if w := got.MaintenanceWindow; w != nil && w.Day != "" {
		x.MaintenanceWindow = []maintenanceWindow{{Day: w.Day, Hour: w.Hour}}
	}
	if conn := got.Connection; conn != nil {
		x.Host, x.Port, x.URI = conn.Host, conn.Port, conn.URI
		x.Database, x.User = conn.Database, conn.User
		// A token that may not see credentials gets none.
		x.Password = cmp.Or(conn.Password, x.Password)
	}
	if conn := got.PrivateConnection; conn != nil {
		x.PrivateHost, x.PrivateURI = conn.Host, conn.URI
	}
	x.MetricsEndpoints = nil
	for _, e := range got.MetricsEndpoints {
		x.MetricsEndpoints = append(x.MetricsEndpoints, "https://"+net.JoinHostPort(e.Host, strconv.Itoa(e.Port))+"/metrics")
	}
	normalDatabaseCluster(x)
}

// settledCluster returns ErrNotReady while got is being made or changed.
func settledCluster(got *godo.Database) error {
	if got.Status != "online" {
		return providers.ErrNotReady
	}
	return nil
}
