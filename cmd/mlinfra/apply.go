package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/apply"
	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func operationOf(destroy bool) view.Operation {
	if destroy {
		return view.OperationDestroy
	}
	return view.OperationApply
}

// applyFlags are those of apply and destroy.
type applyFlags struct {
	planFlags
	approve bool
}

func (a *app) applyCommand() *cobra.Command {
	var flags applyFlags
	c := &cobra.Command{
		Use:   "apply [PLANFILE]",
		Short: "Make the infrastructure match the configuration",
		Long: `Plans, shows the plan, asks, and carries it out. With a plan file of
"mlinfra plan -out" it carries out exactly that plan, without asking.

Independent steps go on after a failure. Ctrl-C, SIGTERM and SIGHUP start nothing
new and record what is running; a second one cancels running calls. Whatever
happens, the next apply goes on where this one stopped.

Exit codes: 0 done, 1 nothing was done, 3 a person has to decide (mlinfra
recover), 4 another mlinfra works on the workspace, 5 something was done and
something failed, 130 interrupted.`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			flags.pathGiven = c.Flags().Changed("state")
			if len(args) == 1 {
				return a.applyFile(c.Context(), flags, args[0])
			}
			return a.apply(c.Context(), flags)
		},
	}
	flags.register(c)
	flags.registerModes(c)
	c.Flags().BoolVar(&flags.approve, "auto-approve", false, "do not ask")
	accept(c, nil, []string{"backup"})
	return c
}

func (a *app) destroyCommand() *cobra.Command {
	flags := applyFlags{planFlags: planFlags{destroy: true}}
	c := &cobra.Command{
		Use:   "destroy",
		Short: "Destroy all that this configuration has made",
		Args:  atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.apply(c.Context(), flags)
		},
	}
	flags.register(c)
	c.Flags().BoolVar(&flags.approve, "auto-approve", false, "do not ask")
	return c
}

// apply plans, asks and carries out.
func (a *app) apply(ctx context.Context, flags applyFlags) error {
	a.json = flags.json
	if !flags.approve && !a.asks(flags.planFlags) {
		return a.nobody(approveApply)
	}
	s, err := a.newSession(flags.planFlags)
	if err != nil {
		return err
	}
	defer s.close()
	s.commit = gitCommit(ctx, s.env.WorkDir)
	plan, err := s.plan(ctx, bolt.Write)
	if err != nil {
		return err
	}
	return s.waves(ctx, flags, plan)
}

// waves carries out a plan and those of what it has deferred.
func (s *session) waves(ctx context.Context, flags applyFlags, plan *planner.Plan) (err error) {
	for err == nil {
		if err = s.wave(ctx, flags, plan); err != nil || len(plan.Deferred) == 0 {
			break
		}
		if len(plan.Steps) == 0 {
			return stuck(plan)
		}
		before := plan.Deferred
		if plan, err = s.replan(ctx, before); err == nil && sameDeferred(before, plan.Deferred) {
			return stuck(plan) // what it waits for is made anew by each apply
		}
	}
	return err
}

// sameDeferred reports whether a wave has brought nothing closer.
func sameDeferred(before, after []planner.Deferred) bool {
	return slices.EqualFunc(before, after, func(x, y planner.Deferred) bool { return x.Addr == y.Addr })
}

// wave shows a plan, asks, and carries it out.
func (s *session) wave(ctx context.Context, flags applyFlags, plan *planner.Plan) error {
	op := operationOf(flags.destroy)
	s.showPlan(plan)
	if !flags.approve && s.pending(plan) {
		if yes, err := s.approved(flags.destroy); err != nil {
			return err
		} else if !yes {
			fmt.Fprintf(s.stdout, "\n%s cancelled.\n", sentence(string(op)))
			return exitError(1)
		}
	}
	return s.carryOut(ctx, plan, op)
}

// replan plans again, with what the last wave has made. What -replace names has
// been made anew, unless it was deferred.
func (s *session) replan(ctx context.Context, deferred []planner.Deferred) (*planner.Plan, error) {
	var err error
	s.flags.replace = slices.DeleteFunc(s.flags.replace, func(arg string) bool {
		a, err := state.ParseAddr(arg)
		return err == nil && !slices.ContainsFunc(deferred, func(d planner.Deferred) bool { return d.Addr == a.Block() })
	})
	if s.snap, err = s.store.Snapshot(); err != nil {
		return nil, err
	}
	s.env.PlanTime = s.timestamp()
	s.env.Time = ""
	return s.makePlan(ctx)
}

