package memory

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	for _, tt := range []struct {
		bytes uint64
		want  int
	}{{0, 15}, {8 << 20, 15}, {16 << 20, 50}, {1 << 30, 50}} {
		if got := growthOf(tt.bytes); got != tt.want {
			t.Errorf("a heap of %d bytes may grow by %d %%, want %d", tt.bytes, got, tt.want)
		}
	}
}

func TestLive(t *testing.T) {
	kept := make([]byte, 32<<20)
	runtime.GC()
	if got := live(); got < uint64(len(kept)) || got > 4*uint64(len(kept)) {
		t.Errorf("%d bytes are in use, and %d are kept", got, len(kept))
	}
	runtime.KeepAlive(kept)
}

func TestAfterCollections(t *testing.T) {
	var calls atomic.Int64
	afterCollections(func() { calls.Add(1) })
	// Finalizers run beside the program: one that is set while garbage is collected
	// has to wait for the next time.
	for end := time.Now().Add(time.Minute); calls.Load() < 3; runtime.GC() {
		if time.Now().After(end) {
			t.Fatalf("%d calls after a minute of collections", calls.Load())
		}
	}
}
