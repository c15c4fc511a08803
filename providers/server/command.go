package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/remote"
)

type serverCommand struct {
	ID          string            `cty:"id"          is:"computed"                          doc:"Id of the host, a colon and a name of its own."`
	Host        string            `cty:"host"        is:"required,replace,within,ref=server_host"  doc:"Id of the server_host that it runs on."`
	Create      string            `cty:"create"      is:"required"                          doc:"Script that brings it about, exactly once; another one replaces without update."`
	Change      string            `cty:"update"      is:"optional"                          doc:"Script for a change of input, secrets or triggers, which else replaces."`
	Destroy     string            `cty:"delete"      is:"optional"                          doc:"Script that takes it away: that of the last apply runs."`
	Look        string            `cty:"read"        is:"optional"                          doc:"Script that prints how it is; when it fails, it is gone."`
	Input       map[string]string `cty:"input"       is:"optional"                          doc:"Variables of the environment of all scripts."`
	Secrets     map[string]string `cty:"secrets"     is:"optional,sensitive"                doc:"More variables, which are never shown."`
	Triggers    map[string]string `cty:"triggers"    is:"optional"                          doc:"What has to change for it to run again."`
	Directory   string            `cty:"directory"   is:"else=/root"                        doc:"Where the scripts run."`
	Interpreter string            `cty:"interpreter" is:"else=/bin/sh"                      doc:"Path of what runs the scripts, such as /bin/bash."`
	Output      string            `cty:"output"      is:"computed,after=read,after=input,after=secrets,after=triggers,shows=create,shows=update,shows=read,shows=input,shows=secrets" doc:"What read or the last script has printed; as sensitive as what they got."`
	Runs        int               `cty:"runs"        is:"computed,after=input,after=secrets,after=triggers" doc:"How often it has run."`
}

var commandType = providers.Resource[*client, serverCommand]{
	Type: "server_command",
	Doc: "Scripts that bring something about on a host, each run exactly once: also when the connection or mlinfra itself is cut off. " +
		"A change of create alone runs nothing where update is set: what create was has been done.",
	Create:   createCommand,
	Read:     readCommand,
	Update:   updateCommand,
	Delete:   deleteCommand,
	Find:     findCommand,
	Replaces: replacesCommand,
	Import: func(string) (serverCommand, error) {
		return serverCommand{}, errors.New("a server_command cannot be imported: what a script has done does not show what the script was")
	},
	Check: func(_ *serverCommand, x serverCommand) error {
		for _, name := range slices.Sorted(maps.Keys(merged(x.Input, x.Secrets))) {
			if !isVariable(name) {
				return fmt.Errorf("%q is no name of a variable such as MODEL_PATH", name)
			}
		}
		return checkPath("interpreter", x.Interpreter)
	},
	Explain: map[string]string{
		"create":   "what it has brought about is taken away, and brought about anew; set update to change it in place",
		"input":    "what it has brought about is taken away, and brought about anew; set update to change it in place",
		"secrets":  "what it has brought about is taken away, and brought about anew; set update to change it in place",
		"triggers": "what it has brought about is taken away, and brought about anew; set update to change it in place",
	},
	Settle: 1,
	Examples: []string{exampleHost + `
resource "server_command" "swap" {
  host   = server_host.gpu.id
  create = "echo on >/etc/swap-is"
  read   = "cat /etc/swap-is"
  delete = "rm -f /etc/swap-is"
}`, exampleHost + `
resource "server_command" "swap" {
  host   = server_host.gpu.id
  create = "echo on >/etc/swap-is"
  update = "echo $SIZE >/etc/swap-is"
  read   = "cat /etc/swap-is"
  delete = "rm -f /etc/swap-is"
  input = {
    SIZE = "8"
  }
}`, exampleHost + `
resource "server_command" "swap" {
  host   = server_host.gpu.id
  create = "echo $SIZE >/etc/swap-was"
  delete = "rm -f /etc/swap-was"
  input = {
    SIZE = "16"
  }
}`},
}

// deed returns the run of a script as a step with an id.
func (x serverCommand) deed(what, script, id string) deed {
	var b strings.Builder
	vars := merged(x.Input, x.Secrets)
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		fmt.Fprintf(&b, "export %s=%s\n", name, remote.Shell(vars[name]))
	}
	b.WriteString(script)
	return deed{what: what, call: call("command_run", x.Directory, x.Interpreter), data: []byte(b.String()), id: id}
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b)
	return all
}

