package main

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/providers/aws"
	awsfake "github.com/mlinfra/mlinfra/providers/aws/fake"
	"github.com/mlinfra/mlinfra/providers/builtin"
	"github.com/mlinfra/mlinfra/providers/digitalocean"
	dofake "github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/google"
	googlefake "github.com/mlinfra/mlinfra/providers/google/fake"
	"github.com/mlinfra/mlinfra/providers/hcloud"
	hcloudfake "github.com/mlinfra/mlinfra/providers/hcloud/fake"
	"github.com/mlinfra/mlinfra/providers/hrobot"
	"github.com/mlinfra/mlinfra/providers/ovh"
	"github.com/mlinfra/mlinfra/providers/server"
	serverfake "github.com/mlinfra/mlinfra/providers/server/fake"
)

// catalog returns the clouds that configurations may name, and what is built in.
func catalog(read builtin.ReadOutputs) config.Catalog {
	cat := config.NewCatalog(builtin.Providers(read)...)
	cat.Add("aws", aws.Provider)
	cat.Add("digitalocean", digitalocean.Provider)
	cat.Add("google", google.Provider)
	cat.Add("hcloud", hcloud.Provider)
	cat.Add("hrobot", hrobot.Provider)
	cat.Add("ovh", ovh.Provider)
	cat.Add("server", server.Provider)
	return cat
}

// fakeOptions are what all fakes understand.
type fakeOptions struct {
	Dir                            string // where the content is kept; "" for memory
	Seed                           uint64
	Latency, Boot, Settle, DBReady time.Duration
	Offline                        bool          // whether accounts have whatever nobody can make
	Token                          string        // the only token or access key that is accepted; "" accepts any
	Release                        time.Duration // see dofake.Options.MemberLag
	SoldOut                        []string      // sizes that are out of stock, by "size" or "size@region"
	Limits                         bool          // whether the API's limits on requests are kept
	NoCredentials                  bool          // whether the token may not see passwords of databases
	ReplicaLag                     time.Duration // how long a new replica of a database is not found
	PerHour                        int           // instead of the API's; 0 means that
	Decide                         func(n int64, r *http.Request) fakecloud.Fault
}

// fakeContent is a cloud in memory.
type fakeContent interface {
	Handler() http.Handler
	Close() error
}

// fakeMaker is how a provider's cloud is faked.
type fakeMaker struct {
	open func(fakeOptions) (fakeContent, error)
	// settings are those of the provider block that reach the fake at url.
	settings func(url string) map[string]cty.Value
	// environ are the variables that lead other clients there.
	environ func(url, token string) [][2]string
	// offline are variables that are set for -offline; getenv are those of the user.
	offline func(getenv func(string) string) map[string]string
}

// fakes returns how each provider's cloud is faked. What is built in needs none.
func fakes() map[string]fakeMaker {
	return map[string]fakeMaker{
		"aws":          {openAWS, awsSettings, awsEnviron, awsOffline},
		"digitalocean": {openDigitalOcean, digitalOceanSettings, digitalOceanEnviron, nothingOffline},
		"google":       {openGoogle, googleSettings, googleEnviron, googleOffline},
		"hcloud":       {openHCloud, hcloudSettings, hcloudEnviron, nothingOffline},
		"server":       {openServer, serverSettings, serverEnviron, nothingOffline},
		"hrobot":       {openHRobot, hRobotSettings, hRobotEnviron, nothingOffline},
		"ovh":          {openOVH, ovhSettings, ovhEnviron, nothingOffline},
	}
}

// noStock returns SoldOut as fakes take it.
func (o fakeOptions) noStock() map[string]bool {
	none := map[string]bool{}
	for _, size := range o.SoldOut {
		none[size] = true
	}
	return none
}

func nothingOffline(func(string) string) map[string]string { return nil }

func openDigitalOcean(o fakeOptions) (fakeContent, error) { return dofake.Open(digitalOceanOptions(o)) }

