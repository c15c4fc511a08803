package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
)

// bbolt maps its file into memory and follows offsets that stand in it. Those
// of a damaged page lead out of the map, which ends the process when that
// happens on a goroutine of bbolt's. So all that is reachable is looked at here
// first, by reading. The layout is that of bbolt's pages and metas, version 2.
const (
	pageHeader  = 16 // id 8, flags 2, count 2, overflow 4
	elementSize = 16 // of branches: pos 4, ksize 4, page 8; of leaves: flags, pos, ksize, vsize 4 each
	bucketSize  = 16 // root page 8, sequence 8
	metaSize    = 64
	metaMagic   = 0xED0CDAED

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10
	bucketLeaf   = 0x01
)

// pages reads the pages of a file.
type pages struct {
	file  *os.File
	size  uint64            // of a page
	limit uint64            // first page that is not in use
	seen  map[uint64]string // pages by what they are for
	free  [][]byte          // memory for pages that are to be read
}

// checkPages walks through the pages of the file at path. The file must not
// change meanwhile.
func checkPages(path string, pageSize int) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	p := &pages{file: f, size: uint64(pageSize), seen: map[uint64]string{}}
	m, err := p.newestMeta()
	if err != nil {
		return err
	}
	root, freelist, limit := field(m, 16), field(m, 32), field(m, 40)
	if limit > uint64(info.Size())/p.size {
		return fmt.Errorf("it has %d bytes, and pages up to %d are in use", info.Size(), limit)
	}
	p.limit = limit
	if err := p.freelist(freelist); err != nil {
		return err
	}
	return p.walk(root)
}

// field returns the number at an offset of b.
func field(b []byte, at int) uint64 { return binary.NativeEndian.Uint64(b[at:]) }

// newestMeta returns the meta that bbolt uses.
func (p *pages) newestMeta() ([]byte, error) {
	var newest []byte
	for i := range int64(2) {
		b := make([]byte, pageHeader+metaSize)
		if _, err := p.file.ReadAt(b, i*int64(p.size)); err != nil {
			continue
		}
		m := b[pageHeader:]
		sum := fnv.New64a()
		sum.Write(m[:metaSize-8])
		if binary.NativeEndian.Uint32(m) != metaMagic || sum.Sum64() != field(m, 56) {
			continue
		}
		if newest == nil || field(m, 48) > field(newest, 48) {
			newest = m
		}
	}
	if newest == nil {
		return nil, errors.New("both of its heads are damaged")
	}
	return newest, nil
}

// read returns a page with those that it overflows into.
func (p *pages) read(id uint64, purpose string) ([]byte, error) {
	if id < 2 || id >= p.limit {
		return nil, fmt.Errorf("it refers to page %d, which is not there", id)
	}
	if other, ok := p.seen[id]; ok {
		return nil, fmt.Errorf("page %d is in use twice: as %s and %s", id, other, purpose)
	}
	p.seen[id] = purpose
	b := p.buffer()
	if _, err := p.file.ReadAt(b, int64(id*p.size)); err != nil {
		return nil, err
	}
	more := uint64(binary.NativeEndian.Uint32(b[12:]))
	if field(b, 0) != id || more >= p.limit-id {
		return nil, fmt.Errorf("page %d is damaged", id)
	}
	if more == 0 {
		return b, nil
	}
	b = make([]byte, (more+1)*p.size)
	_, err := p.file.ReadAt(b, int64(id*p.size))
	return b, err
}

// buffer returns memory for a page.
func (p *pages) buffer() []byte {
	last := len(p.free) - 1
	if last < 0 {
		return make([]byte, p.size)
	}
	b := p.free[last]
	p.free = p.free[:last]
	return b
}

// done takes back the memory of a page that has been checked.
func (p *pages) done(b []byte) {
	if uint64(len(b)) == p.size {
		p.free = append(p.free, b)
	}
}

// freelist checks that the list of free pages is inside of its page.
func (p *pages) freelist(id uint64) error {
	b, err := p.read(id, "the list of free pages")
	if err != nil {
		return err
	}
	count := uint64(binary.NativeEndian.Uint16(b[10:]))
	if count == 0xFFFF {
		count = field(b, pageHeader) + 1
	}
	if binary.NativeEndian.Uint16(b[8:]) != freelistPage || count > uint64(len(b)-pageHeader)/8 {
		return errors.New("its list of free pages is damaged")
	}
	return nil
}

// walk checks the tree of pages under a root.
func (p *pages) walk(id uint64) error {
	b, err := p.read(id, "a tree")
	if err != nil {
		return err
	}
	defer p.done(b)
	switch binary.NativeEndian.Uint16(b[8:]) {
	case branchPage:
		return p.branch(b, id)
	case leafPage:
		return p.leaf(b, id)
	}
	return fmt.Errorf("page %d is damaged", id)
}

// elements calls f with each element of a page, which is inside of it.
func elements(b []byte, id uint64, f func(at uint64, element []byte) error) error {
	count := uint64(binary.NativeEndian.Uint16(b[10:]))
	if pageHeader+count*elementSize > uint64(len(b)) {
		return fmt.Errorf("page %d is damaged", id)
	}
	for i := range count {
		at := pageHeader + i*elementSize
		if err := f(at, b[at:at+elementSize]); err != nil {
			return err
		}
	}
	return nil
}

func (p *pages) branch(b []byte, id uint64) error {
	if binary.NativeEndian.Uint16(b[10:]) == 0 {
		return fmt.Errorf("page %d is damaged", id)
	}
	return elements(b, id, func(at uint64, e []byte) error {
		pos, ksize := uint64(binary.NativeEndian.Uint32(e)), uint64(binary.NativeEndian.Uint32(e[4:]))
		if at+pos+ksize > uint64(len(b)) {
			return fmt.Errorf("page %d is damaged", id)
		}
		return p.walk(field(e, 8))
	})
}

func (p *pages) leaf(b []byte, id uint64) error {
	return elements(b, id, func(at uint64, e []byte) error {
		pos, ksize, vsize := uint64(binary.NativeEndian.Uint32(e[4:])), uint64(binary.NativeEndian.Uint32(e[8:])), uint64(binary.NativeEndian.Uint32(e[12:]))
		end := at + pos + ksize + vsize
		if end > uint64(len(b)) {
			return fmt.Errorf("page %d is damaged", id)
		}
		if binary.NativeEndian.Uint32(e)&bucketLeaf == 0 {
			return nil
		}
		return p.bucket(b[end-vsize:end], id)
	})
}

// bucket checks a bucket, whose pages are elsewhere or which is one page inside
// of its value.
func (p *pages) bucket(v []byte, id uint64) error {
	if len(v) < bucketSize {
		return fmt.Errorf("page %d is damaged", id)
	}
	if root := field(v, 0); root != 0 {
		return p.walk(root)
	}
	inline := v[bucketSize:]
	if len(inline) < pageHeader || binary.NativeEndian.Uint16(inline[8:]) != leafPage {
		return fmt.Errorf("page %d is damaged", id)
	}
	return p.leaf(inline, id)
}
