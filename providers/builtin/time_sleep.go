package builtin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

type timeSleep struct {
	ID       string             `cty:"id"               is:"computed"         doc:"Time when the wait was over, RFC 3339."`
	Create   string             `cty:"create_duration"  is:"optional"         doc:"How long creation takes, such as 30s."`
	Destroy  string             `cty:"destroy_duration" is:"optional"         doc:"How long destruction takes, such as 30s."`
	Triggers map[string]*string `cty:"triggers"         is:"optional,replace" doc:"Any values; a change waits anew."`
}

var timeSleepType = providers.Resource[providers.Clock, timeSleep]{
	Type:   "time_sleep",
	Doc:    "A wait before what depends on it is made, or after that is gone.",
	Kept:   true,
	Create: createSleep,
	Import: importSleep,
	Update: func(context.Context, providers.Clock, timeSleep, *timeSleep) error { return nil },
	Delete: func(ctx context.Context, c providers.Clock, x timeSleep) error {
		return sleep(ctx, c, x.Destroy)
	},
	Check: checkSleep,
	Examples: []string{
		`resource "time_sleep" "example" {
  create_duration = "30s"
}`,
		`resource "time_sleep" "example" {
  create_duration  = "45s"
  destroy_duration = "1.5m"
}`,
		`resource "time_sleep" "example" {
  create_duration = "45s"
  triggers        = { image = "ubuntu-24-04-x64" }
}`,
	},
}

func createSleep(ctx context.Context, c providers.Clock, x *timeSleep, _ providers.Attempt) error {
	if err := sleep(ctx, c, x.Create); err != nil {
		return err
	}
	x.ID = c.Now().UTC().Format(time.RFC3339)
	return nil
}

// importSleep takes the two durations, of which one may be empty.
func importSleep(id string) (timeSleep, error) {
	create, destroy, ok := strings.Cut(id, ",")
	x := timeSleep{ID: time.Now().UTC().Format(time.RFC3339), Create: create, Destroy: destroy}
	if err := checkSleep(nil, x); err != nil || !ok {
		return x, fmt.Errorf("%q: wanted are create_duration and destroy_duration with a comma in between, such as 30s, or ,30s or 30s,10s", id)
	}
	return x, nil
}

func checkSleep(_ *timeSleep, x timeSleep) error {
	if x.Create == "" && x.Destroy == "" {
		return errors.New("one of create_duration and destroy_duration has to be set")
	}
	for name, d := range map[string]string{"create_duration": x.Create, "destroy_duration": x.Destroy} {
		if d == "" {
			continue
		}
		if _, err := duration(d); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
