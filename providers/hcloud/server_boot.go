package hcloud

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"
)

// The names of actions in the log of a server.
const (
	attachedISO     = "attach_iso"
	detachedISO     = "detach_iso"
	enabledRescue   = "enable_rescue"
	disabledRescue  = "disable_rescue"
	resetServer     = "reset_server"
	shutdownCommand = "shutdown_server"
)

// changeBoot changes what the server starts from: the disc in it, then the rescue
// system, which is there for one start, and then resets it. The API shows neither what
// it runs nor what it was last started for: the log of its actions does.
func changeBoot(ctx context.Context, c *client, u *serverChange) error {
	if u.was.ISO == u.want.ISO && u.was.Rescue == u.want.Rescue {
		return nil
	}
	if u.was.ISO != u.want.ISO {
		if err := changeISO(ctx, c, u.got, u.want.ISO); err != nil {
			return err
		}
	}
	log, err := newestActions(ctx, c, u.got)
	if err != nil {
		return err
	}
	if u.was.Rescue != u.want.Rescue || u.want.Rescue != "" {
		if err := changeRescue(ctx, c, u, log); err != nil {
			return err
		}
	}
	leaves := u.want.Rescue == "" && u.was.Rescue != "" && inRescue(log)
	if leaves || slices.Contains([]string{attachedISO, detachedISO, enabledRescue, disabledRescue}, log[0]) {
		return more(c.Server.Reset(ctx, u.got))
	}
	return nil
}

// changeISO takes one disc out before it puts another one in.
func changeISO(ctx context.Context, c *client, got *hcloud.Server, want string) error {
	switch {
	case got.ISO != nil && (got.ISO.Name == want || text(got.ISO.ID) == want):
		return nil
	case got.ISO != nil:
		return more(c.Server.DetachISO(ctx, got))
	case want == "":
		return nil
	}
	iso, _, err := c.ISO.Get(ctx, want)
	switch {
	case err != nil:
		return err
	case iso == nil:
		return fmt.Errorf("there is no iso %q", want)
	case iso.Architecture != nil && *iso.Architecture != got.ServerType.Architecture:
		return fmt.Errorf("iso %q is for %s, the server is %s", want, *iso.Architecture, got.ServerType.Architecture)
	}
	return more(c.Server.AttachISO(ctx, got, iso))
}

// changeRescue enables the rescue system unless the log shows that it has been, for
// the start that follows or for the last one.
func changeRescue(ctx context.Context, c *client, u *serverChange, log []string) error {
	switch {
	case u.want.Rescue == "" && u.got.RescueEnabled:
		return more(c.Server.DisableRescue(ctx, u.got))
	case u.want.Rescue == "" || log[0] == enabledRescue || inRescue(log):
		return nil
	}
	keys, err := keysNamed(ctx, c, u.want.SSHKeys)
	if err != nil {
		return err
	}
	result, resp, err := c.Server.EnableRescue(ctx, u.got, hcloud.ServerEnableRescueOpts{Type: hcloud.ServerRescueType(u.want.Rescue), SSHKeys: keys})
	return more(result.Action, resp, err)
}

// inRescue reports whether a log says that the server was last reset into the rescue
// system.
func inRescue(log []string) bool { return log[0] == resetServer && log[1] == enabledRescue }

// newestActions returns the names of the last two actions on a server, the newest
// first; "" where there is none.
func newestActions(ctx context.Context, c *client, got *hcloud.Server) ([]string, error) {
	actions, _, err := c.Server.Action.ListFor(ctx, got, newest2)
	names := make([]string, 2)
	for i, a := range actions {
		if i < len(names) {
			names[i] = a.Command
		}
	}
	return names, err
}

// newest2 asks for the last two actions.
var newest2 = hcloud.ActionListOpts{ListOpts: hcloud.ListOpts{Page: 1, PerPage: 2}, Sort: []string{"id:desc"}}

// patience is how long a system may take to stop before it is deleted all the same.
const patience = 30 * time.Second

// shutDown asks the system of a running server to stop, once, and says that the
// deletion has to wait while it may still be doing so. The time is that of the API.
func shutDown(ctx context.Context, c *client, got *hcloud.Server) error {
	actions, resp, err := c.Server.Action.ListFor(ctx, got, newest2)
	if err != nil {
		return err
	}
	if len(actions) == 0 || actions[0].Command != shutdownCommand {
		return more(c.Server.Shutdown(ctx, got))
	}
	now, err := http.ParseTime(resp.Header.Get("Date"))
	if err == nil && now.Sub(actions[0].Started) < patience {
		return &busyError{"server " + got.Name + " is shutting down"}
	}
	return nil
}
