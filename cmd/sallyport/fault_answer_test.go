package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

func TestF10UselessAnswers(t *testing.T) {
	bad := func(name, scenario, code string, stream bool) fault {
		return fault{name: name, scenario: scenario, stream: stream, status: 502, code: code, end: "upstream_error"}
	}
	cut := func(f fault) fault { f.end = "upstream_cut"; return f }
	f := []fault{
		bad("json", "fault=bad-json", "upstream_invalid", false),
		bad("half-json", "fault=end", "upstream_invalid", false),
		bad("html", "fault=html", "upstream_invalid", false),
		bad("html-stream", "fault=html", "upstream_invalid", true),
		bad("type", "fault=wrong-type", "upstream_invalid", false),
		bad("lying-gzip", "fault=lying-gzip", "upstream_invalid", false),
		bad("lying-gzip-stream", "fault=lying-gzip", "upstream_invalid", true),
		bad("garbage", "fault=garbage", "upstream_invalid", false), // its first bytes tell
		bad("garbage-stream", "fault=garbage", "upstream_invalid", true),
		bad("short", "fault=cl-short", "upstream_invalid", false),
		bad("two-lengths", "fault=cl-te", "upstream_invalid", false),
		bad("two-lengths-stream", "fault=cl-te", "upstream_invalid", true),
		bad("error-in-200", "fault=error-event", "server_error", false),
		bad("empty", "status=204", "upstream_invalid", false),
		bad("empty-stream", "status=204", "upstream_invalid", true),
		cut(bad("long", "fault=cl-long", "upstream_cut", false)),

		{name: "gzip", scenario: "gzip=1", status: 200, end: "completed"},
		{name: "gzip-stream", scenario: "gzip=1", stream: true, status: 200, end: "completed"},
		{name: "hints", scenario: "fault=early-hints", status: 200, end: "completed"},
		{name: "hints-stream", scenario: "fault=early-hints", stream: true, status: 200, end: "completed"},
		{name: "slow", scenario: "fault=slow-body,pace=1us,size=16", status: 200, end: "completed"},
		{name: "error-event", scenario: "fault=error-event,after=3", stream: true, status: 200, code: "server_error", end: "upstream_error"},
	}
	l := newLab(t, labConfig{}.with(f...))
	for i := range f {
		a := l.ask(f[i].name, f[i].stream)
		if f[i].code == "server_error" { // the upstream's own word; the row has ours
			if f[i].stream {
				l.wantCut(f[i].name, a, f[i].code)
			} else {
				l.wantFailure(f[i].name, a, f[i].status, f[i].code)
			}
			if r := l.rowOf(a); r.End != "upstream_error" || r.ErrorCode != "upstream_error" {
				t.Errorf("%s: row: %+v", f[i].name, r)
			}
			continue
		}
		l.check(&f[i], a)
		if r := l.rowOf(a); r.Status == 502 && !r.Estimated && !r.Reported {
			t.Errorf("%s: the upstream worked, the row bills nothing and does not say that it is estimated: %+v", f[i].name, r)
		}
	}
	l.wantWhole("another route", l.ask("m", false))
}

// TestF10RefusedByHead: what the head tells to be useless is not read.
func TestF10RefusedByHead(t *testing.T) {
	f := []fault{
		{name: "type", scenario: "fault=wrong-type", stream: true, status: 502, code: "upstream_invalid", end: "upstream_error"},
		{name: "big-head", scenario: "fault=big-head", status: 502, code: "upstream_too_large", end: "upstream_error"},
		{name: "big-head-stream", scenario: "fault=big-head", stream: true, status: 502, code: "upstream_too_large", end: "upstream_error"},
	}
	l := newLab(t, labConfig{}.with(f...))
	l.unbalanced = "the mock may have sent its usage when the answer is refused"
	l.strike(f)
}

