package wasm_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// goPlugins holds the guests of sdk/go, each built once: folder → func() ([]byte, error).
var goPlugins sync.Map

// goPlugin builds the main package in a folder of sdk/go as its README says.
func goPlugin(t testing.TB, folder string) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and compiles a Go guest")
	}
	build, _ := goPlugins.LoadOrStore(folder, sync.OnceValues(func() ([]byte, error) {
		out := filepath.Join(t.TempDir(), "guest.wasm")
		c := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
		c.Dir = filepath.Join("..", "..", "sdk", "go", folder)
		c.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
		if msg, err := c.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, msg)
		}
		return os.ReadFile(out)
	}))
	b, err := build.(func() ([]byte, error))()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// goHost is a host with one module of sdk/go, and what its guests log.
type goHost struct {
	t      testing.TB
	module *wasm.Module
	host   *wasm.Host
	mu     sync.Mutex
	logs   []string
}

func loadGoPlugin(t testing.TB, folder string, m core.Manifest) *goHost {
	t.Helper()
	b := goPlugin(t, folder)
	g := &goHost{t: t}
	var err error
	if g.host, err = wasm.NewHost(wasm.Options{Log: g.log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.host.Close(); err != nil || g.host.Memory() != 0 {
			t.Errorf("closing the host: %v, %d bytes left", err, g.host.Memory())
		}
	})
	began := time.Now()
	if g.module, err = g.host.Load(context.Background(), b, wasm.ModuleOptions{Manifest: m}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.module.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%s: %d KiB, loaded in %v", folder, len(b)>>10, time.Since(began).Round(time.Millisecond))
	return g
}

func (g *goHost) log(l wasm.LogLine) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.logs = append(g.logs, l.Level.String()+" "+l.Text)
}

// logged returns what was logged since the last call.
func (g *goHost) logged() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := strings.Join(g.logs, "\n")
	g.logs = nil
	return all
}

