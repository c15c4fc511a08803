package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mlinfra/mlinfra/providers"
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

// madeOf returns the lines of an inventory without the tag of DigitalOcean that
// is an ownership mark: it stays for the next object, and costs nothing.
func madeOf(lines []string) []string {
	return slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, "tag "+providers.OwnerPrefix) })
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
		return madeOf(content.(interface{ Inventory() []string }).Inventory())
	}
	fresh := inventory("")
	return slices.DeleteFunc(inventory(dir), func(line string) bool { return slices.Contains(fresh, line) })
}
