package modules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGitRefs(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	first := g.commit(map[string]string{"main.tf": "one", "sub/deep/x.tf": "x"})
	g.git("tag", "-a", "-m", "annotated", "v1.0.0")
	g.git("tag", "light")
	g.git("branch", "feature/a")
	g.commit(map[string]string{"main.tf": "two"})
	g.git("branch", "v1.0.0") // a tag goes first
	g.git("update-ref", "refs/pull/7/head", first)

	for name, c := range map[string]struct{ ref, want string }{
		"the default branch":     {"", "two"},
		"a branch":               {"?ref=main", "two"},
		"a branch with a slash":  {"?ref=feature/a", "one"},
		"an annotated tag":       {"?ref=v1.0.0", "one"},
		"a tag":                  {"?ref=light", "one"},
		"a commit":               {"?ref=" + first, "one"},
		"an abbreviated commit":  {"?ref=" + first[:9], "one"},
		"a short abbreviation":   {"?ref=" + first[:4], "one"},
		"a branch as clones see": {"?ref=origin/feature/a", "one"},
		"HEAD":                   {"?ref=HEAD", "two"},
		"a full name":            {"?ref=refs/pull/7/head", "one"},
		"a depth, which is moot": {"?ref=light&depth=3", "one"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t)
			folder := p.mustFind(p.run(), g.url()+c.ref)
			if got := filesIn(t, folder)["main.tf"]; got != c.want {
				t.Errorf("main.tf holds %q, want %q", got, c.want)
			}
			if _, err := os.Stat(filepath.Join(folder, ".git")); err == nil {
				t.Error("the package has a .git")
			}
		})
	}
	for name, c := range map[string]struct{ ref, want string }{
		"a branch that is not there":          {"nope", `no branch, tag or commit "nope"`},
		"a commit that is not there":          {strings.Repeat("a", 40), `no branch, tag or commit "aaaa`},
		"an abbreviation that is not there":   {"abcdef1", `no branch, tag or commit "abcdef1"`},
		"an expression":                       {"main~1", "not a name that Git accepts"},
		"an option":                           {"--upload-pack=touch${IFS}x", "not a name that Git accepts"},
		"an option after percent-decoding":    {"%2d-output=x", "not a name that Git accepts"},
		"a range":                             {"main..light", "not a name that Git accepts"},
		"a ref with a space":                  {"a%20b", "not a name that Git accepts"},
		"a ref with an encoded control":       {"a%0ab", "not a name that Git accepts"},
		"a blob, which is no commit":          {g.git("rev-parse", "HEAD:main.tf"), "no branch, tag or commit"},
		"a refspec that would write a branch": {"main:refs/heads/x", "not a name that Git accepts"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t)
			_, err := p.find(p.run(), g.url()+"?ref="+c.ref)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestGitSubdirectory(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	g.commit(map[string]string{"a/main.tf": "a", "b/main.tf": "b", "file": ""})
	p := newProject(t)
	i := p.run()
	a := p.mustFind(i, g.url()+"//a")
	b := p.mustFind(i, g.url()+"//b")
	if filepath.Dir(a) != filepath.Dir(b) || filesIn(t, a)["main.tf"] != "a" || filesIn(t, b)["main.tf"] != "b" {
		t.Errorf("folders %s and %s, want two of one package", a, b)
	}
	if n := strings.Count(p.lockText(), "\nmodule "); n != 1 {
		t.Errorf("%d entries in the lock file, want 1", n)
	}
	for _, sub := range []string{"//missing", "//file", "//*", "//a/../.."} {
		if folder, err := p.find(i, g.url()+sub); err == nil {
			t.Errorf("%s is found: %s", sub, folder)
		}
	}
	if got, err := i.Find(t.Context(), a, "../b", ""); err != nil || got != b {
		t.Errorf("from a, ../b is %q, %v; want %q", got, err, b)
	}
	for _, out := range []string{"../..", "../../../x", "../../../..", p.dir, "../../" + filepath.Base(filepath.Dir(a)) + "x"} {
		if got, err := i.Find(t.Context(), a, out, ""); err == nil {
			t.Errorf("from a package, %q is found: %s", out, got)
		}
	}
}

func TestGitBytesAreThoseCommitted(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	want := map[string]string{
		".gitattributes": "* text=auto eol=crlf\nhidden export-ignore\nsubst export-subst\nid ident\n*.evil filter=evil\nwide working-tree-encoding=UTF-16\n",
		"main.tf":        "a\nb\n",
		"hidden":         "here",
		"subst":          "$Format:%H$",
		"id":             "$Id$",
		"x.evil":         "plain",
	}
	c := g.commit(want)
	marker := filepath.Join(t.TempDir(), "ran")
	global := filepath.Join(t.TempDir(), "config")
	hooks := t.TempDir()
	if err := os.WriteFile(filepath.Join(hooks, "reference-transaction"), []byte("#!/bin/sh\ntouch "+marker+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFiles(t, filepath.Dir(global), map[string]string{"config": "[filter \"evil\"]\n smudge = touch " + marker + "\n required = true\n[core]\n hooksPath = " + hooks + "\n autocrlf = true\n"})
	t.Setenv("GIT_CONFIG_GLOBAL", global)
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY"} { // as inside a Git hook
		t.Setenv(name, "/proc/nonexistent")
	}
	p := newProject(t)
	for _, ref := range []string{"", "?ref=" + c[:10]} { // one object; all branches, as hooks see them
		if diff := cmp.Diff(want, filesIn(t, p.mustFind(p.run(), g.url()+ref))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", ref, diff)
		}
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("a filter or hook ran")
	}
}

func TestGitUsesTheUsersSettings(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	g.commit(map[string]string{"main.tf": "mirrored"})
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "url.file://"+g.dir+".insteadOf")
	t.Setenv("GIT_CONFIG_VALUE_0", "https://example.invalid/net.git")
	p := newProject(t)
	folder := p.mustFind(p.run(), "git::https://example.invalid/net.git")
	if got := filesIn(t, folder)["main.tf"]; got != "mirrored" {
		t.Errorf("main.tf holds %q", got)
	}
}

func TestGitRefusesHelpersTheUserAllows(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "ran")
	t.Setenv("GIT_CONFIG_COUNT", "2")
	t.Setenv("GIT_CONFIG_KEY_0", "url.ext::touch "+marker+" .insteadOf")
	t.Setenv("GIT_CONFIG_VALUE_0", "https://example.invalid/")
	t.Setenv("GIT_CONFIG_KEY_1", "protocol.ext.allow")
	t.Setenv("GIT_CONFIG_VALUE_1", "always")
	t.Setenv("GIT_ALLOW_PROTOCOL", "ext")
	p := newProject(t)
	_, err := p.find(p.run(), "git::https://example.invalid/net.git")
	if err == nil || !strings.Contains(err.Error(), "'ext' not allowed") {
		t.Errorf("error %v, want that ext is not allowed", err)
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("the helper ran")
	}
}

