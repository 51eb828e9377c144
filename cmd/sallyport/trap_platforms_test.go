package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// platform plays a platform that carries models of others. It says what answers to a
// path with which body, and every request must be signed.
type platform struct {
	*httptest.Server
	testing.TB
	answer func(w http.ResponseWriter, path, body string)

	mu    sync.Mutex
	asked []string // path and body
	heads []http.Header
}

func newPlatform(t testing.TB, answer func(w http.ResponseWriter, path, body string)) *platform {
	t.Helper()
	p := &platform{TB: t, answer: answer}
	p.Server = httptest.NewServer(p)
	return p
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.Header.Get("X-Amz-Date") != "" {
		if err := checkSigV4(r, body, awsSecret, "eu-north-1/bedrock"); err != nil {
			p.Errorf("%s: %v", r.URL, err)
		}
	}
	p.mu.Lock()
	p.asked = append(p.asked, r.URL.EscapedPath()+" "+string(body))
	p.heads = append(p.heads, r.Header)
	p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	p.answer(w, r.URL.Path, string(body))
}

// took returns what was asked since the last time, and the last request's header.
func (p *platform) took() ([]string, http.Header) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked, head := p.asked, http.Header{}
	if n := len(p.heads); n > 0 {
		head = p.heads[n-1]
	}
	p.asked, p.heads = nil, nil
	return asked, head
}

const (
	profileARN    = "arn:aws:bedrock:eu-north-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
	profileInPath = "arn%3Aaws%3Abedrock%3Aeu-north-1%3A123456789012%3Ainference-profile%2Feu.anthropic.claude-sonnet-4-5-20250929-v1%3A0"

	invokedWhole = `{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"the secret is out"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":15,"output_tokens":9}}`
)

// invokedStream is a stream as InvokeModelWithResponseStream sends it.
func invokedStream() (out []byte) {
	for _, event := range []string{
		`{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":15,"output_tokens":1}}}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"the sec"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ret is out"}}`,
		`{"type":"content_block_stop","index":0}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}}`,
		`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":15,"outputTokenCount":9,"invocationLatency":7,"firstByteLatency":3}}`,
	} {
		out = append(out, eventFrame("chunk", `{"bytes":"`+base64.StdEncoding.EncodeToString([]byte(event))+`","p":"abc"}`)...)
	}
	return out
}

// invoking answers as InvokeModel does for Claude.
func invoking(w http.ResponseWriter, path, body string) {
	switch {
	case strings.HasSuffix(path, "/count-tokens"):
		_, _ = io.WriteString(w, `{"inputTokens":11}`)
	case strings.Contains(body, "[model's words]"):
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"type":"error","error":{"type":"invalid_request_error","message":"invalid beta flag"}}`)
	case strings.Contains(body, "[platform's words]"):
		w.Header().Set("X-Amzn-Errortype", "ValidationException:http://internal.amazon.com/coral/")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"message":"Input is too long for requested model."}`)
	case strings.HasSuffix(path, "-stream"):
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		_, _ = w.Write(invokedStream())
	default:
		_, _ = io.WriteString(w, invokedWhole)
	}
}

func platformLab(t *testing.T, kind, models string, p *platform) *lab {
	t.Helper()
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: platform, kind: %s, base_url: %q, settings: {region: eu-north-1}, key: \"${file:provider-key}\"}\n", kind, p.URL)
		},
		files: map[string]string{"provider-key": "AKIDEXAMPLE:" + awsSecret},
		extra: models,
	})
	l.unbalanced = "the platform keeps no books"
	return l
}

// askClaude posts as Anthropic's SDK does; more are fields of the header, "name: value".
func (l *lab) askClaude(path, body string, more ...string) answer {
	l.Helper()
	req := l.request(l.Context(), path, body)
	for _, field := range more {
		name, value, _ := strings.Cut(field, ": ")
		req.Header.Add(name, value)
	}
	return l.do(req)
}

