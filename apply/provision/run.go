package provision

import (
	"context"
	"fmt"
	"os"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

// Job is one provisioner to run. Its values are wholly known.
type Job struct {
	Type string
	// Config is an object of the type of Schema. When anything in it is
	// marked, as sensitive values are, no output is passed on and no error
	// shows what is marked.
	Config cty.Value
	// Connection is an object of the type of ConnectionSchema; cty.NilVal or
	// null when there is none. It may be marked.
	Connection cty.Value
	// Output gets what is printed, line by line and never two at a time; it
	// holds back what prints them while it works. Nil drops them.
	Output func(line string)
	// Environ is the environment that commands here start with, and where
	// SSH_AUTH_SOCK is looked up; nil means that of this process.
	Environ []string
	// Machines, if set, is the URL of a proxy to machines in memory that let everybody
	// in, whatever the host of the connection is.
	Machines string
	// Clock tells how long to try to connect, and how long an interrupted
	// command may go on; nil means providers.WallClock.
	Clock providers.Clock
}

// suppressed stands for the output of a job with sensitive values. Terraform
// prints it in place of each line, we once.
const suppressed = "(output suppressed due to sensitive value in config)"

// Run runs j to its end. When ctx ends first, a command here is interrupted
// and, if it goes on, killed; a connection is closed at once.
func Run(ctx context.Context, j Job) error {
	if err := Check(j.Type, j.Config); err != nil {
		return err
	}
	err := kinds()[j.Type].run(ctx, j.ready())
	if j.Config.ContainsMarked() {
		err = withoutOutput(err)
	}
	return redact(err, append(markedStrings(j.Config), markedStrings(j.Connection)...))
}

// ready returns j with defaults, and with its values unmarked.
func (j Job) ready() Job {
	if j.Output == nil {
		j.Output = func(string) {}
	}
	if j.Environ == nil {
		j.Environ = os.Environ()
	}
	if j.Clock == nil {
		j.Clock = providers.WallClock{}
	}
	if j.Config.ContainsMarked() {
		j.Output = once(j.Output, suppressed)
	}
	j.Config, _ = j.Config.UnmarkDeep()
	if j.Connection == cty.NilVal {
		j.Connection = cty.NullVal(cty.DynamicPseudoType)
	}
	j.Connection, _ = j.Connection.UnmarkDeep()
	return j
}

// once returns a function that passes text to output the first time it is
// called, whatever it is called with.
func once(output func(string), text string) func(string) {
	done := false
	return func(string) {
		if !done {
			done = true
			output(text)
		}
	}
}

// interrupted returns err, or why ctx ended when it has: what fails then fails
// because of that.
func interrupted(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("interrupted: %w", context.Cause(ctx))
}
