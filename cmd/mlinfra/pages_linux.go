package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// dropPages gives up the pages of the program that are in memory: when main
// begins, most of them are code and types that only the initialisers of packages
// have used. They are clean pages of a file; what is used again comes back from the
// system's cache, a millisecond for all of a plan.
func dropPages() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		from, to, ok := fixedPages(strings.TrimSuffix(line, "\n"), program)
		if ok {
			// What it refuses stays in memory.
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED)
		}
	}
}

// fixedPages returns where a line of /proc/self/maps maps a part of program that
// is never written to.
func fixedPages(line, program string) (from, to uintptr, ok bool) {
	span, rest, _ := strings.Cut(line, " ")
	if !strings.HasSuffix(rest, " "+program) || !strings.HasPrefix(rest, "r-") {
		return 0, 0, false
	}
	low, high, _ := strings.Cut(span, "-")
	a, err1 := strconv.ParseUint(low, 16, 64)
	b, err2 := strconv.ParseUint(high, 16, 64)
	return uintptr(a), uintptr(b), err1 == nil && err2 == nil
}
