package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type monitorAlert struct {
	ID          string         `cty:"id"          is:"computed"        doc:"UUID of the alert."`
	UUID        string         `cty:"uuid"        is:"computed"        doc:"The same as id."`
	Type        string         `cty:"type"        is:"required"        doc:"What is measured, such as v1/insights/droplet/cpu."`
	Description string         `cty:"description" is:"required"        doc:"What the alert is for; it stands in the message."`
	Compare     string         `cty:"compare"     is:"required"        doc:"GreaterThan or LessThan."`
	Value       float64        `cty:"value"       is:"required"        doc:"Value from which on it goes off, in the unit of the type."`
	Window      string         `cty:"window"      is:"required,in=5m|10m|30m|1h"        doc:"Time over which it is measured: 5m, 10m, 30m or 1h."`
	Enabled     bool           `cty:"enabled"     is:"else=true"       doc:"Whether it goes off at all."`
	Entities    []string       `cty:"entities"    is:"optional,set,ref=digitalocean_droplet,ref=digitalocean_loadbalancer,ref=digitalocean_database_cluster" doc:"Ids of what is watched; none and no tags means all."`
	Tags        []string       `cty:"tags"        is:"optional,set,ref=digitalocean_tag.name" doc:"Tags whose bearers are watched."`
	Alerts      []notification `cty:"alerts"      is:"required,max=1"  doc:"Whom it tells."`
}

var monitorAlertType = providers.Resource[*client, monitorAlert]{
	Type:    "digitalocean_monitor_alert",
	Doc:     "A message when a droplet, load balancer or database is busy, full or idle.",
	Create:  createMonitorAlert,
	Read:    readMonitorAlert,
	Update:  updateMonitorAlert,
	Delete:  deleteMonitorAlert,
	List:    listMonitorAlerts,
	Normal:  func(x *monitorAlert) { x.Value = asFloat32(x.Value) },
	Check:   checkMonitorAlert,
	Natural: func(x monitorAlert) string { return x.Description },
	// Two that say the same are one to everybody who is told.
	Unique: true,
	Examples: []string{
		`resource "digitalocean_monitor_alert" "example" {
  description = "GPU workers are busy"
  type        = "v1/insights/droplet/cpu"
  compare     = "GreaterThan"
  value       = 95
  window      = "5m"
  tags        = ["gpu"]

  alerts {
    email = ["ml@example.com"]
  }
}`,
		`resource "digitalocean_droplet" "example" {
  name   = "worker"
  region = "fra1"
  size   = "s-1vcpu-1gb"
  image  = "ubuntu-24-04-x64"
}

resource "digitalocean_monitor_alert" "example" {
  description = "A worker idles"
  type        = "v1/insights/droplet/load_15"
  compare     = "LessThan"
  value       = 0.1
  window      = "1h"
  entities    = [digitalocean_droplet.example.id]

  alerts {
    email = ["ml@example.com", "ops@example.com"]

    slack {
      channel = "#ml"
      url     = "https://hooks.slack.com/services/T1234567/AAAAAAAA/ZZZZZZ"
    }
  }
}`,
	},
}

func (x *monitorAlert) request() *godo.AlertPolicyCreateRequest {
	to := recipients(x.Alerts)
	return &godo.AlertPolicyCreateRequest{
		Type: x.Type, Description: x.Description, Compare: godo.AlertPolicyComp(x.Compare), Value: float32(x.Value),
		Window: x.Window, Entities: append([]string{}, x.Entities...), Tags: append([]string{}, x.Tags...),
		Alerts: godo.Alerts{Email: to.Email, Slack: to.Slack}, Enabled: &x.Enabled,
	}
}

