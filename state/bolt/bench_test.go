package bolt

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mlinfra/mlinfra/state"
)

// big makes a state of n objects of a kilobyte, with their history.
func big(b *testing.B, n int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "state.db")
	s := open(b, path, Write)
	var changes []state.Change
	for i := range n {
		o := object(fmt.Sprint("n-", i))
		o.Status, o.Intent = state.Live, nil
		o.Attrs = json.RawMessage(`{"id":"` + fmt.Sprint(i) + `","text":"` + strings.Repeat("x", 1000) + `"}`)
		changes = append(changes, put(o))
	}
	commit(b, s, changes...)
	shut(b, s)
	return path
}

const many = 10_000

func BenchmarkOpenRead10k(b *testing.B) {
	path := big(b, many)
	for b.Loop() {
		shut(b, open(b, path, Read))
	}
}

func BenchmarkOpenWrite10k(b *testing.B) {
	path := big(b, many)
	for b.Loop() {
		shut(b, open(b, path, Write))
	}
}

// BenchmarkCheck10k checks all of an open file.
func BenchmarkCheck10k(b *testing.B) {
	path := big(b, many)
	for b.Loop() {
		if err := verified(path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCopy10k(b *testing.B) {
	path := big(b, many)
	for b.Loop() {
		if err := options(path, Write).copy(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDisk is what the disk needs for a kilobyte: a commit needs it twice.
func BenchmarkDisk(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "f"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for b.Loop() {
		if _, err := f.WriteAt(make([]byte, 1024), 0); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{0, many} {
		b.Run(fmt.Sprintf("of %d objects", n), func(b *testing.B) {
			s := open(b, big(b, n), Write)
			defer shut(b, s)
			for i := 0; b.Loop(); i++ {
				commit(b, s, put(object(fmt.Sprint("c-", i%1000))))
			}
		})
	}
}

// BenchmarkGroupCommit commits from many goroutines.
func BenchmarkGroupCommit(b *testing.B) {
	for _, writers := range []int{10, 64} {
		b.Run(fmt.Sprintf("by %d", writers), func(b *testing.B) {
			s := open(b, big(b, 0), Write)
			defer shut(b, s)
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					for i := range b.N/writers + 1 {
						if err := s.Commit(put(object(fmt.Sprint(w, "-", i%100)))); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

// BenchmarkJournal makes objects as an apply does, with calls of 200 ms, ten at
// once, and prints what the commits add.
func BenchmarkJournal(b *testing.B) {
	const call, workers, objects = 200 * time.Millisecond, 10, 200
	for b.Loop() {
		s := open(b, filepath.Join(b.TempDir(), "state.db"), Write)
		start := time.Now()
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := range objects / workers {
					o := object(fmt.Sprint(w, "-", i))
					for _, status := range []state.Status{state.Intended, state.Pending, state.Live} {
						o.Status = status
						if err := s.Commit(put(o)); err != nil {
							b.Error(err)
						}
						if status == state.Intended {
							time.Sleep(call)
						}
					}
				}
			})
		}
		wg.Wait()
		took, calls := time.Since(start), call*objects/workers
		b.ReportMetric(100*float64(took-calls)/float64(calls), "%journal")
		b.ReportMetric(float64(took-calls)/1e6*workers/objects, "ms/create")
		shut(b, s)
	}
}
