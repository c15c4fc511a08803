package providers

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
)

// thing has an attribute of every kind.
type thing struct {
	ID       string            `cty:"id" is:"computed" doc:"The id."`
	Name     string            `cty:"name" is:"required,replace"`
	Text     string            `cty:"text" is:"optional"`
	Whole    int               `cty:"whole" is:"optional"`
	Long     int64             `cty:"long" is:"optional"`
	Share    float64           `cty:"share" is:"optional"`
	Flag     bool              `cty:"flag" is:"optional"`
	Zero     *int              `cty:"zero" is:"optional"`
	Maybe    *bool             `cty:"maybe" is:"optional"`
	Color    string            `cty:"color" is:"else=red"`
	Count    int               `cty:"count" is:"else=3"`
	On       bool              `cty:"on" is:"else=true"`
	Chosen   int               `cty:"chosen" is:"default,after=name,after=text"`
	Secret   string            `cty:"secret" is:"optional,sensitive,blind"`
	Parent   string            `cty:"parent" is:"required"`
	List     []string          `cty:"list" is:"optional"`
	Set      []string          `cty:"set" is:"optional,set"`
	Numbers  []int             `cty:"numbers" is:"default"`
	Labels   map[string]string `cty:"labels" is:"optional"`
	Nested   [][]string        `cty:"nested" is:"computed"`
	Blocks   []nested          `cty:"blocks" is:"optional,max=2"`
	SetBlock []nested          `cty:"set_block" is:"required,set"`
	Seen     []nested          `cty:"seen" is:"computed"`
	Ignored  string
}

type nested struct {
	Port  int      `cty:"port" is:"required"`
	Hosts []string `cty:"hosts" is:"optional,set"`
	UUID  string   `cty:"uuid" is:"computed"`
}

func TestLacks(t *testing.T) {
	type place struct {
		ID     string `cty:"id"     is:"computed"`
		Region string `cty:"region" is:"default,or=zone,or=host"`
		Zone   string `cty:"zone"   is:"default"`
		Host   int    `cty:"host"   is:"optional"`
	}
	s := SchemaOf(reflect.TypeFor[place]())
	with := func(name string, v cty.Value) cty.Value {
		vals := map[string]cty.Value{"id": cty.NullVal(cty.String), "region": cty.NullVal(cty.String), "zone": cty.NullVal(cty.String), "host": cty.NullVal(cty.Number)}
		vals[name] = v
		return cty.ObjectVal(vals)
	}
	for _, config := range []cty.Value{
		with("region", cty.StringVal("fra1")), with("zone", cty.StringVal("")), with("host", cty.UnknownVal(cty.Number)),
	} {
		if err := s.Lacks(config); err != nil {
			t.Errorf("%#v lacks something: %v", config, err)
		}
	}
	err := s.Lacks(with("id", cty.StringVal("7")))
	if err == nil || err.Error() != "one of region, zone, host has to be set" {
		t.Errorf("nothing lacks %v", err)
	}
}

