package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/planner"
	"github.com/mlinfra/mlinfra/providers"
	dofake "github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/bolt"
)

// canaries are the values of sensitive variables: secrets of all shapes.
var canaries = map[string]string{
	"password":      "hunter2-Canary!",
	"six":           "q9#Zx1",
	"digits":        "8402916375",
	"upper":         "CANARYUPPERCASE",
	"words":         "correct horse battery staple",
	"long_word":     "correcthorsebatterystaple",
	"github":        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
	"digitalocean":  "dop_v1_3d1f0a9be4c7d6528897bb13fa0c91e2",
	"aws":           "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
	"jwt":           "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
	"hex":           "9f86d081884c7d659a2feaa0c55ad015",
	"base64":        "Y2FuYXJ5LWluLWJhc2U2NC0xMjM0NQ==",
	"uuid":          "2c1f6f0e-8a44-4f0c-9f0e-7d0a4b1c9e55",
	"postgres":      "postgres://app:p%40ss/w0rd@db.internal:5432/main?sslmode=require",
	"redis":         "rediss://default:AVNS_Xy-7@cache:25061/0",
	"amqp":          `Endpoint=sb://bus/;SharedAccessKey=abc123/+=;`,
	"json":          `{"user":"app","password":"p\"ss<w>&rd-77","n":[1,2]}`,
	"service":       `{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n","private_key_id":"k1"}`,
	"yaml":          "users:\n  - name: canary-root\n    passwd: $6$rounds=4096$abcdefgh\n",
	"key":           "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAqhf0Y9vFmXqAKzz9Uc1t\nq8kPZk0QH7LwT+/rT9cXo2VdJt4Lr6iW3uYx\n-----END RSA PRIVATE KEY-----\n",
	"windows_lines": "first-canary-line\r\nsecond-canary-line\r\n",
	"quotes":        `it's "quoted" \ and 'more'`,
	"template":      "tpl-${x}-%{y}-$${z}",
	"tabs":          "tab\tseparated\tcanary",
	"escapes":       "esc\x1b[31mred\x07bell",
	"unicode":       "pässwörd‹ü›日本語",
	"emoji":         "🔑🔑 canary 🔑",
	"bidi":          "rtl\u202ecanary\u202c-1",
	"spaces":        "  leading and trailing 42  ",
	"html":          `<script>alert("canary")</script>`,
	"url_chars":     "a b+c/d?e=f&g#h%20-canary",
	"shell":         "$(rm -rf /); `canary` | x && y",
	"percent":       "%s%d%n-canary-%%",
	"regex":         "(canary[^)]*)+?.*\\d{9}",
}

// derived are canaries that come to be during the runs: credentials of the
// environment and of providers, and what is computed from variables.
var derived = map[string]string{
	"DIGITALOCEAN_TOKEN": "dop_v1_environment_canary_77", "SPACES_SECRET_ACCESS_KEY": "spaces/secret+canary=88",
	"provider setting": "vault-token-canary-99", "ephemeral": "ephemeral-Canary-66", "function": "from-function-canary-55", "module": "module-arg-canary-44", "data source": vaultSecret,
}

// spelled returns how a canary may stand in an output, written apart from the
// scrubber's own spellings.
func spelled(canary string) []string {
	raw, err := json.Marshal(canary)
	if err != nil {
		panic(err)
	}
	quoted := fmt.Sprintf("%q", canary)
	list := []string{
		canary, string(raw[1 : len(raw)-1]), quoted[1 : len(quoted)-1],
		base64.StdEncoding.EncodeToString([]byte(canary)), base64.RawStdEncoding.EncodeToString([]byte(canary)), base64.URLEncoding.EncodeToString([]byte(canary)),
		hex.EncodeToString([]byte(canary)), strings.ToUpper(hex.EncodeToString([]byte(canary))), url.QueryEscape(canary), url.PathEscape(canary),
	}
	for line := range strings.Lines(canary) {
		if line = strings.TrimSpace(line); len(line) >= 8 && !strings.HasPrefix(line, "-----") && line != "users:" {
			list = append(list, line)
		}
	}
	return list
}

// aviary is a directory with a configuration full of canaries, clouds that
// repeat what they are sent, and all that has been printed.
type aviary struct {
	t       *testing.T
	api     *vaultAPI
	environ []string
	log     string
	printed []printout
	watch   map[string]string // canaries by name
}

// printout is what one command has printed.
type printout struct {
	command string
	text    string
}

