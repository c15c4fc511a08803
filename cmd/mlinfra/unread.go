package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner/observe"
)

// unreadDiags returns why objects could not be read as diagnostics; nil when err
// says nothing of the kind.
func (s *session) unreadDiags(err error) hcl.Diagnostics {
	if !errors.As(err, new(*observe.UnreadError)) {
		return nil
	}
	diags := errorDiags(err)
	for i, e := range flatten(err)[:min(len(diags), maxErrors)] {
		if unread, ok := e.(*observe.UnreadError); ok {
			diags[i] = s.unreadDiag(unread)
		}
	}
	return diags
}

func (s *session) unreadDiag(e *observe.UnreadError) *hcl.Diagnostic {
	d := &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Cannot read " + e.Addrs[0].String(), Detail: sentence(e.Err.Error()) + ".",
		Subject: s.blockOf(e),
	}
	if len(e.Addrs) > 1 {
		d.Summary = fmt.Sprintf("Cannot read %d objects", len(e.Addrs))
		d.Detail += " That is so of " + joinAddrs(e.Addrs) + "."
	}
	if e.Inside {
		var names []string
		for _, a := range e.Addrs {
			name := a.String()
			if strings.Contains(name, "[") {
				name = "'" + name + "'" // for the shell
			}
			names = append(names, name)
		}
		d.Detail += "\n\nIf it is gone for good, remove what was there from state, with\n  mlinfra state rm " + strings.Join(names, " ") + "\nor with removed blocks, destroy = false in their lifecycle, in the place of its blocks."
	}
	return d
}

// blockOf returns where the first of the objects that has a block stands; nil when
// none has.
func (s *session) blockOf(e *observe.UnreadError) *hcl.Range {
	for _, a := range e.Addrs {
		if blk := s.prog.Block(config.BlockID(a)); blk != nil {
			return blk.Range.Ptr()
		}
	}
	return nil
}
