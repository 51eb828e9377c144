package openai

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// addRequests seeds a fuzz test with requests, good and bad.
func addRequests(f *testing.F) {
	for _, body := range []string{
		`{"model":"m","messages":[{"role":"user","content":"hi"}]}`,
		`{"model":"g\u0070t","messages":[{}],"stream":true,"n":2,"max_tokens":1e2,"stream_options":{"include_usage":false,"x":[]}}`,
		`{"stream_options":null,"messages":[1],"stream":true,"model":"\ud83d\ude00"}`,
		`{"model":"a","Model":"b","messages":[1]}`,
		`{"model":"a","mod\u0065l":"b","messages":[1]}`,
		"{\"model\":\"a\",\"\u017ftream\":true,\"messages\":[1]}",
		`{"model":"m","messages":[{"role":"assistant","content":[{"type":"text","text":"a\u00e9\"\\"}],"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"}}]}]}`,
		`{"model":"m","messages":[{"role":"tool","content":"x","tool_call_id":"1"}],"tools":[{"function":{"name":"f","parameters":{"type":"object","x":["y"]}}}]}`,
		"\xef\xbb\xbf{}", `{"model":"m","messages":[1]}x`, `{"model":"\ud800","messages":[1]}`,
	} {
		f.Add([]byte(body))
	}
}

// reading is what readers of a request must agree on.
type reading struct {
	model         string
	stream, usage bool
	n             float64
}

// FuzzScan holds law 2: a request that passes is read by other readers as we
// read it. One of them takes the last of repeated keys and ignores letter case,
// the other takes the first.
func FuzzScan(f *testing.F) {
	addRequests(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := &core.Exchange{}
		ex.Request.Body = body
		if err := (Chat{}).Scan(ex); err != nil {
			if err.Code == core.CodeInternal || err.Message == "" || !utf8.ValidString(err.Param) {
				t.Fatalf("%v, param %q", err, err.Param)
			}
			return
		}
		r := &ex.Request
		ours := reading{string(r.Model), r.Stream, r.UsageAsked, float64(r.Choices)}
		if theirs := lastReading(t, body); theirs != ours {
			t.Fatalf("we read %+v, encoding/json %+v: %q", ours, theirs, body)
		}
		if theirs := firstReading(body); theirs != ours {
			t.Fatalf("we read %+v, gjson %+v: %q", ours, theirs, body)
		}
	})
}

func lastReading(t *testing.T, body []byte) reading {
	t.Helper()
	var v struct {
		Model   string
		Stream  bool
		N       json.Number
		Options struct {
			Usage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("encoding/json refuses what we accept: %v: %q", err, body)
	}
	n := 1.0
	if v.N != "" {
		n, _ = strconv.ParseFloat(string(v.N), 64)
	}
	return reading{v.Model, v.Stream, v.Options.Usage, n}
}

func firstReading(body []byte) reading {
	out := reading{
		gjson.GetBytes(body, "model").String(), gjson.GetBytes(body, "stream").Bool(),
		gjson.GetBytes(body, "stream_options.include_usage").Bool(), 1,
	}
	if n := gjson.GetBytes(body, "n"); n.Type == gjson.Number {
		out.n = n.Float()
	}
	return out
}

// FuzzForward swaps the model and meters: what leaves means what came but for
// these. Then it edits each part.
func FuzzForward(f *testing.F) {
	addRequests(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := &core.Exchange{}
		ex.Request.Body = body
		if (Chat{}).Scan(ex) != nil {
			return
		}
		want := tree(t, string(body)).(map[string]any)
		want["model"] = "swapped"
		if ex.Request.Stream && !ex.Request.UsageAsked {
			options, _ := want["stream_options"].(map[string]any)
			if options == nil {
				options = map[string]any{}
			}
			options["include_usage"] = true
			want["stream_options"] = options
		}
		got := tree(t, forward(t, ex, upstream(`"swapped"`)))
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		if (Chat{}).Parts(ex) == nil {
			fuzzEdits(t, ex)
		}
	})
}

