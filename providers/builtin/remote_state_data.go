package builtin

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mlinfra/mlinfra/providers"
)

// ReadOutputs returns the outputs of a workspace of the state in a file.
type ReadOutputs func(path, workspace string) (map[string]Output, error)

// Output is an output of another state.
type Output struct {
	Value     cty.Value
	Sensitive bool
}

// states is the client of the terraform provider.
type states struct{ read ReadOutputs }

type remoteState struct {
	Backend   string    `cty:"backend"           is:"required"               doc:"Kind of the other state's backend: local."`
	Config    cty.Value `cty:"config"            is:"optional"               doc:"Settings of the backend: path and workspace_dir of a local one."`
	Workspace string    `cty:"workspace"         is:"optional"               doc:"Workspace of the other state; default if absent."`
	Defaults  cty.Value `cty:"defaults"          is:"optional"               doc:"Values of outputs that the other state does not have."`
	Outputs   cty.Value `cty:"outputs"           is:"computed,hide=sensitive_outputs" doc:"An object of the other state's outputs."`
	Sensitive []string  `cty:"sensitive_outputs" is:"computed"               doc:"Names of the outputs that are sensitive there, and so here."`
}

// remoteStateData differs from Terraform's: outputs that are sensitive there
// are sensitive here, and only local files are read.
var remoteStateData = providers.DataSource[*states, remoteState]{
	Type: "terraform_remote_state",
	Doc:  "The outputs of another state: a file of mlinfra or of Terraform.",
	Read: readRemoteState,
	Examples: []string{
		`data "terraform_remote_state" "example" {
  backend = "local"
  config  = { path = "../network/terraform.tfstate" }
}`,
	},
}

func readRemoteState(_ context.Context, c *states, x *remoteState) error {
	if x.Backend != "local" && x.Backend != "_local" {
		return fmt.Errorf("backend %q is not supported: only local is. Copy the state to a file, or pass its values as variables", x.Backend)
	}
	path, dir, err := localBackend(x.Config)
	if err != nil {
		return err
	}
	outputs := map[string]cty.Value{}
	if x.Defaults != cty.NilVal && !x.Defaults.IsNull() {
		if !isObject(x.Defaults) {
			return fmt.Errorf("defaults is a %s: write an object of output values", x.Defaults.Type().FriendlyName())
		}
		maps.Copy(outputs, x.Defaults.AsValueMap())
	}
	workspace := x.Workspace
	if workspace == "" {
		workspace = "default"
	}
	if workspace != "default" && dir != "" {
		path, workspace = filepath.Join(dir, workspace, "terraform.tfstate"), "default"
	}
	read, err := c.read(path, workspace)
	if err != nil {
		return err
	}
	x.Sensitive = nil
	for _, name := range slices.Sorted(maps.Keys(read)) {
		outputs[name] = read[name].Value
		if read[name].Sensitive {
			x.Sensitive = append(x.Sensitive, name)
		}
	}
	x.Outputs = cty.ObjectVal(outputs)
	return nil
}

func isObject(v cty.Value) bool { return v.Type().IsObjectType() || v.Type().IsMapType() }

// localBackend returns the file of a local backend, and the directory of its
// workspaces, "" if it does not say.
func localBackend(config cty.Value) (path, dir string, err error) {
	path = "terraform.tfstate"
	if config == cty.NilVal || config.IsNull() {
		return path, "", nil
	}
	if !isObject(config) {
		return "", "", fmt.Errorf("config is a %s: write an object such as { path = \"../network/terraform.tfstate\" }", config.Type().FriendlyName())
	}
	for name, v := range config.AsValueMap() {
		text, err := convert.Convert(v, cty.String)
		switch {
		case name != "path" && name != "workspace_dir":
			return "", "", fmt.Errorf("config has %q: a local backend knows path and workspace_dir", name)
		case err != nil:
			return "", "", fmt.Errorf("config.%s: %w", name, err)
		case text.IsNull():
		case name == "path":
			path = text.AsString()
		default:
			dir = text.AsString()
		}
	}
	return path, dir, nil
}
