package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mattn/go-shellwords"
	"github.com/spf13/cobra"
)

// setting returns the environment variable MLINFRA_name or, when that is not
// set, TF_name, which Terraform's users have.
func (a *app) setting(name string) string {
	if v := a.getenv("MLINFRA_" + name); v != "" {
		return v
	}
	return a.getenv("TF_" + name)
}

// forbids reports whether a setting is there and means no.
func (a *app) forbids(name string) bool {
	yes, err := strconv.ParseBool(a.setting(name))
	return err == nil && !yes
}

// automated reports whether a program reads what is printed: what to type next
// is then left out.
func (a *app) automated() bool { return a.setting("IN_AUTOMATION") != "" || a.ci() }

// ci reports whether this runs in a pipeline, as most of them say: nobody is
// asked, and what is still running is not repeated.
func (a *app) ci() bool {
	yes, err := strconv.ParseBool(a.getenv("CI"))
	return err == nil && yes
}

// withEnvironment adds the arguments that the environment has for the command
// that args name: TF_CLI_ARGS, and TF_CLI_ARGS_plan for plan alone. They come
// before those of the command line, so that those win.
func (a *app) withEnvironment(root *cobra.Command, args []string) ([]string, error) {
	c, rest, err := root.Find(args)
	if err != nil || c == root || c.DisableFlagParsing {
		return args, nil // what is wrong with them is told later
	}
	path := strings.Fields(c.CommandPath())[1:]
	var extra []string
	for _, name := range []string{"CLI_ARGS", "CLI_ARGS_" + strings.ReplaceAll(strings.Join(path, "_"), "-", "_")} {
		words, err := shellwords.Parse(a.setting(name))
		if err != nil {
			return nil, errorOf("Cannot split an environment variable into arguments", fmt.Sprintf("TF_%s or MLINFRA_%[1]s is %q: check that its quotes are closed, and quote characters such as ; and |.", name, a.setting(name)))
		}
		extra = append(extra, doubleDashes(words)...)
	}
	if len(extra) == 0 {
		return args, nil
	}
	return slices.Concat(path, extra, rest), nil
}
