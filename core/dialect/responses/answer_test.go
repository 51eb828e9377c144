package responses

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

const usageJSON = `"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":2},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":17}`

func TestAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body   string
		code   core.Code // 0 for none
		finish core.Finish
	}{
		{`{"status":"completed","model":"m","output":[],` + usageJSON + `}`, 0, core.FinishStop},
		{`{"status":"completed","output":[{"type":"message"},{"type":"custom_tool_call"}]}`, 0, core.FinishToolCalls},
		{`{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"function_call"}]}`, 0, core.FinishLength},
		{`{"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]}`, 0, core.FinishContentFilter},
		{`{"status":"incomplete","output":[]}`, 0, core.FinishOther},
		{`{"status":"queued","output":[],"error":null}`, 0, core.FinishNone},
		{`{"status":"failed","error":{"code":"server_error","message":"x"},"output":[],` + usageJSON + `}`, core.CodeUpstreamStatus, core.FinishOther},
		{`{"error":{"message":"x"}}`, core.CodeUpstreamStatus, core.FinishNone},
		{`{"choices":[]}`, core.CodeUpstreamInvalid, core.FinishNone},
		{`{"output":[]`, core.CodeUpstreamInvalid, core.FinishNone},
		{`[]`, core.CodeUpstreamInvalid, core.FinishNone},
		{``, core.CodeUpstreamInvalid, core.FinishNone},
	} {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		err := Dialect{}.Answer(ex, at, []byte(c.body))
		if (err == nil) != (c.code == 0) || err != nil && err.Code != c.code || at.Finish != c.finish {
			t.Errorf("%s: %v, finish %v", c.body, err, at.Finish)
		}
		want := core.Usage{InputUncached: 4, CacheRead: 4, CacheWrite: 2, Output: 7, Reasoning: 3, Reported: true}
		if strings.Contains(c.body, "usage") && at.Usage != want {
			t.Errorf("%s: usage %+v", c.body, at.Usage)
		}
		var list []core.Choice
		if list = (Dialect{}).Choices([]byte(c.body), nil); len(list) > 0 && list[0].Finish != c.finish {
			t.Errorf("%s: choices %+v", c.body, list)
		}
	}
}

func TestSpliceAnswer(t *testing.T) {
	t.Parallel()
	body := `{"output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"think"}],"encrypted_content":"E"},` +
		`{"type":"message","content":[{"type":"output_text","text":"secret","logprobs":[{"token":"secret"}],"annotations":[]}]}]}`
	ex := &core.Exchange{}
	list, err := Dialect{}.AnswerParts(ex, []byte(body), nil)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	if got, err := (Dialect{}).SpliceAnswer(ex, []byte(body), list); string(bytes.Join(got, nil)) != strings.Replace(body, `[{"token":"secret"}]`, "[]", 1) || err != nil {
		t.Errorf("nothing edited: %s, %v", got, err)
	}
	edit(t, list[1], 0, 6, "***")
	got, err := Dialect{}.SpliceAnswer(ex, []byte(body), list)
	want := strings.NewReplacer(`"text":"secret"`, `"text":"***"`, `[{"token":"secret"}]`, "[]").Replace(body)
	if err != nil || string(bytes.Join(got, nil)) != want {
		t.Errorf("%v: got %s\nwant %s", err, bytes.Join(got, nil), want)
	}
	edit(t, list[0], 0, 5, "***")
	got, err = Dialect{}.SpliceAnswer(ex, []byte(body), list)
	want = strings.NewReplacer(`"text":"think"`, `"text":"***"`, `"E"`, "null").Replace(want)
	if err != nil || string(bytes.Join(got, nil)) != want {
		t.Errorf("%v: got %s\nwant %s", err, bytes.Join(got, nil), want)
	}
	if _, err := (Dialect{}).AnswerParts(ex, []byte(`{"output":[],"Output":[]}`), nil); err == nil || err.Code != core.CodeUpstreamInvalid {
		t.Errorf("an answer that can be read in two ways: %v", err)
	}
}

