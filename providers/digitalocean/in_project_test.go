package digitalocean

import (
	"errors"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
)

// What a list shows to who names a project is where the object is.
func TestListsShowTheProjectToWhoNamesOne(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	must := func(err error) {
		t.Helper()
		if err != nil && !errors.Is(err, providers.ErrAgain) {
			t.Fatal(err)
		}
	}
	var homes [2]project
	for i, name := range []string{"one", "two"} {
		homes[i] = project{Name: name, Purpose: "x"}
		must(createProject(ctx, c, &homes[i], providers.Attempt{}))
	}
	one, two := homes[0].ID, homes[1].ID

	v := volume{Name: "v", Region: "fra1", Size: 1, Project: one}
	must(volumeType.Create(ctx, c, &v, providers.Attempt{}))
	was := v
	v.Project = one
	must(volumeType.Update(ctx, c, was, &v))
	for asked, want := range map[string]string{"": "", one: one, two: ""} {
		for got, err := range volumeType.List(ctx, c, volume{Project: asked}) {
			if must(err); got.Project != want {
				t.Errorf("the volume is shown in %q to who asks for %q, want %q", got.Project, asked, want)
			}
		}
		x := volume{ID: v.ID, Project: asked}
		if must(volumeType.Read(ctx, c, &x)); x.Project != want {
			t.Errorf("the volume is read in %q by who has %q, want %q", x.Project, asked, want)
		}
	}

	d := databaseCluster{Name: "ml-db", Engine: "pg", Version: "16", Size: "db-s-1vcpu-1gb", Region: "fra1", NodeCount: 1, Project: one}
	must(databaseClusterType.Create(ctx, c, &d, providers.Attempt{}))
	for asked, want := range map[string]string{"": "", one: one, two: one} {
		for got, err := range databaseClusterType.List(ctx, c, databaseCluster{Project: asked}) {
			if must(err); got.Project != want || got.ProjectID != one {
				t.Errorf("the cluster is shown in %q to who asks for %q, want %q", got.Project, asked, want)
			}
		}
	}
}

// The API says beside success what it has not moved.
func TestWhatIsNotMoved(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	home, _, err := c.Projects.GetDefault(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = putInto(ctx, c, home.ID, []string{"do:droplet:1"})
	if classify(err).Kind != providers.Missing || !strings.Contains(err.Error(), "does not find do:droplet:1") {
		t.Errorf("error %v, want that the droplet is not found", err)
	}
	if kind := classify(&unmovedError{"do:droplet:1", home.ID, "service_down"}).Kind; kind != providers.Busy {
		t.Errorf("service_down is of kind %v, want busy", kind)
	}
}

func TestCheckProjects(t *testing.T) {
	const a, b = "4e1bfbc3-dc3e-41f2-a18f-1b4d7ba71679", "d754f2d7-d1f0-11ef-bf8f-4e013e2ddde4"
	for _, ok := range [][2]string{{}, {a, ""}, {"", a}, {a, a}} {
		if err := checkProjects(ok[0], ok[1]); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
	for _, bad := range [][2]string{{a, b}, {"ml", ""}, {"", "default"}} {
		if checkProjects(bad[0], bad[1]) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// What has joined another project meanwhile is not fetched back.
func TestProjectLeavesWhatOthersPlace(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	must := func(err error) {
		t.Helper()
		if err != nil && !errors.Is(err, providers.ErrAgain) {
			t.Fatal(err)
		}
	}
	v := volume{Name: "v", Region: "fra1", Size: 1}
	must(createVolume(ctx, c, &v, providers.Attempt{}))
	var homes [2]project
	for i, name := range []string{"one", "two"} {
		homes[i] = project{Name: name, Purpose: "x"}
		must(createProject(ctx, c, &homes[i], providers.Attempt{}))
	}
	one := homes[0]
	one.Resources = []string{v.URN}
	must(updateProject(ctx, c, homes[0], &one))
	must(putInto(ctx, c, homes[1].ID, one.Resources))
	empty := one
	empty.Resources = nil
	must(updateProject(ctx, c, one, &empty))
	members, err := membersOf(ctx, c, homes[1].ID)
	if must(err); !members[v.URN] {
		t.Errorf("the volume was taken out of the project that it had joined: %v", members)
	}
	one.Resources = []string{v.URN}
	if must(readProject(ctx, c, &one)); len(one.Resources) != 0 {
		t.Errorf("the project shows %v, which has left", one.Resources)
	}
}
