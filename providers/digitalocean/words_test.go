package digitalocean

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// TestWords gives arguments that have to be one of some words another one, in
// objects of which nothing else is known.
func TestWords(t *testing.T) {
	for path, word := range map[string]string{
		"digitalocean_uptime_check.type":               "tcp",
		"digitalocean_uptime_alert.type":               "slow",
		"digitalocean_uptime_alert.comparison":         ">",
		"digitalocean_monitor_alert.window":            "2m",
		"digitalocean_spaces_bucket_object.acl":        "public-read-write",
		"digitalocean_spaces_key.grant.permission":     "write",
		"digitalocean_firewall.inbound_rule.protocol":  "gre",
		"digitalocean_firewall.outbound_rule.protocol": "gre",
		"digitalocean_droplet.backup_policy.plan":      "monthly",
		"digitalocean_droplet.backup_policy.weekday":   "sun",
	} {
		name, rest, _ := strings.Cut(path, ".")
		typ := Provider().Resources.Of(name)
		v := holding(typ.Schema, rest, cty.StringVal(word))
		if err := typ.Check(cty.NullVal(v.Type()), v); err == nil || !strings.Contains(err.Error(), `"`+word+`"`) {
			t.Errorf("%s = %q: error %v, want one that shows the word", path, word, err)
		}
	}
}

// holding returns a value of s with v at a path, and nothing else known.
func holding(s *providers.Schema, path string, v cty.Value) cty.Value {
	attrs := map[string]cty.Value{}
	for _, a := range s.Attrs {
		attrs[a.Name] = cty.UnknownVal(a.Type)
	}
	name, rest, nested := strings.Cut(path, ".")
	attrs[name] = v
	if a := s.Attr(name); nested {
		attrs[name] = a.BlockValue([]cty.Value{holding(a.Block, rest, v)})
	}
	return cty.ObjectVal(attrs)
}
