package modules

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tiny are limits that small archives exceed.
func tiny() limits { return limits{download: 1 << 20, unpacked: 10_000, entries: 20} }

const link = fs.ModeSymlink | 0o777

// unpackInto unpacks an archive and its links as a download does.
func unpackInto(ctx context.Context, dir, format string, data []byte, l limits) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := newUnpacker(root, l)
	if format == "zip" {
		err = unpackZip(ctx, u, bytes.NewReader(data), int64(len(data)))
	} else {
		err = unpackTar(ctx, u, bytes.NewReader(data))
	}
	if err != nil {
		return err
	}
	return errors.Join(u.finish(), checkLinks(root))
}

func TestUnpack(t *testing.T) {
	entries := []entry{
		{name: "./", mode: fs.ModeDir | 0o755},
		{name: "./main.tf", body: "x", mode: 0o666},
		{name: "a/b/run.sh", body: "#!", mode: fs.ModeSetuid | 0o755},
		{name: "a/", mode: fs.ModeDir | 0o777},
		{name: "a/b/up", body: "../../main.tf", mode: link},
		{name: "a/none", body: "b/nothing", mode: link},
		{name: "a/folder", body: "b", mode: link},
		{name: ".git/config", body: "[core]", mode: 0o644},
		{name: "sub/.git", body: "gitdir: x", mode: 0o644},
		{name: "empty/", mode: fs.ModeDir | 0o755},
	}
	want := map[string]string{"main.tf": "x", "a/b/run.sh": "#!", "a/b/up": "→ ../../main.tf", "a/none": "→ b/nothing", "a/folder": "→ b"}
	for format, data := range map[string][]byte{"tar": tarOf(t, entries...), "zip": zipOf(t, entries...)} {
		dir := t.TempDir()
		if err := unpackInto(t.Context(), dir, format, data, tiny()); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if diff := cmp.Diff(want, filesIn(t, dir)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", format, diff)
		}
		for name, mode := range map[string]fs.FileMode{"main.tf": 0o600, "a/b/run.sh": 0o700, "a": fs.ModeDir | 0o700, "empty": fs.ModeDir | 0o700} {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != mode {
				t.Errorf("%s: %s has mode %v, %v; want %v", format, name, info.Mode(), err, mode)
			}
		}
	}
}

