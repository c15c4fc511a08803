package fake

import (
	"net/url"
	"slices"
	"time"
)

// distributions are what the API takes for a custom image to be of.
var distributions = []string{
	"Arch Linux", "CentOS", "CoreOS", "Debian", "Fedora", "Fedora Atomic", "FreeBSD", "Gentoo", "openSUSE",
	"RancherOS", "Rocky Linux", "Ubuntu", "Unknown",
}

// customImage is an image that was fetched from a URL. Until ReadyAt it is
// being fetched; one whose URL names no image is given up then.
type customImage struct {
	ID           int       `json:"id"`
	Name         string    `json:"name"`
	URL          string    `json:"url"`
	Description  string    `json:"description"`
	Distribution string    `json:"distribution"`
	Regions      []string  `json:"regions"`
	MinDisk      int       `json:"min_disk_size"`
	Status       string    `json:"status"` // NEW, available, deleted
	Error        string    `json:"error_message"`
	Tags         []string  `json:"tags"`
	CreatedAt    time.Time `json:"created_at"`
	ReadyAt      time.Time `json:"ready_at"`
}

func (i *customImage) Key() string   { return itoa(i.ID) }
func (i *customImage) Title() string { return i.Name }

// Hidden leaves out what is shown as deleted: no client can delete it again.
func (i *customImage) Hidden() bool { return i.Status == "deleted" }

// view is i as the API shows it: no regions and no sizes until it is there.
func (i *customImage) view() map[string]any {
	v := map[string]any{
		"id": i.ID, "name": i.Name, "type": "custom", "distribution": i.Distribution, "slug": nil, "public": false,
		"regions": []string{}, "created_at": stamp(i.CreatedAt), "min_disk_size": nil, "size_gigabytes": nil,
		"description": i.Description, "tags": orEmpty(i.Tags), "status": i.Status, "error_message": i.Error,
	}
	if i.Status == "available" {
		v["regions"], v["min_disk_size"], v["size_gigabytes"] = i.Regions, i.MinDisk, 1.21
	}
	return v
}

// settle ends the fetching of i when its time has come.
func (i *customImage) settle(now time.Time) {
	if i.Status != "NEW" || now.Before(i.ReadyAt) {
		return
	}
	i.Status = "available"
	if u, err := url.Parse(i.URL); err != nil || !slices.Contains([]string{"http", "https", "ftp"}, u.Scheme) || u.Path == "" || u.Path == "/" {
		i.Status, i.Error = "deleted", "Image could not be retrieved from "+i.URL
	}
}

func (c *Cloud) customImageRoutes() map[string]handler {
	return map[string]handler{
		"POST /v2/images":                   c.createCustomImage,
		"PUT /v2/images/{id}":               c.updateImage,
		"POST /v2/images/{id}/actions":      c.createImageAction,
		"GET /v2/images/{id}/actions":       c.listImageActions,
		"GET /v2/images/{id}/actions/{aid}": c.readImageAction,
	}
}

func (c *Cloud) createCustomImage(q *request) (reply, error) {
	var in struct {
		Name         string   `json:"name"`
		Distribution string   `json:"distribution"`
		Description  string   `json:"description"`
		URL          string   `json:"url"`
		Region       string   `json:"region"`
		Tags         []string `json:"tags"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if in.Distribution == "" {
		in.Distribution = "Unknown"
	}
	switch {
	case in.Name == "":
		return reply{}, invalid("Name is required")
	case in.URL == "":
		return reply{}, invalid("Url is required")
	case !regionExists(in.Region):
		return reply{}, invalid("Region is not valid.")
	case !slices.Contains(distributions, in.Distribution):
		return reply{}, invalid("Distribution is not valid.")
	}
	if err := checkTags(in.Tags); err != nil {
		return reply{}, err
	}
	i := &customImage{ID: c.s.IDs.Number(imageIDs), Name: in.Name, URL: in.URL, Description: in.Description,
		Distribution: in.Distribution, Regions: []string{in.Region}, MinDisk: 5, Status: "NEW",
		Tags: c.spell(in.Tags), CreatedAt: q.now, ReadyAt: q.now.Add(c.o.Boot)}
	c.makeTags(in.Tags)
	c.s.CustomImages.Add(i)
	return accepted(map[string]any{"image": i.view()})
}

// updateImage changes what the body names and nothing else.
func (c *Cloud) updateImage(q *request) (reply, error) {
	i, err := c.ownImage(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Name         *string `json:"name"`
		Distribution *string `json:"distribution"`
		Description  *string `json:"description"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	switch {
	case in.Name != nil && *in.Name == "":
		return reply{}, invalid("Name is required")
	case in.Distribution != nil && !slices.Contains(distributions, *in.Distribution):
		return reply{}, invalid("Distribution is not valid.")
	}
	name, distribution, description := i.fields()
	for _, f := range []struct{ to, from *string }{{name, in.Name}, {distribution, in.Distribution}, {description, in.Description}} {
		if f.from != nil && f.to != nil {
			*f.to = *f.from
		}
	}
	return ok(map[string]any{"image": i.view()})
}

// fields returns where a private image has what can be changed; nil for what it lacks.
func (i image) fields() (name, distribution, description *string) {
	if i.own != nil {
		return &i.own.Name, &i.own.Distribution, nil
	}
	return &i.custom.Name, &i.custom.Distribution, &i.custom.Description
}

// createImageAction copies an image to another region; converting a backup into
// a snapshot has nothing to convert here.
func (c *Cloud) createImageAction(q *request) (reply, error) {
	i, err := c.ownImage(q)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Type   string `json:"type"`
		Region string `json:"region"`
	}
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	switch {
	case in.Type == "convert":
		return reply{}, invalid("Image is not a backup.")
	case in.Type != "transfer":
		return reply{}, invalid("%q is not a valid action type.", in.Type)
	case !regionExists(in.Region):
		return reply{}, invalid("Region is not valid.")
	case i.custom != nil && i.custom.Status != "available":
		return reply{}, invalid("Image is currently unavailable.")
	case slices.Contains(i.regions, in.Region):
		return reply{}, invalid("Image is already available in %s.", in.Region)
	case len(c.actionsWhere(func(a *action) bool { return a.ImageID == i.ref.ID && a.Status == inProgress })) > 0:
		return reply{}, invalid("Image already has a pending event.")
	}
	a := c.start(q, action{Type: "transfer", ResourceType: "image", Region: in.Region, ImageID: i.ref.ID}, c.o.Settle)
	return created(map[string]any{"action": a.view()})
}

// finishTransfer puts an image into the region that a names.
func (c *Cloud) finishTransfer(a *action) {
	if i, found := c.s.CustomImages.Find(itoa(a.ImageID)); found {
		i.Regions = append(i.Regions, a.Region)
	}
	if s, found := c.s.Snapshots.Find(itoa(a.ImageID)); found {
		s.Regions = append(s.Regions, a.Region)
	}
}

func (c *Cloud) listImageActions(q *request) (reply, error) {
	i, err := c.ownImage(q)
	if err != nil {
		return reply{}, err
	}
	return list(q, "actions", c.actionsWhere(ofImage(i)), (*action).view)
}

func (c *Cloud) readImageAction(q *request) (reply, error) {
	i, err := c.ownImage(q)
	if err != nil {
		return reply{}, err
	}
	return c.oneAction(q, ofImage(i))
}

func ofImage(i image) func(*action) bool {
	return func(a *action) bool { return a.ResourceType == "image" && a.ImageID == i.ref.ID }
}