// TestTrapsOfPlatformsInvoke: a client of Anthropic's dialect reaches Claude on Bedrock
// in that dialect, with what InvokeModel wants in other places, and gets a stream of
// server-sent events.
func TestTrapsOfPlatformsInvoke(t *testing.T) {
	p := newPlatform(t, invoking)
	defer p.Close()
	l := platformLab(t, "bedrock-anthropic", "  - {name: claude, deployments: [{provider: platform, model: \""+profileARN+"\"}]}\n", p)
	const list = `"max_tokens":9,"messages":[{"role":"user","content":"hi <é>"}]`
	const version = `"anthropic_version":"bedrock-2023-05-31"`
	at := "/model/" + profileInPath + "/invoke"
	for name, c := range map[string]struct {
		body, asked, dropped string
		fields               []string
	}{
		"whole":    {`{"model":"claude",` + list + `}`, at + ` {` + version + `,` + list + `}`, "", nil},
		"streamed": {`{"model":"claude",` + list + `,"stream":true}`, at + `-with-response-stream {` + version + `,` + list + `}`, "", nil},
		"features, as Claude Code sends them": {
			`{"model":"claude",` + list + `,"stream":true}`,
			at + `-with-response-stream {"anthropic_beta":["interleaved-thinking-2025-05-14","tool-search-tool-2025-10-19"],` + version + `,` + list + `}`,
			"anthropic-beta.prompt-caching-scope-2026-01-05=not_supported_by_provider",
			[]string{"Anthropic-Beta: claude-code-20250219,interleaved-thinking-2025-05-14", "Anthropic-Beta: prompt-caching-scope-2026-01-05, advanced-tool-use-2025-11-20", "Anthropic-Version: 2023-06-01"},
		},
		"a client of Amazon's": {
			`{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["computer-use-2025-01-24"],"model":"claude",` + list + `}`,
			at + ` {"anthropic_beta":["computer-use-2025-01-24"],` + version + `,` + list + `}`, "", nil,
		},
	} {
		a := l.askClaude("/v1/messages", c.body, c.fields...)
		asked, head := p.took()
		if a.status != http.StatusOK || len(asked) != 1 || asked[0] != c.asked {
			t.Errorf("%s: %d, asked %v, want %s", name, a.status, asked, c.asked)
		}
		if got := strings.Join(a.header.Values("X-Sallyport-Dropped"), " "); got != c.dropped {
			t.Errorf("%s: dropped %s, want %s", name, got, c.dropped)
		}
		if head.Get("Anthropic-Beta")+head.Get("Anthropic-Version") != "" {
			t.Errorf("%s: the header has %v", name, head)
		}
		if !strings.Contains(c.body, `"stream":true`) {
			if a.body != invokedWhole {
				t.Errorf("%s: %s", name, a.body)
			}
			continue
		}
		if ct := a.header.Get("Content-Type"); ct != "text/event-stream" || !strings.HasPrefix(a.body, "event: message_start\ndata: {\"type\":\"message_start\",") ||
			!strings.Contains(a.body, "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\",\"amazon-bedrock-invocationMetrics\":{\"inputTokenCount\":15,") {
			t.Errorf("%s: %s %s", name, ct, a.body)
		}
		if r := l.rowOf(a); r.InputUncached != 15 || r.Output != 9 || r.Estimated {
			t.Errorf("%s: row %+v", name, r)
		}
	}

	a := l.askClaude("/v1/messages", `{"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"[model's words]"}]}`)
	if a.status != http.StatusBadRequest || a.body != `{"type":"error","error":{"type":"invalid_request_error","message":"invalid beta flag"}}` {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = l.askClaude("/v1/messages", `{"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"[platform's words]"}]}`)
	if a.status != http.StatusBadRequest || !strings.Contains(a.body, `{"type":"error","error":{"type":"invalid_request_error","message":"Input is too long for requested model.","details":{"error_code":"context_length_exceeded"}}`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	p.took()
	counts := func(path, body, want, asks string, fields ...string) {
		t.Helper()
		a := l.askClaude(path, body, fields...)
		if asked, _ := p.took(); a.status != http.StatusOK || a.body != want || len(asked) != 1 || asked[0] != "/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens "+asks {
			t.Errorf("%d %s, asked %v", a.status, a.body, asked)
		}
	}
	invoked := `{"anthropic_beta":["context-1m-2025-08-07"],` + version + `,"messages":[{"role":"user","content":"hi <é>"}],"max_tokens":1}`
	counts("/v1/messages/count_tokens", `{"model":"claude","messages":[{"role":"user","content":"hi <é>"}]}`, `{"input_tokens":11}`,
		`{"input":{"invokeModel":{"body":"`+base64.StdEncoding.EncodeToString([]byte(invoked))+`"}}}`,
		"Anthropic-Beta: claude-code-20250219, context-1m-2025-08-07")
	counts("/v1beta/models/claude:countTokens", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`, `{"totalTokens":11}`,
		`{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"hi"}]}]}}}`)
}

// TestTrapsOfPlatformsVertex: Google is told the features in test that it knows, and in
// the document: it refuses a header field with any other.
func TestTrapsOfPlatformsVertex(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, _, _ string) { _, _ = io.WriteString(w, invokedWhole) })
	defer p.Close()
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: google, kind: vertex-anthropic, auth: none, base_url: %q, settings: {region: europe-west1, project: p1}}\n", p.URL)
		},
		extra: "  - {name: claude, deployments: [{provider: google, model: \"claude-opus-4-7@20260401\"}]}\n",
	})
	l.unbalanced = "the platform keeps no books"
	const list = `"max_tokens":9,"messages":[{"role":"user","content":"hi"}]`
	a := l.askClaude("/v1/messages", `{"model":"claude",`+list+`}`, "Anthropic-Beta: context-1m-2025-08-07,effort-2025-11-24", "Anthropic-Beta: web-search-2025-03-05")
	asked, head := p.took()
	want := `/claude-opus-4-7@20260401:rawPredict {"anthropic_beta":["context-1m-2025-08-07","web-search-2025-03-05"],"anthropic_version":"vertex-2023-10-16",` + list + `}`
	if a.status != http.StatusOK || len(asked) != 1 || asked[0] != want || head.Get("Anthropic-Beta") != "" {
		t.Errorf("%d, asked %v with %q, want %s", a.status, asked, head.Get("Anthropic-Beta"), want)
	}
	if got := a.header.Get("X-Sallyport-Dropped"); got != "anthropic-beta.effort-2025-11-24=not_supported_by_provider" {
		t.Errorf("dropped %s", got)
	}
}

// TestTrapsOfPlatformsGuarded: a guard on a carried stream judges its text, and nothing
// leaves before.
func TestTrapsOfPlatformsGuarded(t *testing.T) {
	p := newPlatform(t, invoking)
	defer p.Close()
	l := platformLab(t, "bedrock-anthropic", "  - {name: claude, plugins: [{use: guardrail.denylist, as: words, config: {words: [secret], action: redact}}], deployments: [{provider: platform, model: m}]}\n", p)
	for _, stream := range []string{"true", "false"} {
		for path, body := range map[string]string{
			"/v1/messages":         `{"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"stream":` + stream + `}`,
			"/v1/chat/completions": `{"model":"claude","messages":[{"role":"user","content":"hi"}],"stream":` + stream + `}`,
		} {
			a := l.post(path, body)
			if a.status != http.StatusOK || strings.Contains(a.body, "secret") || strings.Contains(a.body, `"ret is`) || !strings.Contains(a.body, " is out") {
				t.Errorf("%s %s: %d %s", path, stream, a.status, a.body)
			}
		}
	}
}

