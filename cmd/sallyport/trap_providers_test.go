package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestTrapsOfOtherOperations: what the gateway has no typed form for is refused with a
// sentence, and passes byte by byte under the provider's own API: forms of several
// parts, sound, and pictures of some megabytes in one line.
func TestTrapsOfOtherOperations(t *testing.T) {
	picture := `{"data":[{"b64_json":"` + strings.Repeat("iVBORw0K", 500_000) + `"}]}`
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/images/edits"):
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, picture)
		case strings.HasSuffix(r.URL.Path, "/audio/speech"):
			w.Header().Set("Content-Type", "audio/mpeg")
			_, _ = io.WriteString(w, "ID3\x00\xff")
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"id":"x"}`)
		}
	})
	l := newRawLab(t, api, labConfig{})
	const form = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt-image-1\r\n--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n\x00\xff\r\n--b--\r\n"
	const parts = "multipart/form-data; boundary=b"
	for _, c := range []struct{ path, contentType, body, want string }{
		{"/images/edits", parts, form, picture},
		{"/images/generations", "application/json", `{"model":"m","prompt":"a cat"}`, `{"id":"x"}`},
		{"/audio/transcriptions", parts, form, `{"id":"x"}`},
		{"/audio/speech", "application/json", `{"model":"m","input":"hi"}`, "ID3\x00\xff"},
		{"/files", parts, form, `{"id":"x"}`},
		{"/batches", "application/json", `{"input_file_id":"f"}`, `{"id":"x"}`},
		{"/moderations", "application/json", `{"input":"hi"}`, `{"id":"x"}`},
		{"/responses/compact", "application/json", `{"input":[]}`, `{"id":"x"}`},
	} {
		a := l.call("POST", "/v1"+c.path, c.body, "Content-Type", c.contentType)
		if a.status != 404 || !strings.Contains(a.body, openAIShape) || !strings.Contains(a.body, c.path) || len(api.seen()) != 0 {
			t.Errorf("/v1%s: %d %.300s", c.path, a.status, a.body)
		}
	}
	for _, c := range []struct{ path, contentType, body, want string }{
		{"/images/edits", parts, form, picture},
		{"/audio/transcriptions", parts, form, `{"id":"x"}`},
		{"/audio/speech", "application/json", `{"model":"m","input":"hi"}`, "ID3\x00\xff"},
		{"/files", parts, form, `{"id":"x"}`},
		{"/batches", "application/json", `{"input_file_id":"f"}`, `{"id":"x"}`},
	} {
		a := l.call("POST", "/p/own"+c.path, c.body, "Content-Type", c.contentType)
		got := api.last()
		if a.status != 200 || a.body != c.want || got.body != c.body || got.header.Get("Content-Type") != c.contentType {
			t.Errorf("/p/own%s: %d %.100q; the provider got %q %.200q", c.path, a.status, a.body, got.header.Get("Content-Type"), got.body)
		}
	}
}

// TestTrapOfHello: a probe that Claude Code may make is answered at once, and as
// nothing more than a path that is not served.
func TestTrapOfHello(t *testing.T) {
	l := newLab(t, labConfig{})
	if a := l.call(http.MethodHead, "/api/hello", ""); a.err != nil || a.status != 404 && a.status != 405 || a.body != "" {
		t.Errorf("%+v", a)
	}
}

// TestTrapsOfCompatibleStreams: what providers put into streams that a client of
// OpenAI's gets as they came, though their SDKs would not: it hurts none, and the
// books are right.
func TestTrapsOfCompatibleStreams(t *testing.T) {
	const reset = `{"id":"c","object":"chat.completion.chunk","created":1,"model":"s","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]`
	streams := map[string]string{
		"deepseek": ": keep-alive\n\n: keep-alive\n\ndata: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"s\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hej\"},\"finish_reason\":null}]}\n\n: keep-alive\n\ndata: " + reset + `,"usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":12}}` + "\n\ndata: [DONE]\n\n",
		"groq":     "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"s\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hej\"},\"finish_reason\":null}],\"x_groq\":{\"id\":\"r\"}}\n\ndata: " + reset + `,"x_groq":{"id":"r","usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":8}}}}` + "\n\ndata: [DONE]\n\n",
		"azure":    "data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\",\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":{}}]}\n\ndata: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"s\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hej\"},\"finish_reason\":null}]}\n\ndata: " + reset + `}` + "\n\ndata: {\"id\":\"\",\"object\":\"\",\"created\":0,\"model\":\"\",\"choices\":[{\"index\":0,\"finish_reason\":null,\"content_filter_offsets\":{\"check_offset\":1},\"content_filter_results\":{}}]}\n\ndata: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"s\",\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":9,\"total_tokens\":29,\"prompt_tokens_details\":{\"cached_tokens\":8}}}\n\ndata: [DONE]\n\n",
	}
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, streams[strings.Split(r.URL.Path, "/")[1]])
	})
	providers, routes := "", ""
	for kind := range streams {
		more := ""
		if kind == "azure" {
			more = ", settings: {resource: x}"
		}
		providers += "  - {name: " + kind + ", kind: " + kind + ", auth: none, base_url: \"" + api.URL + "/" + kind + "\"" + more + "}\n"
		routes += "  - {name: " + kind + ", deployments: [{provider: " + kind + ", model: s}]}\n"
	}
	l := newLab(t, labConfig{providers: func(*lab) string { return providers }, extra: routes})
	l.unbalanced = "the providers are none of the mocks"
	for kind := range streams {
		a := l.ask(kind, true)
		if a.status != 200 || strings.Count(a.body, `"content":"Hej"`) != 1 || strings.Count(a.body, `"finish_reason":"stop"`) != 1 || !strings.HasSuffix(a.body, "data: [DONE]\n\n") {
			t.Errorf("%s: %d\n%s", kind, a.status, a.body)
		}
		if r := l.rowOf(a); r.InputUncached != 12 || r.CacheRead != 8 || r.Output != 9 || r.Estimated || r.End != "completed" {
			t.Errorf("%s: row %+v", kind, r)
		}
	}
}

