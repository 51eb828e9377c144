package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// fullAnswers are whole answers with many members, by the kind of provider.
var fullAnswers = map[string]string{
	"openai": `{"id":"i","object":"chat.completion","created":1,"model":"x","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"t","refusal":"r","reasoning_content":"c",
		"annotations":[{"type":"url_citation","url_citation":{"url":"https://x.example","title":"t","start_index":0,"end_index":1}}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
		"logprobs":{"content":[{"token":"t","logprob":0,"bytes":[1],"top_logprobs":[{"token":"u","logprob":0,"bytes":null}]}],"refusal":null}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`,
	"anthropic": `{"id":"i","type":"message","role":"assistant","model":"x","stop_reason":"end_turn","stop_sequence":"s","content":[{"type":"thinking","thinking":"t","signature":"s"},
		{"type":"text","text":"t","citations":[{"type":"char_location","cited_text":"c","document_title":"t","document_index":0,"start_char_index":0,"end_char_index":1},{"type":"web_search_result_location","url":"https://x.example","title":"t","cited_text":"c","encrypted_index":"e"}]},
		{"type":"tool_use","id":"t","name":"f","input":{"a":{"b":["c"]}}},{"type":"server_tool_use","id":"u","name":"web_search","input":{"query":"q"}},
		{"type":"web_search_tool_result","tool_use_id":"u","content":[{"type":"web_search_result","title":"t","url":"https://x.example","encrypted_content":"e","page_age":"p"}]}],"usage":{"input_tokens":1,"output_tokens":1}}`,
	"gemini": `{"responseId":"i","modelVersion":"x","candidates":[{"index":0,"finishReason":"STOP","finishMessage":"m","content":{"role":"model","parts":[{"text":"h","thought":true},{"text":"t"},{"functionCall":{"id":"i","name":"f","args":{"a":{"b":["c"]}}}},
		{"executableCode":{"language":"PYTHON","code":"c"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"o"}}]},"citationMetadata":{"citations":[{"uri":"https://x.example","title":"t","license":"l"}]},
		"groundingMetadata":{"webSearchQueries":["q"],"searchEntryPoint":{"renderedContent":"r"},"groundingChunks":[{"web":{"uri":"https://x.example","title":"t"}}],"groundingSupports":[{"segment":{"startIndex":0,"endIndex":1,"text":"t"},"groundingChunkIndices":[0]}]}}],
		"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}`,
	"openai-responses": `{"id":"i","object":"response","created_at":1,"status":"completed","model":"x","instructions":"s","error":null,"output":[{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"s"}],"encrypted_content":"e"},
		{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":"t","annotations":[{"type":"url_citation","url":"https://x.example","title":"t","start_index":0,"end_index":1}],"logprobs":[{"token":"t","logprob":0,"bytes":[1],"top_logprobs":[]}]},{"type":"refusal","refusal":"r"}]},
		{"type":"function_call","id":"f","call_id":"c","name":"f","arguments":"{\"a\":1}","status":"completed"},{"type":"web_search_call","id":"w","status":"completed","action":{"type":"search","query":"q"}},
		{"type":"code_interpreter_call","id":"k","container_id":"k","status":"completed","code":"c","outputs":[{"type":"logs","logs":"l"}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}`,
}

// protocolOfAnswers are the places whose strings nobody judges and that have a place in
// other dialects too: names and ids of calls and answers, and what is sealed.
var protocolOfAnswers = regexp.MustCompile(`(^|\.)(model|modelVersion|id|responseId|call_id|type|role|signature|encrypted_content|tool_use_id)$|(functionCall|function|content\[\]|output\[\])\.name$`)

