package modules

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLocal(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFiles(t, ".", map[string]string{"net/main.tf": "", "net/sub/main.tf": "", "other/main.tf": ""})
	i := &Installer{Dir: ".mlinfra/modules", Lock: ".mlinfra.lock.hcl"}
	for _, c := range []struct{ from, source, want string }{
		{".", "./net", "net"},
		{"", "./net", "net"},
		{"net", "./sub", "net/sub"},
		{"net/sub", "../../other", "other"},
		{"net", "../net/./sub/", "net/sub"},
		{"net", "./", "net"},
	} {
		if got, err := i.Find(t.Context(), c.from, c.source, ""); err != nil || got != c.want {
			t.Errorf("from %q, %q is %q, %v; want %q", c.from, c.source, got, err, c.want)
		}
	}
	if err := i.Save(); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir("."); len(entries) != 2 {
		t.Errorf("local modules leave something behind: %v", entries)
	}
}

// TestRelativeStore has the paths that a user has: relative to the working directory.
func TestRelativeStore(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	g.commit(map[string]string{"a/main.tf": "a", "b/main.tf": "b"})
	t.Chdir(t.TempDir())
	i := &Installer{Dir: ".mlinfra/modules", Lock: ".mlinfra.lock.hcl"}
	a, err := i.Find(t.Context(), ".", g.url()+"//a", "")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^\.mlinfra/modules/net-[0-9a-f]{16}/a$`).MatchString(a) {
		t.Errorf("folder %q", a)
	}
	b, err := i.Find(t.Context(), a, "../b", "")
	if err != nil || b != filepath.Dir(a)+"/b" {
		t.Errorf("from %s, ../b is %q, %v", a, b, err)
	}
	if _, err := i.Find(t.Context(), a, "../../../..", ""); err == nil || !strings.Contains(err.Error(), "outside of the package") {
		t.Errorf("error %v", err)
	}
}

func TestLockFile(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	c := g.commit(map[string]string{"main.tf": "x", "a/b": "y"})
	g.git("tag", "v1")
	p := newProject(t)
	i := p.run()
	p.mustFind(i, g.url()+"?ref=v1")
	p.mustFind(i, g.url())
	block := "module \"git::file://" + g.dir + "\" {\n"
	want := lockHeader + "\n" + block + "  commit = \"" + c + "\"\n  hash   = \"HASH\"\n}\n\n" +
		block + "  ref    = \"v1\"\n  commit = \"" + c + "\"\n  hash   = \"HASH\"\n}\n"
	// The hash is the one of: (sha256sum a/b main.tf) | sha256sum | xxd -r -p | base64
	const hash = "h1:Gi7M8jNU2Bt6CvbMMj7Q84ccHPuBC2vTQV7dk90dzI0="
	if diff := cmp.Diff(strings.ReplaceAll(want, "HASH", hash), p.lockText()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if info, err := os.Stat(p.lock()); err != nil || info.Mode() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestLockPinsTheCommit(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	g.commit(map[string]string{"main.tf": "old"})
	p := newProject(t)
	source := g.url() + "?ref=main"
	p.mustFind(p.run(), source)
	lock := p.lockText()
	g.commit(map[string]string{"main.tf": "new"})

	content := func(i *Installer) string {
		t.Helper()
		return filesIn(t, p.mustFind(i, source))["main.tf"]
	}
	if got := content(p.run()); got != "old" {
		t.Errorf("the second run has %q", got)
	}
	if err := os.RemoveAll(p.store()); err != nil {
		t.Fatal(err)
	}
	if got := content(p.run()); got != "old" || p.lockText() != lock {
		t.Errorf("restored from the lock file: %q, lock file\n%s", got, p.lockText())
	}
	update := p.run()
	update.Update = true
	if got := content(update); got != "new" || p.lockText() == lock {
		t.Errorf("updated: %q, lock file\n%s", got, p.lockText())
	}
	if got := content(p.run()); got != "new" {
		t.Errorf("after the update: %q", got)
	}

	if err := os.WriteFile(p.lock(), []byte(lock), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(p.store()); err != nil {
		t.Fatal(err)
	}
	g.git("checkout", "--quiet", "--orphan", "fresh")
	g.commit(map[string]string{"main.tf": "rewritten"})
	g.git("branch", "-M", "fresh", "main")
	g.git("reflog", "expire", "--expire=now", "--all")
	g.git("gc", "--quiet", "--prune=now")
	if _, err := p.find(p.run(), source); err == nil || !strings.Contains(err.Error(), "init -upgrade") {
		t.Errorf("the commit is gone: error %v", err)
	}
}

// TestInstalledAsksNobody finds an installed module when its repository and Git are gone.
func TestInstalledAsksNobody(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	g.commit(map[string]string{"main.tf": "x"})
	p := newProject(t)
	first := p.mustFind(p.run(), g.url())
	if err := os.RemoveAll(g.dir); err != nil {
		t.Fatal(err)
	}
	i := p.run()
	i.Git = "/nonexistent/git"
	i.Log = func(text string) { t.Errorf("logged: %s", text) }
	if got := p.mustFind(i, g.url()); got != first {
		t.Errorf("found in %s, want %s", got, first)
	}
	i = p.run()
	i.Git, i.Update = "/nonexistent/git", true
	if _, err := p.find(i, g.url()); err == nil {
		t.Error("an update asks nobody")
	}
}

func TestNoGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	p := newProject(t)
	if _, err := p.find(p.run(), "git::file:///x"); err == nil || !strings.Contains(err.Error(), "install it") {
		t.Errorf("error %v", err)
	}
}

func TestChangedContentIsNoticed(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	g.commit(map[string]string{"main.tf": "old"})
	p := newProject(t)
	folder := p.mustFind(p.run(), g.url())
	main := filepath.Join(folder, "main.tf")
	for _, content := range []string{"NEW", "longer than before"} {
		if err := os.WriteFile(main, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(main, time.Time{}, time.Unix(1, int64(len(content)))); err != nil {
			t.Fatal(err)
		}
		if _, err := p.find(p.run(), g.url()); err == nil || !strings.Contains(err.Error(), "Delete that folder") {
			t.Errorf("%q: error %v", content, err)
		}
	}
	// The right content with another time, as after a copy, is accepted again.
	if err := os.WriteFile(main, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.mustFind(p.run(), g.url())

	if err := os.WriteFile(filepath.Join(folder, "extra.tf"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.find(p.run(), g.url()); err == nil {
		t.Error("an extra file is not noticed")
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"main.tf": "old"}, filesIn(t, p.mustFind(p.run(), g.url()))); diff != "" {
		t.Error(diff)
	}
}

func TestPrune(t *testing.T) {
	dir := t.TempDir()
	a, b := newGitRepo(t, filepath.Join(dir, "a")), newGitRepo(t, filepath.Join(dir, "b"))
	a.commit(map[string]string{"x": ""})
	b.commit(map[string]string{"y": ""})
	p := newProject(t)
	p.mustFind(p.run(), a.url())
	p.mustFind(p.run(), b.url())
	both := p.lockText()
	if strings.Count(both, "\nmodule ") != 2 {
		t.Fatalf("an entry that the second run did not use is gone:\n%s", both)
	}
	i := p.run()
	i.Prune = true
	p.mustFind(i, b.url())
	if text := p.lockText(); strings.Contains(text, a.dir) || !strings.Contains(text, b.dir) {
		t.Errorf("pruned:\n%s", text)
	}
}

func TestSaveKeepsWhatOthersWrote(t *testing.T) {
	dir := t.TempDir()
	a, b := newGitRepo(t, filepath.Join(dir, "a")), newGitRepo(t, filepath.Join(dir, "b"))
	a.commit(map[string]string{"x": ""})
	b.commit(map[string]string{"y": ""})
	p := newProject(t)
	one, two := p.run(), p.run()
	for i, source := range map[*Installer]string{one: a.url(), two: b.url()} {
		if _, err := i.Find(t.Context(), p.dir, source, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(one.Save(), two.Save()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(p.lockText(), "\nmodule "); n != 2 {
		t.Errorf("%d entries, want 2", n)
	}
}

func TestSaveWritesOnlyChanges(t *testing.T) {
	p := newProject(t)
	i := p.run()
	i.Prune = true
	if err := i.Save(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.lock()); err == nil {
		t.Error("a lock file without entries was written")
	}
	g := newGitRepo(t, filepath.Join(t.TempDir(), "a"))
	g.commit(map[string]string{"x": ""})
	p.mustFind(p.run(), g.url())
	commented := p.lockText() + "# ours\n"
	if err := os.WriteFile(p.lock(), []byte(commented), 0o600); err != nil {
		t.Fatal(err)
	}
	p.mustFind(p.run(), g.url())
	if p.lockText() != commented {
		t.Error("a lock file that was right was written again")
	}
}

func TestLockFileThatIsBroken(t *testing.T) {
	for name, text := range map[string]string{
		"syntax":        `module "x" {`,
		"conflict":      "<<<<<<< HEAD\nmodule \"x\" {}\n",
		"other block":   `provider "x" {}`,
		"attribute":     `a = "b"`,
		"unknown field": "module \"x\" {\n hash = \"h1:\"\n size = \"1\"\n}",
		"no hash":       "module \"x\" {\n}",
		"other hash":    "module \"x\" {\n hash = \"h2:x\"\n}",
		"commit":        "module \"x\" {\n hash = \"h1:\"\n commit = \"--output=x\"\n}",
		"expression":    "module \"x\" {\n hash = \"h1:${1}\"\n}",
		"number":        "module \"x\" {\n hash = 1\n}",
		"reference":     "module \"x\" {\n hash = x\n}",
		"nested":        "module \"x\" {\n a {\n}\n}",
		"twice":         "module \"x\" {\n hash = \"h1:\"\n}\nmodule \"x\" {\n hash = \"h1:\"\n}",
		"very deep":     "a = " + strings.Repeat("[", 1_000_000),
		"very unary":    "a = " + strings.Repeat("!", 1_000_000),
		"very large":    strings.Repeat("# x\n", 2<<20),
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t)
			if err := os.WriteFile(p.lock(), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := p.find(p.run(), "git::file:///nonexistent")
			if err == nil || !strings.Contains(err.Error(), "delete it and run mlinfra init") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestLockRoundTrip(t *testing.T) {
	pins := map[key]pin{
		{"git::https://h/${x}%{y}\"\\.git", "a/b"}: {strings.Repeat("0", 40), "h1:a"},
		{"https://h/x.zip?checksum=md5:0", ""}:     {"", "h1:b"},
		{"git::https://h/x", ""}:                   {strings.Repeat("f", 64), "h1:c"},
	}
	text := formatLock(pins)
	got, err := parseLock("lock", text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(pins, got, cmp.AllowUnexported(key{}, pin{})); diff != "" {
		t.Errorf("(-want +got)\n%s\n%s", diff, text)
	}
}

func TestTamperedSource(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	g.commit(map[string]string{"main.tf": "x"})
	p := newProject(t)
	p.mustFind(p.run(), g.url())
	text := regexp.MustCompile(`h1:.*=`).ReplaceAllString(p.lockText(), "h1:expected=")
	if err := os.WriteFile(p.lock(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := p.find(p.run(), g.url())
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{g.dir, "h1:expected=", "now gives h1:", "mlinfra init -upgrade", ".mlinfra.lock.hcl"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q, want %q in it", err, want)
		}
	}
	if p.lockText() != text {
		t.Error("the lock file was changed")
	}
}

func TestInterrupted(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	g.commit(map[string]string{"main.tf": "x"})
	p := newProject(t)
	for name, age := range map[string]time.Duration{"old": 25 * time.Hour, "young": time.Hour} {
		dir := filepath.Join(p.store(), tempPrefix+name)
		writeFiles(t, dir, map[string]string{"package/main.tf": "half"})
		if err := os.Chtimes(dir, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	folder := p.mustFind(p.run(), g.url())
	entries, err := os.ReadDir(p.store())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{tempPrefix + "young", filepath.Base(folder), filepath.Base(folder) + ".seen"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestCancelled ends a Git that never answers.
func TestCancelled(t *testing.T) {
	program := filepath.Join(t.TempDir(), "git")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexec sleep 60\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := newProject(t)
	i := p.run()
	i.Git = program
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := i.Find(ctx, p.dir, "git::file:///x", "")
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
		t.Errorf("error %v after %s", err, time.Since(start))
	}
	if entries, _ := os.ReadDir(p.store()); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestManyAtOnce(t *testing.T) {
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	g.commit(map[string]string{"main.tf": "x", "a/b/c": "y"})
	p := newProject(t)
	folders := make([]string, 6)
	var wg sync.WaitGroup
	for n := range folders {
		wg.Go(func() {
			i := p.run()
			folder, err := i.Find(t.Context(), p.dir, g.url(), "")
			if err := errors.Join(err, i.Save()); err != nil {
				t.Error(err)
			}
			folders[n] = folder
		})
	}
	wg.Wait()
	for _, folder := range folders {
		if folder != folders[0] {
			t.Errorf("folders %v", folders)
		}
	}
	if entries, _ := os.ReadDir(p.store()); len(entries) != 2 {
		t.Errorf("the store holds %v, want a folder and its fingerprint", entries)
	}
	p.mustFind(p.run(), g.url())
}

// TestSecretsStayOut has a Git that fails and prints the address it was given.
func TestSecretsStayOut(t *testing.T) {
	dir := t.TempDir()
	program, seen := filepath.Join(dir, "git"), filepath.Join(dir, "args")
	script := "#!/bin/sh\necho \"$@\" >> " + seen + "\n[ \"$1\" = init ] && exec git \"$@\"\nenv | grep hunter22 >&2\nenv | grep -o GIT_SSH_COMMAND=.* >&2\nexit 128\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	p := newProject(t)
	i := p.run()
	i.Git = program
	var logged []string
	i.Log = func(text string) { logged = append(logged, text) }
	_, err := p.find(i, "git::https://bobby:hunter22@h/x.git?ref=v1")
	if err == nil || !strings.Contains(err.Error(), "exit status 128") || strings.Contains(err.Error(), "hunter22") {
		t.Errorf("error %v", err)
	}
	args, _ := os.ReadFile(seen)
	if strings.Contains(string(args), "hunter22") || strings.Contains(strings.Join(logged, ""), "hunter22") {
		t.Errorf("arguments %s, log %v", args, logged)
	}
	if diff := cmp.Diff([]string{"Downloading git::https://h/x.git?ref=v1"}, logged); diff != "" {
		t.Error(diff)
	}
	_, err = p.find(i, "git::ssh://git@h/x.git?sshkey=aHVudGVyMjI=")
	if err == nil || !strings.Contains(err.Error(), "GIT_SSH_COMMAND=ssh -i '") || strings.Contains(err.Error(), "aHVudGVy") {
		t.Errorf("error %v", err)
	}
}
