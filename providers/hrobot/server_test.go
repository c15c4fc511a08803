package hrobot

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/hrobot/fake"
)

// account is a fake whose time moves by hand, and a client of it.
type account struct {
	*client
	cloud *fake.Cloud
	clock *fakecloud.ManualClock
	mu    sync.Mutex                            // guards what requests use that are cut off
	fault func(r *http.Request) fakecloud.Fault // nil for none
	calls []string                              // that change something
}

func newAccount(t *testing.T, o fake.Options) *account {
	a := &account{clock: fakecloud.NewManualClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))}
	o.Clock, o.Boot = a.clock.Now, time.Minute
	o.Decide = func(_ int64, r *http.Request) fakecloud.Fault {
		a.mu.Lock()
		defer a.mu.Unlock()
		if r.Method != http.MethodGet {
			a.calls = append(a.calls, r.Method+" "+r.URL.Path)
		}
		if a.fault == nil {
			return fakecloud.None
		}
		return a.fault(r)
	}
	a.cloud = fake.New(o)
	server := httptest.NewServer(a.cloud.Handler())
	t.Cleanup(server.Close)
	env := providers.Env{Getenv: func(string) string { return "" }, Transport: server.Client().Transport, Pace: func(float64) {}}
	c, err := connect(t.Context(), settings{Username: "u", Password: "p", Endpoint: server.URL}, env)
	if err != nil {
		t.Fatal(err)
	}
	a.client = c
	return a
}

// key returns the fingerprint of a key in the account.
func (a *account) key(t *testing.T) string {
	t.Helper()
	x := sshKey{Name: "ml", PublicKey: exampleKey}
	if err := createSSHKey(t.Context(), a.client, &x, providers.Attempt{}); err != nil {
		t.Fatal(err)
	}
	return x.Fingerprint
}

// rented returns server 321 with an image; "" for none.
func rented(image, trigger string, allow bool, keys ...string) server {
	x := server{ID: "321", ServerNumber: 321, AllowReinstall: allow}
	if image != "" {
		x.Install = []installation{{Image: image, Language: "en", AuthorizedKeys: keys, Trigger: trigger}}
	}
	return x
}

// install makes what the engine does of an update that goes well.
func (a *account) install(t *testing.T, was, want server) {
	t.Helper()
	err := updateServer(t.Context(), a.client, was, &want)
	if providers.OperationOf(err) == "" && err != nil {
		t.Fatal(err)
	}
	a.clock.Advance(2 * time.Minute)
}

