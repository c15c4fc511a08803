package ovh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// dedicatedServerFacts is what nobody sets of a server, as the API tells it.
type dedicatedServerFacts struct {
	AvailabilityZone string `cty:"availability_zone"  is:"computed" doc:"Availability zone." json:"availabilityZone"`
	CommercialRange  string `cty:"commercial_range"   is:"computed" doc:"What was rented." json:"commercialRange"`
	Datacenter       string `cty:"datacenter"         is:"computed" doc:"Data centre, such as rbx8." json:"datacenter"`
	IP               string `cty:"ip"                 is:"computed" doc:"Main IPv4 address." json:"ip"`
	LinkSpeed        int    `cty:"link_speed"         is:"computed" doc:"Speed of its link, Mbit/s." json:"linkSpeed"`
	Name             string `cty:"name"               is:"computed" doc:"Name of the server." json:"name"`
	NewUpgradeSystem bool   `cty:"new_upgrade_system" is:"computed" doc:"Whether it can be upgraded in the new way." json:"newUpgradeSystem"`
	PowerState       string `cty:"power_state"        is:"computed" doc:"poweron or poweroff." json:"powerState"`
	ProfessionalUse  bool   `cty:"professional_use"   is:"computed" doc:"Whether it has the option for professional use." json:"professionalUse"`
	Rack             string `cty:"rack"               is:"computed" doc:"Rack that it is in." json:"rack"`
	Region           string `cty:"region"             is:"computed" doc:"Region." json:"region"`
	ServerID         int    `cty:"server_id"          is:"computed" doc:"Number of the server." json:"serverId"`
	SupportLevel     string `cty:"support_level"      is:"computed" doc:"critical, fastpath, gs or pro." json:"supportLevel"`
}

type dedicatedServer struct {
	ID          string `cty:"id"           is:"computed"         doc:"Name of the server."`
	ServiceName string `cty:"service_name" is:"required,replace" doc:"Name of a server that the account has: none is ordered."`

	DisplayName       *string `cty:"display_name"        is:"default" doc:"Name in the control panel; absent leaves the one that it has."`
	BootID            *int    `cty:"boot_id"             is:"default,after=os,after=reinstall_trigger" usual:"1" doc:"What it boots next, as in ovh_dedicated_server_boots; it boots nothing."`
	BootScript        *string `cty:"boot_script"         is:"default" doc:"Script of iPXE that it boots by next."`
	EFIBootloaderPath *string `cty:"efi_bootloader_path" is:"default,after=os,after=reinstall_trigger" usual:"*" doc:"Path of the EFI boot loader."`
	Monitoring        *bool   `cty:"monitoring"          is:"default" usual:"true" doc:"Whether OVHcloud pings it, and acts when it is silent."`
	NoIntervention    *bool   `cty:"no_intervention"     is:"default" usual:"false" doc:"Whether nobody goes to it in the data centre."`
	RescueMail        *string `cty:"rescue_mail"         is:"default" doc:"Who gets the password of a rescue system; absent leaves who does."`
	RescueSSHKey      *string `cty:"rescue_ssh_key"      is:"default" doc:"Key that a rescue system lets in; absent leaves the one that it has."`
	Reverse           *string `cty:"reverse"             is:"default" doc:"Name that its address leads back to; it has to lead there itself."`
	RootDevice        *string `cty:"root_device"         is:"default" doc:"Device that it boots from."`
	State             *string `cty:"state"               is:"default" usual:"*" doc:"ok, error, hacked or hackedBlocked."`

	AllowReinstall   bool             `cty:"allow_reinstall"   is:"else=false,blind" doc:"Whether another os may erase all that is on the disks."`
	OS               string           `cty:"os"                is:"default" usual:"*" doc:"System on the disks, such as debian12_64; another needs allow_reinstall."`
	ReinstallTrigger string           `cty:"reinstall_trigger" is:"optional,blind" doc:"Any text: a change of it installs the same os anew."`
	Customizations   []customizations `cty:"customizations"    is:"optional,blind,single" doc:"What an installation is told; used when it is made."`
	Storage          []storage        `cty:"storage"           is:"optional,blind" doc:"How an installation divides disks; used when it is made."`

	KeepServiceAfterDestroy bool `cty:"keep_service_after_destroy" is:"else=true,blind" doc:"Always true: the contract stays when this is deleted."`
	PreventInstallOnCreate  bool `cty:"prevent_install_on_create"  is:"optional,blind" doc:"As without allow_reinstall, which excludes it."`
	PreventInstallOnImport  bool `cty:"prevent_install_on_import"  is:"optional,blind" doc:"As without allow_reinstall, which excludes it."`

	dedicatedServerFacts
	IAM iam `cty:"iam" is:"computed,after=display_name" doc:"What policies know of it."`
}

