package main

import (
	"os"
	"strings"
	"testing"
)

func TestFixedPages(t *testing.T) {
	for _, tt := range []struct {
		line     string
		from, to uintptr
		ok       bool
	}{
		{"00400000-020e4000 r-xp 00000000 fe:00 9979148                            /opt/my tools/mlinfra", 0x400000, 0x20e4000, true},
		{"020e4000-0425f000 r--p 01ce4000 fe:00 9979148                            /opt/my tools/mlinfra", 0x20e4000, 0x425f000, true},
		{"0425f000-043df000 rw-p 03e5f000 fe:00 9979148                            /opt/my tools/mlinfra", 0, 0, false},
		{"020e4000-0425f000 r--p 01ce4000 fe:00 9979148                            /opt/my tools/other", 0, 0, false},
		{"7fff0000-7fff1000 r-xp 00000000 00:00 0                                  [vdso]", 0, 0, false},
		{"7fff0000-7fff1000 r-xp 00000000 00:00 0 ", 0, 0, false},
		{"", 0, 0, false},
	} {
		from, to, ok := fixedPages(tt.line, "/opt/my tools/mlinfra")
		if ok != tt.ok || ok && (from != tt.from || to != tt.to) {
			t.Errorf("%q: %#x to %#x, %t; want %#x to %#x, %t", tt.line, from, to, ok, tt.from, tt.to, tt.ok)
		}
	}
}

// After its pages are dropped the program has fewer of them in memory, and runs.
func TestDropPages(t *testing.T) {
	resident := func() int {
		smaps, err := os.ReadFile("/proc/self/smaps")
		if err != nil {
			t.Skip(err)
		}
		program, err := os.Readlink("/proc/self/exe")
		if err != nil {
			t.Skip(err)
		}
		kb, ours := 0, false
		for line := range strings.Lines(string(smaps)) {
			words := strings.Fields(line)
			switch {
			case strings.Contains(words[0], "-"):
				_, _, ours = fixedPages(strings.TrimSuffix(line, "\n"), program)
			case ours && words[0] == "Rss:":
				n := 0
				for _, digit := range words[1] {
					n = 10*n + int(digit-'0')
				}
				kb += n
			}
		}
		return kb
	}
	before := resident()
	if before == 0 {
		t.Fatal("no page of the program is in memory")
	}
	dropPages()
	if after := resident(); after >= before {
		t.Errorf("%d KB of the program are in memory, %d before", after, before)
	}
}
