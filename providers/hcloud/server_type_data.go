package hcloud

import (
	"context"
	"iter"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"github.com/mlinfra/mlinfra/providers"
)

type serverTypeRow struct {
	ID                   string               `cty:"id"                    is:"default"  doc:"Number of the type."`
	Name                 string               `cty:"name"                  is:"default"  doc:"Name of the type, such as cx23."`
	Description          string               `cty:"description"           is:"computed" doc:"Name of the type for people."`
	Category             string               `cty:"category"              is:"computed" doc:"What the type is for."`
	Cores                int                  `cty:"cores"                 is:"computed" doc:"Number of virtual CPUs."`
	Memory               float64              `cty:"memory"                is:"computed" doc:"Memory in GB."`
	Disk                 int                  `cty:"disk"                  is:"computed" doc:"Size of the disk in GB."`
	StorageType          string               `cty:"storage_type"          is:"computed" doc:"Kind of disk: local or network."`
	CPUType              string               `cty:"cpu_type"              is:"computed" doc:"Kind of CPU: shared or dedicated."`
	Architecture         string               `cty:"architecture"          is:"computed" doc:"Architecture of the CPU: x86 or arm."`
	IncludedTraffic      int                  `cty:"included_traffic"      is:"computed" doc:"Deprecated: always 0."`
	IsDeprecated         bool                 `cty:"is_deprecated"         is:"computed" doc:"Deprecated: whether it is going; see locations."`
	DeprecationAnnounced string               `cty:"deprecation_announced" is:"computed" doc:"Deprecated: when that was said, RFC 3339."`
	UnavailableAfter     string               `cty:"unavailable_after"     is:"computed" doc:"Deprecated: when it goes, RFC 3339."`
	Locations            []serverTypeLocation `cty:"locations"             is:"computed" doc:"The locations that have it."`
}

type serverTypeLocation struct {
	ID                   string `cty:"id"                    is:"computed" doc:"Number of the location."`
	Name                 string `cty:"name"                  is:"computed" doc:"Name of the location."`
	Available            bool   `cty:"available"             is:"computed" doc:"Whether servers of it can be made there now."`
	Recommended          bool   `cty:"recommended"           is:"computed" doc:"Whether Hetzner recommends it there."`
	IsDeprecated         bool   `cty:"is_deprecated"         is:"computed" doc:"Whether it is going there."`
	DeprecationAnnounced string `cty:"deprecation_announced" is:"computed" doc:"When that was said, RFC 3339."`
	UnavailableAfter     string `cty:"unavailable_after"     is:"computed" doc:"When it goes, RFC 3339."`
}

// serverTypeList lists all types of servers.
var serverTypeList = providers.Resource[*client, serverTypeRow]{Type: "hcloud_server_type", List: listServerTypes}

var serverTypeData = providers.DataSource[*client, serverTypeRow]{
	Type: "hcloud_server_type",
	Doc:  "A type of servers by id or name.",
	Read: lookUpServerType,
	Examples: []string{
		`data "hcloud_server_type" "example" {
  name = "cx23"
}`,
	},
}

func lookUpServerType(ctx context.Context, c *client, x *serverTypeRow) error {
	return catalogued(providers.All(ctx, c, serverTypeList, serverTypeRow{}), x, x.ID, x.Name, func(t serverTypeRow) (string, string) { return t.ID, t.Name })
}

func listServerTypes(ctx context.Context, c *client, _ serverTypeRow) iter.Seq2[serverTypeRow, error] {
	return pages(ctx, func(ctx context.Context, o hcloud.ListOpts) ([]*hcloud.ServerType, *hcloud.Response, error) {
		return c.ServerType.List(ctx, hcloud.ServerTypeListOpts{ListOpts: o})
	}, "", (*serverTypeRow).fill)
}

func (x *serverTypeRow) fill(got *hcloud.ServerType) error {
	*x = serverTypeRow{
		ID: text(got.ID), Name: got.Name, Description: got.Description, Category: got.Category, Cores: got.Cores, Memory: float64(got.Memory),
		Disk: got.Disk, StorageType: string(got.StorageType), CPUType: string(got.CPUType), Architecture: string(got.Architecture),
		Locations: []serverTypeLocation{},
	}
	x.IsDeprecated, x.DeprecationAnnounced, x.UnavailableAfter = going(got.DeprecatableResource)
	for _, l := range got.Locations {
		at := serverTypeLocation{ID: text(l.Location.ID), Name: l.Location.Name, Available: l.Available, Recommended: l.Recommended}
		at.IsDeprecated, at.DeprecationAnnounced, at.UnavailableAfter = going(l.DeprecatableResource)
		x.Locations = append(x.Locations, at)
	}
	return nil
}

// going says whether something is to go, when that was said and when it goes.
func going(d hcloud.DeprecatableResource) (going bool, announced, after string) {
	if d.Deprecation == nil {
		return false, "", ""
	}
	return true, rfc3339(d.Deprecation.Announced), rfc3339(d.Deprecation.UnavailableAfter)
}

// rfc3339 is a time as attributes have it; "" for none.
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
