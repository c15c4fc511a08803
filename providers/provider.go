package providers

import (
	"context"
	"net/http"
	"reflect"

	"github.com/zclconf/go-cty/cty"
)

// Env is what a provider may know of the process it runs in.
type Env struct {
	// Getenv returns an environment variable, "" when it is not set.
	Getenv func(string) string
	// Transport sends every request: limits and tracing hang there.
	Transport http.RoundTripper
	// Trace returns what logs what goes through next, for a provider that needs
	// another transport; nil when nothing is logged.
	Trace func(next http.RoundTripper) http.RoundTripper
	// Pace bounds the requests a second to what the user has configured.
	Pace func(perSecond float64)
	// Isolated means that nothing else of the machine counts: no files in the
	// user's home, no other variables, no metadata service.
	Isolated bool
	// UserAgent names mlinfra and its version to the cloud.
	UserAgent string
	// Owner is the lineage of the state that is worked on; "" while it has none.
	Owner string
	// Stored returns the objects of a type as state has them: a provider whose
	// objects are reached through each other, such as files on a host, finds the
	// way by it. Nil when there is no state.
	Stored func(typ string) []cty.Value
	// Wanted returns those that the configuration still has, as it wants them, as
	// far as that is known before anything is looked at. Nil when nobody knows.
	Wanted func(typ string) []cty.Value
}

// Stored returns the objects of a type of Env.Stored.
func Stored[T any](e Env, typ string) []T { return decodeAll[T](e.Stored, typ) }

// Wanted returns the objects of a type of Env.Wanted.
func Wanted[T any](e Env, typ string) []T { return decodeAll[T](e.Wanted, typ) }

func decodeAll[T any](list func(string) []cty.Value, typ string) []T {
	if list == nil {
		return nil
	}
	var all []T
	for _, v := range list(typ) {
		var x T
		if Decode(v, &x) == nil {
			all = append(all, x)
		}
	}
	return all
}

// Provider is one cloud: its schema and its resource types.
type Provider struct {
	Name      string
	Doc       string
	Sources   []string // what it is called in Terraform's registry, such as hashicorp/aws
	Config    *Schema
	Resources Types
	Data      Types
	// Limits says how the cloud's API announces its limits.
	Limits Limits
	// Classify reads the cloud's errors.
	Classify func(error) Verdict
	// Diagnoses reports whether connections can Diagnose.
	Diagnoses bool

	connect func(ctx context.Context, config cty.Value, env Env) (Conn, error)
}

// Conn is a connected provider.
type Conn struct {
	Ops Ops
	// Classify reads the cloud's errors.
	Classify func(error) Verdict
	// Unmark removes the mark of a finished run from all objects; nil when the
	// cloud's tokens need no cleaning.
	Unmark func(ctx context.Context, token string) error
	// Verify asks the cloud whether the credentials are valid and lead where
	// the settings say. It is called before anything else; nil when the first
	// other call says as much.
	Verify func(ctx context.Context) error
	// Filters choose among the objects of the account, see Cloud.Filters.
	Filters map[string]func(ctx context.Context, value string) (func(cty.Value) bool, error)
	// Identity names the account, and the region if ids mean nothing outside it,
	// that Verify has found; "" when ids say as much.
	Identity func() string
	// Close gives back what the connection has made for itself alone, such as a
	// key. It is the last call, and may be the only one; nil when there is nothing
	// of the kind.
	Close func(ctx context.Context) error
	// Diagnose looks whether what state has works together, such as the ends of a
	// tunnel; nil when the provider has nothing that could not. It changes nothing.
	// services are what is to be reached by it, as host:port.
	Diagnose func(ctx context.Context, services []string) []Finding
}

// Finding is what a look at things that work together has shown.
type Finding struct {
	Type, ID string // the object that it is about; its configuration is what to change
	What     string // what was looked at, such as "handshake with root@203.0.113.5"
	Found    string // what was found, such as "12 seconds ago"
	Problem  string // what is wrong, and what to change; "" when all is well
}

// Connect prepares the provider for calls. It makes none itself.
func (p *Provider) Connect(ctx context.Context, config cty.Value, env Env) (Conn, error) {
	return p.connect(ctx, config, env)
}

