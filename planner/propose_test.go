package planner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
)

// differences returns the attributes in which two objects differ, as Go syntax.
func differences(want, got cty.Value) string {
	text := ""
	for name := range want.Type().AttributeTypes() {
		if w, g := want.GetAttr(name), got.GetAttr(name); !w.RawEquals(g) {
			text += name + ": want " + w.GoString() + "\n\t got " + g.GoString() + "\n"
		}
	}
	return text
}

func TestPropose(t *testing.T) {
	none := cty.NullVal(serverType().ImpliedType())
	// fresh is what a new server has beside what is configured.
	fresh := attrs{
		"id": unknownStr, "ip": unknownStr, "price": unknownNum, "port": unknownNum, "kernel": unknownStr,
		"color": str("red"), "log": cty.UnknownVal(serverType().Schema.Attr("log").Type),
	}
	conf := attrs{"name": str("web"), "size": str("small"), "image": str("debian")}
	tests := []struct {
		name   string
		config attrs
		prior  cty.Value
		want   attrs
	}{
		{"of a new object the cloud decides the rest", conf, none, fresh.with(conf)},
		{"what is configured wins over what the cloud would decide", conf.with(attrs{"port": num(80)}), none, fresh.with(conf).with(attrs{"port": num(80)})},
		{"what is configured wins over else", conf.with(attrs{"color": str("blue")}), none, fresh.with(conf).with(attrs{"color": str("blue")})},
		{"an empty text is not the same as else", conf.with(attrs{"color": str("")}), none, fresh.with(conf).with(attrs{"color": str("")})},
		{"zero of an optional attribute is absence", attrs{"name": str("web"), "size": str(""), "tags": cty.SetValEmpty(cty.String), "labels": cty.MapValEmpty(cty.String)},
			none, fresh.with(attrs{"name": str("web")})},
		{"zero behind a pointer is a setting", conf.with(attrs{"replicas": num(0)}), none, fresh.with(conf).with(attrs{"replicas": num(0)})},
		{"what is unknown stays unknown", conf.with(attrs{"size": unknownStr}), none, fresh.with(conf).with(attrs{"size": unknownStr})},
		{"an object keeps what the cloud has decided", conf, web.server(), web},
		{"an optional attribute that is no longer configured goes", conf, web.with(attrs{"password": str("x"), "tags": cty.SetVal([]cty.Value{str("a")})}).server(), web},
		{"else comes back when it is no longer configured", conf, web.with(attrs{"color": str("blue")}).server(), web},
		{"after: a change makes the cloud decide again", conf.with(attrs{"size": str("large")}), web.server(),
			web.with(attrs{"size": str("large"), "price": unknownNum, "kernel": unknownStr})},
		{"after: each of several causes counts", conf.with(attrs{"image": str("arch")}), web.server(),
			web.with(attrs{"image": str("arch"), "kernel": unknownStr})},
		{"after: an unknown cause counts as changed", conf.with(attrs{"size": unknownStr}), web.server(),
			web.with(attrs{"size": unknownStr, "price": unknownNum, "kernel": unknownStr})},
		{"after: what is configured stays configured", conf.with(attrs{"size": str("large"), "kernel": str("6.1")}), web.server(),
			web.with(attrs{"size": str("large"), "price": unknownNum})},
		{"values are brought into their normal spelling", conf.with(attrs{"name": str("NORMAL")}), web.server(), web.with(attrs{"name": str("normal")})},
		{"normal spelling does not touch what is unknown", attrs{"name": str("NORMAL"), "labels": cty.MapVal(map[string]cty.Value{"a": unknownStr})}, none,
			fresh.with(attrs{"name": str("normal"), "labels": cty.MapVal(map[string]cty.Value{"a": unknownStr})})},

		{"blocks of a list take the computed parts of their position",
			conf.with(attrs{"disk": blocks("disk", attrs{"kind": str("ssd"), "gigs": num(20)}, attrs{"kind": str("hdd")})}),
			web.with(attrs{"disk": blocks("disk", attrs{"kind": str("ssd"), "gigs": num(10), "device": str("sda")})}).server(),
			web.with(attrs{"disk": blocks("disk", attrs{"kind": str("ssd"), "gigs": num(20), "device": str("sda")}, attrs{"kind": str("hdd"), "device": unknownStr, "path": unknownStr})})},
		{"after: in a block, a change of the object makes the cloud decide again",
			conf.with(attrs{"size": str("large"), "disk": blocks("disk", attrs{"kind": str("ssd")})}),
			web.with(attrs{"disk": blocks("disk", attrs{"kind": str("ssd"), "device": str("sda"), "path": str("/dev/sda")})}).server(),
			web.with(attrs{"size": str("large"), "price": unknownNum, "kernel": unknownStr, "disk": blocks("disk", attrs{"kind": str("ssd"), "device": str("sda"), "path": unknownStr})})},
		{"after: in a block, so does a change of the block",
			conf.with(attrs{"disk": blocks("disk", attrs{"kind": str("hdd")})}),
			web.with(attrs{"disk": blocks("disk", attrs{"kind": str("ssd"), "device": str("sda"), "path": str("/dev/sda")})}).server(),
			web.with(attrs{"disk": blocks("disk", attrs{"kind": str("hdd"), "device": str("sda"), "path": unknownStr})})},
		{"blocks of a set take the computed parts of what is configured alike",
			conf.with(attrs{"rule": blocks("rule", attrs{"port": str("80")}, attrs{"port": str("443")})}),
			web.with(attrs{"rule": blocks("rule", attrs{"port": str("22"), "uuid": str("u22")}, attrs{"port": str("443"), "uuid": str("u443")})}).server(),
			web.with(attrs{"rule": blocks("rule", attrs{"port": str("80"), "uuid": unknownStr}, attrs{"port": str("443"), "uuid": str("u443")})})},
		{"blocks that are not known stay so",
			conf.with(attrs{"disk": cty.UnknownVal(serverType().Schema.Attr("disk").Type)}), web.server(),
			web.with(attrs{"disk": cty.UnknownVal(serverType().Schema.Attr("disk").Type)})},
		{"blocks that are not configured go", conf, web.with(attrs{"disk": blocks("disk", attrs{"kind": str("ssd")})}).server(), web},
		{"blocks that the cloud has decided stay", conf, web.with(attrs{"log": blocks("log", attrs{"target": str("x")})}).server(),
			web.with(attrs{"log": blocks("log", attrs{"target": str("x")})})},
		{"blocks that are configured win over what the cloud has decided",
			conf.with(attrs{"log": blocks("log", attrs{"target": str("y")})}), web.with(attrs{"log": blocks("log", attrs{"target": str("x")})}).server(),
			web.with(attrs{"log": blocks("log", attrs{"target": str("y")})})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Propose(serverType(), cty.NilVal, tt.config.server(), tt.prior)
			if diff := differences(tt.want.server(), got); diff != "" {
				t.Errorf("Propose(%v):\n%s", tt.config, diff)
			}
		})
	}
}