func createMonitorAlert(ctx context.Context, c *client, x *monitorAlert, _ providers.Attempt) error {
	got, _, err := c.Monitoring.CreateAlertPolicy(ctx, x.request())
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readMonitorAlert(ctx context.Context, c *client, x *monitorAlert) error {
	got, _, err := c.Monitoring.GetAlertPolicy(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func updateMonitorAlert(ctx context.Context, c *client, was monitorAlert, x *monitorAlert) error {
	req := godo.AlertPolicyUpdateRequest(*x.request())
	got, _, err := c.Monitoring.UpdateAlertPolicy(ctx, was.ID, &req)
	if err != nil {
		return err
	}
	return x.fill(got)
}

func deleteMonitorAlert(ctx context.Context, c *client, x monitorAlert) error {
	_, err := c.Monitoring.DeleteAlertPolicy(ctx, x.ID)
	return gone(err)
}

func listMonitorAlerts(ctx context.Context, c *client, _ monitorAlert) iter.Seq2[monitorAlert, error] {
	return pages(ctx, c.Monitoring.ListAlertPolicies, (*monitorAlert).fill)
}

func (x *monitorAlert) fill(got *godo.AlertPolicy) error {
	x.ID, x.UUID, x.Type, x.Description = got.UUID, got.UUID, got.Type, got.Description
	x.Compare, x.Value, x.Window, x.Enabled = string(got.Compare), asFloat32(float64(got.Value)), got.Window, got.Enabled
	x.Entities, x.Tags = got.Entities, respelled(x.Tags, got.Tags)
	x.Alerts = notificationOf(got.Alerts.Email, got.Alerts.Slack)
	return nil
}

// asFloat32 returns f in the digits that a float32, as which the API keeps it, has.
func asFloat32(f float64) float64 {
	out, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64)
	return out
}

// alertKinds are what the API measures, by what it measures them of.
var alertKinds = map[string][]string{
	"v1/insights/droplet/": {"load_1", "load_5", "load_15", "memory_utilization_percent", "disk_utilization_percent", "cpu",
		"disk_read", "disk_write", "public_outbound_bandwidth", "public_inbound_bandwidth", "private_outbound_bandwidth", "private_inbound_bandwidth"},
	"v1/insights/lbaas/": {"avg_cpu_utilization_percent", "connection_utilization_percent", "droplet_health",
		"tls_connections_per_second_utilization_percent", "increase_in_http_error_rate_percentage_5xx", "increase_in_http_error_rate_percentage_4xx",
		"increase_in_http_error_rate_count_5xx", "increase_in_http_error_rate_count_4xx", "high_http_request_response_time",
		"high_http_request_response_time_50p", "high_http_request_response_time_95p", "high_http_request_response_time_99p"},
	"v1/dbaas/alerts/": {"load_15_alerts", "memory_utilization_alerts", "disk_utilization_alerts", "cpu_alerts"},
	"v1/droplet/autoscale_alerts/": {"current_instances", "target_instances", "current_cpu_utilization", "target_cpu_utilization",
		"current_memory_utilization", "target_memory_utilization", "scale_up", "scale_down"},
}

func checkMonitorAlert(_ *monitorAlert, x monitorAlert) error {
	i := strings.LastIndex(x.Type, "/") + 1
	kinds := alertKinds[x.Type[:i]]
	switch {
	case kinds == nil:
		return fmt.Errorf("type %q begins with none of v1/insights/droplet/, v1/insights/lbaas/, v1/dbaas/alerts/ and v1/droplet/autoscale_alerts/", x.Type)
	case !slices.Contains(kinds, x.Type[i:]):
		return fmt.Errorf("type %q: after %s stands one of %s", x.Type, x.Type[:i], strings.Join(kinds, ", "))
	case x.Compare != string(godo.GreaterThan) && x.Compare != string(godo.LessThan):
		return fmt.Errorf("compare %q is neither GreaterThan nor LessThan", x.Compare)
	case x.Value < 0:
		return fmt.Errorf("value %v is below zero", x.Value)
	case x.Description == "":
		return errors.New("description must not be empty")
	}
	return checkNotification("alerts", x.Alerts)
}
