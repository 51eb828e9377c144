package plugins_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// A reply is an answer of a provider with a known trap in it, and what a client of
// another dialect is told.
type reply struct {
	trap, folder, front string // the provider's, the client's
	request             string // "": a question without tools
	answer              string // a whole one, or the events of a stream, one a line
	want, never         []string
	failed              bool
}

// trapAsks are questions without tools.
var trapAsks = map[string]string{
	chatClient:      `{"model":"m","messages":[{"role":"user","content":"x"}]}`,
	messagesClient:  `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}]}`,
	responsesClient: `{"model":"m","input":"x"}`,
	geminiClient:    `{"contents":[{"role":"user","parts":[{"text":"x"}]}]}`,
}

// trapAsked reads a client's request and writes that of the provider.
func trapAsked(t *testing.T, tr core.Translator, dialect, body string) (*core.Exchange, *core.Attempt) {
	t.Helper()
	front, path := clientOf(dialect)
	ex, at := asked(tr, front, "provider", "m")
	ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(path), []byte(body)
	ex.Request.Operation = core.OpChat
	translate(t, tr, ex, at)
	return ex, at
}

// told is what the client gets, and the error that ended it, if one did.
func (r *reply) told(t *testing.T, tr core.Translator) (string, *core.Error) {
	t.Helper()
	request := r.request
	if request == "" {
		request = trapAsks[r.front]
	}
	ex, at := trapAsked(t, tr, r.front, request)
	front := ex.Request.Dialect.(core.TypedDialect)
	if !strings.Contains(r.answer, "\n") {
		a := &at.Translation.Answer
		err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(r.answer)}, a)
		if err != nil {
			return "", err
		}
		return string(front.WriteAnswer(nil, ex, at, a)), nil
	}
	ex.Request.Stream, ex.Request.UsageAsked = true, true
	var out []byte
	finished := false
	for line := range strings.Lines(r.answer + "\n") {
		name, data, named := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !named {
			name, data = "", name
		}
		events, err := tr.Event(ex, at, []byte(name), []byte(data), data == "")
		if err != nil {
			return string(out), err
		}
		for i := range events {
			ev := &events[i]
			switch ev.Kind { //nolint:exhaustive // the rest is only written
			case core.EventError:
				return string(out), ev.Err
			case core.EventUsage:
				at.Usage = ev.Usage
			case core.EventFinish:
				at.Finish, finished = ev.Finish, true
			}
			out = front.WriteEvent(out, ex, at, ev)
		}
	}
	if !finished {
		return string(out), core.Errorf(core.CodeUpstreamCut, "cut")
	}
	return string(front.WriteStreamEnd(out, ex, at)), nil
}

// tellAll runs a table of answers, each translator started once.
func tellAll(t *testing.T, table []reply) {
	t.Helper()
	rig := newTrapRig(t)
	for i := range table {
		rig.translator(table[i].folder)
	}
	for i := range table {
		r := &table[i]
		t.Run(r.trap, func(t *testing.T) {
			text, err := r.told(t, rig.translator(r.folder))
			switch {
			case r.failed && (err == nil || err.HTTPStatus() < 500):
				t.Errorf("%v, want an error: %s", err, text)
			case !r.failed && err != nil:
				t.Fatalf("%v: %s", err, text)
			}
			holds(t, text, r.want, r.never)
		})
	}
}

// lines joins the events of a stream; the end is told by an empty one.
func lines(list ...string) string { return strings.Join(list, "\n") + "\n" }

func claudeEvent(data string) string {
	_, kind, _ := strings.Cut(data, `"type":"`)
	kind, _, _ = strings.Cut(kind, `"`)
	return kind + "\t" + data
}

// claudeStream is a stream of Anthropic's with the usage that it begins with and the
// events in between.
func claudeStream(usage string, between ...string) string {
	list := []string{claudeEvent(`{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"usage":` + usage + `}}`)}
	for _, b := range between {
		list = append(list, claudeEvent(b))
	}
	return lines(append(list, claudeEvent(`{"type":"message_stop"}`))...)
}

