package digitalocean

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/digitalocean/godo"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
)

// choices are the words that a field takes, by its name in HCL.
var choices = map[string][]string{
	"region": appRegions, "scope": envScopes, "type": {"", "GENERAL", "SECRET"}, "registry_type": imageHosts,
	"kind": jobKinds, "engine": appEngines[1:], "tag": {"", "latest", "1.0"}, "source_dir": {"", "/", "api"},
	"index_document": {"", "index.html", "home.html"}, "operator": limitSigns, "window": limitWindows, "index_name": {"", "logs", "ml"},
	"path": {"/", "/v1"}, "endpoint": {"https://logs.example.com"},
}

// specMaker makes random specs that the API takes.
type specMaker struct {
	*rand.Rand
	names int
}

// fill sets about half of what may be absent in x, a struct.
func (m *specMaker) fill(x reflect.Value) {
	for _, a := range providers.Fields(x.Type()) {
		f, name, is := x.FieldByIndex(a.Index), a.Attr, a.Tag.Get("is")
		if !strings.HasPrefix(is, "required") && name != "key" && m.IntN(2) == 0 {
			if _, usual, ok := strings.Cut(is, "else="); ok && f.Kind() == reflect.String {
				f.SetString(usual)
			} else if name == "redirect_code" {
				f.SetInt(302)
			}
			continue
		}
		switch f.Kind() {
		case reflect.String:
			f.SetString(m.word(name))
		case reflect.Bool:
			f.SetBool(m.IntN(2) == 0)
		case reflect.Int:
			f.SetInt(int64(1 + m.IntN(12)))
			if name == "redirect_code" {
				f.SetInt(301)
			}
		case reflect.Float64:
			f.SetFloat(float64(m.IntN(1000)) / 10)
		case reflect.Slice:
			m.list(f, name, strings.Contains(is, "max=1"))
		}
	}
}

func (m *specMaker) word(name string) string {
	m.names++
	switch {
	case choices[name] != nil:
		return choices[name][m.IntN(len(choices[name]))]
	case name == "key":
		return fmt.Sprintf("KEY_%d", m.names)
	}
	return fmt.Sprintf("n%d", m.names)
}

func (m *specMaker) list(f reflect.Value, name string, single bool) {
	n := 1 + m.IntN(3)
	if single {
		n = 1
	}
	for i := range n {
		item := reflect.New(f.Type().Elem()).Elem()
		switch item.Kind() {
		case reflect.Struct:
			m.fill(item)
		case reflect.Int:
			item.SetInt(int64(9000 + i))
		default:
			item.SetString(m.word(name))
		}
		f.Set(reflect.Append(f, item))
	}
}

// spec returns a spec: what excludes each other, and what needs more of an account,
// is mended.
func (m *specMaker) spec() appSpec {
	var x appSpec
	m.fill(reflect.ValueOf(&x).Elem())
	x.VPC, x.Domains, x.Ingress = nil, nil, nil
	for i := range x.Egress {
		x.Egress[i].Type = egressTypes[m.IntN(3)]
	}
	x.Alert = nil
	for _, rule := range appRules[:m.IntN(3)] {
		x.Alert = append(x.Alert, appAlert{Rule: rule, Disabled: m.IntN(2) == 0})
	}
	for i := range x.Domain {
		x.Domain[i] = appDomain{Name: fmt.Sprintf("d%d.example.com", i), Wildcard: m.IntN(2) == 0}
	}
	for i := range x.Database {
		x.Database[i].Name, x.Database[i].Production = m.word("name"), false
	}
	for i := range x.Service {
		s := &x.Service[i]
		m.mend(&s.Git, &s.GitHub, &s.GitLab, &s.Bitbucket, &s.Image, &s.Alert)
		m.mendScale(&s.InstanceCount, &s.Autoscaling)
	}
	for i := range x.Worker {
		w := &x.Worker[i]
		m.mend(&w.Git, &w.GitHub, &w.GitLab, &w.Bitbucket, &w.Image, &w.Alert)
		m.mendScale(&w.InstanceCount, &w.Autoscaling)
	}
	for i := range x.Job {
		j := &x.Job[i]
		m.mend(&j.Git, &j.GitHub, &j.GitLab, &j.Bitbucket, &j.Image, &j.Alert)
	}
	for i := range x.StaticSite {
		s := &x.StaticSite[i]
		m.mend(&s.Git, &s.GitHub, &s.GitLab, &s.Bitbucket, nil, nil)
	}
	for i := range x.Function {
		f := &x.Function[i]
		m.mend(&f.Git, &f.GitHub, &f.GitLab, &f.Bitbucket, nil, &f.Alert)
	}
	if len(x.parts()) == 0 {
		x.Worker = []appWorker{{appProgram: programOf(m.word("name"))}}
	}
	if served := append(append([]appService{}, x.Service...), appService{}); m.IntN(2) == 0 && served[0].Name != "" {
		x.Ingress = one[appIngress]{{Rule: []appRule{{Component: one[appTarget]{{Name: served[0].Name}}}}}}
	}
	return x
}

