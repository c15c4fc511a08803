package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type dropletAutoscale struct {
	providers.Aside

	ID                 string            `cty:"id"                  is:"computed"        doc:"UUID of the pool."`
	Name               string            `cty:"name"                is:"required"        doc:"Name of the pool; its droplets are named after it."`
	Config             []poolConfig      `cty:"config"              is:"required,max=1"  doc:"How many droplets there are."`
	DropletTemplate    []poolTemplate    `cty:"droplet_template"    is:"required,max=1"  doc:"What new droplets are made of; those there are stay as they are."`
	CurrentUtilization []poolUtilization `cty:"current_utilization" is:"computed"        doc:"How busy the droplets are."`
	Status             string            `cty:"status"              is:"computed"        doc:"State: active, deleting or error."`
	CreatedAt          string            `cty:"created_at"          is:"computed"        doc:"Time of creation, RFC 3339."`
	UpdatedAt          string            `cty:"updated_at"          is:"computed,after=name,after=config,after=droplet_template" doc:"Time of the last change, RFC 3339."`
}

type poolConfig struct {
	TargetNumberInstances   int     `cty:"target_number_instances"   is:"optional" doc:"Number of droplets; excludes all others."`
	MinInstances            int     `cty:"min_instances"             is:"optional" doc:"Least number of droplets, 1 to 500."`
	MaxInstances            int     `cty:"max_instances"             is:"optional" doc:"Largest number of droplets, up to 1000."`
	TargetCPUUtilization    float64 `cty:"target_cpu_utilization"    is:"optional" doc:"Share of the CPUs to be busy, 0.05 to 1."`
	TargetMemoryUtilization float64 `cty:"target_memory_utilization" is:"optional" doc:"Share of the memory to be used, 0.05 to 1."`
	CooldownMinutes         int     `cty:"cooldown_minutes"          is:"optional" doc:"Minutes between two changes of the number, 5 to 20."`
}

type poolTemplate struct {
	Size             string   `cty:"size"               is:"required"     doc:"Slug of the size."`
	Region           string   `cty:"region"             is:"required"     doc:"Slug of the region, such as fra1."`
	Image            string   `cty:"image"              is:"required,ref=digitalocean_custom_image,ref=digitalocean_droplet_snapshot" doc:"Slug or id of the image."`
	Tags             []string `cty:"tags"               is:"optional,set,ref=digitalocean_tag.name" doc:"Names of tags of the droplets; they need not exist."`
	SSHKeys          []string `cty:"ssh_keys"           is:"required,set,ref=digitalocean_ssh_key"  doc:"Ids or fingerprints of the keys that may log in as root."`
	VPCUUID          string   `cty:"vpc_uuid"           is:"default,binds,after=region,ref=digitalocean_vpc" doc:"UUID of their network; absent means the region's default."`
	WithDropletAgent bool     `cty:"with_droplet_agent" is:"else=false"   doc:"Whether the metrics agent is installed; a range goes by it."`
	ProjectID        string   `cty:"project_id"         is:"default,ref=digitalocean_project" doc:"UUID of their project; absent means the default one."`
	IPv6             bool     `cty:"ipv6"               is:"else=false"   doc:"Whether they have IPv6 addresses."`
	UserData         string   `cty:"user_data"          is:"optional"     doc:"Data for cloud-init at the first start, at most 64 KiB."`
	PublicNetworking *bool    `cty:"public_networking"  is:"default" usual:"true"      doc:"Whether they have public addresses; yes if absent."`
}

type poolUtilization struct {
	Memory float64 `cty:"memory" is:"computed" doc:"Share of the memory that is used."`
	CPU    float64 `cty:"cpu"    is:"computed" doc:"Share of the CPUs that are busy."`
}

