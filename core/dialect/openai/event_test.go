package openai

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// play sends events through the dialect and returns what becomes of them.
func play(ex *core.Exchange, at *core.Attempt, events ...string) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteByte("fdle"[Chat{}.Event(ex, at, []byte(e))])
	}
	return b.String()
}

// chunk returns a chunk of content; text is the inside of a JSON string.
func chunk(text string) string {
	return `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"` + text + `"},"logprobs":null,"finish_reason":null}],"usage":null}`
}

const (
	finishChunk = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	usageChunk  = `{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}}`
	errorChunk  = `{"error":{"message":"boom","type":"server_error","code":500}}`
	azureFirst  = `{"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[{"prompt_index":0}]}`
)

func TestEvent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		asked  bool // usage, by the client
		events []string
		does   string // f forward, d drop, l last, e fail
		want   core.StreamState
		finish core.Finish
		usage  bool
		end    core.Code // CodeInternal for a whole stream
	}{
		{
			"usual", false,
			[]string{chunk(""), chunk("Hello"), chunk(" you"), finishChunk, usageChunk, "[DONE]"},
			"ffffdl",
			core.StreamState{Events: 2, OutTokens: 2, Finished: true, Done: true},
			core.FinishStop, true, 0,
		},
		{
			"usage asked", true,
			[]string{chunk("Hello"), finishChunk, usageChunk, "[DONE]"},
			"fffl",
			core.StreamState{Events: 1, OutTokens: 1, Finished: true, Done: true},
			core.FinishStop, true, 0,
		},
		{
			"Azure", false,
			[]string{azureFirst, chunk("Hello"), finishChunk, usageChunk, "[DONE]"},
			"fffdl",
			core.StreamState{Events: 1, OutTokens: 1, Finished: true, Done: true},
			core.FinishStop, true, 0,
		},
		{
			"usage with content stays", false,
			[]string{`{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":10,"completion_tokens":5}}`, "[DONE]"},
			"fl",
			core.StreamState{Events: 1, OutTokens: 1, Done: true},
			0, true, 0,
		},
		{
			"Groq", false,
			[]string{`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":{"prompt_tokens":10,"completion_tokens":5}}}`, "[DONE]"},
			"fl",
			core.StreamState{Finished: true, Done: true},
			core.FinishStop, true, 0,
		},
		{
			"Moonshot", false,
			[]string{`{"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":10,"completion_tokens":5}}]}`, "[DONE]"},
			"fl",
			core.StreamState{Finished: true, Done: true},
			core.FinishStop, true, 0,
		},
		{
			"no [DONE]", false,
			[]string{chunk("a"), finishChunk, usageChunk},
			"ffd",
			core.StreamState{Events: 1, OutTokens: 1, Finished: true},
			core.FinishStop, true, 0,
		},
		{
			"no [DONE], usage so far before the reason", false,
			[]string{`{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":10,"completion_tokens":5}}`, finishChunk},
			"ff",
			core.StreamState{Events: 1, OutTokens: 1, Finished: true},
			core.FinishStop, true, 0,
		},
		{
			"no [DONE], a total alone", false,
			[]string{chunk("a"), `{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"total_tokens":15}}`},
			"ff",
			core.StreamState{Events: 1, OutTokens: 1, Finished: true},
			core.FinishStop, false, 0,
		},
		{
			"no usage", false,
			[]string{chunk("a"), finishChunk, "[DONE]"},
			"ffl",
			core.StreamState{Events: 1, OutTokens: 1, Done: true},
			core.FinishStop, false, 0,
		},
		{
			"cut behind the reason", false,
			[]string{chunk("a"), finishChunk},
			"ff",
			core.StreamState{Events: 1, OutTokens: 1},
			core.FinishStop, false, core.CodeUpstreamCut,
		},
		{
			"cut behind the reason, usage that is none", false,
			[]string{`{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":0}}`, chunk("a"), finishChunk, `{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`, `{"choices":[],"usage":null}`},
			"dffdf",
			core.StreamState{Events: 1, OutTokens: 1},
			core.FinishStop, true, core.CodeUpstreamCut,
		},
		{
			"usage and no reason", false,
			[]string{chunk("a"), `{"choices":[{"index":0,"delta":{},"finish_reason":null}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":""}]}`, usageChunk},
			"fffd",
			core.StreamState{Events: 1, OutTokens: 1},
			0, true, core.CodeUpstreamCut,
		},
		{"cut", false, []string{chunk("a"), chunk("b")}, "ff", core.StreamState{Events: 2, OutTokens: 2}, 0, false, core.CodeUpstreamCut},
		{"nothing", false, nil, "", core.StreamState{}, 0, false, core.CodeUpstreamCut},
		{"error", false, []string{chunk("a"), errorChunk}, "fe", core.StreamState{Events: 1, OutTokens: 1, Failed: true}, 0, false, core.CodeUpstreamStatus},
		{
			"error with choices", false,
			[]string{`{"error":{"code":502},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}`},
			"e",
			core.StreamState{Failed: true},
			core.FinishOther, false, core.CodeUpstreamStatus,
		},
		{"error as a string", false, []string{`{"error":"boom"}`}, "e", core.StreamState{Failed: true}, 0, false, core.CodeUpstreamStatus},
		{"error null", false, []string{`{"error":null,"choices":[]}`, "[DONE]"}, "fl", core.StreamState{Done: true}, 0, false, 0},
		{"blanks around [DONE]", false, []string{" [DONE] \n"}, "l", core.StreamState{Done: true}, 0, false, 0},
		{"not JSON", false, []string{"ha", "[", "[DONE", `{"choices":[`, "", "null", "3"}, "ffffdff", core.StreamState{}, 0, false, core.CodeUpstreamCut},
		{
			"odd shapes", false,
			[]string{`{"choices":null}`, `{"choices":[null,1]}`, `{"choices":[{"delta":null}]}`, `{"choices":[{"delta":{"tool_calls":[1,{"function":2}]}}]}`, `{"usage":3}`},
			"fffff",
			core.StreamState{},
			0, false, core.CodeUpstreamCut,
		},
		{"words in texts", false, []string{
			chunk(`[DONE]`), chunk(`\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}`), chunk(`\"error\":{\"message\":1}`), chunk(`\"finish_reason\":\"stop\"`),
			chunk(`usage`), chunk(`\\`), chunk(`\"},\"finish_reason\":\"stop\"`),
		}, "fffffff", core.StreamState{Events: 7, OutTokens: 1 + 13 + 6 + 6 + 1 + 1 + 7}, 0, false, core.CodeUpstreamCut},
		{"tool calls", false, []string{
			`{"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]}}]}`,
			`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a"}}]}}]}`,
			`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\":1}"}}]}}]}`,
			`{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`, "[DONE]",
		}, "ffffl", core.StreamState{Events: 3, OutTokens: 3, Done: true}, core.FinishToolCalls, false, 0},
		{
			"one reasoning under two names", false,
			[]string{`{"choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm"}}]}`},
			"f",
			core.StreamState{Events: 1, OutTokens: 1},
			0, false, core.CodeUpstreamCut,
		},
		{"a long delta", false, []string{chunk(strings.Repeat("word ", 100))}, "f", core.StreamState{Events: 1, OutTokens: 125}, 0, false, core.CodeUpstreamCut},
		{"empty usage", false, []string{`{"choices":[],"usage":{}}`, "[DONE]"}, "dl", core.StreamState{Done: true}, 0, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ex := &core.Exchange{}
			ex.Request.UsageAsked, ex.Request.Choices = c.asked, 1
			at := ex.NewAttempt(upstream(""))
			if does := play(ex, at, c.events...); does != c.does {
				t.Errorf("dispositions %q, want %q", does, c.does)
			}
			got := at.Stream
			got.Scratch = nil
			if got != c.want || at.Finish != c.finish || at.Usage.Reported != c.usage {
				t.Errorf("%+v, finish %v, usage %+v, want %+v", got, at.Finish, at.Usage, c.want)
			}
			if c.usage && (at.Usage.Input() != 10 || at.Usage.Output != 5 && at.Stream.Finished) {
				t.Errorf("usage %+v", at.Usage)
			}
			err := Chat{}.EndStream(ex, at)
			if (err == nil) != got.Done || err != nil && err.Code != core.CodeUpstreamCut && err.Code != c.end {
				t.Errorf("EndStream: %v, want %v", err, c.end)
			}
			at.Deployment.Provider.Quirks.NoStreamEnd = true
			err = Chat{}.EndStream(ex, at)
			if (err == nil) != (c.end == core.CodeInternal) || err != nil && err.Code != c.end {
				t.Errorf("EndStream where [DONE] is never sent: %v, want %v", err, c.end)
			}
		})
	}
}

