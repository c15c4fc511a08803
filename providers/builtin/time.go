package builtin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

func timeProvider(clock providers.Clock) *providers.Provider {
	return providers.Cloud[providers.Clock, none]{
		Name: "time", Doc: "Times that are kept, offsets, rotations and waits.",
		Connect: connectTo(clock), Classify: refuse, Imply: implyTime,
		Resources: []providers.Erasable{timeOffsetType, timeRotatingType, timeSleepType, timeStaticType},
	}.Provider()
}

// implyTime makes known at plan what follows from a time that is known.
func implyTime(_ none, t *providers.Type, config, prior, want cty.Value) map[string]cty.Value {
	switch t.Name {
	case "time_static":
		return planStatic(prior, want)
	case "time_offset":
		return planOffset(prior, want)
	case "time_rotating":
		return planRotation(config, prior, want)
	}
	return nil
}

var durationForm = providers.NewPattern(`^[0-9]+(\.[0-9]+)?(ms|s|m|h)$`)

// duration reads what create_duration and destroy_duration may be.
func duration(text string) (time.Duration, error) {
	if !durationForm.MatchString(text) {
		return 0, fmt.Errorf("duration %q: write a number and ms, s, m or h, such as 30s", text)
	}
	return time.ParseDuration(text)
}

// timestamp reads a time in RFC 3339; "" is now.
func timestamp(name, text string, now func() time.Time) (time.Time, error) {
	if text == "" {
		return now().UTC().Truncate(time.Second), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%s is %q: write a time such as 2026-01-02T15:04:05Z", name, text)
	}
	return t, nil
}

// checkTimes refuses texts that are no times; "" is none.
func checkTimes(texts map[string]string) error {
	for name, text := range texts {
		if _, err := timestamp(name, text, time.Now); err != nil {
			return err
		}
	}
	return nil
}

// sameTime returns was when now means the same moment, else now.
func sameTime(was, now string) string {
	t, err1 := time.Parse(time.RFC3339, was)
	u, err2 := time.Parse(time.RFC3339, now)
	if err1 == nil && err2 == nil && t.Equal(u) {
		return was
	}
	return now
}

// timeParts are the parts of a time as attributes.
type timeParts struct {
	Year   int   `cty:"year"   is:"computed" doc:"Year."`
	Month  int   `cty:"month"  is:"computed" doc:"Month, from 1 to 12."`
	Day    int   `cty:"day"    is:"computed" doc:"Day of the month."`
	Hour   int   `cty:"hour"   is:"computed" doc:"Hour."`
	Minute int   `cty:"minute" is:"computed" doc:"Minute."`
	Second int   `cty:"second" is:"computed" doc:"Second."`
	Unix   int64 `cty:"unix"   is:"computed" doc:"Seconds since 1970."`
}

func partsOf(t time.Time) timeParts {
	return timeParts{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Unix()}
}

// fields are the names of timeParts.
var fields = []string{"year", "month", "day", "hour", "minute", "second", "unix"}

// fieldsOf returns the values of fields.
func fieldsOf(t time.Time) map[string]cty.Value {
	vals := map[string]cty.Value{}
	for i, n := range []int64{int64(t.Year()), int64(t.Month()), int64(t.Day()), int64(t.Hour()), int64(t.Minute()), int64(t.Second()), t.Unix()} {
		vals[fields[i]] = cty.NumberIntVal(n)
	}
	return vals
}

// unknownFields returns fields that only an apply will know.
func unknownFields() map[string]cty.Value {
	vals := map[string]cty.Value{}
	for _, name := range fields {
		vals[name] = cty.UnknownVal(cty.Number)
	}
	return vals
}

// steps are what is added to a time, nil for nothing.
type steps struct{ years, months, days, hours, minutes, seconds *int }

// stepsOf reads steps from attributes; false when they are not all known.
func stepsOf(v cty.Value, prefix string) (steps, bool) {
	var s steps
	for name, n := range map[string]**int{
		"years": &s.years, "months": &s.months, "days": &s.days, "hours": &s.hours, "minutes": &s.minutes, "seconds": &s.seconds,
	} {
		if !v.Type().HasAttribute(prefix + name) {
			continue // a rotation has no seconds
		}
		a := v.GetAttr(prefix + name)
		if !a.IsKnown() {
			return s, false
		}
		if !a.IsNull() {
			i, _ := a.AsBigFloat().Int64()
			*n = new(int(i))
		}
	}
	return s, true
}

func (s steps) none() bool { return s == steps{} }

// add returns t and all of s.
func (s steps) add(t time.Time) time.Time {
	n := func(i *int) int {
		if i == nil {
			return 0
		}
		return *i
	}
	clock := time.Duration(n(s.hours))*time.Hour + time.Duration(n(s.minutes))*time.Minute
	t = t.AddDate(0, 0, n(s.days)).Add(clock).AddDate(0, n(s.months), 0)
	return t.Add(time.Duration(n(s.seconds))*time.Second).AddDate(n(s.years), 0, 0)
}

// known returns the time in an attribute; false when it has none yet.
func known(v cty.Value) (time.Time, bool) {
	if !v.IsKnown() || v.IsNull() {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, v.AsString())
	return t, err == nil
}

// differ reports whether some of the attributes differ, except from no object.
func differ(prior, want cty.Value, names ...string) bool {
	for _, name := range names {
		if !prior.IsNull() && !prior.GetAttr(name).RawEquals(want.GetAttr(name)) {
			return true
		}
	}
	return false
}

// nothingMade answers for types whose objects are only times: a create that was
// cut off has made nothing. They are not kept, for a look compares them with
// the clock.
func nothingMade[C, T any](context.Context, C, *T, providers.Attempt) (bool, error) {
	return false, nil
}

// noWait is the Settle of types with nothingMade: there is nothing to wait for.
const noWait = time.Nanosecond

var errNoOffset = errors.New("one of offset_years, offset_months, offset_days, offset_hours, offset_minutes and offset_seconds has to be set")
