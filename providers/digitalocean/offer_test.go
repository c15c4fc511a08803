package digitalocean

import (
	"net/http"
	"slices"
	"testing"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

// TestForeseenImages plans droplets from images that there are, and are not.
func TestForeseenImages(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	mine := customImage{Name: "base", URL: "https://example.com/base.qcow2", Regions: []string{"nyc3"}, Distribution: "Ubuntu"}
	if err := createCustomImage(ctx, c, &mine, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	with := func(image string) droplet { return droplet{Size: "s-1vcpu-1gb", Region: "fra1", Image: image} }
	for image, want := range map[string]string{
		"ubuntu-24-04-x64": "",
		"":                 "",
		"155133621":        "",
		"ubuntu-24-04":     `no image "ubuntu-24-04". Did you mean "ubuntu-24-04-x64"?`,
		"windows":          "digitalocean_images lists all",
		"12":               "no image 12 in this account",
		mine.ID:            "is not in fra1, only in nyc3: transfer it",
		"gpu-h100x1-base":  "needs a disk of 40 GB and the size has one of 25 GB",
	} {
		checkError(t, image, foreseeDroplet(ctx, c, nil, with(image)), want)
	}
	was := with("gone")
	was.Disk = 25
	want := was
	want.Size = "s-2vcpu-2gb"
	checkError(t, "of a droplet that is there", foreseeDroplet(ctx, c, &was, want), "")
	pool := dropletAutoscale{DropletTemplate: []poolTemplate{{Size: "s-1vcpu-1gb", Region: "fra1", Image: "ubuntu"}}}
	checkError(t, "of a pool", foreseeDropletAutoscale(ctx, c, nil, pool), `no image "ubuntu"`)

	deaf := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
	}))
	checkError(t, "without the scope", foreseeImage(ctx, deaf, with("ubuntu"), 0), "")

	x := droplet{Name: "w", Region: "fra1", Size: "s-1vcpu-1gb", Image: "debian-12"}
	checkError(t, "refused by the API", createDroplet(ctx, c, &x, providers.Attempt{}), `Did you mean "debian-12-x64"?`)
	x.Image, x.Size = "debian-12-x64", "s-1vcpu-1g"
	checkError(t, "size refused by the API", createDroplet(ctx, c, &x, providers.Attempt{}), `Did you mean "s-1vcpu-1gb"?`)
}

func TestForeseenDatabases(t *testing.T) {
	ctx, c := t.Context(), fakeClient(t)
	good := databaseCluster{Engine: "pg", Version: "16", Size: "db-s-1vcpu-1gb", Region: "fra1", NodeCount: 1}
	for want, change := range map[string]func(*databaseCluster){
		"":                                   func(*databaseCluster) {},
		`version "9" of pg is not offered: `: func(x *databaseCluster) { x.Version = "9" },
		`Did you mean "fra1"?`:               func(x *databaseCluster) { x.Region = "fra" },
		`with 1 node. Did you mean "db-s-1vcpu-1gb"?`: func(x *databaseCluster) { x.Size = "db-s-1vcpu-1g" },
		`for pg with 3 nodes`:                         func(x *databaseCluster) { x.NodeCount, x.Size = 3, "db-s-1vcpu-1gb" },
	} {
		x := good
		change(&x)
		checkError(t, want, foreseeDatabaseCluster(ctx, c, nil, x), want)
	}
	restored := good
	restored.Version, restored.BackupRestore = "9", []backupRestore{{DatabaseName: "other"}}
	checkError(t, "restored", foreseeDatabaseCluster(ctx, c, nil, restored), "")
	old := good
	old.Version, old.Size = "9", "db-s-old"
	checkError(t, "as it is", foreseeDatabaseCluster(ctx, c, &old, old), "")
	unknown := good
	unknown.Engine = "sqlite"
	checkError(t, "an engine that is not listed", foreseeDatabaseCluster(ctx, c, nil, unknown), "")

	o := databaseOffer{"mysql", godo.DatabaseEngineOptions{Versions: []string{"8"}}}
	if !o.has("8.0") || o.has("80") {
		t.Error("8.0 is one of 8, and 80 is not")
	}
	if got := shortened(slices.Repeat([]string{"a"}, 14)); got != "a, a, a, a, a, a, a, a, a, a, a, a and 2 more" {
		t.Errorf("shortened to %q", got)
	}
}

func TestForeseenClusters(t *testing.T) {
	ctx := t.Context()
	cloud := fake.New(fake.Options{})
	c := clientOf(t, cloud.Handler())
	x := kubernetesCluster{Name: "ml", Region: "fra1", Version: "1.33.4-do.2", NodePool: []clusterPool{{Name: "a", Size: "s-2vcpu-4gb", nodePool: nodePool{NodeCount: 1}}}}
	for version, want := range map[string]string{
		"1.33.4-do.2": "", "1.33": "", "latest": "", "": "",
		"1.20": `version "1.20" is not offered for new clusters: there is 1.34.1-do.1, `, "1.33.4": "a minor one of these such as \"1.34\"",
	} {
		y := x
		y.Version = version
		checkError(t, version, foreseeKubernetesCluster(ctx, c, nil, y), want)
	}
	away := x
	away.Region = "fra2"
	checkError(t, "region", foreseeKubernetesCluster(ctx, c, nil, away), `Did you mean "fra1"?`)

	if err := createKubernetesCluster(ctx, c, &x, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{
		"1.33.4-do.2": "", "1.34": "", "1.33": "", "1.36": "one step goes to 1.34.1-do.1, 1.33.6-do.0",
	} {
		y := x
		y.Version = version
		checkError(t, "from 1.33.4 to "+version, foreseeKubernetesCluster(ctx, c, &x, y), want)
	}
}
