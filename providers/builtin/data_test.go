package builtin

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// answer returns what a data source is read as.
func answer(t *testing.T, typ, body string) cty.Value {
	t.Helper()
	c, err := newLab(t).plan(data(typ, body))
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return c.After
}

func TestNull(t *testing.T) {
	chain(t,
		[2]string{"create", resource("null_resource", ``)},
		[2]string{"no-op", resource("null_resource", `triggers = { a = null }`)},
		[2]string{"replace", resource("null_resource", `triggers = { a = "1" }`)},
		[2]string{"replace", resource("null_resource", `triggers = { a = "2" }`)},
		[2]string{"replace", resource("null_resource", ``)},
	)
	v := answer(t, "null_data_source", `inputs = { a = "1", b = null }`)
	want := cty.MapVal(map[string]cty.Value{"a": cty.StringVal("1"), "b": cty.NullVal(cty.String)})
	if !v.GetAttr("outputs").RawEquals(want) || text(t, v, "has_computed_default") != "default" || text(t, v, "id") != "static" {
		t.Errorf("read %#v", v)
	}
	if v := answer(t, "null_data_source", `has_computed_default = "x"`); text(t, v, "has_computed_default") != "x" {
		t.Errorf("read %#v", v)
	}
}

func TestExternal(t *testing.T) {
	dir := t.TempDir()
	result := func(body string) map[string]cty.Value {
		t.Helper()
		v := answer(t, "external", body)
		if text(t, v, "id") != "-" {
			t.Errorf("id %s", text(t, v, "id"))
		}
		return v.GetAttr("result").AsValueMap()
	}
	if got := result(`program = ["cat"]
		query = { k = "v", n = null, "a b" = "\"" }`); len(got) != 2 || got["k"].AsString() != "v" || got["a b"].AsString() != `"` {
		t.Errorf("cat answered %#v", got)
	}
	if got := result(`program = ["cat"]`); len(got) != 0 {
		t.Errorf("cat answered %#v to no query", got)
	}
	if got := result(`program = ["sh", "", "-c", "printf '{\"d\":\"%s\",\"a\":\"%s\"}' \"$PWD\" \"$1\"", "sh", "$HOME x"]
		working_dir = "` + dir + `"`); got["d"].AsString() != dir || got["a"].AsString() != "$HOME x" {
		t.Errorf("answered %#v", got)
	}
	refused(t, map[string]string{
		data("external", `program = []`):                                          "program is empty",
		data("external", `program = ["", ""]`):                                    "program is empty",
		data("external", `program = ["no-such-program"]`):                         "no-such-program",
		data("external", `program = ["sh", "-c", "echo the reason >&2; exit 3"]`): "exit status 3: the reason",
		data("external", `program = ["sh", "-c", "exit 4"]`):                      "exit status 4; it wrote nothing",
		data("external", `program = ["echo", "x"]`):                               "no JSON object of texts",
		data("external", `program = ["echo", "{\"a\":1}"]`):                       "no JSON object of texts",
		data("external", "program = [\"cat\"]\nworking_dir = \"/none\""):          "/none",
	})
}

func TestExternalEndsWithTheRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	start := time.Now()
	if err := runExternal(ctx, none{}, &external{Program: []string{"sleep", "60"}}); err == nil || time.Since(start) > 20*time.Second {
		t.Errorf("error %v after %s", err, time.Since(start))
	}
}

