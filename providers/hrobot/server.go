package hrobot

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type server struct {
	ID             string `cty:"id"              is:"computed"         doc:"Number of the server."`
	ServerNumber   int    `cty:"server_number"   is:"required,replace" doc:"Number of a server that the account has: none is ordered."`
	ServerName     string `cty:"server_name"     is:"default"          doc:"Name in Robot; absent leaves the one that it has."`
	AllowReinstall bool   `cty:"allow_reinstall" is:"else=false,blind" doc:"Whether another install may erase all that is on the disks."`

	Rescue  []rescueSystem `cty:"rescue"  is:"optional,blind,single" doc:"System that starts at the next boot, once; it boots nothing itself."`
	Install []installation `cty:"install" is:"optional,blind,single" doc:"Image on the disks; another one needs allow_reinstall."`

	ServerIP      string   `cty:"server_ip"       is:"computed" doc:"Main IPv4 address."`
	ServerIPv6Net string   `cty:"server_ipv6_net" is:"computed" doc:"First address of the main IPv6 network."`
	IPs           []string `cty:"ips"             is:"computed" doc:"Single addresses of the server."`
	Subnets       []subnet `cty:"subnets"         is:"computed" doc:"Networks of the server."`
	Product       string   `cty:"product"         is:"computed" doc:"What was rented, such as AX41-NVMe."`
	DC            string   `cty:"dc"              is:"computed" doc:"Data centre, such as FSN1-DC8."`
	Traffic       string   `cty:"traffic"         is:"computed" doc:"Traffic that is free, such as 5 TB or unlimited."`
	Status        string   `cty:"status"          is:"computed" doc:"ready, or in process while it is delivered."`
	Cancelled     bool     `cty:"cancelled"       is:"computed" doc:"Whether somebody has cancelled it, by hand."`
	PaidUntil     string   `cty:"paid_until"      is:"computed" doc:"Day until which it is paid."`
}

type subnet struct {
	IP   string `cty:"ip"   is:"computed" doc:"First address." json:"ip"`
	Mask string `cty:"mask" is:"computed" doc:"Length of the prefix, such as 64." json:"mask"`
}

// serverType takes over a server that is rented by hand and leaves it. There is no
// call to order, to cancel, or to change the contract in any other way.
var serverType = providers.Resource[*client, server]{
	Type:     "hrobot_server",
	Doc:      "A dedicated server that the account has: it is taken over, not ordered, and let go, not cancelled.",
	Create:   createServer,
	Read:     readServer,
	Update:   updateServer,
	Delete:   stays[server],
	List:     listServers,
	Import:   importServer,
	Natural:  func(x server) string { return strconv.Itoa(x.ServerNumber) },
	Check:    checkServer,
	Foresee:  foreseeServer,
	Loses:    serverLoses,
	Leaves:   serverLeaves,
	Lock:     func(x server) string { return "server " + strconv.Itoa(x.ServerNumber) },
	Again:    true,
	Explain:  map[string]string{"server_number": "another number is another server; nothing happens to the one that is left"},
	Examples: serverExamples,
}

// exampleServer is what the examples of settings stand on.
const exampleServer = `resource "hrobot_server" "gpu" {
  server_number = 321
}`

var serverExamples = []string{
	`resource "hrobot_server" "example" {
  server_number = 321
  server_name   = "gpu"
}`,
	`resource "hrobot_ssh_key" "ml" {
  name       = "ml"
  public_key = "` + exampleKey + `"
}

resource "hrobot_server" "example" {
  server_number = 321
  server_name   = "gpu-1"

  rescue {
    authorized_keys = [hrobot_ssh_key.ml.fingerprint]
  }
}`,
	`resource "hrobot_ssh_key" "ml" {
  name       = "ml"
  public_key = "` + exampleKey + `"
}

resource "hrobot_server" "example" {
  server_number   = 421
  server_name     = "gpu-1"
  allow_reinstall = true

  install {
    image           = "Debian 12 base"
    authorized_keys = [hrobot_ssh_key.ml.fingerprint]
  }
}`,
	`resource "hrobot_ssh_key" "ml" {
  name       = "ml"
  public_key = "` + exampleKey + `"
}

resource "hrobot_server" "example" {
  server_number   = 421
  allow_reinstall = true

  install {
    image           = "Ubuntu 24.04 LTS base"
    language        = "en"
    authorized_keys = [hrobot_ssh_key.ml.fingerprint]
    trigger         = "2026-11"
  }
}`,
}

// serverBody is a server as the API shows it.
type serverBody struct {
	Server struct {
		IP        string   `json:"server_ip"` // null without IPv4
		IPv6Net   string   `json:"server_ipv6_net"`
		Number    int      `json:"server_number"`
		Name      string   `json:"server_name"`
		Product   string   `json:"product"`
		DC        string   `json:"dc"`
		Traffic   string   `json:"traffic"`
		Status    string   `json:"status"`
		Cancelled bool     `json:"cancelled"`
		PaidUntil string   `json:"paid_until"`
		IPs       []string `json:"ip"`
		Subnets   []subnet `json:"subnet"`
	} `json:"server"`
}

func (x *server) path(of string) string { return of + strconv.Itoa(x.ServerNumber) }

// createServer takes over a server that is there. What it is to have beside that
// is left to the update.
func createServer(ctx context.Context, c *client, x *server, _ providers.Attempt) error {
	want := *x
	got, err := call[serverBody](ctx, c, http.MethodGet, x.path("/server/"), nil)
	switch {
	case isNotFound(err):
		return &providers.CallError{Message: unknownServer(x.ServerNumber), Err: err}
	case err != nil:
		return err
	}
	x.Rescue, x.Install = nil, nil
	if err := x.fill(&got); err != nil {
		return err
	}
	if want.ServerName != "" && want.ServerName != x.ServerName || len(want.Rescue) > 0 || len(want.Install) > 0 {
		return providers.ErrAgain
	}
	return nil
}

