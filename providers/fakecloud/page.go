package fakecloud

// Page returns the items of page number (from 1) with size items each, and the
// number of the last page, at least 1. A page past the end is empty.
func Page[T any](items []T, number, size int) (part []T, last int) {
	last = max(1, (len(items)+size-1)/size)
	from := min(len(items), (number-1)*size)
	to := min(len(items), from+size)
	return items[from:to], last
}