// TestEventChoices makes sure that a stream of several answers is finished when
// all of them are.
func TestEventChoices(t *testing.T) {
	t.Parallel()
	ex := &core.Exchange{}
	ex.Request.Choices = 2
	at := ex.NewAttempt(upstream(""))
	finish := func(i int) string {
		return fmt.Sprintf(`{"choices":[{"index":%d,"delta":{},"finish_reason":"stop"}]}`, i)
	}
	play(ex, at, chunk("a"), finish(1), chunk("b"), finish(1), usageChunk)
	if at.Stream.Finished || (Chat{}).EndStream(ex, at) == nil {
		t.Error("half of it passes as whole")
	}
	play(ex, at, finish(0))
	if err := (Chat{}).EndStream(ex, at); !at.Stream.Finished || err == nil || !strings.Contains(err.Message, "no_stream_end") {
		t.Errorf("the whole of it without [DONE]: %v", err)
	}
	at.Deployment.Provider.Quirks.NoStreamEnd = true
	if (Chat{}).EndStream(ex, at) != nil {
		t.Error("the whole of it does not pass")
	}
	if play(ex, at, strings.Replace(chunk("c"), `"index":0`, `"index":2`, 1)); at.Stream.Finished {
		t.Error("one more has begun")
	}
	at = ex.NewAttempt(upstream(""))
	if play(ex, at, finish(0), usageChunk); at.Stream.Finished {
		t.Error("the attempt before shows")
	}
	at = ex.NewAttempt(upstream(""))
	if play(ex, at, finish(0), finish(1)); at.Stream.Finished {
		t.Error("its usage shows")
	}
	at = ex.NewAttempt(upstream(""))
	at.Deployment.Provider.Quirks = core.Quirks{NoStreamEnd: true, NoStreamUsage: true}
	if play(ex, at, finish(0)); (Chat{}).EndStream(ex, at) == nil {
		t.Error("half of it passes as whole where no usage is told")
	}
	if play(ex, at, finish(1)); (Chat{}).EndStream(ex, at) != nil {
		t.Error("the whole of it does not pass where no usage is told")
	}
}

