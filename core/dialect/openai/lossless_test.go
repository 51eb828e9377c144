package openai

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// everything is what the middle form of a request holds, as strings.
type everything struct {
	texts   map[string]bool
	dropped []string
	parts   []*core.Part
}

// gather collects them.
func gather(t testing.TB, r *core.TypedRequest) *everything {
	t.Helper()
	e := &everything{texts: map[string]bool{}, parts: r.Parts}
	for _, p := range r.Parts {
		e.add(p.Text(), p.Name, p.Ref)
		if a := p.Attr; a != nil {
			e.add(a.Data, a.URL, a.Signature, fmt.Appendf(nil, "sp1.%s.%s", a.Source, a.Signature))
			e.add(fmt.Appendf(nil, "data:%s;base64,%s", p.Name, a.Data))
			e.json(t, a.JSON)
		}
		if p.Kind == core.PartToolCall {
			e.loose(p.Text())
		}
	}
	p := &r.Parameters
	for _, tool := range p.Tools {
		e.add(tool.Name, tool.Description)
		e.json(t, tool.Arguments, tool.Raw, tool.Attr)
	}
	for _, o := range p.Others {
		e.json(t, o.JSON)
	}
	e.add(p.Stop...)
	e.add(p.ToolName, p.ReasoningEffort)
	e.json(t, p.OutputShape, p.OutputAttr)
	for _, d := range r.Dropped {
		path, _, _ := strings.Cut(d, "=")
		e.dropped = append(e.dropped, path)
	}
	return e
}

func (e *everything) add(texts ...[]byte) {
	for _, text := range texts {
		e.texts[string(text)] = true
	}
}

// json adds the string leaves of documents, which must be sound.
func (e *everything) json(t testing.TB, docs ...[]byte) {
	t.Helper()
	for _, doc := range docs {
		if len(doc) == 0 {
			continue
		}
		eachString(tree(t, string(doc)), "", func(_, text string) { e.texts[text] = true })
	}
}

// loose is json for what may be none.
func (e *everything) loose(doc []byte) {
	var v any
	if json.Unmarshal(doc, &v) == nil {
		eachString(v, "", func(_, text string) { e.texts[text] = true })
	}
}

// eachString calls f for each string leaf of a decoded document.
func eachString(v any, path string, f func(path, text string)) {
	switch v := v.(type) {
	case string:
		f(path, v)
	case []any:
		for i, elem := range v {
			eachString(elem, fmt.Sprintf("%s[%d]", path, i), f)
		}
	case map[string]any:
		for key, elem := range v {
			at := key
			if path != "" {
				at = path + "." + key
			}
			eachString(elem, at, f)
		}
	}
}

// wordsOfForm are values that the middle form says by its own fields.
var wordsOfForm = []string{
	"text", "input_text", "output_text", "image_url", "input_audio", "file", "refusal", "document_url", "thinking", "redacted_thinking",
	"reasoning.text", "reasoning.encrypted", "function", "url_citation", "json_schema", "json_object", "enabled",
	"system", "developer", "user", "assistant", "tool", "custom", "allowed_tools", "auto", "none", "required", "any", "mp3", "",
}

// holds tells whether the leaf is in the middle form.
func (e *everything) holds(path, text string) bool {
	if e.texts[text] || path == "model" || strings.HasPrefix(path, "stream_options.") || slices.Contains(wordsOfForm, text) {
		return true
	}
	if slices.ContainsFunc(e.dropped, func(d string) bool { return strings.HasPrefix(path, d) }) {
		return true
	}
	if strings.HasSuffix(path, ".format") && e.texts["audio/"+strings.ToLower(text)] {
		return true
	}
	for _, p := range e.parts { // in another alphabet or spelling
		if a := p.Attr; a != nil && len(a.Data) > 0 && sameData(text, string(a.Data)) {
			return true
		}
	}
	return e.thinking(path, text)
}

func sameData(text, data string) bool {
	plain := strings.NewReplacer("-", "+", "_", "/").Replace
	same := func(text string) bool {
		return strings.TrimRight(plain(text), "=") == strings.TrimRight(plain(data), "=")
	}
	_, rest, _ := strings.Cut(text, ",")
	return same(text) || same(rest)
}

// thinking tells whether text is all the thinking of the message at path.
func (e *everything) thinking(path, text string) bool {
	var msg int
	if n, _ := fmt.Sscanf(path, "messages[%d].reasoning", &msg); n != 1 {
		return false
	}
	var b strings.Builder
	for _, p := range e.parts {
		if p.Msg == msg && p.Kind == core.PartThinking {
			b.Write(p.Text())
		}
	}
	return b.String() == text
}

// checkLossless reports each string leaf of body that Typed lost.
func checkLossless(t testing.TB, name, body string) {
	t.Helper()
	ex := &core.Exchange{}
	ex.Request.Body = []byte(body)
	r := &core.TypedRequest{}
	if (Chat{}).Scan(ex) != nil || (Chat{}).Typed(ex, ex.Request.Body, r) != nil {
		return
	}
	e := gather(t, r)
	eachString(tree(t, body), "", func(path, text string) {
		if !e.holds(path, text) {
			t.Errorf("%s: %s %q is lost in\n%s", name, path, clipped(text), lines(r))
		}
	})
	msgs := 0
	for _, p := range r.Parts {
		if p.Msg != msgs && p.Msg != msgs-1 {
			t.Errorf("%s: message %d comes after %d", name, p.Msg, msgs)
		}
		msgs = p.Msg + 1
	}
}

// typedSeeds are requests in which everything stands somewhere.
func typedSeeds() []string {
	var out []string
	for _, c := range typedCases {
		out = append(out, `{"model":"m","messages":[`+c.messages+`]}`)
	}
	for choice := range toolChoices {
		out = append(out, withTools(choice))
	}
	return append(out, `{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true},`+
		`"cache_control":{"type":"e"},"strict":"s"},{"type":"q"}],"functions":[{"name":"g","x":"y"}],"function_call":{"name":"g"},"tool_choice":{"type":"function","function":{"name":"f"}},`+
		`"response_format":{"type":"json_schema","json_schema":{"name":"N","schema":{"type":"object"}}},"reasoning":{"effort":"high","z":"w"},"reasoning_effort":"low","thinking":{"type":"enabled","budget_tokens":3},"stop":["a",7]}`)
}

func TestTypedLosesNothing(t *testing.T) {
	t.Parallel()
	for _, body := range typedSeeds() {
		checkLossless(t, body, body)
	}
}

func TestTypedLosesNothingRecorded(t *testing.T) {
	t.Parallel()
	n := 0
	for _, c := range recordings(t) {
		for _, body := range c.requests() {
			n++
			checkLossless(t, c.name, body)
		}
	}
	t.Logf("%d requests", n)
}

func FuzzTyped(f *testing.F) {
	for _, seed := range typedSeeds() {
		f.Add(seed)
	}
	f.Add(`{"model":"m","messages":[{"role":"user","content":[{"image_url":{"url":"data:a;base64,_-"}}]}]}`)
	f.Fuzz(func(t *testing.T, body string) { checkLossless(t, "fuzz", body) })
}
