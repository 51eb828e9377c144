package main

import (
	"strings"
	"testing"
)

func TestWholeAnswer(t *testing.T) {
	l := newLab(t, labConfig{})
	a := l.chat("", "")
	if a.status != 200 || !strings.Contains(a.body, `"choices"`) || a.header.Get("X-Request-Id") == "" {
		t.Fatalf("answer: %+v", a)
	}
	r := l.row(1)
	if r.End != "completed" || r.Status != 200 || r.Consumer != "app" || r.Route != "m" || r.Deployment != "d0" ||
		!r.Reported || r.Estimated || r.Attempts != 1 || r.RequestID != a.header.Get("X-Request-Id") {
		t.Errorf("row: %+v", r)
	}
}

func TestStream(t *testing.T) {
	l := newLab(t, labConfig{scenario: "chunks=20"})
	f := func(more string, usage bool) {
		t.Helper()
		a := l.chat(`"stream":true`+more, "")
		events := l.events(a)
		if a.status != 200 || a.err != nil || len(events) < 20 || events[len(events)-1] != "[DONE]" {
			t.Fatalf("answer: %+v", a)
		}
		if got := strings.Contains(a.body, `"total_tokens"`); got != usage {
			t.Errorf("%s: usage shown = %v, want %v", more, got, usage)
		}
	}
	f("", false)
	f(`,"stream_options":{}`, false)
	f(`,"stream_options":{"include_usage":false}`, false)
	f(`,"stream_options":{"include_usage":true}`, true)
	if r := l.row(4); r.End != "completed" || !r.Reported || r.Estimated || !r.Stream {
		t.Errorf("row: %+v", r)
	}
}

func TestJSONDepthIsConfigured(t *testing.T) {
	l := newLab(t, labConfig{config: "limits: {json_depth: 16}"})
	deep := func(n int) string {
		return `"metadata":` + strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n)
	}
	if a := l.chat(deep(10), ""); a.status != 200 {
		t.Errorf("10 deep: %+v", a)
	}
	if a := l.chat(deep(20), ""); a.status != 400 {
		t.Errorf("20 deep: %+v", a)
	}
}
