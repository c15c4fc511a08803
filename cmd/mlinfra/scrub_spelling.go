package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/cmd/view"
)

// maxEncoded bounds the secrets that are looked for in other encodings than
// those that mlinfra prints itself.
const maxEncoded = 16 << 10

// spellings returns how a secret may stand in a text.
func spellings(secret string) []string {
	list := printed(secret)
	if len(secret) > maxEncoded {
		return list
	}
	var x bytes.Buffer
	_ = xml.EscapeText(&x, []byte(secret)) // a buffer takes everything
	digits := hex.EncodeToString([]byte(secret))
	list = append(list, x.String(), url.QueryEscape(secret), url.PathEscape(secret), digits, strings.ToUpper(digits))
	list = append(list, inBase64(secret)...)
	// What is sent in a document of JSON comes back quoted in an error.
	for _, s := range inJSON(secret) {
		list = append(list, inJSON(s)...)
	}
	return list
}

// printed returns how mlinfra prints a text: as it is, in quotes, in HCL, in
// JSON.
func printed(text string) []string {
	quoted := strconv.Quote(text)
	quoted = quoted[1 : len(quoted)-1]
	template := func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(s, "${", "$${"), "%{", "%%{")
	}
	list := []string{text, strings.TrimSpace(text), view.Clean(text), quoted, template(text), template(quoted)}
	return append(list, inJSON(text)...)
}

// inJSON returns how a text stands between the quotes of JSON, with and without
// the escapes for HTML.
func inJSON(text string) []string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:/+=@", r)
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return []string{text}
	}
	var list []string
	for _, html := range []bool{true, false} {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(html)
		_ = enc.Encode(text) // a string can be encoded
		list = append(list, strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(b.String(), "\n"), `"`), `"`))
	}
	return list
}

// inBase64 returns a secret in base64: alone, and as it stands in something
// longer, such as user:password, where it may begin at each of three bits.
func inBase64(secret string) []string {
	var list []string
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		whole := enc.EncodeToString([]byte(secret))
		list = append(list, whole, strings.TrimRight(whole, "="))
		for shift := range 3 {
			text := enc.WithPadding(base64.NoPadding).EncodeToString([]byte(strings.Repeat("\x00", shift) + secret))
			from := (shift*8 + 5) / 6           // the characters before also hold what is before
			to := (shift + len(secret)) * 8 / 6 // the last one may also hold what follows
			if inner := text[from:to]; len(inner) >= minLine {
				list = append(list, inner)
			}
		}
	}
	return list
}

// credentialsIn returns the parts of a document of JSON, such as the key file
// of a service account, whose names say that they are secret.
func credentialsIn(secret string) []string {
	if !strings.HasPrefix(strings.TrimSpace(secret), "{") {
		return nil
	}
	var doc map[string]any
	if json.Unmarshal([]byte(secret), &doc) != nil {
		return nil
	}
	var list []string
	for name, v := range doc {
		if text, ok := v.(string); ok && namesCredential(name) {
			list = append(list, text)
		}
	}
	return list
}

// namesCredential reports whether the name of a variable or an attribute says
// that its value is a credential. The id of a key is none.
func namesCredential(name string) bool {
	name = strings.ToUpper(name)
	for _, end := range []string{"_ID", "_FILE", "_PATH", "_URL", "_URI", "_NAME"} {
		if strings.HasSuffix(name, end) {
			return false
		}
	}
	for _, word := range []string{"TOKEN", "SECRET", "PASSWORD", "PASSPHRASE", "KEY", "CREDENTIALS"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
