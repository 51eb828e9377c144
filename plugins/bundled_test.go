package plugins_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// modules returns the folders of the bundled Wasm guards.
func modules(t testing.TB) []string {
	t.Helper()
	return crates(t, "guardrail/*")
}

// crates returns the folders of a pattern that hold a crate.
func crates(t testing.TB, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern + "/Cargo.toml")
	if err != nil || len(found) == 0 {
		t.Fatalf("found the crates %v, %v", found, err)
	}
	for i, name := range found {
		found[i] = path.Dir(filepath.ToSlash(name))
	}
	return found
}

// load admits the built module of a folder, under the manifest that it carries.
func load(t testing.TB, folder string) *wasm.Module {
	t.Helper()
	module, err := os.ReadFile(filepath.Join(folder, path.Base(folder)+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := wasm.ManifestText(module)
	if err != nil {
		t.Fatal(err)
	}
	manifest, problems := config.ParseManifest(folder, text)
	if len(problems) > 0 {
		t.Fatalf("its manifest: %v", problems)
	}
	h, err := wasm.NewHost(wasm.Options{Log: func(l wasm.LogLine) { t.Logf("%s: %s", l.Plugin, l.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	m, err := h.Load(t.Context(), module, wasm.ModuleOptions{Manifest: manifest})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// start makes an instance with a configuration in JSON.
func start(t testing.TB, m *wasm.Module, settings string) *wasm.Instance {
	t.Helper()
	var c map[string]any
	if err := json.Unmarshal([]byte(settings), &c); err != nil {
		t.Fatal(err)
	}
	i, err := m.NewInstance(core.InstanceConfig{Name: "test", Config: c, Isolation: core.IsolateShared})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := i.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return i
}

// TestModuleCarriesItsManifest: the module was built after its manifest was
// last changed.
func TestModuleCarriesItsManifest(t *testing.T) {
	for _, folder := range crates(t, "*/*") {
		module, err := os.ReadFile(filepath.Join(folder, path.Base(folder)+".wasm"))
		if err != nil {
			t.Fatal(err)
		}
		carried, err := wasm.ManifestText(module)
		if err != nil {
			t.Fatal(err)
		}
		beside, err := os.ReadFile(filepath.Join(folder, "manifest.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(carried, beside) {
			t.Errorf("%s: the module carries another manifest than the one beside it: run make plugins", folder)
		}
		if kind, name, _ := strings.Cut(folder, "/"); !bytes.HasPrefix(beside, []byte("id: "+kind+"."+name+"\n")) {
			t.Errorf("%s: its manifest begins with another id", folder)
		}
		most := 150 << 10
		if strings.HasPrefix(folder, "provider/") {
			most = 400 << 10
		}
		if n := len(module); n < 20<<10 || n > most {
			t.Errorf("%s: %d bytes, a module of its kind has 20 to %d KiB", folder, n, most>>10)
		}
	}
}

// TestGolden runs every case: what the built module makes of a request on its
// way to the upstream, and of an answer on its way to the client.
func TestGolden(t *testing.T) {
	for _, folder := range modules(t) {
		m := load(t, folder)
		cases, err := filepath.Glob(filepath.Join(folder, "testdata", "*.txtar"))
		if err != nil || len(cases) == 0 {
			t.Fatalf("%s has no cases: %v", folder, err)
		}
		for _, name := range cases {
			t.Run(folder+"/"+strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				golden(t, m, archive(string(text)))
			})
		}
	}
}

func golden(t *testing.T, m *wasm.Module, files map[string]string) {
	i := start(t, m, files["config"])
	known := []string{"config", "request", "want.upstream", "upstream", "want.client", "want.flags"}
	for name := range files {
		if !slices.Contains(known, name) {
			t.Fatalf("%s is none of %v", name, known)
		}
	}
	ex := &core.Exchange{}
	for _, step := range []struct {
		from, want string
		run        func(*testing.T, *wasm.Module, *wasm.Instance, *core.Exchange, string) string
	}{{"request", "want.upstream", request}, {"upstream", "want.client", answer}} {
		body, ok := files[step.from]
		if !ok {
			continue
		}
		want, ok := files[step.want]
		if !ok {
			want = body // nothing may change
		}
		if got := step.run(t, m, i, ex, strings.TrimSuffix(body, "\n")); got != strings.TrimSuffix(want, "\n") {
			t.Errorf("%s\ngot  %s\nwant %s", step.want, got, want)
		}
	}
	var flags []string
	for _, f := range ex.Flags {
		flags = append(flags, f.Name)
	}
	if got, want := strings.Join(flags, " "), strings.TrimSpace(files["want.flags"]); got != want {
		t.Errorf("flags %q, want %q", got, want)
	}
}

// request returns the body that leaves for the upstream, or the error.
func request(t *testing.T, m *wasm.Module, i *wasm.Instance, ex *core.Exchange, body string) string {
	d := openai.New()
	ex.Request.Body, ex.Request.Dialect = []byte(body), d
	if err := d.Scan(ex); err != nil {
		t.Fatal(err)
	}
	if err := d.Parts(ex); err != nil {
		t.Fatal(err)
	}
	if err := judge(m, i, core.PhasePrompt, ex, ex.Prompt); err != nil {
		return rendered(err)
	}
	at := ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}})
	if err := d.Forward(ex, at); err != nil {
		return rendered(err)
	}
	return string(bytes.Join(at.Request.Body, nil))
}

// answer returns the body that the client gets, or the error.
func answer(t *testing.T, m *wasm.Module, i *wasm.Instance, ex *core.Exchange, body string) string {
	d := openai.New()
	parts, err := d.AnswerParts(ex, []byte(body), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := judge(m, i, core.PhaseAnswer, ex, parts); err != nil {
		return rendered(err)
	}
	spliced, err := d.SpliceAnswer(ex, []byte(body), parts)
	switch {
	case err != nil:
		return rendered(err)
	case spliced == nil:
		return body
	}
	return string(bytes.Join(spliced, nil))
}

// judge runs one hook in a chain of its own on the parts that it may see.
func judge(m *wasm.Module, i *wasm.Instance, p core.Phase, ex *core.Exchange, parts []*core.Part) *core.Error {
	manifest := m.Manifest()
	call := &core.Call{Exchange: ex, Phase: p}
	for _, part := range parts {
		if manifest.Sees.Part(part) {
			call.Parts = append(call.Parts, part)
		}
	}
	e := chain.Entry{Instance: "test", Stage: manifest.Stage}
	e.Hooks[p] = i.Hook(p)
	return chain.Compile(nil, []chain.Entry{e}).Run(call, &core.Reply{}).Err
}

func rendered(err *core.Error) string {
	text := err.Code.String() + " " + err.Reason + ": " + err.Message
	if err.Cause != nil {
		text += " (" + err.Cause.Error() + ")"
	}
	return text
}

// archive reads the txtar format: "-- name --" begins a file; what stands
// before the first is for people.
func archive(text string) map[string]string {
	files := map[string]string{}
	name := ""
	for line := range strings.Lines(text) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok && strings.HasSuffix(n, " --") {
			name = strings.TrimSuffix(n, " --")
			files[name] = ""
			continue
		}
		if name != "" {
			files[name] += line
		}
	}
	return files
}
