package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/adopt"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
	"github.com/mlinfra/mlinfra/state/durable"
)

// adoptFlags are those of adopt.
type adoptFlags struct {
	planFlags
	provider  string
	dir       string   // "" for the working directory
	filters   []string // NAME=VALUE
	unmanaged bool
}

func (a *app) adoptCommand() *cobra.Command {
	var flags adoptFlags
	c := &cobra.Command{
		Use:   "adopt PROVIDER [DIR]",
		Short: "Write the configuration of what an account has",
		Long: `Lists what the account of a provider has, and writes the configuration of all
that no state of DIR knows and no block there imports: resource blocks that refer
to each other, import blocks, and variables in the place of secrets. The next
plan then shows imports only, and an apply takes everything over. Nothing is
changed in the account, and a second run writes nothing. DIR is made if need be.

Some things come with others and are not adopted: default networks, default
projects, the first user of a database cluster. With -unmanaged nothing is
written: what no state knows is listed.`,
		Example: "  mlinfra adopt digitalocean infra\n  mlinfra adopt digitalocean -filter tag=ml infra\n  mlinfra adopt digitalocean -unmanaged",
		Args:    cobra.MatchAll(atLeast(1, "a provider, as in mlinfra adopt digitalocean infra"), atMost(2)),
		RunE: func(c *cobra.Command, args []string) error {
			flags.provider = args[0]
			if len(args) == 2 {
				flags.dir = args[1]
				if err := enter(args[1], !flags.unmanaged); err != nil {
					return err
				}
			}
			return a.adoptAccount(c.Context(), flags)
		},
	}
	flags.stateFlags.register(c)
	registerVars(c, &flags.args)
	registerLock(c, &flags.stateFlags)
	c.Flags().BoolVar(&flags.json, "json", false, "with -unmanaged, print a JSON document")
	c.Flags().BoolVar(&flags.input, "input", true, "ask for variables that have no value")
	c.Flags().StringArrayVar(&flags.filters, "filter", nil, "only objects that `NAME=VALUE` chooses, such as tag=ml or project=research, and what is in them; all filters count")
	c.Flags().BoolVar(&flags.unmanaged, "unmanaged", false, "list what no state knows, and write nothing")
	return c
}

// enter makes dir the working directory, after having made it if it may.
func enter(dir string, create bool) error {
	if create {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	return os.Chdir(dir)
}

// adoptAccount writes the configuration of what an account has.
func (a *app) adoptAccount(ctx context.Context, flags adoptFlags) error {
	if flags.json && !flags.unmanaged {
		return errors.New("-json goes with -unmanaged")
	}
	s, err := a.newSession(flags.planFlags)
	if err != nil {
		return err
	}
	defer s.close()
	a.json = false // a document, not a stream
	p := a.catalog.Of(flags.provider)
	if p == nil || !adoptable(p) {
		return fmt.Errorf("%q is not a provider whose accounts can be adopted: there is %s", flags.provider, strings.Join(a.adoptables(), ", "))
	}
	base, err := beginning(p)
	if err != nil {
		return err
	}
	if err := s.loadFiles(ctx, base); err != nil {
		return err
	}
	if err := s.open(bolt.Read); err != nil {
		return err
	}
	objects, err := s.survey(providers.Remember(ctx), p, flags)
	switch {
	case err != nil:
		return err
	case flags.unmanaged:
		return s.showUnmanaged(objects)
	}
	return s.writeAdopted(ctx, base, p.Name, flags.dir, objects)
}

// beginning returns the files of the working directory; where there is no
// configuration, with a first one that names the provider as Terraform needs it.
func beginning(p *providers.Provider) (overlay, error) {
	base := overlay{FS: os.DirFS("."), files: map[string][]byte{}}
	list, err := fs.ReadDir(base.FS, ".")
	if err != nil {
		return base, err
	}
	for _, e := range list {
		if ext := filepath.Ext(e.Name()); ext == ".tf" || ext == ".hcl" || strings.HasSuffix(e.Name(), ".tf.json") {
			return base, nil
		}
	}
	base.files[p.Name+".tf"] = fmt.Appendf(nil, "terraform {\n  required_providers {\n    %s = {\n      source = %q\n    }\n  }\n}\n", p.Name, p.Sources[0])
	return base, nil
}

// survey lists what no state of the directory knows.
func (s *session) survey(ctx context.Context, p *providers.Provider, flags adoptFlags) ([]*adopt.Object, error) {
	settings, known, err := providerSettings(s.prog, s.priorScope(ctx), flags.provider)
	if err == nil && !known {
		err = fmt.Errorf("the settings of provider %s are not known before an apply", flags.provider)
	}
	if err != nil {
		return nil, err
	}
	conn, err := s.clouds.connect(ctx, flags.provider, settings)
	if err != nil {
		return nil, s.providerError(flags.provider, err)
	}
	chosen, err := filtersOf(ctx, conn, flags.filters)
	if err != nil {
		return nil, err
	}
	objects, errs := adopt.Survey(ctx, conn.Ops, p.Resources, chosen)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, err := range errs {
		s.diags = append(s.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "A part of the account was not looked at", Detail: strings.TrimRight(sentence(err.Error()), ".") + "."})
	}
	return s.unmanaged(objects)
}

