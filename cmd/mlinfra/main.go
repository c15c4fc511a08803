// Command mlinfra plans and applies infrastructure that HCL files declare.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
)

func main() {
	os.Exit(newApp(os.Environ()).run(os.Args[1:]))
}

// run carries out one command line and returns the exit code.
func (a *app) run(args []string) (code int) {
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
