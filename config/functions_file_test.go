package config

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

func TestFileFunctions(t *testing.T) {
	values{
		`basename("foo/bar/baz.txt")`: `"baz.txt"`, `basename("")`: `"."`, `basename("/")`: `"/"`, `basename("a/b/")`: `"b"`, `dirname("foo/bar/baz.txt")`: `"foo/bar"`, `dirname("")`: `"."`, `dirname("a/b/")`: `"a/b"`, `dirname("/")`: `"/"`,
		`abspath("x")`: `"DIR/x"`, `abspath("")`: `"DIR"`, `abspath("~/x")`: `"DIR/~/x"`, `abspath("/a/../b")`: `"/b"`, `pathexpand("/etc/x")`: `"/etc/x"`, `pathexpand("")`: `""`, `pathexpand("a~")`: `"a~"`,
		`file("hello.txt")`: `"Hello World"`, `fileexists("hello.txt")`: "true", `fileexists("nothing.txt")`: "false", `filebase64("hello.txt")`: `"SGVsbG8gV29ybGQ="`, `filebase64("bytes")`: `"//4="`,
		`filemd5("hello.txt")`: `md5("Hello World")`, `filesha1("hello.txt")`: `sha1("Hello World")`, `filesha256("hello.txt")`: `sha256("Hello World")`, `filesha512("hello.txt")`: `sha512("Hello World")`,
		`filebase64sha256("hello.txt")`: `base64sha256("Hello World")`, `filebase64sha512("hello.txt")`: `base64sha512("Hello World")`,
		`filesha1("decomposed")`: `"7e3fbcf1b6a69221cd8eef7442ef3b51a253bb49"`, `filesha256("bytes")`: `"b3d510ef04275ca8e698e5b3cbb0ece3949ef9252f0cdc839e9ee347409a2209"`,
	}.check(t)
}

func TestFileSet(t *testing.T) {
	values{
		`fileset("tree", "*.txt")`: `toset([".hidden.txt", "a.txt", "b.txt", "link.txt", "é.txt"])`, `fileset("tree", "**/*.txt")`: `toset([".hidden.txt", "a.txt", "b.txt", "br[ack]/g.txt", "link.txt", "linkdir/d.txt", "linkdir/deep/e.txt", "sub/d.txt", "sub/deep/e.txt", "é.txt"])`,
		`fileset("tree", "**")`: `toset([".hidden.txt", "a.txt", "b.txt", "br[ack]/g.txt", "c.json", "link.txt", "linkdir/d.txt", "linkdir/deep/e.txt", "sub/d.txt", "sub/deep/e.txt", "é.txt"])`, `fileset("tree", "**.txt")`: `fileset("tree", "*.txt")`,
		`fileset("tree", "sub/*")`: `toset(["sub/d.txt"])`, `fileset("tree", "sub/**")`: `toset(["sub/d.txt", "sub/deep/e.txt"])`, `fileset("tree", "linkdir/**/*.txt")`: `toset(["linkdir/d.txt", "linkdir/deep/e.txt"])`,
		`fileset("tree", "{a,b}.txt")`: `toset(["a.txt", "b.txt"])`, `fileset("tree", "[ab].txt")`: `toset(["a.txt", "b.txt"])`, `fileset("tree", "[^ab].txt")`: `toset(["é.txt"])`, `fileset("tree", "?.txt")`: `toset(["a.txt", "b.txt", "é.txt"])`,
		`fileset("tree", "../hello.txt")`: `toset(["../hello.txt"])`, `fileset("tree", "./a.txt")`: `toset(["a.txt"])`, `fileset("tree", "br\\[ack\\]/*")`: `toset(["br[ack]/g.txt"])`, `fileset("tree", "**/**/e.txt")`: `toset(["linkdir/deep/e.txt", "sub/deep/e.txt"])`,
		`fileset("tree", "**/deep/*.txt")`: `toset(["linkdir/deep/e.txt", "sub/deep/e.txt"])`, `fileset("DIR/tree", "a.txt")`: `toset(["a.txt"])`, `fileset("tree", "{sub,linkdir}/*.txt")`: `toset(["linkdir/d.txt", "sub/d.txt"])`,
		`length(fileset("tree", ""))`: "0", `length(fileset("nosuch", "*"))`: "0", `length(fileset("hello.txt", "*"))`: "0", `length(fileset("tree", "*.TXT"))`: "0", `length(fileset("tree", "sub"))`: "0", `length(fileset("tree/br[ack]", "*"))`: "0",
	}.check(t)
}

// TestFileSetOfLoops has a tree without an end: links lead back up.
func TestFileSetOfLoops(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		if err := os.Symlink(".", filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	_, diags := eval(t, dir, `fileset(".", "**/nothing")`)
	if !diags.HasErrors() || !strings.Contains(diags[0].Detail, "symbolic link") {
		t.Errorf("got %v, want an error about links", diags)
	}
}

// TestFileSetOfManyFiles has few directories, and many names in them.
func TestFileSetOfManyFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(".", filepath.Join(dir, "again")); err != nil {
		t.Fatal(err)
	}
	for i := range 6000 { // a link leads back forty times
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if v, diags := eval(t, dir, `length(fileset(".", "**"))`); !diags.HasErrors() || !strings.Contains(diags[0].Detail, "more than 200000 files and directories") {
		t.Errorf("got %#v, %v; want the error that there are too many", v, diags)
	}
	if v, diags := eval(t, dir, `length(fileset(".", "*"))`); diags.HasErrors() || !v.RawEquals(cty.NumberIntVal(6000)) {
		t.Errorf("got %#v, %v; want 6000", v, diags)
	}
}

func TestFileSetOfBrokenLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("nothing", filepath.Join(dir, "broken")); err != nil {
		t.Fatal(err)
	}
	if v, diags := eval(t, dir, `fileset(".", "*")`); diags.HasErrors() || v.LengthInt() != 0 {
		t.Errorf("got %#v, %v; want no file", v, diags)
	}
}

func TestPathExpand(t *testing.T) {
	t.Setenv("HOME", "/home/ada")
	values{`pathexpand("~")`: `"/home/ada"`, `pathexpand("~/x")`: `"/home/ada/x"`, `fileexists("~/nothing")`: "false"}.check(t)
}

func TestFileFunctionsRefuse(t *testing.T) {
	refusals{
		`file("nothing.txt")`: `no file exists at "nothing.txt"`, `file(".")`: "is a directory", `file("bytes")`: `contents of "bytes" are not valid UTF-8; use the filebase64 function`, `file("/dev/null")`: "not a regular file",
		`file("~foo")`: "cannot expand user-specific home dir", `pathexpand("~foo")`: "cannot expand user-specific home dir", `fileexists(".")`: `"." is a directory, not a file`, `fileexists("/dev/null")`: "not a regular file",
		`fileexists("hello.txt/x")`: "failed to stat", `filemd5("nothing.txt")`: "no file exists", `filebase64sha256(".")`: "is a directory", `fileset("tree", "[")`: "syntax error in pattern", `fileset("tree", "{a")`: "syntax error in pattern",
	}.check(t)
}

func TestFilesAreBounded(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "large"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(maxFileRead + 1); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, diags := eval(t, dir, `filebase64("large")`); !diags.HasErrors() || !strings.Contains(diags[0].Detail, "larger than 16 MiB") {
		t.Errorf("got %v, want an error about the size", diags)
	}
	// Of any size: packages of programs are hashed.
	if _, diags := eval(t, dir, `filesha256("large")`); diags.HasErrors() {
		t.Error(diags)
	}
}
