package providers

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// Resource is a resource type of a cloud: T is the tagged struct of its
// attributes, C the cloud's client. T must have an attribute id, a string.
type Resource[C, T any] struct {
	Type string // Terraform's name, such as digitalocean_vpc
	Doc  string // one sentence

	// Create makes the object, sets its id as soon as it is known, and never waits.
	Create func(ctx context.Context, c C, x *T, a Attempt) error
	// Read fills x, which holds at least what identifies the object. It
	// returns ErrGone, or ErrNotReady or ErrBroken with the id and what is
	// known set. Each may be wrapped by the reason.
	Read func(ctx context.Context, c C, x *T) error
	// Update changes was to want and may be called twice. Nil when every
	// change replaces.
	Update func(ctx context.Context, c C, was T, want *T) error
	// Delete may be called twice and may return early.
	Delete func(ctx context.Context, c C, x T) error
	// Find looks for an object that carries a.Token. Nil when the type has no
	// place for a token: the engine then compares lists.
	Find func(ctx context.Context, c C, x *T, a Attempt) (bool, error)
	// List yields the whole collection that in belongs to; nil when the API has
	// none. An item that is not ready comes with ErrNotReady.
	List func(ctx context.Context, c C, in T) iter.Seq2[T, error]
	// Within names the collection that x is listed in, such as the cluster of a
	// database; nil when there is one for all.
	Within func(x T) string
	// View names what List shows of x beside what it shows of every other object
	// of its collection, such as whether it is in the project that x names; "" for
	// nothing. Nil when that is never anything.
	View func(x T) string

	// Import returns what identifies the object with an id as users know it from
	// Terraform's import; Read then fills in the rest. Nil when that is the
	// attribute id.
	Import func(id string) (T, error)
	// ImportID is the inverse of Import, for configurations that are written from
	// what is there; nil when it is the attribute id.
	ImportID func(x T) string
	// Natural says what tells x apart from the others of its collection before it
	// has an id, such as its name; "" when a part of that is missing, which may not
	// be known yet. lifecycle.adopt looks for an object by it. Nil when the type has nothing of the kind.
	Natural func(x T) string

	// Named returns the id that x gets when it is made, where that follows from what
	// its configuration has to say, such as a path. A create takes over what is there
	// then, so that two addresses would fight over it: no two may have one id. Nil
	// when the cloud decides.
	Named func(x T) string

	// Migrate brings x, as Terraform's provider writes it into its state, into the
	// words of this type: its id, where that differs. Nil when they are the same.
	Migrate func(x *T)
	// Normal brings x into the spelling that Read returns.
	Normal func(x *T)
	// Spell brings x into the spelling of was where both say the same, such as
	// a name and a URL of one network. The engine calls it for everything that
	// is compared: what is wanted with what is there, and that with state.
	Spell func(was T, x *T)
	// Check refuses what no single attribute shows to be wrong; was is nil
	// for a new object.
	Check func(was *T, want T) error
	// Foresee refuses what the cloud would, as far as it tells before, such as a
	// size that a region does not offer; was is nil for a new object. It only
	// looks. What is not known in want is zero.
	Foresee func(ctx context.Context, c C, was *T, want T) error
	// ForeseeBy names attributes without whose values Foresee is not called.
	ForeseeBy []string
	// Probe returns what x, which is new and ready, has to answer before its
	// creation is done; nil for nothing. The engine asks.
	Probe func(x T) *Probe
	// Replaces names attributes beside those marked replace whose change from
	// was to want needs a new object this time, such as a range that shrinks.
	Replaces func(was, want T) []string
	// First reports whether the object that replaces was is to be made before that
	// goes, as lifecycle.create_before_destroy has it: what uses the one can then
	// change to the other. Nil when only the configuration says so.
	First func(was, want T) bool
	// Explain says, by the names of attributes that replace, why their change needs
	// a new object and what to do instead: plans show it. In one sentence, without
	// a full stop.
	Explain map[string]string
	// Protected returns why x must not be deleted as it is, such as a switch
	// of its own against that; nil when it may. Plans refuse it then.
	Protected func(x T) error
	// Lock names what only one call at a time may change; "" for nothing.
	Lock func(x T) string

	// Mark says where an object bears the ownership mark. T embeds Aside then,
	// Create writes Attempt.Owner there, Update leaves it, and no attribute shows it.
	Mark Place
	// Collections are members of the lists to look through for marked objects,
	// where Within tells several apart that no parent makes; nil means that of
	// the zero T.
	Collections []T

	// Given reports whether x comes with something else, so that nobody makes or
	// deletes it by itself, such as the default network of a region. mlinfra adopt
	// leaves it out. Nil when nothing does.
	Given func(x T) bool
	// Asks names arguments that a configuration of x needs and that no look shows,
	// such as a private key, or within a block "block.argument": mlinfra adopt writes
	// variables for them.
	Asks func(x T) []string
	// Redundant means that an attribute of another type says the same as the
	// objects of this one, such as an attachment, or that they are data. mlinfra
	// adopt leaves them out.
	Redundant bool
	// Warn says what a user should know of x as it has come out, such as that its
	// password was not shown, and what to do; "" for nothing. Applies print it.
	Warn func(x T) string
	// Caution says what a user should know of want before it is carried out, such
	// as that it cuts a server off, and what to do; "" for nothing. Plans that make
	// or change an object print it, and applies where plans could not know.
	Caution func(want T) string

	// Leaves returns what goes on being there, and costing, when x is deleted. It
	// only looks: plans that delete x show it. Nil when nothing does.
	Leaves func(ctx context.Context, c C, x T) ([]Leftover, error)

	// Holds says what is lost with an object for ever, such as "the files on it";
	// "" when making it anew brings it back.
	Holds string
	// Loses says what is lost for ever when an object that was there becomes want
	// without being deleted, such as "all that is on its disks"; "" for nothing. was
	// is nil when it is taken over. What is not known in want is zero. Plans and
	// rollbacks warn of it.
	Loses func(was *T, want T) string
	// Kept means that the object is only what state keeps: nothing is made
	// anywhere, so nothing is looked at and nothing can be lost. Create fills x,
	// and may take its time. Update and Delete may be nil, Read, Find and List are.
	Kept bool
	// Again means that a create can be sent twice with the effect of one.
	Again bool
	// Replay means the same of a create that bears the same Attempt.Token.
	Replay bool
	// Unique means that no two objects can answer the same request, because it
	// says all that tells them apart.
	Unique bool
	// Shallow means that List fills too little to stand for Read.
	Shallow bool
	// Settle is how long a lost create may stay invisible; zero means a minute
	// for what is found by its token, half of one for what is new in a list.
	Settle time.Duration
	// Grace is how long a new object may answer "not found", and what refers to
	// it may be refused for its absence.
	Grace time.Duration
	// Examples are configurations, each reached from the one before: the
	// smallest, one changed in place, one replaced. Docs and tests use them.
	Examples []string
}

