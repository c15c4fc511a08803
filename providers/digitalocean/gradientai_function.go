package digitalocean

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/mlinfra/mlinfra/providers"
)

type gradientFunction struct {
	ID            string `cty:"id"             is:"computed" doc:"UUID of the function."`
	AgentID       string `cty:"agent_id"       is:"required,replace,ref=digitalocean_gradientai_agent" doc:"UUID of the agent that may call it."`
	FunctionName  string `cty:"function_name"  is:"required" doc:"Name, unique in the agent."`
	Description   string `cty:"description"    is:"required" doc:"What it does; the agent decides by it when to call."`
	FaasName      string `cty:"faas_name"      is:"optional" doc:"Name of the function in its namespace, such as default/weather."`
	FaasNamespace string `cty:"faas_namespace" is:"required,ref=digitalocean_function_namespace" doc:"Namespace of the function, such as fn-…."`
	InputSchema   string `cty:"input_schema"   is:"required" doc:"What it takes, in JSON as OpenAPI describes parameters."`
	OutputSchema  string `cty:"output_schema"  is:"optional" doc:"What it answers, in JSON."`
	FunctionUUID  string `cty:"function_uuid"  is:"computed" doc:"The same as id."`
}

var gradientFunctionType = providers.Resource[*client, gradientFunction]{
	Type:   "digitalocean_gradientai_function",
	Doc:    "A serverless function that an agent may call.",
	Create: createAgentFunction,
	Read:   readAgentFunction,
	Update: updateAgentFunction,
	Delete: deleteAgentFunction,
	List:   listAgentFunctions,
	Within: func(x gradientFunction) string { return x.AgentID },
	Import: func(id string) (x gradientFunction, err error) {
		x.AgentID, x.ID, err = importOfAgent(id, "function")
		return x, err
	},
	ImportID: func(x gradientFunction) string { return x.AgentID + "," + x.ID },
	// Terraform's id is that of the agent.
	Migrate: func(x *gradientFunction) { x.ID = x.FunctionUUID },
	Natural: func(x gradientFunction) string { return x.FunctionName },
	Spell:   spellAgentFunction,
	Check:   checkAgentFunction,
	Lock:    func(x gradientFunction) string { return agentLock(x.AgentID) },
	Unique:  true,
	Examples: []string{
		exampleAgentFunction + `

resource "digitalocean_gradientai_function" "example" {
  agent_id       = digitalocean_gradientai_agent.support.id
  function_name  = "usage"
  description    = "Tells how busy the GPUs are."
  faas_name      = "default/usage"
  faas_namespace = digitalocean_function_namespace.tools.namespace
  input_schema   = jsonencode({ parameters = [{ name = "pool", in = "query", schema = { type = "string" } }] })
}`,
		exampleAgentFunction + `

resource "digitalocean_gradientai_function" "example" {
  agent_id       = digitalocean_gradientai_agent.support.id
  function_name  = "gpu-usage"
  description    = "Tells how busy the GPUs of a pool are."
  faas_name      = "default/usage"
  faas_namespace = digitalocean_function_namespace.tools.namespace
  input_schema   = jsonencode({ parameters = [{ name = "pool", in = "query", required = true, schema = { type = "string" } }] })
  output_schema  = <<-EOT
    { "properties": [ { "name": "percent", "type": "number" } ] }
  EOT
}`,
	},
}

const exampleAgentFunction = exampleAgent + `

resource "digitalocean_function_namespace" "tools" {
  label  = "tools"
  region = "tor1"
}`

// functionRequest attaches a function to an agent, or changes it.
type functionRequest struct {
	AgentUUID     string          `json:"agent_uuid"`
	FunctionUUID  string          `json:"function_uuid,omitempty"`
	FunctionName  string          `json:"function_name"`
	Description   string          `json:"description"`
	FaasName      string          `json:"faas_name"`
	FaasNamespace string          `json:"faas_namespace"`
	InputSchema   json.RawMessage `json:"input_schema"`
	OutputSchema  json.RawMessage `json:"output_schema,omitempty"`
}

