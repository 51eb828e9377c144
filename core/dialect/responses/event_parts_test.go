package responses

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// saidEvents is a stream in which every kind of text is said in pieces and repeated.
var saidEvents = [][2]string{
	{`{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"m","instructions":"be kind","output":[],"usage":null,"incomplete_details":null}}`, ""},
	{`{"type":"response.output_item.added","output_index":0,"sequence_number":1,"item":{"id":"rs_1","type":"reasoning","summary":[]}}`, ""},
	{`{"type":"response.reasoning_summary_part.added","item_id":"rs_1","output_index":0,"summary_index":0,"sequence_number":2,"part":{"type":"summary_text","text":""}}`, ""},
	{`{"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"sequence_number":3,"delta":"h\u006d","obfuscation":"xyz"}`, "0/1024 thinking on \"hm\"\n"},
	{`{"type":"response.reasoning_summary_text.done","item_id":"rs_1","output_index":0,"summary_index":0,"sequence_number":4,"text":"hm"}`, "0/1024 thinking repeat \"hm\"\nend 0/1024\n"},
	{`{"type":"response.reasoning_summary_part.done","item_id":"rs_1","output_index":0,"summary_index":0,"sequence_number":5,"part":{"type":"summary_text","text":"hm"}}`, "0/1024 thinking repeat \"hm\"\nend 0/1024\n"},
	{
		`{"type":"response.output_item.done","output_index":0,"sequence_number":6,"item":{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"content":[{"type":"reasoning_text","text":"deep"}],"encrypted_content":"E"}}`,
		"0/1024 thinking repeat \"hm\"\n0/0 thinking repeat \"deep\"\nend 0/2048\nend 0/2049\nend 0/2050\nend 0/2051\nend 0/1024\nend 0/0\n",
	},
	{`{"type":"response.output_item.added","output_index":1,"sequence_number":7,"item":{"id":"msg_1","type":"message","role":"assistant","status":"in_progress","content":[]}}`, ""},
	{`{"type":"response.content_part.added","item_id":"msg_1","output_index":1,"content_index":0,"sequence_number":8,"part":{"type":"output_text","text":"","annotations":[]}}`, ""},
	{`{"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"sequence_number":9,"delta":"be","logprobs":[{"token":"be"}]}`, "0/4096 text on \"be\"\nunknown [{\"token\":\"be\"}]\n"},
	{`{"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"sequence_number":10,"delta":"gun"}`, "0/4096 text on \"gun\"\n"},
	{`{"type":"response.output_text.annotation.added","item_id":"msg_1","output_index":1,"content_index":0,"annotation_index":0,"sequence_number":11,"annotation":{"type":"url_citation","url":"u","title":"t"}}`, "0/4096 citation alone \"u\"\n0/4096 citation alone \"t\"\n"},
	{`{"type":"response.output_text.done","item_id":"msg_1","output_index":1,"content_index":0,"sequence_number":12,"text":"begun"}`, "0/4096 text repeat \"begun\"\nend 0/4096\n"},
	{
		`{"type":"response.content_part.done","item_id":"msg_1","output_index":1,"content_index":0,"sequence_number":13,"part":{"type":"output_text","text":"begun","annotations":[{"type":"url_citation","url":"u"}],"logprobs":[{"token":"be"}]}}`,
		"0/4096 text repeat \"begun\"\n0/4096 citation alone \"u\"\nunknown [{\"token\":\"be\"}]\nend 0/4096\n",
	},
	{`{"type":"response.refusal.delta","item_id":"msg_1","output_index":1,"content_index":1,"sequence_number":14,"delta":"no"}`, "0/4097 refusal on \"no\"\n"},
	{
		`{"type":"response.output_item.done","output_index":1,"sequence_number":15,"item":{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"begun"},{"type":"refusal","refusal":"no"}]}}`,
		"0/4096 text repeat \"begun\"\n0/4097 refusal repeat \"no\"\nend 0/6144\nend 0/6145\nend 0/6146\nend 0/6147\nend 0/4096\nend 0/4097\n",
	},
	{`{"type":"response.output_item.added","output_index":2,"sequence_number":16,"item":{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":""}}`, "0/10240 tool_call on \"\" name=f ref=c1\n"},
	{`{"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":2,"sequence_number":17,"delta":"{}"}`, "0/10240 tool_call on \"{}\" name=f ref=c1\n"},
	{`{"type":"response.function_call_arguments.done","item_id":"fc_1","output_index":2,"sequence_number":18,"name":"f","arguments":"{}"}`, "0/10240 tool_call repeat \"{}\" name=f ref=c1\nend 0/10240\n"},
	{`{"type":"response.web_search_call.searching","item_id":"ws_1","output_index":3,"sequence_number":19}`, ""},
	{
		`{"type":"response.output_item.done","output_index":3,"sequence_number":20,"item":{"id":"ws_1","type":"web_search_call","action":{"type":"search","query":"q"},"new":"n"}}`,
		"0/14336 text alone \"q\"\n0/16777216 text alone \"n\"\nend 0/14336\nend 0/14337\nend 0/14338\nend 0/14339\n",
	},
	{`{"type":"response.unheard_of.delta","item_id":"x","output_index":1,"content_index":0,"delta":"what"}`, "unknown \"what\"\n"},
	{`{"type":"response.audio.delta","delta":"QUJD"}`, "unknown \"QUJD\"\n"},
	{`{"type":"error","code":"server_error","message":"m","param":null}`, "0/2048 text alone \"server_error\"\n0/2048 text alone \"m\"\n"},
	{
		`{"type":"response.completed","sequence_number":21,"response":{"id":"resp_1","instructions":"be kind","output":[{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"begun"}]},{"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"{}"}]}}`,
		"0/4096 text repeat \"begun\"\n0/10240 tool_call repeat \"{}\" name=f ref=c1\nend 0/-1\n",
	},
	{``, ""},
	{`[DONE]`, ""},
}