type iam struct {
	DisplayName string            `cty:"display_name" is:"computed" doc:"Name in the control panel." json:"displayName"`
	ID          string            `cty:"id"           is:"computed" doc:"Id in policies." json:"id"`
	Tags        map[string]string `cty:"tags"         is:"computed" doc:"Tags by key." json:"tags"`
	URN         string            `cty:"urn"          is:"computed" doc:"Name in policies." json:"urn"`
}

// dedicatedServerType takes over a server that is rented by hand and leaves it.
// There is no call to order, to terminate, or to change the contract in any other
// way.
var dedicatedServerType = providers.Resource[*client, dedicatedServer]{
	Type:    "ovh_dedicated_server",
	Doc:     "A dedicated server that the account has: it is taken over, not ordered, and let go, not terminated.",
	Create:  createDedicatedServer,
	Read:    readDedicatedServer,
	Update:  updateDedicatedServer,
	Delete:  letGo,
	List:    listDedicatedServers,
	Shallow: true, // a list shows names only
	Import:  importDedicatedServer,
	Migrate: func(x *dedicatedServer) { x.KeepServiceAfterDestroy = true },
	Natural: func(x dedicatedServer) string { return x.ServiceName },
	Spell:   spellDedicatedServer,
	Check:   checkDedicatedServer,
	Foresee: foreseeDedicatedServer,
	Loses:   dedicatedServerLoses,
	Leaves:  dedicatedServerLeaves,
	Lock:    func(x dedicatedServer) string { return "server " + x.ServiceName },
	Again:   true,
	Explain: map[string]string{"service_name": "another name is another server; nothing happens to the one that is left"},
	Examples: []string{
		`resource "ovh_dedicated_server" "example" {
  service_name = "ns321.ip-192-0-2.eu"
  display_name = "gpu"
}`,
		`resource "ovh_dedicated_server" "example" {
  service_name    = "ns321.ip-192-0-2.eu"
  display_name    = "gpu-1"
  monitoring      = false
  no_intervention = true
  boot_id         = 1122
  rescue_mail     = "ops@example.com"
  rescue_ssh_key  = "` + exampleKey + `"
  reverse         = "gpu-1.example.com"
}`,
		`resource "ovh_dedicated_server" "example" {
  service_name    = "ns421.ip-198-51-100.eu"
  display_name    = "gpu-1"
  allow_reinstall = true
  os              = "debian12_64"

  customizations {
    hostname = "gpu-1"
    ssh_key  = "` + exampleKey + `"
  }
}`,
		`resource "ovh_dedicated_server" "example" {
  service_name    = "ns421.ip-198-51-100.eu"
  allow_reinstall = true
  os              = "ubuntu2404-server_64"

  customizations {
    hostname = "gpu-1"
    ssh_key  = "` + exampleKey + `"
  }

  storage {
    partitioning {
      disks = 2

      layout {
        file_system = "ext4"
        mount_point = "/"
        raid_level  = 1
        size        = 102400
      }

      layout {
        file_system = "zfs"
        mount_point = "/data"
        raid_level  = 0

        extras {
          zp {
            name = "data"
          }
        }
      }
    }
  }
}`,
	},
}

