package anthropic

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// part makes a part of an answer.
func part(kind core.PartKind, text string, a *core.Attr) core.Part {
	p := core.Part{Kind: kind, Role: core.RoleAssistant, Attr: a}
	p.SetText([]byte(text))
	return p
}

func toolCall(ref, name, arguments string, a *core.Attr) core.Part {
	p := part(core.PartToolCall, arguments, a)
	p.Ref, p.Name = []byte(ref), []byte(name)
	return p
}

// other is an attempt at a provider of another dialect.
func other() (*core.Exchange, *core.Attempt) {
	ex := &core.Exchange{}
	ex.Request.Operation = core.OpChat
	ex.Request.Model = []byte("route")
	at := ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}, Model: "served"})
	at.Service = &core.Service{Dialect: "gemini"}
	return ex, at
}

// wantJSON compares documents as encoding/json reads them.
func wantJSON(t *testing.T, name, got, want string) {
	t.Helper()
	a, _ := json.Marshal(tree(t, got))
	b, _ := json.Marshal(tree(t, want))
	if string(a) != string(b) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, a, b)
	}
}

func TestWriteAnswer(t *testing.T) {
	t.Parallel()
	const id = `"id":"msg_00000000000000000000000000000000","type":"message","role":"assistant","model":"served",`
	const none = `"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":0}`
	end := func(reason string) string { return `"stop_reason":` + reason + `,"stop_sequence":null,` + none + `}` }
	for name, c := range map[string]struct {
		answer core.Answer
		want   string
	}{
		"text": {
			core.Answer{
				ID: []byte("resp-1"), Model: []byte("m1"), Parts: []core.Part{part(core.PartText, "hé\n", nil)},
				Choices: []core.Choice{{Finish: core.FinishStop}},
				Usage:   core.Usage{InputUncached: 3, CacheRead: 4, CacheWrite: 5, CacheWriteHour: 2, Output: 6, Reasoning: 2, Reported: true},
			},
			`{"id":"resp-1","type":"message","role":"assistant","model":"m1","content":[{"type":"text","text":"hé\n"}],"stop_reason":"end_turn","stop_sequence":null,
			"usage":{"input_tokens":3,"cache_creation_input_tokens":5,"cache_read_input_tokens":4,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":2},"output_tokens":6,"output_tokens_details":{"thinking_tokens":2}}}`,
		},
		"nothing": {core.Answer{}, `{` + id + `"content":[],` + end(`"end_turn"`)},
		"empty text": {
			core.Answer{Parts: []core.Part{part(core.PartText, "", nil), toolCall("c", "f", "", nil)}},
			`{` + id + `"content":[{"type":"tool_use","id":"c","name":"f","input":{}}],` + end(`"tool_use"`),
		},
		"stop sequence": {
			core.Answer{Choices: []core.Choice{{Finish: core.FinishStop, Stop: []byte("END")}}},
			`{` + id + `"content":[],"stop_reason":"stop_sequence","stop_sequence":"END",` + none + `}`,
		},
		"length":  {core.Answer{Choices: []core.Choice{{Finish: core.FinishLength}}}, `{` + id + `"content":[],` + end(`"max_tokens"`)},
		"filter":  {core.Answer{Choices: []core.Choice{{Finish: core.FinishContentFilter}}}, `{` + id + `"content":[],` + end(`"refusal"`)},
		"unknown": {core.Answer{Choices: []core.Choice{{Finish: core.FinishOther}}}, `{` + id + `"content":[],` + end(`"end_turn"`)},
		"refusal": {
			core.Answer{Parts: []core.Part{part(core.PartRefusal, "no", nil)}, Choices: []core.Choice{{Finish: core.FinishStop}}},
			`{` + id + `"content":[{"type":"text","text":"no"}],` + end(`"refusal"`),
		},
		"calls": {
			core.Answer{Parts: []core.Part{
				toolCall("a", "f", `{"n": 12345678901234567890}`, nil), toolCall("b", "g", `{"cut": "sho`, nil), toolCall("c", "h", `"{\"x\":1}"`, nil), toolCall("", "i", `[1]`, nil),
			}, Choices: []core.Choice{{Finish: core.FinishLength}}},
			`{` + id + `"content":[{"type":"tool_use","id":"a","name":"f","input":{"n":12345678901234567890}},
			{"type":"tool_use","id":"b","name":"g","input":{"_invalid_arguments":"{\"cut\": \"sho"}},
			{"type":"tool_use","id":"c","name":"h","input":{"x":1}},
			{"type":"tool_use","id":"toolu_00000000000000000000000000000000_4","name":"i","input":{"_invalid_arguments":"[1]"}}],` + end(`"max_tokens"`),
		},
		"thinking": {
			core.Answer{Parts: []core.Part{
				part(core.PartThinking, "a", &core.Attr{Signature: []byte("S"), Source: []byte("anthropic.messages/x")}),
				part(core.PartThinking, "b", &core.Attr{Signature: []byte("S")}),
				part(core.PartThinking, "c", nil),
				part(core.PartRedacted, "", &core.Attr{Signature: []byte("R"), Source: []byte("openai.responses")}),
				toolCall("a", "f", "{}", &core.Attr{Signature: []byte("Q")}),
			}},
			`{` + id + `"content":[{"type":"thinking","thinking":"a","signature":"S"},{"type":"thinking","thinking":"b","signature":"sp1.gemini.S"},
			{"type":"thinking","thinking":"c","signature":"sp1.gemini."},{"type":"redacted_thinking","data":"sp1.openai.responses.R"},
			{"type":"tool_use","id":"a","name":"f","input":{}},{"type":"redacted_thinking","data":"sp1s.gemini.Q"}],` + end(`"tool_use"`),
		},
		"citations": {
			core.Answer{Parts: []core.Part{
				part(core.PartText, "so", nil),
				part(core.PartCitation, "cited", &core.Attr{URL: []byte("https://u"), JSON: []byte(`{"title":"T","start":1}`)}),
				part(core.PartCitation, "own", &core.Attr{JSON: []byte("{\"type\":\"char_location\",\n\"document_index\":0}")}),
				part(core.PartCitation, "nowhere", &core.Attr{JSON: []byte(`{"type":"reference","reference_ids":[1]}`)}),
				part(core.PartText, "more", nil), part(core.PartCitation, "nowhere", nil), toolCall("c", "f", "", nil), part(core.PartCitation, "only", nil),
			}},
			`{` + id + `"content":[{"type":"text","text":"so","citations":[{"type":"web_search_result_location","cited_text":"cited","url":"https://u","title":"T","encrypted_index":""},
			{"type":"char_location","document_index":0,"cited_text":"own"}]},{"type":"text","text":"more"},{"type":"tool_use","id":"c","name":"f","input":{}},
			{"type":"text","text":"only"}],` + end(`"tool_use"`),
		},
		"citations behind no text": {
			core.Answer{Parts: []core.Part{
				part(core.PartText, "", nil), part(core.PartCitation, "cited", &core.Attr{URL: []byte("https://u")}), toolCall("c", "f", "", nil),
				part(core.PartCitation, "", &core.Attr{URL: []byte("https://v")}), part(core.PartCitation, "", &core.Attr{JSON: []byte(`{"type":"char_location"}`)}),
				toolCall("d", "f", "", nil), part(core.PartCitation, "", &core.Attr{JSON: []byte(`{"type":"char_location","cited_text":"caf\u00e9"}`)}),
			}},
			`{` + id + `"content":[{"type":"text","text":"cited","citations":[{"type":"web_search_result_location","cited_text":"cited","url":"https://u","title":null,"encrypted_index":""}]},
			{"type":"tool_use","id":"c","name":"f","input":{}},
			{"type":"text","text":"https://v","citations":[{"type":"web_search_result_location","cited_text":"","url":"https://v","title":null,"encrypted_index":""},
			{"type":"char_location","cited_text":""}]},{"type":"tool_use","id":"d","name":"f","input":{}},
			{"type":"text","text":"café","citations":[{"type":"char_location","cited_text":"caf\u00e9"}]}],` + end(`"tool_use"`),
		},
		"media": {
			core.Answer{Parts: []core.Part{
				{Kind: core.PartImage, Attr: &core.Attr{URL: []byte("https://i")}},
				part(core.PartAudio, "spoken", nil),
				part(core.PartRaw, "", &core.Attr{Source: []byte("anthropic.messages"), JSON: []byte(`{"type":"server_tool_use"}`)}),
			}},
			`{` + id + `"content":[{"type":"text","text":"![image](https://i)"},{"type":"text","text":"spoken"},{"type":"server_tool_use"}],` + end(`"end_turn"`),
		},
	} {
		ex, at := other()
		got := string(Messages{}.WriteAnswer(nil, ex, at, &c.answer))
		wantJSON(t, name, got, c.want)
		read := ex.NewAttempt(upstream(""))
		if err := (Messages{}).Answer(ex, read, []byte(got)); err != nil {
			t.Errorf("%s: our own answer: %v", name, err)
		}
		if u := c.answer.Usage; u.Reported && read.Usage.Output != u.Output || read.Usage.Input() != u.Input() {
			t.Errorf("%s: usage %+v is read back as %+v", name, u, read.Usage)
		}
		if lost := strings.Join(ex.Dropped, " "); lost != "" && (lost != "answer.citation=not_supported_by_dialect" || name != "citations") {
			t.Errorf("%s: dropped %v", name, ex.Dropped)
		}
	}
}

