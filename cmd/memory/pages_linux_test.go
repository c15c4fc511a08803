package memory

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFixed(t *testing.T) {
	for _, tt := range []struct {
		line string
		want span
		ok   bool
	}{
		{"00400000-020e4000 r-xp 00000000 fe:00 9979148                            /opt/my tools/mlinfra", span{0x400000, 0x20e4000}, true},
		{"020e4000-0425f000 r--p 01ce4000 fe:00 9979148                            /opt/my tools/mlinfra", span{0x20e4000, 0x425f000}, true},
		{"0425f000-043df000 rw-p 03e5f000 fe:00 9979148                            /opt/my tools/mlinfra", span{}, false},
		{"020e4000-0425f000 r--p 01ce4000 fe:00 9979148                            /opt/my tools/other", span{}, false},
		{"7fff0000-7fff1000 r-xp 00000000 00:00 0                                  [vdso]", span{}, false},
		{"7fff0000-7fff1000 r-xp 00000000 00:00 0 ", span{}, false},
		{"", span{}, false},
	} {
		got, ok := fixed(tt.line, "/opt/my tools/mlinfra")
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("%q: %#x, %t; want %#x, %t", tt.line, got, ok, tt.want, tt.ok)
		}
	}
}

// populateRead is MADV_POPULATE_READ, which maps pages as if they had been read.
const populateRead = 22

// touched makes all of the program resident and returns how much that is.
func touched(t *testing.T) int {
	t.Helper()
	for _, s := range program {
		if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, s.from, s.to-s.from, populateRead); errno != 0 {
			t.Skip("the kernel cannot populate pages: ", errno)
		}
	}
	kb := resident(t)
	if kb == 0 {
		t.Fatal("no page of the program is in memory")
	}
	return kb
}

// resident returns how many KB of the program are in memory.
func resident(t *testing.T) int {
	t.Helper()
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	file, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	kb, ours := 0, false
	for line := range strings.Lines(string(smaps)) {
		words := strings.Fields(line)
		switch {
		case strings.Contains(words[0], "-"):
			_, ours = fixed(strings.TrimSuffix(line, "\n"), file)
		case ours && words[0] == "Rss:":
			n, err := strconv.Atoi(words[1])
			if err != nil {
				t.Fatal(err)
			}
			kb += n
		}
	}
	return kb
}

func TestPagesAreGivenUp(t *testing.T) {
	for name, cause := range map[string]func(){"when main begins": Initialised, "after a collection": runtime.GC} {
		t.Run(name, func(t *testing.T) {
			before := touched(t)
			// Finalizers run beside the program.
			for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
				cause()
				after := resident(t)
				if after < before {
					return
				}
				if time.Now().After(end) {
					t.Fatalf("%d KB of the program are in memory, %d before", after, before)
				}
			}
		})
	}
}
