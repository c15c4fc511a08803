package hrobot

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/mlinfra/mlinfra/providers"
)

type vSwitch struct {
	ID            string         `cty:"id"             is:"computed" doc:"Number of the vSwitch."`
	Name          string         `cty:"name"           is:"required" doc:"Name of the vSwitch."`
	VLAN          int            `cty:"vlan"           is:"required" doc:"Tag of its frames, 4000 to 4091."`
	Servers       []int          `cty:"servers"        is:"optional,set,ref=hrobot_server.server_number" doc:"Numbers of the servers that are connected."`
	Cancelled     bool           `cty:"cancelled"      is:"computed" doc:"Whether it ends some day."`
	Subnets       []vSwitchNet   `cty:"subnets"        is:"computed" doc:"Networks that were ordered for it."`
	CloudNetworks []cloudNetwork `cty:"cloud_networks" is:"computed" doc:"Networks of Hetzner Cloud that are coupled with it."`
}

type vSwitchNet struct {
	IP      string `cty:"ip"      is:"computed" doc:"First address." json:"ip"`
	Mask    int    `cty:"mask"    is:"computed" doc:"Length of the prefix." json:"mask"`
	Gateway string `cty:"gateway" is:"computed" doc:"Gateway." json:"gateway"`
}

type cloudNetwork struct {
	ID      int    `cty:"id"      is:"computed" doc:"Number of the network." json:"id"`
	IP      string `cty:"ip"      is:"computed" doc:"First address of the subnet." json:"ip"`
	Mask    int    `cty:"mask"    is:"computed" doc:"Length of the prefix." json:"mask"`
	Gateway string `cty:"gateway" is:"computed" doc:"Gateway." json:"gateway"`
}

var vSwitchType = providers.Resource[*client, vSwitch]{
	Type:      "hrobot_vswitch",
	Doc:       "A network between dedicated servers, on which they see each other's frames.",
	Create:    createVSwitch,
	Read:      readVSwitch,
	Update:    updateVSwitch,
	Delete:    deleteVSwitch,
	List:      listVSwitches,
	Shallow:   true, // a list does not show the servers
	Check:     checkVSwitch,
	Natural:   func(x vSwitch) string { return x.Name },
	Protected: protectedVSwitch,
	// Of two changes at once the API refuses one.
	Lock: func(x vSwitch) string { return "vswitch " + x.Name },
	Examples: []string{
		`resource "hrobot_vswitch" "example" {
  name = "ml"
  vlan = 4000
}`,
		exampleServer + `

resource "hrobot_vswitch" "example" {
  name    = "ml-training"
  vlan    = 4001
  servers = [hrobot_server.gpu.server_number, 421]
}`,
		exampleServer + `

resource "hrobot_vswitch" "example" {
  name    = "ml-training"
  vlan    = 4001
  servers = [hrobot_server.gpu.server_number, 521]
}`,
	},
}

// vSwitchBody is a vSwitch as the API shows it: it alone stands in no object of
// its kind's name. A list leaves out all from server on.
type vSwitchBody struct {
	ID        int             `json:"id"`
	Name      string          `json:"name"`
	VLAN      int             `json:"vlan"`
	Cancelled bool            `json:"cancelled"`
	Servers   []vSwitchServer `json:"server"`
	Subnets   []vSwitchNet    `json:"subnet"`
	Clouds    []cloudNetwork  `json:"cloud_network"`
}

// vSwitchServer is one that is connected, is being, or is being taken off.
type vSwitchServer struct {
	Number int    `json:"server_number"`
	Status string `json:"status"` // ready, failed, and "in process" or, as observed, "processing"
}

func createVSwitch(ctx context.Context, c *client, x *vSwitch, _ providers.Attempt) error {
	want := len(x.Servers)
	got, err := call[vSwitchBody](ctx, c, http.MethodPost, "/vswitch", x.form())
	if err != nil {
		return err
	}
	if err := x.fill(&got); err != nil || want == 0 {
		return err
	}
	return providers.ErrAgain // the servers follow
}

func (x *vSwitch) form() url.Values {
	return url.Values{"name": {x.Name}, "vlan": {strconv.Itoa(x.VLAN)}}
}

