package planner

import (
	"slices"

	"github.com/mlinfra/mlinfra/config"
	"github.com/mlinfra/mlinfra/state"
)

// Order breaks changes into steps. All rules of order live here:
//
//   - what a new object needs is there first, also through blocks in between
//     that do not change;
//   - what needed an old object is gone first;
//   - a replacement deletes first, unless CreateFirst;
//   - what has the id that a new object gets is gone first, unless that would make
//     a circle;
//   - a survivor is changed before what it no longer needs goes, unless that
//     would make a circle;
//   - what stands on an object that is created first is made before the old one
//     goes, unless that would make a circle.
//
// Equal changes give equal steps.
func Order(changes []Change) []Step {
	o := &orderer{changes: changes, made: make([]int, len(changes)), gone: make([]int, len(changes)), blocks: map[state.Addr]*orderBlock{}}
	for i := range changes {
		o.split(i)
	}
	for i := range changes {
		o.needed(i)
	}
	for i := range changes {
		o.freed(i)
	}
	for i := range changes {
		o.survivor(i)
	}
	o.vacated()
	for i := range changes {
		o.handedOver(i)
	}
	for i := range o.steps {
		slices.Sort(o.steps[i].After)
		o.steps[i].After = slices.Compact(o.steps[i].After)
	}
	return o.steps
}

type orderer struct {
	changes []Change
	steps   []Step
	made    []int // step that makes or changes the object of a change; -1
	gone    []int // step that deletes the object of a change; -1
	blocks  map[state.Addr]*orderBlock
}

// orderBlock gathers the changes of one block.
type orderBlock struct {
	changes []int
	users   []int // changes whose old object needed the block
	needers []int // changes whose new object needs the block
	ready   []int // steps after which the block's objects are there
	known   bool  // ready has been computed

	usersGone []int // steps after which the old objects of users are gone
	freed     bool  // usersGone has been computed

	userMade  []int        // step after which what stands on the block is made
	userKnown bool         // userMade has been computed
	handed    map[int]bool // what userMade waits for; nil until that is asked
}

func (o *orderer) block(a state.Addr) *orderBlock {
	b := o.blocks[a]
	if b == nil {
		b = &orderBlock{}
		o.blocks[a] = b
	}
	return b
}

func (o *orderer) add(op Op, change int) int {
	o.steps = append(o.steps, Step{Op: op, Change: change})
	return len(o.steps) - 1
}

func (o *orderer) after(step int, earlier ...int) {
	for _, e := range earlier {
		if e >= 0 && e != step {
			o.steps[step].After = append(o.steps[step].After, e)
		}
	}
}

// split makes the steps of one change.
func (o *orderer) split(i int) {
	c := &o.changes[i]
	o.made[i], o.gone[i] = -1, -1
	switch c.Action {
	case Create:
		o.made[i] = o.add(OpCreate, i)
	case Read:
		o.made[i] = o.add(OpRead, i)
	case Update:
		o.made[i] = o.add(OpUpdate, i)
	case Await:
		o.made[i] = o.add(OpAwait, i)
	case Delete:
		o.gone[i] = o.add(OpDelete, i)
	case Replace:
		o.gone[i] = o.add(OpDelete, i)
		o.made[i] = o.add(OpCreate, i)
		if c.CreateFirst {
			o.after(o.gone[i], o.made[i])
		} else {
			o.after(o.made[i], o.gone[i])
		}
	}
	b := o.block(c.Addr.Block())
	b.changes = append(b.changes, i)
	for _, a := range c.Had {
		u := o.block(a)
		u.users = append(u.users, i)
	}
	for _, a := range c.Needs {
		u := o.block(a)
		u.needers = append(u.needers, i)
	}
}

// needed lets the making of i wait for what it needs.
func (o *orderer) needed(i int) {
	if o.made[i] < 0 {
		return
	}
	for _, a := range o.changes[i].Needs {
		o.after(o.made[i], o.ready(a)...)
	}
}

// ready returns the steps after which the objects of a block are there. Where
// some of them do not change, what they need counts as well.
func (o *orderer) ready(a state.Addr) []int {
	b := o.block(a)
	if b.known {
		return b.ready
	}
	b.known = true // configurations have no circles: nobody asks meanwhile
	var steps []int
	for _, i := range b.changes {
		if o.made[i] >= 0 {
			steps = append(steps, o.made[i])
		} else if o.changes[i].Action == NoOp {
			for _, need := range o.changes[i].Needs {
				steps = append(steps, o.ready(need)...)
			}
		}
	}
	b.ready = o.join(steps)
	return b.ready
}

// join returns steps as one step to wait for.
func (o *orderer) join(steps []int) []int {
	slices.Sort(steps)
	steps = slices.Compact(steps)
	if len(steps) <= 1 {
		return steps
	}
	join := o.add(OpJoin, -1)
	o.after(join, steps...)
	return []int{join}
}

