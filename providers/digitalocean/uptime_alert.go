package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type uptimeAlert struct {
	ID            string         `cty:"id"         is:"computed" doc:"UUID of the alert."`
	CheckID       string         `cty:"check_id"   is:"required,replace,ref=digitalocean_uptime_check" doc:"UUID of the check that it watches."`
	Name          string         `cty:"name"       is:"required" doc:"Name for people."`
	Type          string         `cty:"type"       is:"required,in=latency|down|down_global|ssl_expiry" doc:"What is bad: latency, down, down_global or ssl_expiry."`
	Threshold     int            `cty:"threshold"  is:"optional" doc:"Milliseconds of latency, regions, or days, by the type."`
	Comparison    string         `cty:"comparison" is:"optional,in=greater_than|less_than" doc:"greater_than or less_than the threshold."`
	Period        string         `cty:"period"     is:"optional" doc:"For how long: 2m, 3m, 5m, 10m, 15m, 30m or 1h."`
	Notifications []notification `cty:"notifications" is:"required,max=1" doc:"Whom it tells."`
}

var uptimeAlertType = providers.Resource[*client, uptimeAlert]{
	Type:     "digitalocean_uptime_alert",
	Doc:      "A message when a service is slow, down, or its certificate ends.",
	Create:   createUptimeAlert,
	Read:     readUptimeAlert,
	Update:   updateUptimeAlert,
	Delete:   deleteUptimeAlert,
	List:     listUptimeAlerts,
	Within:   func(x uptimeAlert) string { return x.CheckID },
	Import:   importUptimeAlert,
	ImportID: func(x uptimeAlert) string { return x.CheckID + "," + x.ID },
	Check:    checkUptimeAlert,
	Natural:  func(x uptimeAlert) string { return x.Name },
	Examples: []string{
		exampleUptimeCheck + `

resource "digitalocean_uptime_alert" "example" {
  check_id = digitalocean_uptime_check.inference.id
  name     = "inference is down"
  type     = "down"
  period   = "2m"

  notifications {
    email = ["ml@example.com"]
  }
}`,
		exampleUptimeCheck + `

resource "digitalocean_uptime_alert" "example" {
  check_id   = digitalocean_uptime_check.inference.id
  name       = "inference is slow"
  type       = "latency"
  threshold  = 300
  comparison = "greater_than"
  period     = "5m"

  notifications {
    email = ["ml@example.com", "ops@example.com"]

    slack {
      channel = "#ml"
      url     = "https://hooks.slack.com/services/T1234567/AAAAAAAA/ZZZZZZ"
    }
  }
}`,
		exampleUptimeCheck + `

resource "digitalocean_uptime_check" "registry" {
  name   = "registry"
  target = "https://registry.example.com"
}

resource "digitalocean_uptime_alert" "example" {
  check_id   = digitalocean_uptime_check.registry.id
  name       = "certificate ends"
  type       = "ssl_expiry"
  threshold  = 14
  comparison = "less_than"
  period     = "2m"

  notifications {
    email = ["ml@example.com"]
  }
}`,
	},
}

const exampleUptimeCheck = `resource "digitalocean_uptime_check" "inference" {
  name   = "inference"
  target = "https://inference.example.com/health"
}`

// uptimeAlertRequest leaves out what is not set: godo sends it empty, which is
// no value that the API documents.
type uptimeAlertRequest struct {
	Name          string              `json:"name"`
	Type          string              `json:"type"`
	Threshold     int                 `json:"threshold,omitempty"`
	Comparison    string              `json:"comparison,omitempty"`
	Notifications *godo.Notifications `json:"notifications"`
	Period        string              `json:"period,omitempty"`
}

// send makes or replaces the alert.
func (x *uptimeAlert) send(ctx context.Context, c *client, method, path string) error {
	var root struct {
		Alert godo.UptimeAlert `json:"alert"`
	}
	err := call(ctx, c, method, "v2/uptime/checks/"+x.CheckID+"/alerts"+path, uptimeAlertRequest{
		Name: x.Name, Type: x.Type, Threshold: x.Threshold, Comparison: x.Comparison, Period: x.Period,
		Notifications: recipients(x.Notifications),
	}, &root)
	if err != nil {
		return err
	}
	return x.fill(x.CheckID, &root.Alert)
}

func createUptimeAlert(ctx context.Context, c *client, x *uptimeAlert, _ providers.Attempt) error {
	return x.send(ctx, c, "POST", "")
}

func readUptimeAlert(ctx context.Context, c *client, x *uptimeAlert) error {
	got, _, err := c.UptimeChecks.GetAlert(ctx, x.CheckID, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(x.CheckID, got)
}

func updateUptimeAlert(ctx context.Context, c *client, was uptimeAlert, x *uptimeAlert) error {
	return x.send(ctx, c, "PUT", "/"+was.ID)
}

func deleteUptimeAlert(ctx context.Context, c *client, x uptimeAlert) error {
	_, err := c.UptimeChecks.DeleteAlert(ctx, x.CheckID, x.ID)
	return gone(err)
}

// listUptimeAlerts lists those of the check of in; none of one that is gone.
func listUptimeAlerts(ctx context.Context, c *client, in uptimeAlert) iter.Seq2[uptimeAlert, error] {
	fetch := func(ctx context.Context, opt *godo.ListOptions) ([]godo.UptimeAlert, *godo.Response, error) {
		return c.UptimeChecks.ListAlerts(ctx, in.CheckID, opt)
	}
	return presentOnly(in.CheckID, pages(ctx, fetch, func(x *uptimeAlert, got *godo.UptimeAlert) error {
		return x.fill(in.CheckID, got)
	}))
}

func importUptimeAlert(id string) (uptimeAlert, error) {
	check, alert, err := halves(id, "the id of the check, a comma and the id of the alert")
	return uptimeAlert{ID: alert, CheckID: check}, err
}

func (x *uptimeAlert) fill(check string, got *godo.UptimeAlert) error {
	*x = uptimeAlert{
		ID: got.ID, CheckID: check, Name: got.Name, Type: got.Type, Threshold: got.Threshold,
		Comparison: string(got.Comparison), Period: got.Period,
	}
	if n := got.Notifications; n != nil {
		x.Notifications = notificationOf(n.Email, n.Slack)
	}
	return nil
}

func checkUptimeAlert(_ *uptimeAlert, x uptimeAlert) error {
	periods := []string{"2m", "3m", "5m", "10m", "15m", "30m", "1h"}
	switch {
	case x.Name == "":
		return errors.New("name must not be empty")
	case x.Period != "" && !slices.Contains(periods, x.Period):
		return fmt.Errorf("period %q is none of %s", x.Period, strings.Join(periods, ", "))
	case x.Threshold < 0:
		return fmt.Errorf("threshold %d is below zero", x.Threshold)
	case x.Type == "latency" && (x.Threshold == 0 || x.Comparison == "" || x.Period == ""):
		return errors.New("an alert of latency needs threshold, in milliseconds, comparison and period")
	}
	return checkNotification("notifications", x.Notifications)
}
