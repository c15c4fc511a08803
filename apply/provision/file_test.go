package provision

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mlinfra/mlinfra/providers/fakecloud/sshhost"
)

func writeFile(path string, text []byte) error { return os.WriteFile(path, text, 0o600) }

// tree makes files, with their directories.
func tree(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := writeFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// readTree returns the files in dir, and the directories as name/.
func readTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		if err != nil || name == "." {
			return err
		}
		if d.IsDir() {
			got[name+"/"] = ""
			return nil
		}
		text, err := os.ReadFile(path)
		got[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// transports are the ways in which files reach a host.
var transports = map[string]sshhost.Config{"by SFTP": {Password: "pw"}, "by the shell": {Password: "pw", NoSFTP: true}}

func TestFile(t *testing.T) {
	src := tree(t, t.TempDir(), map[string]string{"app/a.txt": "a", "app/sub/b c.txt": "b", "app/it's": "q"})
	if err := os.Mkdir(src+"/app/none", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(src+"/app/a.txt", src+"/app/link"); err != nil {
		t.Fatal(err)
	}
	whole := map[string]string{"a.txt": "a", "sub/": "", "sub/b c.txt": "b", "it's": "q", "none/": "", "link": "a"}
	in := func(dir string) map[string]string {
		got := map[string]string{dir + "/": ""}
		for name, text := range whole {
			got[dir+"/"+name] = text
		}
		return got
	}
	for how, host := range transports {
		for name, c := range map[string]struct {
			there map[string]string // before
			set   vals              // destination is in the host's directory
			want  map[string]string
		}{
			"content":                               {nil, vals{"content": str("x\n"), "destination": str("f")}, map[string]string{"f": "x\n"}},
			"no content":                            {nil, vals{"content": str(""), "destination": str("f")}, map[string]string{"f": ""}},
			"a file":                                {nil, vals{"source": str(src + "/app/a.txt"), "destination": str("it's new.txt")}, map[string]string{"it's new.txt": "a"}},
			"a file over a longer one":              {map[string]string{"f": "longer"}, vals{"source": str(src + "/app/a.txt"), "destination": str("f")}, map[string]string{"f": "a"}},
			"a directory into one":                  {map[string]string{"to/x": "x"}, vals{"source": str(src + "/app"), "destination": str("to")}, with(with(in("to/app"), "to/", ""), "to/x", "x")},
			"a directory again":                     {map[string]string{"to/app/a.txt": "old"}, vals{"source": str(src + "/app"), "destination": str("to")}, with(in("to/app"), "to/", "")},
			"what is in a directory":                {map[string]string{"to/x": "x"}, vals{"source": str(src + "/app/"), "destination": str("to")}, with(in("to"), "to/x", "x")},
			"a directory to a new name":             {nil, vals{"source": str(src + "/app"), "destination": str("new")}, in("new")},
			"what is in a directory, to a new name": {nil, vals{"source": str(src + "/app/"), "destination": str("new/")}, in("new")},
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				h, dir := startHost(t, host)
				tree(t, dir, c.there)
				set := vals{"destination": str(filepath.Join(dir, c.set["destination"].AsString()))}
				for k, v := range c.set {
					if k != "destination" {
						set[k] = v
					}
				}
				if strings.HasSuffix(c.set["destination"].AsString(), "/") {
					set["destination"] = str(set["destination"].AsString() + "/")
				}
				p, err := run(t, "file", object(t, Schema("file"), set), to(t, h, nil))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, readTree(t, dir)); diff != "" {
					t.Errorf("on the host (-want +got):\n%s", diff)
				}
				if len(p.lines) > 0 {
					t.Errorf("printed %q", p.lines)
				}
			})
		}
	}
}

func with(files map[string]string, name, text string) map[string]string {
	files[name] = text
	return files
}

func TestFileFails(t *testing.T) {
	src := tree(t, t.TempDir(), map[string]string{"dir/f": "f", "f": "f"})
	if err := os.Symlink("..", src+"/dir/up"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(src+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	for how, host := range transports {
		for name, c := range map[string]struct {
			set  vals
			want string
		}{
			"a source that is not there":          {vals{"source": str("/nonexistent"), "destination": str("f")}, "source: stat /nonexistent: no such file"},
			"a pipe":                              {vals{"source": str(src + "/pipe"), "destination": str("f")}, "pipe is no regular file"},
			"a link to where it is":               {vals{"source": str(src + "/dir"), "destination": str("d")}, "/dir/up/dir links to"},
			"a directory that is not there":       {vals{"content": str("secret"), "destination": str("no/such/f")}, "no/such/f: "},
			"a directory deep in one that is not": {vals{"source": str(src + "/dir"), "destination": str("no/such")}, "make directory no/such"},
			"a file where a directory is":         {vals{"content": str("secret"), "destination": str(".")}, ".: "},
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				h, _ := startHost(t, host)
				p, err := run(t, "file", object(t, Schema("file"), c.set), to(t, h, nil))
				wantError(t, err, c.want)
				wantNoSecret(t, p, err, "secret")
			})
		}
	}
	_, err := run(t, "file", object(t, Schema("file"), vals{"source": str(src + "/f"), "destination": str("f")}), object(t, ConnectionSchema(), vals{"host": str("")}))
	wantError(t, err, "host must not be empty")
}

func TestFileFromHome(t *testing.T) {
	home := tree(t, t.TempDir(), map[string]string{"f": "mine"})
	h, dir := startHost(t, sshhost.Config{Password: "pw"})
	_, err := run(t, "file", object(t, Schema("file"), vals{"source": str("~/f"), "destination": str("g")}), to(t, h, nil), "HOME="+home)
	if err != nil {
		t.Fatal(err)
	}
	if got := readTree(t, dir)["g"]; got != "mine" {
		t.Errorf("the file holds %q", got)
	}
}

func TestLargeFile(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789abcde\n"), 1<<20) // 16 MiB
	src := filepath.Join(t.TempDir(), "large")
	if err := writeFile(src, want); err != nil {
		t.Fatal(err)
	}
	for how, host := range transports {
		t.Run(how, func(t *testing.T) {
			h, dir := startHost(t, host)
			_, err := run(t, "file", object(t, Schema("file"), vals{"source": str(src), "destination": str("large")}), to(t, h, nil))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(dir + "/large"); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes arrived (%v), or others", len(got), err)
			}
		})
	}
}

func TestScriptIsNobodyElses(t *testing.T) {
	for how, host := range transports {
		t.Run(how, func(t *testing.T) {
			h, dir := startHost(t, host)
			_, err := run(t, "remote-exec", inline(t, "cp -p $0 kept"), to(t, h, nil))
			if err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(dir + "/kept")
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("mode is %v, %v; want 0700", info, err)
			}
		})
	}
}
