package config

import (
	"cmp"
	"slices"
	"strings"
)

func compareIDs(a, b ID) int {
	return cmp.Or(
		strings.Compare(a.Module, b.Module),
		cmp.Compare(a.Kind, b.Kind),
		strings.Compare(a.Type, b.Type),
		strings.Compare(a.Name, b.Name),
	)
}

// sort brings the blocks into an order in which each stands after what it
// needs, and reports cycles.
func (l *loader) sort() {
	const (
		unseen = iota
		open
		done
	)
	blocks := l.prog.Blocks
	slices.SortFunc(blocks, func(a, b *Block) int { return compareIDs(a.ID, b.ID) })
	mark := make(map[ID]int, len(blocks))
	sorted := make([]*Block, 0, len(blocks))
	var path []ID
	var visit func(b *Block)
	visit = func(b *Block) {
		switch mark[b.ID] {
		case done:
			return
		case open:
			l.cycle(b, path)
			return
		}
		mark[b.ID] = open
		path = append(path, b.ID)
		for _, id := range b.Needs {
			visit(l.prog.byID[id])
		}
		path = path[:len(path)-1]
		mark[b.ID] = done
		sorted = append(sorted, b)
	}
	for _, b := range blocks {
		visit(b)
	}
	l.prog.Blocks = sorted
}

func (l *loader) cycle(b *Block, path []ID) {
	path = path[slices.Index(path, b.ID):]
	if len(path) == 1 {
		l.errorf(b.Range, "Self-referential block", "%s refers to itself. Use self only in postconditions; move what is shared into a local value.", b.ID)
		return
	}
	var s strings.Builder
	for _, id := range path {
		s.WriteString(id.String() + " → ")
	}
	l.errorf(b.Range, "Cycle", "These blocks need each other: %s%s. Remove one of the references.", s.String(), b.ID)
}
