package openai

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func opens(block int, p core.Part) core.Event {
	return core.Event{Kind: core.EventOpen, Block: block, Choice: p.Choice, Part: p}
}

func grows(block int, kind core.PartKind, text string) core.Event {
	return core.Event{Kind: core.EventDelta, Block: block, Part: part(kind, text, nil)}
}

func closes(block int, kind core.PartKind, attr *core.Attr) core.Event {
	return core.Event{Kind: core.EventClose, Block: block, Part: part(kind, "", attr)}
}

func finishes(f core.Finish) core.Event { return core.Event{Kind: core.EventFinish, Finish: f} }

// delta is a chunk of the first choice, behind its head.
func deltaOf(delta string) string {
	return `[{"index":0,"delta":{` + delta + `},"logprobs":null,"finish_reason":null}]`
}

func finishOfDelta(word string) string {
	return `[{"index":0,"delta":{},"logprobs":null,"finish_reason":"` + word + `"}]`
}

var usageEvent = core.Event{Kind: core.EventUsage, Usage: core.Usage{InputUncached: 4, Output: 6, Reasoning: 1, Reported: true}}

const speaks = `"role":"assistant","content":""`

var streamCases = []struct {
	name, request string
	events        []core.Event
	want          []string // behind the head
}{
	{
		"text", ask,
		[]core.Event{
			{Kind: core.EventOpen, ID: []byte("msg_1"), Model: []byte("said")},
			grows(0, core.PartText, "a"), grows(0, core.PartText, "\"b"),
			closes(0, core.PartText, nil), usageEvent, finishes(core.FinishStop),
		},
		[]string{deltaOf(speaks), deltaOf(`"content":"a"`), deltaOf(`"content":"\"b"`), finishOfDelta("stop")},
	},
	{
		"calls that overlap", ask,
		[]core.Event{
			opens(0, part(core.PartText, "", nil)), closes(0, core.PartText, nil), opens(1, call("f", "c1", "", seal("gemini", "S"))), opens(2, call("g", "", "", nil)),
			grows(1, core.PartToolCall, `{"a"`), grows(1, core.PartToolCall, `:1}`), closes(1, core.PartToolCall, nil), closes(2, core.PartToolCall, seal("openai.chat", "Q")),
			finishes(core.FinishToolCalls),
		},
		[]string{
			deltaOf(speaks),
			deltaOf(`"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""},"extra_content":{"google":{"thought_signature":"sp1.gemini.S"}}}]`),
			deltaOf(`"tool_calls":[{"index":1,"id":"call_ab000000-0000-0000-0000-000000000000-0-1","type":"function","function":{"name":"g","arguments":""}}]`),
			deltaOf(`"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]`), deltaOf(`"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]`),
			deltaOf(`"tool_calls":[{"index":1,"function":{"arguments":"{}"},"extra_content":{"google":{"thought_signature":"Q"}}}]`),
			finishOfDelta("tool_calls"),
		},
	},
	{
		"thinking", ask,
		[]core.Event{
			opens(0, part(core.PartThinking, "", nil)), grows(0, core.PartThinking, "x"), grows(0, core.PartThinking, "y"), closes(0, core.PartThinking, seal("anthropic.messages", "S")),
			opens(1, part(core.PartRedacted, "", seal("anthropic.messages", "D"))), closes(1, core.PartRedacted, nil),
			opens(2, part(core.PartThinking, "z", nil)), closes(2, core.PartThinking, nil), finishes(core.FinishLength),
		},
		[]string{
			deltaOf(speaks), deltaOf(`"reasoning_content":"x"`), deltaOf(`"reasoning_content":"y"`),
			deltaOf(`"thinking_blocks":[{"type":"thinking","thinking":"xy","signature":"sp1.anthropic.messages.S"}]`),
			deltaOf(`"thinking_blocks":[{"type":"redacted_thinking","data":"sp1.anthropic.messages.D"}]`), deltaOf(`"reasoning_content":"z"`), finishOfDelta("length"),
		},
	},
	{
		"citations, refusal, image", ask,
		[]core.Event{
			grows(0, core.PartText, "añ"), closes(0, core.PartText, nil), opens(1, part(core.PartCitation, "T", &core.Attr{URL: []byte("u")})), closes(1, core.PartCitation, nil),
			grows(2, core.PartRefusal, "no"), opens(3, core.Part{Kind: core.PartImage, Name: []byte("image/png"), Attr: &core.Attr{Data: []byte("QUJD")}}),
			finishes(core.FinishOther),
		},
		[]string{
			deltaOf(speaks), deltaOf(`"content":"añ"`), deltaOf(`"annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"T","start_index":0,"end_index":2}}]`),
			deltaOf(`"refusal":"no"`), deltaOf(`"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]`), finishOfDelta("stop"),
		},
	},
	{
		"legacy function", `{"model":"m","messages":[{"role":"user","content":"x"}],"functions":[{"name":"f"}]}`,
		[]core.Event{opens(0, call("f", "c", "", nil)), grows(0, core.PartToolCall, "{}"), closes(0, core.PartToolCall, nil), finishes(core.FinishToolCalls)},
		[]string{deltaOf(speaks), deltaOf(`"function_call":{"name":"f","arguments":""}`), deltaOf(`"function_call":{"arguments":"{}"}`), finishOfDelta("function_call")},
	},
	{
		"nothing", ask,
		[]core.Event{finishes(core.FinishStop)},
		[]string{deltaOf(speaks), finishOfDelta("stop")},
	},
}

