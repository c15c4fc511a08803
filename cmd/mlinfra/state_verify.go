package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) stateVerifyCommand() *cobra.Command {
	var flags stateFlags
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check that the state is whole",
		Long: `Reads all of the file of states and checks it: its pages, the checksums of its
records, that none is missing or older than the others, the chain of its
history and, when the key is there, all that is sealed. It then checks the copies.
It changes nothing, and can run while another mlinfra works.

Exit codes: 0 all is fine, 1 something is not.

  mlinfra state verify`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			o, err := a.stateOptions(flags, bolt.Read)
			if err != nil {
				return err
			}
			if err := a.needState(o.Path); err != nil {
				return err
			}
			return a.verifyState(o)
		},
	}
	flags.register(c)
	return c
}

func (a *app) verifyState(o bolt.Options) error {
	x, err := bolt.Examine(o)
	if err == nil {
		a.showExamined(o.Path, x)
	}
	errs := []error{err}
	for _, c := range bolt.Copies(o.Path) {
		if err := bolt.Verify(bolt.Options{Path: c.Path, Keys: o.Keys}); err != nil {
			errs = append(errs, fmt.Errorf("the copy %s cannot be used, remove it: %s", c.Path, whyOf(err)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "Its copies are whole: %d.\n", len(bolt.Copies(o.Path)))
	return err
}

// whyOf returns what is wrong with a file, without what to do about it.
func whyOf(err error) string {
	var damaged *bolt.DamagedError
	if errors.As(err, &damaged) {
		return damaged.Why
	}
	return err.Error()
}

// showExamined says what was checked.
func (a *app) showExamined(path string, x bolt.Examined) {
	fmt.Fprintf(a.stdout, "%s is whole: %d bytes, pages, checksums and history.\n", path, x.Bytes)
	for _, w := range x.Workspaces {
		fmt.Fprintf(a.stdout, "  workspace %s: serial %d, %s, %s, %s with %s and %s\n",
			w.Name, w.Serial, count(w.Objects, "object"), count(w.Outputs, "output"),
			count(w.Runs, "run"), count(w.Events, "change"), count(w.Configurations, "configuration"))
	}
	switch {
	case x.Key == "":
		fmt.Fprintln(a.stdout, "Nothing in it is sealed.")
	case x.Locked == nil:
		fmt.Fprintf(a.stdout, "All that is sealed can be opened with key %s.\n", x.Key)
	default:
		a.printDiags(nil, hcl.Diagnostics{{
			Severity: hcl.DiagWarning, Summary: "What is sealed was not checked", Detail: sentence(x.Locked.Error()) + ".",
		}})
	}
}

// age says how long ago something was.
func (a *app) age(at time.Time) string {
	d := a.clock.Now().Sub(at)
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}
