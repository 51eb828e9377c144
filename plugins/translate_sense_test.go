package plugins_test

import (
	"fmt"
	"strings"
	"testing"
)

// senseOf reads an answer with a reader of its own, which knows nothing of
// translators.
func senseOf(t *testing.T, dialect, text string) sense {
	t.Helper()
	var docs []document
	if isStream(text) {
		for _, e := range sseEvents(text) {
			if e.data != "[DONE]" {
				docs = append(docs, parsed(t, e.data))
			}
		}
	} else {
		docs = append(docs, parsed(t, text))
	}
	r := &senseReader{calls: map[string]*[2]string{}}
	for _, d := range docs {
		switch dialect {
		case "gemini":
			r.gemini(d)
		case "anthropic.messages":
			r.anthropic(d)
		default:
			r.chat(d)
		}
	}
	for _, key := range r.order {
		c := r.calls[key]
		if c[1] == "" {
			c[1] = "{}"
		}
		r.s.Calls = append(r.s.Calls, c[0]+" "+tidy(c[1]))
	}
	if len(r.s.Calls) > 0 && (r.s.Finish == "stop" || r.s.Finish == "") {
		r.s.Finish = "tool_calls"
	}
	return r.s
}

type senseReader struct {
	s     sense
	calls map[string]*[2]string // name and arguments
	order []string
}

func (r *senseReader) call(key, name, args string) {
	c := r.calls[key]
	if c == nil {
		c = &[2]string{}
		r.calls[key], r.order = c, append(r.order, key)
	}
	if c[0] == "" {
		c[0] = name
	}
	if c[1] == "{}" {
		c[1] = ""
	}
	c[1] += args
}

func (r *senseReader) finish(word string) {
	words := map[string]string{
		"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls", "refusal": "content_filter",
		"STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "content_filter", "eos": "stop", "model_length": "length",
	}
	if w := words[word]; w != "" {
		word = w
	}
	if word != "" {
		r.s.Finish = word
	}
}

func (r *senseReader) chat(d document) {
	for _, c := range d.at("choices").list() {
		m := c.at("delta")
		if m.v == nil {
			m = c.at("message")
		}
		r.content(m.at("content"))
		thinking := m.at("reasoning_content").text()
		if thinking == "" {
			thinking = m.at("reasoning").text()
		}
		if thinking == "" {
			for _, d := range m.at("reasoning_details").list() {
				thinking += d.at("text").text()
			}
		}
		r.s.Thinking += thinking
		for i, call := range m.at("tool_calls").list() {
			key := fmt.Sprint(i)
			if n := call.at("index"); n.v != nil {
				key = n.json()
			}
			args := call.at("function", "arguments")
			if args.v == nil || args.text() != "" {
				r.call(key, call.at("function", "name").text(), args.text())
			} else {
				r.call(key, call.at("function", "name").text(), "")
			}
		}
		r.finish(c.at("finish_reason").text())
	}
	u := d.at("usage")
	if u.v == nil {
		u = d.at("x_groq", "usage")
	}
	if n := u.at("prompt_tokens"); n.v != nil {
		r.s.Input, r.s.Output = n.number(), u.at("completion_tokens").number()
		thought := u.at("completion_tokens_details", "reasoning_tokens").number()
		if total := u.at("total_tokens").number(); total == r.s.Input+r.s.Output+thought {
			r.s.Output += thought // which some leave out, and bill as well
		}
	}
}

func (r *senseReader) content(d document) {
	r.s.Text += d.text()
	for _, item := range d.list() {
		if item.at("type").text() == "thinking" {
			for _, t := range item.at("thinking").list() {
				r.s.Thinking += t.at("text").text()
			}
			continue
		}
		r.s.Text += item.at("text").text()
	}
}

func (r *senseReader) gemini(d document) {
	for _, c := range d.at("candidates").list() {
		for _, p := range c.at("content", "parts").list() {
			thought, _ := p.at("thought").v.(bool)
			if thought {
				r.s.Thinking += p.at("text").text()
			} else {
				r.s.Text += p.at("text").text()
			}
			call := p.at("functionCall")
			if name := call.at("name").text(); name != "" {
				args := ""
				if a := call.at("args"); a.v != nil {
					args = a.json()
				}
				r.call(fmt.Sprint(len(r.order)), name, args)
			}
		}
		r.finish(c.at("finishReason").text())
	}
	if u := d.at("usageMetadata"); u.at("promptTokenCount").v != nil {
		r.s.Input = u.at("promptTokenCount").number() + u.at("toolUsePromptTokenCount").number()
		r.s.Output = u.at("candidatesTokenCount").number() + u.at("thoughtsTokenCount").number()
	}
}

func (r *senseReader) anthropic(d document) {
	blocks := d.at("content").list()
	for i, b := range blocks {
		r.block(fmt.Sprint(i), b, b.at("input"))
	}
	if b := d.at("content_block"); b.v != nil {
		r.block(d.at("index").json(), b, document{})
	}
	if delta := d.at("delta"); delta.v != nil {
		r.s.Text += delta.at("text").text()
		r.s.Thinking += delta.at("thinking").text()
		if piece := delta.at("partial_json").text(); piece != "" {
			r.call(d.at("index").json(), "", piece)
		}
		r.finish(delta.at("stop_reason").text())
	}
	r.finish(d.at("stop_reason").text())
	for _, u := range []document{d.at("usage"), d.at("message", "usage")} {
		if u.at("output_tokens").v == nil {
			continue
		}
		if n := u.at("input_tokens"); n.v != nil {
			r.s.Input = n.number() + u.at("cache_read_input_tokens").number() + u.at("cache_creation_input_tokens").number()
		}
		r.s.Output = u.at("output_tokens").number()
	}
}

func (r *senseReader) block(key string, b, input document) {
	r.s.Text += b.at("text").text()
	r.s.Thinking += b.at("thinking").text()
	if b.at("type").text() == "tool_use" {
		args := ""
		if input.v != nil {
			args = input.json()
		}
		r.call(key, b.at("name").text(), args)
	}
}

// TestSenseReader: the judge itself sees what is there.
func TestSenseReader(t *testing.T) {
	for dialect, text := range map[string]string{
		"openai.chat":        `data: {"choices":[{"delta":{"content":"a","reasoning":"h"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\"x\": 1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`,
		"gemini":             `{"candidates":[{"content":{"parts":[{"text":"h","thought":true},{"text":"a"},{"functionCall":{"name":"f","args":{"x":1}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}}`,
		"anthropic.messages": `{"content":[{"type":"thinking","thinking":"h"},{"type":"text","text":"a"},{"type":"tool_use","name":"f","input":{"x":1}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"cache_read_input_tokens":2,"output_tokens":2}}`,
	} {
		want := `{"Text":"a","Thinking":"h","Calls":["f {\"x\":1}"],"Finish":"tool_calls","Input":3,"Output":2}`
		if got := senseOf(t, dialect, text).String(); got != want {
			t.Errorf("%s: %s", dialect, got)
		}
		if got := senseOf(t, dialect, strings.ReplaceAll(text, `"a"`, `"b"`)).String(); got == want {
			t.Errorf("%s: another text makes no difference", dialect)
		}
	}
}
