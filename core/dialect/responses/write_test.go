package responses

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func part(kind core.PartKind, text string, attr *core.Attr) core.Part {
	p := core.Part{Kind: kind, Role: core.RoleAssistant, Attr: attr}
	p.SetText([]byte(text))
	return p
}

func call(name, ref, args string, attr *core.Attr) core.Part {
	p := part(core.PartToolCall, args, attr)
	p.Name, p.Ref = []byte(name), []byte(ref)
	return p
}

func seal(source, signature string) *core.Attr {
	return &core.Attr{Source: []byte(source), Signature: []byte(signature)}
}

// message is what a message in the tests' answers looks like.
func said(index, status, content string) string {
	return `{"id":"msg_` + testID + `-` + index + `","type":"message","status":"` + status + `","role":"assistant","content":[` + content + `]}`
}

func text(text, notes string) string {
	return `{"type":"output_text","text":"` + text + `","annotations":[` + notes + `],"logprobs":[]}`
}

func called(index, status, rest string) string {
	return `{"id":"fc_` + testID + `-` + index + `","type":"function_call","status":"` + status + `",` + rest + `}`
}

func thought(index, summary, sealed string) string {
	if summary != "" {
		summary = `{"type":"summary_text","text":"` + summary + `"}`
	}
	return `{"id":"rs_` + testID + `-` + index + `","type":"reasoning","summary":[` + summary + `],"encrypted_content":"` + sealed + `"}`
}

const testID = "ab000000-0000-0000-0000-000000000000"

const withTools = `"tools":[{"type":"custom","name":"patch"},{"type":"namespace","name":"mcp","description":"d","tools":[{"type":"function","name":"f"}]},{"type":"function","name":"g"}]`

// answerCases are answers, and the output that they become, as a whole and as a stream.
var answerCases = []struct {
	name   string
	answer core.Answer
	want   []string
	lost   string
}{
	{"nothing", core.Answer{}, nil, ""},
	{"text", core.Answer{Parts: []core.Part{part(core.PartText, "a\n\"b", nil)}}, []string{said("0", "completed", text(`a\n\"b`, ""))}, ""},
	{
		"texts, citations, a refusal",
		core.Answer{Parts: []core.Part{
			part(core.PartText, "añ", nil), part(core.PartCitation, "T", &core.Attr{URL: []byte("u")}),
			part(core.PartCitation, "", &core.Attr{URL: []byte("v"), JSON: []byte(`{"start_index":1,"end_index":2,"x":3}`)}),
			part(core.PartText, "b", nil), part(core.PartRefusal, "no", nil), part(core.PartCitation, "lost", nil),
		}},
		[]string{said("0", "completed", text("añ", `{"type":"url_citation","url":"u","title":"T","start_index":0,"end_index":2},{"type":"url_citation","url":"v","title":"","start_index":1,"end_index":2}`)+
			","+text("b", "")+`,{"type":"refusal","refusal":"no"}`)},
		"answer.citation=not_supported_by_dialect",
	},
	{
		"thinking and calls",
		core.Answer{
			Parts: []core.Part{
				part(core.PartThinking, "hm", seal("anthropic.messages", "S==")), part(core.PartRedacted, "", seal("anthropic.messages", "D")),
				part(core.PartThinking, "plain", &core.Attr{Source: []byte("openai.chat/x")}),
				part(core.PartText, "t", nil), call("g", "c1", `{"a":1}`, nil), call("mcp__f", "", "", nil), call("patch", "c3", `{"input":"x\n\"y\""}`, nil), call("patch", "c4", `free`, nil),
			},
			Choices: []core.Choice{{Finish: core.FinishToolCalls}},
		},
		[]string{
			thought("0", "hm", "sp1.anthropic.messages.S=="), thought("1", "", "sp1r.anthropic.messages.D"), thought("2", "plain", "sp1.openai.chat/x."),
			said("3", "completed", text("t", "")), called("4", "completed", `"call_id":"c1","name":"g","arguments":"{\"a\":1}"`),
			called("5", "completed", `"call_id":"call_`+testID+`-5","namespace":"mcp","name":"f","arguments":"{}"`),
			`{"id":"ctc_` + testID + `-6","type":"custom_tool_call","status":"completed","call_id":"c3","name":"patch","input":"x\n\"y\""}`,
			`{"id":"ctc_` + testID + `-7","type":"custom_tool_call","status":"completed","call_id":"c4","name":"patch","input":"free"}`,
		},
		"",
	},
	{
		"seals on calls and texts",
		core.Answer{Parts: []core.Part{part(core.PartText, "t", seal("gemini", "T")), call("g", "c", "{}", seal("gemini", "G")), part(core.PartText, "u", seal("gemini", "U"))}},
		[]string{
			said("0", "completed", text("t", "")), thought("1", "", "sp1s.gemini.T"), called("2", "completed", `"call_id":"c","name":"g","arguments":"{}"`),
			thought("3", "", "sp1s.gemini.G"), said("4", "completed", text("u", "")), thought("5", "", "sp1s.gemini.U"),
		},
		"",
	},
	{
		"images",
		core.Answer{Parts: []core.Part{
			part(core.PartImage, "", &core.Attr{Data: []byte("QUJD")}), part(core.PartImage, "", &core.Attr{URL: []byte("u")}),
			part(core.PartAudio, "", &core.Attr{Data: []byte("QUJD")}), part(core.PartRaw, "", nil),
		}},
		[]string{`{"id":"ig_` + testID + `-0","type":"image_generation_call","status":"completed","result":"QUJD"}`},
		"answer.image=not_supported_by_dialect,answer.audio=not_supported_by_dialect,answer.raw=not_supported_by_dialect",
	},
	{
		"cut by a bound",
		core.Answer{Parts: []core.Part{part(core.PartThinking, "h", seal("openai.responses", "E")), part(core.PartText, "t", nil)}, Choices: []core.Choice{{Finish: core.FinishLength}}},
		[]string{thought("0", "h", "E"), said("1", "incomplete", text("t", ""))},
		"",
	},
	{
		"a call cut by a bound",
		core.Answer{Parts: []core.Part{call("g", "c", `{"a`, nil)}, Choices: []core.Choice{{Finish: core.FinishContentFilter}}},
		[]string{called("0", "incomplete", `"call_id":"c","name":"g","arguments":"{\"a"`)},
		"",
	},
}