const (
	// exampleServer is what the examples of others stand on.
	exampleServer = `resource "ovh_dedicated_server" "gpu" {
  service_name = "ns321.ip-192-0-2.eu"
}`
	exampleKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKOvfO45l2butONThoDkGaR0EpUSNG0T2oJnVoGC6FGI ml@example.com"
)

// serverBody is a server as the API shows it.
type serverBody struct {
	BootID            *int    `json:"bootId"`
	BootScript        *string `json:"bootScript"`
	EFIBootloaderPath *string `json:"efiBootloaderPath"`
	Monitoring        *bool   `json:"monitoring"`
	NoIntervention    *bool   `json:"noIntervention"`
	RescueMail        *string `json:"rescueMail"`
	RescueSSHKey      *string `json:"rescueSshKey"`
	Reverse           *string `json:"reverse"`
	RootDevice        *string `json:"rootDevice"`
	State             *string `json:"state"`
	OS                string  `json:"os"`
	dedicatedServerFacts
	IAM iam `json:"iam"`
}

func serverPath(name string) string { return at("dedicated", "server", name) }

func serverOf(ctx context.Context, c *client, name string) (got serverBody, err error) {
	err = call(ctx, c, http.MethodGet, serverPath(name), nil, &got)
	return got, err
}

// createDedicatedServer takes over a server that is there. What it is to have
// beside that is left to the update.
func createDedicatedServer(ctx context.Context, c *client, x *dedicatedServer, _ providers.Attempt) error {
	want := *x
	got, err := serverOf(ctx, c, x.ServiceName)
	switch {
	case isNotFound(err):
		return &providers.CallError{Message: unknownServer(x.ServiceName), Err: err}
	case err != nil:
		return err
	}
	// Without what is kept in state alone, which would look as if it were done.
	*x = dedicatedServer{ServiceName: want.ServiceName, AllowReinstall: want.AllowReinstall, KeepServiceAfterDestroy: true,
		PreventInstallOnCreate: want.PreventInstallOnCreate, PreventInstallOnImport: want.PreventInstallOnImport}
	x.fill(&got)
	return providers.ErrAgain
}

// unknownServer says that there is no such server.
func unknownServer(name string) string {
	return fmt.Sprintf("service_name %q is not a server of this account. mlinfra takes over servers that there are, and orders none: order it at OVHcloud, or check the name and the keys", name)
}

func readDedicatedServer(ctx context.Context, c *client, x *dedicatedServer) error {
	got, err := serverOf(ctx, c, x.ServiceName)
	if err != nil {
		return gone(err)
	}
	x.fill(&got)
	return nil
}

// updateDedicatedServer looks at what there is: was may be what is planned on.
func updateDedicatedServer(ctx context.Context, c *client, was dedicatedServer, x *dedicatedServer) error {
	got, err := serverOf(ctx, c, was.ServiceName)
	if err != nil {
		return gone(err)
	}
	erase, err := due(was, *x, got.OS) // before anything is changed: it may refuse
	if err != nil {
		return err
	}
	if changes := x.changes(&got); len(changes) > 0 {
		if err := call(ctx, c, http.MethodPut, serverPath(was.ServiceName), changes, nil); err != nil {
			return err
		}
		if got, err = serverOf(ctx, c, was.ServiceName); err != nil {
			return err
		}
	}
	if x.Reverse != nil && !sameName(*x.Reverse, value(got.Reverse)) {
		body := map[string]string{"ipReverse": got.IP, "reverse": *x.Reverse}
		if err := call(ctx, c, http.MethodPost, at("ip", got.IP+"/32", "reverse"), body, nil); err != nil {
			return err
		}
		got.Reverse = x.Reverse
	}
	want := *x
	x.fill(&got)
	switch {
	case want.DisplayName != nil && *want.DisplayName != got.IAM.DisplayName:
		if err := rename(ctx, c, was.ServiceName, *want.DisplayName); err != nil {
			return err
		}
		naming := &providers.Started{Operation: serverPath(was.ServiceName) + nameWord + url.PathEscape(*want.DisplayName)}
		if erase {
			naming.Then = providers.ErrAgain
		}
		return naming
	case erase:
		return reinstall(ctx, c, want)
	}
	return nil
}