// Leftover is something that outlives the object it came with.
type Leftover struct {
	Kind    string  // in words, such as "load balancer"
	ID      string  // that of the object itself when a delete only forgets it
	Name    string  // "" when it has none
	Monthly float64 // price in USD a month; 0 when it is not known
	Free    bool    // costs nothing, such as a setting
}

// DataSource is a data source of a cloud: Read fills x from what is set.
type DataSource[C, T any] struct {
	Type string
	Doc  string
	Read func(ctx context.Context, c C, x *T) error
	// Examples are configurations; what they need stands in them.
	Examples []string
}

// Type is a resource type or data source with its Go types erased.
type Type struct {
	Name    string
	Doc     string
	Data    bool
	Schema  *Schema
	Holds   string
	Explain map[string]string
	Kept    bool
	Settle  time.Duration
	Grace   time.Duration
	Again   bool
	Replay  bool
	Unique  bool
	Shallow bool
	Mark    Place
	// Redundant is that of Resource.
	Redundant bool
	Examples  []string

	ty  cty.Type
	fns erased
}

// erased holds the functions of a Resource on values; nil where it has none.
type erased struct {
	create    func(context.Context, any, cty.Value, Attempt) (cty.Value, error)
	read      func(context.Context, any, cty.Value) (cty.Value, error)
	inspect   func(context.Context, any, cty.Value) (Listed, error)
	update    func(context.Context, any, cty.Value, cty.Value) (cty.Value, error)
	delete    func(context.Context, any, cty.Value) error
	find      func(context.Context, any, cty.Value, Attempt) (cty.Value, bool, error)
	list      func(context.Context, any, cty.Value) ([]Listed, error)
	migrate   func(cty.Value) (cty.Value, error)
	normal    func(cty.Value) cty.Value
	spell     func(was, v cty.Value) cty.Value
	check     func(was, want cty.Value) error
	replaces  func(was, want cty.Value) []string
	first     func(was, want cty.Value) bool
	protected func(cty.Value) error
	loses     func(was, want cty.Value) string
	probe     func(cty.Value) *Probe
	lock      func(cty.Value) string
	within    func(cty.Value) string
	view      func(cty.Value) string
	lists     func() []cty.Value
	foresee   func(ctx context.Context, c any, was, want cty.Value) error
	leaves    func(context.Context, any, cty.Value) ([]Leftover, error)
	importID  func(cty.Value) string
	natural   func(cty.Value) string
	named     func(cty.Value) string
	given     func(cty.Value) bool
	asks      func(cty.Value) []string
	warn      func(cty.Value) string
	caution   func(cty.Value) string
	imply     func(settings, config, prior, want cty.Value) cty.Value
	identify  func(id string) (cty.Value, error)
}