func isVariable(name string) bool {
	for i, r := range name {
		if r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// stepOf returns the id of the step that an attempt to create is.
func stepOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return "cmd-" + hex.EncodeToString(sum[:8])
}

// step returns the name of x among the steps of its host.
func (x serverCommand) step() string { return x.ID[strings.LastIndex(x.ID, ":")+1:] }

// next returns the id of the step from x to want: the same when it is tried
// again, another one once it is done.
func (x serverCommand) next(want serverCommand) string {
	sum := sha256.Sum256(fmt.Append(nil, want.Change, want.Input, want.Secrets, want.Triggers))
	return x.step() + "-" + strconv.Itoa(x.Runs+1) + "-" + hex.EncodeToString(sum[:4])
}

func createCommand(ctx context.Context, c *client, x *serverCommand, a providers.Attempt) error {
	m, err := c.machine(x.Host)
	if err != nil {
		return err
	}
	step := stepOf(a.Token)
	out, err := m.do(ctx, x.deed("create", x.Create, step), "")
	var failed *stepError
	if errors.As(err, &failed) {
		m.done(step) // nothing has come of it: the next attempt is another step
	}
	return x.made(step, out, err)
}

// made fills in what has come of a create. What is not known is broken: it is
// there, perhaps, and of no use.
func (x *serverCommand) made(step, out string, err error) error {
	var unknown *unknownError
	switch {
	case errors.As(err, &unknown):
		err = fmt.Errorf("%w: %w", providers.ErrBroken, err)
	case err != nil:
		return err
	}
	x.ID, x.Output, x.Runs = x.Host+":"+step, strings.TrimSuffix(out, "\n"), 1
	return err
}

// findCommand asks the host what has become of an attempt, and waits for its end.
func findCommand(ctx context.Context, c *client, x *serverCommand, a providers.Attempt) (bool, error) {
	m, err := c.machine(x.Host)
	if err != nil {
		return false, err
	}
	step := stepOf(a.Token)
	out, begun, err := m.resume(ctx, step, "create")
	var failed *stepError
	if errors.As(err, &failed) || err == nil && !begun {
		return false, nil // it has brought about nothing, as far as it says
	}
	err = x.made(step, out, err)
	return x.ID != "", err
}

func readCommand(ctx context.Context, c *client, x *serverCommand) error {
	if x.Look == "" {
		return ctx.Err()
	}
	a, err := c.ask(ctx, x.Host, x.question())
	switch {
	case err != nil:
		return err
	case a.status != 0:
		return fmt.Errorf("%w: read has failed with status %d: %s", providers.ErrGone, a.status, printable(a.text))
	}
	x.Output = strings.TrimSuffix(a.text, "\n")
	return nil
}

// question returns what shows x. The script comes on its standard input, so that
// nobody on the host sees its variables among the processes.
func (x serverCommand) question() string {
	d := x.deed("read", x.Look, "")
	return d.call + " <<'mlinfra-end'\n" + string(d.data) + "\nmlinfra-end"
}

func updateCommand(ctx context.Context, c *client, was serverCommand, want *serverCommand) error {
	want.Runs = was.Runs
	if want.Output = was.Output; sameInput(was, *want) {
		return ctx.Err() // other words for what is done already
	}
	m, err := c.machine(want.Host)
	if err != nil {
		return err
	}
	want.ID = was.ID
	step := was.next(*want)
	out, err := m.do(ctx, want.deed("update", want.Change, step), "")
	if err != nil {
		return m.again(ctx, step, err)
	}
	// What came before is in state.
	m.done(was.step(), was.step()+"-"+strconv.Itoa(was.Runs)+"-*")
	want.Output, want.Runs = strings.TrimSuffix(out, "\n"), was.Runs+1
	return nil
}

func deleteCommand(ctx context.Context, c *client, x serverCommand) error {
	m, err := c.machine(x.Host)
	if err != nil {
		return err
	}
	if x.Destroy != "" {
		step := x.step() + "-end"
		_, err := m.do(ctx, x.deed("delete", x.Destroy, step), "")
		var failed *stepError
		if errors.As(err, &failed) {
			err = fmt.Errorf("%w; delete is the script of the last apply: correct it, apply, and destroy then", err)
		}
		if err != nil {
			return m.again(ctx, step, err)
		}
	}
	m.done(x.step(), x.step()+"-*")
	return providers.ErrGone
}

// again forgets a step that has failed with err: it may succeed the next time.
func (m *machine) again(ctx context.Context, step string, err error) error {
	var failed *stepError
	if errors.As(err, &failed) {
		err = errors.Join(err, m.forget(ctx, step))
	}
	return err
}

// sameInput reports whether nothing has changed that a script sees.
func sameInput(was, want serverCommand) bool {
	return maps.Equal(was.Input, want.Input) && maps.Equal(was.Secrets, want.Secrets) && maps.Equal(was.Triggers, want.Triggers)
}

// replacesCommand names what needs create to run anew.
func replacesCommand(was, want serverCommand) []string {
	if want.Change != "" {
		return nil
	}
	var names []string
	if was.Create != want.Create {
		names = append(names, "create")
	}
	for name, same := range map[string]bool{
		"input": maps.Equal(was.Input, want.Input), "secrets": maps.Equal(was.Secrets, want.Secrets), "triggers": maps.Equal(was.Triggers, want.Triggers),
	} {
		if !same {
			names = append(names, name)
		}
	}
	return names
}