func (m *specMaker) mend(git *one[appGit], hub, lab, bucket *one[appRepo], image *one[appImage], limits *[]appLimit) {
	*git, *hub, *lab, *bucket = nil, nil, nil, nil
	if image != nil && len(*image) > 0 {
		i := &(*image)[0]
		if i.Digest != "" {
			i.Tag = ""
		}
		if i.RegistryType == "DOCR" {
			i.Registry = ""
		}
	} else {
		repo := appRepo{Repo: "a/b", Branch: "main", DeployOnPush: m.IntN(2) == 0}
		switch m.IntN(4) {
		case 0:
			*git = one[appGit]{{RepoCloneURL: "https://example.com/a.git"}}
		case 1:
			*hub = one[appRepo]{repo}
		case 2:
			*lab = one[appRepo]{repo}
		case 3:
			*bucket = one[appRepo]{repo}
		}
	}
	if limits == nil {
		return
	}
	for i := range *limits {
		(*limits)[i].Rule, (*limits)[i].Destinations = limitRules[i], nil
	}
}

func (m *specMaker) mendScale(count *int, scaling *one[appAutoscaling]) {
	if len(*scaling) > 0 {
		*count = 0
		(*scaling)[0].MinInstanceCount, (*scaling)[0].MaxInstanceCount = 1, 2+m.IntN(5)
	}
}

// What is read back of a spec that was written plans nothing: all that the
// configuration says is there in its own words, whatever the API fills in, sorts,
// leaves out or seals; so it is read again, and after an import.
func TestWhatIsReadBackPlansNothing(t *testing.T) {
	for seed := range uint64(60) {
		readBack(t, seed)
	}
}

func FuzzWhatIsReadBackPlansNothing(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(readBack)
}

