package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCanonical formats testdata/fmt/in. What stands in golden was written by
// terraform fmt, version 1.11.4.
func TestCanonical(t *testing.T) {
	files, err := filepath.Glob("testdata/fmt/in/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("testdata/fmt/golden", filepath.Base(name)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(canonical(src, name))); diff != "" {
			t.Errorf("%s (-terraform +mlinfra):\n%s", name, diff)
		}
	}
}

func TestFmt(t *testing.T) {
	files := map[string]string{
		"a.tf": "a=1\n", "broken.tf": "a = {\n", "c.tftest.hcl": "c=1\n", "good.hcl": "g = 1\n", "notes.txt": "n=1\n",
		".hidden.tf": "h=1\n", "copy.tf~": "h=1\n", "#copy.tf#": "h=1\n", "sub/d.tfvars": "d=1\n", "sub~/e.tf": "e=1\n",
	}
	const shown = "--- old/a.tf\n+++ new/a.tf\n@@ -1,1 +1,1 @@\n-a=1\n+a = 1\n"
	for _, tt := range []struct {
		name, args string
		code       int
		out        string
		written    []string
	}{
		{"a directory, and what does not parse in it", ".", 2, "a.tf\nc.tftest.hcl\n", []string{"a.tf", "c.tftest.hcl"}},
		{"below, too", "-recursive", 2, "a.tf\nc.tftest.hcl\nsub/d.tfvars\n", []string{"a.tf", "c.tftest.hcl", "sub/d.tfvars"}},
		{"files", "./a.tf good.hcl", 0, "a.tf\n", []string{"a.tf"}},
		{"a check", "-check a.tf", 3, "a.tf\n", nil},
		{"a silent check", "-check -list=false a.tf", 3, "", nil},
		{"a check of what is formatted", "-check good.hcl", 0, "", nil},
		{"a check that cannot be made", "-check -list=false", 2, "", nil},
		{"the differences", "-diff -list=false a.tf", 0, shown, []string{"a.tf"}},
		{"the differences alone", "-diff -write=false a.tf", 0, "a.tf\n" + shown, nil},
		{"names alone", "-write=false a.tf", 0, "a.tf\n", nil},
		{"no names", "-list=false a.tf", 0, "", []string{"a.tf"}},
		{"to standard output", "-list=false -write=false a.tf good.hcl", 0, "a = 1\ng = 1\n", nil},
		{"standard input", "-", 0, "in = 1\n", nil},
		{"a check of standard input", "-check -", 3, "", nil},
		{"another kind of file", "notes.txt a.tf", 2, "a.tf\n", []string{"a.tf"}},
		{"what does not exist", "nowhere", 2, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for name, src := range files {
				putFile(t, name, src)
			}
			var out, errs bytes.Buffer
			a := newApp(nil)
			a.stdout, a.stderr, a.stdin = &out, &errs, input(t, "in=1\n")
			code := a.run(append([]string{"fmt"}, strings.Fields(tt.args)...))
			if code != tt.code || out.String() != tt.out || (code == 2) != (errs.Len() > 0) {
				t.Errorf("fmt %s: exit code %d, want %d; out:\n%swant:\n%serrors:\n%s", tt.args, code, tt.code, &out, tt.out, &errs)
			}
			var written []string
			for _, name := range slices.Sorted(maps.Keys(files)) {
				if got, err := os.ReadFile(name); err != nil || string(got) != files[name] {
					written = append(written, name)
				}
			}
			if diff := cmp.Diff(tt.written, written); diff != "" {
				t.Errorf("fmt %s: written files (-want +got):\n%s", tt.args, diff)
			}
		})
	}
}

func putFile(t *testing.T, name, src string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
}

// input returns a file that reads text.
func input(t *testing.T, text string) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFmtIsBounded formats more than a source file may have.
func TestFmtIsBounded(t *testing.T) {
	t.Chdir(t.TempDir())
	putFile(t, "large.tf", strings.Repeat("a = 1\n", 1<<18))
	putFile(t, "deep.tf", "a = "+strings.Repeat("[", 60_000))
	for name, want := range map[string]string{"large.tf": "at most 1 MiB", "deep.tf": "Nested too deeply", "-": "at most 1 MiB"} {
		in, err := os.Open("large.tf")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = in.Close() }()
		var out, errs bytes.Buffer
		a := newApp(nil)
		a.stdout, a.stderr, a.stdin = &out, &errs, in
		if code := a.run([]string{"fmt", name}); code != 2 || out.Len() > 0 || !strings.Contains(errs.String(), want) {
			t.Errorf("fmt %s: exit code %d, %d bytes of output, errors:\n%.500s\nwant 2, none and %q", name, code, out.Len(), &errs, want)
		}
	}
}
