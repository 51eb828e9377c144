package gemini

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// addRequests seeds a fuzz test with requests, good and bad.
func addRequests(f *testing.F) {
	for _, body := range []string{
		hi, sampleHistory,
		`{"contents":{"parts":{"text":"a"}},"generation_config":{"candidate_count":2,"maxOutputTokens":"7"},"system_instruction":null}`,
		`{"contents":[{}],"contents":[]}`, `{"contents":[{}],"tool_config":1,"toolConfig":2}`,
		"{\"content\u017f\":[{}],\"contents\":[{}]}", "\xef\xbb\xbf{}", hi + "x", `{"contents":["\ud800"]}`,
		`{"contents":[{"parts":[{"inlineData":{"data":"QQ","mimeType":"A/b"}},{"fileData":{"fileUri":"gs://x"}},{"functionResponse":{"name":"g","response":{"error":[1]},"parts":[{}]}}]}]}`,
		`{"contents":[{}],"tools":[{"functionDeclarations":{"name":"f","parameters":{"type":"A","any_of":[{}],"nullable":true,"properties":{"x":1}}},"googleSearch":{}}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}}`,
		`{"contents":[{}],"generationConfig":{"responseMimeType":"application/json","responseSchema":{"nullable":true,"enum":["a"],"properties":{"a":{},"\u0062":{"propertyOrdering":["x"]}},"propertyOrdering":["b","a","c"]}}}`,
		`{"contents":[{}],"tools":[{"functionDeclarations":[{"name":"f"},{"name":"g","parameters":{"items":{"properties":{"a":{},"b":{}},"property_ordering":["b",1]}}}]}],"toolConfig":{"functionCallingConfig":{"mode":"VALIDATED","allowedFunctionNames":["g","f"]}}}`,
		`{"content":{"parts":[{"text":"x"}]},"requests":[{"content":{"parts":{"text":"y"}}}],"outputDimensionality":3}`,
		`{"generateContentRequest":{"contents":[{"role":"model","parts":[{"executableCode":{"code":"1"}}]}]}}`,
	} {
		f.Add([]byte(body))
	}
}

const sampleHistory = `{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"a\u00e9\"\\"}]},{"role":"model","parts":[
{"text":"t","thought":true,"thoughtSignature":"c3AxLmE6Yg=="},{"functionCall":{"name":"f","args":{"a":[1]}},"thought_signature":"QQ=="}]},
{"role":"function","parts":[{"functionResponse":{"name":"f","response":{"result":"r"}}}]}]}`

// FuzzScan holds law 2: a request that passes is read by other readers as we read
// it. One takes the last of repeated keys and ignores letter case, the other takes
// the first.
func FuzzScan(f *testing.F) {
	addRequests(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := request(generatePath, string(body))
		if err := (Dialect{}).Scan(ex); err != nil {
			if err.Code == core.CodeInternal || err.Message == "" || !utf8.ValidString(err.Param) {
				t.Fatalf("%v, param %q", err, err.Param)
			}
			return
		}
		var last struct {
			Config  map[string]json.RawMessage `json:"generationConfig"`
			Config2 map[string]json.RawMessage `json:"generation_config"`
		}
		if err := json.Unmarshal(body, &last); err != nil {
			t.Fatalf("encoding/json refuses what we accept: %v: %q", err, body)
		}
		want := int64(0)
		for _, path := range []string{
			"generationConfig.maxOutputTokens", "generationConfig.max_output_tokens",
			"generation_config.maxOutputTokens", "generation_config.max_output_tokens",
		} {
			if v := gjson.GetBytes(body, path); v.Exists() {
				want = v.Int()
			}
		}
		if got := ex.Request.MaxOutput; got != want && want < 1<<53 {
			t.Fatalf("we read %d, gjson %d: %q", got, want, body)
		}
		if got := forward(t, ex, upstream("")); got != string(body) && !bytes.Contains(body, sealedMark) {
			t.Fatalf("%q left as %q", body, got)
		}
		if (Dialect{}).Parts(ex) == nil {
			fuzzEdits(t, ex)
		}
	})
}

// fuzzEdits puts a character into the middle of every string that is a part, and
// adds three.
func fuzzEdits(t *testing.T, ex *core.Exchange) {
	var want []string
	for _, p := range ex.Prompt {
		text := string(p.Text())
		if dialecttest.IsName(ex.Request.Body, p) {
			continue
		}
		if p.Raw.Of(ex.Request.Body)[0] == '"' && p.Kind != core.PartToolCall {
			at := len(text) / 2
			for at < len(text) && !utf8.RuneStart(text[at]) {
				at++
			}
			edit(t, p, at, at, "\"é")
			text = text[:at] + "\"é" + text[at:]
		}
		want = append(want, text)
	}
	appended(ex, core.RoleSystem, 0, "\"s")
	appended(ex, core.RoleUser, 0, "\"u")
	appended(ex, core.RoleSystem, 1, "\"s")
	at := ex.NewAttempt(upstream("real"))
	if err := (Dialect{}).Forward(ex, at); err != nil {
		return
	}
	got := string(bytes.Join(at.Request.Body, nil))
	after := request(generatePath, got)
	if err := (Dialect{}).Scan(after); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if err := (Dialect{}).Parts(after); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	all := map[string]bool{}
	for _, p := range after.Prompt {
		all[string(p.Text())] = true
	}
	for _, w := range append(want, "\"s", "\"u") {
		if !all[w] {
			t.Fatalf("%q is not in %s", w, got)
		}
	}
}

