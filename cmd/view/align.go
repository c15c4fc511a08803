package view

import "slices"

// maxAlign bounds the table of align. Longer lists are shown as removed and
// added as a whole.
const maxAlign = 4 << 20

// align walks two lists side by side: it calls visit with the indexes of what
// is the same in both, with -1 for b of what only a has, and -1 for a of what
// only b has. Neighbours that differ are visited together when pair holds.
func align[T any](a, b []T, same, pair func(x, y T) bool, visit func(i, j int)) {
	keep := common(a, b, same)
	i, j := 0, 0
	for _, k := range append(keep, [2]int{len(a), len(b)}) {
		for i < k[0] || j < k[1] {
			switch {
			case i < k[0] && j < k[1] && pair(a[i], b[j]):
				visit(i, j)
				i, j = i+1, j+1
			case i < k[0]:
				visit(i, -1)
				i++
			default:
				visit(-1, j)
				j++
			}
		}
		if k[0] < len(a) {
			visit(k[0], k[1])
			i, j = k[0]+1, k[1]+1
		}
	}
}

// common returns the indexes of a longest common subsequence.
func common[T any](a, b []T, same func(x, y T) bool) [][2]int {
	var keep [][2]int
	start := 0
	for start < len(a) && start < len(b) && same(a[start], b[start]) {
		keep = append(keep, [2]int{start, start})
		start++
	}
	enda, endb := len(a), len(b)
	var tail [][2]int
	for enda > start && endb > start && same(a[enda-1], b[endb-1]) {
		enda, endb = enda-1, endb-1
		tail = append(tail, [2]int{enda, endb})
	}
	for _, k := range longest(a[start:enda], b[start:endb], same) {
		keep = append(keep, [2]int{k[0] + start, k[1] + start})
	}
	slices.Reverse(tail)
	return append(keep, tail...)
}

func longest[T any](a, b []T, same func(x, y T) bool) [][2]int {
	if len(a)*len(b) > maxAlign {
		return nil
	}
	// size[i][j] is the length for a[i:] and b[j:].
	size := make([][]int, len(a)+1)
	for i := range size {
		size[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			size[i][j] = max(size[i+1][j], size[i][j+1])
			if same(a[i], b[j]) {
				size[i][j] = size[i+1][j+1] + 1
			}
		}
	}
	var keep [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case same(a[i], b[j]) && size[i][j] == size[i+1][j+1]+1:
			keep = append(keep, [2]int{i, j})
			i, j = i+1, j+1
		case size[i+1][j] >= size[i][j+1]:
			i++
		default:
			j++
		}
	}
	return keep
}
