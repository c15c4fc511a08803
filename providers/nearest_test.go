package providers

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"ubuntu-24-04-x64", "ubuntu-22-04-x64", "debian-12-x64"}
	for given, want := range map[string]string{
		"ubuntu-24-04": "ubuntu-24-04-x64", "ubuntu-22-04-x86": "ubuntu-22-04-x64", "Debian-12-x64": "debian-12-x64",
		"arch": "", "": "", strings.Repeat("u", 300): "",
	} {
		if got := Nearest(given, known); got != want {
			t.Errorf("nearest to %q is %q, want %q", given, got, want)
		}
	}
}