func TestUnpackHardLink(t *testing.T) {
	dir := t.TempDir()
	data := tarOf(t, entry{name: "a/x", body: "x", mode: 0o644}, entry{name: "b", body: "./a/x", flag: tar.TypeLink})
	if err := unpackInto(t.Context(), dir, "tar", data, tiny()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a/x": "x", "b": "x"}, filesIn(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// malicious are archives that both formats can express.
func malicious() map[string][]entry {
	many := make([]entry, 0, 30)
	for n := range 30 {
		many = append(many, entry{name: strings.Repeat("d", n+1)})
	}
	return map[string][]entry{
		"up":                              {{name: "../evil"}},
		"up, below a folder":              {{name: "a/../../evil"}},
		"up, inside":                      {{name: "a/../b"}},
		"up, a folder":                    {{name: "../", mode: fs.ModeDir | 0o755}},
		"absolute":                        {{name: "/tmp/evil"}},
		"backslashes":                     {{name: `..\evil`}},
		"a control character":             {{name: "a\nb"}},
		"a terminal's escape":             {{name: "a\x1b[2Jb"}},
		"no UTF-8":                        {{name: "a\xffb"}},
		"a long name":                     {{name: strings.Repeat(strings.Repeat("n", 100)+"/", 10) + "x"}},
		"a deep name":                     {{name: strings.Repeat("a/", 400) + "x"}},
		"twice":                           {{name: "a", body: "1"}, {name: "a", body: "2"}},
		"twice, spelled differently":      {{name: "b/a", body: "1"}, {name: "b/./a", body: "2"}},
		"twice, but for case":             {{name: "Main.tf"}, {name: "main.tf"}},
		"folders twice, but for case":     {{name: "A/x"}, {name: "a/y"}},
		"a file that becomes a folder":    {{name: "a"}, {name: "a/b"}},
		"a folder that becomes a file":    {{name: "a/b"}, {name: "a"}},
		"an absolute link":                {{name: "l", body: "/etc", mode: link}},
		"a link up":                       {{name: "a/l", body: "../..", mode: link}},
		"a link to itself":                {{name: "l", body: "l", mode: link}},
		"links in a circle":               {{name: "l", body: "m", mode: link}, {name: "m", body: "l", mode: link}},
		"a link up through a link":        {{name: "p/q/r/l", body: "../../..", mode: link}, {name: "p/q/r/m", body: "l/../x", mode: link}},
		"a link up through later links":   {{name: "p/q/r/m", body: "l/../x", mode: link}, {name: "p/q/r/l", body: "../../..", mode: link}},
		"a file through a link":           {{name: "l", body: "d", mode: link}, {name: "d/", mode: fs.ModeDir | 0o755}, {name: "l/x", body: "evil"}},
		"a link in place of a folder":     {{name: "d/x"}, {name: "d", body: "e", mode: link}},
		"a link with a backslash":         {{name: "l", body: `..\x`, mode: link}},
		"a link without target":           {{name: "l", body: "", mode: link}},
		"a link with a control character": {{name: "l", body: "a\nb", mode: link}},
		"a link with a long target":       {{name: "l", body: strings.Repeat("x", 5000), mode: link}},
		"a device":                        {{name: "null", mode: fs.ModeDevice | fs.ModeCharDevice | 0o666, flag: tar.TypeChar}},
		"a disk":                          {{name: "sda", mode: fs.ModeDevice | 0o666, flag: tar.TypeBlock}},
		"a pipe":                          {{name: "pipe", mode: fs.ModeNamedPipe | 0o666, flag: tar.TypeFifo}},
		"a bomb":                          {{name: "zeros", body: strings.Repeat("\x00", 10_001)}},
		"a bomb in pieces":                {{name: "a", body: strings.Repeat("\x00", 6000)}, {name: "b", body: strings.Repeat("\x00", 6000)}},
		"a bomb in what is left out":      {{name: ".git/a", body: strings.Repeat("\x00", 10_001)}},
		"many entries":                    many,
	}
}

func TestUnpackRefuses(t *testing.T) {
	cases := map[string]map[string][]byte{"tar": {}, "zip": {}}
	for name, entries := range malicious() {
		cases["zip"][name] = zipOf(t, entries...)
		if name != "a link without target" { // a tar header cannot say so
			cases["tar"][name] = tarOf(t, entries...)
		}
	}
	cases["tar"]["a hard link up"] = tarOf(t, entry{name: "l", body: "../x", flag: tar.TypeLink})
	cases["tar"]["a hard link to an absolute name"] = tarOf(t, entry{name: "l", body: "/etc/passwd", flag: tar.TypeLink})
	cases["tar"]["a hard link to a later file"] = tarOf(t, entry{name: "l", body: "x", flag: tar.TypeLink}, entry{name: "x"})
	cases["tar"]["a hard link to a link"] = tarOf(t, entry{name: "s", body: "x", mode: link}, entry{name: "l", body: "s", flag: tar.TypeLink})
	cases["tar"]["a hard link to a folder"] = tarOf(t, entry{name: "d/", mode: fs.ModeDir}, entry{name: "l", body: "d", flag: tar.TypeLink})
	cases["tar"]["cut short"] = tarOf(t, entry{name: "x", body: strings.Repeat("x", 600)})[:700]
	cases["tar"]["not a tar"] = []byte(strings.Repeat("hello ", 200))
	cases["zip"]["cut short"] = zipOf(t, entry{name: "x", body: "x"})[:60]
	cases["zip"]["not a zip"] = []byte("hello")
	for format, byName := range cases {
		for name, data := range byName {
			t.Run(format+"/"+name, func(t *testing.T) {
				above := t.TempDir()
				dir := filepath.Join(above, "x", "y")
				if err := os.MkdirAll(dir, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := unpackInto(t.Context(), dir, format, data, tiny()); err == nil {
					t.Errorf("unpacked: %v", filesIn(t, dir))
				}
				for name := range filesIn(t, above) {
					if !strings.HasPrefix(name, "x/y/") {
						t.Errorf("%s was written outside of the folder", name)
					}
				}
			})
		}
	}
}

func TestUnpackHugeZipDirectory(t *testing.T) {
	entries := make([]entry, 0, 18_500)
	for n := range cap(entries) {
		entries = append(entries, entry{name: strings.Repeat("x", 900) + strconv.Itoa(n)})
	}
	err := unpackInto(t.Context(), t.TempDir(), "zip", zipOf(t, entries...), standard())
	if err == nil || !strings.Contains(err.Error(), "directory is too large") {
		t.Errorf("error %v", err)
	}
}

func TestUnpackEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for format, data := range map[string][]byte{"tar": tarOf(t, entry{name: "x"}), "zip": zipOf(t, entry{name: "x"})} {
		if err := unpackInto(ctx, t.TempDir(), format, data, tiny()); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", format, err)
		}
	}
}

// TestUnpackFormats unpacks what the usual programs write.
func TestUnpackFormats(t *testing.T) {
	src := t.TempDir()
	writeFiles(t, src, map[string]string{"main.tf": "x", "a/b": "y"})
	for format, args := range map[string][]string{
		"tar": {"tar", "-cf"}, "tar.gz": {"tar", "-czf"}, "tgz": {"tar", "-czf"}, "tar.bz2": {"tar", "-cjf"}, "zip": {"zip", "-qr"},
	} {
		t.Run(format, func(t *testing.T) {
			if _, err := exec.LookPath(args[0]); err != nil {
				t.Skip(err)
			}
			file := filepath.Join(t.TempDir(), "x."+format)
			cmd := exec.Command(args[0], append(args[1:], file, ".")...)
			cmd.Dir = src
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Skipf("%v: %s", err, out)
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			dir := t.TempDir()
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			if err := unpack(t.Context(), newUnpacker(root, tiny()), f, format); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(filesIn(t, src), filesIn(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzUnpackZip(f *testing.F) {
	fuzzUnpack(f, "zip", func(entries ...entry) []byte { return zipOf(f, entries...) })
}
func FuzzUnpackTar(f *testing.F) {
	fuzzUnpack(f, "tar", func(entries ...entry) []byte { return tarOf(f, entries...) })
}

// fuzzUnpack holds that whatever the archive, nothing is outside of the folder,
// no link leads there, and limits are kept.
func fuzzUnpack(f *testing.F, format string, make func(...entry) []byte) {
	f.Add(make(entry{name: "a/b", body: "x", mode: 0o755}, entry{name: "a/l", body: "b", mode: link}))
	for name, entries := range malicious() {
		if !strings.Contains(name, "bomb") && name != "a link without target" {
			f.Add(make(entries...))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		above := t.TempDir()
		dir := filepath.Join(above, "x")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		err := unpackInto(t.Context(), dir, format, data, tiny())
		if entries, _ := os.ReadDir(above); len(entries) != 1 {
			t.Fatalf("written outside: %v", entries)
		}
		var size int64
		count := 0
		filepath.WalkDir(dir, func(name string, d fs.DirEntry, _ error) error {
			count++
			info, _ := d.Info()
			if d.Type() == 0 {
				size += info.Size()
				if info.Mode()&^0o700 != 0 {
					t.Errorf("%s has mode %v", name, info.Mode())
				}
			}
			if d.Type() == fs.ModeSymlink && err == nil {
				if to, err := filepath.EvalSymlinks(name); err == nil && !strings.HasPrefix(to+"/", dir+"/") {
					t.Errorf("%s leads to %s", name, to)
				}
			}
			return nil
		})
		if l := tiny(); count > l.entries+1 || format == "zip" && size > l.unpacked+1 {
			t.Errorf("%d entries with %d bytes", count, size)
		}
		if err != nil {
			return
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		if _, err := hashOf(root); err != nil {
			t.Errorf("unpacked, and cannot be hashed: %v", err)
		}
	})
}
