package providers

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// usual is a block with what is not configured as the schema says.
func usual(edit func(*WaitFor)) WaitFor {
	w := WaitFor{Address: "public", Port: 22, User: "root", Timeout: "10m"}
	edit(&w)
	return w
}

func TestCheckWaitFor(t *testing.T) {
	for name, tc := range map[string]struct {
		edit   func(*WaitFor)
		public bool
		want   string // part of the error, "" for none
	}{
		"ssh":                    {func(w *WaitFor) { w.SSH = true }, true, ""},
		"a path":                 {func(w *WaitFor) { w.HTTP = "/health" }, true, ""},
		"a port":                 {func(w *WaitFor) { w.HTTP = "8080" }, true, ""},
		"a port and a path":      {func(w *WaitFor) { w.HTTP = ":8080/health" }, true, ""},
		"with TLS":               {func(w *WaitFor) { w.HTTP = "https://:8443" }, true, ""},
		"a host":                 {func(w *WaitFor) { w.HTTP = "http://example.com/health" }, true, "host names another"},
		"no port of that number": {func(w *WaitFor) { w.HTTP = "80800" }, true, "80800"},
		"nothing":                {func(*WaitFor) {}, true, "set ssh"},
		"no public address":      {func(w *WaitFor) { w.SSH = true }, false, "private"},
		"a private address":      {func(w *WaitFor) { w.SSH, w.Address = true, "private" }, false, ""},
		"another machine":        {func(w *WaitFor) { w.SSH, w.Host = true, "example.com" }, false, ""},
		"an unknown address":     {func(w *WaitFor) { w.SSH, w.Address = true, "ipv6" }, true, `"ipv6"`},
		"no time":                {func(w *WaitFor) { w.SSH, w.Timeout = true, "10" }, true, `"10"`},
		"a key for nothing":      {func(w *WaitFor) { w.SSH, w.PrivateKey = true, "x" }, true, "cloud_init"},
		"a path of a key":        {func(w *WaitFor) { w.CloudInit, w.PrivateKey = true, "~/.ssh/id_ed25519" }, true, "not its path"},
		"an unknown port":        {func(w *WaitFor) { w.SSH, w.Port = true, 0 }, true, "port 0"},
	} {
		err := CheckWaitFor([]WaitFor{usual(tc.edit)}, tc.public)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tc.want)
		}
	}
}

func TestProbeOf(t *testing.T) {
	if got := ProbeOf(nil, "192.0.2.1", ""); got != nil {
		t.Errorf("without a block: %+v, want nothing", got)
	}
	private := usual(func(w *WaitFor) { w.SSH, w.Address, w.HTTP, w.Timeout = true, "private", "8080", "1m" })
	want := &Probe{Host: "10.0.0.2", SSH: true, Port: 22, User: "root", URL: "http://10.0.0.2:8080/", Timeout: time.Minute}
	if diff := cmp.Diff(want, ProbeOf([]WaitFor{private}, "192.0.2.1", "10.0.0.2")); diff != "" {
		t.Errorf("a private address (-want +got):\n%s", diff)
	}
	for host, want := range map[string]string{
		"":            "https://192.0.2.1/health?deep=1",
		"2001:db8::1": "https://[2001:db8::1]/health?deep=1",
	} {
		w := usual(func(w *WaitFor) { w.HTTP, w.Host = "https:///health?deep=1", host })
		if got := ProbeOf([]WaitFor{w}, "192.0.2.1", ""); got.URL != want || got.Chosen != (host != "") {
			t.Errorf("host %q: %+v, want %s", host, got, want)
		}
	}
}
