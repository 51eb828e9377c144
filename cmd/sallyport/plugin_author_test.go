package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/sallyport/internal/author"
)

// terminal runs the shell blocks of a document one after the other, as a person
// would: a cd holds for what follows.
type terminal struct {
	*testing.T
	dir string
	env []string
}

// newTerminal is one in which the gateway's binary is on the PATH and nothing
// can be downloaded.
func newTerminal(t *testing.T, dir string) *terminal {
	t.Helper()
	return &terminal{T: t, dir: dir, env: append(os.Environ(),
		"PATH="+filepath.Dir(mustBuild(t))+string(filepath.ListSeparator)+os.Getenv("PATH"),
		"GOPROXY=off", "GOFLAGS=", "CARGO_NET_OFFLINE=true",
	)}
}

// run runs a block and returns what it printed.
func (m *terminal) run(block string) string {
	m.Helper()
	cmd := exec.CommandContext(m.Context(), "sh", "-ec", block+"\npwd >&3")
	cmd.Dir, cmd.Env = m.dir, m.env
	at, err := os.CreateTemp(m.TempDir(), "pwd")
	if err != nil {
		m.Fatal(err)
	}
	defer at.Close()
	cmd.ExtraFiles = []*os.File{at} // descriptor 3
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.Fatalf("%s: %v\n%s", block, err, out)
	}
	dir, err := os.ReadFile(at.Name())
	if err != nil {
		m.Fatal(err)
	}
	m.dir = strings.TrimSpace(string(dir))
	return string(out)
}

// within waits for a condition that needs a module to be compiled, on a machine
// that may be busy.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(90 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}

// needs skips a test where the toolchain of a language is missing. Go is there,
// or no test would run.
func needs(t *testing.T, lang author.Lang) {
	t.Helper()
	if lang == author.LangRust {
		if _, _, err := author.FindRust(t.Context()); err != nil {
			t.Skip(err)
		}
	}
}

// TestFirstPlugin does what docs/plugins/first-plugin.md says, in both
// languages: make a plugin, build and test it, drop it into a running gateway.
func TestFirstPlugin(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and compiles plugins")
	}
	text, err := os.ReadFile("../../docs/plugins/first-plugin.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []author.Lang{author.LangGo, author.LangRust} {
		t.Run(lang.String(), func(t *testing.T) {
			needs(t, lang)
			walk := readWalk(t, string(text), lang)
			base := t.TempDir()
			first, second := newTerminal(t, base), newTerminal(t, base)
			first.run(walk.create)
			out := first.run(walk.build)
			for _, want := range []string{"guardrail.no-kraken 0.1.0", "hooks prompt, answer", "cases passed"} {
				if !strings.Contains(out, want) {
					t.Errorf("build and test do not say %q:\n%s", want, out)
				}
			}
			second.run(walk.folder)
			p := serveDemo(t, second.dir)
			ask := func(body string) answer { return p.do(p.url+walk.path, body) }
			if a := ask(walk.body); a.status != 200 {
				t.Fatalf("before: %+v", a)
			}
			first.run(walk.drop)
			within(t, "the plugin is live", func() bool { return ask(walk.body).status == 400 })
			a := ask(walk.body)
			if lang == author.LangGo && a.body != walk.answer {
				t.Errorf("the client got\n%s\nthe document says\n%s", a.body, walk.answer)
			}
			if !strings.Contains(a.body, `"message":"The prompt contains a`) {
				t.Errorf("the client got %s", a.body)
			}
			first.run(walk.configure)
			within(t, "the settings hold", func() bool { return ask(walk.body).status == 200 })
			if a := ask(strings.Replace(walk.body, "kraken", "squid", 1)); a.status != 400 {
				t.Errorf("with other settings: %+v", a)
			}
			first.run(walk.remove)
			within(t, "it is gone", func() bool { return ask(strings.Replace(walk.body, "kraken", "squid", 1)).status == 200 })
			p.stop()
		})
	}
}

// walk is the steps of the document for one language.
type walk struct {
	create, build, folder, drop, configure, remove string // shell
	path, body                                     string // the call
	answer                                         string
}

