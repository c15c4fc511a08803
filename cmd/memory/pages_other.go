//go:build !linux

package memory

// drop does nothing: only Linux tells where the program is.
func drop() {}
