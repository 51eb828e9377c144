package plugins_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// ownTranslators are those of providers that speak a dialect that no client does,
// and models of theirs that take different things.
var ownTranslators = map[string][]string{
	"provider/bedrock": {"us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-lite-v1:0", "meta.llama3-70b-instruct-v1:0", "arn:aws:bedrock:eu-west-1:1:x/y"},
	"provider/cohere":  {"command-a-reasoning-08-2025", "command-r-plus"},
	"provider/ollama":  {"llama3.2"},
}

// TestOwnLoseNothing: every leaf of a client's request is in the provider's request
// or reported.
func TestOwnLoseNothing(t *testing.T) {
	fronts := chatFronts()
	paths := map[string]string{"openai.chat": "/v1/chat/completions", "anthropic.messages": "/v1/messages"}
	for folder, models := range ownTranslators {
		tr, n := translatorOf(t, folder), 0
		for _, r := range recordings(t) {
			front, body := fronts[r.ClientDialect], r.Request.text()
			if front == nil || r.Operation != "chat" || body == "" {
				continue
			}
			for _, model := range models {
				t.Run(folder+"/"+r.name, func(t *testing.T) {
					ex, at := asked(tr, front, "provider", model)
					ex.Request.Path, ex.Request.Body = []byte(paths[r.ClientDialect]), []byte(body)
					if err := front.Scan(ex); err != nil {
						t.Skip(err) // not what the gateway takes
					}
					typed, err := ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil })
					if err != nil {
						t.Skip(err)
					}
					ex.Dropped = append(ex.Dropped[:0], typed.Dropped...)
					wanted := body
					err = tr.Request(ex, at, typed)
					if err == nil && len(at.Translation.Fetch) > 0 {
						wanted, at.Translation.Fetch = fetch(at, typed, body), nil
						err = tr.Request(ex, at, typed)
					}
					if err != nil {
						if err.HTTPStatus() != 400 {
							t.Error(err)
						}
						return
					}
					n++
					nothingLost(t, wanted, string(bytes.Join(at.Request.Body, nil)), ex.Dropped)
				})
			}
		}
		if n < 20 {
			t.Errorf("%s: only %d requests were found", folder, n)
		}
	}
}

// fetch gives the parts that a translator asks for a picture, as the gateway does that
// fetches them, and returns the client's request with it in the place of their URLs.
func fetch(at *core.Attempt, r *core.TypedRequest, body string) string {
	const picture = "iVBORw0KGgo="
	for _, f := range at.Translation.Fetch {
		p := r.Parts[f.Part]
		body = strings.ReplaceAll(body, string(p.Attr.URL), "data:image/png;base64,"+picture)
		p.Name, p.Attr.Data = []byte("image/png"), []byte(picture)
	}
	return body
}

func nothingLost(t *testing.T, body, sent string, dropped []string) {
	t.Helper()
	var all strings.Builder
	leaves(parsed(t, sent).v, "", func(_, v string) { all.WriteString(v + "\n") })
	all.WriteString(sent) // numbers, and JSON in JSON
	there, reported := all.String(), strings.Join(dropped, " ")
	var asked map[string]any
	if err := json.Unmarshal([]byte(body), &asked); err != nil {
		t.Fatal(err)
	}
	if choice := (document{asked["tool_choice"]}); choice.text() == "none" || choice.v != nil && choice.text() == "" {
		delete(asked, "tools") // those that must not be called may be withheld
	}
	leaves(any(asked), "", func(path, v string) {
		top, _, _ := strings.Cut(path, ".")
		_, data, isData := strings.Cut(v, ";base64,")
		switch {
		case strings.Contains(there, v), isData && strings.Contains(there, data), said(top, v), otherWords(path, v):
		case strings.Contains(reported, top), strings.Contains(reported, reportedAs[top]) && reportedAs[top] != "", strings.HasSuffix(path, ".role"), strings.HasSuffix(path, ".type"):
		default:
			t.Errorf("%s: %q is neither in the request nor among %v\n%s", path, v, dropped, sent)
		}
	})
}

// reportedAs are the names, OpenAI's, that losses have whose translators gave a reason
// of their own.
var reportedAs = map[string]string{"thinking": "reasoning_", "output_config": "response_format"}

// otherWords tells whether a leaf has another form with every provider: ids and names
// of tools may be replaced, arguments are objects, media types are formats.
func otherWords(path, v string) bool {
	last := path[strings.LastIndexByte(path, '.')+1:]
	return slices.Contains([]string{
		"arguments", "id", "tool_call_id", "tool_use_id", "name", "media_type", "filename", "title", "strict", "ttl", "type", "thinking", "effort",
	}, last) || strings.TrimSpace(v) == ""
}

