package digitalocean

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type droplet struct {
	providers.Aside

	ID                 string              `cty:"id"                   is:"computed"                   doc:"Number of the droplet."`
	Name               string              `cty:"name"                 is:"required"                   doc:"Name: letters, digits, dots and dashes."`
	Image              string              `cty:"image"                is:"required,replace,blind,ref=digitalocean_custom_image,ref=digitalocean_droplet_snapshot"     doc:"Slug or id of the image it starts from."`
	Size               string              `cty:"size"                 is:"required"                   doc:"Slug; a change powers it off and on, which empties a GPU's scratch disk."`
	Region             string              `cty:"region"               is:"default,replace"            doc:"Slug of the region, such as fra1."`
	VPCUUID            string              `cty:"vpc_uuid"             is:"default,replace,ref=digitalocean_vpc"            doc:"UUID of its network; absent means the region's default."`
	SSHKeys            []string            `cty:"ssh_keys"             is:"optional,replace,blind,set,ref=digitalocean_ssh_key" doc:"Ids or fingerprints of the keys that may log in as root."`
	UserData           string              `cty:"user_data"            is:"optional,replace,blind"     doc:"Data for cloud-init at the first start, at most 64 KiB."`
	Tags               []string            `cty:"tags"                 is:"optional,set,ref=digitalocean_tag.name"               doc:"Names of tags; they need not exist."`
	Backups            bool                `cty:"backups"              is:"else=false"                 doc:"Whether backups are made."`
	BackupPolicy       []backupPolicy      `cty:"backup_policy"        is:"optional,blind,max=1"       doc:"When backups are made; needs backups."`
	Monitoring         bool                `cty:"monitoring"           is:"else=false,replace"         doc:"Whether the metrics agent is installed."`
	IPv6               bool                `cty:"ipv6"                 is:"else=false"                 doc:"Whether it has an IPv6 address; to turn it off replaces."`
	VolumeIDs          []string            `cty:"volume_ids"           is:"default,set,ref=digitalocean_volume"                doc:"Ids of the volumes that are attached."`
	ResizeDisk         bool                `cty:"resize_disk"          is:"else=true,blind"            doc:"Whether a new size grows the disk too, for good."`
	GracefulShutdown   bool                `cty:"graceful_shutdown"    is:"else=false,blind"           doc:"Whether the system is asked to stop before power is cut."`
	DropletAgent       *bool               `cty:"droplet_agent"        is:"optional,replace,blind"     doc:"Whether the agent of the web console is installed."`
	PublicNetworking   *bool               `cty:"public_networking"    is:"default,replace" usual:"true"            doc:"Whether it has public addresses."`
	PrivateNetworking  *bool               `cty:"private_networking"   is:"default"                    doc:"Deprecated: every droplet is in a private network."`
	GPUPartitionMode   string              `cty:"gpu_partition_mode"   is:"optional,replace,blind"     doc:"How the GPU is split; absent means the whole GPU."`
	WaitFor            []providers.WaitFor `cty:"wait_for" is:"optional,blind,max=1" doc:"What a new one has to answer before its creation is done."`
	IPv4Address        string              `cty:"ipv4_address"         is:"computed"                   doc:"Public IPv4 address."`
	IPv4AddressPrivate string              `cty:"ipv4_address_private" is:"computed"                   doc:"IPv4 address in its network."`
	IPv6Address        string              `cty:"ipv6_address"         is:"computed,after=ipv6"        doc:"Public IPv6 address."`
	Status             string              `cty:"status"               is:"computed,after=size"        doc:"State: new, active, off or archive."`
	Locked             bool                `cty:"locked"               is:"computed"                   doc:"Whether the API refuses actions on it."`
	Disk               int                 `cty:"disk"                 is:"computed,after=size"        doc:"Size of the disk in GB."`
	VCPUs              int                 `cty:"vcpus"                is:"computed,after=size"        doc:"Number of virtual CPUs."`
	Memory             int                 `cty:"memory"               is:"computed,after=size"        doc:"Memory in MB."`
	PriceHourly        float64             `cty:"price_hourly"         is:"computed,after=size"        doc:"Price of an hour in USD."`
	PriceMonthly       float64             `cty:"price_monthly"        is:"computed,after=size"        doc:"Price of a month in USD."`
	Project            string              `cty:"project" is:"optional,ref=digitalocean_project,listed=resources" doc:"Id of the project it is in; absent leaves it where it is."`
	URN                string              `cty:"urn"                  is:"computed"                   doc:"Uniform resource name."`
	CreatedAt          string              `cty:"created_at"           is:"computed"                   doc:"Time of creation, RFC 3339."`
}

