package builtin

import (
	"context"
	"fmt"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

type timeOffset struct {
	ID       string             `cty:"id"             is:"computed"         doc:"The base time, RFC 3339."`
	Base     string             `cty:"base_rfc3339"   is:"default"          doc:"Time to start from, RFC 3339; that of creation if absent."`
	Triggers map[string]*string `cty:"triggers"       is:"optional,replace" doc:"Any values; a change takes the base time anew."`
	Years    *int               `cty:"offset_years"   is:"optional"         doc:"Years to add."`
	Months   *int               `cty:"offset_months"  is:"optional"         doc:"Months to add."`
	Days     *int               `cty:"offset_days"    is:"optional"         doc:"Days to add."`
	Hours    *int               `cty:"offset_hours"   is:"optional"         doc:"Hours to add."`
	Minutes  *int               `cty:"offset_minutes" is:"optional"         doc:"Minutes to add."`
	Seconds  *int               `cty:"offset_seconds" is:"optional"         doc:"Seconds to add."`
	RFC3339  string             `cty:"rfc3339"        is:"computed"         doc:"The time that results, RFC 3339."`
	timeParts
}

var timeOffsetType = providers.Resource[providers.Clock, timeOffset]{
	Type:   "time_offset",
	Doc:    "A time that is some while from another one.",
	Kept:   true,
	Create: createOffset,
	Import: importOffset,
	// What follows from the change is planned.
	Update: func(context.Context, providers.Clock, timeOffset, *timeOffset) error { return nil },
	Spell:  func(was timeOffset, x *timeOffset) { x.Base = sameTime(was.Base, x.Base) },
	Check:  checkOffset,
	Examples: []string{
		`resource "time_offset" "example" {
  offset_days = 7
}`,
		`resource "time_offset" "example" {
  offset_days  = 8
  offset_hours = -1
}`,
		`resource "time_offset" "example" {
  base_rfc3339   = "2026-02-12T06:36:13Z"
  offset_minutes = 90
  triggers       = { image = "ubuntu-24-04-x64" }
}`,
	},
}

func createOffset(_ context.Context, c providers.Clock, x *timeOffset, _ providers.Attempt) error {
	return x.fill(c.Now)
}

// importOffset takes the base time and what is added: years, months, days,
// hours, minutes and seconds.
func importOffset(id string) (timeOffset, error) {
	parts := commas(id)
	by, ok := importSteps(parts[1:])
	base, err := time.Parse(time.RFC3339, parts[0])
	if !ok || err != nil || len(parts) != 7 {
		return timeOffset{}, fmt.Errorf("%q: wanted are the base time, years, months, days, hours, minutes and seconds with commas in between, such as 2026-02-12T06:36:13Z,0,0,7,0,0,0", id)
	}
	x := timeOffset{Base: base.Format(time.RFC3339), Years: by.years, Months: by.months, Days: by.days, Hours: by.hours, Minutes: by.minutes, Seconds: by.seconds}
	return x, x.fill(time.Now)
}

func (x *timeOffset) fill(now func() time.Time) error {
	base, err := timestamp("base_rfc3339", x.Base, now)
	if err != nil {
		return err
	}
	if x.Base == "" {
		x.Base = base.Format(time.RFC3339)
	}
	t := x.steps().add(base)
	x.ID, x.RFC3339 = x.Base, t.Format(time.RFC3339)
	x.timeParts = partsOf(t)
	return nil
}

func (x timeOffset) steps() steps {
	return steps{x.Years, x.Months, x.Days, x.Hours, x.Minutes, x.Seconds}
}

func checkOffset(_ *timeOffset, x timeOffset) error {
	if x.steps().none() {
		return errNoOffset
	}
	return checkTimes(map[string]string{"base_rfc3339": x.Base})
}

// planOffset plans what a change of the base or of the offsets gives.
func planOffset(prior, want cty.Value) map[string]cty.Value {
	if !differ(prior, want, "base_rfc3339", "offset_years", "offset_months", "offset_days", "offset_hours", "offset_minutes", "offset_seconds") {
		return nil
	}
	base, ok := known(want.GetAttr("base_rfc3339"))
	by, all := stepsOf(want, "offset_")
	if !ok || !all {
		vals := unknownFields()
		vals["rfc3339"], vals["id"] = cty.UnknownVal(cty.String), cty.UnknownVal(cty.String)
		return vals
	}
	t := by.add(base)
	vals := fieldsOf(t)
	vals["rfc3339"], vals["id"] = cty.StringVal(t.Format(time.RFC3339)), want.GetAttr("base_rfc3339")
	return vals
}
