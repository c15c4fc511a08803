//go:build mutant_sync

package bolt

const mutant = withoutSync