func TestEvent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		data   string
		want   core.Disposition
		finish core.Finish
		whole  bool
	}{
		{``, core.EventDrop, 0, false},
		{` [DONE] `, core.EventDrop, 0, false},
		{`5`, core.EventForward, 0, false},
		{`{"type":"response.completed","response":{`, core.EventForward, 0, false},
		{`{"type":"response.created","response":{"model":"m","status":"in_progress"}}`, core.EventForward, 0, false},
		{`{"type":"keepalive"}`, core.EventForward, 0, false},
		{`{"type":"response.output_text.done","text":"response.completed"}`, core.EventForward, 0, false},
		{`{"type":"response.completed","response":{"status":"completed","output":[],` + usageJSON + `}}`, core.EventLast, core.FinishStop, true},
		{`{"type":"response.completed"}`, core.EventLast, core.FinishStop, true},
		{`{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},` + usageJSON + `}}`, core.EventLast, core.FinishLength, true},
		{`{"type":"response.incomplete"}`, core.EventLast, core.FinishOther, true},
		{`{"type":"response.failed","response":{"status":"failed","error":{"code":"x"},` + usageJSON + `}}`, core.EventFail, core.FinishOther, false},
		{`{"type":"error","code":"x","message":"y"}`, core.EventFail, 0, false},
		{`{"error":{"message":"y"}}`, core.EventFail, 0, false},
		{`{"type":"response.novel","error":{"message":"y"}}`, core.EventForward, 0, false},
	} {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		if got := (Dialect{}).Event(ex, at, []byte(c.data)); got != c.want || at.Finish != c.finish {
			t.Errorf("%s: %v, finish %v", c.data, got, at.Finish)
		}
		if strings.Contains(c.data, "usage") != at.Usage.Reported {
			t.Errorf("%s: usage %+v", c.data, at.Usage)
		}
		err := Dialect{}.EndStream(ex, at)
		if (err == nil) != c.whole || c.want == core.EventFail && err.Code != core.CodeUpstreamStatus {
			t.Errorf("%s: EndStream %v", c.data, err)
		}
	}
	ex := &core.Exchange{}
	at := ex.NewAttempt(upstream(""))
	for _, data := range []string{
		`{"type":"response.output_text.delta","delta":"a"}`, `{"type":"response.output_text.delta","delta":""}`,
		`{"type":"response.output_item.done","item":{"type":"function_call"}}`, `{"type":"response.completed","response":{"status":"completed","output":[]}}`,
	} {
		(Dialect{}).Event(ex, at, []byte(data))
	}
	if at.Finish != core.FinishToolCalls || at.Stream.OutTokens != 1 || at.Stream.Events != 1 {
		t.Errorf("%v, %+v", at.Finish, at.Stream)
	}
	if len((Dialect{}).AppendStreamEnd(nil)) != 0 {
		t.Error("AppendStreamEnd writes something")
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	var id core.ID
	e := core.ClientErrorf(core.CodeInvalidField, "input[0].x", "%q", "bad\n")
	got := string(Dialect{}.RenderError(nil, e, id))
	if want := `{"error":{"message":"\"bad\\n\"","type":"invalid_request_error","param":"input[0].x","code":"invalid_field"}}`; got != want {
		t.Errorf("got %s", got)
	}
	up := &core.Error{Code: core.CodeUpstreamStatus, Status: 429, Upstream: &core.UpstreamAnswer{Status: 429, Body: []byte(`{"error":{"x":1}}`)}}
	if got := string(Dialect{}.RenderError(nil, up, id)); got != `{"error":{"x":1}}` {
		t.Errorf("got %s", got)
	}
	for _, body := range []string{`{"error":{},"output":[]}`, `{"error":"x"}`, `{"error":{}`, `[]`, `{}`} {
		up.Upstream.Body = []byte(body)
		if got := string(Dialect{}.RenderError(nil, up, id)); !strings.Contains(got, "rate_limit_error") {
			t.Errorf("%s: got %s", body, got)
		}
	}
	models := Dialect{}.RenderModels(nil, []core.ModelInfo{{Name: "a\"b"}, {Name: "c", Owner: "o", Created: time.Unix(5, 0)}})
	want := `{"object":"list","data":[{"id":"a\"b","object":"model","created":0,"owned_by":"sallyport"},{"id":"c","object":"model","created":5,"owned_by":"o"}]}`
	if string(models) != want {
		t.Errorf("got %s", models)
	}
}

// TestRenderErrorEvent makes sure that each error ends a stream with an event that OpenAI
// publishes, and that its code tells clients whether to ask again.
func TestRenderErrorEvent(t *testing.T) {
	t.Parallel()
	id := core.ID{1, 2, 3}
	for code := range core.Code(core.NumCodes) {
		e := core.Errorf(code, "what \"happened\"")
		all := events(t, string(Dialect{}.RenderErrorEvent(nil, e, id)))
		if len(all) != 1 || all[0].name != "response.failed" || all[0].data["type"] != "response.failed" {
			t.Fatalf("%v: %v", code, all)
		}
		r := all[0].data["response"].(map[string]any)
		failure := r["error"].(map[string]any)
		if failure["type"] != code.String() || failure["message"] != e.Message || r["id"] != "resp_"+id.String() || r["status"] != "failed" {
			t.Errorf("%v: %v", code, r)
		}
		if code.Status() < 500 && code.Status() != 429 && code != core.CodeBlocked || code == core.CodeBudgetExceeded {
			failure["code"] = "server_error" // no published word fits
		}
		conforms(t, "ResponseFailedEvent", all[0].data)
	}
	for want, e := range map[string]*core.Error{
		"context_length_exceeded": {Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream, Reason: "context_length_exceeded"},
		"server_error":            {Code: core.CodeUpstreamCut, Origin: core.OriginUpstream},
		"invalid_prompt":          {Code: core.CodeBlocked, Origin: core.OriginPlugin, Reason: "pii"},
		"rate_limit_exceeded":     {Code: core.CodeUpstreamStatus, Status: 429},
		"insufficient_quota":      {Code: core.CodeBudgetExceeded},
	} {
		var v struct {
			Response struct{ Error struct{ Code string } }
		}
		if err := json.Unmarshal([]byte(events(t, string(Dialect{}.RenderErrorEvent(nil, e, id)))[0].raw), &v); err != nil || v.Response.Error.Code != want {
			t.Errorf("%v: %v, %v", e, v, err)
		}
	}
}