// stuck is the error of a plan that defers something and does nothing that
// could bring it closer.
func stuck(plan *planner.Plan) error {
	d := plan.Deferred[0]
	return hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: "No apply brings closer what is deferred",
		Detail: fmt.Sprintf("%s waits, because %s. Its value stays unknown, or every apply makes it anew: let it depend on something that stays. With -no-deferral, the settings of a provider may stay unknown until the apply.", d.Addr, d.Reason),
	}}
}

// asks reports whether there is somebody to ask, and to be asked.
func (a *app) asks(f planFlags) bool { return f.input && !f.json && a.attended() }

// approveApply is what to do where nobody can approve of an apply.
const approveApply = "-auto-approve, or make a plan with mlinfra plan -out=FILE and apply that"

// approved asks. Only yes is a yes.
func (s *session) approved(destroy bool) (bool, error) {
	question := "Do you want to perform these actions?\n  mlinfra will perform the actions described above.\n  Only 'yes' will be accepted to approve."
	if destroy {
		question = "Do you really want to destroy all resources?\n  mlinfra will destroy all your managed infrastructure, as shown above.\n  There is no undo. Only 'yes' will be accepted to confirm."
	}
	return s.yes(question, approveApply)
}

// applyFile carries out a saved plan.
func (a *app) applyFile(ctx context.Context, flags applyFlags, name string) error {
	a.json = flags.json
	f, err := a.readPlanFile(name)
	if err != nil {
		return err
	}
	flags.offline = f.Offline
	if !flags.pathGiven {
		flags.path = f.State
	}
	s, err := a.newSession(flags.planFlags)
	if err != nil {
		return err
	}
	defer s.close()
	if s.flags.json {
		s.stream().Version(version)
	}
	s.commit = gitCommit(ctx, s.env.WorkDir)
	s.env.PlanTime = f.PlanTime // files are read where the plan is applied
	if err := s.loadSaved(f); err != nil {
		return err
	}
	s.secrets.hidePlan(f.Plan, s.catalog)
	if err := s.check(s.prog.SetEphemeral(os.DirFS("."), s.environ, flags.args)); err != nil {
		return err
	}
	s.secrets.hideInputs(s.prog)
	if err := s.open(bolt.Write); err != nil {
		return err
	}
	if err := s.checkFresh(ctx, f); err != nil {
		return fmt.Errorf("plan file %s cannot be used: %w", name, err)
	}
	s.planID = f.ID
	if s.flags.json {
		s.stream().Changes(f.Plan)
	}
	if err := s.carryOut(ctx, f.Plan, operationOf(f.Plan.Destroy)); err != nil {
		return err
	}
	if len(f.Plan.Deferred) > 0 && !s.flags.json {
		fmt.Fprintln(s.stdout, "\nThe plan has deferred something: run mlinfra apply to go on.")
	}
	return nil
}

// carryOut applies a plan and reports how it went.
func (s *session) carryOut(ctx context.Context, plan *planner.Plan, op view.Operation) error {
	ctx, stop, done := s.interrupts(ctx)
	defer done()
	s.env.Time = s.timestamp()
	if err := s.beginRun(plan); err != nil {
		return err
	}
	events := s.events()
	result, diags, err := apply.Apply(ctx, stop, plan, s.snap, apply.Options{
		Program: s.prog, Env: s.env, Catalog: s.catalog, Store: s.store, Owner: s.snap.Lineage, Clock: s.clock,
		Connect: s.clouds.connect, NewID: newID, Window: s.window, Parallel: s.flags.parallel, Events: events, Environ: s.environ, Offline: s.flags.offline,
		Machines: s.machines(),
	})
	for _, w := range result.Warnings {
		s.diags = append(s.diags, &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Something differs from the plan", Detail: w})
	}
	diags = append(diags, s.failures(result)...)
	if result.Interrupted && len(plan.Deferred) > 0 {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Interrupted", Detail: "What is deferred is still to be done: run mlinfra " + cmp.Or(s.again, "apply") + " to go on."})
	}
	if err != nil {
		s.unwritten = true
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "State could not be written", Detail: sentence(err.Error()) + ". No further call was made. Objects whose creation was under way are in the journal as far as it could be written; the next run settles them."})
	}
	return s.summary(plan, result, diags, op)
}

