package google

import (
	"context"
	"testing"

	"github.com/mlinfra/mlinfra/providers/google/fake"
)

func TestImageLink(t *testing.T) {
	const bookworm = "projects/debian-cloud/global/images/debian-12-bookworm-v20261014"
	c := testClient(t, fake.Options{})
	for ref, want := range map[string]string{
		"https://www.googleapis.com/compute/v1/" + bookworm: bookworm,
		bookworm: bookworm,
		"projects/debian-cloud/global/images/family/debian-12": "projects/debian-cloud/global/images/family/debian-12",
		"debian-cloud/debian-12":                               "projects/debian-cloud/global/images/family/debian-12",
		"debian-cloud/debian-12-bookworm-v20261014":            bookworm,
		"debian/debian-12":                                     "projects/debian-cloud/global/images/family/debian-12",
		"debian-12":                                            "projects/debian-cloud/global/images/family/debian-12",
		"family/debian-12":                                     "projects/debian-cloud/global/images/family/debian-12",
		"rocky-linux-9":                                        "projects/rocky-linux-cloud/global/images/family/rocky-linux-9",
		"global/images/trainer":                                "projects/offline/global/images/trainer",
		"global/images/family/trainer":                         "",
		"offline/trainer":                                      "",
		"trainer":                                              "",
		"":                                                     "",
	} {
		got, err := c.imageLink(context.Background(), "offline", ref)
		if got != want || (err == nil) != (want != "" || ref == "") {
			t.Errorf("%q: got %q, %v; want %q", ref, got, err, want)
		}
	}
}

func TestSameImage(t *testing.T) {
	const url = "https://www.googleapis.com/compute/v1/projects/"
	for _, tc := range []struct {
		was, now string
		want     bool
	}{
		{"debian-cloud/debian-12", "projects/debian-cloud/global/images/family/debian-12", true},
		{"debian-cloud/debian-12", "debian-12", true},
		{"debian-cloud/debian-12", "debian-cloud/debian-13", false},
		{"debian-cloud/debian-12", "ubuntu-os-cloud/debian-12", false},
		{"debian-cloud/debian-12", "debian-cloud/debian-12-bookworm-v20261014", false},
		{"global/images/family/trainer", "global/images/trainer", false},
		{"projects/p/global/images/trainer", "p/trainer", true},
		{url + "debian-cloud/global/images/debian-12-bookworm-v20261014", "debian-cloud/debian-12", true},
		{url + "debian-cloud/global/images/debian-12-bookworm-v20261014", "debian-cloud/debian-12-arm64", false},
		{url + "debian-cloud/global/images/debian-12-bookworm-arm64-v20261014", "debian-cloud/debian-12-arm64", true},
		{url + "debian-cloud/global/images/debian-12-bookworm-arm64-v20261014", "debian-cloud/debian-12", false},
		{url + "debian-cloud/global/images/debian-12-bookworm-v20261014", "debian-cloud/debian-12-bookworm-v20260812", false},
		{url + "ubuntu-os-cloud/global/images/ubuntu-2204-jammy-v20261014", "ubuntu-os-cloud/ubuntu-2204-lts", true},
		{url + "ubuntu-os-cloud/global/images/ubuntu-2404-noble-amd64-v20261014", "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64", true},
		{url + "cos-cloud/global/images/cos-121-18867-294-v20261014", "cos-cloud/cos-121-lts", true},
		{url + "p/global/images/trainer-2", "p/trainer", false},
	} {
		if got := sameImage(tc.was, tc.now); got != tc.want {
			t.Errorf("%q and %q: got %t, want %t", tc.was, tc.now, got, tc.want)
		}
	}
}
