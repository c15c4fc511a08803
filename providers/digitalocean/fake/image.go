package fake

import (
	"encoding/json"
	"slices"
	"strconv"
)

// imageRef names an image by id; Slug is empty for snapshots.
type imageRef struct {
	ID   int    `json:"id"`
	Slug string `json:"slug,omitempty"`
}

// publicImage is an image everybody can use.
type publicImage struct {
	id           int
	slug         string
	distribution string
	name         string
	minDisk      int // GB
	application  bool
}

var publicImages = []publicImage{
	{195932981, "ubuntu-26-04-x64", "Ubuntu", "26.04 (LTS) x64", 7, false},
	{155133621, "ubuntu-24-04-x64", "Ubuntu", "24.04 (LTS) x64", 7, false},
	{112929454, "ubuntu-22-04-x64", "Ubuntu", "22.04 (LTS) x64", 7, false},
	{129211873, "ubuntu-20-04-x64", "Ubuntu", "20.04 (LTS) x64", 7, false},
	{196190211, "debian-13-x64", "Debian", "13 x64", 7, false},
	{133463717, "debian-12-x64", "Debian", "12 x64", 7, false},
	{106433672, "debian-11-x64", "Debian", "11 x64", 7, false},
	{188120514, "fedora-42-x64", "Fedora", "42 x64", 15, false},
	{169670303, "centos-stream-9-x64", "CentOS", "Stream 9 x64", 10, false},
	{119383144, "rockylinux-9-x64", "Rocky Linux", "9 x64", 10, false},
	{122995151, "almalinux-9-x64", "AlmaLinux", "9 x64", 10, false},
	{159651797, "docker-20-04", "Ubuntu", "Docker on Ubuntu 22.04", 25, true},
	{164742123, "gpu-h100x1-base", "Ubuntu", "NVIDIA AI/ML Ready", 40, true},
	{164742136, "gpu-h100x8-base", "Ubuntu", "NVIDIA AI/ML Ready with NVLink", 40, true},
	{188571990, "gpu-amd-base", "Ubuntu", "AMD AI/ML Ready", 40, true},
}

// image is a public image, a snapshot of a Droplet or a custom image.
type image struct {
	ref     imageRef
	minDisk int
	regions []string
	public  *publicImage
	own     *snapshot
	custom  *customImage
}

// private reports whether the image is the account's own.
func (i image) private() bool { return i.public == nil }

// tags are those of an image of the account.
func (i image) tags() []string {
	switch {
	case i.own != nil:
		return i.own.Tags
	case i.custom != nil:
		return i.custom.Tags
	}
	return nil
}

// allImages lists the public images, then the account's own.
func (c *Cloud) allImages() []image {
	var out []image
	for i, p := range publicImages {
		out = append(out, image{ref: imageRef{p.id, p.slug}, minDisk: p.minDisk, regions: regionSlugs(), public: &publicImages[i]})
	}
	for _, s := range c.s.Snapshots {
		out = append(out, image{ref: imageRef{ID: s.ID}, minDisk: s.MinDisk, regions: s.Regions, own: s})
	}
	for _, i := range c.s.CustomImages {
		out = append(out, image{ref: imageRef{ID: i.ID}, minDisk: i.MinDisk, regions: i.Regions, custom: i})
	}
	return out
}

// findImage finds an image by id or slug.
func (c *Cloud) findImage(name string) (image, bool) {
	for _, i := range c.allImages() {
		if name != "" && (i.ref.Slug == name || itoa(i.ref.ID) == name) {
			return i, true
		}
	}
	return image{}, false
}

// imageByRef is for what exists already: an image that is gone shows as its id only.
func (c *Cloud) imageByRef(ref imageRef) map[string]any {
	if i, ok := c.findImage(itoa(ref.ID)); ok {
		return i.view()
	}
	return map[string]any{"id": ref.ID, "slug": nil, "status": "deleted"}
}

func (i image) view() map[string]any {
	if i.custom != nil {
		return i.custom.view()
	}
	v := map[string]any{
		"id": i.ref.ID, "regions": i.regions, "min_disk_size": i.minDisk, "size_gigabytes": 2.36,
		"description": "", "error_message": "", "status": "available",
	}
	if p := i.public; p != nil {
		v["slug"], v["name"], v["distribution"], v["public"] = p.slug, p.name, p.distribution, true
		v["type"], v["tags"], v["created_at"] = "base", []string{}, "2025-04-24T14:00:00Z"
		return v
	}
	v["slug"], v["name"], v["distribution"], v["public"] = nil, i.own.Name, i.own.Distribution, false
	v["type"], v["tags"], v["created_at"] = "snapshot", orEmpty(i.own.Tags), stamp(i.own.CreatedAt)
	return v
}

func (c *Cloud) listImages(q *request) (reply, error) {
	query := q.URL.Query()
	kind, private, tagged := query.Get("type"), query.Get("private") == "true", query.Get("tag_name")
	images := slices.DeleteFunc(c.allImages(), func(i image) bool {
		switch {
		case private && !i.private(), tagged != "" && !hasTag(i.tags(), tagged):
			return true
		case kind == "distribution":
			return i.public == nil || i.public.application
		case kind == "application":
			return i.public == nil || !i.public.application
		}
		return false
	})
	return list(q, "images", images, image.view)
}

func (c *Cloud) readImage(q *request) (reply, error) {
	i, found := c.findImage(q.PathValue("id"))
	if !found {
		return reply{}, notFound()
	}
	return ok(map[string]any{"image": i.view()})
}

// ownImage finds an image that the account may change.
func (c *Cloud) ownImage(q *request) (image, error) {
	i, found := c.findImage(q.PathValue("id"))
	if !found {
		return i, notFound()
	}
	if !i.private() {
		return i, forbidden("You are not authorized to perform this operation")
	}
	return i, nil
}

func (c *Cloud) deleteImage(q *request) (reply, error) {
	i, err := c.ownImage(q)
	if err != nil {
		return reply{}, err
	}
	if i.custom != nil && i.custom.Status == "deleted" {
		return reply{}, invalid("Image Can not delete an already deleted image.")
	}
	c.s.Snapshots.Drop(itoa(i.ref.ID))
	c.s.CustomImages.Drop(itoa(i.ref.ID))
	return noContent()
}

// idOrName reads a JSON value that is a number or a string.
func idOrName(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n int
	if json.Unmarshal(raw, &n) == nil {
		return strconv.Itoa(n)
	}
	return ""
}