// unknownServer says that there is no such server.
func unknownServer(number int) string {
	return fmt.Sprintf("server_number %d is not a server of this account. mlinfra takes over servers that there are, and orders none: order it at https://robot.hetzner.com, or check the number and the user of the webservice", number)
}

func readServer(ctx context.Context, c *client, x *server) error {
	got, err := call[serverBody](ctx, c, http.MethodGet, x.path("/server/"), nil)
	if err != nil {
		return gone(err)
	}
	return x.fill(&got)
}

// updateServer looks at what there is: was may be what is planned on.
func updateServer(ctx context.Context, c *client, was server, x *server) error {
	got, err := call[serverBody](ctx, c, http.MethodGet, was.path("/server/"), nil)
	if err != nil {
		return gone(err)
	}
	what, _, err := next(ctx, c, was, *x) // before anything is changed: it may refuse
	if err != nil {
		return err
	}
	if x.ServerName != "" && x.ServerName != got.Server.Name {
		if got, err = call[serverBody](ctx, c, http.MethodPost, was.path("/server/"), url.Values{"server_name": {x.ServerName}}); err != nil {
			return err
		}
	}
	if err := prepareRescue(ctx, c, was, *x); err != nil {
		return err
	}
	if what != nothing {
		if err := install(ctx, c, what, *x); err != nil {
			return err
		}
	}
	if err := x.fill(&got); err != nil || what == nothing {
		return err
	}
	return &providers.Started{Operation: installing + x.ID}
}

func listServers(ctx context.Context, c *client, _ server) iter.Seq2[server, error] {
	return members(ctx, c, "/server", (*server).fill)
}

// allServers is listServers, shared with the other looks of a plan.
func allServers(ctx context.Context, c *client) iter.Seq2[server, error] {
	return providers.All(ctx, c, providers.Resource[*client, server]{Type: "hrobot_server", List: listServers}, server{})
}

func (x *server) fill(got *serverBody) error {
	s := got.Server
	x.ID, x.ServerNumber, x.ServerName = strconv.Itoa(s.Number), s.Number, s.Name
	x.ServerIP, x.ServerIPv6Net, x.IPs, x.Subnets = s.IP, s.IPv6Net, s.IPs, s.Subnets
	x.Product, x.DC, x.Traffic = s.Product, s.DC, s.Traffic
	x.Status, x.Cancelled, x.PaidUntil = s.Status, s.Cancelled, s.PaidUntil
	if s.Status == "in process" {
		return providers.ErrNotReady
	}
	return nil
}

func importServer(id string) (server, error) {
	n, err := serverID(id)
	return server{ID: id, ServerNumber: n}, err
}

// serverLeaves says that the server stays, for plans that let it go.
func serverLeaves(_ context.Context, _ *client, x server) ([]providers.Leftover, error) {
	return []providers.Leftover{{Kind: "dedicated server", ID: x.ID, Name: x.ServerName}}, nil
}

func checkServer(was *server, want server) error {
	if want.ServerNumber < 1 {
		return fmt.Errorf("server_number %d is not the number of a server, such as 1234567", want.ServerNumber)
	}
	for _, r := range want.Rescue {
		if err := checkFingerprints("rescue", r.AuthorizedKeys); err != nil {
			return err
		}
	}
	for _, i := range want.Install {
		if i.Image == "" {
			return fmt.Errorf("image of install must not be empty; the images of a server are those of its Linux tab in Robot")
		}
		if err := checkFingerprints("install", i.AuthorizedKeys); err != nil {
			return err
		}
	}
	return checkReinstall(was, want)
}

var md5Fingerprint = providers.NewPattern(`^([0-9a-f]{2}:){15}[0-9a-f]{2}$`)

// checkFingerprints wants keys: the password that lets in without is shown once,
// to nobody.
func checkFingerprints(block string, keys []string) error {
	if len(keys) == 0 {
		return fmt.Errorf("%s has no authorized_keys, and nobody would see the password: name a key, such as hrobot_ssh_key.NAME.fingerprint", block)
	}
	for _, key := range keys {
		if !md5Fingerprint.MatchString(key) {
			return fmt.Errorf("authorized_keys of %s has %q, which is not the MD5 fingerprint of a key in Robot, such as hrobot_ssh_key.NAME.fingerprint", block, key)
		}
	}
	return nil
}

// foreseeServer refuses a server that the account does not have, and an
// installation that is not allowed or whose image there is not.
func foreseeServer(ctx context.Context, c *client, was *server, want server) error {
	if want.ServerNumber == 0 {
		return nil // not known yet
	}
	if was == nil {
		if err := foreseeNumber(ctx, c, want); err != nil {
			return err
		}
		was = &server{}
	}
	return foreseeInstall(ctx, c, *was, want)
}

// foreseeNumber refuses the number of a server that the account does not have. The
// list, which all servers of a plan share, answers what is so; what is not in it is
// asked for by itself.
func foreseeNumber(ctx context.Context, c *client, want server) error {
	var known []string
	for x, err := range allServers(ctx, c) {
		switch {
		case x.ServerNumber == want.ServerNumber:
			return nil
		case err != nil && x.ID == "":
			return err
		}
		known = append(known, strings.TrimSpace(x.ID+" "+x.ServerName))
	}
	if _, err := call[serverBody](ctx, c, http.MethodGet, want.path("/server/"), nil); !isNotFound(err) {
		return err
	}
	slices.Sort(known)
	return fmt.Errorf("%s. The account has %s", unknownServer(want.ServerNumber), cmp.Or(strings.Join(known, ", "), "none"))
}
