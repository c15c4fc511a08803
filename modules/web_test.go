package modules

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// site is a server of archives that counts requests.
type site struct {
	*httptest.Server
	mux *http.ServeMux
	mu  sync.Mutex
	log []string
}

func newSite(t *testing.T) *site {
	s := &site{mux: http.NewServeMux()}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.log = append(s.log, r.URL.String())
		s.mu.Unlock()
		s.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// asked returns what was asked for so far.
func (s *site) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

func (s *site) serve(path string, data []byte) {
	s.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { w.Write(data) })
}

func TestWebArchives(t *testing.T) {
	s := newSite(t)
	entries := []entry{{name: "x-1.0/main.tf", body: "x"}, {name: "x-1.0/mod/a/main.tf", body: "a"}}
	zipped, tarred := zipOf(t, entries...), tarOf(t, entries...)
	s.serve("/m.zip", zipped)
	s.serve("/m.tar", tarred)
	s.serve("/m.tar.gz", gzipOf(t, tarred))
	s.serve("/m.tgz", gzipOf(t, tarred))
	s.serve("/download", zipped)
	s.mux.HandleFunc("/encoded.tar.gz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip") // servers do, though it is the file that is packed
		w.Write(gzipOf(t, tarred))
	})
	s.mux.Handle("/moved.zip", http.RedirectHandler("/m.zip", http.StatusFound))
	s.mux.HandleFunc("/private.zip", func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "bob" || password != "hunter22" || r.URL.RawQuery != "a=b" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Write(zipped)
	})
	sum := fmt.Sprintf("%x", sha256.Sum256(zipped))
	for source, want := range map[string]string{
		"/m.zip//x-1.0":                             "x",
		"/m.zip//*":                                 "x",
		"/m.zip//*/mod/a":                           "a",
		"/m.tar//x-1.0":                             "x",
		"/m.tar.gz//x-1.0/mod/a":                    "a",
		"/m.tgz//x-1.0":                             "x",
		"/encoded.tar.gz//*":                        "x",
		"/download//x-1.0?archive=zip":              "x",
		"/moved.zip//x-1.0":                         "x",
		"/m.zip//x-1.0?checksum=sha256:" + sum:      "x",
		"/m.zip//x-1.0?checksum=" + sum:             "x",
		"bob:hunter22@/private.zip//x-1.0?a=b":      "x",
		"/download//x-1.0?archive=zip&token=abcdef": "x",
	} {
		t.Run(strings.ReplaceAll(source, "/", "_"), func(t *testing.T) {
			p := newProject(t)
			address := s.URL + source
			if user, rest, ok := strings.Cut(source, "@"); ok {
				address = strings.Replace(s.URL, "://", "://"+user+"@", 1) + rest
			}
			folder := p.mustFind(p.run(), address)
			if got := filesIn(t, folder)["main.tf"]; got != want {
				t.Errorf("main.tf holds %q, want %q", got, want)
			}
			text := p.lockText()
			if strings.Contains(text, "hunter22") || strings.Contains(text, "abcdef") && strings.Contains(source, "token") {
				t.Errorf("a secret is locked:\n%s", text)
			}
			before := len(s.asked())
			if again := p.mustFind(p.run(), address); again != folder || len(s.asked()) != before {
				t.Errorf("the second run finds %s, asking for %v", again, s.asked()[before:])
			}
		})
	}
}

