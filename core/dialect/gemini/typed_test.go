package gemini

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestTyped(t *testing.T) {
	t.Parallel()
	r, _ := typed(t, generatePath, `{"systemInstruction":{"parts":[{"text":"one"},{"text":"two"}]},
	"contents":[
	 {"role":"user","parts":[{"text":"look"},{"inlineData":{"data":"-_8","mimeType":"IMAGE/png","displayName":"a.png"},"mediaResolution":{"level":"HIGH"}},
	   {"fileData":{"fileUri":"gs://b/o","mimeType":"video/mp4"},"videoMetadata":{"fps":2}},{"fileData":{"fileUri":"https://x.test/a.pdf","mimeType":"application/pdf","x":"y"}}]},
	 {"role":"model","parts":[{"text":"h","thought":true},{"text":"m","thought":true,"thoughtSignature":"c2ln"},{"text":"s"},{"text":"\u006f"},
	   {"functionCall":{"id":"x1","name":"f","args":{"a":9007199254740993}},"thoughtSignature":"c2ln"},{"executableCode":{"language":"PYTHON","code":"1+1"}}]},
	 {"role":"user","parts":[{"functionResponse":{"name":"f","id":"x1","response":{"x":[1]},"parts":[{"inlineData":{"mimeType":"image/jpeg","data":"QQ=="}}],"scheduling":"SILENT"}},{"text":"and"}]},
	 {"role":"model"}, {"parts":[]}, {"parts":[{"text":""}]}]}`)
	compare(t, r.Parts,
		"system text -1: one",
		"system text -1: two",
		"user text 0: look",
		`user image 0 name=image/png:  [data +/8=] [json {"filename":"a.png","mediaResolution":{"level":"HIGH"}}]`,
		`user document 0 name=video/mp4:  [json {"file_id":"gs://b/o","videoMetadata":{"fps":2}}]`,
		"user document 0 name=application/pdf:  [url https://x.test/a.pdf] [json {\"x\":\"y\"}]",
		"assistant thinking 1: hm [signature c2ln] [source gemini]",
		"assistant text 1: so",
		`assistant tool_call 1 name=f ref=x1: {"a":9007199254740993} [signature c2ln] [source gemini]`,
		`assistant raw 1:  [json {"executableCode":{"language":"PYTHON","code":"1+1"}}]`,
		`tool tool_result 2 name=f ref=x1: {"x":[1]} [json {"scheduling":"SILENT"}]`,
		"tool image 2 name=image/jpeg ref=x1:  [data QQ==]",
		"user text 2: and",
		"assistant text 3: ",
		"user text 4: ",
		"user text 5: ",
	)
	if len(r.Dropped) != 0 {
		t.Errorf("dropped %q", r.Dropped)
	}
}

// TestTypedIDs makes ids where the client sent none, and matches results by name
// and order.
func TestTypedIDs(t *testing.T) {
	t.Parallel()
	const body = `{"contents":[{"parts":{"text":"go"}},
	 {"role":"model","parts":[{"functionCall":{"name":"f","args":{"n":1}}},{"functionCall":{"name":"g"}},{"functionCall":{"name":"f","args":{"n":2}}}]},
	 {"role":"function","parts":[{"functionResponse":{"name":"g","response":{"output":"G"}}},{"functionResponse":{"name":"f","response":{"result":"F1"}}},
	   {"functionResponse":{"name":"f","response":{"error":"bad"}}},{"functionResponse":{"name":"h","response":{"error":null}}},{"functionResponse":{"id":"call_1_1","response":{}}}]}]}`
	want := []string{
		"user text 0: go",
		`assistant tool_call 1 name=f ref=call_1_0: {"n":1}`,
		"assistant tool_call 1 name=g ref=call_1_1: ",
		`assistant tool_call 1 name=f ref=call_1_2: {"n":2}`,
		"tool tool_result 2 name=g ref=call_1_1: G",
		"tool tool_result 2 name=f ref=call_1_0: F1",
		`tool tool_result 2 name=f ref=call_1_2: bad [json {"is_error":true}]`,
		`tool tool_result 2 name=h ref=call_2_0: {"error":null}`,
		"tool tool_result 2 name=g ref=call_1_1: {}",
	}
	for range 2 { // the same whenever it is sent
		r, _ := typed(t, generatePath, body)
		compare(t, r.Parts, want...)
	}
}