func TestCloudinit(t *testing.T) {
	// The results are those that the tests of Terraform's provider expect.
	head := "Content-Type: multipart/mixed; boundary=\"MIMEBOUNDARY\"\nMIME-Version: 1.0\r\n\r\n"
	for body, want := range map[string]string{
		"gzip = false\nbase64_encode = false\npart {\ncontent = \"baz\"\n}": head +
			"--MIMEBOUNDARY\r\nContent-Transfer-Encoding: 7bit\r\nContent-Type: text/plain\r\nMime-Version: 1.0\r\n\r\nbaz\r\n--MIMEBOUNDARY--\r\n",
		"gzip = false\nbase64_encode = false\nboundary = \"//\"\npart {\ncontent_type = \"text/x-shellscript\"\ncontent = \"baz\"\n}": strings.ReplaceAll(head, "MIMEBOUNDARY", "//") +
			"--//\r\nContent-Transfer-Encoding: 7bit\r\nContent-Type: text/x-shellscript\r\nMime-Version: 1.0\r\n\r\nbaz\r\n--//--\r\n",
		"gzip = false\nbase64_encode = false\npart {\ncontent_type = \"text/x-shellscript\"\ncontent = \"foo1\"\nfilename = \"foofile1.txt\"\nmerge_type = \"list()+dict()+str()\"\n}\npart {\ncontent = \"\"\n}": head +
			"--MIMEBOUNDARY\r\nContent-Disposition: attachment; filename=\"foofile1.txt\"\r\nContent-Transfer-Encoding: 7bit\r\nContent-Type: text/x-shellscript\r\nMime-Version: 1.0\r\nX-Merge-Type: list()+dict()+str()\r\n\r\nfoo1\r\n" +
			"--MIMEBOUNDARY\r\nContent-Transfer-Encoding: 7bit\r\nContent-Type: text/plain\r\nMime-Version: 1.0\r\n\r\n\r\n--MIMEBOUNDARY--\r\n",
		"gzip = false\npart {\ncontent_type = \"text/x-shellscript\"\ncontent = \"heythere\"\n}": "Q29udGVudC1UeXBlOiBtdWx0aXBhcnQvbWl4ZWQ7IGJvdW5kYXJ5PSJNSU1FQk9VTkRBUlkiCk1JTUUtVmVyc2lvbjogMS4wDQoNCi0tTUlNRUJPVU5EQVJZDQpDb250ZW50LVRyYW5zZmVyLUVuY29kaW5nOiA3Yml0DQpDb250ZW50LVR5cGU6IHRleHQveC1zaGVsbHNjcmlwdA0KTWltZS1WZXJzaW9uOiAxLjANCg0KaGV5dGhlcmUNCi0tTUlNRUJPVU5EQVJZLS0NCg==",
	} {
		if got := text(t, answer(t, "cloudinit_config", body), "rendered"); got != want {
			t.Errorf("%s\n%q, want\n%q", body, got, want)
		}
	}
	v := answer(t, "cloudinit_config", "part {\ncontent = \"heythere\"\n}")
	raw, err := base64.StdEncoding.DecodeString(text(t, v, "rendered"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); err != nil || !strings.HasPrefix(string(plain), head) || !strings.Contains(string(plain), "heythere") {
		t.Errorf("unpacked %q, %v", plain, err)
	}
	v = answer(t, "cloudinit_config", "gzip = false\nbase64_encode = false\npart {\ncontent = \"baz\"\n}")
	if got := text(t, v, "id"); got != "2112020244" {
		t.Errorf("id %s", got)
	}
	refused(t, map[string]string{
		data("cloudinit_config", "base64_encode = false\npart {\ncontent = \"\"\n}"): "must be base64",
		data("cloudinit_config", "boundary = \"é\"\npart {\ncontent = \"\"\n}"):      "boundary",
		data("cloudinit_config", ""): "part",
	})
}

func TestHTTP(t *testing.T) {
	var asked []*http.Request
	var body []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		asked, body = append(asked, r), append(body, string(b))
		w.Header().Add("X-Two", "a")
		w.Header().Add("X-Two", "b")
		if r.URL.Path == "/none" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte("a\xffb"))
	}))
	defer server.Close()
	v := answer(t, "http", `url = "`+server.URL+`/none"
		method = "POST"
		request_headers = { Accept = "x/y", Host = "example.com", Gone = null }
		request_body = "question"`)
	r := asked[0]
	if r.Method != "POST" || body[0] != "question" || r.Header.Get("Accept") != "x/y" || r.Host != "example.com" || r.Header.Values("Gone") != nil {
		t.Errorf("asked %s %q of %s with %v", r.Method, body[0], r.Host, r.Header)
	}
	if text(t, v, "response_body") != "a\uFFFDb" || text(t, v, "body") != "a\uFFFDb" || text(t, v, "response_body_base64") != "Yf9i" || text(t, v, "id") != server.URL+"/none" {
		t.Errorf("read %#v", v)
	}
	if !v.GetAttr("status_code").RawEquals(cty.NumberIntVal(404)) || v.GetAttr("response_headers").AsValueMap()["X-Two"].AsString() != "a, b" {
		t.Errorf("read %#v", v)
	}
	answer(t, "http", `url = "`+server.URL+`"`)
	if asked[1].Method != "GET" || len(body[1]) != 0 {
		t.Errorf("asked %s with %q", asked[1].Method, body[1])
	}
}

