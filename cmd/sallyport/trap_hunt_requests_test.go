package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// overheard is an upstream that keeps the requests it gets, heads included, and
// answers none of them.
type overheard struct {
	*httptest.Server
	mu  sync.Mutex
	got []string
}

func newOverheard(t *testing.T) *overheard {
	o := &overheard{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		o.got = append(o.got, fmt.Sprintf("%s %v %s", r.URL, r.Header, body))
		o.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"message":"No.","type":"invalid_request_error"}}`)
	}))
	t.Cleanup(o.Close)
	return o
}

// take returns what it got since it was asked last.
func (o *overheard) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	got := o.got
	o.got = nil
	return got
}

// lab starts a gateway with one route for each kind of provider, named after it.
func (o *overheard) lab(t *testing.T, kinds ...string) *lab {
	var providers, routes strings.Builder
	for _, kind := range kinds {
		fmt.Fprintf(&providers, "  - {name: %s, kind: %s, base_url: %q, auth: none}\n", kind, kind, o.URL)
		fmt.Fprintf(&routes, "  - {name: %s, retries: 0, deployments: [{provider: %s, model: x}]}\n", kind, kind)
	}
	l := newLab(t, labConfig{providers: func(*lab) string { return providers.String() }, extra: routes.String()})
	l.unbalanced = "the provider is none of the mocks"
	return l
}

// full are requests with many members, by the kind of provider that speaks their
// dialect, and the path they are sent to.
var full = []struct{ kind, path, body string }{
	{"openai", "/v1/chat/completions", `{"model":"openai","messages":[
		{"role":"system","content":"s","name":"n"},{"role":"developer","content":[{"type":"text","text":"d"}]},
		{"role":"user","name":"u","content":[{"type":"text","text":"t"},{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain,x"}}]},
		{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"refusal","refusal":"r"}],"refusal":"r","reasoning_content":"c",
			"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c2","type":"custom","custom":{"name":"g","input":"i"}}]},
		{"role":"tool","tool_call_id":"c1","content":"o"},{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"o"}]},
		{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"o"},{"role":"user","content":"go"}],
		"tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,"parameters":{"type":"object","title":"t","properties":{"a":{"type":"string","description":"d","enum":["e"],"default":"x","const":"c","pattern":"p","examples":["x"],"$comment":"c"}},"required":["a"]}}},
			{"type":"custom","custom":{"name":"g","description":"d","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}}}],
		"functions":[{"name":"f","description":"d","parameters":{"type":"object","description":"d"}}],
		"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","strict":true,"schema":{"type":"object","description":"d"}}},
		"prediction":{"type":"content","content":[{"type":"text","text":"p"}]},"stop":["s"],"web_search_options":{"user_location":{"type":"approximate","approximate":{"city":"c","country":"FI","region":"r","timezone":"t"}}},
		"temperature":1,"top_p":1,"n":1,"seed":1,"max_completion_tokens":9,"presence_penalty":0,"frequency_penalty":0,"logit_bias":{"1":1},"logprobs":true,"top_logprobs":1,"parallel_tool_calls":true,"store":false,
		"user":"u","safety_identifier":"s","prompt_cache_key":"k","metadata":{"a":"b"},"service_tier":"auto","reasoning_effort":"low","verbosity":"low","modalities":["text"],"audio":{"voice":"v","format":"wav"},"tool_choice":{"type":"function","function":{"name":"f"}},"chat_template_kwargs":{"a":"b"}}`},
	{"openai", "/v1/completions", `{"model":"openai","prompt":["p","q"],"suffix":"s","stop":["s"],"temperature":1,"max_tokens":9,"logprobs":1,"best_of":1,"echo":false}`},
	{"openai", "/v1/embeddings", `{"model":"openai","input":["a","b"],"dimensions":4}`},
	{"openai", "/v1/responses", `{"model":"openai","store":false,"instructions":"i","input":[
		{"role":"user","content":[{"type":"input_text","text":"t"},{"type":"input_file","filename":"a.txt","file_data":"data:text/plain,x"}]},
		{"type":"message","role":"assistant","id":"m","status":"completed","content":[{"type":"output_text","text":"t","annotations":[{"type":"url_citation","url":"https://x.example","title":"t","start_index":0,"end_index":1}]},{"type":"refusal","refusal":"r"}]},
		{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"s"}],"content":[{"type":"reasoning_text","text":"t"}]},
		{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"t"}]},
		{"type":"custom_tool_call","call_id":"d","name":"g","input":"i"},{"type":"custom_tool_call_output","call_id":"d","output":"o"},
		{"type":"local_shell_call","id":"l","call_id":"e","status":"completed","action":{"type":"exec","command":["ls"],"env":{"A":"b"},"working_directory":"/"}},{"type":"local_shell_call_output","id":"l","call_id":"e","output":"o"},
		{"type":"code_interpreter_call","id":"k","container_id":"k","status":"completed","code":"c","outputs":[{"type":"logs","logs":"l"}]},
		{"type":"file_search_call","id":"s","status":"completed","queries":["q"],"results":[{"filename":"f","text":"t","score":1,"attributes":{"a":"b"}}]},
		{"type":"mcp_call","id":"p","server_label":"l","name":"n","arguments":"{}","output":"o","error":"e"},{"role":"user","content":"go"}],
		"tools":[{"type":"function","name":"f","description":"d","strict":true,"parameters":{"type":"object","description":"d"}},{"type":"custom","name":"g","description":"d","format":{"type":"text"}},{"type":"mcp","server_label":"l","server_description":"d","server_url":"https://x.example"},
			{"type":"web_search","user_location":{"type":"approximate","city":"c","region":"r","country":"FI","timezone":"t"},"filters":{"allowed_domains":["x.example"]}}],
		"text":{"format":{"type":"json_schema","name":"n","description":"d","schema":{"type":"object","description":"d"}}},"max_output_tokens":99,"temperature":1,"parallel_tool_calls":true,
		"user":"u","metadata":{"a":"b"},"service_tier":"auto","truncation":"auto","reasoning":{"effort":"low","summary":"auto"},"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]}}`},
	{"anthropic", "/v1/messages", `{"model":"anthropic","max_tokens":9,"system":[{"type":"text","text":"s"}],"messages":[
		{"role":"user","content":[{"type":"text","text":"t"},{"type":"document","title":"t","context":"c","source":{"type":"text","media_type":"text/plain","data":"d"}},{"type":"document","source":{"type":"content","content":[{"type":"text","text":"t"}]}},
			{"type":"search_result","title":"t","source":"s","content":[{"type":"text","text":"t"}]}]},
		{"role":"assistant","content":[{"type":"text","text":"t","citations":[{"type":"char_location","cited_text":"c","document_title":"t","document_index":0,"start_char_index":0,"end_char_index":1}]},
			{"type":"tool_use","id":"t","name":"f","input":{"a":{"b":["c"]}}},{"type":"server_tool_use","id":"u","name":"web_search","input":{"query":"q"}},
			{"type":"web_search_tool_result","tool_use_id":"u","content":[{"type":"web_search_result","title":"t","url":"https://x.example","encrypted_content":"e","page_age":"p"}]}]},
		{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"o"}]}]},{"role":"user","content":"go"}],
		"tools":[{"name":"f","description":"d","input_schema":{"type":"object","description":"d"},"input_examples":[{"a":"b"}]}],"stop_sequences":["s"],"temperature":1,"top_p":1,"top_k":1,
		"metadata":{"user_id":"u"},"service_tier":"auto","thinking":{"type":"enabled","budget_tokens":1024},"tool_choice":{"type":"tool","name":"f"},"context_management":{"edits":[{"type":"clear_tool_uses_20250919","trigger":{"type":"input_tokens","value":1}}]}}`},
	{"anthropic", "/v1/messages/count_tokens", `{"model":"anthropic","system":"s","messages":[{"role":"user","content":"t"}],"tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}]}`},
	{"gemini", "/v1beta/models/gemini:generateContent", `{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[
		{"role":"user","parts":[{"text":"t"},{"inlineData":{"mimeType":"text/plain","displayName":"d","data":"AAAA"}},{"executableCode":{"language":"PYTHON","code":"c"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"o"}}]},
		{"role":"model","parts":[{"functionCall":{"id":"i","name":"f","args":{"a":{"b":["c"]}}}}]},{"role":"user","parts":[{"functionResponse":{"id":"i","name":"f","response":{"r":["o"]}}}]}],
		"tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT","description":"d","properties":{"a":{"type":"STRING","description":"d","enum":["e"]}}}},{"name":"g","parametersJsonSchema":{"type":"object","description":"d"}}]}],
		"generationConfig":{"stopSequences":["s"],"responseMimeType":"application/json","responseJsonSchema":{"type":"object","description":"d"},"temperature":1,
		"speechConfig":{"voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"v"}}}},"safetySettings":[{"category":"c","threshold":"t"}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},"labels":{"a":"b"}}`},
	{"gemini", "/v1beta/models/gemini:generateContent", `{"contents":[{"parts":[{"text":"t"}]}],"tools":[{"googleSearch":{"timeRangeFilter":{"startTime":"s","endTime":"e"}}},{"urlContext":{}},{"codeExecution":{}},{"googleMaps":{"enableWidget":true}}]}`},
	{"gemini", "/v1beta/models/gemini:countTokens", `{"contents":[{"role":"user","parts":[{"text":"t"}]}]}`},
	{"gemini", "/v1beta/models/gemini:embedContent", `{"title":"t","content":{"parts":[{"text":"t"}]}}`},
	{"cohere", "/v2/rerank", `{"model":"cohere","query":"q","documents":["a",{"text":"t","title":"u"}],"top_n":1}`},
}

