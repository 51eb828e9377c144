package gemini

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// part makes a part of an answer.
func part(kind core.PartKind, choice int, name, ref, text string, attr *core.Attr) core.Part {
	p := core.Part{Kind: kind, Role: core.RoleAssistant, Choice: choice, Name: []byte(name), Ref: []byte(ref), Attr: attr}
	p.SetText([]byte(text))
	return p
}

func sealedBy(source, signature string) *core.Attr {
	return &core.Attr{Source: []byte(source), Signature: []byte(signature)}
}

// attempt returns an attempt at a provider of another dialect.
func attempt(ex *core.Exchange) *core.Attempt {
	at := ex.NewAttempt(upstream("real"))
	at.Service = &core.Service{Dialect: "other"}
	return at
}

// sampleUsage has some of everything.
var sampleUsage = core.Usage{InputUncached: 5, CacheRead: 3, CacheWrite: 2, Output: 20, Reasoning: 12, Reported: true}

func TestWriteAnswer(t *testing.T) {
	t.Parallel()
	for _, asked := range []bool{false, true} {
		ex := scan(t, generatePath, fmt.Sprintf(`{"contents":[{}],"generationConfig":{"candidateCount":2,"thinkingConfig":{"includeThoughts":%v}}}`, asked))
		a := &core.Answer{ID: []byte("id-1"), Model: []byte("real-2"), Usage: sampleUsage, Parts: []core.Part{
			part(core.PartThinking, 0, "", "", "unsigned", nil),
			part(core.PartThinking, 0, "", "", "signed", sealedBy("gemini", "c2ln")),
			part(core.PartRedacted, 0, "", "", "", sealedBy("anthropic.messages", "x")),
			part(core.PartText, 0, "", "", "a\"<b>\u2028", sealedBy("gemini/eu", "c2ln")),
			part(core.PartCitation, 0, "", "", "title", &core.Attr{URL: []byte("https://x.test/")}),
			part(core.PartCitation, 0, "", "", "quoted", nil),
			part(core.PartCitation, 0, "", "", "words", &core.Attr{URL: []byte("https://y.test/"), JSON: []byte(`{"title":"a \"page\""}`)}),
			part(core.PartCitation, 0, "", "", "words", &core.Attr{JSON: []byte(`{"title":"","document_title":"a file"}`)}),
			part(core.PartToolCall, 0, "f", "c1", `{"n":9007199254740993}`, nil),
			part(core.PartToolCall, 0, "g", "", "", nil),
			part(core.PartImage, 0, "image/png", "", "", &core.Attr{Data: []byte("QQ==")}),
			part(core.PartDocument, 0, "text/plain", "", "", &core.Attr{URL: []byte("https://x.test/f"), Source: []byte("gemini"), Signature: []byte("no base64")}),
			part(core.PartDocument, 0, "text/plain", "", "", nil),
			part(core.PartRaw, 0, "", "", "", &core.Attr{JSON: []byte(`{}`)}),
			part(core.PartRefusal, 1, "", "", "no", nil),
		}, Choices: []core.Choice{{Index: 0, Finish: core.FinishToolCalls}, {Index: 1, Finish: core.FinishLength}}}
		at := attempt(ex)
		got := Dialect{}.WriteAnswer([]byte("x"), ex, at, a)[1:]
		want := `{"candidates":[{"content":{"parts":[`
		if asked {
			want += `{"text":"unsigned","thought":true},`
		}
		want += `{"text":"signed","thought":true,"thoughtSignature":"c2ln"},{"text":"","thought":true,"thoughtSignature":"c3Axci5hbnRocm9waWMubWVzc2FnZXM6eA=="},` +
			`{"text":"a\"<b>` + "\u2028" + `","thoughtSignature":"c2ln"},{"functionCall":{"id":"c1","name":"f","args":{"n":9007199254740993}}},` +
			`{"functionCall":{"name":"g","args":{}}},{"inlineData":{"mimeType":"image/png","data":"QQ=="}},{"fileData":{"mimeType":"text/plain","fileUri":"https://x.test/f"},"thoughtSignature":"c3AxLmdlbWluaTpubyBiYXNlNjQ="}],"role":"model"},"finishReason":"STOP",` +
			`"groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://x.test/","title":"title"}},{"retrievedContext":{"text":"quoted"}},` +
			`{"web":{"uri":"https://y.test/","title":"a \"page\""}},{"retrievedContext":{"text":"words","title":"a file"}}]},"index":0},` +
			`{"content":{"parts":[{"text":"no"}],"role":"model"},"finishReason":"MAX_TOKENS","index":1}],` +
			`"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":8,"totalTokenCount":30,"cachedContentTokenCount":3,"thoughtsTokenCount":12},` +
			`"modelVersion":"real-2","responseId":"id-1"}`
		if string(got) != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if len(ex.Dropped) != 1 || ex.Dropped[0] != "answer.raw=not_supported_by_dialect" {
			t.Errorf("reported %q", ex.Dropped)
		}
		readBack(t, ex, got, core.FinishToolCalls)
		if unknown, err := (Dialect{}).UnknownInAnswer(ex, got); err != nil || len(unknown) > 0 {
			t.Errorf("unknown %q, %v", unknown, err)
		}
	}
}

