package gemini

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// shown is a part as tests write it down.
func shown(p *core.Part) string {
	s := fmt.Sprintf("%s %s %d", p.Role, p.Kind, p.Msg)
	if len(p.Name) > 0 {
		s += " name=" + string(p.Name)
	}
	if len(p.Ref) > 0 {
		s += " ref=" + string(p.Ref)
	}
	s += ": " + string(p.Text())
	if a := p.Attr; a != nil {
		for _, m := range []struct {
			name string
			b    []byte
		}{{"data", a.Data}, {"url", a.URL}, {"signature", a.Signature}, {"source", a.Source}, {"json", a.JSON}} {
			if m.b != nil {
				s += " [" + m.name + " " + string(m.b) + "]"
			}
		}
	}
	return s
}

func compare(t *testing.T, got []*core.Part, want ...string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = shown(got[i])
			if got[i].ID != i {
				t.Errorf("part %d has ID %d", i, got[i].ID)
			}
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("part %d is %s\nwant %s", i, g, w)
		}
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	ex := parts(t, `{"system_instruction":{"role":"system","parts":[{"text":"be\u0020kind"}]},
	"contents":[
	 {"role":"user","parts":[{"text":"look"},{"inlineData":{"data":"QUJD","mimeType":"IMAGE/png","displayName":"a.png"}},
	   {"file_data":{"file_uri":"gs://b/o","mime_type":"video/mp4"}},{"inline_data":{"mime_type":"audio/wav","data":"QQ=="}}]},
	 {"role":"model","parts":[{"text":"hm","thought":true,"thoughtSignature":"c2ln"},{"text":"so"},
	   {"functionCall":{"id":"1","name":"f","args":{"a":1}},"thought_signature":"c2ln"},{"executableCode":{"language":"PYTHON","code":"1+1"}}]},
	 {"parts":[{"functionResponse":{"name":"f","id":"1","response":{"x":["y",2],"z":{"w":"v"}},"parts":[{"inlineData":{"mimeType":"image/jpeg","data":"QQ=="}}]}}]},
	 {"parts":{"text":"alone"}}],
	"tools":[{"function_declarations":[{"name":"f","description":"d","parameters_json_schema":{"type":"object","properties":{"a":{"description":"e","type":"integer"}}}}]},{"googleSearch":{"excludeDomains":["x"]}}],
	"generationConfig":{"stopSequences":["END"],"responseMimeType":"text/plain"},"labels":{"team":"a"}}`)
	compare(t, ex.Prompt,
		"system text -1: be kind",
		"user text 0: look",
		"user image 0 name=image/png: QUJD",
		"user text 0: a.png",
		"user document 0 name=video/mp4: gs://b/o",
		"user audio 0 name=audio/wav: QQ==",
		"assistant thinking 1: hm",
		"assistant text 1: so",
		`assistant tool_call 1 name=f ref=1: {"a":1}`,
		"assistant raw 1: 1+1",
		"tool tool_result 2 name=f ref=1: x", "tool tool_result 2 name=f ref=1: y",
		"tool tool_result 2 name=f ref=1: z", "tool tool_result 2 name=f ref=1: w", "tool tool_result 2 name=f ref=1: v",
		"tool image 2 name=image/jpeg ref=1: QQ==",
		"user text 3: alone",
		"system text -1 name=f: f",
		"system text -1 name=f: d",
		"system text -1 name=f: e", "system text -1 name=f: a",
		"system text -1: x",
		"system text -1: END",
		"tool text -1: a", "tool text -1: team",
	)
	unknown, err := Dialect{}.Unknown(ex)
	if err != nil || len(unknown) > 0 {
		t.Errorf("unknown %q, %v", unknown, err)
	}
	// A content that stands alone is one like any other.
	compare(t, parts(t, `{"contents":{"role":"model","parts":{"text":"x"}}}`).Prompt, "assistant text -1: x")
}

const sampleCall = `{"functionCall":{"name":"f","args":{"a":"b"}},"thoughtSignature":"c2ln"}`

