package hrobot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// rescueSystem and installation are what a server starts from the network at its
// next boot, once. Robot forgets either with that boot: state keeps what was
// asked for.
type rescueSystem struct {
	OS             string   `cty:"os"              is:"else=linux" doc:"System, such as linux or vkvm."`
	AuthorizedKeys []string `cty:"authorized_keys" is:"required,set,ref=hrobot_ssh_key.fingerprint" doc:"Fingerprints of the keys that it lets in."`
	Keyboard       string   `cty:"keyboard"        is:"else=us" doc:"Layout of the keyboard."`
}

type installation struct {
	Image          string   `cty:"image"           is:"required" doc:"Image as Robot calls it, such as Debian 12 base."`
	Language       string   `cty:"language"        is:"else=en" doc:"Language of the installation; used when it is made."`
	AuthorizedKeys []string `cty:"authorized_keys" is:"required,set,ref=hrobot_ssh_key.fingerprint" doc:"Fingerprints of the keys that it lets in; used when it is made."`
	Trigger        string   `cty:"trigger"         is:"optional" doc:"Any text: a change of it installs the same image anew."`
}

// bootBody is one of the boot configurations of a server.
type bootBody struct {
	Active bool   `json:"active"`
	OS     choice `json:"os"`   // of a rescue system
	Dist   choice `json:"dist"` // of an installation
	Keys   []struct {
		Key struct {
			Fingerprint string `json:"fingerprint"`
		} `json:"key"`
	} `json:"authorized_key"`
}

// choice is what a boot configuration says of a setting: what can be chosen while
// it is not active, what was chosen while it is.
type choice struct {
	Chosen  string
	Options []string
}

// UnmarshalJSON reads a list or a text.
func (c *choice) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, &c.Options) == nil {
		return nil
	}
	return json.Unmarshal(raw, &c.Chosen)
}

