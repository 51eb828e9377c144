package openai

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// dice makes answers and events of a fuzzer's bytes.
type dice struct{ b []byte }

func (d *dice) roll(n int) int {
	if len(d.b) == 0 {
		return 0
	}
	v := int(d.b[0])
	d.b = d.b[1:]
	return v % n
}

func (d *dice) text() []byte {
	n := min(d.roll(12), len(d.b))
	text := d.b[:n]
	d.b = d.b[n:]
	return text
}

func (d *dice) part() core.Part {
	p := core.Part{Kind: core.PartKind(d.roll(core.NumPartKinds)), Choice: d.roll(2)}
	p.SetText(d.text())
	switch d.roll(4) {
	case 1:
		p.Name, p.Ref = d.text(), d.text()
	case 2:
		p.Attr = &core.Attr{Data: d.text(), URL: d.text(), JSON: d.text()}
	case 3:
		p.Attr = &core.Attr{Signature: d.text(), Source: d.text(), JSON: []byte(`{"title":1,"x":"y"}`)}
	}
	return p
}

func (d *dice) usage() core.Usage {
	u := core.Usage{
		InputUncached: int64(d.roll(9)), CacheRead: int64(d.roll(9)), CacheWrite: int64(d.roll(9)), Output: int64(d.roll(9)),
		Audio: int64(d.roll(3)), Reported: true,
	}
	u.Reasoning = int64(d.roll(int(u.Output) + 1))
	u.Audio = min(u.Audio, u.Input()+u.Output)
	u.AudioInput, u.AudioOutput = u.AudioParts()
	return u
}

func (d *dice) finish() core.Finish { return core.Finish(d.roll(int(core.FinishOther) + 1)) }

func (d *dice) answer() *core.Answer {
	a := &core.Answer{ID: d.text(), Model: d.text(), Usage: d.usage()}
	for range d.roll(3) {
		a.Choices = append(a.Choices, core.Choice{Index: len(a.Choices), Finish: d.finish()})
	}
	for len(d.b) > 0 {
		a.Parts = append(a.Parts, d.part())
	}
	return a
}

func (d *dice) events() []core.Event {
	var list []core.Event
	for len(d.b) > 0 {
		ev := core.Event{Kind: core.EventKind(d.roll(3)), Block: d.roll(4), Part: d.part()}
		switch d.roll(9) {
		case 1:
			ev = core.Event{Kind: core.EventUsage, Usage: d.usage()}
		case 2:
			ev = core.Event{Kind: core.EventRaw}
		}
		ev.ID, ev.Model = d.text(), d.text()
		list = append(list, ev)
	}
	return append(list, finishes(d.finish()))
}

func seedDice(f *testing.F) {
	f.Helper()
	for kind := range core.NumPartKinds {
		f.Add([]byte{3, 'i', 'd', '"', 0, 1, 2, 3, 4, 0, 1, 2, byte(kind), 0, 5, 'h', 0xff, '"', '\n', 0xc3, 3, 2, 'S', '.', 1, 'g'}, byte(kind))
		f.Add([]byte{0, 1, byte(kind), 0, 2, 'a', 'b', 2, 1, 'c', 0, 0, 0, 2, 1, byte(kind), 0, 0, 0, 0, 0, 0}, byte(kind))
	}
}

// requestsOf are the ways to ask that answers differ in.
var requestsOf = []string{
	ask,
	`{"model":"m","messages":[{"role":"user","content":"x"}],"functions":[{"name":"f"}]}`,
	`{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true}}`,
}

func FuzzWriteAnswer(f *testing.F) {
	seedDice(f)
	f.Fuzz(func(t *testing.T, b []byte, request byte) {
		ex, at := answering(t, requestsOf[int(request)%len(requestsOf)])
		a := (&dice{b}).answer()
		body := Chat{}.WriteAnswer(nil, ex, at, a)
		var doc struct {
			Choices []struct{ Message json.RawMessage }
		}
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		checkAnswerReadsBack(t, a, body)
		checkLossless(t, "sent back", `{"model":"m","messages":[`+string(doc.Choices[0].Message)+`]}`)
	})
}

func FuzzWriteEvent(f *testing.F) {
	seedDice(f)
	f.Fuzz(func(t *testing.T, b []byte, request byte) {
		ex, at := answering(t, requestsOf[int(request)%len(requestsOf)])
		sent := (&dice{b}).events()
		list := events(t, write(ex, at, sent))
		checkStreamReadsBack(t, ex, list, sent)
		for i, data := range list[:len(list)-1] {
			if !strings.HasPrefix(data, list[0][:strings.Index(list[0], `,"choices":`)]) {
				t.Fatalf("chunk %d has another head: %s", i, data)
			}
		}
		checkRuns(t, request, sent, list)
	})
}

// checkRuns wants the same chunks when no block of text goes on: what closes nothing
// comes between.
func checkRuns(t *testing.T, request byte, sent []core.Event, want []string) {
	t.Helper()
	ex, at := answering(t, requestsOf[int(request)%len(requestsOf)])
	var broken []core.Event
	begun := false
	for _, ev := range sent {
		begun = begun || ev.Kind == core.EventOpen || ev.Kind == core.EventDelta
		if broken = append(broken, ev); begun {
			broken = append(broken, core.Event{Kind: core.EventClose, Block: 99})
		}
	}
	if got := events(t, write(ex, at, broken)); !slices.Equal(got, want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}
