package digitalocean

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

type uptimeCheck struct {
	ID      string   `cty:"id"      is:"computed"   doc:"UUID of the check."`
	Name    string   `cty:"name"    is:"required"   doc:"Name for people."`
	Target  string   `cty:"target"  is:"required"   doc:"URL, or for ping the host, that is asked."`
	Type    string   `cty:"type"    is:"else=https,in=ping|http|https" doc:"How it is asked: ping, http or https."`
	Regions []string `cty:"regions" is:"optional,set" doc:"Where it is asked from: us_east, us_west, eu_west or se_asia."`
	Enabled bool     `cty:"enabled" is:"else=true"  doc:"Whether it is asked at all."`
}

var uptimeCheckType = providers.Resource[*client, uptimeCheck]{
	Type:    "digitalocean_uptime_check",
	Doc:     "A look from outside at whether a service answers.",
	Create:  createUptimeCheck,
	Read:    readUptimeCheck,
	Update:  updateUptimeCheck,
	Delete:  deleteUptimeCheck,
	List:    listUptimeChecks,
	Check:   checkUptimeCheck,
	Natural: func(x uptimeCheck) string { return x.Name },
	Examples: []string{
		`resource "digitalocean_uptime_check" "example" {
  name   = "inference"
  target = "https://inference.example.com/health"
}`,
		`resource "digitalocean_uptime_check" "example" {
  name    = "inference-eu"
  target  = "http://inference.example.com/health"
  type    = "http"
  regions = ["eu_west", "us_east"]
  enabled = false
}`,
	},
}

func (x *uptimeCheck) request() *godo.CreateUptimeCheckRequest {
	return &godo.CreateUptimeCheckRequest{
		Name: x.Name, Target: x.Target, Type: x.Type, Regions: append([]string{}, x.Regions...), Enabled: x.Enabled,
	}
}

func createUptimeCheck(ctx context.Context, c *client, x *uptimeCheck, _ providers.Attempt) error {
	got, _, err := c.UptimeChecks.Create(ctx, x.request())
	if err != nil {
		return err
	}
	return x.fill(got)
}

func readUptimeCheck(ctx context.Context, c *client, x *uptimeCheck) error {
	got, _, err := c.UptimeChecks.Get(ctx, x.ID)
	if err != nil {
		return gone(err)
	}
	return x.fill(got)
}

func updateUptimeCheck(ctx context.Context, c *client, was uptimeCheck, x *uptimeCheck) error {
	req := godo.UpdateUptimeCheckRequest(*x.request())
	got, _, err := c.UptimeChecks.Update(ctx, was.ID, &req)
	if err != nil {
		return err
	}
	return x.fill(got)
}

func deleteUptimeCheck(ctx context.Context, c *client, x uptimeCheck) error {
	_, err := c.UptimeChecks.Delete(ctx, x.ID)
	return gone(err)
}

func listUptimeChecks(ctx context.Context, c *client, _ uptimeCheck) iter.Seq2[uptimeCheck, error] {
	return pages(ctx, c.UptimeChecks.List, (*uptimeCheck).fill)
}

func (x *uptimeCheck) fill(got *godo.UptimeCheck) error {
	*x = uptimeCheck{ID: got.ID, Name: got.Name, Target: got.Target, Type: got.Type, Regions: got.Regions, Enabled: got.Enabled}
	return nil
}

var uptimeRegions = []string{"us_east", "us_west", "eu_west", "se_asia"}

func checkUptimeCheck(_ *uptimeCheck, x uptimeCheck) error {
	for _, r := range x.Regions {
		if !slices.Contains(uptimeRegions, r) {
			return fmt.Errorf("region %q is none of %s", r, strings.Join(uptimeRegions, ", "))
		}
	}
	u, err := url.Parse(x.Target)
	switch {
	case x.Name == "":
		return errors.New("name must not be empty")
	case x.Target == "":
		return errors.New("target must not be empty")
	case x.Type != "ping" && (err != nil || u.Scheme != x.Type || u.Host == ""):
		return fmt.Errorf("target %q is not a URL that begins with %s://, as type = %q needs", x.Target, x.Type, x.Type)
	}
	return nil
}