func TestReadEvent(t *testing.T) {
	t.Parallel()
	dialecttest.Stream(t, Dialect{}, &core.Exchange{}, saidEvents)
}

func TestAppendEvent(t *testing.T) {
	t.Parallel()
	ex := &core.Exchange{}
	for _, c := range [][3]string{
		{saidEvents[3][0], `h\u006d`, `xyz`},
		{saidEvents[9][0], `"delta":"be"`, `"logprobs":[{"token":"be"}]`},
		{saidEvents[13][0], `"text":"begun"`, `"logprobs":[{"token":"be"}]`},
	} {
		want := strings.NewReplacer(`h\u006d`, `E`, `xyz`, ``, `"delta":"be"`, `"delta":"E"`, `"logprobs":[{"token":"be"}]`, `"logprobs":null`, `"text":"begun"`, `"text":"E"`).Replace(c[0])
		got := dialecttest.EditEvent(t, Dialect{}, ex, c[0], func(p core.StreamPart) string {
			if p.Kind == core.PartCitation {
				return string(p.Text())
			}
			return "E"
		})
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	got := dialecttest.EditEvent(t, Dialect{}, ex, saidEvents[6][0], func(core.StreamPart) string { return "E" })
	if !strings.Contains(got, `"encrypted_content":""`) {
		t.Error(got)
	}
}

func TestAppendRefused(t *testing.T) {
	t.Parallel()
	for n := range saidEvents[:18] {
		ex, at := &core.Exchange{}, &core.Attempt{Usage: core.Usage{InputUncached: 3, Output: 7, Reported: true}}
		Dialect{}.BeginEvents(ex)
		for _, e := range saidEvents[:n] {
			Dialect{}.SentEvent(ex, []byte(e[0]))
		}
		out := Dialect{}.AppendRefused(nil, ex, at, `not "this"`)
		var kinds []string
		var last dialecttest.Sent
		open := map[string]int{}
		for i, e := range dialecttest.SSE(t, string(out)) {
			if want := fmt.Sprint(n + i); n > 0 && fmt.Sprint(e.Data["sequence_number"]) != want {
				t.Errorf("after %d: number %v, want %s", n, e.Data["sequence_number"], want)
			}
			if e.Data["type"] != e.Name {
				t.Errorf("after %d: event %s has type %v", n, e.Name, e.Data["type"])
			}
			kinds = append(kinds, strings.TrimPrefix(e.Name, "response."))
			if name, ok := strings.CutSuffix(e.Name, ".added"); ok {
				open[name]++
			} else if name, ok := strings.CutSuffix(e.Name, ".done"); ok {
				open[name]--
			}
			last = e
		}
		var r struct {
			Type     string
			Response struct {
				ID, Status, Model string
				Incomplete        struct{ Reason string } `json:"incomplete_details"`
				Output            []struct {
					ID, Type, Status string
					Content          []struct{ Type, Text, Refusal string }
				}
				Usage struct {
					Output int `json:"output_tokens"`
				}
			}
		}
		if err := json.Unmarshal([]byte(last.Text), &r); err != nil {
			t.Fatal(err)
		}
		output := r.Response.Output
		if r.Type != "response.incomplete" || r.Response.Status != "incomplete" || r.Response.Incomplete.Reason != "content_filter" || r.Response.Usage.Output != 7 || len(output) == 0 || n > 0 && r.Response.ID != "resp_1" {
			t.Fatalf("after %d: %s", n, last.Text)
		}
		message := output[len(output)-1]
		if content := message.Content; message.Type != "message" || len(content) == 0 || content[len(content)-1].Refusal != `not "this"` {
			t.Errorf("after %d: %s", n, last.Text)
		}
		if open["response.content_part"] < -1 || open["response.output_item"] < -2 {
			t.Errorf("after %d: %s", n, kinds)
		}
		if n == 11 { // in the midst of a text
			if got := strings.Join(kinds, " "); got != "output_text.done content_part.done content_part.added refusal.delta refusal.done content_part.done output_item.done incomplete" {
				t.Error(got)
			}
			if c := message.Content; len(c) != 2 || c[0].Text != "begun" || message.ID != "msg_1" {
				t.Errorf("%+v", message)
			}
		}
		if n == 4 { // in the midst of a summary
			if got := strings.Join(kinds, " "); got != "reasoning_summary_text.done reasoning_summary_part.done output_item.done output_item.added content_part.added refusal.delta refusal.done content_part.done output_item.done incomplete" {
				t.Error(got)
			}
		}
		if again := (Dialect{}).AppendRefused(nil, ex, at, "again"); n > 0 && len(again) > 0 {
			t.Errorf("after %d: ended twice", n)
		}
	}
}