func TestForwardEdits(t *testing.T) {
	t.Parallel()
	ex := parts(t, `{"contents":[{"parts":[{"text":"my \u00e9 key"}]},{"role":"model","parts":[{"text":"t","thought":true,"thoughtSignature":"c2ln"},`+sampleCall+`]}]}`)
	edit(t, ex.Prompt[0], 0, 2, "<b>")
	want := `{"contents":[{"parts":[{"text":"<b> \u00e9 key"}]},{"role":"model","parts":[{"text":"t","thought":true,"thoughtSignature":"c2ln"},` + sampleCall + `]}]}`
	if got := forward(t, ex, upstream("other")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// What signs the thinking goes when that is edited.
	edit(t, ex.Prompt[1], 0, 1, "u")
	want = strings.ReplaceAll(strings.Replace(want, `"t"`, `"u"`, 1), `"c2ln"`, "null")
	if got := forward(t, ex, upstream("")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	edit(t, ex.Prompt[2], 1, 2, "")
	if err := (Dialect{}).Forward(ex, ex.NewAttempt(upstream(""))); err == nil || err.Code != core.CodePluginFailed {
		t.Errorf("the arguments are broken, but: %v", err)
	}
}

// appended adds a part as a hook does.
func appended(ex *core.Exchange, role core.Role, before int, text string) {
	p := &core.Part{ID: len(ex.Prompt), Role: role, Msg: -1, Before: before, Origin: core.OriginPlugin}
	p.SetText([]byte(text))
	ex.Prompt = append(ex.Prompt, p)
}

func TestForwardInserts(t *testing.T) {
	t.Parallel()
	const u, s, m = `{"role":"user","parts":[{"text":"u"}]}`, `{"text":"s"}`, `{"role":"model","parts":[{"text":"m"}]}`
	for body, want := range map[string]string{
		`{"contents":[{}] }`: `{"systemInstruction":{"parts":[` + s + "," + s + `]},"contents":[` + u + `,{},` + m + `] }`,
		`{"system_instruction":{"parts":[{"text":"a"}]},"contents":[{}]}`: `{"system_instruction":{"parts":[{"text":"a"},` + s + "," + s + `]},"contents":[` + u + `,{},` + m + `]}`,
		`{"systemInstruction":{"parts":[]},"contents":[{}]}`:              `{"systemInstruction":{"parts":[` + s + "," + s + `]},"contents":[` + u + `,{},` + m + `]}`,
		`{"systemInstruction":{"parts":{"text":"a"}},"contents":[{}]}`:    `{"systemInstruction":{"parts":[{"text":"a"},` + s + "," + s + `]},"contents":[` + u + `,{},` + m + `]}`,
		`{"systemInstruction":{"parts":null},"contents":[{}]}`:            `{"systemInstruction":{"parts":[` + s + "," + s + `]},"contents":[` + u + `,{},` + m + `]}`,
		`{"systemInstruction":{"role":"x"},"contents":[{}]}`:              `{"systemInstruction":{"parts":[` + s + "," + s + `],"role":"x"},"contents":[` + u + `,{},` + m + `]}`,
		`{"systemInstruction":{},"contents":[{}]}`:                        `{"systemInstruction":{"parts":[` + s + "," + s + `]},"contents":[` + u + `,{},` + m + `]}`,
		`{"systemInstruction":null,"contents":[{}]}`:                      `{"systemInstruction":{"parts":[` + s + "," + s + `]},"contents":[` + u + `,{},` + m + `]}`,
		`{"systemInstruction":"a","contents":[{}]}`:                       `{"systemInstruction":{"parts":[{"text":"a"},` + s + "," + s + `]},"contents":[` + u + `,{},` + m + `]}`,
		`{"contents":{}}`: `{"systemInstruction":{"parts":[` + s + "," + s + `]},"contents":[` + u + `,{},` + m + `]}`,
		`{"systemInstruction":{"parts":[{"text":"a"}]},"contents":{}}`: `{"systemInstruction":{"parts":[{"text":"a"},` + s + "," + s + `]},"contents":[` + u + `,{},` + m + `]}`,
	} {
		ex := parts(t, body)
		appended(ex, core.RoleTool, 0, "u")
		appended(ex, core.RoleSystem, 0, "s")
		appended(ex, core.RoleAssistant, 1, "m")
		appended(ex, core.RoleSystem, 1, "s")
		got := forward(t, ex, upstream(""))
		if got != want {
			t.Errorf("%s became\n%s, want\n%s", body, got, want)
		}
		tree(t, got)
		if again := forward(t, ex, upstream("")); again != got {
			t.Errorf("a retry sends %s", again)
		}
	}
	ex := parts(t, `{"systemInstruction":7,"contents":[{}]}`)
	appended(ex, core.RoleSystem, 0, "s")
	if err := (Dialect{}).Forward(ex, ex.NewAttempt(upstream(""))); err == nil || err.Code != core.CodePluginFailed {
		t.Errorf("nothing can be added, but: %v", err)
	}
}

func TestForwardNamesModel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, body, want string }{
		{
			"/v1beta/models/m:batchEmbedContents", `{"requests":[{"model":"models/m","content":{}},{"model":"m","content":{}},{}]}`,
			`{"requests":[{"model":"models/real","content":{}},{"model":"real","content":{}},{}]}`,
		},
		{"/v1beta/models/m:embedContent", `{"model":"models/real","content":{}}`, `{"model":"models/real","content":{}}`},
		{
			"/v1beta/models/m:countTokens", `{"generateContentRequest":{"model":"models/m","contents":[{}]}}`,
			`{"generateContentRequest":{"model":"models/real","contents":[{}]}}`,
		},
		{generatePath, `{"model":"models/m","contents":[{}]}`, `{"model":"models/real","contents":[{}]}`},
		{generatePath, hi, hi},
	} {
		if got := forward(t, scan(t, c.path, c.body), upstream("real")); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
		if got := forward(t, scan(t, c.path, c.body), upstream("")); got != c.body {
			t.Errorf("without a model of its own: got %s, want %s", got, c.body)
		}
	}
}