// send attaches or changes the function and returns the agent that has it.
func (x *gradientFunction) send(ctx context.Context, c *client, method, path string) (*agentAnswer, error) {
	req := functionRequest{
		AgentUUID: x.AgentID, FunctionUUID: x.ID, FunctionName: x.FunctionName, Description: x.Description,
		FaasName: x.FaasName, FaasNamespace: x.FaasNamespace, InputSchema: json.RawMessage(x.InputSchema), OutputSchema: json.RawMessage(x.OutputSchema),
	}
	var root struct {
		Agent agentAnswer `json:"agent"`
	}
	err := call(ctx, c, method, agentsPath+"/"+x.AgentID+"/functions"+path, req, &root)
	return &root.Agent, err
}

func createAgentFunction(ctx context.Context, c *client, x *gradientFunction, _ providers.Attempt) error {
	x.ID = ""
	agent, err := x.send(ctx, c, "POST", "")
	if err != nil {
		return err
	}
	for _, f := range agent.Functions {
		if f.Name == x.FunctionName {
			x.fill(x.AgentID, f)
			return nil
		}
	}
	return fmt.Errorf("the answer does not show the function %q", x.FunctionName)
}

func readAgentFunction(ctx context.Context, c *client, x *gradientFunction) error {
	agent, err := fetchAgent(ctx, c, x.AgentID)
	if err != nil {
		return err
	}
	for _, f := range agent.Functions {
		if f.UUID == x.ID {
			x.fill(x.AgentID, f)
			return nil
		}
	}
	return providers.ErrGone
}

func updateAgentFunction(ctx context.Context, c *client, was gradientFunction, x *gradientFunction) error {
	x.ID = was.ID
	if _, err := x.send(ctx, c, "PUT", "/"+was.ID); err != nil {
		return err
	}
	return readAgentFunction(ctx, c, x)
}

func deleteAgentFunction(ctx context.Context, c *client, x gradientFunction) error {
	_, _, err := c.AgentPlatform.DeleteFunctionRoute(ctx, x.AgentID, x.ID)
	return gone(err)
}

func listAgentFunctions(ctx context.Context, c *client, in gradientFunction) iter.Seq2[gradientFunction, error] {
	return ofAgent(ctx, c, in.AgentID, func(got *agentAnswer) []gradientFunction {
		all := make([]gradientFunction, len(got.Functions))
		for i, f := range got.Functions {
			all[i].fill(in.AgentID, f)
		}
		return all
	})
}

func (x *gradientFunction) fill(agent string, got agentFunction) {
	*x = gradientFunction{
		ID: got.UUID, FunctionUUID: got.UUID, AgentID: agent, FunctionName: got.Name, Description: got.Description,
		FaasName: got.FaasName, FaasNamespace: got.FaasNamespace, InputSchema: schemaText(got.InputSchema), OutputSchema: schemaText(got.OutputSchema),
	}
}

// schemaText returns a schema as text, "" for one that says nothing.
func schemaText(raw json.RawMessage) string {
	if text := string(raw); text != "null" && text != "{}" {
		return text
	}
	return ""
}

func spellAgentFunction(was gradientFunction, x *gradientFunction) {
	x.InputSchema = spelledJSON(was.InputSchema, x.InputSchema)
	x.OutputSchema = spelledJSON(was.OutputSchema, x.OutputSchema)
}

func checkAgentFunction(_ *gradientFunction, x gradientFunction) error {
	for name, text := range map[string]string{"input_schema": x.InputSchema, "output_schema": x.OutputSchema} {
		var object map[string]any
		if err := json.Unmarshal([]byte(text), &object); text != "" && err != nil {
			return fmt.Errorf("%s is not an object in JSON: %w", name, err)
		}
	}
	switch {
	case x.InputSchema == "":
		return errors.New("input_schema must not be empty")
	case x.FunctionName == "" || x.Description == "":
		return errors.New("function_name and description must not be empty")
	}
	return nil
}
