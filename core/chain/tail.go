package chain

import (
	"sync"
	"sync/atomic"

	"github.com/sallyport-gateway/sallyport/core"
)

// Tail knows which exchanges have copies that shadows have not judged yet, and
// has what such a late judgement leaves behind forgotten: the exchange may be
// over by then. It is safe for concurrent use; a nil Tail does nothing.
type Tail struct {
	forgetter core.Forgetter
	used      atomic.Int64 // exchanges, so that nobody locks while there are none
	mu        sync.Mutex
	waiting   map[core.ID]*late
}

// late is an exchange with copies that wait.
type late struct {
	copies int
	over   bool // the exchange is
}

// NewTail makes a tail. It calls forgetter.Forget after the last copy of an
// exchange that is over.
func NewTail(forgetter core.Forgetter) *Tail {
	return &Tail{forgetter: forgetter, waiting: map[core.ID]*late{}}
}

// Over tells that an exchange is over. Whoever forgets exchanges calls it before
// it forgets this one.
func (t *Tail) Over(id core.ID) {
	if t == nil || t.used.Load() == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := t.waiting[id]; l != nil {
		l.over = true
	}
}

// add counts a copy. The exchange is not over yet.
func (t *Tail) add(id core.ID) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.waiting[id]
	if l == nil {
		l = &late{}
		t.waiting[id] = l
		t.used.Store(int64(len(t.waiting)))
	}
	l.copies++
}

// done tells that a copy was judged or dropped.
func (t *Tail) done(id core.ID) {
	if t == nil {
		return
	}
	t.mu.Lock()
	l := t.waiting[id]
	l.copies--
	if l.copies == 0 {
		delete(t.waiting, id)
		t.used.Store(int64(len(t.waiting)))
	}
	forget := l.copies == 0 && l.over
	t.mu.Unlock()
	if forget {
		t.forgetter.Forget(id)
	}
}
