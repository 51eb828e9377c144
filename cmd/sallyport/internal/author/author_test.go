package author

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/core/wasm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const wordsManifest = `id: guardrail.words
version: 1.0.0
stage: judge
hooks: [prompt, answer]
limits: {steps: 1000000}
config:
  type: object
  properties:
    word: {type: string, default: secret}
    action: {type: string, default: block}
    token: {type: string, writeOnly: true}
`

// words is the guard of cmd/sallyport/testdata/guard.c: it does what action says
// to what holds the word.
func words(t testing.TB, manifest string) *Module {
	t.Helper()
	code, err := os.ReadFile("../../testdata/guard.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if code, err = wasm.WithManifest(code, []byte(manifest)); err != nil {
		t.Fatal(err)
	}
	m, err := NewModule("words.wasm", code, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// folder writes files, by name, and returns their folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func request(text string) string {
	return fmt.Sprintf("-- request --\n{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":%q}]}\n", text)
}

func answer(text string) string {
	return fmt.Sprintf("-- upstream --\n{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":%q}}]}\n", text)
}

// verdicts are cases that hold for words, by name.
var verdicts = map[string]string{
	"allow":   "Nothing happens.\n" + request("hello") + answer("hello"),
	"block":   request("a secret") + "-- want.upstream --\nblocked word: That word is not allowed.\n",
	"answer":  answer("a secret") + "-- want.client --\nblocked word: That word is not allowed.\n",
	"redact":  "-- config --\n{\"action\": \"redact\"}\n" + request("a secret") + strings.Replace(request("a [WORD]"), "request", "want.upstream", 1),
	"client":  "-- config --\n{\"action\": \"redact\"}\n" + answer("a secret") + strings.Replace(answer("a [WORD]"), "upstream", "want.client", 1),
	"respond": "-- config --\n{\"action\": \"respond\"}\n" + request("a secret") + "-- want.upstream --\nrespond 200 application/json: {\"mine\":true}\n",
	"route":   "-- config --\n{\"action\": \"route\"}\n" + request("a secret") + "-- want.route --\nother\n",
	"token":   "-- config --\n{\"token\": \"t-1\", \"word\": \"x\"}\n" + request("a secret"),
	"trap":    "-- config --\n{\"action\": \"trap\"}\n" + request("a secret"), // what it wants would name addresses
	"loop": "-- config --\n{\"action\": \"loop\"}\n" + request("a secret") + "-- want.upstream --\nplugin_failed : The plugin test failed, and its fail mode is closed. " +
		"Try again later or ask the operator. (wasm: test: prompt: the guest used up its steps; raise the limit or do less)\n",
}

func TestVerdicts(t *testing.T) {
	files := map[string]string{"words.wasm": string(words(t, wordsManifest).Code)}
	for name, text := range verdicts {
		if name != "trap" {
			files["cases/"+name+".txtar"] = text
		}
	}
	dir := folder(t, files)
	var out bytes.Buffer
	if err := Test(t.Context(), &out, filepath.Join(dir, "words.wasm"), false); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	if n := strings.Count(out.String(), "ok    "); n != len(verdicts)-1 {
		t.Errorf("%d cases passed:\n%s", n, &out)
	}
}

