package sallyport

import (
	"time"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/host"
)

// Log writes a line to the operator's log; what is longer than 4096 bytes is
// cut. Never put a prompt in it.
func Log(level Level, text string) { host.Log(level, text) }

// GetTag returns a tag of the exchange, those set in this call included. The
// manifest must ask for tags.
func GetTag(key string) (string, error) {
	b, err := fetch("tag_get", key, func(out []byte) int32 { return host.TagGet(key, out) })
	return string(b), err
}

// SetTag sets a tag of the exchange, as the Tag of a reply does.
func SetTag(key, value string) error { return check("tag_set", key, host.TagSet(key, value)) }

// GetSlot returns what this plugin left on the exchange, also in another hook.
// The bytes are the caller's.
func GetSlot(name string) ([]byte, error) {
	return fetch("slot_get", name, func(out []byte) int32 { return host.SlotGet(name, out) })
}

// SetSlot leaves up to 16 KiB on the exchange.
func SetSlot(name string, value []byte) error {
	return check("slot_set", name, host.SlotSet(name, value))
}

// GetKV returns a value of the store, which is the plugin's own for each tenant.
// The bytes are the caller's. Needs the capability "kv".
func GetKV(key string) ([]byte, error) {
	return fetch("kv_get", key, func(out []byte) int32 { return host.KVGet(key, out) })
}

// SetKV stores a value for ttl, in steps of a millisecond; 0 keeps it without
// end. Needs the capability "kv".
func SetKV(key string, value []byte, ttl time.Duration) error {
	ms := ttl.Milliseconds()
	if ttl > 0 && ms == 0 {
		ms = 1
	}
	return check("kv_set", key, host.KVSet(key, value, ms))
}

// DeleteKV deletes a value of the store. Needs the capability "kv".
func DeleteKV(key string) error { return SetKV(key, nil, 0) }

// AddCounter adds delta ≥ 0 to a metric of the plugin. Its name is of a-z, 0-9
// and "_", at most 64 bytes.
func AddCounter(name string, delta int64) error {
	return check("counter_add", name, host.CounterAdd(name, delta))
}

// Now returns the wall time.
func Now() time.Time { return time.Unix(0, host.Now()) }

// Random fills b, of at most 64 KiB, with random bytes that are fit for secrets.
func Random(b []byte) error { return check("random", "", host.Random(b)) }

// Document is a JSON document that the host has parsed. Paths are JSON pointers
// (RFC 6901), such as "/messages/0/role"; the empty one is the whole document.
type Document uint32

// The documents.
const (
	ConfigDocument  Document = Document(abi.DocumentConfig)
	RequestDocument Document = Document(abi.DocumentRequest) // the client's request, if the manifest asked for it
	AnswerDocument  Document = Document(abi.DocumentAnswer)  // the whole answer, if the manifest asked for it
)

// Get returns a value as JSON. The bytes are the caller's.
func (d Document) Get(path string) ([]byte, error) {
	return fetch("json_get", path, func(out []byte) int32 { return host.JSONGet(abi.Document(d), path, out) })
}

// Set replaces a value by JSON, where the phase allows edits.
func (d Document) Set(path string, value []byte) error {
	return check("json_set", path, host.JSONSet(abi.Document(d), path, value))
}

// Len returns the number of elements of an array or of members of an object,
// else of bytes of the value.
func (d Document) Len(path string) (int, error) {
	n := host.JSONLen(abi.Document(d), path)
	return max(0, int(n)), check("json_len", path, n)
}

// fetch asks for a value, again if it is larger than the room that it was given.
func fetch(function, subject string, call func(out []byte) int32) ([]byte, error) {
	out := make([]byte, 256)
	for {
		n := call(out)
		if n < 0 {
			return nil, check(function, subject, n)
		}
		if int(n) <= len(out) {
			return out[:n], nil
		}
		out = make([]byte, n)
	}
}
