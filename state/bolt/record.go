package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	bbolt "go.etcd.io/bbolt"

	"github.com/mlinfra/mlinfra/state"
	"github.com/mlinfra/mlinfra/state/seal"
)

// A record is a checksum and a text. bbolt's pages have none of their own.
const sumSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errSum = errors.New("its checksum is wrong")

// checksum covers the place, too: a record of elsewhere is as wrong.
func checksum(bucket, key, text []byte) uint32 {
	sum := crc32.Update(0, castagnoli, bucket)
	sum = crc32.Update(sum, castagnoli, key)
	return crc32.Update(sum, castagnoli, text)
}

// putRecord writes a record, which removes what was there, and keeps the digest
// of the workspace. A nil text removes the record.
func putRecord(ws *bbolt.Bucket, bucket, key, text []byte) error {
	b := ws.Bucket(bucket)
	digest := newDigest(ws)
	if old := b.Get(key); old != nil {
		digest.add(bucket, key, old)
	}
	if text == nil {
		return errors.Join(b.Delete(key), digest.keep(ws))
	}
	v := append(binary.BigEndian.AppendUint32(make([]byte, 0, sumSize+len(text)), checksum(bucket, key, text)), text...)
	digest.add(bucket, key, v)
	return errors.Join(b.Put(key, v), digest.keep(ws))
}

// text returns the text of a record.
func text(bucket, key, v []byte) ([]byte, error) {
	if len(v) < sumSize || binary.BigEndian.Uint32(v) != checksum(bucket, key, v[sumSize:]) {
		return nil, errSum
	}
	return v[sumSize:], nil
}

// each calls f with the texts of a bucket.
func each(ws *bbolt.Bucket, bucket []byte, f func(key string, text []byte) error) error {
	b := ws.Bucket(bucket)
	if b == nil {
		return fmt.Errorf("it has no %s", bucket)
	}
	return b.ForEach(func(k, v []byte) error {
		t, err := text(bucket, k, v)
		if err != nil {
			return fmt.Errorf("%s %s: %w", bucket, k, err)
		}
		return f(string(k), t)
	})
}

// digest is the sum of the hashes of all records of a workspace: it shows those
// that are missing, or that are whole and of yesterday.
type digest [16]byte

func newDigest(ws *bbolt.Bucket) (d digest) {
	copy(d[:], ws.Bucket(bucketMeta).Get(keyDigest))
	return d
}

// add adds a record, or takes it out again.
func (d *digest) add(bucket, key, v []byte) {
	h := sha256.New()
	h.Write(bucket)
	h.Write([]byte{0})
	h.Write(key)
	h.Write([]byte{0})
	h.Write(v)
	for i, b := range h.Sum(nil)[:len(d)] {
		d[i] ^= b
	}
}

func (d *digest) keep(ws *bbolt.Bucket) error { return ws.Bucket(bucketMeta).Put(keyDigest, d[:]) }

// checkDigest compares the records with their digest.
func checkDigest(ws *bbolt.Bucket) error {
	var d digest
	for _, bucket := range [][]byte{bucketObjects, bucketOutputs, bucketTokens} {
		b := ws.Bucket(bucket)
		if b == nil {
			return fmt.Errorf("it has no %s", bucket)
		}
		err := b.ForEach(func(k, v []byte) error {
			if _, err := text(bucket, k, v); err != nil {
				return fmt.Errorf("%s %s: %w", bucket, k, err)
			}
			d.add(bucket, k, v)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if want := newDigest(ws); d != want {
		return errors.New("records are missing, or are older than others")
	}
	return nil
}

// objectRecord is an object as the file has it.
type objectRecord struct {
	state.Object
	// Serial is that of the commit that wrote it. What is sealed is bound to it.
	Serial uint64 `json:"serial"`
	Sealed []byte `json:"sealed,omitempty"`
}

func (r *objectRecord) context(lineage string) string {
	return fmt.Sprintf("object %s %s %s %d", lineage, r.Key, r.Addr, r.Serial)
}

func encodeObject(o state.Object, lineage string, serial uint64, box *seal.Box) ([]byte, error) {
	r := objectRecord{Object: o, Serial: serial}
	r.Secrets = nil
	if len(o.Secrets) > 0 {
		if box == nil {
			return nil, fmt.Errorf("%s has secrets, and there is no key to seal them with", o.Addr)
		}
		plain, err := json.Marshal(o.Secrets)
		if err != nil {
			return nil, err
		}
		r.Sealed = box.Seal(plain, r.context(lineage))
	}
	return json.Marshal(r)
}

func decodeObject(text []byte, lineage string, box *seal.Box) (state.Object, error) {
	var r objectRecord
	if err := json.Unmarshal(text, &r); err != nil {
		return r.Object, err
	}
	switch {
	case r.Sealed == nil:
		return r.Object, nil
	case box == nil:
		r.Locked = true
		return r.Object, nil
	}
	plain, err := box.Open(r.Sealed, r.context(lineage))
	if err != nil {
		return r.Object, fmt.Errorf("its secrets cannot be opened: %w", err)
	}
	return r.Object, json.Unmarshal(plain, &r.Secrets)
}

// outputRecord is an output as the file has it.
type outputRecord struct {
	state.Output
	Serial uint64 `json:"serial"`
	Sealed []byte `json:"sealed,omitempty"`
}

func (r *outputRecord) context(lineage, name string) string {
	return fmt.Sprintf("output %s %s %d", lineage, name, r.Serial)
}

func encodeOutput(o state.Output, lineage, name string, serial uint64, box *seal.Box) ([]byte, error) {
	r := outputRecord{Output: o, Serial: serial}
	if o.Sensitive {
		if box == nil {
			return nil, fmt.Errorf("output %s is sensitive, and there is no key to seal it with", name)
		}
		r.Sealed, r.Value = box.Seal(o.Value, r.context(lineage, name)), json.RawMessage("null")
	}
	return json.Marshal(r)
}

func decodeOutput(text []byte, lineage, name string, box *seal.Box) (state.Output, error) {
	var r outputRecord
	if err := json.Unmarshal(text, &r); err != nil {
		return r.Output, err
	}
	switch {
	case r.Sealed == nil:
		return r.Output, nil
	case box == nil:
		r.Locked = true
		return r.Output, nil
	}
	plain, err := box.Open(r.Sealed, r.context(lineage, name))
	if err != nil {
		return r.Output, fmt.Errorf("it cannot be opened: %w", err)
	}
	r.Value = bytes.Clone(plain)
	return r.Output, nil
}

// number returns the number under a key, 0 when there is none.
func number(b *bbolt.Bucket, key []byte) uint64 {
	v := b.Get(key)
	if len(v) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(v)
}

func putNumber(b *bbolt.Bucket, key []byte, n uint64) error {
	return b.Put(key, binary.BigEndian.AppendUint64(nil, n))
}