// These cover the time a request may still run in a cloud after its client
// died, and the lag of its searches: indexes of tags lag more than lists.
const (
	settleByToken = time.Minute
	settleByList  = 30 * time.Second
)

// ImpliedType returns the object type of the type's values.
func (t *Type) ImpliedType() cty.Type { return t.ty }

// CanUpdate reports whether any change is made in place.
func (t *Type) CanUpdate() bool { return t.fns.update != nil }

// CanFind reports whether a lost create is found by its token.
func (t *Type) CanFind() bool { return t.fns.find != nil }

// CanList reports whether the whole collection can be listed.
func (t *Type) CanList() bool { return t.fns.list != nil }

// Normal returns v in the spelling that Read returns. Attributes that are not
// wholly known are left as they are.
func (t *Type) Normal(v cty.Value) cty.Value {
	if t.fns.normal == nil {
		return v
	}
	return t.keepUnknown(v, t.fns.normal(v))
}

// Spell returns v in the spelling of was where both say the same. Attributes
// that are not wholly known are left as they are.
func (t *Type) Spell(was, v cty.Value) cty.Value {
	if t.fns.spell == nil || was.IsNull() || v.IsNull() {
		return v
	}
	return t.keepUnknown(v, t.fns.spell(was, v))
}

// keepUnknown returns out with the attributes of v that are not wholly known.
func (t *Type) keepUnknown(v, out cty.Value) cty.Value {
	unknown := map[string]cty.Value{}
	for _, a := range t.Schema.Attrs {
		if was := v.GetAttr(a.Name); !was.IsWhollyKnown() {
			unknown[a.Name] = was
		}
	}
	return With(out, unknown)
}

// Check returns what is wrong with want beside its schema, nil if nothing. was
// is null for a new object. What each attribute may be is looked at when that is
// known. About the whole it says nothing while a configurable attribute is unknown,
// other than what the object is within: that has no say in the rest, and is zero
// then.
func (t *Type) Check(was, want cty.Value) error {
	if err := t.Schema.allows(want); err != nil {
		return err
	}
	if t.fns.check == nil || !t.Schema.configured(want) {
		return nil
	}
	return t.fns.check(was, want)
}

// configured reports whether all that a configuration decides is known in v.
func (s *Schema) configured(v cty.Value) bool {
	for _, a := range s.Attrs {
		got := v.GetAttr(a.Name)
		switch {
		case a.Mode == Computed || (a.Mode == Default && !got.IsKnown()):
			continue // for the cloud to decide
		case a.Within && !got.IsKnown():
			continue
		case a.Block == nil || !got.IsKnown() || got.IsNull():
			if !got.IsWhollyKnown() {
				return false
			}
			continue
		}
		for _, item := range got.Elements() {
			if !item.IsKnown() || !a.Block.configured(item) {
				return false
			}
		}
	}
	return true
}

