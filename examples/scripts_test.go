package examples

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// TestScripts: a path of the company's own, routing by a header and a prompt
// template, and all of them changed and broken while the gateway runs.
func TestScripts(t *testing.T) {
	cluster := startMock(t, "text=hi")
	s := start(t, "scripts", map[string]string{"127.0.0.1:9001": cluster.Addr()})
	gold := curls(t, s.readme)[0]
	if gold.path != "/chat" || gold.header["X-Tier"] != "gold" {
		t.Fatalf("the README's call is %+v", gold)
	}
	if status, body := s.call(t, gold); status != 200 || content(t, body) != "hi" {
		t.Fatalf("%d %s", status, body)
	}
	f := func(c curl, model string, messages ...string) {
		t.Helper()
		before := len(cluster.Requests())
		if status, body := s.call(t, c); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		got := lastSent(t, cluster, before+1)
		if got.Model != model || strings.Join(got.texts(), "\n") != strings.Join(messages, "\n") {
			t.Errorf("upstream got %+v, want %s and %q", got, model, messages)
		}
	}
	const style = "system: You answer for Example Ltd. Be brief."
	f(gold, "large-70b", style, "user: Hello!")

	plain := gold
	plain.path, plain.header = "/v1/chat/completions", map[string]string{"Content-Type": "application/json"}
	f(plain, "small-8b", style, "user: Hello!")

	own := plain
	own.body = `{"model":"assistant","messages":[{"role":"system","content":"Rhyme."},{"role":"user","content":"Hello!"}]}`
	f(own, "small-8b", "system: Rhyme.", "user: Hello!")

	unknown := gold
	unknown.path = "/chats"
	if status, _ := s.call(t, unknown); status != 404 {
		t.Errorf("a path that no rule knows: %d", status)
	}

	s.edit(t, "custom-urls.js", "{/chat: ", "{/chats: ")
	s.eventually(t, "the new path", unknown, func(status int, _ string) bool { return status == 200 })
	if status, _ := s.call(t, gold); status != 404 {
		t.Errorf("the path that is no more: %d", status)
	}
	s.edit(t, "custom-urls.js", "(call) => {", "(call) => {{")
	s.rejected(t, "custom-urls.js.rejected", "custom-urls.js:17:")
	f(unknown, "large-70b", style, "user: Hello!")
}

// edit changes a file of the plugin folder.
func (s *story) edit(t *testing.T, name, from, to string) {
	t.Helper()
	file := filepath.Join(s.plugins, name)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		t.Fatalf("%s has no %q", name, from)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// sent is what an upstream was sent.
type sent struct {
	Model    string
	Messages []struct{ Role, Content string }
}

func (s *sent) texts() []string {
	var out []string
	for _, m := range s.Messages {
		out = append(out, m.Role+": "+m.Content)
	}
	return out
}

// lastSent returns the last of the n requests that an upstream got.
func lastSent(t *testing.T, m *mock.Server, n int) sent {
	t.Helper()
	requests := m.Requests()
	if len(requests) != n {
		t.Fatalf("the upstream got %d requests, want %d", len(requests), n)
	}
	var got sent
	if err := json.Unmarshal(requests[n-1].Body, &got); err != nil {
		t.Fatal(err)
	}
	return got
}