func newAviary(t *testing.T) *aviary {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("TMPDIR", filepath.Join(dir, "tmp"))
	v := &aviary{t: t, api: &vaultAPI{}, log: filepath.Join(dir, "requests.log"), watch: map[string]string{}}
	vault := httptest.NewServer(v.api)
	t.Cleanup(vault.Close)
	cloud := dofake.New(dofake.Options{})
	do := httptest.NewServer(v.api.before(cloud.Handler()))
	t.Cleanup(do.Close)
	for _, list := range []map[string]string{canaries, derived} {
		for name, c := range list {
			v.watch[name] = c
		}
	}
	v.environ = []string{
		"MLINFRA_KEY=" + testKey,
		"PATH=" + os.Getenv("PATH"), "MLINFRA_LOG=trace", "MLINFRA_LOG_PATH=" + v.log, "MLINFRA_SETTLE_WINDOW=1ms",
		"DIGITALOCEAN_TOKEN=" + derived["DIGITALOCEAN_TOKEN"], "DIGITALOCEAN_API_URL=" + do.URL, "SPACES_ACCESS_KEY_ID=spaces-id", "SPACES_SECRET_ACCESS_KEY=" + derived["SPACES_SECRET_ACCESS_KEY"],
		"TF_VAR_ephemeral=" + derived["ephemeral"], "TF_VAR_vault_token=" + derived["provider setting"],
	}
	v.write("tmp/.keep", "")
	v.write("main.tf", strings.ReplaceAll(aviarySource, "VAULT", vault.URL))
	v.write("m/main.tf", aviaryModule)
	values, declared := "", ""
	for _, name := range sortedNames(canaries) {
		raw, err := json.Marshal(canaries[name])
		if err != nil {
			t.Fatal(err)
		}
		values += fmt.Sprintf(",%q:%s", name, raw)
		declared += fmt.Sprintf("variable %q {\n type = string\n sensitive = true\n}\n", name)
		declared += fmt.Sprintf("resource \"vault_entry\" %q {\n name = %q\n secret = var.%s\n}\n", name, strings.ReplaceAll(name, "_", "-"), name)
		declared += fmt.Sprintf("output %q {\n value = \"<${var.%s}>\"\n sensitive = true\n}\n", name, name)
		// What commands print is not known to be sensitive.
		v.write("leak/"+name, canaries[name])
	}
	v.write("terraform.tfvars.json", "{"+values[1:]+"}")
	v.write("variables.tf", declared)
	return v
}