// Replaces names the attributes beside those marked Replace whose change needs a
// new object this time. Neither value is null; what is not known in want counts
// as zero.
func (t *Type) Replaces(was, want cty.Value) []string {
	if t.fns.replaces == nil {
		return nil
	}
	return t.fns.replaces(was, want)
}

// First reports whether the object that replaces was is made before that goes.
// Neither value is null; what is not known in want counts as zero.
func (t *Type) First(was, want cty.Value) bool {
	return t.fns.first != nil && t.fns.first(was, want)
}

// Foresight returns what looks whether the cloud can make an object of what was
// is, null for a new one: a data source that is read with the wanted value. It is
// nil when nothing is known before.
func (t *Type) Foresight(was cty.Value) *Type {
	if t.fns.foresee == nil {
		return nil
	}
	look := &Type{Name: t.Name, Doc: t.Doc, Data: true, Schema: t.Schema, ty: t.ty}
	look.fns.read = func(ctx context.Context, c any, want cty.Value) (cty.Value, error) {
		return want, t.fns.foresee(ctx, c, was, want)
	}
	return look
}

// Protected returns why the object v must not be deleted as it is; nil when it may.
func (t *Type) Protected(v cty.Value) error {
	if t.fns.protected == nil {
		return nil
	}
	return t.fns.protected(v)
}

// Loses says what is lost for ever when the object was becomes want without being
// deleted; "" for nothing. was is null when it is taken over.
func (t *Type) Loses(was, want cty.Value) string {
	if t.fns.loses == nil {
		return ""
	}
	return t.fns.loses(was, want)
}

// Imply returns want with what the provider's settings give to it; see
// Cloud.Imply. settings is cty.NilVal when there is no provider block, prior
// null for a new object.
func (t *Type) Imply(settings, config, prior, want cty.Value) cty.Value {
	if t.fns.imply == nil {
		return want
	}
	return t.fns.imply(settings, config, prior, want)
}

// Probe returns what the object v, which is new and ready, has to answer before
// its creation is done; nil for nothing.
func (t *Type) Probe(v cty.Value) *Probe {
	if t.fns.probe == nil {
		return nil
	}
	return t.fns.probe(v)
}

// Lock names what only one call at a time may change; "" for nothing.
func (t *Type) Lock(v cty.Value) string {
	if t.fns.lock == nil {
		return ""
	}
	return t.fns.lock(v)
}

// Within names the collection that the object v is listed in; "" when there is
// one for all.
func (t *Type) Within(v cty.Value) string {
	if t.fns.within == nil {
		return ""
	}
	return t.fns.within(v)
}

// View names what a list of the collection of v has to show of v beside what it
// shows of the others; "" for nothing.
func (t *Type) View(v cty.Value) string {
	if t.fns.view == nil {
		return ""
	}
	return t.fns.view(v)
}

// Collections returns a member of each list to look through for marked objects.
func (t *Type) Collections() []cty.Value { return t.fns.lists() }

// Identify returns what identifies the object with an id, in the words of
// Terraform's import; a Read of it gives the object.
func (t *Type) Identify(id string) (cty.Value, error) { return t.fns.identify(id) }

// ImportID returns the id by which users import the object v.
func (t *Type) ImportID(v cty.Value) string {
	if t.fns.importID == nil {
		return ID(v)
	}
	return t.fns.importID(v)
}

// Natural says what tells v apart from the others of its collection before it has
// an id; "" when nothing does.
func (t *Type) Natural(v cty.Value) string {
	if t.fns.natural == nil {
		return ""
	}
	return t.fns.natural(v)
}

// Named returns the id that a new object v gets; "" when the cloud decides, or when
// what it follows from is not known yet.
func (t *Type) Named(v cty.Value) string {
	if t.fns.named == nil || v.IsNull() {
		return ""
	}
	for _, a := range t.Schema.Attrs {
		decides := a.Mode == Required || a.Replace || a.Else != cty.NilVal
		if decides && !v.GetAttr(a.Name).IsWhollyKnown() {
			return ""
		}
	}
	return t.fns.named(v)
}

