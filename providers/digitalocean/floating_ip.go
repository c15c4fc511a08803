package digitalocean

import (
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// Floating IP is the name that reserved addresses had; Terraform's provider still
// has both, for the same objects.
var (
	floatingIPType           = formerly(reservedIPType, "A reserved public IPv4 address, by its former name.")
	floatingIPAssignmentType = formerly(reservedIPAssignmentType, "The assignment of a reserved address, by its former name.")
	floatingIPData           = providers.DataSource[*client, reservedIPLookup]{
		Type: "digitalocean_floating_ip",
		Doc:  "A reserved public IPv4 address, by its former name.",
		Read: lookUpReservedIP,
		Examples: []string{
			former(reservedIPData.Examples[0]),
		},
	}
)

// formerly returns r, of reserved addresses, under the former name.
func formerly[T any](r providers.Resource[*client, T], doc string) providers.Resource[*client, T] {
	r.Type, r.Doc = former(r.Type), doc
	examples := r.Examples
	r.Examples = nil
	for _, e := range examples {
		r.Examples = append(r.Examples, former(e))
	}
	return redundant(r)
}

func former(text string) string { return strings.ReplaceAll(text, "reserved", "floating") }
