package fake

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/mlinfra/mlinfra/providers"
)

// databaseKnobs are the settings that each engine has, with their types, bounds
// and defaults: the advanced_config schemas of the API's document.
//
//go:embed database_config.json
var databaseKnobs []byte

// knob is what the document says of one setting.
type knob struct {
	Type       string
	Minimum    *float64
	Maximum    *float64
	Enum       []any
	Pattern    string
	MinLength  int
	MaxLength  int
	MaxItems   int
	Nullable   bool
	Default    json.RawMessage
	Items      *knob
	Properties map[string]knob
}

var knobs = sync.OnceValue(func() (all map[string]map[string]knob) {
	if err := json.Unmarshal(databaseKnobs, &all); err != nil {
		panic(err)
	}
	return all
})

// mirrored are settings that have an endpoint of their own as well.
func (d *database) mirrored() map[string]*string {
	switch d.Engine {
	case "mysql":
		return map[string]*string{"sql_mode": &d.SQLMode}
	case "valkey":
		return map[string]*string{"valkey_maxmemory_policy": &d.Eviction}
	}
	return nil
}

// readConfig shows what was set, and the defaults that the document names.
func (c *Cloud) readConfig(q *request) (reply, error) {
	d, err := c.findDatabase(q)
	if err != nil {
		return reply{}, err
	}
	config := map[string]any{}
	for name, k := range knobs()[d.Engine] {
		if k.Default != nil {
			config[name] = k.Default
		}
	}
	for name, v := range d.Config {
		config[name] = v
	}
	for name, v := range d.mirrored() {
		config[name] = *v
	}
	return ok(map[string]any{"config": config})
}

// patchConfig changes the settings that it is given; the others stay.
func (c *Cloud) patchConfig(q *request) (reply, error) {
	d, err := c.onlineDatabase(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Config map[string]json.RawMessage `json:"config"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	known, found := knobs()[d.Engine]
	if !found || len(in.Config) == 0 {
		return reply{}, invalid("invalid config")
	}
	for _, name := range slices.Sorted(maps.Keys(in.Config)) {
		k, found := known[name]
		if !found {
			return reply{}, invalid("unknown config option %q for engine %s", name, d.Engine)
		}
		if err := k.check(name, in.Config[name]); err != nil {
			return reply{}, err
		}
	}
	if d.Config == nil {
		d.Config = map[string]json.RawMessage{}
	}
	mirrored := d.mirrored()
	for name, v := range in.Config {
		if field := mirrored[name]; field != nil {
			_ = json.Unmarshal(v, field) // checked above
			continue
		}
		d.Config[name] = v
	}
	return reply{Status: 200}, nil
}

// check refuses a value that the document does not allow.
func (k knob) check(name string, raw json.RawMessage) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return badRequest("error parsing request body")
	}
	switch v := v.(type) {
	case nil:
		if k.Nullable {
			return nil
		}
	case bool:
		if k.Type == "boolean" {
			return nil
		}
	case string:
		if k.Type == "string" {
			return k.checkText(name, v)
		}
	case json.Number:
		if k.Type == "integer" || k.Type == "number" {
			return k.checkNumber(name, v)
		}
	case []any:
		if k.Type == "array" {
			return k.checkItems(name, raw)
		}
	case map[string]any:
		if k.Type == "object" {
			return k.checkProperties(name, raw)
		}
	}
	return invalid("invalid config option %s: expected %s, got %s", name, k.Type, raw)
}

func (k knob) checkText(name, v string) error {
	n := utf8.RuneCountInString(v)
	switch {
	case k.Enum != nil && !slices.Contains(k.Enum, any(v)):
		return invalid("invalid config option %s: %q is none of %v", name, v, k.Enum)
	case k.Pattern != "" && !providers.NewPattern(k.Pattern).MatchString(v):
		return invalid("invalid config option %s: %q does not match %s", name, v, k.Pattern)
	case n < k.MinLength || (k.MaxLength > 0 && n > k.MaxLength):
		return invalid("invalid config option %s: %d characters are too few or too many", name, n)
	}
	return nil
}

func (k knob) checkNumber(name string, v json.Number) error {
	f, err := v.Float64()
	_, whole := v.Int64()
	switch {
	case err != nil, k.Type == "integer" && whole != nil && f < 1<<62:
		return invalid("invalid config option %s: expected %s, got %s", name, k.Type, v)
	case k.Enum != nil && !slices.Contains(k.Enum, any(f)):
		return invalid("invalid config option %s: %s is none of %v", name, v, k.Enum)
	case k.Minimum != nil && f < *k.Minimum:
		return invalid("invalid config option %s: %s is less than %v", name, v, *k.Minimum)
	case k.Maximum != nil && f > *k.Maximum:
		return invalid("invalid config option %s: %s is more than %v", name, v, *k.Maximum)
	}
	return nil
}

func (k knob) checkItems(name string, raw json.RawMessage) error {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return err
	}
	if k.MaxItems > 0 && len(items) > k.MaxItems {
		return invalid("invalid config option %s: more than %d items", name, k.MaxItems)
	}
	for _, item := range items {
		if err := k.Items.check(name, item); err != nil {
			return err
		}
	}
	return nil
}

func (k knob) checkProperties(name string, raw json.RawMessage) error {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return err
	}
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		p, found := k.Properties[part]
		if !found {
			return invalid("unknown config option %q in %s", part, name)
		}
		if err := p.check(name+"."+part, parts[part]); err != nil {
			return err
		}
	}
	return nil
}