var dropletAutoscaleType = providers.Resource[*client, dropletAutoscale]{
	Type:   "digitalocean_droplet_autoscale",
	Doc:    "A pool of equal droplets, of a fixed number or as many as their load needs.",
	Holds:  "the files on the disks of its droplets",
	Create: createDropletAutoscale,
	Read:   readDropletAutoscale,
	Update: updateDropletAutoscale,
	Delete: deleteDropletAutoscale,
	List:   listDropletAutoscales,
	// The list does not show whether the droplets of a new pool are up.
	Shallow: true,
	Normal:  normalDropletAutoscale,
	Check:   checkDropletAutoscale,
	Foresee: foreseeDropletAutoscale,
	Grace:   lag,
	Natural: func(x dropletAutoscale) string { return x.Name },
	Examples: []string{
		sshKeyExample + `

resource "digitalocean_droplet_autoscale" "example" {
  name = "workers"

  config {
    target_number_instances = 1
  }

  droplet_template {
    size     = "s-1vcpu-1gb"
    region   = "fra1"
    image    = "ubuntu-24-04-x64"
    ssh_keys = [digitalocean_ssh_key.example.fingerprint]
  }
}`,
		sshKeyExample + `

resource "digitalocean_droplet_autoscale" "example" {
  name = "ml-workers"

  config {
    min_instances             = 2
    max_instances             = 4
    target_cpu_utilization    = 0.6
    target_memory_utilization = 0.8
    cooldown_minutes          = 5
  }

  droplet_template {
    size               = "c-2"
    region             = "fra1"
    image              = "ubuntu-24-04-x64"
    ssh_keys           = [digitalocean_ssh_key.example.fingerprint]
    tags               = ["ml"]
    with_droplet_agent = true
    ipv6               = true
    user_data          = <<-EOT
      #cloud-config
      packages: [git]
    EOT
  }
}`,
	},
}

const sshKeyExample = `resource "digitalocean_ssh_key" "example" {
  name       = "ml"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKOvfO45l2butONThoDkGaR0EpUSNG0T2oJnVoGC6FGI ml@example.com"
}`

func createDropletAutoscale(ctx context.Context, c *client, x *dropletAutoscale, _ providers.Attempt) error {
	got, _, err := c.DropletAutoscale.Create(ctx, x.request())
	if err != nil {
		return err
	}
	x.fill(got)
	x.Status = "" // until its droplets are up
	return nil
}

func readDropletAutoscale(ctx context.Context, c *client, x *dropletAutoscale) error {
	got, _, err := c.DropletAutoscale.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	was := x.Status
	x.fill(got)
	switch {
	case got.Status == "error":
		return fmt.Errorf("the pool is in state error: look at its history in the control panel: %w", providers.ErrBroken)
	case got.Status != "active":
		return providers.ErrNotReady
	case was == "active":
		return nil // it comes and goes from now on
	}
	if err := membersUp(ctx, c, x); err != nil {
		x.Status = was
		return err
	}
	return nil
}

// membersUp returns ErrNotReady while the pool has fewer droplets than it is to
// have at least, or one that is still being made.
func membersUp(ctx context.Context, c *client, x *dropletAutoscale) error {
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]*godo.DropletAutoscaleResource, *godo.Response, error) {
		return c.DropletAutoscale.ListMembers(ctx, x.ID, opt)
	}
	x.Makes = nil
	up := 0
	for m, err := range pages(ctx, fetch, whole[*godo.DropletAutoscaleResource]) {
		if err != nil {
			return gone(err)
		}
		x.Makes = append(x.Makes, providers.Made{Type: "digitalocean_droplet", ID: strconv.FormatUint(m.DropletID, 10)})
		if m.Status == "active" {
			up++
		}
	}
	if least := x.least(); up < least {
		return fmt.Errorf("%d of %d droplets are up: %w", up, least, providers.ErrNotReady)
	}
	return nil
}

// least returns how many droplets a pool has at least.
func (x *dropletAutoscale) least() int {
	if len(x.Config) == 0 {
		return 0
	}
	return max(x.Config[0].TargetNumberInstances, x.Config[0].MinInstances)
}

