package report

import "cmp"

// Verdict is what a run says about a promise.
type Verdict string

// The verdicts.
const (
	Pass        Verdict = "PASS"
	Fail        Verdict = "FAIL"
	NotMeasured Verdict = "not measured"
)

// relation is how a promise is put.
type relation uint8

const (
	absolute relation = iota
	worst             // absolute, of every round
	ratio             // to the bare proxy
	added             // over the mock alone
	beside            // over passing on
)

// Promise is a figure that the gateway is held to.
type Promise struct {
	Text     string
	Case     string
	Metric   Metric
	Most     float64
	relation relation
	target   string // what is held to it; "": Sallyport
}

// Promises returns all of them.
func Promises() []Promise {
	return []Promise{
		{"CPU per request at 300 B ≤ 1.25 × bare", "300B", CPU, 1.25, ratio, ""},
		{"CPU per request at 4 KiB ≤ 1.25 × bare", "4KiB", CPU, 1.25, ratio, ""},
		{"CPU per request at 100 KiB of text ≤ 1.5 × bare", "100KiB", CPU, 1.5, ratio, ""},
		{"CPU per streamed event ≤ 1.0 × bare copy loop", "events", CPU, 1.0, ratio, ""},
		{"memory per open stream ≤ 45 KiB", "held", StreamKiB, 45, absolute, ""},
		{"idle RSS ≤ 20 MiB", "start", IdleRSS, 20, absolute, ""},
		{"start ≤ 50 ms", "start", Start, 50, absolute, ""},
		{"added p50 at 2,000/s ≤ 80 µs", "rate", P50, 80, added, ""},
		{"a translated round trip of 4 KiB ≤ 150 µs of CPU over pass-through", TranslatedCase, CPU, 150, beside, Translated},
		{"a translated event ≤ 15 µs of CPU over pass-through", TranslatedEventsCase, CPU, 15, beside, Translated},
		{"a guard on a stream, PII ≤ 10 µs of CPU per event", GuardedEventsCase, CPU, 10, beside, GuardedPII},
		{"a guard on a stream, denylist ≤ 10 µs of CPU per event", GuardedEventsCase, CPU, 10, beside, GuardedWords},
		{"memory per open stream with PII guard ≤ 128 KiB", GuardedHeldCase, StreamKiB, 128, absolute, GuardedPII},
		{"memory per open stream with denylist ≤ 128 KiB", GuardedHeldCase, StreamKiB, 128, absolute, GuardedWords},
		{"every module of 1 MiB is live ≤ 1 s after cp", DropCase, LiveSmallMax, 1000, worst, ""},
		{"every module of 10 MiB is live ≤ 5 s after cp", DropCase, LiveLargeMax, 5000, worst, ""},
		{"every guard of about 10 MiB from Go's toolchain is live ≤ 5 s after cp", DropCase, LiveGoMax, 5000, worst, ""},
		{"requests that fail while plugins are dropped: 0", DropCase, LiveFailed, 0, worst, ""},
	}
}

// Judgement is a promise as a run saw it.
type Judgement struct {
	Promise
	Value   Stat
	Verdict Verdict
}

// Judge holds the run against every promise.
func (r *Report) Judge() []Judgement {
	list := Promises()
	out := make([]Judgement, len(list))
	for i, p := range list {
		j := Judgement{Promise: p, Verdict: NotMeasured}
		var ok bool
		target := cmp.Or(p.target, Sallyport)
		switch p.relation {
		case absolute, worst:
			j.Value, ok = r.Stat(p.Case, target, p.Metric)
		case ratio:
			j.Value, ok = r.Ratio(p.Case, target, Bare, p.Metric)
		case added:
			j.Value, ok = r.Added(p.Case, target, Direct, p.Metric)
		case beside:
			j.Value, ok = r.Added(p.Case, target, Sallyport, p.Metric)
		}
		held := j.Value.Median
		if p.relation == worst {
			held = j.Value.Max
		}
		switch {
		case ok && held <= p.Most:
			j.Verdict = Pass
		case ok:
			j.Verdict = Fail
		}
		out[i] = j
	}
	return out
}

// format renders a value of the promise.
func (j *Judgement) format(v float64) string {
	if j.relation == ratio {
		return number(v, 3) + " ×"
	}
	return j.Metric.Format(v)
}
