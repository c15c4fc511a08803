// Package planner turns a program and the observed objects into a plan: which
// objects are made, changed and deleted, and in which order. It is pure: no
// clock, no network, no environment, no randomness; equal inputs give equal
// plans. Data sources reach it through one function argument.
//
// A plan is data. It can be saved, rendered, compared, and carried out by
// package apply, which decides nothing.
package planner
