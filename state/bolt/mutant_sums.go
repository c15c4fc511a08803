//go:build mutant_sums

package bolt

const mutant = withoutSums
