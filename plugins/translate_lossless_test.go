package plugins_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestTranslateLosesNothing: every leaf of a recorded request is in what leaves for
// a provider of another dialect, or reported.
func TestTranslateLosesNothing(t *testing.T) {
	fronts, n := chatFronts(), 0
	paths := map[string]string{"openai.chat": "/v1/chat/completions", "anthropic.messages": "/v1/messages"}
	models := map[string]string{"openai.chat": "gpt-4o", "gemini": "gemini-3-flash-preview", "mistral.chat": "mistral-large-latest"}
	for dialect, folder := range chatTranslators {
		tr := translatorOf(t, folder)
		for _, r := range recordings(t) {
			front, body := fronts[r.ClientDialect], r.Request.text()
			if front == nil || r.ClientDialect == dialect || r.Operation != "chat" || body == "" {
				continue
			}
			t.Run(dialect+"/"+r.name, func(t *testing.T) {
				ex, at := asked(tr, front, dialect, models[dialect])
				ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(paths[r.ClientDialect]), []byte(body)
				ex.Request.Operation = front.Match(ex.Request.Path)
				if err := front.Scan(ex); err != nil {
					t.Skip(err) // not what the gateway takes
				}
				typed, err := ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil })
				if err != nil {
					t.Skip(err)
				}
				ex.Dropped = append(ex.Dropped[:0], typed.Dropped...)
				if err := tr.Request(ex, at, typed); err != nil {
					if err.HTTPStatus() != 400 {
						t.Error(err)
					}
					return
				}
				n++
				missing(t, body, bytes.Join(at.Request.Body, nil), ex.Dropped)
			})
		}
	}
	if n < 50 {
		t.Errorf("only %d requests were translated", n)
	}
}

// missing reports the leaves of asked that are neither in sent nor dropped.
func missing(t *testing.T, asked string, sent []byte, dropped []string) {
	t.Helper()
	if !json.Valid(sent) {
		t.Fatalf("no JSON: %s", sent)
	}
	there := map[string]bool{}
	var got any
	_ = json.Unmarshal(sent, &got)
	leaves(got, "", func(_, v string) { there[v] = true })
	leaves(parsedPlain(t, asked), "", func(path, v string) {
		top, _, _ := strings.Cut(path, ".")
		last := path[strings.LastIndexByte(path, '.')+1:]
		reported := slices.ContainsFunc(dropped, func(d string) bool {
			return strings.HasPrefix(d, top) || top == "thinking" && strings.HasPrefix(d, "reasoning") ||
				top == "output_config" && (strings.HasPrefix(d, "reasoning") || strings.HasPrefix(d, "response_format")) ||
				top == "tools" && strings.HasPrefix(d, "tools[")
		})
		if there[v] || v == "" || reported || said(top, v) || inOtherWords(top, last) || bytes.Contains(sent, []byte(tail(v))) || bytes.Contains(sent, []byte(v)) {
			return
		}
		t.Errorf("%s: %q is neither in the request nor among %v\n%.3000s", path, v, dropped, sent)
	})
}

// inOtherWords tells whether a leaf is one whose value each dialect has words of its
// own for, or that says only how others are to be read.
func inOtherWords(top, last string) bool {
	switch last {
	case "role", "type", "media_type", "format", "detail", "arguments", "id", "tool_call_id", "tool_use_id":
		return true
	}
	return top == "thinking" || top == "output_config" && last == "effort" || top == "response_format" && last == "name"
}

// tail is the content of a data URL, which other dialects have without its head.
func tail(v string) string {
	if _, data, ok := strings.Cut(v, ";base64,"); ok {
		return data
	}
	b, _ := json.Marshal(v)
	return string(b[1 : len(b)-1])
}

func parsedPlain(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