// sealed are the places that nobody judges whatever stands there, as docs/threat-model.md
// says ("Where guards end"). Words and ids of the protocol are judged where they are none.
var sealed = regexp.MustCompile(`(^|\.)encrypted_content$|\.inlineData\.data$|^model$`)

// places calls visit for each value in v, with its path and what replaces it there.
func places(v any, path string, replace func(any), visit func(path string, v any, replace func(any))) {
	visit(path, v, replace)
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			places(e, strings.TrimPrefix(path+"."+k, "."), func(n any) { v[k] = n }, visit)
		}
	case []any:
		for i, e := range v {
			places(e, path+"[]", func(n any) { v[i] = n }, visit)
		}
	}
}

// TestEveryPlaceOfRequests: wherever a client puts a word, be it where a text, a number
// or nothing is expected, alone, in an array or under a key that nobody knows, a guard
// of prompts sees it and nothing of the request leaves.
func TestEveryPlaceOfRequests(t *testing.T) {
	o := newOverheard(t)
	l := o.lab(t, "openai", "anthropic", "gemini", "cohere")
	l.guard(promptWire())
	for _, r := range full {
		if a := l.post(r.path, r.body); len(o.take()) != 1 {
			t.Errorf("%s: without the word the request does not leave: %d %s", r.path, a.status, a.body)
		}
		var doc any
		if err := json.Unmarshal([]byte(r.body), &doc); err != nil {
			t.Fatalf("%s: %v", r.path, err)
		}
		try := func(path string) {
			body, _ := json.Marshal(doc)
			if a := l.post(r.path, string(body)); a.status < 400 || a.status >= 500 {
				t.Errorf("%s, %s: %d %s", r.path, path, a.status, a.body)
			}
			if got := o.take(); len(got) > 0 {
				t.Errorf("%s, %s: the provider got %s", r.path, path, got[0])
			}
		}
		places(doc, "", nil, func(path string, v any, replace func(any)) {
			if obj, ok := v.(map[string]any); ok {
				for _, word := range []any{marked, []any{map[string]any{"b": marked}}} {
					obj["note"] = word
					try(path + ".note")
				}
				delete(obj, "note")
				name := "say " + marked + " now"
				obj[name] = 1
				try(path + ", a name")
				delete(obj, name)
				return
			}
			if _, ok := v.([]any); ok || sealed.MatchString(path) {
				return
			}
			for _, word := range []any{"a " + marked + " b", []any{"a " + marked}, map[string]any{"k": marked + " b"}} {
				replace(word)
				try(path)
			}
			replace(v)
		})
	}
}

// TestNothingBesideTheBody: what a client writes into the query or into fields of the
// head that no provider needs does not leave.
func TestNothingBesideTheBody(t *testing.T) {
	o := newOverheard(t)
	l := o.lab(t, "openai", "anthropic", "gemini")
	l.guard(promptWire())
	for _, r := range full {
		if r.kind == "cohere" {
			continue
		}
		for _, query := range []string{"x=" + marked, marked, "%24fields=" + marked, "api-version=" + marked} {
			l.post(r.path+"?"+query, r.body)
		}
		for _, name := range []string{"Cookie", "Referer", "User-Agent", "X-Title", "Traceparent", "Baggage", "Via", "From", "X-Request-Id", "X-Forwarded-For", "Accept-Language", "Openai-Organization", "Openai-Project", "X-Goog-User-Project", "X-Stainless-Lang", "X-Session-Id"} {
			req := l.request(l.Context(), r.path, r.body)
			req.Header.Set(name, marked)
			l.do(req)
		}
		for _, got := range o.take() {
			if strings.Contains(got, marked) {
				t.Errorf("%s: the provider got %s", r.path, got)
			}
		}
	}
}