func sortedNames(m map[string]string) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (v *aviary) write(name, text string) {
	v.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		v.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

const aviarySource = `
variable "ephemeral" {
  type      = string
  ephemeral = true
}

variable "vault_token" {
  type      = string
  sensitive = true
}

variable "fail" {
  type    = string
  default = ""
}

provider "vault" {
  endpoint = "VAULT"
  token    = var.vault_token
}

module "m" {
  source = "./m"
  secret = join("-", ["module", "arg", "canary", "44"])
}

data "vault_secret" "d" {
  name = "d"
}

data "http" "d" {
  url             = "VAULT/echo?token=${urlencode(var.postgres)}"
  request_headers = { Authorization = var.github }
}

resource "vault_entry" "function" {
  name   = "function"
  secret = sensitive(join("-", ["from", "function", "canary", "55"]))
}

resource "vault_entry" "computed" {
  name   = "computed"
  secret = "${data.vault_secret.d.value}-${random_password.p.result}"
}

resource "digitalocean_tag" "t" {
  name = "t"
}

resource "digitalocean_droplet" "d" {
  name      = "d"
  region    = "fra1"
  size      = "s-1vcpu-1gb"
  image     = "ubuntu-24-04-x64"
  user_data = "#cloud-config\npassword: ${var.password}\nkey: ${base64encode(var.key)}\n"
}

resource "random_password" "p" {
  length = 24
}

resource "random_bytes" "b" {
  length = 32
}

resource "tls_private_key" "k" {
  algorithm = "ED25519"
}

resource "terraform_data" "all" {
  input = [var.json, var.yaml, { a = var.unicode }, var.six]

  provisioner "local-exec" {
    command = "cd leak && for f in *; do cat $f; echo; base64 -w0 $f; echo; od -An -v -tx1 $f | tr -d ' \\n'; echo; done"
  }

  provisioner "local-exec" {
    command     = "env"
    environment = { A = var.password, B = var.ephemeral }
  }

  provisioner "local-exec" {
    command    = "printf 'it is %s' $(cat leak/github) >&2; exit 1"
    on_failure = continue
  }
}

check "c" {
  assert {
    condition     = var.password == "x"
    error_message = "the password is ${var.password}"
  }
}

output "generated" {
  value     = [random_password.p.result, tls_private_key.k.private_key_pem, tls_private_key.k.private_key_openssh, random_bytes.b.base64, random_bytes.b.hex]
  sensitive = true
}

output "shown" {
  value = nonsensitive(sha256(var.password))
}
`

const aviaryModule = `
variable "secret" {
  type      = string
  sensitive = true
}

resource "vault_entry" "m" {
  name   = "m"
  secret = var.secret
  note   = "a note"
}
`

// run carries out one command and keeps what it prints.
func (v *aviary) run(change func(a *app), args ...string) (code int) {
	v.t.Helper()
	a := newApp(v.environ)
	var out bytes.Buffer
	a.printTo(&out, &out)
	a.catalog.Add("vault", func() *providers.Provider { return vaultProvider(v.api) })
	if change != nil {
		change(a)
	}
	start := time.Now()
	code = a.run(args)
	v.t.Logf("%s: %s", time.Since(start).Round(time.Millisecond), strings.Join(args, " "))
	v.printed = append(v.printed, printout{strings.Join(args, " "), out.String()})
	return code
}

// must carries out commands that succeed.
func (v *aviary) must(args ...string) {
	v.t.Helper()
	if code := v.run(nil, args...); code != 0 {
		v.t.Errorf("mlinfra %v exits with %d:\n%s", args, code, v.printed[len(v.printed)-1].text)
	}
}

// fails carries out a command that does not; its output has to hold want.
func (v *aviary) fails(want string, change func(a *app), args ...string) {
	v.t.Helper()
	code := v.run(change, args...)
	text := v.printed[len(v.printed)-1].text
	if plain := strings.Join(strings.Fields(strings.ReplaceAll(text, "│", "")), " "); code == 0 || !strings.Contains(plain, want) {
		v.t.Errorf("mlinfra %v exits with %d and without %q:\n%s", args, code, want, text)
	}
}

// console evaluates expressions.
func (v *aviary) console(expr string) {
	v.t.Helper()
	v.write("stdin", expr+"\n")
	in, err := os.Open("stdin")
	if err != nil {
		v.t.Fatal(err)
	}
	defer in.Close()
	v.run(func(a *app) { a.stdin = in }, "console")
}

// hatch adds what has been generated to the canaries.
func (v *aviary) hatch() {
	v.t.Helper()
	store, err := openState(bolt.Options{Path: "mlinfra.db", Mode: bolt.Read, Keys: newApp(v.environ).keys})
	if err != nil {
		v.t.Fatal(err)
	}
	defer store.Close()
	snap, err := store.Snapshot()
	if err != nil {
		v.t.Fatal(err)
	}
	if snap.Outputs["generated"].Value == nil {
		v.t.Fatal("nothing has been generated")
	}
	for i, e := range planner.DecodeOutput(snap.Outputs["generated"]).AsValueSlice() {
		v.watch[fmt.Sprintf("generated %d", i)] = e.AsString()
	}
	if len(v.watch) < 45 {
		v.t.Errorf("only %d canaries", len(v.watch))
	}
}

// search looks for the canaries in everything.
func (v *aviary) search() {
	v.t.Helper()
	texts := slices.Clone(v.printed)
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		kept := strings.HasPrefix(path, "leak/") || strings.HasSuffix(path, ".tf") || strings.HasSuffix(path, ".json") || strings.HasSuffix(path, ".tfvars") || path == "stdin"
		if err != nil || e.IsDir() || kept {
			return err
		}
		raw, err := os.ReadFile(path)
		texts = append(texts, printout{path, string(raw)})
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	hits := 0
	for _, p := range texts {
		for name, canary := range v.watch {
			for _, s := range spelled(canary) {
				if at := strings.Index(p.text, s); at >= 0 && hits < 20 {
					hits++
					v.t.Errorf("%s: canary %s as %q: …%q…", p.command, name, s, p.text[max(at-120, 0):min(at+len(s)+60, len(p.text))])
				}
			}
		}
	}
}

// TestCanaries puts secrets wherever one can be, runs every command so that it
// succeeds, fails and panics, with requests logged, and finds none of them in
// what is printed and logged.
func TestCanaries(t *testing.T) {
	v := newAviary(t)
	v.must("validate")
	v.must("validate", "-json")
	v.must("init")
	v.must("plan", "-out=p")
	v.must("plan", "-json")
	v.must("show", "p")
	v.must("show", "-json", "p")
	v.fails("it is wrong", func(*app) { v.api.mode = "refuse" }, "apply", "-auto-approve")
	v.fails("it is wrong", nil, "apply", "-auto-approve", "-json")
	v.fails("mlinfra has a bug in vault_entry create", func(*app) { v.api.mode = "panic" }, "apply", "-auto-approve")
	v.fails("mlinfra has a bug in vault_entry create", nil, "apply", "-auto-approve", "-json")
	v.api.mode = ""
	v.must("recover")
	v.must("apply", "-auto-approve", "-parallelism=4")
	v.hatch()
	v.looks()
	v.goesWrong()
	v.api.mode = ""
	v.must("plan", "-destroy")
	v.must("destroy", "-auto-approve", "-json")
	v.search()
	if text, err := os.ReadFile(v.log); err != nil || strings.Count(string(text), "msg=http provider=vault") < 50 || !strings.Contains(string(text), "provider=digitalocean") || !strings.Contains(string(text), "provider=http ") {
		t.Errorf("the log of requests is not there: %v, %d bytes", err, len(text))
	}
}

// looks runs the commands that look at what has been made.
func (v *aviary) looks() {
	v.t.Helper()
	for _, line := range []string{
		"plan", "plan -json", "plan -refresh=false", "plan -refresh-only", "plan -replace=vault_entry.json", "apply -auto-approve -replace=vault_entry.key", "refresh", "refresh -json", "show", "show -json", "output", "state list", "state mv -dry-run vault_entry.json vault_entry.json2",
		"state rm -dry-run vault_entry.json", "graph", "graph -format=mermaid", "providers", "workspace list", "version", "version -json", "metadata functions -json", "taint vault_entry.six", "plan", "untaint vault_entry.six", "get", "fmt -check -diff -list=false", "help",
		"history", "history -json", "history show 1", "history show -json 1", "history diff 1 20", "history diff -json 1 20", "rollback -auto-approve 20", "sweep", "sweep -json",
		"recover -json", "lock list", "key", "key -json", "state verify", "state snapshot", "state snapshot -list", "state restore", "history prune -keep=5", "key rotate",
	} {
		if args := strings.Fields(line); slices.Contains([]string{"fmt", "rollback", "sweep"}, args[0]) || line == "key rotate" {
			v.run(nil, args...)
		} else {
			v.must(args...)
		}
	}
	for _, a := range []string{"vault_entry.key", "vault_entry.json", "random_password.p", "tls_private_key.k", "terraform_data.all", "digitalocean_droplet.d", "module.m.vault_entry.m"} {
		v.must("state", "show", a)
	}
	for _, name := range sortedNames(canaries) {
		v.console("var." + name)
		v.console("parseint(var." + name + ", 10)")
	}
	v.console("[var.ephemeral, { a = var.json }, vault_entry.key, data.vault_secret.d, tls_private_key.k]")
	v.console("{}[random_password.p.result]")
}

// goesWrong runs commands that fail.
func (v *aviary) goesWrong() {
	v.t.Helper()
	v.api.mode = "refuse"
	v.fails("it is wrong", nil, "plan")
	v.fails("it is wrong", nil, "plan", "-json")
	v.fails("it is wrong", nil, "apply", "-auto-approve", "-refresh=false", "-replace=vault_entry.key", "-replace=vault_entry.words", "-replace=digitalocean_droplet.d")
	v.must("state", "rm", "vault_entry.json")
	v.fails("it is wrong", nil, "import", "vault_entry.json", "nosuch")
	v.api.mode = "panic"
	v.fails("mlinfra has a bug in vault_entry", nil, "plan")
	v.fails("mlinfra has a bug in vault_entry", nil, "plan", "-json")
	v.fails("mlinfra has a bug in vault_entry", nil, "destroy", "-auto-approve", "-refresh=false")
	v.api.mode = ""
	v.fails("main.go", func(a *app) {
		a.openState = func(bolt.Options) (state.Store, error) { panic(fmt.Sprintf("%#v", canaries)) }
	}, "plan")
	v.fails("index out of range", func(a *app) {
		a.openState = func(bolt.Options) (state.Store, error) { return nil, []error{}[len(a.environ)] }
	}, "state", "list")
	v.write("number.tfvars", "vault_token = \""+derived["provider setting"]+"\n")
	v.fails("on number.tfvars line 1", nil, "plan", "-var=password="+canaries["password"], "-var=vault_token="+derived["provider setting"], "-parallelism=1", "-var-file=number.tfvars")
	v.write("wrong.tf", "locals { x = jsondecode(var.password) + parseint(var.key, 10) }\noutput \"x\" { value = [var.json, local.x] }\n")
	v.fails("Output refers", nil, "plan")
	v.fails("Output refers", nil, "plan", "-json")
	if err := os.Remove("wrong.tf"); err != nil {
		v.t.Fatal(err)
	}
}
