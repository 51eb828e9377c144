package responses

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

func TestRecordedRequests(t *testing.T) {
	t.Parallel()
	n := 0
	for _, c := range recordings(t) {
		for _, body := range c.requests() {
			n++
			var want struct {
				Model  string
				Stream bool
				Max    int64 `json:"max_output_tokens"`
			}
			if err := json.Unmarshal([]byte(body), &want); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if want.Model == "" { // in the path of another gateway
				continue
			}
			ex := parts(t, body)
			r := &ex.Request
			if string(r.Model) != want.Model || r.Stream != want.Stream || r.MaxOutput != want.Max {
				t.Errorf("%s: read %q %v %d, want %+v", c.name, r.Model, r.Stream, r.MaxOutput, want)
			}
			if got := forward(t, ex, upstream("")); got != body {
				t.Errorf("%s: changed on its way:\n%s", c.name, got)
			}
			unknown, err := Dialect{}.Unknown(ex)
			if err != nil || len(unknown) > 0 {
				t.Errorf("%s: unknown or opaque: %v, %v", c.name, unknown, err)
			}
		}
	}
	t.Logf("%d requests", n)
}

// oracle reads an answer as encoding/json does.
type oracle struct {
	Model      string
	Status     string
	Error      json.RawMessage
	Incomplete *struct{ Reason string } `json:"incomplete_details"`
	Output     []struct{ Type string }
	Usage      *struct {
		Input   int64 `json:"input_tokens"`
		Output  int64 `json:"output_tokens"`
		Details struct {
			Cached int64 `json:"cached_tokens"`
		} `json:"input_tokens_details"`
		More struct {
			Reasoning int64 `json:"reasoning_tokens"`
		} `json:"output_tokens_details"`
	}
}

func (o *oracle) finish() core.Finish {
	if o.Status == "incomplete" {
		switch {
		case o.Incomplete != nil && o.Incomplete.Reason == "max_output_tokens":
			return core.FinishLength
		case o.Incomplete != nil && o.Incomplete.Reason == "content_filter":
			return core.FinishContentFilter
		}
		return core.FinishOther
	}
	for _, item := range o.Output {
		if isCall([]byte(item.Type)) {
			return core.FinishToolCalls
		}
	}
	return core.FinishStop
}

func (o *oracle) check(t *testing.T, name string, at *core.Attempt, calls bool) {
	t.Helper()
	want := o.finish()
	if calls && want == core.FinishStop {
		want = core.FinishToolCalls
	}
	if string(at.Model) != o.Model || at.Finish != want {
		t.Errorf("%s: model %q, finish %v, want %q, %v", name, at.Model, at.Finish, o.Model, want)
	}
	if o.Usage == nil || o.Usage.Input+o.Usage.Output == 0 {
		return
	}
	u := &at.Usage
	if u.Input() != o.Usage.Input || u.CacheRead != o.Usage.Details.Cached || u.Output != o.Usage.Output ||
		u.Reasoning != o.Usage.More.Reasoning || !u.Reported {
		t.Errorf("%s: usage %+v, want %+v", name, *u, *o.Usage)
	}
}

func TestRecordedAnswers(t *testing.T) {
	t.Parallel()
	n := 0
	for _, c := range recordings(t) {
		for _, body := range c.answers(false) {
			n++
			var want oracle
			if err := json.Unmarshal([]byte(body), &want); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			ex := &core.Exchange{}
			at := ex.NewAttempt(upstream(""))
			if err := (Dialect{}).Answer(ex, at, []byte(body)); err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			want.check(t, c.name, at, false)
			list, err := Dialect{}.AnswerParts(ex, []byte(body), nil)
			if err != nil || len(list) == 0 {
				t.Errorf("%s: %d parts, %v", c.name, len(list), err)
			}
			for _, p := range list {
				if raw := p.Raw.Of([]byte(body)); raw[0] == '"' && tree(t, string(raw)) != string(p.Text()) {
					t.Errorf("%s: part %q, want %s", c.name, p.Text(), raw)
				}
			}
			unknown, err := Dialect{}.UnknownInAnswer(ex, []byte(body))
			if len(unknown) == 1 && unknown[0] == "created_at" {
				unknown = nil // a number, which the recorder replaced by a word
			}
			if err != nil || len(unknown) > 0 {
				t.Errorf("%s: unknown or opaque: %v, %v", c.name, unknown, err)
			}
		}
	}
	t.Logf("%d answers", n)
}

// replay feeds a stream in pieces of the sizes that cut gives, and returns what the
// client gets.
func replay(t *testing.T, name, body string, cut func() int) (out string, at *core.Attempt) {
	t.Helper()
	ex := &core.Exchange{}
	at = ex.NewAttempt(upstream(""))
	var (
		s  stream.SSE
		ev stream.Event
		b  strings.Builder
	)
	last := false
	for len(body) > 0 && !last {
		n := min(cut(), len(body))
		s.Feed([]byte(body[:n]))
		body = body[n:]
		for !last && s.Next(&ev) {
			if !ev.IsMessage() {
				continue
			}
			switch d := (Dialect{}).Event(ex, at, ev.Data); d {
			case core.EventDrop:
			default:
				b.Write(ev.Data)
				b.WriteByte('\n')
				last = d == core.EventLast || d == core.EventFail
			}
			if err := (Dialect{}).EndStream(ex, at); (err == nil) != (last && !at.Stream.Failed) {
				t.Fatalf("%s: cut after %s: %v", name, clipped(ev.Data), err)
			}
		}
	}
	if s.Err() != nil {
		t.Fatalf("%s: %v", name, s.Err())
	}
	return b.String(), at
}

func TestRecordedStreams(t *testing.T) {
	t.Parallel()
	n := 0
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, c := range recordings(t) {
		for _, body := range c.answers(true) {
			n++
			body = strings.TrimRight(body, "\n") + "\n\n" // the recorder cut the last one
			all, at := replay(t, c.name, body, func() int { return len(body) })
			if !at.Stream.Done || !at.Stream.Finished || at.Stream.OutTokens == 0 && strings.Contains(body, ".delta") {
				t.Errorf("%s: %+v", c.name, at.Stream)
			}
			lines := strings.Split(strings.TrimSpace(all), "\n")
			var want struct{ Response oracle }
			if err := json.Unmarshal([]byte(lines[len(lines)-1]), &want); err != nil {
				t.Fatal(err)
			}
			called := false
			ex := &core.Exchange{}
			for _, line := range lines {
				called = called || strings.Contains(line, `"response.output_item.done"`) && at.Finish == core.FinishToolCalls
				unknown, err := Dialect{}.UnknownInEvent(ex, []byte(line))
				if err != nil || len(unknown) > 0 {
					t.Errorf("%s: unknown or opaque: %v, %v", c.name, unknown, err)
				}
			}
			want.Response.check(t, c.name, at, called)
			for what, text := range map[string]string{"LF": body, "CRLF": strings.ReplaceAll(body, "\n", "\r\n"), "CR": strings.ReplaceAll(body, "\n", "\r")} {
				if len(body) < 20_000 {
					if got, _ := replay(t, c.name, text, func() int { return 1 }); got != all {
						t.Errorf("%s, %s: byte by byte the client gets something else", c.name, what)
					}
				}
				if got, _ := replay(t, c.name, text, func() int { return 1 + rnd.IntN(200) }); got != all {
					t.Errorf("%s, %s: in pieces the client gets something else", c.name, what)
				}
			}
		}
	}
	t.Logf("%d streams", n)
}
