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
	"time"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
	"github.com/mlinfra/mlinfra/state/durable"
)

// planLife is how long a saved plan may be carried out.
const planLife = 24 * time.Hour

// savePlan writes a plan, sealed, to a file.
func (s *session) savePlan(plan *planner.Plan, name string, life time.Duration) error {
	f := s.configFile(plan)
	now := s.clock.Now().UTC().Truncate(time.Second)
	f.ID, f.Made, f.Expires = newID(), now.Format(time.RFC3339), now.Add(life).Format(time.RFC3339)
	f.State, f.Offline, f.PlanTime = s.flags.path, s.flags.offline, s.env.PlanTime
	f.Workspace, f.Head, f.Identities = s.env.Workspace, s.snap.Head, s.clouds.identities()
	body, err := f.Marshal(s.catalog)
	if err != nil {
		return err
	}
	key, _, err := s.keys.Current()
	if err != nil {
		return fmt.Errorf("seal the plan: %w", err)
	}
	raw, err := sealPlan(body, version, key)
	if err != nil {
		return err
	}
	if err := durable.Replace(name, raw); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	if !s.flags.json {
		fmt.Fprintf(s.stdout, "\nSaved the plan to: %s\n", name)
		s.hint("To perform exactly these actions, run the following command to apply:\n    mlinfra apply %q", name)
	}
	return nil
}

// configFile returns a plan with the configuration that it was made from.
func (s *session) configFile(plan *planner.Plan) planner.File {
	sources, modules := s.prog.Files()
	return planner.File{Sources: sources, Modules: modules, Inputs: s.prog.KeptInputs(), Plan: plan}
}

func (a *app) readPlanFile(name string) (*planner.File, error) {
	raw, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errorOf("There is no plan file "+name, "mlinfra plan -out="+name+" writes one. Without a name, mlinfra apply plans and asks.")
	}
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	var f *planner.File
	body, err := openPlan(raw, version, a.keys.Find)
	if err == nil {
		f, err = planner.ReadFile(body, a.catalog)
	}
	if err != nil {
		return nil, fmt.Errorf("plan file %s cannot be used: %w", name, err)
	}
	return f, nil
}

// checkFresh refuses a saved plan unless all is as it was when it was made.
func (s *session) checkFresh(ctx context.Context, f *planner.File) error {
	if err := s.checkState(f); err != nil {
		return err
	}
	if end, err := time.Parse(time.RFC3339, f.Expires); err != nil || s.clock.Now().After(end) {
		return fmt.Errorf("it was made at %s and expired at %s; plan again, with -expires if it has to live longer", f.Made, f.Expires)
	}
	if err := changedSources(".", f.Sources); err != nil {
		return err
	}
	if err := s.checkCredentials(ctx, f.Plan); err != nil {
		return err
	}
	now := s.clouds.identities()
	for key, was := range f.Identities {
		if is := now[key]; is != was && is != "" && was != "" {
			return fmt.Errorf("provider %s led to %s when it was made, and now leads to %s: lead it back, or plan again", key, was, is)
		}
	}
	return nil
}

// checkState refuses a plan that was made from another state.
func (s *session) checkState(f *planner.File) error {
	p, snap := f.Plan, s.snap
	switch {
	case f.Workspace != s.env.Workspace:
		return fmt.Errorf("the saved plan is for workspace %s, and the current one is %s: select it with mlinfra workspace select %s", f.Workspace, s.env.Workspace, f.Workspace)
	case p.Lineage == "" && snap.Serial == 0:
		return nil
	case p.Lineage != "" && p.Lineage != snap.Lineage:
		return errors.New("the saved plan belongs to another state; plan again in this directory")
	case p.Serial == snap.Serial && f.Head == snap.Head:
		return nil
	case p.Serial > snap.Serial:
		return fmt.Errorf("the saved plan was made from serial %d of the state, which is at %d: the state is older than the plan; plan again", p.Serial, snap.Serial)
	}
	since, err := s.since(f)
	if err != nil {
		return err
	}
	return fmt.Errorf("the saved plan is stale: it was made from serial %d of the state, which is now at %d: %s; plan again", p.Serial, snap.Serial, since)
}

// since says what has been done to the state since a plan was made.
func (s *session) since(f *planner.File) (string, error) {
	o, err := s.stateOptions(s.flags.stateFlags, bolt.Read)
	if err != nil {
		return "", err
	}
	h, err := bolt.ReadHistory(o)
	if err != nil {
		return "", err
	}
	var lines []string
	for _, run := range h.Runs {
		when := run.At.Local().Format(time.DateTime)
		if run.PlanID == f.ID {
			return fmt.Sprintf("this very plan was carried out by %s at %s", run.Who, when), nil
		}
		if run.Last > f.Plan.Serial {
			lines = append(lines, fmt.Sprintf("%s ran mlinfra %s at %s%s", run.Who, run.Command, when, touched(h.Events, run, f.Plan.Serial)))
		}
	}
	if len(lines) == 0 {
		return "it has changed since", nil
	}
	return "since then " + strings.Join(lines, ", "), nil
}

// touched names the objects that a run has changed after a serial.
func touched(events []state.Event, run state.Run, serial uint64) string {
	var addrs []state.Addr
	for _, e := range events {
		if e.Run == run.ID && e.Serial > serial && !slices.Contains(addrs, e.Addr()) {
			addrs = append(addrs, e.Addr())
		}
	}
	if len(addrs) == 0 {
		return ""
	}
	return " (" + joinAddrs(addrs) + ")"
}

// changedSources refuses a plan whose configuration stands in dir, and has
// changed.
func changedSources(dir string, sources map[string][]byte) error {
	differ, err := differences(dir, sources)
	if err != nil || len(differ) == 0 {
		return err
	}
	return fmt.Errorf("%s %s since the plan was made; plan again", differ[0].name, differ[0].how)
}

// difference is how a file of a configuration is not what it was.
type difference struct{ name, how string }

// differences compares the configuration in dir with sources. Where there is
// none, such as in a pipeline's second job, nothing differs.
func differences(dir string, sources map[string][]byte) ([]difference, error) {
	here, err := config.Files(os.DirFS(dir))
	if err != nil || len(here) == 0 {
		return nil, err
	}
	var list []difference
	for _, name := range here {
		if _, ok := sources[name]; !ok {
			list = append(list, difference{name, "is new"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if filepath.IsAbs(name) || strings.HasPrefix(name, "..") {
			continue
		}
		now, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist) && strings.Contains(name, "/"):
			// A module that is not here.
		case errors.Is(err, fs.ErrNotExist):
			list = append(list, difference{name, "is gone"})
		case err != nil:
			return nil, err
		case !bytes.Equal(now, sources[name]):
			list = append(list, difference{name, "has changed"})
		}
	}
	return list, nil
}
