package load

import (
	"math/bits"
	"time"
)

// subBits is the resolution of a [Histogram]: 2^subBits buckets for each power
// of two, so a value is off by 0.4 % at most.
const subBits = 7

// Histogram counts durations from 0 to about 2.5 hours in fixed memory. The
// zero value is empty and ready. It is not safe for concurrent use.
type Histogram struct {
	counts [(43 - subBits + 1) << subBits]uint32
	total  int64
}

// Add counts d once; negative durations count as 0, too long ones as the longest.
func (h *Histogram) Add(d time.Duration) {
	h.counts[min(bucket(uint64(max(d, 0))), len(h.counts)-1)]++
	h.total++
}

// Count returns how many durations were added.
func (h *Histogram) Count() int64 { return h.total }

// Quantile returns the duration that a share q of all durations does not exceed,
// to within the resolution; q is in [0, 1]. It is 0 for an empty histogram.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := int64(q * float64(h.total))
	for i, n := range h.counts {
		if rank -= int64(n); rank < 0 || rank == 0 && i == h.last() {
			return middle(i)
		}
	}
	return 0
}

// last returns the highest bucket in use.
func (h *Histogram) last() int {
	for i := len(h.counts) - 1; i >= 0; i-- {
		if h.counts[i] > 0 {
			return i
		}
	}
	return -1
}

// bucket returns the place of v: exact below 2^subBits, then by the highest
// subBits+1 bits.
func bucket(v uint64) int {
	shift := max(0, bits.Len64(v)-subBits-1)
	return shift<<subBits + int(v>>shift)
}

// middle returns the middle of a bucket.
func middle(i int) time.Duration {
	if i < 2<<subBits {
		return time.Duration(i)
	}
	shift := i>>subBits - 1
	low := uint64(i-shift<<subBits) << shift
	return time.Duration(low + 1<<shift/2)
}
