package state

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Addr names an instance of a resource or data source, as in
// module.net.digitalocean_vpc.main[0].
type Addr struct {
	Module string // path with instance keys, such as module.a[0].module.b; "" is the root
	Data   bool
	Type   string
	Name   string
	Key    Key
}

// Key is the instance key of a block with count or for_each. The zero Key is
// that of a block with neither.
type Key struct {
	kind  byte // 0, 'i' or 's'
	index int
	name  string
}

// IndexKey returns the key of an instance of count.
func IndexKey(i int) Key { return Key{kind: 'i', index: i} }

// NameKey returns the key of an instance of for_each.
func NameKey(s string) Key { return Key{kind: 's', name: s} }

// Index returns the index of an instance of count.
func (k Key) Index() (int, bool) { return k.index, k.kind == 'i' }

// Name returns the key of an instance of for_each.
func (k Key) Name() (string, bool) { return k.name, k.kind == 's' }

// In addresses, as everywhere in quotes, ${ begins a template and $${ does not.
var (
	escapeTemplates   = strings.NewReplacer("${", "$${", "%{", "%%{")
	unescapeTemplates = strings.NewReplacer("$${", "${", "%%{", "%{")
)

// String returns the key as it stands in an address: "", [0] or ["a"].
func (k Key) String() string {
	switch k.kind {
	case 'i':
		return "[" + strconv.Itoa(k.index) + "]"
	case 's':
		return "[" + escapeTemplates.Replace(strconv.Quote(k.name)) + "]"
	}
	return ""
}

// Compare orders keys: none, indexes by number, names by letters.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.kind, o.kind), cmp.Compare(k.index, o.index), strings.Compare(k.name, o.name))
}

// Block returns the address without any instance keys: that of the block in the
// configuration of which it is an instance.
func (a Addr) Block() Addr {
	a.Key = Key{}
	a.Module = StaticModule(a.Module)
	return a
}

// StaticModule returns the path of a module instance without instance keys:
// module.a.module.b of module.a[0].module.b["x"].
func StaticModule(path string) string {
	if !strings.Contains(path, "[") {
		return path
	}
	parts, err := splitAddr(path)
	if err != nil {
		return path
	}
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	return strings.Join(names, ".")
}

// ModuleStep is one level of the path of a module instance.
type ModuleStep struct {
	Name string
	Key  Key
}

// ParseModule reads the path of a module instance, such as
// module.a[0].module.b; "" is the root, which has no steps.
func ParseModule(path string) ([]ModuleStep, error) {
	parts, err := splitAddr(path)
	if err != nil || len(parts)%2 != 0 {
		return nil, fmt.Errorf("%q is not a module such as module.net or module.net[0]", path)
	}
	var steps []ModuleStep
	for ; len(parts) > 0; parts = parts[2:] {
		if parts[0] != (addrPart{name: "module"}) {
			return nil, fmt.Errorf("%q is not a module such as module.net or module.net[0]", path)
		}
		steps = append(steps, ModuleStep{parts[1].name, parts[1].key})
	}
	return steps, nil
}

// JoinModule returns the path of the module instance that a call with a name
// makes in the module instance parent.
func JoinModule(parent, name string, key Key) string {
	path := "module." + name + key.String()
	if parent != "" {
		path = parent + "." + path
	}
	return path
}

// String returns the address as users write it.
func (a Addr) String() string {
	s := a.Type + "." + a.Name + a.Key.String()
	if a.Data {
		s = "data." + s
	}
	if a.Module != "" {
		s = a.Module + "." + s
	}
	return s
}

// Compare orders addresses for output: by module, resources before data
// sources, then type, name and key.
func (a Addr) Compare(b Addr) int {
	return cmp.Or(
		strings.Compare(a.Module, b.Module),
		compareBool(a.Data, b.Data),
		strings.Compare(a.Type, b.Type),
		strings.Compare(a.Name, b.Name),
		a.Key.Compare(b.Key),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// MarshalText makes an Addr a string in JSON.
func (a Addr) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (a *Addr) UnmarshalText(b []byte) error {
	got, err := ParseAddr(string(b))
	*a = got
	return err
}

// ParseAddr reads an address as users write it.
func ParseAddr(s string) (Addr, error) {
	var a Addr
	parts, err := splitAddr(s)
	if err != nil {
		return a, fmt.Errorf("%q is not an address such as digitalocean_vpc.main or digitalocean_droplet.web[0]: %w", s, err)
	}
	var modules []string
	for len(parts) > 2 && parts[0].name == "module" && parts[0].key == (Key{}) {
		modules = append(modules, "module."+parts[1].name+parts[1].key.String())
		parts = parts[2:]
	}
	a.Module = strings.Join(modules, ".")
	if len(parts) == 3 && parts[0] == (addrPart{name: "data"}) {
		a.Data, parts = true, parts[1:]
	}
	if len(parts) == 3 && parts[0] == (addrPart{name: "resource"}) { // which may stand before each
		parts = parts[1:]
	}
	if len(parts) != 2 || parts[0].key != (Key{}) || slices.Contains([]string{"module", "data", "resource"}, parts[0].name) {
		return a, fmt.Errorf("%q is not an address such as digitalocean_vpc.main or digitalocean_droplet.web[0]", s)
	}
	a.Type, a.Name, a.Key = parts[0].name, parts[1].name, parts[1].key
	return a, nil
}

type addrPart struct {
	name string
	key  Key
}

func splitAddr(s string) ([]addrPart, error) {
	var parts []addrPart
	for s != "" {
		n := strings.IndexAny(s, ".[")
		if n < 0 {
			n = len(s)
		}
		p := addrPart{name: s[:n]}
		if p.name == "" {
			return nil, fmt.Errorf("a name is missing before %q", s)
		}
		s = s[n:]
		if strings.HasPrefix(s, "[") {
			key, rest, err := parseKey(s[1:])
			if err != nil {
				return nil, err
			}
			p.key, s = key, rest
		}
		parts = append(parts, p)
		if s == "" {
			break
		}
		if s[0] != '.' || len(s) == 1 {
			return nil, fmt.Errorf("unexpected %q", s)
		}
		s = s[1:]
	}
	return parts, nil
}

func parseKey(s string) (Key, string, error) {
	if quoted, err := strconv.QuotedPrefix(s); err == nil {
		name, err := strconv.Unquote(quoted)
		rest, ok := strings.CutPrefix(s[len(quoted):], "]")
		if err != nil || !ok {
			return Key{}, "", fmt.Errorf("the key [%s is not closed", s)
		}
		return NameKey(unescapeTemplates.Replace(name)), rest, nil
	}
	text, rest, ok := strings.Cut(s, "]")
	i, err := strconv.Atoi(text)
	if !ok || err != nil || i < 0 {
		return Key{}, "", fmt.Errorf("the key [%s is neither a number nor a quoted string", s)
	}
	return IndexKey(i), rest, nil
}