// TestTrapOfPredictions: clients of OpenAI's and of Google's embeddings are served by
// Vertex AI, which answers with predictions, and the books are its counts.
func TestTrapOfPredictions(t *testing.T) {
	api := newOwnAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"predictions":[{"embeddings":{"values":[0.5,-1],"statistics":{"token_count":4,"truncated":false}}},{"embeddings":{"values":[2,0.25],"statistics":{"token_count":5}}}]}`)
	})
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return "  - {name: google, kind: vertex, auth: none, settings: {region: r, project: p}, base_url: \"" + api.URL + "/v1\"}\n"
		},
		extra: "  - {name: vectors, deployments: [{provider: google, model: text-embedding-005}]}\n",
	})
	l.unbalanced = "the provider is none of the mocks"
	for _, c := range []struct{ path, body, want string }{
		{"/v1/embeddings", `{"model":"vectors","input":["a","b"]}`, `"data":[{"object":"embedding","index":0,"embedding":[0.5,-1]},{"object":"embedding","index":1,"embedding":[2,0.25]}]`},
		{"/v1/embeddings", `{"model":"vectors","input":["a","b"],"encoding_format":"base64"}`, `"index":0,"embedding":"AAAAPwAAgL8="`},
		{"/v1beta/models/vectors:batchEmbedContents", `{"requests":[{"model":"models/vectors","content":{"parts":[{"text":"a"}]}},{"model":"models/vectors","content":{"parts":[{"text":"b"}]}}]}`, `{"embeddings":[{"values":[0.5,-1]},{"values":[2,0.25]}]`},
	} {
		a := l.post(c.path, c.body)
		if a.status != 200 || !strings.Contains(a.body, c.want) {
			t.Errorf("%s %s: %d %s, want %s", c.path, c.body, a.status, a.body, c.want)
		}
		got := api.last()
		if got.uri != "/v1/projects/p/locations/r/publishers/google/models/text-embedding-005:predict" || got.body != `{"instances":[{"content":"a"},{"content":"b"}],"parameters":{}}` {
			t.Errorf("%s: the provider got %s %s", c.path, got.uri, got.body)
		}
		if r := l.rowOf(a); r.InputUncached != 9 || !r.Reported {
			t.Errorf("%s: row %+v", c.path, r)
		}
	}
}

// TestTrapOfNamesInEmbeddings: providers whose embeddings are OpenAI's but for names get
// theirs, and their own API stays as it is, with the books right either way.
func TestTrapOfNamesInEmbeddings(t *testing.T) {
	api := newOwnAPI(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/chat/completions") {
			_, _ = io.WriteString(w, `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hej"}}],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}}`)
			return
		}
		_, _ = io.WriteString(w, `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]}],"model":"m","usage":{"prompt_tokens":5,"completion_tokens":0,"total_tokens":5}}`)
	})
	providers, routes := "", ""
	for _, kind := range []string{"mistral", "voyage", "jina"} {
		providers += "  - {name: " + kind + ", kind: " + kind + ", auth: none, raw: true, base_url: \"" + api.URL + "/v1\"}\n"
		routes += "  - {name: " + kind + ", deployments: [{provider: " + kind + ", model: m}]}\n"
	}
	l := newLab(t, labConfig{providers: func(*lab) string { return providers }, extra: routes})
	l.unbalanced = "the providers are none of the mocks"
	for kind, want := range map[string]string{
		"mistral": `{"model":"m","input":"a","output_dimension":2}`,
		"voyage":  `{"model":"m","input":"a","output_dimension":2}`,
		"jina":    `{"model":"m","input":"a","dimensions":2}`,
	} {
		a := l.post("/v1/embeddings", `{"model":"`+kind+`","input":"a","dimensions":2,"encoding_format":"float","user":"u"}`)
		if got := api.last(); a.status != 200 || got.body != want || !strings.Contains(a.body, `"embedding":[0.5,-1]`) || a.header.Get("X-Sallyport-Dropped") != "user=not_supported_by_provider" {
			t.Errorf("%s: %d %s %v; the provider got %s", kind, a.status, a.body, a.header, got.body)
		}
		if r := l.rowOf(a); r.InputUncached != 5 || !r.Reported {
			t.Errorf("%s: row %+v", kind, r)
		}
		a = l.post("/p/"+kind+"/embeddings", `{"model":"m","input":"a"}`)
		if r := l.rowOf(a); a.status != 200 || r.InputUncached != 5 || !r.Reported || r.Operation != "raw" {
			t.Errorf("%s, its own API: %d, row %+v", kind, a.status, r)
		}
	}
	a := l.post("/p/mistral/chat/completions", `{"model":"m","messages":[{"role":"user","content":"Hi"}]}`)
	if r := l.rowOf(a); a.status != 200 || r.InputUncached != 5 || r.Output != 1 || !r.Reported {
		t.Errorf("a chat of Mistral's own: %d, row %+v", a.status, r)
	}
}
