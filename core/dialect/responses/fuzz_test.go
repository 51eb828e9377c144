package responses

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// reading is what readers of a request must agree on.
type reading struct {
	model  string
	stream bool
	max    float64
}

// FuzzScan holds law 2: a request that passes is read by other readers as we read it.
// One of them takes the last of repeated keys and ignores letter case, the other takes
// the first.
func FuzzScan(f *testing.F) {
	for _, body := range typedSeeds() {
		f.Add([]byte(body))
	}
	for _, body := range []string{
		`{"model":"m\u006f","max_output_tokens":1e2,"input":[],"stream":true}`, `{"model":"a","Model":"b","input":""}`,
		"\xef\xbb\xbf{}", `{"model":"\ud800","input":""}`, `{"model":"a","input":null,"prompt":1}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := &core.Exchange{}
		ex.Request.Body = body
		if err := (Dialect{}).Scan(ex); err != nil {
			if err.Code == core.CodeInternal || err.Message == "" || !utf8.ValidString(err.Param) || !json.Valid((Dialect{}).RenderError(nil, err, core.ID{})) {
				t.Fatalf("%v, param %q", err, err.Param)
			}
			return
		}
		r := &ex.Request
		ours := reading{string(r.Model), r.Stream, float64(r.MaxOutput)}
		var v struct {
			Model  string
			Stream bool
			Max    float64 `json:"max_output_tokens"`
		}
		if err := json.Unmarshal(body, &v); err != nil {
			t.Fatalf("encoding/json refuses what we accept: %v: %q", err, body)
		}
		if theirs := (reading{v.Model, v.Stream, v.Max}); theirs != ours {
			t.Fatalf("we read %+v, encoding/json %+v: %q", ours, theirs, body)
		}
		g := gjson.ParseBytes(body)
		if theirs := (reading{g.Get("model").String(), g.Get("stream").Bool(), g.Get("max_output_tokens").Float()}); theirs != ours {
			t.Fatalf("we read %+v, gjson %+v: %q", ours, theirs, body)
		}
	})
}

// FuzzForward swaps the model: what leaves means what came but for that, and for
// reasoning that nobody accepts. Then it edits each part and appends others.
func FuzzForward(f *testing.F) {
	for _, body := range typedSeeds() {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := &core.Exchange{}
		ex.Request.Body = body
		if (Dialect{}).Scan(ex) != nil {
			return
		}
		at := ex.NewAttempt(upstream(`"swapped"`))
		if (Dialect{}).Forward(ex, at) != nil {
			return
		}
		want, _ := tree(t, string(body)).(map[string]any)
		want["model"] = "swapped"
		if got := tree(t, string(bytes.Join(at.Request.Body, nil))); len(ex.Dropped) == 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if (Dialect{}).Parts(ex) == nil {
			fuzzEdits(t, ex)
		}
	})
}

// fuzzEdits puts a character into every part that is a text, and appends two.
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
	ex.Prompt = append(ex.Prompt, appended(core.RoleSystem, 0, "\"a"), appended(core.RoleUser, -1, "b"))
	at := ex.NewAttempt(upstream(""))
	if err := (Dialect{}).Forward(ex, at); err != nil {
		if err.Code != core.CodePluginFailed {
			t.Fatalf("%v: %s", err, ex.Request.Body)
		}
		return
	}
	after := &core.Exchange{}
	after.Request.Body = bytes.Join(at.Request.Body, nil)
	if err := (Dialect{}).Scan(after); err != nil {
		t.Fatalf("%v: %s", err, after.Request.Body)
	}
}

// FuzzTyped makes sure that reading into the middle form breaks nothing, loses no string
// and makes no JSON that is none.
func FuzzTyped(f *testing.F) {
	for _, body := range typedSeeds() {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) { checkLossless(t, "fuzz", body) })
}

// FuzzEvent reads whatever an upstream sends.
func FuzzEvent(f *testing.F) {
	for _, data := range []string{
		`{"type":"response.completed","response":{"status":"completed","output":[{"type":"function_call"}],` + usageJSON + `}}`,
		`{"type":"response.output_text.delta","delta":"a"}`, `{"type":"error"}`, `{"error":{}}`, `[DONE]`, `{"item":{"type":1},"response":[]}`,
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		d := Dialect{}.Event(ex, at, data)
		if (d == core.EventLast) != at.Stream.Done || (d == core.EventFail) != at.Stream.Failed || !at.Usage.Valid() {
			t.Fatalf("%v, %+v, %+v", d, at.Stream, at.Usage)
		}
		if at = ex.NewAttempt(upstream("")); (Dialect{}).Answer(ex, at, data) == nil && !at.Usage.Valid() {
			t.Fatalf("%+v", at.Usage)
		}
		_, _ = Dialect{}.UnknownInEvent(ex, data)
		if list, err := (Dialect{}).AnswerParts(ex, data, nil); err == nil {
			for _, p := range list {
				if p.Kind != core.PartToolCall && data[p.Raw.Start] == '"' {
					edit(t, p, 0, 0, "x")
				}
			}
			if out, err := (Dialect{}).SpliceAnswer(ex, data, list); err == nil && out != nil && !json.Valid(bytes.Join(out, nil)) {
				t.Fatalf("%s", bytes.Join(out, nil))
			}
		}
	})
}

// FuzzWrite writes a stream of any events, which must keep the order, and be JSON. Each
// byte of script is one event: its kind, its block and its kind of part.
func FuzzWrite(f *testing.F) {
	f.Add([]byte{0, 1, 2, 64, 65, 130, 5, 69}, "text", "g", []byte("sig"))
	f.Add([]byte{0, 3, 64 + 3, 3 + 8, 64 + 3 + 8, 128 + 3, 192}, `{"input":"x"}`, "patch", []byte(""))
	f.Add([]byte{'1'}, "0", "", []byte(""))
	f.Add([]byte{32 + 4, 64 + 4, 128 + 4, 16}, "é\"\\\n", "mcp__f", []byte("a.b"))
	f.Fuzz(func(t *testing.T, script []byte, text, name string, signature []byte) {
		if !utf8.ValidString(text) || !utf8.ValidString(name) || !utf8.Valid(signature) || len(script) > 64 {
			return
		}
		ex, at := translated(t, with(withTools))
		kinds := []core.PartKind{core.PartText, core.PartToolCall, core.PartThinking, core.PartCitation, core.PartRefusal, core.PartRedacted, core.PartImage, core.PartRaw}
		var list []core.Event
		for _, b := range script {
			p := part(kinds[b&7], text, &core.Attr{Signature: signature, Source: []byte("s"), URL: signature, Data: signature, JSON: []byte(text)})
			p.Name, p.Ref = []byte(name), signature
			if b&32 != 0 {
				p.Attr = nil
			}
			list = append(list, core.Event{Kind: core.EventKind(b >> 6), Block: int(b >> 3 & 3), Part: p, Finish: core.Finish(b & 7 % 6)})
		}
		checkOrder(t, write(ex, at, append(list, finishes(core.FinishStop))))
		a := &core.Answer{}
		for i := range list {
			a.Parts = append(a.Parts, list[i].Part)
		}
		conforms(t, "Response", tree(t, string(Dialect{}.WriteAnswer(nil, ex, at, a))))
	})
}