type backupPolicy struct {
	Plan    string `cty:"plan"    is:"optional,in=daily|weekly" doc:"daily or weekly."`
	Weekday string `cty:"weekday" is:"optional,in=SUN|MON|TUE|WED|THU|FRI|SAT" doc:"Day of the weekly backup, such as SUN."`
	Hour    *int   `cty:"hour"    is:"optional" doc:"Hour, UTC, at which the window of four hours starts."`
}

var dropletType = inProject(providers.Resource[*client, droplet]{
	Type:   "digitalocean_droplet",
	Doc:    "A virtual machine.",
	Holds:  "the files on its disk",
	Create: createDroplet,
	Read:   readDroplet,
	Update: updateDroplet,
	Delete: deleteDroplet,
	Find:   findDroplet,
	List:   listDroplets,
	Within: dropletKind,
	Mark:   providers.InTags,
	// The size of any GPU droplet stands for the list that shows them.
	Collections: []droplet{{}, {Size: "gpu-"}},
	Normal:      normalDroplet,
	Spell:       spellDroplet,
	Check:       checkDroplet,
	Foresee:     foreseeDroplet,
	Probe: func(x droplet) *providers.Probe {
		return providers.ProbeOf(x.WaitFor, x.IPv4Address, x.IPv4AddressPrivate)
	},
	Replaces: replacesDroplet,
	Explain: map[string]string{
		"image":              "a droplet starts from its image once; upgrade the system on it instead",
		"region":             "a droplet cannot move; take a snapshot of it, transfer that and start a new one from it",
		"vpc_uuid":           "a droplet cannot move to another network",
		"ssh_keys":           "the API takes keys only when a droplet is made; on the droplet they stand in /root/.ssh/authorized_keys, change them there",
		"user_data":          "it is read at the first start only; make the change on the droplet instead",
		"monitoring":         "the API installs the agent only when a droplet is made; install or remove do-agent on it instead",
		"droplet_agent":      "the API installs the agent only when a droplet is made; install or remove droplet-agent on it instead",
		"public_networking":  "public addresses are given only when a droplet is made",
		"gpu_partition_mode": "a GPU is split only when a droplet is made",
		"ipv6":               "the API cannot turn IPv6 off; turn it off in the system instead",
	},
	Lock:   func(x droplet) string { return dropletLock(x.ID) },
	Leaves: dropletLeaves,
	// A new droplet answers "not found" now and then until it has a host.
	Grace:   lag,
	Natural: func(x droplet) string { return x.Name },
	// Nodes of a Kubernetes cluster are its own.
	Given: func(x droplet) bool { return slices.ContainsFunc(x.Tags, isKubernetesTag) },
	Examples: []string{
		`resource "digitalocean_droplet" "example" {
  name   = "worker"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}`,
		`resource "digitalocean_volume" "example" {
  region = "fra1"
  name   = "worker-data"
  size   = 10
}

resource "digitalocean_droplet" "example" {
  name       = "worker-1"
  region     = "fra1"
  size       = "s-1vcpu-2gb"
  image      = "ubuntu-24-04-x64"
  ipv6       = true
  backups    = true
  tags       = ["ml", "worker"]
  volume_ids = [digitalocean_volume.example.id]

  backup_policy {
    plan    = "weekly"
    weekday = "TUE"
    hour    = 8
  }
}`,
		`resource "digitalocean_ssh_key" "example" {
  name       = "ml"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKOvfO45l2butONThoDkGaR0EpUSNG0T2oJnVoGC6FGI ml@example.com"
}

resource "digitalocean_vpc" "example" {
  name   = "ml"
  region = "fra1"
}

resource "digitalocean_droplet" "example" {
  name              = "worker-1"
  region            = "fra1"
  size              = "s-1vcpu-2gb"
  image             = "debian-12-x64"
  ipv6              = true
  monitoring        = true
  graceful_shutdown = true
  vpc_uuid          = digitalocean_vpc.example.id
  ssh_keys          = [digitalocean_ssh_key.example.fingerprint]
  tags              = ["ml"]
  user_data         = <<-EOT
    #cloud-config
    packages: [git]
  EOT
}`,
	},
}, func(x *droplet) (string, *string) { return x.URN, &x.Project })