func TestHTTPRetry(t *testing.T) {
	var asked, fail atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if asked.Add(1); asked.Load() <= fail.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = w.Write(b)
	}))
	defer server.Close()
	quick := "\nrequest_body = \"again\"\nretry {\nattempts = 2\nmin_delay_ms = 1\nmax_delay_ms = 2\n}"
	src := `url = "` + server.URL + `"`
	for _, tt := range []struct {
		name, body  string
		fail, asked int64
		want        string // part of the error
	}{
		{"a server that is busy for a while", src + quick, 2, 3, ""},
		{"one that stays so", src + quick, 9, 3, "giving up after 3"},
		{"one that is not asked again", src, 1, 1, "giving up after 1"},
	} {
		asked.Store(0)
		fail.Store(tt.fail)
		c, err := newLab(t).plan(data("http", tt.body))
		if asked.Load() != tt.asked {
			t.Errorf("%s: asked %d times, want %d", tt.name, asked.Load(), tt.asked)
		}
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err == nil && text(t, c.After, "response_body") != "again" {
			t.Errorf("%s: answer %q", tt.name, text(t, c.After, "response_body"))
		}
	}
}

func TestHTTPCertificates(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer server.Close()
	ca := string(pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: server.Certificate().Raw}))
	src := `url = "` + server.URL + "\"\n"
	for name, body := range map[string]string{"trusted": hcl("ca_cert_pem", ca), "not checked": "insecure = true"} {
		if got := text(t, answer(t, "http", src+body), "response_body"); got != "ok" {
			t.Errorf("%s: %q", name, got)
		}
	}
	refused(t, map[string]string{data("http", src): "certificate"})
}

func TestHTTPRefusals(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer slow.Close()
	src := "url = \"http://127.0.0.1:1\"\n"
	refused(t, map[string]string{
		data("http", src):                                                   "127.0.0.1:1",
		data("http", `url = "ftp://x"`):                                     "unsupported protocol scheme",
		data("http", src+`method = "PUT"`):                                  `method is "PUT"`,
		data("http", src+`request_timeout_ms = 0`):                          "request_timeout_ms is 0",
		data("http", src+"ca_cert_pem = \"x\"\ninsecure = true"):            "ca_cert_pem and insecure",
		data("http", src+`ca_cert_pem = "x"`):                               "ca_cert_pem holds no certificate",
		data("http", src+`client_key_pem = "x"`):                            "client_cert_pem and client_key_pem",
		data("http", src+"client_key_pem = \"x\"\nclient_cert_pem = \"x\""): "client_cert_pem and client_key_pem",
		data("http", src+"retry {\nattempts = -1\n}"):                       "retry.attempts is -1",
		data("http", src+"retry {\nmin_delay_ms = 2\nmax_delay_ms = 1\n}"):  "retry.max_delay_ms is 1",
		data("http", "url = \""+slow.URL+"\"\nrequest_timeout_ms = 50"):     "Client.Timeout",
	})
}
