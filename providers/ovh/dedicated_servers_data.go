package ovh

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

type dedicatedServers struct {
	ID     string   `cty:"id"     is:"computed" doc:"Always servers."`
	Result []string `cty:"result" is:"computed" doc:"Names of the dedicated servers of the account."`
}

var dedicatedServersData = providers.DataSource[*client, dedicatedServers]{
	Type: "ovh_dedicated_servers",
	Doc:  "The dedicated servers of the account.",
	Read: func(ctx context.Context, c *client, x *dedicatedServers) error {
		x.ID, x.Result = "servers", nil
		for s, err := range allServers(ctx, c) {
			if err != nil {
				return err
			}
			x.Result = append(x.Result, s.ServiceName)
		}
		slices.Sort(x.Result)
		return nil
	},
	Examples: []string{`data "ovh_dedicated_servers" "example" {}`},
}

type boots struct {
	ID          string `cty:"id"           is:"computed" doc:"Name of the server."`
	ServiceName string `cty:"service_name" is:"required" doc:"Name of the server."`
	BootType    string `cty:"boot_type"    is:"optional" doc:"Only these: harddisk, rescue, internal or network."`
	Kernel      string `cty:"kernel"       is:"optional" doc:"Only those with this kernel, such as rescue64-pro."`
	Result      []int  `cty:"result"       is:"computed" doc:"Ids of what the server can boot."`
}

var bootsData = providers.DataSource[*client, boots]{
	Type: "ovh_dedicated_server_boots",
	Doc:  "What a dedicated server can boot.",
	Read: readBoots,
	Examples: []string{`data "ovh_dedicated_server_boots" "example" {
  service_name = "ns321.ip-192-0-2.eu"
  boot_type    = "rescue"
}`,
		`data "ovh_dedicated_server_boots" "example" {
  service_name = "ns321.ip-192-0-2.eu"
  kernel       = "rescue64-pro"
}`},
}

func readBoots(ctx context.Context, c *client, x *boots) error {
	kinds := []string{"", "harddisk", "internal", "ipxeCustomerScript", "network", "rescue"}
	if !slices.Contains(kinds, x.BootType) {
		return fmt.Errorf("boot_type %q is none of harddisk, internal, ipxeCustomerScript, network and rescue", x.BootType)
	}
	path := serverPath(x.ServiceName) + "/boot"
	query := ""
	if x.BootType != "" {
		query = "?bootType=" + x.BootType
	}
	var ids []int
	if err := call(ctx, c, http.MethodGet, path+query, nil, &ids); err != nil {
		return err
	}
	x.ID, x.Result = x.ServiceName, nil
	for _, id := range ids {
		if x.Kernel != "" {
			var boot struct {
				Kernel string `json:"kernel"`
			}
			if err := call(ctx, c, http.MethodGet, fmt.Sprintf("%s/%d", path, id), nil, &boot); err != nil {
				return err
			}
			if boot.Kernel != x.Kernel {
				continue
			}
		}
		x.Result = append(x.Result, id)
	}
	slices.Sort(x.Result)
	return nil
}
