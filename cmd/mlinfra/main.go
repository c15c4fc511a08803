// Command mlinfra plans and applies infrastructure that HCL files declare.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	os.Exit(newApp(os.Environ()).run(os.Args[1:]))
}

// run carries out one command line and returns the exit code.
func (a *app) run(args []string) (code int) {
	// A reader that goes away must not end an apply: writing to it fails, and
	// that is all. Not Ignore, which the programs of provisioners would inherit.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(a.stderr, "mlinfra has a bug: %v\n\n%s\nState is intact: what was going on is in its journal, and the next run settles it. Please report this.\n", p, debug.Stack())
			code = 1
		}
	}()
	root := a.rootCommand()
	args, err := a.withEnvironment(root, doubleDashes(args))
	if err != nil {
		return a.exitCode(err)
	}
	root.SetArgs(args)
	return a.exitCode(root.ExecuteContext(context.Background()))
}
