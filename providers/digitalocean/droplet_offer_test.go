package digitalocean

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

func TestOffered(t *testing.T) {
	h100 := []gpuInfo{{Count: 1, Model: "h100", SupportedPartitionModes: []string{"A"}}}
	all := []size{
		{Slug: "c-2", VCPUs: 2, PriceMonthly: 42, Available: true, Regions: []string{"fra1", "nyc1", "nyc3"}},
		{Slug: "s-2", VCPUs: 2, PriceMonthly: 18, Available: true, Regions: []string{"ams3", "fra1"}},
		{Slug: "g-2", VCPUs: 2, PriceMonthly: 63, Available: true, Regions: []string{"ams3"}},
		{Slug: "old-2", VCPUs: 2, PriceMonthly: 5, Regions: []string{"ams3"}},
		{Slug: "gpu-1", VCPUs: 2, PriceMonthly: 2500, Available: true, Regions: []string{"tor1"}, GPUInfo: h100},
		{Slug: "gpu-8", VCPUs: 160, PriceMonthly: 17000, Available: true, Regions: []string{"ams3"}, GPUInfo: h100},
	}
	for name, tc := range map[string]struct{ slug, region, want string }{
		"offered":                    {"c-2", "fra1", ""},
		"offered in one of a prefix": {"c-2", "nyc", ""},
		"wherever there is room":     {"c-2", "", ""},
		"not listed":                 {"m-2", "fra1", ""},
		"not there":                  {"c-2", "ams3", "c-2 is offered in fra1, nyc1, nyc3; ams3 has with 2 dedicated vCPUs: g-2 (63 USD a month)"},
		"a GPU elsewhere":            {"gpu-1", "ams3", "gpu-1 is offered in tor1; ams3 has with GPU h100: gpu-8 (17000 USD a month)"},
		"a GPU nowhere near":         {"gpu-1", "fra1", "fra1 has no other size with GPU h100"},
		"a region that there is not": {"c-2", "fra2", `region "fra2" is not there. Did you mean "fra1"? There are ams3, fra1, nyc1, nyc3, tor1`},
		"not available":              {"old-2", "ams3", "not available at present"},
	} {
		checkError(t, name, offered(all, tc.slug, tc.region), tc.want)
	}
	for name, tc := range map[string]struct{ slug, mode, want string }{
		"none":        {"c-2", "", ""},
		"its own":     {"gpu-1", "A", ""},
		"another one": {"gpu-1", "B", "those of size gpu-1: A"},
		"no GPU":      {"c-2", "A", "cannot split"},
		"not listed":  {"gpu-9", "A", ""},
	} {
		checkError(t, name, checkPartition(all, droplet{Size: tc.slug, GPUPartitionMode: tc.mode}), tc.want)
	}
}

// TestForesight plans against lists that cannot be had, and changes of old
// droplets.
func TestForesight(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	gpu := droplet{Size: "gpu-h100x1-80gb", Region: "fra1"}
	checkError(t, "a new droplet", foreseeDroplet(ctx, c, nil, gpu), "not offered in fra1")
	checkError(t, "as it is", foreseeDroplet(ctx, c, &gpu, gpu), "")
	was := droplet{Size: "s-2vcpu-2gb", Region: "fra1", Disk: 60}
	checkError(t, "a smaller disk", foreseeDroplet(ctx, c, &was, droplet{Size: "s-1vcpu-1gb", Region: "fra1"}), "cannot shrink")
	checkError(t, "a larger size", foreseeDroplet(ctx, c, &was, droplet{Size: "s-4vcpu-8gb", Region: "fra1"}), "")

	pool := dropletAutoscale{DropletTemplate: []poolTemplate{{Size: "gpu-h100x1-80gb", Region: "fra1"}}}
	checkError(t, "a new pool", foreseeDropletAutoscale(ctx, c, nil, pool), "not offered in fra1")
	checkError(t, "a pool as it is", foreseeDropletAutoscale(ctx, c, &pool, pool), "")
	moved := dropletAutoscale{DropletTemplate: []poolTemplate{{Size: "gpu-h100x1-80gb", Region: "tor1"}}}
	checkError(t, "a pool that moves", foreseeDropletAutoscale(ctx, c, &pool, moved), "")

	for _, status := range []int{http.StatusForbidden, http.StatusNotFound} { // without the scope; nobody there
		deaf := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
		}))
		checkError(t, http.StatusText(status), foreseeDroplet(ctx, deaf, nil, gpu), "")
	}
}

func TestRefusedSizeIsAdvised(t *testing.T) {
	c := clientOf(t, fake.New(fake.Options{NoStock: map[string]bool{"gpu-h100x1-80gb@tor1": true}}).Handler())
	x := droplet{Name: "gpu", Region: "tor1", Size: "gpu-h100x1-80gb", Image: "gpu-h100x1-base"}
	err := createDroplet(t.Context(), c, &x, providers.Attempt{})
	checkError(t, "sold out", err, "gpu-h100x1-80gb is offered in ams3, nyc2; tor1 has with GPU nvidia_h100: gpu-h100x8-640gb")
	if v := classify(err); v.Kind != providers.Fatal {
		t.Errorf("the refusal is %v, want it to be final", v.Kind)
	}
	x.Region, x.Image = "ams3", "windows"
	if err := createDroplet(t.Context(), c, &x, providers.Attempt{}); err == nil || strings.Contains(err.Error(), "offered") {
		t.Errorf("an unknown image: %v, want a refusal without sizes", err)
	}
}

func clientOf(t *testing.T, h http.Handler) *client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := connect(t.Context(), settings{Token: "t", APIEndpoint: server.URL, SpacesEndpoint: server.URL, SpacesAccessID: "id", SpacesSecretKey: "secret"}, providers.Env{
		Getenv: func(string) string { return "" }, Transport: http.DefaultTransport, Pace: func(float64) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