// TestTypedJoinsChunks reads the history of a client that keeps each chunk of a
// stream as a content of its own.
func TestTypedJoinsChunks(t *testing.T) {
	t.Parallel()
	r, _ := typed(t, generatePath, `{"contents":[{"role":"user","parts":[{"text":"a"},{"text":"b"}]},
	 {"role":"model","parts":[{"text":"let ","thought":true}]},{"role":"model","parts":[{"text":"me","thought":true}]},
	 {"role":"model","parts":[{"text":"","thought":true,"thoughtSignature":"c2ln"}]},{"role":"model","parts":[{"text":"more","thought":true}]},{"role":"model","parts":[{"text":"Hel"}]},
	 {"role":"model","parts":[]},{"role":"model","parts":[{"text":"lo"}]},{"role":"model","parts":[{"functionCall":{"name":"f"}},{"text":"!"},{"functionCall":{"name":"g"}},{"text":"","thoughtSignature":"c2ln"}]},{"role":"model","parts":[{"text":""}]},
	 {"role":"user","parts":[{"text":"c"}]},{"role":"user","parts":[{"text":"d"}]}]}`)
	compare(t, r.Parts,
		"user text 0: a", "user text 0: b",
		"assistant thinking 1: let me [signature c2ln] [source gemini]", "assistant thinking 1: more",
		"assistant text 1: Hello", "assistant tool_call 1 name=f ref=call_1_0: ", "assistant text 1: !",
		"assistant tool_call 1 name=g ref=call_1_1: ", "assistant text 1:  [signature c2ln] [source gemini]",
		"user text 2: c", "user text 3: d")
}

// TestTypedOrigins reads signatures back that another provider made, in whichever
// alphabet the client returns them.
func TestTypedOrigins(t *testing.T) {
	t.Parallel()
	seal := func(source, signature string, redacted bool) string {
		var s string
		raw := appendSignature(nil, &core.Attr{Source: []byte(source), Signature: []byte(signature)}, redacted)
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		if _, err := base64.StdEncoding.DecodeString(s); err != nil {
			t.Errorf("%s: Go's client cannot read it: %v", s, err)
		}
		return s
	}
	for _, alter := range []func(string) string{
		func(s string) string { return s },
		func(s string) string { return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(s) },
		func(s string) string { return strings.NewReplacer("+", "-", "/", "_").Replace(s) },
	} {
		r, _ := typed(t, generatePath, `{"contents":[{"role":"model","parts":[
		 {"text":"t","thought":true,"thoughtSignature":"`+alter(seal("anthropic.messages", "s.i:g~?", false))+`"},
		 {"text":"","thought":true,"thoughtSignature":"`+alter(seal("anthropic.messages/eu", "data", true))+`"},
		 {"text":"v","thought":true},
		 {"text":"","thought":true,"thoughtSignature":"`+alter(seal("bedrock", "data", true))+`"},
		 {"functionCall":{"name":"f"},"thoughtSignature":"`+alter(seal("gemini/vertex", "YWJj", false))+`"}]}]}`)
		compare(t, r.Parts,
			"assistant thinking 0: t [signature s.i:g~?] [source anthropic.messages]",
			"assistant redacted 0:  [signature data] [source anthropic.messages/eu]",
			"assistant thinking 0: v",
			"assistant redacted 0:  [signature data] [source bedrock]",
			"assistant tool_call 0 name=f ref=call_0_0:  [signature YWJj] [source gemini]")
	}
}

