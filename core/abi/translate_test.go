package abi_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

func translating() (*core.Exchange, *core.Attempt) {
	ex := &core.Exchange{ID: core.ID{1}, Request: core.Request{Operation: core.OpChat, Model: []byte("m"), Stream: true}}
	at := ex.NewAttempt(&core.Deployment{Name: "d", Model: "up", Provider: &core.Provider{
		Name: "p", Kind: "k", BasePath: "/base", Settings: []core.Tag{{Key: "region", Value: "eu"}, {Key: "long", Value: strings.Repeat("x", 5000)}},
	}})
	at.Translation = &core.Translation{State: []byte("before")}
	return ex, at
}

// TestTranslationFrames fills the frame of each hook and reads it back.
func TestTranslationFrames(t *testing.T) {
	ex, at := translating()
	p := part("hello", core.RoleTool)
	p.Kind, p.Msg, p.Ref = core.PartToolResult, -1, []byte("c1")
	p.Attr = &core.Attr{Data: []byte("YQ=="), URL: []byte("u"), Signature: []byte("s"), Source: []byte("gemini"), JSON: []byte(`{"is_error":true}`)}
	r := &core.TypedRequest{Parts: []*core.Part{p}, Body: []byte("{}")}
	r.Parameters = core.Parameters{
		Choices: 1, OutputAttr: []byte(`{"strict":true}`), ReasoningTokens: core.Some[int64](9),
		Tools: []core.Tool{{Name: []byte("f"), Attr: []byte(`{"a":1}`)}}, Others: []core.Parameter{{Name: []byte("user"), JSON: []byte(`"u"`)}},
	}
	var f abi.Translations
	m, bad := f.Request(ex, at, r, &core.Sees{})
	if bad != nil {
		t.Fatal(bad)
	}
	var request abi.UpstreamRequestCall
	decode(t, &request, m.Append(nil))
	if got := &request.Parts[0]; string(got.Text) != "hello" || got.HasMessage || got.Kind != abi.KindToolResult || string(got.CallID) != "c1" ||
		string(got.Data) != "YQ==" || string(got.URL) != "u" || string(got.Signature) != "s" || string(got.Source) != "gemini" || string(got.Raw) != `{"is_error":true}` {
		t.Errorf("part %+v", got)
	}
	if got := &request.Parameters; string(got.OutputAttributes) != `{"strict":true}` || !got.HasReasoningTokens || got.ReasoningTokens != 9 ||
		string(got.Tools[0].Attributes) != `{"a":1}` || string(got.Others[0].Name) != "user" {
		t.Errorf("parameters %+v", got)
	}
	if got := &request.Target; string(got.Model) != "up" || string(got.BasePath) != "/base" || string(got.Kind) != "k" ||
		len(got.Settings) != 1 || string(got.Settings[0].Value) != "eu" {
		t.Errorf("target %+v", got)
	}
	if string(request.Body) != "{}" || string(request.Exchange.Model) != "m" || !request.Exchange.Stream {
		t.Errorf("%+v", request)
	}
	var response abi.UpstreamResponseCall
	answered := headers{"retry-after": "7", "set-cookie": "secret", "authorization": "secret", "x-api-key": "secret", "content-type": "x/y"}
	frame := f.Response(ex, at, &core.UpstreamResponse{Status: 429, Headers: answered, Body: []byte("no")}).Append(nil)
	decode(t, &response, frame)
	if response.Status != 429 || string(response.Body) != "no" || string(response.State) != "before" || len(response.Headers) != 2 || bytes.Contains(frame, []byte("secret")) {
		t.Errorf("response %+v", response)
	}
	var event abi.UpstreamEventCall
	decode(t, &event, f.Event(ex, at, []byte("n"), []byte("d"), true).Append(nil))
	if string(event.Name) != "n" || string(event.Data) != "d" || !event.Final || string(event.State) != "before" || string(event.Target.Model) != "up" {
		t.Errorf("event %+v", event)
	}
	f.Reset()
	r.Parameters.Tools[0].Name = make([]byte, 257)
	if _, bad := f.Request(ex, at, r, &core.Sees{}); bad == nil || bad.Param != "tools" {
		t.Errorf("a tool whose name no frame may hold: %v", bad)
	}
}

func header(name, value string) []abi.Header {
	return []abi.Header{{Name: []byte(name), Value: []byte(value)}}
}

