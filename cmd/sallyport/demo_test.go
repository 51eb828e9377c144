package main

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/config"
)

// TestDemoModel: a newcomer without a key may ask with the SDK at hand, whichever it is.
func TestDemoModel(t *testing.T) {
	env := config.Env{Lookup: func(string) (string, bool) { return "", false }}
	src, err := discovered(t.Context(), env, func(string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(src.close)
	src.cfg.Listen, src.cfg.Admin.Listen = "127.0.0.1:0", "off"
	src.cfg.Ledger.Folder, src.cfg.Plugins.Folder = filepath.Join(t.TempDir(), "ledger"), filepath.Join(t.TempDir(), "plugins.d")
	gw, err := newGateway(t.Context(), src, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = gw.shutdown(t.Context()) })
	const said = "this is a test"
	const messages = `"messages":[{"role":"user","content":"` + said + `"}]`
	const contents = `{"contents":[{"role":"user","parts":[{"text":"` + said + `"}]}]}`
	for _, c := range []struct{ path, body, want string }{
		{"/v1/chat/completions", `{"model":"demo",` + messages + `}`, `said: ` + said},
		{"/v1/chat/completions", `{"model":"demo","stream":true,` + messages + `}`, "[DONE]"},
		{"/v1/completions", `{"model":"demo","prompt":"` + said + `"}`, `said: ` + said},
		{"/v1/completions", `{"model":"demo","prompt":["` + said + `"],"stream":true}`, "[DONE]"},
		{"/v1/responses", `{"model":"demo","input":"` + said + `"}`, `said: ` + said},
		{"/v1/responses", `{"model":"demo","stream":true,"input":"` + said + `"}`, `said: ` + said},
		{"/v1/messages", `{"model":"demo","max_tokens":99,` + messages + `}`, `said: ` + said},
		{"/v1/messages", `{"model":"demo","max_tokens":99,"stream":true,` + messages + `}`, "message_stop"},
		{"/v1beta/models/demo:generateContent", contents, `said: ` + said},
		{"/v1beta/models/demo:streamGenerateContent?alt=sse", contents, `"finishReason":"STOP"`},
		{"/v1/embeddings", `{"model":"demo","input":"` + said + `"}`, "The demo model can only chat."},
	} {
		resp, err := http.Post("http://"+gw.server.Addr().String()+c.path, "application/json", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || (resp.StatusCode == http.StatusOK) == (c.path == "/v1/embeddings") || !strings.Contains(string(text), c.want) {
			t.Errorf("%s %s: %d %s, %v, lacks %q", c.path, c.body, resp.StatusCode, text, err, c.want)
		}
	}
}