// TestInstallation: an image that is there is never installed again, whatever
// becomes of the answers and of who asks, and nothing without allow_reinstall.
func TestInstallation(t *testing.T) {
	const debian, ubuntu = "Debian 12 base", "Ubuntu 24.04 LTS base"
	for name, tc := range map[string]struct {
		before    string // image that Robot has installed last
		was, want server
		refusal   string // "" when the update is to go well
		installed string
	}{
		"nothing is asked for":                             {debian, rented("", "", false), rented("", "", false), "", debian},
		"a server is taken over with the image it has":     {debian, rented("", "", false), rented(debian, "", false), "", debian},
		"that it may be erased does not erase it":          {debian, rented("", "", false), rented(debian, "", true), "", debian},
		"a server is taken over with another image":        {debian, rented("", "", false), rented(ubuntu, "", false), `write image = "Debian 12 base"`, debian},
		"nobody knows what is on it":                       {"", rented("", "", false), rented(ubuntu, "", false), "erases all that is on the disks of server 321", ""},
		"it is taken over to be erased":                    {"", rented("", "", false), rented(ubuntu, "", true), "", ubuntu},
		"another image":                                    {debian, rented(debian, "", false), rented(ubuntu, "", false), `"Debian 12 base" is what was installed last`, debian},
		"another image, allowed":                           {debian, rented(debian, "", false), rented(ubuntu, "", true), "", debian + ", " + ubuntu},
		"somebody else has installed what is wanted":       {ubuntu, rented(debian, "", false), rented(ubuntu, "", true), "", ubuntu},
		"somebody else has installed another":              {ubuntu, rented(debian, "", true), rented(debian, "", true), "", ubuntu},
		"other keys are for the next installation":         {debian, rented(debian, "", true, "a"), rented(debian, "", true, "b"), "", debian},
		"another trigger":                                  {debian, rented(debian, "1", false), rented(debian, "2", false), `trigger of install changes from "1" to "2"`, debian},
		"another trigger, allowed":                         {debian, rented(debian, "1", true), rented(debian, "2", true), "", debian + ", " + debian},
		"the first trigger":                                {debian, rented(debian, "", true), rented(debian, "1", true), "", debian},
		"a trigger that goes":                              {debian, rented(debian, "1", true), rented(debian, "", true), "", debian},
		"the block goes, and the image stays":              {debian, rented(debian, "", true), rented("", "", true), "", debian},
		"the permission comes, and changes nothing itself": {debian, rented(debian, "1", false), rented(debian, "1", true), "", debian},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, fake.Options{})
			key := a.key(t)
			if tc.before != "" {
				a.install(t, rented("", "", false), rented(tc.before, "", true, key))
			}
			a.calls = nil
			for _, x := range []*server{&tc.was, &tc.want} {
				if len(x.Install) > 0 && len(x.Install[0].AuthorizedKeys) == 0 {
					x.Install[0].AuthorizedKeys = []string{key}
				}
			}
			foreseen := foreseeServer(t.Context(), a.client, &tc.was, tc.want)
			want := tc.want
			err := updateServer(t.Context(), a.client, tc.was, &want)
			for what, err := range map[string]error{"plan": foreseen, "apply": err} {
				refused := err != nil && providers.OperationOf(err) == ""
				if refused != (tc.refusal != "") || refused && !strings.Contains(err.Error(), tc.refusal) {
					t.Errorf("the %s: %v, want a refusal with %q", what, err, tc.refusal)
				}
			}
			a.clock.Advance(2 * time.Minute)
			if got := a.cloud.Installed(321); got != tc.installed {
				t.Errorf("installed %q, want %q", got, tc.installed)
			}
			if tc.refusal != "" && len(a.calls) > 0 {
				t.Errorf("what is refused has called %v", a.calls)
			}
		})
	}
}

// TestInstallationIsCut loses the answer of each request of an installation in
// turn, with and without its effect; whoever comes next finishes it, and it is
// made once.
func TestInstallationIsCut(t *testing.T) {
	for _, fault := range []fakecloud.Fault{fakecloud.CutAfter, fakecloud.CutBefore, fakecloud.FailAfter, fakecloud.Throttle} {
		for _, late := range []time.Duration{0, 2 * time.Minute} {
			for n := 1; ; n++ {
				a := newAccount(t, fake.Options{})
				was, want := rented("", "", false), rented("Debian 12 base", "", true, a.key(t))
				seen, hit := 0, false
				a.fault = func(*http.Request) fakecloud.Fault {
					if seen++; seen != n {
						return fakecloud.None
					}
					hit = true
					return fault
				}
				for range 3 {
					x := want
					err := updateServer(t.Context(), a.client, was, &x)
					if err == nil {
						break
					}
					if op := providers.OperationOf(err); op != "" {
						a.clock.Advance(2 * time.Minute)
						got, err := operations(t.Context(), a.client, []string{op})
						if err == nil && got[0] != nil {
							t.Errorf("%s at request %d: the operation has not ended: %v", fault, n, got)
						}
						break
					}
					a.clock.Advance(late)
				}
				if got := a.cloud.Installed(321); got != "Debian 12 base" {
					t.Errorf("%s at request %d, looked after %s: installed %q", fault, n, late, got)
				}
				a.mu.Lock()
				done := !hit
				a.mu.Unlock()
				if done {
					break
				}
			}
		}
	}
}

