package builtin

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
)

func TestTerraformData(t *testing.T) {
	chain(t,
		[2]string{"create", resource("terraform_data", `input = { a = "x", l = [1, "b"] }`)},
		[2]string{"no-op", resource("terraform_data", `input = { a = "x", l = [1, "b"] }`)},
		[2]string{"update", resource("terraform_data", `input = { a = "y", l = [1, "b"] }`)},
		[2]string{"update", resource("terraform_data", `input = ""`)},
		[2]string{"update", resource("terraform_data", ``)},
		[2]string{"update", resource("terraform_data", `input = toset(["a"])`)},
		[2]string{"update", resource("terraform_data", `input = tolist(["a"])`)},
		[2]string{"replace", resource("terraform_data", "input = 1\ntriggers_replace = [1]")},
		[2]string{"no-op", resource("terraform_data", "input = 1\ntriggers_replace = [1]")},
		[2]string{"update", resource("terraform_data", "input = 2\ntriggers_replace = [1]")},
		[2]string{"replace", resource("terraform_data", "input = 2\ntriggers_replace = { a = 1 }")},
		[2]string{"replace", resource("terraform_data", "input = 2")},
	)
	l := newLab(t)
	_, v := l.apply(resource("terraform_data", `input = { a = "x" }`))
	if err := uuid.Validate(text(t, v, "id")); err != nil {
		t.Errorf("id: %v", err)
	}
	if !v.GetAttr("output").RawEquals(v.GetAttr("input")) || !v.GetAttr("triggers_replace").IsNull() {
		t.Errorf("made %#v", v)
	}
	_, changed := l.apply(resource("terraform_data", `input = "y"`))
	if text(t, changed, "id") != text(t, v, "id") || text(t, changed, "output") != "y" {
		t.Errorf("changed %#v, want the same id and the new output", changed)
	}
	refused(t, map[string]string{resource("terraform_data", `output = 1`): "output"})
}

func TestTerraformDataPlans(t *testing.T) {
	str := cty.StringVal
	have := func(src string) cty.Value {
		l := newLab(t)
		_, v := l.apply(src)
		return v
	}
	before := have(resource("terraform_data", `input = "old"`))
	for name, tt := range map[string]struct {
		have cty.Value
		body string
		want cty.Value // output
	}{
		"a new object":             {cty.NilVal, `input = "x"`, cty.UnknownVal(cty.String)},
		"a new object of nothing":  {cty.NilVal, ``, cty.NullVal(cty.DynamicPseudoType)},
		"nothing of a type":        {cty.NilVal, `input = tostring(null)`, cty.NullVal(cty.String)},
		"a new tuple":              {cty.NilVal, `input = [1, "a"]`, cty.UnknownVal(cty.Tuple([]cty.Type{cty.Number, cty.String}))},
		"no change":                {before, `input = "old"`, str("old")},
		"a change":                 {before, `input = 1`, cty.UnknownVal(cty.Number)},
		"a change to nothing":      {before, ``, cty.NullVal(cty.DynamicPseudoType)},
		"a replacement":            {before, "input = \"old\"\ntriggers_replace = 1", cty.UnknownVal(cty.String)},
		"a replacement of nothing": {before, "triggers_replace = 1", cty.NullVal(cty.DynamicPseudoType)},
	} {
		l := newLab(t)
		l.have = tt.have
		c, err := l.plan(resource("terraform_data", tt.body))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.After.GetAttr("output"); !got.RawEquals(tt.want) {
			t.Errorf("%s: output is planned as %#v, want %#v", name, got, tt.want)
		}
		if id := c.After.GetAttr("id"); !id.NotEqual(cty.NullVal(cty.String)).RawEquals(cty.True) {
			t.Errorf("%s: id is planned as %#v, which may be null", name, id)
		}
	}
}

