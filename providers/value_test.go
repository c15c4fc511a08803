package providers

import (
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// BenchmarkCodec measures what each call of a type does: the value of an object
// into its struct and back.
func BenchmarkCodec(b *testing.B) {
	c := newCodec[thing]()
	block := []nested{{Port: 1, Hosts: []string{"a", "b"}, UUID: "u"}, {Port: 2}}
	x := thing{ID: "1", Name: "n", Whole: -3, Labels: map[string]string{"k": "v"}, Blocks: block, SetBlock: block, Seen: block}
	v := c.encode(&x)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			c.encode(&x)
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if err := c.decode(v, &x); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("a computed list of structs", func(b *testing.B) {
		type list struct {
			Seen []nested `cty:"seen" is:"computed"`
		}
		c, x := newCodec[list](), list{make([]nested, 100)}
		for b.Loop() {
			if c.encode(&x) == cty.NilVal {
				b.Fatal("no value")
			}
		}
	})
}
