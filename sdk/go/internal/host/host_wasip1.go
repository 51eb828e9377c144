// Package host calls the functions of the host. A result below 0 is a negated
// [abi.Status]; one of a function that has an out is the length of the whole
// value, which was written only if it fits.
package host

import (
	"unsafe"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
)

//go:wasmimport sallyport log
func log(level uint32, text string)

//go:wasmimport sallyport tag_get
//go:noescape
func tagGet(key string, out unsafe.Pointer, n uint32) int32

//go:wasmimport sallyport tag_set
func tagSet(key, value string) int32

//go:wasmimport sallyport slot_get
//go:noescape
func slotGet(name string, out unsafe.Pointer, n uint32) int32

//go:wasmimport sallyport slot_set
//go:noescape
func slotSet(name string, value unsafe.Pointer, n uint32) int32

//go:wasmimport sallyport kv_get
//go:noescape
func kvGet(key string, out unsafe.Pointer, n uint32) int32

//go:wasmimport sallyport kv_set
//go:noescape
func kvSet(key string, value unsafe.Pointer, n uint32, ttlMs int64) int32

//go:wasmimport sallyport counter_add
func counterAdd(name string, delta int64) int32

//go:wasmimport sallyport json_get
//go:noescape
func jsonGet(document uint32, path string, out unsafe.Pointer, n uint32) int32

//go:wasmimport sallyport json_set
//go:noescape
func jsonSet(document uint32, path string, value unsafe.Pointer, n uint32) int32

//go:wasmimport sallyport json_len
func jsonLen(document uint32, path string) int32

//go:wasmimport sallyport now
func now() int64

//go:wasmimport sallyport random
//go:noescape
func random(out unsafe.Pointer, n uint32) int32

func place(b []byte) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b))
}

// Log passes a line on.
func Log(level abi.Level, text string) { log(uint32(level), text) }

// TagGet reads a tag of the exchange.
func TagGet(key string, out []byte) int32 {
	p, n := place(out)
	return tagGet(key, p, n)
}

// TagSet sets one.
func TagSet(key, value string) int32 { return tagSet(key, value) }

// SlotGet reads what the plugin left on the exchange.
func SlotGet(name string, out []byte) int32 {
	p, n := place(out)
	return slotGet(name, p, n)
}

// SlotSet leaves it.
func SlotSet(name string, value []byte) int32 {
	p, n := place(value)
	return slotSet(name, p, n)
}

// KVGet reads from the store.
func KVGet(key string, out []byte) int32 {
	p, n := place(out)
	return kvGet(key, p, n)
}

// KVSet writes to it; an empty value deletes.
func KVSet(key string, value []byte, ttlMs int64) int32 {
	p, n := place(value)
	return kvSet(key, p, n, ttlMs)
}

// CounterAdd adds to a metric.
func CounterAdd(name string, delta int64) int32 { return counterAdd(name, delta) }

// JSONGet reads a value of a document.
func JSONGet(document abi.Document, path string, out []byte) int32 {
	p, n := place(out)
	return jsonGet(uint32(document), path, p, n)
}

// JSONSet replaces one.
func JSONSet(document abi.Document, path string, value []byte) int32 {
	p, n := place(value)
	return jsonSet(uint32(document), path, p, n)
}

// JSONLen counts elements, members or bytes.
func JSONLen(document abi.Document, path string) int32 { return jsonLen(uint32(document), path) }

// Now returns nanoseconds since 1970.
func Now() int64 { return now() }

// Random fills out.
func Random(out []byte) int32 {
	p, n := place(out)
	return random(p, n)
}