// adoptable reports whether the types of a provider say what refers to what.
func adoptable(p *providers.Provider) bool {
	for _, t := range p.Resources.All() {
		if slices.ContainsFunc(t.Schema.Attrs, func(a *providers.Attr) bool { return len(a.Refs) > 0 }) {
			return true
		}
	}
	return false
}

func (a *app) adoptables() []string {
	var names []string
	for _, name := range a.catalog.Names() {
		if adoptable(a.catalog.Of(name)) {
			names = append(names, name)
		}
	}
	return names
}

// filtersOf returns what reports whether all filters choose an object, or what it
// is in.
func filtersOf(ctx context.Context, conn providers.Conn, texts []string) (func(*adopt.Object) bool, error) {
	var all []func(cty.Value) bool
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		filter := conn.Filters[name]
		if filter == nil || value == "" {
			return nil, fmt.Errorf("-filter=%s: write NAME=VALUE; the names are %s", text, strings.Join(slices.Sorted(maps.Keys(conn.Filters)), ", "))
		}
		choose, err := filter(ctx, value)
		if err != nil {
			return nil, fmt.Errorf("-filter=%s: %w", text, err)
		}
		all = append(all, choose)
	}
	return func(o *adopt.Object) bool {
		return o.Parent != nil || !slices.ContainsFunc(all, func(choose func(cty.Value) bool) bool { return !choose(o.Seen.Value) })
	}, nil
}

// unmanaged leaves out what a state knows, and says of what a block has or
// imports which that is.
func (s *session) unmanaged(objects []*adopt.Object) ([]*adopt.Object, error) {
	others, err := s.objectsOfOthers()
	if err != nil {
		return nil, err
	}
	elsewhere := map[string]bool{} // by type and id, as blocks
	for name, list := range others {
		for _, v := range list {
			elsewhere[name+" "+providers.ID(v)] = true
		}
	}
	blocks := map[string]state.Addr{}
	for _, o := range s.snap.Objects {
		p, err := planner.Unobserved(o, s.catalog)
		if err != nil {
			return nil, err
		}
		blocks[o.Addr.Type+" "+p.Type.ImportID(p.Stored)] = o.Addr
	}
	targets, diags := s.stateScope().ImportTargets()
	if diags.HasErrors() {
		return nil, s.check(diags)
	}
	for _, t := range targets {
		blocks[t.Addr.Type+" "+t.ID] = t.Addr
	}
	return slices.DeleteFunc(objects, func(o *adopt.Object) bool {
		addr, known := blocks[o.Type.Name+" "+o.ID()]
		if known && addr.Module == "" && addr.Key == (state.Key{}) && s.prog.Block(config.BlockID(addr)) != nil {
			o.Block = &addr
			return false
		}
		return known || !o.Given && elsewhere[o.Type.Name+" "+providers.ID(o.Seen.Value)]
	}), nil
}

// The files that adopt writes, beside one called after the provider.
const (
	importsFile   = "imports.tf"
	variablesFile = "variables.tf"
)

// writeAdopted writes the configuration of objects. What does not pass for a
// valid block is left out and named.
func (s *session) writeAdopted(ctx context.Context, base overlay, provider, dir string, objects []*adopt.Object) error {
	changing := func(o *adopt.Object) bool { return !o.Seen.Ready && o.Seen.Broken == nil && o.Fresh() }
	ready := slices.DeleteFunc(slices.Clone(objects), changing)
	for _, o := range objects {
		if changing(o) {
			s.diags = append(s.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: fmt.Sprintf("%s %s is still changing", o.Type.Name, o.Name()), Detail: "It was left out: adopt again when it has come to rest."})
		}
	}
	c := adopt.NewConfig(ready, func(addr state.Addr) bool {
		if addr.Type == "var" {
			return s.prog.Block(config.ID{Kind: config.Variable, Name: addr.Name}) != nil
		}
		return s.prog.Block(config.BlockID(addr)) != nil
	})
	s.warnOfOwners(ready)
	files, err := s.validDrafts(ctx, base, provider, c)
	s.warn()
	if err != nil {
		return err
	}
	if c.Len() == 0 {
		fmt.Fprintf(s.stdout, "Nothing to adopt: all that %s shows and that can be taken over is known here.\n", provider)
		return nil
	}
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		if err := durable.Replace(name, files[name]); err != nil {
			return err
		}
	}
	fmt.Fprintf(s.stdout, "Wrote %s with %s.\n", strings.Join(names, ", "), blocks(c.Len()))
	plan := "mlinfra plan"
	if dir != "" {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(s.chdir, dir)
		}
		plan = "mlinfra -chdir=" + dir + " plan"
	}
	then := "The next plan shows what an apply will take over: " + plan
	if n := c.Inputs(); n > 0 {
		then = fmt.Sprintf("First give the variables in %s their values (%d), such as in terraform.tfvars. %s", variablesFile, n, then)
	}
	s.hint("%s", then)
	return nil
}

