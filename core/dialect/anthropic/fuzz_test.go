package anthropic

import (
	"bytes"
	"encoding/json"
	"reflect"
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
		user(`"hi"`),
		user(`[{"type":"text","text":"a\u00e9\"\\","cache_control":{"type":"ephemeral"}},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QQ=="}},"bare"]`),
		user(`[{"type":"tool_result","tool_use_id":"c","is_error":true,"content":[{"type":"text","text":"x"},{"type":"image","source":{"type":"url","url":"u"}}]}]`),
		user(`[{"type":"document","title":"t","source":{"type":"content","content":[{"type":"text","text":"x"},{"type":"image","source":{"type":"url","url":"u"}}]}},{"type":"search_result","source":"s","content":[{"type":"text","text":"y"}]}]`),
		assistant(`[{"type":"thinking","thinking":"h","signature":"sp1.gemini.S"},{"type":"tool_use","id":"c","name":"f","input":{"a":[1,"x"]}},{"type":"redacted_thinking","data":"sp1s.gemini.S"},{"type":"server_tool_use","input":{}}]`),
		assistant(`[{"type":"text","text":"x","citations":[{"type":"char_location","cited_text":"c"}]},{"type":"compaction","content":"s"}]`),
		`{"model":"m\u006f","max_tokens":1e2,"messages":[{"role":"system","content":[]}],"system":[{"type":"text","text":"s"}],"stream":true,"thinking":{"type":"enabled","budget_tokens":1},"tools":[{"name":"f","input_schema":{}},{"type":"bash_20250124"}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true},"output_config":{"effort":"low","format":{"type":"json_schema","schema":{}}},"stop_sequences":["x"],"x":null,"y":1}`,
		`{"model":"a","Model":"b","max_tokens":1,"messages":[1]}`, "\xef\xbb\xbf{}", `{"model":"\ud800","max_tokens":1,"messages":[1]}`,
	} {
		f.Add([]byte(body))
	}
}

// reading is what readers of a request must agree on.
type reading struct {
	model  string
	stream bool
	max    float64
}

// FuzzScan holds law 2: a request that passes is read by other readers as we
// read it. One of them takes the last of repeated keys and ignores letter case,
// the other takes the first.
func FuzzScan(f *testing.F) {
	addRequests(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := &core.Exchange{}
		ex.Request.Operation = core.OpChat
		ex.Request.Body = body
		if err := (Messages{}).Scan(ex); err != nil {
			if err.Code == core.CodeInternal || err.Message == "" || !utf8.ValidString(err.Param) || !json.Valid((Messages{}).RenderError(nil, err, core.ID{})) {
				t.Fatalf("%v, param %q", err, err.Param)
			}
			return
		}
		r := &ex.Request
		ours := reading{string(r.Model), r.Stream, float64(r.MaxOutput)}
		var v struct {
			Model  string
			Stream bool
			Max    float64 `json:"max_tokens"`
		}
		if err := json.Unmarshal(body, &v); err != nil {
			t.Fatalf("encoding/json refuses what we accept: %v: %q", err, body)
		}
		if theirs := (reading{v.Model, v.Stream, v.Max}); theirs != ours {
			t.Fatalf("we read %+v, encoding/json %+v: %q", ours, theirs, body)
		}
		g := gjson.ParseBytes(body)
		if theirs := (reading{g.Get("model").String(), g.Get("stream").Bool(), g.Get("max_tokens").Float()}); theirs != ours {
			t.Fatalf("we read %+v, gjson %+v: %q", ours, theirs, body)
		}
	})
}

// FuzzForward swaps the model: what leaves means what came but for that, and for
// thinking that nobody accepts. Then it edits each part.
func FuzzForward(f *testing.F) {
	addRequests(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := &core.Exchange{}
		ex.Request.Operation = core.OpChat
		ex.Request.Body = body
		if (Messages{}).Scan(ex) != nil {
			return
		}
		at := ex.NewAttempt(upstream(`"swapped"`))
		if (Messages{}).Forward(ex, at) != nil {
			return
		}
		out := bytes.Join(at.Request.Body, nil)
		want, _ := tree(t, string(body)).(map[string]any)
		want["model"] = "swapped"
		if got := tree(t, string(out)); len(ex.Dropped) == 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if (Messages{}).Parts(ex) == nil {
			fuzzEdits(t, ex)
		}
	})
}

