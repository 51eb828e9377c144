package plugins_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestTrapsOfForcedOutput: where structured output is had by a tool that the model
// must call, the client gets the call's arguments as the answer's text, and no call.
func TestTrapsOfForcedOutput(t *testing.T) {
	tr := translatorOf(t, "provider/anthropic")
	ask := func(stream bool) (*core.Exchange, *core.Attempt, core.TypedDialect) {
		s := sending{
			from: chatClient, to: "anthropic", model: "claude-opus-4-0",
			body: fmt.Sprintf(`{"model":"m","stream":%v,"messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}}`, stream),
		}
		ex, at, err := s.send(tr)
		if err != nil {
			t.Fatal(err)
		}
		return ex, at, ex.Request.Dialect.(core.TypedDialect)
	}

	ex, at, front := ask(false)
	a := &at.Translation.Answer
	body := `{"id":"msg_1","model":"m","content":[{"type":"text","text":"Here: "},{"type":"tool_use","id":"t","name":"structured_output","input":{"a": 1}}],` +
		`"stop_reason":"tool_use","usage":{"input_tokens":3,"output_tokens":2}}`
	if err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(body)}, a); err != nil {
		t.Fatal(err)
	}
	whole := string(front.WriteAnswer(nil, ex, at, a))
	if !strings.Contains(whole, `"content":"Here: {\"a\": 1}"`) || !strings.Contains(whole, `"finish_reason":"stop"`) || strings.Contains(whole, "tool_calls") {
		t.Errorf("%s", whole)
	}

	ex, at, front = ask(true)
	var out []byte
	for _, data := range []string{ // the blocks come interleaved
		`{"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":3,"output_tokens":1}}}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`,
		`{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"structured_output","input":{}}}`,
		`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\": "}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}`,
		`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"1}"}}`,
		`{"type":"content_block_stop","index":1}`,
		`{"type":"content_block_stop","index":0}`,
		`{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":2}}`,
		`{"type":"message_stop"}`,
	} {
		events, err := tr.Event(ex, at, nil, []byte(data), false)
		if err != nil {
			t.Fatal(err)
		}
		for i := range events {
			out = front.WriteEvent(out, ex, at, &events[i])
		}
	}
	s := senseOf(t, chatClient, string(front.WriteStreamEnd(out, ex, at)))
	if s.Text != `{"a": 1}` || s.Thinking != "hm" || s.Finish != "stop" || len(s.Calls) > 0 {
		t.Errorf("%s of\n%s", s, out)
	}
}

// TestTrapsOfRefusals: what Anthropic says of why it refused reaches a client of
// another dialect, whole and streamed.
func TestTrapsOfRefusals(t *testing.T) {
	tr := translatorOf(t, "provider/anthropic")
	const details = `"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber","explanation":"It harms."}`
	front, _ := clientOf(chatClient)
	ex, at := asked(tr, front, "anthropic", "m")
	a := &at.Translation.Answer
	body := `{"id":"msg_1","model":"m","content":[],` + details + `,"usage":{"input_tokens":3,"output_tokens":2}}`
	if err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(body)}, a); err != nil {
		t.Fatal(err)
	}
	m := parsed(t, string(front.WriteAnswer(nil, ex, at, a))).at("choices").list()[0]
	if m.at("message", "refusal").text() != "It harms." || m.at("finish_reason").text() != "content_filter" {
		t.Errorf("%s", m.json())
	}
	streamed := `data: {"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":3,"output_tokens":1}}}` + "\n\n" +
		`data: {"type":"message_delta","delta":{` + details + `},"usage":{"output_tokens":2}}` + "\n\n" + `data: {"type":"message_stop"}` + "\n\n"
	got, err := copied(t, tr, front, [][]byte{[]byte(streamed)})
	if err != nil || !strings.Contains(got, `"refusal":"It harms."`) || !strings.Contains(got, `"finish_reason":"content_filter"`) {
		t.Errorf("%v %s", err, got)
	}
}