// warnOfOwners names the states whose marks objects bear that are to be taken over.
func (s *session) warnOfOwners(objects []*adopt.Object) {
	count := map[string]int{}
	for _, o := range objects {
		if o.Fresh() && o.Seen.Owner != "" && o.Seen.Owner != s.snap.Lineage {
			count[o.Seen.Owner]++
		}
	}
	for _, owner := range slices.Sorted(maps.Keys(count)) {
		s.diags = append(s.diags, &hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "Objects of another state",
			Detail: fmt.Sprintf("%s the mark of the state %s. If that state is still used, two would manage them: forget them there (mlinfra state rm) before the apply.", sentence(bear(count[owner])), owner),
		})
	}
}

func blocks(n int) string {
	if n == 1 {
		return "1 block"
	}
	return fmt.Sprintf("%d blocks", n)
}

// validDrafts returns the files that c is written to, by name, and takes out of c
// what is not valid.
func (s *session) validDrafts(ctx context.Context, base overlay, provider string, c *adopt.Config) (map[string][]byte, error) {
	for {
		files, err := drafts(base, provider, c)
		if err != nil || c.Len() == 0 {
			return files, err
		}
		prog, diags := s.validateFrom(ctx, overlay{base.FS, files}, false)
		if !diags.HasErrors() {
			return files, nil
		}
		left := false
		for _, d := range diags {
			if addr, ok := blockAt(prog, d); ok && c.Drop(addr) {
				left = true
				s.diags = append(s.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: fmt.Sprintf("%s was left out", addr), Detail: fmt.Sprintf("%s: %s", d.Summary, d.Detail)})
			}
		}
		if !left {
			return nil, s.check(diags) // not because of what is to be written
		}
	}
}

// blockAt returns the address of the resource block that an error is in.
func blockAt(prog *config.Program, d *hcl.Diagnostic) (state.Addr, bool) {
	if prog == nil || d.Subject == nil || d.Severity != hcl.DiagError {
		return state.Addr{}, false
	}
	for _, b := range prog.Blocks {
		at := b.Range
		if b.Body != nil {
			at = hcl.RangeBetween(b.Range, b.Body.SrcRange)
		}
		if b.ID.Kind == config.Resource && at.Filename == d.Subject.Filename && at.ContainsPos(d.Subject.Start) {
			return b.ID.Addr(), true
		}
	}
	return state.Addr{}, false
}

// drafts returns what the files are to hold: what they have, and what c adds.
func drafts(base overlay, provider string, c *adopt.Config) (map[string][]byte, error) {
	resources, imports, variables := c.Write()
	files := map[string][]byte{}
	for name, text := range map[string][]byte{provider + ".tf": resources, importsFile: imports, variablesFile: variables} {
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		have, err := fs.ReadFile(base, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if len(have) == 0 {
			text = bytes.TrimLeft(text, "\n")
		}
		files[name] = append(have, text...)
	}
	return files, nil
}

// unmanagedJSON is an object in the JSON document of -unmanaged.
type unmanagedJSON struct {
	Type    string  `json:"type"`
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Owner   string  `json:"owner,omitempty"`         // lineage of the state whose mark it bears
	Monthly float64 `json:"price_monthly,omitempty"` // USD
}

// showUnmanaged prints what no state knows.
func (s *session) showUnmanaged(objects []*adopt.Object) error {
	s.warn()
	objects = slices.DeleteFunc(objects, func(o *adopt.Object) bool { return !o.Fresh() })
	if s.flags.json {
		list := []unmanagedJSON{}
		for _, o := range objects {
			list = append(list, unmanagedJSON{o.Type.Name, o.ID(), o.Name(), o.Seen.Owner, o.Seen.Monthly})
		}
		return printJSON(s.stdout, map[string]any{"format_version": "mlinfra-1", "objects": list})
	}
	if len(objects) == 0 {
		fmt.Fprintln(s.stdout, "All that is there is known to a state.")
		return nil
	}
	for _, o := range objects {
		fmt.Fprintln(s.stdout, view.Clean(unmanagedLine(o)))
	}
	return nil
}

func unmanagedLine(o *adopt.Object) string {
	line := o.Type.Name + " " + o.ID()
	if o.Name() != o.ID() {
		line += fmt.Sprintf(" (%s)", o.Name())
	}
	if o.Seen.Monthly > 0 {
		line += ", " + priceText(o.Seen.Monthly, true)
	}
	if o.Seen.Owner != "" {
		line += ", of the state " + o.Seen.Owner
	}
	return line
}
