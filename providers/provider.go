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
	// Pace bounds the requests a second to what the user has configured.
	Pace func(perSecond float64)
	// UserAgent names mlinfra and its version to the cloud.
	UserAgent string
}

// Provider is one cloud: its schema and its resource types.
type Provider struct {
	Name      string
	Doc       string
	Config    *Schema
	Resources map[string]*Type
	Data      map[string]*Type
	// Limits says how the cloud's API announces its limits.
	Limits Limits
	// Classify reads the cloud's errors.
	Classify func(error) Verdict

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
	Limits    Limits
	Connect   func(ctx context.Context, config S, env Env) (C, error)
	Unmark    func(ctx context.Context, c C, token string) error
	Classify  func(error) Verdict
	Resources []Erasable
	Data      []Erasable
}

// Erasable is a Resource or a DataSource.
type Erasable interface{ Erase() *Type }

// Provider returns c as the engine sees it.
func (c Cloud[C, S]) Provider() *Provider {
	codec := newCodec[S]()
	p := &Provider{
		Name: c.Name, Doc: c.Doc, Config: codec.schema, Limits: c.Limits, Classify: c.Classify,
		Resources: erase(c.Resources), Data: erase(c.Data),
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
		conn := Conn{Ops: calls{client}, Classify: c.Classify}
		if c.Unmark != nil {
			conn.Unmark = func(ctx context.Context, token string) error { return c.Unmark(ctx, client, token) }
		}
		return conn, nil
	}
	return p
}

func erase(list []Erasable) map[string]*Type {
	types := make(map[string]*Type, len(list))
	for _, e := range list {
		t := e.Erase()
		if types[t.Name] != nil {
			panic(t.Name + " is declared twice")
		}
		types[t.Name] = t
	}
	return types
}