func TestWebRefuses(t *testing.T) {
	s := newSite(t)
	s.serve("/m.zip", zipOf(t, entry{name: "main.tf", body: "x"}))
	s.serve("/evil.zip", zipOf(t, entry{name: "../evil", body: "x"}))
	s.serve("/large.zip", make([]byte, 2<<20))
	s.serve("/page", []byte("<html><body>hello"))
	s.serve("/broken.tar.gz", []byte("hello"))
	s.mux.HandleFunc("/cut.zip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Write([]byte("PK"))
	})
	s.mux.Handle("/loop.zip", http.RedirectHandler("/loop.zip", http.StatusFound))
	s.mux.Handle("/leave.zip", http.RedirectHandler("file:///etc/passwd", http.StatusFound))
	for target, to := range map[string]string{"/to-file": "git::file:///x", "/to-path": "file:///etc", "/to-registry": "a/b/c", "/to-ext": "git::ext::sh -c true", "/to-self": "/to-self", "/to-host": "//evil/x.zip"} {
		s.mux.HandleFunc(target, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Terraform-Get", to) })
	}
	for source, want := range map[string]string{
		"/missing.zip":   "404",
		"/evil.zip":      "leads outside",
		"/large.zip":     "larger than 1 MiB",
		"/page":          "X-Terraform-Get",
		"/broken.tar.gz": "not a gzip file",
		"/cut.zip":       "broke off",
		"/loop.zip":      "redirects",
		"/leave.zip":     "unsupported protocol",
		"/m.zip?checksum=" + strings.Repeat("0", 64): "the source demands",
		"/m.zip//nope":                `no folder "nope"`,
		"/to-file":                    "neither a Git repository",
		"/to-path":                    "neither a Git repository",
		"/to-registry":                "neither a Git repository",
		"/to-ext":                     "ext::",
		"/to-self":                    "X-Terraform-Get in a row",
		"/to-host":                    "X-Terraform-Get",
		"/missing.zip?token=hunter22": "token=REDACTED",
	} {
		t.Run(strings.ReplaceAll(source, "/", "_"), func(t *testing.T) {
			p := newProject(t)
			i := p.run()
			i.limits = tiny()
			_, err := p.find(i, s.URL+source)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter22") {
				t.Errorf("error %v, want %q in it", err, want)
			}
			if entries, _ := os.ReadDir(p.store()); len(entries) > 0 && !strings.HasSuffix(source, "nope") {
				t.Errorf("left behind: %v", entries)
			}
		})
	}
}

func TestWebTerraformGet(t *testing.T) {
	s := newSite(t)
	s.serve("/files/m.zip", zipOf(t, entry{name: "top/mod/main.tf", body: "x"}, entry{name: "top/mod/inner/main.tf", body: "inner"}, entry{name: "top/other", body: ""}))
	g := newGitRepo(t, filepath.Join(t.TempDir(), "net.git"))
	g.commit(map[string]string{"main.tf": "git"})
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "url.file://"+g.dir+".insteadOf")
	t.Setenv("GIT_CONFIG_VALUE_0", "https://git.invalid/net.git")
	answer := func(path, target string) {
		s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("terraform-get") != "1" {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			w.Header().Set("X-Terraform-Get", target)
			w.WriteHeader(http.StatusNoContent)
		})
	}
	answer("/absolute", s.URL+"/files/m.zip//top/mod")
	answer("/relative/x", "../files/m.zip//*/mod")
	answer("/rooted", "/files/m.zip//top/mod?v=1")
	answer("/git", "git::https://git.invalid/net.git?ref=main")
	answer("/twice", "/absolute")
	s.serve("/meta", []byte(`<!DOCTYPE html><html><head><link rel=x><META name="terraform-get" content="`+s.URL+`/files/m.zip//top/mod"></head></html>`))
	for source, want := range map[string]string{
		"/absolute": "x", "/relative/x": "x", "/rooted": "x", "/git": "git", "/twice": "x", "/meta": "x", "/absolute//inner": "inner",
	} {
		t.Run(strings.ReplaceAll(source, "/", "_"), func(t *testing.T) {
			p := newProject(t)
			folder := p.mustFind(p.run(), s.URL+source)
			if got := filesIn(t, folder)["main.tf"]; got != want {
				t.Errorf("main.tf holds %q, want %q", got, want)
			}
			if err := os.RemoveAll(p.store()); err != nil {
				t.Fatal(err)
			}
			if again := p.mustFind(p.run(), s.URL+source); again != folder {
				t.Errorf("restored in %s, want %s", again, folder)
			}
		})
	}
}

func TestWebContentChanges(t *testing.T) {
	s := newSite(t)
	content := "old"
	s.mux.HandleFunc("/m.zip", func(w http.ResponseWriter, _ *http.Request) {
		w.Write(zipOf(t, entry{name: "main.tf", body: content}))
	})
	p := newProject(t)
	p.mustFind(p.run(), s.URL+"/m.zip")
	lock := p.lockText()
	content = "new"
	if err := os.RemoveAll(p.store()); err != nil {
		t.Fatal(err)
	}
	_, err := p.find(p.run(), s.URL+"/m.zip")
	if err == nil || !strings.Contains(err.Error(), "init -upgrade") || p.lockText() != lock {
		t.Errorf("error %v", err)
	}
	i := p.run()
	i.Update = true
	folder := p.mustFind(i, s.URL+"/m.zip")
	if diff := cmp.Diff(map[string]string{"main.tf": "new"}, filesIn(t, folder)); diff != "" {
		t.Error(diff)
	}
}