// FuzzOwnAnswers: whatever these providers answer, the translators do not fail, and
// what a client gets of it is JSON.
func FuzzOwnAnswers(f *testing.F) {
	folders := []string{"provider/bedrock", "provider/cohere", "provider/ollama"}
	var trs []core.Translator
	for _, folder := range folders {
		trs = append(trs, translatorOf(f, folder))
	}
	front := chatFronts()["openai.chat"]
	for _, seed := range []string{
		`{"output":{"message":{"content":[{"text":"a"},{"reasoningContent":{"reasoningText":{"text":"h","signature":"s"}}},{"toolUse":{"toolUseId":"i","name":"n","input":{"a":1}}}]}},"stopReason":"tool_use","usage":{"inputTokens":1}}`,
		`contentBlockDelta {"contentBlockIndex":0,"delta":{"text":"a"}}` + "\n" + `messageStop {"stopReason":"end_turn"}` + "\n" + `metadata {"usage":{"outputTokens":2}}` + "\n" + `throttlingException {"message":"slow"}`,
		`{"id":"a","finish_reason":"COMPLETE","message":{"tool_plan":"p","content":[{"type":"text","text":"a"}],"citations":[{"text":"a"}],"tool_calls":[{"id":"i","function":{"name":"f","arguments":"null"}}]},"usage":{"tokens":{"input_tokens":1}}}`,
		` {"type":"tool-call-start","delta":{"message":{"tool_calls":{"id":"t","function":{"name":"f","arguments":""}}}}}` + "\n" + ` {"type":"citation-start","delta":{"message":{"citations":{"text":"H"}}}}` + "\n" + ` {"type":"message-end","delta":{"finish_reason":"TOOL_CALL"}}`,
		` {"message":{"content":"a","thinking":"h","tool_calls":[{"function":{"name":"f","arguments":{}}}]},"done":true,"done_reason":"stop","eval_count":1}` + "\n" + ` {"error":"x"}`,
	} {
		for i := range folders {
			f.Add([]byte(seed), uint8(i), 200)
			f.Add([]byte(seed), uint8(i), 429)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, which uint8, status int) {
		tr := trs[int(which)%len(trs)]
		ex, at := fuzzAnswer(t, tr, front, body, status)
		lines := bytes.Split(body, []byte("\n"))
		for i, line := range lines {
			name, data, _ := bytes.Cut(line, []byte(" "))
			events, err := tr.Event(ex, at, name, data, false)
			if err == nil && i == len(lines)-1 {
				_, err = tr.Event(ex, at, nil, nil, true)
			}
			if err != nil {
				t.Fatal(err)
			}
			for j := range events {
				if events[j].Kind != core.EventError {
					front.WriteEvent(nil, ex, at, &events[j])
				}
			}
		}
	})
}

// FuzzOwnRequests: whatever a client asks, what leaves for these providers is JSON.
func FuzzOwnRequests(f *testing.F) {
	var trs []core.Translator
	var models []string
	front := chatFronts()["openai.chat"]
	for folder, list := range ownTranslators {
		tr := translatorOf(f, folder)
		for _, model := range list {
			trs, models = append(trs, tr), append(models, model)
		}
	}
	for _, body := range []string{
		`{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}],"temperature":2,"stop":["a"],"max_tokens":5,"reasoning_effort":"high","metadata":{"a":"b"}}`,
		`{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f.g","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"r"}],"tools":[{"type":"function","function":{"name":"f.g","parameters":{"type":"object"}}}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},"options":{"a":1},"additionalModelRequestFields":{"b":2}}`,
	} {
		for i := range trs {
			f.Add([]byte(body), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, which uint8) {
		i := int(which) % len(trs)
		ex, at := conversation(trs[i], models[i])
		ex.Request.Dialect, ex.Request.Body = front, body
		if front.Scan(ex) != nil {
			return
		}
		r, err := ex.Typed(func() ([]byte, *core.Error) { return body, nil })
		if err != nil {
			return
		}
		if err := trs[i].Request(ex, at, r); err != nil {
			if err.Code == core.CodePluginFailed {
				t.Fatal(err)
			}
			return
		}
		if out := bytes.Join(at.Request.Body, nil); !json.Valid(out) {
			t.Errorf("no JSON: %s", out)
		}
	})
}

// ownEvents are a delta of text of each of these providers: its name and data.
var ownEvents = map[string][2]string{
	"provider/bedrock": {"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"Some text that a model wrote. "}}`},
	"provider/cohere":  {"content-delta", `{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Some text that a model wrote. "}}}}`},
	"provider/ollama":  {"", `{"model":"m","message":{"role":"assistant","content":"Some text that a model wrote. "},"done":false}`},
}

func BenchmarkOwnEvent(b *testing.B) {
	for folder, e := range ownEvents {
		b.Run(folder, func(b *testing.B) {
			tr := translatorOf(b, folder)
			ex, at := conversation(tr, "m")
			name, data := []byte(e[0]), []byte(e[1])
			b.ReportAllocs()
			for b.Loop() {
				if got, err := tr.Event(ex, at, name, data, false); err != nil || len(got) == 0 {
					b.Fatal(got, err)
				}
			}
		})
	}
}

func BenchmarkOwnRequest(b *testing.B) {
	r := &core.TypedRequest{}
	for i := range 8 {
		role := core.RoleUser
		if i%2 == 1 {
			role = core.RoleAssistant
		}
		r.Parts = append(r.Parts, text(role, i, strings.Repeat("The quick brown fox jumps over it. ", 15)))
	}
	for folder, models := range ownTranslators {
		b.Run(folder, func(b *testing.B) {
			tr := translatorOf(b, folder)
			ex, _ := conversation(tr, models[0])
			d := ex.Attempt.Deployment
			b.ReportAllocs()
			for b.Loop() {
				ex.Reset()
				ex.Request.Operation = core.OpChat
				at := ex.NewAttempt(d)
				at.Translation = &core.Translation{Translator: tr}
				if err := tr.Request(ex, at, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
