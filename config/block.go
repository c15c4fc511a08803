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
	Call  // of a module
	Check // assertions about the whole
)

// ID names a block within a program.
type ID struct {
	Module string // static path of the module; "" is the root
	Kind   Kind
	Type   string // of a resource, data source or provider
	Name   string // alias of a provider, "" for its default configuration
}

// inModule returns the reference by which the module of the block means it.
func (id ID) inModule() string {
	id.Module = ""
	return id.String()
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
	case Call:
		s = "module." + id.Name
	case Check:
		s = "check." + id.Name
	case Provider:
		return id.providerKey()
	case Resource, Data:
		return id.Addr().String()
	}
	if id.Module != "" {
		s = id.Module + "." + s
	}
	return s
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
	return ID{Module: state.StaticModule(a.Module), Kind: kind, Type: a.Type, Name: a.Name}
}

// Block is one declaration.
type Block struct {
	ID     ID
	Module *Module   // that it stands in
	Range  hcl.Range // of its header
	Needs  []ID      // what it refers to, directly
	// explicit is what depends_on names.
	explicit []ID
	// DependsOn are those of Needs that depends_on means, of the block or of a
	// call of the module that it is in.
	DependsOn []ID

	Body *hclsyntax.Body // of a provider, resource, data source or module call
	Expr hcl.Expression  // value of a local or output

	Count, ForEach, Enabled hcl.Expression

	Type         *providers.Type     // of a resource or data source
	Cloud        *providers.Provider // of a provider block
	Provider     ProviderRef         // configuration that a resource or data source uses
	Lifecycle    Lifecycle
	Timeouts     map[string]time.Duration // by operation: create, update, delete
	Conditions   []Condition              // preconditions, postconditions, validations, assertions
	Provisioners []Provisioner
	Connection   *hclsyntax.Body // of all Provisioners; nil for none
	CheckedBy    ID              // of a data source: the check block that it stands in

	Arg   hcl.Expression // of a variable: what the call of its module gives it
	Calls *Module        // of a module call

	Variable *VariableDecl
	Output   *OutputDecl
}

// Where returns the place in a resource or data source that a message is about: the
// argument that it begins with, else the header. The lines of secrets are not
// shown.
func (b *Block) Where(message string) *hcl.Range {
	name, _, _ := strings.Cut(message, " ")
	if b.Body == nil || b.Body.Attributes[name] == nil || b.Type == nil {
		return b.Range.Ptr()
	}
	if a := b.Type.Schema.Attr(name); a == nil || a.Sensitive || a.Hide != "" {
		return b.Range.Ptr()
	}
	return b.Body.Attributes[name].NameRange.Ptr()
}

// Lifecycle holds the lifecycle arguments of a resource.
type Lifecycle struct {
	CreateBeforeDestroy bool
	// PreventDestroy is nil when it is not set; its value may not depend on
	// resources.
	PreventDestroy     hcl.Expression
	IgnoreChanges      hcl.Expression
	ReplaceTriggeredBy []hcl.Expression
	// Adopt means that an object which is there already, by what tells those of
	// its type apart, is taken over instead of made: adopt = "if_exists".
	Adopt bool
	// Keep means that an object is forgotten, not destroyed, when nothing wants
	// it any more: destroy = false.
	Keep bool
}

// Provisioner is what is run when an object has been made, or is to go.
type Provisioner struct {
	Type       string
	Range      hcl.Range
	Body       *hclsyntax.Body
	Connection *hclsyntax.Body // nil for that of the resource
	Destroy    bool            // run before the object goes
	Continue   bool            // a failure changes nothing
}

// When says at what moment a condition is checked.
type When int

// The moments of a condition.
const (
	Before When = iota // precondition, validation
	After              // postcondition
	Assert             // of a check: a violation is a warning
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
	Untyped     bool     // no type is declared
	Defaults    *typeexpr.Defaults
	Default     cty.Value // cty.NilVal when a value is required
	Description string
	Sensitive   bool
	Ephemeral   bool
	Nullable    bool
}

// OutputDecl is what an output block says beside its value.
type OutputDecl struct {
	Description string
	Sensitive   bool
	Ephemeral   bool
}

// Program is a loaded configuration.
type Program struct {
	Dir     string
	Empty   bool     // the root has no files
	Blocks  []*Block // each after what it needs
	Sources map[string]*hcl.File
	Inputs  map[string]cty.Value // values of root variables, not yet converted
	Modules map[string]*Module   // by static path; the root is ""

	Moves   []Move
	Removed []Removed
	Imports []Import

	byID       map[ID]*Block
	budget     *budget         // of its expressions
	inputFiles map[string]bool // of Sources, those that gave variables values
}

// Block returns the block with the given ID, or nil.
func (p *Program) Block(id ID) *Block { return p.byID[id] }

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
