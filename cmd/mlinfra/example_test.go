package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestExamplesLeaveNothing applies and destroys each example offline, and looks
// into the fake clouds: not only state has to be empty then.
func TestExamplesLeaveNothing(t *testing.T) {
	for example, providers := range map[string][]string{
		"aws": {"aws"}, "google": {"google"}, "digitalocean": {"digitalocean"}, "modules": {"digitalocean"},
		"multicloud": {"aws", "digitalocean", "google"},
	} {
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			a := &account{t: t, dir: t.TempDir(), env: append(os.Environ(), quickExit)}
			if err := os.CopyFS(a.dir, os.DirFS("../../examples/"+example)); err != nil {
				t.Fatal(err)
			}
			a.must("apply", "-offline", "-auto-approve")
			for _, name := range providers {
				if len(contentOf(t, name, filepath.Join(a.dir, newApp(nil).offlineDir()))) == 0 {
					t.Errorf("apply has made nothing in %s", name)
				}
			}
			a.must("destroy", "-offline", "-auto-approve")
			for _, name := range providers {
				if left := contentOf(t, name, filepath.Join(a.dir, newApp(nil).offlineDir())); len(left) > 0 {
					t.Errorf("left behind in %s: %v", name, left)
				}
			}
		})
	}
}

// contentOf returns what the fake of a provider holds in dir, without what it
// holds from the beginning.
func contentOf(t *testing.T, provider, dir string) []string {
	t.Helper()
	inventory := func(dir string) []string {
		content, err := fakes()[provider].open(fakeOptions{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		return content.(interface{ Inventory() []string }).Inventory()
	}
	fresh := inventory("")
	return slices.DeleteFunc(inventory(dir), func(line string) bool { return slices.Contains(fresh, line) })
}
