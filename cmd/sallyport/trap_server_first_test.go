package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// begins is how a provider answers: its kind, the content type, and what it writes, in
// pieces of that many bytes.
type begins struct {
	kind, media, body string
	piece             int
	status            int // 200 if left out
}

const (
	chatSays   = "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
	chatAtOnce = `{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}`
	claudeSays = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n" +
		"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n" +
		"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hello\"}}\n\n" +
		"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n" +
		"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
	claudeBusy    = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
	responsesBusy = "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"Overloaded\",\"param\":null,\"sequence_number\":0}\n\n"
)

// firstLab starts a gateway with a route for each of these answers.
func firstLab(t *testing.T, answers map[string]begins) *lab {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		a := answers[strings.Split(r.URL.Path, "/")[1]]
		w.Header()["Content-Type"] = nil
		if a.media != "" {
			w.Header().Set("Content-Type", a.media)
		}
		if a.status != 0 {
			w.WriteHeader(a.status)
		}
		for piece := range slices.Chunk([]byte(a.body), max(a.piece, 1)) {
			_, _ = w.Write(piece)
			if a.piece > 0 {
				w.(http.Flusher).Flush()
			}
		}
	}))
	t.Cleanup(s.Close)
	var routes strings.Builder
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			var list strings.Builder
			for name, a := range answers {
				settings := ""
				if a.kind == "bedrock" {
					settings = ", settings: {region: eu-west-1}"
				}
				fmt.Fprintf(&list, "  - {name: %s, kind: %s, base_url: %q, auth: none%s}\n", name, a.kind, s.URL+"/"+name, settings)
			}
			return list.String()
		},
		extra: func() string {
			for name := range answers {
				fmt.Fprintf(&routes, "  - {name: %s, retries: 0, deployments: [{provider: %s, model: m}]}\n", name, name)
			}
			if _, ok := answers["google"]; ok {
				routes.WriteString("  - {name: either, retries: 0, fallbacks: [well], deployments: [{provider: google, model: m}]}\n")
			}
			return routes.String()
		}(),
	})
	l.unbalanced = "the provider is none of the mocks"
	return l
}

// TestTrapFirstEventInPieces: nothing of half an event can leave, so the border waits
// until the first one is whole: an error that comes in many reads still has a status,
// and so have an exception of AWS and an error that holds no object.
func TestTrapFirstEventInPieces(t *testing.T) {
	answers := map[string]begins{
		"claude-busy":    {"anthropic", "text/event-stream", claudeBusy, 7, 0},
		"chat-busy":      {"groq", "text/event-stream", "data: {\"error\":{\"message\":\"Overloaded\",\"code\":429}}\n\n", 7, 0},
		"ollama-busy":    {"ollama-native", "application/x-ndjson", "{\"error\":\"Overloaded\"}\n", 7, 0},
		"bedrock-busy":   {"bedrock", "application/vnd.amazon.eventstream", string(eventFrame("throttlingException", `{"message":"Overloaded"}`)), 7, 0},
		"responses-busy": {"openai-responses", "text/event-stream", responsesBusy, 7, 0},
		"claude-cut":     {"anthropic", "text/event-stream", claudeSays[:60], 7, 0},
		"claude-well":    {"anthropic", "Text/Event-Stream;charset=utf-8", claudeSays, 1, 0},
		"claude-long":    {"anthropic", "text/event-stream", strings.Replace(claudeSays, `"m",`, `"m","pad":"`+strings.Repeat("x", 100<<10)+`",`, 1), 8 << 10, 0},
	}
	l := firstLab(t, answers)
	for _, c := range []struct {
		route, path string
		status      int
		mark        string
	}{
		{"claude-busy", "/v1/messages", 529, "Overloaded"},
		{"claude-busy", "/v1/chat/completions", 503, "Overloaded"},
		{"chat-busy", "/v1/chat/completions", 429, "Overloaded"},
		{"chat-busy", "/v1/messages", 429, "Overloaded"},
		{"ollama-busy", "/v1/chat/completions", 502, "Overloaded"},
		{"bedrock-busy", "/v1/messages", 429, "Overloaded"},
		{"responses-busy", "/v1/chat/completions", 502, "Overloaded"},
		{"claude-cut", "/v1/messages", 200, "event: error"}, // a last event may come without its end
		{"claude-well", "/v1/messages", 200, "message_stop"},
		{"claude-well", "/v1/chat/completions", 200, "[DONE]"},
		{"claude-long", "/v1/messages", 200, "message_stop"},
	} {
		a := l.post(c.path, fmt.Sprintf(`{"model":%q,"stream":true,"max_tokens":9,"messages":[{"role":"user","content":"Hi."}]}`, c.route))
		if a.status != c.status || !strings.Contains(a.body, c.mark) {
			t.Errorf("%s at %s: %s", c.route, c.path, a)
		}
	}
}

