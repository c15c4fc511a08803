package config

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"go.yaml.in/yaml/v3"
)

// Bounds of what is decoded: the time for nested values grows with the square
// of their depth, and aliases of aliases in YAML multiply.
const (
	maxNesting = 500
	maxNodes   = 200_000 // values that aliases stand for
)

// checkJSON counts how deeply brackets nest, and digits, outside of strings.
func checkJSON(args []cty.Value) error {
	if len(args) != 1 || !isText(args[0]) {
		return nil
	}
	depth, digits, quoted, escaped := 0, 0, false, false
	for _, c := range []byte(args[0].AsString()) {
		if quoted || c < '0' || c > '9' {
			digits = 0
		} else if digits++; digits > maxDigits {
			return errNumber
		}
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped = c == '\\'
			quoted = c != '"'
		case c == '"':
			quoted = true
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		}
		if depth > maxNesting {
			return fmt.Errorf("values are nested more than %d levels deep", maxNesting)
		}
	}
	return nil
}

// checkYAML looks at the document as it is written, before its aliases are
// replaced by what they stand for. What it cannot read is left to the decoder.
func checkYAML(args []cty.Value) error {
	if len(args) != 1 || !isText(args[0]) {
		return nil
	}
	var doc yaml.Node
	tooDeep := fmt.Errorf("values are nested more than %d levels deep", maxNesting)
	if err := yaml.Unmarshal([]byte(args[0].AsString()), &doc); err != nil {
		if strings.Contains(err.Error(), "exceeded max depth") {
			return tooDeep
		}
		return nil
	}
	sizes := map[*yaml.Node]yamlSize{}
	size := measure(&doc, sizes, 0)
	switch {
	case size.depth > maxNesting:
		return tooDeep
	case size.digits:
		return errNumber
	case size.aliased > maxNodes:
		return fmt.Errorf("aliases stand for more than %d values", maxNodes)
	}
	return nil
}

// yamlSize is the size of a node with its aliases replaced.
type yamlSize struct {
	nodes, aliased, depth int
	digits                bool // a number has too many
}

// measure remembers every node, so that aliases cost nothing.
func measure(n *yaml.Node, sizes map[*yaml.Node]yamlSize, level int) yamlSize {
	if s, ok := sizes[n]; ok {
		return s
	}
	if level > maxNesting {
		return yamlSize{depth: 1} // the depth is too much already
	}
	s := yamlSize{nodes: 1}
	if n.Kind == yaml.ScalarNode && n.Style == 0 && len(n.Value) > maxDigits {
		s.digits = strings.Trim(n.Value, "0123456789+-._eE") == "" // to ask for its tag is to make the number
	}
	sizes[n] = s // for an alias of what it is in
	children := n.Content
	if n.Alias != nil {
		children = []*yaml.Node{n.Alias}
	}
	for _, child := range children {
		c := measure(child, sizes, level+1)
		s.nodes = min(s.nodes+c.nodes, maxNodes+1)
		s.aliased = min(s.aliased+c.aliased, maxNodes+1)
		s.depth = max(s.depth, c.depth+1)
		s.digits = s.digits || c.digits
	}
	if n.Alias != nil {
		s.aliased = s.nodes
	}
	sizes[n] = s
	return s
}