// write returns the events of a stream, written.
func write(ex *core.Exchange, at *core.Attempt, list []core.Event) []byte {
	var out []byte
	for i := range list {
		if list[i].Kind == core.EventUsage {
			at.Usage = list[i].Usage // as the gateway does
		}
		out = Chat{}.WriteEvent(out, ex, at, &list[i])
	}
	return Chat{}.WriteStreamEnd(out, ex, at)
}

func TestWriteEvent(t *testing.T) {
	t.Parallel()
	for _, c := range streamCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ex, at := answering(t, c.request)
			got := events(t, write(ex, at, c.events))
			if len(got) != len(c.want)+1 || got[len(got)-1] != "[DONE]" {
				t.Fatalf("events\n%s", strings.Join(got, "\n"))
			}
			model := "real"
			if m := c.events[0].Model; m != nil {
				model = string(m)
			}
			for i, want := range c.want {
				want = `{"id":"` + ourID + `","object":"chat.completion.chunk","created":1700000000,"model":"` + model + `","choices":` + want + "}"
				if got[i] != want {
					t.Errorf("got  %s\nwant %s", got[i], want)
				}
			}
			checkStreamReadsBack(t, ex, got, c.events)
		})
	}
}

// checkStreamReadsBack reads a written stream with the dialect's own reader.
func checkStreamReadsBack(t testing.TB, from *core.Exchange, list []string, sent []core.Event) {
	t.Helper()
	ex := &core.Exchange{}
	ex.Request.Choices, ex.Request.UsageAsked = 1, from.Request.UsageAsked
	at := ex.NewAttempt(upstream(""))
	finish, usage, counted := core.FinishNone, core.Usage{}, false
	for i := range sent {
		switch sent[i].Kind { //nolint:exhaustive // the others are content
		case core.EventFinish:
			finish = sent[i].Finish
		case core.EventUsage:
			usage, counted = sent[i].Usage, true
		}
	}
	for _, data := range list {
		if data != "[DONE]" && !json.Valid([]byte(data)) {
			t.Fatalf("not JSON: %s", data)
		}
		if got := (Chat{}).Event(ex, at, []byte(data)); got == core.EventFail || got == core.EventDrop {
			t.Errorf("disposition %v of %s", got, data)
		}
	}
	if err := (Chat{}).EndStream(ex, at); err != nil || !at.Stream.Done {
		t.Errorf("not whole: %v", err)
	}
	if finish != core.FinishNone && finish != core.FinishOther && at.Finish != finish {
		t.Errorf("finish %v, want %v", at.Finish, finish)
	}
	if counted && from.Request.UsageAsked && usage.Valid() && usage.Total() > 0 && at.Usage != usage {
		t.Errorf("usage %+v, want %+v", at.Usage, usage)
	}
}

func TestWriteUsageChunk(t *testing.T) {
	t.Parallel()
	ex, at := answering(t, `{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true}}`)
	list := []core.Event{grows(0, core.PartText, "a"), usageEvent, finishes(core.FinishStop)}
	got := events(t, write(ex, at, list))
	if len(got) != 5 || !strings.HasSuffix(got[3], `"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":6,"total_tokens":10,`+
		`"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":1}}}`) {
		t.Fatalf("events\n%s", strings.Join(got, "\n"))
	}
	if !strings.HasSuffix(got[0], `}],"usage":null}`) {
		t.Errorf("first chunk %s", got[0])
	}
	checkStreamReadsBack(t, ex, got, list)
}

func TestWriteChoices(t *testing.T) {
	t.Parallel()
	ex, at := answering(t, `{"model":"m","n":2,"messages":[{"role":"user","content":"x"}]}`)
	second := call("f", "c", "", nil)
	second.Choice = 1
	first := finishes(core.FinishStop)
	last := finishes(core.FinishToolCalls)
	last.Choice = 1
	third := finishes(core.FinishStop) // of one that calls nothing
	third.Choice = 2
	got := strings.Join(events(t, write(ex, at, []core.Event{opens(0, call("g", "d", "", nil)), opens(0, second), first, last, third})), "\n")
	for _, want := range []string{
		`[{"index":1,"delta":{"role":"assistant","content":""}`, `[{"index":1,"delta":{"tool_calls":[{"index":0,"id":"c"`,
		`[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]`, `[{"index":2,"delta":{},"logprobs":null,"finish_reason":"stop"}]`, `[{"index":1,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]`,
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%s is not there once:\n%s", want, got)
		}
	}
}

// TestWriteAgain makes sure that a retry and the next exchange start anew.
func TestWriteAgain(t *testing.T) {
	t.Parallel()
	ex, at := answering(t, ask)
	list := streamCases[1].events
	want := string(write(ex, at, list))
	for range 2 {
		at = ex.NewAttempt(&core.Deployment{Model: "real"})
		if got := string(write(ex, at, list)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
