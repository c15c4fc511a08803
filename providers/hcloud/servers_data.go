package hcloud

import (
	"context"

	"github.com/mlinfra/mlinfra/providers"
)

type servers struct {
	ID           string      `cty:"id"            is:"computed"     doc:"Always servers."`
	WithSelector string      `cty:"with_selector" is:"optional"     doc:"Label selector that the servers match; absent means all."`
	WithStatus   []string    `cty:"with_status"   is:"optional,set" doc:"States of which they have one, such as running."`
	Servers      []serverRow `cty:"servers"       is:"computed"     doc:"The servers that match."`
}

// serverFacts is what data sources show of a server beside what names it.
type serverFacts struct {
	ServerType        string            `cty:"server_type"        is:"computed"     doc:"Name of the type."`
	Image             string            `cty:"image"              is:"computed"     doc:"Name or number of the image it started from."`
	Location          string            `cty:"location"           is:"computed"     doc:"Name of the location."`
	Status            string            `cty:"status"             is:"computed"     doc:"State, such as running or off."`
	IPv4Address       string            `cty:"ipv4_address"       is:"computed"     doc:"Public IPv4 address."`
	IPv6Address       string            `cty:"ipv6_address"       is:"computed"     doc:"First address of its public IPv6 network."`
	IPv6Network       string            `cty:"ipv6_network"       is:"computed"     doc:"Public IPv6 network in CIDR notation."`
	Backups           bool              `cty:"backups"            is:"computed"     doc:"Whether backups are made."`
	BackupWindow      string            `cty:"backup_window"      is:"computed"     doc:"Hours, UTC, in which backups are made."`
	ISO               string            `cty:"iso"                is:"computed"     doc:"Name of the disc in it."`
	Rescue            string            `cty:"rescue"             is:"computed"     doc:"Rescue system that the next start is for."`
	Labels            map[string]string `cty:"labels"             is:"computed"     doc:"Labels of the user."`
	Networks          []serverNetRow    `cty:"network"            is:"computed,set" doc:"The networks it is in."`
	FirewallIDs       []int             `cty:"firewall_ids"       is:"computed"     doc:"Numbers of the firewalls around it."`
	PlacementGroupID  int               `cty:"placement_group_id" is:"computed"     doc:"Number of its placement group; 0 for none."`
	DeleteProtection  bool              `cty:"delete_protection"  is:"computed"     doc:"Whether the API refuses to delete it."`
	RebuildProtection bool              `cty:"rebuild_protection" is:"computed"     doc:"Whether the API refuses to rebuild it."`
	PrimaryDiskSize   int               `cty:"primary_disk_size"  is:"computed"     doc:"Size of the disk in GB."`
}

type serverRow struct {
	ID   string `cty:"id"   is:"computed" doc:"Number of the server."`
	Name string `cty:"name" is:"computed" doc:"Name of the server."`
	serverFacts
}

var serversData = providers.DataSource[*client, servers]{
	Type: "hcloud_servers",
	Doc:  "The servers of the project.",
	Read: readServers,
	Examples: []string{
		serverExample + `

data "hcloud_servers" "example" {
  with_status = ["running"]
  depends_on  = [hcloud_server.example]
}`,
	},
}

func readServers(ctx context.Context, c *client, x *servers) (err error) {
	x.ID = "servers"
	x.Servers, err = soughtServers(ctx, c, x.WithSelector, x.WithStatus)
	return err
}
