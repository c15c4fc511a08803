// Package apply carries out a plan. It is the only package that changes the
// world, and it decides nothing: what to do and in which order stands in the
// plan.
//
// One goroutine owns the scope, the counters and the queue of steps; steps run
// on workers and answer on one channel. The journal is the state: no call that
// changes something leaves before its intent is durable, and an id is durable
// before anything is waited for. A lost answer is not a failure: the object
// stays intended until a search has shown what became of it.
package apply
