// Package memory keeps mlinfra small in memory.
//
// Its file is 80 MB, of which a run needs a few: the rest are code and types that
// only the initialisers of packages touch, and what the system maps around each page
// that is touched. They are clean pages of a file: to give them up costs nothing, and
// what is used again comes back from the system's cache, a few milliseconds for all
// of a run.
package memory
