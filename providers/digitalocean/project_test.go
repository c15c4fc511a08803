package digitalocean

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

// fakeClient returns a client of an account where everything is ready at once.
func fakeClient(t *testing.T) *client {
	t.Helper()
	return clientOf(t, fake.New(fake.Options{}).Handler())
}

// An address is in its droplet's project, named or not, and moves only with it.
func TestProjectHoldsAddressesOfItsDroplets(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	must := func(err error) {
		t.Helper()
		if err != nil && err != providers.ErrAgain {
			t.Fatal(err)
		}
	}
	d := droplet{Name: "d", Region: "fra1", Size: "s-1vcpu-1gb", Image: "debian-12-x64"}
	must(createDroplet(ctx, c, &d, providers.Attempt{}))
	id, err := strconv.Atoi(d.ID)
	must(err)
	held := reservedIP{Region: "fra1", DropletID: id}
	must(createReservedIP(ctx, c, &held, providers.Attempt{}))
	free := reservedIP{Region: "fra1"}
	must(createReservedIP(ctx, c, &free, providers.Attempt{}))

	have := project{Name: "p", Purpose: "x"}
	must(createProject(ctx, c, &have, providers.Attempt{}))
	for _, step := range []struct {
		name string
		want []string
	}{
		{"both addresses are named", []string{d.URN, free.URN, held.URN}},
		{"the held address is not named", []string{d.URN, free.URN}},
		{"the free address leaves", []string{d.URN}},
		{"the held address is named again", []string{d.URN, held.URN}},
		{"all leave", []string{}},
	} {
		x := have
		x.Resources = append([]string{}, step.want...)
		must(updateProject(ctx, c, have, &x))
		slices.Sort(step.want)
		slices.Sort(x.Resources)
		if diff := cmp.Diff(step.want, append([]string{}, x.Resources...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
		have = x
	}
	x := have
	x.Resources = []string{held.URN}
	if err := updateProject(ctx, c, have, &x); classify(err).Kind != providers.Fatal {
		t.Errorf("an address moved without its droplet: %v", err)
	}
	x.Resources = []string{d.URN, free.URN}
	must(updateProject(ctx, c, have, &x))
	must(deleteProject(ctx, c, x))
}

func TestOldNameOfAddresses(t *testing.T) {
	x := project{Resources: []string{"do:floatingip:192.0.2.1", "do:droplet:1"}}
	normalProject(&x)
	if diff := cmp.Diff([]string{"do:reservedip:192.0.2.1", "do:droplet:1"}, x.Resources); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
}
