package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// logging returns an app that logs as the environment says, and what it prints
// on stderr.
func logging(t *testing.T, environ ...string) (*app, *bytes.Buffer, func()) {
	t.Helper()
	a := newApp(environ)
	var errs bytes.Buffer
	a.printTo(io.Discard, &errs)
	end, err := a.openLog()
	if err != nil {
		t.Fatal(err)
	}
	return a, &errs, end
}

// ask sends a request that holds secrets wherever one can be.
func ask(t *testing.T, a *app, url string) {
	t.Helper()
	client := &http.Client{Transport: a.traced("digitalocean", http.DefaultTransport)}
	req, err := http.NewRequest(http.MethodPost, strings.Replace(url, "http://", "http://user:in-userinfo@", 1)+"/v2/x/in-the-path1/%2Fy?token=in-the-query", strings.NewReader("in-the-body"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer in-the-header")
	req.Header.Set("Amz-Sdk-Request", "attempt=2; max=3")
	resp, err := client.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "in-the-answer" {
		t.Fatalf("the answer is %q, %v", body, err)
	}
}

func answering(t *testing.T, status int) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "req-\u202e1")
		w.Header().Set("Ratelimit-Remaining", "4999")
		w.Header().Set("Set-Cookie", "in-the-cookie")
		w.Header().Set("X-Secret", "in-another-header")
		w.WriteHeader(status)
		fmt.Fprint(w, "in-the-answer")
	}))
	t.Cleanup(server.Close)
	return server
}

func TestHTTPLog(t *testing.T) {
	server := answering(t, 201)
	host := strings.TrimPrefix(server.URL, "http://")
	line := `time=\S+ level=DEBUG msg=http provider=digitalocean method=POST host=` + host + ` path="?/v2/x/\(sensitive value\)/%2Fy"? attempt=2 status=201 duration=\S+ sent=11 received=13 x-request-id=req-\\u202e1 ratelimit-remaining=4999\n`
	first := `time=\S+ level=TRACE msg=request provider=digitalocean method=POST host=` + host + ` path=\S+ \S+ attempt=2\n`
	for level, want := range map[string]string{
		"MLINFRA_LOG=debug": line, "TF_LOG=DEBUG": line, "TF_LOG=TRACE": first + line, "MLINFRA_LOG=off": "", "TF_LOG=": "", "TF_LOG=WARN": "",
		"TF_LOG=1": "MLINFRA_LOG or TF_LOG is \"1\".*\n" + first + line,
	} {
		a, errs, end := logging(t, level)
		a.secrets.Add("in-the-path1")
		ask(t, a, server.URL)
		end()
		if !regexp.MustCompile("^" + want + "$").MatchString(errs.String()) {
			t.Errorf("%s: got\n%s, want\n%s", level, errs, want)
		}
	}
}

// TestHTTPLogHoldsNoSecret looks for all that is not on the list.
func TestHTTPLogHoldsNoSecret(t *testing.T) {
	good, bad := answering(t, 200), answering(t, 503)
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, format := range []string{"trace", "json"} {
		a, errs, _ := logging(t, "MLINFRA_LOG="+format, "TF_LOG=off")
		a.secrets.Add("in-the-path1")
		for _, url := range []string{good.URL, bad.URL, gone.URL} {
			ask(t, a, url)
		}
		if strings.Contains(errs.String(), "in-") {
			t.Errorf("%s: %s", format, errs)
		}
		if n := strings.Count(errs.String(), "WARN"); n != 2 {
			t.Errorf("%s: %d warnings, want one of the status and one of the lost answer: %s", format, n, errs)
		}
		if !strings.Contains(errs.String(), "dial") {
			t.Errorf("%s: no reason in %s", format, errs)
		}
		for line := range strings.Lines(errs.String()) {
			if format == "json" && !json.Valid([]byte(line)) {
				t.Errorf("not JSON: %s", line)
			}
		}
	}
}

func TestHTTPLogFile(t *testing.T) {
	server := answering(t, 200)
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	a, errs, end := logging(t, "MLINFRA_LOG=debug", "TF_LOG_PATH="+path)
	a.secrets.Add("in-the-path1")
	ask(t, a, server.URL)
	end()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 || errs.Len() > 0 {
		t.Errorf("mode %v, and on stderr: %q", info.Mode(), errs)
	}
	if !strings.HasPrefix(string(text), "before\n") || strings.Count(string(text), "\n") != 2 || strings.Contains(string(text), "in-the") {
		t.Errorf("the log is %q, want one more line", text)
	}
	bad := newApp([]string{"MLINFRA_LOG=debug", "MLINFRA_LOG_PATH=" + filepath.Join(path, "x")})
	bad.printTo(io.Discard, errs)
	if code := bad.run([]string{"version"}); code != 1 || !strings.Contains(errs.String(), "MLINFRA_LOG_PATH") {
		t.Errorf("code %d, %q; want 1 and the name of the variable", code, errs)
	}
}
