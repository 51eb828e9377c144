//go:build linux

package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/bench/load"
	"github.com/sallyport-gateway/sallyport/bench/proc"
	"github.com/sallyport-gateway/sallyport/bench/report"
	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The harness on the mock alone, in this process.
func TestSmoke(t *testing.T) {
	s, err := mock.Start(mock.Config{Keep: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o, err := parse([]string{"--rounds", "1", "--duration", "200ms", "--cases", "rate,300B", "--targets", "direct"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{
		options: o, folder: t.TempDir(), progress: io.Discard,
		mock:   &provider{addr: strings.TrimPrefix(s.URL(), "http://"), pid: os.Getpid()},
		report: report.New(report.Settings{Rounds: 1}),
	}
	h.report.Machine = proc.ThisMachine()
	h.prepare()
	if err := h.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(h.report.Problems) > 0 {
		t.Error(h.report.Problems)
	}
	if len(h.report.Rows) != 2 {
		t.Fatalf("%d rows, want 2", len(h.report.Rows))
	}
	for i := range h.report.Rows {
		row := &h.report.Rows[i]
		for _, m := range []report.Metric{report.CPU, report.Throughput, report.P50, report.P99, report.RSS} {
			if row.Values[m] <= 0 {
				t.Errorf("%s: no %s", row.Case, m)
			}
		}
		if row.Requests == 0 || row.Failed != 0 {
			t.Errorf("%s: %d requests, %d failed", row.Case, row.Requests, row.Failed)
		}
	}
	var out strings.Builder
	folder := t.TempDir()
	if err := h.publish(folder, &out); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(filepath.Join(folder, "*")); len(files) != 3 {
		t.Errorf("wrote %v, want three files", files)
	}
	if err := h.verdict(); err != nil {
		t.Error(err)
	}
}

func TestBodies(t *testing.T) {
	for size, body := range map[int]string{
		300: chatBody(300, false), 301: chatBody(301, true), 4 << 10: chatBody(4<<10, false),
		100 << 10: chatBody(100<<10, false), 100<<10 + 1: agentBody(100<<10 + 1),
	} {
		if len(body) != size {
			t.Errorf("a body of %d bytes, want %d", len(body), size)
		}
		if !json.Valid([]byte(body)) {
			t.Errorf("the body of %d bytes is not JSON: %.200s", size, body)
		}
	}
	var agent struct {
		Messages []json.RawMessage
		Tools    []json.RawMessage
		Model    string
	}
	if err := json.Unmarshal([]byte(agentBody(100<<10)), &agent); err != nil {
		t.Fatal(err)
	}
	if len(agent.Messages) != 222 || len(agent.Tools) != 12 || agent.Model != clientModel {
		t.Errorf("%d messages, %d tools, model %q", len(agent.Messages), len(agent.Tools), agent.Model)
	}
	text := chatBody(100<<10, false)
	if n := strings.Count(text, `\`); n < 1600 || n > 1800 {
		t.Errorf("%d escapes in 100 KiB, want one in about 60 bytes", n)
	}
}

func TestOptions(t *testing.T) {
	o, err := parse(nil, io.Discard)
	if err != nil || o.rounds != 5 || o.duration != 3*time.Second || len(o.cases) != len(report.Cases()) || len(o.targets) != len(report.Targets()) {
		t.Errorf("without flags: %+v, %v", o, err)
	}
	o, err = parse([]string{"--quick", "--rounds", "3", "--targets", "sallyport, bare"}, io.Discard)
	if err != nil || o.rounds != 3 || o.duration != time.Second || !slices.Equal(o.targets, []string{"bare", "sallyport"}) {
		t.Errorf("quick: %+v, %v", o, err)
	}
	for want, args := range map[string][]string{
		"unknown case":        {"--cases", "300B,5KiB"},
		"unknown target":      {"--targets", ""},
		"1 to 100":            {"--rounds", "0"},
		"200ms to 1m":         {"--duration", "1h"},
		"unexpected argument": {"bench"},
		"not defined":         {"--fast"},
	} {
		if _, err := parse(args, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", args, err, want)
		}
	}
}

// Every case of the report can be measured, and nothing else.
func TestEveryCaseHasItsWork(t *testing.T) {
	todo := works(time.Second)
	for _, name := range caseNames() {
		if (todo[name].measure == nil) != (name == report.CountedCase) {
			t.Errorf("nothing measures %s", name)
		}
		if err := mock.Check(todo[name].scenario); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(todo) != len(caseNames()) {
		t.Errorf("%d works for %d cases", len(todo), len(caseNames()))
	}
}

func TestTargetsRotate(t *testing.T) {
	targets := []string{"a", "b", "c"}
	first := map[string]bool{}
	for i := range 3 {
		got := order(targets, i+1)
		first[got[0]] = true
		if len(got) != 3 {
			t.Errorf("order %v", got)
		}
	}
	if len(first) != 3 || targets[0] != "a" {
		t.Errorf("first were %v, targets are now %v", first, targets)
	}
}

func TestGatewayConfigIsGood(t *testing.T) {
	env := config.Env{
		Lookup: func(name string) (string, bool) {
			v, ok := map[string]string{"SALLYPORT_BENCH_KEY": virtualKey, "SALLYPORT_BENCH_PROVIDER_KEY": providerKey}[name]
			return v, ok
		},
		ReadFile: os.ReadFile,
	}
	for _, target := range []string{report.Sallyport, report.Translated, report.GuardedPII, report.GuardedWords} {
		text := sallyportConfig("127.0.0.1:8080", "127.0.0.1:9090", "/tmp/a \"b\"/ledger", "/tmp", target)
		if _, problems := config.Parse("/tmp/config.yaml", []byte(text), env); config.Failed(problems) {
			t.Errorf("%v in\n%s", problems, text)
		}
	}
}

// countingHarness is one on a mock in this process.
func countingHarness(t *testing.T) (*harness, *mock.Server) {
	t.Helper()
	s, err := mock.Start(mock.Config{Keep: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return &harness{
		folder: t.TempDir(), progress: io.Discard, report: report.New(report.Settings{Rounds: 1}),
		mock: &provider{addr: strings.TrimPrefix(s.URL(), "http://"), pid: os.Getpid()},
	}, s
}

// The count of requests must be exact, or the difference of two counts is wrong.
func TestExactly(t *testing.T) {
	h, s := countingHarness(t)
	for _, n := range []int64{1, countedConnections + 1, 500} {
		s.Reset()
		row := &report.Row{Target: report.Direct, Values: map[report.Metric]float64{}}
		seen, err := exactly(chatBody(300, false), n)(t.Context(), h, &target{addr: h.mock.addr}, row)
		if err != nil || seen.Sent != n || seen.Done != n || s.Stats().Finished != n {
			t.Errorf("%d requests: %d sent, %d done, %d answered, %v", n, seen.Sent, seen.Done, s.Stats().Finished, err)
		}
	}
}

// A stand-in for valgrind: a script that writes a count for each life.
func TestCounting(t *testing.T) {
	h, _ := countingHarness(t)
	h.bin, h.valgrind = h.folder, filepath.Join(h.folder, "valgrind")
	script := `#!/bin/sh
for a; do case $a in --cachegrind-out-file=*) out=${a#*=};; esac; done
[ "$GOMAXPROCS" = 1 ] || exit 1
n=$(cat "$0.n" 2>/dev/null || echo 5000); n=$((n + 1000)); echo $n >"$0.n"
printf 'events: Ir\nsummary: %d\n' $n >"$out"
`
	if err := os.WriteFile(h.valgrind, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	row := &report.Row{Case: report.CountedCase, Target: report.Bare}
	// It ends before it answers, as a gateway does that valgrind cannot run.
	if _, err := h.countLife(t.Context(), row, work{scenario: "size=1"}, chatBody(300, false), 3); err == nil || !strings.Contains(err.Error(), "did not start") {
		t.Errorf("error %v, want one that says that the target did not start", err)
	}
	if got := perRequest(6_000_000, 46_000_000, 8000); got != 5000 {
		t.Errorf("%g instructions per request, want 5000", got)
	}
	for _, c := range countings() {
		if c.many < 4*c.few || !slices.Contains(report.Cases()[len(report.Cases())-1].Metrics, c.metric) {
			t.Errorf("%s: %d and %d requests", c.metric, c.few, c.many)
		}
	}
}

func TestHowInstructionsAreCounted(t *testing.T) {
	counter, simulator := "instructions:u", "cachegrind"
	here := findValgrind() != ""
	if !here {
		simulator = "not counted"
	}
	for name, c := range map[string]struct {
		counter *string
		cases   []string
		path    bool // valgrind may be found
		kept    bool
		note    string
	}{
		"counter":    {&counter, []string{"300B", report.CountedCase}, true, false, ""},
		"simulator":  {nil, []string{"300B", report.CountedCase}, true, here, simulator},
		"not asked":  {nil, []string{"300B"}, true, false, "not counted"},
		"no program": {nil, []string{"300B", report.CountedCase}, false, false, "not counted"},
	} {
		t.Run(name, func(t *testing.T) {
			if !c.path {
				t.Setenv("PATH", t.TempDir())
			}
			h := &harness{options: options{cases: c.cases}, report: report.New(report.Settings{})}
			h.report.Machine.Counter = c.counter
			h.prepareCounting()
			if kept := slices.Contains(h.options.cases, report.CountedCase); kept != c.kept || h.options.cases[0] != "300B" {
				t.Errorf("cases %v", h.options.cases)
			}
			if got := strings.Join(h.report.Notes, " "); (got == "") != (c.note == "") || !strings.Contains(got, c.note) {
				t.Errorf("note %q, want %q", got, c.note)
			}
		})
	}
}

// The mock must not take the credentials for scenarios.
func TestCredentialsAreNoScenarios(t *testing.T) {
	s, err := mock.Start(mock.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	addr := strings.TrimPrefix(s.URL(), "http://")
	for _, key := range []string{virtualKey, providerKey} {
		req := load.Post(addr, "/v1/chat/completions", chatBody(300, false), "Authorization: Bearer "+key)
		if status, body, err := load.Once(addr, req, 5*time.Second); status != 200 || err != nil {
			t.Errorf("%s: status %d %s, %v", key, status, body, err)
		}
	}
}

func TestLoadIsHeldAgainstTheMock(t *testing.T) {
	good := mock.Stats{Requests: 11, Finished: 11}
	for _, c := range []struct {
		served mock.Stats
		seen   load.Result
		want   string
	}{
		{good, load.Result{Sent: 10, Done: 10}, ""},
		{good, load.Result{Sent: 11, Done: 10, Failed: 1, Error: "status 500"}, "1 of 11 requests failed, the first: status 500"},
		{good, load.Result{Sent: 9, Done: 9}, "got 10 whole answers, the mock gave 11"},
		{mock.Stats{Requests: 12, Finished: 11}, load.Result{Done: 10}, "could not finish 1"},
		{mock.Stats{Requests: 11, Finished: 11, BadRequests: 2}, load.Result{Done: 10}, "saw 2 bad"},
	} {
		got := strings.Join(checkLoad(&c.served, &c.seen, 1), "; ")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.seen, got, c.want)
		}
	}
}

type clock struct{}

func (clock) Now() time.Time { return time.Now() }

// writeLedger books rows as a gateway does.
func writeLedger(t *testing.T, rows ...core.UsageRecord) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "ledger")
	l, _, err := ledger.Open(ledger.Config{Folder: folder}, clock{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		rows[i].ID[15] = byte(i + 1)
		rows[i].Time = time.Now()
		if rows[i].Attempts > 0 {
			if err := l.Open(&core.OpenRecord{ID: rows[i].ID, Time: rows[i].Time}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Stop(); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestBooksAreChecked(t *testing.T) {
	whole := core.UsageRecord{End: core.EndCompleted, Status: 200, Attempts: 1, Usage: core.Usage{InputUncached: 6, CacheRead: 4, Output: 5, Reported: true}}
	estimated, off, twice := whole, whole, whole
	estimated.Usage.Estimated, estimated.Usage.Reported = true, false
	off.Usage.Output = 6
	twice.Attempts = 2
	early := core.UsageRecord{End: core.EndRejected, Status: 503}
	for name, c := range map[string]struct {
		rows []core.UsageRecord
		want string
	}{
		"right":          {[]core.UsageRecord{whole, whole}, ""},
		"asked early":    {[]core.UsageRecord{early, whole, whole}, ""},
		"a row missing":  {[]core.UsageRecord{whole}, "{Answers:1 Prompt:10 Completed:5}"},
		"a row too many": {[]core.UsageRecord{whole, whole, whole}, "{Answers:3 Prompt:30 Completed:15}"},
		"a token off":    {[]core.UsageRecord{whole, off}, "Completed:11}"},
		"estimated":      {[]core.UsageRecord{whole, estimated}, "estimated true"},
		"tried twice":    {[]core.UsageRecord{whole, twice}, "2 attempts"},
	} {
		t.Run(name, func(t *testing.T) {
			served := mock.Stats{Finished: 2, ReportedAnswers: 2, ReportedPromptTokens: 20, ReportedCompletionTokens: 10}
			books, problems := checkBooks(&served, writeLedger(t, c.rows...))
			got := strings.Join(problems, "; ")
			if c.want == "" && (got != "" || books.Mock != books.Ledger) || !strings.Contains(got, c.want) {
				t.Errorf("problems %q, want %q", got, c.want)
			}
		})
	}
	if _, problems := checkBooks(&mock.Stats{Finished: 1}, filepath.Join(t.TempDir(), "none")); len(problems) == 0 {
		t.Error("no ledger, and no problem")
	}
}

func TestVerdict(t *testing.T) {
	h := &harness{report: report.New(report.Settings{})}
	if err := h.verdict(); err != nil {
		t.Error(err)
	}
	h.report.Rows = []report.Row{{Case: "start", Target: report.Sallyport, Round: 1, Values: map[report.Metric]float64{report.Start: 51}}}
	if err := h.verdict(); err != nil {
		t.Errorf("a broken promise fails without --strict: %v", err)
	}
	h.options.strict = true
	if err := h.verdict(); err == nil {
		t.Error("a broken promise passes with --strict")
	}
	h.report.Problems, h.options.strict = []string{"wrong books"}, false
	if err := h.verdict(); err == nil {
		t.Error("wrong books pass")
	}
}

func TestCompareCommand(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, start float64) string {
		r := report.New(report.Settings{Rounds: 3})
		for _, target := range []string{report.Bare, report.Sallyport} {
			v := 100.0
			if target == report.Sallyport {
				v = start
			}
			for round := 1; round <= 3; round++ {
				r.Rows = append(r.Rows, report.Row{Case: "300B", Target: target, Round: round, Values: map[report.Metric]float64{report.UserCPU: v}})
			}
		}
		text, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, name+strconv.Itoa(int(start))+".json")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	old, now := write("old", 100), write("now", 150)
	var out strings.Builder
	if err := command(t.Context(), []string{"compare", old, now}, &out, io.Discard); err != nil || !strings.Contains(out.String(), "regression in 300B: +50.0 %") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if err := command(t.Context(), []string{"compare", "--strict", old, now}, io.Discard, io.Discard); err == nil {
		t.Error("a regression passes with --strict")
	}
	if err := command(t.Context(), []string{"compare", old}, io.Discard, io.Discard); err == nil {
		t.Error("one file is enough to compare")
	}
}
