package modules

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// entry is one entry of a made archive.
type entry struct {
	name string
	body string // content, or target of a link
	mode fs.FileMode
	flag byte // of tar; 0 for what mode says
}

func tarOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: int64(e.mode.Perm()), Typeflag: e.flag, Format: tar.FormatPAX}
		switch {
		case e.flag == tar.TypeLink, e.mode.Type() == fs.ModeSymlink:
			h.Linkname = e.body
			if e.flag == 0 {
				h.Typeflag = tar.TypeSymlink
			}
		case e.flag != 0:
		case e.mode.IsDir():
			h.Typeflag = tar.TypeDir
		default:
			h.Typeflag, h.Size = tar.TypeReg, int64(len(e.body))
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte(e.body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(e.mode)
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// gitRepo is a repository with the real Git.
type gitRepo struct {
	t   testing.TB
	dir string
}

func newGitRepo(t testing.TB, dir string) gitRepo {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	g := gitRepo{t, dir}
	g.git("init", "--quiet", "--initial-branch=main")
	return g
}

func (g gitRepo) url() string { return "git::file://" + g.dir }

func (g gitRepo) git(args ...string) string {
	g.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = g.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	out, err := cmd.CombinedOutput()
	if err != nil {
		g.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files and commits them; it returns the commit.
func (g gitRepo) commit(files map[string]string) string {
	g.t.Helper()
	writeFiles(g.t, g.dir, files)
	g.git("add", "--all", "--force")
	g.git("commit", "--quiet", "--allow-empty", "-m", "x")
	return g.git("rev-parse", "HEAD")
}

func writeFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// filesIn returns the content of all files below dir; a link is "→ target".
func filesIn(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		if d.Type() == fs.ModeSymlink {
			target, err := os.Readlink(name)
			files[rel] = "→ " + target
			return err
		}
		content, err := os.ReadFile(name)
		files[rel] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// project is a working directory with an installer for each run.
type project struct {
	t   testing.TB
	dir string
}

func newProject(t testing.TB) project { return project{t, t.TempDir()} }

func (p project) lock() string  { return filepath.Join(p.dir, ".mlinfra.lock.hcl") }
func (p project) store() string { return filepath.Join(p.dir, ".mlinfra", "modules") }

// run returns an installer as a new process has it.
func (p project) run() *Installer { return &Installer{Dir: p.store(), Lock: p.lock()} }

// find finds a module with i and saves the lock file.
func (p project) find(i *Installer, source string) (string, error) {
	p.t.Helper()
	folder, err := i.Find(p.t.Context(), p.dir, source, "")
	if err == nil {
		err = i.Save()
	}
	return folder, err
}

func (p project) mustFind(i *Installer, source string) string {
	p.t.Helper()
	folder, err := p.find(i, source)
	if err != nil {
		p.t.Fatal(err)
	}
	return folder
}

func (p project) lockText() string {
	p.t.Helper()
	text, err := os.ReadFile(p.lock())
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}