func TestGitSubmodules(t *testing.T) {
	dir := t.TempDir()
	inner := newGitRepo(t, filepath.Join(dir, "inner.git"))
	inner.commit(map[string]string{"in.tf": "old"})
	middle := newGitRepo(t, filepath.Join(dir, "middle.git"))
	middle.commit(map[string]string{"mid.tf": "mid"})
	middle.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../inner.git", "vendored/inner")
	middle.commit(nil)
	inner.commit(map[string]string{"in.tf": "new"}) // not what is pinned
	outer := newGitRepo(t, filepath.Join(dir, "outer.git"))
	outer.commit(map[string]string{"main.tf": "main"})
	outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "file://"+middle.dir, "mid")
	outer.commit(nil)

	p := newProject(t)
	got := filesIn(t, p.mustFind(p.run(), outer.url()))
	delete(got, ".gitmodules")
	delete(got, "mid/.gitmodules")
	want := map[string]string{"main.tf": "main", "mid/mid.tf": "mid", "mid/vendored/inner/in.tf": "old"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestSubmoduleAddresses(t *testing.T) {
	for name, c := range map[string]struct{ parent, address, want string }{
		"beside the repository":       {"git::https://h/o/r.git", "../s.git", "https://h/o/s.git"},
		"below the repository":        {"git::ssh://git@h/o/r.git", "./s.git", "ssh://git@h/o/r.git/s.git"},
		"elsewhere":                   {"git::https://h/o/r.git", "https://x/s.git", "https://x/s.git"},
		"scp form":                    {"git::https://h/o/r.git", "git@x:s.git", "ssh://git@x/s.git"},
		"a helper":                    {"git::https://h/o/r.git", "ext::sh -c true", ""},
		"another helper":              {"git::https://h/o/r.git", "persistent-https://x/s", ""},
		"an option":                   {"git::https://h/o/r.git", "-u./payload", ""},
		"an option for ssh":           {"git::https://h/o/r.git", "ssh://-oProxyCommand=x/y", ""},
		"this machine from elsewhere": {"git::https://h/o/r.git", "file:///etc", ""},
		"a path from elsewhere":       {"git::https://h/o/r.git", "/etc", ""},
		"this machine from itself":    {"git::file:///a/r.git", "file:///a/s.git", "file:///a/s.git"},
	} {
		t.Run(name, func(t *testing.T) {
			parent, err := parse(c.parent)
			if err != nil {
				t.Fatal(err)
			}
			s, err := submoduleOf(parent, c.address)
			switch {
			case c.want == "" && err == nil:
				t.Errorf("%s is accepted: %s", c.address, s.url)
			case c.want != "" && (err != nil || s.url.String() != c.want):
				t.Errorf("got %v, %v; want %s", s.url, err, c.want)
			}
		})
	}
}

func TestGitLinks(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		link, target string
		ok           bool
	}{
		"inside":   {"a/b/link", "../../main.tf", true},
		"dangling": {"link", "nowhere", true},
		"absolute": {"link", "/etc/passwd", false},
		"outside":  {"a/link", "../../x", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGitRepo(t, filepath.Join(dir, name))
			writeFiles(t, g.dir, map[string]string{"main.tf": "x", "a/b/y": ""})
			if err := os.Symlink(c.target, filepath.Join(g.dir, c.link)); err != nil {
				t.Fatal(err)
			}
			g.commit(nil)
			p := newProject(t)
			folder, err := p.find(p.run(), g.url())
			if (err == nil) != c.ok {
				t.Fatalf("%s: error %v", folder, err)
			}
			if got := ""; c.ok {
				if got = filesIn(t, folder)[c.link]; got != "→ "+c.target {
					t.Errorf("the link is %q", got)
				}
			}
		})
	}
}

