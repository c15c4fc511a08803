package fake

import (
	"fmt"
	"testing"
)

func TestSnapshots(t *testing.T) {
	p := newProject(t)
	s := p.server("worker", "fsn1")
	path := fmt.Sprintf("/servers/%d/actions/create_image", s)
	p.refused("invalid_input", "POST", path, fields{"type": "system"})
	p.refused("service_error", "POST", path, fields{"type": "backup"})
	out := p.do("POST", path, fields{"type": "snapshot", "description": ""})
	i := fmt.Sprintf("/images/%d", id(out, "image"))
	p.expect(out, "creating", "image", "status")
	p.expect(out, float64(s), "image", "created_from", "id")
	p.refused("locked", "POST", path, fields{"type": "snapshot"})
	p.refused("locked", "DELETE", i, nil)
	p.clock.Advance(settle)
	p.expect(p.do("GET", i, nil), "available", "image", "status")
	list := p.do("GET", "/images?type=snapshot", nil)
	p.expect(list, 1, "meta", "pagination", "total_entries")
	p.expect(p.do("PUT", i, fields{"description": "before", "labels": fields{"a": "b"}}), "before", "image", "description")
	// Servers can be made from it.
	p.done("POST", "/servers", fields{"name": "copy", "server_type": "ccx13", "image": fmt.Sprint(id(out, "image")), "location": "fsn1"})
	p.do("DELETE", i, nil)
}