// changes returns what a PUT is to change, by the API's names.
func (x *dedicatedServer) changes(now *serverBody) map[string]any {
	changes := map[string]any{}
	set(changes, "bootId", x.BootID, now.BootID)
	set(changes, "bootScript", x.BootScript, now.BootScript)
	set(changes, "efiBootloaderPath", x.EFIBootloaderPath, now.EFIBootloaderPath)
	set(changes, "monitoring", x.Monitoring, now.Monitoring)
	set(changes, "noIntervention", x.NoIntervention, now.NoIntervention)
	set(changes, "rescueMail", x.RescueMail, now.RescueMail)
	set(changes, "rescueSshKey", x.RescueSSHKey, now.RescueSSHKey)
	set(changes, "rootDevice", x.RootDevice, now.RootDevice)
	set(changes, "state", x.State, now.State)
	return changes
}

// set adds what is wanted to changes, unless it is so.
func set[T comparable](changes map[string]any, name string, want, now *T) {
	if want != nil && *want != value(now) {
		changes[name] = *want
	}
}

// value is what p points to; the zero value for nil.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// nameWord stands between a server and its new name, as an operation: a server
// shows its name some time after its service has it.
const nameWord = "/displayName/"

// named says whether a server shows the name that it has been given.
func named(ctx context.Context, c *client, server, name string) (result, err error) {
	var got serverBody
	if err := call(ctx, c, http.MethodGet, server, nil, &got); err != nil {
		return nil, err
	}
	if url.PathEscape(got.IAM.DisplayName) != name {
		return providers.ErrNotReady, nil
	}
	return nil, nil
}

// rename gives the service of a server another name.
func rename(ctx context.Context, c *client, name, display string) error {
	var info struct {
		ServiceID int `json:"serviceId"`
	}
	if err := call(ctx, c, http.MethodGet, serverPath(name)+"/serviceInfos", nil, &info); err != nil {
		return err
	}
	return call(ctx, c, http.MethodPut, at("services", strconv.Itoa(info.ServiceID)), map[string]string{"displayName": display}, nil)
}

// letGo forgets a server, and calls nothing.
func letGo(ctx context.Context, _ *client, _ dedicatedServer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return providers.ErrGone
}

func listDedicatedServers(ctx context.Context, c *client, _ dedicatedServer) iter.Seq2[dedicatedServer, error] {
	return func(yield func(dedicatedServer, error) bool) {
		var names []string
		if err := call(ctx, c, http.MethodGet, "/dedicated/server", nil, &names); err != nil {
			yield(dedicatedServer{}, err)
			return
		}
		for _, name := range names {
			if !yield(dedicatedServer{ID: name, ServiceName: name, KeepServiceAfterDestroy: true}, nil) {
				return
			}
		}
	}
}

// allServers is listDedicatedServers, shared with the other looks of a plan.
func allServers(ctx context.Context, c *client) iter.Seq2[dedicatedServer, error] {
	return providers.All(ctx, c, providers.Resource[*client, dedicatedServer]{Type: "ovh_dedicated_server", List: listDedicatedServers}, dedicatedServer{})
}

func (x *dedicatedServer) fill(got *serverBody) {
	x.ID, x.ServiceName, x.dedicatedServerFacts = got.Name, got.Name, got.dedicatedServerFacts
	x.DisplayName, x.BootID, x.BootScript = text(&got.IAM.DisplayName), got.BootID, text(got.BootScript)
	x.EFIBootloaderPath, x.Monitoring, x.NoIntervention = text(got.EFIBootloaderPath), got.Monitoring, got.NoIntervention
	x.RescueMail, x.RescueSSHKey, x.Reverse = text(got.RescueMail), text(got.RescueSSHKey), text(got.Reverse)
	x.RootDevice, x.State, x.OS, x.IAM = text(got.RootDevice), text(got.State), got.OS, got.IAM
}

// text is an attribute that the API leaves out when it is empty.
func text(p *string) *string {
	s := value(p)
	return &s
}