// TestF10Bomb: the limits are the usual ones.
func TestF10Bomb(t *testing.T) {
	f := []fault{
		{name: "bomb", scenario: "fault=gzip-bomb,bytes=128MiB", status: 502, code: "upstream_too_large", end: "upstream_error"},
		{name: "bomb-stream", scenario: "fault=gzip-bomb,bytes=128MiB", stream: true, status: 200, code: "upstream_too_large", end: "upstream_error"},
	}
	l := newLab(t, labConfig{}.with(f...))
	for i := range f {
		l.ask(f[i].name, f[i].stream) // the bomb takes memory to make, once
		var a answer
		held := allocated(func() { a = l.ask(f[i].name, f[i].stream) })
		l.check(&f[i], a)
		if held > 64<<20 {
			t.Errorf("%s: %d MiB were allocated", f[i].name, held>>20)
		}
	}
}

// TestF10IdleClose: a connection that was closed while idle costs nobody an
// answer.
func TestF10IdleClose(t *testing.T) {
	l := newLab(t, labConfig{scenario: "fault=idle-close", route: "retries: 0"})
	for i := range 20 {
		if i%2 == 0 {
			l.wantWhole("idle-close", l.ask("m", false))
		} else {
			l.wantStream("idle-close", l.ask("m", true))
		}
	}
	if n := l.mocks[0].Stats().Requests; n != 20 {
		t.Errorf("the upstream got %d requests for 20", n)
	}
}

// TestF10BadEvent: an event that is whole but no JSON is the client's to read;
// it ends nothing and hides nothing.
func TestF10BadEvent(t *testing.T) {
	l := newLab(t, labConfig{scenario: "fault=bad-json,after=3"})
	a := l.ask("m", true)
	l.wantStream("bad event", a)
	if n := strings.Count(a.body, "data: {\"choices\":[{\"delta\":{\"content\":\n\n"); n != 1 {
		t.Errorf("the event came %d times: %s", n, a)
	}
	if r := l.rowOf(a); r.End != "completed" || !r.Reported {
		t.Errorf("row: %+v", r)
	}
}

func TestF11Usage(t *testing.T) {
	honest := map[string]bool{"normal": true, "twice": true, "cumulative": true}
	var f []fault
	for _, kind := range []string{"normal", "missing", "twice", "cumulative", "null", "negative", "nan", "1e308", "int64+1", "float", "string"} {
		for _, stream := range []bool{false, true} {
			f = append(f, fault{
				name: fmt.Sprintf("%s-%t", strings.ReplaceAll(kind, "+", "-"), stream), scenario: "chunks=20,size=80,usage=" + kind,
				stream: stream, status: 200, end: "completed",
			})
		}
	}
	l := newLab(t, labConfig{}.with(f...))
	for i := range f {
		a := l.ask(f[i].name, f[i].stream)
		if f[i].name == "nan-false" { // some readers take it, so it is theirs to refuse
			a.body = strings.ReplaceAll(a.body, "NaN", "null")
		}
		l.check(&f[i], a)
		for _, ev := range l.events(a) { // which must be JSON
			if strings.Contains(ev, `"usage":{`) && !strings.Contains(f[i].scenario, "cumulative") {
				t.Errorf("%s: the client gets usage that it did not ask for: %s", f[i].name, ev)
			}
		}
		r := l.rowOf(a)
		sane(t, f[i].name, &r)
		_, kind, _ := strings.Cut(f[i].scenario, "usage=")
		if r.Estimated == honest[kind] || r.Reported != honest[kind] {
			t.Errorf("%s: the row says estimated %t, reported %t", f[i].name, r.Estimated, r.Reported)
		}
		if r.Output == 0 || r.InputUncached == 0 {
			t.Errorf("%s: the row bills nothing: %+v", f[i].name, r)
		}
		if f[i].stream && r.Output != l.served(&f[i]).CompletionTokens {
			t.Errorf("%s: the upstream sent %d tokens, the row bills %d", f[i].name, l.served(&f[i]).CompletionTokens, r.Output)
		}
	}
	// A client that asked gets what the upstream said, as it said it.
	for i := range f {
		if f[i].stream && f[i].scenario != "chunks=20,size=80,usage=missing" {
			if a := l.ask(f[i].name, true, `"stream_options":{"include_usage":true}`); !strings.Contains(a.body, `"prompt_tokens"`) && !strings.HasSuffix(f[i].scenario, "null") {
				t.Errorf("%s: the client asked for usage and got none: %s", f[i].name, a)
			}
		}
	}
}

