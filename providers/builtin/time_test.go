package builtin

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

func TestTimeSleep(t *testing.T) {
	chain(t,
		[2]string{"create", resource("time_sleep", `create_duration = "30s"`)},
		[2]string{"update", resource("time_sleep", `create_duration = "1.5h"`)},
		[2]string{"update", resource("time_sleep", `destroy_duration = "100ms"`)},
		[2]string{"replace", resource("time_sleep", "destroy_duration = \"100ms\"\ntriggers = { a = 1 }")},
		[2]string{"no-op", resource("time_sleep", "destroy_duration = \"100ms\"\ntriggers = { a = 1 }")},
	)
	l := newLab(t)
	start := l.clock.Now()
	_, v := l.apply(resource("time_sleep", "create_duration = \"30s\"\ndestroy_duration = \"1m\""))
	if got := l.clock.Now().Sub(start); got != 30*time.Second || text(t, v, "id") != "2026-11-22T12:00:30Z" {
		t.Errorf("creation took %s, id %s", got, text(t, v, "id"))
	}
	l.apply(resource("time_sleep", "create_duration = \"40s\"\ndestroy_duration = \"2m\""))
	if got := l.clock.Now().Sub(start); got != 30*time.Second {
		t.Errorf("an update took %s", got-30*time.Second)
	}
	typ, ops := l.typeOf(state.Addr{Type: "time_sleep"})
	if err := ops.Delete(t.Context(), typ, l.have); !errors.Is(err, providers.ErrGone) {
		t.Errorf("delete: %v", err)
	}
	if got := l.clock.Now().Sub(start); got != 150*time.Second {
		t.Errorf("destruction took %s, want 2m", got-30*time.Second)
	}
	refused(t, map[string]string{
		resource("time_sleep", ``):                          "create_duration and destroy_duration",
		resource("time_sleep", `create_duration = "30"`):    `"30"`,
		resource("time_sleep", `create_duration = "1h30m"`): `create_duration: duration "1h30m"`,
		resource("time_sleep", `destroy_duration = "-1s"`):  "destroy_duration",
	})
}

// endless is a clock on which a sleep ends only with its context.
type endless struct{ *clock }

