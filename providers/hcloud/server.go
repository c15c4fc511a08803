package hcloud

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type server struct {
	providers.Aside

	ID                      string              `cty:"id"                         is:"computed"                doc:"Number of the server."`
	Name                    string              `cty:"name"                       is:"required"                doc:"Name, unique in the project: a host name."`
	ServerType              string              `cty:"server_type"                is:"required"                doc:"Name of the type; a change powers it off and on, at the prices of now."`
	Image                   string              `cty:"image"                      is:"default,replace,blind,ref=hcloud_snapshot" doc:"Name or number of the image it starts from."`
	Location                string              `cty:"location"                   is:"default,replace"         doc:"Name of the location, such as fsn1; chosen by the API if absent."`
	UserData                string              `cty:"user_data"                  is:"optional,replace,blind"  doc:"Data for cloud-init at the first start, at most 32 KiB."`
	SSHKeys                 []string            `cty:"ssh_keys"                   is:"optional,replace,blind,ref=hcloud_ssh_key,ref=hcloud_ssh_key.name" doc:"Numbers or names of the keys that may log in as root."`
	PublicNet               []publicNet         `cty:"public_net"                 is:"default,max=1"           doc:"Its public addresses; a change powers it off and on."`
	Networks                []serverNet         `cty:"network"                    is:"default,set"             doc:"The networks it is in; if absent, hcloud_server_network may name them."`
	FirewallIDs             []int               `cty:"firewall_ids"               is:"default,set,ref=hcloud_firewall" doc:"Numbers of the firewalls around it."`
	IgnoreRemoteFirewallIDs bool                `cty:"ignore_remote_firewall_ids" is:"else=false,blind"        doc:"Whether other firewalls than those of firewall_ids count as those."`
	PlacementGroupID        int                 `cty:"placement_group_id"         is:"optional,ref=hcloud_placement_group" doc:"Number of its placement group; a change powers it off and on."`
	KeepDisk                bool                `cty:"keep_disk"                  is:"else=false,blind"        doc:"Whether the disk stays as it is with a new type, which can then shrink."`
	Backups                 bool                `cty:"backups"                    is:"else=false"              doc:"Whether backups are made, for a fifth of its price."`
	ISO                     string              `cty:"iso"                        is:"optional,blind"          doc:"Name or number of the disc in it; a change resets it."`
	Rescue                  string              `cty:"rescue"                     is:"optional,blind"          doc:"Rescue system to start: linux64; a change resets it."`
	Labels                  map[string]string   `cty:"labels"                     is:"optional"                doc:"Labels of the user."`
	DeleteProtection        bool                `cty:"delete_protection"          is:"else=false"              doc:"Whether the API, and a plan, refuse to delete it."`
	RebuildProtection       bool                `cty:"rebuild_protection"         is:"else=false"              doc:"Whether it cannot be rebuilt: the same as delete_protection."`
	ShutdownBeforeDeletion  bool                `cty:"shutdown_before_deletion"   is:"else=false,blind"        doc:"Whether the system is asked to stop before it is deleted."`
	AllowDeprecatedImages   bool                `cty:"allow_deprecated_images"    is:"optional,blind"          doc:"Of Terraform's provider, where it is without effect as well."`
	WaitFor                 []providers.WaitFor `cty:"wait_for"                   is:"optional,blind,max=1"    doc:"What a new one has to answer before its creation is done."`
	IPv4Address             string              `cty:"ipv4_address"               is:"computed,after=public_net" doc:"Public IPv4 address."`
	IPv6Address             string              `cty:"ipv6_address"               is:"computed,after=public_net" doc:"First address of its public IPv6 network."`
	IPv6Network             string              `cty:"ipv6_network"               is:"computed,after=public_net" doc:"Public IPv6 network in CIDR notation."`
	BackupWindow            string              `cty:"backup_window"              is:"computed,after=backups"  doc:"Hours, UTC, in which backups are made, such as 22-02."`
	PrimaryDiskSize         int                 `cty:"primary_disk_size"          is:"computed,after=server_type" doc:"Size of the disk in GB."`
	Status                  string              `cty:"status"                     is:"computed,after=server_type,after=public_net,after=placement_group_id,after=iso,after=rescue" doc:"State, such as running or off."`

	disc, rescuing string // what ISO and Rescue are in the API
}

const serverExample = `resource "hcloud_server" "example" {
  name        = "worker"
  server_type = "cx23"
  image       = "debian-12"
  location    = "fsn1"
}`

