package memory

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// span is a part of the program in memory.
type span struct{ from, to uintptr }

// program is where the program is in memory, but for what is written to.
var program = spans()

// drop gives up the pages of the program that are in memory.
func drop() {
	for _, s := range program {
		// What it refuses stays in memory.
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, s.from, s.to-s.from, syscall.MADV_DONTNEED)
	}
}

// spans returns where the program is in memory; nothing when nobody tells.
func spans() []span {
	file, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return nil
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil
	}
	var all []span
	for line := range strings.Lines(string(maps)) {
		if s, ok := fixed(strings.TrimSuffix(line, "\n"), file); ok {
			all = append(all, s)
		}
	}
	return all
}

// fixed returns where a line of /proc/self/maps maps a part of file that is never
// written to.
func fixed(line, file string) (span, bool) {
	where, rest, _ := strings.Cut(line, " ")
	if !strings.HasSuffix(rest, " "+file) || !strings.HasPrefix(rest, "r-") {
		return span{}, false
	}
	low, high, _ := strings.Cut(where, "-")
	from, err1 := strconv.ParseUint(low, 16, 64)
	to, err2 := strconv.ParseUint(high, 16, 64)
	return span{uintptr(from), uintptr(to)}, err1 == nil && err2 == nil
}
