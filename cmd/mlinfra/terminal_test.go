package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// steering are texts with which somebody could take over a terminal, or make it
// show something else than is there.
func steering() []string {
	var list []string
	for r := rune(0); r <= 0x9f; r++ {
		if (r < ' ' || r >= 0x7f) && r != '\n' && r != '\t' {
			list = append(list, fmt.Sprintf("a%cb%x", r, r))
		}
	}
	for _, r := range "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		list = append(list, fmt.Sprintf("a%cb%x", r, r))
	}
	return append(list,
		"\x1b[2J\x1b[H", "\x1b]0;title\x07", "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "\x1b]52;c;ZXZpbA==\x07", "\x1b[31;1mred", "\x1b[1A\x1b[2K", "\x1bc", "\x1b(0", "\x1b[?1049h", "\x1b[6n", "\x1bP+q\x1b\\",
		"\u009b2J", "\u009d0;t\u009c", "\u0090q\u009c", "\rOverwritten", "visible\rhidden", "line\r\nline", "back\b\b\b\bspace", "\x00nul", "\a\a\a", "\x7f\x7f", "user\u202etxt.exe", "\u2066isolate\u2069", "if \u202e}\u2066//", "\u200eleft\u200fright", "\x0e\x0fshift",
		"\x1b[38;5;1m%s%n", "${\x1b}", "\"\x1b\"", "\\\x1b\\", "\x1b", "\v\f",
	)
}

// unsafe returns what in text steers a terminal; "" when nothing does.
func unsafe(text string) string {
	for i, r := range text {
		switch {
		case r == '\n' || r == '\t':
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"),
			r < ' ', r >= 0x7f && r <= 0x9f, r == 0x61c, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return fmt.Sprintf("%q", text[max(i-60, 0):min(i+40, len(text))])
		}
	}
	return ""
}

const steeringSource = `
variable "s" {
  type        = list(string)
  description = "all of them"
  validation {
    condition     = length(var.s) > 9
    error_message = "too few: ${join(" ", var.s)}"
  }
}

provider "vault" {
  endpoint = "VAULT"
}

resource "vault_entry" "e" {
  for_each = { for i, s in var.s : "${i} ${s}" => s }
  name     = each.key
  secret   = "s"
  note     = each.value
}

resource "terraform_data" "t" {
  input = { (join("", var.s)) = var.s }

  provisioner "local-exec" {
    command = "cat banner; cat banner >&2"
  }

  provisioner "local-exec" {
    command    = "cat banner >&2; exit 3"
    on_failure = continue
  }
}

check "c" {
  assert {
    condition     = length(var.s) == 0
    error_message = "there is ${join(" ", var.s)}"
  }
}

output "all" {
  value = var.s
}

output "keys" {
  value = { for s in var.s : s => s }
}

output "one" {
  value = join("\n", var.s)
}
`

// TestNothingSteersATerminal puts more than 100 texts that do into names, keys,
// values, messages, what commands print and what a cloud answers.
func TestNothingSteersATerminal(t *testing.T) {
	v := newAviary(t)
	for _, name := range []string{"variables.tf", "terraform.tfvars.json"} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	all := steering()
	if len(all) < 100 {
		t.Fatalf("only %d texts", len(all))
	}
	vault := ""
	if src, err := os.ReadFile("main.tf"); err != nil {
		t.Fatal(err)
	} else {
		_, rest, _ := strings.Cut(string(src), `endpoint = "`)
		vault, _, _ = strings.Cut(rest, `"`)
	}
	raw, err := json.Marshal(map[string]any{"s": all})
	if err != nil {
		t.Fatal(err)
	}
	v.write("main.tf", strings.ReplaceAll(steeringSource, "VAULT", vault))
	v.write("terraform.tfvars.json", string(raw))
	v.write("banner", strings.Join(all, "\n")+"\n\x9b2J \xc2 \xff\n")
	for _, line := range []string{
		"validate", "plan", "plan -json", "plan -out=p", "show p", "show -json p", "apply -auto-approve", "show", "show -json", "output", "output -json", "output all", "output -json one", "state list", "state pull", "graph", "refresh -json", "apply -auto-approve -json -replace=terraform_data.t",
		"plan -replace=terraform_data.t",
	} {
		v.must(strings.Fields(line)...)
	}
	v.must("taint", fmt.Sprintf("vault_entry.e[%q]", "0 "+all[0]))
	v.must("state", "mv", "-dry-run", fmt.Sprintf("vault_entry.e[%q]", "1 "+all[1]), fmt.Sprintf("vault_entry.e[%q]", "x"+all[1]))
	v.must("state", "show", fmt.Sprintf("vault_entry.e[%q]", "2 "+all[2]))
	v.console("[var.s, vault_entry.e]")
	for _, s := range all {
		v.console(fmt.Sprintf("nosuch(%q, %s)", s, s))
	}
	for _, arg := range []string{"-var=" + all[3], "-var=x" + all[4] + "=1", "-target=" + all[5], "-state=" + all[6], "-var-file=" + all[7], "-x" + all[8], all[9]} {
		v.run(nil, "plan", arg)
	}
	v.run(nil, all[10])
	v.run(nil, "import", "vault_entry.e", all[11])
	v.run(nil, "output", all[12])
	v.api.mode = "refuse"
	v.fails("it is wrong", nil, "plan")
	v.fails("it is wrong", nil, "apply", "-auto-approve", "-json", "-refresh=false", "-replace="+fmt.Sprintf("vault_entry.e[%q]", "0 "+all[0]))
	v.api.mode = "panic"
	v.fails("has a bug", nil, "destroy", "-auto-approve", "-refresh=false")
	v.api.mode = ""
	v.write("terraform.tfvars.json", `{"s":["\u001b[2J","\u202e","\u009b"]}`)
	v.fails("too few", nil, "plan")
	v.fails("too few", nil, "plan", "-json")
	v.write("main.tf", "a \x1b[31m b = \u202e {\n")
	v.fails("Error", nil, "validate")
	v.fails("error", nil, "validate", "-json")
	for _, p := range v.printed {
		if bad := unsafe(p.text); bad != "" {
			t.Errorf("mlinfra %q prints %s", p.command, bad)
		}
	}
	if log, err := os.ReadFile(v.log); err != nil || unsafe(string(log)) != "" {
		t.Errorf("the log: %v, %s", err, unsafe(string(log)))
	}
}
