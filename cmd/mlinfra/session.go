package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/apply/provision"
	"github.com/mlinfra/mlinfra/cmd/memory"
	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/planner/observe"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// session is one plan, apply or destroy.
type session struct {
	*app
	flags  planFlags
	prog   *config.Program
	env    config.Env
	store  state.Store
	snap   state.Snapshot
	clouds *clouds
	diags  hcl.Diagnostics // warnings so far
	warned map[string]bool // warnings that have been printed

	planID string        // of the saved plan that is carried out; "" for none
	again  string        // command that goes on after a failure; "" for the operation
	commit func() string // of Git, that the configuration is at

	unwritten bool // the state could not be written

	generated map[state.Addr]string // blocks that have been written to flags.generate
}

// newSession prepares a run; it reads nothing yet. Close it.
func (a *app) newSession(flags planFlags) (*session, error) {
	a.json = flags.json
	if err := flags.check(); err != nil {
		return nil, err
	}
	wd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	workspace, err := a.workspace()
	if err != nil {
		return nil, err
	}
	return &session{
		app: a, flags: flags, clouds: a.newClouds(a.contentDir(flags.stateFlags)),
		env: config.Env{WorkDir: wd, Cwd: a.cwd, Workspace: workspace, PlanTime: a.timestamp(), Secrets: a.secrets},
	}, nil
}

// open opens and reads the state.
func (s *session) open(mode bolt.Mode) error {
	if mode == bolt.Write {
		memory.Spare()
	}
	store, err := s.openStore(s.flags.stateFlags, mode)
	if err != nil {
		return err
	}
	s.store = store
	if s.snap, err = store.Snapshot(); err == nil {
		err = s.snap.Locked
	}
	s.clouds.owner, s.clouds.reach = s.snap.Lineage, s.reach
	return err
}

func (s *session) close() {
	if err := s.clouds.close(); err != nil {
		fmt.Fprintln(s.stderr, "Warning: what this run has made for itself is still there, and the next one deletes it:", err)
	}
	if s.store != nil {
		if err := s.store.Close(); err != nil { // every commit has been synced before
			fmt.Fprintln(s.stderr, "Warning: the state is written, but not all beside it:", err)
		}
	}
}

// load reads the configuration of the working directory and gives its
// variables their values.
func (s *session) load(ctx context.Context) error { return s.loadFiles(ctx, os.DirFS(".")) }

// loadFiles is load for the files of fsys in the place of those of the working
// directory.
func (s *session) loadFiles(ctx context.Context, fsys fs.FS) error {
	if err := readVarFiles(s.flags.args); err != nil {
		return err
	}
	var diags hcl.Diagnostics
	s.prog, diags = s.loadFrom(ctx, fsys, s.env.WorkDir, false)
	if !diags.HasErrors() {
		diags = append(diags, s.prog.SetInputs(fsys, s.environ, s.flags.args)...)
	}
	if !diags.HasErrors() {
		diags = append(diags, s.askInputs()...)
	}
	s.secrets.hideInputs(s.prog)
	return s.check(diags)
}

// check keeps warnings for later and returns an error when there are errors,
// after having printed all.
func (s *session) check(diags hcl.Diagnostics) error {
	if !diags.HasErrors() {
		s.diags = append(s.diags, diags...)
		return nil
	}
	s.report(append(s.diags, diags...))
	return exitError(1)
}

// unseen returns diags without what is in it twice, and without the warnings
// that it has returned before: what a plan warns of, its apply often does as
// well.
func (s *session) unseen(diags hcl.Diagnostics) hcl.Diagnostics {
	var list hcl.Diagnostics
	seen := map[*hcl.Diagnostic]bool{}
	for _, d := range diags {
		if seen[d] {
			continue
		}
		seen[d] = true
		text := d.Error() + d.Detail
		if d.Severity == hcl.DiagWarning && s.warned[text] {
			continue
		}
		if s.warned == nil {
			s.warned = map[string]bool{}
		}
		s.warned[text] = true
		list = append(list, d)
	}
	return list
}

