package openai

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

const hi = `[{"role":"user","content":"hi"}]`

func TestScanReads(t *testing.T) {
	t.Parallel()
	type want struct {
		model         string
		stream, usage bool
		max, choices  int64
	}
	for _, c := range []struct {
		name, body string
		want       want
	}{
		{"least", `{"model":"m","messages":` + hi + `}`, want{"m", false, false, 0, 1}},
		{"any order", `{"n":2,"stream":true,"messages":` + hi + `,"max_tokens":7,"model":"m"}`, want{"m", true, false, 7, 2}},
		{"blanks", " {\n\t\"model\" : \"m\" , \"messages\" : [ {} ] } \r\n", want{"m", false, false, 0, 1}},
		{"escaped model", `{"model":"g\u0070t\/4","messages":` + hi + `}`, want{"gpt/4", false, false, 0, 1}},
		{"escaped key", `{"mod\u0065l":"m","messages":` + hi + `,"str\u0065am":true}`, want{"m", true, false, 0, 1}},
		{"usage asked", `{"model":"m","messages":` + hi + `,"stream":true,"stream_options":{"include_usage":true}}`, want{"m", true, true, 0, 1}},
		{"usage not asked", `{"model":"m","messages":` + hi + `,"stream":true,"stream_options":{"include_usage":false}}`, want{"m", true, false, 0, 1}},
		{"nulls", `{"model":"m","messages":` + hi + `,"stream":null,"stream_options":null,"n":null,"max_tokens":null,"max_completion_tokens":null}`, want{"m", false, false, 0, 1}},
		{"the larger bound", `{"model":"m","messages":` + hi + `,"max_tokens":5,"max_completion_tokens":9}`, want{"m", false, false, 9, 1}},
		{"bound as a float", `{"model":"m","messages":` + hi + `,"max_tokens":1.5e1}`, want{"m", false, false, 15, 1}},
		{"largest bound", `{"model":"m","messages":` + hi + `,"max_tokens":2147483647}`, want{"m", false, false, 2147483647, 1}},
		{"most choices", `{"model":"m","messages":` + hi + `,"n":128}`, want{"m", false, false, 0, 128}},
		{"longest model", `{"model":"` + strings.Repeat("m", 256) + `","messages":` + hi + `}`, want{strings.Repeat("m", 256), false, false, 0, 1}},
		{"longest model, escaped", `{"model":"` + strings.Repeat(`\u006d`, 256) + `","messages":` + hi + `}`, want{strings.Repeat("m", 256), false, false, 0, 1}},
		{"unknown members", `{"model":"m","messages":` + hi + `,"x":{"stream":1,"model":2},"input":3}`, want{"m", false, false, 0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := &scan(t, c.body).Request
			got := want{string(r.Model), r.Stream, r.UsageAsked, r.MaxOutput, r.Choices}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if v := string(r.ModelSpan.Of(r.Body)); v[0] != '"' || v[len(v)-1] != '"' {
				t.Errorf("ModelSpan covers %s", v)
			}
		})
	}
}

