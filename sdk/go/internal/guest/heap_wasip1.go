package guest

import (
	"runtime"
	_ "unsafe" // for go:linkname
)

// The host takes a guest back to the state that it has when Configure returns,
// by copying what changed. Memory does not shrink: a guest whose memory grew in
// a hook is thrown away at the end and made anew, which takes milliseconds. By
// default Go collects garbage for the first time when 4 MiB are in use, so that
// a hook which allocates 100 KiB would grow its memory nearly every time.
//
// So the collector begins at 1 MiB, and the heap is made that much larger before
// the host looks. Measured on a guest of 3.1 MiB: 1.9 MiB more to compare make a
// reset some 25 µs longer; in return of 100 hooks that allocated 10 MiB each not
// one cost its guest. One collection of a small heap costs 0.4 ms, and there is
// one for each MiB that hooks allocate.
const (
	gcPercent = 25      // of 4 MiB, or of what lives
	minRoom   = 3 << 19 // to begin with
	maxRoom   = 4 << 20 // so that large lists do not use up the limit of memory
	perLive   = 2       // one more byte of room for so many that live
)

// setGCPercent is that of runtime/debug, which would add package os to every
// guest: 0.4 MB of module and 90 ms to compile.
//
//go:linkname setGCPercent runtime/debug.setGCPercent
func setGCPercent(percent int32) int32

// room keeps settle's allocations from being optimized away. They are small, so
// that Go does not clear what the host has cleared, and pages that no hook ever
// uses take no memory.
var room [maxRoom / piece][]byte

const piece = 256 << 10

// settle leaves the heap as hooks should find it: without garbage, and with
// room to allocate.
func settle() {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	for i := range min(minRoom+m.HeapAlloc/perLive, maxRoom) / piece {
		room[i] = make([]byte, piece)
	}
	clear(room[:])
	runtime.GC()
}
