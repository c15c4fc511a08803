package digitalocean

import (
	"context"
	"fmt"
	"reflect"

	"github.com/digitalocean/godo"

	"github.com/mlinfra/mlinfra/providers"
)

// alertKey tells an alert apart from others of the app; component is "" for those of
// the app itself.
type alertKey struct{ component, rule string }

// eachAlert calls f with whom each alert of x reaches.
func (x *appSpec) eachAlert(f func(key alertKey, d *[]appDestinations)) {
	for i := range x.Alert {
		f(alertKey{"", x.Alert[i].Rule}, &x.Alert[i].Destinations)
	}
	for _, p := range x.parts() {
		for i := range p.limits {
			f(alertKey{p.name, p.limits[i].Rule}, &p.limits[i].Destinations)
		}
	}
}

// destinations returns whom the alerts of x reach that say so.
func (x *appSpec) destinations() map[alertKey]appDestinations {
	out := map[alertKey]appDestinations{}
	x.eachAlert(func(key alertKey, d *[]appDestinations) {
		if len(*d) > 0 {
			out[key] = (*d)[0]
		}
	})
	return out
}

// fillDestinations fills in whom alerts reach.
func (x *app) fillDestinations(ctx context.Context, c *client) error {
	all, _, err := c.Apps.ListAlerts(ctx, x.ID)
	if err != nil {
		return err
	}
	known := map[alertKey]appDestinations{}
	for _, a := range all {
		if d := destinationsOf(a); len(d.Emails)+len(d.SlackWebhooks) > 0 {
			known[keyOfAlert(a)] = d
		}
	}
	x.Spec[0].eachAlert(func(key alertKey, d *[]appDestinations) {
		*d = nil
		if to, ok := known[key]; ok {
			*d = []appDestinations{to}
		}
	})
	return nil
}

// keepDestinations takes from have whom alerts reach, which the spec does not show.
func (x *appSpec) keepDestinations(have *appSpec) {
	known := have.destinations()
	x.eachAlert(func(key alertKey, d *[]appDestinations) {
		if to, ok := known[key]; ok {
			*d = []appDestinations{to}
		}
	})
}

func keyOfAlert(a *godo.AppAlert) alertKey {
	key := alertKey{component: a.ComponentName}
	if a.Spec != nil {
		key.rule = string(a.Spec.Rule)
	}
	return key
}

func destinationsOf(a *godo.AppAlert) appDestinations {
	d := appDestinations{Emails: a.Emails}
	for _, s := range a.SlackWebhooks {
		d.SlackWebhooks = append(d.SlackWebhooks, appSlack{Channel: s.Channel, URL: s.URL})
	}
	return d
}

// setDestinations has the alerts reach whom want says, and the owner of the account
// where want no longer says it. An alert comes with the deployment: ErrAgain asks for
// another call then.
func setDestinations(ctx context.Context, c *client, was app, want appSpec) error {
	to, before := want.destinations(), was.Spec[0].destinations()
	if len(to)+len(before) == 0 {
		return nil
	}
	all, _, err := c.Apps.ListAlerts(ctx, was.ID)
	if err != nil {
		return err
	}
	for _, a := range all {
		key := keyOfAlert(a)
		d, said := to[key]
		delete(to, key)
		if _, known := before[key]; !said && !known || reflect.DeepEqual(d, destinationsOf(a)) {
			continue
		}
		req := &godo.AlertDestinationUpdateRequest{Emails: append([]string{}, d.Emails...), SlackWebhooks: []*godo.AppAlertSlackWebhook{}}
		for _, s := range d.SlackWebhooks {
			req.SlackWebhooks = append(req.SlackWebhooks, &godo.AppAlertSlackWebhook{Channel: s.Channel, URL: s.URL})
		}
		if _, _, err := c.Apps.UpdateAlertDestinations(ctx, was.ID, a.ID, req); err != nil {
			return err
		}
	}
	if len(to) == 0 {
		return nil
	}
	return missingAlert(ctx, c, was.ID, to)
}

// missingAlert returns ErrAgain while the app is being deployed.
func missingAlert(ctx context.Context, c *client, id string, to map[alertKey]appDestinations) error {
	got, _, err := c.Apps.Get(ctx, id)
	if err != nil {
		return gone(err)
	}
	if got.PendingDeployment != nil || got.InProgressDeployment != nil {
		return providers.ErrAgain
	}
	for key := range to {
		return fmt.Errorf("the app has no alert %s of %q that somebody could be told of", key.rule, key.component)
	}
	return nil
}