func TestScanRefuses(t *testing.T) {
	t.Parallel()
	with := func(members string) string { return `{"model":"m","messages":` + hi + `,` + members + `}` }
	for _, c := range []struct {
		name, body string
		code       core.Code
		param      string
		says       string // a part of the message
	}{
		{"no body", "", core.CodeInvalidRequest, "", "no body"},
		{"blank", " \n", core.CodeInvalidJSON, "", "line 2"},
		{"array", "[]", core.CodeInvalidRequest, "", "an array instead of an object"},
		{"string", `"model"`, core.CodeInvalidRequest, "", "a string instead"},
		{"null", "null", core.CodeInvalidRequest, "", "null instead"},
		{"cut", `{"model":"m"`, core.CodeInvalidJSON, "", "offset 12"},
		{"two documents", with(`"a":1`) + "{}", core.CodeInvalidJSON, "", "after the end"},
		{"trailing comma", with(`"a":1,`), core.CodeInvalidJSON, "", "comma"},
		{"broken deep down", with(`"a":[{"b":tru}]`), core.CodeInvalidJSON, "", "line 1, column"},
		{"second line", "{\"model\":\"m\",\n  \"messages\":[}", core.CodeInvalidJSON, "", "line 2, column 15 (byte offset 28)"},
		{"control character", with("\"a\":\"\x01\""), core.CodeInvalidJSON, "", "escape it"},
		{"BOM", "\xef\xbb\xbf" + with(`"a":1`), core.CodeInvalidEncoding, "", "byte order mark"},
		{"not UTF-8", with("\"a\":\"\xff\""), core.CodeInvalidEncoding, "", "UTF-8"},
		{"UTF-16", "{\x00\"\x00", core.CodeInvalidJSON, "", ""},
		{"lone surrogate", with(`"a":"\ud800"`), core.CodeInvalidEncoding, "", "half a character"},
		{"too deep", with(`"a":` + strings.Repeat("[", 300) + strings.Repeat("]", 300)), core.CodeInvalidRequest, "", "nested"},
		{"too many members", with(manyMembers(2000)), core.CodeInvalidRequest, "", "members"},

		{"model twice", with(`"model":"x"`), core.CodeDuplicateKey, "model", "twice"},
		{"model twice, escaped", with(`"mod\u0065l":"x"`), core.CodeDuplicateKey, "model", "twice"},
		{"model folded", with(`"Model":"x"`), core.CodeDuplicateKey, "Model", "letter case"},
		{"stream folded, Unicode", with(`"ſtream":true`), core.CodeDuplicateKey, "ſtream", "letter case"},
		{"max_tokens folded, Unicode", with("\"max_to\u212aens\":1"), core.CodeDuplicateKey, "max_to\u212aens", "letter case"},
		{"unknown twice", with(`"x":1,"x":2`), core.CodeDuplicateKey, "x", "twice"},
		{"usage twice", with(`"stream_options":{"include_usage":true,"include_usage":false}`), core.CodeDuplicateKey, "stream_options.include_usage", "twice"},
		{"usage folded", with(`"stream_options":{"Include_Usage":true}`), core.CodeDuplicateKey, "stream_options.Include_Usage", "letter case"},

		{"no model", `{"messages":` + hi + `}`, core.CodeMissingField, "model", "missing"},
		{"no messages", `{"model":"m"}`, core.CodeMissingField, "messages", "missing"},
		{"a Responses request", `{"model":"m","input":"hi"}`, core.CodeMissingField, "messages", "/v1/responses"},
		{"model null", `{"model":null,"messages":` + hi + `}`, core.CodeInvalidField, "model", "null"},
		{"model a number", `{"model":1,"messages":` + hi + `}`, core.CodeInvalidField, "model", "a number"},
		{"model an array", `{"model":["m"],"messages":` + hi + `}`, core.CodeInvalidField, "model", "an array"},
		{"model empty", `{"model":"","messages":` + hi + `}`, core.CodeInvalidField, "model", "empty"},
		{"model too long", `{"model":"` + strings.Repeat("m", 257) + `","messages":` + hi + `}`, core.CodeInvalidField, "model", "256"},
		{"model too long, escaped", `{"model":"` + strings.Repeat(`\u006d`, 257) + `","messages":` + hi + `}`, core.CodeInvalidField, "model", "256"},
		{"model far too long, escaped", `{"model":"` + strings.Repeat(`\u006d`, 5000) + `","messages":` + hi + `}`, core.CodeInvalidField, "model", "256"},
		{"messages null", `{"model":"m","messages":null}`, core.CodeInvalidField, "messages", "null"},
		{"messages a string", `{"model":"m","messages":"hi"}`, core.CodeInvalidField, "messages", "a string"},
		{"messages empty", `{"model":"m","messages":[ ]}`, core.CodeInvalidField, "messages", "empty"},
		{"stream 1", with(`"stream":1`), core.CodeInvalidField, "stream", "true or false"},
		{"stream a string", with(`"stream":"true"`), core.CodeInvalidField, "stream", "a string"},
		{"stream_options true", with(`"stream_options":true`), core.CodeInvalidField, "stream_options", "an object"},
		{"include_usage 1", with(`"stream_options":{"include_usage":1}`), core.CodeInvalidField, "stream_options.include_usage", "true or false"},
		{"n 0", with(`"n":0`), core.CodeInvalidField, "n", "from 1 to 128"},
		{"n negative", with(`"n":-1`), core.CodeInvalidField, "n", "from 1"},
		{"n huge", with(`"n":1e9`), core.CodeInvalidField, "n", "from 1"},
		{"n half", with(`"n":1.5`), core.CodeInvalidField, "n", "whole"},
		{"n a string", with(`"n":"2"`), core.CodeInvalidField, "n", "whole"},
		{"n beyond all bounds", with(`"n":1e999999999`), core.CodeInvalidField, "n", "whole"},
		{"max_tokens negative", with(`"max_tokens":-1`), core.CodeInvalidField, "max_tokens", "leave it out"},
		{"max_tokens huge", with(`"max_tokens":2147483648`), core.CodeInvalidField, "max_tokens", "whole"},
		{"max_tokens beyond int64", with(`"max_tokens":18446744073709551617`), core.CodeInvalidField, "max_tokens", "whole"},
		{"max_completion_tokens a string", with(`"max_completion_tokens":"9"`), core.CodeInvalidField, "max_completion_tokens", "whole"},
		{"max_tokens true", with(`"max_tokens":true`), core.CodeInvalidField, "max_tokens", "whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ex := &core.Exchange{}
			ex.Request.Body = []byte(c.body)
			err := (Chat{}).Scan(ex)
			if err == nil {
				t.Fatal("accepted")
			}
			if err.Code != c.code || err.Param != c.param || !strings.Contains(err.Message, c.says) {
				t.Errorf("got %v %q %q, want %v %q with %q", err.Code, err.Param, err.Message, c.code, c.param, c.says)
			}
			if err.Origin != core.OriginClient || err.HTTPStatus() != 400 {
				t.Errorf("origin %v, status %d", err.Origin, err.HTTPStatus())
			}
		})
	}
}

