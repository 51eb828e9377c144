package responses

import (
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func opens(block int, p core.Part) core.Event {
	return core.Event{Kind: core.EventOpen, Block: block, Part: p}
}

func grows(block int, kind core.PartKind, text string) core.Event {
	return core.Event{Kind: core.EventDelta, Block: block, Part: part(kind, text, nil)}
}

func closes(block int, kind core.PartKind, attr *core.Attr) core.Event {
	return core.Event{Kind: core.EventClose, Block: block, Part: part(kind, "", attr)}
}

func finishes(f core.Finish) core.Event { return core.Event{Kind: core.EventFinish, Finish: f} }

var usageEvent = core.Event{Kind: core.EventUsage, Usage: core.Usage{InputUncached: 4, Output: 6, Reasoning: 1, Reported: true}}

// streamOf returns the events of an answer, each text in two pieces.
func streamOf(a *core.Answer) []core.Event {
	var out []core.Event
	finish := core.FinishStop
	if len(a.Choices) > 0 {
		finish = a.Choices[0].Finish
	}
	cut := finish == core.FinishLength || finish == core.FinishContentFilter
	for i := range a.Parts {
		p := a.Parts[i]
		text, attr := string(p.Text()), p.Attr
		begin := core.Part{Kind: p.Kind, Name: p.Name, Ref: p.Ref}
		out = append(out, opens(i, begin))
		half := len(text) / 2
		for half > 0 && text[half]&0xc0 == 0x80 {
			half--
		}
		for _, piece := range []string{text[:half], text[half:]} {
			if piece != "" {
				out = append(out, grows(i, p.Kind, piece))
			}
		}
		if !cut || i < len(a.Parts)-1 {
			out = append(out, closes(i, p.Kind, attr))
		}
	}
	return append(out, usageEvent, finishes(finish))
}

// write returns what a client gets of a stream.
func write(ex *core.Exchange, at *core.Attempt, list []core.Event) string {
	var out []byte
	for i := range list {
		out = Dialect{}.WriteEvent(out, ex, at, &list[i])
	}
	return string(Dialect{}.WriteStreamEnd(out, ex, at))
}

func TestWriteStream(t *testing.T) {
	t.Parallel()
	for _, c := range answerCases {
		ex, at := translated(t, with(withTools))
		got := write(ex, at, streamOf(&c.answer))
		_, last := checkOrder(t, got)
		if want := tree(t, "["+strings.Join(c.want, ",")+"]"); !equal(last["output"], want) {
			t.Errorf("%s: got %v\nwant %s", c.name, last["output"], strings.Join(c.want, ","))
		}
		if lost := strings.Join(ex.Dropped, ","); lost != c.lost {
			t.Errorf("%s: lost %q, want %q", c.name, lost, c.lost)
		}
		readBack(t, c.name, got, &c.answer)
	}
}

// readBack makes sure that the dialect reads its own streams, and that one that is cut
// anywhere does not look finished.
func readBack(t *testing.T, name, text string, a *core.Answer) {
	t.Helper()
	ex := &core.Exchange{}
	at := ex.NewAttempt(upstream(""))
	list := events(t, text)
	for i, e := range list {
		d := Dialect{}.Event(ex, at, []byte(e.raw))
		over := i == len(list)-1
		if (d == core.EventLast) != over || !over && d != core.EventForward {
			t.Errorf("%s: event %d of %d is %v", name, i, len(list), d)
		}
		if err := (Dialect{}).EndStream(ex, at); (err == nil) != over {
			t.Errorf("%s: cut after event %d: %v", name, i, err)
		}
	}
	if at.Usage != usageEvent.Usage {
		t.Errorf("%s: usage %+v", name, at.Usage)
	}
	if len(a.Choices) > 0 && at.Finish != a.Choices[0].Finish {
		t.Errorf("%s: finish %v, want %v", name, at.Finish, a.Choices[0].Finish)
	}
}

var overlapCases = []struct {
	name   string
	events []core.Event
	output []string
}{
	{
		"calls that overlap",
		[]core.Event{
			opens(0, call("g", "c1", "", nil)), opens(1, call("g", "c2", "", nil)), grows(0, core.PartToolCall, `{"a"`), grows(1, core.PartToolCall, `{"b"`),
			grows(0, core.PartToolCall, `:1}`), grows(1, core.PartToolCall, `:2}`), closes(1, core.PartToolCall, nil), closes(0, core.PartToolCall, nil), finishes(core.FinishToolCalls),
		},
		[]string{called("0", "completed", `"call_id":"c1","name":"g","arguments":"{\"a\":1}"`), called("1", "completed", `"call_id":"c2","name":"g","arguments":"{\"b\":2}"`)},
	},
	{
		"text beside a call",
		[]core.Event{
			grows(0, core.PartText, "a"), opens(1, call("g", "c", "", nil)), grows(1, core.PartToolCall, "{}"), grows(0, core.PartText, "b"), closes(1, core.PartToolCall, nil),
			closes(0, core.PartText, seal("gemini", "lost")), grows(2, core.PartText, "c"), finishes(core.FinishToolCalls),
		},
		[]string{said("0", "completed", text("ab", "")), called("1", "completed", `"call_id":"c","name":"g","arguments":"{}"`), said("2", "completed", text("c", ""))},
	},
	{
		"texts that overlap",
		[]core.Event{
			grows(0, core.PartText, "a"), grows(1, core.PartRefusal, "r"), grows(0, core.PartText, "b"), closes(1, core.PartRefusal, nil), closes(0, core.PartText, nil), finishes(core.FinishStop),
		},
		[]string{said("0", "completed", text("a", "")+`,{"type":"refusal","refusal":"r"},`+text("b", ""))},
	},
	{
		"a name that comes late, and what was never opened",
		[]core.Event{
			opens(0, call("", "c", `{"x`, nil)), grows(0, core.PartToolCall, `":1`),
			{Kind: core.EventDelta, Part: call("g", "", "}", nil)},
			closes(0, core.PartToolCall, nil),
			closes(7, core.PartText, nil), opens(1, call("", "d", "", nil)),
			{Kind: core.EventRaw},
			{Kind: core.EventDelta, Choice: 1, Part: part(core.PartText, "other", nil)},
			finishes(core.FinishStop),
		},
		[]string{called("0", "completed", `"call_id":"c","name":"g","arguments":"{\"x\":1}"`), called("1", "completed", `"call_id":"d","name":"","arguments":"{}"`)},
	},
	{"no finish but the end", []core.Event{grows(0, core.PartThinking, "h")}, []string{thought("0", "h", "sp1.unknown.")}},
	{"nothing", nil, nil},
}

func TestWriteOverlaps(t *testing.T) {
	t.Parallel()
	for _, c := range overlapCases {
		ex, at := translated(t, with(withTools))
		_, last := checkOrder(t, write(ex, at, c.events))
		if want := tree(t, "["+strings.Join(c.output, ",")+"]"); !equal(last["output"], want) {
			t.Errorf("%s: got %v\nwant %s", c.name, last["output"], strings.Join(c.output, ","))
		}
	}
}

// TestWriteEvents spells out the events of one message, one thinking and one call.
func TestWriteEvents(t *testing.T) {
	t.Parallel()
	ex, at := translated(t, with(withTools))
	got, last := checkOrder(t, write(ex, at, []core.Event{
		opens(0, part(core.PartThinking, "", nil)), grows(0, core.PartThinking, "h"), closes(0, core.PartThinking, seal("anthropic.messages", "S")),
		opens(1, part(core.PartText, "", nil)), grows(1, core.PartText, "a"), grows(1, core.PartText, "b"), closes(1, core.PartText, nil),
		opens(2, part(core.PartCitation, "T", &core.Attr{URL: []byte("u")})), closes(2, core.PartCitation, nil),
		opens(3, call("patch", "c", "", nil)), grows(3, core.PartToolCall, `{"input":"x"}`), closes(3, core.PartToolCall, nil),
		opens(4, call("g", "c", "", nil)), closes(4, core.PartToolCall, nil), usageEvent, finishes(core.FinishLength),
	}))
	want := strings.Fields(`created in_progress
		output_item.added reasoning_summary_part.added reasoning_summary_text.delta reasoning_summary_text.done reasoning_summary_part.done output_item.done
		output_item.added content_part.added output_text.delta output_text.delta output_text.annotation.added output_text.done content_part.done output_item.done
		output_item.added custom_tool_call_input.delta custom_tool_call_input.done output_item.done
		output_item.added function_call_arguments.delta function_call_arguments.done output_item.done incomplete`)
	for i := range want {
		want[i] = "response." + want[i]
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if reason := last["incomplete_details"].(map[string]any)["reason"]; reason != "max_output_tokens" {
		t.Errorf("incomplete: %v", reason)
	}
}

// TestWriteEstimate makes sure that a stream without usage tells what was counted.
func TestWriteEstimate(t *testing.T) {
	t.Parallel()
	ex, at := translated(t, ask(`"x"`))
	at.Stream.OutTokens, at.Finish = 9, core.FinishContentFilter
	_, last := checkOrder(t, write(ex, at, []core.Event{grows(0, core.PartText, "a")}))
	if u := last["usage"].(map[string]any); u["output_tokens"] != 9. || last["status"] != "incomplete" {
		t.Errorf("%v", last)
	}
}

// TestWriteTooMuch makes sure that a stream that is longer than what is kept of it ends
// with an error.
func TestWriteTooMuch(t *testing.T) {
	t.Parallel()
	ex, at := translated(t, ask(`"x"`))
	big := grows(0, core.PartText, strings.Repeat("x", maxHeld/2+1))
	list := []core.Event{big, big, big, finishes(core.FinishStop)}
	all := events(t, write(ex, at, list))
	if last := all[len(all)-1]; last.name != "response.failed" {
		t.Errorf("ends with %s", clipped(last.raw))
	}
}

// TestRoundTrip sends an answer back as the input of the next request: what others
// sealed must come back as it was.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, c := range answerCases {
		ex, at := translated(t, with(withTools))
		v := tree(t, string(Dialect{}.WriteAnswer(nil, ex, at, &c.answer))).(map[string]any)
		body := ask(string(mustJSON(t, v["output"])))
		got := lines(typed(t, body))
		for _, p := range c.answer.Parts {
			if a := p.Attr; a != nil && len(a.Signature) > 0 && p.Kind != core.PartRaw {
				if !strings.Contains(got, "source="+string(a.Source)+" seal="+string(a.Signature)+"\n") {
					t.Errorf("%s: %s of %s does not come back in\n%s", c.name, a.Signature, a.Source, got)
				}
			}
			if p.Kind == core.PartToolCall && !strings.Contains(got, "name="+string(p.Name)+" ref=") {
				t.Errorf("%s: the call of %s does not come back in\n%s", c.name, p.Name, got)
			}
		}
		// A provider of this dialect gets nothing that another one sealed.
		if sent := forward(t, parts(t, body), upstream("")); strings.Contains(sent, "sp1") {
			t.Errorf("%s: leaves as %s", c.name, sent)
		}
	}
}