func TestSchemaOf(t *testing.T) {
	s := SchemaOf(reflect.TypeFor[thing]())
	block := cty.Object(map[string]cty.Type{"port": cty.Number, "hosts": cty.Set(cty.String), "uuid": cty.String})
	want := map[string]Attr{
		"id":      {Doc: "The id.", Type: cty.String, Mode: Computed},
		"name":    {Type: cty.String, Mode: Required, Replace: true},
		"text":    {Type: cty.String, Mode: Optional},
		"whole":   {Type: cty.Number, Mode: Optional},
		"long":    {Type: cty.Number, Mode: Optional},
		"share":   {Type: cty.Number, Mode: Optional},
		"flag":    {Type: cty.Bool, Mode: Optional},
		"zero":    {Type: cty.Number, Mode: Optional, ZeroIsSet: true},
		"maybe":   {Type: cty.Bool, Mode: Optional, ZeroIsSet: true},
		"color":   {Type: cty.String, Mode: Optional, Else: cty.StringVal("red")},
		"count":   {Type: cty.Number, Mode: Optional, Else: cty.NumberIntVal(3)},
		"on":      {Type: cty.Bool, Mode: Optional, Else: cty.True},
		"chosen":  {Type: cty.Number, Mode: Default, After: []string{"name", "text"}},
		"secret":  {Type: cty.String, Mode: Optional, Sensitive: true, Blind: true},
		"parent":  {Type: cty.String, Mode: Required},
		"list":    {Type: cty.List(cty.String), Mode: Optional},
		"set":     {Type: cty.Set(cty.String), Mode: Optional},
		"numbers": {Type: cty.List(cty.Number), Mode: Default},
		"labels":  {Type: cty.Map(cty.String), Mode: Optional},
		"nested":  {Type: cty.List(cty.List(cty.String)), Mode: Computed},
		"blocks":  {Type: cty.List(block), Mode: Optional, MaxItems: 2},
		"seen":    {Type: cty.List(block), Mode: Computed},

		"set_block": {Type: cty.Set(block), Mode: Required},
	}
	isBlock := map[string]bool{"blocks": true, "set_block": true}
	for _, a := range s.Attrs {
		w, ok := want[a.Name]
		if !ok {
			t.Errorf("%s is an attribute", a.Name)
			continue
		}
		delete(want, a.Name)
		if (a.Block != nil) != isBlock[a.Name] {
			t.Errorf("%s is a nested block: %v", a.Name, a.Block != nil)
		}
		if !a.Type.Equals(w.Type) {
			t.Errorf("type of %s is %#v, want %#v", a.Name, a.Type, w.Type)
		}
		if a.Else != w.Else && !a.Else.RawEquals(w.Else) {
			t.Errorf("%s is %#v when absent, want %#v", a.Name, a.Else, w.Else)
		}
		got := *a
		got.Name, got.Block, got.Type, got.Else, w.Type, w.Else = "", nil, cty.NilType, cty.NilVal, cty.NilType, cty.NilVal
		if !reflect.DeepEqual(got, w) {
			t.Errorf("%s is %+v, want %+v", a.Name, got, w)
		}
	}
	for name := range want {
		t.Errorf("%s is no attribute", name)
	}
	if diff := cmp.Diff([]string{"port", "hosts"}, s.Attr("blocks").Block.Names()); diff != "" {
		t.Errorf("names of a block (-want +got):\n%s", diff)
	}
}

func TestSchemaOfRefusesNonsense(t *testing.T) {
	for name, x := range map[string]any{
		"an unknown word": struct {
			A string `cty:"a" is:"requird"`
		}{},
		"no word": struct {
			A string `cty:"a"`
		}{},
		"a type without values": struct {
			A chan int `cty:"a" is:"optional"`
		}{},
		"a literal of a list": struct {
			A []string `cty:"a" is:"else=x"`
		}{},
		"a template of what is not there": struct {
			A string `cty:"a" is:"optional,renders=b,with=c"`
		}{},
		"within what nothing names": struct {
			A string `cty:"a" is:"required,within"`
		}{},
		"a name that occurs twice": struct {
			A string `cty:"a" is:"required"`
			B string `cty:"a" is:"optional"`
		}{},
		"a name that an embedded struct has too": struct {
			address
			Street string `cty:"street" is:"required"`
		}{},
		"a name that two embedded structs have": struct {
			address
			postal
		}{},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			SchemaOf(reflect.TypeOf(x))
		})
	}
}

func TestEncode(t *testing.T) {
	c := newCodec[thing]()
	zero, no := 0, false
	t.Run("zero is absence where that is what it means", func(t *testing.T) {
		v := c.encode(&thing{})
		for name, isNull := range map[string]bool{
			"text": true, "whole": true, "long": true, "share": true, "flag": true, "zero": true, "maybe": true, "secret": true, "list": true, "set": true, "labels": true,
			"id": false, "name": false, "color": false, "count": false, "on": false, "chosen": false, "numbers": false, "nested": false, "blocks": false, "set_block": false, "seen": false,
		} {
			if got := v.GetAttr(name).IsNull(); got != isNull {
				t.Errorf("%s = %#v, want null: %v", name, v.GetAttr(name), isNull)
			}
		}
		if !v.Type().Equals(c.ty) {
			t.Errorf("type %#v, want that of the schema", v.Type())
		}
	})
	t.Run("zero behind a pointer is a value", func(t *testing.T) {
		v := c.encode(&thing{Zero: &zero, Maybe: &no})
		if !v.GetAttr("zero").RawEquals(cty.Zero) || !v.GetAttr("maybe").RawEquals(cty.False) {
			t.Errorf("got %#v and %#v", v.GetAttr("zero"), v.GetAttr("maybe"))
		}
	})
	t.Run("fractions are decimal", func(t *testing.T) {
		if v := c.encode(&thing{Share: 0.1}).GetAttr("share"); !v.RawEquals(cty.MustParseNumberVal("0.1")) {
			t.Errorf("0.1 is %#v", v)
		}
	})
}