// TestWebSecretsThatDiffer has two addresses that are one in the lock file.
func TestWebSecretsThatDiffer(t *testing.T) {
	s := newSite(t)
	s.serve("/m.zip", zipOf(t, entry{name: "main.tf", body: "x"}))
	p := newProject(t)
	i := p.run()
	p.mustFind(i, s.URL+"/m.zip?token=aaaaaa")
	p.mustFind(i, s.URL+"/m.zip?token=aaaaaa")
	if asked := s.asked(); len(asked) != 1 {
		t.Errorf("asked for %v, want once", asked)
	}
	if _, err := p.find(i, s.URL+"/m.zip?token=bbbbbb"); err == nil || !strings.Contains(err.Error(), "different secrets") {
		t.Errorf("error %v", err)
	}
	p.mustFind(p.run(), s.URL+"/m.zip?token=bbbbbb") // a token that was renewed
}

func TestWebKeepsHTTPS(t *testing.T) {
	plain := newSite(t)
	plain.serve("/m.zip", zipOf(t, entry{name: "main.tf", body: "x"}))
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/get" {
			w.Header().Set("X-Terraform-Get", plain.URL+"/m.zip")
			return
		}
		http.Redirect(w, r, plain.URL+"/m.zip", http.StatusFound)
	}))
	defer secure.Close()
	p := newProject(t)
	for _, source := range []string{"/m.zip", "/get"} {
		i := p.run()
		i.HTTP = secure.Client()
		if _, err := p.find(i, secure.URL+source); err == nil || !strings.Contains(err.Error(), "redirects to http,") {
			t.Errorf("%s: error %v", source, err)
		}
	}
	if asked := plain.asked(); len(asked) > 0 {
		t.Errorf("asked without TLS: %v", asked)
	}
}

// TestWebRefererHoldsNoToken follows a redirect to another host.
func TestWebRefererHoldsNoToken(t *testing.T) {
	other := newSite(t)
	other.mux.HandleFunc("/m.zip", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" || r.Header.Get("Authorization") != "" {
			t.Errorf("headers %v", r.Header)
		}
		w.Write(zipOf(t, entry{name: "main.tf"}))
	})
	s := newSite(t)
	s.mux.Handle("/m.zip", http.RedirectHandler(strings.Replace(other.URL, "127.0.0.1", "localhost", 1)+"/m.zip", http.StatusFound))
	p := newProject(t)
	p.mustFind(p.run(), strings.Replace(s.URL, "://", "://u:hunter22@", 1)+"/m.zip?token=hunter22")
}

func TestNetrc(t *testing.T) {
	const text = "# ours\nmachine a.example login alice password machine\n\nmachine b.example\n\tlogin bob\n\taccount x\n\tpassword two\nmacdef init\nmachine c.example login evil password evil\n\nmachine d.example password only\ndefault login any password thing\n"
	for host, want := range map[string]string{
		"a.example": "alice machine true", "B.example": "bob two true", "c.example": "any thing true", "d.example": " only true", "other": "any thing true",
	} {
		login, password, ok := parseNetrc(text, host)
		if got := fmt.Sprint(login, " ", password, " ", ok); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
	if _, _, ok := parseNetrc("machine a login b password c", "x"); ok {
		t.Error("a host that is not listed is found")
	}

	s := newSite(t)
	s.mux.HandleFunc("/m.zip", func(w http.ResponseWriter, r *http.Request) {
		if login, password, _ := r.BasicAuth(); login != "bob" || password != "hunter22" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Write(zipOf(t, entry{name: "main.tf"}))
	})
	p := newProject(t)
	writeFiles(t, p.dir, map[string]string{"netrc": "machine 127.0.0.1 login bob password hunter22"})
	if _, err := p.find(p.run(), s.URL+"/m.zip"); err == nil {
		t.Error("no login is needed")
	}
	t.Setenv("NETRC", filepath.Join(p.dir, "netrc"))
	p.mustFind(p.run(), s.URL+"/m.zip")
}
