package fake

import (
	"bytes"
	"strings"
	"testing"
)

// TestShell holds that the shell of a host does what a real one does.
func TestShell(t *testing.T) {
	for script, want := range map[string]string{
		`echo a >/tmp/x; cat /tmp/x; wc -c </tmp/x`:                                                                      "a\n2\n",
		`setsid sh -c 'echo bg >/tmp/y' & sleep 0.05; cat /tmp/y`:                                                        "bg\n",
		`mkdir -p /a/b && echo $?; [ -d /a/b ] && echo dir`:                                                              "0\ndir\n",
		`printf abcdef | head -c 3; command -v flock`:                                                                    "abc/usr/bin/flock\n",
		`sh -c 'echo $0 $1' name arg`:                                                                                    "name arg\n",
		`flock -o /tmp/l echo in; command -v nothing || echo no`:                                                         "in\nno\n",
		`echo 'echo $0 "$@"' >/tmp/s; sh /tmp/s x 'y z'`:                                                                 "/tmp/s x y z\n",
		`{ stat -c %U /etc; rmdir /none; } >/tmp/z 2>&1; cat /tmp/z`:                                                     "root\nrmdir: failed to remove '/none': No such directory\n",
		`mkdir -p /x/y; echo >/x/y/z; find /x -mindepth 1`:                                                               "/x/y\n/x/y/z\n",
		`echo a >/tmp/x; grep -qs a /no /tmp/x; echo $?; grep -qs b /no /tmp/x; echo $?; grep -hs a /no /tmp/x; echo $?`: "0\n2\na\n2\n",
		`(umask 077; echo a >/tmp/x; sh -c 'mkdir /tmp/y'); echo b >/tmp/z; stat -c %a /tmp/x /tmp/y /tmp/z`:             "600\n700\n644\n",
		`command -v iw || command -v cd; rm /usr/bin/ls; ls || echo $?`:                                                  "cd\nsh: ls: not found\n127\n",
		`f() { sh -c 'exit 3' || return; echo on; }; f; echo $?`:                                                         "3\n",
		`f() { sh -c 'exit 4'; return; }; if f; then :; else echo $?; fi`:                                                "4\n",
	} {
		c, err := Open(Options{})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if status := c.Host("h").login("root", strings.NewReader(""), &out, &out).sh(script); status != 0 || out.String() != want {
			t.Errorf("%s\nprints %q with status %d, want %q", script, out.String(), status, want)
		}
	}
}

// TestFailureIntoFile lets a command fail whose words go into a file of the host.
func TestFailureIntoFile(t *testing.T) {
	c, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c.Host("h").login("root", strings.NewReader(""), &out, &out).sh("{ mkdir /a/b; ip link show dev wg0; } >/tmp/said 2>&1; cat /tmp/said")
	if want := "mkdir: cannot create directory '/a/b': No such file or directory\nDevice \"wg0\" does not exist.\n"; out.String() != want {
		t.Errorf("it says %q, want %q", &out, want)
	}
}
