package planner

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// EncodeObject makes v the attributes of o: what is sensitive by the schema, or
// named in o.Sensitive, becomes its secrets.
func EncodeObject(o *state.Object, t *providers.Type, v cty.Value) {
	o.Attrs, o.Secrets, o.Locked = JSON(t, v), nil, false
	if len(o.Sensitive) == 0 && !t.Schema.MaySecret() {
		return
	}
	secrets := map[string]json.RawMessage{}
	if raw := takeSecrets(t.Schema, o.Sensitive, "", o.Attrs, secrets); len(secrets) > 0 {
		o.Attrs, o.Secrets = raw, secrets
	}
}

var null = json.RawMessage("null")

// takeSecrets moves the sensitive values of an object, which is at a place, into
// secrets, and returns the object with null where they were.
func takeSecrets(s *providers.Schema, names []string, at string, raw json.RawMessage, secrets map[string]json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return raw
	}
	before := len(secrets)
	for _, a := range s.Attrs {
		v, place := fields[a.Name], at+"/"+a.Name
		switch {
		case v == nil || string(v) == "null":
		case a.Hidden(names) || hides(fields, a):
			secrets[place], fields[a.Name] = v, null
		case a.Block != nil && a.Block.MaySecret():
			fields[a.Name] = takeFromBlocks(a.Block, place, v, secrets)
		}
	}
	if len(secrets) == before {
		return raw
	}
	return mustJSON(fields)
}

// hides reports whether some of the attribute a, an object, is sensitive.
func hides(fields map[string]json.RawMessage, a *providers.Attr) bool {
	if a.Hide == "" {
		return false
	}
	list := string(fields[a.Hide])
	return list != "" && list != "null" && list != "[]"
}

func takeFromBlocks(s *providers.Schema, at string, raw json.RawMessage, secrets map[string]json.RawMessage) json.RawMessage {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return raw
	}
	for i, item := range items {
		items[i] = takeSecrets(s, nil, at+"/"+strconv.Itoa(i), item, secrets)
	}
	return mustJSON(items)
}

// putSecret returns raw with the secret at a place of it.
func putSecret(raw json.RawMessage, place []string, secret json.RawMessage) json.RawMessage {
	if len(place) == 0 {
		return secret
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) == nil && fields != nil {
		fields[place[0]] = putSecret(fields[place[0]], place[1:], secret)
		return mustJSON(fields)
	}
	var items []json.RawMessage
	i, err := strconv.Atoi(place[0])
	if err != nil || json.Unmarshal(raw, &items) != nil || i < 0 || i >= len(items) {
		return raw
	}
	items[i] = putSecret(items[i], place[1:], secret)
	return mustJSON(items)
}

// mustJSON returns the JSON of what was read from JSON.
func mustJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("planner: " + err.Error())
	}
	return raw
}

// WholeAttrs returns the attributes of o with its secrets.
func WholeAttrs(o state.Object) json.RawMessage {
	raw := o.Attrs
	for place, secret := range o.Secrets {
		raw = putSecret(raw, strings.Split(strings.TrimPrefix(place, "/"), "/"), secret)
	}
	return raw
}

// HideSecrets makes whole, which WholeAttrs has returned, the attributes of o:
// what is at the places of secrets, or is sensitive by the schema of t, becomes
// its secrets. t is nil when the type is not known.
func HideSecrets(o *state.Object, t *providers.Type, whole json.RawMessage, places []string) error {
	secrets := map[string]json.RawMessage{}
	for _, place := range places {
		steps := strings.Split(strings.TrimPrefix(place, "/"), "/")
		secret, ok := secretAt(whole, steps)
		if !ok {
			return fmt.Errorf("nothing is at %s, where a secret is said to be", place)
		}
		secrets[place], whole = secret, putSecret(whole, steps, null)
	}
	if t != nil {
		whole = takeSecrets(t.Schema, o.Sensitive, "", whole, secrets)
	}
	o.Attrs, o.Secrets = whole, nil
	if len(secrets) > 0 {
		o.Secrets = secrets
	}
	return nil
}

// secretAt returns what is at a place of raw.
func secretAt(raw json.RawMessage, place []string) (json.RawMessage, bool) {
	if len(place) == 0 {
		return raw, raw != nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) == nil && fields != nil {
		return secretAt(fields[place[0]], place[1:])
	}
	var items []json.RawMessage
	i, err := strconv.Atoi(place[0])
	if err != nil || json.Unmarshal(raw, &items) != nil || i < 0 || i >= len(items) {
		return nil, false
	}
	return secretAt(items[i], place[1:])
}

// DecodeObject reads the attributes of an object of state. What the schema has
// gained since is null, or no block; secrets that are locked are unknown.
func DecodeObject(t *providers.Type, o state.Object) (cty.Value, error) {
	v, err := decodeAttrs(t, WholeAttrs(o))
	if err != nil || !o.Locked {
		return v, err
	}
	locked := map[string]cty.Value{}
	for _, a := range t.Schema.Attrs {
		if v.GetAttr(a.Name).IsNull() && (a.Hidden(o.Sensitive) || a.Hide != "") {
			locked[a.Name] = cty.UnknownVal(a.Type)
		}
	}
	return providers.With(v, locked), nil
}
