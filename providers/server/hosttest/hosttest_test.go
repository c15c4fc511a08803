package hosttest

import "testing"

// TestHosts holds that hosts reach each other and have files of their own.
func TestHosts(t *testing.T) {
	n := New(t)
	a, b := n.Host("a"), n.Host("b")
	a.Must("echo here >/etc/only-a")
	if out, err := b.Run("cat /etc/only-a"); err == nil {
		t.Errorf("b has the file of a: %s", out)
	}
	if got := b.Must("hostname"); got != "b" {
		t.Errorf("b is called %s", got)
	}
	b.Must("exec 3<>/dev/null; ip -o addr show eth0")
}
