package view

import (
	"cmp"
	"slices"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// checkedJSON is what the conditions of a block gave.
type checkedJSON struct {
	Address   checkedBlock      `json:"address"`
	Status    config.Status     `json:"status"`
	Instances []checkedInstance `json:"instances,omitempty"`
}

type checkedBlock struct {
	Kind      string `json:"kind"`
	Mode      string `json:"mode,omitempty"`
	Module    string `json:"module,omitempty"`
	Name      string `json:"name"`
	ToDisplay string `json:"to_display"`
	Type      string `json:"type,omitempty"`
}

type checkedInstance struct {
	Address  checkedAddress   `json:"address"`
	Status   config.Status    `json:"status"`
	Problems []checkedProblem `json:"problems,omitempty"`
}

type checkedAddress struct {
	InstanceKey any    `json:"instance_key,omitempty"`
	Module      string `json:"module,omitempty"`
	ToDisplay   string `json:"to_display"`
}

type checkedProblem struct {
	Message string `json:"message"`
}

// checkedKinds are the blocks with conditions that are no resources, in the words of
// the document.
var checkedKinds = map[string]string{"var": "var", "output": "output_value", "check": "check"}

// checksOf returns what conditions gave, by the text of the addresses as
// Terraform sorts it: [10] stands before [2].
func checksOf(checks []planner.Checked) []checkedJSON {
	var list []checkedJSON
	for _, c := range checks {
		j := checkedJSON{Address: checkedBlockOf(c.Addr), Status: c.Status}
		for _, i := range c.Instances {
			j.Instances = append(j.Instances, checkedInstanceOf(i))
		}
		slices.SortFunc(j.Instances, func(x, y checkedInstance) int { return cmp.Compare(x.Address.ToDisplay, y.Address.ToDisplay) })
		list = append(list, j)
	}
	slices.SortFunc(list, func(x, y checkedJSON) int { return cmp.Compare(x.Address.ToDisplay, y.Address.ToDisplay) })
	return list
}

func checkedBlockOf(a state.Addr) checkedBlock {
	b := checkedBlock{Kind: checkedKinds[a.Type], Module: a.Module, Name: a.Name, ToDisplay: a.String()}
	if b.Kind == "" {
		b.Kind, b.Mode, b.Type = "resource", modeOf(a), a.Type
	}
	return b
}

func checkedInstanceOf(i planner.CheckedInstance) checkedInstance {
	j := checkedInstance{
		Address: checkedAddress{InstanceKey: keyValue(i.Addr.Key), Module: i.Addr.Module, ToDisplay: i.Addr.String()},
		Status:  i.Status,
	}
	for _, text := range slices.Sorted(slices.Values(i.Problems)) {
		j.Problems = append(j.Problems, checkedProblem{text})
	}
	return j
}
