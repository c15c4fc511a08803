package server

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// sumOf returns a short sum of attributes of an object; "" when one of them is not
// known.
func sumOf(v cty.Value, names ...string) string {
	h := sha256.New()
	for _, name := range names {
		a := v.GetAttr(name)
		if !a.IsWhollyKnown() {
			return ""
		}
		b, err := ctyjson.Marshal(a, a.Type())
		if err != nil {
			return ""
		}
		h.Write(append(b, 0))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
