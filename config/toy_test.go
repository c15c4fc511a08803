package config

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

type server struct {
	ID   string   `cty:"id" is:"computed"`
	Name string   `cty:"name" is:"required"`
	Size string   `cty:"size" is:"optional"`
	Tags []string `cty:"tags" is:"optional,set"`
	Key  string   `cty:"key" is:"optional,sensitive"`
	Pass string   `cty:"pass_wo" is:"optional,writeonly"`
	Disk []disk   `cty:"disk" is:"optional,max=3"`
	Rule []rule   `cty:"rule" is:"optional,set"`
}

type disk struct {
	Kind string `cty:"kind" is:"required"`
	Path string `cty:"path" is:"computed"`
	Part []part `cty:"part" is:"optional"`
}

type part struct {
	Name string `cty:"name" is:"required"`
}

type rule struct {
	Port int `cty:"port" is:"required"`
}

type image struct {
	ID   string `cty:"id" is:"computed"`
	Slug string `cty:"slug" is:"required"`
}

// note holds a text, which a template may give.
type note struct {
	ID       string    `cty:"id" is:"computed"`
	Text     *string   `cty:"text" is:"optional"`
	Template *string   `cty:"template" is:"optional,renders=text,with=vars"`
	Vars     cty.Value `cty:"vars" is:"optional"`
}

func toyCatalog() Catalog {
	cloud := providers.Cloud[struct{}, struct {
		Region string `cty:"region" is:"optional"`
	}]{
		Name: "toy",
		Resources: []providers.Erasable{
			providers.Resource[struct{}, server]{Type: "toy_server"}, providers.Resource[struct{}, note]{Type: "toy_note"},
		},
		Data: []providers.Erasable{providers.DataSource[struct{}, image]{Type: "toy_image"}},
	}
	return NewCatalog(cloud.Provider())
}

func files(src string) fstest.MapFS { return fstest.MapFS{"main.tf": {Data: []byte(src)}} }

// found returns errors and warnings as "main.tf:2,3 Summary".
func found(diags hcl.Diagnostics) []string {
	var list []string
	for _, d := range diags {
		at := ""
		if d.Subject != nil {
			at = fmt.Sprintf("%s:%d,%d ", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column)
		}
		list = append(list, at+d.Summary)
	}
	return list
}

// load loads src, which has no mistakes.
func load(t *testing.T, src string) *Program {
	t.Helper()
	p, diags := Load(files(src), ".", toyCatalog(), nil)
	if diags.HasErrors() {
		t.Fatalf("load: %v\n%s", diags, src)
	}
	if diags := p.SetInputs(fstest.MapFS{}, nil, nil); diags.HasErrors() {
		t.Fatalf("inputs: %v", diags)
	}
	return p
}

func scope(t *testing.T, src string) *Scope {
	t.Helper()
	return NewScope(load(t, src), Env{WorkDir: "/w", Workspace: "prod"})
}

func block(t *testing.T, s *Scope, kind Kind, typ, name string) *Block {
	t.Helper()
	b := s.prog.Block(ID{Kind: kind, Type: typ, Name: name})
	if b == nil {
		t.Fatalf("no block %s.%s", typ, name)
	}
	return b
}

// local returns the value of local.x.
func local(t *testing.T, s *Scope) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	return s.Value(ID{Kind: Local, Name: "x"})
}
