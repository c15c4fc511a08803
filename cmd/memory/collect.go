package memory

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// In a command that changes something the heap may grow by these percentages of what
// is in use until the garbage is collected: a small heap by less, since looking
// through it takes no time. A plan alone is over at once, and left to Go, which takes
// 100.
const (
	growth      = 50
	smallGrowth = 15
	small       = 16 << 20 // bytes in use
)

// beat is how often pages are given up while packages are initialised, which takes
// about ten milliseconds.
const beat = time.Millisecond

// initialised is set when the initialisers of all packages are through.
var initialised atomic.Bool

// Packages are initialised by what they import, then by their names: this one needs
// little, and is among the first of those that are not of the standard library.
func init() {
	if left() {
		return
	}
	drop()
	afterCollections(drop)
	go func() {
		for !initialised.Load() {
			time.Sleep(beat)
			drop()
		}
	}()
}

// Initialised is called when main begins. From then on pages are given up whenever
// the garbage collector has been through, which touches most types.
func Initialised() {
	initialised.Store(true)
	if !left() {
		drop()
	}
}

// Spare is called by commands that change something, before they plan: memory is
// dearer than time from then on. A plan that had the memory it likes would leave it in
// pieces, of which its changes use a part each.
func Spare() {
	if !left() {
		paced.Do(pace)
	}
}

// paced is done when pace has been called.
var paced sync.Once

// left reports whether the user has a say in memory: then all of it is left to Go.
func left() bool { return os.Getenv("GOGC") != "" }

// pace has the garbage collected by how much is in use.
func pace() {
	percent := growthOf(live())
	debug.SetGCPercent(percent)
	afterCollections(func() {
		if p := growthOf(live()); p != percent {
			percent = p
			debug.SetGCPercent(p)
		}
	})
}

// growthOf returns by how many percent a heap may grow of which bytes are in use.
func growthOf(bytes uint64) int {
	if bytes < small {
		return smallGrowth
	}
	return growth
}

// live returns how many bytes of the heap the last collection has found in use.
func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// afterCollections calls f after each garbage collection, one call at a time: then a
// finalizer runs, and sets itself again.
func afterCollections(f func()) {
	type collected struct{ _ [16]byte } // too large to share memory with others
	var again func(*collected)
	again = func(c *collected) {
		f()
		runtime.SetFinalizer(c, again)
	}
	runtime.SetFinalizer(new(collected), again)
}