// TestEventUsageIsSet makes sure that usage is set, not added, and that a
// report that is none leaves the one before.
func TestEventUsageIsSet(t *testing.T) {
	t.Parallel()
	ex := &core.Exchange{}
	at := ex.NewAttempt(upstream(""))
	report := func(n int) string {
		return fmt.Sprintf(`{"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":10,"completion_tokens":%d}}`, n)
	}
	play(ex, at, report(1), report(2), report(3), report(-4), chunk("x"))
	if at.Usage.Output != 3 || at.Usage.Input() != 10 {
		t.Errorf("%+v", at.Usage)
	}
}

// TestShapes makes sure that chunks which fit the shape of another are read as
// if each came alone.
func TestShapes(t *testing.T) {
	t.Parallel()
	padded := func(text, padding string) string {
		return `{"choices":[{"index":0,"delta":{"content":"` + text + `"},"finish_reason":null}],"obfuscation":"` + padding + `"}`
	}
	paddedFirst := func(text, padding string) string {
		return `{"obfuscation":"` + padding + `","choices":[{"index":0,"delta":{"content":"` + text + `"},"finish_reason":null}]}`
	}
	texts := []string{"", "a", " word", `\"`, `\\`, "usage", `"usage":{"prompt_tokens":1,"completion_tokens":1}`, `x"},"finish_reason":"stop","y":{"z":"`, strings.Repeat("long ", 40), "[DONE]"}
	var events []string
	for i, a := range texts {
		b := texts[(i+3)%len(texts)]
		events = append(events, chunk(a), padded(a, b), paddedFirst(a, b), chunk(a)+" ", strings.Replace(chunk(a), "created\":1", "created\":2", 1))
	}
	events = append(events, finishChunk, usageChunk, errorChunk)
	for i, first := range events {
		for _, second := range events {
			ex := &core.Exchange{}
			at := ex.NewAttempt(upstream(""))
			at.Model = []byte("m")
			play(ex, at, first)
			before := at.Stream
			before.Scratch = nil
			usage, finish := at.Usage, at.Finish
			got := play(ex, at, second)

			alone := &core.Exchange{}
			it := alone.NewAttempt(upstream(""))
			want := play(alone, it, second)
			if it.Finish != core.FinishNone {
				finish = it.Finish
			}
			if it.Usage.Reported {
				usage = it.Usage
			}
			before.Events += it.Stream.Events
			before.OutTokens += it.Stream.OutTokens
			before.Finished = finishedTogether(at)
			before.Failed = before.Failed || it.Stream.Failed
			after := at.Stream
			after.Scratch = nil
			if got != want || after != before || at.Usage != usage || at.Finish != finish {
				t.Fatalf("%s\nafter\n%s (%d)\ngives %s %+v %+v %v, want %s %+v %+v %v",
					second, first, i, got, after, at.Usage, at.Finish, want, before, usage, finish)
			}
		}
	}
}

// finishedTogether tells whether what a stream has told so far is all of its end: one
// event may have the reason, another the usage.
func finishedTogether(at *core.Attempt) bool {
	m, _ := at.Stream.Scratch.(*streamMemory)
	return m != nil && m.told && m.finished != (choiceSet{}) && m.finished == m.begun
}