// beginRun records that a plan is about to be carried out, unless that changes
// nothing.
func (s *session) beginRun(plan *planner.Plan) error {
	if s.planID == "" && plan.Empty() && len(plan.Refresh) == 0 {
		return nil
	}
	f := s.configFile(&planner.Plan{Destroy: plan.Destroy, Partial: plan.Partial}) // a rollback needs no more
	run := s.newRun(s.commit())
	run.PlanID, run.PlanText = s.planID, plan.Sum(s.catalog)
	var err error
	if run.Config, err = f.Marshal(s.catalog); err != nil {
		return err
	}
	return s.store.Commit(state.Change{Run: &run})
}

// events returns how the moments of an apply are printed.
func (s *session) events() func(apply.Event) {
	if s.flags.json {
		return s.stream().ApplyEvent
	}
	show := view.NewProgress(s.stdout, s.style(s.stdout)).Event
	if !s.ci() {
		return show
	}
	return func(e apply.Event) {
		if e.Kind != apply.Progressed {
			show(e)
		}
	}
}

// failures turns failed steps into diagnostics at their blocks. Steps that
// were not started because of them are counted, not listed.
func (s *session) failures(result apply.Result) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, e := range result.Failed {
		if e.Kind != apply.Failed {
			continue
		}
		var inner hcl.Diagnostics
		if errors.As(e.Err, &inner) {
			diags = append(diags, inner...)
			continue
		}
		d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("Cannot %s %s", e.Op, e.Addr), Detail: sentence(e.Err.Error())}
		if b := s.prog.Block(config.BlockID(e.Addr)); b != nil {
			d.Subject = b.Range.Ptr()
		}
		diags = append(diags, d)
	}
	return diags
}

func (s *session) summary(plan *planner.Plan, result apply.Result, diags hcl.Diagnostics, op view.Operation) error {
	s.diags = append(s.diags, view.ApplyWarnings(plan)...)
	s.warn()
	failed := diags.HasErrors() || len(result.Failed) > 0
	if len(diags) > 0 {
		s.report(diags)
	}
	recorded := "What was done is recorded"
	if s.unwritten {
		recorded = "Not all of it could be recorded"
	}
	switch {
	case s.flags.json && failed: // the diagnostics say it; a summary would say "complete"
	case s.flags.json:
		s.stream().Summary(result, op)
	case failed:
		fmt.Fprintf(s.stderr, "\n%s incomplete: %d added, %d changed, %d destroyed, %d not done. %s; run mlinfra %s again to go on.\n",
			sentence(string(op)), result.Added, result.Changed, result.Destroyed, result.NotDone, recorded, cmp.Or(s.again, string(op)))
	default:
		view.ApplySummary(s.stdout, s.style(s.stdout), result, op)
	}
	switch {
	case failed && result.Interrupted:
		return exitInterrupted
	case failed && result.Added+result.Changed+result.Destroyed > 0:
		return exitPartly
	case failed:
		return exitFailed
	}
	if !plan.Destroy {
		s.showOutputs(result.Outputs)
	}
	return nil
}

func (s *session) showOutputs(recorded map[string]state.Output) {
	outputs := view.OutputsOf(recorded)
	if s.flags.json {
		s.stream().Outputs(outputs)
		return
	}
	view.Outputs(s.stdout, s.style(s.stdout), outputs)
}

// interrupts returns a channel that the first signal closes and a context that
// the second cancels.
func (s *session) interrupts(ctx context.Context) (context.Context, <-chan struct{}, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := make(chan struct{})
	ended := make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		select {
		case <-signals:
			fmt.Fprintln(s.stderr, "\nInterrupt received. Nothing new is started; what is running is finished and recorded. A second interrupt cancels it.")
			close(stop)
		case <-ended:
			return
		}
		select {
		case <-signals:
			fmt.Fprintln(s.stderr, "\nTwo interrupts received. Running calls are cancelled; the next run finds out what became of them.")
			cancel()
		case <-ended:
		}
	}()
	return ctx, stop, func() {
		signal.Stop(signals)
		close(ended)
		cancel()
	}
}
