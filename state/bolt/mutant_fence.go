//go:build mutant_fence

package bolt

const mutant = withoutFence
