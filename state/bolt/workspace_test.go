package bolt

import (
	"strings"
	"testing"
)

func TestWorkspaceNames(t *testing.T) {
	for _, name := range []string{"default", "a", "9", "Z", "a.b_c@d-e", "a..", strings.Repeat("x", 90)} {
		if err := CheckWorkspaceName(name); err != nil {
			t.Errorf("%q is refused: %v", name, err)
		}
	}
	for _, name := range []string{"", ".", "-a", "_a", "@a", "a b", "a/b", "a\\b", "a\x00", "a\n", "é", "aé", "a\xff", strings.Repeat("x", 91)} {
		if CheckWorkspaceName(name) == nil {
			t.Errorf("%q is no name of a workspace", name)
		}
	}
}
