package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mlinfra/mlinfra/providers/digitalocean/fake"
	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// canary is a secret that must not be found anywhere.
const canary = `Canary "7f3a" ünd <Lied>&4`

// secretStack has a secret in all places that a state has for one.
const secretStack = `
variable "secret" {
  type      = string
  sensitive = true
}

resource "terraform_data" "holder" {
  input            = { password = var.secret }
  triggers_replace = [var.secret]
}

resource "terraform_data" "next" {
  count = 5
  input = terraform_data.holder.input
}

resource "digitalocean_droplet" "web" {
  count     = 5
  name      = "web"
  region    = "fra1"
  size      = "s-1vcpu-1gb"
  image     = "ubuntu-24-04-x64"
  user_data = "password: ${var.secret}"
}

output "secret" {
  value     = terraform_data.holder.input
  sensitive = true
}
`

// shapes are the ways in which a secret may stand in a file.
func shapes(secret string) map[string][]byte {
	quoted, _ := json.Marshal(secret)
	inner := bytes.Trim(quoted, `"`)
	escaped, _ := json.Marshal(string(inner))
	all := map[string][]byte{
		"plain": []byte(secret), "JSON": inner, "JSON twice": bytes.Trim(escaped, `"`),
		"hex": []byte(hex.EncodeToString([]byte(secret))), "URL": []byte(url.QueryEscape(secret)),
	}
	for skip := range 3 { // as it stands inside of a longer text
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, skip), secret...))
		all["base64 at "+string(rune('0'+skip))] = []byte(text[4 : len(text)-4])
	}
	return all
}

// hasNoSecret looks for the canary in all files below a directory.
func hasNoSecret(t *testing.T, dir, when string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for how, text := range shapes(canary) {
			if bytes.Contains(raw, text) {
				t.Errorf("%s: %s holds the secret (%s)", when, path, how)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return files
}

// TestNoSecretOnDisk applies with a secret, whole, killed, fenced and on a full
// disk, and searches all that is left for it.
func TestNoSecretOnDisk(t *testing.T) {
	secret := "TF_VAR_secret=" + canary
	for when, run := range map[string]func(t *testing.T, a *account){
		"a whole apply and its plan file": func(t *testing.T, a *account) {
			for _, args := range [][]string{{"plan", "-out=plan"}, {"apply", "plan"}, {"destroy", "-auto-approve"}} {
				if exit, out := a.code([]string{secret}, "mlinfra", args...); exit != 0 {
					t.Errorf("%v: exit %d\n%s", args, exit, out)
				}
			}
		},
		"a killed apply": func(_ *testing.T, a *account) {
			a.code([]string{secret, killAtWrite + "=after:12"}, "mlinfra-mortal", "apply", "-auto-approve")
		},
		"a fenced apply": func(t *testing.T, a *account) {
			first := a.start([]string{secret, killAtWrite + "=stop:12"}, "mlinfra-mortal", "apply", "-auto-approve")
			first.untilStopped()
			if exit, out := a.code(nil, "mlinfra-unlock"); exit != 0 {
				t.Error(out)
			}
			_ = first.Process.Signal(syscall.SIGCONT)
			first.end()
			raw, err := os.ReadFile(filepath.Join(a.dir, "mlinfra.db.d", "emergency"))
			if err != nil || len(bytes.Trim(raw, "\x00")) == 0 {
				t.Errorf("nothing is in the journal of emergencies (%v): the test looks at nothing", err)
			}
		},
		"a full disk": func(t *testing.T, a *account) {
			smallDisk(t, a.dir, 1128)
			a.source(secretStack)
			a.code([]string{secret}, "mlinfra", "apply", "-auto-approve")
		},
	} {
		t.Run(when, func(t *testing.T) {
			a := newAccount(t, secretStack, fake.Options{})
			temp := t.TempDir()
			a.env = append(a.env, "TMPDIR="+temp)
			run(t, a)
			if files := hasNoSecret(t, a.dir, when); files < 4 {
				t.Errorf("only %d files were looked at", files)
			}
			hasNoSecret(t, temp, when)
		})
	}
}

// TestFilesArePrivate applies under two umasks, and is killed in the middle: what
// it has made belongs to its user alone.
func TestFilesArePrivate(t *testing.T) {
	for _, umask := range []string{"000", "077"} {
		t.Run(umask, func(t *testing.T) {
			a := newAccount(t, twentyDroplets, fake.Options{})
			do := func(program, rest string) {
				a.code([]string{killAtWrite + "=after:9"}, "sh", "-c", "umask "+umask+" && exec "+program+" "+rest)
				a.private()
			}
			a.faults(func(_ int64, r *http.Request) fakecloud.Fault {
				if r.Method == http.MethodPost {
					a.private() // in the middle
				}
				return fakecloud.None
			})
			do("mlinfra-mortal", "apply -auto-approve")
			do("mlinfra", "plan -out=plan")
			do("mlinfra", "apply -auto-approve")
			a.faults(nil)
			names, err := filepath.Glob(filepath.Join(a.dir, "mlinfra.db.d", "*"))
			if err != nil || len(names) < 4 || !strings.Contains(strings.Join(names, " "), "copies") {
				t.Errorf("beside the state: %v, %v; not all was looked at", names, err)
			}
		})
	}
}