func TestTypedRefuses(t *testing.T) {
	t.Parallel()
	for body, path := range map[string]string{
		`{"contents":["a"]}`:                                                                   "contents[0]",
		`{"contents":[{},{"role":1}]}`:                                                         "contents[1].role",
		`{"contents":[{"parts":"a"}]}`:                                                         "contents[0].parts",
		`{"contents":[{"parts":["a"]}]}`:                                                       "contents[0].parts[0]",
		`{"contents":[{"parts":[{"text":1}]}]}`:                                                "contents[0].parts[0].text",
		`{"contents":[{"parts":[{"text":"a","inlineData":{}}]}]}`:                              "contents[0].parts[0]",
		`{"contents":[{"parts":[{"inlineData":{}}]}]}`:                                         "contents[0].parts[0].inlineData.data",
		`{"contents":[{"parts":[{"fileData":[]}]}]}`:                                           "contents[0].parts[0].fileData",
		`{"contents":[{"parts":[{"functionCall":{}}]}]}`:                                       "contents[0].parts[0].functionCall.name",
		`{"contents":[{"parts":[{"functionCall":{"name":"f","args":"{}"}}]}]}`:                 "contents[0].parts[0].functionCall.args",
		`{"contents":[{"parts":[{"functionCall":{"name":"f","name":"g"}}]}]}`:                  "contents[0].parts[0].functionCall.name",
		`{"contents":[{"parts":[{"functionResponse":1}]}]}`:                                    "contents[0].parts[0].functionResponse",
		`{"contents":[{"parts":[{"functionResponse":{"parts":[1]}}]}]}`:                        "contents[0].parts[0].functionResponse.parts",
		`{"contents":[{"parts":[{"text":"","thought":"1"}]}]}`:                                 "contents[0].parts[0].thought",
		`{"contents":[{"parts":[{"text":"","thoughtSignature":1}]}]}`:                          "contents[0].parts[0].thoughtSignature",
		`{"contents":[{"parts":[{"inlineData":{"data":"","mimeType":"a","mime_type":"b"}}]}]}`: "contents[0].parts[0].inlineData.mimeType",
		`{"contents":[{}],"systemInstruction":{"parts":[1]}}`:                                  "systemInstruction.parts[0]",
		`{"contents":[{}],"systemInstruction":[]}`:                                             "systemInstruction",
	} {
		ex := scan(t, generatePath, body)
		err := Dialect{}.Typed(ex, ex.Request.Body, &core.TypedRequest{})
		if err == nil || err.Param != path || err.Message == "" {
			t.Errorf("%s: %v (param %q), want %q", body, err, param(err), path)
		}
	}
}

func TestTypedCountTokens(t *testing.T) {
	t.Parallel()
	const path = "/v1beta/models/m:countTokens"
	r, _ := typed(t, path, `{"generateContentRequest":{"model":"models/m","contents":[{"parts":[{"text":"hi"}]}],"systemInstruction":{"parts":[{"text":"s"}]},"tools":[{"functionDeclarations":[{"name":"f"}]}]}}`)
	compare(t, r.Parts, "system text -1: s", "user text 0: hi")
	if len(r.Parameters.Tools) != 1 {
		t.Errorf("tools %+v", r.Parameters.Tools)
	}
	ex := scan(t, path, `{"contents":[{}],"generate_content_request":{"contents":[{}]}}`)
	if err := (Dialect{}).Typed(ex, ex.Request.Body, &core.TypedRequest{}); err == nil || err.Param != "generateContentRequest" {
		t.Errorf("two requests in one, but: %v", err)
	}
}

