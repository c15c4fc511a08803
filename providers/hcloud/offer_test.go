package hcloud

import (
	"testing"

	"github.com/mlinfra/mlinfra/providers/hcloud/fake"
)

func TestForeseeServer(t *testing.T) {
	p := newProject(t, fake.Options{NoStock: map[string]bool{"cx43@fsn1": true}})
	here := server{ServerType: "cx33", PrimaryDiskSize: 80}
	for name, tc := range map[string]struct {
		was  *server
		edit func(*server)
		want string
	}{
		"what there is":             {nil, func(*server) {}, ""},
		"anywhere":                  {nil, func(x *server) { x.Location = "" }, ""},
		"no such type":              {nil, func(x *server) { x.ServerType = "cx99" }, `no server_type "cx99"; there are cpx11`},
		"of another continent":      {nil, func(x *server) { x.ServerType, x.Location = "cx23", "ash" }, "not offered in ash. cx23 is available in fsn1, nbg1, hel1; ash has with 2 shared x86 CPUs: cpx11"},
		"sold out":                  {nil, func(x *server) { x.ServerType = "cx43" }, "sold out in fsn1 now. cx43 is available in nbg1, hel1; fsn1 has with 8 shared x86 CPUs: cpx42"},
		"no longer sold":            {nil, func(x *server) { x.ServerType = "cpx31" }, "no longer sold in fsn1, since 2026-01-01"},
		"no such image":             {nil, func(x *server) { x.Image = "debian-99" }, `no image "debian-99" for x86`},
		"an image by its number":    {nil, func(x *server) { x.Image = "160000008" }, ""},
		"an image of the other CPU": {nil, func(x *server) { x.Image, x.ServerType = "debian-12", "cax11" }, ""},
		"a larger type":             {&here, func(x *server) { x.ServerType = "cx53" }, ""},
		"a smaller disk":            {&here, func(x *server) { x.ServerType = "cx23" }, "disk of 40 GB, the server has one of 80 GB"},
		"another CPU":               {&here, func(x *server) { x.ServerType = "cax31" }, "keeps its architecture"},
		"the type it has":           {&here, func(x *server) { x.ServerType, x.Location = "cx33", "nowhere" }, ""},
	} {
		x := testServer
		tc.edit(&x)
		checkError(t, name, foreseeServer(t.Context(), p.client, tc.was, x), tc.want)
	}
}

// TestDatacentersAreNoMore is what the API answers since October 2026.
func TestDatacentersAreNoMore(t *testing.T) {
	p := newProject(t, fake.Options{NoDatacenters: true})
	err := lookUpDatacenter(t.Context(), p.client, &datacenter{Name: "fsn1-dc14"})
	if err == nil {
		t.Fatal("no error")
	}
	if v := classify(err); v.Message == "" {
		t.Errorf("no words for %v", err)
	}
	checkError(t, "its words", errText(classify(err).Message), "hcloud_location")
}

// errText is a text as an error.
type errText string

func (e errText) Error() string { return string(e) }

func TestLookUps(t *testing.T) {
	p := newProject(t, fake.Options{})
	ctx := t.Context()
	a := p.network("a", "10.0.0.0/16")
	b := network{Name: "b", IPRange: "10.1.0.0/16", Labels: map[string]string{"env": "prod"}}
	p.must(func() error { return createNetwork(ctx, p.client, &b, attemptOf("1")) })
	c := network{Name: "c", IPRange: "10.2.0.0/16", Labels: map[string]string{"env": "prod"}}
	p.must(func() error { return createNetwork(ctx, p.client, &c, attemptOf("2")) })
	for name, tc := range map[string]struct {
		x    networkLookup
		want string // name of what is found
		err  string
	}{
		"by id":          {networkLookup{ID: text(int64(a))}, "a", ""},
		"by name":        {networkLookup{Name: "b"}, "b", ""},
		"by labels":      {networkLookup{WithSelector: "!env"}, "a", ""},
		"by two labels":  {networkLookup{WithSelector: "env in (prod, test)"}, "", "there are 2"},
		"the newest":     {networkLookup{WithSelector: "env=prod", MostRecent: true}, "c", ""},
		"none":           {networkLookup{WithSelector: "env=test"}, "", "there is none"},
		"by two keys":    {networkLookup{ID: "1", Name: "a"}, "", "exactly one of id, name, with_selector"},
		"by nothing":     {networkLookup{}, "", "exactly one"},
		"by no selector": {networkLookup{WithSelector: "env in prod"}, "", "label_selector"},
	} {
		x := tc.x
		err := lookUpNetwork(ctx, p.client, &x)
		checkError(t, name, err, tc.err)
		if err == nil && x.Name != tc.want {
			t.Errorf("%s: found %q, want %q", name, x.Name, tc.want)
		}
		if x.Labels[attemptLabel] != "" {
			t.Errorf("%s: the mark shows in %v", name, x.Labels)
		}
	}
}
