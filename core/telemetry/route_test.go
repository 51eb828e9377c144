package telemetry

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

func page(t *testing.T, m *Metrics) string {
	t.Helper()
	var b strings.Builder
	if _, err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRoute(t *testing.T) {
	m := NewMetrics()
	r := m.Route("chat")
	if m.Route("chat") != r {
		t.Fatal("a route has two counters")
	}
	m.Route("idle")
	r.Observe(&core.UsageRecord{
		End: core.EndCompleted, Duration: 3 * time.Millisecond, FirstByte: time.Millisecond,
		Priced: true, Cost: 1,
		Usage: core.Usage{InputUncached: 7, CacheRead: 5, CacheWrite: 3, Output: 2},
	})
	r.Observe(&core.UsageRecord{End: core.EndClientGone, Duration: time.Hour})
	got := page(t, m)
	for _, want := range []string{
		`sallyport_exchanges_total{end="completed",route="chat"} 1`,
		`sallyport_exchanges_total{end="client_gone",route="chat"} 1`,
		`sallyport_exchanges_total{end="blocked",route="chat"} 0`,
		`sallyport_exchanges_total{end="completed",route="idle"} 0`,
		`sallyport_tokens_total{kind="input_uncached",route="chat"} 7`,
		`sallyport_tokens_total{kind="cache_read",route="chat"} 5`,
		`sallyport_tokens_total{kind="cache_write",route="chat"} 3`,
		`sallyport_tokens_total{kind="output",route="chat"} 2`,
		`sallyport_unpriced_exchanges_total{route="chat"} 1`,
		`sallyport_exchange_seconds_bucket{route="chat",le="0.002"} 0`,
		`sallyport_exchange_seconds_bucket{route="chat",le="0.004"} 1`,
		`sallyport_exchange_seconds_bucket{route="chat",le="131.072"} 1`,
		`sallyport_exchange_seconds_bucket{route="chat",le="+Inf"} 2`,
		`sallyport_exchange_seconds_sum{route="chat"} 3600.003`,
		`sallyport_exchange_seconds_count{route="chat"} 2`,
		`sallyport_first_byte_seconds_bucket{route="chat",le="0.001"} 1`,
		`sallyport_first_byte_seconds_count{route="chat"} 1`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("no line %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

// TestBuckets: a bucket ends at its bound and includes it.
func TestBuckets(t *testing.T) {
	for bucket, ds := range map[int][]time.Duration{
		0:              {-1, 0, 1, time.Millisecond},
		1:              {time.Millisecond + 1, 2 * time.Millisecond},
		2:              {2*time.Millisecond + 1, 4 * time.Millisecond},
		lastBucket:     {131072 * time.Millisecond},
		lastBucket + 1: {131072*time.Millisecond + 1, 1 << 62},
	} {
		for _, d := range ds {
			var h durations
			h.observe(d)
			if h.buckets[bucket].Load() != 1 {
				t.Errorf("%v is not in bucket %d", d, bucket)
			}
		}
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	r := NewMetrics().Route("m")
	rec := &core.UsageRecord{Duration: time.Millisecond, FirstByte: time.Millisecond, Usage: core.Usage{Output: 1}}
	if n := testing.AllocsPerRun(100, func() { r.Observe(rec) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