// updateDropletAutoscale sends everything: what is absent would get its default.
func updateDropletAutoscale(ctx context.Context, c *client, was dropletAutoscale, x *dropletAutoscale) error {
	got, _, err := c.DropletAutoscale.Update(ctx, was.ID, x.request())
	if err != nil {
		return err
	}
	x.fill(got)
	x.Status = "" // until it has the droplets it is to have
	return nil
}

// deleteDropletAutoscale deletes the droplets with the pool, as Terraform's
// provider does.
func deleteDropletAutoscale(ctx context.Context, c *client, x dropletAutoscale) error {
	_, err := c.DropletAutoscale.DeleteDangerous(ctx, x.ID)
	return gone(err)
}

func listDropletAutoscales(ctx context.Context, c *client, _ dropletAutoscale) iter.Seq2[dropletAutoscale, error] {
	return pages(ctx, c.DropletAutoscale.List, func(x *dropletAutoscale, got **godo.DropletAutoscalePool) error {
		x.fill(*got)
		return nil
	})
}

func (x *dropletAutoscale) request() *godo.DropletAutoscalePoolRequest {
	f, t := x.Config[0], x.DropletTemplate[0]
	return &godo.DropletAutoscalePoolRequest{
		Name: x.Name,
		Config: &godo.DropletAutoscaleConfiguration{
			MinInstances: uint64(f.MinInstances), MaxInstances: uint64(f.MaxInstances),
			TargetCPUUtilization: f.TargetCPUUtilization, TargetMemoryUtilization: f.TargetMemoryUtilization,
			CooldownMinutes: uint32(f.CooldownMinutes), TargetNumberInstances: uint64(f.TargetNumberInstances),
		},
		DropletTemplate: &godo.DropletAutoscaleResourceTemplate{
			Size: t.Size, Region: t.Region, Image: t.Image, Tags: orNone(t.Tags), SSHKeys: orNone(t.SSHKeys), VpcUUID: t.VPCUUID,
			WithDropletAgent: t.WithDropletAgent, ProjectID: t.ProjectID, IPV6: t.IPv6, UserData: t.UserData,
			// Absent means yes, and null is not in the API's document.
			PublicNetworking: new(t.PublicNetworking == nil || *t.PublicNetworking),
		},
	}
}

// orNone returns list, and an empty one for nil: the API wants lists, not null.
func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (x *dropletAutoscale) fill(got *godo.DropletAutoscalePool) {
	have := poolTemplate{}
	if len(x.DropletTemplate) > 0 {
		have = x.DropletTemplate[0]
	}
	x.ID, x.Name, x.Status = got.ID, got.Name, got.Status
	x.CreatedAt, x.UpdatedAt = rfc3339(got.CreatedAt), rfc3339(got.UpdatedAt)
	if f := got.Config; f != nil {
		x.Config = []poolConfig{{
			TargetNumberInstances: int(f.TargetNumberInstances), MinInstances: int(f.MinInstances), MaxInstances: int(f.MaxInstances),
			TargetCPUUtilization: f.TargetCPUUtilization, TargetMemoryUtilization: f.TargetMemoryUtilization, CooldownMinutes: int(f.CooldownMinutes),
		}}
	}
	if t := got.DropletTemplate; t != nil {
		x.DropletTemplate = []poolTemplate{{
			// The API may answer an image by its id that was given by its slug.
			Size: t.Size, Region: t.Region, Image: keep(have.Image, t.Image), Tags: respelled(have.Tags, t.Tags), SSHKeys: t.SSHKeys,
			VPCUUID: t.VpcUUID, WithDropletAgent: t.WithDropletAgent, ProjectID: t.ProjectID, IPv6: t.IPV6, UserData: t.UserData,
			PublicNetworking: new(t.PublicNetworking == nil || *t.PublicNetworking),
		}}
	}
	x.CurrentUtilization = []poolUtilization{}
	if u := got.CurrentUtilization; u != nil {
		x.CurrentUtilization = []poolUtilization{{Memory: u.Memory, CPU: u.CPU}}
	}
}

