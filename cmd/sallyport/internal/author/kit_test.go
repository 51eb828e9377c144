package author

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/sdk/plugintest"
)

func TestReadKit(t *testing.T) {
	for text, want := range map[string]string{
		`{"canary":"kraken","config":{"words":["kraken"]},"without":["thinking"]}`: "",
		`{"canary":"kraken","harmless":"good day"}`:                                "",
		`{"canary":"kraken","deadline":"1s"}`:                                      "",
		`{"canary":"kraken","deadline":"2h"}`:                                      "1ms to 1m",
		`{"canary":"kraken","deadline":"soon"}`:                                    "1ms to 1m",
		`{"config":{}}`:                                                            "canary is missing",
		`{"canary":"x","colour":1}`:                                                "unknown field",
		`{"canary":"x"} {}`:                                                        "something follows",
		`{"canary":"x","config":[1]}`:                                              "must be a JSON object",
		``:                                                                         "kit.json",
	} {
		dir := folder(t, map[string]string{"cases/kit.json": text})
		k, err := ReadKit(dir)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
		if err == nil && k.Canary != "kraken" {
			t.Errorf("%s: %+v", text, k)
		}
	}
	k, err := ReadKit(filepath.Join(folder(t, map[string]string{"p.wasm": "", "testdata/kit.json": `{"canary":"beside"}`}), "p.wasm"))
	if err != nil || k.Canary != "beside" {
		t.Errorf("%+v %v", k, err)
	}
	if k, err = ReadKit(t.TempDir()); err != nil || k.Canary != "" {
		t.Errorf("%+v %v", k, err)
	}
}

// TestDocumentedKit: the file that docs/plugins/kit.md shows is that of the templates.
func TestDocumentedKit(t *testing.T) {
	page := read(t, filepath.Join(root, "docs", "plugins", "kit.md"))
	text := filesOf(t, LangGo, "template")["cases/"+KitFile]
	if text == "" || !strings.Contains(page, "```json\n"+text+"```\n") {
		t.Errorf("docs/plugins/kit.md does not show cases/%s of the templates", KitFile)
	}
	if _, err := parseKit("kit.md", []byte(text)); err != nil {
		t.Error(err)
	}
}

// TestKitIsSkippedAloud: a project without a canary is told how to add one.
func TestKitIsSkippedAloud(t *testing.T) {
	r, err := RunKit(t.Context(), filepath.Join(root, "sdk/plugintest/testdata/bad.wasm"), "", Kit{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.Print(&b); err != nil || !strings.Contains(b.String(), "was not run") || !strings.Contains(b.String(), KitFile) {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestKitResultFails(t *testing.T) {
	for _, r := range []*plugintest.Report{
		{Exchanges: 1, Released: 1},
		{Exchanges: 1, Sent: 1},
		{Exchanges: 1, Failures: []string{"x"}},
		{},
	} {
		k := &KitResult{Report: r}
		var b strings.Builder
		if k.Err() == nil || k.Print(&b) == nil {
			t.Errorf("%+v passes", r)
		}
	}
	if k := (&KitResult{Report: &plugintest.Report{Exchanges: 1}}); k.Err() != nil {
		t.Error(k.Err())
	}
}
