package main

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// promptWire blocks a prompt with the word, escapes in the arguments of calls included.
func promptWire() chain.Entry {
	e := chain.Entry{Instance: "wire", Plugin: "guardrail.wire", Stage: core.StageJudge, Sees: &core.Sees{}}
	for k := range core.NumPartKinds {
		e.Sees.Kinds = append(e.Sees.Kinds, core.PartKind(k))
	}
	e.Hooks[core.PhasePrompt] = core.HookFunc(func(call *core.Call) error {
		for _, p := range call.Parts {
			if bytes.Contains(p.Text(), []byte(marked)) {
				call.Reply.Block = &core.Block{Status: 403, Message: "That is not asked here."}
			}
		}
		return nil
	})
	return e
}

// hidden are requests, by path, with the word "@" where a guard of prompts could miss
// it; "%" is the word in base64.
var hidden = map[string][]string{
	"/v1/chat/completions": {
		`"messages":[{"role":"user","content":"a @ b"}]`,
		`"messages":[{"role":"user","content":"a \u007aqcanaryqz b"}]`,
		`"messages":[{"role":"system","content":"@"},{"role":"user","content":"hi"}]`,
		`"messages":[{"role":"developer","content":[{"type":"text","text":"@"}]},{"role":"user","content":"hi"}]`,
		`"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"@"}]`,
		`"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"refusal":"@"},{"role":"user","content":"go"}]`,
		`"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":\"@\"}"}}]},{"role":"tool","tool_call_id":"c","content":"ok"}]`,
		`"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"@"}]`,
		`"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"@"}},{"role":"function","name":"f","content":"ok"}]`,
		`"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"a","reasoning_content":"@"},{"role":"user","content":"go"}]`,
		`"messages":[{"role":"user","content":[{"type":"file","file":{"filename":"@","file_data":"data:application/pdf;base64,JVBERi0="}}]}]`,
		`"messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,%"}}]}]`,
		`"messages":[{"role":"user","content":[{"type":"news","news":{"text":"@"}}]}]`,
		`"messages":[{"role":"user","content":[{"type":"text","text":"hi","note":"@"}]}]`,
		`"messages":[{"role":"user","content":"hi","note":{"x":["@"]}}]`,
		`"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","description":"@"}}]`,
		`"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"string","description":"@"}}}}}]`,
		`"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"enum":["@"],"default":"x"}}}}}]`,
		`"messages":[{"role":"user","content":"hi"}],"functions":[{"name":"f","description":"@"}]`,
		`"messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"@","schema":{"type":"object"}}}`,
		`"messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","description":"@"}}}`,
		`"messages":[{"role":"user","content":"hi"}],"stop":"@"`,
		`"messages":[{"role":"user","content":"hi"}],"stop":["a","@"]`,
		`"messages":[{"role":"user","content":"hi"}],"prediction":{"type":"content","content":"@"}`,
		`"messages":[{"role":"user","content":"hi"}],"web_search_options":{"user_location":{"type":"approximate","approximate":{"city":"@"}}}`,
		`"messages":[{"role":"user","content":"hi"}],"note":"@"`,
		`"messages":[{"role":"user","content":"hi"}],"extra_body":{"guided_regex":"@","chat_template_kwargs":{"x":"@"}}`,
	},
	"/v1/completions": {
		`"prompt":"@"`, `"prompt":["a","@"]`, `"prompt":"a","suffix":"@"`, `"prompt":"a","stop":["@"]`,
	},
	"/v1/embeddings": {`"input":"@"`, `"input":["a","@"]`},
	"/v1/rerank": {
		`"query":"@","documents":["a"]`, `"query":"a","documents":["b","@"]`, `"query":"a","documents":[{"text":"@"}]`, `"query":"a","documents":[{"title":"@","text":"b"}]`,
	},
	"/v1/messages": {
		`"max_tokens":9,"system":"@","messages":[{"role":"user","content":"hi"}]`,
		`"max_tokens":9,"system":[{"type":"text","text":"@"}],"messages":[{"role":"user","content":"hi"}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"@"}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","title":"@","source":{"type":"text","media_type":"text/plain","data":"a"}}]}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","context":"@","source":{"type":"text","media_type":"text/plain","data":"a"}}]}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"@"}}]}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"text/plain","data":"%"}}]}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"content","content":[{"type":"text","text":"@"}]}}]}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":[{"type":"search_result","title":"t","source":"@","content":[{"type":"text","text":"a"}]}]}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"a":{"@":1}}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"ok"}]}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","is_error":true,"content":[{"type":"text","text":"@"}]}]}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"@","signature":"s"},{"type":"text","text":"a"}]},{"role":"user","content":"go"}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","description":"@","input_schema":{"type":"object"}}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a":{"description":"@"}}}}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f","input_schema":{"type":"object"},"input_examples":[{"a":"@"}]}]`,
		`"max_tokens":9,"messages":[{"role":"user","content":"hi"}],"stop_sequences":["@"]`,
		`"max_tokens":9,"messages":[{"role":"user","content":"hi"}],"note":"@"`,
	},
	"/v1/messages/count_tokens": {`"messages":[{"role":"user","content":"@"}]`},
	"/v1/responses": {
		`"store":false,"input":"@"`,
		`"store":false,"instructions":"@","input":"hi"`,
		`"store":false,"input":[{"role":"user","content":[{"type":"input_text","text":"@"}]}]`,
		`"store":false,"input":[{"role":"user","content":[{"type":"input_file","filename":"@","file_data":"data:application/pdf;base64,JVBERi0="}]}]`,
		`"store":false,"input":[{"role":"user","content":[{"type":"input_file","filename":"a.txt","file_data":"data:text/plain;base64,%"}]}]`,
		`"store":false,"input":[{"role":"user","content":"hi"},{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":\"@\"}"},{"type":"function_call_output","call_id":"c","output":"ok"}]`,
		`"store":false,"input":[{"role":"user","content":"hi"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"@"}]`,
		`"store":false,"input":[{"role":"user","content":"hi"},{"type":"custom_tool_call","call_id":"c","name":"f","input":"@"},{"type":"custom_tool_call_output","call_id":"c","output":"ok"}]`,
		`"store":false,"input":[{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"@"}]},{"role":"user","content":"hi"}]`,
		`"store":false,"input":[{"type":"news","text":"@"},{"role":"user","content":"hi"}]`,
		`"store":false,"input":"hi","tools":[{"type":"function","name":"f","description":"@","parameters":{"type":"object"}}]`,
		`"store":false,"input":"hi","tools":[{"type":"mcp","server_label":"l","server_description":"@","server_url":"https://x.example"}]`,
		`"store":false,"input":"hi","text":{"format":{"type":"json_schema","name":"n","schema":{"description":"@","type":"object"}}}`,
		`"store":false,"input":"hi","prompt":{"id":"p","variables":{"city":"@"}}`,
	},
	"/v1beta/models/m:generateContent": {
		`"contents":[{"role":"user","parts":[{"text":"@"}]}]`,
		`"systemInstruction":{"parts":[{"text":"@"}]},"contents":[{"role":"user","parts":[{"text":"hi"}]}]`,
		`"system_instruction":{"parts":[{"text":"@"}]},"contents":[{"role":"user","parts":[{"text":"hi"}]}]`,
		`"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"text/csv","data":"%"}}]}]`,
		`"contents":[{"role":"user","parts":[{"inline_data":{"mime_type":"text/csv","data":"%"}}]}]`,
		`"contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"application/pdf","displayName":"@","data":"JVBERi0="}}]}]`,
		`"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":"@"}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"r":"ok"}}}]}]`,
		`"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"r":{"@":1}}}}]}]`,
		`"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"@":1}}}]}]`,
		`"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"@"}]}]`,
		`"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"stopSequences":["@"]}`,
		`"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","description":"@"}}`,
		`"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","description":"@"}}`,
		`"contents":[{"role":"user","parts":[{"executableCode":{"language":"PYTHON","code":"@"}}]}]`,
		`"contents":[{"role":"user","parts":[{"text":"hi"}]}],"note":"@"`,
	},
	"/v1beta/models/m:countTokens":        {`"contents":[{"role":"user","parts":[{"text":"@"}]}]`, `"generateContentRequest":{"model":"models/m","contents":[{"role":"user","parts":[{"text":"@"}]}]}`},
	"/v1beta/models/m:embedContent":       {`"content":{"parts":[{"text":"@"}]}`, `"title":"@","content":{"parts":[{"text":"a"}]}`},
	"/v1beta/models/m:batchEmbedContents": {`"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]}},{"model":"models/m","content":{"parts":[{"text":"@"}]}}]`},
}

