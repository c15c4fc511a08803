package migrate

import (
	"fmt"
	"strings"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// Source is the address of a provider in a registry, such as
// registry.terraform.io/hashicorp/aws.
type Source struct {
	Host      string // "" when it is not said
	Namespace string // "-" when it is not known, as in states of Terraform 0.12
	Type      string
}

// ParseSource reads NAMESPACE/TYPE, HOST/NAMESPACE/TYPE or TYPE alone.
func ParseSource(text string) (Source, error) {
	parts := strings.Split(text, "/")
	s := Source{Namespace: "hashicorp", Type: parts[len(parts)-1]}
	switch len(parts) {
	case 3:
		s.Host, s.Namespace = parts[0], parts[1]
	case 2:
		s.Namespace = parts[0]
	}
	for _, part := range parts {
		if part == "" || len(parts) > 3 || strings.ContainsAny(part, " \"[]") {
			return s, fmt.Errorf("%q is not the source address of a provider, such as registry.terraform.io/hashicorp/aws", text)
		}
	}
	return s, nil
}

// String returns the address as Terraform writes it.
func (s Source) String() string {
	text := s.Namespace + "/" + s.Type
	if s.Host != "" {
		text = s.Host + "/" + text
	}
	return text
}

// Find returns the provider of a catalog that s means; nil when it has none. The
// host does not matter: mirrors have the same providers.
func (s Source) Find(catalog config.Catalog) *providers.Provider {
	for p := range catalog.All() {
		for _, source := range p.Sources {
			namespace, name, _ := strings.Cut(source, "/")
			if name == s.Type && (namespace == s.Namespace || s.Namespace == "-" || s.Namespace == "opentofu") {
				return p
			}
		}
	}
	return nil
}

// Provider is a provider configuration as Terraform's state names it:
// module.net.provider["registry.terraform.io/hashicorp/aws"].west.
type Provider struct {
	Module string // that has its block; "" is the root
	Source Source
	Alias  string // "" for none
	Key    state.Key
}

// ParseProvider reads the address of a provider configuration, also one of
// Terraform 0.12: provider.aws.west.
func ParseProvider(text string) (Provider, error) {
	wrong := fmt.Errorf("its provider %q is not one such as provider[\"registry.terraform.io/hashicorp/aws\"]", text)
	var p Provider
	rest := "." + text
	i := strings.LastIndex(rest, ".provider[\"")
	if i < 0 {
		return parseOldProvider(text, wrong)
	}
	p.Module, rest = strings.TrimPrefix(rest[:i], "."), rest[i+len(".provider[\""):]
	source, alias, ok := strings.Cut(rest, `"]`)
	if !ok {
		return p, wrong
	}
	var err error
	if p.Source, err = ParseSource(source); err != nil {
		return p, err
	}
	return p.in(p.Module, alias, wrong)
}

func parseOldProvider(text string, wrong error) (Provider, error) {
	rest := "." + text
	i := strings.LastIndex(rest, ".provider.")
	if i < 0 {
		return Provider{}, wrong
	}
	name, alias, _ := strings.Cut(rest[i+len(".provider."):], ".")
	if name == "" {
		return Provider{}, wrong
	}
	if alias != "" {
		alias = "." + alias
	}
	p := Provider{Source: Source{Namespace: "-", Type: name}}
	return p.in(strings.TrimPrefix(rest[:i], "."), alias, wrong)
}

// in returns p with its module and what follows its type: "" or .ALIAS, with a
// key behind when its block has for_each.
func (p Provider) in(module, alias string, wrong error) (Provider, error) {
	if _, err := state.ParseModule(module); err != nil {
		return p, wrong
	}
	p.Module = state.StaticModule(module)
	if alias == "" {
		return p, nil
	}
	a, err := state.ParseAddr("provider" + alias)
	if err != nil || a.Module != "" || !strings.HasPrefix(alias, ".") {
		return p, wrong
	}
	p.Alias, p.Key = a.Name, a.Key
	return p, nil
}

// In returns the key of the configuration in a state of mlinfra, where its
// provider is called name: module.net.aws.west.
func (p Provider) In(name string) string {
	key := name
	if p.Alias != "" {
		key += "." + p.Alias + p.Key.String()
	}
	if p.Module != "" {
		key = p.Module + "." + key
	}
	return key
}