// translated returns an exchange whose request is translated.
func translated(t testing.TB, body string) (*core.Exchange, *core.Attempt) {
	t.Helper()
	ex := scan(t, body)
	ex.ID[0] = 0xab
	if err := (Dialect{}).Typed(ex, ex.Request.Body, &core.TypedRequest{}); err != nil {
		t.Fatal(err)
	}
	return ex, ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}, Model: "deployed"})
}

func TestWriteAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range answerCases {
		ex, at := translated(t, with(withTools))
		ex.Parameters() // asked for late
		a := c.answer
		a.Usage = core.Usage{InputUncached: 3, CacheRead: 4, CacheWrite: 5, Output: 6, Reasoning: 2, Reported: true}
		got := string(Dialect{}.WriteAnswer([]byte("before"), ex, at, &a))[len("before"):]
		v := tree(t, got).(map[string]any)
		conforms(t, "Response", v)
		want := tree(t, "["+strings.Join(c.want, ",")+"]")
		if !equal(v["output"], want) {
			t.Errorf("%s: got %s\nwant %s", c.name, got, strings.Join(c.want, ","))
		}
		if lost := strings.Join(ex.Dropped, ","); lost != c.lost {
			t.Errorf("%s: lost %q, want %q", c.name, lost, c.lost)
		}
		// What was written is what is read.
		back := &core.Exchange{}
		in := back.NewAttempt(upstream(""))
		if err := (Dialect{}).Answer(back, in, []byte(got)); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if in.Usage != a.Usage || string(in.Model) != "deployed" {
			t.Errorf("%s: usage %+v, model %s", c.name, in.Usage, in.Model)
		}
		if len(a.Choices) > 0 && in.Finish != a.Choices[0].Finish {
			t.Errorf("%s: finish %v, want %v", c.name, in.Finish, a.Choices[0].Finish)
		}
	}
}

func equal(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// TestWriteAnswerEchoes makes sure that a response repeats what was asked for.
func TestWriteAnswerEchoes(t *testing.T) {
	t.Parallel()
	ex, at := translated(t, `{"model":"m","input":"x","store":true,"instructions":"be \"kind\"","max_output_tokens":9,"max_tool_calls":2,"metadata":{"a":"b"},
		"parallel_tool_calls":false,"reasoning":{"effort":"low","summary":"auto"},"safety_identifier":"s","temperature":0.5,"text":{"verbosity":"low","format":{"type":"json_object"}},
		"tool_choice":"required","tools":[{"type":"function","name":"f"},{"type":"web_search"}],"top_logprobs":3,"top_p":0.25,"user":"u","prompt_cache_key":"k"}`)
	got := string(Dialect{}.WriteAnswer(nil, ex, at, &core.Answer{Model: []byte("real")}))
	v := tree(t, got).(map[string]any)
	conforms(t, "Response", v)
	for key, want := range map[string]string{
		"instructions": `"be \"kind\""`, "max_output_tokens": "9", "max_tool_calls": "2", "metadata": `{"a":"b"}`, "parallel_tool_calls": "false",
		"reasoning": `{"effort":"low","summary":"auto"}`, "safety_identifier": `"s"`, "temperature": "0.5", "text": `{"verbosity":"low","format":{"type":"json_object"}}`,
		"tool_choice": `"required"`, "tools": `[{"type":"function","name":"f","parameters":null,"strict":null},{"type":"web_search"}]`, "top_logprobs": "3", "top_p": "0.25",
		"user": `"u"`, "prompt_cache_key": `"k"`, "store": "false", "previous_response_id": "null", "model": `"real"`, "status": `"completed"`, "error": "null",
		"id": `"resp_` + testID + `"`, "object": `"response"`, "usage": "null", "truncation": `"disabled"`,
	} {
		if !equal(v[key], tree(t, want)) {
			t.Errorf("%s: %v, want %s", key, v[key], want)
		}
	}
	ex.Request.Body = nil // has been let go
	v = tree(t, string(Dialect{}.WriteAnswer(nil, ex, at, &core.Answer{}))).(map[string]any)
	conforms(t, "Response", v)
	if v["instructions"] != nil || v["tool_choice"] != "auto" {
		t.Errorf("without the request: %v", v)
	}
	for _, bad := range []string{`"tools":5,"text":[],"metadata":1,"temperature":"x","instructions":null,"user":{}`, `"tools":[5]`, `"tools":[{"type":"function","name":"f","parameters":{},"strict":true}],"tool_choice":null`} {
		ex = scan(t, with(bad))
		conforms(t, "Response", tree(t, string(Dialect{}.WriteAnswer(nil, ex, at, &core.Answer{}))))
	}
}