func TestReadRequest(t *testing.T) {
	ex, at := translating()
	at.Request.Set("Content-Type", "application/json")
	at.Request.Path = "/descriptor"
	reply := abi.UpstreamRequestReply{
		Method: []byte("POST"), Path: []byte("/v1/x?alt=sse"), Headers: header("x-goog-thing", "a b"), Body: []byte("{}"), Framing: abi.FramingNDJSON,
		Dropped: []abi.Loss{{Field: []byte("a b=c"), Reason: []byte("not_there")}}, HasState: true, State: []byte("after"),
	}
	var f abi.Translations
	if said, err := f.ReadRequest(reply.Append(nil), ex, at); said != nil || err != nil {
		t.Fatal(said, err)
	}
	q := &at.Request
	if q.Path != "/v1/x?alt=sse" || string(bytes.Join(q.Body, nil)) != "{}" || q.Header[1] != (core.Header{Name: "X-Goog-Thing", Value: "a b"}) ||
		string(at.Translation.State) != "after" || at.Translation.Framing != core.FramingNDJSON || ex.Dropped[0] != "a?b?c=not_there" {
		t.Errorf("%+v %v %+v", q, ex.Dropped, at.Translation)
	}
	if _, err := f.ReadRequest(nil, ex, at); err != nil || at.Request.Path != "/v1/x?alt=sse" {
		t.Error("an empty reply leaves the descriptor's path", err)
	}
	for name, m := range map[string]abi.UpstreamRequestReply{
		"method":          {Method: []byte("TRACE")},
		"relative":        {Path: []byte("v1/x")},
		"another host":    {Path: []byte("//evil/x")},
		"blank":           {Path: []byte("/a b")},
		"line end":        {Path: []byte("/a\r\nX: y")},
		"umlaut":          {Path: []byte("/ä")},
		"dots":            {Path: []byte("/a/../b")},
		"fragment":        {Path: []byte("/a#b")},
		"no name":         {Headers: header("", "v")},
		"bad name":        {Headers: header("a b", "v")},
		"bad value":       {Headers: header("a", "v\nb: c")},
		"no ASCII":        {Headers: header("a", "ä")},
		"credential":      {Headers: header("Authorization", "Bearer x")},
		"provider key":    {Headers: header("x-goog-api-key", "x")},
		"session token":   {Headers: header("X-Amz-Security-Token", "x")},
		"cookie":          {Headers: header("cookie", "x")},
		"host":            {Headers: header("host", "evil")},
		"hop by hop":      {Headers: header("Connection", "close")},
		"length":          {Headers: header("Content-Length", "1")},
		"encoding":        {Headers: header("transfer-encoding", "chunked")},
		"proxy":           {Headers: header("proxy-connection", "x")},
		"loss, no reason": {Dropped: []abi.Loss{{Field: []byte("a")}}},
		"loss, sentence":  {Dropped: []abi.Loss{{Field: []byte("a"), Reason: []byte("No, sir")}}},
	} {
		ex, at := translating()
		if said, err := f.ReadRequest(m.Append(nil), ex, at); !errors.Is(err, abi.ErrBadFrame) || said != nil {
			t.Errorf("%s: %v, %v", name, said, err)
		}
	}
}

// TestReadFetch: a reply that asks for something to be fetched changes nothing else.
func TestReadFetch(t *testing.T) {
	ex, at := translating()
	reply := abi.UpstreamRequestReply{
		Path: []byte("/v1/x"), Body: []byte("{}"), HasState: true, State: []byte("after"),
		Fetch:   []abi.Fetch{{Part: 3, Field: []byte("messages[1].image")}, {Part: 1 << 31, Field: []byte("a\nb")}},
		Dropped: []abi.Loss{{Field: []byte("seed"), Reason: []byte("unsupported")}},
	}
	var f abi.Translations
	if said, err := f.ReadRequest(reply.Append(nil), ex, at); said != nil || err != nil {
		t.Fatal(said, err)
	}
	want := []core.Fetch{{Part: 3, Field: "messages[1].image"}, {Part: 1 << 31, Field: "a b"}}
	if got := at.Translation.Fetch; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if at.Request.Path != "" || len(at.Request.Body) > 0 || len(ex.Dropped) > 0 || string(at.Translation.State) == "after" {
		t.Errorf("%+v %v %+v", at.Request, ex.Dropped, at.Translation)
	}
}

