package provision

import (
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mlinfra/mlinfra/providers"
)

func TestSchemas(t *testing.T) {
	if want := []string{"file", "local-exec", "remote-exec"}; !slices.Equal(Types(), want) {
		t.Errorf("Types() = %q, want %q", Types(), want)
	}
	if Schema("chef") != nil || Remote("chef") || Remote("local-exec") || !Remote("file") || !Remote("remote-exec") {
		t.Error("Schema or Remote knows what is not there, or not what is")
	}
	schemas := map[string]*providers.Schema{"connection": ConnectionSchema()}
	for _, typ := range Types() {
		schemas[typ] = Schema(typ)
	}
	for name, s := range schemas {
		for _, a := range s.Attrs {
			if a.Doc == "" || len(a.Doc) > 80 {
				t.Errorf("%s.%s: doc has %d characters: %q", name, a.Name, len(a.Doc), a.Doc)
			}
		}
	}
	for _, a := range ConnectionSchema().Attrs {
		secret := strings.HasSuffix(a.Name, "password") || strings.HasSuffix(a.Name, "private_key")
		if a.Sensitive != secret {
			t.Errorf("connection.%s: sensitive is %t", a.Name, a.Sensitive)
		}
	}
}

func TestCheck(t *testing.T) {
	unknown, unknowns := cty.UnknownVal(cty.String), cty.UnknownVal(cty.List(cty.String))
	for name, c := range map[string]struct {
		typ  string
		set  vals
		want string // in the error; "" for none
	}{
		"a command":                       {"local-exec", vals{"command": str("true")}, ""},
		"an unknown command":              {"local-exec", vals{"command": unknown}, ""},
		"a marked command":                {"local-exec", vals{"command": str("true").Mark("sensitive")}, ""},
		"no command":                      {"local-exec", nil, "command must not be empty"},
		"an empty command":                {"local-exec", vals{"command": str("")}, "command must not be empty"},
		"an inline":                       {"remote-exec", vals{"inline": list("a", "b")}, ""},
		"nothing inline":                  {"remote-exec", vals{"inline": list()}, ""},
		"a script":                        {"remote-exec", vals{"script": str("a.sh")}, ""},
		"scripts":                         {"remote-exec", vals{"scripts": list("a.sh")}, ""},
		"no script at all":                {"remote-exec", nil, "exactly one of inline, script, scripts must be set, and 0 are"},
		"two kinds of script":             {"remote-exec", vals{"inline": list("a"), "script": str("b")}, "and 2 are"},
		"one that may turn out null":      {"remote-exec", vals{"inline": unknowns, "script": str("b")}, ""},
		"only one that may turn out null": {"remote-exec", vals{"inline": unknowns}, ""},
		"two and one that may":            {"remote-exec", vals{"inline": unknowns, "script": str("b"), "scripts": list("c")}, "and 2 are"},
		"an empty command inline":         {"remote-exec", vals{"inline": list("a", "")}, "element 1 of inline is empty"},
		"an unknown command inline":       {"remote-exec", vals{"inline": cty.ListVal([]cty.Value{unknown})}, ""},
		"a null command inline":           {"remote-exec", vals{"inline": cty.ListVal([]cty.Value{cty.NullVal(cty.String)})}, "element 0 of inline is empty"},
		"an empty script":                 {"remote-exec", vals{"script": str("")}, "script must not be empty"},
		"an empty path in scripts":        {"remote-exec", vals{"scripts": list("")}, "element 0 of scripts"},
		"a source":                        {"file", vals{"source": str("a"), "destination": str("/b")}, ""},
		"content, even empty":             {"file", vals{"content": str(""), "destination": str("/b")}, ""},
		"content that is unknown":         {"file", vals{"content": unknown, "destination": str("/b")}, ""},
		"a source and content":            {"file", vals{"content": str(""), "source": str("a"), "destination": str("/b")}, "and 2 are"},
		"neither source nor content":      {"file", vals{"destination": str("/b")}, "and 0 are"},
		"an empty source":                 {"file", vals{"source": str(""), "destination": str("/b")}, "source must not be empty"},
		"no destination":                  {"file", vals{"source": str("a")}, "destination must not be empty"},
		"an empty destination":            {"file", vals{"source": str("a"), "destination": str("")}, "destination must not be empty"},
		"a provisioner that there is not": {"puppet", nil, `there is no provisioner "puppet": use one of file, local-exec, remote-exec`},
	} {
		t.Run(name, func(t *testing.T) {
			config := cty.EmptyObjectVal
			if s := Schema(c.typ); s != nil {
				config = object(t, s, c.set)
			}
			checkError(t, Check(c.typ, config), c.want)
		})
	}
}

