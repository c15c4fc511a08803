package hcloud

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type serverNetwork struct {
	ID         string   `cty:"id"          is:"computed"         doc:"Number of the server, a dash, number of the network."`
	ServerID   int      `cty:"server_id"   is:"required,replace,ref=hcloud_server"         doc:"Number of the server."`
	NetworkID  int      `cty:"network_id"  is:"default,replace,ref=hcloud_network"         doc:"Number of the network, if subnet_id is absent."`
	SubnetID   string   `cty:"subnet_id"   is:"default,replace,ref=hcloud_network_subnet"  doc:"Id of the subnet; any of the network if absent."`
	IP         string   `cty:"ip"          is:"default,replace"  doc:"Address in the network; chosen by the API if absent."`
	AliasIPs   []string `cty:"alias_ips"   is:"optional,set"     doc:"More addresses in the network."`
	MACAddress string   `cty:"mac_address" is:"computed"         doc:"MAC address of the interface."`
}

const serverInNetwork = serverExample + `

` + networkSubnetExample

var serverNetworkType = providers.Resource[*client, serverNetwork]{
	Type:   "hcloud_server_network",
	Doc:    "What a server has in a private network.",
	Create: createServerNetwork,
	Read:   readServerNetwork,
	Update: updateServerNetwork,
	Delete: deleteServerNetwork,
	List:   listServerNetworks,
	Check:  checkServerNetwork,
	Lock:   func(x serverNetwork) string { return serverLock(x.ServerID) },
	Again:  true,
	Natural: func(x serverNetwork) string {
		return natural(x.ServerID, fmt.Sprint(x.net().network()))
	},
	Redundant: true, // server.network
	Explain: map[string]string{
		"ip": "the address of a server in a network cannot be changed, only given back; alias_ips can be",
	},
	Examples: []string{
		serverInNetwork + `

resource "hcloud_server_network" "example" {
  server_id = hcloud_server.example.id
  subnet_id = hcloud_network_subnet.example.id
}`,
		serverInNetwork + `

resource "hcloud_server_network" "example" {
  server_id = hcloud_server.example.id
  subnet_id = hcloud_network_subnet.example.id
  alias_ips = ["10.0.1.100", "10.0.1.101"]
}`,
		serverInNetwork + `

resource "hcloud_server_network" "example" {
  server_id  = hcloud_server.example.id
  network_id = hcloud_network_subnet.example.network_id
  ip         = "10.0.1.5"
}`,
	},
}

// createServerNetwork takes over what is there already and is as it should be.
func createServerNetwork(ctx context.Context, c *client, x *serverNetwork, _ providers.Attempt) error {
	s, err := fetchServer(ctx, c, fmt.Sprint(x.ServerID))
	if errors.Is(err, providers.ErrGone) {
		return fmt.Errorf("there is no server %d", x.ServerID)
	}
	if err != nil {
		return err
	}
	n := x.net()
	have := s.PrivateNetFor(&hcloud.Network{ID: int64(n.network())})
	if have != nil && (n.IP != "" && n.IP != address(have.IP) || !n.holds(address(have.IP))) {
		return fmt.Errorf("server %d is in network %d with the address %s: detach it there first", x.ServerID, n.network(), have.IP)
	}
	if err = attach(ctx, c, s, have, n); err != nil && providers.OperationOf(err) == "" {
		return err
	}
	x.ID, x.NetworkID = fmt.Sprintf("%d-%d", x.ServerID, n.network()), n.network()
	if name := providers.OperationOf(err); name != "" {
		return &providers.Started{Operation: name}
	}
	return x.fill(ctx, c, s.ID, have)
}

func readServerNetwork(ctx context.Context, c *client, x *serverNetwork) error {
	_, have, err := fetchServerNet(ctx, c, x.ID)
	if err != nil {
		return err
	}
	id, _, err := splitServerNet(x.ID)
	if err != nil {
		return err
	}
	return x.fill(ctx, c, id, have)
}