func TestTerraformDataStore(t *testing.T) {
	store := func(body string) string { return resource("terraform_data", "store {\n"+body+"\n}") }
	str, none := cty.StringVal, cty.NullVal(cty.DynamicPseudoType)
	l := newLab(t)
	for i, s := range []struct {
		action       planner.Action
		body         string
		open, secret cty.Value
	}{
		{planner.Create, `input = "a"`, str("a"), none},
		{planner.Update, `input = ["b"]`, cty.TupleVal([]cty.Value{str("b")}), none},
		{planner.Update, "input = [\"b\"]\nsensitive = true", none, cty.TupleVal([]cty.Value{str("b")})},
		{planner.Update, "input = \"c\"\nsensitive = true\nversion = 1", none, str("c")},
		{planner.NoOp, "input = \"d\"\nsensitive = true\nversion = 1", none, str("c")},
		{planner.Update, "input = \"d\"\nversion = 1", str("c"), none},
		{planner.Update, "input = \"d\"\nversion = 2", str("d"), none},
		{planner.Update, "input = \"d\"\nversion = 2\nreplace = true", str("d"), none},
		{planner.NoOp, "input = \"e\"\nversion = 2\nreplace = true", str("d"), none},
		{planner.Replace, "input = \"e\"\nversion = 3\nreplace = true", str("e"), none},
		{planner.Update, "input = \"e\"\nreplace = true", str("e"), none},
		{planner.Replace, "input = \"f\"\nreplace = true", str("f"), none},
		{planner.Update, "", none, none},
	} {
		action, v := l.apply(store(s.body))
		got := v.GetAttr("store").Index(cty.Zero)
		if action != s.action || !got.GetAttr("output").RawEquals(s.open) || !got.GetAttr("sensitive_output").RawEquals(s.secret) {
			t.Errorf("step %d: %s with %#v and %#v, want %s with %#v and %#v", i+1, action, got.GetAttr("output"), got.GetAttr("sensitive_output"), s.action, s.open, s.secret)
		}
	}
	if action, _ := l.apply(resource("terraform_data", "")); action != planner.Update {
		t.Errorf("without the block: %s", action)
	}
}

func TestRemoteState(t *testing.T) {
	l := newLab(t)
	var asked [][2]string
	l.read = func(path, workspace string) (map[string]Output, error) {
		asked = append(asked, [2]string{path, workspace})
		return map[string]Output{"a": {Value: cty.StringVal("there")}, "s": {Value: cty.Zero, Sensitive: true}}, nil
	}
	read := func(body string) cty.Value {
		t.Helper()
		c, err := l.plan(data("terraform_remote_state", body))
		if err != nil {
			t.Fatal(err)
		}
		return planner.MarkSensitive(l.cat.TypeOf(state.Addr{Data: true, Type: "terraform_remote_state"}).Schema, c.After, nil)
	}
	v := read("backend = \"local\"\nconfig = { path = \"x.db\" }\ndefaults = { a = \"default\", b = \"default\" }").GetAttr("outputs")
	if !v.GetAttr("a").RawEquals(cty.StringVal("there")) || !v.GetAttr("b").RawEquals(cty.StringVal("default")) {
		t.Errorf("outputs %#v", v)
	}
	if !v.GetAttr("s").IsMarked() || v.GetAttr("a").IsMarked() || v.IsMarked() {
		t.Errorf("outputs %#v, want only s sensitive", v)
	}
	read(`backend = "local"`)
	read("backend = \"local\"\nworkspace = \"prod\"\nconfig = { path = \"x.db\" }")
	read("backend = \"local\"\nworkspace = \"prod\"\nconfig = tomap({ workspace_dir = \"w\" })")
	want := [][2]string{{"x.db", "default"}, {"terraform.tfstate", "default"}, {"x.db", "prod"}, {"w/prod/terraform.tfstate", "default"}}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("files and workspaces (-want +got):\n%s", diff)
	}
	refused(t, map[string]string{
		data("terraform_remote_state", `backend = "s3"`):                                  `backend "s3" is not supported`,
		data("terraform_remote_state", "backend = \"local\"\nconfig = \"x\""):             "config is a string",
		data("terraform_remote_state", "backend = \"local\"\nconfig = { bucket = 1 }"):    `"bucket"`,
		data("terraform_remote_state", "backend = \"local\"\nconfig = { path = [\"\"] }"): "config.path",
		data("terraform_remote_state", "backend = \"local\"\ndefaults = 1"):               "defaults is a number",
		data("terraform_remote_state", `backend = "local"`):                               errors.New("no such state").Error(),
	})
}
