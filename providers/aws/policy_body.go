package aws

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// policyBody is a policy as JSON has it. Fields that it does not know are lost
// when it is read, as with Terraform's provider.
type policyBody struct {
	Version    string           `json:"Version,omitempty"`
	ID         string           `json:"Id,omitempty"`
	Statements []*statementText `json:"Statement,omitempty"`
}

// statementText is a permission. Actions and resources are a text or a list.
type statementText struct {
	Sid           string       `json:"Sid,omitempty"`
	Effect        string       `json:"Effect,omitempty"`
	Actions       any          `json:"Action,omitempty"`
	NotActions    any          `json:"NotAction,omitempty"`
	Resources     any          `json:"Resource,omitempty"`
	NotResources  any          `json:"NotResource,omitempty"`
	Principals    principalSet `json:"Principal,omitempty"`
	NotPrincipals principalSet `json:"NotPrincipal,omitempty"`
	Conditions    conditionSet `json:"Condition,omitempty"`
}

// begin reads the policies that come first. Among them no sid stands twice.
func (p *policyBody) begin(sources []string) error {
	seen := map[string]bool{}
	for i, text := range sources {
		var next policyBody
		if err := json.Unmarshal([]byte(text), &next); err != nil {
			return fmt.Errorf("source_policy_documents[%d]: %w", i, err)
		}
		for _, s := range next.Statements {
			if seen[s.Sid] {
				return fmt.Errorf("source_policy_documents[%d]: sid %q stands twice", i, s.Sid)
			}
			seen[s.Sid] = s.Sid != ""
		}
		p.merge(next)
	}
	return nil
}

// merge adds the statements of next, in place of those with the same sid.
func (p *policyBody) merge(next policyBody) {
	if next.ID != "" {
		p.ID = next.ID
	}
	p.Version = max(p.Version, next.Version)
	for _, s := range next.Statements {
		i := slices.IndexFunc(p.Statements, func(o *statementText) bool { return s.Sid != "" && o.Sid == s.Sid })
		if i < 0 {
			p.Statements = append(p.Statements, s)
			continue
		}
		p.Statements[i] = s
	}
}

// principalText is who a statement is about: ids is a text or a list of them.
type principalText struct {
	kind string
	ids  any
}

type principalSet []principalText

// MarshalJSON writes the lists of each kind, from the last to the first of the
// alphabet. Everybody is "*", which is not the same as {"AWS": "*"}.
func (l principalSet) MarshalJSON() ([]byte, error) {
	if len(l) == 1 && l[0].kind == "*" && slices.Equal(texts(l[0].ids), []string{"*"}) {
		return []byte(`"*"`), nil
	}
	out := map[string]any{}
	for _, p := range l {
		ids := texts(p.ids)
		slices.Sort(ids)
		slices.Reverse(ids)
		switch before, several := out[p.kind]; {
		case several:
			out[p.kind] = append(texts(before), ids...)
		default:
			out[p.kind] = p.ids
			if _, one := p.ids.(string); !one {
				out[p.kind] = ids
			}
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads "*" or lists by kind.
func (l *principalSet) UnmarshalJSON(raw []byte) error {
	var everybody string
	if json.Unmarshal(raw, &everybody) == nil {
		*l = principalSet{{"*", []string{"*"}}}
		return nil
	}
	var byKind map[string]any
	if err := json.Unmarshal(raw, &byKind); err != nil {
		return fmt.Errorf("principals: %w", err)
	}
	*l = nil
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		ids, err := textOrList(byKind[kind])
		if err != nil {
			return fmt.Errorf("principals of the kind %s: %w", kind, err)
		}
		*l = append(*l, principalText{kind, ids})
	}
	return nil
}

// conditionText is when a statement holds.
type conditionText struct {
	test, variable string
	values         []string
}

type conditionSet []conditionText

// MarshalJSON writes the values by test and variable; one alone is no list.
func (l conditionSet) MarshalJSON() ([]byte, error) {
	out := map[string]map[string]any{}
	for _, c := range l {
		if out[c.test] == nil {
			out[c.test] = map[string]any{}
		}
		values := append(texts(out[c.test][c.variable]), c.values...)
		out[c.test][c.variable] = values
		if len(values) == 1 {
			out[c.test][c.variable] = values[0]
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads values by test and variable.
func (l *conditionSet) UnmarshalJSON(raw []byte) error {
	var byTest map[string]map[string]any
	if err := json.Unmarshal(raw, &byTest); err != nil {
		return fmt.Errorf("condition: %w", err)
	}
	*l = nil
	for _, test := range slices.Sorted(maps.Keys(byTest)) {
		for _, variable := range slices.Sorted(maps.Keys(byTest[test])) {
			v := byTest[test][variable]
			if b, ok := v.(bool); ok {
				v = strconv.FormatBool(b)
			}
			values, err := textOrList(v)
			if err != nil {
				return fmt.Errorf("condition %s of %s: %w", test, variable, err)
			}
			*l = append(*l, conditionText{test, variable, texts(values)})
		}
	}
	return nil
}

// texts returns a text or a list of them as a list of its own.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []string:
		return slices.Clone(v)
	}
	return []string{}
}

// textOrList turns what JSON has for one or more texts into either.
func textOrList(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case []any:
		list := []string{}
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				return nil, fmt.Errorf("%v is not a text", item)
			}
			list = append(list, text)
		}
		return list, nil
	}
	return nil, fmt.Errorf("%v is neither a text nor a list of them", v)
}
