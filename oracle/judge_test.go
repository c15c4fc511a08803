package oracle

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestDiscoveryFindsFaults shows that the judge of TestGoogleDiscovery is one.
func TestDiscoveryFindsFaults(t *testing.T) {
	d := loadDiscovery(t, "compute/v1/compute-api.json", "storage/v1/storage-api.json")
	disks := "/compute/v1/projects/p/zones/europe-west3-a/disks"
	for name, tc := range map[string]struct {
		method, url, body string
		want              string // part of the only finding; "" for none
	}{
		"a disk":                   {"POST", disks, `{"name": "a", "sizeGb": "10", "labels": {"team": "ml"}}`, ""},
		"a path of nobody":         {"GET", "/b/models", "", "is in no document"},
		"another method":           {"PUT", disks, `{}`, "is in no document"},
		"an unknown parameter":     {"GET", disks + "?max=1", "", "unknown parameter max"},
		"a parameter that is text": {"GET", disks + "?maxResults=many", "", "is no number"},
		"a missing parameter":      {"GET", "/storage/v1/b", "", "parameter project is missing"},
		"an unknown field":         {"POST", disks, `{"size": "10"}`, "body.size is unknown"},
		"a field of another type":  {"POST", disks, `{"sizeGb": true}`, "a boolean, want string"},
		"a number that is none":    {"POST", disks, `{"sizeGb": "10GB"}`, "is no number"},
		"an unknown word":          {"POST", disks, `{"architecture": "VAX"}`, "is none of"},
		"a name with capitals":     {"POST", disks, `{"name": "Data"}`, "does not match"},
		"a deep field":             {"POST", disks, `{"guestOsFeatures": [{"kind": "GVNIC"}]}`, "body.guestOsFeatures[].kind is unknown"},
		"a field for output":       {"POST", disks, `{"selfLink": "x"}`, "body.selfLink is only for output"},
	} {
		got := d.checkRequest(httptest.NewRequest(tc.method, tc.url, nil), []byte(tc.body))
		if tc.want == "" && len(got) == 0 || len(got) == 1 && tc.want != "" && strings.Contains(got[0], tc.want) {
			continue
		}
		slices.Sort(got)
		t.Errorf("%s: found %q, want %q", name, got, tc.want)
	}
	answer := d.checkAnswer(httptest.NewRequest("GET", disks, nil), 200, []byte(`{"items": [{"nmae": "a"}]}`))
	if len(answer) != 1 || !strings.Contains(answer[0], "items[].nmae is unknown") {
		t.Errorf("the answer: found %q", answer)
	}
}