// readBack reads what was written as an answer of a provider of this dialect.
func readBack(t *testing.T, ex *core.Exchange, doc []byte, finish core.Finish) {
	t.Helper()
	back := ex.NewAttempt(upstream(""))
	if err := (Dialect{}).Answer(ex, back, doc); err != nil {
		t.Fatal(err)
	}
	want := sampleUsage
	want.InputUncached, want.CacheWrite = want.InputUncached+want.CacheWrite, 0 // no place for these
	if back.Usage != want || back.Finish != finish || string(back.Model) != "real-2" {
		t.Errorf("reads back %+v %v %s", back.Usage, back.Finish, back.Model)
	}
}

func TestWriteAnswerMalformed(t *testing.T) {
	t.Parallel()
	for _, args := range []string{`{"a":`, `[1]`, `"x"`, `{} {}`} {
		ex := scan(t, generatePath, hi)
		a := &core.Answer{
			Parts:   []core.Part{part(core.PartText, 0, "", "", "t", nil), part(core.PartToolCall, 0, "f", "1", args, nil)},
			Choices: []core.Choice{{Finish: core.FinishToolCalls}},
		}
		var got document
		doc := Dialect{}.WriteAnswer(nil, ex, attempt(ex), a)
		if err := json.Unmarshal(doc, &got); err != nil {
			t.Fatalf("%v: %s", err, doc)
		}
		if c := got.Candidates[0]; c.Finish != "MALFORMED_FUNCTION_CALL" || len(c.Content.Parts) != 1 || got.calls() || got.Model != "real" {
			t.Errorf("%s became %s", args, doc)
		}
		quoted, _ := json.Marshal("Malformed function call: f(" + args + ")")
		if !strings.Contains(string(doc), `"finishMessage":`+string(quoted)) {
			t.Errorf("the client is not told: %s", doc)
		}
	}
}

// TestWriteAnswerReasons writes each finish and reads it back.
func TestWriteAnswerReasons(t *testing.T) {
	t.Parallel()
	for finish, word := range map[core.Finish]string{
		core.FinishNone: "", core.FinishStop: "STOP", core.FinishLength: "MAX_TOKENS", core.FinishContentFilter: "SAFETY", core.FinishOther: "OTHER",
	} {
		ex := scan(t, generatePath, hi)
		doc := Dialect{}.WriteAnswer(nil, ex, attempt(ex), &core.Answer{Choices: []core.Choice{{Finish: finish}}})
		var got document
		if err := json.Unmarshal(doc, &got); err != nil || got.Candidates[0].Finish != word {
			t.Errorf("%v became %s, %v", finish, doc, err)
		}
		back := finish
		if finish == core.FinishOther { // Google's own OTHER is an answer that was held back
			back = core.FinishContentFilter
		}
		if f := finishOf([]byte(word), false); f != back {
			t.Errorf("%s reads back as %v", word, f)
		}
	}
	// The reasons that Google's clients know, and one that nobody does yet.
	for word, want := range map[string]core.Finish{
		"FINISH_REASON_UNSPECIFIED": core.FinishNone, "STOP": core.FinishStop, "MAX_TOKENS": core.FinishLength,
		"SAFETY": core.FinishContentFilter, "RECITATION": core.FinishContentFilter, "BLOCKLIST": core.FinishContentFilter,
		"PROHIBITED_CONTENT": core.FinishContentFilter, "SPII": core.FinishContentFilter, "IMAGE_SAFETY": core.FinishContentFilter,
		"IMAGE_PROHIBITED_CONTENT": core.FinishContentFilter, "IMAGE_RECITATION": core.FinishContentFilter,
		"LANGUAGE": core.FinishContentFilter, "OTHER": core.FinishContentFilter, "IMAGE_OTHER": core.FinishContentFilter,
		"MODEL_ARMOR": core.FinishContentFilter, "MALFORMED_FUNCTION_CALL": core.FinishOther, "UNEXPECTED_TOOL_CALL": core.FinishOther,
		"TOO_MANY_TOOL_CALLS": core.FinishOther, "NO_IMAGE": core.FinishOther,
		"MALFORMED_RESPONSE": core.FinishOther, "CONTINUATION": core.FinishLength, "SOMETHING_NEW": core.FinishOther,
	} {
		if got := finishOf([]byte(word), false); got != want {
			t.Errorf("%s is %v, want %v", word, got, want)
		}
	}
	if finishOf([]byte("STOP"), true) != core.FinishToolCalls || finishOf([]byte("MAX_TOKENS"), true) != core.FinishLength {
		t.Error("a call changes nothing but STOP")
	}
}

