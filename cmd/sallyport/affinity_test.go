package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// keeper plays a provider of OpenAI's Responses API that keeps its answers. It
// knows nothing of those of others.
type keeper struct {
	name string
	mu   sync.Mutex
	made []string
	asks int
	down bool
}

var previous = regexp.MustCompile(`"previous_response_id":"([^"]*)"`)

func (k *keeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asks++
	w.Header().Set("Content-Type", "application/json")
	if k.down {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"error":{"message":"down","type":"server_error"}}`)
		return
	}
	if m := previous.FindSubmatch(body); m != nil && !slices.Contains(k.made, string(m[1])) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"error":{"message":"Previous response with id '%s' not found.","type":"invalid_request_error","param":"previous_response_id","code":"previous_response_not_found"}}`, m[1])
		return
	}
	id := fmt.Sprintf("resp_%s_%d", k.name, len(k.made))
	k.made = append(k.made, id)
	whole := fmt.Sprintf(`{"id":%q,"object":"response","status":"completed","model":"x","output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hej","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}`, id)
	if strings.Contains(string(body), `"stream":true`) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = fmt.Fprintf(w, "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":%q,\"object\":\"response\",\"status\":\"in_progress\",\"model\":\"x\",\"output\":[]}}\n\n", id)
		_, _ = fmt.Fprintf(w, "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":1,\"response\":%s}\n\n", whole)
		return
	}
	_, _ = io.WriteString(w, whole)
}

// count returns and forgets how often it was asked.
func (k *keeper) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := k.asks
	k.asks = 0
	return n
}

func (k *keeper) fall() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.down = true
}

var responseID = regexp.MustCompile(`"id":"(resp_[^"]*)"`)

// converse asks on the route, after the answer with that id if there is one, and
// returns the id of the new one.
func (l *lab) converse(route, after string, stream bool) (answer, string) {
	l.Helper()
	body := fmt.Sprintf(`{"model":%q,"input":"Hello","stream":%v`, route, stream)
	if after != "" {
		body += fmt.Sprintf(`,"previous_response_id":%q`, after)
	}
	a := l.post("/v1/responses", body+"}")
	id := ""
	if m := responseID.FindStringSubmatch(a.body); m != nil {
		id = m[1]
	}
	return a, id
}

// TestAffinity: a conversation that a provider keeps goes on there, whole and
// streamed, on a route that leads to others as well and for a gateway that
// never heard of it; ids are the provider's own.
func TestAffinity(t *testing.T) {
	keepers := []*keeper{{name: "a"}, {name: "b"}}
	list := ""
	for _, k := range keepers {
		s := httptest.NewServer(k)
		defer s.Close()
		list += fmt.Sprintf("  - {name: %s, kind: openai, base_url: %q, key: \"${file:provider-key}\"}\n", k.name, s.URL+"/v1")
	}
	claude := httptest.NewServer(&claude{})
	defer claude.Close()
	list += fmt.Sprintf("  - {name: claude, kind: anthropic, base_url: %q, key: \"${file:provider-key}\"}\n", claude.URL)
	c := labConfig{
		providers: func(*lab) string { return list },
		extra: "  - {name: both, retries: 0, deployments: [{provider: a, model: x}, {provider: b, model: x}, {provider: claude, model: x, weight: 0}]}\n" +
			"  - {name: a, deployments: [{provider: a, model: x}]}\n  - {name: b, deployments: [{provider: b, model: x}]}\n" +
			"  - {name: mostly-claude, retries: 0, deployments: [{provider: a, model: x}, {provider: claude, model: x, weight: 1000}]}\n" +
			"  - {name: claude, deployments: [{provider: claude, model: x}]}\n",
		files: map[string]string{"provider-key": "sk-keeper-0123456789"},
	}
	last := make([]string, 12) // of each conversation
	turns := func(l *lab) {
		l.unbalanced = "the providers are none of the mocks"
		for n := range last {
			start, stream := keepers[n%2], n%3 == 0
			var a answer
			if last[n] == "" {
				if a, last[n] = l.converse(start.name, "", stream); a.status != 200 {
					l.Fatalf("%d %s", a.status, a.body)
				}
			}
			for range 3 {
				if a, last[n] = l.converse("both", last[n], stream); a.status != 200 || !strings.HasPrefix(last[n], "resp_"+start.name) {
					l.Fatalf("conversation %d: %d %s", n, a.status, a.body)
				}
			}
		}
	}
	t.Run("begun", func(t *testing.T) { turns(newLab(t, c)) })
	l := newLab(t, c)
	turns(l) // which has never heard of them
	// From the second turn on a gateway knows where to go.
	_, id := l.converse("b", "", false)
	if _, id = l.converse("both", id, false); id == "" {
		t.Fatal("no answer")
	}
	keepers[0].count()
	for range 8 {
		if _, id = l.converse("both", id, false); !strings.HasPrefix(id, "resp_b") {
			t.Fatalf("served as %q", id)
		}
	}
	if n := keepers[0].count(); n != 0 {
		t.Errorf("the wrong provider was asked %d times", n)
	}
	if a, _ := l.converse("both", "resp_nobodys", false); a.status != 400 || a.code() != "previous_response_not_found" {
		t.Errorf("an unknown id: %d %s", a.status, a.body)
	}
	_, id = l.converse("a", "", false)
	for range 5 {
		var a answer
		if a, id = l.converse("mostly-claude", id, false); a.status != 200 || !strings.HasPrefix(id, "resp_a") {
			t.Fatalf("beside a provider of another dialect: %d %s", a.status, a.body)
		}
	}
	if a, _ := l.converse("claude", id, false); a.status != 400 || !strings.Contains(a.body, `"param":"previous_response_id"`) {
		t.Errorf("without anybody who may know it: %d %s", a.status, a.body)
	}
	keepers[0].fall()
	if a, _ := l.converse("both", id, false); a.status != 500 {
		t.Errorf("while its provider is down: %d %s", a.status, a.body)
	}
}
