package builtin

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

func terraformProvider(read ReadOutputs) *providers.Provider {
	return providers.Cloud[*states, none]{
		Name:      "terraform",
		Sources:   []string{"builtin/terraform"},
		Doc:       "What Terraform itself has built in: data kept in state, outputs of other states.",
		Connect:   connectTo(&states{read}),
		Classify:  refuse,
		Imply:     implyTerraform,
		Resources: []providers.Erasable{terraformDataType},
		Data:      []providers.Erasable{remoteStateData},
	}.Provider()
}

func implyTerraform(_ none, t *providers.Type, _, prior, want cty.Value) map[string]cty.Value {
	if t.Name != "terraform_data" {
		return nil
	}
	return planData(prior, want)
}
