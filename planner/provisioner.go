package planner

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
)

// Provisioning is what a plan has to know of provisioners: they run during
// apply, and what is wrong with their arguments should be known before.
type Provisioning struct {
	Schema     func(typ string) *providers.Schema
	Connection *providers.Schema
	// Check refuses arguments, which may be unknown in part.
	Check func(typ string, config cty.Value) error
	// CheckConnection does the same with a connection.
	CheckConnection func(config cty.Value) error
	// Remote reports whether a type needs a connection.
	Remote func(typ string) bool
}

// provisioners looks for mistakes in the provisioners of an instance, whose
// value is self. What c does not run may refer to what is no longer there, and what it
// runs to what is made before, such as a file: only what is wrong with any values is an
// error, and what cannot be evaluated now a warning.
func (b *builder) provisioners(blk *config.Block, in config.Instance, c Change, self cty.Value) {
	if b.Provisioning == nil {
		return
	}
	made := c.Action == Create || c.Action == Replace || c.Action == Await
	for _, p := range blk.Provisioners {
		schema, connection := b.Provisioning.Schema(p.Type), b.Provisioning.Connection
		cfg, conn, diags := b.scope.Provision(blk, p, in, self, schema, connection)
		runs, early := made && !p.Destroy, diags
		if !runs || diags.HasErrors() {
			cfg, conn, diags = b.scope.ProvisionUnknown(blk, p, in, self.Type(), schema, connection)
		}
		if runs && early.HasErrors() && !diags.HasErrors() {
			b.diags = append(b.diags, warnings(early)...)
		}
		b.diags = append(b.diags, diags...)
		if diags.HasErrors() {
			continue
		}
		refuse := func(err error) {
			if err != nil {
				b.diags = append(b.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid " + p.Type + " provisioner", Detail: err.Error() + ".", Subject: p.Range.Ptr()})
			}
		}
		refuse(b.Provisioning.Check(p.Type, Bare(cfg)))
		if !conn.IsNull() {
			refuse(b.Provisioning.CheckConnection(Bare(conn)))
		} else if b.Provisioning.Remote(p.Type) {
			b.diags = append(b.diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Missing connection", Subject: p.Range.Ptr(),
				Detail: "A " + p.Type + " provisioner works over a connection: add a connection block with the host.",
			})
		}
	}
}

// warnings returns diags as warnings.
func warnings(diags hcl.Diagnostics) hcl.Diagnostics {
	list := make(hcl.Diagnostics, len(diags))
	for i, d := range diags {
		w := *d
		w.Severity = hcl.DiagWarning
		list[i] = &w
	}
	return list
}