func TestWriteAnswerReportsLoss(t *testing.T) {
	t.Parallel()
	ex, at := other()
	got := Messages{}.WriteAnswer(nil, ex, at, &core.Answer{Parts: []core.Part{
		part(core.PartAudio, "", &core.Attr{Data: []byte("QQ==")}), part(core.PartRaw, "", &core.Attr{JSON: []byte(`{}`), Source: []byte("gemini")}),
		part(core.PartRaw, "", &core.Attr{JSON: []byte(`{`), Source: []byte("anthropic.messages")}),
	}})
	if !json.Valid(got) || strings.Join(ex.Dropped, " ") != "answer.audio=not_supported_by_dialect answer.raw=not_supported_by_dialect answer.raw=not_supported_by_dialect" {
		t.Errorf("%s, dropped %v", got, ex.Dropped)
	}
	ex, at = other()
	got = Messages{}.WriteAnswer(nil, ex, at, &core.Answer{Parts: []core.Part{part(core.PartText, "", nil), part(core.PartCitation, "", nil)}})
	if !strings.Contains(string(got), `"content":[]`) || strings.Join(ex.Dropped, " ") != "answer.citation=belongs_to_no_part" {
		t.Errorf("a citation of nothing behind nothing: %s, dropped %v", got, ex.Dropped)
	}
}

