package providers

import (
	"slices"
	"testing"
)

func TestPattern(t *testing.T) {
	p := NewPattern(`^([a-z]+)-(\d+)$`)
	if !p.MatchString("web-12") || p.MatchString("web") {
		t.Error("it does not match what its text says")
	}
	if got := p.FindStringSubmatch("web-12"); !slices.Equal(got, []string{"web-12", "web", "12"}) {
		t.Errorf("groups %v", got)
	}
	if got := p.ReplaceAllString("web-12", "$2"); got != "12" {
		t.Errorf("replaced by %q", got)
	}
	words := NewPattern(`\w+`)
	if got := words.FindAllString("a b", -1); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("found %q", got)
	}
	bad := NewPattern(`(`) // nothing happens before it is used
	defer func() {
		if recover() == nil {
			t.Error("a text that is no expression is taken")
		}
	}()
	bad.MatchString("")
}