// TestEveryPlaceOfTranslatedAnswers: whatever an upstream puts a word into, no client of
// another dialect gets it.
func TestEveryPlaceOfTranslatedAnswers(t *testing.T) {
	upstream := newLiar(t)
	l := upstream.lab(t, 1)
	l.guard(tripwire(false))
	tried := 0
	for kind, body := range fullAnswers {
		var doc any
		if err := json.Unmarshal([]byte(body), &doc); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		try := func(path string) {
			b, _ := json.Marshal(doc)
			upstream.says.Store(&told{body: string(b)})
			for _, client := range liarKinds {
				if client == kind || kind == "openai" && client == "openai-responses" {
					continue // no translation
				}
				tried++
				a := l.asksAs(client, kind+"-0", false)
				if a.status != 200 {
					t.Errorf("%s for %s, %s: %d %s", kind, client, path, a.status, a.body)
				}
				if where := leaked(&a); where != "" {
					t.Errorf("%s for %s, %s: the word is in %s: %s", kind, client, path, where, a.body)
				}
			}
		}
		places(doc, "", nil, func(path string, v any, replace func(any)) {
			switch v := v.(type) {
			case map[string]any:
				v["note"] = []any{map[string]any{"b": marked}}
				try(path + ".note")
				v["note"] = marked
				try(path + ".note")
				delete(v, "note")
			case string:
				if !protocolOfAnswers.MatchString(path) {
					word := any("a " + marked + " b")
					if strings.HasPrefix(v, "{") {
						word = `{"a":"` + marked + `"}`
					}
					replace(word)
					try(path)
					replace(v)
				}
			}
		})
	}
	if tried < 300 {
		t.Errorf("only %d answers were tried", tried)
	}
}

// echoing answers as Anthropic does, with what was said last, one character an event;
// a chat of OpenAI's fails. It keeps what it got.
func echoing(t *testing.T, got *bytes.Buffer) *httptest.Server {
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		got.Write(body)
		mu.Unlock()
		var asked struct {
			Messages []struct{ Content []struct{ Text string } }
		}
		if json.Unmarshal(body, &asked) != nil || len(asked.Messages) == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = fmt.Fprintf(w, `{"error":{"message":"No: %s"}}`, "x")
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		var deltas []string
		for _, c := range asked.Messages[0].Content[0].Text {
			deltas = append(deltas, `{"type":"text_delta","text":`+quote(string(c))+`}`)
		}
		for _, e := range strings.SplitAfter(claudeEvents(`{"type":"text","text":""}`, deltas...), "\n\n") {
			_, _ = io.WriteString(w, e)
			_ = http.NewResponseController(w).Flush()
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// TestOwnValuesOnly: values that a guard took out of prompts stay out of every try, at
// fallbacks of another dialect too, out of the log and out of the books; each of many
// clients at once gets its own back, also while others leave.
func TestOwnValuesOnly(t *testing.T) {
	var got bytes.Buffer
	upstream := echoing(t, &got)
	l := newLab(t, labConfig{
		config: "log: {level: debug}\nplugins: {mandatory: [{use: guardrail.pii, as: pii, config: {reversible: true}}]}",
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: broken, kind: openai, base_url: %q, auth: none}\n  - {name: echo, kind: anthropic, base_url: %q, auth: none}\n", upstream.URL, upstream.URL)
		},
		extra: "  - {name: tried, retries: 1, deployments: [{provider: broken, model: x}], fallbacks: [spoken]}\n  - {name: spoken, retries: 0, deployments: [{provider: echo, model: x}]}\n",
	})
	l.unbalanced = "the provider is none of the mocks"
	ask := func(route string, i int) {
		says := fmt.Sprintf("[EMAIL_1] is user%d@private.example, call +358 40 %03d 4567", i, i)
		req := l.request(l.Context(), "/v1/chat/completions", sayBody(route, says, `"stream":true`))
		if i%6 == 5 { // one that leaves
			if resp, err := l.client.Do(req); err == nil {
				_, _ = io.ReadFull(resp.Body, make([]byte, 40))
				_ = resp.Body.Close()
			}
			return
		}
		a := l.do(req)
		if answer := said(l.events(a)); answer != says {
			t.Errorf("%d: the client got %q, want %q (%d %s)", i, answer, says, a.status, a.body)
		}
	}
	for i := range 2 {
		ask("tried", i)
	}
	var wg sync.WaitGroup
	for i := range 48 {
		wg.Go(func() { ask("spoken", 2+i) })
	}
	wg.Wait()
	upstream.Close() // waits for what is under way
	if n := strings.Count(got.String(), "[[EMAIL_1]] is [EMAIL_1], call [PHONE_1]"); n < 50 {
		t.Errorf("the providers were asked %d times in placeholders", n)
	}
	outputs := map[string]string{"the providers": got.String(), "the log": l.logs.String()}
	_ = filepath.WalkDir(l.path("ledger"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, _ := os.ReadFile(path)
			outputs["the ledger"] += string(b)
		}
		return err
	})
	for where, text := range outputs {
		if len(text) == 0 || strings.Contains(text, "private.example") || strings.Contains(text, "+358 40") {
			t.Errorf("%s: a value is in it, or it is empty (%d bytes)", where, len(text))
		}
	}
}