func TestRoundTrip(t *testing.T) {
	c := newCodec[thing]()
	one, yes := 1, true
	zero, no := 0, false
	block := []nested{{Port: 1, Hosts: []string{"a", "b"}, UUID: "u"}, {Port: 2}}
	for name, want := range map[string]thing{
		"nothing": {},
		"everything": {
			ID: "1", Name: "n", Text: "t", Whole: -3, Long: 1 << 60, Share: 1.25, Flag: true, Zero: &one, Maybe: &yes, Color: "blue", Count: 5, On: true, Chosen: 7, Secret: "s",
			Parent: "p", List: []string{"b", "a", "b"}, Set: []string{"a", "b"}, Numbers: []int{3, 1}, Labels: map[string]string{"k": "v", "": ""}, Nested: [][]string{{"x"}, {"y", "z"}},
			Blocks: block, SetBlock: block, Seen: block,
		},
		"zeros that count": {Zero: &zero, Maybe: &no},
	} {
		t.Run(name, func(t *testing.T) {
			var got thing
			if err := c.decode(c.encode(&want), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(want, got) {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if !c.encode(&got).RawEquals(c.encode(&want)) {
				t.Error("encoded again it differs")
			}
		})
	}
}

func TestDecode(t *testing.T) {
	c := newCodec[thing]()
	with := func(name string, v cty.Value) cty.Value {
		vals := c.encode(&thing{}).AsValueMap()
		vals[name] = v
		return cty.ObjectVal(vals)
	}
	t.Run("null and unknown are zero", func(t *testing.T) {
		for name, ty := range c.ty.AttributeTypes() {
			for _, v := range []cty.Value{cty.NullVal(ty), cty.UnknownVal(ty)} {
				one := 1
				got := thing{Text: "old", Zero: &one, List: []string{"old"}, Labels: map[string]string{"old": ""}}
				if err := c.decode(with(name, v), &got); err != nil {
					t.Errorf("%s = %#v: %v", name, v, err)
				}
			}
		}
		got := thing{Text: "old", List: []string{"old"}, Labels: map[string]string{"old": ""}}
		if err := c.decode(c.encode(&thing{}), &got); err != nil || got.Text != "" || got.List != nil || got.Labels != nil {
			t.Errorf("got %+v, %v; want what was there to be gone", got, err)
		}
	})
	t.Run("a fraction is no whole number", func(t *testing.T) {
		for _, v := range []cty.Value{cty.NumberFloatVal(1.5), cty.MustParseNumberVal("1e30"), cty.PositiveInfinity} {
			if err := c.decode(with("whole", v), &thing{}); err == nil {
				t.Errorf("%#v was accepted", v)
			}
		}
	})
	t.Run("no object is the zero value", func(t *testing.T) {
		for _, v := range []cty.Value{cty.NilVal, cty.NullVal(c.ty)} {
			if err := c.decode(v, &thing{}); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestID(t *testing.T) {
	object := func(v cty.Value) cty.Value { return cty.ObjectVal(map[string]cty.Value{"id": v}) }
	for want, list := range map[string][]cty.Value{
		"x": {object(cty.StringVal("x"))},
		"": {
			cty.NilVal, cty.NullVal(object(cty.StringVal("")).Type()), cty.UnknownVal(object(cty.StringVal("")).Type()), cty.EmptyObjectVal,
			object(cty.NullVal(cty.String)), object(cty.UnknownVal(cty.String)), object(cty.StringVal("")), object(cty.NumberIntVal(1)),
		},
	} {
		for _, v := range list {
			if got := ID(v); got != want {
				t.Errorf("ID(%#v) = %q, want %q", v, got, want)
			}
		}
	}
}

func TestComplete(t *testing.T) {
	typ := Resource[struct{}, thing]{Type: "x_thing"}.Erase()
	c := newCodec[thing]()
	got := typ.Complete(c.encode(&thing{Secret: "s", Text: "old"}), c.encode(&thing{Text: "new"}))
	if want := c.encode(&thing{Secret: "s", Text: "new"}); !got.RawEquals(want) {
		t.Errorf("got %#v, want the secret of state and the rest as seen", got)
	}
}

func TestTypeHooks(t *testing.T) {
	typ := Resource[struct{}, thing]{
		Type:   "x_thing",
		Normal: func(x *thing) { x.Text, x.List = "normal", []string{"normal"} },
		Check: func(was *thing, want thing) error {
			if was != nil && want.Whole < was.Whole {
				return errors.New("it only grows")
			}
			return nil
		},
		Lock:   func(x thing) string { return x.Name },
		Within: func(x thing) string { return x.Parent },
	}.Erase()
	c := newCodec[thing]()
	vals := c.encode(&thing{Name: "n", Parent: "p", SetBlock: []nested{{Port: 1}}}).AsValueMap()
	vals["text"], vals["list"] = cty.StringVal("TEXT"), cty.ListVal([]cty.Value{cty.UnknownVal(cty.String)})
	got := typ.Normal(cty.ObjectVal(vals))
	if !got.GetAttr("text").RawEquals(cty.StringVal("normal")) || !got.GetAttr("list").RawEquals(vals["list"]) {
		t.Errorf("normal is %#v; want text in its normal spelling and the list, not wholly known, as it was", got)
	}
	if got := typ.Lock(cty.ObjectVal(vals)); got != "n" {
		t.Errorf("lock %q, want n", got)
	}
	if got := typ.Within(cty.ObjectVal(vals)); got != "p" {
		t.Errorf("collection %q, want p", got)
	}
	was, want := c.encode(&thing{Whole: 2}), c.encode(&thing{Whole: 1})
	if typ.Check(was, want) == nil {
		t.Error("a change that the type refuses was accepted")
	}
	if err := typ.Check(cty.NullVal(c.ty), want); err != nil {
		t.Errorf("a new object: %v", err)
	}
	vals = want.AsValueMap()
	vals["text"] = cty.UnknownVal(cty.String)
	if err := typ.Check(was, cty.ObjectVal(vals)); err != nil {
		t.Errorf("while something is not known: %v", err)
	}
	if typ.CanUpdate() || typ.CanFind() || typ.CanList() {
		t.Errorf("a type without functions can update %v, find %v, list %v", typ.CanUpdate(), typ.CanFind(), typ.CanList())
	}
}

func TestCloud(t *testing.T) {
	type config struct {
		Token string `cty:"token" is:"optional"`
	}
	p := Cloud[string, config]{
		Name: "x",
		Connect: func(_ context.Context, c config, _ Env) (string, error) {
			if c.Token == "" {
				return "", errors.New("no token")
			}
			return "client of " + c.Token, nil
		},
		Unmark: func(_ context.Context, c, token string) error { return errors.New(c + " " + token) },
		Close:  func(_ context.Context, c string) error { return errors.New("end of " + c) },
		Resources: []Erasable{Resource[string, thing]{Type: "x_thing", Read: func(_ context.Context, c string, x *thing) error {
			x.Text = c
			return ErrNotReady
		}}},
	}.Provider()
	if _, err := p.Connect(t.Context(), cty.ObjectVal(map[string]cty.Value{"token": cty.NullVal(cty.String)}), Env{}); err == nil {
		t.Error("connected without a token")
	}
	conn, err := p.Connect(t.Context(), cty.ObjectVal(map[string]cty.Value{"token": cty.StringVal("T")}), Env{})
	if err != nil {
		t.Fatal(err)
	}
	typ := p.Resources.Of("x_thing")
	v, err := conn.Ops.Read(t.Context(), typ, newCodec[thing]().encode(&thing{ID: "1"}))
	if !errors.Is(err, ErrNotReady) || v.GetAttr("text").AsString() != "client of T" || ID(v) != "1" {
		t.Errorf("read %#v, %v", v, err)
	}
	if err := conn.Unmark(t.Context(), "m"); err == nil || err.Error() != "client of T m" {
		t.Errorf("unmark: %v", err)
	}
	if err := conn.Close(t.Context()); err == nil || err.Error() != "end of client of T" {
		t.Errorf("close: %v", err)
	}
}