func TestChangedPaths(t *testing.T) {
	ssd := attrs{"kind": str("ssd"), "gigs": num(10)}
	tests := []struct {
		name             string
		was, now         attrs
		changed, replace []string
	}{
		{"nothing", web, web, nil, nil},
		{"in place", web, web.with(attrs{"size": str("large")}), []string{"size"}, nil},
		{"replaced", web, web.with(attrs{"size": str("large"), "image": str("arch")}), []string{"size", "image"}, []string{"image"}},
		{"what is not known may replace", web, web.with(attrs{"image": unknownStr}), []string{"image"}, []string{"image"}},
		{"a block in place", web.with(attrs{"disk": blocks("disk", ssd)}), web.with(attrs{"disk": blocks("disk", ssd.with(attrs{"gigs": num(20)}))}), []string{"disk"}, nil},
		{"a block in a part that replaces", web.with(attrs{"disk": blocks("disk", ssd)}), web.with(attrs{"disk": blocks("disk", attrs{"kind": str("hdd"), "gigs": num(10)})}), []string{"disk"}, []string{"disk"}},
		{"one block more, of a kind that replaces", web.with(attrs{"disk": blocks("disk", ssd)}), web.with(attrs{"disk": blocks("disk", ssd, ssd)}), []string{"disk"}, []string{"disk"}},
		{"one block more, of a kind that does not", web, web.with(attrs{"log": blocks("log", attrs{"target": str("x")})}), []string{"log"}, nil},
		{"blocks that are not known", web.with(attrs{"disk": blocks("disk", ssd)}), web.with(attrs{"disk": cty.UnknownVal(serverType().Schema.Attr("disk").Type)}), []string{"disk"}, []string{"disk"}},
		{"a part of a set, whose order says nothing",
			web.with(attrs{"rule": blocks("rule", attrs{"port": str("1"), "host": str("a"), "kind": str("x")}, attrs{"port": str("2"), "host": str("b"), "kind": str("y")})}),
			web.with(attrs{"rule": blocks("rule", attrs{"port": str("1"), "host": str("c"), "kind": str("x")}, attrs{"port": str("2"), "host": str("b"), "kind": str("y")})}),
			[]string{"rule"}, nil},
		{"a part of a set that replaces",
			web.with(attrs{"rule": blocks("rule", attrs{"port": str("1"), "kind": str("x")})}), web.with(attrs{"rule": blocks("rule", attrs{"port": str("1"), "kind": str("y")})}),
			[]string{"rule"}, []string{"rule"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			changed, replace := changedPaths(serverType().Schema, tt.was.server(), tt.now.server())
			if diff := cmp.Diff([][]string{tt.changed, tt.replace}, [][]string{names(changed), names(replace)}); diff != "" {
				t.Errorf("changed and replacing (-want +got):\n%s", diff)
			}
		})
	}
}

