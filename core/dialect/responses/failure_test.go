package responses

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// numberOf returns the sequence_number of the one event in text.
func numberOf(t *testing.T, text string) int64 {
	t.Helper()
	list := events(t, text)
	var e struct {
		Number int64 `json:"sequence_number"`
	}
	if len(list) != 1 || json.Unmarshal([]byte(list[0].raw), &e) != nil {
		t.Fatalf("%q", text)
	}
	return e.Number
}

// TestFailureIsNumbered: the event that ends a stream has the number behind the
// last one, whether the stream is passed on or written, and 0 where nothing came.
func TestFailureIsNumbered(t *testing.T) {
	e := core.Errorf(core.CodeUpstreamCut, "cut")
	ex := &core.Exchange{}
	fail := func(at *core.Attempt) int64 {
		return numberOf(t, string(Dialect{}.AppendStreamFailure(nil, ex, at, e)))
	}
	if n := fail(nil); n != 0 {
		t.Errorf("before any attempt: %d", n)
	}
	at := ex.NewAttempt(&core.Deployment{})
	if n := fail(at); n != 0 {
		t.Errorf("before any event: %d", n)
	}
	for i, data := range []string{
		`{"type":"response.created","sequence_number":0,"response":{}}`, `{"type":"response.in_progress","response":{},"sequence_number":1}`,
		`{"type":"response.output_text.delta","delta":"a","sequence_number":7}`, `{"type":"no.number"}`,
		`{"type":"x","sequence_number":"8"}`, `{"type":"x","sequence_number":3}`, `{"type":"x","sequence_number":9e99}`, `{"type":"x","sequence_number":-1}`,
	} {
		(Dialect{}).Event(ex, at, []byte(data))
		if n, want := fail(at), []int64{1, 2, 8}[min(i, 2)]; n != want {
			t.Errorf("behind %s: %d, want %d", data, n, want)
		}
	}
	at = ex.NewAttempt(&core.Deployment{})
	(Dialect{}).Event(ex, at, []byte(`{"type":"response.created","sequence_number":0}`))
	if n := fail(at); n != 1 {
		t.Errorf("at the next attempt: %d", n)
	}
	at = ex.NewAttempt(&core.Deployment{})
	p := core.Part{}
	p.SetText([]byte("a"))
	out := string(Dialect{}.WriteEvent(nil, ex, at, &core.Event{Kind: core.EventOpen, Part: p}))
	if n, want := fail(at), int64(strings.Count(out, "event: ")); n != want || n == 0 {
		t.Errorf("behind %d written events: %d", want, n)
	}
}

// TestFailureTellsWhatIsKnown: the model and the usage of a stream that was written, and
// a code that clients know.
func TestFailureTellsWhatIsKnown(t *testing.T) {
	t.Parallel()
	ex := &core.Exchange{}
	at := ex.NewAttempt(&core.Deployment{})
	p := core.Part{}
	p.SetText([]byte("hel"))
	Dialect{}.WriteEvent(nil, ex, at, &core.Event{Kind: core.EventUsage, Model: []byte("m"), Usage: core.Usage{InputUncached: 5, Output: 1, Reported: true}})
	Dialect{}.WriteEvent(nil, ex, at, &core.Event{Kind: core.EventOpen, Part: p})
	at.Model = []byte("m")
	for _, c := range []struct {
		e    *core.Error
		code string
	}{
		{&core.Error{Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream, Status: 529, Reason: "overloaded_error", Message: "boom"}, "server_error"},
		{&core.Error{Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream, Status: 429, Reason: "rate_limit_error", Message: "slow"}, "rate_limit_exceeded"},
		{&core.Error{Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream, Status: 400, Reason: "invalid_request_error", Message: "no"}, "invalid_prompt"},
		{&core.Error{Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream, Status: 400, Reason: "context_length_exceeded", Message: "long"}, "context_length_exceeded"},
		{core.Errorf(core.CodeUpstreamCut, "cut"), "server_error"},
	} {
		list := events(t, string(Dialect{}.AppendStreamFailure(nil, ex, at, c.e)))
		var e struct {
			Response struct {
				Model string
				Error struct{ Code string }
				Usage struct {
					Input int `json:"input_tokens"`
				}
			}
		}
		if len(list) != 1 || json.Unmarshal([]byte(list[0].raw), &e) != nil {
			t.Fatalf("%+v", list)
		}
		if r := e.Response; r.Error.Code != c.code || r.Model != "m" || r.Usage.Input != 5 {
			t.Errorf("%s: %s", c.e.Reason, list[0].raw)
		}
	}
}

// TestFailureIsOfTheResponse: the event that ends a stream is about the response that
// the events before it were about, as far as they told.
func TestFailureIsOfTheResponse(t *testing.T) {
	t.Parallel()
	ex := &core.Exchange{}
	ours := "resp_" + ex.ID.String()
	for _, c := range []struct {
		events []string
		want   string
	}{
		{nil, ours},
		{[]string{`{"type":"response.output_text.delta","delta":"a"}`}, ours},
		{[]string{`{"type":"response.created","response":{"id":"resp_theirs"}}`, `{"type":"response.in_progress","response":{"id":"resp_other"}}`}, "resp_theirs"},
		{[]string{`{"type":"response.queued","response":{"id":"r\"q"}}`}, ours},
		{[]string{`{"type":"response.created","response":{"id":""}}`, `{"type":"response.in_progress","response":{"id":"resp_late"}}`}, "resp_late"},
		{[]string{`{"type":"response.created","response":{"id":7}}`}, ours},
	} {
		at := ex.NewAttempt(&core.Deployment{})
		for _, data := range c.events {
			(Dialect{}).Event(ex, at, []byte(data))
		}
		list := events(t, string(Dialect{}.AppendStreamFailure(nil, ex, at, core.Errorf(core.CodeUpstreamCut, "cut"))))
		var e struct{ Response struct{ ID string } }
		if len(list) != 1 || json.Unmarshal([]byte(list[0].raw), &e) != nil || e.Response.ID != c.want {
			t.Errorf("behind %q: %+v, want the id %q", c.events, list, c.want)
		}
	}
}
