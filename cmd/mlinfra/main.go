// Command mlinfra plans and applies infrastructure that HCL files declare.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/mlinfra/mlinfra/cmd/memory"
)

func main() {
	memory.Initialised()
	os.Exit(newApp(os.Environ()).run(os.Args[1:]))
}

// run carries out one command line and returns the exit code.
func (a *app) run(args []string) (code int) {
	// A reader that goes away must not end an apply: writing to it fails, and
	// that is all. Not Ignore, which the programs of provisioners would inherit.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	defer a.flush()
	defer func() {
		if p := recover(); p != nil {
			a.printBug(p, debug.Stack())
			code = 1
		}
	}()
	end, err := a.openLog()
	if err != nil {
		return a.exitCode(err)
	}
	defer end()
	root := a.rootCommand()
	args, err = a.withEnvironment(root, doubleDashes(args))
	if err != nil {
		return a.exitCode(err)
	}
	root.SetArgs(args)
	return a.exitCode(root.ExecuteContext(context.Background()))
}

// printBug tells of a panic where it happened. What the panic says is left out
// unless it comes from Go itself: others may have put values into it, of which
// nobody knows whether they are secret.
func (a *app) printBug(p any, stack []byte) {
	what := fmt.Sprintf("a panic with a %T, whose text is not shown because it may hold values", p)
	if err, ok := p.(runtime.Error); ok {
		what = err.Error()
	}
	fmt.Fprintf(a.stderr, "mlinfra has a bug: %s\n\n%s\nState is intact: what was going on is in its journal, and the next run settles it. Please report this.\n", what, stack)
}