// keep returns have unless it is empty.
func keep(have, got string) string {
	if have == "" {
		return got
	}
	return have
}

func normalDropletAutoscale(x *dropletAutoscale) {
	for i := range x.DropletTemplate {
		t := &x.DropletTemplate[i]
		t.Size, t.Region = strings.ToLower(t.Size), strings.ToLower(t.Region)
	}
}

// foreseeDropletAutoscale refuses a template of which no droplet could be made.
func foreseeDropletAutoscale(ctx context.Context, c *client, was *dropletAutoscale, want dropletAutoscale) error {
	if len(want.DropletTemplate) == 0 {
		return nil
	}
	t := want.DropletTemplate[0]
	if was != nil && len(was.DropletTemplate) > 0 {
		if old := was.DropletTemplate[0]; old.Size == t.Size && old.Region == t.Region && old.Image == t.Image {
			return nil
		}
	}
	return foreseeDroplet(ctx, c, nil, droplet{Size: t.Size, Region: t.Region, Image: t.Image})
}

func checkDropletAutoscale(_ *dropletAutoscale, want dropletAutoscale) error {
	if want.Name == "" {
		return errors.New("name must not be empty")
	}
	for _, f := range want.Config {
		if err := f.check(); err != nil {
			return fmt.Errorf("config: %w", err)
		}
	}
	for _, t := range want.DropletTemplate {
		switch {
		case t.Size == "" || t.Region == "" || t.Image == "":
			return errors.New("droplet_template: size, region and image must not be empty")
		case len(t.SSHKeys) == 0:
			return errors.New("droplet_template: ssh_keys must name at least one key: the API makes no pool without")
		case len(t.UserData) > maxUserData:
			return fmt.Errorf("droplet_template: user_data has %d bytes, at most %d are allowed: fetch the rest at the first start", len(t.UserData), maxUserData)
		}
		if err := checkTags(t.Tags); err != nil {
			return fmt.Errorf("droplet_template: %w", err)
		}
	}
	return nil
}

func (f poolConfig) check() error {
	ranged := f
	ranged.TargetNumberInstances = 0
	share := func(v float64) bool { return v == 0 || v >= 0.05 && v <= 1 }
	switch {
	case f.TargetNumberInstances != 0 && ranged != poolConfig{}:
		return errors.New("target_number_instances is for a pool of fixed size: drop it, or drop all others")
	case f.TargetNumberInstances < 0 || f.TargetNumberInstances > 1000:
		return fmt.Errorf("target_number_instances is %d, 1 to 1000 are allowed", f.TargetNumberInstances)
	case f.TargetNumberInstances != 0:
		return nil
	case f.MinInstances < 1 || f.MinInstances > 500:
		return fmt.Errorf("min_instances is %d, 1 to 500 are allowed; target_number_instances makes a pool of fixed size", f.MinInstances)
	case f.MaxInstances < f.MinInstances || f.MaxInstances > 1000:
		return fmt.Errorf("max_instances is %d, min_instances (%d) to 1000 are allowed", f.MaxInstances, f.MinInstances)
	case f.TargetCPUUtilization == 0 && f.TargetMemoryUtilization == 0:
		return errors.New("nothing says when to grow: set target_cpu_utilization or target_memory_utilization")
	case !share(f.TargetCPUUtilization) || !share(f.TargetMemoryUtilization):
		return errors.New("target_cpu_utilization and target_memory_utilization are shares of 0.05 to 1")
	case f.CooldownMinutes != 0 && (f.CooldownMinutes < 5 || f.CooldownMinutes > 20):
		return fmt.Errorf("cooldown_minutes is %d, 5 to 20 are allowed", f.CooldownMinutes)
	}
	return nil
}
