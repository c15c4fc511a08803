package fake

import (
	"slices"
	"strings"
	"time"
)

// openAIKey is a key of OpenAI.
type openAIKey struct {
	UUID      string    `json:"uuid"`
	Name      string    `json:"name"`
	APIKey    string    `json:"api_key"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func (k *openAIKey) Key() string   { return k.UUID }
func (k *openAIKey) Title() string { return k.Name }

// openAISpec is the body of create and PUT.
type openAISpec struct {
	Name string `json:"name"`
	Key  string `json:"api_key"`
}

func (in *openAISpec) check() error {
	switch {
	case in.Name == "":
		return badRequest("name is required")
	case in.Key != "" && !strings.HasPrefix(in.Key, "sk-"):
		return badRequest("the API key is not valid")
	}
	return nil
}

// view never shows the key.
func (k *openAIKey) view() map[string]any {
	return map[string]any{"uuid": k.UUID, "name": k.Name, "created_by": itoa(ownerID),
		"created_at": stamp(k.CreatedAt), "updated_at": stamp(k.UpdatedAt), "models": []any{}}
}

func (c *Cloud) createOpenAIKey(q *request) (reply, error) {
	var in openAISpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Key == "" {
		return reply{}, badRequest("api_key is required")
	}
	if err := in.check(); err != nil {
		return reply{}, err
	}
	k := &openAIKey{c.s.IDs.UUID(), in.Name, in.Key, q.now, q.now}
	c.s.OpenAIKeys.Add(k)
	return ok(map[string]any{"api_key_info": k.view()})
}

func (c *Cloud) findOpenAIKey(q *request) (*openAIKey, error) {
	return get(c.s.OpenAIKeys, q.PathValue("id"))
}

func (c *Cloud) readOpenAIKey(q *request) (reply, error) {
	k, err := c.findOpenAIKey(q)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"api_key_info": k.view()})
}

func (c *Cloud) listOpenAIKeys(q *request) (reply, error) {
	return list(q, "api_key_infos", c.s.OpenAIKeys, (*openAIKey).view)
}

func (c *Cloud) updateOpenAIKey(q *request) (reply, error) {
	k, err := c.findOpenAIKey(q)
	if err != nil {
		return reply{}, err
	}
	var in openAISpec
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if err := in.check(); err != nil {
		return reply{}, err
	}
	k.Name, k.UpdatedAt = in.Name, q.now
	if in.Key != "" {
		k.APIKey = in.Key
	}
	return ok(map[string]any{"api_key_info": k.view()})
}

func (c *Cloud) deleteOpenAIKey(q *request) (reply, error) {
	k, err := c.findOpenAIKey(q)
	if err != nil {
		return reply{}, err
	}
	c.s.OpenAIKeys.Drop(k.UUID)
	return ok(map[string]any{"api_key_info": k.view()})
}

func (c *Cloud) listAgentsOfKey(q *request) (reply, error) {
	k, err := c.findOpenAIKey(q)
	if err != nil {
		return reply{}, err
	}
	users := slices.DeleteFunc(slices.Clone(c.s.Agents), func(a *agent) bool { return a.OpenAIKey != k.UUID })
	return list(q, "agents", users, func(a *agent) map[string]any { return a.summary(q.now) })
}
