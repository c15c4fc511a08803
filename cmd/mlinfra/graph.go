package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

func (a *app) graphCommand() *cobra.Command {
	var format, plan, kind string
	c := &cobra.Command{
		Use:   "graph",
		Short: "Print what depends on what, for Graphviz or Mermaid",
		Long: `Prints the resources and data sources of the configuration and what each needs,
as DOT for Graphviz or, with -format=mermaid, as a Mermaid flowchart. What
follows from other dependencies is left out.

  mlinfra graph | dot -Tsvg >graph.svg`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			write := dot
			switch {
			case plan != "" || kind != "":
				return errorOf("Only the configuration can be drawn", "-plan and -type are not supported. mlinfra show FILE shows a saved plan.")
			case format == "mermaid":
				write = mermaid
			case format != "dot":
				return fmt.Errorf("-format=%s: there are dot and mermaid", format)
			}
			wd, err := os.Getwd()
			if err != nil {
				return err
			}
			prog, diags := a.loadConfig(c.Context(), wd, false)
			if diags.HasErrors() {
				a.printDiags(prog.Sources, diags)
				return exitError(1)
			}
			_, err = fmt.Fprint(a.stdout, write(dependencies(prog)))
			return err
		},
	}
	c.Flags().StringVar(&format, "format", "dot", "`dot` or mermaid")
	c.Flags().StringVar(&plan, "plan", "", "not supported")
	c.Flags().StringVar(&kind, "type", "", "not supported")
	return c
}

// node is a block of a graph and what it needs that does not follow from the
// rest.
type node struct {
	addr  state.Addr
	needs []state.Addr
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
		n := node{addr: b.ID.Addr()}
		for _, id := range needs[b.ID] {
			if !indirect[id] {
				n.needs = append(n.needs, id.Addr())
			}
		}
		slices.SortFunc(n.needs, compareNodes)
		maps.Copy(reach, indirect)
		all[b.ID] = reach
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(x, y node) int { return compareNodes(x.addr, y.addr) })
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
		b.WriteString("  /* This configuration does not contain any resources. */\n")
	}
	byModule(nodes, func(module string, nodes []node) {
		indent := "  "
		if module != "" {
			fmt.Fprintf(&b, "  subgraph \"cluster_%s\" {\n    label = %q\n    fontname = \"sans-serif\"\n", module, module)
			indent = "    "
		}
		for _, n := range nodes {
			fmt.Fprintf(&b, "%s%q [label=%q];\n", indent, n.addr, local(n.addr))
		}
		if module != "" {
			b.WriteString("  }\n")
		}
	})
	for _, n := range nodes {
		for _, to := range n.needs {
			fmt.Fprintf(&b, "  %q -> %q;\n", n.addr, to)
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// mermaid writes a graph as a Mermaid flowchart.
func mermaid(nodes []node) string {
	var b strings.Builder
	b.WriteString("flowchart RL\n")
	names := map[state.Addr]string{}
	byModule(nodes, func(module string, nodes []node) {
		indent := "  "
		if module != "" {
			fmt.Fprintf(&b, "  subgraph %s [\"%[1]s\"]\n", module)
			indent = "    "
		}
		for _, n := range nodes {
			names[n.addr] = fmt.Sprintf("n%d", len(names))
			fmt.Fprintf(&b, "%s%s[\"%s\"]\n", indent, names[n.addr], local(n.addr))
		}
		if module != "" {
			b.WriteString("  end\n")
		}
	})
	for _, n := range nodes {
		for _, to := range n.needs {
			fmt.Fprintf(&b, "  %s --> %s\n", names[n.addr], names[to])
		}
	}
	return b.String()
}
