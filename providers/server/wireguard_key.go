package server

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type serverWireguardKey struct {
	ID        string `cty:"id"         is:"computed"                         doc:"Id of the host, a colon and the name."`
	Host      string `cty:"host"       is:"required,replace,within,ref=server_host" doc:"Id of the server_host that it is made on, and never leaves."`
	Name      string `cty:"name"       is:"required,replace"                 doc:"Name of the file /etc/wireguard/NAME.key with the private key."`
	Rotate    string `cty:"rotate"     is:"optional,replace"                 doc:"A word such as 2026-11: another one makes a new key."`
	PublicKey string `cty:"public_key" is:"computed"                         doc:"The public key, for peers and for the interface."`
	TakenOver bool   `cty:"taken_over" is:"computed"                         doc:"Whether one was there before, which is there when this is destroyed."`
}

var wireguardKeyType = thing[serverWireguardKey]{
	Resource: providers.Resource[*client, serverWireguardKey]{
		Type:  "server_wireguard_key",
		Doc:   "A key of WireGuard, made on the host that it is for: its private part is read by nobody else. One that is there already is taken over, and stays when this is destroyed.",
		Check: func(_ *serverWireguardKey, x serverWireguardKey) error { return checkInterfaceName(x.Name) },
		Explain: map[string]string{
			"rotate": "the old key is of no use to peers any more: the tunnel is down until all that know its public key are changed, which this run does where they are server_wireguard_interfaces",
		},
		Examples: []string{exampleHost + `
resource "server_wireguard_key" "tunnel" {
  host = server_host.gpu.id
  name = "wg0"
}`, exampleHost + `
resource "server_wireguard_key" "tunnel" {
  host   = server_host.gpu.id
  name   = "wg0"
  rotate = "2026-11"
}`},
	},
	at:   func(x *serverWireguardKey) place { return place{&x.ID, &x.Host, &x.Name} },
	look: func(x serverWireguardKey) string { return call("wireguard_key_look", x.Name) },
	see:  seeWireguardKey,
	put: func(_ *serverWireguardKey, x serverWireguardKey) (deed, error) {
		return deed{what: "making the key " + x.Name, call: call("wireguard_key_put", x.Name, x.rotation())}, nil
	},
	drop: func(x serverWireguardKey) deed {
		return deed{what: "removing the key " + x.Name, call: call("wireguard_key_drop", x.Name, x.rotation()), last: x.TakenOver}
	},
}

// rotation is how the host keeps which rotation the key is of.
func (x serverWireguardKey) rotation() string {
	return base64.StdEncoding.EncodeToString([]byte(x.Rotate))
}

// seeWireguardKey fills in the public key. One of another rotation is another key:
// the one that is to replace this one, when that was made first. Of a key that is
// imported, anything may be there.
func seeWireguardKey(x *serverWireguardKey, a answer) error {
	public := a.fact("public")
	rotate, ok := a.bytes("rotation")
	imported := x.PublicKey == "" && x.Rotate == ""
	if public == "" || !ok || !imported && rotate != x.Rotate {
		return providers.ErrGone
	}
	x.PublicKey, x.Rotate, x.TakenOver = public, rotate, a.fact("made") == ""
	return nil
}

// checkWireguardKey refuses what is no key of WireGuard, public or shared.
func checkWireguardKey(attr, key string) error {
	if b, err := base64.StdEncoding.DecodeString(key); err != nil || len(b) != 32 {
		source := "refer to server_wireguard_key.NAME.public_key"
		if strings.Contains(attr, "preshared") {
			source = "wg genpsk prints one"
		}
		return fmt.Errorf("%s is no key of WireGuard, which has 44 characters: %s", attr, source)
	}
	return nil
}

func checkInterfaceName(name string) error {
	if !interfaceName.MatchString(name) {
		return fmt.Errorf("name %q is no name of an interface such as wg0: at most 15 letters, digits, dots, dashes and underscores", name)
	}
	return nil
}