func digitalOceanOptions(o fakeOptions) dofake.Options {
	opts := dofake.Options{
		Dir: o.Dir, Seed: o.Seed, Latency: o.Latency, Boot: o.Boot, Settle: o.Settle, DBReady: o.DBReady, Token: o.Token, Decide: o.Decide,
		MemberLag:     o.Release,
		NoCredentials: o.NoCredentials, ReplicaLag: o.ReplicaLag,
	}
	opts.NoStock = o.noStock()
	if o.Limits {
		opts.Limits = dofake.RealLimits()
		opts.Limits.PerHour = cmp.Or(o.PerHour, opts.Limits.PerHour)
	}
	return opts
}

func digitalOceanSettings(url string) map[string]cty.Value {
	return map[string]cty.Value{
		"token":             cty.StringVal("offline"),
		"api_endpoint":      cty.StringVal(url),
		"spaces_endpoint":   cty.StringVal(url),
		"spaces_access_id":  cty.StringVal("offline"),
		"spaces_secret_key": cty.StringVal("offline"),
	}
}

func digitalOceanEnviron(url, token string) [][2]string {
	return [][2]string{
		{"DIGITALOCEAN_API_URL", url}, {"DIGITALOCEAN_TOKEN", cmp.Or(token, "fake")},
		{"SPACES_ENDPOINT_URL", url}, {"SPACES_ACCESS_KEY_ID", "fake"}, {"SPACES_SECRET_ACCESS_KEY", "fake"},
	}
}

func openAWS(o fakeOptions) (fakeContent, error) {
	return awsfake.Open(awsfake.Options{
		Dir: o.Dir, Seed: o.Seed, Latency: o.Latency, Boot: o.Boot, Settle: o.Settle, DBReady: o.DBReady, AccessKey: o.Token, Decide: o.Decide,
	})
}

func awsSettings(url string) map[string]cty.Value {
	services := map[string]cty.Value{}
	for _, name := range []string{"ec2", "iam", "rds", "s3", "sts"} {
		services[name] = cty.StringVal(url)
	}
	return map[string]cty.Value{
		"access_key": cty.StringVal("AKIAOFFLINE"), "secret_key": cty.StringVal("offline"),
		"token": cty.NullVal(cty.String), "profile": cty.NullVal(cty.String),
		"endpoints": cty.ListVal([]cty.Value{cty.ObjectVal(services)}),
		// The fake has one account, with all rights.
		"allowed_account_ids": cty.NullVal(cty.Set(cty.String)), "forbidden_account_ids": cty.NullVal(cty.Set(cty.String)),
	}
}

func awsEnviron(url, token string) [][2]string {
	return [][2]string{
		{"AWS_ENDPOINT_URL", url}, {"AWS_ACCESS_KEY_ID", cmp.Or(token, "AKIAFAKE")}, {"AWS_SECRET_ACCESS_KEY", "fake"}, {"AWS_REGION", "us-east-1"},
	}
}