// TestRescue: what somebody has prepared by hand stays unless it is asked for
// otherwise, and a system that has started is not prepared again.
func TestRescue(t *testing.T) {
	a := newAccount(t, fake.Options{})
	key := a.key(t)
	with := func(name string, systems ...string) server {
		x := server{ID: "321", ServerNumber: 321, ServerName: name}
		for _, os := range systems {
			x.Rescue = append(x.Rescue, rescueSystem{OS: os, Keyboard: "us", AuthorizedKeys: []string{key}})
		}
		return x
	}
	for i, step := range []struct {
		was, want server
		calls     string
		reset     bool // what a person does behind it
	}{
		{was: with("a"), want: with("a", "linux"), calls: "POST /server/321 POST /boot/321/rescue"},
		{was: with("a"), want: with("a", "linux"), calls: ""}, // a run that died before it could say so
		{was: with("a", "linux"), want: with("b", "linux"), calls: "POST /server/321", reset: true},
		{was: with("b", "linux"), want: with("b", "linux"), calls: ""},
		{was: with("b", "linux"), want: with("b", "vkvm"), calls: "POST /boot/321/rescue"},
		{was: with("b", "linux"), want: with("b"), calls: ""}, // it is not the one that was asked for
		{was: with("b", "vkvm"), want: with("b", "linux"), calls: "DELETE /boot/321/rescue POST /boot/321/rescue"},
		{was: with("b", "linux"), want: with("b"), calls: "DELETE /boot/321/rescue"},
	} {
		a.calls = nil
		if err := updateServer(t.Context(), a.client, step.was, &step.want); err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
		if got := strings.Join(a.calls, " "); got != step.calls {
			t.Errorf("step %d: called %q, want %q", i+1, got, step.calls)
		}
		if step.reset {
			if err := send(t.Context(), a.client, http.MethodPost, "/reset/321", map[string][]string{"type": {"hw"}}); err != nil {
				t.Fatal(err)
			}
			a.clock.Advance(2 * time.Minute)
		}
	}
}

func TestServersAreNotOrdered(t *testing.T) {
	a := newAccount(t, fake.Options{})
	if err := a.cloud.Edit(421, func(m map[string]any) { m["server_name"] = "db" }); err != nil {
		t.Fatal(err)
	}
	x := server{ServerNumber: 999}
	err := createServer(t.Context(), a.client, &x, providers.Attempt{})
	if err == nil || !strings.Contains(err.Error(), "server_number 999 is not a server of this account. mlinfra takes over servers that there are, and orders none") {
		t.Errorf("create: %v", err)
	}
	err = foreseeServer(t.Context(), a.client, nil, x)
	if err == nil || !strings.Contains(err.Error(), "The account has 321, 421 db, 521") {
		t.Errorf("foresee: %v", err)
	}
	for _, n := range []int{321, 421, 521} {
		a.cloud.Remove(n)
	}
	err = foreseeServer(t.Context(), a.client, nil, x)
	if err == nil || !strings.Contains(err.Error(), "The account has none") {
		t.Errorf("foresee in an empty account: %v", err)
	}
	if err := deleteServer(t, a, server{ID: "321", ServerNumber: 321}); !errors.Is(err, providers.ErrGone) {
		t.Errorf("delete: %v", err)
	}
	if len(a.calls) > 0 {
		t.Errorf("called %v", a.calls)
	}
}

func deleteServer(t *testing.T, a *account, x server) error {
	return serverType.Delete(t.Context(), a.client, x)
}

func TestCheckServer(t *testing.T) {
	const key = "56:29:99:a4:5d:ed:ac:95:c1:f5:88:82:90:5d:dd:10"
	rescue := func(keys ...string) server {
		return server{ServerNumber: 321, Rescue: []rescueSystem{{OS: "linux", AuthorizedKeys: keys}}}
	}
	both := rented("Debian 12 base", "", true, key)
	both.Rescue = rescue(key).Rescue
	had := rented("Debian 12 base", "before", true, key)
	for name, tc := range map[string]struct {
		was  *server
		want server
		err  string
	}{
		"no number":                 {nil, server{}, "server_number 0 is not the number"},
		"as it is":                  {nil, server{ServerNumber: 321}, ""},
		"no key":                    {nil, rescue(), "rescue has no authorized_keys"},
		"a key itself":              {nil, rescue("ssh-ed25519 AAAA"), `has "ssh-ed25519 AAAA", which is not the MD5 fingerprint`},
		"a key":                     {nil, rescue(key), ""},
		"no image":                  {nil, server{ServerNumber: 321, Install: []installation{{AuthorizedKeys: []string{key}}}}, "image of install must not be empty"},
		"an image for what is new":  {nil, rented("Debian 12 base", "", false, key), ""}, // a look tells
		"the image that it has":     {&had, rented("Debian 12 base", "", false, key), ""},
		"another":                   {&had, rented("Ubuntu 24.04 LTS base", "", false, key), `install has image "Ubuntu 24.04 LTS base", and "Debian 12 base" is what was installed last: to install it erases all that is on the disks of server 321. Set allow_reinstall = true to do that, or write image = "Debian 12 base"`},
		"another, allowed":          {&had, rented("Ubuntu 24.04 LTS base", "", true, key), ""},
		"the same anew":             {&had, rented("Debian 12 base", "now", false, key), `trigger of install changes from "before" to "now": that installs "Debian 12 base" anew`},
		"both for one boot":         {nil, both, "rescue and install are both for the next boot of server 321"},
		"a rescue system beside it": {&had, both, ""},
	} {
		err := checkServer(tc.was, tc.want)
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: %v, want %q", name, err, tc.err)
		}
	}
}