func TestErrorsOfTranslators(t *testing.T) {
	ex, at := translating()
	var f abi.Translations
	refuse := func(e abi.Error) *core.Error {
		said, err := f.ReadRequest((&abi.UpstreamRequestReply{HasError: true, Error: e}).Append(nil), ex, at)
		if err != nil || said == nil {
			t.Fatal(said, err)
		}
		return said
	}
	e := refuse(abi.Error{Code: []byte("unsupported_parameter"), Param: []byte("n"), Message: []byte("no\r\nway\u0085")})
	if e.Code != core.CodeUnsupportedField || e.HTTPStatus() != 400 || e.Param != "n" || e.Message != "no  way " || e.Reason != "" || e.Origin != core.OriginClient {
		t.Errorf("%+v", e)
	}
	e = refuse(abi.Error{Status: 413, Code: []byte("too_big"), Message: []byte(strings.Repeat("ä", 2000))})
	if e.Code != core.CodeInvalidRequest || e.HTTPStatus() != 413 || e.Reason != "too_big" || e.Message != strings.Repeat("ä", 512) {
		t.Errorf("%+v", e)
	}
	if e = refuse(abi.Error{Status: 200, Code: []byte("Not A Word")}); e.Status != 400 || e.Reason != "" {
		t.Errorf("%+v", e)
	}
	answer := func(status int, e abi.Error) *core.Error {
		said, err := f.ReadResponse((&abi.UpstreamResponseReply{HasError: true, Error: e}).Append(nil), status, &core.Answer{})
		if err != nil || said == nil {
			t.Fatal(said, err)
		}
		return said
	}
	if e = answer(200, abi.Error{}); e.Code != core.CodeUpstreamInvalid || e.HTTPStatus() != 502 {
		t.Errorf("%+v", e)
	}
	e = answer(529, abi.Error{Code: []byte("overloaded"), RetryAfterMs: 1 << 60})
	if e.Code != core.CodeUpstreamStatus || e.HTTPStatus() != 529 || e.Reason != "overloaded" || e.RetryAfter != 24*time.Hour {
		t.Errorf("%+v", e)
	}
	if e = answer(200, abi.Error{Status: 429}); e.Code != core.CodeUpstreamStatus || e.HTTPStatus() != 429 {
		t.Errorf("%+v", e)
	}
}

