package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/state/bolt"
	"github.com/mlinfra/mlinfra/state/seal"
)

func (a *app) keyCommand() *cobra.Command {
	var flags stateFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "key",
		Short: "Show the key that secrets are sealed with",
		Long: `Secrets in states and saved plans are sealed with a key that is kept elsewhere:
in MLINFRA_KEY, in the file that MLINFRA_KEY_FILE names, in MLINFRA_PASSPHRASE,
or else in ~/.config/mlinfra/keys, which is made on first use. Without it those
secrets are lost: keep a copy.

  mlinfra key                  where it is, and whether the state is sealed with it
  mlinfra key export           the key itself, to keep it or for another machine
  mlinfra key new              a new key, for MLINFRA_KEY
  mlinfra key rotate           a new key for the state`,
		Args: subcommand,
		RunE: func(*cobra.Command, []string) error {
			k, err := a.keyring(a.stateFile(flags))
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(k)
			}
			a.showKey(k)
			return nil
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(a.keyExportCommand(), a.keyNewCommand(), a.keyRotateCommand())
	return c
}

// keyring is what is known about keys, as programs read it.
type keyring struct {
	Keys  []seal.Found `json:"keys"`            // the current one first
	State string       `json:"state,omitempty"` // file; "" when there is none
	// Sealed is the ID of the key that the state is sealed with.
	Sealed string `json:"sealed_with,omitempty"`
	// Current reports whether that is the current one.
	Current bool `json:"current"`
}

// keyring looks at the keys there are and at a state. It makes no key.
func (a *app) keyring(path string) (keyring, error) {
	found, err := a.keys.Found()
	k := keyring{Keys: append([]seal.Found{}, found...)}
	if err != nil || !bolt.Exists(path) {
		return k, err
	}
	k.State = path
	var current seal.Key
	if len(found) > 0 {
		if current, _, err = a.keys.Current(); err != nil {
			return k, err
		}
	}
	k.Sealed, k.Current, err = bolt.SealedWith(path, current)
	return k, err
}

// has reports whether a key with an ID is there.
func (k keyring) has(id string) bool {
	return slices.ContainsFunc(k.Keys, func(f seal.Found) bool { return f.ID == id })
}

func (a *app) showKey(k keyring) {
	for i, f := range k.Keys {
		name := "Older key:  "
		if i == 0 {
			name = "Current key:"
		}
		fmt.Fprintf(a.stdout, "%s %s, of %s\n", name, f.ID, f.Where)
	}
	if len(k.Keys) == 0 {
		fmt.Fprintln(a.stdout, "There is no key yet. It is made with the first state.")
	}
	switch {
	case k.State == "":
		fmt.Fprintln(a.stdout, "There is no state here.")
	case k.Sealed == "":
		fmt.Fprintf(a.stdout, "%s is not sealed.\n", k.State)
	case k.Current:
		fmt.Fprintf(a.stdout, "%s is sealed with the current key.\n", k.State)
	case k.has(k.Sealed):
		fmt.Fprintf(a.stdout, "%s is sealed with key %s, an older one: mlinfra key rotate seals it with the current one.\n", k.State, k.Sealed)
	default:
		fmt.Fprintf(a.stdout, "%s is sealed with key %s, which is not here: its secrets cannot be read.\n", k.State, k.Sealed)
	}
}

func (a *app) keyExportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "export [ID]",
		Short: "Print the current key, or the one with an ID",
		Long: `Prints the key itself: who has it can read the secrets in your states. Another
machine takes it from MLINFRA_KEY. A passphrase is not printed.

  mlinfra key export >key.txt
  MLINFRA_KEY=$(cat key.txt) mlinfra plan`,
		Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			found, err := a.keys.Found()
			switch {
			case err != nil:
				return err
			case len(found) == 0:
				return errorOf("There is no key yet", "It is made with the first state. mlinfra key new prints one for MLINFRA_KEY.")
			case len(args) == 0:
				args = []string{found[0].ID}
			case !keyring{Keys: found}.has(args[0]):
				return errorOf(fmt.Sprintf("There is no key %s", args[0]), "mlinfra key lists those there are.")
			}
			text, err := a.keys.ExportID(args[0])
			if err == nil {
				_, err = fmt.Fprintln(a.asked(), text)
			}
			return err
		},
	}
}

func (a *app) keyNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new",
		Short: "Print a new key",
		Long: `Prints a key that nothing is sealed with yet, and keeps it nowhere: it is for
MLINFRA_KEY, such as in the secrets of a pipeline.

  export MLINFRA_KEY=$(mlinfra key new)`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			text, err := seal.NewKeyText()
			if err == nil {
				_, err = fmt.Fprintln(a.asked(), text)
			}
			return err
		},
	}
}

func (a *app) keyRotateCommand() *cobra.Command {
	var flags stateFlags
	c := &cobra.Command{
		Use:   "rotate",
		Short: "Seal the state with a new key",
		Long: `Makes a new key, puts it before the old one in the key file, and then seals the
state with it, all workspaces and their history. When the state is not sealed
with the current key, that one is used and none is made: so other states of yours
follow, and so a rotation that was cut off is finished.

The old key stays in the key file. Copies of the state and saved plans from before
need it; remove its line when no other state and nothing old needs it any more. A
saved plan from before is stale: plan again.

When the key is in MLINFRA_KEY, set that to the new key and the old one, with a
comma between them; then rotate, and drop the old one.

  mlinfra key rotate
  MLINFRA_KEY=$(mlinfra key new),$MLINFRA_KEY mlinfra key rotate

Exit codes: 0 done, 1 nothing was done, 4 another mlinfra works on the state.`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			o, err := a.stateOptions(flags, bolt.Write)
			if err != nil {
				return err
			}
			return a.rotateKey(o)
		},
	}
	flags.register(c)
	registerLock(c, &flags)
	return c
}

// rotateKey seals a state with a new key, which is kept before. Cut off at any
// moment, the state can be read with the keys that are kept.
func (a *app) rotateKey(o bolt.Options) error {
	if err := a.needState(o.Path); err != nil {
		return err
	}
	k, err := a.keyring(o.Path)
	switch {
	case err != nil:
		return err
	case k.Sealed == "":
		return fmt.Errorf("%s was made without a key and cannot be sealed", o.Path)
	case !k.has(k.Sealed):
		_, err := a.keys.Find(k.Sealed) // says where keys were looked for
		return err
	}
	// The state is whole and can be written before a key is made for it.
	if err := errors.Join(bolt.Verify(o), bolt.CanRotate(o)); err != nil {
		return err
	}
	key, where, err := a.nextKey(k)
	if err != nil {
		return err
	}
	if err := a.reseal(o, key); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s is sealed with key %s, of %s.\n", o.Path, key.ID(), where)
	fmt.Fprintf(a.stdout, "Key %s still opens the copies and the saved plans from before: keep it for as long as you need those.\n", k.Sealed)
	return nil
}

// nextKey returns the key to seal a state with: the current one, unless it is
// sealed with that.
func (a *app) nextKey(k keyring) (seal.Key, string, error) {
	if k.Current {
		return a.keys.Rotate()
	}
	return a.keys.Current()
}