// fuzzEdits puts a character into the middle of every part.
func fuzzEdits(t *testing.T, ex *core.Exchange) {
	body := string(ex.Request.Body)
	var want []string
	for _, p := range ex.Prompt {
		text := string(p.Text())
		if dialecttest.IsName(ex.Request.Body, p) {
			want = append(want, text)
			continue
		}
		if v, _ := tree(t, string(p.Raw.Of(ex.Request.Body))).(string); !dialecttest.Reads(v, text) {
			t.Fatalf("part %d reads %q, encoding/json %q", p.ID, text, v)
		}
		if p.Kind != core.PartToolCall {
			at := onRune(text, len(text)/2)
			edit(t, p, at, at, "\"é")
			text = text[:at] + "\"é" + text[at:]
		}
		want = append(want, text)
	}
	ex.Request.UsageAsked = true
	got := forward(t, ex, upstream(""))
	if len(ex.Prompt) == 0 && got != body {
		t.Fatalf("changed without need: %s", got)
	}
	after := &core.Exchange{}
	after.Request.Body = []byte(got)
	if err := (Chat{}).Scan(after); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if err := (Chat{}).Parts(after); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	// Dropping what derives from a part drops no part.
	if len(after.Prompt) < len(want) {
		t.Fatalf("%d parts, want %d: %s", len(after.Prompt), len(want), got)
	}
	for i, w := range want {
		if string(after.Prompt[i].Text()) != w {
			t.Fatalf("part %d reads %q, want %q: %s", i, after.Prompt[i].Text(), w, got)
		}
	}
}

// FuzzEvent sends two events: what the second does must not depend on the first
// but for what adds up.
func FuzzEvent(f *testing.F) {
	for _, e := range []string{chunk("a"), chunk(`\"b\\`), finishChunk, usageChunk, errorChunk, azureFirst, "[DONE]", "{", `{"choices":[{"delta":{"content":"a"}}],"obfuscation":"x"}`} {
		f.Add([]byte(e), []byte(chunk("next")))
		f.Add([]byte(chunk("a")), []byte(e))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		at.Model = []byte("m")
		Chat{}.Event(ex, at, first)
		before := at.Stream
		got := Chat{}.Event(ex, at, second)

		alone := &core.Exchange{}
		it := alone.NewAttempt(upstream(""))
		want := Chat{}.Event(alone, it, second)
		if got != want || at.Stream.OutTokens-before.OutTokens != it.Stream.OutTokens || at.Stream.Events-before.Events != it.Stream.Events ||
			at.Stream.Finished != finishedTogether(at) || at.Stream.Failed != (before.Failed || it.Stream.Failed) {
			t.Fatalf("%s after %s gives %v %+v, alone %v %+v", second, first, got, at.Stream, want, it.Stream)
		}
		if it.Usage.Reported && at.Usage != it.Usage || !at.Usage.Valid() {
			t.Fatalf("usage %+v, alone %+v", at.Usage, it.Usage)
		}
		checkEventWords(t, second, it, want)
	})
}

// checkEventWords compares an event with encoding/json's reading.
func checkEventWords(t *testing.T, data []byte, at *core.Attempt, did core.Disposition) {
	var c map[string]json.RawMessage
	if json.Unmarshal(data, &c) != nil || bytes.IndexByte(data, '\\') >= 0 {
		return
	}
	e := c["error"]
	if failed := len(e) > 0 && (e[0] == '{' || e[0] == '"'); failed != (did == core.EventFail) {
		t.Fatalf("%s: disposition %v", data, did)
	}
	if u := c["usage"]; did == core.EventDrop && (len(u) == 0 || u[0] != '{') {
		t.Fatalf("%s is dropped without usage", data)
	}
	if did == core.EventLast || at.Stream.Done {
		t.Fatalf("%s is taken for the last event", data)
	}
}

// FuzzAnswer makes sure that no answer breaks anything, and that what was opened
// without edits stays as it is.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"choices":[{"index":0,"message":{"content":"a\u00e9","tool_calls":[{"function":{"arguments":"{}"}}]},"logprobs":{"content":[]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`,
		`{"error":{"message":"x"}}`, `{"choices":[],"usage":{"prompt_tokens":1e308,"completion_tokens":-1}}`, `{"choices":[`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		if err := (Chat{}).Answer(ex, at, body); err != nil {
			if !json.Valid((Chat{}).RenderError(nil, err, core.ID{})) {
				t.Fatal("the error is not JSON")
			}
			return
		}
		if !at.Usage.Valid() {
			t.Fatalf("usage %+v", at.Usage)
		}
		list, err := Chat{}.AnswerParts(ex, body, nil)
		if err != nil || len(list) == 0 {
			return
		}
		edit(t, list[0], 0, 0, "x")
		spliced, err := Chat{}.SpliceAnswer(ex, body, list)
		if err != nil {
			return
		}
		if got := bytes.Join(spliced, nil); !json.Valid(got) {
			t.Fatalf("%s became %s", body, got)
		}
	})
}
