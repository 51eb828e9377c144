package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
)

// readRequest says what a provider's request asks for, one line for each piece
// of content in document order and then the settings. The same question gives
// the same lines in every dialect:
//
//	system: TEXT · user: TEXT · assistant: TEXT
//	image TYPE BASE64
//	thinks TEXT [SIGNATURE]
//	calls NAME {ARGUMENTS} [SIGNATURE]     a signature only where there is one
//	result NAME: TEXT
//	offers NAME: DESCRIPTION {SCHEMA}
//	shape {SCHEMA}
//	max N
func readRequest(dialect string, body []byte) ([]string, error) {
	r := requestReader{names: map[string]string{}}
	if err := json.Unmarshal(body, &r.doc); err != nil {
		return nil, err
	}
	switch dialect {
	case "openai.chat":
		r.chat()
	case "openai.responses":
		r.responses()
	case "anthropic.messages":
		r.messages()
	case "gemini":
		r.gemini()
	default:
		return nil, fmt.Errorf("no reader for the dialect %q", dialect)
	}
	return r.lines, nil
}

type object = map[string]any

type requestReader struct {
	doc   object
	names map[string]string // of tools by the id of the call
	lines []string
}

func (r *requestReader) add(format string, args ...any) {
	r.lines = append(r.lines, strings.TrimSpace(fmt.Sprintf(format, args...)))
}

// at returns the value at a path of keys, nil where there is none.
func at(v any, path ...string) any {
	for _, key := range path {
		o, _ := v.(object)
		v = o[key]
	}
	return v
}

func text(v any, path ...string) string {
	s, _ := at(v, path...).(string)
	return s
}

// list returns the elements at a path; a single object or text is a list of one
// text part, since every dialect allows that.
func list(v any, path ...string) []any {
	switch v := at(v, path...).(type) {
	case []any:
		return v
	case string:
		return []any{object{"type": "text", "text": v}}
	default:
		return nil
	}
}

func (r *requestReader) chat() {
	for _, m := range list(r.doc, "messages") {
		role := strings.Replace(text(m, "role"), "developer", "system", 1)
		if role == "tool" {
			for _, p := range list(m, "content") {
				r.result(r.names[text(m, "tool_call_id")], text(p, "text"))
			}
			continue
		}
		if thought := text(m, "reasoning_content"); thought != "" {
			r.add("thinks %s []", thought)
		}
		for _, p := range list(m, "content") {
			if url := text(p, "image_url", "url"); url != "" {
				r.dataURL(url)
			} else {
				r.said(role, text(p, "text"))
			}
		}
		for _, c := range list(m, "tool_calls") {
			r.call(text(c, "id"), text(c, "function", "name"), text(c, "function", "arguments"), "")
		}
	}
	for _, o := range list(r.doc, "tools") {
		r.offer(at(o, "function"), "parameters")
	}
	r.shape(at(r.doc, "response_format", "json_schema", "schema"))
	r.limit(at(r.doc, "max_completion_tokens"), at(r.doc, "max_tokens"))
}

func (r *requestReader) responses() {
	r.said("system", text(r.doc, "instructions"))
	for _, item := range list(r.doc, "input") {
		switch text(item, "type") {
		case "reasoning":
			for _, s := range append(list(item, "content"), list(item, "summary")...) {
				r.add("thinks %s [%s]", text(s, "text"), text(item, "encrypted_content"))
			}
		case "function_call":
			r.call(text(item, "call_id"), text(item, "name"), text(item, "arguments"), "")
		case "function_call_output":
			for _, p := range list(item, "output") {
				r.result(r.names[text(item, "call_id")], text(p, "text"))
			}
		default:
			role := strings.Replace(text(item, "role"), "developer", "system", 1)
			for _, p := range list(item, "content") {
				if url := text(p, "image_url"); url != "" {
					r.dataURL(url)
				} else {
					r.said(role, text(p, "text"))
				}
			}
		}
	}
	for _, o := range list(r.doc, "tools") {
		r.offer(o, "parameters")
	}
	r.shape(at(r.doc, "text", "format", "schema"))
	r.limit(at(r.doc, "max_output_tokens"))
}

func (r *requestReader) messages() {
	for _, p := range list(r.doc, "system") {
		r.said("system", text(p, "text"))
	}
	for _, m := range list(r.doc, "messages") {
		for _, p := range list(m, "content") {
			switch text(p, "type") {
			case "image":
				r.add("image %s %s", text(p, "source", "media_type"), text(p, "source", "data"))
			case "thinking":
				r.add("thinks %s [%s]", text(p, "thinking"), text(p, "signature"))
			case "tool_use":
				r.call(text(p, "id"), text(p, "name"), compactJSON(at(p, "input")), "")
			case "tool_result":
				for _, piece := range list(p, "content") {
					r.result(r.names[text(p, "tool_use_id")], text(piece, "text"))
				}
			default:
				r.said(text(m, "role"), text(p, "text"))
			}
		}
	}
	for _, o := range list(r.doc, "tools") {
		r.offer(o, "input_schema")
	}
	r.shape(at(r.doc, "output_config", "format", "schema"))
	r.limit(at(r.doc, "max_tokens"))
}

