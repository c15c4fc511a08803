package state

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var compareAddrs = cmp.Comparer(func(a, b Addr) bool { return a == b })

func TestParseAddr(t *testing.T) {
	tests := []struct {
		text string
		want Addr
	}{
		{"toy_server.web", Addr{Type: "toy_server", Name: "web"}},
		{"data.toy_image.x", Addr{Data: true, Type: "toy_image", Name: "x"}},
		{"toy_server.web[0]", Addr{Type: "toy_server", Name: "web", Key: IndexKey(0)}},
		{"toy_server.web[12345]", Addr{Type: "toy_server", Name: "web", Key: IndexKey(12345)}},
		{`toy_server.web["a"]`, Addr{Type: "toy_server", Name: "web", Key: NameKey("a")}},
		{`toy_server.web["0"]`, Addr{Type: "toy_server", Name: "web", Key: NameKey("0")}},
		{`toy_server.web[""]`, Addr{Type: "toy_server", Name: "web", Key: NameKey("")}},
		{`toy_server.web["a.b[\"c\"]"]`, Addr{Type: "toy_server", Name: "web", Key: NameKey(`a.b["c"]`)}},
		{`toy_server.web["ä\n\\"]`, Addr{Type: "toy_server", Name: "web", Key: NameKey("ä\n\\")}},
		{`toy_server.web["$${a}"]`, Addr{Type: "toy_server", Name: "web", Key: NameKey("${a}")}},
		{`toy_server.web["$$${a}%%{b}"]`, Addr{Type: "toy_server", Name: "web", Key: NameKey("$${a}%{b}")}},
		{"module.net.toy_server.web", Addr{Module: "module.net", Type: "toy_server", Name: "web"}},
		{`module.a[0].module.b["x"].data.toy_image.i[1]`, Addr{Module: `module.a[0].module.b["x"]`, Data: true, Type: "toy_image", Name: "i", Key: IndexKey(1)}},
		{"module.data.toy_server.web", Addr{Module: "module.data", Type: "toy_server", Name: "web"}},
		{"toy_server.module", Addr{Type: "toy_server", Name: "module"}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := ParseAddr(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("ParseAddr(%q) = %#v, want %#v", tt.text, got, tt.want)
			}
			if got.String() != tt.text {
				t.Errorf("String() = %q, want %q", got, tt.text)
			}
			raw, err := json.Marshal(map[Addr]Addr{got: got})
			if err != nil {
				t.Fatal(err)
			}
			var back map[Addr]Addr
			if err := json.Unmarshal(raw, &back); err != nil || back[got] != got {
				t.Errorf("from JSON %s: %v, %v", raw, back, err)
			}
		})
	}
}

func TestParseAddrWithResource(t *testing.T) {
	for _, text := range []string{"a.b", "a.b[0]", `module.m["x"].a.b["k"]`} {
		want, err := ParseAddr(text)
		if err != nil {
			t.Fatal(err)
		}
		long := strings.Replace(text, "a.b", "resource.a.b", 1)
		if got, err := ParseAddr(long); err != nil || got != want {
			t.Errorf("ParseAddr(%q) = %#v, %v, want %#v", long, got, err, want)
		}
	}
}

func TestParseAddrRefuses(t *testing.T) {
	for _, text := range []string{
		"", "web", ".", "a.", ".a", "a..b", "a.b.c", "data.a", "resource.a", "resource.a.b.c", "resource[0].a.b", "resource.data.a", "data.resource.a.b", "module.a", "module.a.b", "module.a.data.b", "module.a.module.b", "a.b[", "a.b[]", "a.b[x]", "a.b[-1]", "a.b[1",
		`a.b["x]`, `a.b["x"`, `a.b["x"]x`, "a.b[0][1]", "a[0].b", "data[0].a.b", "module[0].a.b.c", "a.b[0].", "a.b[99999999999999999999]", `a.b[""`, "a.b[1.5]", "[0].b", "a.[0]",
	} {
		if got, err := ParseAddr(text); err == nil {
			t.Errorf("ParseAddr(%q) = %#v, want an error", text, got)
		}
	}
}

func TestAddrCompare(t *testing.T) {
	want := []string{
		"a_a.a", "a_a.b", "a_a.b[0]", "a_a.b[2]", "a_a.b[10]", `a_a.b["0"]`, `a_a.b["a"]`, "a_b.a", "data.a_a.a", "module.m.a_a.a", "module.m.data.a_a.a", "module.n.a_a.a",
	}
	var addrs []Addr
	for _, text := range want {
		a, err := ParseAddr(text)
		if err != nil {
			t.Fatal(err)
		}
		addrs = append(addrs, a)
	}
	got := slices.Clone(addrs)
	slices.Reverse(got)
	slices.SortFunc(got, Addr.Compare)
	if diff := cmp.Diff(addrs, got, compareAddrs); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	for _, a := range addrs {
		if a.Compare(a) != 0 {
			t.Errorf("%s is not equal to itself", a)
		}
	}
}

func TestAddrBlock(t *testing.T) {
	a := Addr{Module: "module.m", Data: true, Type: "toy_image", Name: "i", Key: IndexKey(3)}
	if got, want := a.Block().String(), "module.m.data.toy_image.i"; got != want {
		t.Errorf("Block() = %s, want %s", got, want)
	}
}

func FuzzParseAddr(f *testing.F) {
	for _, text := range []string{"toy_server.web[0]", `module.a["x"].data.toy_image.i["y\""]`, "a.b[00]", "a.b['x']", "a.b[`x`]", "a.b[+1]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAddr(text)
		if err != nil {
			return
		}
		again, err := ParseAddr(a.String())
		if err != nil || again != a {
			t.Errorf("ParseAddr(%q) = %#v, whose String() %q gives %#v, %v", text, a, a, again, err)
		}
	})
}