// Cloud is what a cloud's package declares: C is its client, S the tagged
// struct of its provider block.
type Cloud[C, S any] struct {
	Name      string
	Doc       string
	Sources   []string // see Provider.Sources; nil means hashicorp/NAME
	Limits    Limits
	Connect   func(ctx context.Context, config S, env Env) (C, error)
	Verify    func(ctx context.Context, c C) error                        // see Conn.Verify
	Unmark    func(ctx context.Context, c C, token string) error          // see Conn.Unmark
	Close     func(ctx context.Context, c C) error                        // see Conn.Close
	Diagnose  func(ctx context.Context, c C, services []string) []Finding // see Conn.Diagnose
	Classify  func(error) Verdict                                         // reads the errors of all calls
	Identity  func(c C) string                                            // see Conn.Identity
	Resources []Erasable
	Data      []Erasable
	// Marks returns the setting ownership_marks, nil when it is not set: marks
	// are written then. Nil for a cloud without marks.
	Marks func(s S) *bool

	// Filters choose among the objects of an account, by the name that users give:
	// each returns what reports whether an object, a value of its type, is chosen.
	Filters map[string]func(ctx context.Context, c C, value string) (func(cty.Value) bool, error)
	// Operations says how operations stand, see Ops.Operations; nil when no
	// call starts any.
	Operations func(ctx context.Context, c C, names []string) ([]error, error)
	// Imply returns the attributes in which the provider block has a say, such
	// as tags that all objects get, or that follow from others in a way that tags
	// cannot tell, from what is wanted of an object of type t. It is pure.
	// config is what its block says, prior is null for a new one. Nil when there
	// are none.
	Imply func(s S, t *Type, config, prior, want cty.Value) map[string]cty.Value
}

// Erasable is a Resource or a DataSource.
type Erasable interface{ Erase() *Type }

// Provider returns c as the engine sees it.
func (c Cloud[C, S]) Provider() *Provider {
	codec := newCodec[S]()
	p := &Provider{
		Name: c.Name, Doc: c.Doc, Config: codec.schema, Limits: c.Limits, Classify: c.Classify,
		Sources: c.Sources, Diagnoses: c.Diagnose != nil,
	}
	if p.Sources == nil {
		p.Sources = []string{"hashicorp/" + c.Name}
	}
	p.connect = func(ctx context.Context, config cty.Value, env Env) (Conn, error) {
		var s S
		if err := decode(config, reflect.ValueOf(&s).Elem()); err != nil {
			return Conn{}, err
		}
		client, err := c.Connect(ctx, s, env)
		if err != nil {
			return Conn{}, err
		}
		conn := Conn{Ops: calls{client, c.operations(client), c.unowned(s)}, Classify: c.Classify}
		conn.Identity = func() string { return "" }
		if c.Identity != nil {
			conn.Identity = func() string { return c.Identity(client) }
		}
		conn.Filters = map[string]func(context.Context, string) (func(cty.Value) bool, error){}
		for name, filter := range c.Filters {
			conn.Filters[name] = func(ctx context.Context, value string) (func(cty.Value) bool, error) {
				return filter(ctx, client, value)
			}
		}
		if c.Verify != nil {
			conn.Verify = func(ctx context.Context) error { return c.Verify(ctx, client) }
		}
		if c.Close != nil {
			conn.Close = func(ctx context.Context) error { return c.Close(ctx, client) }
		}
		if c.Diagnose != nil {
			conn.Diagnose = func(ctx context.Context, services []string) []Finding { return c.Diagnose(ctx, client, services) }
		}
		if c.Unmark != nil {
			conn.Unmark = func(ctx context.Context, token string) error { return c.Unmark(ctx, client, token) }
		}
		return conn, nil
	}
	p.Resources, p.Data = typesOf(c.Resources, c.implies), typesOf(c.Data, func(*Type) {})
	return p
}

// implies gives t what the provider block has a say in.
func (c Cloud[C, S]) implies(t *Type) {
	if c.Imply == nil {
		return
	}
	t.fns.imply = func(settings, config, prior, want cty.Value) cty.Value {
		return c.imply(t, settings, config, prior, want)
	}
}

// unowned reports whether s wants no ownership marks.
func (c Cloud[C, S]) unowned(s S) bool {
	return c.Marks != nil && c.Marks(s) != nil && !*c.Marks(s)
}

func (c Cloud[C, S]) operations(client C) func(context.Context, []string) ([]error, error) {
	return func(ctx context.Context, names []string) ([]error, error) { return c.Operations(ctx, client, names) }
}

// imply overlays want with what c.Imply returns. What follows from settings
// that are not known is not known either.
func (c Cloud[C, S]) imply(t *Type, settings, config, prior, want cty.Value) cty.Value {
	var s S
	known := settings == cty.NilVal || settings.IsWhollyKnown()
	if settings != cty.NilVal && settings.Type().IsObjectType() {
		settings, _ = settings.UnmarkDeep()
		if err := decode(settings, reflect.ValueOf(&s).Elem()); err != nil {
			return want // connecting says what is wrong
		}
	}
	vals := map[string]cty.Value{}
	for name, v := range c.Imply(s, t, config, prior, want) {
		switch {
		case known:
		case t.Schema.Attr(name).Replace:
			continue // what may turn out to be the same is no reason to replace
		default:
			v = cty.UnknownVal(v.Type())
		}
		vals[name] = v
	}
	return With(want, vals)
}
