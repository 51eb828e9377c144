package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/bench/proc"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it and run go test -update if it is right. Got:\n%s", name, got)
	}
}

// sample is a run with figures that are easy to follow and mean nothing.
func sample() *Report {
	r := New(Settings{Rounds: 3, Duration: "3s"})
	r.Started = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r.Finished = r.Started.Add(10 * time.Minute)
	r.Machine = proc.Machine{OS: "Linux 6", Arch: "amd64", CPU: "A & B", CPUs: 2, Memory: 8 << 30, Go: "go1.26"}
	r.Versions = map[string]string{Bare: "fasthttp v1", Sallyport: "sallyport version 1"}
	r.Notes = []string{"a note"}
	add := func(name, target string, m Metric, values ...float64) {
		for i, v := range values {
			r.put(name, target, i+1, m, v)
		}
	}
	add("300B", Direct, CPU, 9, 9, 9)
	add("300B", Bare, CPU, 10, 20, 10)
	add("300B", Sallyport, CPU, 11, 22, 13)
	add("300B", Bare, P50, 1000, 1100, 1200)
	add("300B", Sallyport, P50, 1300, 1200, 1100)
	add("4KiB", Bare, CPU, 10, 10, 10)
	add("4KiB", Sallyport, CPU, 14, 14, 14)
	add("rate", Direct, P50, 50, 51, 52)
	add("rate", Sallyport, P50, 100, 111, 122)
	add(TranslatedCase, Sallyport, CPU, 40, 41, 42)
	add(TranslatedCase, Translated, CPU, 180, 181, 200)
	add(GuardedEventsCase, Sallyport, CPU, 8, 9, 10)
	add(GuardedEventsCase, GuardedPII, CPU, 14, 14, 16)
	add(GuardedEventsCase, GuardedWords, CPU, 18, 20, 21)
	add(GuardedHeldCase, GuardedPII, StreamKiB, 70, 71, 69)
	add(GuardedHeldCase, GuardedWords, StreamKiB, 129, 130, 120)
	add("start", Sallyport, Start, 50, 50, 50)
	add("start", Sallyport, IdleRSS, 12, 14, 13)
	add(DropCase, Sallyport, LiveSmallMax, 700, 1000, 800)
	add(DropCase, Sallyport, LiveLargeMax, 4000, 4000, 7000)
	add(DropCase, Sallyport, LiveGoMax, 4000, 4100, 4000)
	add(DropCase, Sallyport, LiveFailed, 0, 0, 0)
	add(CountedCase, Bare, Counted300B, 20000, 20010, 20005)
	add(CountedCase, Sallyport, Counted300B, 25000, 25100, 25050)
	add(CountedCase, Sallyport, Counted100KiB, 200000, 200000, 200000)
	return r
}

// put sets a value in the row of a case, target and round.
func (r *Report) put(name, target string, round int, m Metric, v float64) {
	for i := range r.Rows {
		if row := &r.Rows[i]; row.Case == name && row.Target == target && row.Round == round {
			row.Values[m] = v
			return
		}
	}
	r.Rows = append(r.Rows, Row{Case: name, Target: target, Round: round, Values: map[Metric]float64{m: v}})
}

func (r *Report) disturb(name, target string, round int) {
	for i := range r.Rows {
		if row := &r.Rows[i]; row.Case == name && row.Target == target && row.Round == round {
			row.Foreign = 0.5
		}
	}
}

func TestGoldens(t *testing.T) {
	r := sample()
	for round := 1; round <= 2; round++ {
		r.disturb("4KiB", Bare, round)
	}
	r.Problems = []string{"300B, sallyport, round 1: one row is missing | in the ledger"}
	golden(t, "report.txt", r.Text())
	golden(t, "report.md", r.Markdown("chart.svg"))
	golden(t, "report.svg", r.SVG())
}

