package plugins_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
)

// responsesPaths are where clients of each dialect ask.
var responsesPaths = map[string]string{
	"openai.chat": "/v1/chat/completions", "anthropic.messages": "/v1/messages", "gemini": "/v1beta/models/m:generateContent",
	"openai.responses": "/v1/responses",
}

// typedOf reads a client's request; nil where the gateway refuses it.
func typedOf(ex *core.Exchange, front core.TypedDialect, body []byte) *core.TypedRequest {
	ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(responsesPaths[front.Name()]), body
	ex.Request.Dialect = front
	ex.Request.Operation = front.Match(ex.Request.Path)
	if front.Scan(ex) != nil {
		return nil
	}
	r, err := ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil })
	if err != nil {
		return nil
	}
	return r
}

// TestResponsesRequests: every leaf of a recorded request is in what leaves, or
// reported; and the gateway's own reader of the dialect finds the same conversation in
// it, in the same order.
func TestResponsesRequests(t *testing.T) {
	tr, fronts, n := translatorOf(t, responsesFolder), responsesFronts(), 0
	native := responses.New().(core.TypedDialect)
	for _, r := range recordings(t) {
		front, body := fronts[r.ClientDialect], r.Request.text()
		if front == nil || r.Operation != "chat" || body == "" {
			continue
		}
		for _, model := range []string{"gpt-5", "gpt-4o"} {
			t.Run(model+"/"+r.name, func(t *testing.T) {
				ex, at := asked(tr, front, "openai-responses", model)
				typed := typedOf(ex, front, []byte(body))
				if typed == nil {
					t.Skip("not what the gateway takes")
				}
				ex.Dropped = append(ex.Dropped[:0], typed.Dropped...)
				if err := tr.Request(ex, at, typed); err != nil {
					if err.HTTPStatus() != 400 {
						t.Error(err)
					}
					return
				}
				n++
				sent := bytes.Join(at.Request.Body, nil)
				if r.ClientDialect != "gemini" { // whose leaves have other forms
					missing(t, body, sent, ex.Dropped)
				}
				again, _ := conversation(tr, model)
				read := typedOf(again, native, sent)
				if read == nil {
					t.Fatalf("the gateway would refuse it: %s", sent)
				}
				if want, got := talk(typed), talk(read); !slices.Equal(want, got) {
					t.Errorf("got  %.2000q\nwant %.2000q", got, want)
				}
			})
		}
	}
	if n < 50 {
		t.Errorf("only %d requests were translated", n)
	}
}

// talk is what a conversation says: who says which text, calls which tool, shows which
// picture.
func talk(r *core.TypedRequest) (out []string) {
	var system []string
	for _, p := range r.Parts {
		text := string(p.Text())
		switch p.Kind { //nolint:exhaustive // the rest may be left out, which is reported
		case core.PartText, core.PartToolResult, core.PartRefusal:
			if text == "" {
				continue
			}
			if p.Msg < 0 {
				system = append(system, text)
				continue
			}
			out = append(out, fmt.Sprint(p.Role, " ", text))
		case core.PartToolCall:
			if text == "" {
				text = "{}"
			}
			out = append(out, "call "+text)
		case core.PartImage:
			out = append(out, fmt.Sprint(p.Role, " image ", string(p.Attr.URL), string(p.Attr.Data)))
		}
	}
	if len(system) > 0 {
		out = append([]string{"system " + strings.Join(system, "\n\n")}, out...)
	}
	return out
}

// FuzzResponses: whatever a provider answers, the translator does not fail, and what a
// client gets of it is JSON; whatever a client asks, what leaves is JSON.
func FuzzResponses(f *testing.F) {
	tr, fronts := translatorOf(f, responsesFolder), responsesFronts()
	for _, body := range []string{
		`{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f"}}` + "\n" +
			`{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{"}` + "\n" +
			`{"type":"response.reasoning_summary_text.delta","output_index":1,"summary_index":1,"delta":"h"}` + "\n" +
			`{"type":"response.output_item.done","output_index":1,"item":{"type":"reasoning","summary":[{"text":"ha"}],"encrypted_content":"e"}}` + "\n" +
			`{"type":"response.completed","response":{"output":[{"type":"function_call","arguments":"{}"}],"usage":{"input_tokens":1,"output_tokens":1}}}`,
		`{"id":"r","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"message","content":[{"type":"output_text","text":"a","annotations":[{"type":"url_citation","url":"u"},{"type":"file_citation","filename":"f"}]},{"type":"refusal","refusal":"n"}]},{"type":"image_generation_call","result":"AAAA"}],"usage":{"input_tokens":1,"output_tokens":1}}`,
		`{"type":"error","error":{"code":"x","message":"m"}}`,
		`{"model":"m","max_tokens":9,"thinking":{"type":"enabled","budget_tokens":2000},"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},{"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"sp1.openai.responses/provider.QQ=="},{"type":"tool_use","id":"t","name":"f.g","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"r"}],"is_error":true}]}],"tools":[{"name":"f.g","input_schema":{"type":"object"}}]}`,
	} {
		f.Add([]byte(body), 200)
		f.Add([]byte(body), 429)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		for _, front := range fronts {
			fuzzAnswer(t, tr, front, body, status)
			fuzzStream(t, tr, front, body)
			ex, at := asked(tr, front, "provider", "gpt-5")
			if r := typedOf(ex, front, body); r != nil {
				if err := tr.Request(ex, at, r); err != nil && err.Code == core.CodePluginFailed {
					t.Fatal(err)
				} else if out := bytes.Join(at.Request.Body, nil); err == nil && !json.Valid(out) {
					t.Errorf("no JSON: %s", out)
				}
			}
		}
	})
}

func BenchmarkResponsesEvent(b *testing.B) {
	tr := translatorOf(b, responsesFolder)
	ex, at := conversation(tr, "m")
	data := []byte(`{"type":"response.output_text.delta","sequence_number":7,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Some text that a model wrote. ","logprobs":[],"obfuscation":"abc"}`)
	b.ReportAllocs()
	for b.Loop() {
		if got, err := tr.Event(ex, at, nil, data, false); err != nil || len(got) == 0 {
			b.Fatal(got, err)
		}
	}
}
