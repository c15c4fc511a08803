package builtin

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/state"
)

// in writes an argument that names a file in dir.
func in(dir, name string) string { return "filename = \"" + filepath.Join(dir, name) + "\"\n" }

func TestLocalFileContent(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	if err := os.WriteFile(source, []byte("from a source"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, typ := range []string{"local_file", "local_sensitive_file"} {
		for body, want := range map[string]string{
			`content = "hello"`:                 "hello",
			`content = ""`:                      "",
			`content_base64 = "AP8="`:           "\x00\xff",
			`source = "` + source + `"`:         "from a source",
			`sensitive_content = "only in one"`: "only in one",
		} {
			if typ == "local_sensitive_file" && strings.HasPrefix(body, "sensitive_") {
				continue
			}
			l := newLab(t)
			_, v := l.apply(resource(typ, in(dir, "deep/er/file")+body))
			got, err := os.ReadFile(filepath.Join(dir, "deep/er/file"))
			if err != nil || string(got) != want {
				t.Errorf("%s with %s: %q, %v", typ, body, got, err)
			}
			sums := checksumsOf([]byte(want))
			for name, sum := range map[string]string{
				"id": sums.ContentSHA1, "content_md5": sums.ContentMD5, "content_sha1": sums.ContentSHA1, "content_sha256": sums.ContentSHA256, "content_base64sha256": sums.ContentBase64SHA256,
				"content_sha512": sums.ContentSHA512, "content_base64sha512": sums.ContentBase64SHA512,
			} {
				if text(t, v, name) != sum {
					t.Errorf("%s with %s: %s is %s, want %s", typ, body, name, text(t, v, name), sum)
				}
			}
		}
	}
}

// The sums of a content that everybody knows.
func TestChecksums(t *testing.T) {
	got := checksumsOf([]byte("hello"))
	want := checksums{
		ContentMD5: "5d41402abc4b2a76b9719d911017c592", ContentSHA1: "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
		ContentSHA256:       "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
		ContentBase64SHA256: "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
		ContentSHA512:       "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043",
		ContentBase64SHA512: "m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw==",
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLocalFileChanges(t *testing.T) {
	dir := t.TempDir()
	for _, typ := range []string{"local_file", "local_sensitive_file"} {
		own := map[string]string{"local_file": "0777", "local_sensitive_file": "0700"}[typ]
		chain(t,
			[2]string{"create", resource(typ, in(dir, "a")+`content = "x"`)},
			[2]string{"no-op", resource(typ, in(dir, "a")+"content = \"x\"\nfile_permission = \""+own+"\"\ndirectory_permission = \""+own+"\"")},
			[2]string{"replace", resource(typ, in(dir, "a")+`content = "y"`)},
			[2]string{"replace", resource(typ, in(dir, "a")+`content_base64 = "eQ=="`)},
			[2]string{"replace", resource(typ, in(dir, "b")+`content_base64 = "eQ=="`)},
			[2]string{"replace", resource(typ, in(dir, "b")+"content_base64 = \"eQ==\"\nfile_permission = \"0600\"")},
		)
	}
	refused(t, map[string]string{
		resource("local_file", `filename = "a"`):                                                             "0 of content",
		resource("local_file", "filename = \"a\"\ncontent = \"\"\nsource = \"b\""):                           "2 of content",
		resource("local_sensitive_file", "filename = \"a\"\ncontent = \"\"\ncontent_base64 = \"\""):          "2 of content",
		resource("local_file", "filename = \"a\"\ncontent_base64 = \"?\""):                                   "content_base64",
		resource("local_file", "filename = \"a\"\ncontent = \"\"\nfile_permission = \"9999\""):               `file_permission is "9999"`,
		resource("local_file", "filename = \"a\"\ncontent = \"\"\nfile_permission = \"07\""):                 `file_permission is "07"`,
		resource("local_file", "filename = \"a\"\ncontent = \"\"\ndirectory_permission = \"1777\""):          `directory_permission is "1777"`,
		resource("local_sensitive_file", "filename = \"a\"\ncontent = \"\"\ndirectory_permission = \"rwx\""): `directory_permission is "rwx"`,
	})
}

func TestLocalFilePermissions(t *testing.T) {
	umask := syscall.Umask(0o022)
	defer syscall.Umask(umask)
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	for body, want := range map[string][2]os.FileMode{
		resource("local_file", `content = "x"`):                                                               {0o755, 0o755},
		resource("local_sensitive_file", `content = "x"`):                                                     {0o700, 0o700},
		resource("local_file", "content = \"x\"\nfile_permission = \"0640\"\ndirectory_permission = \"711\""): {0o640, 0o711},
	} {
		dir := t.TempDir()
		newLab(t).apply(strings.Replace(body, "{\n", "{\n"+in(dir, "sub/file"), 1))
		if got := [2]os.FileMode{mode(filepath.Join(dir, "sub/file")), mode(filepath.Join(dir, "sub"))}; got != want {
			t.Errorf("%s\npermissions %o, want %o", body, got, want)
		}
	}
}

func TestLocalFileBehindOurBack(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, typ := range []string{"local_file", "local_sensitive_file"} {
		src := resource(typ, in(dir, "f")+`content = "x"`)
		l := newLab(t)
		for name, change := range map[string]func() error{
			"deleted": func() error { return os.Remove(path) },
			"changed": func() error { return os.WriteFile(path, []byte("y"), 0o600) },
		} {
			_, v := l.apply(src)
			if err := change(); err != nil {
				t.Fatal(err)
			}
			ty, ops := l.typeOf(state.Addr{Type: typ})
			if l.look(ty, ops) {
				t.Errorf("%s: %s is still there", typ, name)
			}
			if action, again := l.apply(src); action != planner.Create || !again.RawEquals(v) {
				t.Errorf("%s: %s: %s", typ, name, action)
			}
		}
		ty, ops := l.typeOf(state.Addr{Type: typ})
		if err := ops.Delete(t.Context(), ty, l.have); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: after delete: %v", typ, err)
		}
		if err := ops.Delete(t.Context(), ty, l.have); !errors.Is(err, providers.ErrGone) {
			t.Errorf("%s: deleted twice: %v", typ, err)
		}
	}
}

func TestLocalFileIsFoundAfterACrash(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	l := newLab(t)
	c, err := l.plan(resource("local_file", in(dir, "f")+`content = "x"`))
	if err != nil {
		t.Fatal(err)
	}
	ty, ops := l.typeOf(c.Addr)
	want := planner.Known(c.After)
	since := time.Now()
	for _, tt := range []struct {
		name, content string
		age           time.Duration
		found         bool
	}{
		{"no file", "", 0, false},
		{"what was written", "x", 0, true},
		{"half of it", "y", 0, false},
		{"an older file", "x", time.Hour, false},
	} {
		if tt.content != "" {
			if err := errors.Join(os.WriteFile(path, []byte(tt.content), 0o600), os.Chtimes(path, time.Time{}, since.Add(-tt.age))); err != nil {
				t.Fatal(err)
			}
		}
		v, found, err := ops.Find(t.Context(), ty, want, providers.Attempt{Token: "t", Since: since})
		if err != nil || found != tt.found || found && providers.ID(v) == "" {
			t.Errorf("%s: found %v, %v", tt.name, found, err)
		}
	}
}

func TestLocalFileData(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	content := []byte("a\xffb")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, typ := range []string{"local_file", "local_sensitive_file"} {
		l := newLab(t)
		c, err := l.plan(data(typ, `filename = "`+path+`"`))
		if err != nil {
			t.Fatal(err)
		}
		if text(t, c.After, "content") != "a\uFFFDb" || text(t, c.After, "content_base64") != base64.StdEncoding.EncodeToString(content) || text(t, c.After, "id") != checksumsOf(content).ContentSHA1 {
			t.Errorf("%s: %#v", typ, c.After)
		}
		marked := planner.MarkSensitive(l.cat.TypeOf(c.Addr).Schema, c.After, nil)
		for _, name := range []string{"content", "content_base64"} {
			if got := marked.GetAttr(name).IsMarked(); got != (typ == "local_sensitive_file") {
				t.Errorf("%s: %s is sensitive: %v", typ, name, got)
			}
		}
		refused(t, map[string]string{data(typ, `filename = "none"`): "none"})
	}
}