// FuzzTyped makes sure that no request breaks the reader, that what it makes is
// sound, and that no string of the contents is lost.
func FuzzTyped(f *testing.F) {
	addRequests(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, path := range []string{generatePath, "/v1/models/m:countTokens", embedPath, batchPath} {
			ex := request(path, string(body))
			if (Dialect{}).Scan(ex) != nil {
				continue
			}
			var r core.TypedRequest
			if err := (Dialect{}).Typed(ex, body, &r); err != nil {
				if err.Code == core.CodeInternal || err.Message == "" {
					t.Fatal(err)
				}
				continue
			}
			checkTyped(t, &r)
			if r.Body != nil || len(r.Dropped) > 0 {
				continue
			}
			held := heldBy(&r)
			top, _ := tree(t, string(body)).(map[string]any)
			leaves(top["contents"], "contents", func(path, s string) {
				if !held(s) && !understood(path, s) && !sealedText(s) && !strings.HasSuffix(path, "mimeType") &&
					!strings.HasSuffix(path, "mime_type") && !strings.HasSuffix(path, "role") {
					t.Fatalf("%s %q is lost of %s", path, s, body)
				}
			})
		}
	})
}

func sealedText(s string) bool { return strings.HasPrefix(s, string(sealedMark)) }

// checkTyped holds the rules of the middle form.
func checkTyped(t *testing.T, r *core.TypedRequest) {
	t.Helper()
	if r.Body != nil && !json.Valid(r.Body) {
		t.Fatalf("body %s", r.Body)
	}
	msg := -1
	for i, p := range r.Parts {
		if p.ID != i || p.Msg < msg || p.Msg > msg+1 {
			t.Fatalf("part %d has ID %d and message %d after %d", i, p.ID, p.Msg, msg)
		}
		msg = p.Msg
		if (p.Kind == core.PartToolCall || p.Kind == core.PartToolResult) && len(p.Ref) == 0 {
			t.Fatalf("part %d has no id", i)
		}
		if a := p.Attr; a != nil && a.JSON != nil && !json.Valid(a.JSON) {
			t.Fatalf("part %d has %s", i, a.JSON)
		}
	}
	for _, tool := range r.Parameters.Tools {
		for _, b := range [][]byte{tool.Arguments, tool.Raw, tool.Attr} {
			if b != nil && !json.Valid(b) {
				t.Fatalf("tool %s", b)
			}
		}
	}
}

// FuzzEvent sends two events: the second must do the same as alone but for what
// adds up.
func FuzzEvent(f *testing.F) {
	for _, e := range []string{
		`{"candidates":[{"content":{"parts":[{"text":"a"}]},"index":0}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}`,
		`{"candidates":[{"content":{"parts":[{"functionCall":{}}]},"finishReason":"STOP"}]}`, `{"error":{"code":1}}`,
		`{"promptFeedback":{"blockReason":"OTHER"}}`, "[DONE]", "{", `{"candidates":[{"index":99}]}`,
	} {
		f.Add([]byte(e), []byte(e))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		ex, alone := &core.Exchange{}, &core.Exchange{}
		at, it := ex.NewAttempt(upstream("")), alone.NewAttempt(upstream(""))
		Dialect{}.Event(ex, at, first)
		before := at.Stream
		got, want := Dialect{}.Event(ex, at, second), Dialect{}.Event(alone, it, second)
		if got != want || at.Stream.OutTokens-before.OutTokens != it.Stream.OutTokens || at.Stream.Failed != (before.Failed || it.Stream.Failed) {
			t.Fatalf("%s after %s gives %v %+v, alone %v %+v", second, first, got, at.Stream, want, it.Stream)
		}
		if it.Usage.Reported && at.Usage != it.Usage || !at.Usage.Valid() {
			t.Fatalf("usage %+v, alone %+v", at.Usage, it.Usage)
		}
		if at.Stream.Done || got == core.EventLast {
			t.Fatal("there is no terminal event")
		}
		var d map[string]json.RawMessage
		if json.Unmarshal(second, &d) == nil && !bytes.ContainsRune(second, '\\') {
			if e := d["error"]; (len(e) > 0 && (e[0] == '{' || e[0] == '"')) != (got == core.EventFail) {
				t.Fatalf("%s: disposition %v", second, got)
			}
		}
	})
}

