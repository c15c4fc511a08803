package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// waitTimeout ends the wait for one object. A GPU droplet may take an hour.
const waitTimeout = 90 * time.Minute

// call is one step with all that a worker needs to carry it out.
type call struct {
	op     planner.Op
	change *planner.Change
	typ    *providers.Type
	block  *config.Block // nil when it is gone
	conn   providers.Conn
	via    connKey       // names conn
	object state.Object  // of state; for a create the new one, without key yet
	old    *state.Object // that a create replaces while it is still there
	want   cty.Value
	sent   cty.Value // want with what is only written
	// timeout bounds each wait for the object.
	timeout time.Duration
	// patience is how long a call may be refused as busy; 0 for the usual time.
	patience time.Duration
}

// prepareCall evaluates what step s needs with the values there are now.
func (r *Run) prepareCall(ctx context.Context, s planner.Step) (*call, error) {
	ch := &r.plan.Changes[s.Change]
	blk := r.Program.Block(config.BlockID(ch.Addr))
	limit := timeoutOf(blk, s.Op)
	c := &call{op: s.Op, change: ch, block: blk, timeout: cmp.Or(limit, waitTimeout), patience: limit}
	if s.Op == planner.OpDelete {
		c.block = leaving(r.Program, ch.Addr)
	}
	var err error
	if c.typ = r.Catalog.TypeOf(ch.Addr); c.typ == nil {
		return nil, fmt.Errorf("unknown type %s", ch.Addr.Type)
	}
	key := connKey{provider: ch.Provider}
	if s.Op == planner.OpDelete {
		key = connKey{provider: cmp.Or(ch.HadProvider, ch.Provider), before: true}
	}
	if c.conn, err = r.conn(ctx, key); err != nil {
		return nil, err
	}
	c.via = key
	if ch.Key != "" {
		c.object = r.objects[ch.Key]
	}
	// A saved plan, or one without refresh, has not looked where it leads now.
	// Only what moves to another provider block is made elsewhere on purpose.
	moves := s.Op == planner.OpCreate && ch.HadProvider != ""
	if !moves && c.object.Elsewhere(c.conn.Identity()) {
		return nil, fmt.Errorf("it is in %s, and the provider now leads to %s: lead it back", c.object.Identity, c.conn.Identity())
	}
	if s.Op == planner.OpDelete && ch.Action == planner.Replace && ch.CreateFirst {
		c.object.Deposed = true // since the intent of its successor
	}
	switch s.Op {
	case planner.OpCreate:
		if ch.Action == planner.Replace && ch.CreateFirst {
			old := c.object
			c.old = &old
		}
		c.object = state.Object{Addr: ch.Addr}
		fallthrough
	case planner.OpUpdate, planner.OpRead, planner.OpAwait:
		prior := cty.NullVal(c.typ.ImpliedType())
		if s.Op == planner.OpUpdate || s.Op == planner.OpAwait {
			prior = ch.Before
		}
		err = r.want(c, blk, prior)
		ch.Remember(&c.object)
	}
	return c, err
}

// timeoutOf returns how long the timeouts of a block let a step take; 0 when they
// do not say. blk is nil when the block is gone.
func timeoutOf(blk *config.Block, op planner.Op) time.Duration {
	if blk == nil {
		return 0
	}
	name := string(op)
	if op == planner.OpAwait {
		name = "create"
	}
	return cmp.Or(blk.Timeouts[name], blk.Timeouts["default"])
}

// want evaluates an instance and gives c what it is to be. The result must keep what the plan promised.
func (r *Run) want(c *call, blk *config.Block, prior cty.Value) error {
	ch := c.change
	in, err := r.instance(blk, ch.Addr)
	if err != nil {
		return err
	}
	if diags := r.scope.Check(blk, config.Before, in, cty.NilVal); diags.HasErrors() {
		return diags
	}
	cfg, sensitive, diags := planner.Configured(r.scope, blk, in, prior)
	if diags.HasErrors() {
		return diags
	}
	ch.Sensitive = sensitive // what the plan did not know may have turned out to be
	settings, diags := r.scope.Provider(ch.Provider)
	if diags.HasErrors() {
		return diags
	}
	ignored, _ := r.scope.Ignored(blk, in)
	want := planner.Ignored(blk, ignored, planner.Propose(blk.Type, settings, cfg, prior), prior)
	if path := planner.Refines(ch.After, want); path != nil {
		return fmt.Errorf("%s is not what was planned any more: something that it depends on has changed since; plan again", pathText(path))
	}
	c.want = planner.Known(want)
	c.sent = blk.Type.Schema.Disclose(c.want, cfg)
	return blk.Type.Check(prior, c.sent)
}

func pathText(path cty.Path) string {
	var s strings.Builder
	for _, step := range path {
		switch step := step.(type) {
		case cty.GetAttrStep:
			s.WriteString("." + step.Name)
		case cty.IndexStep:
			s.WriteString("[…]")
		}
	}
	if s.Len() == 0 {
		return "it"
	}
	return s.String()[1:]
}

// instance returns the instance of blk with an address, as the plan has expanded it.
func (r *Run) instance(blk *config.Block, a state.Addr) (config.Instance, error) {
	in, ok, diags := r.scope.InstanceAt(blk, a)
	switch {
	case diags.HasErrors():
		return in, diags
	case !ok:
		return in, errors.New("its key is not in the configuration any more: something that count or for_each depends on has changed since the plan; plan again")
	}
	return in, nil
}

// connKey names a provider configuration as it is now, or as it was before the
// run: what is deleted is reached as before, when the settings come from an
// object that is replaced.
type connKey struct {
	provider string
	before   bool
}

// String names the key among locks and collections.
func (k connKey) String() string {
	if k.before {
		return k.provider + " before"
	}
	return k.provider
}

// conn returns a provider configuration, connected.
func (r *Run) conn(ctx context.Context, key connKey) (providers.Conn, error) {
	if c, ok := r.conns[key]; ok {
		return c, nil
	}
	scope := r.scope
	if key.before {
		scope = r.before
	}
	cfg, diags := scope.Provider(key.provider)
	if diags.HasErrors() {
		return providers.Conn{}, diags
	}
	if cfg != cty.NilVal && !cfg.IsWhollyKnown() {
		return providers.Conn{}, fmt.Errorf("the settings of provider %s are not known yet", key.provider)
	}
	c, err := r.Connect(ctx, key.provider, cfg)
	if err != nil {
		return c, err
	}
	r.conns[key] = c
	return c, nil
}
