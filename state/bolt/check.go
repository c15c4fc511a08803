package bolt

import (
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"

	bbolt "go.etcd.io/bbolt"
)

// check refuses a file that is inconsistent or is not a state of this format.
// It reads all of it here before Tx.Check does: that works on a goroutine of its
// own, where a fault is the end of the process.
func check(path string, tx *bbolt.Tx) error {
	if err := checkPages(path, tx.DB().Info().PageSize); err != nil {
		return damaged(path, err)
	}
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return fmt.Errorf("%s is a bbolt file of another program: name another file with -state", path)
	}
	if got := string(meta.Get(keyFormat)); got != format {
		if _, err := strconv.ParseUint(got, 10, 16); err != nil {
			return damaged(path, "its format is none")
		}
		return fmt.Errorf("%s has format %q, this mlinfra reads %q: use the version that wrote it", path, got, format)
	}
	if err := errors.Join(checkSum(meta), touch(tx)); err != nil {
		return damaged(path, err)
	}
	// To the end: while it has more to say, Check still reads the pages.
	var first error
	for err := range tx.Check() {
		if first == nil {
			first = damaged(path, err)
		}
	}
	return first
}

// touch reads every byte of every bucket, and what has checksums by these.
func touch(tx *bbolt.Tx) error {
	return eachWorkspace(tx, func(name string, ws *bbolt.Bucket) error {
		if err := checkSum(ws.Bucket(bucketMeta)); err != nil {
			return fmt.Errorf("workspace %s: %w", name, err)
		}
		if err := checkDigest(ws); err != nil {
			return fmt.Errorf("workspace %s: %w", name, err)
		}
		for _, bucket := range [][]byte{bucketHistory, bucketRuns, bucketSources} {
			if err := each(ws, bucket, func(string, []byte) error { return nil }); err != nil {
				return fmt.Errorf("workspace %s: %w", name, err)
			}
		}
		return nil
	})
}

// keySum is that of the checksum over all other keys of a meta bucket.
var keySum = []byte("sum")

// putSum writes the checksum of a meta bucket, after a change of it.
func putSum(meta *bbolt.Bucket) error {
	return putNumber(meta, keySum, uint64(sumOf(meta)))
}

func sumOf(meta *bbolt.Bucket) uint32 {
	sum := uint32(0)
	_ = meta.ForEach(func(k, v []byte) error { // returns what the function does
		if !slices.Equal(k, keySum) {
			sum = crc32.Update(sum, castagnoli, k)
			sum = crc32.Update(sum, castagnoli, []byte{0})
			sum = crc32.Update(sum, castagnoli, v)
		}
		return nil
	})
	return sum
}

func checkSum(meta *bbolt.Bucket) error {
	if meta == nil {
		return errors.New("its head is missing")
	}
	if number(meta, keySum) != uint64(sumOf(meta)) {
		return errors.New("the checksum of its head is wrong")
	}
	return nil
}