// dedicatedServerLeaves says that the server stays, for plans that let it go.
func dedicatedServerLeaves(_ context.Context, _ *client, x dedicatedServer) ([]providers.Leftover, error) {
	return []providers.Leftover{{Kind: "dedicated server", ID: x.ID, Name: value(x.DisplayName)}}, nil
}

func importDedicatedServer(id string) (dedicatedServer, error) {
	if strings.ContainsAny(id, "/, ") || id == "" {
		return dedicatedServer{}, fmt.Errorf("%q is not the name of a server, such as ns321.ip-192-0-2.eu", id)
	}
	return dedicatedServer{ID: id, ServiceName: id, KeepServiceAfterDestroy: true}, nil
}

// spellDedicatedServer keeps the user's spelling of a name: the API ends it with a
// dot.
func spellDedicatedServer(was dedicatedServer, x *dedicatedServer) {
	if was.Reverse != nil && x.Reverse != nil && sameName(*was.Reverse, *x.Reverse) {
		x.Reverse = was.Reverse
	}
}

func sameName(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

var (
	serverStates = []string{"error", "hacked", "hackedBlocked", "ok"}
	hostName     = providers.NewPattern(`^([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.)+[a-zA-Z0-9-]{2,}\.?$`)
)

func isHost(name string) bool {
	_, err := netip.ParseAddr(name)
	return err != nil && hostName.MatchString(name)
}

func checkDedicatedServer(was *dedicatedServer, want dedicatedServer) error {
	switch {
	case want.ServiceName == "" || strings.ContainsAny(want.ServiceName, "/ "):
		return fmt.Errorf("service_name %q is not the name of a server, such as ns321.ip-192-0-2.eu", want.ServiceName)
	case want.State != nil && !slices.Contains(serverStates, *want.State):
		return fmt.Errorf("state %q is none of %s", *want.State, strings.Join(serverStates, ", "))
	case want.RescueSSHKey != nil && strings.Contains(*want.RescueSSHKey, "PRIVATE KEY"):
		return errors.New("rescue_ssh_key is a private key: give the public one, the content of a .pub file")
	case want.Reverse != nil && !isHost(*want.Reverse):
		return fmt.Errorf("reverse %q is not the name of a host, such as gpu.example.com", *want.Reverse)
	case !want.KeepServiceAfterDestroy:
		return errors.New("keep_service_after_destroy = false would terminate the contract, which mlinfra never does: remove it, and terminate the server at OVHcloud when it is not needed any more")
	case want.AllowReinstall && (want.PreventInstallOnCreate || want.PreventInstallOnImport):
		return errors.New("prevent_install_on_create and prevent_install_on_import contradict allow_reinstall = true: remove one or the other")
	}
	if err := checkInstallation(want); err != nil {
		return err
	}
	return checkReinstall(was, want)
}

// foreseeDedicatedServer refuses a server that the account does not have, and an
// installation that is not allowed or whose system there is not.
func foreseeDedicatedServer(ctx context.Context, c *client, was *dedicatedServer, want dedicatedServer) error {
	if want.ServiceName == "" {
		return nil // not known yet
	}
	if was == nil {
		if err := foreseeName(ctx, c, want.ServiceName); err != nil {
			return err
		}
		was = &dedicatedServer{ServiceName: want.ServiceName}
	}
	return foreseeInstallation(ctx, c, *was, want)
}

// foreseeName refuses the name of a server that the account does not have. The
// list, which all servers of a plan share, answers what is so; what is not in it is
// asked for by itself.
func foreseeName(ctx context.Context, c *client, name string) error {
	var known []string
	for x, err := range allServers(ctx, c) {
		if err != nil || x.ServiceName == name {
			return err
		}
		known = append(known, x.ServiceName)
	}
	if _, err := serverOf(ctx, c, name); !isNotFound(err) {
		return err
	}
	slices.Sort(known)
	return fmt.Errorf("%s. The account has %s", unknownServer(name), cmp.Or(strings.Join(known, ", "), "none"))
}
