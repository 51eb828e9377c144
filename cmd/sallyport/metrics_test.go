package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestMetricNames holds every metric of a running gateway to Prometheus' rules
// for names and to the glossary.
func TestMetricNames(t *testing.T) {
	l := newLab(t, labConfig{
		plugins: map[string]string{"g.wasm": guard("guardrail.g", "prompt")}, route: "plugins: [guardrail.g]",
	})
	l.say("m", "a secret") // for the metrics of plugins
	m := l.gw.metrics
	// A metric with labels shows only once it has a value.
	m.Refused(core.CodeBlocked)
	m.Attempts("d0", "ok").Inc()
	m.Cooldown("d0", false)
	m.Verdict("guard", "block")
	m.Reloads.WithLabelValues("ok").Inc()
	m.Route("m").Observe(&core.UsageRecord{FirstByte: time.Second})

	var page bytes.Buffer
	if _, err := m.Write(&page); err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{} // kind by name
	for _, line := range regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`).FindAllStringSubmatch(page.String(), -1) {
		shown[line[1]] = line[2]
	}
	all, ok := m.Registry().(prometheus.Collector)
	if !ok {
		t.Fatal("the registry cannot list its metrics")
	}
	described := make(chan *prometheus.Desc)
	go func() {
		defer close(described)
		all.Describe(described)
	}()
	n := 0
	for d := range described {
		name := regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch(d.String())[1]
		if strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_") {
			continue // made by the collectors of the Go runtime and the process
		}
		n++
		if shown[name] == "" {
			t.Errorf("%s has no value here; give it one above, so that it is checked", name)
			continue
		}
		if err := checkMetric(name, shown[name]); err != nil {
			t.Errorf("the %s %s: %v", shown[name], name, err)
		}
	}
	if n < 10 {
		t.Errorf("only %d metrics were found", n)
	}
	for name, kind := range map[string]string{
		"exchanges_total": "counter", "sallyport_exchanges": "counter", "sallyport_open_total": "gauge",
		"sallyport_exchange": "histogram", "sallyport_wait_milliseconds": "histogram", "sallyport_size_kb": "gauge",
		"sallyport_backend_calls_total": "counter", "sallyport_Calls_total": "counter", "sallyport_start_time": "gauge",
	} {
		if checkMetric(name, kind) == nil {
			t.Errorf("the %s %s passes", kind, name)
		}
	}
}

// checkMetric returns what is wrong with the name of a metric.
func checkMetric(name, kind string) error {
	ends := func(suffixes ...string) bool {
		return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(name, s) })
	}
	switch {
	case !regexp.MustCompile(`^sallyport_[a-z0-9]+(_[a-z0-9]+)*$`).MatchString(name):
		return errors.New("it must be sallyport_ and small words")
	case (kind == "counter") != ends("_total"):
		return errors.New("a counter, and nothing else, ends in _total")
	case kind == "histogram" && !ends("_seconds", "_bytes", "_tokens"):
		return errors.New("it must end in its unit")
	case ends("_ms", "_milliseconds", "_microseconds", "_nanoseconds", "_minutes", "_kb", "_mb", "_kib", "_mib", "_percent", "_time", "_duration"):
		return errors.New("use a base unit: _seconds, _bytes or _ratio")
	}
	glossary, err := os.ReadFile("../../docs/glossary.md")
	if err != nil {
		return err
	}
	for _, row := range regexp.MustCompile(`(?m)^\|.*\|.*\|(.*)\|$`).FindAllStringSubmatch(string(glossary), -1) {
		for word := range strings.SplitSeq(row[1], ",") {
			word = strings.ReplaceAll(strings.TrimSpace(word), " ", "_")
			if word != "" && (strings.Contains(name+"_", "_"+word+"_") || strings.Contains(name+"_", "_"+word+"s_")) {
				return fmt.Errorf("the glossary has another word for %s", word)
			}
		}
	}
	return nil
}
