package google

import (
	"strings"
	"testing"
)

func TestImportPath(t *testing.T) {
	const disk, network, sql = "projects/PROJECT/zones/ZONE/disks/NAME", "projects/PROJECT/global/networks/NAME", "projects/PROJECT/instances/INSTANCE/databases/NAME"
	for _, tt := range []struct {
		pattern, id string
		needed      int
		want        string // "" for an error
	}{
		{disk, "projects/p/zones/z/disks/d", 1, "projects/p/zones/z/disks/d"},
		{disk, "https://www.googleapis.com/compute/v1/projects/p/zones/z/disks/d", 1, "projects/p/zones/z/disks/d"},
		{disk, "p/z/d", 1, "projects/p/zones/z/disks/d"},
		{disk, "z/d", 1, "projects//zones/z/disks/d"},
		{disk, "d", 1, "projects//zones//disks/d"},
		{network, "p/n", 1, "projects/p/global/networks/n"},
		{network, "n", 1, "projects//global/networks/n"},
		{sql, "i/n", 2, "projects//instances/i/databases/n"},
		{sql, "n", 2, ""},
		{disk, "", 1, ""},
		{disk, "p/z/", 1, ""},
		{disk, "o/p/z/d", 1, ""},
		{disk, "projects/p/zones/z/instances/d", 1, ""},
		{disk, "projects/p/d", 1, ""},
	} {
		got, err := importPath(tt.pattern, tt.id, tt.needed)
		if (err == nil) != (tt.want != "") || (err == nil && got != tt.want) {
			t.Errorf("import of %q: %q, %v; want %q", tt.id, got, err, tt.want)
		}
		if err != nil && !strings.Contains(err.Error(), tt.pattern) {
			t.Errorf("import of %q: %q does not name the format", tt.id, err)
		}
	}
}

func TestLocate(t *testing.T) {
	c := &client{settings: settings{Project: "p", Region: "r"}}
	for id, want := range map[string]string{
		"projects//regions//routers/n":   "projects/p/regions/r/routers/n",
		"projects/o/regions//routers/n":  "projects/o/regions/r/routers/n",
		"projects/o/regions/s/routers/n": "projects/o/regions/s/routers/n",
		"projects//zones//disks/n":       "", // the provider has no zone
	} {
		got := id
		if err := c.locate(&got); (err == nil) != (want != "") || (err == nil && got != want) {
			t.Errorf("%s becomes %s, %v; want %q", id, got, err, want)
		}
	}
}

func TestImportGrant(t *testing.T) {
	of, g, err := importGrant("ml roles/viewer user:ada@example.com until next year")
	if err != nil || of != "ml" || g.role != "roles/viewer" || g.member != "user:ada@example.com" || len(g.condition) != 1 || g.condition[0].Title != "until next year" {
		t.Errorf("read as %q, %+v, %v", of, g, err)
	}
	for _, id := range []string{"", "ml roles/viewer", "ml  user:ada@example.com", "ml/roles/viewer/user:ada@example.com"} {
		if _, _, err := importGrant(id); err == nil {
			t.Errorf("%q is taken", id)
		}
	}
}
