package plugins_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// translatorOf starts the translator of a bundled module.
func translatorOf(t testing.TB, folder string) core.Translator {
	t.Helper()
	i, err := load(t, folder).New(core.InstanceConfig{Name: "provider.test", Isolation: core.IsolateShared})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := i.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return i.(core.TranslatorInstance).Translator()
}

// conversation is an exchange and an attempt at a provider of another dialect.
func conversation(tr core.Translator, model string) (*core.Exchange, *core.Attempt) {
	ex := &core.Exchange{}
	ex.Request.Operation = core.OpChat
	at := ex.NewAttempt(&core.Deployment{Model: model, Provider: &core.Provider{}})
	at.Translation = &core.Translation{Translator: tr}
	return ex, at
}

func text(role core.Role, msg int, words string) *core.Part {
	p := &core.Part{Role: role, Msg: msg}
	p.SetText([]byte(words))
	return p
}

func TestAnthropicRoundTrip(t *testing.T) {
	tr := translatorOf(t, "provider/anthropic")
	if tr.Dialect() != "anthropic.messages" || !tr.Translates(core.OpChat) || tr.Translates(core.OpImages) {
		t.Errorf("%s, %v", tr.Dialect(), tr)
	}
	ex, at := conversation(tr, "claude-opus-5")
	r := &core.TypedRequest{Parts: []*core.Part{text(core.RoleSystem, 0, "Be <brief>."), text(core.RoleUser, 1, "Hi")}}
	r.Parameters.Seed = core.Some[int64](7)
	if err := tr.Request(ex, at, r); err != nil {
		t.Fatal(err)
	}
	want := `{"model":"claude-opus-5","system":[{"type":"text","text":"Be <brief>."}],` +
		`"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],"max_tokens":4096}`
	if got := string(bytes.Join(at.Request.Body, nil)); got != want || at.Request.Path != "/v1/messages" {
		t.Errorf("%s\ngot  %s\nwant %s", at.Request.Path, got, want)
	}
	if got := strings.Join(ex.Dropped, " "); got != "seed=not_supported_by_provider" {
		t.Errorf("dropped %q", got)
	}
	a := &at.Translation.Answer
	body := `{"id":"msg_1","model":"claude-opus-5-1","content":[{"type":"text","text":"Hej"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}`
	if err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(body)}, a); err != nil {
		t.Fatal(err)
	}
	if len(a.Parts) != 1 || string(a.Parts[0].Text()) != "Hej" || string(a.ID) != "msg_1" || a.Choices[0].Finish != core.FinishStop ||
		a.Usage.InputUncached != 3 || !a.Usage.Reported {
		t.Errorf("%+v", a)
	}
	err := tr.Response(ex, at, &core.UpstreamResponse{Status: 529, Body: []byte(`{"error":{"type":"overloaded_error","message":"Over\nloaded"}}`)}, a)
	if err == nil || err.Code != core.CodeUpstreamStatus || err.Status != 503 || err.Reason != "overloaded_error" || err.Message != "Over loaded" {
		t.Errorf("%+v", err)
	}
	r.Parameters.Choices = 2
	if err := tr.Request(ex, at, r); err == nil || err.Code != core.CodeUnsupportedField || err.Param != "n" || err.HTTPStatus() != 400 {
		t.Errorf("%+v", err)
	}
}

// events is a stream of text, a part at a time.
var events = []string{
	`{"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":5,"output_tokens":1}}}`,
	`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
	`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Some text that a model wrote. "}}`,
	`{"type":"content_block_stop","index":0}`,
	`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}}`,
	`{"type":"message_stop"}`,
}

func TestAnthropicStream(t *testing.T) {
	tr := translatorOf(t, "provider/anthropic")
	ex, at := conversation(tr, "claude-opus-5")
	var kinds []core.EventKind
	for _, e := range events {
		got, err := tr.Event(ex, at, nil, []byte(e), false)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			kinds = append(kinds, got[i].Kind)
		}
	}
	if got, err := tr.Event(ex, at, nil, nil, true); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
	want := []core.EventKind{core.EventUsage, core.EventOpen, core.EventDelta, core.EventClose, core.EventUsage, core.EventFinish}
	if len(kinds) != len(want) {
		t.Fatalf("%v, want %v", kinds, want)
	}
	for i := range want {
		if kinds[i] != want[i] {
			t.Errorf("event %d is %v, want %v", i, kinds[i], want[i])
		}
	}
}

func BenchmarkTranslatorEvent(b *testing.B) {
	tr := translatorOf(b, "provider/anthropic")
	ex, at := conversation(tr, "claude-opus-5")
	for _, e := range events[:2] {
		if _, err := tr.Event(ex, at, nil, []byte(e), false); err != nil {
			b.Fatal(err)
		}
	}
	data := []byte(events[2])
	b.ReportAllocs()
	for b.Loop() {
		if got, err := tr.Event(ex, at, nil, data, false); err != nil || len(got) != 1 {
			b.Fatal(got, err)
		}
	}
}

func BenchmarkTranslatorRoundTrip(b *testing.B) {
	tr := translatorOf(b, "provider/anthropic")
	r := &core.TypedRequest{}
	for i := range 8 {
		role := core.RoleUser
		if i%2 == 1 {
			role = core.RoleAssistant
		}
		r.Parts = append(r.Parts, text(role, i, strings.Repeat("The quick brown fox jumps over it. ", 15)))
	}
	body := []byte(`{"id":"msg_1","model":"m","content":[{"type":"text","text":"` + strings.Repeat("The quick brown fox. ", 50) +
		`"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}`)
	ex, _ := conversation(tr, "claude-opus-5")
	d := ex.Attempt.Deployment
	b.ReportAllocs()
	for b.Loop() {
		ex.Reset()
		ex.Request.Operation = core.OpChat
		at := ex.NewAttempt(d)
		at.Translation = &core.Translation{Translator: tr}
		if err := tr.Request(ex, at, r); err != nil {
			b.Fatal(err)
		}
		if err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: body}, &at.Translation.Answer); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLargePicture: a picture of 16 MiB of base64 goes through within the limits.
func TestLargePicture(t *testing.T) {
	tr := translatorOf(t, "provider/anthropic")
	ex, at := conversation(tr, "claude-opus-5")
	p := &core.Part{Kind: core.PartImage, Name: []byte("image/png"), Attr: &core.Attr{Data: bytes.Repeat([]byte("AAAA"), 4<<20)}}
	began := time.Now()
	if err := tr.Request(ex, at, &core.TypedRequest{Parts: []*core.Part{p}}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes in %v", at.Request.BodyLen(), time.Since(began))
	if n := at.Request.BodyLen(); n < 16<<20 {
		t.Errorf("%d bytes left", n)
	}
}
