package fake

import "slices"

// iso is a disc that a server can start from.
type iso struct {
	id           int64
	name         string
	description  string
	architecture string
}

var isos = []iso{
	{8637, "debian-12.5.0-amd64-netinst.iso", "Debian 12.5 (amd64/netinstall)", "x86"},
	{8638, "debian-12.5.0-arm64-netinst.iso", "Debian 12.5 (arm64/netinstall)", "arm"},
	{10415, "nixos-minimal-24.05.1503.752c634c09ce-x86_64-linux.iso", "NixOS 24.05 (amd64/minimal)", "x86"},
	{26055, "virtio-win-0.1.248.iso", "virtio 0.1.248", ""},
}

// findISO finds a disc by its name or its number.
func findISO(name string) (iso, bool) {
	i := slices.IndexFunc(isos, func(i iso) bool { return i.name == name || itoa(i.id) == name })
	if i < 0 {
		return iso{}, false
	}
	return isos[i], true
}

func (i iso) view() view {
	v := view{"id": i.id, "name": i.name, "description": i.description, "type": "public", "architecture": nil, "deprecation": nil}
	if i.architecture != "" {
		v["architecture"] = i.architecture
	}
	return v
}

func (c *Cloud) isoRoutes() map[string]handler {
	return map[string]handler{
		"GET /v1/isos":      c.listISOs,
		"GET /v1/isos/{id}": c.readISO,
	}
}

func (c *Cloud) listISOs(q *request) (reply, error) {
	return list(q, "isos", isos, iso.view, "name")
}

func (c *Cloud) readISO(q *request) (reply, error) {
	i, found := findISO(q.PathValue("id"))
	if !found {
		return fail(notFound("iso", q.PathValue("id")))
	}
	return ok(view{"iso": i.view()})
}
