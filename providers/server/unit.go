package server

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

type serverUnit struct {
	ID          string            `cty:"id"           is:"computed"                         doc:"Id of the host, a colon and the name."`
	Host        string            `cty:"host"         is:"required,replace,within,ref=server_host" doc:"Id of the server_host that it is on."`
	Name        string            `cty:"name"         is:"required,replace"                 doc:"Name with its ending, such as mlflow.service or backup.timer."`
	Content     string            `cty:"content"      is:"optional"                         doc:"The unit file; none for a unit that a package has brought."`
	DropIns     map[string]string `cty:"drop_ins"     is:"optional"                         doc:"What is added to the unit file, by names such as limits.conf."`
	Enabled     bool              `cty:"enabled"      is:"else=true"                        doc:"Whether it starts with the host."`
	Running     bool              `cty:"running"      is:"else=true"                        doc:"Whether it runs now, or waits, as timers and sockets do."`
	Masked      bool              `cty:"masked"       is:"optional"                         doc:"Whether nothing may start it, not even by hand."`
	RestartOn   []string          `cty:"restart_on"   is:"optional"                         doc:"Values that restart it when they change, such as sums of its files."`
	Reload      bool              `cty:"reload"       is:"optional"                         doc:"Whether it is reloaded, and not restarted, when those change."`
	StartedWith string            `cty:"started_with" is:"computed"                         doc:"Sums of the content and of restart_on that it was started with."`
	ActiveState string            `cty:"active_state" is:"computed,after=running,after=masked,after=started_with" doc:"What systemd says of it, such as active or failed."`
	SubState    string            `cty:"sub_state"    is:"computed,after=running,after=masked,after=started_with" doc:"The same in more detail, such as running or waiting."`
	Supervisor  string            `cty:"supervisor"   is:"computed"                         doc:"systemd, or mlinfra where there is no systemd."`
}

var unitType = thing[serverUnit]{
	Resource: providers.Resource[*client, serverUnit]{
		Type: "server_systemd_unit",
		Doc: "A unit of systemd, and whether it runs. A change of what it is made of restarts it. " +
			"Where there is no systemd, as in containers, simple services run under a script of mlinfra's. " +
			"When it is destroyed, a unit that was there is as it was before.",
		Check: checkUnit,
		Warn:  warnUnit,
		Examples: []string{exampleHost + `
resource "server_systemd_unit" "mlflow" {
  host    = server_host.gpu.id
  name    = "mlflow.service"
  content = <<-EOT
    [Service]
    ExecStart=/usr/bin/sleep infinity
    [Install]
    WantedBy=multi-user.target
  EOT
}`, exampleHost + `
resource "server_systemd_unit" "mlflow" {
  host    = server_host.gpu.id
  name    = "mlflow.service"
  content = <<-EOT
    [Service]
    ExecStart=/usr/bin/sleep infinity
    [Install]
    WantedBy=multi-user.target
  EOT
  drop_ins = {
    "workers.conf" = "[Service]\nEnvironment=WORKERS=4\n"
  }
  restart_on = ["v2"]
}`, exampleHost + `
resource "server_systemd_unit" "mlflow" {
  host    = server_host.gpu.id
  name    = "tracking.service"
  content = <<-EOT
    [Service]
    ExecStart=/usr/bin/sleep infinity
  EOT
  enabled = false
  running = false
}`},
	},
	half: true,
	at:   func(x *serverUnit) place { return place{&x.ID, &x.Host, &x.Name} },
	look: func(x serverUnit) string { return call("unit_look", x.Name) },
	see:  seeUnit,
	put:  func(_ *serverUnit, x serverUnit) (deed, error) { return x.deed(), nil },
	drop: func(x serverUnit) deed {
		args := []string{x.Name, strconv.FormatBool(x.Content != "")}
		return deed{
			what: "removing " + x.Name, call: call("unit_drop", append(args, slices.Sorted(maps.Keys(x.DropIns))...)...),
			last: true,
		}
	},
}

// deed returns the step that brings x about.
func (x serverUnit) deed() deed {
	var data strings.Builder
	add := func(kind, name, text string) {
		fmt.Fprintf(&data, "%s %s %s\n", kind, name, base64.StdEncoding.EncodeToString([]byte(text)))
	}
	if x.Content != "" {
		add("content", "-", x.Content)
	}
	for _, name := range slices.Sorted(maps.Keys(x.DropIns)) {
		add("drop_in", name, x.DropIns[name])
	}
	refusal := ""
	s, err := x.plain()
	if err != nil {
		refusal = err.Error()
	} else {
		add("run", "-", s.script())
		add("reload", "-", s.reloadScript())
		add("policy", "-", s.policy())
	}
	return deed{what: "bringing up " + x.Name, data: []byte(data.String()), call: call("unit_put", x.Name, x.StartedWith,
		strconv.FormatBool(x.Enabled), strconv.FormatBool(x.Running), strconv.FormatBool(x.Masked), strconv.FormatBool(x.Reload), refusal)}
}

