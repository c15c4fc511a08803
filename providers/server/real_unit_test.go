package server

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers/server/hosttest"
)

// unitOf returns a unit as plans have it.
func unitOf(x serverUnit) serverUnit {
	list := cty.ListValEmpty(cty.String)
	if len(x.RestartOn) > 0 {
		var all []cty.Value
		for _, v := range x.RestartOn {
			all = append(all, cty.StringVal(v))
		}
		list = cty.ListVal(all)
	}
	drops := map[string]cty.Value{"": cty.StringVal("")}
	for name, text := range x.DropIns {
		drops[name] = cty.StringVal(text)
	}
	x.StartedWith = implyUnit(cty.ObjectVal(map[string]cty.Value{
		"content": cty.StringVal(x.Content), "drop_ins": cty.MapVal(drops), "restart_on": list,
	}))["started_with"].AsString()
	return x
}

// TestPlainServices holds that a service runs where there is no systemd as its unit
// file says.
func TestPlainServices(t *testing.T) {
	n := hosttest.New(t, "setpriv")
	h := n.Host("plain")
	m := hostMachine(t, n, h)
	h.Must("useradd -m ml && mkdir /w && echo 'TOKEN=\"a b\"' >/w/env && echo 'exec sleep infinity' >/w/go && chmod 755 /w /w/go")
	name := "job.service"
	for _, c := range []struct {
		what, content string
		more          func(*serverUnit)
		want          string // of the error; "" for none
		after         string // has to succeed, with $main the process
	}{
		{"it runs as a user, with its environment, in its directory",
			"ExecStart=/bin/sh -c 'echo \"$$0 $$*\" $PWD $A ${TOKEN} >/home/ml/said; exec sleep infinity' n ${A} $A \"x ${TOKEN}\"\nUser=ml\nWorkingDirectory=/w\nEnvironment=\"A=1 2\"\nEnvironmentFile=/w/env\nStateDirectory=job\nUMask=077", nil, "",
			`[ "$(cat /home/ml/said)" = 'n 1 2 1 2 x a b /w 1 2 a b' ] && [ "$(stat -c %U /proc/$main)" = ml ] && [ "$(stat -c %U:%a /home/ml/said)" = ml:600 ] && [ "$(stat -c %U /var/lib/job)" = ml ]`},
		{"what changes nothing leaves it alone", "", nil, "", `[ "$main" = "$before" ]`},
		{"a value of restart_on restarts it", "", func(x *serverUnit) { x.RestartOn = []string{"2"} }, "", `[ "$main" != "$before" ] && ! kill -0 $before`},
		{"its content restarts it", "ExecStart=/bin/sh /w/go\nExecReload=/bin/sh -c 'echo $MAINPID >/w/reloaded'", nil, "", `[ "$main" != "$before" ]`},
		{"a value reloads it", "", func(x *serverUnit) { x.Reload = true; x.RestartOn = []string{"3"} }, "", `[ "$main" = "$before" ] && [ "$(cat /w/reloaded)" = "$main" ]`},
		{"a program that is not there", "ExecStart=/no/such arg", nil, "/no/such", ""},
		{"one that ends at once", "ExecStart=/bin/sh -c 'echo no database >&2; sleep 0.3; exit 3'", nil, "no database", ""},
		{"one that ends again and again", "ExecStart=/bin/sh -c 'echo once; exit 3'\nRestart=always", nil, "job.service does not run: it is ", "sleep 1; grep -q 'it ends too often' /var/lib/mlinfra/units/job.service/log"},
		{"another user is not there", "ExecStart=/bin/sh /w/go\nUser=nobodyatall", nil, "nobodyatall", ""},
		{"a killed one is started again", "ExecStart=/bin/sh /w/go\nRestart=on-failure\nRestartSec=100ms", nil, "",
			`kill -9 $main; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.1; now=$(cat /var/lib/mlinfra/units/job.service/main); [ "$now" = "$main" ] || break; done; kill -0 $now && [ "$now" != "$main" ]`},
		{"one that does not want to stop is killed", "ExecStart=/bin/sh -c 'trap \"\" TERM; while :; do sleep 0.1; done'\nTimeoutStopSec=1", nil, "", "kill -0 $main"},
		{"it is stopped", "", func(x *serverUnit) { x.Running, x.Enabled = false, false }, "", "! kill -0 $main"},
	} {
		x := serverUnit{Name: name, Enabled: true, Running: true}
		if c.content != "" {
			last := "[Service]\n" + c.content + "\n[Install]\nWantedBy=multi-user.target\n"
			h.Must("cat >/w/unit <<'end'\n" + last + "\nend")
		}
		x.Content = h.Must("cat /w/unit") + "\n"
		if c.more != nil {
			c.more(&x)
		}
		x = unitOf(x)
		before, _ := h.Run("cat /var/lib/mlinfra/units/job.service/main")
		_, err := m.do(t.Context(), x.deed(), unitType.look(x))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", c.what, err, c.want)
			continue
		}
		if c.want == "" {
			got := x
			a, _ := m.shown(unitType.look(x))
			if err := seeUnit(&got, a); err != nil || got.Running != x.Running || got.Enabled != x.Enabled || got.StartedWith != x.StartedWith || got.Supervisor != "mlinfra" {
				t.Errorf("%s: %v, seen as %+v", c.what, err, got)
			}
		}
		if out, err := h.Run("before=" + before + "; main=$(cat /var/lib/mlinfra/units/job.service/main)\n" + c.after); err != nil {
			t.Errorf("%s: %s does not succeed: %s\n%s", c.what, c.after, out, h.Must("tail -n 5 /var/lib/mlinfra/units/job.service/log"))
		}
	}
	x := serverUnit{Name: name, Content: "x"}
	if _, err := m.do(t.Context(), unitType.drop(x), ""); err != nil {
		t.Error(err)
	}
	h.Must("! [ -e /var/lib/mlinfra/units/job.service ] && ! [ -e /etc/systemd/system/job.service ]")
	h.Must("! pgrep -f [u]nits/job.service")
	timer := serverUnit{Name: "job.timer", Content: "[Timer]\nOnCalendar=daily\n"}
	if _, err := m.do(t.Context(), timer.deed(), ""); err == nil || !strings.Contains(err.Error(), "there is no systemd here, and without it only services run, and job.timer is none") {
		t.Errorf("a timer: %v", err)
	}
}
