package bolt

// What mutants leave out.
const (
	withoutSync  = "fsync"
	withoutFence = "the comparison of epochs"
	withoutSums  = "checksums"
)