// implyUnit returns the sums of what a unit is started with: of its files, and of
// what else restarts it.
func implyUnit(want cty.Value) map[string]cty.Value {
	files, values := sumOf(want, "content", "drop_ins"), sumOf(want, "restart_on")
	if files == "" || values == "" {
		return map[string]cty.Value{"started_with": cty.UnknownVal(cty.String)}
	}
	return map[string]cty.Value{"started_with": cty.StringVal(files + "-" + values)}
}

// seeUnit fills in what the host says. What nobody has put there as a file of
// mlinfra's is shown only while mlinfra knows nothing of the unit, to import it.
func seeUnit(x *serverUnit, a answer) error {
	content, there := a.bytes("content")
	switch load := a.fact("load"); {
	case load == "not-found" && !there, x.Content != "" && !there:
		return providers.ErrGone
	case load == "":
		return fmt.Errorf("%s does not say how %s is: %s", x.Host, x.Name, printable(a.text))
	}
	x.Content = content
	have := map[string]string{}
	for _, f := range a.facts("drop_in") {
		name, text, _ := strings.Cut(f, " ")
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return fmt.Errorf("drop-in %s of %s: %w", name, x.Name, err)
		}
		have[name] = string(b)
	}
	if !maps.Equal(x.DropIns, have) {
		x.DropIns = have
	}
	x.ActiveState, x.SubState, x.Supervisor = a.fact("active"), a.fact("sub"), a.fact("supervisor")
	x.Enabled = a.fact("enabled") == "enabled" || a.fact("enabled") == "alias"
	x.Running = x.ActiveState == "active" || x.ActiveState == "reloading"
	x.Masked = a.fact("load") == "masked"
	x.StartedWith = a.fact("started_with")
	return nil
}

// warnUnit says what is not as under systemd.
func warnUnit(x serverUnit) string {
	if x.Supervisor != "mlinfra" {
		return ""
	}
	text := x.Host + " has no systemd: mlinfra keeps " + x.Name + " running, and nothing starts it when the host restarts but the next apply"
	if s, err := x.plain(); err == nil && len(s.ignored) > 0 {
		text += "; it does not heed " + strings.Join(s.ignored, ", ")
	}
	return text
}

// kinds are the endings of names of units.
var kinds = []string{".service", ".socket", ".timer", ".path", ".target", ".mount", ".automount", ".swap", ".slice"}

func checkUnit(_ *serverUnit, x serverUnit) error {
	if err := checkUnitName(x.Name); err != nil {
		return err
	}
	for name := range x.DropIns {
		if base, ok := strings.CutSuffix(name, ".conf"); !ok || base == "" || !isPlainName(base) {
			return fmt.Errorf("drop_ins: %q is no name such as limits.conf", name)
		}
	}
	switch {
	case x.Masked && (x.Content != "" || len(x.DropIns) > 0):
		return errors.New("masked: a unit that nothing may start has neither content nor drop_ins")
	case x.Masked && (x.Enabled || x.Running):
		return errors.New("masked: nothing may start the unit then, so enabled and running have to be false")
	case x.Content == "":
		return nil
	}
	settings, err := parseUnit(x.Content)
	if err != nil {
		return fmt.Errorf("content: %w", err)
	}
	installs := slices.ContainsFunc(settings, func(s setting) bool { return s.section == "Install" })
	switch {
	case x.Enabled && !installs:
		return fmt.Errorf("content has no section [Install] that says with what %s starts, as in WantedBy=multi-user.target: add one, or set enabled to false", x.Name)
	case x.Running && last(settings, "Service", "Type") == "oneshot" && !isYes(last(settings, "Service", "RemainAfterExit")):
		return errors.New("a service of Type=oneshot ends by itself: set running to false, or add RemainAfterExit=yes")
	}
	return nil
}

func checkUnitName(name string) error {
	i := slices.IndexFunc(kinds, func(kind string) bool { return strings.HasSuffix(name, kind) })
	base := ""
	if i >= 0 {
		base = strings.TrimSuffix(name, kinds[i])
	}
	switch {
	case base == "" || !isPlainName(strings.NewReplacer("@", "a", ":", "a", `\`, "a").Replace(base)) || len(name) > 255:
		return fmt.Errorf("%q is no name of a unit such as mlflow.service", name)
	case strings.HasSuffix(base, "@"):
		return fmt.Errorf("%s is a template: write it by a server_file, and run an instance of it, such as %s", name, base+"1"+kinds[i])
	}
	return nil
}

// isPlainName reports whether name can stand anywhere in a path or a command.
func isPlainName(name string) bool {
	for i, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
		case (r == '.' || r == '-') && i > 0:
		default:
			return false
		}
	}
	return name != ""
}
