package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// testKey is the key for secrets of all sessions but those that make one.
const testKey = "mlinfra-key-1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"

// quickExit keeps a program built with -race from sleeping for a second at its
// end.
const quickExit = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"mlinfra": func() { os.Exit(scriptApp().run(os.Args[1:])) },
		"terraform-state": func() {
			if err := writeTerraformState(os.Args[1], os.Args[2]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		},
		"mlinfra-mortal": func() {
			a := scriptApp()
			a.openState = mortalState(a.getenv(killAtWrite))
			a.reseal = mortalReseal(a.getenv(killAtReseal))
			os.Exit(a.run(os.Args[1:]))
		},
		"ssh-host": func() {
			if err := serveSSH(os.Args[1]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		},
		"mlinfra-unlock": func() {
			if err := unlockAll("mlinfra.db"); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		},
		"mlinfra-witness": func() {
			a := scriptApp()
			a.openState = witnessState(a.getenv(witnessLog))
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
	files, err := filepath.Glob("../../e2e/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sessions: %v", err)
	}
	if slowed {
		files = slices.DeleteFunc(files, func(name string) bool {
			kind, _, _ := strings.Cut(filepath.Base(name), "_")
			return slices.Contains([]string{"scenario", "lang", "bad"}, kind)
		})
	}
	record := judgeScripts(t)
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", root+"/../../examples")
			env.Setenv("NO_COLOR", "1")
			env.Setenv("MLINFRA_KEY", testKey)
			env.Setenv(openapiRecord, record(env))
			env.Setenv("GOGC", "100") // memory that is given up costs time, with -race a fifth
			env.Vars = append(env.Vars, quickExit)
			return nil
		},
	})
}