func TestChartIsXML(t *testing.T) {
	for _, r := range []*Report{sample(), New(Settings{})} {
		d := xml.NewDecoder(strings.NewReader(r.SVG()))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestMedians(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Stat
	}{
		{nil, Stat{}},
		{[]float64{3}, Stat{3, 3, 3, 1, false}},
		{[]float64{3, 1, 2}, Stat{2, 1, 3, 3, false}},
		{[]float64{4, 1, 2, 3}, Stat{2.5, 1, 4, 4, false}},
	} {
		before := append([]float64(nil), c.values...)
		if got := Of(c.values); got != c.want {
			t.Errorf("%v: %v, want %v", c.values, got, c.want)
		}
		if !reflect.DeepEqual(before, append([]float64(nil), c.values...)) {
			t.Errorf("%v was changed", before)
		}
	}
}

func TestDisturbedRowsAreLeftOutWhileEnoughRemain(t *testing.T) {
	r := sample()
	r.disturb("300B", Sallyport, 2)
	if s, _ := r.Stat("300B", Sallyport, CPU); s != (Stat{12, 11, 13, 2, false}) {
		t.Errorf("one disturbed of three: %+v", s)
	}
	if s, _ := r.Ratio("300B", Sallyport, Bare, CPU); math.Abs(s.Median-1.2) > 1e-9 || s.N != 2 || s.Noisy {
		t.Errorf("ratio: %+v", s)
	}
	r.disturb("300B", Sallyport, 1)
	if s, _ := r.Stat("300B", Sallyport, CPU); s != (Stat{13, 11, 22, 3, true}) {
		t.Errorf("two disturbed of three: %+v", s)
	}
	if _, ok := r.Stat("300B", Nginx, CPU); ok {
		t.Error("a target without rows has a median")
	}
}

func TestRatioAndAdded(t *testing.T) {
	r := sample()
	if s, ok := r.Ratio("300B", Sallyport, Bare, CPU); !ok || s != (Stat{1.1, 1.1, 1.3, 3, false}) {
		t.Errorf("ratio %+v", s)
	}
	if s, ok := r.Added("rate", Sallyport, Direct, P50); !ok || s != (Stat{60, 50, 70, 3, false}) {
		t.Errorf("added %+v", s)
	}
	if _, ok := r.Ratio("rate", Sallyport, Bare, P50); ok {
		t.Error("a ratio to what was not measured")
	}
	r.put("held", Bare, 1, CPU, 0)
	r.put("held", Sallyport, 1, CPU, 1)
	if _, ok := r.Ratio("held", Sallyport, Bare, CPU); ok {
		t.Error("a ratio to nothing")
	}
}

func TestPromisesAreJudged(t *testing.T) {
	want := map[string]Verdict{
		"300B cpu_us": Pass, "4KiB cpu_us": Fail, "100KiB cpu_us": NotMeasured, "events cpu_us": NotMeasured,
		"held kib_stream": NotMeasured, "start idle_rss_mib": Pass, "start start_ms": Pass, "rate p50_us": Pass,
		"translated cpu_us translated": Pass, "translated-events cpu_us translated": NotMeasured,
		"guarded-events cpu_us guarded-pii": Pass, "guarded-events cpu_us guarded-words": Fail,
		"guarded-held kib_stream guarded-pii": Pass, "guarded-held kib_stream guarded-words": Fail,
		"hotdrop live_1mib_max_ms": Pass, "hotdrop live_10mib_max_ms": Fail, "hotdrop live_go_max_ms": Pass, "hotdrop live_failed": Pass,
	}
	judged := sample().Judge()
	if len(judged) != len(want) {
		t.Fatalf("%d promises, want %d", len(judged), len(want))
	}
	for _, j := range judged {
		if key := strings.TrimSpace(j.Case + " " + string(j.Metric) + " " + j.target); j.Verdict != want[key] {
			t.Errorf("%s: %s, want %s (%+v)", key, j.Verdict, want[key], j.Value)
		}
	}
}

// Every promise must rest on something that its case shows.
func TestPromisesNameCasesAndMetrics(t *testing.T) {
	for _, p := range Promises() {
		found := false
		for _, c := range Cases() {
			for _, m := range c.Metrics {
				found = found || c.Name == p.Case && m == p.Metric
			}
		}
		if !found {
			t.Errorf("%q rests on %s of %s, which no table shows", p.Text, p.Metric, p.Case)
		}
	}
}

func TestReportsAreReadBack(t *testing.T) {
	r := sample()
	r.Rows[0].Books = &Books{Mock: Sums{1, 2, 3}, Ledger: Sums{1, 2, 3}}
	text, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(`"counter": null`)) {
		t.Error("a machine without counters does not say so")
	}
	file := filepath.Join(t.TempDir(), "r.json")
	write := func(s string) {
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(string(text))
	back, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	r.Problems = back.Problems // null and empty are the same
	if !reflect.DeepEqual(r, back) {
		t.Errorf("read back\n%+v, want\n%+v", back, r)
	}
	for content, want := range map[string]string{
		`{"format":99}`: "has format 99",
		`{"formt":1}`:   "is not a report",
		``:              "is not a report",
	} {
		write(content)
		if _, err := Read(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", content, err, want)
		}
	}
}

func TestCompare(t *testing.T) {
	old, now := sample(), sample()
	for round := 1; round <= 3; round++ {
		now.put("4KiB", Sallyport, round, CPU, 15+float64(round)/10)
		now.put("300B", Sallyport, round, P50, 900)
		now.put("4KiB", Bare, round, Throughput, 10)
		old.put("4KiB", Bare, round, Throughput, 20)
	}
	c := Compare(old, now)
	golden(t, "compare.txt", c.Text())
	trends := map[string]Trend{}
	for _, ch := range c.Changes {
		key := ch.Case + " " + ch.Target + " " + string(ch.Metric)
		if ch.Ratio {
			key += " ratio"
		}
		trends[key] = ch.Trend
	}
	for key, want := range map[string]Trend{
		"4KiB sallyport cpu_us": Worse, "4KiB sallyport cpu_us ratio": Worse, "4KiB bare cpu_us": Steady,
		"300B sallyport p50_us": Better, "4KiB bare per_second": Worse, "start sallyport start_ms": Steady,
	} {
		if got, ok := trends[key]; !ok || got != want {
			t.Errorf("%s: %q (%v), want %q", key, got, ok, want)
		}
	}
	if bad := c.Regressions(); len(bad) != 0 {
		t.Errorf("regressions without the gate's metric: %v", bad)
	}
}

func TestCompareAcrossMachinesShowsRatiosOnly(t *testing.T) {
	old, now := sample(), sample()
	now.Machine.CPU = "another"
	c := Compare(old, now)
	if c.Warning == "" || len(c.Changes) == 0 {
		t.Errorf("warning %q, %d changes", c.Warning, len(c.Changes))
	}
	for _, ch := range c.Changes {
		if !ch.Ratio {
			t.Errorf("%s of %s is compared across machines", ch.Metric, ch.Target)
		}
	}
}

func TestGate(t *testing.T) {
	run := func(m Metric, sallyport float64) *Report {
		r := New(Settings{Rounds: 3})
		for round := 1; round <= 3; round++ {
			name := "300B"
			if m.simulated() {
				name = CountedCase
			}
			r.put(name, Bare, round, m, 1000)
			r.put(name, Sallyport, round, m, sallyport+float64(round))
		}
		return r
	}
	for _, c := range []struct {
		metric   Metric
		gate     Gate
		old, now float64
		bad      int
	}{
		{Instructions, GateCounter, 1000, 1020, 1},
		{Instructions, GateCounter, 1000, 1006, 0}, // less than a percent
		{Instructions, GateCounter, 1020, 1000, 0},
		{Counted4KiB, GateSimulated, 1000, 1020, 1},
		{Counted4KiB, GateSimulated, 1000, 1006, 0},
		{Counted4KiB, GateSimulated, 1020, 1000, 0},
		{UserCPU, GateUserCPU, 1000, 1040, 0}, // times vary more
		{UserCPU, GateUserCPU, 1000, 1100, 1},
	} {
		cmp := Compare(run(c.metric, c.old), run(c.metric, c.now))
		if bad := cmp.Regressions(); cmp.Gate != c.gate || len(bad) != c.bad {
			t.Errorf("%s %g → %g: gate %s, regressions %v, want %d", c.metric, c.old, c.now, cmp.Gate, bad, c.bad)
		}
		if said := strings.Contains(cmp.Text(), "  regression in "); said != (c.bad > 0) {
			t.Errorf("%s %g → %g: the text says %v", c.metric, c.old, c.now, said)
		}
	}
}

// TestGateIsWhatBothRunsHave: the surest measure that both runs have judges, and
// only it.
func TestGateIsWhatBothRunsHave(t *testing.T) {
	run := func(worse bool, metrics ...Metric) *Report {
		r := New(Settings{Rounds: 3})
		for _, m := range metrics {
			v := 1000.0
			if worse && m == UserCPU {
				v = 2000
			}
			for round := 1; round <= 3; round++ {
				r.put(CountedCase, Bare, round, m, 1000)
				r.put(CountedCase, Sallyport, round, m, v)
				r.put("300B", Bare, round, m, 1000)
				r.put("300B", Sallyport, round, m, v)
			}
		}
		return r
	}
	for _, c := range []struct {
		old, now *Report
		want     Gate
		bad      int
	}{
		{run(false, UserCPU, Instructions, Counted300B), run(true, UserCPU, Instructions, Counted300B), GateCounter, 0},
		{run(false, UserCPU, Counted300B), run(true, UserCPU, Instructions, Counted300B), GateSimulated, 0},
		{run(false, UserCPU, Instructions), run(true, UserCPU, Counted300B), GateUserCPU, 1},
	} {
		cmp := Compare(c.old, c.now)
		if cmp.Gate != c.want || len(cmp.Regressions()) != c.bad {
			t.Errorf("gate by %s, %d regressions; want %s, %d", cmp.Gate, len(cmp.Regressions()), c.want, c.bad)
		}
	}
	elsewhere := run(true, UserCPU, Counted300B)
	elsewhere.Machine.CPU = "another"
	if cmp := Compare(run(false, UserCPU, Counted300B), elsewhere); cmp.Gate != GateUserCPU || len(cmp.Regressions()) != 1 {
		t.Errorf("across machines: gate by %s, %d regressions", cmp.Gate, len(cmp.Regressions()))
	}
}

func TestTwoRoundsMakeNoTrend(t *testing.T) {
	old, now := New(Settings{Rounds: 2}), New(Settings{Rounds: 2})
	for round := 1; round <= 2; round++ {
		old.put("300B", Sallyport, round, CPU, 10)
		now.put("300B", Sallyport, round, CPU, 20)
	}
	c := Compare(old, now)
	if len(c.Changes) != 1 || c.Changes[0].Trend != Steady || !strings.Contains(c.Warning, "Fewer than 3 rounds") {
		t.Errorf("%+v, warning %q", c.Changes, c.Warning)
	}
}