// fuzzEdits puts a character into the middle of every part that is a text.
func fuzzEdits(t *testing.T, ex *core.Exchange) {
	t.Helper()
	for _, p := range ex.Prompt {
		raw := p.Raw.Of(ex.Request.Body)
		if dialecttest.IsName(ex.Request.Body, p) {
			continue
		}
		if raw[0] != '"' {
			if string(raw) != string(p.Text()) {
				t.Fatalf("part %d reads %q, but is %s", p.ID, p.Text(), raw)
			}
			continue
		}
		if v, _ := tree(t, string(raw)).(string); !dialecttest.Reads(v, string(p.Text())) {
			t.Fatalf("part %d reads %q, encoding/json %q", p.ID, p.Text(), v)
		}
		if p.Kind != core.PartToolCall {
			edit(t, p, 0, 0, "\"é")
		}
	}
	at := ex.NewAttempt(upstream(""))
	if err := (Messages{}).Forward(ex, at); err != nil {
		t.Fatalf("%v: %s", err, ex.Request.Body)
	}
	got := string(bytes.Join(at.Request.Body, nil))
	after := &core.Exchange{}
	after.Request.Operation = core.OpChat
	after.Request.Body = []byte(got)
	if err := (Messages{}).Scan(after); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
}

// FuzzTyped makes sure that reading into the middle form breaks nothing, loses no
// string and makes no JSON that is none.
func FuzzTyped(f *testing.F) {
	addRequests(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := &core.Exchange{}
		ex.Request.Operation = core.OpChat
		ex.Request.Body = body
		if (Messages{}).Scan(ex) != nil {
			return
		}
		r := &core.TypedRequest{}
		if err := (Messages{}).Typed(ex, body, r); err != nil {
			if err.HTTPStatus() != 400 || err.Message == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		for _, p := range r.Parts {
			if a := p.Attr; a != nil && a.JSON != nil && !json.Valid(a.JSON) {
				t.Fatalf("%q is no JSON: %s", a.JSON, body)
			}
		}
		for _, o := range r.Parameters.Others {
			if !json.Valid(o.JSON) {
				t.Fatalf("%q is no JSON: %s", o.JSON, body)
			}
		}
		checkMessages(t, string(body), r)
		if !bytes.ContainsAny(body, "\\") {
			checkLossless(t, string(body), ex)
		}
	})
}

// FuzzEvent sends two events: what the second does must not depend on the first
// but for what adds up.
func FuzzEvent(f *testing.F) {
	for _, e := range []string{start, textOne, textTwo, finished, stop, `{"type":"ping"}`, `{"type":"error","error":{}}`, "[DONE]", "{", ""} {
		f.Add([]byte(e), []byte(textTwo))
		f.Add([]byte(textOne), []byte(e))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		at.Model = []byte("m")
		Messages{}.Event(ex, at, first)
		before := at.Stream
		got := Messages{}.Event(ex, at, second)

		alone := &core.Exchange{}
		it := alone.NewAttempt(upstream(""))
		want := Messages{}.Event(alone, it, second)
		if got != want || at.Stream.OutTokens-before.OutTokens != it.Stream.OutTokens || at.Stream.Events-before.Events != it.Stream.Events ||
			at.Stream.Finished != (before.Finished || it.Stream.Finished) || at.Stream.Done != (before.Done || it.Stream.Done) || at.Stream.Failed != (before.Failed || it.Stream.Failed) {
			t.Fatalf("%s after %s gives %v %+v, alone %v %+v", second, first, got, at.Stream, want, it.Stream)
		}
		if !at.Usage.Valid() || !it.Usage.Valid() {
			t.Fatalf("usage %+v, alone %+v", at.Usage, it.Usage)
		}
		var e struct{ Type string }
		if json.Unmarshal(second, &e) == nil && !bytes.ContainsAny(second, "\\") && gjson.GetBytes(second, "type").String() == e.Type {
			if (e.Type == "message_stop") != (got == core.EventLast) {
				t.Fatalf("%s is %v", second, got)
			}
		}
	})
}

