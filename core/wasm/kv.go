package wasm

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// Bounds of one namespace of the store in memory.
const (
	maxKVKey     = 256
	maxKVValue   = 64 << 10
	maxKVEntries = 10_000
	maxKVBytes   = 16 << 20
)

var errKVFull = errors.New("the plugin's store is full")

// memoryKV is a core.KV in memory, bounded per namespace.
type memoryKV struct {
	clock core.Clock
	mu    sync.Mutex
	ns    map[string]*kvSpace
}

type kvSpace struct {
	m     map[string]kvEntry
	bytes int
}

type kvEntry struct {
	value []byte
	until time.Time // zero: for ever
}

func newMemoryKV(c core.Clock) *memoryKV { return &memoryKV{clock: c, ns: map[string]*kvSpace{}} }

// Get implements core.KV.
func (k *memoryKV) Get(_ context.Context, ns, key string) ([]byte, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.ns[ns]
	if s == nil {
		return nil, false, nil
	}
	e, ok := s.m[key]
	if ok && e.over(k.clock.Now()) {
		s.drop(key)
		return nil, false, nil
	}
	return bytes.Clone(e.value), ok, nil
}

// Set implements core.KV. An empty value deletes.
func (k *memoryKV) Set(_ context.Context, ns, key string, value []byte, ttl time.Duration) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.ns[ns]
	if s == nil {
		s = &kvSpace{m: map[string]kvEntry{}}
		k.ns[ns] = s
	}
	s.drop(key)
	if len(value) == 0 {
		return nil
	}
	size := len(key) + len(value)
	now := k.clock.Now()
	if len(s.m) >= maxKVEntries || s.bytes+size > maxKVBytes {
		for other := range maps.Clone(s.m) {
			if e := s.m[other]; e.over(now) {
				s.drop(other)
			}
		}
	}
	if len(s.m) >= maxKVEntries || s.bytes+size > maxKVBytes {
		return errKVFull
	}
	e := kvEntry{value: bytes.Clone(value)}
	if ttl > 0 {
		e.until = now.Add(ttl)
	}
	s.m[key] = e
	s.bytes += size
	return nil
}

// drop removes every namespace that begins with prefix.
func (k *memoryKV) drop(prefix string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.DeleteFunc(k.ns, func(ns string, _ *kvSpace) bool { return strings.HasPrefix(ns, prefix) })
}

func (e *kvEntry) over(now time.Time) bool { return !e.until.IsZero() && !now.Before(e.until) }

func (s *kvSpace) drop(key string) {
	if e, ok := s.m[key]; ok {
		s.bytes -= len(key) + len(e.value)
		delete(s.m, key)
	}
}

// maxTallies bounds the counters that one plugin keeps.
const maxTallies = 64

// tallies are the counters of one instance that its plugin keeps.
type tallies struct {
	mu sync.Mutex
	m  map[string]int64
}

// add adds n to a counter, or tells that there are too many.
func (t *tallies) add(name []byte, n int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.m[string(name)]; !ok && len(t.m) >= maxTallies {
		return false
	}
	if t.m == nil {
		t.m = map[string]int64{}
	}
	t.m[string(name)] += n
	return true
}

func (t *tallies) read() map[string]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.m)
}
