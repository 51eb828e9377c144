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
