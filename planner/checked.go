package planner

import (
	"slices"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

// Checked is what the conditions of a block gave while the plan was made. The
// address of a check block, an output or a variable has check, output or var as
// its type.
type Checked struct {
	Addr   state.Addr    `json:"addr"`
	Status config.Status `json:"status"` // the worst of the instances
	// Instances are none when no condition of the block was evaluated, or when
	// there are none.
	Instances []CheckedInstance `json:"instances,omitempty"`
}

// CheckedInstance is what the conditions of an instance of a block gave.
type CheckedInstance struct {
	Addr     state.Addr    `json:"addr"`
	Status   config.Status `json:"status"`
	Problems []string      `json:"problems,omitempty"`
}

// checked returns what the conditions of all blocks gave.
func (b *builder) checked() []Checked {
	var list []Checked
	for _, blk := range b.Program.Blocks {
		if len(blk.Conditions) > 0 {
			list = append(list, b.checkedBlock(blk))
		}
	}
	return list
}

func (b *builder) checkedBlock(blk *config.Block) Checked {
	undecided := Checked{Addr: checkedAddr(blk, config.Instance{}), Status: config.Undecided}
	instances, known := b.allInstances(blk)
	if b.Destroy || !known || b.deferred[blk.ID] != "" || (len(instances) == 0 && !b.selected.block(blk.ID)) {
		return undecided
	}
	c := undecided
	var all []config.Status
	evaluated := len(instances) == 0
	for _, in := range instances {
		results := b.scope.Results(blk.ID, in)
		evaluated = evaluated || results != nil
		i := checkedInstance(checkedAddr(blk, in), results)
		c.Instances, all = append(c.Instances, i), append(all, i.Status)
	}
	if !evaluated {
		return undecided
	}
	c.Status = worst(all)
	return c
}

// allInstances returns the instances of blk in all instances of its module; false
// when the plan does not look at them, or they are not known.
func (b *builder) allInstances(blk *config.Block) ([]config.Instance, bool) {
	if blk.ID.Kind == config.Resource || blk.ID.Kind == config.Data {
		list, known := b.checkable[blk.ID]
		return list, known
	}
	modules, known, _ := b.scope.ModuleInstances(blk.Module)
	var list []config.Instance
	for _, m := range modules {
		list = append(list, config.Instance{In: m})
	}
	return list, known
}

// checkedAddr returns the address of an instance of blk, of whatever kind.
func checkedAddr(blk *config.Block, in config.Instance) state.Addr {
	a := addrOf(blk, in)
	switch blk.ID.Kind {
	case config.Variable:
		a.Type = "var"
	case config.Output:
		a.Type = "output"
	case config.Check:
		a.Type = "check"
	}
	return a
}

func checkedInstance(a state.Addr, results []config.Result) CheckedInstance {
	i := CheckedInstance{Addr: a}
	all := []config.Status{config.Passed}
	if results == nil {
		all = []config.Status{config.Undecided}
	}
	for _, r := range results {
		all = append(all, r.Status)
		if r.Message != "" {
			i.Problems = append(i.Problems, r.Message)
		}
	}
	i.Status = worst(all)
	return i
}

// worst returns what a list of results amounts to; without any that is a pass.
func worst(list []config.Status) config.Status {
	for _, s := range []config.Status{config.Errored, config.Violated, config.Undecided} {
		if slices.Contains(list, s) {
			return s
		}
	}
	return config.Passed
}
