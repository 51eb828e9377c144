package load

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestHistogramQuantiles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var h Histogram
	all := make([]time.Duration, 100_000)
	for i := range all {
		all[i] = time.Duration(math.Exp(r.Float64() * 24)) // 1 ns to 26 s
		h.Add(all[i])
	}
	slices.Sort(all)
	for _, q := range []float64{0, 0.01, 0.5, 0.9, 0.99, 0.999, 1} {
		want := all[min(int(q*float64(len(all))), len(all)-1)]
		got := h.Quantile(q)
		if off := math.Abs(float64(got-want)) / float64(want); off > 0.005 {
			t.Errorf("quantile %g is %v, want %v (%.2f %% off)", q, got, want, 100*off)
		}
	}
	if h.Count() != int64(len(all)) {
		t.Errorf("count %d", h.Count())
	}
}

func TestHistogramEnds(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("an empty histogram has a median")
	}
	h.Add(-time.Second)
	if got := h.Quantile(1); got != 0 {
		t.Errorf("a negative duration counts as %v, want 0", got)
	}
	h.Add(1000 * time.Hour)
	if got := h.Quantile(1); got < 2*time.Hour {
		t.Errorf("a duration beyond the end counts as %v", got)
	}
}

func TestBucketsAreOrderedAndNarrow(t *testing.T) {
	last := -1
	for v := uint64(0); v < 1<<42; v += 1 + v/300 {
		i := bucket(v)
		if i < last || i > last+1 {
			t.Fatalf("bucket of %d is %d after %d", v, i, last)
		}
		last = i
		if m := float64(middle(i)); math.Abs(m-float64(v)) > float64(v)/200 {
			t.Fatalf("the middle of the bucket of %d is %g", v, m)
		}
	}
}
