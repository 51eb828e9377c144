package wasm_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// sdks are the languages that have an SDK for WebAssembly. Each has the example
// secretword, built and committed but for Go's, which is built here.
func sdks() []string { return []string{"go", "rust", "c", "zig", "assemblyscript", "wat"} }

// loadSDK loads an example of a language.
func loadSDK(t testing.TB, lang, example string) *goHost {
	t.Helper()
	dir := filepath.Join("..", "..", "sdk", lang, "examples", example)
	if lang == "go" {
		return loadGoPlugin(t, "examples/"+example, goManifest(t, "examples/"+example))
	}
	code, err := os.ReadFile(filepath.Join(dir, example+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := wasm.ManifestText(code)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := os.ReadFile(filepath.Join(dir, "manifest.yaml")); err != nil || string(want) != string(text) {
		t.Fatalf("%s: the module carries another manifest than manifest.yaml (%v): build it anew", dir, err)
	}
	m, problems := config.ParseManifest(dir, text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	m.Limits = roomy
	g := &goHost{t: t}
	if g.host, err = wasm.NewHost(wasm.Options{Log: g.log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.host.Close(); err != nil || g.host.Memory() != 0 {
			t.Errorf("closing the host: %v, %d bytes left", err, g.host.Memory())
		}
	})
	if g.module, err = g.host.Load(context.Background(), code, wasm.ModuleOptions{Manifest: m}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.module.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%s: %d KiB", lang, len(code)>>10)
	return g
}

func words(list ...any) core.InstanceConfig {
	return core.InstanceConfig{Config: map[string]any{"words": list}}
}

// TestSDKs runs the example of every SDK through the same cases.
func TestSDKs(t *testing.T) {
	for _, lang := range sdks() {
		t.Run(lang, func(t *testing.T) {
			g := loadSDK(t, lang, "secretword")
			t.Run("prompt", func(t *testing.T) { sdkPrompt(t, g) })
			t.Run("answer", func(t *testing.T) { sdkAnswer(t, g) })
			t.Run("window", func(t *testing.T) { sdkWindow(t, g) })
			most := 5000
			if lang == "wat" { // each word is a host call there, of which there are 1000
				most = 900
			}
			t.Run("configure", func(t *testing.T) { sdkConfigure(t, g, most) })
			t.Run("long", func(t *testing.T) { sdkLong(t, g) })
		})
	}
}

func sdkPrompt(t *testing.T, g *goHost) {
	for _, isolation := range []core.Isolation{core.IsolateShared, core.IsolateTenant, core.IsolateExchange} {
		c := words("Kraken", "blue whale", "Åland")
		c.Isolation = isolation
		i := g.start(t, c)
		for n, text := range []string{"fine", "", "release the KRAKEN", "krake", "a blue  whale", "BLUE WHALES", "in åland", "in ÅLAND", strings.Repeat("krake", 99)} {
			r, _, err := ask(t, i, core.PhasePrompt, goExchange(byte(n)), "Be kind.", text)
			if err != nil {
				t.Fatal(err)
			}
			blocked := n == 2 || n == 5 || n == 7
			if !blocked && !r.Empty() || blocked && (r.Block == nil || r.Block.Code != "secret_word") {
				t.Errorf("%s: %q: %+v", isolation, text, r)
			}
		}
	}
}

func sdkAnswer(t *testing.T, g *goHost) {
	i := g.start(t, words("blue", "kraken", "krakens", "blue whale"))
	for text, want := range map[string]string{
		"nothing, krake":                         "nothing, krake",
		"The Kraken, é":                          "The [SECRET], é",
		"Krakens, krakenkrakensBLUE WHALE, krak": "[SECRET], [SECRET][SECRET][SECRET], krak",
		"blue  whale":                            "[SECRET]  whale",
		strings.Repeat("é kraken ", 300):         strings.Repeat("é [SECRET] ", 300), // a reply that grows
	} {
		if _, texts, err := ask(t, i, core.PhaseAnswer, goExchange(1), "first", text, "kraken"); err != nil || texts[0] != "first" || texts[1] != want || texts[2] != "[SECRET]" {
			t.Errorf("%.40q: %.80q, %v", text, texts, err)
		}
	}
}

// stream gives a guard pieces of an answer as the gateway does, and returns what
// would reach the client, and how much was held at most.
func stream(t *testing.T, i *wasm.Instance, ex *core.Exchange, pieces ...string) (out string, held int) {
	t.Helper()
	text, released := "", ""
	for n, piece := range pieces {
		text += piece
		c := &core.Call{Exchange: ex, Phase: core.PhaseAnswer, Reply: &core.Reply{}, Window: &core.Window{
			Context: []byte(released[max(0, len(released)-64):]), Text: []byte(text), Final: n == len(pieces)-1, Released: len(released),
		}}
		if err := i.Hook(core.PhaseAnswer).Handle(c); err != nil {
			t.Fatal(err)
		}
		r := c.Reply
		go1 := len(text) - r.Hold
		if r.Block != nil || c.Window.Final && r.Hold != 0 {
			t.Fatalf("%q: %+v", text, r)
		}
		at := 0
		for _, e := range r.Edits {
			if e.End > go1 {
				t.Fatalf("%q: an edit of what is held: %+v", text, r)
			}
			out += text[at:e.Start] + string(e.Bytes)
			at = e.End
		}
		out += text[at:go1]
		released += text[:go1]
		text = text[go1:]
		held = max(held, r.Hold)
	}
	return out, held
}

func sdkWindow(t *testing.T, g *goHost) {
	i := g.start(t, words("blue", "kraken", "krakens", "blue whale", "Åland"))
	const text = "Krakens, a krakenkrakensBLUE WHALE; blue  whale, in ÅLAND krake blue whal"
	const want = "[SECRET], a [SECRET][SECRET][SECRET]; [SECRET]  whale, in [SECRET] krake [SECRET] whal"
	n := byte(0)
	check := func(most int, pieces ...string) {
		t.Helper()
		n++
		if got, held := stream(t, i, goExchange(n), pieces...); got != want || held > most {
			t.Errorf("%q: %q, %d held", pieces, got, held)
		}
	}
	check(0, text)
	check(len("blue whal"), strings.Split(text, "")...) // by runes
	for a := range text {
		check(len("blue whal"), text[:a], text[a:])
		check(len("blue whal"), text[:a], "", text[a:], "")
	}
	if _, held := stream(t, i, goExchange(0), "an ordinary text,", " no", " more", ""); held != 0 {
		t.Errorf("%d bytes of an ordinary text wait", held)
	}
}

// sdkConfigure gives most words, beside others.
func sdkConfigure(t *testing.T, g *goHost, most int) {
	g.logged()
	for _, c := range []struct{ word, want string }{
		{"", "an empty word"}, {strings.Repeat("x", 257), "longer than the window"},
	} {
		i, err := g.module.NewInstance(core.InstanceConfig{Name: "bad", Config: map[string]any{"words": []any{"good", c.word}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := i.Start(t.Context()); err == nil || !strings.Contains(err.Error()+g.logged(), c.want) {
			t.Errorf("%.10q: %v", c.word, err)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
	var many []any
	for n := range most {
		many = append(many, fmt.Sprintf("word%03d", n))
	}
	i := g.start(t, words(append(many, strings.Repeat("y", 256))...))
	if r, _, err := ask(t, i, core.PhasePrompt, goExchange(1), "a WORD777"); err != nil || r.Block == nil {
		t.Errorf("%+v, %v", r, err)
	}
	i = g.start(t, words(`a"b\c`, "<tag>", "one\u2028two", "tab\there", "back\b\f\r\n", "🐙€é"))
	const text = `a"B\c, <TAG>, ` + "one\u2028two, tab\there, back\b\f\r\n, 🐙€é."
	if _, texts, err := ask(t, i, core.PhaseAnswer, goExchange(1), text); err != nil || texts[0] != strings.Repeat("[SECRET], ", 5)+"[SECRET]." {
		t.Errorf("words that JSON escapes: %q, %v", texts, err)
	}
}

// TestSDKHooks runs the examples whose hooks no golden case knows.
func TestSDKHooks(t *testing.T) {
	t.Run("receive", func(t *testing.T) {
		i := loadSDK(t, "wat", "paths").start(t, core.InstanceConfig{Config: map[string]any{"from": "/ai/", "to": "/v1/"}})
		for path, want := range map[string]string{"/ai/chat/completions": "/v1/chat/completions", "/ai/": "/v1/", "/ai": "", "/other": "", "/v1/ai/": ""} {
			ex := goExchange(1)
			ex.Request.Method, ex.Request.Path = []byte("POST"), []byte(path)
			c := &core.Call{Exchange: ex, Phase: core.PhaseReceive, Reply: &core.Reply{}}
			if err := i.Hook(core.PhaseReceive).Handle(c); err != nil || c.Reply.Path != want {
				t.Errorf("%s: %q, want %q (%v)", path, c.Reply.Path, want, err)
			}
		}
	})
	i := loadSDK(t, "zig", "quickest").start(t, core.InstanceConfig{Config: map[string]any{"slow_ms": 20}})
	t.Run("route", func(t *testing.T) {
		known := signals{
			"slow": {FirstByte: 2 * time.Second}, "failed": {FirstByte: time.Millisecond, Cooling: true},
			"shaky": {FirstByte: time.Second, ErrorRate: 0.9}, "quick": {FirstByte: 80 * time.Millisecond},
		}
		c := &core.Call{Exchange: goExchange(1), Phase: core.PhaseRoute, Signals: known, Reply: &core.Reply{}}
		for _, name := range []string{"failed", "shaky", "slow", "quick", "new"} {
			c.Deployments = append(c.Deployments, &core.Deployment{Name: name, Provider: &core.Provider{Name: "p"}})
		}
		if err := i.Hook(core.PhaseRoute).Handle(c); err != nil || !slices.Equal(c.Reply.Order, []int{4, 3, 2, 1, 0}) {
			t.Errorf("the order is %v (%v)", c.Reply.Order, err)
		}
	})
	t.Run("complete", func(t *testing.T) {
		for wait, flags := range map[time.Duration]int{20 * time.Millisecond: 0, 21 * time.Millisecond: 1} {
			ex := goExchange(1)
			ex.End, ex.Status = core.EndCompleted, 200
			ex.FirstByte = ex.Start.Add(wait)
			c := &core.Call{Exchange: ex, Phase: core.PhaseComplete, Reply: &core.Reply{}}
			if err := i.Hook(core.PhaseComplete).Handle(c); err != nil || len(c.Reply.Flags) != flags {
				t.Errorf("%s: %+v, %v", wait, c.Reply, err)
			}
		}
	})
}

// signals are what is known of deployments, by their name.
type signals map[string]core.Signals

func (s signals) Signals(d *core.Deployment) core.Signals { return s[d.Name] }

// sdkLong: texts far longer than the room there is at first, and more words than a
// reply may name.
func sdkLong(t *testing.T, g *goHost) {
	c := words("kraken")
	c.Limits.Guests = 1
	c.Isolation = core.IsolateShared
	i := g.start(t, c)
	long := strings.Repeat("The quick brown fox. ", 20_000)
	var memory int64
	for n := range 30 {
		if r, _, err := ask(t, i, core.PhasePrompt, goExchange(byte(n)), "short", long); err != nil || !r.Empty() {
			t.Fatalf("%+v, %v", r, err)
		}
		if r, _, err := ask(t, i, core.PhasePrompt, goExchange(byte(n)), long+"kraken"); err != nil || r.Block == nil {
			t.Fatalf("%+v, %v", r, err)
		}
		if n == 2 {
			memory = g.host.Memory()
		}
	}
	if now := g.host.Memory(); now > memory {
		t.Errorf("hooks leak: %d bytes, then %d", memory, now)
	}
	if s := i.Stats(); s.Replaced > 2 {
		t.Errorf("guests are thrown away: %+v", s)
	}
	for n := range 20 {
		r, _, err := ask(t, i, core.PhaseAnswer, goExchange(1), strings.Repeat("kraken ", 4096))
		if err != nil || len(r.Edits) != 4096 {
			t.Fatalf("%d edits, %v", len(r.Edits), err)
		}
		if n == 4 {
			memory = g.host.Memory()
		}
	}
	if now := g.host.Memory(); now > memory {
		t.Errorf("replies leak: %d bytes, then %d", memory, now)
	}
	r, _, err := ask(t, i, core.PhaseAnswer, goExchange(1), strings.Repeat("kraken ", 4097))
	if err == nil && (r.Block == nil || r.Block.Code != "too_many_edits") { // an error ends the exchange too
		t.Errorf("%+v", r)
	}
}

// BenchmarkSDKWindow is the whole hook of the example on one event of a stream, of
// some six words, in each language.
func BenchmarkSDKWindow(b *testing.B) {
	for _, lang := range sdks() {
		b.Run(lang, func(b *testing.B) {
			c := words("kraken", "blue whale", "squid")
			c.Limits.Guests = 1
			i := loadSDK(b, lang, "secretword").start(b, c)
			call := &core.Call{Exchange: goExchange(1), Phase: core.PhaseAnswer, Reply: &core.Reply{}, Window: &core.Window{
				Context: []byte(strings.Repeat("released ", 8)), Text: []byte("and so the quick brown fox"), Released: 72,
			}}
			hook := i.Hook(core.PhaseAnswer)
			b.ReportAllocs()
			for b.Loop() {
				if err := hook.Handle(call); err != nil || !call.Reply.Empty() {
					b.Fatal(err, call.Reply)
				}
			}
		})
	}
}