var serverType = providers.Resource[*client, server]{
	Type:   "hcloud_server",
	Doc:    "A virtual machine.",
	Holds:  "the files on its disk",
	Create: createServer,
	Read:   readServer,
	Update: updateServer,
	Delete: deleteServer,
	Find:   findServer,
	List:   listServers,
	Mark:   providers.InLabels,
	Spell:  spellServer,
	Check:  checkServer,
	Probe: func(x server) *providers.Probe {
		return providers.ProbeOf(x.WaitFor, cmp.Or(x.IPv4Address, x.IPv6Address), x.privateAddress())
	},
	Foresee:   foreseeServer,
	Leaves:    serverLeaves,
	Protected: func(x server) error { return protected(x.DeleteProtection) },
	Lock:      func(x server) string { return lockOf(x.ID) },
	Natural:   func(x server) string { return x.Name },
	Explain: map[string]string{
		"image":     "a server starts from its image once; upgrade the system on it instead",
		"location":  "a server cannot move; take a snapshot of it and start a new one from that",
		"ssh_keys":  "the API takes keys only when a server is made; on the server they stand in /root/.ssh/authorized_keys, change them there",
		"user_data": "it is read at the first start only; make the change on the server instead",
	},
	Examples: serverExamples,
}

var serverExamples = []string{
	serverExample,
	networkSubnetExample + `

resource "hcloud_placement_group" "example" {
  name = "ml"
  type = "spread"
}

resource "hcloud_primary_ip" "example" {
  name     = "worker"
  type     = "ipv4"
  location = "fsn1"
}

resource "hcloud_server" "example" {
  name               = "worker-1"
  server_type        = "cx33"
  image              = "debian-12"
  location           = "fsn1"
  backups            = true
  placement_group_id = hcloud_placement_group.example.id
  labels             = { team = "ml" }

  public_net {
    ipv4         = hcloud_primary_ip.example.id
    ipv6_enabled = false
  }

  network {
    subnet_id = hcloud_network_subnet.example.id
    ip        = "10.0.1.5"
    alias_ips = ["10.0.1.6"]
  }
}`,
	sshKeyExample + `

` + networkSubnetExample + `

resource "hcloud_server" "example" {
  name                     = "worker-1"
  server_type              = "cax11"
  image                    = "ubuntu-24.04"
  location                 = "fsn1"
  ssh_keys                 = [hcloud_ssh_key.example.name]
  rescue                   = "linux64"
  shutdown_before_deletion = true

  public_net {
    ipv4_enabled = false
    ipv6_enabled = false
  }

  network {
    network_id = hcloud_network_subnet.example.network_id
  }

  user_data = <<-EOT
    #cloud-config
    packages: [git]
  EOT
}`,
}

// createServer leaves to an update what the API takes only of a server that is there.
func createServer(ctx context.Context, c *client, x *server, a providers.Attempt) error {
	o, err := x.options(ctx, c, a)
	if err != nil {
		return err
	}
	got, resp, err := c.Server.Create(ctx, o)
	if err != nil {
		return err
	}
	want := *x
	x.ISO, x.Rescue = "", ""
	if err := x.fill(got.Server); err != nil && !isState(err) {
		return err
	}
	err = started(got.Action, resp, nil)
	if x.unfinished(want) {
		return then(err)
	}
	return err
}

// unfinished reports whether x, which is new, is to be changed into want still.
func (x *server) unfinished(want server) bool {
	return want.ISO != "" || want.Rescue != "" || want.Backups || want.DeleteProtection || want.RebuildProtection ||
		len(want.Networks) > 0 || x.Status == string(hcloud.ServerStatusOff)
}

