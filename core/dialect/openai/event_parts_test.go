package openai

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

func choice(delta, rest string) string {
	return `{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":` + delta + `,"finish_reason":null` + rest + `}]}`
}

func TestReadEvent(t *testing.T) {
	t.Parallel()
	dialecttest.Stream(t, Chat{}, &core.Exchange{}, [][2]string{
		{choice(`{"role":"assistant","content":"","refusal":null}`, ``), ""},
		{choice(`{"reasoning_content":"th\u0069","reasoning":"thi"}`, ``), "0/2 thinking on \"thi\"\n0/3 thinking on \"thi\"\n"},
		{choice(`{"reasoning_details":[{"type":"reasoning.text","text":"nk","signature":"SIG"}]}`, ``), "0/4 thinking on \"nk\"\n0/4 thinking seal \"SIG\"\n"},
		{choice(`{"content":"a\"b"}`, `,"logprobs":{"content":[{"token":"a"}]}`), "0/0 text on \"a\\\"b\"\nunknown {\"content\":[{\"token\":\"a\"}]}\nend 0/2\nend 0/3\nend 0/4\n"},
		{choice(`{"reasoning_content":"more"}`, ``), "0/34 thinking on \"more\"\n"},
		{choice(`{"content":[{"type":"text","text":"c"},{"type":"text","text":"d"}],"refusal":"no"}`, ``), "0/0 text on \"c\"\n0/0 text on \"d\"\n0/1 refusal on \"no\"\nend 0/34\n"},
		{
			choice(`{"tool_calls":[{"index":0,"id":"id0","type":"function","function":{"name":"f","arguments":""}}]}`, ``),
			"0/65536 tool_call on \"\" name=f ref=id0\n",
		},
		{choice(`{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}`, ``), "0/65536 tool_call on \"{\\\"a\\\"\" name=f ref=id0\n"},
		{
			choice(`{"tool_calls":[{"function":{"name":"g","arguments":"{}"},"index":1,"id":"id1"},{"index":2,"id":"id2","custom":{"name":"h","input":"i"}}]}`, ``),
			"0/65537 tool_call on \"{}\" name=g ref=id1\n0/65538 tool_call on \"i\" name=h ref=id2\nend 0/65536\nend 0/65537\n",
		},
		{choice(`{"function_call":{"name":"old","arguments":"{"}}`, ``), "0/9 tool_call on \"{\" name=old ref=\n"},
		{choice(`{"function_call":{"arguments":"}"}}`, ``), "0/9 tool_call on \"}\" name=old ref=\n"},
		{choice(`{"new":"x","audio":{"id":"a","data":"QUJD","transcript":"said"}}`, ``), "0/16777216 text on \"x\"\n0/8 text on \"said\"\nunknown \"QUJD\"\n"},
		{choice(`{"other":[{"z":"y"}],"new":"x"}`, ``), "0/16777217 text on \"y\"\n0/16777216 text on \"x\"\n"},
		{choice(`{"annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"t"}}]}`, ``), "0/10 citation alone \"u\"\n0/10 citation alone \"t\"\n"},
		{
			`{"citations":["u"],"surprise":"s","x":[{"y":"z"}],"choices":[{"index":3,"delta":{"content":"n"},"finish_reason":"stop"}]}`,
			"0/10 citation alone \"u\"\n3/0 text on \"n\"\nunknown \"s\"\nunknown \"z\"\nend 3/-1\n",
		},
		{`{"error":{"message":"m","type":"t","code":null}}`, "0/10 text alone \"m\"\n"},
		{`{"choices":[],"usage":{"prompt_tokens":1}}`, ""},
		{`["a"]`, "unknown \"a\"\n"},
		{``, ""},
		{`[DONE]`, "end -1/-1\n"},
	})
}

func TestReadEventRefusals(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		`hello`, `[DONE]x`, `{`, `{"choices":[{"delta":{"content":"a","content":"b"}}]}`, `{"choices":[],"Choices":[]}`, `{"choices":[{"delta":{"content":"\ud83d"}}]}`,
	} {
		var c core.EventContent
		if err := (Chat{}).ReadEvent(&core.Exchange{}, []byte(data), &c); err == nil || err.Code != core.CodeUpstreamInvalid || len(c.Parts) > 0 {
			t.Errorf("%s: %v, %d parts", data, err, len(c.Parts))
		}
	}
}

func TestAppendEvent(t *testing.T) {
	t.Parallel()
	const event = `{"obfuscation":"abc","q":"?","choices":[{"index":0,"delta":{"content":"\u0061 <b> \"c\"","reasoning_details":[{"text":"t","signature":"S"}]},"logprobs":{"content":[{"token":"a"}]}},` +
		`{"index":1,"delta":{"content":"other"},"logprobs":{"content":[]}}]}`
	ex := &core.Exchange{}
	got := dialecttest.EditEvent(t, Chat{}, ex, event, func(p core.StreamPart) string {
		switch {
		case p.Flow == core.FlowSeal:
			return ""
		case p.Kind == core.PartText && p.Choice == 0:
			return "\n\"x\""
		}
		return string(p.Text())
	})
	want := strings.NewReplacer(`"abc"`, `""`, `"?"`, `null`, `\u0061 <b> \"c\"`, `\n\"x\"`, `"S"`, `""`, `{"content":[{"token":"a"}]}`, `null`).Replace(event)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var c core.EventContent
	if err := (Chat{}).ReadEvent(ex, []byte(event), &c); err != nil {
		t.Fatal(err)
	}
	dialecttest.Edit(t, c.Parts[0].Part, 2, 3, "(")
	out, err := Chat{}.AppendEvent(nil, ex, []byte(event), &c)
	if err != nil || !strings.Contains(string(out), `"\u0061 (b> \"c\""`) {
		t.Errorf("%s, %v", out, err)
	}
}

// TestReadAgain makes sure that an event which is read twice does not count twice.
func TestReadAgain(t *testing.T) {
	t.Parallel()
	ex, c := &core.Exchange{}, core.EventContent{}
	read := func(delta string, again bool) string {
		c.Reset()
		c.Again = again
		if err := (Chat{}).ReadEvent(ex, []byte(choice(delta, ``)), &c); err != nil {
			t.Fatal(err)
		}
		return dialecttest.Describe("", &c)
	}
	Chat{}.BeginEvents(ex)
	read(`{"reasoning":"a"}`, false)
	read(`{"content":"b"}`, false)
	if got := read(`{"reasoning":"a"}`, true) + read(`{"content":"b"}`, true); strings.Contains(got, "end") {
		t.Error(got)
	}
	if got, want := read(`{"reasoning":"c"}`, false)+read(`{"content":"d"}`, false), "0/35 thinking on \"c\"\n0/0 text on \"d\"\nend 0/35\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
