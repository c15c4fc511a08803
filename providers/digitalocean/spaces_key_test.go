package digitalocean

import (
	"errors"
	"slices"
	"testing"

	"github.com/digitalocean/godo"
	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers"
)

func TestCheckSpacesKey(t *testing.T) {
	full, read := spacesGrant{"", "fullaccess"}, spacesGrant{"a", "read"}
	for name, tc := range map[string]struct {
		x    spacesKey
		want string
	}{
		"smallest":                   {spacesKey{Name: "k"}, ""},
		"all":                        {spacesKey{Name: "k", Grant: []spacesGrant{full}}, ""},
		"some":                       {spacesKey{Name: "k", Grant: []spacesGrant{read, {"b", "readwrite"}}}, ""},
		"no name":                    {spacesKey{}, "name"},
		"full access to one bucket":  {spacesKey{Name: "k", Grant: []spacesGrant{{"a", "fullaccess"}}}, `"a"`},
		"full access beside another": {spacesKey{Name: "k", Grant: []spacesGrant{full, read}}, "beside"},
		"no bucket":                  {spacesKey{Name: "k", Grant: []spacesGrant{{"", "read"}}}, "bucket"},
	} {
		checkError(t, name, checkSpacesKey(nil, tc.x), tc.want)
	}
}

func TestSpacesKeyIsReplacedWhereItCannotChange(t *testing.T) {
	full, read, none := spacesKey{Grant: []spacesGrant{{"", "fullaccess"}}}, spacesKey{Grant: []spacesGrant{{"a", "read"}}}, spacesKey{}
	for _, tc := range []struct {
		was, want spacesKey
		replaces  bool
	}{{full, read, true}, {read, full, true}, {none, full, true}, {read, none, false}, {full, full, false}} {
		if got := slices.Contains(replacesSpacesKey(tc.was, tc.want), "grant"); got != tc.replaces {
			t.Errorf("from %v to %v: replaced is %t, want %t", tc.was.Grant, tc.want.Grant, got, tc.replaces)
		}
	}
}

func TestSpacesKeyKeepsItsSecretAndOrder(t *testing.T) {
	x := spacesKey{SecretKey: "s", Grant: []spacesGrant{{"b", "read"}, {"a", "read"}}}
	got := &godo.SpacesKey{AccessKey: "DO1", Name: "k", Grants: []*godo.Grant{{Bucket: "a", Permission: "read"}, {Bucket: "b", Permission: "read"}}}
	if err := x.fill(&got); err != nil {
		t.Fatal(err)
	}
	want := spacesKey{ID: "DO1", AccessKey: "DO1", Name: "k", SecretKey: "s", Grant: []spacesGrant{{"b", "read"}, {"a", "read"}}}
	if diff := cmp.Diff(want, x); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !errors.Is(errNoSecret, providers.ErrBroken) {
		t.Error("a key without its secret is not broken")
	}
}