func TestGitLimits(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	g.commit(map[string]string{"a": strings.Repeat("x", 3000), "b": "", "c/d": ""})
	for name, c := range map[string]struct {
		limits limits
		want   string
	}{
		"objects": {limits{download: 10, unpacked: 1 << 20, entries: 10}, "the repository is larger"},
		"bytes":   {limits{download: 1 << 20, unpacked: 2999, entries: 10}, "unpacked"},
		"entries": {limits{download: 1 << 20, unpacked: 1 << 20, entries: 3}, "more than 3 files"},
		"none":    {limits{download: 1 << 20, unpacked: 3000, entries: 4}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t)
			i := p.run()
			i.limits = c.limits
			_, err := p.find(i, g.url())
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestGitPrintsWithoutEnd has a Git that floods and one that speaks to the terminal.
func TestGitPrintsWithoutEnd(t *testing.T) {
	program := filepath.Join(t.TempDir(), "git")
	script := "#!/bin/sh\n[ \"$1\" = init ] && exec git \"$@\"\nprintf 'bad\\033[2Jthing\\n' >&2\nhead -c 5000000 /dev/zero | tr '\\0' 'x' >&2\nexit 1\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	p := newProject(t)
	i := p.run()
	i.Git = program
	_, err := p.find(i, "git::file:///x")
	if err == nil || len(err.Error()) > 2*maxStderr || !strings.Contains(err.Error(), "bad [2Jthing") {
		t.Errorf("error %.200v", err)
	}
}
