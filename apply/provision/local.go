package provision

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"runtime"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// localExec runs a command here. Elements that are null are left out, so that
// a conditional can drop them.
type localExec struct {
	Command     string             `cty:"command"     is:"required" doc:"Command to run here, given to the interpreter as its last argument."`
	Interpreter []*string          `cty:"interpreter" is:"optional" doc:"Program and first arguments; /bin/sh -c if absent."`
	WorkingDir  string             `cty:"working_dir" is:"optional" doc:"Directory to run in; the current one if absent."`
	Environment map[string]*string `cty:"environment" is:"optional" doc:"Variables beside those of this process."`
	Quiet       bool               `cty:"quiet"       is:"optional" doc:"Whether to print what the command prints, but not the command."`
}

// CommandError says that a command here failed. Its words are Terraform's.
type CommandError struct {
	Command string // "" when it must not be shown
	Output  string // its end: 8 KiB at most
	Err     error  // an *exec.ExitError, or why it did not start or was stopped
}

// Error returns the command, why it failed, and the end of what it printed.
func (e *CommandError) Error() string {
	command := "'" + e.Command + "'"
	if e.Command == "" {
		command = "(hidden by quiet)"
	}
	return fmt.Sprintf("Error running command %s: %v. Output: %s", command, e.Err, e.Output)
}

// Unwrap returns e.Err.
func (e *CommandError) Unwrap() error { return e.Err }

func checkLocal(config cty.Value) error { return notEmpty(config, "command") }

func runLocal(ctx context.Context, j Job) error {
	var x localExec
	if err := providers.Decode(j.Config, &x); err != nil {
		return fmt.Errorf("local-exec: %w", err)
	}
	j.Output(x.echo())
	cmd := x.cmd(j.Environ)
	out, end := newLines(j.Output), &tail{}
	err := runGroup(ctx, cmd, io.MultiWriter(out, end), j.Clock)
	out.Flush()
	if err == nil {
		return nil
	}
	failed := &CommandError{Command: x.Command, Output: end.String(), Err: err}
	if x.Quiet {
		failed.Command = ""
	}
	return failed
}

func (x localExec) cmd(environ []string) *exec.Cmd {
	args := x.args()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = x.WorkingDir
	cmd.Env = slices.Clone(environ)
	for _, name := range slices.Sorted(maps.Keys(x.Environment)) {
		if v := x.Environment[name]; v != nil {
			cmd.Env = append(cmd.Env, name+"="+*v)
		}
	}
	return cmd
}

func (x localExec) args() []string {
	var args []string
	for _, a := range x.Interpreter {
		if a != nil {
			args = append(args, *a)
		}
	}
	switch {
	case len(args) > 0:
	case runtime.GOOS == "windows":
		args = []string{"cmd", "/C"}
	default:
		args = []string{"/bin/sh", "-c"}
	}
	return append(args, x.Command)
}

// echo is the line that tells what will run.
func (x localExec) echo() string {
	if x.Quiet {
		return "local-exec: Executing: Suppressed by quiet=true"
	}
	return fmt.Sprintf("Executing: %q", x.args())
}