func readWalk(t *testing.T, text string, lang author.Lang) walk {
	t.Helper()
	blocks := fences(text, "sh")
	if len(blocks) != 9 {
		t.Fatalf("the document has %d shell blocks, not 9", len(blocks))
	}
	w := walk{create: blocks[lang], build: blocks[2], folder: blocks[3], drop: blocks[5], configure: blocks[6+lang], remove: blocks[8]}
	answers := fences(text, "json")
	before, served := strings.CutSuffix(w.folder, "sallyport serve\n")
	url, data, posts := strings.Cut(blocks[4], ` \`+"\n  -d '")
	path, local := strings.CutPrefix(url, "curl http://127.0.0.1:8080")
	w.path, _, _ = strings.Cut(path, " ")
	w.folder, w.body, w.answer = before, strings.TrimSuffix(data, "'\n"), strings.TrimSpace(answers[0])
	if !served || !posts || !local || !json.Valid([]byte(w.body)) || !strings.Contains(w.create, "--lang "+lang.String()) {
		t.Fatalf("the document's blocks are not those that this test knows: %+v", w)
	}
	return w
}

// serveDemo starts a gateway in dir as "sallyport serve" would without a
// configuration, but on a free port and with a mock as its model.
func serveDemo(t *testing.T, dir string) *process {
	t.Helper()
	m := startMock(t, "text=ok")
	config := fmt.Sprintf("listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\nproviders:\n  - {name: demo, kind: openai, base_url: %q, auth: none}\n"+
		"routes:\n  - {name: demo, deployments: [{provider: demo}]}\n", m.URL()+"/v1")
	if err := os.WriteFile(filepath.Join(dir, "sallyport.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return startProcess(t, dir)
}

// TestNativeTestsOfTemplates: the tests that a new plugin has in its own
// language pass.
func TestNativeTestsOfTemplates(t *testing.T) {
	if testing.Short() {
		t.Skip("builds plugins")
	}
	for lang, command := range map[author.Lang]string{author.LangGo: "go vet ./... && go test ./...", author.LangRust: "cargo test --quiet"} {
		t.Run(lang.String(), func(t *testing.T) {
			needs(t, lang)
			m := newTerminal(t, t.TempDir())
			if lang == author.LangRust {
				_, rustc, err := author.FindRust(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				command = "PATH=" + filepath.Dir(rustc) + `:"$PATH" ` + command // one toolchain, where there are several
			}
			m.run("sallyport plugin new mine --lang " + lang.String() + "\ncd mine\n" + command)
		})
	}
}

// TestPluginCommands: what the commands print, and that they fail by their exit
// code, with a plugin that is built already.
func TestPluginCommands(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "cases"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("words.wasm", guard("guardrail.words", "prompt, answer"))
	write("cases/block.txtar", "-- request --\n{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a secret\"}]}\n")
	if out, err := run(t, dir, "plugin", "test", "words.wasm"); err == nil || !strings.Contains(out, "FAIL  block") ||
		!strings.Contains(out, "blocked word: That word is not allowed.") || !strings.Contains(out, "1 of 1 cases failed") {
		t.Errorf("a case that wants nothing to happen: %v\n%s", err, out)
	}
	if out, err := run(t, dir, "plugin", "test", "--update", "words.wasm"); err != nil {
		t.Errorf("update: %v\n%s", err, out)
	}
	if out, err := run(t, dir, "plugin", "test", "words.wasm"); err != nil || !strings.Contains(out, "1 of 1 cases passed") {
		t.Errorf("after the update: %v\n%s", err, out)
	}
	out, err := run(t, dir, "plugin", "inspect", "--json", "words.wasm")
	var r author.Report
	if err != nil || json.Unmarshal([]byte(out), &r) != nil || r.ID != "guardrail.words" || r.Steps["prompt"] <= 0 || r.MemoryBytes <= 0 {
		t.Errorf("inspect: %v\n%s", err, out)
	}
	out, err = run(t, dir, "plugin", "bench", "--json", "--config", `{"word": "plutonium"}`, "words.wasm")
	var f author.Figures
	if err != nil || json.Unmarshal([]byte(out), &f) != nil || len(f.Hooks) != 6 || f.Hooks[0].Steps <= 0 || f.Hooks[2].Bytes != 100<<10 {
		t.Errorf("bench: %v\n%s", err, out)
	}
	write("none.wasm", string(guardModule))
	write("rule.js", "exports.prompt = () => null\n")
	write("imports.wasm", guard("guardrail.h", "prompt, complete", "stream: {mode: window, window: 1KiB}"))
	for _, c := range []struct {
		want string
		args []string
	}{
		{"has no manifest", []string{"inspect", "none.wasm"}},
		{"neither a file nor the id of a bundled plugin", []string{"inspect", "guardrail.nothing"}},
		{"no such file", []string{"inspect", "nothing.wasm"}},
		{"window judges answers, but hooks has no answer", []string{"inspect", "imports.wasm"}},
		{"there are go, rust, c, zig, assemblyscript, wat", []string{"new", "x", "--lang", "cobol"}},
		{"A script needs none", []string{"new", "x", "--lang", "js"}},
		{"rule.js is a script", []string{"inspect", "rule.js"}},
		{`required flag(s) "lang" not set`, []string{"new", "x"}},
		{"no template for the kind", []string{"new", "x", "--lang", "go", "--kind", "rag"}},
		{"has none of go.mod, main.go, Cargo.toml, main.c, main.zig, index.ts, main.wat", []string{"build"}},
		{"--config is no JSON", []string{"bench", "--config", "word", "words.wasm"}},
		{"config.wort: unknown field", []string{"bench", "--config", `{"wort": "x"}`, "words.wasm"}},
	} {
		if out, err := run(t, dir, append([]string{"plugin"}, c.args...)...); err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%v: %v, %s; want %q", c.args, err, out, c.want)
		}
	}
}

// TestInspectBundled: what is built in is found by its id, is admitted and
// starts or says what it waits for.
func TestInspectBundled(t *testing.T) {
	modules := pluginIDs(t)
	if len(modules) == 0 {
		t.Skip("nothing is bundled")
	}
	for _, id := range modules {
		m, err := moduleNamed(id)
		if err != nil {
			t.Fatal(err)
		}
		r, err := author.Inspect(t.Context(), m)
		if err != nil || r.Refused != "" || r.ID != id || (r.Waits == "") == (r.Steps == nil) {
			t.Errorf("%s: %v, %+v", id, err, r)
		}
	}
}

// pluginIDs are the ids of what is bundled.
func pluginIDs(t *testing.T) []string {
	t.Helper()
	bundled, err := bundledModules(nil)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, b := range bundled {
		ids = append(ids, b.Manifest().ID)
	}
	return ids
}