func createDroplet(ctx context.Context, c *client, x *droplet, a providers.Attempt) error {
	got, _, err := c.Droplets.Create(ctx, x.request(a))
	if err != nil {
		return advised(ctx, c, x, err)
	}
	x.fill(got)
	return nil
}

func readDroplet(ctx context.Context, c *client, x *droplet) error {
	got, err := fetchDroplet(ctx, c, x.ID)
	if err != nil {
		return err
	}
	x.fill(got)
	return settled(got)
}

// updateDroplet takes the first step that the droplet, as it is now, still
// needs: it runs one action at a time. What is asked of it while another one
// runs is refused as busy.
func updateDroplet(ctx context.Context, c *client, was droplet, x *droplet) error {
	got, err := fetchDroplet(ctx, c, was.ID)
	if err != nil {
		return err
	}
	if settled(got) != nil {
		return providers.ErrAgain
	}
	for _, step := range []func(context.Context, *client, *godo.Droplet, droplet, droplet) error{
		resizeDroplet, renameDroplet, switchBackups, changeBackupPolicy, openNetworks, moveVolumes, retagDroplet,
	} {
		if err := step(ctx, c, got, was, *x); err != nil {
			return err
		}
	}
	x.fill(got)
	return nil
}

// deleteDroplet leaves detaching volumes to the API.
func deleteDroplet(ctx context.Context, c *client, x droplet) error {
	id, err := number(x.ID)
	if err != nil {
		return err
	}
	if x.GracefulShutdown {
		if err := shutDown(ctx, c, x.ID); err != nil {
			return err
		}
	}
	// Until the shutdown has ended the API refuses: classify says busy.
	_, err = c.Droplets.Delete(ctx, id)
	return gone(err)
}

func findDroplet(ctx context.Context, c *client, x *droplet, a providers.Attempt) (bool, error) {
	if a.Token == "" {
		return false, nil
	}
	byTag := func(ctx context.Context, opt *godo.ListOptions) ([]godo.Droplet, *godo.Response, error) {
		return c.Droplets.ListByTag(ctx, a.Token, opt)
	}
	for got, err := range pages(ctx, byTag, whole[godo.Droplet]) {
		if err != nil {
			return false, err
		}
		if x.matches(&got) && !a.Known(strconv.Itoa(got.ID)) {
			x.fill(&got)
			return true, nil
		}
	}
	return false, nil
}

// listDroplets lists those of the kind of in: without a type the API leaves GPU
// droplets out.
func listDroplets(ctx context.Context, c *client, in droplet) iter.Seq2[droplet, error] {
	list := c.Droplets.List
	if dropletKind(in) == gpus {
		list = c.Droplets.ListWithGPUs
	}
	return pages(ctx, list, func(x *droplet, got *godo.Droplet) error {
		x.fill(got)
		return settled(got)
	})
}

// gpus is the kind of droplets that the API lists apart.
const gpus = "gpus"

func dropletKind(x droplet) string {
	if strings.HasPrefix(x.Size, "gpu-") {
		return gpus
	}
	return ""
}

func (x *droplet) request(a providers.Attempt) *godo.DropletCreateRequest {
	req := &godo.DropletCreateRequest{
		Name: x.Name, Region: x.Region, Size: x.Size, VPCUUID: x.VPCUUID, UserData: x.UserData,
		Backups: x.Backups, IPv6: x.IPv6, Monitoring: x.Monitoring, Tags: marked(x.Tags, a),
		PrivateNetworking: x.PrivateNetworking != nil && *x.PrivateNetworking,
		PublicNetworking:  x.PublicNetworking, WithDropletAgent: x.DropletAgent, GPUPartitionMode: x.GPUPartitionMode,
		SSHKeys: []godo.DropletCreateSSHKey{}, // not null
	}
	if id, err := strconv.Atoi(x.Image); err == nil {
		req.Image.ID = id
	} else {
		req.Image.Slug = x.Image
	}
	for _, key := range x.SSHKeys {
		if id, err := strconv.Atoi(key); err == nil {
			req.SSHKeys = append(req.SSHKeys, godo.DropletCreateSSHKey{ID: id})
			continue
		}
		req.SSHKeys = append(req.SSHKeys, godo.DropletCreateSSHKey{Fingerprint: key})
	}
	for _, id := range x.VolumeIDs {
		req.Volumes = append(req.Volumes, godo.DropletCreateVolume{ID: id})
	}
	if len(x.BackupPolicy) > 0 {
		req.BackupPolicy = x.BackupPolicy[0].request()
	}
	return req
}

