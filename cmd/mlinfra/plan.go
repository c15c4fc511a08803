package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state/bolt"
)

func (a *app) planCommand() *cobra.Command {
	var flags planFlags
	var out string
	var detailed bool
	var life time.Duration
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show what apply would change",
		Long: `Compares the configuration in the working directory with what exists and shows
what apply would do. Planning changes nothing and writes nothing but -out.

Exit codes: 0 planned, 1 error, 3 a person has to decide (mlinfra recover). With
-detailed-exitcode: 0 nothing to do, 2 changes or something deferred.`,
		Args: atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if life <= 0 {
				return fmt.Errorf("-expires=%s: a plan that may never be carried out is of no use; name a time such as 24h", life)
			}
			s, err := a.newSession(flags)
			if err != nil {
				return err
			}
			defer s.close()
			plan, err := s.plan(c.Context(), bolt.Read)
			if err != nil {
				return err
			}
			s.showPlan(plan)
			if out != "" {
				if err := s.savePlan(plan, out, life); err != nil {
					return err
				}
			}
			if detailed && (s.pending(plan) || len(plan.Deferred) > 0) {
				return exitError(2)
			}
			return nil
		},
	}
	flags.register(c)
	flags.registerModes(c)
	c.Flags().StringVar(&out, "out", "", "write the plan to a `file` for apply")
	c.Flags().DurationVar(&life, "expires", planLife, "for how long the plan of -out may be carried out")
	c.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 when there are changes")
	return c
}

// plan loads the configuration, opens the state and plans.
func (s *session) plan(ctx context.Context, mode bolt.Mode) (*planner.Plan, error) {
	if s.flags.json {
		s.stream().Version(version)
	}
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	if s.prog.Empty && !s.flags.destroy && !s.flags.mayBeEmpty {
		return nil, noFiles(s.prog)
	}
	if err := s.open(mode); err != nil {
		return nil, err
	}
	if mode == bolt.Read {
		s.noteOpen()
	}
	if s.flags.generate != "" {
		if err := s.generateConfig(ctx, s.flags.generate); err != nil {
			return nil, err
		}
	}
	return s.makePlan(ctx)
}

// noFiles is the error of a command that needs a configuration.
func noFiles(p *config.Program) error {
	return errorOf("No configuration files", fmt.Sprintf("The directory %s contains no *.tf or *.hcl files. Write some, or name another directory with -chdir=DIR. To plan without a configuration would be to destroy everything; for that there is mlinfra destroy.", p.Dir))
}

// noteOpen says that creates are open whose outcome the plan finds out for
// itself only: without the lock it records nothing.
func (s *session) noteOpen() {
	if open := openCreates(s.snap); len(open) > 0 {
		s.diags = append(s.diags, &hcl.Diagnostic{
			Severity: hcl.DiagWarning, Summary: "An earlier run was cut off",
			Detail: fmt.Sprintf("Whether it has created %s was not recorded. This plan has looked for itself, and records nothing; the next apply does, and mlinfra recover lists what is open.", joinAddrs(open)),
		})
	}
}

// pending reports whether an apply of the plan would record something. What was
// only observed counts when that is all that the plan is for.
func (s *session) pending(plan *planner.Plan) bool {
	return !plan.Empty() || s.flags.refreshOnly && len(plan.Refresh) > 0
}

func (s *session) stream() *view.Stream {
	return view.NewStream(s.stdout, s.clock.Now)
}

// showPlan prints a plan.
func (s *session) showPlan(plan *planner.Plan) {
	switch {
	case s.flags.json:
		s.stream().Plan(plan)
	case plan.RefreshOnly:
		view.RefreshPlan(s.stdout, s.style(s.stdout), plan, s.catalog)
	default:
		view.Plan(s.stdout, s.style(s.stdout), plan, s.catalog)
	}
	s.warn()
	if len(plan.Generated) > 0 && !s.flags.json {
		fmt.Fprintf(s.stdout, "\nmlinfra has generated configuration and written it to %s. Please review\nthe configuration and edit it as necessary before adding it to version control.\n", s.flags.generate)
		s.generated = nil
	}
}