// HasNamed reports whether ids of the type follow from what is asked for.
func (t *Type) HasNamed() bool { return t.fns.named != nil }

// Parents returns the attributes that name the object in whose collection objects
// of the type are listed, such as the cluster of a database; none when there is no
// such object.
func (t *Type) Parents() []*Attr {
	if t.fns.within == nil {
		return nil
	}
	none := t.Empty()
	var list []*Attr
	for _, a := range t.Schema.Attrs {
		if a.Mode != Required || len(a.Refs) == 0 {
			continue
		}
		vals := none.AsValueMap()
		switch a.Type {
		case cty.String:
			vals[a.Name] = cty.StringVal("parent")
		case cty.Number:
			vals[a.Name] = cty.NumberIntVal(1)
		default:
			continue
		}
		if t.Within(cty.ObjectVal(vals)) != t.Within(none) {
			list = append(list, a)
		}
	}
	return list
}

// HasNatural reports whether anything but the id tells objects of the type apart.
func (t *Type) HasNatural() bool { return t.fns.natural != nil }

// Given reports whether the object v comes with something else, so that nobody
// makes or deletes it by itself.
func (t *Type) Given(v cty.Value) bool { return t.fns.given != nil && t.fns.given(v) }

// Asks names the arguments that a configuration of the object v needs and that no
// look shows.
func (t *Type) Asks(v cty.Value) []string {
	if t.fns.asks == nil {
		return nil
	}
	return t.fns.asks(v)
}

// Empty returns a value with nothing set.
func (t *Type) Empty() cty.Value { return t.Schema.Empty() }

// Warn says what a user should know of the object v as it has come out; "" for
// nothing.
func (t *Type) Warn(v cty.Value) string {
	if t.fns.warn == nil {
		return ""
	}
	return t.fns.warn(v)
}

// TakenOver reports whether the object v was there before it was to be made: types
// of which that can be so show it by an attribute of that name.
func (t *Type) TakenOver(v cty.Value) bool {
	const name = "taken_over"
	return t.Schema.Attr(name) != nil && v.GetAttr(name).RawEquals(cty.True)
}

// Caution says what a user should know of want before it is carried out; "" for
// nothing, and while a configurable attribute is unknown.
func (t *Type) Caution(want cty.Value) string {
	if t.fns.caution == nil || !t.Schema.configured(want) {
		return ""
	}
	return t.fns.caution(want)
}

// Leaves reports whether something may outlive an object of the type, to ask Ops.Leaves.
func (t *Type) Leaves() bool { return t.fns.leaves != nil }

// Migrate returns v, the object as Terraform's state has it, in the words of t.
func (t *Type) Migrate(v cty.Value) (cty.Value, error) { return t.fns.migrate(v) }

// ID returns the id in v, or "" when it is null or unknown.
func ID(v cty.Value) string {
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() || !v.Type().HasAttribute("id") {
		return ""
	}
	id := v.GetAttr("id")
	if id.IsNull() || !id.IsKnown() || id.Type() != cty.String {
		return ""
	}
	return id.AsString()
}

// Erase returns r as the engine sees it.
func (r Resource[C, T]) Erase() *Type { return r.erased() }