// TestForwardUnseals takes signatures out that another provider made.
func TestForwardUnseals(t *testing.T) {
	t.Parallel()
	seal := string(appendSignature(nil, &core.Attr{Source: []byte("anthropic.messages"), Signature: []byte("abc")}, false))
	body := `{"contents":[{"parts":[{"text":"c3Ax"}]},{"role":"model","parts":[{"text":"t","thought":true,"thoughtSignature":` + seal +
		`},{"functionCall":{"name":"f"},"thought_signature":` + seal + `},{"text":"","thoughtSignature":"b3Vycw=="}]}]}`
	ex := scan(t, generatePath, body)
	want := strings.Replace(strings.Replace(body, seal, "null", 1), seal, `"skip_thought_signature_validator"`, 1)
	if got := forward(t, ex, upstream("")); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := strings.Join(ex.Dropped, " "); got != "contents[1].parts[0].thoughtSignature=signed_by_another_provider contents[1].parts[1].thoughtSignature=signed_by_another_provider" {
		t.Errorf("dropped %q", got)
	}
	at := ex.NewAttempt(upstream(""))
	at.Service = &core.Service{Dialect: "anthropic.messages"}
	if err := (Dialect{}).Forward(ex, at); err != nil || string(bytes.Join(at.Request.Body, nil)) != body {
		t.Errorf("what is read into the middle form has lost its signatures: %v", err)
	}
}

func TestSpliceAnswer(t *testing.T) {
	t.Parallel()
	body := `{"candidates":[{"content":{"parts":[{"text":"think","thought":true},{"text":"call 555"},` + sampleCall + `,{"inlineData":{"mimeType":"image/png","data":"QQ=="}}],"role":"model"},
	"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"u","title":"t"}}],"groundingSupports":[{"segment":{"text":"call 555"}}]},"logprobsResult":{"x":[{"token":"call"}]}},
	{"index":1,"content":{"parts":[{"text":"b"}]},"logprobsResult":{}}],"promptFeedback":{"blockReasonMessage":"said"},"modelVersion":"m"}`
	ex := &core.Exchange{}
	list, err := Dialect{}.AnswerParts(ex, []byte(body), nil)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, list, "assistant thinking 0: think", "assistant text 0: call 555", `assistant tool_call 0 name=f: {"a":"b"}`,
		"assistant image 0 name=image/png: QQ==", "assistant citation 0: u", "assistant citation 0: t", "assistant text 0: b", "assistant text 0: said")
	if list[6].Choice != 1 || list[0].Origin != core.OriginUpstream {
		t.Error("choice or origin is wrong")
	}
	spelled := `{"x":[{"token":"call"}]}`
	if spliced, err := (Dialect{}).SpliceAnswer(ex, []byte(body), list); err != nil || string(bytes.Join(spliced, nil)) != strings.Replace(body, spelled, "null", 1) {
		t.Errorf("nothing was edited, but: %q, %v", spliced, err)
	}
	edit(t, list[1], 5, 8, "***")
	spliced, err := Dialect{}.SpliceAnswer(ex, []byte(body), list)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, b := range spliced {
		got.Write(b)
	}
	want := strings.Replace(body, "call 555", "call ***", 1)
	want = strings.Replace(want, `[{"segment":{"text":"call 555"}}]`, "null", 1)
	want = strings.Replace(want, spelled, "null", 1)
	if got.String() != want {
		t.Errorf("got  %s\nwant %s", got.String(), want)
	}
	if _, err := (Dialect{}).AnswerParts(ex, []byte(`{"candidates":[{"content":{},"content":{}}]}`), nil); err == nil || err.Code != core.CodeUpstreamInvalid {
		t.Errorf("the answer can be read in two ways, but: %v", err)
	}
}
