package migrate

import (
	"fmt"
	"slices"
	"time"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Result is what a Document is in a state of mlinfra.
type Result struct {
	Objects []Object
	LeftOut []LeftOut
}

// Object is one that was taken over.
type Object struct {
	state.Object
	Version uint64   // of the schema of its type in Terraform
	Dropped []string // paths of attributes that have a value, and no place here
}

// LeftOut is an object that mlinfra cannot manage.
type LeftOut struct {
	Addr     state.Addr
	Provider Source
	// Foreign means that another provider than that of mlinfra has its type.
	Foreign bool
}

// Convert turns the objects of d into those of a state. newKey names each.
func (d *Document) Convert(catalog config.Catalog, newKey func() state.ObjectKey, now time.Time) (Result, error) {
	var res Result
	for _, in := range d.Instances {
		p := in.Provider.Source.Find(catalog)
		t := catalog.TypeOf(in.Addr)
		if t == nil || p == nil || p.Resources.Of(t.Name) != t {
			res.LeftOut = append(res.LeftOut, LeftOut{in.Addr, in.Provider.Source, t != nil})
			continue
		}
		o, err := in.convert(t, in.Provider.In(p.Name))
		if err != nil {
			return res, fmt.Errorf("%s: %w", in.Addr, err)
		}
		o.Key, o.Since = newKey(), now
		res.Objects = append(res.Objects, o)
	}
	res.forgetDeps()
	return res, nil
}

// convert returns the object of an instance.
func (in Instance) convert(t *providers.Type, provider string) (Object, error) {
	var r reader
	v, err := r.object(t.Schema, in.Attrs, "")
	if err != nil {
		return Object{}, err
	}
	if providers.ID(v) == "" {
		return Object{}, fmt.Errorf("it has no id: was its creation cut off? Settle that with Terraform first")
	}
	v, err = t.Migrate(v)
	if err != nil {
		return Object{}, err
	}
	o := Object{Version: in.Version, Dropped: r.dropped, Object: state.Object{
		Addr: in.Addr, Provider: provider, Status: state.Live, Deps: in.Deps, Deposed: in.Deposed,
	}}
	if in.Tainted {
		o.Status = state.Tainted
	}
	for _, name := range in.Sensitive {
		if a := t.Schema.Attr(name); a != nil && !a.Sensitive {
			o.Sensitive = append(o.Sensitive, name)
		}
	}
	planner.EncodeObject(&o.Object, t, v)
	return o, nil
}

// forgetDeps takes out what depends on objects that were left out.
func (res *Result) forgetDeps() {
	here := map[state.Addr]bool{}
	for _, o := range res.Objects {
		here[o.Addr.Block()] = true
	}
	for i := range res.Objects {
		o := &res.Objects[i]
		o.Deps = slices.DeleteFunc(o.Deps, func(a state.Addr) bool { return !here[a] })
		if len(o.Deps) == 0 {
			o.Deps = nil
		}
	}
}
