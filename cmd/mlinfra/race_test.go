//go:build race

package main

// slowed means that the program takes several times as long to start: sessions
// that are there for what they say run without -race, see the Makefile.
const slowed = true
