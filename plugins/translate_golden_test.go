package plugins_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// difference is where our request is another one than the golden, on purpose.
type difference struct{ path, why string }

// deliberate are the differences of each case, by a piece of its name. Other
// gateways' choices are not always right.
var deliberate = map[string][]difference{
	"messages-basic.completions":              {{"stream", unsaid}},
	"messages-server_tools.completions":       {{"stream", unsaid}},
	"completions-reasoning_max.vertex-gemini": {{"generationConfig", "it gives every model a budget of 8192; this one is Claude, which Gemini does not serve"}},
	"structured-output.vertex-gemini": {
		{"generationConfig.responseJsonSchema", "the schema goes as it is, references included, which these models take"},
		{"generationConfig.responseSchema", "it is the older subset, into which the golden flattens references"},
	},
	"gcp-vertexai-v1-chat-completions-tool-use": {
		{"generationConfig", "an empty object says nothing"},
		{"tools[0].functionDeclarations[0].parameters", "the older subset"},
		{"tools[0].functionDeclarations[0].parametersJsonSchema", "JSON Schema, as the client wrote it"},
	},
	"gcp-vertexai-v1-chat-completions-2": noContents,
	"gcp-vertexai-v1-chat-completions-a": noContents,
}

const (
	oldBound = "max_completion_tokens is for OpenAI; others, as Google here, know max_tokens for certain"
	unsaid   = "false is what it is without"
)

// Google refuses a request without contents.
var noContents = []difference{
	{"contents", "there is only a system prompt, and Google refuses a request without contents: the user says it"},
	{"generationConfig", "an empty object says nothing"},
	{"systemInstruction", "see contents"},
}

// TestTranslateGoldens compares what leaves for a provider with what other gateways
// would send, and what a client gets with what they would answer.
func TestTranslateGoldens(t *testing.T) {
	fronts, requests, answers := chatFronts(), 0, 0
	paths := map[string]string{"openai.chat": "/v1/chat/completions", "anthropic.messages": "/v1/messages"}
	used := map[string]bool{}
	for dialect, folder := range chatTranslators {
		tr := translatorOf(t, folder)
		for _, f := range chatFixtures(t) {
			front := fronts[f.ClientDialect]
			if f.UpstreamDialect != dialect || f.ClientDialect == dialect || front == nil {
				continue
			}
			t.Run(f.name, func(t *testing.T) {
				if want := f.UpstreamRequest.text(); want != "" && f.Request.text() != "" {
					requests++
					got := leaving(t, tr, front, f, paths[f.ClientDialect])
					compareRequest(t, f.name, want, got, used)
				}
				if want := f.ClientResponse.text(); want != "" && f.UpstreamResponse.text() != "" {
					answers++
					compareAnswer(t, tr, front, f, want)
				}
			})
		}
	}
	for name := range deliberate {
		if !used[name] {
			t.Errorf("no case has the name %s", name)
		}
	}
	if requests < 8 || answers < 8 {
		t.Errorf("only %d requests and %d answers were found", requests, answers)
	}
}

// leaving is the document that leaves for the provider.
func leaving(t *testing.T, tr core.Translator, front core.TypedDialect, f *fixture, path string) string {
	t.Helper()
	model := parsed(t, f.Request.text()).at("model").text()
	ex, at := asked(tr, front, f.Provider, model)
	ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(path), []byte(f.Request.text())
	ex.Request.Operation = front.Match(ex.Request.Path)
	translate(t, tr, ex, at)
	t.Logf("dropped %v", ex.Dropped)
	return string(bytes.Join(at.Request.Body, nil))
}

func compareRequest(t *testing.T, name, want, got string, used map[string]bool) {
	t.Helper()
	diff := leafDiff(plain(parsed(t, want).v), plain(parsed(t, got).v), "")
	var allowed []string
	for part, list := range deliberate {
		if !strings.Contains(name, part) {
			continue
		}
		used[part] = true
		for _, d := range list {
			allowed = append(allowed, d.path)
			if !slices.Contains(diff, d.path) {
				t.Errorf("%s does not differ any more; take it out of the table (%v)", d.path, diff)
			}
		}
	}
	for _, path := range diff {
		if !slices.Contains(allowed, path) {
			t.Errorf("%s differs:\ngot  %s\nwant %s", path, got, want)
		}
	}
}

// plain leaves out of a document what says nothing: null, and lists around a single
// text.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			if v[k] = plain(v[k]); v[k] == nil {
				delete(v, k)
			}
		}
	case []any:
		if len(v) == 1 {
			item := document{v[0]}
			if item.at("type").text() == "text" && item.at("text").v != nil {
				return item.at("text").text()
			}
		}
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}

// otherCounts are the cases whose counts are other ones on purpose.
var otherCounts = map[string]string{
	"response-anthropic-tool.messages": "what caches served and keep is part of the prompt in this dialect",
}

func compareAnswer(t *testing.T, tr core.Translator, front core.TypedDialect, f *fixture, want string) {
	t.Helper()
	text := f.UpstreamResponse.text()
	var got string
	if isStream(text) {
		var failed *core.Error
		if got, failed = copied(t, tr, front, [][]byte{[]byte(text)}); failed != nil {
			t.Fatal(failed)
		}
	} else {
		ex, at := asked(tr, front, f.Provider, "m")
		a := &at.Translation.Answer
		status := max(f.UpstreamResponse.Status, 200)
		if err := tr.Response(ex, at, &core.UpstreamResponse{Status: status, Body: []byte(text)}, a); err != nil {
			t.Fatal(err)
		}
		got = string(front.WriteAnswer(nil, ex, at, a))
	}
	ours, theirs := senseOf(t, f.ClientDialect, got), senseOf(t, f.ClientDialect, want)
	for part := range otherCounts {
		if strings.Contains(f.name, part) {
			if ours.Output == theirs.Output && ours.Input == theirs.Input {
				t.Errorf("the counts do not differ any more: %v", ours)
			}
			ours.Output, ours.Input = theirs.Output, theirs.Input
		}
	}
	if ours.String() != theirs.String() {
		t.Errorf("got  %s\nwant %s", ours, theirs)
	}
}
