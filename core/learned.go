package core

import "sync/atomic"

// Learned is where dialects keep what they learned of the answers of one service of
// a deployment, for all attempts there. Each asks for its own type and takes what it
// does not know for nothing. The zero value is empty; a nil *Learned stays so. It is
// safe for concurrent use.
type Learned struct{ v atomic.Pointer[any] }

// Load returns what was stored last, or nil.
func (l *Learned) Load() any {
	if l == nil {
		return nil
	}
	if v := l.v.Load(); v != nil {
		return *v
	}
	return nil
}

// Store keeps v, which others may use at once and for as long as they like.
func (l *Learned) Store(v any) {
	if l != nil {
		l.v.Store(&v)
	}
}