func readBack(t *testing.T, seed uint64) {
	p := newPlatform(t, fake.Options{Seed: seed})
	ctx := t.Context()
	m := &specMaker{Rand: rand.New(rand.NewPCG(seed, 1))}
	want := app{Spec: []appSpec{m.spec()}}
	asked := fmt.Sprintf("seed %d: %s", seed, must(json.Marshal(want.Spec[0])))
	if err := checkApp(nil, want); err != nil {
		t.Fatalf("%s: %v", asked, err)
	}
	made := app{Spec: []appSpec{want.Spec[0]}}
	if err := createApp(ctx, p.client, &made, providers.Attempt{}); err != nil {
		t.Fatalf("%s: %v", asked, err)
	}
	spellApp(want, &made)
	read := made
	if err := readApp(ctx, p.client, &read); err != nil {
		t.Fatalf("%s: %v", asked, err)
	}
	spellApp(made, &read)
	imported := app{ID: made.ID}
	if err := readApp(ctx, p.client, &imported); err != nil {
		t.Fatalf("%s: %v", asked, err)
	}
	sealed := app{Spec: []appSpec{*must(imported.Spec[0].clone())}, SealedValues: imported.SealedValues}
	spellApp(read, &sealed)
	for name, got := range map[string]app{"after the create": made, "read again": read, "imported": sealed} {
		g := must(got.Spec[0].clone())
		w := must(want.Spec[0].clone())
		spellSpec(w, g)
		leaveOpen(reflect.ValueOf(w).Elem(), reflect.ValueOf(g).Elem())
		sortSets(reflect.ValueOf(w).Elem())
		sortSets(reflect.ValueOf(g).Elem())
		if diff := cmp.Diff(w, g, cmpopts.EquateEmpty(), appParts); diff != "" {
			t.Fatalf("%s\n%s (-want +got):\n%s", asked, name, diff)
		}
	}
	if diff := cmp.Diff(made.Spec, read.Spec, cmpopts.EquateEmpty(), appParts); diff != "" {
		t.Fatalf("%s\nread again it is another (-first +second):\n%s", asked, diff)
	}
	// And an update that changes nothing sends nothing.
	before := p.cloud.Counts()["PUT /v2/apps/{id}"]
	again := app{Spec: []appSpec{want.Spec[0]}}
	if err := updateApp(ctx, p.client, read, &again); err != nil {
		t.Fatalf("%s: %v", asked, err)
	}
	if n := p.cloud.Counts()["PUT /v2/apps/{id}"] - before; n != 0 {
		t.Fatalf("%s\n%d specs sent that change nothing", asked, n)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The client library knows every field of a spec by the same name.
func TestGodoKnowsTheSpec(t *testing.T) {
	for seed := range uint64(50) {
		var x appSpec
		m := &specMaker{Rand: rand.New(rand.NewPCG(seed, 2))}
		m.fill(reflect.ValueOf(&x).Elem())
		x.Domains = nil
		before := must(json.Marshal(x))
		var got appSpec
		if err := json.Unmarshal(must(json.Marshal(must(x.godo()))), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(before), string(must(json.Marshal(got)))); diff != "" {
			t.Fatalf("seed %d (-ours +by way of godo):\n%s", seed, diff)
		}
	}
}

// A block of nothing but what is usual says as much as none.
func TestUsualBlocks(t *testing.T) {
	check := func(period int) *appSpec {
		return &appSpec{Service: []appService{{appProgram: programOf("api"), HealthCheck: one[appHealthCheck]{{PeriodSeconds: period, FailureThreshold: 9}}}}}
	}
	none := func() *appSpec { return &appSpec{Service: []appService{{appProgram: programOf("api")}}} }
	for name, tc := range map[string]struct{ was, x, want *appSpec }{
		"the API fills it in":        {none(), check(10), none()},
		"the configuration says it":  {check(10), none(), check(10)},
		"it says something else":     {none(), check(5), check(5)},
		"it no longer says anything": {check(5), none(), none()},
	} {
		spellSpec(tc.was, tc.x)
		if diff := cmp.Diff(tc.want, tc.x, cmpopts.EquateEmpty(), appParts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDomainsTakeThePlaceOfDomain(t *testing.T) {
	was := app{Spec: []appSpec{{Name: "ml-api", Domain: []appDomain{{Name: "a.de", Type: "PRIMARY"}}}}}
	x := app{Spec: []appSpec{{Name: "ml-api", Domain: []appDomain{{Name: "a.de", Type: "PRIMARY"}}, Domains: []string{"a.de", "b.de"}}}}
	if spellApp(was, &x); len(x.Spec[0].Domain) != 0 {
		t.Errorf("domain %v stays beside domains", x.Spec[0].Domain)
	}
	got, err := x.Spec[0].godo()
	if err != nil || len(got.Domains) != 2 {
		t.Errorf("domains %v, %v", got.Domains, err)
	}
}

// appParts lets cmp look into what components embed.
var appParts = cmp.AllowUnexported(appService{}, appSite{}, appWorker{}, appJob{}, appFunction{}, appProgram{})

// programOf returns a program that is built from a repository.
func programOf(name string, env ...appEnv) appProgram {
	return appProgram{appComponent: appComponent{Name: name, Git: one[appGit]{{Branch: "main"}}}, Env: env}
}

func secretApp(value string) app {
	return app{Spec: []appSpec{{Name: "ml-api", Worker: []appWorker{{appProgram: programOf("wk",
		appEnv{Key: "TOKEN", Value: value, Scope: "RUN_TIME", Type: "SECRET"}, appEnv{Key: "MODE", Value: "fast", Scope: "RUN_TIME"})}}}}}
}

func secretOf(x app) (value string) {
	x.Spec[0].eachSecret(func(_ string, v *string) { value = *v })
	return value
}

// A secret is what was written as long as the API shows the seal that it then had.
func TestSecretsOfAnApp(t *testing.T) {
	p := newPlatform(t, fake.Options{})
	ctx := t.Context()
	have := secretApp("hush")
	want := secretApp("hush")
	if err := createApp(ctx, p.client, &have, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	if got := secretOf(have); !strings.HasPrefix(got, sealedPrefix) {
		t.Errorf("the API shows the secret %q", got)
	}
	spellApp(want, &have)
	if got := secretOf(have); got != "hush" {
		t.Errorf("the secret is %q", got)
	}
	sealed := have.SealedValues["wk/TOKEN"]

	// A change of something else leaves the seal alone.
	want = secretApp("hush")
	want.Spec[0].Worker[0].RunCommand = "run"
	if err := updateApp(ctx, p.client, have, &want); err != nil || want.SealedValues["wk/TOKEN"] != sealed {
		t.Errorf("seal %q after %q, %v", want.SealedValues["wk/TOKEN"], sealed, err)
	}
	spellApp(have, &want)
	have = want

	// A change of the secret does not, and is sent once.
	want = secretApp("louder")
	for range 2 {
		x := want
		if err := updateApp(ctx, p.client, have, &x); err != nil || x.SealedValues["wk/TOKEN"] == sealed {
			t.Errorf("the seal stays, %v", err)
		}
	}
	if n := p.cloud.Counts()["PUT /v2/apps/{id}"]; n != 2 {
		t.Errorf("%d specs sent, want 2", n)
	}
	if err := updateApp(ctx, p.client, have, &want); err != nil {
		t.Fatal(err)
	}
	have = want
	spellApp(secretApp("louder"), &have)

	// Somebody else's change is seen, and put back.
	if err := updateApp(ctx, p.client, have, new(secretApp("theirs"))); err != nil {
		t.Fatal(err)
	}
	seen := have
	if err := readApp(ctx, p.client, &seen); err != nil {
		t.Fatal(err)
	}
	spellApp(have, &seen)
	if got := secretOf(seen); !strings.HasPrefix(got, sealedPrefix) {
		t.Errorf("a secret that somebody has changed is %q", got)
	}
	back := secretApp("louder")
	if err := updateApp(ctx, p.client, seen, &back); err != nil || back.SealedValues["wk/TOKEN"] == seen.SealedValues["wk/TOKEN"] {
		t.Errorf("it is not put back: %v", err)
	}
}

func TestFailedDeploymentSaysWhere(t *testing.T) {
	p := newPlatform(t, fake.Options{Boot: 4 * time.Minute})
	ctx := t.Context()
	x := secretApp("hush")
	x.Spec[0].Worker[0].Git[0].Branch = "missing"
	if err := createApp(ctx, p.client, &x, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	if err := readApp(ctx, p.client, &x); !errors.Is(err, providers.ErrNotReady) {
		t.Errorf("while it is being built: %v", err)
	}
	p.clock.Advance(2 * time.Minute)
	err := readApp(ctx, p.client, &x)
	if want := "at the step build.wk of wk: SourceNotFound: git clone failed: the branch missing does not exist"; !errors.Is(err, providers.ErrBroken) || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	// The same spec once more is another deployment.
	want := secretApp("hush")
	want.Spec[0].Worker[0].Git[0].Branch = "missing"
	spellApp(want, &x)
	if err := updateApp(ctx, p.client, x, &want); err != nil {
		t.Fatal(err)
	}
	if n := p.cloud.Counts()["POST /v2/apps/{id}/deployments"]; n != 1 {
		t.Errorf("%d deployments started, want 1", n)
	}
	if err := readApp(ctx, p.client, &want); !errors.Is(err, providers.ErrNotReady) {
		t.Errorf("while it is being built again: %v", err)
	}
}

// Two deployments in one second are told apart, too.
func TestFailureWithinTheSecond(t *testing.T) {
	p := newPlatform(t, fake.Options{})
	ctx := t.Context()
	was := secretApp("hush")
	if err := createApp(ctx, p.client, &was, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	if err := readApp(ctx, p.client, &was); err != nil {
		t.Fatal(err)
	}
	n := p.cloud.Counts()["GET /v2/apps/{id}/deployments"]
	if n != 0 {
		t.Errorf("%d lists of deployments, where the only one is active", n)
	}
	broken := secretApp("hush")
	broken.Spec[0].Worker[0].Git[0].Branch = "missing"
	if err := updateApp(ctx, p.client, was, &broken); err != nil {
		t.Fatal(err)
	}
	if err := readApp(ctx, p.client, &broken); !errors.Is(err, providers.ErrBroken) || broken.ActiveDeploymentID != was.ActiveDeploymentID {
		t.Errorf("after a failed update: %v, active %s of %s", err, broken.ActiveDeploymentID, was.ActiveDeploymentID)
	}
}

func TestFailureOf(t *testing.T) {
	for name, tc := range map[string]struct {
		d    *godo.Deployment
		want string
	}{
		"none":             {nil, ""},
		"active":           {&godo.Deployment{Phase: "ACTIVE"}, ""},
		"superseded":       {&godo.Deployment{Phase: "SUPERSEDED"}, ""},
		"canceled":         {&godo.Deployment{ID: "d", Phase: "CANCELED"}, "the deployment d was canceled"},
		"without progress": {&godo.Deployment{ID: "d", Phase: "ERROR"}, "the deployment d has failed"},
		"without reason": {&godo.Deployment{ID: "d", Phase: "ERROR", Progress: &godo.DeploymentProgress{Steps: []*godo.DeploymentProgressStep{
			{Name: "build", Status: "SUCCESS"}, {Name: "deploy", Status: "ERROR"},
		}}}, "the deployment d has failed at the step deploy"},
	} {
		if got := failureOf(tc.d); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestCheckApp(t *testing.T) {
	service := func(change func(s *appService)) func(x *appSpec) {
		return func(x *appSpec) { change(&x.Service[0]) }
	}
	for name, tc := range map[string]struct {
		change func(x *appSpec)
		want   string
	}{
		"as it is":             {func(*appSpec) {}, ""},
		"a name with capitals": {func(x *appSpec) { x.Name = "API" }, `name "API"`},
		"a region of droplets": {func(x *appSpec) { x.Region = "fra1" }, "none of atl, nyc"},
		"domains twice":        {func(x *appSpec) { x.Domains, x.Domain = []string{"a.de"}, []appDomain{{Name: "b.de"}} }, "exclude each other"},
		"nothing in it":        {func(x *appSpec) { x.Service = nil }, "needs a component"},
		"two of a name":        {func(x *appSpec) { x.Database = []appDatabase{{Name: "api"}} }, `called "api"`},
		"no source":            {service(func(s *appService) { s.Git = nil }), "has 0 sources"},
		"two sources":          {service(func(s *appService) { s.GitHub = one[appRepo]{{Repo: "a/b"}} }), "has 2 sources"},
		"a key that is none":   {service(func(s *appService) { s.Env = []appEnv{{Key: "A-B", Scope: "RUN_TIME"}} }), `key "A-B"`},
		"a key twice":          {service(func(s *appService) { s.Env = []appEnv{{Key: "A", Scope: "RUN_TIME"}, {Key: "A", Scope: "BUILD_TIME"}} }), "env A twice"},
		"an unknown scope":     {service(func(s *appService) { s.Env = []appEnv{{Key: "A", Scope: "ALWAYS"}} }), `scope "ALWAYS"`},
		"a registry for DOCR": {service(func(s *appService) {
			s.Git, s.Image = nil, one[appImage]{{RegistryType: "DOCR", Registry: "ml", Repository: "a"}}
		}), "leave it out"},
		"a tag and a digest": {service(func(s *appService) {
			s.Git, s.Image = nil, one[appImage]{{RegistryType: "GHCR", Repository: "a", Tag: "1", Digest: "sha256:1"}}
		}), "exclude each other"},
		"scaling to as many":         {service(func(s *appService) { s.Autoscaling = one[appAutoscaling]{{MinInstanceCount: 2, MaxInstanceCount: 2}} }), "from 2 to 2"},
		"an unknown limit":           {service(func(s *appService) { s.Alert = []appLimit{{Rule: "DISK"}} }), `alert "DISK"`},
		"a cluster that has no name": {func(x *appSpec) { x.Database = []appDatabase{{Name: "db", Production: true}} }, "cluster_name"},
		"an alert of no app":         {func(x *appSpec) { x.Alert = []appAlert{{Rule: "CPU_UTILIZATION"}} }, `alert "CPU_UTILIZATION"`},
		"a rule that leads nowhere": {func(x *appSpec) {
			x.Ingress = one[appIngress]{{Rule: []appRule{{Component: one[appTarget]{{Name: "none"}}}}}}
		}, `leads to "none"`},
		"a rule that does not lead":   {func(x *appSpec) { x.Ingress = one[appIngress]{{Rule: []appRule{{}}}} }, "component or redirect"},
		"a job that runs at no time":  {func(x *appSpec) { x.Job = []appJob{{appProgram: programOf("job"), Kind: "LATER"}} }, `kind "LATER"`},
		"an engine that is not there": {func(x *appSpec) { x.Database = []appDatabase{{Name: "db", Engine: "ORACLE"}} }, `engine "ORACLE"`},
	} {
		x := app{Spec: []appSpec{{Name: "ml-api", Service: []appService{{appProgram: programOf("api")}}}}}
		tc.change(&x.Spec[0])
		err := checkApp(nil, x)
		if (tc.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
}
