//go:build !wasip1

// Package host calls the functions of the host: here, outside a guest, those of
// the host that a test has set. A result below 0 is a negated [abi.Status]; one
// of a function that has an out is the length of the whole value, which was
// written only if it fits.
package host

import (
	"sync/atomic"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
)

// Host is what a test puts in the gateway's place.
type Host interface {
	Log(level abi.Level, text string)
	TagGet(key string, out []byte) int32
	TagSet(key, value string) int32
	SlotGet(name string, out []byte) int32
	SlotSet(name string, value []byte) int32
	KVGet(key string, out []byte) int32
	KVSet(key string, value []byte, ttlMs int64) int32
	CounterAdd(name string, delta int64) int32
	JSONGet(document abi.Document, path string, out []byte) int32
	JSONSet(document abi.Document, path string, value []byte) int32
	JSONLen(document abi.Document, path string) int32
	Now() int64
	Random(out []byte) int32
}

type holder struct{ Host }

var current atomic.Pointer[holder]

// Use puts h in place and returns a function that takes it out again. It
// reports false if there is one already: a guest has one host.
func Use(h Host) (release func(), ok bool) {
	mine := &holder{h}
	if !current.CompareAndSwap(nil, mine) {
		return nil, false
	}
	return func() { current.CompareAndSwap(mine, nil) }, true
}

func get() Host {
	h := current.Load()
	if h == nil {
		panic("sallyport: there is no host outside a gateway; in a test call sallyporttest.New first")
	}
	return h
}

// Log passes a line on.
func Log(level abi.Level, text string) { get().Log(level, text) }

// TagGet reads a tag of the exchange.
func TagGet(key string, out []byte) int32 { return get().TagGet(key, out) }

// TagSet sets one.
func TagSet(key, value string) int32 { return get().TagSet(key, value) }

// SlotGet reads what the plugin left on the exchange.
func SlotGet(name string, out []byte) int32 { return get().SlotGet(name, out) }

// SlotSet leaves it.
func SlotSet(name string, value []byte) int32 { return get().SlotSet(name, value) }

// KVGet reads from the store.
func KVGet(key string, out []byte) int32 { return get().KVGet(key, out) }

// KVSet writes to it; an empty value deletes.
func KVSet(key string, value []byte, ttlMs int64) int32 { return get().KVSet(key, value, ttlMs) }

// CounterAdd adds to a metric.
func CounterAdd(name string, delta int64) int32 { return get().CounterAdd(name, delta) }

// JSONGet reads a value of a document.
func JSONGet(document abi.Document, path string, out []byte) int32 {
	return get().JSONGet(document, path, out)
}

// JSONSet replaces one.
func JSONSet(document abi.Document, path string, value []byte) int32 {
	return get().JSONSet(document, path, value)
}

// JSONLen counts elements, members or bytes.
func JSONLen(document abi.Document, path string) int32 { return get().JSONLen(document, path) }

// Now returns nanoseconds since 1970.
func Now() int64 { return get().Now() }

// Random fills out.
func Random(out []byte) int32 { return get().Random(out) }
