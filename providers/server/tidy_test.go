package server

import (
	"errors"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
)

// TestHostsForget holds that a run leaves no results of steps behind but those that
// a later one may ask for, and in the end nothing at all.
func TestHostsForget(t *testing.T) {
	c, _ := testHost(t)
	left := func() string {
		t.Helper()
		c.tidy(t.Context())
		m, err := c.machine(hostID)
		if err != nil {
			t.Fatal(err)
		}
		all, err := m.askAll(t.Context(), "", []string{"find /var/lib/mlinfra -type f 2>/dev/null"})
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, a := range all {
			for line := range strings.FieldsSeq(a.text) {
				lines = append(lines, strings.TrimPrefix(line, stateDir+"/"))
			}
		}
		return strings.Join(lines, " ")
	}
	text := "x"
	file := brought(t, c, fileType, nil, serverFile{Host: hostID, Path: "/etc/x", Content: &text, Owner: "root", Group: "root", Mode: "0644"})
	if got := left(); strings.Contains(got, "steps/") || !strings.Contains(got, "made/file/etc/x/.made") {
		t.Errorf("with a file there is %q", got)
	}
	x := serverCommand{Host: hostID, Create: "echo made", Change: "echo changed", Destroy: "test -e /etc/may-go", Directory: "/", Interpreter: "/bin/sh"}
	if err := commandType.Create(t.Context(), c, &x, providers.Attempt{Token: "a"}); err != nil {
		t.Fatal(err)
	}
	created := "steps/" + x.step() + "/rc"
	if got := left(); !strings.Contains(got, created) {
		t.Errorf("state may not have recorded the create, and there is %q", got)
	}
	want := x
	want.Triggers = map[string]string{"n": "2"}
	if err := commandType.Update(t.Context(), c, x, &want); err != nil {
		t.Fatal(err)
	}
	changed := "steps/" + x.next(want) + "/rc"
	if got := left(); strings.Contains(got, created) || !strings.Contains(got, changed) {
		t.Errorf("after a change there is %q, want %s and not %s", got, changed, created)
	}
	refuses(t, commandType.Delete(t.Context(), c, want), "delete on root@h failed", "script of the last apply: correct it, apply")
	run(t, c, ": >/etc/may-go")
	if err := commandType.Delete(t.Context(), c, want); !errors.Is(err, providers.ErrGone) {
		t.Fatal(err)
	}
	failing := x
	failing.Create = "false"
	if commandType.Create(t.Context(), c, &failing, providers.Attempt{Token: "b"}) == nil {
		t.Error("false succeeds")
	}
	if got := left(); strings.Contains(got, "steps/") {
		t.Errorf("after the end of the command there is %q", got)
	}
	if err := fileType.take(t.Context(), c, file); err != nil {
		t.Fatal(err)
	}
	if got := left(); got != "" {
		t.Errorf("in the end there is %q", got)
	}
	// What was removed is put there anew, also where the connection stays.
	brought(t, c, fileType, nil, file)
}

// TestFailedUpdatesRunAgain holds that an update which has failed is not answered
// with its old result for ever.
func TestFailedUpdatesRunAgain(t *testing.T) {
	c, _ := testHost(t)
	x := serverCommand{Host: hostID, Create: "true", Change: "test -e /etc/ready", Directory: "/", Interpreter: "/bin/sh"}
	if err := commandType.Create(t.Context(), c, &x, providers.Attempt{Token: "a"}); err != nil {
		t.Fatal(err)
	}
	want := x
	want.Triggers = map[string]string{"n": "2"}
	refuses(t, commandType.Update(t.Context(), c, x, &want), "update on root@h failed")
	run(t, c, ": >/etc/ready")
	if err := commandType.Update(t.Context(), c, x, &want); err != nil {
		t.Error(err)
	}
}
