package anthropic

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

const messageStart = `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":1,"service_tier":"standard"}}}`

func TestReadEvent(t *testing.T) {
	t.Parallel()
	dialecttest.Stream(t, Messages{}, &core.Exchange{}, [][2]string{
		{messageStart, ""},
		{`{"type":"message_start","message":{"content":[{"type":"text","text":"early"}]}}`, "0/0 text alone \"early\"\n"},
		{`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`, ""},
		{`{"type":"ping"}`, "idle\n"},
		{`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h\u006d"}}`, "0/0 thinking on \"hm\"\n"},
		{`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"SIG"}}`, "0/0 thinking seal \"SIG\"\n"},
		{`{"type":"content_block_stop","index":0}`, "end 0/0\n"},
		{`{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"be"}}`, "0/1 text on \"be\"\n"},
		{`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"gun"}}`, "0/1 text on \"gun\"\n"},
		{
			`{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"c","document_title":"d","file_id":"f"}}}`,
			"0/1 citation alone \"c\"\n0/1 citation alone \"d\"\n",
		},
		{`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{ }}}`, "0/2 tool_call on \"\" name=f ref=t1\n"},
		{`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}`, "0/2 tool_call on \"\" name=f ref=t1\n"},
		{`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1"}}`, "0/2 tool_call on \"{\\\"a\\\":1\" name=f ref=t1\n"},
		{`{"type":"content_block_stop","index":2}`, "end 0/2\n"},
		{`{"type":"content_block_start","index":3,"content_block":{"type":"server_tool_use","id":"t2","name":"g","input":{"q":"x"}}}`, "0/3 tool_call alone \"{\\\"q\\\":\\\"x\\\"}\" name=g ref=t2\n"},
		{
			`{"type":"content_block_start","index":4,"content_block":{"type":"web_search_tool_result","tool_use_id":"t2","content":[{"type":"web_search_result","title":"T","url":"u","encrypted_content":"E"}]}}`,
			"0/4 tool_result alone \"T\" name= ref=t2 role=tool\n0/4 citation alone \"u\" role=tool\n0/4 redacted alone \"E\" role=tool\n",
		},
		{`{"type":"content_block_start","index":5,"content_block":{"type":"redacted_thinking","data":"D"}}`, "0/5 redacted alone \"D\"\n"},
		{`{"type":"content_block_start","index":6,"content_block":{"type":"compaction","content":null}}`, ""},
		{`{"type":"content_block_delta","index":6,"delta":{"type":"compaction_delta","content":"sum"}}`, "0/6 text on \"sum\"\n"},
		{`{"type":"content_block_delta","index":6,"delta":{"type":"new_delta","news":"n"}}`, "0/16777216 text on \"n\"\n"},
		{`{"type":"something","what":"w","index":6}`, "unknown \"w\"\n"},
		{
			`{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","category":null,"explanation":"why"}},"usage":{"output_tokens":3}}`,
			"0/0 refusal alone \"why\"\n",
		},
		{`{"type":"error","error":{"type":"overloaded_error","message":"m"},"request_id":"r"}`, "0/0 text alone \"m\"\n"},
		{`{"type":"message_stop"}`, "end 0/-1\n"},
		{``, ""},
	})
}

func TestAppendEvent(t *testing.T) {
	t.Parallel()
	ex := &core.Exchange{}
	for _, c := range []struct{ data, old, new, want string }{
		{`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\n\u00e4b"}}`, "a\näb", "a\"", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\""}}`},
		{`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"SIG"}}`, "SIG", "", `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sp1.edited."}}`},
		{`{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","input":{"q":"x"}},"z":"?"}`, `{"q":"x"}`, `{}`, `{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","input":{}},"z":null}`},
	} {
		got := dialecttest.EditEvent(t, Messages{}, ex, c.data, func(p core.StreamPart) string {
			if string(p.Text()) != c.old {
				t.Errorf("%s: %q", c.data, p.Text())
			}
			return c.new
		})
		if got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestAppendRefused(t *testing.T) {
	t.Parallel()
	const open = `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`
	const stop = `{"type":"content_block_stop","index":0}`
	const thinking = `{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`
	const signature = `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"S"}}`
	const end = `message_delta message_stop`
	for name, c := range map[string]struct {
		sent []string
		want string
	}{
		"first":    {nil, "message_start content_block_start/0 content_block_delta/0 content_block_stop/0 " + end},
		"begun":    {[]string{messageStart}, "content_block_start/0 content_block_delta/0 content_block_stop/0 " + end},
		"open":     {[]string{messageStart, open}, "content_block_stop/0 content_block_start/1 content_block_delta/1 content_block_stop/1 " + end},
		"thinks":   {[]string{messageStart, thinking}, "content_block_delta/0 content_block_stop/0 content_block_start/1 content_block_delta/1 content_block_stop/1 " + end},
		"signed":   {[]string{messageStart, thinking, signature}, "content_block_stop/0 content_block_start/1 content_block_delta/1 content_block_stop/1 " + end},
		"between":  {[]string{messageStart, open, stop}, "content_block_start/1 content_block_delta/1 content_block_stop/1 " + end},
		"finished": {[]string{messageStart, open, stop, `{"type":"message_delta","delta":{}}`}, "message_stop"},
		"done":     {[]string{`{"type":"message_stop"}`}, ""},
	} {
		ex, at := &core.Exchange{}, &core.Attempt{Usage: core.Usage{Output: 7, Reported: true}}
		Messages{}.BeginEvents(ex)
		for _, data := range c.sent {
			Messages{}.SentEvent(ex, []byte(data))
		}
		out := string(Messages{}.AppendRefused(nil, ex, at, `not "this"`))
		var got []string
		for _, e := range dialecttest.SSE(t, out) {
			kind := e.Name
			if index, ok := e.Data["index"]; ok {
				kind += "/" + index.(interface{ String() string }).String()
			}
			if e.Data["type"] != e.Name {
				t.Errorf("%s: event %s has type %v", name, e.Name, e.Data["type"])
			}
			got = append(got, kind)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if strings.Contains(c.want, end) && (!strings.Contains(out, `"stop_reason":"refusal"`) || strings.Count(out, `not \"this\"`) != 2 || !strings.Contains(out, `"output_tokens":7`)) {
			t.Errorf("%s: %s", name, out)
		}
	}
}