// report prints diagnostics as the user asked for.
func (s *session) report(diags hcl.Diagnostics) {
	if diags = s.unseen(diags); len(diags) == 0 {
		return
	}
	sources := map[string]*hcl.File{}
	if s.prog != nil {
		sources = s.prog.Sources
	}
	if s.flags.json {
		s.stream().Diagnostics(diags, sources)
		return
	}
	if s.flags.compact && !diags.HasErrors() {
		s.printCompact(diags)
		return
	}
	s.printDiags(sources, diags)
}

// warn prints the warnings kept so far.
func (s *session) warn() {
	if len(s.diags) > 0 {
		s.report(s.diags)
		s.diags = nil
	}
}

// askInputs asks for variables that have no value.
func (s *session) askInputs() hcl.Diagnostics {
	var diags hcl.Diagnostics
	if !s.asks(s.flags) {
		return nil
	}
	for _, b := range s.prog.Missing() {
		fmt.Fprintf(s.stdout, "var.%s\n", b.ID.Name)
		if b.Variable.Description != "" {
			fmt.Fprintf(s.stdout, "  %s\n", view.Clean(b.Variable.Description))
		}
		fmt.Fprint(s.stdout, "\n  Enter a value: ")
		line, ok := s.answer()
		if !ok {
			return diags
		}
		diags = append(diags, s.prog.SetText(b.ID.Name, strings.TrimSpace(line))...)
	}
	return diags
}

// makePlan looks at the objects and plans.
func (s *session) makePlan(ctx context.Context) (*planner.Plan, error) {
	ctx = providers.Remember(ctx)
	priors, err := s.observe(ctx)
	if err != nil {
		return nil, err
	}
	in := s.input(ctx)
	in.Priors = priors
	if err := s.flags.bounds(&in); err != nil {
		return nil, err
	}
	plan, diags := planner.Build(in)
	if plan != nil {
		plan.Generated = s.generated
		s.secrets.hidePlan(plan, s.catalog)
	}
	if err := s.check(append(diags, view.PlanWarnings(plan)...)); err != nil {
		return nil, err
	}
	if err := s.checkCredentials(ctx, plan); err != nil {
		return plan, err
	}
	if err := s.foresee(ctx, plan); err != nil {
		return plan, err
	}
	return plan, s.check(append(s.budgets(plan), s.leftovers(ctx, plan)...))
}

// input returns what a plan is made from, without the objects there are.
func (s *session) input(ctx context.Context) planner.Input {
	return planner.Input{
		Provisioning: provisioning(),
		Program:      s.prog, Env: s.env, Snapshot: s.snap,
		Destroy: s.flags.destroy, RefreshOnly: s.flags.refreshOnly, NoDeferral: s.flags.noDeferral,
		ReadData: func(key string, settings cty.Value, t *providers.Type, cfg cty.Value) (cty.Value, error) {
			return s.readData(ctx, key, settings, t, cfg)
		},
		Import: func(key string, settings cty.Value, t *providers.Type, have cty.Value) (cty.Value, error) {
			return s.readImport(ctx, key, settings, t, have)
		},
		Find: func(key string, settings cty.Value, t *providers.Type, want cty.Value) ([]providers.Listed, error) {
			return s.findNatural(ctx, key, settings, t, want)
		},
	}
}

// findNatural returns the objects of the collection of want that have its natural
// key, as reads show them.
func (s *session) findNatural(ctx context.Context, key string, settings cty.Value, t *providers.Type, want cty.Value) ([]providers.Listed, error) {
	conn, err := s.clouds.connect(ctx, key, settings)
	if err != nil {
		return nil, err
	}
	found, err := conn.Ops.List(ctx, t, want)
	if errors.Is(err, providers.ErrGone) {
		return nil, nil // with what it would be in
	}
	found = slices.DeleteFunc(slices.Clone(found), func(l providers.Listed) bool { return t.Natural(l.Value) != t.Natural(want) })
	for i, l := range found {
		if !t.Shallow || err != nil {
			continue
		}
		found[i], err = conn.Ops.Inspect(ctx, t, l.Value)
	}
	return found, err
}

