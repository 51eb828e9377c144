package anthropic

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   string
		usage  core.Usage
		finish core.Finish
	}{
		"all counters": {
			`{"type":"message","content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"cache_creation":{"ephemeral_5m_input_tokens":2},"output_tokens":4,"output_tokens_details":{"thinking_tokens":5}}}`,
			core.Usage{InputUncached: 1, CacheWrite: 2, CacheRead: 3, Output: 4, Reasoning: 4, Reported: true},
			core.FinishStop,
		},
		"rounds apart": {
			`{"content":[],"stop_reason":"max_tokens","usage":{"input_tokens":1,"output_tokens":4,"iterations":[{"type":"compaction","input_tokens":100,"output_tokens":10,"cache_read_input_tokens":7},{"type":"message","input_tokens":1,"output_tokens":4},{"type":"advisor_message","input_tokens":5,"output_tokens":6},7]}}`,
			core.Usage{InputUncached: 106, CacheRead: 7, Output: 20, Reported: true},
			core.FinishLength,
		},
		"nulls":    {`{"content":[],"stop_reason":"tool_use","usage":{"input_tokens":1,"cache_creation_input_tokens":null,"output_tokens":2,"iterations":null,"output_tokens_details":null}}`, core.Usage{InputUncached: 1, Output: 2, Reported: true}, core.FinishToolCalls},
		"no usage": {`{"content":[],"stop_reason":null}`, core.Usage{}, core.FinishNone},
		"zeros":    {`{"content":[],"stop_reason":"refusal","usage":{"input_tokens":0,"output_tokens":0}}`, core.Usage{}, core.FinishContentFilter},
		"nonsense": {`{"content":[],"stop_reason":"new_one","usage":{"input_tokens":-5,"output_tokens":1e300,"cache_read_input_tokens":"x"}}`, core.Usage{}, core.FinishOther},
		"not one":  {`{"content":[],"stop_reason":"pause_turn","usage":[]}`, core.Usage{}, core.FinishStop},
	} {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		if err := (Messages{}).Answer(ex, at, []byte(c.body)); err != nil || at.Usage != c.usage || at.Finish != c.finish || !at.Usage.Valid() {
			t.Errorf("%s: %v, usage %+v, finish %v", name, err, at.Usage, at.Finish)
		}
	}
}

