package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

// graphKinds are Terraform's words for -type.
var graphKinds = []string{"plan", "plan-refresh-only", "plan-destroy", "apply"}

func (a *app) graphCommand() *cobra.Command {
	var format, plan, kind string
	c := &cobra.Command{
		Use:   "graph",
		Short: "Print what depends on what, for Graphviz or Mermaid",
		Long: `Prints the resources and data sources of the configuration and what each needs,
as DOT for Graphviz or, with -format=mermaid, as a Mermaid flowchart. What
follows from other dependencies is left out.

  mlinfra graph | dot -Tsvg >graph.svg

With -plan=FILE, prints the steps of a saved plan, and which wait for which.
-type is taken as Terraform takes it. Every operation goes along the same
graph, so that plan, plan-refresh-only and apply print the same; plan-destroy
turns the arrows round: what needs something goes before it.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			write := dot
			switch {
			case kind != "" && !slices.Contains(graphKinds, kind):
				return errorOf("Unsupported graph type", fmt.Sprintf("-type=%s: there are %s.", kind, strings.Join(graphKinds, ", ")))
			case plan != "" && kind != "" && kind != "apply":
				return errorOf("Unsupported graph type", fmt.Sprintf("-type=%s: a saved plan has only the graph of its apply. Leave out -type, or -plan.", kind))
			case format == "mermaid":
				write = mermaid
			case format != "dot":
				return fmt.Errorf("-format=%s: there are dot and mermaid", format)
			}
			nodes, err := a.graphNodes(c.Context(), plan, kind)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.stdout, write(nodes))
			return err
		},
	}
	c.Flags().StringVar(&format, "format", "dot", "`dot` or mermaid")
	c.Flags().StringVar(&plan, "plan", "", "print the steps of the saved plan `FILE`")
	c.Flags().StringVar(&kind, "type", "", "an `operation`: "+strings.Join(graphKinds, ", "))
	c.Flags().Bool("draw-cycles", false, "no effect: a configuration with cycles is refused")
	return c
}

// graphNodes returns what graph draws: the steps of a saved plan, if one is
// named, else the configuration.
func (a *app) graphNodes(ctx context.Context, plan, kind string) ([]node, error) {
	if plan != "" {
		f, err := a.readPlanFile(plan)
		if err != nil {
			return nil, err
		}
		return steps(f.Plan), nil
	}
	wd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	prog, diags := a.loadConfig(ctx, wd, false)
	if diags.HasErrors() {
		a.printDiags(prog.Sources, diags)
		return nil, exitError(1)
	}
	nodes := dependencies(prog)
	if kind == "plan-destroy" {
		nodes = turned(nodes)
	}
	return nodes, nil
}

// node is a block of a graph, or a step, and what it needs that does not follow
// from the rest.
type node struct {
	addr  state.Addr // zero for a join of steps
	name  string     // tells it apart from all others
	label string
	needs []string // names
}

// nodeOf returns the node of what op, "" for nothing, does at an address.
func nodeOf(op string, a state.Addr) node {
	if op != "" {
		op += " "
	}
	return node{addr: a, name: op + a.String(), label: op + local(a)}
}

// dependencies returns the resources and data sources of a program, sorted as
// Terraform does: module by module, data sources first.
func dependencies(prog *config.Program) []node {
	isNode := func(id config.ID) bool { return id.Kind == config.Resource || id.Kind == config.Data }
	needs := prog.Needs(isNode)
	all := map[config.ID]map[config.ID]bool{} // what a block needs, directly or not
	var nodes []node
	for _, b := range prog.Blocks { // each after what it needs
		if !isNode(b.ID) {
			continue
		}
		indirect, reach := map[config.ID]bool{}, map[config.ID]bool{}
		for _, id := range needs[b.ID] {
			maps.Copy(indirect, all[id])
			reach[id] = true
		}
		n := nodeOf("", b.ID.Addr())
		var direct []state.Addr
		for _, id := range needs[b.ID] {
			if !indirect[id] {
				direct = append(direct, id.Addr())
			}
		}
		slices.SortFunc(direct, compareNodes)
		for _, to := range direct {
			n.needs = append(n.needs, to.String())
		}
		maps.Copy(reach, indirect)
		all[b.ID] = reach
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(x, y node) int { return compareNodes(x.addr, y.addr) })
	return nodes
}

// turned returns the nodes with the edges the other way round.
func turned(nodes []node) []node {
	by := map[string][]string{}
	for _, n := range nodes {
		for _, to := range n.needs {
			by[to] = append(by[to], n.name)
		}
	}
	for i := range nodes {
		nodes[i].needs = by[nodes[i].name]
	}
	return nodes
}

// steps returns the steps of a plan, module by module.
func steps(p *planner.Plan) []node {
	nodes := make([]node, len(p.Steps))
	for i, s := range p.Steps {
		if s.Op == planner.OpJoin {
			nodes[i] = node{name: fmt.Sprintf("join %d", i)}
			continue
		}
		c := p.Changes[s.Change]
		nodes[i] = nodeOf(string(s.Op), c.Addr)
		if c.Reason == planner.BecauseDeposed {
			nodes[i].name += fmt.Sprintf(" (deposed %s)", c.Key)
			nodes[i].label += " (deposed)"
		}
	}
	for i, s := range p.Steps {
		for _, j := range s.After {
			nodes[i].needs = append(nodes[i].needs, nodes[j].name)
		}
		slices.Sort(nodes[i].needs)
	}
	slices.SortFunc(nodes, func(x, y node) int { return cmp.Or(compareNodes(x.addr, y.addr), cmp.Compare(x.name, y.name)) })
	return nodes
}

func compareNodes(x, y state.Addr) int {
	if x.Module == y.Module && x.Data != y.Data {
		return -x.Compare(y)
	}
	return x.Compare(y)
}

// local returns an address as it stands in its module.
func local(a state.Addr) string {
	a.Module = ""
	return a.String()
}

// byModule calls f for the nodes of each module.
func byModule(nodes []node, f func(module string, nodes []node)) {
	for len(nodes) > 0 {
		module := nodes[0].addr.Module
		n := slices.IndexFunc(nodes, func(n node) bool { return n.addr.Module != module })
		if n < 0 {
			n = len(nodes)
		}
		f(module, nodes[:n])
		nodes = nodes[n:]
	}
}

// dot writes a graph for Graphviz, in the same words as Terraform.
func dot(nodes []node) string {
	var b strings.Builder
	b.WriteString("digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n")
	if len(nodes) == 0 {
		b.WriteString("  /* This graph does not contain any resources. */\n")
	}
	byModule(nodes, func(module string, nodes []node) {
		indent := "  "
		if module != "" {
			fmt.Fprintf(&b, "  subgraph \"cluster_%s\" {\n    label = %q\n    fontname = \"sans-serif\"\n", module, module)
			indent = "    "
		}
		for _, n := range nodes {
			shape := fmt.Sprintf("label=%q", n.label)
			if n.label == "" {
				shape = "shape=point"
			}
			fmt.Fprintf(&b, "%s%q [%s];\n", indent, n.name, shape)
		}
		if module != "" {
			b.WriteString("  }\n")
		}
	})
	for _, n := range nodes {
		for _, to := range n.needs {
			fmt.Fprintf(&b, "  %q -> %q;\n", n.name, to)
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// mermaid writes a graph as a Mermaid flowchart.
func mermaid(nodes []node) string {
	var b strings.Builder
	b.WriteString("flowchart RL\n")
	names := map[string]string{}
	byModule(nodes, func(module string, nodes []node) {
		indent := "  "
		if module != "" {
			fmt.Fprintf(&b, "  subgraph %s [\"%[1]s\"]\n", module)
			indent = "    "
		}
		for _, n := range nodes {
			names[n.name] = fmt.Sprintf("n%d", len(names))
			shape := fmt.Sprintf("[\"%s\"]", strings.ReplaceAll(n.label, `"`, "#quot;"))
			if n.label == "" {
				shape = "(( ))"
			}
			fmt.Fprintf(&b, "%s%s%s\n", indent, names[n.name], shape)
		}
		if module != "" {
			b.WriteString("  end\n")
		}
	})
	for _, n := range nodes {
		for _, to := range n.needs {
			fmt.Fprintf(&b, "  %s --> %s\n", names[n.name], names[to])
		}
	}
	return b.String()
}
