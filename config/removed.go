package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mlinfra/mlinfra/state"
)

// Removed is a removed block: what it means is not in the configuration any
// more, and is destroyed, or forgotten.
type Removed struct {
	From         Place
	Keep         bool // the objects stay, only forgotten
	Provisioners []Provisioner
	Connection   *hclsyntax.Body
	Range        hcl.Range
}

func (l *loader) removed(b *hclsyntax.Block) {
	attrs := l.attributes(b, []string{"from"}, []string{"lifecycle", "provisioner", "connection"})
	from, ok := l.placeArgument(b, attrs["from"], "from")
	if !ok {
		return
	}
	if !from.Wild {
		l.errorf(from.Range, "Resource instance keys not allowed", "A removed block means all instances: write the address without a key.")
		return
	}
	r := Removed{From: from, Range: b.DefRange()}
	holder := &Block{ID: ID{Module: l.mod.Path, Kind: Resource, Type: from.Type, Name: from.Name}}
	for _, sub := range b.Body.Blocks {
		if sub.Type != "lifecycle" && from.Type == "" {
			l.errorf(sub.DefRange(), "Invalid "+sub.Type+" block", "A removed block that means a module has no %s: write one removed block for each resource that needs it.", sub.Type)
			continue
		}
		switch sub.Type {
		case "lifecycle":
			destroy := true
			l.literal(l.attributes(sub, []string{"destroy"}, nil)["destroy"], &destroy)
			r.Keep = !destroy
		case "connection":
			r.Connection = sub.Body
		case "provisioner":
			l.provisioner(holder, sub)
			if n := len(holder.Provisioners); n > 0 && !holder.Provisioners[n-1].Destroy {
				l.errorf(sub.DefRange(), "Invalid provisioner block", "In a removed block a provisioner has when = destroy.")
			}
		}
	}
	l.leavingConnection(holder.Provisioners, r.Connection)
	r.Provisioners = holder.Provisioners
	l.prog.Removed = append(l.prog.Removed, r)
}

// means reports whether r means the object at a.
func (r Removed) means(a state.Addr) bool {
	if r.From.Type != "" {
		return a.Type == r.From.Type && a.Name == r.From.Name && sameModule(r.From.Module, a.Module)
	}
	return sameModule(r.From.Module, a.Module) || strings.HasPrefix(state.StaticModule(a.Module)+".", r.From.Module+".")
}

// RemovedBy returns the removed block that means the object at a, or nil.
func (p *Program) RemovedBy(a state.Addr) *Removed {
	for i := range p.Removed {
		if p.Removed[i].means(a) {
			return &p.Removed[i]
		}
	}
	return nil
}
