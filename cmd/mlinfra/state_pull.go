package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

func (a *app) statePullCommand() *cobra.Command {
	var flags stateFlags
	c := &cobra.Command{
		Use:   "pull",
		Short: "Print the state as JSON",
		Long: `Prints all that the state holds as one JSON document, sensitive values among
it: mlinfra state push takes it back. It is not Terraform's format; mlinfra
show -json prints that of "terraform show -json".

  mlinfra state pull > copy.json`,
		Args: atMost(0),
		RunE: func(*cobra.Command, []string) error {
			snap, err := a.snapshot(flags)
			if err != nil {
				return err
			}
			a.warnLocked(snap)
			return a.printJSON(pulledState(snap))
		},
	}
	flags.register(c)
	return c
}

// pulledFormat names the format of a pulled state.
const pulledFormat = "mlinfra-1"

// pulled is a state as state pull prints it.
type pulled struct {
	FormatVersion string                  `json:"format_version"`
	Mlinfra       string                  `json:"mlinfra_version"`
	Lineage       string                  `json:"lineage"`
	Serial        uint64                  `json:"serial"`
	Outputs       map[string]state.Output `json:"outputs"`
	Objects       []pulledObject          `json:"objects"`
}

// pulledObject is an object with its secrets in their places.
type pulledObject struct {
	state.Object
	Secrets []string `json:"secrets,omitempty"` // their places in attrs
}

func pulledState(snap state.Snapshot) pulled {
	doc := pulled{FormatVersion: pulledFormat, Mlinfra: version, Lineage: snap.Lineage, Serial: snap.Serial, Outputs: snap.Outputs, Objects: []pulledObject{}}
	if doc.Outputs == nil {
		doc.Outputs = map[string]state.Output{}
	}
	for _, o := range snap.Objects {
		doc.Objects = append(doc.Objects, pullObject(o))
	}
	return doc
}

func pullObject(o state.Object) pulledObject {
	p := pulledObject{o, slices.Sorted(maps.Keys(o.Secrets))}
	p.Attrs = planner.WholeAttrs(o)
	return p
}

// warnLocked says what of a state could not be read.
func (a *app) warnLocked(snap state.Snapshot) {
	if snap.Locked == nil {
		return
	}
	var addrs []state.Addr
	for _, o := range snap.Objects {
		if o.Locked {
			addrs = append(addrs, o.Addr)
		}
	}
	detail := sentence(snap.Locked.Error()) + "."
	if len(addrs) > 0 {
		detail += fmt.Sprintf(" Secrets of %s are null in what is printed.", joinAddrs(addrs))
	}
	for _, name := range slices.Sorted(maps.Keys(snap.Outputs)) {
		if snap.Outputs[name].Locked {
			detail += fmt.Sprintf(" The value of the output %s is null.", name)
		}
	}
	a.printDiags(nil, hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: "Secrets are locked", Detail: detail}})
}

// sameJSON reports whether two values are the same in JSON, however their keys
// are ordered.
func sameJSON(x, y any) bool {
	a, err := sortedJSON(x)
	b, errB := sortedJSON(y)
	return err == nil && errB == nil && a == b
}

func sortedJSON(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	var plain any
	if err := unmarshalExactly(raw, &plain); err != nil {
		return "", err
	}
	raw, err = json.Marshal(plain) // sorts
	return string(raw), err
}
