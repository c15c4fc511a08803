package ovh

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
	"github.com/mlinfra/mlinfra/providers/ovh/fake"
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

func newAccount(t *testing.T) *account {
	a := &account{clock: fakecloud.NewManualClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))}
	a.cloud = fake.New(fake.Options{Clock: a.clock.Now, Boot: time.Minute, Settle: time.Minute, Decide: func(_ int64, r *http.Request) fakecloud.Fault {
		a.mu.Lock()
		defer a.mu.Unlock()
		if r.Method != http.MethodGet {
			a.calls = append(a.calls, r.Method+" "+r.URL.Path)
		}
		if a.fault == nil {
			return fakecloud.None
		}
		return a.fault(r)
	}})
	var err error
	if a.client, err = dial(t, a.cloud, settings{ApplicationKey: "fake", ApplicationSecret: "fake", ConsumerKey: "fake"}); err != nil {
		t.Fatal(err)
	}
	return a
}

// dial returns a client of a fake.
func dial(t *testing.T, cloud *fake.Cloud, s settings) (*client, error) {
	server := httptest.NewServer(cloud.Handler())
	t.Cleanup(server.Close)
	s.Endpoint = server.URL + "/1.0"
	return connect(t.Context(), s, env(nil, server.Client().Transport))
}

// env is the environment of a run that reads no files.
func env(vars map[string]string, transport http.RoundTripper) providers.Env {
	return providers.Env{Getenv: func(name string) string { return vars[name] }, Transport: transport, Pace: func(float64) {}, Isolated: true}
}

const gpu = "ns321.ip-192-0-2.eu"

// rented returns a server with a system.
func rented(os, trigger string, allow bool) dedicatedServer {
	return dedicatedServer{ID: gpu, ServiceName: gpu, KeepServiceAfterDestroy: true, OS: os, ReinstallTrigger: trigger, AllowReinstall: allow}
}

// has makes the server have a system.
func (a *account) has(t *testing.T, os string) {
	t.Helper()
	if err := a.cloud.Edit(gpu, func(m map[string]any) { m["os"] = os }); err != nil {
		t.Fatal(err)
	}
}