func TestWriteCount(t *testing.T) {
	t.Parallel()
	ex := scan(t, "/v1beta/models/m:countTokens", hi)
	doc := Dialect{}.WriteAnswer(nil, ex, attempt(ex), &core.Answer{Usage: core.Usage{InputUncached: 30, CacheRead: 1}})
	if string(doc) != `{"totalTokens":31}` {
		t.Errorf("got %s", doc)
	}
	if err := (Dialect{}).Answer(ex, ex.NewAttempt(upstream("")), doc); err != nil {
		t.Error(err)
	}
}

func TestAnswerRefuses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]core.Code{
		`{"candidates":[]}`:                           codeNone,
		`{"promptFeedback":{"blockReason":"SAFETY"}}`: codeNone,
		`{"usageMetadata":{}}`:                        codeNone,
		`[{"candidates":[]}]`:                         core.CodeUpstreamInvalid,
		`{"candidates":[`:                             core.CodeUpstreamInvalid,
		`{"choices":[]}`:                              core.CodeUpstreamInvalid,
		`{"totalTokens":1}`:                           core.CodeUpstreamInvalid,
		``:                                            core.CodeUpstreamInvalid,
		`{"error":{"code":400}}`:                      core.CodeUpstreamStatus,
	} {
		ex := scan(t, generatePath, hi)
		at := ex.NewAttempt(upstream(""))
		err := Dialect{}.Answer(ex, at, []byte(body))
		got := codeNone
		if err != nil {
			got = err.Code
		}
		if got != want {
			t.Errorf("%s: %v", body, err)
		}
		if blocked := strings.Contains(body, "blockReason"); blocked != (at.Finish == core.FinishContentFilter) {
			t.Errorf("%s finished with %v", body, at.Finish)
		}
		if want == core.CodeUpstreamStatus && (err.Upstream == nil || string(err.Upstream.Body) != body) {
			t.Errorf("%s: the error does not carry it", body)
		}
	}
}

// codeNone stands for no error.
const codeNone = core.Code(255)

func TestUsage(t *testing.T) {
	t.Parallel()
	for usage, want := range map[string]core.Usage{
		`{}`: {}, `null`: {}, `{"trafficType":"ON_DEMAND"}`: {}, `{"promptTokenCount":-1}`: {}, `{"promptTokenCount":0,"totalTokenCount":0}`: {},
		`{"promptTokenCount":1e18}`: {}, `{"candidatesTokenCount":4}`: {},
		`{"promptTokenCount":26,"candidatesTokenCount":23,"thoughtsTokenCount":132,"totalTokenCount":181}`: {InputUncached: 26, Output: 155, Reasoning: 132, Reported: true},
		// Some runtimes count the thoughts among the candidates.
		`{"promptTokenCount":26,"candidatesTokenCount":155,"thoughtsTokenCount":132,"totalTokenCount":181}`: {InputUncached: 26, Output: 155, Reasoning: 132, Reported: true},
		`{"promptTokenCount":10,"cachedContentTokenCount":8,"toolUsePromptTokenCount":5,"candidatesTokenCount":1,"totalTokenCount":16,
		  "promptTokensDetails":[{"modality":"TEXT","tokenCount":7},{"modality":"AUDIO","tokenCount":2},{"modality":"IMAGE","tokenCount":1}],
		  "candidatesTokensDetails":[{"tokenCount":1,"modality":"AUDIO"}],"toolUsePromptTokensDetails":[7]}`: {InputUncached: 7, CacheRead: 8, Output: 1, Audio: 3, AudioInput: 2, AudioOutput: 1, Image: 1, Reported: true},
		`{"promptTokenCount":3,"cachedContentTokenCount":9}`:                                         {CacheRead: 3, Reported: true},
		`{"promptTokenCount":3,"thoughtsTokenCount":5,"candidatesTokenCount":0,"totalTokenCount":3}`: {InputUncached: 3, Output: 5, Reasoning: 5, Reported: true},
	} {
		ex := scan(t, generatePath, hi)
		at := ex.NewAttempt(upstream(""))
		if err := (Dialect{}).Answer(ex, at, []byte(`{"candidates":[],"usageMetadata":`+usage+`}`)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(at.Usage, want) || !at.Usage.Valid() {
			t.Errorf("%s gives %+v, want %+v", usage, at.Usage, want)
		}
	}
}
