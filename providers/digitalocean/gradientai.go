package digitalocean

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// agentAnswer is an agent as the API shows it: godo knows neither the key by its
// name nor the schemas of functions.
type agentAnswer struct {
	godo.Agent
	OpenAI    *godo.OpenAiApiKey `json:"openai_api_key"`
	Functions []agentFunction    `json:"functions"`
}

// agentFunction is a function that an agent may call.
type agentFunction struct {
	UUID          string          `json:"uuid"`
	Name          string          `json:"name"`
	Description   string          `json:"description"`
	FaasName      string          `json:"faas_name"`
	FaasNamespace string          `json:"faas_namespace"`
	InputSchema   json.RawMessage `json:"input_schema"`
	OutputSchema  json.RawMessage `json:"output_schema"`
}

// agentsPath is where agents are in the API, without a slash at its end.
const agentsPath = "v2/gen-ai/agents"

func fetchAgent(ctx context.Context, c *client, id string) (*agentAnswer, error) {
	var root struct {
		Agent *agentAnswer `json:"agent"`
	}
	if id == "" {
		return nil, errors.New("the id of an agent is needed")
	}
	if err := call(ctx, c, "GET", agentsPath+"/"+id, nil, &root); err != nil {
		return nil, gone(err)
	}
	if root.Agent == nil {
		return nil, fmt.Errorf("the answer shows no agent %s", id)
	}
	return root.Agent, nil
}

// has reports whether a knowledge base is attached to the agent.
func (a *agentAnswer) has(knowledgeBase string) bool {
	for _, kb := range a.KnowledgeBases {
		if kb.Uuid == knowledgeBase {
			return true
		}
	}
	return false
}

// when returns a time of the API in RFC 3339, "" for none.
func when(t *godo.Timestamp) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return rfc3339(t.Time)
}

// spelledJSON returns text, or was when both are the same JSON.
func spelledJSON(was, text string) string {
	if sameJSON(was, text) {
		return was
	}
	return text
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// noSuch returns err in words when it says that a thing, which a data source
// names by its id, does not exist.
func noSuch(err error, thing, id string) error {
	if gone(err) == providers.ErrGone {
		return fmt.Errorf("no %s with the id %q", thing, id)
	}
	return err
}
