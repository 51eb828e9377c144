package responses

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
	joined  string // of all texts, for what stands within another
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
			e.add(a.Data, a.URL, a.Signature)
			for _, tag := range []string{tagSeal, tagRedacted, tagBefore} {
				e.add(fmt.Appendf(nil, "%s%s.%s", tag, a.Source, a.Signature))
			}
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
		e.joined += string(text) + "\x00"
	}
}

// json adds the string leaves of documents, which must be sound.
func (e *everything) json(t testing.TB, docs ...[]byte) {
	t.Helper()
	for _, doc := range docs {
		if len(doc) > 0 {
			eachString(tree(t, string(doc)), "", func(_, text string) { e.add([]byte(text)) })
		}
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
	"", "message", "input_text", "output_text", "text", "refusal", "input_image", "input_file", "input_audio", "reasoning", "summary_text",
	"reasoning_text", "function_call", "custom_tool_call", "function_call_output", "custom_tool_call_output", "additional_tools", "url_citation",
	"function", "custom", "namespace", "json_schema", "json_object", "grammar", "auto", "none", "required", "allowed_tools", "disabled", "mp3",
	"user", "assistant", "system", "developer", "reasoning.encrypted_content",
}

// holds tells whether the leaf is in the middle form.
func (e *everything) holds(path, text string) bool {
	if e.texts[text] || path == "model" || strings.HasPrefix(path, "stream_options") || slices.Contains(wordsOfForm, text) {
		return true
	}
	if slices.ContainsFunc(e.dropped, func(d string) bool { return strings.HasPrefix(path, d) }) {
		return true
	}
	switch last := path[strings.LastIndexByte(path, '.')+1:]; last {
	case "id", "status": // bookkeeping of earlier answers
		return strings.Count(path, ".") == 1
	case "name", "namespace", "definition", "syntax": // part of a longer text
		return strings.Contains(e.joined, text)
	case "format":
		return e.texts["audio/"+strings.ToLower(text)]
	case "role": // of tools that are added
		return strings.Count(path, ".") == 1
	}
	if head, data, ok := strings.Cut(text, ","); ok && e.texts[strings.ToLower(head)+","+data] {
		return true // the media type in lower case
	}
	for _, p := range e.parts { // in another alphabet or spelling
		if a := p.Attr; a != nil && len(a.Data) > 0 && sameData(text, string(a.Data)) {
			return true
		}
	}
	return false
}

func sameData(text, data string) bool {
	plain := strings.NewReplacer("-", "+", "_", "/").Replace
	same := func(text string) bool {
		return strings.TrimRight(plain(text), "=") == strings.TrimRight(plain(data), "=")
	}
	_, rest, _ := strings.Cut(text, ",")
	return same(text) || rest != "" && same(rest)
}

// checkLossless reports each string leaf of body that Typed lost. ok is false where the
// request is refused.
func checkLossless(t testing.TB, name, body string) (ok bool) {
	t.Helper()
	ex := &core.Exchange{}
	ex.Request.Body = []byte(body)
	r := &core.TypedRequest{}
	if (Dialect{}).Scan(ex) != nil {
		return false
	}
	if err := (Dialect{}).Typed(ex, ex.Request.Body, r); err != nil {
		if err.HTTPStatus() != 400 || err.Message == "" {
			t.Fatalf("%s: %v", name, err)
		}
		return false
	}
	e := gather(t, r)
	eachString(tree(t, body), "", func(path, text string) {
		if !e.holds(path, text) {
			t.Errorf("%s: %s %q is lost in\n%s%s", name, path, clipped(text), lines(r), settingsOf(&r.Parameters))
		}
	})
	msg := -1
	for _, p := range r.Parts {
		if p.Msg < msg {
			t.Errorf("%s: message %d comes after %d", name, p.Msg, msg)
		}
		msg = p.Msg
	}
	return true
}

// typedSeeds are requests in which everything stands somewhere.
func typedSeeds() []string {
	var out []string
	for _, c := range typedCases {
		out = append(out, ask(c.input))
	}
	for _, c := range settingCases {
		out = append(out, with(c.members))
	}
	return append(out, ask(`[{"type":"additional_tools","role":"developer","tools":[{"type":"function","name":"late","description":"d"},{"type":"shell","x":"y"}]}]`))
}

func TestTypedLosesNothing(t *testing.T) {
	t.Parallel()
	for _, body := range typedSeeds() {
		if !checkLossless(t, body, body) {
			t.Errorf("refused: %s", body)
		}
	}
	e := gather(t, typed(t, ask(`[{"role":"user","content":"x"}]`)))
	if e.holds("input[0].content", "y") || e.holds("input[0].content[0].id", "z") {
		t.Error("the test does not look")
	}
}

func TestTypedLosesNothingRecorded(t *testing.T) {
	t.Parallel()
	n, refused := 0, 0
	for _, c := range recordings(t) {
		for _, body := range c.requests() {
			n++
			if !checkLossless(t, c.name, body) {
				refused++
			}
		}
	}
	t.Logf("%d requests, %d of which are refused", n, refused)
}