func TestReadAnswers(t *testing.T) {
	var f abi.Translations
	var a core.Answer
	reply := abi.UpstreamResponseReply{
		ID: []byte("id"), Model: []byte("m"), HasUsage: true, Usage: abi.Usage{InputUncached: 3, Reported: true},
		Choices: []abi.Choice{{Index: 1, Finish: abi.FinishLength, Stop: []byte("END")}},
		Parts: []abi.Part{
			{Kind: abi.KindText, Text: []byte("ä"), Choice: 1},
			{Kind: abi.KindThinking, Signature: []byte("sig"), Source: []byte("x"), Raw: []byte(`{"a":1}`)},
		},
	}
	if said, err := f.ReadResponse(reply.Append(nil), 200, &a); said != nil || err != nil {
		t.Fatal(said, err)
	}
	if string(a.ID) != "id" || a.Usage.InputUncached != 3 || a.Choices[0].Index != 1 || a.Choices[0].Finish != core.FinishLength || string(a.Choices[0].Stop) != "END" ||
		string(a.Parts[0].Text()) != "ä" || a.Parts[0].Choice != 1 || a.Parts[0].Role != core.RoleAssistant || a.Parts[0].Attr != nil || a.Parts[1].ID != 1 ||
		string(a.Parts[1].Attr.Signature) != "sig" || a.Parts[1].Attr.URL != nil {
		t.Errorf("%+v", a)
	}
	text := abi.Part{Kind: abi.KindText}
	with := func(change func(p *abi.Part)) abi.Part {
		p := text
		change(&p)
		return p
	}
	bad := map[string]abi.Part{
		"no kind":    {},
		"half rune":  with(func(p *abi.Part) { p.Text = []byte("\xc3") }),
		"choice":     with(func(p *abi.Part) { p.Choice = 128 }),
		"base64":     with(func(p *abi.Part) { p.Data = []byte(`"}],"x":`) }),
		"padding":    with(func(p *abi.Part) { p.Data = []byte("YQ") }),
		"attributes": with(func(p *abi.Part) { p.Raw = []byte(`{"a":1}}`) }),
		"no object":  with(func(p *abi.Part) { p.Raw = []byte(`[]`) }),
		"signature":  with(func(p *abi.Part) { p.Signature = []byte("\xff") }),
	}
	for name, p := range bad {
		frame := (&abi.UpstreamResponseReply{Parts: []abi.Part{p}}).Append(nil)
		if _, err := f.ReadResponse(frame, 200, &a); !errors.Is(err, abi.ErrBadFrame) {
			t.Errorf("%s in an answer: %v", name, err)
		}
		frame = (&abi.UpstreamEventReply{Events: []abi.Event{{Kind: abi.EventKindDelta, HasPart: true, Part: p}}}).Append(nil)
		if _, err := f.ReadEvent(frame, &core.Translation{}, nil); !errors.Is(err, abi.ErrBadFrame) {
			t.Errorf("%s in an event: %v", name, err)
		}
	}
	for name, m := range map[string]abi.UpstreamResponseReply{
		"choice": {Choices: []abi.Choice{{Index: 128}}},
		"usage":  {HasUsage: true, Usage: abi.Usage{Reasoning: 5, Output: 4}},
		"finish": {Choices: []abi.Choice{{Finish: 99}}},
	} {
		if _, err := f.ReadResponse(m.Append(nil), 200, &a); !errors.Is(err, abi.ErrBadFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, e := range map[string]abi.Event{
		"no kind": {}, "kind": {Kind: 99}, "open": {Kind: abi.EventKindOpen}, "usage": {Kind: abi.EventKindUsage}, "finish": {Kind: abi.EventKindFinish},
		"error": {Kind: abi.EventKindError}, "block": {Kind: abi.EventKindRaw, Block: 1 << 16}, "choice": {Kind: abi.EventKindRaw, Choice: 128},
	} {
		frame := (&abi.UpstreamEventReply{Events: []abi.Event{e}}).Append(nil)
		if _, err := f.ReadEvent(frame, &core.Translation{}, nil); !errors.Is(err, abi.ErrBadFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadEvents(t *testing.T) {
	var f abi.Translations
	tr := &core.Translation{State: []byte("kept")}
	frame := (&abi.UpstreamEventReply{Events: []abi.Event{
		{Kind: abi.EventKindOpen, Block: 2, Choice: 1, HasPart: true, Part: abi.Part{Kind: abi.KindToolCall, Name: []byte("f"), CallID: []byte("c")}, ID: []byte("id")},
		{Kind: abi.EventKindClose, Block: 2, Choice: 1},
		{Kind: abi.EventKindError, HasError: true, Error: abi.Error{Code: []byte("overloaded"), Message: []byte("m")}},
		{Kind: abi.EventKindFinish, Finish: abi.FinishStop, Stop: []byte("END")},
		{Kind: abi.EventKindError, HasError: true, Error: abi.Error{Status: 502, Code: []byte("upstream_cut"), Message: []byte("m")}},
	}}).Append(nil)
	got, err := f.ReadEvent(frame, tr, nil)
	if err != nil || len(got) != 5 || string(tr.State) != "kept" {
		t.Fatal(err, got, tr.State)
	}
	if got[0].Part.Kind != core.PartToolCall || got[0].Part.Choice != 1 || got[0].Block != 2 || string(got[0].Part.Ref) != "c" || string(got[0].ID) != "id" ||
		got[1].Kind != core.EventClose || got[2].Err.Reason != "overloaded" || got[2].Err.HTTPStatus() != 502 || got[3].Finish != core.FinishStop || string(got[3].Stop) != "END" {
		t.Errorf("%+v", got)
	}
	if cut := got[4].Err; got[2].Err.Code != core.CodeUpstreamStatus || cut.Code != core.CodeUpstreamCut || cut.Reason != "" {
		t.Errorf("%v, %v", got[2].Err, cut)
	}
	if _, err := f.ReadEvent((&abi.UpstreamEventReply{HasState: true}).Append(nil), tr, nil); err != nil || len(tr.State) != 0 {
		t.Error("an empty state clears", err)
	}
	long := (&abi.UpstreamEventReply{HasState: true, State: make([]byte, abi.MaxState+1)}).Append(nil)
	if _, err := f.ReadEvent(long, tr, nil); !errors.Is(err, abi.ErrBadFrame) {
		t.Error(err)
	}
}

// FuzzTranslations: whatever a translator replies, nothing panics, and what is taken
// for good is.
func FuzzTranslations(f *testing.F) {
	f.Add((&abi.UpstreamEventReply{Events: []abi.Event{{Kind: abi.EventKindDelta, HasPart: true, Part: abi.Part{Kind: abi.KindText, Text: []byte("a")}}}}).Append(nil))
	f.Add((&abi.UpstreamRequestReply{Path: []byte("/a"), Headers: header("a", "b"), Body: []byte("{}")}).Append(nil))
	f.Fuzz(func(t *testing.T, frame []byte) {
		var m abi.Translations
		ex, at := translating()
		if said, err := m.ReadRequest(frame, ex, at); said == nil && err == nil {
			if at.Request.Path != "" && at.Request.Path[0] != '/' {
				t.Errorf("path %q", at.Request.Path)
			}
			for _, h := range at.Request.Header {
				if strings.ContainsAny(h.Name+h.Value, "\r\n\x00") || core.CarriesCredential(strings.ToLower(h.Name)) {
					t.Errorf("header %q", h)
				}
			}
		}
		_, _ = m.ReadResponse(frame, 200, &at.Translation.Answer)
		events, err := m.ReadEvent(frame, at.Translation, nil)
		if err != nil {
			return
		}
		if again, err := wordy(frame, &core.Translation{}); err != nil || !alike(again, events) {
			t.Errorf("%+v, and when it is read like any other %+v, %v", events, again, err)
		}
		for i := range events {
			if events[i].Kind > core.EventRaw || events[i].Part.Kind > core.PartRaw {
				t.Errorf("%+v", events[i])
			}
		}
	})
}