// TestTrapFinishReasons: the reasons of all providers, in the words of three clients'
// dialects; what is broken is an error in all of them, and never a stop.
func TestTrapFinishReasons(t *testing.T) {
	texts := map[string]string{
		"openai":    `{"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"%s"}]}`,
		"mistral":   `{"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"%s"}]}`,
		"anthropic": `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"a"}],"stop_reason":"%s","usage":{"input_tokens":1,"output_tokens":1}}`,
		"gemini":    `{"candidates":[{"content":{"role":"model","parts":[{"text":"a"}]},"finishReason":"%s"}]}`,
		"bedrock":   `{"output":{"message":{"role":"assistant","content":[{"text":"a"}]}},"stopReason":"%s","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}`,
		"cohere":    `{"id":"x","finish_reason":"%s","message":{"role":"assistant","content":[{"type":"text","text":"a"}]}}`,
	}
	calls := map[string]string{
		"openai":    `{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"%s"}]}`,
		"mistral":   `{"choices":[{"index":0,"message":{"role":"assistant","content":"","tool_calls":[{"id":"abcdefghi","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"%s"}]}`,
		"anthropic": `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{}}],"stop_reason":"%s","usage":{"input_tokens":1,"output_tokens":1}}`,
		"gemini":    `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},"finishReason":"%s"}]}`,
		"bedrock":   `{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"f","input":{}}}]}},"stopReason":"%s","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}`,
		"cohere":    `{"id":"x","finish_reason":"%s","message":{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}}`,
	}
	const normal, cut, called, blocked, broken = "stop end_turn STOP", "length max_tokens MAX_TOKENS", "tool_calls tool_use STOP", "content_filter refusal SAFETY", "error error error"
	rig := newTrapRig(t)
	check := func(folder, template, reasons, want string) {
		for reason := range strings.FieldsSeq(reasons) {
			var got []string
			for _, front := range []string{chatClient, messagesClient, geminiClient} {
				r := reply{front: front, answer: fmt.Sprintf(template, reason)}
				text, err := r.told(t, rig.translator(folder))
				if err != nil {
					if err.HTTPStatus() < 500 {
						t.Errorf("%s %s: %d", folder, reason, err.HTTPStatus())
					}
					got = append(got, "error")
					continue
				}
				got = append(got, finishTold(parsed(t, text)))
			}
			if got := strings.Join(got, " "); got != want {
				t.Errorf("%s: %s is %s, want %s", folder, reason, got, want)
			}
		}
	}
	for _, c := range []struct{ folder, normal, cut, blocked, broken, called string }{
		{"openai", "stop eos stop_sequence end_turn", "length max_tokens model_length model_context_window_exceeded", "content_filter sensitive", "error abort network_error insufficient_system_resource", "tool_calls stop function_call"},
		{"mistral", "stop", "length model_length", "content_filter", "error", "tool_calls stop"},
		{"anthropic", "end_turn stop_sequence pause_turn", "max_tokens model_context_window_exceeded", "refusal", "", "tool_use"},
		{
			"gemini", "STOP", "MAX_TOKENS", "SAFETY BLOCKLIST PROHIBITED_CONTENT SPII RECITATION IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION",
			"MALFORMED_FUNCTION_CALL UNEXPECTED_TOOL_CALL MALFORMED_RESPONSE TOO_MANY_TOOL_CALLS", "STOP",
		},
		{"bedrock", "end_turn stop_sequence", "max_tokens model_context_window_exceeded", "content_filtered guardrail_intervened", "malformed_model_output malformed_tool_use", "tool_use"},
		{"cohere", "COMPLETE STOP_SEQUENCE", "MAX_TOKENS", "", "ERROR", "TOOL_CALL"},
	} {
		check(c.folder, texts[c.folder], c.normal, normal)
		check(c.folder, texts[c.folder], c.cut, cut)
		check(c.folder, texts[c.folder], c.blocked, blocked)
		check(c.folder, texts[c.folder], c.broken, broken)
		check(c.folder, calls[c.folder], c.called, called)
		check(c.folder, calls[c.folder], c.cut, cut)
	}
}

// finishTold is the finish reason of an answer of any dialect.
func finishTold(d document) string {
	if word := d.at("stop_reason").text(); word != "" {
		return word
	}
	for _, c := range append(d.at("choices").list(), d.at("candidates").list()...) {
		return c.at("finish_reason").text() + c.at("finishReason").text()
	}
	return ""
}