func (endless) Sleep(ctx context.Context, _ time.Duration) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestSleepEndsWithTheRun(t *testing.T) {
	ctx, stop := stoppable(t)
	time.AfterFunc(time.Millisecond, stop)
	if err := sleep(ctx, endless{newClock()}, "1h"); !errors.Is(err, providers.ErrStopped) {
		t.Errorf("a sleep of a run that is to stop: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	if err := sleep(ctx, endless{newClock()}, "1h"); !errors.Is(err, context.Canceled) {
		t.Errorf("a sleep that is cancelled: %v", err)
	}
}

func TestTimeStatic(t *testing.T) {
	chain(t,
		[2]string{"create", resource("time_static", ``)},
		[2]string{"no-op", resource("time_static", `rfc3339 = "2026-11-22T12:00:00+00:00"`)},
		[2]string{"replace", resource("time_static", `rfc3339 = "2026-02-12T06:36:13Z"`)},
		[2]string{"no-op", resource("time_static", ``)},
		[2]string{"replace", resource("time_static", `triggers = { a = 1 }`)},
	)
	l := newLab(t)
	c, err := l.plan(resource("time_static", `rfc3339 = "2026-02-12T06:36:13+01:00"`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"year": 2026, "month": 2, "day": 12, "hour": 6, "minute": 36, "second": 13, "unix": 1770874573}
	for name, n := range want {
		if got := c.After.GetAttr(name); !got.RawEquals(cty.NumberIntVal(n)) {
			t.Errorf("%s is planned as %#v, want %d", name, got, n)
		}
	}
	_, v := l.apply(resource("time_static", `rfc3339 = "2026-02-12T06:36:13+01:00"`))
	if text(t, v, "id") != "2026-02-12T06:36:13+01:00" {
		t.Errorf("id %s", text(t, v, "id"))
	}
	l = newLab(t)
	if _, v = l.apply(resource("time_static", ``)); text(t, v, "rfc3339") != "2026-11-22T12:00:00Z" || !v.GetAttr("hour").RawEquals(cty.NumberIntVal(12)) {
		t.Errorf("made %#v", v)
	}
	refused(t, map[string]string{resource("time_static", `rfc3339 = "yesterday"`): `rfc3339 is "yesterday"`})
}

func TestTimeOffset(t *testing.T) {
	for body, want := range map[string]string{
		`offset_days = 7`:                                               "2026-11-29T12:00:00Z",
		"offset_years = 1\noffset_months = -1":                          "2027-10-22T12:00:00Z",
		"offset_hours = 1\noffset_minutes = 2\noffset_seconds = -3":     "2026-11-22T13:01:57Z",
		"base_rfc3339 = \"2026-01-31T00:00:00Z\"\noffset_months = 1":    "2026-03-03T00:00:00Z",
		"base_rfc3339 = \"2026-01-31T00:00:00+01:00\"\noffset_days = 0": "2026-01-31T00:00:00+01:00",
	} {
		l := newLab(t)
		if _, v := l.apply(resource("time_offset", body)); text(t, v, "rfc3339") != want {
			t.Errorf("%s: %s, want %s", body, text(t, v, "rfc3339"), want)
		}
	}
	l := newLab(t)
	_, v := l.apply(resource("time_offset", `offset_days = 1`))
	_ = l.clock.Sleep(t.Context(), time.Hour)
	c, err := l.plan(resource("time_offset", `offset_days = 2`))
	if err != nil || c.Action != planner.Update || text(t, c.After, "rfc3339") != "2026-11-24T12:00:00Z" {
		t.Errorf("%s to %#v, %v; want what follows to be planned", c.Action, c.After, err)
	}
	if _, now := l.apply(resource("time_offset", `offset_days = 2`)); text(t, now, "id") != text(t, v, "id") || !now.GetAttr("day").RawEquals(cty.NumberIntVal(24)) {
		t.Errorf("updated to %#v", now)
	}
	if action, now := l.apply(resource("time_offset", "offset_days = 2\nbase_rfc3339 = \"2026-01-01T00:00:00Z\"")); action != planner.Update || text(t, now, "rfc3339") != "2026-01-03T00:00:00Z" {
		t.Errorf("%s to %#v", action, now)
	}
	if action, _ := l.apply(resource("time_offset", "offset_days = 2\ntriggers = { a = 1 }")); action != planner.Replace {
		t.Errorf("triggers: %s", action)
	}
	refused(t, map[string]string{
		resource("time_offset", ``):                                      "offset_years",
		resource("time_offset", "base_rfc3339 = \"x\"\noffset_days = 1"): `base_rfc3339 is "x"`,
	})
}

func TestTimeRotating(t *testing.T) {
	for body, want := range map[string]string{
		`rotation_days = 30`:                                              "2026-12-22T12:00:00Z",
		`rotation_minutes = 5`:                                            "2026-11-22T12:05:00Z",
		"rotation_days = 1\nrotation_hours = 2":                           "2026-11-22T14:00:00Z",
		"rotation_days = 1\nrotation_years = 1\nrotation_months = 1":      "2027-11-22T12:00:00Z",
		`rotation_rfc3339 = "2027-01-01T00:00:00Z"`:                       "2027-01-01T00:00:00Z",
		"rfc3339 = \"2026-11-01T00:00:00Z\"\nrotation_months = 2":         "2027-01-01T00:00:00Z",
		"rotation_rfc3339 = \"2027-01-01T00:00:00Z\"\nrotation_days = 1":  "2027-01-01T00:00:00Z",
		"rotation_rfc3339 = \"2027-01-01T00:00:00Z\"\nrotation_years = 2": "2027-01-01T00:00:00Z",
	} {
		l := newLab(t)
		if _, v := l.apply(resource("time_rotating", body)); text(t, v, "rotation_rfc3339") != want {
			t.Errorf("%s: %s, want %s", body, text(t, v, "rotation_rfc3339"), want)
		}
	}
	l := newLab(t)
	_, v := l.apply(resource("time_rotating", `rotation_days = 1`))
	typ, ops := l.typeOf(state.Addr{Type: "time_rotating"})
	_ = l.clock.Sleep(t.Context(), 23*time.Hour)
	if !l.look(typ, ops) {
		t.Error("it is gone before its time")
	}
	if action, now := l.apply(resource("time_rotating", `rotation_days = 3`)); action != planner.Update || text(t, now, "rotation_rfc3339") != "2026-11-25T12:00:00Z" || text(t, now, "id") != text(t, v, "id") {
		t.Errorf("%s to %#v", action, now)
	}
	_ = l.clock.Sleep(t.Context(), 50*time.Hour)
	if l.look(typ, ops) {
		t.Error("it is still there after its time")
	}
	if action, now := l.apply(resource("time_rotating", `rotation_days = 3`)); action != planner.Create || text(t, now, "rfc3339") != "2026-11-25T13:00:00Z" {
		t.Errorf("%s of %#v", action, now)
	}
	if action, _ := l.apply(resource("time_rotating", "rotation_days = 3\ntriggers = { a = 1 }")); action != planner.Replace {
		t.Errorf("triggers: %s", action)
	}
	if action, _ := l.apply(resource("time_rotating", "rotation_days = 3\nrfc3339 = \"2026-11-25T00:00:00Z\"")); action != planner.Replace {
		t.Errorf("another base: %s", action)
	}
	refused(t, map[string]string{
		resource("time_rotating", ``):                       "rotation_years",
		resource("time_rotating", `rotation_hours = 0`):     "rotation_hours is 0",
		resource("time_rotating", `rotation_rfc3339 = "x"`): `rotation_rfc3339 is "x"`,
	})
}
