package sallyporttest

import (
	"bytes"
	"errors"
	"slices"
	"time"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/host"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/jsonptr"
)

// Bounds of the gateway.
const (
	maxHostCalls = 1000
	maxSlots     = 64
	maxSlotName  = 256
	maxSlotValue = 16 << 10
	maxKVKey     = 256
	maxKVValue   = 64 << 10
	maxTagKey    = 256
	maxTagValue  = 4096
	maxRandom    = 64 << 10
	maxLog       = 4 << 10
)

// imports are the host's functions. They behave like the gateway's.
type imports struct{ h *Host }

var _ host.Host = imports{}

// begin counts a call and returns the status with which it fails, 0 for none.
func (i imports) begin(function string, needsExchange bool) int32 {
	i.h.calls++
	switch err := i.h.Fail[function]; {
	case i.h.calls > maxHostCalls:
		return failed(abi.StatusExhausted)
	case err != nil:
		return failed(statusOf(err))
	case needsExchange && !i.h.inHook:
		return failed(abi.StatusInvalid)
	}
	return 0
}

func statusOf(err error) abi.Status {
	for status, known := range map[abi.Status]error{
		abi.StatusNotFound: sallyport.ErrNotFound, abi.StatusInvalid: sallyport.ErrInvalid, abi.StatusDenied: sallyport.ErrDenied,
		abi.StatusTooLarge: sallyport.ErrTooLarge, abi.StatusExhausted: sallyport.ErrExhausted,
		abi.StatusTimeout: sallyport.ErrTimeout, abi.StatusUnavailable: sallyport.ErrUnavailable,
	} {
		if errors.Is(err, known) {
			return status
		}
	}
	return abi.StatusInternal
}

func failed(s abi.Status) int32 { return -int32(s) }

// give writes v if it fits and returns its length.
func give(out, v []byte) int32 {
	if len(v) <= len(out) {
		copy(out, v)
	}
	return int32(len(v))
}

func (i imports) Log(level abi.Level, text string) {
	if i.begin("log", false) != 0 {
		return
	}
	text = text[:min(len(text), maxLog)]
	i.h.Logs = append(i.h.Logs, LogLine{level, text})
	i.h.t.Logf("%s: %s", level, text)
}

func (i imports) TagGet(key string, out []byte) int32 {
	if s := i.begin("tag_get", true); s != 0 {
		return s
	}
	for n := len(i.h.Exchange.Tags) - 1; n >= 0; n-- {
		if t := i.h.Exchange.Tags[n]; t.Key == key {
			return give(out, []byte(t.Value))
		}
	}
	return failed(abi.StatusNotFound)
}

func (i imports) TagSet(key, value string) int32 {
	if s := i.begin("tag_set", true); s != 0 {
		return s
	}
	switch {
	case key == "":
		return failed(abi.StatusInvalid)
	case len(key) > maxTagKey || len(value) > maxTagValue:
		return failed(abi.StatusTooLarge)
	}
	i.h.Exchange.Tags = append(i.h.Exchange.Tags, Tag{key, value})
	return 0
}

func (i imports) SlotGet(name string, out []byte) int32 {
	if s := i.begin("slot_get", true); s != 0 {
		return s
	}
	v, ok := i.h.Slots[name]
	if !ok {
		return failed(abi.StatusNotFound)
	}
	return give(out, v)
}

func (i imports) SlotSet(name string, value []byte) int32 {
	if s := i.begin("slot_set", true); s != 0 {
		return s
	}
	_, there := i.h.Slots[name]
	switch {
	case name == "":
		return failed(abi.StatusInvalid)
	case len(name) > maxSlotName || len(value) > maxSlotValue || !there && len(i.h.Slots) >= maxSlots:
		return failed(abi.StatusTooLarge)
	}
	i.h.Slots[name] = bytes.Clone(value)
	return 0
}

func (i imports) kv(function string) int32 {
	if !slices.Contains(i.h.Capabilities, "kv") {
		return failed(abi.StatusDenied)
	}
	return i.begin(function, false)
}

func (i imports) KVGet(key string, out []byte) int32 {
	if s := i.kv("kv_get"); s != 0 {
		return s
	}
	v, ok := i.h.KV(key)
	if !ok {
		return failed(abi.StatusNotFound)
	}
	return give(out, v)
}

func (i imports) KVSet(key string, value []byte, ttlMs int64) int32 {
	if s := i.kv("kv_set"); s != 0 {
		return s
	}
	switch {
	case key == "" || ttlMs < 0:
		return failed(abi.StatusInvalid)
	case len(key) > maxKVKey || len(value) > maxKVValue:
		return failed(abi.StatusTooLarge)
	case len(value) == 0:
		delete(i.h.kv, key)
		return 0
	}
	e := kvEntry{value: bytes.Clone(value)}
	if ttlMs > 0 {
		e.until = i.h.Time.Add(time.Duration(ttlMs) * time.Millisecond)
	}
	i.h.kv[key] = e
	return 0
}

func (i imports) CounterAdd(name string, delta int64) int32 {
	if s := i.begin("counter_add", false); s != 0 {
		return s
	}
	if delta < 0 || len(name) > 64 || name == "" || len(bytes.Trim([]byte(name), "abcdefghijklmnopqrstuvwxyz0123456789_")) > 0 {
		return failed(abi.StatusInvalid)
	}
	i.h.Counters[name] += delta
	return 0
}

func (i imports) document(d abi.Document) *[]byte {
	switch d {
	case abi.DocumentConfig:
		return &i.h.config
	case abi.DocumentRequest:
		return &i.h.RequestJSON
	case abi.DocumentAnswer:
		return &i.h.AnswerJSON
	default:
		return new([]byte)
	}
}

// find returns a value of a document in place, or a status.
func (i imports) find(function string, d abi.Document, path string) ([]byte, int32) {
	if s := i.begin(function, false); s != 0 {
		return nil, s
	}
	doc := *i.document(d)
	if len(doc) == 0 {
		return nil, failed(abi.StatusUnavailable)
	}
	raw, ok := jsonptr.Find(doc, path)
	if !ok {
		return nil, failed(abi.StatusNotFound)
	}
	return raw, 0
}

func (i imports) JSONGet(d abi.Document, path string, out []byte) int32 {
	raw, s := i.find("json_get", d, path)
	if s != 0 {
		return s
	}
	return give(out, raw)
}

func (i imports) JSONSet(d abi.Document, path string, value []byte) int32 {
	raw, s := i.find("json_set", d, path)
	switch {
	case d == abi.DocumentConfig:
		return failed(abi.StatusDenied)
	case s != 0:
		return s
	}
	doc := i.document(d)
	at := cap(*doc) - cap(raw) // raw is a slice of doc
	*doc = bytes.Join([][]byte{(*doc)[:at], value, (*doc)[at+len(raw):]}, nil)
	return 0
}

func (i imports) JSONLen(d abi.Document, path string) int32 {
	raw, s := i.find("json_len", d, path)
	if s != 0 {
		return s
	}
	n := 0
	if jsonptr.Elements(raw, func([]byte) bool { n++; return true }) || jsonptr.Members(raw, func(_, _ []byte) bool { n++; return true }) {
		return int32(n)
	}
	return int32(len(raw))
}

func (i imports) Now() int64 {
	i.begin("now", false)
	return i.h.Time.UnixNano()
}

func (i imports) Random(out []byte) int32 {
	if s := i.begin("random", false); s != 0 {
		return s
	}
	if len(out) > maxRandom {
		return failed(abi.StatusTooLarge)
	}
	_, _ = i.h.random.Read(out) // never fails
	return int32(len(out))
}
