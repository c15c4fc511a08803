package server

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/remote"
)

// interfaceName is what names of interfaces look like here.
var interfaceName = providers.NewPattern(`^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,14}$`)

// rangeOf reads a range, or an address, which is the range of itself.
func rangeOf(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

// spellRange returns a range as the kernel spells it; what is none stays as it is.
func spellRange(text string) string {
	if p, err := rangeOf(text); err == nil {
		return p.String()
	}
	return text
}

// checkRange refuses what is no range, or one with bits of a host in it.
func checkRange(attr, text string) error {
	p, err := rangeOf(text)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %q is no range of addresses such as 10.108.0.0/20", attr, text)
	case p.Masked() != p:
		return fmt.Errorf("%s: %s is an address in the range %s: write the range, or %s/%d for the one address", attr, text, p.Masked(), p.Addr(), p.Addr().BitLen())
	}
	return nil
}

// family returns what ip calls the family of a range.
func family(text string) string {
	if strings.Contains(text, ":") {
		return "-6"
	}
	return "-4"
}

// wordAfter returns the word of a line of ip that follows a keyword; "" for none.
func wordAfter(line, keyword string) string {
	words := strings.Fields(line)
	for i, w := range words[:max(len(words)-1, 0)] {
		if w == keyword {
			return words[i+1]
		}
	}
	return ""
}

// kept returns a script that stays on a host: a part of sh/kept with its variables,
// and as a comment what it was made from, for looks.
func kept(part string, madeFrom any, variables ...[2]string) string {
	var b strings.Builder
	made := packed(madeFrom)
	fmt.Fprintf(&b, "# Made by mlinfra: changes by hand are lost.\n# made_from %s\nmade_from=%s\n", made, made)
	for _, v := range variables {
		fmt.Fprintf(&b, "%s=%s\n", v[0], remote.Shell(v[1]))
	}
	for _, name := range []string{"sh/network.sh", "sh/kept/" + part} {
		text, err := scripts.ReadFile(name)
		if err != nil {
			panic(err)
		}
		b.Write(text)
	}
	return b.String()
}

// packed returns a value as one word that unpack reads.
func packed(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// unpack reads what packed has written into v; it reports whether that was so.
func unpack(word string, v any) bool {
	b, err := base64.StdEncoding.DecodeString(word)
	return err == nil && json.Unmarshal(b, v) == nil
}
