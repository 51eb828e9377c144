package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/registry"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// TestLoadersConform: the same plugin, made four times, gives the same verdicts
// in the same cases. From the manifest on nothing tells which loader made it.
func TestLoadersConform(t *testing.T) {
	h := loaderHost(t)
	for name, p := range conforming(t, h) {
		t.Run(name, func(t *testing.T) {
			for _, c := range conformance {
				if got := c.run(t, p); got != c.want {
					t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
				}
			}
		})
	}
	figures := map[string]telemetry.PluginStats{}
	h.report(func(s telemetry.PluginStats) { figures[s.Instance] = s })
	s := figures["g"] // one name, whatever loader
	failed := uint64(0)
	for _, n := range s.Failures {
		failed += n
	}
	// Two cases fail in each loader; the bad reply is found by two of them, and for
	// the third by the chain.
	if want := uint64(3 * len(conformance)); s.Calls != want || failed != 3*2+2 || s.Seconds <= 0 {
		t.Errorf("%d calls with %d failures in %v s, want %d with 8", s.Calls, failed, s.Seconds, want)
	}
}

// loaderHost is what plugins of a gateway share, without the gateway.
func loaderHost(t *testing.T) *pluginHost {
	t.Helper()
	snap := &config.Snapshot{PluginMemory: 256 << 20}
	snap.Ledger.Folder = t.TempDir() + "/ledger"
	h, err := newPluginHost(snap, telemetry.NewMetrics(), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// conforming returns the plugin as each loader makes it.
func conforming(t *testing.T, h *pluginHost) map[string]core.Plugin {
	t.Helper()
	module := guard("guardrail.g", "receive, prompt, route, answer, complete")
	manifest, err := wasm.ManifestText([]byte(module))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*folder.File{
		".wasm":    {Name: "g.wasm", Data: []byte(module)},
		".js":      {Name: "g.js", Data: []byte(guardScript), Sidecar: manifest},
		".adapter": {Name: "g.adapter", Data: fmt.Appendf(nil, "#!/bin/sh\nexec '%s' %s\n", self, adapterCommand), Sidecar: manifest},
	}
	out := map[string]core.Plugin{}
	for _, l := range h.loaders() {
		f := files[l.Suffix]
		if f.Manifest, err = l.Manifest(f); err != nil {
			t.Fatal(err)
		}
		a, err := l.Load(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
		out[l.Suffix] = a
		out["native"] = nativeGuard{f.Manifest}
	}
	return out
}

// conformCase is one call of one hook.
type conformCase struct {
	name, action string
	phase        core.Phase
	path         string   // receive
	texts        []string // prompt and answer
	open         bool     // the fail mode
	want         string
}

var conformance = []conformCase{
	{name: "allow", action: "block", phase: core.PhasePrompt, texts: []string{"Hello", "world"}, want: "Hello|world"},
	{name: "block", action: "block", phase: core.PhasePrompt, texts: []string{"Hello", "a secret"}, want: "error 400 word: That word is not allowed."},
	{
		name: "redact", action: "redact", phase: core.PhasePrompt, texts: []string{"sécret 😀 secret, secret", "none", "secret"},
		want: "sécret 😀 [WORD], [WORD]|none|[WORD]",
	},
	{name: "respond", action: "respond", phase: core.PhasePrompt, texts: []string{"secret"}, want: "respond 200 application/json {\"mine\":true}"},
	{name: "another route", action: "route", phase: core.PhasePrompt, texts: []string{"secret"}, want: "secret; route other"},
	{name: "failure, closed", action: "trap", phase: core.PhasePrompt, texts: []string{"secret"}, want: "error 500 plugin_failed: The plugin g failed, and its fail mode is closed. Try again later or ask the operator."},
	{name: "failure, open", action: "trap", phase: core.PhasePrompt, texts: []string{"secret"}, open: true, want: "secret"},
	{name: "a bad reply", action: "bad", phase: core.PhasePrompt, texts: []string{"secret"}, want: "error 500 plugin_failed: The plugin g failed, and its fail mode is closed. Try again later or ask the operator."},
	{name: "answer", action: "block", phase: core.PhaseAnswer, texts: []string{"a secret"}, want: "error 400 word: That word is not allowed."},
	{name: "answer, redacted", action: "redact", phase: core.PhaseAnswer, texts: []string{"a secret"}, want: "a [WORD]"},
	{name: "path", phase: core.PhaseReceive, path: "/team/v1/chat/completions", want: "; path /v1/chat/completions"},
	{name: "own answer", phase: core.PhaseReceive, path: "/hello", want: "respond 200 text/plain hello"},
	{name: "forbidden", phase: core.PhaseReceive, path: "/forbidden", want: "error 403 blocked: The request was blocked by a guardrail."},
	{name: "order", action: "last", phase: core.PhaseRoute, want: "; b"},
	{name: "usual order", action: "block", phase: core.PhaseRoute, want: "; a b"},
	{name: "no deployment", action: "none", phase: core.PhaseRoute, want: "error 503 blocked: The request was blocked by a guardrail."},
	{name: "complete", action: "block", phase: core.PhaseComplete, want: ""},
}

// run runs the case in a chain and says what came of it.
func (c *conformCase) run(t *testing.T, p core.Plugin) string {
	t.Helper()
	r, err := registry.New(p)
	if err != nil {
		t.Fatal(err)
	}
	use := config.PluginUse{
		Use: "guardrail.g", As: "g", FailOpen: c.open, Config: map[string]any{"word": "secret", "action": c.action},
		Limits: core.Limits{Deadline: 10 * time.Second}, // the machine may be busy
	}
	g, err := r.Build(t.Context(), []config.PluginUse{use})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}()
	call := c.call()
	out := chain.Compile(nil, []chain.Entry{g.Entry(&use)}).Run(call, &core.Reply{})
	switch {
	case out.Err != nil:
		return fmt.Sprintf("error %d %s: %s", out.Err.HTTPStatus(), out.Err.CodeName(), out.Err.Message)
	case out.Respond != nil:
		return fmt.Sprintf("respond %d %s %s", out.Respond.Status, out.Respond.ContentType, out.Respond.Body)
	}
	texts := make([]string, len(call.Parts))
	for i, p := range call.Parts {
		texts[i] = string(p.Text())
	}
	text := strings.Join(texts, "|")
	if out.Route != "" {
		text += "; route " + out.Route
	}
	if out.Path != "" {
		text += "; path " + out.Path
	}
	if c.phase == core.PhaseRoute {
		names := make([]string, len(call.Deployments))
		for i, d := range call.Deployments {
			names[i] = d.Name
		}
		text += "; " + strings.Join(names, " ")
	}
	return text
}

func (c *conformCase) call() *core.Call {
	ex := &core.Exchange{ID: core.NewID(time.Now(), 1, 2), Start: time.Now(), Consumer: &core.Consumer{Name: "app"}}
	ex.Request.Dialect, ex.Request.Path, ex.Request.Method = openai.New(), []byte(c.path), []byte("POST")
	ex.Request.Body = []byte(`{"model":"m","messages":[{"role":"user","content":"Hello"}]}`)
	call := &core.Call{Exchange: ex, Phase: c.phase}
	if c.phase == core.PhaseRoute {
		ex.Request.Operation = core.OpChat
		if err := ex.Request.Dialect.Scan(ex); err != nil {
			panic(err)
		}
		call.Deployments = []*core.Deployment{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}}
	}
	for i, text := range c.texts {
		p := &core.Part{ID: i, Msg: i}
		p.SetText([]byte(text))
		call.Parts = append(call.Parts, p)
	}
	return call
}

// guardScript is testdata/guard.c in JavaScript.
const guardScript = `
const judge = (call) => {
  const edits = [];
  for (const part of call.parts)
    for (let at = part.text.indexOf(config.word); at >= 0; at = part.text.indexOf(config.word, at + config.word.length))
      edits.push({ part: part.id, start: at, end: at + config.word.length, label: "WORD" });
  if (edits.length === 0) return;
  switch (config.action) {
  case "trap": throw new Error("trap");
  case "block": return { block: { code: "word", message: "That word is not allowed." } };
  case "respond": return { respond: { content_type: "application/json", body: '{"mine":true}' } };
  case "route": return { route: "other" };
  case "bad": return { edits: [{ part: 99, start: 0, end: 1, text: "x" }] };
  case "redact": return { edits };
  }
};
exports.prompt = judge;
exports.answer = judge;
exports.receive = (call) => {
  if (call.path.startsWith("/team/")) return { path: call.path.slice(5) };
  if (call.path === "/hello") return { respond: { content_type: "text/plain", body: "hello" } };
  if (call.path === "/forbidden") return { block: { status: 403 } };
};
exports.route = (call) => {
  if (config.action === "last") return { order: [call.deployments.length - 1] };
  if (config.action === "none") return { block: { status: 503 } };
};
exports.complete = () => {};
`

// nativeGuard is testdata/guard.c in Go.
type nativeGuard struct{ manifest core.Manifest }

func (n nativeGuard) Manifest() core.Manifest { return n.manifest }

func (nativeGuard) New(c core.InstanceConfig) (core.Instance, error) {
	word, _ := c.Config["word"].(string)
	action, _ := c.Config["action"].(string)
	return nativeInstance{word: []byte(word), action: action}, nil
}

type nativeInstance struct {
	word   []byte
	action string
}

func (nativeInstance) Start(context.Context) error { return nil }
func (nativeInstance) Close() error                { return nil }

func (n nativeInstance) Hook(p core.Phase) core.Hook {
	switch p { //nolint:exhaustive // it has no other hooks
	case core.PhasePrompt, core.PhaseAnswer:
		return core.HookFunc(n.judge)
	case core.PhaseReceive:
		return core.HookFunc(n.receive)
	case core.PhaseRoute:
		return core.HookFunc(n.route)
	case core.PhaseComplete:
		return core.HookFunc(func(*core.Call) error { return nil })
	}
	return nil
}

func (n nativeInstance) judge(call *core.Call) error {
	var edits []core.Edit
	for _, p := range call.Parts {
		for at, text := 0, p.Text(); ; {
			i := bytes.Index(text[at:], n.word)
			if i < 0 {
				break
			}
			edits = append(edits, core.Edit{Part: p.ID, Start: at + i, End: at + i + len(n.word), Bytes: []byte("[WORD]")})
			at += i + len(n.word)
		}
	}
	if len(edits) == 0 {
		return nil
	}
	r := call.Reply
	switch n.action {
	case "trap":
		return errors.New("trap")
	case "block":
		r.Block = &core.Block{Code: "word", Message: "That word is not allowed."}
	case "respond":
		r.Respond = &core.Respond{Status: 200, ContentType: "application/json", Body: []byte(`{"mine":true}`)}
	case "route":
		r.Route = "other"
	case "bad":
		r.Edits = append(r.Edits, core.Edit{Part: 99, End: 1})
	case "redact":
		r.Edits = append(r.Edits, edits...)
	}
	return nil
}

func (nativeInstance) receive(call *core.Call) error {
	path := string(call.Exchange.Request.Path)
	switch {
	case strings.HasPrefix(path, "/team/"):
		call.Reply.Path = path[5:]
	case path == "/hello":
		call.Reply.Respond = &core.Respond{Status: 200, ContentType: "text/plain", Body: []byte("hello")}
	case path == "/forbidden":
		call.Reply.Block = &core.Block{Status: 403}
	}
	return nil
}

func (n nativeInstance) route(call *core.Call) error {
	switch n.action {
	case "last":
		call.Reply.Order = append(call.Reply.Order, len(call.Deployments)-1)
	case "none":
		call.Reply.Block = &core.Block{Status: 503}
	}
	return nil
}