// lets reports whether b lets in exactly the keys with some fingerprints.
func (b *bootBody) lets(fingerprints []string) bool {
	var have []string
	for _, k := range b.Keys {
		have = append(have, k.Key.Fingerprint)
	}
	return sameSet(have, fingerprints)
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// boot calls a boot configuration of a server: rescue or linux.
func (c *client) boot(ctx context.Context, method string, x server, kind string, form url.Values) (bootBody, error) {
	got, err := call[map[string]bootBody](ctx, c, method, x.path("/boot/")+"/"+kind, form)
	of, _, _ := strings.Cut(kind, "/")
	return got[of], err
}

// prepareRescue has want's rescue system start at the next boot, if was had none
// or another. One that has been started since is not started again.
func prepareRescue(ctx context.Context, c *client, was, want server) error {
	if sameRescue(was.Rescue, want.Rescue) {
		return nil
	}
	now, err := c.boot(ctx, http.MethodGet, was, "rescue", nil)
	if err != nil {
		return err
	}
	if len(want.Rescue) == 0 {
		if !now.Active || !starts(&now, was.Rescue[0]) {
			return nil // it has started, or somebody else's is to
		}
		_, err = c.boot(ctx, http.MethodDelete, was, "rescue", nil)
		return err
	}
	r := want.Rescue[0]
	switch {
	case now.Active && starts(&now, r):
		return nil
	case now.Active:
		if _, err := c.boot(ctx, http.MethodDelete, was, "rescue", nil); err != nil {
			return err
		}
	}
	_, err = c.boot(ctx, http.MethodPost, was, "rescue", url.Values{"os": {r.OS}, "keyboard": {r.Keyboard}, "authorized_key[]": r.AuthorizedKeys})
	return err
}

func starts(now *bootBody, r rescueSystem) bool {
	return now.OS.Chosen == r.OS && now.lets(r.AuthorizedKeys)
}

func sameRescue(a, b []rescueSystem) bool {
	return slices.EqualFunc(a, b, func(a, b rescueSystem) bool {
		return a.OS == b.OS && a.Keyboard == b.Keyboard && sameSet(a.AuthorizedKeys, b.AuthorizedKeys)
	})
}

// anew reports whether want asks for another installation than was had asked for.
// Keys and language alone do not: they are of the next one. Neither does the first
// trigger: it may be that of what is there.
func anew(was, want server) bool {
	if len(was.Install) == 0 || len(want.Install) == 0 {
		return false
	}
	a, b := was.Install[0], want.Install[0]
	return a.Image != b.Image || a.Trigger != "" && b.Trigger != "" && a.Trigger != b.Trigger
}

// isRepeat reports whether the image that is there is asked for once more.
func isRepeat(was, want server) bool {
	return anew(was, want) && was.Install[0].Image == want.Install[0].Image
}

// step is what is next of an installation.
type step int

const (
	nothing  step = iota
	activate      // have it start at the next boot, and boot
	reset         // boot: it is to start then
)

// next looks what the installation that want asks for needs. It is what decides
// whether anything is erased: an image that was installed last is not installed
// again unless another trigger asks for that, and nothing is without
// allow_reinstall.
func next(ctx context.Context, c *client, was, want server) (step, bootBody, error) {
	if len(want.Install) == 0 || len(was.Install) > 0 && !anew(was, want) {
		return nothing, bootBody{}, nil
	}
	image := want.Install[0].Image
	now, err := c.boot(ctx, http.MethodGet, want, "linux", nil)
	switch {
	case err != nil:
		return nothing, now, err
	case now.Active && now.Dist.Chosen != image:
		return nothing, now, fmt.Errorf("an installation of %q that mlinfra has not asked for is to start at the next boot of server %d: deactivate it in Robot, or let the server boot", now.Dist.Chosen, want.ServerNumber)
	case now.Active && !want.AllowReinstall, !now.Active && isRepeat(was, want) && !want.AllowReinstall:
		return nothing, now, reinstallError(was, want, "")
	case now.Active:
		return reset, now, nil
	case isRepeat(was, want):
		return activate, now, nil
	}
	last, err := c.boot(ctx, http.MethodGet, want, "linux/last", nil)
	switch {
	case err != nil && !isNotFound(err):
		return nothing, now, err
	case err == nil && last.Dist.Chosen == image:
		return nothing, now, nil
	case !want.AllowReinstall:
		return nothing, now, reinstallError(was, want, last.Dist.Chosen)
	}
	return activate, now, nil
}

// install erases the server and installs an image, as far as what says. It goes
// on until the server has booted.
func install(ctx context.Context, c *client, what step, want server) error {
	if what == activate {
		i := want.Install[0]
		form := url.Values{"dist": {i.Image}, "lang": {i.Language}, "authorized_key[]": i.AuthorizedKeys}
		if _, err := c.boot(ctx, http.MethodPost, want, "linux", form); err != nil {
			return err
		}
	}
	return send(ctx, c, http.MethodPost, want.path("/reset/"), url.Values{"type": {"hw"}})
}

// installing starts the names of operations.
const installing = "install "

// operations says of servers that have been reset whether they have booted into
// the installation: the API tells nothing of how that goes on.
func operations(ctx context.Context, c *client, names []string) ([]error, error) {
	results := make([]error, len(names))
	for i, name := range names {
		n, err := serverID(strings.TrimPrefix(name, installing))
		if err != nil {
			return nil, err
		}
		now, err := c.boot(ctx, http.MethodGet, server{ServerNumber: n}, "linux", nil)
		if err != nil {
			return nil, err
		}
		if now.Active {
			results[i] = providers.ErrNotReady
		}
	}
	return results, nil
}

// reinstallError says what allow_reinstall keeps from being lost. have is the
// image that was installed last; "" when that is not known.
func reinstallError(was, want server, have string) error {
	if len(was.Install) > 0 {
		have = was.Install[0].Image
	}
	image := want.Install[0].Image
	text := fmt.Sprintf("install has image %q, and %s: to install it erases all that is on the disks of server %d. ", image, lastInstalled(have), want.ServerNumber)
	switch {
	case isRepeat(was, want):
		text = fmt.Sprintf("trigger of install changes from %q to %q: that installs %q anew and erases all that is on the disks of server %d. ",
			was.Install[0].Trigger, want.Install[0].Trigger, image, want.ServerNumber)
		return fmt.Errorf("%sSet allow_reinstall = true to do that, or put the trigger back", text)
	case have == "":
		return fmt.Errorf("%sSet allow_reinstall = true to do that, or leave install out", text)
	}
	return fmt.Errorf("%sSet allow_reinstall = true to do that, or write image = %q", text, have)
}

func lastInstalled(image string) string {
	if image == "" {
		return "none is known to have been installed by Robot"
	}
	return fmt.Sprintf("%q is what was installed last", image)
}

// checkReinstall refuses what would erase a server that nobody has said may be
// erased.
func checkReinstall(was *server, want server) error {
	var old server
	if was != nil {
		old = *was
	}
	switch {
	case anew(old, want) && !want.AllowReinstall:
		return reinstallError(old, want, "")
	case len(want.Rescue) > 0 && len(want.Install) > 0 && !sameRescue(old.Rescue, want.Rescue) && (len(old.Install) == 0 || anew(old, want)):
		return fmt.Errorf("rescue and install are both for the next boot of server %d, which is one: apply the one, then the other", want.ServerNumber)
	}
	return nil
}

// foreseeInstall refuses an installation that next would, and an image that the
// server does not have.
func foreseeInstall(ctx context.Context, c *client, was, want server) error {
	if len(want.Install) == 0 || want.Install[0].Image == "" {
		return nil // not known yet
	}
	what, now, err := next(ctx, c, was, want)
	if err != nil || what != activate || slices.Contains(now.Dist.Options, want.Install[0].Image) {
		return err
	}
	return fmt.Errorf("image %q of install is none that Robot has for server %d: %s", want.Install[0].Image, want.ServerNumber, cmp.Or(strings.Join(now.Dist.Options, ", "), "it has none"))
}

// serverLoses says what an installation erases.
func serverLoses(was *server, want server) string {
	if len(want.Install) == 0 || !want.AllowReinstall {
		return ""
	}
	disks := fmt.Sprintf("all that is on the disks of server %d", want.ServerNumber)
	switch {
	case was == nil || len(was.Install) == 0:
		return fmt.Sprintf("%s, unless %s is what Robot has installed on it last", disks, cmp.Or(want.Install[0].Image, "the image"))
	case anew(*was, want):
		return fmt.Sprintf("%s, on which %s is installed anew", disks, cmp.Or(want.Install[0].Image, "an image"))
	}
	return ""
}
