package telemetry

import "github.com/prometheus/client_golang/prometheus"

// PluginStats are the figures of one plugin instance since the gateway started.
type PluginStats struct {
	Instance, Plugin                  string
	Calls, Steps, HostCalls, Replaced uint64
	LogCut                            uint64 // lines that the cap on log lines dropped
	Seconds                           float64
	Guests                            int
	Verdicts, Failures                map[string]uint64
	Counters                          map[string]int64 // those that the plugin keeps
}

// Plugins registers the figures of plugin instances. read is called whenever
// the metrics are; it calls each with every instance once. It is safe for
// concurrent use.
func (m *Metrics) Plugins(read func(each func(PluginStats))) {
	d := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "plugin", name), help, append([]string{"instance"}, labels...), nil)
	}
	m.registry.MustRegister(&pluginCollector{
		read:      read,
		calls:     d("calls_total", "Hooks called, by instance, failed ones included."),
		seconds:   d("seconds_total", "Time in hooks, by instance, waiting for a guest included."),
		steps:     d("steps_total", "Instructions done in hooks, by instance."),
		hostCalls: d("host_calls_total", "Calls of the gateway's functions, by instance."),
		verdicts:  d("verdicts_total", "Replies of hooks, by instance and verdict. One reply may count as several.", "verdict"),
		failures:  d("failures_total", "Failed hooks, by instance and kind of failure.", "failure"),
		replaced:  d("guests_replaced_total", "Guests given up, by instance."),
		guests:    d("guests", "Guests that are alive, by instance."),
		logCut:    d("log_lines_dropped_total", "Log lines that were too many, by instance."),
		counter:   d("counter_total", "Counters that the plugin itself keeps, by instance and counter.", "counter"),
	})
}

type pluginCollector struct {
	read                                         func(each func(PluginStats))
	calls, seconds, steps, hostCalls             *prometheus.Desc
	verdicts, failures, replaced, guests, logCut *prometheus.Desc
	counter                                      *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c *pluginCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		c.calls, c.seconds, c.steps, c.hostCalls, c.verdicts, c.failures, c.replaced, c.guests, c.logCut, c.counter,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *pluginCollector) Collect(ch chan<- prometheus.Metric) {
	c.read(func(s PluginStats) {
		count := func(d *prometheus.Desc, n float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, n, append([]string{s.Instance}, labels...)...)
		}
		count(c.calls, float64(s.Calls))
		count(c.seconds, s.Seconds)
		count(c.steps, float64(s.Steps))
		count(c.hostCalls, float64(s.HostCalls))
		count(c.replaced, float64(s.Replaced))
		count(c.logCut, float64(s.LogCut))
		for verdict, n := range s.Verdicts {
			count(c.verdicts, float64(n), verdict)
		}
		for failure, n := range s.Failures {
			count(c.failures, float64(n), failure)
		}
		for name, n := range s.Counters {
			count(c.counter, float64(n), name)
		}
		ch <- prometheus.MustNewConstMetric(c.guests, prometheus.GaugeValue, float64(s.Guests), s.Instance)
	})
}