func TestAnswerRefuses(t *testing.T) {
	t.Parallel()
	for body, code := range map[string]core.Code{
		``: core.CodeUpstreamInvalid, `[]`: core.CodeUpstreamInvalid, `{"content":[`: core.CodeUpstreamInvalid, `{}`: core.CodeUpstreamInvalid,
		`{"content":"text"}`: core.CodeUpstreamInvalid, `<html>`: core.CodeUpstreamInvalid,
		`{"type":"error","error":{"type":"overloaded_error","message":"m"}}`: core.CodeUpstreamStatus,
		`{"error":{"message":"m"},"content":[]}`:                             core.CodeUpstreamStatus,
	} {
		ex := &core.Exchange{}
		err := Messages{}.Answer(ex, ex.NewAttempt(upstream("")), []byte(body))
		if err == nil || err.Code != code || err.Origin != core.OriginUpstream {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if code == core.CodeUpstreamStatus && (err.Upstream == nil || string(err.Upstream.Body) != body) {
			t.Errorf("%s: carries %+v", body, err.Upstream)
		}
	}
}

// TestAnswerStatus: an error in a 200 has the status of its type, and no type of the
// provider key's has one.
func TestAnswerStatus(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]int{
		"invalid_request_error": 400, "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500,
		"timeout_error": 504, "overloaded_error": 529, "authentication_error": 0, "permission_error": 0, "new_error": 0,
	} {
		ex := &core.Exchange{}
		err := Messages{}.Answer(ex, ex.NewAttempt(upstream("")), []byte(`{"type":"error","error":{"message":"m","type":"`+kind+`"}}`))
		if err == nil || err.Status != want {
			t.Errorf("%s: %v", kind, err)
		}
		if err != nil && want != 0 && errorType(err) != kind {
			t.Errorf("%s is %s for clients", kind, errorType(err))
		}
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	d, _ := New().(core.ParameterReader)
	list := d.Choices([]byte(`{"content":[],"stop_reason":"stop_sequence","stop_sequence":"E\u004eD"}`), nil)
	if len(list) != 1 || list[0].Finish != core.FinishStop || string(list[0].Stop) != "END" {
		t.Errorf("%+v", list)
	}
	for _, body := range []string{``, `{}`, `{"content":[`, `[]`} {
		if list := d.Choices([]byte(body), nil); len(list) != 0 {
			t.Errorf("%s: %+v", body, list)
		}
	}
}

const (
	start    = `{"type":"message_start","message":{"id":"m","model":"x","usage":{"input_tokens":25,"cache_read_input_tokens":3,"output_tokens":1}}}`
	textOne  = `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}`
	textTwo  = `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"twelve bytes"}}`
	finished = `{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}}`
	stop     = `{"type":"message_stop"}`
)

func TestEvents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		events []string
		want   []core.Disposition
		check  func(at *core.Attempt) bool
	}{
		"whole": {
			[]string{start, `{"type":"ping"}`, textOne, textOne, textTwo, `{"type":"content_block_stop","index":0}`, finished, stop},
			[]core.Disposition{0, 0, 0, 0, 0, 0, 0, core.EventLast},
			func(at *core.Attempt) bool {
				return at.Stream.Events == 3 && at.Stream.OutTokens == 5 && at.Stream.Done && at.Stream.Finished && at.Finish == core.FinishToolCalls &&
					string(at.Model) == "x" && at.Usage == core.Usage{InputUncached: 25, CacheRead: 3, Output: 15, Reported: true}
			},
		},
		"set, not added": {
			[]string{start, `{"type":"message_delta","delta":{},"usage":{"input_tokens":30,"cache_read_input_tokens":0,"output_tokens":7}}`, finished},
			nil, func(at *core.Attempt) bool {
				return at.Usage == core.Usage{InputUncached: 30, Output: 15, Reported: true}
			},
		},
		"input at the end": {
			[]string{`{"type":"message_start","message":{"usage":{"input_tokens":0,"output_tokens":0}}}`, `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":9,"output_tokens":2}}`},
			nil, func(at *core.Attempt) bool {
				return at.Usage == core.Usage{InputUncached: 9, Output: 2, Reported: true}
			},
		},
		"input forgotten at the end": {
			[]string{start, `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":0,"cache_read_input_tokens":0,"output_tokens":2}}`},
			nil, func(at *core.Attempt) bool {
				return at.Usage == core.Usage{InputUncached: 25, CacheRead: 3, Output: 2, Reported: true}
			},
		},
		"no usage": {[]string{`{"type":"message_start","message":{}}`, `{"type":"message_start","message":1}`}, nil, func(at *core.Attempt) bool { return at.Usage == core.Usage{} }},
		"error": {
			[]string{start, `{"type":"error","error":{"type":"overloaded_error","message":"m"}}`},
			[]core.Disposition{0, core.EventFail},
			func(at *core.Attempt) bool { return at.Stream.Failed },
		},
		"error of another form": {[]string{`{"error":{"message":"m"}}`}, []core.Disposition{core.EventFail}, func(at *core.Attempt) bool { return at.Stream.Failed }},
		"unknown": {
			[]string{`{"type":"from_the_future","delta":{"text":"x"}}`, `{"type":"content_block_delta","delta":{"type":"citations_delta","citation":{}}}`, `{`, `7`},
			[]core.Disposition{0, 0, 0, 0},
			func(at *core.Attempt) bool { return at.Stream == core.StreamState{Scratch: at.Stream.Scratch} },
		},
		"not ours": {[]string{``, ` `, `[DONE]`}, []core.Disposition{core.EventDrop, core.EventDrop, core.EventDrop}, func(at *core.Attempt) bool { return !at.Stream.Done }},
		"a text that looks like an end": {
			[]string{`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{\"type\":\"message_stop\"}"}}`},
			[]core.Disposition{0},
			func(at *core.Attempt) bool { return !at.Stream.Done && at.Stream.Events == 1 },
		},
		"arguments": {
			[]string{`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}`, `{"type":"content_block_delta","index":1,"delta":{"type":"thinking_delta","thinking":"h"}}`},
			nil, func(at *core.Attempt) bool { return at.Stream.Events == 2 && at.Stream.OutTokens == 3 },
		},
	} {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		for i, e := range c.events {
			if got := (Messages{}).Event(ex, at, []byte(e)); c.want != nil && got != c.want[i] {
				t.Errorf("%s: event %d is %v, want %v", name, i, got, c.want[i])
			}
		}
		if !c.check(at) {
			t.Errorf("%s: %+v, usage %+v", name, at.Stream, at.Usage)
		}
		err := Messages{}.EndStream(ex, at)
		switch {
		case at.Stream.Failed:
			if err == nil || err.Code != core.CodeUpstreamStatus {
				t.Errorf("%s: ends with %v", name, err)
			}
		case at.Stream.Done != (err == nil) || err != nil && err.Code != core.CodeUpstreamCut:
			t.Errorf("%s: ends with %v", name, err)
		}
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	id := core.ID{0x01, 0x9a}
	const tail = `"request_id":"019a0000-0000-0000-0000-000000000000"}`
	for name, c := range map[string]struct {
		err  *core.Error
		want string
	}{
		"field": {
			core.ClientErrorf(core.CodeMissingField, "max_tokens", "%q is missing.", "max_tokens"),
			`{"type":"error","error":{"type":"invalid_request_error","message":"\"max_tokens\" is missing.","details":{"error_code":"missing_field","param":"max_tokens"}},` + tail,
		},
		"plain": {
			core.Errorf(core.CodeOverloaded, "Busy."),
			`{"type":"error","error":{"type":"overloaded_error","message":"Busy.","details":{"error_code":"overloaded"}},` + tail,
		},
		"the upstream's": {
			&core.Error{Code: core.CodeUpstreamStatus, Status: 529, Upstream: &core.UpstreamAnswer{Status: 529, Body: []byte(`{"type":"error","error":{"type":"overloaded_error","message":"m"},"request_id":"r"}`)}},
			`{"type":"error","error":{"type":"overloaded_error","message":"m"},"request_id":"r"}`,
		},
		"about the provider key": {
			&core.Error{Code: core.CodeUpstreamStatus, Message: "x", Upstream: &core.UpstreamAnswer{Status: 401, Body: []byte(`{"type":"error","error":{"type":"authentication_error","message":"key"}}`)}},
			`{"type":"error","error":{"type":"api_error","message":"x","details":{"error_code":"upstream_error"}},` + tail,
		},
		"of another dialect": {
			&core.Error{Code: core.CodeUpstreamStatus, Status: 400, Message: "x", Upstream: &core.UpstreamAnswer{Status: 400, Body: []byte(`{"error":{"message":"m"}}`)}},
			`{"type":"error","error":{"type":"invalid_request_error","message":"x","details":{"error_code":"upstream_error"}},` + tail,
		},
	} {
		if got := string(Messages{}.RenderError(nil, c.err, id)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	got := string(Messages{}.RenderErrorEvent(nil, core.Errorf(core.CodeUpstreamCut, "a\nb"), id))
	if want := "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"a\\nb\",\"details\":{\"error_code\":\"upstream_cut\"}}," + tail + "\n\n"; got != want {
		t.Errorf("event: got %q, want %q", got, want)
	}
	for status, want := range map[int]string{
		400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error", 404: "not_found_error", 405: "invalid_request_error",
		408: "timeout_error", 413: "request_too_large", 429: "rate_limit_error", 431: "invalid_request_error", 500: "api_error", 502: "api_error",
		503: "overloaded_error", 504: "timeout_error", 529: "overloaded_error",
	} {
		if got := errorType(&core.Error{Code: core.CodeUpstreamStatus, Status: status}); got != want {
			t.Errorf("%d is %s, want %s", status, got, want)
		}
	}
	if got := errorType(core.Errorf(core.CodeBudgetExceeded, "")); got != "billing_error" {
		t.Errorf("budget: %s", got)
	}
}

func TestRenderModels(t *testing.T) {
	t.Parallel()
	var created core.ModelInfo
	created.Name = `b"`
	got := string(Messages{}.RenderModels(nil, []core.ModelInfo{{Name: "a"}, created}))
	const epoch = `"created_at":"1970-01-01T00:00:00Z"}`
	want := `{"data":[{"type":"model","id":"a","display_name":"a",` + epoch + `,{"type":"model","id":"b\"","display_name":"b\"",` + epoch + `],"has_more":false,"first_id":"a","last_id":"b\""}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(Messages{}.RenderModels(nil, nil)); !strings.Contains(got, `"data":[],"has_more":false,"first_id":null,"last_id":null`) {
		t.Errorf("none: %s", got)
	}
}
