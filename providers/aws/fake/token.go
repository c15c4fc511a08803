package fake

import (
	"maps"
	"net/url"
)

// tokenUse is the call a client token was first used for.
type tokenUse struct {
	Params string `json:"params"` // without the token
	ID     string `json:"id"`     // what the call made
}

// maxToken is the longest client token.
const maxToken = 64

// useOf is q without what changes from one attempt to the next.
func useOf(q *call) (key, params string) {
	form := maps.Clone(q.form)
	key = q.region + "|" + q.action + "|" + url.Values(form).Get("ClientToken")
	delete(form, "ClientToken")
	return key, form.Encode()
}

// repeated returns what an earlier call with the same client token made, "" if
// there was none. The same token for something else is refused.
func (c *Cloud) repeated(q *call) (string, error) {
	token := q.form.Get("ClientToken")
	if token == "" {
		return "", nil
	}
	if len(token) > maxToken {
		return "", badValue("Invalid client token: it must have at most %d characters", maxToken)
	}
	key, params := useOf(q)
	use, found := c.s.Tokens[key]
	if found && use.Params != params {
		return "", refusal("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).")
	}
	return use.ID, nil
}

// remember notes that q made id.
func (c *Cloud) remember(q *call, id string) {
	if q.form.Get("ClientToken") == "" {
		return
	}
	if c.s.Tokens == nil {
		c.s.Tokens = map[string]tokenUse{}
	}
	key, params := useOf(q)
	c.s.Tokens[key] = tokenUse{params, id}
}