// readImport reads the object that is to be imported, of which have identifies it.
func (s *session) readImport(ctx context.Context, key string, settings cty.Value, t *providers.Type, have cty.Value) (cty.Value, error) {
	v, err := s.readData(ctx, key, settings, t, have)
	if errors.Is(err, providers.ErrGone) {
		return v, errors.New("there is no such object")
	}
	return v, err
}

// provisioning is what a plan knows of provisioners.
func provisioning() *planner.Provisioning {
	return &planner.Provisioning{
		Schema: provision.Schema, Connection: provision.ConnectionSchema(),
		Check: provision.Check, CheckConnection: provision.CheckConnection, Remote: provision.Remote,
	}
}

// checkCredentials connects the providers that the plan will call, so that
// missing settings are known before anything is approved.
func (s *session) checkCredentials(ctx context.Context, plan *planner.Plan) error {
	scope := s.priorScope(ctx)
	seen := map[string]bool{}
	for _, c := range plan.Changes {
		if c.Action == planner.NoOp || seen[c.Provider] {
			continue
		}
		seen[c.Provider] = true
		cfg, known, err := providerSettings(s.prog, scope, c.Provider)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		if _, err := s.clouds.connect(ctx, c.Provider, cfg); err != nil {
			return s.providerError(c.Provider, err)
		}
	}
	return nil
}

// providerError shows err at the provider's block.
func (s *session) providerError(key string, err error) error {
	return s.check(hcl.Diagnostics{s.providerDiag(key, err)})
}

func (s *session) providerDiag(key string, err error) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Cannot use provider " + key, Detail: sentence(err.Error()) + "."}
	id, _ := config.ProviderID(key)
	if b := s.prog.Block(id); b != nil {
		d.Subject = b.Range.Ptr()
	}
	return d
}

// observe returns the objects of state as they are.
func (s *session) observe(ctx context.Context) ([]planner.Prior, error) {
	scope := s.priorScope(ctx)
	var mu sync.Mutex            // of scope and failed
	failed := map[string]error{} // by connecting
	o := observe.Observer{
		Catalog: s.catalog, Clock: s.clock, Refresh: s.flags.refresh, Window: s.window,
		Provider: scope.ProviderOf,
		Forgets: func(a state.Addr) bool {
			removed := s.prog.RemovedBy(a)
			return removed != nil && removed.Keep && s.prog.Block(config.BlockID(a)) == nil
		},
		Connect: func(ctx context.Context, key string) (providers.Conn, bool, error) {
			mu.Lock()
			defer mu.Unlock()
			cfg, known, err := providerSettings(s.prog, scope, key)
			if err != nil || !known {
				return providers.Conn{}, false, err
			}
			conn, err := s.clouds.connect(ctx, key, cfg)
			if err != nil {
				failed[key] = err
				return conn, false, err
			}
			return conn, true, nil
		},
		Waiting: func(addrs []state.Addr) {
			fmt.Fprintf(s.stderr, "An earlier run was cut off while creating %s. Checking whether it exists; this can take a minute.\n", joinAddrs(addrs))
		},
	}
	priors, err := o.Run(ctx, s.snap)
	var diags hcl.Diagnostics
	switch {
	case len(failed) > 0:
	case errors.As(err, &diags):
		return nil, s.check(diags)
	default:
		if diags = s.unreadDiags(err); diags.HasErrors() {
			return nil, s.check(diags)
		}
		return priors, err
	}
	for _, key := range slices.Sorted(maps.Keys(failed)) {
		diags = append(diags, s.providerDiag(key, failed[key]))
	}
	return nil, s.check(diags)
}

// joinAddrs names a few addresses and counts the rest.
func joinAddrs(addrs []state.Addr) string {
	const shown = 5
	var names []string
	for _, a := range addrs[:min(len(addrs), shown)] {
		names = append(names, a.String())
	}
	text := strings.Join(names, ", ")
	if more := len(addrs) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// window returns how long a lost create of a type may stay invisible. The
// fake clouds hide nothing.
func (s *session) window(t *providers.Type) time.Duration {
	if s.flags.offline {
		return 0
	}
	if d, err := time.ParseDuration(s.getenv("MLINFRA_SETTLE_WINDOW")); err == nil && d >= 0 {
		return d
	}
	return t.Settle
}
