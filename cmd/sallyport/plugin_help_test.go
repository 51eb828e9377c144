package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// guardModule is testdata/guard.c without a manifest.
//
//go:embed testdata/guard.wasm
var guardModule []byte

// guard is the plugin of testdata/guard.c under an id of the test's choice, with
// further lines in its manifest.
func guard(id, hooks string, more ...string) string {
	stage := ""
	if strings.Contains(hooks, "prompt") {
		stage = "stage: judge\n"
	}
	manifest := fmt.Sprintf(`id: %s
version: 1.0.0
%shooks: [%s]
config:
  type: object
  properties:
    word: {type: string, default: secret}
    action: {type: string, default: block}
    token: {type: string, writeOnly: true}
%s`, id, stage, hooks, strings.Join(more, "\n"))
	b, err := wasm.WithManifest(guardModule, []byte(manifest))
	if err != nil {
		panic(err)
	}
	return string(b)
}

// remade returns a module with another manifest.
func remade(module, from, to string) string {
	text, err := wasm.ManifestText([]byte(module))
	if err != nil {
		panic(err)
	}
	b, err := wasm.WithManifest([]byte(module), []byte(strings.Replace(string(text), from, to, 1)))
	if err != nil {
		panic(err)
	}
	return string(b)
}

// drop puts a file into the plugin folder, whole at once.
func (l *lab) drop(name, content string) {
	l.Helper()
	dir := l.path("plugins.d")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		l.Fatal(err)
	}
	tmp := filepath.Join(dir, "."+name+".part")
	if err := os.WriteFile(tmp, []byte(content), 0o600); err != nil {
		l.Fatal(err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, name)); err != nil {
		l.Fatal(err)
	}
}

func (l *lab) remove(name string) {
	l.Helper()
	if err := os.Remove(filepath.Join(l.path("plugins.d"), name)); err != nil {
		l.Fatal(err)
	}
}

// say posts a chat whose prompt is text to a route.
func (l *lab) say(route, text string, more ...string) answer {
	l.Helper()
	return l.post("/v1/chat/completions", sayBody(route, text, more...))
}

func sayBody(route, text string, more ...string) string {
	body := fmt.Sprintf(`{"model":%q, "unknown" : [1,2.50], "messages":[{"role":"user","content":%s}]`, route, quote(text))
	for _, m := range more {
		body += "," + m
	}
	return body + "}"
}

// content returns the text of an answer.
func (a answer) content() string {
	var c struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if json.Unmarshal([]byte(a.body), &c) != nil || len(c.Choices) == 0 {
		return ""
	}
	return c.Choices[0].Message.Content
}

// upstream returns the bodies that the first mock got.
func (l *lab) upstream() []string {
	var out []string
	for _, r := range l.mocks[0].Requests() {
		out = append(out, string(r.Body))
	}
	return out
}

// without is a request without a credential.
func without(l *lab, path string) *http.Request {
	req := l.request(l.Context(), path, sayBody("m", "Hello"))
	req.Header.Del("Authorization")
	return req
}