// TestHiddenInPrompts: whatever a client puts a word into that the model may read, a
// guard of prompts sees it, and nothing of the request leaves.
func TestHiddenInPrompts(t *testing.T) {
	l := newLab(t, labConfig{})
	l.guard(promptWire())
	code := base64.StdEncoding.EncodeToString([]byte("a " + marked + " b"))
	for path, bodies := range hidden {
		for _, body := range bodies {
			for _, s := range [][2]string{{"%", code}, {"@", marked}} {
				body = strings.ReplaceAll(body, s[0], s[1])
			}
			if !strings.Contains(path, ":") {
				body = `"model":"m",` + body
			}
			if a := l.post(path, "{"+body+"}"); a.status != 403 || !strings.Contains(a.body, "not asked here") {
				t.Errorf("%s {%s}: %d %s", path, body, a.status, a.body)
			}
		}
	}
	if asked := l.upstream(); len(asked) > 0 {
		t.Errorf("the provider got %q", asked)
	}
}

// TestKeysOfToolResults: what stands in the keys of what a tool returned is taken out
// of it where a guard says so, also on the way to a provider of another dialect.
func TestKeysOfToolResults(t *testing.T) {
	l := newLab(t, labConfig{})
	e := promptWire()
	e.Hooks[core.PhasePrompt] = core.HookFunc(func(call *core.Call) error {
		for _, p := range call.Parts {
			if at := bytes.Index(p.Text(), []byte(marked)); at >= 0 {
				call.Reply.Edits = append(call.Reply.Edits, core.Edit{Part: p.ID, Start: at, End: at + len(marked), Bytes: []byte("[\"WORD\"]")})
			}
		}
		return nil
	})
	l.guard(e)
	body := strings.ReplaceAll(`{"contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},`+
		`{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"r":{"a @":["b"]}}}}]}]}`, "@", marked)
	if a := l.post("/v1beta/models/m:generateContent", body); a.status != 200 {
		t.Fatalf("%+v", a)
	}
	asked := l.upstream()
	if got := asked[len(asked)-1]; strings.Contains(got, marked) || !strings.Contains(got, `{\"r\":{\"a [\\\"WORD\\\"]\":[\"b\"]}}`) {
		t.Errorf("the provider got %s", got)
	}
}
