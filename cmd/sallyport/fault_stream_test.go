package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestF05Reset(t *testing.T) {
	var f []fault
	for i := range 100 {
		f = append(f, fault{
			name: fmt.Sprintf("reset-%d", i), scenario: fmt.Sprintf("chunks=20,size=80,fault=rst,after=%d", 1+i%22),
			rules: "retries: 2", stream: true, status: 200, code: "upstream_cut", end: "upstream_cut",
		})
	}
	l := newLab(t, labConfig{}.with(f...))
	answers := together(len(f), func(i int) answer { return l.ask(f[i].name, true) })
	for i := range f {
		l.check(&f[i], answers[i])
		l.wantPartial(&f[i], answers[i])
	}
}

func TestF06Cut(t *testing.T) {
	var f []fault
	for _, kind := range []string{"fin", "close", "end", "end-mid"} {
		for _, framing := range []string{"chunked", "close"} {
			f = append(f, cutAt(kind+"-"+framing, "fault="+kind+",framing="+framing, "", "upstream_cut", "upstream_cut")...)
		}
	}
	l := newLab(t, labConfig{}.with(f...))
	answers := together(len(f), func(i int) answer { return l.ask(f[i].name, true) })
	for i := range f {
		l.check(&f[i], answers[i])
		l.wantPartial(&f[i], answers[i])
	}
}

// TestF06Told: a stream that has its finish reason and its usage lacks [DONE] alone. Of a
// provider that never sends that it is whole, if it ends at an event border and its framing
// says so, and gets what it lacks. Of others it was cut, and the books have what it used.
func TestF06Told(t *testing.T) {
	var f []fault
	for name, scenario := range map[string]string{"end": "fault=end", "end-close": "fault=end,framing=close", "close": "fault=close,framing=close"} {
		scenario = "chunks=20,size=80,after=23," + scenario
		f = append(f, fault{name: name, scenario: scenario, stream: true, status: 200, end: "completed", provider: "quirks: {no_stream_end: true}"},
			fault{name: name + "-strict", scenario: scenario, stream: true, status: 200, code: "upstream_cut", end: "upstream_cut"})
	}
	f = append(f, fault{
		name: "framing", scenario: "chunks=20,size=80,after=23,fault=close", stream: true, status: 200, code: "upstream_cut", end: "upstream_cut",
		provider: "quirks: {no_stream_end: true}",
	})
	l := newLab(t, labConfig{}.with(f...))
	for i := range f {
		a := l.ask(f[i].name, true)
		l.check(&f[i], a)
		if r, c := l.rowOf(a), l.served(&f[i]); !r.Reported || r.Estimated || r.Output != c.CompletionTokens {
			t.Errorf("%s: the upstream sent %d tokens, row: %+v", f[i].name, c.CompletionTokens, r)
		}
	}
}

// TestF06BadChunk: what was read together with broken framing is dropped with
// it, whole events too, so the client gets an error with or without a beginning.
func TestF06BadChunk(t *testing.T) {
	f := cutAt("bad-chunk", "fault=bad-chunk", "", "upstream_invalid", "upstream_error")
	l := newLab(t, labConfig{}.with(f...))
	for i := range f {
		a := l.ask(f[i].name, true)
		f[i].status = a.status
		if a.status != 200 {
			f[i].status = 502
		}
		l.check(&f[i], a)
	}
}

// TestF06Length: after [DONE] an answer is whole, whatever its length claims.
func TestF06Length(t *testing.T) {
	f := []fault{{name: "cl-long", scenario: "fault=cl-long", stream: true, status: 200, end: "completed"}}
	l := newLab(t, labConfig{}.with(f...))
	l.unbalanced = "the mock takes the usage in an answer of a false length for unread"
	l.strike(f)
}

// TestF06Whole: a whole answer that breaks off is no answer.
func TestF06Whole(t *testing.T) {
	var f []fault
	for name, scenario := range map[string]string{
		"fin": "fault=fin", "fin-early": "fault=fin,after=1", "close": "fault=close,after=200", "rst": "fault=rst,after=200",
		"rst-bare": "fault=rst", "cl-long": "fault=cl-long",
	} {
		f = append(f, fault{name: name, scenario: scenario, status: 502, code: "upstream_cut", end: "upstream_cut"})
	}
	f = append(f, fault{name: "bad-chunk", scenario: "fault=bad-chunk", status: 502, code: "upstream_invalid", end: "upstream_error"})
	l := newLab(t, labConfig{}.with(f...))
	l.strike(f)
}

