package plugins_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// FuzzTranslateAnswers: whatever a provider answers, no translator fails, and what a
// client gets of it is JSON.
func FuzzTranslateAnswers(f *testing.F) {
	translators := []core.Translator{
		translatorOf(f, "provider/openai"), translatorOf(f, "provider/gemini"), translatorOf(f, "provider/mistral"),
	}
	fronts := chatFronts()
	for _, body := range []string{
		`{"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}]}],"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]}}]}` + "\n" +
			`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":1}}}` + "\n[DONE]",
		`{"id":"i","choices":[{"message":{"content":"a","reasoning_details":[{"text":"h","signature":"s"}],"annotations":[{"url_citation":{"url":"u"}}]},"finish_reason":"error"}],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":30}}`,
		`{"detail":[{"loc":["body",0],"msg":"m"}]}`,
		`{"candidates":[{"content":{"parts":[{"text":"a","thought":true},{"functionCall":{"name":"f","partialArgs":[{"jsonPath":"$.a[0]['b']","stringValue":"x","willContinue":true}],"willContinue":true},"thoughtSignature":"s"}]}}],"usageMetadata":{"promptTokenCount":1}}` + "\n" +
			`{"candidates":[{"content":{"parts":[{"functionCall":{}}]},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"u"}}]}}]}`,
		`[{"error":{"code":429,"message":"m","status":"S","details":[{"@type":"x/google.rpc.RetryInfo","retryDelay":"3.5s"}]}}]`,
	} {
		f.Add([]byte(body), 200)
		f.Add([]byte(body), 429)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		for _, tr := range translators {
			for _, front := range fronts {
				fuzzAnswer(t, tr, front, body, status)
				fuzzStream(t, tr, front, body)
			}
		}
	})
}

// fuzzAnswer has an answer translated, which may be anything: the translator does not
// fail, and what the client gets is JSON.
func fuzzAnswer(t *testing.T, tr core.Translator, front core.TypedDialect, body []byte, status int) (*core.Exchange, *core.Attempt) {
	t.Helper()
	ex, at := asked(tr, front, "provider", "m")
	a := &at.Translation.Answer
	err := tr.Response(ex, at, &core.UpstreamResponse{Status: status, Body: body}, a)
	if err != nil && err.Code == core.CodePluginFailed {
		t.Fatal(err)
	}
	if err == nil {
		if out := front.WriteAnswer(nil, ex, at, a); !json.Valid(out) {
			t.Errorf("no JSON: %s", out)
		}
	}
	return ex, at
}

// fuzzStream does the same of a stream whose events have the lines of body.
func fuzzStream(t *testing.T, tr core.Translator, front core.TypedDialect, body []byte) {
	t.Helper()
	var events []byte
	for data := range bytes.SplitSeq(body, []byte("\n")) {
		events = append(append(append(events, "data: "...), data...), "\n\n"...)
	}
	out, _ := copied(t, tr, front, [][]byte{events})
	for _, e := range sseEvents(out) {
		if e.data != "[DONE]" && !json.Valid([]byte(e.data)) {
			t.Errorf("no JSON: %s", e.data)
		}
	}
}

// FuzzTranslateRequests: whatever a client asks, what leaves is JSON.
func FuzzTranslateRequests(f *testing.F) {
	folders := map[core.Translator]string{}
	for dialect, folder := range chatTranslators {
		folders[translatorOf(f, folder)] = dialect
	}
	fronts := chatFronts()
	paths := map[string]string{"openai.chat": "/v1/chat/completions", "anthropic.messages": "/v1/messages"}
	f.Add([]byte(`{"model":"m","max_tokens":9,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},{"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"sp1.gemini.QQ=="},{"type":"tool_use","id":"t","name":"f.g","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"r"}],"is_error":true}]}],"tools":[{"name":"f.g","input_schema":{"type":"object"}},{"type":"web_search_20250305","name":"w"}],"thinking":{"type":"enabled","budget_tokens":2000}}`), "gpt-5")
	f.Add([]byte(`{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}},{"type":"file","file":{"file_data":"data:text/plain;base64,QUJD","filename":"a"}}]},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"{\"$ref\":1}"},{"role":"user","content":"b"}],"n":2,"reasoning_effort":"high","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},"stop":["a"],"seed":99999999999}`), "gemini-3-flash")
	f.Fuzz(func(t *testing.T, body []byte, model string) {
		model = string(bytes.ToValidUTF8([]byte(model), []byte("?")))
		for tr, dialect := range folders {
			for name, front := range fronts {
				if name == dialect {
					continue
				}
				ex, at := asked(tr, front, dialect, model)
				ex.Request.Path, ex.Request.Body = []byte(paths[name]), body
				ex.Request.Operation = front.Match(ex.Request.Path)
				if front.Scan(ex) != nil {
					continue
				}
				r, err := ex.Typed(func() ([]byte, *core.Error) { return body, nil })
				if err != nil {
					continue
				}
				if err := tr.Request(ex, at, r); err != nil {
					if err.Code == core.CodePluginFailed {
						t.Fatal(err)
					}
					continue
				}
				if out := bytes.Join(at.Request.Body, nil); !json.Valid(out) {
					t.Errorf("no JSON: %s", out)
				}
			}
		}
	})
}