// TestTrapsOfAnswers: what stands where in an answer, and when it is finished.
func TestTrapsOfAnswers(t *testing.T) {
	part := func(text string) string {
		return `{"candidates":[{"content":{"role":"model","parts":[` + text + `]}}]}`
	}
	tellAll(t, []reply{
		{
			trap: "Gemini's thought is no text", folder: "gemini", front: chatClient,
			answer: `{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"a"}]},"finishReason":"STOP"}]}`,
			want:   []string{`"content":"a"`, `"reasoning_content":"hm"`},
		},
		{
			trap: "a refusal and annotations reach a client of Messages", folder: "openai", front: messagesClient,
			answer: `{"choices":[{"index":0,"message":{"role":"assistant","content":"a","refusal":"no","annotations":[{"type":"url_citation","url_citation":{"url":"https://a.example/","title":"T","start_index":0,"end_index":1}}]},"finish_reason":"stop"}]}`,
			want:   []string{`"text":"a"`, `"text":"no"`, `https://a.example/`},
		},
		{
			trap: "a call in an earlier chunk makes it tool_calls", folder: "gemini", front: chatClient,
			answer: lines(part(`{"functionCall":{"name":"f","args":{"a":1}}}`), part(`{"text":""}`), `{"candidates":[{"content":{"role":"model","parts":[]},"finishReason":"STOP"}]}`),
			want:   []string{`"finish_reason":"tool_calls"`}, never: []string{`"finish_reason":"stop"`},
		},
		{
			trap: "a call in an earlier chunk makes it tool_use", folder: "gemini", front: messagesClient,
			answer: lines(part(`{"functionCall":{"name":"f","args":{"a":1}}}`), `{"candidates":[{"finishReason":"STOP"}]}`),
			want:   []string{`"stop_reason":"tool_use"`}, never: []string{`"end_turn"`},
		},
		{
			trap: "a blocked prompt without a candidate", folder: "gemini", front: chatClient,
			answer: `{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4,"totalTokenCount":4}}`,
			want:   []string{`"finish_reason":"content_filter"`, `"prompt_tokens":4`},
		},
		{
			trap: "a malformed call in a stream", folder: "gemini", front: chatClient, failed: true,
			answer: lines(part(`{"text":"a"}`), `{"candidates":[{"content":{},"finishReason":"MALFORMED_FUNCTION_CALL"}]}`), never: []string{`"finish_reason":"stop"`},
		},
		{
			trap: "an end without a reason", folder: "openai", front: messagesClient, failed: true,
			answer: lines(`{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}`, `[DONE]`), never: []string{"message_stop", "end_turn"},
		},
		{
			trap: "an end without a reason, in the middle of a call", folder: "openai", front: messagesClient, failed: true,
			answer: lines(`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\"a\":"}}]},"finish_reason":null}]}`, `[DONE]`),
			never:  []string{"message_stop", "content_block_stop"},
		},
		{
			trap: "a provider that breaks off says so", folder: "openai", front: chatClient, failed: true,
			answer: lines(`{"choices":[{"index":0,"delta":{"content":"a"}}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"abort"}]}`, `[DONE]`), never: []string{`"stop"`},
		},
		{
			trap: "DeepSeek has no resources", folder: "openai", front: chatClient, failed: true,
			answer: lines(`{"choices":[{"index":0,"delta":{"content":"a"}}]}`, `{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"insufficient_system_resource"}]}`, `[DONE]`),
			never:  []string{`"stop"`},
		},
		{
			trap: "the id of Messages, where there is none", folder: "gemini", front: messagesClient,
			answer: `{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}`, want: []string{`"id":"msg_`},
		},
		{
			trap: "the id of Gemini", folder: "openai", front: geminiClient,
			answer: `{"id":"chatcmpl-7","choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}`, want: []string{`"responseId":"chatcmpl-7"`},
		},
		{
			trap: "Converse has no id in its answer", folder: "bedrock", front: chatClient,
			answer: `{"output":{"message":{"role":"assistant","content":[{"text":"a"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}`,
			want:   []string{`"id":"chatcmpl-01020300-`, `"created":1700000000,`},
		},
	})
}

// TestTrapIDOfChunks: the id, the model and the time, which is in seconds, are the
// same in all chunks of a stream, also where the provider's own differ.
func TestTrapIDOfChunks(t *testing.T) {
	r := reply{front: chatClient, answer: lines(
		`{"responseId":"r1","modelVersion":"m1","candidates":[{"content":{"parts":[{"text":"a"}]}}]}`,
		`{"responseId":"r2","modelVersion":"m2","candidates":[{"content":{"parts":[{"text":"b"}]}}]}`,
		`{"responseId":"r3","candidates":[{"content":{"parts":[{"text":"c"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":3}}`,
	)}
	text, err := r.told(t, translatorOf(t, "provider/gemini"))
	if err != nil {
		t.Fatal(err)
	}
	heads := map[string]int{}
	for _, e := range sseEvents(text) {
		if e.data != "[DONE]" {
			d := parsed(t, e.data)
			heads[d.at("id").text()+" "+d.at("created").json()+" "+d.at("model").text()]++
		}
	}
	if len(heads) != 1 || heads["chatcmpl-01020300-0000-0000-0000-000000000000 1700000000 m1"] < 5 {
		t.Error(heads)
	}
}
