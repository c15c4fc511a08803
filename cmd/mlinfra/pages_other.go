//go:build !linux

package main

// dropPages does nothing: only Linux tells where the program is.
func dropPages() {}
