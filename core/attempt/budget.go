package attempt

import (
	"sync"
	"sync/atomic"
	"time"
)

// The retry budget. Retries and fallbacks are at most retryShare of the
// requests and freeRetries more; a storm of failures therefore reaches the
// upstreams as at most 1.2 times the clients' requests.
const (
	retryShare  = 0.2
	freeRetries = 3
	// freeWindow is how often the free retries come back while the traffic is
	// so low that its share does not pay for them.
	freeWindow = 10 * time.Second
	// maxRetries bounds what quiet times save up.
	maxRetries = 100
)

// budget counts requests and hands out retries. Counting costs one atomic add.
type budget struct {
	requests atomic.Int64

	mu     sync.Mutex
	tokens float64
	seen   int64         // requests already turned into tokens
	start  time.Duration // of the window, since the loop's epoch
	inWin  int64         // requests seen in the window
}

func newBudget() *budget { return &budget{tokens: freeRetries} }

// take takes one retry at the moment now, if there is one.
func (b *budget) take(now time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.requests.Load()
	fresh := n - b.seen
	b.seen, b.inWin = n, b.inWin+fresh
	b.tokens = min(b.tokens+retryShare*float64(fresh), maxRetries)
	if now-b.start >= freeWindow {
		// What the window's own traffic earned counts against the free ones.
		if free := freeRetries - retryShare*float64(b.inWin); free > 0 && b.tokens < freeRetries {
			b.tokens = min(b.tokens+free, freeRetries)
		}
		b.start, b.inWin = now, 0
	}
	// A little less than 1, for five times 0.2.
	if b.tokens < 1-1e-9 {
		return false
	}
	b.tokens--
	return true
}