// erased is Erase on one copy of r, which all functions of the result share.
func (r *Resource[C, T]) erased() *Type {
	codec := newCodec[T]()
	if a := codec.schema.Attr("id"); a == nil || a.Type != cty.String {
		panic(r.Type + " has no string attribute id")
	}
	codec.schema.checkWriteOnly(false)
	t := &Type{
		Name: r.Type, Doc: r.Doc, Schema: codec.schema, ty: codec.ty,
		Settle: r.Settle, Grace: r.Grace, Again: r.Again, Replay: r.Replay,
		Unique: r.Unique || codec.schema.Attr("name") != nil, Shallow: r.Shallow, Holds: r.Holds, Examples: r.Examples,
		Mark: r.Mark, Redundant: r.Redundant, Explain: r.Explain,
	}
	for name := range r.Explain {
		if a := codec.schema.Attr(name); a == nil || !a.Replace && r.Replaces == nil {
			panic(r.Type + " explains why " + name + " replaces, which it does not")
		}
	}
	if _, ok := any(new(T)).(interface{ aside() Aside }); r.Mark != Nowhere && (!ok || r.List == nil) {
		panic(r.Type + " bears a mark that no list shows")
	}
	switch {
	case t.Settle > 0:
	case r.Find != nil:
		t.Settle = settleByToken
	default:
		t.Settle = settleByList
	}
	t.fns = erased{
		create: func(ctx context.Context, c any, want cty.Value, a Attempt) (cty.Value, error) {
			v, err := codec.call(want, func(x *T) error { return r.Create(ctx, c.(C), x, a) })
			return t.Spell(want, v), err
		},
		read: func(ctx context.Context, c any, have cty.Value) (cty.Value, error) {
			v, err := codec.call(have, func(x *T) error { return r.Read(ctx, c.(C), x) })
			return t.Spell(have, v), err
		},
		delete: func(ctx context.Context, c any, have cty.Value) error {
			return codec.on(have, func(x *T) error { return r.Delete(ctx, c.(C), *x) })
		},
	}
	t.fns.identify = func(id string) (cty.Value, error) {
		if r.Import == nil {
			vals := t.Empty().AsValueMap()
			vals["id"] = cty.StringVal(id)
			return cty.ObjectVal(vals), nil
		}
		x, err := r.Import(id)
		if err != nil {
			return cty.NilVal, err
		}
		return codec.encode(&x), nil
	}
	r.eraseUpdate(t, codec)
	r.eraseSearch(t, codec)
	r.eraseHooks(t, codec)
	if r.Kept {
		r.eraseKept(t)
	}
	return t
}

// eraseKept gives t the functions of what only state keeps: it is as it is, it
// goes at once, and a create that was cut off has made nothing.
func (r *Resource[C, T]) eraseKept(t *Type) {
	t.Kept, t.Settle = true, 0
	create, drop := t.fns.create, t.fns.delete
	t.fns.create = func(ctx context.Context, c any, want cty.Value, a Attempt) (cty.Value, error) {
		if err := ctx.Err(); err != nil {
			return want, err
		}
		return create(ctx, c, want, a)
	}
	t.fns.read = func(ctx context.Context, _ any, have cty.Value) (cty.Value, error) { return have, ctx.Err() }
	t.fns.delete = func(ctx context.Context, c any, have cty.Value) error {
		if r.Delete != nil {
			if err := drop(ctx, c, have); err != nil {
				return err
			}
		}
		return ErrGone
	}
	t.fns.find = func(_ context.Context, _ any, want cty.Value, _ Attempt) (cty.Value, bool, error) {
		return want, false, nil
	}
}

func (r *Resource[C, T]) eraseUpdate(t *Type, codec codec[T]) {
	if r.Update == nil {
		return
	}
	t.fns.update = func(ctx context.Context, c any, was, want cty.Value) (cty.Value, error) {
		var old T
		if err := codec.decode(was, &old); err != nil {
			return want, err
		}
		v, err := codec.call(want, func(x *T) error { return r.Update(ctx, c.(C), old, x) })
		return t.Spell(want, v), err
	}
}