// TestTrapContentType: what an answer is decides, where its content type leaves that
// open; where it says something else, a client gets no stream but an error with a
// status, and what the provider says of it.
func TestTrapContentType(t *testing.T) {
	answers := map[string]begins{
		"unsaid":       {"groq", "", chatSays, 0, 0},
		"plain":        {"groq", "text/plain; charset=utf-8", ": comment\n\n" + chatSays, 0, 0},
		"octets":       {"anthropic", "application/octet-stream", claudeSays, 1, 0}, // and so begins within a word
		"plain-whole":  {"groq", "text/plain", chatAtOnce, 0, 0},
		"octets-whole": {"groq", "binary/octet-stream", chatAtOnce, 0, 0},
		"plain-page":   {"groq", "text/plain", "<html>Sign in</html>", 0, 0},
		"page":         {"anthropic", "text/html", "<html>Sign in</html>", 0, 0},
		"ollama-page":  {"ollama-native", "text/html; charset=utf-8", "<html>Sign in</html>\n", 0, 0},
		"bedrock-page": {"bedrock", "TEXT/HTML", "<html>Sign in</html>", 0, 0},
		"told":         {"groq", "application/json", `{"error":{"message":"No money left","code":402}}`, 9, 0},
	}
	l := firstLab(t, answers)
	for _, c := range []struct {
		route, path string
		stream      bool
		status      int
		mark        string
	}{
		{"unsaid", "/v1/chat/completions", true, 200, "[DONE]"},
		{"unsaid", "/v1/messages", true, 200, "message_stop"},
		{"plain", "/v1/chat/completions", true, 502, "upstream_invalid"},
		{"octets", "/v1/messages", true, 200, "message_stop"},
		{"octets", "/v1/chat/completions", true, 200, "[DONE]"},
		{"plain-whole", "/v1/chat/completions", false, 502, "upstream_invalid"},
		{"octets-whole", "/v1/chat/completions", false, 200, "hello"},
		{"octets-whole", "/v1/messages", false, 200, "hello"},
		{"plain-page", "/v1/chat/completions", false, 502, "upstream_invalid"},
		{"plain-page", "/v1/chat/completions", true, 502, "upstream_invalid"},
		{"page", "/v1/messages", true, 502, "upstream_invalid"},
		{"page", "/v1/chat/completions", true, 502, "upstream_invalid"},
		{"ollama-page", "/v1/chat/completions", true, 502, "upstream_invalid"},
		{"bedrock-page", "/v1/messages", true, 502, "upstream_invalid"},
		{"told", "/v1/chat/completions", true, 402, "No money left"},
		{"told", "/v1/messages", true, 429, "No money left"},
	} {
		a := l.post(c.path, fmt.Sprintf(`{"model":%q,"stream":%v,"max_tokens":9,"messages":[{"role":"user","content":"Hi."}]}`, c.route, c.stream))
		media := "application/json"
		if c.stream && c.status == 200 {
			media = "text/event-stream"
		}
		if a.status != c.status || !strings.Contains(a.body, c.mark) || strings.Contains(a.body, "Sign in") || !strings.HasPrefix(a.header.Get("Content-Type"), media) {
			t.Errorf("%s at %s: %s", c.route, c.path, a)
		}
	}
}

// TestTrapKeyRefused: a provider that tells a bad key by another status than 401 speaks
// of the gateway's key as well: the client does not read it, and another deployment, which
// has another key, is asked.
func TestTrapKeyRefused(t *testing.T) {
	bad := `{"error":{"code":400,"message":"API key sk-secret not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}`
	l := firstLab(t, map[string]begins{
		"google": {"gemini", "application/json", bad, 0, 400},
		"cohere": {"cohere", "application/json", `{"message":"invalid api token sk-secret"}`, 0, 498},
		"well":   {"groq", "application/json", chatAtOnce, 0, 0},
	})
	for _, c := range []struct {
		route, path string
		status      int
		mark        string
	}{
		{"google", "/v1/chat/completions", 502, "refused the gateway's provider key"},
		{"google", "/v1/messages", 502, "refused the gateway's provider key"},
		{"cohere", "/v1/chat/completions", 502, "refused the gateway's provider key"},
		{"either", "/v1/chat/completions", 200, "hello"},
	} {
		a := l.post(c.path, fmt.Sprintf(`{"model":%q,"max_tokens":9,"messages":[{"role":"user","content":"Hi."}]}`, c.route))
		if a.status != c.status || !strings.Contains(a.body, c.mark) || strings.Contains(a.body, "sk-secret") {
			t.Errorf("%s at %s: %s", c.route, c.path, a)
		}
	}
}
