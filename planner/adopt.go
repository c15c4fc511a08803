package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// adopt returns the object that lifecycle.adopt takes over at an address: the one
// that is there with the natural key of what is configured. Where a part of the
// key is known only after the apply, nothing of it can be there yet.
func (b *builder) adopt(blk *config.Block, in config.Instance, addr state.Addr, key string) (Prior, string, bool) {
	if !blk.Lifecycle.Adopt || b.Validate {
		return Prior{}, "", false
	}
	none := cty.NullVal(blk.Type.ImpliedType())
	cfg, _, diags := Configured(b.scope, blk, in, none)
	settings := b.settings(key)
	if diags.HasErrors() || settings != cty.NilVal && !settings.IsWhollyKnown() {
		return Prior{}, "", false // the caller reports the one, the other is deferred
	}
	want := Known(Propose(blk.Type, settings, cfg, none))
	absent := func(a *providers.Attr) bool { return want.GetAttr(a.Name).IsNull() }
	if blk.Type.Natural(want) == "" || slices.ContainsFunc(blk.Type.Parents(), absent) {
		return Prior{}, "", false
	}
	found, err := b.Find(key, settings, blk.Type, want)
	if err != nil {
		b.fail(blk, "Cannot look for "+addr.String(), err)
		return Prior{}, "", false
	}
	return b.adoptOne(blk, addr, key, found)
}

// adoptOne takes over the one object that was found.
func (b *builder) adoptOne(blk *config.Block, addr state.Addr, key string, found []providers.Listed) (Prior, string, bool) {
	switch len(found) {
	case 0:
		return Prior{}, "", false
	case 1:
		// The one that is meant.
	default:
		b.refuse(blk, "Several objects could be "+addr.String(), fmt.Sprintf("%d objects have what tells a %s apart: %s. Take one over with an import block.", len(found), blk.Type.Name, strings.Join(idsOf(found), ", ")))
		return Prior{}, "", false
	}
	v := found[0].Value
	id := blk.Type.ImportID(v)
	if other, ok := b.objectWithID(blk, key, v); ok {
		b.refuse(blk, "Object already managed by mlinfra", fmt.Sprintf("The %s %s, to be adopted as %s, is %s already. Two addresses for one object would fight over it.", blk.Type.Name, id, addr, other))
		return Prior{}, "", false
	}
	if owner := found[0].Owner; owner != "" && owner != b.Snapshot.Lineage {
		b.diags = append(b.diags, &hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "Object of another state",
			Detail:  fmt.Sprintf("The %s %s, to be adopted as %s, bears the mark of the state %s. If that state is still used, two would manage it.", blk.Type.Name, id, addr, owner),
			Subject: blk.Range.Ptr(),
		})
	}
	return b.takeOver(blk, addr, key, id, v), id, true
}

func (b *builder) refuse(blk *config.Block, summary, detail string) {
	b.diags = append(b.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: blk.Where(detail)})
}

func idsOf(found []providers.Listed) []string {
	var ids []string
	for _, l := range found {
		ids = append(ids, providers.ID(l.Value))
	}
	slices.Sort(ids)
	return ids
}