func TestCheckConnection(t *testing.T) {
	unknown := cty.UnknownVal(cty.String)
	for name, c := range map[string]struct {
		set  vals
		want string
	}{
		"a host":                          {vals{"host": str("h")}, ""},
		"an unknown host":                 {vals{"host": unknown}, ""},
		"no host":                         {nil, "host must not be empty"},
		"an empty host":                   {vals{"host": str("")}, "host must not be empty"},
		"type ssh":                        {vals{"host": str("h"), "type": str("ssh")}, ""},
		"type winrm":                      {vals{"host": str("h"), "type": str("winrm")}, "type winrm is not supported"},
		"type telnet":                     {vals{"host": str("h"), "type": str("telnet")}, `no type "telnet"`},
		"platform unix":                   {vals{"host": str("h"), "target_platform": str("unix")}, ""},
		"platform windows":                {vals{"host": str("h"), "target_platform": str("windows")}, "windows is not supported"},
		"another platform":                {vals{"host": str("h"), "target_platform": str("os2")}, `no target_platform "os2"`},
		"a timeout":                       {vals{"host": str("h"), "timeout": str("1h30m")}, ""},
		"a timeout without unit":          {vals{"host": str("h"), "timeout": str("30")}, `timeout "30"`},
		"a timeout of nothing":            {vals{"host": str("h"), "timeout": str("0s")}, `timeout "0s"`},
		"a port too high":                 {vals{"host": str("h"), "port": cty.NumberIntVal(65536)}, "port 65536 is no port"},
		"half a port":                     {vals{"host": str("h"), "port": cty.NumberFloatVal(22.5)}, "not a whole number"},
		"a bastion's port too low":        {vals{"host": str("h"), "bastion_port": cty.NumberIntVal(-1)}, "bastion_port -1"},
		"a proxy":                         {vals{"host": str("h"), "proxy_host": str("p"), "proxy_port": cty.NumberIntVal(80)}, ""},
		"a proxy without port":            {vals{"host": str("h"), "proxy_host": str("p")}, "proxy_host needs proxy_port"},
		"a proxy with a port not known":   {vals{"host": str("h"), "proxy_host": str("p"), "proxy_port": cty.UnknownVal(cty.Number)}, ""},
		"a proxy of another kind":         {vals{"host": str("h"), "proxy_scheme": str("socks4")}, `no proxy_scheme "socks4"`},
		"a path for a key":                {vals{"host": str("h"), "private_key": str("~/.ssh/id_rsa")}, "private_key: this is no private key: give its content"},
		"a path for the bastion's key":    {vals{"host": str("h"), "bastion_private_key": str("~/.ssh/id_rsa")}, "bastion_private_key: this is no private key"},
		"a host key that is none":         {vals{"host": str("h"), "host_key": str("SHA256:abc")}, `host_key: "SHA256:abc" is no public key`},
		"a bastion's key that is none":    {vals{"host": str("h"), "bastion_host_key": str("x")}, `bastion_host_key: "x"`},
		"a sensitive key that is unknown": {vals{"host": str("h"), "private_key": unknown.Mark("sensitive")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			checkError(t, CheckConnection(object(t, ConnectionSchema(), c.set)), c.want)
		})
	}
	checkError(t, CheckConnection(cty.NilVal), "")
	checkError(t, CheckConnection(cty.NullVal(cty.DynamicPseudoType)), "")
}

func checkError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want != "":
		wantError(t, err, want)
	case err != nil:
		t.Errorf("error %q, want none", err)
	}
}