// freed lets the deletion of i wait for the deletion of what needed it.
func (o *orderer) freed(i int) {
	if o.gone[i] < 0 {
		return
	}
	o.after(o.gone[i], o.usersGone(o.changes[i].Addr.Block())...)
}

// usersGone returns the steps after which all old objects that needed a block
// are gone.
func (o *orderer) usersGone(a state.Addr) []int {
	b := o.block(a)
	if b.freed {
		return b.usersGone
	}
	b.freed = true
	var steps []int
	for _, user := range b.users {
		if o.gone[user] >= 0 {
			steps = append(steps, o.gone[user])
		}
	}
	b.usersGone = o.join(steps)
	return b.usersGone
}

// survivor lets the deletion of what the changed object of i needed wait until
// that has been changed: it must not lose it under its feet. When the old
// object goes before its own replacement comes, that is impossible for those
// that need the new one; the rule then gives way.
func (o *orderer) survivor(i int) {
	if o.changes[i].Action != Update {
		return
	}
	var earlier map[int]bool
	for _, a := range o.changes[i].Had {
		for _, j := range o.block(a).changes {
			if o.gone[j] < 0 {
				continue
			}
			if earlier == nil {
				earlier = o.earlier(o.made[i])
			}
			if !earlier[o.gone[j]] {
				o.after(o.gone[j], o.made[i])
			}
		}
	}
}

// vacated lets the making of an object wait until the one that has its id is gone.
func (o *orderer) vacated() {
	for i, c := range o.changes {
		if c.Vacated == "" {
			continue
		}
		j := slices.IndexFunc(o.changes, func(d Change) bool { return d.Key == c.Vacated })
		if gone := o.gone[j]; !o.earlier(gone)[o.made[i]] {
			o.after(o.made[i], gone)
		}
	}
}

// handedOver lets the old object of i whose new one is created first stay until
// all that stands on the new one has been made: when that fails, it is still there.
func (o *orderer) handedOver(i int) {
	if c := o.changes[i]; c.Action != Replace || !c.CreateFirst {
		return
	}
	b := o.block(o.changes[i].Addr.Block())
	if b.handed == nil {
		b.handed = map[int]bool{}
		for _, step := range o.userMade(b) {
			b.handed = o.earlier(step)
		}
	}
	if !b.handed[o.gone[i]] {
		o.after(o.gone[i], o.userMade(b)...)
	}
}

// userMade returns the step after which all that needs a block is made, directly or
// through others; none when nothing is.
func (o *orderer) userMade(b *orderBlock) []int {
	if b.userKnown {
		return b.userMade
	}
	b.userKnown = true
	var steps []int
	for _, i := range b.needers {
		if o.made[i] >= 0 {
			steps = append(steps, o.made[i])
		}
		steps = append(steps, o.userMade(o.block(o.changes[i].Addr.Block()))...)
	}
	b.userMade = o.join(steps)
	return b.userMade
}

// earlier returns the steps that a step waits for, directly or through others.
func (o *orderer) earlier(step int) map[int]bool {
	seen := map[int]bool{}
	for queue := []int{step}; len(queue) > 0; {
		s := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, e := range o.steps[s].After {
			if !seen[e] {
				seen[e] = true
				queue = append(queue, e)
			}
		}
	}
	return seen
}

// creatingFirst returns the blocks whose replacements create first: those that say
// so and what they need, whatever the plan does with them.
func (b *builder) creatingFirst() map[state.Addr]bool {
	first := map[state.Addr]bool{}
	for _, blk := range b.Program.Blocks {
		if blk.ID.Kind == config.Resource && blk.Lifecycle.CreateBeforeDestroy && b.selected.block(blk.ID) {
			first[blk.ID.Addr()] = true
			reach(blk.ID.Addr(), func(a state.Addr) []state.Addr { return b.needs[config.BlockID(a)] }, first)
		}
	}
	return first
}

// spread makes replacements create first where a replacement that creates
// first stands on them, also through objects that are deleted: its old object
// still needs theirs when the new ones are made.
func spread(changes []Change) {
	byBlock := map[state.Addr][]int{}
	seen := make([]bool, len(changes))
	var queue []int
	for i, c := range changes {
		byBlock[c.Addr.Block()] = append(byBlock[c.Addr.Block()], i)
		if c.Action == Replace && c.CreateFirst {
			queue, seen[i] = append(queue, i), true
		}
	}
	for len(queue) > 0 {
		c := changes[queue[0]]
		queue = queue[1:]
		for _, a := range c.Had {
			for _, j := range byBlock[a] {
				d := &changes[j]
				if seen[j] || (d.Action != Replace && d.Action != Delete) {
					continue
				}
				d.CreateFirst = d.CreateFirst || d.Action == Replace
				queue, seen[j] = append(queue, j), true
			}
		}
	}
}
