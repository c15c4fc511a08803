package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) stateSnapshotCommand() *cobra.Command {
	var flags stateFlags
	var out string
	var list, asJSON bool
	c := &cobra.Command{
		Use:   "snapshot",
		Short: "Copy the state, or list its copies",
		Long: `Copies the file of states, with all its workspaces and their history, as it is
at this moment; another mlinfra may work meanwhile. Without -out the copy goes
to the others, in the directory FILE.d/copies: one is made there after each run
that has changed something, and each minute of a long one. The newest ten stay,
and one of each of the last fourteen days. One that is to stay for good needs
-out. Secrets in a copy are sealed as they are in the state.

  mlinfra state snapshot -out=/backup/before-the-move.db
  mlinfra state snapshot -list`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			o, err := a.stateOptions(flags, bolt.Read)
			if err != nil {
				return err
			}
			if list {
				return a.listCopies(o, asJSON)
			}
			if err := a.needState(o.Path); err != nil {
				return err
			}
			return a.takeCopy(o, out)
		},
	}
	flags.register(c)
	c.Flags().StringVar(&out, "out", "", "write the copy to a new `file`")
	c.Flags().BoolVar(&list, "list", false, "list the copies instead, the newest first")
	c.Flags().BoolVar(&asJSON, "json", false, "with -list, print JSON")
	return c
}

func (a *app) takeCopy(o bolt.Options, out string) error {
	if out != "" {
		if err := bolt.Take(o, out); err != nil {
			return err
		}
	} else {
		c, err := bolt.TakeCopy(o)
		if err != nil {
			return err
		}
		out = c.Path
	}
	_, err := fmt.Fprintf(a.stdout, "Copied %s to %s.\n", o.Path, out)
	return err
}

// copyJSON is a copy as programs read it.
type copyJSON struct {
	Path    string `json:"path"`
	At      string `json:"at"`
	Bytes   int64  `json:"bytes"`
	Key     string `json:"key,omitempty"`
	Serial  uint64 `json:"serial"`
	Objects int    `json:"objects"`
	Damage  string `json:"damage,omitempty"`
	age     string
}

// copies looks into the copies of a state; serials are those of the workspace.
func (a *app) copies(o bolt.Options) []copyJSON {
	list := []copyJSON{}
	for _, c := range bolt.Copies(o.Path) {
		item := copyJSON{Path: c.Path, At: c.At.Format("2006-01-02T15:04:05Z07:00"), age: a.age(c.At)}
		x, err := bolt.Examine(bolt.Options{Path: c.Path, Keys: o.Keys})
		w := x.Workspace(o.Workspace)
		item.Bytes, item.Key, item.Serial, item.Objects = x.Bytes, x.Key, w.Serial, w.Objects
		if err != nil {
			item.Damage = whyOf(err)
		}
		list = append(list, item)
	}
	return list
}

func (a *app) listCopies(o bolt.Options, asJSON bool) error {
	list := a.copies(o)
	if asJSON {
		return a.printJSON(list)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintf(a.stdout, "There are no copies of %s.\n", o.Path)
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "AGE\tSERIAL\tOBJECTS\tKEY\tFILE")
	for _, c := range list {
		if c.Damage != "" {
			fmt.Fprintf(w, "%s\t-\t-\t-\t%s (damaged: %s)\n", c.age, c.Path, c.Damage)
			continue
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\n", c.age, c.Serial, c.Objects, c.Key, c.Path)
	}
	return w.Flush()
}
