package openapi

import "strings"

// fault is a place where the document itself is wrong. What it has findings of
// is none.
type fault struct {
	method, path, side string
	field              string
	reason             string // how the reason begins
	why                string // what shows that the document is wrong
}

func (k fault) is(f finding) bool {
	return k.method == f.method && k.path == f.path && k.side == f.side && k.field == f.field && strings.HasPrefix(f.reason, k.reason)
}

// knownFaults are those of the document of 2026.
func knownFaults() []fault {
	return nil
}