func readServer(ctx context.Context, c *client, x *server) error {
	got, err := fetchServer(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if err := x.fill(got); err != nil {
		return err
	}
	return nameSubnets(ctx, c, x.Networks)
}

// updateServer takes the first step that the server, as it is now, still needs: it
// takes part in one action at a time.
func updateServer(ctx context.Context, c *client, was server, x *server) error {
	x.ID = was.ID
	got, err := fetchServer(ctx, c, was.ID)
	if err != nil {
		return err
	}
	if steady(got) != nil {
		return providers.ErrAgain
	}
	u := &serverChange{got: got, was: was, want: *x}
	for _, step := range []func(context.Context, *client, *serverChange) error{
		renameServer, stopServer, retypeServer, regroupServer, moveAddresses, moveNets, switchBackups, moveFirewalls,
		startServer, changeBoot, protectServer,
	} {
		if err := step(ctx, c, u); err != nil {
			return gone(err)
		}
	}
	return x.fill(u.got)
}

// deleteServer leaves to the API what is attached.
func deleteServer(ctx context.Context, c *client, x server) error {
	got, err := fetchServer(ctx, c, x.ID)
	if err != nil {
		return err
	}
	if x.ShutdownBeforeDeletion && got.Status == hcloud.ServerStatusRunning {
		if err := shutDown(ctx, c, got); err != nil {
			return gone(err)
		}
	}
	result, resp, err := c.Server.DeleteWithResult(ctx, got)
	if err != nil {
		return gone(err)
	}
	return started(result.Action, resp, nil)
}

func findServer(ctx context.Context, c *client, x *server, a providers.Attempt) (bool, error) {
	found, err := born(ctx, c.listServers, x, a, (*server).fill, func(x *server) string { return x.ID })
	if found {
		x.ISO, x.Rescue = "", "" // an update sees to them
	}
	return found, err
}

// listServers names the subnets where one look at them does for all: they are what
// configurations that are written from servers refer to.
func listServers(ctx context.Context, c *client, _ server) iter.Seq2[server, error] {
	all := pages(ctx, c.listServers, "", (*server).fill)
	if !providers.Remembers(ctx) {
		return all
	}
	return func(yield func(server, error) bool) {
		for x, err := range all {
			if err == nil || isState(err) {
				err = errors.Join(err, nameSubnets(ctx, c, x.Networks))
			}
			if !yield(x, err) {
				return
			}
		}
	}
}

func (x *server) fill(got *hcloud.Server) error {
	x.ID, x.Name, x.Status = text(got.ID), got.Name, string(got.Status)
	x.ServerType, x.Location, x.PrimaryDiskSize = got.ServerType.Name, got.Location.Name, got.PrimaryDiskSize
	if x.Image == "" && got.Image != nil {
		x.Image = cmp.Or(got.Image.Name, text(got.Image.ID))
	}
	x.BackupWindow, x.Backups = got.BackupWindow, got.BackupWindow != ""
	x.DeleteProtection, x.RebuildProtection = got.Protection.Delete, got.Protection.Rebuild
	x.PlacementGroupID = 0
	if got.PlacementGroup != nil {
		x.PlacementGroupID = int(got.PlacementGroup.ID)
	}
	x.FirewallIDs = firewallsOf(got)
	x.PublicNet = []publicNet{publicNetOf(got)}
	x.Networks = netsOf(got, x.Networks)
	x.IPv4Address, x.IPv6Address, x.IPv6Network = publicAddresses(got)
	x.Labels, x.Owner = userLabels(got.Labels)
	x.disc, x.rescuing = "", ""
	if got.ISO != nil {
		x.disc = cmp.Or(got.ISO.Name, text(got.ISO.ID))
	}
	if got.RescueEnabled {
		x.rescuing = rescueSystem
	}
	return steady(got)
}

// steady returns ErrNotReady while got cannot take an action.
func steady(got *hcloud.Server) error {
	if got.Locked || got.Status != hcloud.ServerStatusRunning && got.Status != hcloud.ServerStatusOff {
		return providers.ErrNotReady
	}
	return nil
}

// privateAddress is its address in the first of its networks that has one.
func (x server) privateAddress() string {
	for _, n := range x.Networks {
		if n.IP != "" {
			return n.IP
		}
	}
	return ""
}

func firewallsOf(got *hcloud.Server) []int {
	ids := []int{}
	for _, f := range got.PublicNet.Firewalls {
		ids = append(ids, int(f.Firewall.ID))
	}
	slices.Sort(ids)
	return ids
}

// publicAddresses returns the addresses of attributes.
func publicAddresses(got *hcloud.Server) (ipv4, ipv6, network string) {
	if !got.PublicNet.IPv4.IsUnspecified() {
		ipv4 = got.PublicNet.IPv4.IP.String()
	}
	if n := got.PublicNet.IPv6.Network; n != nil && !got.PublicNet.IPv6.IsUnspecified() {
		ipv6, network = firstOf(n), n.String()
	}
	return ipv4, ipv6, network
}

func (c *client) listServers(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.Server, *hcloud.Response, error) {
	return c.Server.List(ctx, hcloud.ServerListOpts{ListOpts: o})
}

func fetchServer(ctx context.Context, c *client, id string) (*hcloud.Server, error) {
	return byID(ctx, id, c.Server.GetByID)
}

// lockOf is serverLock of an attribute id.
func lockOf(id string) string {
	n, err := number(id)
	if err != nil {
		return ""
	}
	return serverLock(int(n))
}
