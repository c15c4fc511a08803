package builtin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

func externalProvider() *providers.Provider {
	return providers.Cloud[none, none]{
		Name: "external", Doc: "Programs that answer questions.",
		Connect: connectNone, Classify: refuse, Data: []providers.Erasable{externalData},
	}.Provider()
}

type external struct {
	ID         string             `cty:"id"          is:"computed" doc:"Always a dash."`
	Program    []string           `cty:"program"     is:"required" doc:"The program and its arguments; no shell reads them."`
	WorkingDir string             `cty:"working_dir" is:"optional" doc:"Directory that the program runs in; this one if absent."`
	Query      map[string]*string `cty:"query"       is:"optional" doc:"Texts that the program reads as a JSON object."`
	Result     map[string]string  `cty:"result"      is:"computed" doc:"Texts of the JSON object that the program has written."`
}

var externalData = providers.DataSource[none, external]{
	Type: "external",
	Doc:  "The answer of a program to a question, both JSON objects of texts.",
	Read: runExternal,
	Examples: []string{
		`data "external" "example" {
  program = ["cat"]
  query   = { region = "fra1" }
}`,
	},
}

// lastWords is how long after its end a program's children may keep its output open.
const lastWords = 5 * time.Second

func runExternal(ctx context.Context, _ none, x *external) error {
	program := slices.DeleteFunc(slices.Clone(x.Program), func(arg string) bool { return arg == "" })
	if len(program) == 0 {
		return errors.New("program is empty: name a program")
	}
	query := map[string]string{} // null is left out
	for k, v := range x.Query {
		if v != nil {
			query[k] = *v
		}
	}
	input, err := json.Marshal(query)
	if err != nil {
		return err
	}
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	if errors.Is(cmd.Err, exec.ErrDot) {
		cmd.Err = nil // as in Terraform, a program of this directory may be named without ./
	}
	cmd.Dir, cmd.Stdin, cmd.Stderr, cmd.WaitDelay = x.WorkingDir, bytes.NewReader(input), &stderr, lastWords
	output, err := cmd.Output()
	if err != nil {
		if said := strings.TrimSpace(stderr.String()); said != "" {
			return fmt.Errorf("program %s: %w: %s", program[0], err, said)
		}
		return fmt.Errorf("program %s: %w; it wrote nothing to its standard error", program[0], err)
	}
	x.ID, x.Result = "-", map[string]string{}
	if err := json.Unmarshal(output, &x.Result); err != nil {
		return fmt.Errorf("program %s: its output is no JSON object of texts: %w", program[0], err)
	}
	return nil
}
