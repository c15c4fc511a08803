package digitalocean

import (
	"strings"
	"testing"
)

func TestCheckMonitorAlert(t *testing.T) {
	good := monitorAlert{
		Type: "v1/insights/droplet/cpu", Description: "busy", Compare: "GreaterThan", Value: 80, Window: "5m",
		Alerts: []notification{{Email: []string{"a@example.com"}}},
	}
	if err := checkMonitorAlert(nil, good); err != nil {
		t.Fatalf("a good alert: %v", err)
	}
	for want, change := range map[string]func(*monitorAlert){
		"begins with none":      func(x *monitorAlert) { x.Type = "cpu" },
		"load_1, load_5":        func(x *monitorAlert) { x.Type = "v1/insights/droplet/gpu" },
		"neither GreaterThan":   func(x *monitorAlert) { x.Compare = ">" },
		"below zero":            func(x *monitorAlert) { x.Value = -1 },
		"description must not":  func(x *monitorAlert) { x.Description = "" },
		"alerts tells nobody":   func(x *monitorAlert) { x.Alerts = []notification{{}} },
		"is not an address":     func(x *monitorAlert) { x.Alerts = []notification{{Email: []string{"a"}}} },
		"https URL of a webhoo": func(x *monitorAlert) { x.Alerts = []notification{{Slack: []slackChannel{{Channel: "#a", URL: "a"}}}} },
	} {
		x := good
		change(&x)
		if err := checkMonitorAlert(nil, x); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

func TestValueInDigitsOfFloat32(t *testing.T) {
	for in, want := range map[float64]float64{0.1: 0.1, 80: 80, 12.3456789: 12.345679, 85.5: 85.5} {
		if got := asFloat32(in); got != want {
			t.Errorf("asFloat32(%v) is %v, want %v", in, got, want)
		}
		if got := asFloat32(float64(float32(in))); got != want {
			t.Errorf("asFloat32(%v as float32) is %v, want %v", in, got, want)
		}
	}
}

func TestCheckUptime(t *testing.T) {
	for want, x := range map[string]uptimeCheck{
		"name must not":            {Target: "https://a", Type: "https"},
		"target must not":          {Name: "a", Type: "ping"},
		"begins with http://":      {Name: "a", Target: "https://a", Type: "http"},
		"none of us_east, us_west": {Name: "a", Target: "https://a", Type: "https", Regions: []string{"fra1"}},
	} {
		if err := checkUptimeCheck(nil, x); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check %+v: error %v, want %q in it", x, err, want)
		}
	}
	for _, x := range []uptimeCheck{{Name: "a", Target: "192.0.2.1", Type: "ping"}, {Name: "a", Target: "http://a/b", Type: "http", Regions: uptimeRegions}} {
		if err := checkUptimeCheck(nil, x); err != nil {
			t.Errorf("check %+v: %v", x, err)
		}
	}
	to := []notification{{Email: []string{"a@example.com"}}}
	for want, x := range map[string]uptimeAlert{
		"name must not": {Type: "down", Notifications: to},
		"none of 2m":    {Name: "a", Type: "down", Period: "1m", Notifications: to},
		"below zero":    {Name: "a", Type: "down", Threshold: -1, Notifications: to},
		"latency needs": {Name: "a", Type: "latency", Notifications: to},
		"tells nobody":  {Name: "a", Type: "down", Notifications: []notification{{}}},
	} {
		if err := checkUptimeAlert(nil, x); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("alert %+v: error %v, want %q in it", x, err, want)
		}
	}
	if err := checkUptimeAlert(nil, uptimeAlert{Name: "a", Type: "down", Notifications: to}); err != nil {
		t.Error(err)
	}
}
