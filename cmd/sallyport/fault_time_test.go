package main

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// cancelled waits until the mock noticed that the gateway left n of its answers.
func (l *lab) cancelled(n int64) {
	l.Helper()
	if !l.mocks[0].Wait(func(s mock.Stats) bool { return s.Cancelled == n }, 10*time.Second) {
		l.Errorf("the gateway gave up %d answers, the upstream noticed %d", n, l.mocks[0].Stats().Cancelled)
	}
}

func TestF03NeverAnswers(t *testing.T) {
	const soon = "timeouts: {first_byte: 200ms, idle: 200ms}"
	f := []fault{
		{name: "hang", scenario: "fault=hang", provider: soon, status: 504, code: "upstream_timeout", end: "upstream_timeout"},
		{name: "hang-stream", scenario: "fault=hang", provider: soon, stream: true, status: 504, code: "upstream_timeout", end: "upstream_timeout"},
		{name: "late", scenario: "latency=10m", provider: soon, status: 504, code: "upstream_timeout", end: "upstream_timeout"},
		{name: "slow-head", scenario: "fault=slow-head,pace=50ms", provider: soon, stream: true, status: 504, code: "upstream_timeout", end: "upstream_timeout"},
		// A head alone is no answer: nothing has reached the client yet, which
		// so gets a status.
		{name: "no-event", scenario: "ttft=10m", provider: soon, stream: true, status: 504, code: "upstream_idle", end: "upstream_idle"},
		{name: "silence", scenario: "fault=silence", provider: soon, status: 504, code: "upstream_timeout", end: "upstream_timeout"},
		{name: "silent-body", scenario: "fault=silence,after=100", provider: soon, status: 504, code: "upstream_idle", end: "upstream_idle"},
		{name: "silent-stream", scenario: "fault=silence,after=0", provider: soon, stream: true, status: 504, code: "upstream_idle", end: "upstream_idle"},
	}
	l := newLab(t, labConfig{}.with(f...))
	l.strike(f)
	l.cancelled(int64(len(f)))
	for i := range f {
		// The provider may have worked, and bill it; nobody knows.
		if rows := l.requests(&f[i]); len(rows) != 1 {
			t.Errorf("%s: the upstream got %d requests", f[i].name, len(rows))
		}
	}
	for _, r := range l.rows() {
		if !r.Estimated || r.Reported {
			t.Errorf("row: %+v", r)
		}
	}
}

// TestF03Fallback: what is silent before the first event is replaced.
func TestF03Fallback(t *testing.T) {
	const soon, rules = "timeouts: {first_byte: 200ms, idle: 200ms}", "retries: 0, fallbacks: [good]"
	f := []fault{
		{name: "hang", scenario: "fault=hang", provider: soon, rules: rules},
		{name: "no-event", scenario: "ttft=10m", provider: soon, rules: rules, stream: true},
		{name: "silent-body", scenario: "fault=silence,after=100", provider: soon, rules: rules},
	}
	l := newLab(t, labConfig{}.with(append(f, fault{name: "good"})...))
	answers := together(len(f), func(i int) answer { return l.ask(f[i].name, f[i].stream) })
	for i, a := range answers {
		if f[i].stream {
			l.wantStream(f[i].name, a)
		} else {
			l.wantWhole(f[i].name, a)
		}
		if r := l.rowOf(a); r.Attempts != 2 || r.Deployment != "good" || r.End != "completed" || r.Estimated {
			t.Errorf("%s: row: %+v", f[i].name, r)
		}
	}
	l.cancelled(int64(len(f)))
}

// cutAt makes streams of 24 events, 20 of them one token each, that a fault
// strikes after some of them: the role, 1 and 13 tokens, all, the finish reason.
func cutAt(name, scenario, provider, code, end string) []fault {
	var out []fault
	for _, after := range []string{"1", "2", "14", "21", "22"} {
		out = append(out, fault{
			name: name + "-" + after, scenario: "chunks=20,size=80," + scenario + ",after=" + after, provider: provider,
			stream: true, status: 200, code: code, end: end,
		})
	}
	return out
}

func TestF04Silence(t *testing.T) {
	f := cutAt("silence", "fault=silence", "timeouts: {idle: 200ms}", "upstream_idle", "upstream_idle")
	l := newLab(t, labConfig{}.with(f...))
	answers := together(len(f), func(i int) answer { return l.ask(f[i].name, true) })
	for i := range f {
		l.check(&f[i], answers[i])
		l.wantPartial(&f[i], answers[i])
	}
	l.cancelled(int64(len(f)))
}

// wantPartial checks that the row of a cut stream counts what the upstream sent,
// that the client got all of it, and that it was sent once.
func (l *lab) wantPartial(f *fault, a answer) {
	l.Helper()
	r, c := l.rowOf(a), l.served(f)
	if c.Requests != 1 {
		l.Errorf("%s: the upstream got %d requests: there was a retry after the first byte", f.name, c.Requests)
	}
	if !r.Estimated || r.Reported || r.Output != c.CompletionTokens || r.InputUncached == 0 {
		l.Errorf("%s: the upstream sent %d tokens, row: %+v", f.name, c.CompletionTokens, r)
	}
	if got := int64(strings.Count(a.body, `"delta":{"content":"`)); got != c.CompletionTokens {
		l.Errorf("%s: the upstream sent %d tokens, the client got %d", f.name, c.CompletionTokens, got)
	}
}

func TestF09Endless(t *testing.T) {
	const total = "timeouts: {total: 400ms}"
	f := []fault{
		{name: "provider-total", scenario: "fault=endless,pace=2ms", provider: total, stream: true, status: 200, code: "deadline_exceeded", end: "deadline"},
		{name: "route-total", scenario: "fault=endless,pace=2ms", rules: "retries: 0, total: 1s", stream: true, status: 200, code: "deadline_exceeded", end: "deadline"},
		{name: "whole-total", scenario: "fault=endless,pace=2ms", provider: total, status: 504, code: "deadline_exceeded", end: "deadline"},
		{name: "whole-flood", scenario: "fault=endless", status: 502, code: "upstream_too_large", end: "upstream_error"},
		{name: "hang-total", scenario: "fault=hang", provider: total, status: 504, code: "deadline_exceeded", end: "deadline"},
		{name: "slow-body", scenario: "fault=slow-body,pace=20ms", provider: total, status: 504, code: "deadline_exceeded", end: "deadline"},
	}
	l := newLab(t, labConfig{config: "limits: {answer_bytes: 256KiB}"}.with(f...))
	answers := together(len(f), func(i int) answer { return l.ask(f[i].name, f[i].stream) })
	for i := range f {
		l.check(&f[i], answers[i])
		r := l.rowOf(answers[i])
		sane(t, f[i].name, &r)
		if c := l.served(&f[i]); f[i].stream && (r.Output == 0 || !r.Estimated || r.Output > c.CompletionTokens) {
			t.Errorf("%s: the upstream sent %d tokens, row: %+v", f[i].name, c.CompletionTokens, r)
		}
	}
	l.cancelled(int64(len(f)))
}
