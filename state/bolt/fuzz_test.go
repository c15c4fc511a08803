package bolt

import (
	"encoding/binary"
	"testing"
)

// FuzzOpen opens a state of which some bytes are others: it may be refused, and
// must neither end the process nor hang. Each change is six bytes: where, and
// what.
func FuzzOpen(f *testing.F) {
	whole := sample(f)
	f.Add([]byte{}, uint32(0))
	f.Add([]byte{0, 0, 0x10, 0, 0xff, 0xff}, uint32(0))
	f.Add([]byte{0, 0, 0, 16, 1, 2, 0, 0, 0x20, 8, 0, 0}, uint32(100))
	f.Fuzz(func(t *testing.T, edits []byte, cut uint32) {
		raw := append([]byte(nil), whole...)
		for ; len(edits) >= 6; edits = edits[6:] {
			at := binary.BigEndian.Uint32(edits) % uint32(len(raw)-1)
			raw[at], raw[at+1] = edits[4], edits[5]
		}
		raw = raw[:len(raw)-int(cut%uint32(len(raw)))]
		survives(t, raw)
	})
}