func TestWriteAnswerTellsOfMedia(t *testing.T) {
	t.Parallel()
	ex, at := other()
	got := Messages{}.WriteAnswer(nil, ex, at, &core.Answer{Parts: []core.Part{
		part(core.PartAudio, "", &core.Attr{Data: []byte("QQ==")}), part(core.PartCitation, "cited", &core.Attr{URL: []byte("https://u")}),
	}})
	if strings.Contains(string(got), `"text":""`) || !strings.Contains(string(got), `{"type":"text","text":"cited","citations":[`) {
		t.Errorf("a citation behind what stands for a sound: %s", got)
	}
	if !strings.Contains(string(got), `"content":[{"type":"text","text":"[audio of 3 bytes left out: answers of the Messages API hold none]"},`) {
		t.Errorf("the client is not told: %s", got)
	}
}

func TestWriteCount(t *testing.T) {
	t.Parallel()
	ex, at := other()
	ex.Request.Operation = core.OpCountTokens
	got := Messages{}.WriteAnswer(nil, ex, at, &core.Answer{Usage: core.Usage{InputUncached: 40, CacheRead: 2}})
	if string(got) != `{"input_tokens":42}` {
		t.Errorf("%s", got)
	}
	if err := (Messages{}).Answer(ex, at, got); err != nil || at.Usage != (core.Usage{Reported: true}) {
		t.Errorf("%v, usage %+v", err, at.Usage)
	}
	if err := (Messages{}).Answer(ex, at, []byte(`{"content":[]}`)); err == nil || err.Code != core.CodeUpstreamInvalid {
		t.Errorf("%v", err)
	}
}

// TestAnswerComesBack sends an answer to the client and reads it as the history of
// the next request: what the provider said is what it gets.
func TestAnswerComesBack(t *testing.T) {
	t.Parallel()
	ex, at := other()
	answer := core.Answer{Parts: []core.Part{
		part(core.PartThinking, "hm", &core.Attr{Signature: []byte("U2ln")}),
		part(core.PartText, "so \"it\" is", nil),
		toolCall("c1", "f", `{"a": [1, 2.50]}`, &core.Attr{Signature: []byte("Q2FsbA==")}),
		toolCall("c2", "g", `{}`, nil),
		part(core.PartRedacted, "", &core.Attr{Signature: []byte("UmVk"), Source: []byte("openai.responses/o")}),
	}}
	var message struct{ Content json.RawMessage }
	if err := json.Unmarshal((Messages{}).WriteAnswer(nil, ex, at, &answer), &message); err != nil {
		t.Fatal(err)
	}
	want := "0 assistant thinking text=hm sig=U2ln by=gemini\n0 assistant text text=so \"it\" is\n" +
		"0 assistant tool_call name=f ref=c1 text={\"a\": [1, 2.50]} sig=Q2FsbA== by=gemini\n0 assistant tool_call name=g ref=c2 text={}\n" +
		"0 assistant redacted sig=UmVk by=openai.responses/o\n"
	if got := show(typed(t, assistant(string(message.Content))).Parts); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	// To a provider of this dialect nothing of it goes that it would refuse.
	ex = scan(t, assistant(string(message.Content)))
	got := forward(t, ex, upstream(""))
	wantJSON(t, "forwarded", got, assistant(`[{"type":"text","text":"so \"it\" is"},{"type":"tool_use","id":"c1","name":"f","input":{"a":[1,2.50]}},{"type":"tool_use","id":"c2","name":"g","input":{}}]`))
	if len(ex.Dropped) != 3 {
		t.Errorf("dropped %v", ex.Dropped)
	}
}
