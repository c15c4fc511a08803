package fake

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"text/template/parse"
)

// format is how docker -f shows what it knows. It carries out templates itself:
// text/template calls methods by name, and a program with it keeps each method of
// each type it links, here twice the size.
type format struct {
	tree *parse.Tree
	out  io.Writer
}

// parseFormat reads a template of docker's: fields, with, range, json and index.
func parseFormat(text string, out io.Writer) (*format, error) {
	trees, err := parse.Parse("format", text, "{{", "}}", map[string]any{"json": true, "index": true})
	if err != nil {
		return nil, err
	}
	return &format{trees["format"], out}, nil
}

// show prints what the template says of dot.
func (f *format) show(dot any) error {
	if f.tree == nil || f.tree.Root == nil {
		return nil
	}
	return f.list(f.tree.Root, dot)
}

func (f *format) list(l *parse.ListNode, dot any) error {
	for _, n := range l.Nodes {
		if err := f.node(n, dot); err != nil {
			return err
		}
	}
	return nil
}

func (f *format) node(n parse.Node, dot any) error {
	switch n := n.(type) {
	case *parse.TextNode:
		_, err := f.out.Write(n.Text)
		return err
	case *parse.ActionNode:
		v, err := f.pipe(n.Pipe, dot)
		if err == nil {
			_, err = fmt.Fprint(f.out, v)
		}
		return err
	case *parse.WithNode:
		v, err := f.pipe(n.Pipe, dot)
		switch {
		case err != nil:
			return err
		case v != nil && !reflect.ValueOf(v).IsZero():
			return f.list(n.List, v)
		case n.ElseList != nil:
			return f.list(n.ElseList, dot)
		}
		return nil
	case *parse.RangeNode:
		v, err := f.pipe(n.Pipe, dot)
		items, _ := v.([]any)
		for _, item := range items {
			if err == nil {
				err = f.list(n.List, item)
			}
		}
		return err
	}
	return fmt.Errorf("this docker does not know %s", n)
}

// pipe returns the value of a pipeline of one command.
func (f *format) pipe(p *parse.PipeNode, dot any) (any, error) {
	if len(p.Cmds) != 1 || len(p.Decl) > 0 {
		return nil, fmt.Errorf("this docker does not know %s", p)
	}
	args := p.Cmds[0].Args
	name, ok := args[0].(*parse.IdentifierNode)
	switch {
	case !ok && len(args) == 1:
		return f.value(args[0], dot)
	case ok && name.Ident == "json" && len(args) == 2:
		v, err := f.value(args[1], dot)
		if err != nil {
			return nil, err
		}
		b, err := json.Marshal(v)
		return string(b), err
	case ok && name.Ident == "index" && len(args) == 3:
		v, err := f.value(args[1], dot)
		if err != nil {
			return nil, err
		}
		key, err := f.value(args[2], dot)
		m, isMap := v.(map[string]string)
		text, isText := key.(string)
		if err == nil && (!isMap || !isText) {
			err = fmt.Errorf("error calling index: cannot index %s", args[1])
		}
		return m[text], err
	}
	return nil, fmt.Errorf("this docker does not know %s", p)
}

func (f *format) value(n parse.Node, dot any) (any, error) {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot, nil
	case *parse.StringNode:
		return n.Text, nil
	case *parse.FieldNode:
		for _, name := range n.Ident {
			m, _ := dot.(map[string]any)
			v, ok := m[name]
			if !ok {
				return nil, fmt.Errorf("map has no entry for key %q", name)
			}
			dot = v
		}
		return dot, nil
	}
	return nil, fmt.Errorf("this docker does not know %s", n)
}
