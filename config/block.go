package config

import (
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Kind is the kind of a block.
type Kind int

// The kinds of blocks that take part in evaluation.
const (
	Variable Kind = iota
	Local
	Provider
	Resource
	Data
	Output
)

// ID names a block within a program.
type ID struct {
	Module string // static path of the module; "" is the root
	Kind   Kind
	Type   string // of a resource, data source or provider
	Name   string // alias of a provider, "" for its default configuration
}

// String returns the reference by which a configuration means the block.
func (id ID) String() string {
	s := ""
	switch id.Kind {
	case Variable:
		s = "var." + id.Name
	case Local:
		s = "local." + id.Name
	case Output:
		s = "output." + id.Name
	case Provider:
		return id.ProviderKey()
	case Resource, Data:
		return id.Addr().String()
	}
	if id.Module != "" {
		s = id.Module + "." + s
	}
	return s
}

// ProviderKey returns how state names a provider configuration: digitalocean
// or digitalocean.fra.
func (id ID) ProviderKey() string {
	if id.Name == "" {
		return id.Type
	}
	return id.Type + "." + id.Name
}

// ProviderID returns the ID of the provider block with the given key.
func ProviderID(key string) ID {
	typ, alias, _ := strings.Cut(key, ".")
	return ID{Kind: Provider, Type: typ, Name: alias}
}

// Addr returns the address of a resource or data block, without instance key.
func (id ID) Addr() state.Addr {
	return state.Addr{Module: id.Module, Data: id.Kind == Data, Type: id.Type, Name: id.Name}
}

// BlockID returns the ID of the block that an instance belongs to.
func BlockID(a state.Addr) ID {
	kind := Resource
	if a.Data {
		kind = Data
	}
	return ID{Module: a.Module, Kind: kind, Type: a.Type, Name: a.Name}
}

// Block is one declaration.
type Block struct {
	ID    ID
	Range hcl.Range // of its header
	Needs []ID      // what it refers to, directly
	// DependsOn are those of Needs that depends_on names.
	DependsOn []ID

	Body *hclsyntax.Body // of a provider, resource or data source
	Expr hcl.Expression  // value of a local or output

	Count, ForEach hcl.Expression
	Type           *providers.Type     // of a resource or data source
	Cloud          *providers.Provider // of a provider block
	Provider       ID                  // configuration that a resource or data source uses
	Lifecycle      Lifecycle
	Timeouts       map[string]time.Duration // by operation: create, update, delete
	Conditions     []Condition              // preconditions and postconditions, validations

	Variable *VariableDecl
	Output   *OutputDecl
}

// Lifecycle holds the lifecycle arguments of a resource.
type Lifecycle struct {
	CreateBeforeDestroy bool
	PreventDestroy      bool
	PreventRange        hcl.Range
	IgnoreAll           bool
	Ignore              []hcl.Traversal
	ReplaceTriggeredBy  []hcl.Expression
}

// When says at what moment a condition is checked.
type When int

// The moments of a condition.
const (
	Before When = iota // precondition, validation
	After              // postcondition
)

// Condition is a precondition, postcondition or validation.
type Condition struct {
	When    When
	Expr    hcl.Expression
	Message hcl.Expression
}

// VariableDecl is what a variable block says of its values.
type VariableDecl struct {
	Type        cty.Type // with optional attributes still optional
	Defaults    *typeexpr.Defaults
	Default     cty.Value // cty.NilVal when a value is required
	Description string
	Sensitive   bool
	Nullable    bool
}

// OutputDecl is what an output block says beside its value.
type OutputDecl struct {
	Description string
	Sensitive   bool
}

// Program is a loaded configuration.
type Program struct {
	Dir     string
	Blocks  []*Block // each after what it needs
	Sources map[string]*hcl.File
	Inputs  map[string]cty.Value // values of root variables, not yet converted

	byID map[ID]*Block
}

// Block returns the block with the given ID, or nil.
func (p *Program) Block(id ID) *Block { return p.byID[id] }

// ProviderOf returns the key of the provider configuration that an object is
// to have; "" when its block is gone.
func (p *Program) ProviderOf(a state.Addr) string {
	if b := p.Block(BlockID(a)); b != nil {
		return b.Provider.ProviderKey()
	}
	return ""
}

// Needs returns, for every block, the nearest blocks that it needs and for
// which stop holds, directly or through other blocks.
func (p *Program) Needs(stop func(ID) bool) map[ID][]ID {
	reach := make(map[ID][]ID, len(p.Blocks))
	for _, b := range p.Blocks {
		var list []ID
		for _, n := range b.Needs {
			if stop(n) {
				list = append(list, n)
				continue
			}
			list = append(list, reach[n]...)
		}
		slices.SortFunc(list, compareIDs)
		reach[b.ID] = slices.Compact(list)
	}
	return reach
}
