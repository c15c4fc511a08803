package fake

func (c *Cloud) snapshotEffects() map[string]effect {
	return map[string]effect{
		"create_image": func(a *action) {
			if i, found := c.s.Images.find(a.of("image")); found {
				i.Making, i.ImageSize = false, 1.7
			}
		},
	}
}

// createImage makes a snapshot, or a backup, of the disk of a server.
func (c *Cloud) createImage(q *request) (reply, error) {
	var in struct {
		Type        *string `json:"type"`
		Description *string `json:"description"`
		Labels      *labels `json:"labels"`
	}
	s, err := acted(c, q, c.s.Servers, "server", &in)
	if err != nil {
		return fail(err)
	}
	kind := "snapshot"
	give(&kind, in.Type)
	switch {
	case kind != "snapshot" && kind != "backup":
		return fail(invalid("type", "must be one of snapshot, backup"))
	case kind == "backup" && !s.Backups:
		return fail(refusal("service_error", "backups are not enabled for the server"))
	}
	if in.Labels != nil {
		if err := in.Labels.check(); err != nil {
			return fail(err)
		}
	}
	t, _ := findServerType(s.Type)
	i := &image{
		ID: c.newID(), Type: kind, Description: "snapshot of " + s.Name, Architecture: t.architecture(), DiskSize: s.Disk,
		CreatedFrom: subject{s.ID, s.Name}, CreatedAt: q.now, Making: true,
	}
	if from, found := c.imageFor(itoa(s.Image), ""); found {
		i.Flavor, i.Version = from.Flavor, from.Version
	}
	give(&i.Description, in.Description)
	give(&i.Labels, in.Labels)
	c.s.Images.add(i)
	a := c.start(q, "create_image", c.o.Settle, nil, s.subject(), i.subject())
	return created(view{"image": i.view(), "action": a.view()})
}

func (c *Cloud) updateImage(q *request) (reply, error) {
	i, err := inPath(q, c.s.Images, "image")
	if err != nil {
		return fail(err)
	}
	var in struct {
		Description *string `json:"description"`
		Type        *string `json:"type"`
		Labels      *labels `json:"labels"`
	}
	if err := q.decode(&in); err != nil {
		return fail(err)
	}
	if in.Type != nil && *in.Type != "snapshot" {
		return fail(invalid("type", "must be snapshot"))
	}
	if in.Labels != nil {
		if err := in.Labels.check(); err != nil {
			return fail(err)
		}
	}
	give(&i.Description, in.Description)
	give(&i.Type, in.Type)
	give(&i.Labels, in.Labels)
	return ok(view{"image": i.view()})
}

func (c *Cloud) deleteImage(q *request) (reply, error) {
	i, err := acted(c, q, c.s.Images, "image", nil)
	if err != nil {
		return fail(err)
	}
	if i.Protected {
		return fail(refusal("protected", "image deletion is protected"))
	}
	c.s.Images.drop(i.ID)
	return noContent()
}

func (c *Cloud) protectImage(q *request) (reply, error) {
	i, err := protect(c, q, c.s.Images, "image", func(i *image) *bool { return &i.Protected })
	if err != nil {
		return fail(err)
	}
	return c.start(q, "change_protection", c.o.Settle, nil, i.subject()).reply()
}