func (g *goHost) start(t testing.TB, c core.InstanceConfig) *wasm.Instance {
	t.Helper()
	if c.Name == "" {
		c.Name = "test"
	}
	i, err := g.module.NewInstance(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := i.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return i
}

// roomy are limits for tests whose subject is not time.
var roomy = core.Limits{Deadline: time.Minute, Steps: 1 << 40}

type fields map[string]string

func (f fields) Get(name string) []byte { return []byte(f[name]) }

func goExchange(n byte) *core.Exchange {
	ex := &core.Exchange{ID: core.ID{15: n}, Start: time.Now(), Consumer: &core.Consumer{Name: "key", Tenant: "acme"}}
	ex.Request.Model = []byte("m1")
	return ex
}

func goParts(texts []string) []*core.Part {
	parts := make([]*core.Part, len(texts))
	for i, text := range texts {
		parts[i] = &core.Part{ID: i, Msg: i}
		parts[i].SetText([]byte(text))
	}
	return parts
}

// ask runs a hook of texts and returns its reply and the texts that it leaves.
func ask(t testing.TB, i *wasm.Instance, p core.Phase, ex *core.Exchange, texts ...string) (*core.Reply, []string, error) {
	t.Helper()
	c := &core.Call{Exchange: ex, Phase: p, Parts: goParts(texts), Reply: &core.Reply{}}
	if p == core.PhasePrompt {
		c.Stage = core.StageJudge
	}
	if err := i.Hook(p).Handle(c); err != nil {
		return nil, nil, err
	}
	var out []string
	for _, part := range c.Parts {
		mine := slices.DeleteFunc(slices.Clone(c.Reply.Edits), func(e core.Edit) bool { return e.Part != part.ID })
		if err := part.Apply(mine); err != nil {
			t.Fatal(err)
		}
		out = append(out, string(part.Text()))
	}
	return c.Reply, out, nil
}

// TestSDKGo runs a guest made with sdk/go that has every hook and calls every
// import.
func TestSDKGo(t *testing.T) {
	g := loadGoPlugin(t, "internal/everything", core.Manifest{
		ID: "guardrail.everything", Capabilities: []string{"kv"}, Limits: roomy, Stream: core.StreamWindow, Window: 1024,
		Phases: []core.Phase{core.PhaseReceive, core.PhasePrompt, core.PhaseRoute, core.PhaseAnswer, core.PhaseComplete},
		Sees:   core.Sees{Consumer: true, Model: true, Tags: true, Headers: []string{"x-team"}},
	})
	i := g.start(t, core.InstanceConfig{Grants: []string{"kv"}, Config: map[string]any{"greeting": "hyvää päivää", "list": []any{1, "two"}}})
	t.Run("prompt", func(t *testing.T) { goPrompt(t, i) })
	t.Run("imports", func(t *testing.T) { goImports(t, g, i) })
	t.Run("hooks", func(t *testing.T) { goHooks(t, i) })
	t.Run("window", func(t *testing.T) { goWindow(t, i) })
	t.Run("configure", func(t *testing.T) { goConfigure(t, g) })
	t.Run("harm", func(t *testing.T) { goHarm(t, g) })
	t.Run("reset", func(t *testing.T) { goReset(t, g) })
}

func goPrompt(t *testing.T, i *wasm.Instance) {
	for text, check := range map[string]func(r *core.Reply, text string) bool{
		"nothing":     func(r *core.Reply, text string) bool { return r.Empty() && text == "nothing" },
		"block No":    func(r *core.Reply, _ string) bool { return *r.Block == core.Block{Code: "told", Message: "No"} },
		"route small": func(r *core.Reply, _ string) bool { return r.Route == "small" },
		"flag toxic":  func(r *core.Reply, _ string) bool { return r.Flags[0] == core.Flag{Name: "toxic", Score: 0.5} },
		"tag blue":    func(r *core.Reply, _ string) bool { return r.Tags[0] == core.Tag{Key: "told", Value: "blue"} },
		"append more": func(r *core.Reply, _ string) bool {
			return r.Append[0].At == 1 && r.Append[0].Role == core.RoleSystem && string(r.Append[0].Text) == "more"
		},
		"greet": func(_ *core.Reply, text string) bool { return text == "hyvää päivää" },
		"who":   func(_ *core.Reply, text string) bool { return text == "acme key m1  judge user text" },
	} {
		r, texts, err := ask(t, i, core.PhasePrompt, goExchange(1), text)
		if err != nil || !check(r, texts[0]) {
			t.Errorf("%s: %+v, %q, %v", text, r, texts, err)
		}
	}
	ex := goExchange(2)
	for n, want := range []string{"", "one", "two"} {
		_, texts, err := ask(t, i, core.PhasePrompt, ex, "state "+[]string{"one", "two", "three"}[n])
		if err != nil || texts[0] != want {
			t.Errorf("state %q, want %q (%v)", texts, want, err)
		}
	}
}

func goImports(t *testing.T, g *goHost, i *wasm.Instance) {
	ex := goExchange(3)
	for _, c := range [][2]string{
		{"log a line", ""},
		{"get_tag mood", `error: sallyport: tag_get "mood": not found`},
		{"set_tag mood good", ""},
		{"set_tag", `error: sallyport: tag_set: an argument is wrong, or no exchange is under way`},
		{"get_slot s", `error: sallyport: slot_get "s": not found`},
		{"set_slot s kept", ""},
		{"get_slot s", "kept"},
		{"set_slot l " + strings.Repeat("x", 1000), ""},
		{"get_slot l", strings.Repeat("x", 1000)}, // more than the first room
		{"set_slot l " + strings.Repeat("x", 20000), `error: sallyport: slot_set "l": beyond a limit`},
		{"get_kv k", `error: sallyport: kv_get "k": not found`},
		{"set_kv k stored", ""},
		{"get_kv k", "stored"},
		{"delete_kv k", ""},
		{"get_kv k", `error: sallyport: kv_get "k": not found`},
		{"counter hits", ""},
		{"counter Hits!", `error: sallyport: counter_add "Hits!": an argument is wrong, or no exchange is under way`},
		{"random", "filled"},
		{"json_get /list/1", `"two"`},
		{"json_len /list", "2"},
		{"json_len /greeting", "19"},
		{"json_get /none", `error: sallyport: json_get "/none": not found`},
		{"json_set /list", `error: sallyport: json_set "/list": not permitted: name it in the manifest, and let the operator grant it`},
	} {
		r, texts, err := ask(t, i, core.PhasePrompt, ex, c[0])
		if err != nil || texts[0] != c[1] {
			t.Errorf("%.40s: %.100q, want %.100q (%v)", c[0], texts, c[1], err)
		}
		if c[0] == "set_tag mood good" {
			if len(r.Tags) != 1 || r.Tags[0] != (core.Tag{Key: "mood", Value: "good"}) {
				t.Errorf("tags %+v", r.Tags)
			}
			ex.Tags = r.Tags
			if _, texts, err := ask(t, i, core.PhasePrompt, ex, "get_tag mood"); err != nil || texts[0] != "good" {
				t.Errorf("the tag is %q (%v)", texts, err)
			}
		}
	}
	if _, texts, err := ask(t, i, core.PhasePrompt, goExchange(4), "get_slot s", "now"); err != nil || !strings.HasPrefix(texts[0], "error") {
		t.Errorf("another exchange sees the slot: %q (%v)", texts, err)
	} else if at, err := time.Parse(time.RFC3339, texts[1]); err != nil || time.Since(at).Abs() > time.Hour {
		t.Errorf("now is %s", texts[1])
	}
	if n := i.Counters()["hits"]; n != 2 {
		t.Errorf("the counter is %d", n)
	}
	if logs := g.logged(); !strings.Contains(logs, "info a line") {
		t.Errorf("logged %q", logs)
	}
}

func goHooks(t *testing.T, i *wasm.Instance) {
	receive := func(path, team string) *core.Reply {
		ex := goExchange(5)
		ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(path), []byte("12345")
		ex.Request.Headers = fields{"x-team": team}
		c := &core.Call{Exchange: ex, Phase: core.PhaseReceive, Reply: &core.Reply{}}
		if err := i.Hook(core.PhaseReceive).Handle(c); err != nil {
			t.Fatal(err)
		}
		return c.Reply
	}
	if r := receive("/old/chat", "blue"); r.Path != "/v1/chat" || r.Tags[0].Value != "POST /old/chat 5" {
		t.Errorf("receive %+v", r)
	}
	if r := receive("/teapot", ""); r.Respond == nil || r.Respond.Status != 418 || string(r.Respond.Body) != "short and stout" {
		t.Errorf("receive %+v", r)
	}
	if r := receive("/v1", "red"); r.Block == nil || *r.Block != (core.Block{Status: 403, Code: "team", Message: "No."}) {
		t.Errorf("receive %+v", r)
	}

	var list []*core.Deployment
	for n, name := range []string{"a", "b", "c"} {
		list = append(list, &core.Deployment{Name: name, Weight: n + 1, Provider: &core.Provider{Name: "p" + name}})
	}
	route := &core.Call{Exchange: goExchange(5), Phase: core.PhaseRoute, Deployments: list, Reply: &core.Reply{}}
	if err := i.Hook(core.PhaseRoute).Handle(route); err != nil {
		t.Fatal(err)
	}
	if r := route.Reply; !slices.Equal(r.Order, []int{2, 0}) || len(r.Flags) != 3 || r.Flags[0] != (core.Flag{Name: "pc", Score: 3}) {
		t.Errorf("route %+v", r)
	}

	ex := goExchange(5)
	ex.NewAttempt(list[0]).Usage.Output = 7
	r, texts, err := ask(t, i, core.PhaseAnswer, ex, "a secret, é", "bad")
	if err != nil || texts[0] != "a [SECRET]!, é" || r.Retry != "Say something good." || r.Flags[0].Score != 7 {
		t.Errorf("answer %+v, %q, %v", r, texts, err)
	}

	ex.End, ex.Status = core.EndUpstreamCut, 200
	list[0].Model = "up"
	complete := &core.Call{Exchange: ex, Phase: core.PhaseComplete, Reply: &core.Reply{}}
	if err := i.Hook(core.PhaseComplete).Handle(complete); err != nil {
		t.Fatal(err)
	}
	if r := complete.Reply; r.Flags[0] != (core.Flag{Name: "upstream_cut", Score: 200}) || r.Tags[0].Value != "up" {
		t.Errorf("complete %+v", r)
	}
}

func goWindow(t *testing.T, i *wasm.Instance) {
	ex := goExchange(6)
	window := func(block int, text string, final bool) *core.Reply {
		t.Helper()
		c := &core.Call{Exchange: ex, Phase: core.PhaseAnswer, Reply: &core.Reply{}, Window: &core.Window{
			Block: block, Context: []byte("before"), Text: []byte(text), Final: final,
		}}
		if err := i.Hook(core.PhaseAnswer).Handle(c); err != nil {
			t.Fatal(err)
		}
		return c.Reply
	}
	if r := window(0, "my sec", false); r.Hold != 3 || r.Flags[0].Score != 0 {
		t.Errorf("window %+v", r)
	}
	if r := window(0, "secret", true); r.Hold != 0 || string(r.Edits[0].Bytes) != "[SECRET]" || r.Flags[0].Score != 1 {
		t.Errorf("window %+v", r)
	}
	if r := window(1, "sec", true); r.Hold != 0 || r.Flags[0].Score != 0 {
		t.Errorf("another block: %+v", r)
	}
}

func goConfigure(t *testing.T, g *goHost) {
	for how, want := range map[string]string{"error": "as told: guardrail.everything bad", "panic": "panic: as told at main.configure (main.go:"} {
		i, err := g.module.NewInstance(core.InstanceConfig{Name: "bad", Grants: []string{"kv"}, Config: map[string]any{"fail": how}})
		if err != nil {
			t.Fatal(err)
		}
		err = i.Start(t.Context())
		if err == nil || !strings.Contains(err.Error()+g.logged(), want) {
			t.Errorf("%s: error %v", how, err)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
	i, err := g.module.NewInstance(core.InstanceConfig{Name: "bad", Grants: []string{"kv"}, Config: map[string]any{"greeting": 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if err := i.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "the configuration's /greeting is not a string") {
		t.Errorf("error %v", err)
	}
}

// goHarm: what fails is stopped and told, and the next call is served.
func goHarm(t *testing.T, g *goHost) {
	i := g.start(t, core.InstanceConfig{Grants: []string{"kv"}, Limits: core.Limits{Steps: 1 << 28, Deadline: time.Minute}})
	for _, c := range []struct {
		text string
		want wasm.Failure
		log  string
	}{
		{"error out of order", wasm.FailTrap, "error prompt: out of order"},
		{"panic now", wasm.FailTrap, "error prompt: panic: now at main."},
		{"nil", wasm.FailTrap, "nil pointer dereference at main."},
		{"index", wasm.FailTrap, "index out of range [0] with length 0 at main."},
		{"overlap abc", wasm.FailTrap, "error prompt: two edits of part 0 overlap: [0, 4) and [2, 6)"},
		{"stuck", wasm.FailTrap, "all goroutines are asleep - deadlock!"},
		{"hoard", wasm.FailMemory, "out of memory"},
		{"loop", wasm.FailSteps, ""},
		{"recurse", wasm.FailSteps, ""},
	} {
		_, _, err := ask(t, i, core.PhasePrompt, goExchange(7), c.text)
		var e *wasm.Error
		if !errors.As(err, &e) || e.Failure != c.want {
			t.Errorf("%s: error %v, want %s", c.text, err, c.want)
		}
		if logs := g.logged(); !strings.Contains(logs, c.log) {
			t.Errorf("%s: logged %.500s", c.text, logs)
		}
		for range 4 { // else the breaker opens
			if _, _, err := ask(t, i, core.PhasePrompt, goExchange(8), "x"); err != nil {
				t.Fatalf("after %s: %v", c.text, err)
			}
		}
	}
}

// goReset: a guest forgets between exchanges, and is taken back, not replaced,
// though its hooks allocate.
func goReset(t *testing.T, g *goHost) {
	i := g.start(t, core.InstanceConfig{Grants: []string{"kv"}, Isolation: core.IsolateExchange, Limits: core.Limits{Guests: 1}})
	for n := range byte(20) {
		_, texts, err := ask(t, i, core.PhasePrompt, goExchange(n), "count", "garbage 3000", "count")
		if err != nil || texts[0] != "1" || texts[2] != "2" {
			t.Fatalf("%q, %v", texts, err)
		}
	}
	if s := i.Stats(); s.Replaced > 1 || s.Reset < 18 {
		t.Errorf("hooks that allocate 3 MB cost the guest: %+v", s)
	}
}

// goManifest reads the manifest of a plugin of sdk/go, and takes its limits off.
func goManifest(t testing.TB, folder string) core.Manifest {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "sdk", "go", folder, "manifest.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	m, problems := config.ParseManifest("manifest.yaml", text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	m.Limits = roomy
	return m
}

// TestSDKGoPlugins runs the example and the template of sdk/go.
func TestSDKGoPlugins(t *testing.T) {
	for folder, want := range map[string]struct{ code, label string }{
		"examples/secretword": {"secret_word", "[SECRET]"},
		"template":            {"forbidden_word", "[FORBIDDEN]"},
	} {
		t.Run(folder, func(t *testing.T) {
			g := loadGoPlugin(t, folder, goManifest(t, folder))
			if im := g.module.Imports(); slices.Contains(im, "sallyport.kv_get") || !slices.Contains(im, "sallyport.log") {
				t.Errorf("a guest imports what it does not call: %v", im)
			}
			i := g.start(t, core.InstanceConfig{Config: map[string]any{"words": []any{"kraken"}}})
			if r, _, err := ask(t, i, core.PhasePrompt, goExchange(1), "fine", "release the kraken"); err != nil || r.Block == nil || r.Block.Code != want.code {
				t.Errorf("%+v, %v", r, err)
			}
			if r, _, err := ask(t, i, core.PhasePrompt, goExchange(1), "fine"); err != nil || !r.Empty() {
				t.Errorf("%+v, %v", r, err)
			}
			if _, texts, err := ask(t, i, core.PhaseAnswer, goExchange(1), "the kraken, é", "fine"); err != nil || texts[0] != "the "+want.label+", é" || texts[1] != "fine" {
				t.Errorf("%q, %v", texts, err)
			}
		})
	}
}

// TestSDKGoTranslator: a translator in Go writes a request and reads its answer.
func TestSDKGoTranslator(t *testing.T) {
	m := core.Manifest{ID: "provider.translating", Kind: "provider", Dialect: "say", Operations: []core.Operation{core.OpChat}}
	i, err := loadGoPlugin(t, "internal/translating", m).module.New(core.InstanceConfig{Name: "say", Isolation: core.IsolateShared})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	tr := i.(core.TranslatorInstance).Translator()
	ex := goExchange(1)
	at := ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}})
	at.Translation = &core.Translation{Translator: tr}
	if err := tr.Request(ex, at, &core.TypedRequest{Parts: goParts([]string{"Hello"})}); err != nil {
		t.Fatal(err)
	}
	if at.Request.Path != "/say" || len(at.Request.Body) != 1 || string(at.Request.Body[0]) != "Hello" {
		t.Errorf("%+v", at.Request)
	}
	a := &at.Translation.Answer
	if err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte("Hej")}, a); err != nil {
		t.Fatal(err)
	}
	if len(a.Parts) != 1 || string(a.Parts[0].Text()) != "Hej" {
		t.Errorf("%+v", a)
	}
}