// FuzzAnswer makes sure that no answer breaks anything, and that an edit leaves it
// sound.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"candidates":[{"content":{"parts":[{"text":"a\u00e9","thought":true,"thoughtSignature":"QQ"},{"functionCall":{"args":{}}}]},"logprobsResult":{"x":["y"]},"finishReason":"STOP"}]}`,
		`{"error":{"message":"x"}}`, `{"candidates":[`, `{"totalTokens":1}`, `{"embedding":{"values":[1]}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		if err := (Dialect{}).Answer(ex, at, body); err != nil {
			if !json.Valid((Dialect{}).RenderError(nil, err, core.ID{})) {
				t.Fatal("the error is not JSON")
			}
			return
		}
		if !at.Usage.Valid() {
			t.Fatalf("usage %+v", at.Usage)
		}
		list, err := Dialect{}.AnswerParts(ex, body, nil)
		if err != nil || len(list) == 0 {
			return
		}
		edit(t, list[0], 0, 0, "x")
		if spliced, err := (Dialect{}).SpliceAnswer(ex, body, list); err == nil && !json.Valid(bytes.Join(spliced, nil)) {
			t.Fatalf("%s became %s", body, bytes.Join(spliced, nil))
		}
	})
}

// FuzzWrite writes an answer, whole and as a stream cut anywhere, and reads the
// same off both.
func FuzzWrite(f *testing.F) {
	f.Add("text", "thought", "f", `{"a":1}`, "sig", uint8(1), true)
	f.Add("\xff", "", "", `{`, "\x00\"", uint8(200), false)
	f.Fuzz(func(t *testing.T, text, thinking, name, args, sig string, cut uint8, asked bool) {
		ex := request("/v1/models/m:streamGenerateContent", hi)
		m := memoryOf(ex)
		m.thoughts = asked
		attr := &core.Attr{Source: []byte("other/x"), Signature: []byte(sig)}
		a := &core.Answer{ID: []byte(name), Usage: sampleUsage, Choices: []core.Choice{{Finish: core.FinishStop}}, Parts: []core.Part{
			part(core.PartThinking, 0, "", "", thinking, attr), part(core.PartText, 0, "", "", text, nil), part(core.PartToolCall, 0, name, sig, args, nil),
		}}
		whole := Dialect{}.WriteAnswer(nil, ex, attempt(ex), a)
		if !json.Valid(whole) {
			t.Fatalf("%s", whole)
		}
		var events []core.Event
		for i := range a.Parts {
			p := &a.Parts[i]
			s := string(p.Text())
			n := min(int(cut), len(s))
			for n < len(s) && !utf8.RuneStart(s[n]) {
				n++
			}
			events = append(events, named(event(core.EventOpen, i, p.Kind, ""), string(p.Name), string(p.Ref)),
				event(core.EventDelta, i, p.Kind, s[:n]), event(core.EventDelta, i, p.Kind, s[n:]))
			closing := event(core.EventClose, i, p.Kind, "")
			closing.Part.Attr = p.Attr
			events = append(events, closing)
		}
		events = append(events, core.Event{Kind: core.EventUsage, Usage: sampleUsage}, finish(0, core.FinishStop))
		m.thoughts = asked
		got, _ := writeStream(t, ex, events)
		want := written{text: map[int]string{}, thoughts: map[int]string{}}
		want.take(t, whole)
		if !utf8.ValidString(text) || !utf8.ValidString(thinking) {
			return // what is broken is replaced, but not in the same places
		}
		if got.text[0] != want.text[0] || got.thoughts[0] != want.thoughts[0] || !reflect.DeepEqual(got.calls, want.calls) ||
			!reflect.DeepEqual(got.signatures, want.signatures) {
			t.Fatalf("streamed %+v, whole %+v", got, want)
		}
	})
}

// FuzzEmbeddings writes what no provider should answer.
func FuzzEmbeddings(f *testing.F) {
	f.Add([]byte(`{"data":[{"index":1,"embedding":[1]},{"embedding":"AACAPw=="}],"usage":{"prompt_tokens":3}}`), true)
	f.Fuzz(func(t *testing.T, body []byte, batch bool) {
		if doc := appendEmbeddings(nil, &core.Answer{Body: body}, batch); !json.Valid(doc) {
			t.Fatalf("%s became %s", body, doc)
		}
	})
}

// FuzzArray turns events into an array, as many as the framer finds.
func FuzzArray(f *testing.F) {
	f.Add([]byte("data: 1\n\n: c\n\ndata: [2,\r\ndata: 3]\r\n\r\nevent: x\ndata:4\n\n"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		var (
			s   stream.SSE
			ev  stream.Event
			a   Array
			out []byte
			n   int
		)
		s.Feed(wire)
		for s.Next(&ev) {
			before := len(out)
			if out = a.Append(out, ev.Raw); len(bytes.TrimSpace(ev.Data)) > 0 && !json.Valid(ev.Data) {
				return
			}
			if said := len(bytes.TrimSpace(ev.Data)) > 0; said != (len(out) > before) {
				t.Fatalf("%q became %q", ev.Raw, out[before:])
			} else if said {
				n++
			}
		}
		var list []json.RawMessage
		if out = a.AppendEnd(out); json.Unmarshal(out, &list) != nil || len(list) != n {
			t.Fatalf("%q became %q, %d elements of %d", wire, out, len(list), n)
		}
	})
}