// TestInstallation: a system that is there is never installed again, whatever
// becomes of the answers and of who asks, and nothing without allow_reinstall.
func TestInstallation(t *testing.T) {
	const debian, ubuntu = "debian12_64", "ubuntu2404-server_64"
	for name, tc := range map[string]struct {
		have      string // system that the server has
		was, want dedicatedServer
		refusal   string // "" when the update is to go well
		installed string
	}{
		"nothing is asked for":                      {debian, rented("", "", false), rented("", "", false), "", ""},
		"it is taken over with what it has":         {debian, rented("", "", false), rented(debian, "", false), "", ""},
		"that it may be erased does not erase it":   {debian, rented("", "", false), rented(debian, "", true), "", ""},
		"it is taken over with another":             {debian, rented("", "", false), rented(ubuntu, "", false), `write os = "debian12_64"`, ""},
		"it is taken over to be erased":             {debian, rented("", "", false), rented(ubuntu, "", true), "", ubuntu},
		"another":                                   {debian, rented(debian, "", false), rented(ubuntu, "", false), `os is "ubuntu2404-server_64" and the server has "debian12_64"`, ""},
		"another, allowed":                          {debian, rented(debian, "", false), rented(ubuntu, "", true), "", ubuntu},
		"somebody else has installed what is asked": {ubuntu, rented(debian, "", false), rented(ubuntu, "", true), "", ""},
		"somebody else has installed another":       {ubuntu, rented(debian, "", false), rented(debian, "", false), "erases all that is on the disks of " + gpu, ""},
		"another trigger":                           {debian, rented(debian, "1", false), rented(debian, "2", false), `reinstall_trigger changes from "1" to "2"`, ""},
		"another trigger, allowed":                  {debian, rented(debian, "1", true), rented(debian, "2", true), "", debian},
		"the first trigger":                         {debian, rented(debian, "", true), rented(debian, "1", true), "", ""},
		"a trigger that goes":                       {debian, rented(debian, "1", true), rented(debian, "", true), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			a.has(t, tc.have)
			foreseen := foreseeDedicatedServer(t.Context(), a.client, &tc.was, tc.want)
			want := tc.want
			err := updateDedicatedServer(t.Context(), a.client, tc.was, &want)
			for what, err := range map[string]error{"plan": foreseen, "apply": err} {
				refused := err != nil && providers.OperationOf(err) == ""
				if refused != (tc.refusal != "") || refused && !strings.Contains(err.Error(), tc.refusal) {
					t.Errorf("the %s: %v, want a refusal with %q", what, err, tc.refusal)
				}
			}
			a.clock.Advance(2 * time.Minute)
			if got := a.cloud.Installed(gpu); got != tc.installed {
				t.Errorf("installed %q, want %q", got, tc.installed)
			}
			if tc.installed == "" && len(a.calls) > 0 {
				t.Errorf("called %v to install nothing", a.calls)
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
				a := newAccount(t)
				seen, hit := 0, false
				a.fault = func(*http.Request) fakecloud.Fault {
					if seen++; seen != n {
						return fakecloud.None
					}
					hit = true
					return fault
				}
				a.finish(t, rented("none_64", "", true), rented("debian12_64", "", true), late)
				if got := a.cloud.Installed(gpu); got != "debian12_64" {
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

// finish makes what the engine does of an update, through what fails; late is how
// long it looks away after that.
func (a *account) finish(t *testing.T, was, want dedicatedServer, late time.Duration) {
	t.Helper()
	for range 5 {
		x := want
		err := updateDedicatedServer(t.Context(), a.client, was, &x)
		op := providers.OperationOf(err)
		switch {
		case err == nil:
			return
		case op == "":
			a.clock.Advance(late)
			continue
		}
		for i, want := range []error{providers.ErrNotReady, nil} {
			got, err := operations(t.Context(), a.client, []string{op})
			if err == nil && !errors.Is(got[0], want) {
				t.Errorf("look %d at %s: %v, want %v", i+1, op, got[0], want)
			}
			a.clock.Advance(2 * time.Minute)
		}
		if !errors.Is(err, providers.ErrAgain) {
			return
		}
	}
	t.Error("it does not end")
}

// A server shows its new name later. It is waited for, and then it is erased: each
// is asked for once.
func TestRenameAndReinstall(t *testing.T) {
	a := newAccount(t)
	was, want := rented("none_64", "", true), rented("debian12_64", "", true)
	name := "gpu / 1"
	want.DisplayName = &name
	a.finish(t, was, want, 0)
	var renames, installations int
	for _, call := range a.calls {
		if strings.Contains(call, "/services/") {
			renames++
		}
		if strings.HasSuffix(call, "/reinstall") {
			installations++
		}
	}
	if renames != 1 || installations != 1 || len(a.calls) != 2 {
		t.Errorf("called %v", a.calls)
	}
	if got, err := serverOf(t.Context(), a.client, gpu); err != nil || got.IAM.DisplayName != name || got.OS != want.OS {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestServersAreNotOrdered(t *testing.T) {
	a := newAccount(t)
	x := dedicatedServer{ServiceName: "ns9.ip-192-0-2.eu"}
	err := createDedicatedServer(t.Context(), a.client, &x, providers.Attempt{})
	if err == nil || !strings.Contains(err.Error(), `service_name "ns9.ip-192-0-2.eu" is not a server of this account. mlinfra takes over servers that there are, and orders none`) {
		t.Errorf("create: %v", err)
	}
	err = foreseeDedicatedServer(t.Context(), a.client, nil, x)
	if err == nil || !strings.Contains(err.Error(), "The account has ns321.ip-192-0-2.eu, ns421.ip-198-51-100.eu") {
		t.Errorf("foresee: %v", err)
	}
	if err := letGo(t.Context(), a.client, rented("", "", true)); !errors.Is(err, providers.ErrGone) {
		t.Errorf("delete: %v", err)
	}
	if len(a.calls) > 0 {
		t.Errorf("called %v", a.calls)
	}
}

func TestCheckDedicatedServer(t *testing.T) {
	with := func(change func(x *dedicatedServer)) dedicatedServer {
		x := rented("debian12_64", "1", false)
		change(&x)
		return x
	}
	text := func(s string) *string { return &s }
	had := rented("debian12_64", "1", false)
	seven := 7
	for name, tc := range map[string]struct {
		was  *dedicatedServer
		want dedicatedServer
		err  string
	}{
		"as it is":                 {&had, had, ""},
		"a name that is none":      {nil, with(func(x *dedicatedServer) { x.ServiceName = "a/b" }), `service_name "a/b" is not the name of a server`},
		"a state":                  {nil, with(func(x *dedicatedServer) { x.State = text("off") }), `state "off" is none of error, hacked, hackedBlocked, ok`},
		"a private key":            {nil, with(func(x *dedicatedServer) { x.RescueSSHKey = text("-----BEGIN OPENSSH PRIVATE KEY-----") }), "rescue_ssh_key is a private key"},
		"an address for a name":    {nil, with(func(x *dedicatedServer) { x.Reverse = text("192.0.2.10") }), `reverse "192.0.2.10" is not the name of a host`},
		"a name":                   {nil, with(func(x *dedicatedServer) { x.Reverse = text("gpu.example.com.") }), ""},
		"the contract":             {nil, with(func(x *dedicatedServer) { x.KeepServiceAfterDestroy = false }), "keep_service_after_destroy = false would terminate the contract, which mlinfra never does"},
		"what contradicts":         {nil, with(func(x *dedicatedServer) { x.AllowReinstall, x.PreventInstallOnImport = true, true }), "contradict allow_reinstall"},
		"what agrees":              {nil, with(func(x *dedicatedServer) { x.PreventInstallOnCreate = true }), ""},
		"another system for a new": {nil, with(func(x *dedicatedServer) { x.OS = "byolinux_64" }), ""}, // a look tells
		"another system":           {&had, with(func(x *dedicatedServer) { x.OS = "byolinux_64" }), `os is "byolinux_64" and the server has "debian12_64": to install it erases all that is on the disks of ns321.ip-192-0-2.eu. Set allow_reinstall = true to do that, or write os = "debian12_64"`},
		"the same anew":            {&had, with(func(x *dedicatedServer) { x.ReinstallTrigger = "2" }), `reinstall_trigger changes from "1" to "2": that installs debian12_64 anew and erases all`},
		"both":                     {&had, with(func(x *dedicatedServer) { x.AllowReinstall, x.OS, x.ReinstallTrigger = true, "byolinux_64", "2" }), `leave reinstall_trigger at "1"`},
		"a check sum":              {nil, with(func(x *dedicatedServer) { x.Customizations = []customizations{{ImageCheckSumType: "crc"}} }), `image_check_sum_type "crc"`},
		"an image":                 {nil, with(func(x *dedicatedServer) { x.Customizations = []customizations{{ImageURL: "image.qcow2"}} }), `image_url "image.qcow2" is not a URL`},
		"a file system":            {nil, with(func(x *dedicatedServer) { x.Storage = storageOf(layout{FileSystem: "fat"}) }), `file_system "fat" of a layout is none of btrfs,`},
		"a level of partitions":    {nil, with(func(x *dedicatedServer) { x.Storage = storageOf(layout{FileSystem: "ext4", RAIDLevel: &seven}) }), ""},
		"a level of arrays":        {nil, with(func(x *dedicatedServer) { x.Storage = []storage{{HardwareRAID: []hardwareRAID{{RAIDLevel: &seven}}}} }), "raid_level 7 of hardware_raid"},
	} {
		err := checkDedicatedServer(tc.was, tc.want)
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: %v, want %q", name, err, tc.err)
		}
	}
}

func storageOf(l layout) []storage {
	return []storage{{Partitioning: []partitioning{{Layout: []layout{l}}}}}
}

func TestDedicatedServerLoses(t *testing.T) {
	had := rented("debian12_64", "1", true)
	for name, tc := range map[string]struct {
		was  *dedicatedServer
		want dedicatedServer
		text string
	}{
		"taken over":              {nil, rented("", "", true), ""},
		"taken over, not allowed": {nil, rented("debian12_64", "", false), ""},
		"taken over to be erased": {nil, had, "all that is on the disks of ns321.ip-192-0-2.eu, unless it has debian12_64"},
		"as it was":               {&had, had, ""},
		"another":                 {&had, rented("byolinux_64", "1", true), "all that is on the disks of ns321.ip-192-0-2.eu, which has debian12_64"},
		"another, refused":        {&had, rented("byolinux_64", "1", false), ""},
		"anew":                    {&had, rented("debian12_64", "2", true), "all that is on the disks of ns321.ip-192-0-2.eu, on which debian12_64 is installed anew"},
	} {
		if got := dedicatedServerLoses(tc.was, tc.want); got != tc.text {
			t.Errorf("%s: %q, want %q", name, got, tc.text)
		}
	}
}

func TestForeseenSystem(t *testing.T) {
	a := newAccount(t)
	err := foreseeDedicatedServer(t.Context(), a.client, nil, rented("centos5_64", "", true))
	if err == nil || !strings.Contains(err.Error(), `os "centos5_64" is none that server ns321.ip-192-0-2.eu takes: byolinux_64, debian12_64, `) {
		t.Errorf("got %v", err)
	}
	if err := foreseeDedicatedServer(t.Context(), a.client, nil, rented("debian13_64", "", true)); err != nil {
		t.Error(err)
	}
}

// TestVRackWaits: what goes in or out of a vRack is waited for, not asked for
// again, and the other way round it has to wait.
func TestVRackWaits(t *testing.T) {
	a := newAccount(t)
	ctx := t.Context()
	in := func() error { return wholeServer.connect(ctx, a.client, "pn-1001", gpu) }
	out := func() error { return wholeServer.disconnect(ctx, a.client, "pn-1001", gpu) }
	for i, step := range []struct {
		call   func() error
		change int  // requests that change something
		starts bool // an operation
		busy   string
		later  time.Duration
	}{
		{call: in, change: 1, starts: true},
		{call: in, starts: true},
		{call: out, busy: "ns321.ip-192-0-2.eu is being connected to vRack pn-1001", later: time.Minute},
		{call: in},
		{call: out, change: 1, starts: true},
		{call: out, starts: true},
		{call: in, busy: "ns321.ip-192-0-2.eu is being taken out of vRack pn-1001", later: time.Minute},
		{call: out, change: 1}, // gone
		{call: in, change: 1, starts: true},
	} {
		a.calls = nil
		err := step.call()
		op := providers.OperationOf(err)
		var busy busyError
		if (op != "") != step.starts || errors.As(err, &busy) != (step.busy != "") || string(busy) != step.busy || len(a.calls) != step.change {
			t.Fatalf("step %d: %v after %v", i+1, err, a.calls)
		}
		if step.busy != "" && classify(err).Kind != providers.Busy {
			t.Errorf("step %d: %+v", i+1, classify(err))
		}
		a.clock.Advance(step.later)
		if op == "" {
			continue
		}
		if got, err := operations(ctx, a.client, []string{op}); err != nil || !errors.Is(got[0], providers.ErrNotReady) {
			t.Errorf("step %d: %v, %v", i+1, got, err)
		}
	}
}

func TestFailedTask(t *testing.T) {
	a := newAccount(t)
	want := rented("debian12_64", "", true)
	err := updateDedicatedServer(t.Context(), a.client, rented("none_64", "", true), &want)
	op := providers.OperationOf(err)
	if err := a.cloud.Edit(gpu, func(m map[string]any) {
		for _, task := range m["tasks"].([]any) {
			task.(map[string]any)["failed"] = "disk 2 does not answer"
		}
	}); err != nil {
		t.Fatal(err)
	}
	got, err := operations(t.Context(), a.client, []string{op})
	if err != nil || got[0] == nil || !strings.Contains(got[0].Error(), "is customerError: disk 2 does not answer; the control panel") {
		t.Errorf("%v, %v", got, err)
	}
}

// The SDK asks for the time by itself, within the context of who needs it.
func TestTheTimeIsAskedForInTime(t *testing.T) {
	a := newAccount(t)
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{})
	a.fault = func(r *http.Request) fakecloud.Fault {
		if strings.HasSuffix(r.URL.Path, "/auth/time") {
			cancel()
			close(asked)
			<-r.Context().Done()
		}
		return fakecloud.None
	}
	if _, err := serverOf(ctx, a.client, gpu); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-asked
}
