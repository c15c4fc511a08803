package digitalocean

import (
	"context"
	"slices"
)

// trustedSource is a rule of a database's firewall as the API has it. godo knows
// no description, and a rule that is sent without loses it.
type trustedSource struct {
	UUID        string `json:"uuid,omitempty"`
	Type        string `json:"type"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	CreatedAt   string `json:"created_at,omitempty"`
}

// same reports whether s and o let the same in.
func (s trustedSource) same(o trustedSource) bool { return s.Type == o.Type && s.Value == o.Value }

// sourcesBody is all rules of one cluster.
type sourcesBody struct {
	Rules []trustedSource `json:"rules"`
}

func sourcesPath(cluster string) string { return "v2/databases/" + cluster + "/firewall" }

// trustedSources returns the rules of a cluster or replica.
func trustedSources(ctx context.Context, c *client, cluster string) ([]trustedSource, error) {
	var got sourcesBody
	err := call(ctx, c, "GET", sourcesPath(cluster), nil, &got)
	return got.Rules, err
}

// putTrustedSources replaces all rules of a cluster. When they were made is the
// API's to say.
func putTrustedSources(ctx context.Context, c *client, cluster string, rules []trustedSource) error {
	body := sourcesBody{Rules: []trustedSource{}}
	for _, r := range rules {
		r.CreatedAt = ""
		body.Rules = append(body.Rules, r)
	}
	return call(ctx, c, "PUT", sourcesPath(cluster), body, nil)
}

// findSource returns the rule among rules that lets in the same as r.
func findSource(rules []trustedSource, r trustedSource) (trustedSource, bool) {
	if i := slices.IndexFunc(rules, r.same); i >= 0 {
		return rules[i], true
	}
	return trustedSource{}, false
}
