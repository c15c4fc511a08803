package builtin

import (
	"context"
	"fmt"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

type timeStatic struct {
	ID       string             `cty:"id"       is:"computed"         doc:"The time, RFC 3339."`
	RFC3339  string             `cty:"rfc3339"  is:"default,replace"  doc:"The time, RFC 3339; that of creation if absent."`
	Triggers map[string]*string `cty:"triggers" is:"optional,replace" doc:"Any values; a change takes the time anew."`
	timeParts
}

var timeStaticType = providers.Resource[providers.Clock, timeStatic]{
	Type:   "time_static",
	Doc:    "A time that stays, such as that of the first apply.",
	Kept:   true,
	Create: createStatic,
	Import: importStatic,
	Spell:  func(was timeStatic, x *timeStatic) { x.RFC3339 = sameTime(was.RFC3339, x.RFC3339) },
	Check: func(_ *timeStatic, x timeStatic) error {
		return checkTimes(map[string]string{"rfc3339": x.RFC3339})
	},
	Examples: []string{
		`resource "time_static" "example" {}`,
		`resource "time_static" "example" {
  rfc3339 = "2026-02-12T06:36:13Z"
}`,
	},
}

func createStatic(_ context.Context, c providers.Clock, x *timeStatic, _ providers.Attempt) error {
	t, err := timestamp("rfc3339", x.RFC3339, c.Now)
	if err != nil {
		return err
	}
	if x.RFC3339 == "" {
		x.RFC3339 = t.Format(time.RFC3339)
	}
	x.ID = x.RFC3339
	x.timeParts = partsOf(t)
	return nil
}

// importStatic takes the time.
func importStatic(id string) (timeStatic, error) {
	t, err := time.Parse(time.RFC3339, id)
	if err != nil {
		return timeStatic{}, fmt.Errorf("%q is no time: wanted is one such as 2026-02-12T06:36:13Z", id)
	}
	x := timeStatic{ID: id, RFC3339: id}
	x.timeParts = partsOf(t)
	return x, nil
}

func planStatic(prior, want cty.Value) map[string]cty.Value {
	t, ok := known(want.GetAttr("rfc3339"))
	if !prior.IsNull() || !ok {
		return nil
	}
	vals := fieldsOf(t)
	vals["id"] = want.GetAttr("rfc3339")
	return vals
}
