package builtin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

type timeRotating struct {
	ID       string             `cty:"id"               is:"computed"         doc:"The base time, RFC 3339."`
	RFC3339  string             `cty:"rfc3339"          is:"default,replace"  doc:"Time to start from, RFC 3339; that of creation if absent."`
	Rotation string             `cty:"rotation_rfc3339" is:"default"          doc:"Time after which the object is replaced, RFC 3339."`
	Triggers map[string]*string `cty:"triggers"         is:"optional,replace" doc:"Any values; a change takes the base time anew."`
	Years    *int               `cty:"rotation_years"   is:"optional,min=1" doc:"Years until it is replaced."`
	Months   *int               `cty:"rotation_months"  is:"optional,min=1" doc:"Months until it is replaced."`
	Days     *int               `cty:"rotation_days"    is:"optional,min=1" doc:"Days until it is replaced."`
	Hours    *int               `cty:"rotation_hours"   is:"optional,min=1" doc:"Hours until it is replaced."`
	Minutes  *int               `cty:"rotation_minutes" is:"optional,min=1" doc:"Minutes until it is replaced."`
	timeParts
}

var timeRotatingType = providers.Resource[providers.Clock, timeRotating]{
	Type:   "time_rotating",
	Doc:    "A time that is replaced when a while has passed.",
	Create: createRotating,
	Import: importRotating,
	Read:   readRotating,
	// What follows from the change is planned.
	Update: func(context.Context, providers.Clock, timeRotating, *timeRotating) error { return nil },
	Delete: func(context.Context, providers.Clock, timeRotating) error { return providers.ErrGone },
	Find:   nothingMade[providers.Clock, timeRotating],
	Settle: noWait,
	Spell: func(was timeRotating, x *timeRotating) {
		x.RFC3339, x.Rotation = sameTime(was.RFC3339, x.RFC3339), sameTime(was.Rotation, x.Rotation)
	},
	Check: checkRotating,
	Examples: []string{
		`resource "time_rotating" "example" {
  rotation_days = 30
}`,
		`resource "time_rotating" "example" {
  rotation_hours = 36
}`,
		`resource "time_rotating" "example" {
  rfc3339          = "2026-02-12T06:36:13Z"
  rotation_rfc3339 = "2126-02-12T06:36:13Z"
}`,
	},
}

func createRotating(ctx context.Context, c providers.Clock, x *timeRotating, _ providers.Attempt) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return x.fill(c.Now)
}

// importRotating takes the base time and either the time of the rotation, or
// years, months, days, hours and minutes until then.
func importRotating(id string) (timeRotating, error) {
	parts := commas(id)
	x := timeRotating{RFC3339: parts[0]}
	switch by, ok := importSteps(parts[1:]); {
	case len(parts) == 2:
		x.Rotation = parts[1]
	case len(parts) == 6 && ok:
		x.Years, x.Months, x.Days, x.Hours, x.Minutes = by.years, by.months, by.days, by.hours, by.minutes
	}
	if err := checkRotating(nil, x); err != nil || x.RFC3339 == "" {
		return x, fmt.Errorf("%q: wanted are the base time, years, months, days, hours and minutes with commas in between, such as 2026-02-12T06:36:13Z,0,0,30,0,0, or the base time, a comma and the time of the rotation", id)
	}
	return x, x.fill(time.Now)
}

// readRotating finds the object gone when its time is over, so that a plan
// makes it anew.
func readRotating(ctx context.Context, c providers.Clock, x *timeRotating) error {
	until, err := timestamp("rotation_rfc3339", x.Rotation, c.Now)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return err
	}
	if c.Now().After(until) {
		return fmt.Errorf("its time was over at %s: it %w", x.Rotation, providers.ErrGone)
	}
	return nil
}

func (x *timeRotating) fill(now func() time.Time) error {
	base, err := timestamp("rfc3339", x.RFC3339, now)
	if err != nil {
		return err
	}
	if x.RFC3339 == "" {
		x.RFC3339 = base.Format(time.RFC3339)
	}
	until := x.steps().last(base, x.Rotation)
	x.ID, x.Rotation = x.RFC3339, sameTime(x.Rotation, until.Format(time.RFC3339))
	x.timeParts = partsOf(until)
	return nil
}

func (x timeRotating) steps() steps {
	return steps{years: x.Years, months: x.Months, days: x.Days, hours: x.Hours, minutes: x.Minutes}
}

// last returns the time at, else base and one of s: as in Terraform, years come
// before months, minutes, hours and days.
func (s steps) last(base time.Time, at string) time.Time {
	t, err := time.Parse(time.RFC3339, at)
	switch {
	case err == nil:
		return t
	case s.years != nil:
		return steps{years: s.years}.add(base)
	case s.months != nil:
		return steps{months: s.months}.add(base)
	case s.minutes != nil:
		return steps{minutes: s.minutes}.add(base)
	case s.hours != nil:
		return steps{hours: s.hours}.add(base)
	}
	return steps{days: s.days}.add(base)
}

func checkRotating(_ *timeRotating, x timeRotating) error {
	if x.steps().none() && x.Rotation == "" {
		return errors.New("one of rotation_years, rotation_months, rotation_days, rotation_hours, rotation_minutes and rotation_rfc3339 has to be set")
	}
	return checkTimes(map[string]string{"rfc3339": x.RFC3339, "rotation_rfc3339": x.Rotation})
}

// planRotation plans what a change of the rotation gives.
func planRotation(config, prior, want cty.Value) map[string]cty.Value {
	changed := differ(prior, want, "rotation_rfc3339", "rotation_years", "rotation_months", "rotation_days", "rotation_hours", "rotation_minutes")
	if !changed {
		return nil
	}
	base, ok := known(want.GetAttr("rfc3339"))
	by, all := stepsOf(want, "rotation_")
	at, text := config.GetAttr("rotation_rfc3339"), ""
	if at.IsKnown() && !at.IsNull() {
		text = at.AsString()
	}
	if !ok || !all || !at.IsKnown() || (by.none() && text == "") {
		vals := unknownFields()
		if at.IsNull() {
			vals["rotation_rfc3339"] = cty.UnknownVal(cty.String)
		}
		return vals
	}
	until := by.last(base, text)
	vals := fieldsOf(until)
	vals["rotation_rfc3339"] = cty.StringVal(sameTime(text, until.Format(time.RFC3339)))
	return vals
}