// TestF12RetryAfter: the gateway waits as it is told, if the wait is short and
// fits into the exchange, and else tells the client.
func TestF12RetryAfter(t *testing.T) {
	type wish struct {
		fault
		wait  time.Duration // between the two attempts, at least
		after string        // Retry-After that the client gets, when there is no second one
	}
	var wishes []wish
	for _, status := range []int{429, 503, 529} {
		add := func(name, retryAfter, rules string, wait time.Duration, after string) {
			wishes = append(wishes, wish{fault: fault{
				name: fmt.Sprintf("%s-%d", name, status), scenario: fmt.Sprintf("times=1,status=%d,retry-after=%s", status, retryAfter),
				rules: rules, stream: status == 503, status: status,
			}, wait: wait, after: after})
		}
		add("seconds", "1", "retries: 1", time.Second, "")
		add("date", "date:2", "retries: 1", time.Second, "") // a date has no fractions of a second
		add("garbage", "garbage", "retries: 1", 0, "")
		add("ten-years", "10y", "retries: 1", 0, "86400")
		add("deadline", "2", "retries: 1, total: 1s", 0, "2")
		add("no-retry", "1", "retries: 0", 0, "1")
		add("other", "10y", "retries: 1, fallbacks: [m]", 0, "")
	}
	faults := make([]fault, len(wishes))
	for i := range wishes {
		faults[i] = wishes[i].fault
	}
	l := newLab(t, labConfig{}.with(faults...))
	for range 100 { // earn a budget for the retries
		l.ask("m", false)
	}
	start := time.Now()
	answers := together(len(wishes), func(i int) answer { return l.ask(wishes[i].name, wishes[i].stream) })
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("somebody waited for %s", took)
	}
	for i := range wishes {
		w, a := &wishes[i], answers[i]
		r, seen := l.rowOf(a), l.requests(&w.fault)
		if w.after != "" {
			if a.status != w.status || a.header.Get("Retry-After") != w.after || r.Attempts != 1 || len(seen) != 1 {
				t.Errorf("%s: %s, row %+v", w.name, a, r)
			}
			if _, ok := parseError(a.body); !ok {
				t.Errorf("%s: no error in OpenAI's shape: %s", w.name, a)
			}
			continue
		}
		if a.status != 200 || r.Attempts != 2 || r.End != "completed" {
			t.Errorf("%s: %s, row %+v", w.name, a, r)
			continue
		}
		if strings.HasPrefix(w.name, "other") {
			if r.Deployment != "d0" || len(seen) != 1 {
				t.Errorf("%s: row %+v", w.name, r)
			}
			continue
		}
		if len(seen) != 2 {
			t.Errorf("%s: the upstream got %d requests", w.name, len(seen))
		} else if waited := seen[1].Received.Sub(seen[0].Received); waited < w.wait {
			t.Errorf("%s: the gateway came back after %s, it was told %s", w.name, waited, w.wait)
		}
	}
}

// TestRetriesEndAtTheBorder: an answer that begins and then fails is not tried
// again, one that fails before its first event is.
func TestRetriesEndAtTheBorder(t *testing.T) {
	l := newLab(t, labConfig{mocks: []mock.Config{{Scenario: "times=1,fault=close,after=0"}}})
	a := l.ask("m", true)
	l.wantStream("before", a)
	if r := l.rowOf(a); r.Attempts != 2 {
		t.Errorf("row: %+v", r)
	}
	if err := l.mocks[0].SetScenario("fault=close,after=1"); err != nil {
		t.Fatal(err)
	}
	a = l.ask("m", true)
	l.wantCut("after", a, "upstream_cut")
	if r := l.rowOf(a); r.Attempts != 1 {
		t.Errorf("row: %+v", r)
	}
}