func (r *Resource[C, T]) eraseSearch(t *Type, codec codec[T]) {
	if r.Find != nil {
		t.fns.find = func(ctx context.Context, c any, want cty.Value, a Attempt) (cty.Value, bool, error) {
			found := false
			v, err := codec.call(want, func(x *T) (err error) {
				found, err = r.Find(ctx, c.(C), x, a)
				return err
			})
			return v, found, err
		}
	}
	t.fns.inspect = func(ctx context.Context, c any, have cty.Value) (Listed, error) {
		var x T
		if err := codec.decode(have, &x); err != nil {
			return Listed{}, err
		}
		err := r.Read(ctx, c.(C), &x)
		if err == nil || errors.Is(err, ErrNotReady) || errors.Is(err, ErrBroken) {
			return codec.listed(&x, err), nil
		}
		return Listed{}, err
	}
	if r.List == nil {
		return
	}
	t.fns.lists = func() []cty.Value {
		ins := []cty.Value{codec.encode(new(T))}
		if r.Collections != nil {
			ins = nil
		}
		for _, x := range r.Collections {
			ins = append(ins, codec.encode(&x))
		}
		return ins
	}
	t.fns.list = func(ctx context.Context, c any, in cty.Value) ([]Listed, error) {
		var member T
		if err := codec.decode(in, &member); err != nil {
			return nil, err
		}
		var all []Listed
		for x, err := range listAll(ctx, c.(C), r, member) {
			if err != nil && !errors.Is(err, ErrNotReady) && !errors.Is(err, ErrBroken) {
				return nil, err
			}
			all = append(all, codec.listed(&x, err))
		}
		return all, nil
	}
}

// eraseHooks gives t the functions that no call of the cloud needs, and those that
// look before a call.
func (r *Resource[C, T]) eraseHooks(t *Type, codec codec[T]) {
	r.eraseSpelling(t, codec)
	r.eraseRules(t, codec)
	r.eraseFacts(t, codec)
}

// eraseSpelling gives t what brings values into other words.
func (r *Resource[C, T]) eraseSpelling(t *Type, codec codec[T]) {
	t.fns.migrate = func(v cty.Value) (cty.Value, error) {
		return codec.call(v, func(x *T) error {
			if r.Migrate != nil {
				r.Migrate(x)
			}
			return nil
		})
	}
	if r.Normal != nil {
		t.fns.normal = func(v cty.Value) cty.Value {
			v, _ = codec.call(v, func(x *T) error { r.Normal(x); return nil })
			return v
		}
	}
	if r.Spell != nil {
		t.fns.spell = func(was, v cty.Value) cty.Value {
			var old T
			if err := codec.decode(was, &old); err != nil {
				return v
			}
			v, _ = codec.call(v, func(x *T) error { r.Spell(old, x); return nil })
			return v
		}
	}
}

// eraseRules gives t what says what may be made, changed and deleted, and how.
func (r *Resource[C, T]) eraseRules(t *Type, codec codec[T]) {
	if r.Check != nil {
		t.fns.check = func(was, want cty.Value) error {
			old, err := codec.prior(was)
			if err != nil {
				return err
			}
			return codec.on(want, func(x *T) error { return r.Check(old, *x) })
		}
	}
	if r.Foresee != nil {
		t.fns.foresee = func(ctx context.Context, c any, was, want cty.Value) error {
			old, err := codec.prior(was)
			if err != nil || slices.ContainsFunc(r.ForeseeBy, func(name string) bool { return !want.GetAttr(name).IsWhollyKnown() }) {
				return err
			}
			return codec.on(want, func(x *T) error { return r.Foresee(ctx, c.(C), old, *x) })
		}
	}
	if r.Replaces != nil {
		t.fns.replaces = func(was, want cty.Value) (names []string) {
			var old T
			if err := codec.decode(was, &old); err != nil {
				return nil
			}
			_ = codec.on(want, func(x *T) error { names = r.Replaces(old, *x); return nil })
			return names
		}
	}
	if r.First != nil {
		t.fns.first = func(was, want cty.Value) (first bool) {
			var old T
			if err := codec.decode(was, &old); err != nil {
				return false
			}
			_ = codec.on(want, func(x *T) error { first = r.First(old, *x); return nil })
			return first
		}
	}
	if r.Protected != nil {
		t.fns.protected = func(v cty.Value) error {
			return codec.on(v, func(x *T) error { return r.Protected(*x) })
		}
	}
}

