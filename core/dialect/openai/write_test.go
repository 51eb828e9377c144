package openai

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// part makes a part of an answer.
func part(kind core.PartKind, text string, attr *core.Attr) core.Part {
	p := core.Part{Kind: kind, Role: core.RoleAssistant, Attr: attr}
	p.SetText([]byte(text))
	return p
}

func call(name, ref, args string, attr *core.Attr) core.Part {
	p := part(core.PartToolCall, args, attr)
	p.Name, p.Ref = []byte(name), []byte(ref)
	return p
}

// answering returns an exchange whose answer is written, and its attempt.
func answering(t testing.TB, request string) (*core.Exchange, *core.Attempt) {
	t.Helper()
	ex := scan(t, request)
	ex.ID = core.ID{0xab}
	ex.Start = time.Unix(1700000000, 0)
	if err := (Chat{}).Typed(ex, ex.Request.Body, &core.TypedRequest{}); err != nil {
		t.Fatal(err)
	}
	return ex, ex.NewAttempt(&core.Deployment{Model: "real"})
}

const ask = `{"model":"m","messages":[{"role":"user","content":"x"}]}`

const ourID = "chatcmpl-ab000000-0000-0000-0000-000000000000"

func seal(source, signature string) *core.Attr {
	return &core.Attr{Source: []byte(source), Signature: []byte(signature)}
}

var answerCases = []struct {
	name, request string
	answer        core.Answer
	want          string // behind the model
	dropped       int
}{
	{
		"text", ask,
		core.Answer{Parts: []core.Part{part(core.PartText, "a\n", nil), part(core.PartText, "b", nil)}, Choices: []core.Choice{{Finish: core.FinishStop}}},
		`"choices":[{"index":0,"message":{"role":"assistant","content":"a\nb","refusal":null},"logprobs":null,"finish_reason":"stop"}]`, 0,
	},
	{
		"nothing", ask,
		core.Answer{},
		`"choices":[{"index":0,"message":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":"stop"}]`, 0,
	},
	{
		"calls", ask,
		core.Answer{
			Parts:   []core.Part{call("f", "c1", `{"a":"b"}`, seal("gemini", "S")), call("g", "", "", nil)},
			Choices: []core.Choice{{Finish: core.FinishToolCalls}},
		},
		`"choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":\"b\"}"},` +
			`"extra_content":{"google":{"thought_signature":"sp1.gemini.S"}}},{"id":"call_ab000000-0000-0000-0000-000000000000-0-1","type":"function","function":{"name":"g","arguments":"{}"}}]},` +
			`"logprobs":null,"finish_reason":"tool_calls"}]`, 0,
	},
	{
		"legacy function", `{"model":"m","messages":[{"role":"user","content":"x"}],"functions":[{"name":"f"}]}`,
		core.Answer{Parts: []core.Part{call("f", "c1", "{}", nil)}, Choices: []core.Choice{{Finish: core.FinishToolCalls}}},
		`"choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"function_call":{"name":"f","arguments":"{}"}},"logprobs":null,"finish_reason":"function_call"}]`, 0,
	},
	{
		"thinking", ask,
		core.Answer{
			Parts: []core.Part{
				part(core.PartThinking, "x", seal("anthropic.messages", "S")), part(core.PartRedacted, "", seal("anthropic.messages", "D")),
				part(core.PartThinking, "y", nil), part(core.PartText, "a", nil),
			},
			Choices: []core.Choice{{Finish: core.FinishLength}},
		},
		`"choices":[{"index":0,"message":{"role":"assistant","content":"a","refusal":null,"reasoning_content":"xy","thinking_blocks":[{"type":"thinking","thinking":"x","signature":"sp1.anthropic.messages.S"},` +
			`{"type":"redacted_thinking","data":"sp1.anthropic.messages.D"},{"type":"thinking","thinking":"y"}]},"logprobs":null,"finish_reason":"length"}]`, 0,
	},
	{
		"citations", ask,
		core.Answer{
			Parts: []core.Part{
				part(core.PartText, "añ", nil), part(core.PartCitation, "T", &core.Attr{URL: []byte("u"), JSON: []byte(`{"url":"no","x":[1]}`)}),
				part(core.PartText, "b", nil), part(core.PartCitation, "quote", &core.Attr{JSON: []byte(`{"start_index":7,broken`)}),
			},
			Choices: []core.Choice{{Finish: core.FinishOther}},
		},
		`"choices":[{"index":0,"message":{"role":"assistant","content":"añb","refusal":null,"annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"T","start_index":0,"end_index":2,"x":[1]}}],` +
			`"citations":[{"text":"quote","start_index":2,"end_index":3}]},"logprobs":null,"finish_reason":"stop"}]`, 0,
	},
	{
		"refusal, image, audio and losses", ask,
		core.Answer{
			Parts: []core.Part{
				part(core.PartRefusal, "no", nil),
				{Kind: core.PartImage, Name: []byte("image/png"), Attr: &core.Attr{Data: []byte("QUJD")}},
				part(core.PartAudio, "hi", &core.Attr{Data: []byte("QUJD")}), part(core.PartRaw, "", nil), part(core.PartRaw, "", nil),
			},
			Choices: []core.Choice{{Finish: core.FinishContentFilter}},
		},
		`"choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"no","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}],` +
			`"audio":{"id":"audio_ab000000-0000-0000-0000-000000000000","expires_at":1700000000,"data":"QUJD","transcript":"hi"}},"logprobs":null,"finish_reason":"content_filter"}]`, 1,
	},
	{
		"choices and usage", ask,
		core.Answer{
			Parts:   []core.Part{part(core.PartText, "a", nil), {Kind: core.PartText, Choice: 1}},
			Choices: []core.Choice{{Finish: core.FinishStop}, {Index: 1, Finish: core.FinishLength}},
			Usage:   core.Usage{InputUncached: 5, CacheRead: 3, CacheWrite: 2, Output: 7, Reasoning: 4, Reported: true},
		},
		`"choices":[{"index":0,"message":{"role":"assistant","content":"a","refusal":null},"logprobs":null,"finish_reason":"stop"},` +
			`{"index":1,"message":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":"length"}],` +
			`"usage":{"prompt_tokens":10,"completion_tokens":7,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":3,"cache_write_tokens":2},"completion_tokens_details":{"reasoning_tokens":4}}`, 0,
	},
}

func TestWriteAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range answerCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ex, at := answering(t, c.request)
			got := string(Chat{}.WriteAnswer([]byte("pre"), ex, at, &c.answer))
			want := `pre{"id":"` + ourID + `","object":"chat.completion","created":1700000000,"model":"real",` + c.want + "}"
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if len(ex.Dropped) != c.dropped {
				t.Errorf("dropped %q", ex.Dropped)
			}
			checkAnswerReadsBack(t, &c.answer, []byte(strings.TrimPrefix(got, "pre")))
		})
	}
}

// checkAnswerReadsBack reads an answer that was written with the dialect's own
// reader.
func checkAnswerReadsBack(t testing.TB, a *core.Answer, body []byte) {
	t.Helper()
	ex := &core.Exchange{}
	at := ex.NewAttempt(upstream(""))
	if err := (Chat{}).Answer(ex, at, body); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if !json.Valid(body) {
		t.Fatalf("not JSON: %s", body)
	}
	if want := a.Usage; want.Reported && want.Valid() && want.Total() > 0 && at.Usage != want {
		t.Errorf("usage %+v, want %+v", at.Usage, want)
	}
	if len(a.Choices) > 0 {
		switch want := a.Choices[0].Finish; want {
		case core.FinishNone, core.FinishOther:
		default:
			if at.Finish != want {
				t.Errorf("finish %v, want %v", at.Finish, want)
			}
		}
	}
	if unknown, err := (Chat{}).UnknownInAnswer(ex, body); err != nil || len(unknown) > 0 {
		t.Errorf("unknown leaves %q, %v", unknown, err)
	}
}

// TestAnswerComesBack sends an answer back as the next request would.
func TestAnswerComesBack(t *testing.T) {
	t.Parallel()
	ex, at := answering(t, ask)
	var doc struct {
		Choices []struct{ Message json.RawMessage }
	}
	a := core.Answer{Parts: []core.Part{
		part(core.PartThinking, "x", seal("anthropic.messages", "S1")), part(core.PartRedacted, "", seal("anthropic.messages/vertex", "D1")),
		part(core.PartText, "a", seal("gemini", "S2")), call("f", "c", `{"k":1}`, seal("gemini", "S3")),
	}}
	if err := json.Unmarshal(Chat{}.WriteAnswer(nil, ex, at, &a), &doc); err != nil {
		t.Fatal(err)
	}
	got := lines(typed(t, `{"model":"m","messages":[`+string(doc.Choices[0].Message)+`]}`))
	want := "0 assistant thinking \"x\" sig=S1 source=anthropic.messages\n0 assistant redacted \"\" sig=D1 source=anthropic.messages/vertex\n" +
		"0 assistant text \"a\" sig=S2 source=gemini\n0 assistant tool_call \"{\\\"k\\\":1}\" name=f ref=c sig=S3 source=gemini\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestAnswerID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"": ourID, "msg_01": ourID, "chatcmpl-x": "chatcmpl-x"} {
		ex, at := answering(t, ask)
		got := string(Chat{}.WriteAnswer(nil, ex, at, &core.Answer{ID: []byte(id), Model: []byte("said")}))
		if !strings.HasPrefix(got, `{"id":"`+want+`",`) || !strings.Contains(got, `"model":"said"`) {
			t.Errorf("%q: %s", id, got)
		}
	}
}

// events splits what was written into the data of its events.
func events(t testing.TB, out []byte) []string {
	t.Helper()
	var (
		s    stream.SSE
		ev   stream.Event
		list []string
	)
	s.Feed(out)
	for s.Next(&ev) {
		list = append(list, string(ev.Data))
	}
	if s.Finish(&ev); len(ev.Data) > 0 {
		t.Fatalf("an event without an end in %q", out)
	}
	return list
}
