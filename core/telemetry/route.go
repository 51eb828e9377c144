package telemetry

import (
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sallyport-gateway/sallyport/core"
)

// Route counts the exchanges of one route. Every exchange does so, which is why
// these are plain atomic counters that only a reading of the metrics turns into
// Prometheus' form. It is safe for concurrent use.
type Route struct {
	name               string
	ends               [core.NumEnds]atomic.Uint64
	tokens             [len(tokenKinds)]atomic.Uint64
	unpriced           atomic.Uint64
	seconds, firstByte durations
}

// tokenKinds are the kinds of tokens that are counted.
var tokenKinds = [...]string{"input_uncached", "cache_read", "cache_write", "output"}

// Observe counts one ended exchange.
func (r *Route) Observe(rec *core.UsageRecord) {
	r.ends[rec.End].Add(1)
	r.seconds.observe(rec.Duration)
	if rec.FirstByte > 0 {
		r.firstByte.observe(rec.FirstByte)
	}
	if !rec.Priced {
		r.unpriced.Add(1)
	}
	u := &rec.Usage
	for i, n := range [...]int64{u.InputUncached, u.CacheRead, u.CacheWrite, u.Output} {
		if n > 0 {
			r.tokens[i].Add(uint64(n))
		}
	}
}

// durations is a histogram whose buckets end at 1 ms, 2 ms, 4 ms and so on.
type durations struct {
	buckets [lastBucket + 2]atomic.Uint64 // the last one for all above
	sum     atomic.Int64                  // in nanoseconds
}

const (
	firstBucket = time.Millisecond
	lastBucket  = 17 // 2¹⁷ ms are 131 s
)

func (d *durations) observe(t time.Duration) {
	t = max(t, 1)
	d.buckets[min(bits.Len64(uint64((t-1)/firstBucket)), lastBucket+1)].Add(1)
	d.sum.Add(int64(t))
}

// metric returns the histogram as a reading of it goes, with cumulative buckets.
func (d *durations) metric(desc *prometheus.Desc, route string) prometheus.Metric {
	cumulative := make(map[float64]uint64, lastBucket+1)
	var n uint64
	for i := range lastBucket + 1 {
		n += d.buckets[i].Load()
		cumulative[(firstBucket << i).Seconds()] = n
	}
	n += d.buckets[lastBucket+1].Load()
	return prometheus.MustNewConstHistogram(desc, n, time.Duration(d.sum.Load()).Seconds(), cumulative, route)
}

// routes hands the counters of all routes to Prometheus.
type routes struct {
	*Metrics
	exchanges, tokens, unpriced, seconds, firstByte *prometheus.Desc
}

func newRoutes(m *Metrics) *routes {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	return &routes{
		Metrics:   m,
		exchanges: desc("exchanges_total", "Exchanges ended, by route and how they ended.", "route", "end"),
		seconds:   desc("exchange_seconds", "Time from receive to the last byte.", "route"),
		firstByte: desc("first_byte_seconds", "Time from receive to the first byte sent.", "route"),
		unpriced:  desc("unpriced_exchanges_total", "Exchanges whose cost is not known, which is not zero.", "route"),
		tokens:    desc("tokens_total", "Tokens, by route and kind, as the provider reported or we estimated them.", "route", "kind"),
	}
}

// Describe implements [prometheus.Collector].
func (c *routes) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.exchanges
	ch <- c.tokens
	ch <- c.unpriced
	ch <- c.seconds
	ch <- c.firstByte
}

// Collect implements [prometheus.Collector].
func (c *routes) Collect(ch chan<- prometheus.Metric) {
	count := func(desc *prometheus.Desc, n *atomic.Uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n.Load()), labels...)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.byName {
		for i := range r.ends {
			count(c.exchanges, &r.ends[i], r.name, core.End(i).String())
		}
		for i, kind := range tokenKinds {
			count(c.tokens, &r.tokens[i], r.name, kind)
		}
		count(c.unpriced, &r.unpriced, r.name)
		ch <- r.seconds.metric(c.seconds, r.name)
		ch <- r.firstByte.metric(c.firstByte, r.name)
	}
}
