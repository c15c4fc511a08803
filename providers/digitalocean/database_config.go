package digitalocean

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// configuration says what the settings of one engine's clusters are called. Its
// struct has an ID, a ClusterID and knobs.
type configuration struct {
	name    string   // as in digitalocean_database_NAME_config
	engines []string // whose clusters have it
	doc     string   // of whom the settings are
}

// configType returns the type of settings of a cluster. They are part of it: to
// create them is to set them, and to delete them leaves them as they are.
func configType[T any](c configuration, examples ...string) providers.Resource[*client, T] {
	suffix := "/" + c.name + "-config"
	return providers.Resource[*client, T]{
		Type: "digitalocean_database_" + c.name + "_config",
		Doc:  "The settings of a managed " + c.doc + "; they stay when this is deleted.",
		Create: func(ctx context.Context, c *client, x *T, _ providers.Attempt) error {
			_, cluster := whereabouts(x)
			return setConfig(ctx, c, *cluster, suffix, x)
		},
		Read: func(ctx context.Context, c *client, x *T) error {
			id, _ := whereabouts(x)
			return readConfig(ctx, c, strings.TrimSuffix(*id, suffix), suffix, x)
		},
		Update: func(ctx context.Context, c *client, was T, x *T) error {
			_, cluster := whereabouts(&was)
			if err := setConfig(ctx, c, *cluster, suffix, x); err != nil {
				return err
			}
			return readConfig(ctx, c, *cluster, suffix, x)
		},
		// Nothing to wait for: the cluster goes on with its settings.
		Delete: func(ctx context.Context, _ *client, _ T) error { return cmp.Or(ctx.Err(), providers.ErrGone) },
		List: func(ctx context.Context, cl *client, in T) iter.Seq2[T, error] {
			_, cluster := whereabouts(&in)
			return listConfig[T](ctx, cl, *cluster, suffix, c.engines)
		},
		Import: func(id string) (x T, err error) {
			own, cluster := whereabouts(&x)
			*cluster = strings.TrimSuffix(id, suffix)
			*own = *cluster + suffix
			if strings.ContainsAny(*cluster, "/,") || *cluster == "" {
				err = fmt.Errorf("%q is not the id of a cluster, such as 245bcfd0-7f31-4ce6-a2bc-475a116cca97", id)
			}
			return x, err
		},
		ImportID: func(x T) string { _, cluster := whereabouts(&x); return *cluster },
		Natural:  func(x T) string { _, cluster := whereabouts(&x); return *cluster },
		Within:   func(x T) string { _, cluster := whereabouts(&x); return *cluster },
		Lock:     func(x T) string { _, cluster := whereabouts(&x); return databaseLock(*cluster) },
		// Every cluster has settings; which of them somebody has chosen nobody knows.
		Given: func(T) bool { return true },
		Spell: spellConfig[T],
		Check: func(_ *T, x T) error { return checkKnobs(reflect.ValueOf(x)) },
		// Settings are set, not added.
		Again:    true,
		Examples: examples,
	}
}

// whereabouts returns the fields ID and ClusterID of x.
func whereabouts[T any](x *T) (id, cluster *string) {
	v := reflect.ValueOf(x).Elem()
	return v.FieldByName("ID").Addr().Interface().(*string), v.FieldByName("ClusterID").Addr().Interface().(*string)
}

// configBody is what the API takes and answers.
type configBody[V any] struct {
	Config map[string]V `json:"config"`
}

func configPath(cluster string) string { return "v2/databases/" + cluster + "/config" }

// setConfig changes those settings of the cluster that x wants to be others.
func setConfig[T any](ctx context.Context, c *client, cluster, suffix string, x *T) error {
	var got configBody[json.RawMessage]
	if err := call(ctx, c, "GET", configPath(cluster), nil, &got); err != nil {
		return err
	}
	var now T
	if err := fillKnobs(reflect.ValueOf(&now).Elem(), ours(got.Config)); err != nil {
		return err
	}
	have, want := knobValues(reflect.ValueOf(now)), knobValues(reflect.ValueOf(*x))
	maps.DeleteFunc(want, func(key string, v any) bool { return reflect.DeepEqual(v, have[key]) })
	if len(want) > 0 {
		if err := call(ctx, c, "PATCH", configPath(cluster), configBody[any]{theirs(got.Config, want)}, nil); err != nil {
			return err
		}
	}
	id, _ := whereabouts(x)
	*id = cluster + suffix
	return nil
}

func readConfig[T any](ctx context.Context, c *client, cluster, suffix string, x *T) error {
	var got configBody[json.RawMessage]
	if err := call(ctx, c, "GET", configPath(cluster), nil, &got); err != nil {
		return gone(err)
	}
	id, in := whereabouts(x)
	*id, *in = cluster+suffix, cluster
	return fillKnobs(reflect.ValueOf(x).Elem(), ours(got.Config))
}

// listConfig yields the settings of the cluster when its engine has such.
func listConfig[T any](ctx context.Context, c *client, cluster, suffix string, engines []string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var x T
		got, _, err := c.Databases.Get(ctx, cluster)
		if err == nil && !slices.Contains(engines, got.EngineSlug) {
			return
		}
		if err == nil {
			err = readConfig(ctx, c, cluster, suffix, &x)
		}
		if gone(err) != providers.ErrGone {
			yield(x, err)
		}
	}
}

// The API has made all clusters of Redis into Valkey, and the names of their
// settings with them: those of Redis stand for both.
const redisKey, valkeyKey = "redis_", "valkey_"

// ours returns settings with a name of Redis for each of Valkey as well.
func ours(config map[string]json.RawMessage) map[string]json.RawMessage {
	all := maps.Clone(config)
	for key, v := range config {
		if rest, ok := strings.CutPrefix(key, valkeyKey); ok {
			all[redisKey+rest] = v
		}
	}
	return all
}

// theirs spells what is wanted as a cluster does that has the settings config.
// Valkey writes its policies with underscores, Redis with dashes.
func theirs(config map[string]json.RawMessage, want map[string]any) map[string]any {
	isValkey := func(key string) bool { return strings.HasPrefix(key, valkeyKey) }
	valkey := slices.ContainsFunc(slices.Collect(maps.Keys(config)), isValkey)
	out := map[string]any{}
	for key, v := range want {
		if rest, ok := strings.CutPrefix(key, redisKey); ok && valkey {
			key = valkeyKey + rest
		}
		if policy, ok := v.(string); ok && strings.HasSuffix(key, policyKey) {
			v = strings.ReplaceAll(policy, "-", "_")
			if !isValkey(key) {
				v = strings.ReplaceAll(policy, "_", "-")
			}
		}
		out[key] = v
	}
	return out
}

// policyKey ends the names of what is dropped when the memory is full.
const policyKey = "maxmemory_policy"

// spellConfig keeps the user's spelling of a policy.
func spellConfig[T any](was T, x *T) {
	have := knobsOf(reflect.ValueOf(was))
	for i, k := range knobsOf(reflect.ValueOf(x).Elem()) {
		if strings.HasSuffix(k.key, policyKey) && !k.field.IsNil() && !have[i].field.IsNil() &&
			strings.ReplaceAll(k.field.Elem().String(), "_", "-") == strings.ReplaceAll(have[i].field.Elem().String(), "_", "-") {
			k.field.Set(have[i].field)
		}
	}
}