// TestTypedReports names what has no place, but not without end.
func TestTypedReports(t *testing.T) {
	t.Parallel()
	r, _ := typed(t, generatePath, `{"contents":[{"parts":[{"text":"a"}],"name":"x","none":null}],"systemInstruction":{"extra":1}}`)
	if got := strings.Join(r.Dropped, " "); got != "systemInstruction.extra=unknown_field contents[0].name=unknown_field" {
		t.Errorf("dropped %q", got)
	}
	r, _ = typed(t, generatePath, `{"contents":[`+strings.Repeat(`{"x":1},`, 99)+`{}],"tools":[`+strings.Repeat(`{"codeExecution":{}},`, maxTools)+`{"functionDeclarations":[{}]}]}`)
	if n := len(r.Dropped); n != maxDropped+1 || r.Dropped[0] != "tools=too_many" || r.Dropped[n-1] != "more=too_many_to_name" {
		t.Errorf("%d dropped, %q", n, r.Dropped)
	}
	if len(r.Parameters.Tools) != maxTools || len(r.Parts) != 100 {
		t.Errorf("%d tools, %d parts", len(r.Parameters.Tools), len(r.Parts))
	}
	// Hooks may have edited what Scan accepted.
	ex := scan(t, generatePath, hi)
	for doc, path := range map[string]string{`{}`: "contents", `{"contents":1}`: "contents", ` {"tools":1,"tools":2}`: "tools"} {
		if err := (Dialect{}).Typed(ex, []byte(doc), &core.TypedRequest{}); err == nil || err.Param != path {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

// leaves calls f for every string of a document.
func leaves(v any, path string, f func(path, s string)) {
	switch v := v.(type) {
	case string:
		f(path, v)
	case []any:
		for _, e := range v {
			leaves(e, path+"[]", f)
		}
	case map[string]any:
		for k, e := range v {
			leaves(e, strings.TrimPrefix(path+"."+k, "."), f)
		}
	}
}

// understood are strings whose meaning a field of the middle form holds in another
// word.
func understood(path, s string) bool {
	switch last := path[strings.LastIndex(path, ".")+1:]; {
	case strings.HasPrefix(path, "contents") && last == "role", path == "systemInstruction.role":
		return s == "user" || s == "model" || s == "system" || s == "function"
	case path == "generationConfig.responseModalities[]":
		return s == "TEXT" // as every answer is
	case path == "generationConfig.responseMimeType", last == "mode":
		return true
	case last == "type":
		return strings.ToUpper(s) == s // a type in OpenAPI's spelling
	case strings.HasSuffix(path, "allowedFunctionNames[]"):
		return false
	case last == "model":
		return true
	}
	return false
}

// TestTypedLosesNothing looks for every string of the recorded requests in the
// middle form.
func TestTypedLosesNothing(t *testing.T) {
	t.Parallel()
	n := 0
	for _, r := range sentRequests(t) {
		ex := request(r.path, r.body)
		if (Dialect{}).Scan(ex) != nil {
			continue
		}
		var out core.TypedRequest
		if err := (Dialect{}).Typed(ex, ex.Request.Body, &out); err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		held := heldBy(&out)
		leaves(tree(t, r.body), "", func(path, s string) {
			n++
			if !held(s) && !understood(path, s) {
				t.Errorf("%s: %s %q is lost", r.name, path, clipped(s))
			}
		})
	}
	t.Logf("%d strings", n)
}

// TestTypedKeepsMarks puts a mark of its own in place of every string of the
// recorded requests that may be anything, so that none is found by chance.
func TestTypedKeepsMarks(t *testing.T) {
	t.Parallel()
	n := 0
	for _, r := range sentRequests(t) {
		doc := tree(t, r.body)
		var marks []string
		doc = mark(doc, "", &marks)
		body, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		ex := request(r.path, string(body))
		if (Dialect{}).Scan(ex) != nil {
			continue
		}
		var out core.TypedRequest
		if err := (Dialect{}).Typed(ex, body, &out); err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		held := heldBy(&out)
		for _, m := range marks {
			n++
			if word, path, _ := strings.Cut(m, " "); !held(word) {
				t.Errorf("%s: %s is lost", r.name, path)
			}
		}
	}
	t.Logf("%d marks", n)
}

// mark replaces strings by marks, which look like base64.
func mark(v any, path string, marks *[]string) any {
	switch v := v.(type) {
	case string:
		last := path[strings.LastIndex(path, ".")+1:]
		switch last {
		case "role", "mode", "model", "responseMimeType", "responseModalities[]":
			return v
		}
		m := fmt.Sprintf("zq%06d", len(*marks))
		*marks = append(*marks, m+" "+path)
		return m
	case []any:
		for i, e := range v {
			v[i] = mark(e, path+"[]", marks)
		}
	case map[string]any:
		for k, e := range v {
			v[k] = mark(e, strings.TrimPrefix(path+"."+k, "."), marks)
		}
	}
	return v
}

// heldBy returns a function that tells whether a string is somewhere in r.
func heldBy(r *core.TypedRequest) func(string) bool {
	var b strings.Builder
	var raws [][]byte // of JSON
	put := func(list ...[]byte) {
		for _, s := range list {
			b.Write(s)
			b.WriteByte(0)
			if len(s) > 0 && (s[0] == '{' || s[0] == '[' || s[0] == '"') {
				raws = append(raws, s)
			}
		}
	}
	for _, p := range r.Parts {
		put(p.Text(), p.Name, p.Ref)
		if a := p.Attr; a != nil {
			put(a.Data, a.URL, a.Signature, a.Source, a.JSON)
		}
	}
	p := &r.Parameters
	for _, tool := range p.Tools {
		put(tool.Name, tool.Description, tool.Arguments, tool.Raw, tool.Attr)
	}
	for _, o := range p.Others {
		put(o.Name, o.JSON)
	}
	put(p.Stop...)
	put(p.OutputShape, p.OutputAttr, p.ReasoningEffort, p.ToolName, r.Body, []byte(strings.Join(r.Dropped, "\x00")))
	for _, raw := range raws {
		var v any
		if json.Unmarshal(raw, &v) == nil {
			leaves(v, "", func(_, s string) { put([]byte(s)) }) // however it is escaped
		}
	}
	all := b.String()
	return func(s string) bool {
		quoted, _ := json.Marshal(s)
		return strings.Contains(all, s) || strings.Contains(all, string(quoted[1:len(quoted)-1])) ||
			strings.Contains(all, strings.NewReplacer("-", "+", "_", "/").Replace(s))
	}
}