func updateServerNetwork(ctx context.Context, c *client, was serverNetwork, x *serverNetwork) error {
	x.ID = was.ID
	s, have, err := fetchServerNet(ctx, c, was.ID)
	if err != nil {
		return err
	}
	if !sameTexts(x.AliasIPs, texts(have.Aliases)) {
		return more(c.Server.ChangeAliasIPs(ctx, s, hcloud.ServerChangeAliasIPsOpts{Network: have.Network, AliasIPs: addresses(x.AliasIPs)}))
	}
	return x.fill(ctx, c, s.ID, have)
}

func deleteServerNetwork(ctx context.Context, c *client, x serverNetwork) error {
	server, network, err := splitServerNet(x.ID)
	if err != nil {
		return err
	}
	action, resp, err := c.Server.DetachFromNetwork(ctx, &hcloud.Server{ID: server}, hcloud.ServerDetachFromNetworkOpts{Network: &hcloud.Network{ID: network}})
	return started(action, resp, gone(err))
}

// listServerNetworks lists those of all servers, whose list the refresh shares.
func listServerNetworks(ctx context.Context, c *client, _ serverNetwork) iter.Seq2[serverNetwork, error] {
	return func(yield func(serverNetwork, error) bool) {
		for s, err := range providers.All(ctx, c, serverType, server{}) {
			id, bad := number(s.ID)
			if err == nil || isState(err) {
				err = errors.Join(bad, nameSubnets(ctx, c, s.Networks))
			}
			if err != nil {
				yield(serverNetwork{}, err)
				return
			}
			for _, n := range s.Networks {
				x := serverNetwork{ServerID: int(id)}
				x.of(n)
				if !yield(x, nil) {
					return
				}
			}
		}
	}
}

// fill names the subnet that the address is in when nothing says it.
func (x *serverNetwork) fill(ctx context.Context, c *client, server int64, have *hcloud.ServerPrivateNet) error {
	n := serverNet{NetworkID: int(have.Network.ID), SubnetID: x.SubnetID, IP: address(have.IP), AliasIPs: texts(have.Aliases), MACAddress: have.MACAddress}
	x.ServerID = int(server)
	nets := []serverNet{n}
	err := nameSubnets(ctx, c, nets)
	x.of(nets[0])
	return err
}

// of gives x what its server has in a network.
func (x *serverNetwork) of(n serverNet) {
	x.ID = fmt.Sprintf("%d-%d", x.ServerID, n.NetworkID)
	x.NetworkID, x.SubnetID, x.IP, x.AliasIPs, x.MACAddress = n.NetworkID, n.SubnetID, n.IP, n.AliasIPs, n.MACAddress
}

// net is what x says, as a block of a server does.
func (x serverNetwork) net() serverNet {
	return serverNet{NetworkID: x.NetworkID, SubnetID: x.SubnetID, IP: x.IP, AliasIPs: x.AliasIPs}
}

// fetchServerNet returns the server that the id of an attachment names, and what it has
// in the network.
func fetchServerNet(ctx context.Context, c *client, id string) (*hcloud.Server, *hcloud.ServerPrivateNet, error) {
	server, network, err := splitServerNet(id)
	if err != nil {
		return nil, nil, err
	}
	s, err := there(c.Server.GetByID(ctx, server))
	if err != nil {
		return nil, nil, err
	}
	have := s.PrivateNetFor(&hcloud.Network{ID: network})
	if have == nil {
		return nil, nil, providers.ErrGone
	}
	return s, have, nil
}

// splitServerNet takes the id of an attachment apart.
func splitServerNet(id string) (server, network int64, err error) {
	first, second, _ := strings.Cut(id, "-")
	server, err = number(first)
	network, bad := number(second)
	if err != nil || bad != nil {
		return 0, 0, fmt.Errorf("id %q is not the number of a server, a dash and that of a network, as in 4711-42", id)
	}
	return server, network, nil
}

func checkServerNetwork(was *serverNetwork, want serverNetwork) error {
	if was == nil && want.NetworkID == 0 && want.SubnetID == "" {
		return errors.New("subnet_id or network_id has to be set")
	}
	return checkNets([]serverNet{want.net()})
}