// TestUpdate: cases that want something else fail, say where, and after an
// update want what happened, as short as it can be said.
func TestUpdate(t *testing.T) {
	files := map[string]string{"words.wasm": string(words(t, wordsManifest).Code)}
	for name, text := range verdicts {
		var stripped strings.Builder
		wanted := false
		for line := range strings.Lines(text) {
			if f, ok := fileMarker(line); ok {
				wanted = strings.HasPrefix(f, "want.")
			}
			if !wanted {
				stripped.WriteString(line)
			}
		}
		files["cases/"+name+".txtar"] = stripped.String()
	}
	files["cases/allow.txtar"] += "-- want.upstream --\nsomething else\n-- want.tags --\na=b\n"
	dir := folder(t, files)
	module := filepath.Join(dir, "words.wasm")
	var out bytes.Buffer
	if err := Test(t.Context(), &out, module, false); err == nil || err.Error() != fmt.Sprintf("%d of %d cases failed", len(verdicts)-1, len(verdicts)) {
		t.Errorf("before: %v\n%s", err, &out)
	}
	for _, want := range []string{
		"want.upstream differs at byte", "want.tags: there is nothing, and wanted is", "want.route: nothing was wanted, and it is",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it is not said: %s\n%s", want, &out)
		}
	}
	for _, update := range []bool{true, false} {
		out.Reset()
		if err := Test(t.Context(), &out, module, update); err != nil {
			t.Errorf("update %v: %v\n%s", update, err, &out)
		}
	}
	for name, text := range verdicts {
		got, err := os.ReadFile(filepath.Join(dir, "cases", name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		if name != "trap" && string(got) != text {
			t.Errorf("%s became\n%s\nwant\n%s", name, got, text)
		}
	}
}

func TestCasesThatCannotRun(t *testing.T) {
	m := words(t, wordsManifest)
	for want, text := range map[string]string{
		`has no file "reqest"`:       "-- reqest --\n{}\n",
		"stands there twice":         request("a") + request("b"),
		"needs a request":            "-- config --\n{}\n",
		"is no JSON (byte 2)":        "-- config --\n{word}\n" + request("a"),
		"must be a JSON object":      "-- config --\n[1]\n" + request("a"),
		"config.word: must be of":    "-- config --\n{\"word\": 1}\n" + request("a"),
		"config.wort: unknown field": "-- config --\n{\"wort\": \"x\"}\n" + request("a"),
		"its request is none":        "-- request --\n{\"model\":1}\n",
		"its upstream is none":       "-- upstream --\n[]\n",
		"did not start":              "-- config --\n{\"action\": \"refuse\"}\n" + request("a"),
	} {
		dir := folder(t, map[string]string{"words.wasm": string(m.Code), "cases/x.txtar": text})
		var out bytes.Buffer
		err := Test(t.Context(), &out, filepath.Join(dir, "words.wasm"), false)
		if err == nil || !strings.Contains(out.String()+err.Error(), want) {
			t.Errorf("%s: %v, %s; want %q", text, err, &out, want)
		}
	}
	dir := folder(t, map[string]string{"words.wasm": string(m.Code)})
	if err := Test(t.Context(), &bytes.Buffer{}, filepath.Join(dir, "words.wasm"), false); err == nil || !strings.Contains(err.Error(), "has no cases") {
		t.Errorf("no cases: %v", err)
	}
}

// TestStaleModules: what is tested is what would be built.
func TestStaleModules(t *testing.T) {
	f := func(files map[string]string, want string) {
		t.Helper()
		files["go.mod"] = "module x\n"
		var out bytes.Buffer
		err := Test(t.Context(), &out, folder(t, files), false)
		if got := fmt.Sprint(err, &out); !strings.Contains(got, want) {
			t.Errorf("%s; want %q", got, want)
		}
	}
	built := string(words(t, wordsManifest).Code)
	f(map[string]string{}, "manifest.yaml is missing")
	f(map[string]string{"manifest.yaml": wordsManifest}, "words.wasm is not there: build it")
	f(map[string]string{"manifest.yaml": wordsManifest + "on_error: open\n", "words.wasm": built}, "has changed since")
	f(map[string]string{"manifest.yaml": wordsManifest, "words.wasm": built, "cases/a.txtar": verdicts["block"]}, "1 of 1 cases passed")

	dir := folder(t, map[string]string{"go.mod": "", "main.go": "", "manifest.yaml": wordsManifest, "words.wasm": built, "cases/a.txtar": verdicts["block"]})
	info, err := os.Stat(filepath.Join(dir, "words.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	later := info.ModTime().Add(1e10)
	if err := os.Chtimes(filepath.Join(dir, "main.go"), later, later); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Test(context.Background(), &out, dir, false); err != nil || !strings.Contains(out.String(), "main.go is newer than") {
		t.Errorf("%v, %s", err, &out)
	}
}

func TestDifference(t *testing.T) {
	long := strings.Repeat("å", 100)
	for _, c := range [][3]string{
		{"a b c", "a x c", "n differs at byte 2:\n  want a b c\n  got  a x c"},
		{"", "x", "n: nothing was wanted, and it is\n  x"},
		{"x", "", "n: there is nothing, and wanted is\n  x"},
		{"a", "a\nb", "n differs at byte 1:\n  want a\n  got  a\\nb"},
		{long + "é" + long, long + "è" + long, "n differs at byte 201:\n  want …" + long[:40] + "é" + long[:40] + "…\n  got  …" + long[:40] + "è" + long[:40] + "…"},
	} {
		if got := difference("n", c[0], c[1]); got != c[2] {
			t.Errorf("got\n%s\nwant\n%s", got, c[2])
		}
	}
}

func FuzzCase(f *testing.F) {
	for _, text := range verdicts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCase("x.txtar", text)
		if err != nil {
			return
		}
		dir := t.TempDir()
		c.path = filepath.Join(dir, "x.txtar")
		if err := c.write(); err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(c.path)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseCase(c.path, string(written))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		for _, name := range caseFiles {
			a, inFirst := c.file(name)
			b, inSecond := again.file(name)
			if inFirst != inSecond || strings.TrimSuffix(a, "\n") != strings.TrimSuffix(b, "\n") {
				t.Fatalf("%s was %q and is %q", name, a, b)
			}
		}
	})
}