// eraseFacts gives t what is to be known of an object.
func (r *Resource[C, T]) eraseFacts(t *Type, codec codec[T]) {
	if r.Probe != nil {
		t.fns.probe = func(v cty.Value) (p *Probe) {
			_ = codec.on(v, func(x *T) error { p = r.Probe(*x); return nil })
			return p
		}
	}
	t.fns.lock, t.fns.within, t.fns.view = codec.text(r.Lock), codec.text(r.Within), codec.text(r.View)
	t.fns.importID, t.fns.natural, t.fns.named = codec.text(r.ImportID), codec.text(r.Natural), codec.text(r.Named)
	if r.Given != nil {
		t.fns.given = func(v cty.Value) bool {
			var x T
			return codec.decode(v, &x) == nil && r.Given(x)
		}
	}
	if r.Asks != nil {
		t.fns.asks = func(v cty.Value) (names []string) {
			_, _ = codec.call(v, func(x *T) error { names = r.Asks(*x); return nil })
			return names
		}
	}
	t.fns.warn, t.fns.caution = codec.text(r.Warn), codec.text(r.Caution)
	if r.Loses != nil {
		t.fns.loses = func(was, want cty.Value) (lost string) {
			old, err := codec.prior(was)
			if err != nil {
				return ""
			}
			_, _ = codec.call(want, func(x *T) error { lost = r.Loses(old, *x); return nil })
			return lost
		}
	}
	if r.Leaves != nil {
		t.fns.leaves = func(ctx context.Context, c any, v cty.Value) ([]Leftover, error) {
			var x T
			if err := codec.decode(v, &x); err != nil {
				return nil, err
			}
			return r.Leaves(ctx, c.(C), x)
		}
	}
}

// prior returns the object that was there; nil for none.
func (c codec[T]) prior(v cty.Value) (*T, error) {
	if v.IsNull() {
		return nil, nil
	}
	x := new(T)
	return x, c.decode(v, x)
}

// text returns f on values; nil for nil.
func (c codec[T]) text(f func(T) string) func(cty.Value) string {
	if f == nil {
		return nil
	}
	return func(v cty.Value) string {
		s := ""
		_ = c.on(v, func(x *T) error { s = f(*x); return nil })
		return s
	}
}

// Erase returns d as the engine sees it.
func (d DataSource[C, T]) Erase() *Type {
	codec := newCodec[T]()
	t := &Type{Name: d.Type, Doc: d.Doc, Data: true, Schema: codec.schema, ty: codec.ty, Examples: d.Examples}
	t.fns.read = func(ctx context.Context, c any, have cty.Value) (cty.Value, error) {
		return recall(ctx, question{c, "read " + d.Type, have.GoString()}, func() (cty.Value, error) {
			return codec.call(have, func(x *T) error { return d.Read(ctx, c.(C), x) })
		})
	}
	return t
}

// codec turns values of one type into its struct and back.
type codec[T any] struct {
	schema *Schema
	ty     cty.Type
}

func newCodec[T any]() codec[T] {
	s := SchemaOf(reflect.TypeFor[T]())
	return codec[T]{schema: s, ty: s.ImpliedType()}
}

func (c codec[T]) decode(v cty.Value, x *T) error {
	if v == cty.NilVal || v.IsNull() {
		return nil
	}
	return decode(v, reflect.ValueOf(x).Elem())
}

func (c codec[T]) encode(x *T) cty.Value { return encode(c.schema, c.ty, reflect.ValueOf(x).Elem()) }

// listed returns x, which came beside err, as a list shows it.
func (c codec[T]) listed(x *T, err error) Listed {
	l := Listed{Value: c.encode(x), Ready: err == nil}
	if errors.Is(err, ErrBroken) {
		l.Broken = err
	}
	if a, ok := any(x).(interface{ aside() Aside }); ok {
		l.Aside = a.aside()
	}
	return l
}

// call decodes v, lets f work on it and returns the encoded result beside f's
// error.
func (c codec[T]) call(v cty.Value, f func(*T) error) (cty.Value, error) {
	var x T
	if err := c.argument(v, &x); err != nil {
		return v, err
	}
	err := f(&x)
	return c.encode(&x), err
}

// on decodes v and returns what f says of it.
func (c codec[T]) on(v cty.Value, f func(*T) error) error {
	var x T
	if err := c.argument(v, &x); err != nil {
		return err
	}
	return f(&x)
}

func (c codec[T]) argument(v cty.Value, x *T) error {
	if err := c.decode(v, x); err != nil {
		return fmt.Errorf("argument %w", err)
	}
	return nil
}