func names(paths []cty.Path) []string {
	var list []string
	for _, p := range paths {
		list = append(list, p[0].(cty.GetAttrStep).Name)
	}
	return list
}

func TestRefines(t *testing.T) {
	list := func(v ...cty.Value) cty.Value { return cty.ListVal(v) }
	set := func(v ...cty.Value) cty.Value { return cty.SetVal(v) }
	m := func(v ...cty.Value) cty.Value {
		vals := map[string]cty.Value{}
		for i, e := range v {
			vals[string(rune('a'+i))] = e
		}
		return cty.MapVal(vals)
	}
	obj := func(a, b cty.Value) cty.Value { return cty.ObjectVal(map[string]cty.Value{"a": a, "b": b}) }
	null := cty.NullVal(cty.String)
	tests := []struct {
		name         string
		planned, got cty.Value
		want         bool
	}{
		{"the same", str("x"), str("x"), true},
		{"another", str("x"), str("y"), false},
		{"unknown may become anything", unknownStr, str("y"), true},
		{"unknown may become null", unknownStr, null, true},
		{"unknown may stay unknown", unknownStr, unknownStr, true},
		{"known may not become unknown", str("x"), unknownStr, false},
		{"null stays null", null, null, true},
		{"null may not become a value", null, str("x"), false},
		{"a value may not become null", str("x"), null, false},
		{"numbers compare by value", cty.MustParseNumberVal("1.0"), num(1), true},
		{"an object by its parts", obj(unknownStr, str("b")), obj(str("a"), str("b")), true},
		{"an object with another part", obj(unknownStr, str("b")), obj(str("a"), str("c")), false},
		{"an object may not become null", obj(unknownStr, str("b")), cty.NullVal(obj(str("a"), str("b")).Type()), false},
		{"a list by its elements", list(unknownStr, str("b")), list(str("a"), str("b")), true},
		{"a list in another order", list(unknownStr, str("b")), list(str("b"), str("a")), false},
		{"a list of another length", list(unknownStr, str("b")), list(str("a"), str("b"), str("c")), false},
		{"a map by its keys", m(unknownStr, str("b")), m(str("a"), str("b")), true},
		{"a map with another value", m(unknownStr, str("b")), m(str("a"), str("c")), false},
		{"a map with other keys", cty.MapVal(map[string]cty.Value{"a": unknownStr}), cty.MapVal(map[string]cty.Value{"b": str("x")}), false},
		{"a set whose elements are known", set(str("a")), set(str("b")), false},
		{"a set whose unknown elements may fall together", set(unknownStr, str("b")), set(str("b")), true},
		{"a set that grows by less than it may", set(unknownStr, str("b")), set(str("a"), str("b")), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if path := Refines(tt.planned, tt.got); (path == nil) != tt.want {
				t.Errorf("Refines(%#v, %#v) = %#v, want kept = %v", tt.planned, tt.got, path, tt.want)
			}
		})
	}
	t.Run("the path is the same every time", func(t *testing.T) {
		// A wholly known attribute beside keeps the comparison by parts going.
		for range 50 {
			got := Refines(cty.ObjectVal(map[string]cty.Value{"a": str("1"), "b": str("2"), "c": str("3"), "u": unknownStr}),
				cty.ObjectVal(map[string]cty.Value{"a": str("x"), "b": str("x"), "c": str("x"), "u": str("x")}))
			if !got.Equals(cty.GetAttrPath("a")) {
				t.Fatalf("path = %#v, want .a", got)
			}
		}
	})
}
