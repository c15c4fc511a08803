package digitalocean

import (
	"cmp"
	"context"
	"errors"
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
	Engine             string              `cty:"engine"               is:"required,replace"    doc:"pg, mysql, valkey (or redis), kafka, opensearch, mongodb or advanced_*."`
	Version            string              `cty:"version"              is:"required"            doc:"Major version of the engine; it only goes up."`
	Size               string              `cty:"size"                 is:"required"            doc:"Slug of the nodes' size, such as db-s-1vcpu-1gb."`
	Region             string              `cty:"region"               is:"required"            doc:"Slug of the region; a change migrates the cluster."`
	NodeCount          int                 `cty:"node_count"           is:"required"            doc:"Number of nodes; each engine has numbers of its own."`
	Tags               []string            `cty:"tags"                 is:"optional,set,ref=digitalocean_tag.name"        doc:"Tags of the cluster."`
	PrivateNetworkUUID string              `cty:"private_network_uuid" is:"default,replace,ref=digitalocean_vpc"     doc:"UUID of its network; the region's default if absent."`
	ProjectID          string              `cty:"project_id"           is:"default,after=project,ref=digitalocean_project"     doc:"UUID of its project; the default one if absent."`
	Project            string              `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"The same as project_id; absent leaves it where it is."`
	StorageSizeMiB     string              `cty:"storage_size_mib"     is:"default,after=size"  doc:"Size of the disk in MiB; it only grows."`
	EvictionPolicy     string              `cty:"eviction_policy"      is:"default" usual:"noeviction"             doc:"What Valkey drops when its memory is full."`
	SQLMode            string              `cty:"sql_mode"             is:"default" usual:"ANSI,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,NO_ZERO_IN_DATE,STRICT_ALL_TABLES"             doc:"SQL modes of MySQL, with commas in between."`
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
	UIHost             string              `cty:"ui_host"              is:"computed,after=region" doc:"Host name of the dashboard, of OpenSearch."`
	UIPort             int                 `cty:"ui_port"              is:"computed,after=region" doc:"Port of the dashboard."`
	UIURI              string              `cty:"ui_uri"               is:"computed,sensitive,after=region" doc:"URI of the dashboard, with user and password."`
	UIDatabase         string              `cty:"ui_database"          is:"computed"            doc:"Name of the dashboard's database."`
	UIUser             string              `cty:"ui_user"              is:"computed"            doc:"Name of the dashboard's user."`
	UIPassword         string              `cty:"ui_password"          is:"computed,sensitive"  doc:"Password of the dashboard's user."`
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
	Doc:     "A managed PostgreSQL, MySQL, Valkey, Kafka, OpenSearch or MongoDB.",
	Holds:   "its databases",
	Create:  createDatabaseCluster,
	Read:    readDatabaseCluster,
	Update:  updateDatabaseCluster,
	Delete:  deleteDatabaseCluster,
	Find:    findDatabaseCluster,
	List:    listDatabaseClusters,
	View:    func(x databaseCluster) string { return asksProject(x.Project) },
	Mark:    providers.InTags,
	Normal:  normalDatabaseCluster,
	Spell:   spellDatabaseCluster,
	Warn:    func(x databaseCluster) string { return withoutCredentials(x.Password) },
	Foresee: foreseeDatabaseCluster,
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

// findDatabaseCluster looks through all clusters: godo's list takes no tag. Others
// of the run bear the token too.
func findDatabaseCluster(ctx context.Context, c *client, x *databaseCluster, a providers.Attempt) (bool, error) {
	for got, err := range pages(ctx, c.Databases.List, func(x *godo.Database, got *godo.Database) error { *x = *got; return nil }) {
		if err != nil {
			return false, err
		}
		if slices.Contains(got.Tags, a.Token) && got.Name == x.Name && !a.Known(got.ID) {
			x.fill(&got)
			return true, nil
		}
	}
	return false, nil
}

func listDatabaseClusters(ctx context.Context, c *client, in databaseCluster) iter.Seq2[databaseCluster, error] {
	return pages(ctx, c.Databases.List, func(x *databaseCluster, got *godo.Database) error {
		x.Project = in.Project
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

// spellDatabaseCluster keeps what a token may not see, and of the same host the
// URIs that go with it.
func spellDatabaseCluster(was databaseCluster, x *databaseCluster) {
	if x.Password != "" || was.Password == "" {
		return
	}
	x.Password, x.User, x.UIUser, x.UIPassword = was.Password, was.User, was.UIUser, was.UIPassword
	if x.Host == was.Host {
		x.URI, x.PrivateURI, x.UIURI = was.URI, was.PrivateURI, was.UIURI
	}
}

// withoutCredentials says what it means that no password was shown.
func withoutCredentials(password string) string {
	if password != "" {
		return ""
	}
	return "its password is empty and its URIs are without one, because the token lacks the scope database:view_credentials. With a token that has it, mlinfra refresh fills them in"
}

// hourAndMinute cuts the seconds, which the API adds.
func hourAndMinute(hour string) string {
	if strings.Count(hour, ":") == 2 {
		return hour[:strings.LastIndex(hour, ":")]
	}
	return hour
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
		x.Database, x.User, x.Password = conn.Database, conn.User, conn.Password
	}
	if conn := got.PrivateConnection; conn != nil {
		x.PrivateHost, x.PrivateURI = conn.Host, conn.URI
	}
	if conn := got.UIConnection; conn != nil {
		x.UIHost, x.UIPort, x.UIURI = conn.Host, conn.Port, conn.URI
		x.UIDatabase, x.UIUser, x.UIPassword = conn.Database, conn.User, conn.Password
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