// FuzzAnswer makes sure that no answer breaks anything, and that an edited one is
// still JSON.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"content":[{"type":"text","text":"a\u00e9"},{"type":"thinking","thinking":"h","signature":"s"},{"type":"tool_use","id":"c","name":"f","input":{}}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2,"iterations":[{"type":"compaction","input_tokens":9}]}}`,
		`{"type":"error","error":{"message":"x"}}`, `{"content":[],"usage":{"input_tokens":1e308,"output_tokens":-1}}`, `{"content":[`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		if err := (Messages{}).Answer(ex, at, body); err != nil {
			if !json.Valid((Messages{}).RenderError(nil, err, core.ID{})) {
				t.Fatal("the error is not JSON")
			}
			return
		}
		if !at.Usage.Valid() {
			t.Fatalf("usage %+v", at.Usage)
		}
		list, err := Messages{}.AnswerParts(ex, body, nil)
		if err != nil {
			return
		}
		for _, p := range list {
			if body[p.Raw.Start] == '"' && p.Kind != core.PartToolCall {
				edit(t, p, 0, 0, "x")
			}
		}
		spliced, err := Messages{}.SpliceAnswer(ex, body, list)
		if err != nil || spliced == nil {
			return
		}
		if got := bytes.Join(spliced, nil); !json.Valid(got) {
			t.Fatalf("%s became %s", body, got)
		}
	})
}

// FuzzWrite writes answers and streams that a careless translator may give: what
// leaves is sound JSON in sound order, and this dialect's own reader takes it.
func FuzzWrite(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 40, 41, 42, 80, 81, 120}, "text", `{"type":"char_location"}`)
	f.Add([]byte{8, 9, 10, 64, 72, 128, 130, 200, 255, 0, 0, 1}, "\xff\n\x00", "{\n}")
	f.Fuzz(func(t *testing.T, script []byte, text, more string) {
		if len(script) > 64 {
			return
		}
		attr := &core.Attr{Data: []byte(text), URL: []byte(more), Signature: []byte(text), Source: []byte(more), JSON: []byte(more)}
		own := &core.Attr{Source: []byte(dialectName), JSON: []byte(more)}
		ex, at := other()
		var events []core.Event
		var answer core.Answer
		for _, b := range script {
			p := part(core.PartKind(int(b)%core.NumPartKinds), text, nil)
			p.Name, p.Ref = []byte(text), []byte(more)
			switch b >> 4 & 3 {
			case 1:
				p.Attr = attr
			case 2:
				p.Attr = own
			}
			answer.Parts = append(answer.Parts, p)
			events = append(events, core.Event{Kind: core.EventKind(b >> 6), Block: int(b>>2) & 3, Part: p, Stop: []byte(text)})
		}
		answer.Choices = []core.Choice{{Finish: core.Finish(len(script) % 6), Stop: []byte(text)}}
		body := Messages{}.WriteAnswer(nil, ex, at, &answer)
		if !json.Valid(body) || !utf8.Valid(body) {
			t.Fatalf("no JSON: %q", body)
		}
		if err := (Messages{}).Answer(ex, ex.NewAttempt(upstream("")), body); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		ex, at = other()
		out := write(ex, at, append(events, core.Event{Kind: core.EventFinish, Finish: core.FinishStop}))
		brief(t, "fuzz", out)
		var s stream.SSE
		var ev stream.Event
		s.Feed([]byte(out))
		for s.Next(&ev) {
			if !json.Valid(ev.Data) {
				t.Fatalf("no JSON: %q", ev.Data)
			}
		}
	})
}