// awsOffline gives a region where only a profile names one.
func awsOffline(getenv func(string) string) map[string]string {
	return map[string]string{"AWS_REGION": cmp.Or(getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"), "us-east-1")}
}

func openGoogle(o fakeOptions) (fakeContent, error) {
	return googlefake.Open(googlefake.Options{
		Dir: o.Dir, Seed: o.Seed, Latency: o.Latency, Boot: o.Boot, Settle: o.Settle, DBReady: o.DBReady, Token: o.Token, Decide: o.Decide,
		AnyProject: true,
	})
}

func googleSettings(url string) map[string]cty.Value {
	settings := map[string]cty.Value{
		"access_token": cty.StringVal("offline"), "credentials": cty.NullVal(cty.String), "impersonate_service_account": cty.NullVal(cty.String),
	}
	for _, name := range []string{"compute", "storage", "sql", "iam", "resource_manager"} {
		settings[name+"_custom_endpoint"] = cty.StringVal(url)
	}
	return settings
}

func googleEnviron(url, token string) [][2]string {
	vars := [][2]string{{"GOOGLE_OAUTH_ACCESS_TOKEN", cmp.Or(token, "fake")}, {"GOOGLE_PROJECT", "offline"}}
	for _, name := range []string{"COMPUTE", "STORAGE", "SQL", "IAM", "RESOURCE_MANAGER"} {
		vars = append(vars, [2]string{"GOOGLE_" + name + "_CUSTOM_ENDPOINT", url})
	}
	return vars
}

func openServer(o fakeOptions) (fakeContent, error) {
	return serverfake.Open(serverfake.Options{Dir: o.Dir, Decide: o.Decide, Volume: func(id string) string { return volumeHolds(o.Dir, id) }})
}

func serverSettings(url string) map[string]cty.Value {
	return map[string]cty.Value{
		"proxy": cty.StringVal(url), "host_authorities": cty.SetVal([]cty.Value{cty.StringVal(serverfake.Authority())}),
		"private_key": cty.NullVal(cty.String), "private_key_file": cty.NullVal(cty.String), "known_hosts": cty.NullVal(cty.String),
	}
}

func serverEnviron(url, _ string) [][2]string { return [][2]string{{"MLINFRA_SERVER_PROXY", url}} }

// googleOffline keeps where the user works, and gives a project to who has none.
func googleOffline(getenv func(string) string) map[string]string {
	vars := map[string]string{"GOOGLE_PROJECT": "offline"}
	for _, name := range []string{
		"GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT",
		"GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION", "GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE",
	} {
		if v := getenv(name); v != "" {
			vars[name] = v
		}
	}
	return vars
}

func openHCloud(o fakeOptions) (fakeContent, error) {
	opts := hcloudfake.Options{
		Dir: o.Dir, Seed: o.Seed, Latency: o.Latency, Boot: o.Boot, Settle: o.Settle, Token: o.Token, Decide: o.Decide, NoStock: o.noStock(),
	}
	if o.Limits {
		opts.PerHour = cmp.Or(o.PerHour, hcloudfake.RealPerHour)
	}
	return hcloudfake.Open(opts)
}

func hcloudSettings(url string) map[string]cty.Value {
	return map[string]cty.Value{"token": cty.StringVal("offline"), "endpoint": cty.StringVal(url + "/v1")}
}

func hcloudEnviron(url, token string) [][2]string {
	return [][2]string{{"HCLOUD_ENDPOINT", url + "/v1"}, {"HCLOUD_TOKEN", cmp.Or(token, "fake")}}
}

// fakeCloud is a fake, served on loopback for -offline.
type fakeCloud struct {
	fakeContent
	server   *http.Server
	settings map[string]cty.Value
	environ  map[string]string
}

// startFake serves the fake of a provider, its content kept in dir, on a port
// of its own. It behaves like the cloud and does not make people wait for it.
func (a *app) startFake(provider, dir string) (*fakeCloud, error) {
	maker, ok := a.fakes[provider]
	if !ok {
		return nil, fmt.Errorf("no fake cloud for provider %s", provider)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	content, err := maker.open(fakeOptions{Dir: dir, Offline: true, Boot: 50 * time.Millisecond, Settle: 50 * time.Millisecond, DBReady: 100 * time.Millisecond})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &fakeCloud{
		fakeContent: content,
		server:      &http.Server{Handler: content.Handler(), ReadHeaderTimeout: time.Minute},
		settings:    maker.settings("http://" + l.Addr().String()), environ: maker.offline(a.getenv),
	}
	go func() { _ = f.server.Serve(l) }() // ends with Close
	return f, nil
}

// Close stops serving.
func (f *fakeCloud) Close() {
	_ = f.server.Close()
	_ = f.fakeContent.Close()
}
