package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// quickExit keeps a program built with -race from sleeping for a second at its
// end.
const quickExit = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"mlinfra": func() { os.Exit(newApp(os.Environ()).run(os.Args[1:])) },
		"mlinfra-mortal": func() {
			a := newApp(os.Environ())
			a.openState = mortalState(a.getenv(killAtWrite))
			os.Exit(a.run(os.Args[1:]))
		},
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
			env.Vars = append(env.Vars, quickExit)
			return nil
		},
	})
}
