package fake

import (
	"slices"
	"strings"
	"time"
)

// image is what a server starts from: one of the system, or one that belongs to the
// project.
type image struct {
	ID           int64     `json:"id"`
	Type         string    `json:"type"` // system, app, snapshot, backup
	Name         string    `json:"name"` // "" for those of the project
	Description  string    `json:"description"`
	Flavor       string    `json:"os_flavor"`
	Version      string    `json:"os_version"`
	Architecture string    `json:"architecture"`
	DiskSize     int       `json:"disk_size"`
	ImageSize    float64   `json:"image_size"`
	CreatedFrom  subject   `json:"created_from"`
	Labels       labels    `json:"labels"`
	Protected    bool      `json:"protected"`
	CreatedAt    time.Time `json:"created"`
	RetiredAt    time.Time `json:"deprecated"`
	Making       bool      `json:"making"` // its action create_image goes on
}

func (i *image) key() int64       { return i.ID }
func (i *image) title() string    { return i.Description }
func (i *image) subject() subject { return subject{i.ID, "image"} }

// systemImages are there for everybody, those of both architectures.
var systemImages = func() []*image {
	var list []*image
	for n, s := range []struct{ name, description, retired string }{
		{"ubuntu-20.04", "Ubuntu 20.04", "2025-05-31"}, {"ubuntu-22.04", "Ubuntu 22.04", ""}, {"ubuntu-24.04", "Ubuntu 24.04", ""},
		{"debian-11", "Debian 11", "2026-08-31"}, {"debian-12", "Debian 12", ""}, {"debian-13", "Debian 13", ""},
		{"fedora-42", "Fedora 42", ""}, {"rocky-9", "Rocky Linux 9", ""}, {"alma-9", "AlmaLinux 9", ""}, {"docker-ce", "Docker CE", ""},
	} {
		for m, architecture := range []string{"x86", "arm"} {
			flavor, version, _ := strings.Cut(s.name, "-")
			i := &image{
				ID: int64(160_000_000 + 2*n + m), Type: "system", Name: s.name, Description: s.description, Flavor: flavor, Version: version,
				Architecture: architecture, DiskSize: 5, CreatedAt: time.Date(2024, 4, 25, 12, 0, n, 0, time.UTC),
			}
			if s.name == "docker-ce" {
				i.Type, i.Flavor, i.Version = "app", "ubuntu", "24.04"
			}
			if s.retired != "" {
				i.RetiredAt, _ = time.Parse(time.DateOnly, s.retired)
			}
			list = append(list, i)
		}
	}
	return list
}()

// images returns those of the system and of the project.
func (c *Cloud) images() []*image { return slices.Concat(systemImages, c.s.Images) }

// imageFor finds an image by its number, or the one with a name for an architecture.
func (c *Cloud) imageFor(name, architecture string) (*image, bool) {
	all := c.images()
	i := slices.IndexFunc(all, func(i *image) bool { return itoa(i.ID) == name || i.Name == name && i.Architecture == architecture })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}

func (i *image) view() view {
	v := view{
		"id": i.ID, "type": i.Type, "status": "available", "name": nil, "description": i.Description, "image_size": nil, "disk_size": i.DiskSize,
		"created": stamp(i.CreatedAt), "created_from": nil, "bound_to": nil, "os_flavor": i.Flavor, "os_version": nil, "architecture": i.Architecture,
		"rapid_deploy": i.Type == "system", "protection": view{"delete": i.Protected}, "deleted": nil, "labels": i.Labels.shown(),
		"deprecated": nil, "deprecation": nil,
	}
	if i.Making {
		v["status"] = "creating"
	}
	if i.Name != "" {
		v["name"] = i.Name
	}
	if i.Version != "" {
		v["os_version"] = i.Version
	}
	if i.ImageSize > 0 {
		v["image_size"] = i.ImageSize
	}
	if i.CreatedFrom.ID != 0 {
		v["created_from"] = view{"id": i.CreatedFrom.ID, "name": i.CreatedFrom.Type}
	}
	if !i.RetiredAt.IsZero() {
		v["deprecated"] = stamp(i.RetiredAt)
		v["deprecation"] = view{"announced": stamp(i.RetiredAt), "unavailable_after": stamp(i.RetiredAt.AddDate(0, 3, 0))}
	}
	return v
}

func (c *Cloud) imageRoutes() map[string]handler {
	return map[string]handler{
		"GET /v1/images":      c.listImages,
		"GET /v1/images/{id}": c.readImage,

		"PUT /v1/images/{id}":                            c.updateImage,
		"DELETE /v1/images/{id}":                         c.deleteImage,
		"POST /v1/images/{id}/actions/change_protection": c.protectImage,
		"POST /v1/servers/{id}/actions/create_image":     c.createImage,
	}
}

// listImages leaves deprecated ones out unless they are asked for.
func (c *Cloud) listImages(q *request) (reply, error) {
	all := slices.Clone(c.images())
	if q.URL.Query().Get("include_deprecated") != "true" {
		all = slices.DeleteFunc(all, func(i *image) bool { return !i.RetiredAt.IsZero() && !q.now.Before(i.RetiredAt) })
	}
	return list(q, "images", all, (*image).view, "name", "type", "status", "architecture")
}

func (c *Cloud) readImage(q *request) (reply, error) {
	id, err := q.id()
	if err != nil {
		return fail(err)
	}
	i, found := c.imageFor(itoa(id), "")
	if !found {
		return fail(notFound("image", id))
	}
	return ok(view{"image": i.view()})
}
