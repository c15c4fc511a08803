//go:build !mutant_sync && !mutant_fence && !mutant_sums

package bolt

// mutant is what a build leaves out, for tests of the tests: the suite must fail
// with each of these. Only a build tag sets one.
const mutant = ""
