package hrobot

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

type servers struct {
	ID      string       `cty:"id"      is:"computed" doc:"Always servers."`
	Servers []serverFact `cty:"servers" is:"computed" doc:"Servers of the account, by number."`
}

type serverFact struct {
	ServerNumber  int      `cty:"server_number"   is:"computed" doc:"Number of the server."`
	ServerName    string   `cty:"server_name"     is:"computed" doc:"Name in Robot."`
	ServerIP      string   `cty:"server_ip"       is:"computed" doc:"Main IPv4 address."`
	ServerIPv6Net string   `cty:"server_ipv6_net" is:"computed" doc:"First address of the main IPv6 network."`
	IPs           []string `cty:"ips"             is:"computed" doc:"Single addresses of the server."`
	Product       string   `cty:"product"         is:"computed" doc:"What was rented."`
	DC            string   `cty:"dc"              is:"computed" doc:"Data centre."`
	Status        string   `cty:"status"          is:"computed" doc:"ready, or in process while it is delivered."`
	Cancelled     bool     `cty:"cancelled"       is:"computed" doc:"Whether somebody has cancelled it."`
	PaidUntil     string   `cty:"paid_until"      is:"computed" doc:"Day until which it is paid."`
}

var serversData = providers.DataSource[*client, servers]{
	Type:     "hrobot_servers",
	Doc:      "The dedicated servers of the account.",
	Read:     readServers,
	Examples: []string{`data "hrobot_servers" "example" {}`},
}

func readServers(ctx context.Context, c *client, x *servers) error {
	x.ID, x.Servers = "servers", nil
	for s, err := range allServers(ctx, c) {
		if err != nil && !errors.Is(err, providers.ErrNotReady) {
			return err
		}
		x.Servers = append(x.Servers, serverFact{
			s.ServerNumber, s.ServerName, s.ServerIP, s.ServerIPv6Net, s.IPs, s.Product, s.DC, s.Status, s.Cancelled, s.PaidUntil,
		})
	}
	slices.SortFunc(x.Servers, func(a, b serverFact) int { return cmp.Compare(a.ServerNumber, b.ServerNumber) })
	return nil
}