// BenchmarkSDKGo is the whole hook of the example on a clean 4 KiB prompt.
func BenchmarkSDKGo(b *testing.B) {
	g := loadGoPlugin(b, "examples/secretword", goManifest(b, "examples/secretword"))
	part := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 18)
	for _, iso := range []core.Isolation{core.IsolateShared, core.IsolateTenant, core.IsolateExchange} {
		b.Run(iso.String(), func(b *testing.B) {
			i := g.start(b, core.InstanceConfig{
				Isolation: iso, Limits: core.Limits{Guests: 1}, Config: map[string]any{"words": []any{"kraken", "blue whale", "squid"}},
			})
			c := &core.Call{Exchange: goExchange(1), Phase: core.PhasePrompt, Parts: goParts([]string{part, part, part, part, part}), Reply: &core.Reply{}}
			hook := i.Hook(core.PhasePrompt)
			b.ReportAllocs()
			for b.Loop() {
				c.Exchange.ID[0]++
				if err := hook.Handle(c); err != nil || !c.Reply.Empty() {
					b.Fatal(err, c.Reply)
				}
			}
			s := i.Stats()
			b.ReportMetric(float64(s.Steps)/float64(s.Calls), "steps/op")
			b.ReportMetric(float64(g.host.Memory()>>10), "guest-KiB")
		})
	}
}