// TestTrapsOfPlatformsThrottled: an exception in the place of a stream's first event is
// a failure that is tried again.
func TestTrapsOfPlatformsThrottled(t *testing.T) {
	var once sync.Once
	p := newPlatform(t, func(w http.ResponseWriter, path, body string) {
		throttled := false
		once.Do(func() { throttled = true })
		if throttled {
			w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
			_, _ = w.Write(eventFrame("throttlingException", `{"message":"Too many tokens, please wait before trying again."}`))
			return
		}
		invoking(w, path, body)
	})
	defer p.Close()
	l := platformLab(t, "bedrock-anthropic", "  - {name: claude, retries: 1, deployments: [{provider: platform, model: m}, {provider: platform, model: n}]}\n", p)
	a := l.post("/v1/messages", `{"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"stream":true}`)
	if asked, _ := p.took(); a.status != http.StatusOK || !strings.Contains(a.body, "message_stop") || strings.Contains(a.body, "Too many") || len(asked) != 2 {
		t.Errorf("%d %s, asked %v", a.status, a.body, asked)
	}
}

// TestTrapsOfPlatformsEmbeddings: Titan embeds one text at a time, Cohere many; a client
// gets one answer, and the books have all of it.
func TestTrapsOfPlatformsEmbeddings(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, path, body string) {
		switch {
		case strings.Contains(body, "[too long]"):
			w.Header().Set("X-Amzn-Errortype", "ValidationException")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"message":"400 Bad Request: Too many input tokens."}`)
		case strings.Contains(path, "cohere"):
			w.Header().Set("X-Amzn-Bedrock-Input-Token-Count", "4")
			_, _ = io.WriteString(w, `{"embeddings":[[0.5,-1],[2,3]],"response_type":"embeddings_floats"}`)
		default:
			_, _ = io.WriteString(w, `{"embedding":[0.5,-1],"inputTextTokenCount":3}`)
		}
	})
	defer p.Close()
	l := platformLab(t, "bedrock", "  - {name: titan, deployments: [{provider: platform, model: \"amazon.titan-embed-text-v2:0\"}]}\n"+
		"  - {name: cohere, deployments: [{provider: platform, model: cohere.embed-english-v3}]}\n", p)

	a := l.post("/v1/embeddings", `{"model":"titan","input":["a","b"],"dimensions":256}`)
	const want = `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]},{"object":"embedding","index":1,"embedding":[0.5,-1]}],"model":"amazon.titan-embed-text-v2:0","usage":{"prompt_tokens":6,"total_tokens":6}}`
	asked, _ := p.took()
	if a.status != http.StatusOK || a.body != want || strings.Join(asked, " ") !=
		`/model/amazon.titan-embed-text-v2%3A0/invoke {"inputText":"a","dimensions":256} /model/amazon.titan-embed-text-v2%3A0/invoke {"inputText":"b","dimensions":256}` {
		t.Errorf("%d %s, asked %v", a.status, a.body, asked)
	}
	if r := l.rowOf(a); r.InputUncached != 6 || r.Attempts != 1 || r.Estimated {
		t.Errorf("row %+v", r)
	}
	a = l.post("/v1/embeddings", `{"model":"cohere","input":["a","b"],"encoding_format":"base64"}`)
	if asked, _ := p.took(); a.status != http.StatusOK || !strings.Contains(a.body, `"embedding":"AAAAPwAAgL8="`) || len(asked) != 1 {
		t.Errorf("%d %s, asked %v", a.status, a.body, asked)
	}
	if r := l.rowOf(a); r.InputUncached != 4 {
		t.Errorf("row %+v", r)
	}
	a = l.post("/v1/embeddings", `{"model":"titan","input":["a","[too long]","c"]}`)
	if e, _ := parseError(a.body); a.status != http.StatusBadRequest || a.code() != "context_length_exceeded" || !strings.Contains(e.Message, "Too many input tokens") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if asked, _ := p.took(); len(asked) != 2 {
		t.Errorf("asked %v", asked)
	}
	if r := l.rowOf(a); r.InputUncached != 3 {
		t.Errorf("what was served before the failure is not in the books: %+v", r)
	}
	a = l.askGoogle2("titan", "a")
	if a.status != http.StatusOK || a.body != `{"embedding":{"values":[0.5,-1]},"usageMetadata":{"promptTokenCount":3}}` {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// askGoogle2 asks for an embedding as Google's clients do.
func (l *lab) askGoogle2(model, text string) answer {
	l.Helper()
	return l.post("/v1beta/models/"+model+":embedContent", fmt.Sprintf(`{"content":{"parts":[{"text":%q}]}}`, text))
}
