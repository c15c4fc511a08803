// Package state is what mlinfra remembers between runs: the objects it has
// made, what it was about to do with them, and the outputs. The journal is the
// state: an intent is written before the call it announces.
//
// The package holds values only; state/bolt keeps them in a file.
package state