func readVSwitch(ctx context.Context, c *client, x *vSwitch) error {
	got, err := call[vSwitchBody](ctx, c, http.MethodGet, "/vswitch/"+x.ID, nil)
	if err != nil {
		return gone(err)
	}
	if got.Cancelled {
		return providers.ErrGone
	}
	return x.fill(&got)
}

// updateVSwitch makes one change after the other: while one goes on the API
// refuses another.
func updateVSwitch(ctx context.Context, c *client, was vSwitch, x *vSwitch) error {
	path := "/vswitch/" + was.ID
	now, err := call[vSwitchBody](ctx, c, http.MethodGet, path, nil)
	if err != nil {
		return gone(err)
	}
	var have []int
	for _, s := range now.Servers {
		have = append(have, s.Number)
	}
	switch gone, new := missing(have, x.Servers), missing(x.Servers, have); {
	case now.Name != x.Name || now.VLAN != x.VLAN:
		err = send(ctx, c, http.MethodPost, path, x.form())
	case len(gone) > 0:
		err = send(ctx, c, http.MethodDelete, path+"/server", url.Values{"server[]": gone})
	case len(new) > 0:
		err = send(ctx, c, http.MethodPost, path+"/server", url.Values{"server[]": new})
	default:
		return x.fill(&now)
	}
	if err != nil {
		return err
	}
	x.ID = was.ID
	return providers.ErrAgain
}

// missing returns those of a that are not in b.
func missing(a, b []int) []string {
	var out []string
	for _, n := range slices.Sorted(slices.Values(a)) {
		if !slices.Contains(b, n) {
			out = append(out, strconv.Itoa(n))
		}
	}
	return out
}

// protectedVSwitch refuses to cancel what somebody has ordered.
func protectedVSwitch(x vSwitch) error {
	if len(x.Subnets) == 0 {
		return nil
	}
	return fmt.Errorf("vSwitch %q has networks that were ordered for it, such as %s/%d, and they would be cancelled with it: cancel them in Robot first, or write lifecycle { destroy = false }", x.Name, x.Subnets[0].IP, x.Subnets[0].Mask)
}

// deleteVSwitch cancels a vSwitch as of now, which costs nothing: it is the only
// thing that mlinfra cancels, and what it has made.
func deleteVSwitch(ctx context.Context, c *client, x vSwitch) error {
	now, err := call[vSwitchBody](ctx, c, http.MethodGet, "/vswitch/"+x.ID, nil)
	switch {
	case err != nil:
		return gone(err)
	case now.Cancelled:
		return providers.ErrGone
	}
	if err := protectedVSwitch(vSwitch{Name: now.Name, Subnets: now.Subnets}); err != nil {
		return err
	}
	return gone(send(ctx, c, http.MethodDelete, "/vswitch/"+x.ID, url.Values{"cancellation_date": {"now"}}))
}

func listVSwitches(ctx context.Context, c *client, _ vSwitch) iter.Seq2[vSwitch, error] {
	return func(yield func(vSwitch, error) bool) {
		for x, err := range members(ctx, c, "/vswitch", (*vSwitch).fill) {
			if !x.Cancelled && !yield(x, err) {
				return
			}
		}
	}
}

func (x *vSwitch) fill(got *vSwitchBody) error {
	x.ID, x.Name, x.VLAN, x.Cancelled = strconv.Itoa(got.ID), got.Name, got.VLAN, got.Cancelled
	x.Subnets, x.CloudNetworks = got.Subnets, got.Clouds
	x.Servers = nil
	var state error
	for _, s := range got.Servers {
		x.Servers = append(x.Servers, s.Number)
		switch s.Status {
		case "ready":
		case "failed":
			state = fmt.Errorf("%w: server %d could not be connected", providers.ErrBroken, s.Number)
		default:
			state = errors.Join(state, providers.ErrNotReady)
		}
	}
	return state
}

func checkVSwitch(_ *vSwitch, want vSwitch) error {
	switch {
	case want.Name == "":
		return errors.New("name must not be empty")
	case want.VLAN < 4000 || want.VLAN > 4091:
		return fmt.Errorf("vlan %d is not between 4000 and 4091", want.VLAN)
	case len(want.Servers) > 100:
		return fmt.Errorf("servers has %d servers, and a vSwitch takes 100", len(want.Servers))
	}
	return nil
}