// TestF07Framing: however a stream is cut into writes and spelled, the client
// reads the same events and the ledger the same usage.
func TestF07Framing(t *testing.T) {
	const text = "chunks=12,text=h%C3%A9%20%F0%9F%99%82%22%5C%0A%20the%20end%20of%20data:%20%5BDONE%5D%20x%20y%20z"
	spellings := []string{"", "crlf", "cr", "bom", "comments", "multiline", "fields", "nospace", "bom+comments+crlf", "bom+cr+fields+nospace", "comments+multiline+crlf+fields"}
	var scenarios []string
	for _, sse := range spellings {
		for _, cut := range []string{"none", "event", "byte", "random"} {
			sc := text + ",cut=" + cut
			if sse != "" {
				sc += ",sse=" + sse
			}
			scenarios = append(scenarios, sc, sc+",gzip=1", sc+",framing=close")
		}
	}
	for seed := range 150 {
		scenarios = append(scenarios, fmt.Sprintf("%s,cut=random,seed=%d,sse=%s", text, seed, strings.Join(spellings[1+seed%(len(spellings)-1):][:1], "")))
	}
	l := newLab(t, labConfig{})
	var want []string
	for i, sc := range scenarios {
		if err := l.mocks[0].SetScenario(sc); err != nil {
			t.Fatal(err)
		}
		a := l.ask("m", true, `"stream_options":{"include_usage":true}`)
		got := chunks(messages(a.body))
		if i == 0 {
			want = got
			if len(want) != 16 || want[15] != "[DONE]" { // role, 12 pieces, finish, usage, end
				t.Fatalf("the plain stream has the events %q", want)
			}
			continue
		}
		if a.status != 200 || a.err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %+v\ngot  %q\nwant %q", sc, a, got, want)
		}
	}
	rows := l.rows()
	for i := range rows {
		r := &rows[i]
		if r.End != "completed" || !r.Reported || r.Estimated || r.Output != rows[0].Output || r.InputUncached != rows[0].InputUncached {
			t.Errorf("row %d: %+v", i, r)
		}
	}
}

// chunks returns the events without what differs between any two answers.
func chunks(events []string) []string {
	out := slices.Clone(events)
	for i, e := range out {
		var doc map[string]any
		if json.Unmarshal([]byte(e), &doc) != nil {
			continue
		}
		delete(doc, "id")
		b, _ := json.Marshal(doc)
		out[i] = string(b)
	}
	return out
}

func TestF08LargeEvents(t *testing.T) {
	f := []fault{
		{name: "1MiB", scenario: "fault=big,after=3,bytes=1MiB", stream: true, status: 200, end: "completed"},
		{name: "16MiB", scenario: "fault=big,after=3,bytes=16MiB", stream: true, status: 200, code: "upstream_too_large", end: "upstream_error"},
		{name: "64MiB", scenario: "fault=big,after=3,bytes=64MiB", stream: true, status: 200, code: "upstream_too_large", end: "upstream_error"},
		{name: "first", scenario: "fault=big,after=0,bytes=16MiB", stream: true, status: 200, code: "upstream_too_large", end: "upstream_error"},
		{name: "bomb", scenario: "fault=gzip-bomb,bytes=64MiB", stream: true, status: 200, code: "upstream_too_large", end: "upstream_error"},
		{name: "whole-1MiB", scenario: "fault=big,bytes=1MiB", status: 200, end: "completed"},
		{name: "whole-16MiB", scenario: "fault=big,bytes=16MiB", status: 502, code: "upstream_too_large", end: "upstream_error"},
		{name: "whole-lie", scenario: "fault=cl-long,bytes=512MiB", status: 502, code: "upstream_too_large", end: "upstream_error"},
		{name: "whole-bomb", scenario: "fault=gzip-bomb,bytes=64MiB", status: 502, code: "upstream_too_large", end: "upstream_error"},
	}
	const limit = 4 << 20
	l := newLab(t, labConfig{config: "limits: {event_bytes: 4MiB, answer_bytes: 4MiB}"}.with(f...))
	for i := range f {
		if strings.HasSuffix(f[i].name, "bomb") { // it takes memory to make, once
			l.ask(f[i].name, f[i].stream)
		}
	}
	for i := range f {
		var a answer
		held := allocated(func() { a = l.ask(f[i].name, f[i].stream) })
		l.check(&f[i], a)
		if f[i].code != "" && held > 4*limit {
			t.Errorf("%s: %d MiB were allocated, the limit is %d", f[i].name, held>>20, limit>>20)
		}
		l.wantWhole("another route", l.ask("m", false))
	}
}
