package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/cmd/view"
	"github.com/mlinfra/mlinfra/config"
)

const privateKey = `-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEAqhf0Y9vFmXqAKzz9Uc1t
q8kPZk0QH7LwT+/rT9cXo2VdJt4Lr6iW3uYx
-----END RSA PRIVATE KEY-----
`

func knowing(secrets ...string) *scrubber {
	s := &scrubber{}
	for _, secret := range secrets {
		s.Add(secret)
	}
	return s
}

func TestScrub(t *testing.T) {
	const hidden = view.Hidden
	dsn := `postgres://app:p%40ss/w0rd?"x"&y=<1>@db:5432/main`
	tests := []struct {
		name    string
		secrets []string
		text    string
		want    string
	}{
		{"nothing is known", nil, "hunter2", "hunter2"},
		{"as it is", []string{"hunter2"}, "a hunter2 b", "a " + hidden + " b"},
		{"twice and at the ends", []string{"hunter2"}, "hunter2hunter2", hidden + hidden},
		{"something like it", []string{"hunter2"}, "hunter hunter3 Hunter2", "hunter hunter3 Hunter2"},
		{"six bytes", []string{"aB3xYz"}, "aB3xYz", hidden},
		{"five bytes are too short", []string{"aB3xY"}, "aB3xY", "aB3xY"},
		{"a word", []string{"postgres"}, "postgres", "postgres"},
		{"a name of words", []string{"my-db_main"}, "my-db_main", "my-db_main"},
		{"a long word", []string{"correcthorsebattery"}, "correcthorsebattery", hidden},
		{"a word with a capital", []string{"Postgres"}, "Postgres", hidden},
		{"the longer of two", []string{"secret1", "secret123"}, "secret123 secret1", hidden + " " + hidden},
		{"quoted", []string{"a\"b\tc\x1bd"}, strconv.Quote("a\"b\tc\x1bd"), `"` + hidden + `"`},
		{"in HCL", []string{"pa${x}%{y}ss"}, `"pa$${x}%%{y}ss"`, `"` + hidden + `"`},
		{"made harmless for a terminal", []string{"pass\x1b[31mword"}, view.Clean("pass\x1b[31mword"), hidden},
		{"in JSON", []string{dsn}, mustJSON(t, dsn), `"` + hidden + `"`},
		{"in JSON in JSON", []string{dsn}, mustJSON(t, mustJSON(t, dsn)), `"\"` + hidden + `\""`},
		{"in a URL", []string{dsn}, "?u=" + url.QueryEscape(dsn) + "&v=" + url.PathEscape(dsn), "?u=" + hidden + "&v=" + hidden},
		{"in XML", []string{dsn}, `<p>postgres://app:p%40ss/w0rd?&#34;x&#34;&amp;y=&lt;1&gt;@db:5432/main</p>`, "<p>" + hidden + "</p>"},
		{"in hex", []string{dsn}, hex.EncodeToString([]byte(dsn)) + " " + strings.ToUpper(hex.EncodeToString([]byte(dsn))), hidden + " " + hidden},
		{"in base64", []string{dsn}, base64.StdEncoding.EncodeToString([]byte(dsn)), hidden},
		{"in base64 without padding", []string{dsn + "1"}, base64.RawURLEncoding.EncodeToString([]byte(dsn + "1")), hidden},
		{"a key", []string{privateKey}, "key:\n" + privateKey + "end", "key:\n" + hidden + "end"},
		{"a line of a key", []string{privateKey}, "  | MIIEowIBAAKCAQEAqhf0Y9vFmXqAKzz9Uc1t\n", "  | " + hidden + "\n"},
		{"what all keys have", []string{privateKey}, "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----"},
		{"a part of a document", []string{`{"type":"service_account","private_key":"MIIE/x+7\nabc","private_key_id":"0123456789"}`}, "MIIE/x+7\nabc 0123456789 service_account", hidden + " 0123456789 service_account"},
		{"unicode", []string{"pässwörd‹ü›"}, `pässwörd‹ü› ` + fmt.Sprintf("%x", "pässwörd‹ü›"), hidden + " " + hidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := knowing(tt.secrets...).Scrub(tt.text); got != tt.want {
				t.Errorf("Scrub(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestScrubInsideOfBase64 looks for a secret in what is encoded together with
// other text, as in user:password, wherever it begins.
func TestScrubInsideOfBase64(t *testing.T) {
	const secret = "s3cr3t-0123456789"
	s := knowing(secret)
	for before := range 6 {
		for after := range 4 {
			text := strings.Repeat("u", before) + secret + strings.Repeat("v", after)
			enc := base64.StdEncoding.EncodeToString([]byte(text))
			got := s.Scrub(enc)
			if left := strings.ReplaceAll(got, view.Hidden, ""); !strings.Contains(got, view.Hidden) || len(left) > len(enc)-20 {
				t.Errorf("of %q in base64 is left: %q", text, got)
			}
		}
	}
}

func TestScrubAllows(t *testing.T) {
	s := knowing("hunter2!")
	s.Allow("the user hunter2! of db")
	if got, want := s.Scrub("the user hunter2! of db; hunter2!"), "the user hunter2! of db; "+view.Hidden; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.Allow("hunter2!")
	s.Add("hunter2!") // a word once given stays
	if got := s.Scrub(`hunter2! "hunter2!"`); got != `hunter2! "hunter2!"` {
		t.Errorf("what is allowed became %q", got)
	}
}

// TestScrubbedWriter cuts texts everywhere: what comes out is what comes out of
// one write, and what cannot become a secret comes at once.
func TestScrubbedWriter(t *testing.T) {
	s := knowing("hunter2!", "hunter2!hunter3!", privateKey, "\nsecret begins with a line")
	text := "user hunter2!\nhunter2!hunter3!\n" + privateKey + "hunter2\nhunter2!hunter\n  Enter a value: "
	want := s.Scrub(text)
	r := rand.New(rand.NewPCG(1, 2))
	for trial := range 2000 {
		var b bytes.Buffer
		w := &scrubbed{secrets: s, to: &b}
		for at := 0; at < len(text); {
			n := min(1+r.IntN(20), len(text)-at)
			if wrote, err := w.Write([]byte(text[at : at+n])); wrote != n || err != nil {
				t.Fatal(wrote, err)
			}
			at += n
		}
		if !strings.HasSuffix(b.String(), "Enter a value: ") {
			t.Fatalf("the prompt does not show: %q", b.String())
		}
		w.Flush()
		if b.String() != want {
			t.Fatalf("trial %d: %q, want %q", trial, b.String(), want)
		}
	}
}

func TestScrubbedWriterFlushes(t *testing.T) {
	var b bytes.Buffer
	w := &scrubbed{secrets: knowing(": prompt of a secret"), to: &b}
	fmt.Fprint(w, "Enter a value: ")
	if b.String() != "Enter a value" {
		t.Errorf("%q was written, want what cannot be part of a secret", b.String())
	}
	w.Flush()
	if b.String() != "Enter a value: " {
		t.Errorf("%q was written after Flush", b.String())
	}
}

// TestScrubbedJSON: a line of JSON stays one, whatever the secrets are.
func TestScrubbedJSON(t *testing.T) {
	for _, secret := range []string{
		`"a":1,"b"`, `{"a":1}`, "123456", `abc\ndef`, "nabcde1", `x","y":"`, `"}],"z`, "line one\nline two", "é\u0080ü-secret", `\\\\\\`, `sensitive(`, "true,\"c\"",
	} {
		s := knowing(secret)
		doc := map[string]any{"a": 1, "b": secret, "c": []any{true, 123456, "x " + secret + " y", "\nabcde1"}, "d": map[string]any{"e": mustJSON(t, secret)}}
		var b bytes.Buffer
		fmt.Fprintf(&scrubbed{secrets: s, to: &b}, "%s\n", mustJSON(t, doc))
		var back map[string]any
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Errorf("%q: %v: %s", secret, err, b.String())
			continue
		}
		if strings.Contains(fmt.Sprint(back["b"], back["d"]), secret) || back["c"].([]any)[1] != 123456.0 {
			t.Errorf("%q: %s", secret, b.String())
		}
	}
}

// TestScrubberLearnsFromMarks hides what bears a mark, and nothing else.
func TestScrubberLearnsFromMarks(t *testing.T) {
	s := &scrubber{}
	str := cty.StringVal
	s.Hide(cty.ObjectVal(map[string]cty.Value{
		"plain": str("plain-1"), "one": str("secret-1").Mark(config.Sensitive), "two": cty.TupleVal([]cty.Value{str("secret-2"), str("secret-3")}).Mark(config.Ephemeral),
		"set": cty.SetVal([]cty.Value{str("secret-4").Mark(config.Sensitive)}), "type": str("plain-2").Mark(config.TypeText), "unknown": cty.UnknownVal(cty.String).Mark(config.Sensitive),
	}))
	s.Hide(cty.NilVal)
	s.Hide(str("plain-3"))
	s.Show(cty.ListVal([]cty.Value{str("secret-3").Mark(config.Sensitive)}))
	got := s.Scrub("plain-1 plain-2 plain-3 secret-1 secret-2 secret-3 secret-4")
	if want := "plain-1 plain-2 plain-3 H H secret-3 H"; got != strings.ReplaceAll(want, "H", view.Hidden) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestScrubberLearnsFromTheEnvironment(t *testing.T) {
	s := &scrubber{}
	s.hideEnviron([]string{
		"DIGITALOCEAN_TOKEN=dop_v1_0", "AWS_SECRET_ACCESS_KEY=aws/secret+1", "AWS_ACCESS_KEY_ID=AKIA12345", "AWS_SESSION_TOKEN=session=1", "GOOGLE_CREDENTIALS=/home/u/key.json",
		"SPACES_SECRET_ACCESS_KEY=spaces-1", "AWS_SHARED_CREDENTIALS_FILE=file-123", "PASSWORD_STORE=store-1", "TF_VAR_token=plain-1", "BROKEN",
	})
	got := s.Scrub("dop_v1_0 aws/secret+1 AKIA12345 session=1 /home/u/key.json spaces-1 file-123 store-1 plain-1")
	if want := "H H AKIA12345 H /home/u/key.json H file-123 store-1 plain-1"; got != strings.ReplaceAll(want, "H", view.Hidden) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// BenchmarkScrub is the price of a kilobyte of output with a thousand secrets.
func BenchmarkScrub(b *testing.B) {
	s := &scrubber{}
	for i := range 1000 {
		s.Add(fmt.Sprintf("secret-%d-%x", i, i*7919))
	}
	text := []byte(strings.Repeat("digitalocean_droplet.web[12]: Creation complete after 31s [id=382193]\n", 15))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.scrub(text, false)
	}
}

// BenchmarkScrubberAdd is the price of learning a secret.
func BenchmarkScrubberAdd(b *testing.B) {
	s := &scrubber{}
	i := 0
	for b.Loop() {
		i++
		s.Add(fmt.Sprintf("secret-%d-%x", i, i*7919))
	}
}

// BenchmarkScrubJSON is the price of a line of the JSON stream.
func BenchmarkScrubJSON(b *testing.B) {
	s := knowing("hunter2!")
	line := []byte(`{"@level":"info","@message":"digitalocean_droplet.web[12]: Plan to create","@module":"mlinfra.ui","@timestamp":"2026-11-22T14:11:23.192493Z","change":{"resource":{"addr":"digitalocean_droplet.web[12]","module":"","resource":"digitalocean_droplet.web[12]","implied_provider":"digitalocean","resource_type":"digitalocean_droplet","resource_name":"web","resource_key":12},"action":"create"},"type":"planned_change"}` + "\n")
	w := &scrubbed{secrets: s, to: &bytes.Buffer{}}
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		w.to.(*bytes.Buffer).Reset()
		w.Write(line)
	}
}
