package hcloud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// What a server can be made of is told by the lists of types and images. A list that
// cannot be had is left to the API.

// foreseeServer refuses a type that the location does not have, or has sold out, a disk
// that would have to shrink, and an image that is not there.
func foreseeServer(ctx context.Context, c *client, was *server, want server) error {
	if want.ServerType == "" || was != nil && was.ServerType == want.ServerType {
		return nil
	}
	types, err := gathered(providers.All(ctx, c, serverTypeList, serverTypeRow{}))
	if err != nil {
		return unlessFatal(err)
	}
	t, err := typeOffered(types, want.ServerType, want.Location)
	switch {
	case err != nil:
		return err
	case was != nil:
		return t.replaces(types, *was)
	}
	images, err := gathered(providers.All(ctx, c, imageList, image{}))
	if err != nil {
		return unlessFatal(err)
	}
	return imageOffered(images, want.Image, t)
}

// unlessFatal returns what is worth another try.
func unlessFatal(err error) error {
	if classify(err).Kind == providers.Fatal {
		return nil
	}
	return err
}

// typeOffered returns the type with a name, unless no server of it can be made in a
// location, which may be any.
func typeOffered(types []serverTypeRow, name, location string) (serverTypeRow, error) {
	i := slices.IndexFunc(types, func(t serverTypeRow) bool { return t.Name == name })
	if i < 0 {
		return serverTypeRow{}, fmt.Errorf("there is no server_type %q; there are %s", name, strings.Join(namesOf(types, func(serverTypeRow) bool { return true }), ", "))
	}
	t := types[i]
	at, offered := t.at(location)
	switch {
	case location == "" || offered && at.Available:
		return t, nil
	case !offered:
		return t, fmt.Errorf("server_type %s is not offered in %s. %s", name, location, t.alternatives(types, location))
	case at.UnavailableAfter != "":
		return t, fmt.Errorf("server_type %s is no longer sold in %s, since %s. %s", name, location, at.UnavailableAfter, t.alternatives(types, location))
	}
	return t, fmt.Errorf("server_type %s is sold out in %s now. %s", name, location, t.alternatives(types, location))
}

// at returns what a location has of t.
func (t serverTypeRow) at(location string) (serverTypeLocation, bool) {
	i := slices.IndexFunc(t.Locations, func(l serverTypeLocation) bool { return l.Name == location })
	if i < 0 {
		return serverTypeLocation{}, false
	}
	return t.Locations[i], true
}

// alternatives says where else t can be had, and what is like it in a location.
func (t serverTypeRow) alternatives(types []serverTypeRow, location string) string {
	var places, texts []string
	for _, l := range t.Locations {
		if l.Available {
			places = append(places, l.Name)
		}
	}
	if len(places) > 0 {
		texts = append(texts, t.Name+" is available in "+strings.Join(places, ", "))
	}
	like := namesOf(types, func(o serverTypeRow) bool {
		at, _ := o.at(location)
		return at.Available && o.Cores == t.Cores && o.Architecture == t.Architecture && o.CPUType == t.CPUType
	})
	if len(like) > 0 {
		texts = append(texts, fmt.Sprintf("%s has with %d %s %s CPUs: %s", location, t.Cores, t.CPUType, t.Architecture, strings.Join(like, ", ")))
	}
	return strings.Join(texts, "; ")
}

// namesOf returns the names of the types that are meant.
func namesOf(types []serverTypeRow, meant func(serverTypeRow) bool) []string {
	var names []string
	for _, t := range types {
		if meant(t) {
			names = append(names, t.Name)
		}
	}
	return names
}

// replaces refuses t for a server that is there and cannot become one of it.
func (t serverTypeRow) replaces(types []serverTypeRow, was server) error {
	i := slices.IndexFunc(types, func(o serverTypeRow) bool { return o.Name == was.ServerType })
	switch {
	case i >= 0 && types[i].Architecture != t.Architecture:
		return fmt.Errorf("server_type %s is %s, the server is %s, and a server keeps its architecture: replace it with mlinfra apply -replace=ADDRESS, or choose a type that is %s",
			t.Name, t.Architecture, types[i].Architecture, types[i].Architecture)
	case t.Disk < was.PrimaryDiskSize:
		return fmt.Errorf("server_type %s has a disk of %d GB, the server has one of %d GB that cannot shrink: choose a larger type, or replace the server; keep_disk = true keeps a disk small when a type grows",
			t.Name, t.Disk, was.PrimaryDiskSize)
	}
	return nil
}

// imageOffered refuses an image that is not there for a type of servers.
func imageOffered(images []image, name string, t serverTypeRow) error {
	if name == "" {
		return nil
	}
	var others []string
	for _, i := range images {
		switch {
		case i.ID == name || i.Name == name && i.Architecture == t.Architecture:
			return nil
		case i.Name != "" && i.Architecture == t.Architecture && i.Deprecated == "":
			others = append(others, i.Name)
		}
	}
	return fmt.Errorf("there is no image %q for %s, the architecture of %s; there are %s, and snapshots by their numbers", name, t.Architecture, t.Name, strings.Join(others, ", "))
}
