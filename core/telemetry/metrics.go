package telemetry

import (
	"io"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"github.com/sallyport-gateway/sallyport/core"
)

// Metrics holds every metric of one gateway. It is a value with an owner, not a
// global, so that tests have their own.
type Metrics struct {
	registry *prometheus.Registry

	attempts *prometheus.CounterVec
	cooldown *prometheus.GaugeVec
	refused  *prometheus.CounterVec
	verdicts *prometheus.CounterVec

	// InFlight is the number of exchanges being served.
	InFlight prometheus.Gauge
	// Panics counts panics that the fences caught.
	Panics prometheus.Counter
	// LedgerErrors counts records that the ledger refused.
	LedgerErrors prometheus.Counter
	// AcceptErrors counts accepts that failed for want of resources.
	AcceptErrors prometheus.Counter
	// Reloads counts configurations by result: "ok" or "rejected".
	Reloads *prometheus.CounterVec

	mu     sync.Mutex
	byName map[string]*Route
}

const namespace = "sallyport"

// NewMetrics makes and registers the metrics.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), byName: map[string]*Route{}}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	m.attempts = counters("attempts_total", "Upstream calls, by deployment and result.", "deployment", "result")
	m.refused = counters("refused_total", "Requests refused before they became exchanges, by code.", "code")
	m.verdicts = counters("verdicts_total", "Verdicts other than allow, by instance and verdict.", "instance", "verdict")
	m.Reloads = counters("reloads_total", "Configurations read, by result.", "result")
	m.cooldown = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace, Name: "deployment_cooldown", Help: "1 while a deployment is out of the picks.",
	}, []string{"deployment"})
	m.InFlight = prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "exchanges_in_flight", Help: "Exchanges being served.",
	})
	m.registry.MustRegister(newRoutes(m), m.cooldown, m.InFlight,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.Panics = counter("panics_total", "Panics that a fence caught.")
	m.LedgerErrors = counter("ledger_errors_total", "Records that the ledger refused.")
	m.AcceptErrors = counter("accept_errors_total", "Accepts that failed for want of resources.")
	return m
}

// Registry returns the registry, for packages with metrics of their own.
func (m *Metrics) Registry() prometheus.Registerer { return m.registry }

// Func registers a figure that is read when the metrics are: a counter if it
// never falls, else a gauge. name goes without the namespace. f must be safe for
// concurrent use.
func (m *Metrics) Func(name, help string, counter bool, f func() float64) {
	if counter {
		m.registry.MustRegister(prometheus.NewCounterFunc(
			prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, f))
		return
	}
	m.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, f))
}

// Write writes the metrics in Prometheus' text format and returns its content
// type.
func (m *Metrics) Write(w io.Writer) (contentType string, err error) {
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	families, err := m.registry.Gather()
	if err != nil {
		return "", err
	}
	enc := expfmt.NewEncoder(w, format)
	for _, f := range families {
		if err := enc.Encode(f); err != nil {
			return "", err
		}
	}
	return string(format), nil
}

// Refused counts a request that never became an exchange with a route.
func (m *Metrics) Refused(c core.Code) { m.refused.WithLabelValues(c.String()).Inc() }

// Counter counts events. It is safe for concurrent use.
type Counter interface{ Inc() }

// Attempts returns the counter of upstream calls to a deployment with one result:
// "ok" or the name of an error code.
func (m *Metrics) Attempts(deployment, result string) Counter {
	return m.attempts.WithLabelValues(deployment, result)
}

// Cooldown says whether a deployment is out of the picks.
func (m *Metrics) Cooldown(deployment string, out bool) {
	v := 0.0
	if out {
		v = 1
	}
	m.cooldown.WithLabelValues(deployment).Set(v)
}

// Verdict counts a verdict other than allow.
func (m *Metrics) Verdict(instance, verdict string) {
	m.verdicts.WithLabelValues(instance, verdict).Inc()
}

// Route returns the counters of the named route, the same ones each time.
func (m *Metrics) Route(name string) *Route {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.byName[name]
	if r == nil {
		r = &Route{name: name}
		m.byName[name] = r
	}
	return r
}
