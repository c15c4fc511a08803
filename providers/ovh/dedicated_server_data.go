package ovh

import (
	"context"
	"net/http"

	"github.com/mlinfra/mlinfra/providers"
)

type dedicatedServerLookup struct {
	ID                         string   `cty:"id"                             is:"computed" doc:"Name of the server."`
	ServiceName                string   `cty:"service_name"                   is:"required" doc:"Name of the server."`
	DisplayName                string   `cty:"display_name"                   is:"computed" doc:"Name in the control panel."`
	BootID                     int      `cty:"boot_id"                        is:"computed" doc:"What it boots."`
	BootScript                 string   `cty:"boot_script"                    is:"computed" doc:"Script of iPXE that it boots by."`
	EFIBootloaderPath          string   `cty:"efi_bootloader_path"            is:"computed" doc:"Path of the EFI boot loader."`
	Monitoring                 bool     `cty:"monitoring"                     is:"computed" doc:"Whether OVHcloud pings it."`
	NoIntervention             bool     `cty:"no_intervention"                is:"computed" doc:"Whether nobody goes to it in the data centre."`
	OS                         string   `cty:"os"                             is:"computed" doc:"System that is installed."`
	RescueMail                 string   `cty:"rescue_mail"                    is:"computed" doc:"Who gets the password of a rescue system."`
	RescueSSHKey               string   `cty:"rescue_ssh_key"                 is:"computed" doc:"Key that a rescue system lets in."`
	Reverse                    string   `cty:"reverse"                        is:"computed" doc:"Name that its address leads back to."`
	RootDevice                 string   `cty:"root_device"                    is:"computed" doc:"Device that it boots from."`
	State                      string   `cty:"state"                          is:"computed" doc:"ok, error, hacked or hackedBlocked."`
	URN                        string   `cty:"urn"                            is:"computed" doc:"Name in policies."`
	IPs                        []string `cty:"ips"                            is:"computed" doc:"Blocks of addresses."`
	VNIs                       []vni    `cty:"vnis"                           is:"computed" doc:"Virtual interfaces."`
	EnabledVRackVNIs           []string `cty:"enabled_vrack_vnis"             is:"computed" doc:"Ids of interfaces for a vRack."`
	EnabledVRackAggregationVNI []string `cty:"enabled_vrack_aggregation_vnis" is:"computed" doc:"Ids of aggregated interfaces for a vRack."`
	EnabledPublicVNIs          []string `cty:"enabled_public_vnis"            is:"computed" doc:"Ids of public interfaces."`
	dedicatedServerFacts
}

type vni struct {
	Enabled    bool     `cty:"enabled"     is:"computed" doc:"Whether it is enabled." json:"enabled"`
	Mode       string   `cty:"mode"        is:"computed" doc:"public, vrack or vrack_aggregation." json:"mode"`
	Name       string   `cty:"name"        is:"computed" doc:"Name that a user has given." json:"name"`
	NICs       []string `cty:"nics"        is:"computed" doc:"Cards behind it, by MAC." json:"networkInterfaceController"`
	ServerName string   `cty:"server_name" is:"computed" doc:"Name of the server." json:"serverName"`
	UUID       string   `cty:"uuid"        is:"computed" doc:"Id of the interface." json:"uuid"`
	VRack      string   `cty:"vrack"       is:"computed" doc:"vRack that it is in." json:"vrack"`
}

var dedicatedServerData = providers.DataSource[*client, dedicatedServerLookup]{
	Type: "ovh_dedicated_server",
	Doc:  "A dedicated server of the account.",
	Read: lookUpDedicatedServer,
	Examples: []string{`data "ovh_dedicated_server" "example" {
  service_name = "ns321.ip-192-0-2.eu"
}`},
}

func lookUpDedicatedServer(ctx context.Context, c *client, x *dedicatedServerLookup) error {
	got, err := serverOf(ctx, c, x.ServiceName)
	if err != nil {
		return err
	}
	x.fill(&got)
	path := serverPath(x.ServiceName)
	if err := call(ctx, c, http.MethodGet, path+"/ips", nil, &x.IPs); err != nil {
		return err
	}
	var ids []string
	if err := call(ctx, c, http.MethodGet, path+"/virtualNetworkInterface", nil, &ids); err != nil {
		return err
	}
	byMode := map[string]*[]string{
		"vrack": &x.EnabledVRackVNIs, "vrack_aggregation": &x.EnabledVRackAggregationVNI, "public": &x.EnabledPublicVNIs,
	}
	for _, id := range ids {
		var v vni
		if err := call(ctx, c, http.MethodGet, path+"/virtualNetworkInterface"+at(id), nil, &v); err != nil {
			return err
		}
		x.VNIs = append(x.VNIs, v)
		if list := byMode[v.Mode]; v.Enabled && list != nil {
			*list = append(*list, v.UUID)
		}
	}
	return nil
}

func (x *dedicatedServerLookup) fill(got *serverBody) {
	x.ID, x.ServiceName, x.dedicatedServerFacts = got.Name, got.Name, got.dedicatedServerFacts
	x.DisplayName, x.URN, x.BootID, x.BootScript = got.IAM.DisplayName, got.IAM.URN, value(got.BootID), value(got.BootScript)
	x.EFIBootloaderPath, x.Monitoring, x.NoIntervention = value(got.EFIBootloaderPath), value(got.Monitoring), value(got.NoIntervention)
	x.OS, x.RescueMail, x.RescueSSHKey, x.Reverse = got.OS, value(got.RescueMail), value(got.RescueSSHKey), value(got.Reverse)
	x.RootDevice, x.State = value(got.RootDevice), value(got.State)
}