func TestServerLoses(t *testing.T) {
	had, other := rented("Debian 12 base", "", true), rented("Ubuntu 24.04 LTS base", "", true)
	for name, tc := range map[string]struct {
		was  *server
		want server
		text string
	}{
		"taken over":                {nil, server{ServerNumber: 321}, ""},
		"taken over, not allowed":   {nil, rented("Debian 12 base", "", false), ""},
		"taken over to be erased":   {nil, had, "all that is on the disks of server 321, unless Debian 12 base is what Robot has installed on it last"},
		"as it was":                 {&had, had, ""},
		"another image":             {&had, other, "all that is on the disks of server 321, on which Ubuntu 24.04 LTS base is installed anew"},
		"another image, refused":    {&had, rented("Ubuntu 24.04 LTS base", "", false), ""},
		"an image where none stood": {&server{ServerNumber: 321}, had, "all that is on the disks of server 321, unless Debian 12 base is what Robot has installed on it last"},
	} {
		if got := serverLoses(tc.was, tc.want); got != tc.text {
			t.Errorf("%s: %q, want %q", name, got, tc.text)
		}
	}
}

func TestForeseenImage(t *testing.T) {
	a := newAccount(t, fake.Options{})
	err := foreseeServer(t.Context(), a.client, nil, rented("CentOS 5.5 minimal", "", true, a.key(t)))
	if err == nil || !strings.Contains(err.Error(), `image "CentOS 5.5 minimal" of install is none that Robot has for server 321: Debian 12 base, `) {
		t.Errorf("got %v", err)
	}
	// What somebody else has prepared is not booted into, and not taken away.
	if err := a.cloud.Edit(321, func(m map[string]any) {
		m["boot"] = map[string]any{"kind": "linux", "image": "Debian 13 base", "language": "en"}
	}); err != nil {
		t.Fatal(err)
	}
	a.calls = nil
	want := rented("Debian 12 base", "", true)
	err = updateServer(t.Context(), a.client, rented("", "", false), &want)
	if err == nil || !strings.Contains(err.Error(), `an installation of "Debian 13 base" that mlinfra has not asked for`) || len(a.calls) > 0 {
		t.Errorf("got %v after %v", err, a.calls)
	}
}

func TestServerInProcess(t *testing.T) {
	a := newAccount(t, fake.Options{})
	if err := a.cloud.Edit(521, func(m map[string]any) { m["status"] = "in process" }); err != nil {
		t.Fatal(err)
	}
	x := server{ServerNumber: 521}
	if err := readServer(t.Context(), a.client, &x); !errors.Is(err, providers.ErrNotReady) || x.ID != "521" {
		t.Errorf("%v with id %q: a server that is being delivered is not ready", err, x.ID)
	}
	if err := foreseeServer(t.Context(), a.client, nil, server{ServerNumber: 521}); err != nil {
		t.Errorf("it is a server of the account: %v", err)
	}
	a.cloud.Remove(521)
	if err := readServer(t.Context(), a.client, &x); !errors.Is(err, providers.ErrGone) {
		t.Error(err)
	}
}