func (p backupPolicy) request() *godo.DropletBackupPolicyRequest {
	return &godo.DropletBackupPolicyRequest{Plan: p.Plan, Weekday: p.Weekday, Hour: p.Hour}
}

// matches reports whether got may have been made of x.
func (x *droplet) matches(got *godo.Droplet) bool {
	return got.Name == x.Name && got.SizeSlug == x.Size &&
		strings.HasPrefix(regionSlug(got.Region), x.Region) && imageName(x.Image, got.Image) == x.Image
}

func (x *droplet) fill(got *godo.Droplet) {
	if x.Image == "" {
		// Nothing is known but the id: the usual value of what the API never shows.
		x.ResizeDisk = true
	}
	x.ID, x.Name, x.Size = strconv.Itoa(got.ID), got.Name, got.SizeSlug
	x.Image, x.Region = imageName(x.Image, got.Image), regionSlug(got.Region)
	x.Tags, x.VolumeIDs = respelled(x.Tags, userTags(got.Tags)), got.VolumeIDs
	x.Owner = ownerOf(got.Tags)
	x.Backups, x.IPv6 = hasFeature(got, "backups"), hasFeature(got, "ipv6")
	x.Monitoring, x.PrivateNetworking = hasFeature(got, "monitoring"), new(hasFeature(got, "private_networking"))
	x.Status, x.Locked, x.Disk, x.VCPUs, x.Memory = got.Status, got.Locked, got.Disk, got.Vcpus, got.Memory
	x.URN, x.CreatedAt = got.URN(), got.Created
	// The answer to a create has neither.
	x.VPCUUID = cmp.Or(got.VPCUUID, x.VPCUUID)
	x.GPUPartitionMode = cmp.Or(got.GPUPartitionMode, x.GPUPartitionMode)
	if got.Size != nil {
		x.PriceHourly, x.PriceMonthly, x.Monthly = got.Size.PriceHourly, got.Size.PriceMonthly, got.Size.PriceMonthly
	}
	if got.Networks != nil && len(got.Networks.V4) > 0 {
		// These fail only without networks.
		x.IPv4Address, _ = got.PublicIPv4()
		x.IPv4AddressPrivate, _ = got.PrivateIPv4()
		x.IPv6Address, _ = got.PublicIPv6()
		x.PublicNetworking = new(x.IPv4Address != "")
	}
}

// settled returns ErrNotReady while got cannot take an action. An active
// droplet has its addresses.
func settled(got *godo.Droplet) error {
	if got.Status == "new" || got.Locked {
		return providers.ErrNotReady
	}
	return nil
}

func hasFeature(got *godo.Droplet, name string) bool { return slices.Contains(got.Features, name) }

// imageName returns have when it names got, else the slug or else the id of
// got. A slug moves on to newer images and the old one is left without: that
// is no change of the droplet.
func imageName(have string, got *godo.Image) string {
	if got == nil {
		return have
	}
	id := strconv.Itoa(got.ID)
	_, err := strconv.Atoi(have)
	if have == id || (have != "" && err != nil && got.Slug == "") {
		return have
	}
	return cmp.Or(got.Slug, id)
}

func regionSlug(r *godo.Region) string {
	if r == nil {
		return ""
	}
	return r.Slug
}

func fetchDroplet(ctx context.Context, c *client, id string) (*godo.Droplet, error) {
	n, err := number(id)
	if err != nil {
		return nil, err
	}
	got, _, err := c.Droplets.Get(ctx, n)
	return got, gone(err)
}

func normalDroplet(x *droplet) {
	x.Size, x.Region = strings.ToLower(x.Size), strings.ToLower(x.Region)
}

// spellDroplet leaves the data of a droplet that came from Terraform, whose
// state has a hash of it.
func spellDroplet(was droplet, x *droplet) {
	if providers.Hashed(was.UserData, x.UserData) {
		x.UserData = was.UserData
	}
}

// lag is how long the API may not show what it has just made.
const lag = time.Minute

// dropletLock names a droplet among locks: it takes part in one action at a time.
func dropletLock(id string) string {
	if id == "" {
		return ""
	}
	return "droplet " + id
}