func (r *requestReader) gemini() {
	for _, p := range list(r.doc, "systemInstruction", "parts") {
		r.said("system", text(p, "text"))
	}
	for _, m := range list(r.doc, "contents") {
		role := strings.Replace(text(m, "role"), "model", "assistant", 1)
		for _, p := range list(m, "parts") {
			signature := text(p, "thoughtSignature")
			switch {
			case at(p, "inlineData") != nil:
				r.add("image %s %s", text(p, "inlineData", "mimeType"), text(p, "inlineData", "data"))
			case at(p, "functionCall") != nil:
				r.call("", text(p, "functionCall", "name"), compactJSON(at(p, "functionCall", "args")), signature)
			case at(p, "functionResponse") != nil:
				r.result(text(p, "functionResponse", "name"), compactJSON(at(p, "functionResponse", "response")))
			case at(p, "thought") == true:
				r.add("thinks %s [%s]", text(p, "text"), signature)
			default:
				r.said(role, text(p, "text"))
			}
		}
	}
	for _, t := range list(r.doc, "tools") {
		for _, o := range list(t, "functionDeclarations") {
			r.offer(o, "parametersJsonSchema", "parameters")
		}
	}
	r.shape(at(r.doc, "generationConfig", "responseJsonSchema"))
	r.shape(at(r.doc, "generationConfig", "responseSchema"))
	r.limit(at(r.doc, "generationConfig", "maxOutputTokens"))
}

func (r *requestReader) said(role, text string) {
	if text != "" {
		r.add("%s: %s", role, text)
	}
}

func (r *requestReader) dataURL(url string) {
	media, data, _ := strings.Cut(strings.TrimPrefix(url, "data:"), ";base64,")
	r.add("image %s %s", media, data)
}

func (r *requestReader) call(id, name, arguments, signature string) {
	r.names[id] = name
	if signature != "" {
		signature = "[" + signature + "]"
	}
	r.add("calls %s %s %s", name, arguments, signature)
}

// result adds a tool's result. Gemini wants an object: the text is its member
// "output", "result" or, of the AI SDK, "content".
func (r *requestReader) result(name, text string) {
	var o map[string]string
	if json.Unmarshal([]byte(text), &o) == nil {
		text = o["output"] + o["result"] + o["content"]
	}
	r.add("result %s: %s", name, text)
}

func (r *requestReader) offer(tool any, schemas ...string) {
	for _, key := range schemas {
		if schema := at(tool, key); schema != nil {
			r.add("offers %s: %s %s", text(tool, "name"), text(tool, "description"), plainSchema(schema))
			return
		}
	}
	r.add("offers %s: %s", text(tool, "name"), text(tool, "description"))
}

func (r *requestReader) shape(schema any) {
	if schema != nil {
		r.add("shape %s", plainSchema(schema))
	}
}

// plainSchema leaves out what some SDKs and providers add or cannot take, and the
// case of types.
func plainSchema(schema any) string {
	o, _ := schema.(object)
	o = maps.Clone(o)
	for _, key := range []string{"additionalProperties", "$schema", "propertyOrdering"} {
		delete(o, key)
	}
	return strings.NewReplacer(`"OBJECT"`, `"object"`, `"STRING"`, `"string"`).Replace(compactJSON(o))
}

func (r *requestReader) limit(limits ...any) {
	for _, n := range limits {
		if n, ok := n.(float64); ok {
			r.add("max %d", int(n))
		}
	}
}

func TestReadRequest(t *testing.T) {
	const schema = `{"properties":{"city":{"type":"string"}},"type":"object"}`
	want := []string{
		"system: Be brief.", "user: Hi", "image image/png AAAA",
		`calls weather {"city":"Paris"}`, "result weather: sunny",
		"offers weather: Says it. " + schema, "shape " + schema, "max 9",
	}
	for dialect, body := range map[string]string{
		"openai.chat": `{"messages":[{"role":"developer","content":"Be brief."},
			{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
			{"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}]},
			{"role":"tool","tool_call_id":"c","content":"sunny"}],
			"tools":[{"function":{"name":"weather","description":"Says it.","parameters":` + schema + `}}],
			"response_format":{"json_schema":{"schema":` + schema + `}},"max_tokens":9}`,
		"openai.responses": `{"instructions":"Be brief.","input":[
			{"role":"user","content":[{"type":"input_text","text":"Hi"},{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},
			{"type":"function_call","call_id":"c","name":"weather","arguments":"{\"city\":\"Paris\"}"},
			{"type":"function_call_output","call_id":"c","output":"sunny"}],
			"tools":[{"name":"weather","description":"Says it.","parameters":` + schema + `}],
			"text":{"format":{"schema":` + schema + `}},"max_output_tokens":9}`,
		"anthropic.messages": `{"system":"Be brief.","messages":[
			{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image","source":{"media_type":"image/png","data":"AAAA"}}]},
			{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"weather","input":{"city":"Paris"}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"sunny"}]}],
			"tools":[{"name":"weather","description":"Says it.","input_schema":` + schema + `}],
			"output_config":{"format":{"schema":` + schema + `}},"max_tokens":9}`,
		"gemini": `{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[
			{"role":"user","parts":[{"text":"Hi"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},
			{"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Paris"}}}]},
			{"role":"user","parts":[{"functionResponse":{"name":"weather","response":{"output":"sunny"}}}]}],
			"tools":[{"functionDeclarations":[{"name":"weather","description":"Says it.","parametersJsonSchema":` + schema + `}]}],
			"generationConfig":{"responseJsonSchema":` + schema + `,"maxOutputTokens":9}}`,
	} {
		got, err := readRequest(dialect, []byte(body))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %q\nwant %q", dialect, err, got, want)
		}
	}
}
