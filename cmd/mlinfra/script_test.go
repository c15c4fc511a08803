package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"mlinfra": func() { os.Exit(run(os.Args[1:], os.Environ())) },
	})
}

// TestScripts runs the sessions in e2e, each a behaviour of the program.
func TestScripts(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "../../e2e",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", root+"/../../examples")
			env.Setenv("NO_COLOR", "1")
			return nil
		},
	})
}
