package provision

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// kind is what there is to a type of provisioner.
type kind struct {
	schema *providers.Schema
	remote bool // works over a connection
	check  func(config cty.Value) error
	run    func(context.Context, Job) error
}

func kinds() map[string]kind {
	return map[string]kind{
		"file":        {schema: schemaOf[file](), remote: true, check: checkFile, run: runFile},
		"local-exec":  {schema: schemaOf[localExec](), check: checkLocal, run: runLocal},
		"remote-exec": {schema: schemaOf[remoteExec](), remote: true, check: checkRemote, run: runRemote},
	}
}

func schemaOf[T any]() *providers.Schema { return providers.SchemaOf(reflect.TypeFor[T]()) }

// Types returns the types of provisioners, sorted.
func Types() []string { return slices.Sorted(maps.Keys(kinds())) }

// Schema returns what a provisioner block of the given type may hold; nil when
// there is no such type.
func Schema(typ string) *providers.Schema { return kinds()[typ].schema }

// Remote reports whether provisioners of the given type work over a
// connection, and so need a connection block.
func Remote(typ string) bool { return kinds()[typ].remote }

// Check refuses what cannot be right in the configuration of a provisioner, an
// object of its schema's type that may hold unknown and marked values.
func Check(typ string, config cty.Value) error {
	k, ok := kinds()[typ]
	if !ok {
		return fmt.Errorf("there is no provisioner %q: use one of %s", typ, strings.Join(Types(), ", "))
	}
	config, _ = config.UnmarkDeep()
	if config.IsNull() || !config.IsKnown() {
		return nil
	}
	if err := k.check(config); err != nil {
		return fmt.Errorf("%s: %w", typ, err)
	}
	return nil
}

// oneOf refuses config unless it sets exactly one of the attributes, or may
// yet: what is unknown can still turn out null.
func oneOf(config cty.Value, names ...string) error {
	set, open := 0, 0
	for _, name := range names {
		switch v := attr(config, name); {
		case !v.IsKnown():
			open++
		case !v.IsNull():
			set++
		}
	}
	if set > 1 || set+open == 0 {
		return fmt.Errorf("exactly one of %s must be set, and %d are", strings.Join(names, ", "), set)
	}
	return nil
}

// notEmpty refuses an attribute that is known to be null, "" or a list in
// which an element is.
func notEmpty(config cty.Value, name string) error {
	v := attr(config, name)
	if !v.IsKnown() {
		return nil
	}
	if v.IsNull() || v.Type() == cty.String && v.AsString() == "" {
		return fmt.Errorf("%s must not be empty", name)
	}
	if !v.CanIterateElements() {
		return nil
	}
	for i, e := range v.AsValueSlice() {
		if e.IsKnown() && (e.IsNull() || e.AsString() == "") {
			return fmt.Errorf("element %d of %s is empty: remove it, or set it", i, name)
		}
	}
	return nil
}

// attr returns an attribute of config; null when config lacks it.
func attr(config cty.Value, name string) cty.Value {
	if !config.Type().HasAttribute(name) {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return config.GetAttr(name)
}