// manyMembers returns n members with keys of their own.
func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":1`, i)
	}
	return b.String()[1:]
}

// TestScanForgets makes sure that nothing of a request shows in the next one
// that the same memory serves.
func TestScanForgets(t *testing.T) {
	t.Parallel()
	ex := scan(t, `{"model":"m","messages":`+hi+`,"stream":true,"n":3,"max_tokens":9,"stream_options":{"include_usage":true}}`)
	ex.Reset()
	ex.Request.Body = []byte(`{"model":"other","messages":` + hi + `,"stream":true}`)
	if err := (Chat{}).Scan(ex); err != nil {
		t.Fatal(err)
	}
	r := &ex.Request
	if string(r.Model) != "other" || r.UsageAsked || r.MaxOutput != 0 || r.Choices != 1 {
		t.Errorf("the request before shows: %+v", *r)
	}
	got := forward(t, ex, upstream(""))
	if want := `{"model":"other","messages":` + hi + `,"stream":true,"stream_options":{"include_usage":true}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]core.Operation{
		"/v1/chat/completions":   core.OpChat,
		"/v1/models":             core.OpModels,
		"/v1/chat/completions/":  core.OpNone,
		"/v1/models/gpt-4o":      core.OpModels,
		"/v1/models/org/model":   core.OpModels,
		"/v1/models/":            core.OpNone,
		"/v1/models/m:verb":      core.OpNone, // another dialect's
		"/v1/chat%2fcompletions": core.OpNone,
		"/V1/chat/completions":   core.OpNone,
		"/":                      core.OpNone,
		"":                       core.OpNone,
	} {
		if got := (Chat{}).Match([]byte(path)); got != want {
			t.Errorf("Match(%q) = %v, want %v", path, got, want)
		}
	}
}
