package server

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/dialect/anthropic"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// saying is a translator whose provider says its events' payload, but for pings.
type saying struct{ core.Translator }

func (saying) Event(_ *core.Exchange, _ *core.Attempt, _, data []byte, _ bool) ([]core.Event, *core.Error) {
	if string(data) == "ping" {
		return nil, nil
	}
	ev := core.Event{Kind: core.EventDelta}
	ev.Part.SetText(data)
	return []core.Event{ev}, nil
}

// later is a clock that a test moves.
type later struct {
	core.Clock
	now time.Time
}

func (l *later) Now() time.Time { return l.now }

// TestTrapKeepAlive: a client that hears nothing of what the provider sends, since that
// says nothing in its dialect, is shown every ten seconds that the stream goes on: by
// what its dialect's clients skip, whole and between two events.
func TestTrapKeepAlive(t *testing.T) {
	for _, c := range []struct {
		dialect core.Dialect
		want    string
	}{
		{openai.New(), ": keep-alive\n\n"},
		{responses.New(), ": keep-alive\n\n"},
		{anthropic.New(), "event: ping\ndata: {\"type\":\"ping\"}\n\n"},
		{gemini.New(), ""},
	} {
		t.Run(c.dialect.Name(), func(t *testing.T) {
			clock := &later{Clock: systemClock{}, now: time.Unix(1_700_000_000, 0)}
			x := streaming(t)
			x.srv.clock = clock
			x.Request.Dialect = c.dialect
			x.state = &State{Snapshot: &config.Snapshot{}}
			x.Attempt.Translation = &core.Translation{Translator: saying{}}
			x.typed = &typedStream{}
			if !x.typed.begin(x, core.FramingAuto, []byte(streamType)) {
				t.Fatal("no stream")
			}
			var out bytes.Buffer
			pass := func(chunk string, wait time.Duration) string {
				before := out.Len()
				clock.now = clock.now.Add(wait)
				if over, failure, err := x.passTyped(&out, []byte(chunk), nil); over || failure != nil || err != nil {
					t.Fatal(over, failure, err)
				}
				return out.String()[before:]
			}
			for range 3 {
				if got := pass(": comment\n\n", time.Minute); got != "" {
					t.Errorf("before the first event: %q", got)
				}
			}
			if got := pass("data: hello\n\n", 0); !strings.Contains(got, "hello") {
				t.Fatalf("an event becomes %q", got)
			}
			for i, step := range []struct {
				chunk string
				wait  time.Duration
				want  string
			}{
				{": comment\n\n", time.Minute, ""}, // the wait begins
				{"data: ping\n\n", 9 * time.Second, ""},
				{"data: ping\n\n", time.Second, c.want},
				{": comment\n\n", 9 * time.Second, ""},
				{"data: hel", time.Second, c.want}, // half an event is no reason to send half of one
			} {
				if got := pass(step.chunk, step.wait); got != step.want {
					t.Errorf("step %d: %q, want %q", i, got, step.want)
				}
			}
			if got := pass("lo\n\n", 0); !strings.Contains(got, "hello") {
				t.Errorf("an event becomes %q", got)
			}
			if got := pass(": comment\n\n", 9*time.Second); got != "" {
				t.Errorf("a new wait: %q", got)
			}
			skipped(t, c.want)
		})
	}
}

// skipped: what keeps a stream alive has no id and no empty data, which some clients
// take for an event.
func skipped(t *testing.T, idle string) {
	t.Helper()
	var sse stream.SSE
	var ev stream.Event
	sse.Feed([]byte(idle))
	n := 0
	for ; sse.Next(&ev); n++ {
		if ev.IsMessage() && (ev.Name != nil) != (len(ev.Data) > 0) || strings.Contains(idle, "id:") {
			t.Errorf("%q is an event with nothing in it", idle)
		}
	}
	if idle != "" && n != 1 || sse.Finish(&ev) != stream.TailNone {
		t.Errorf("%q is not one whole event", idle)
	}
}

// TestTrapFirstEvent tells errors from what only speaks of them.
func TestTrapFirstEvent(t *testing.T) {
	for data, want := range map[string]int{
		`{"error":{"message":"m"}}`:                                          502,
		`{"error" : "gone"}`:                                                 502,
		`{"type":"error","error":{"code": 429}}`:                             429,
		`{"error":{"code":"rate_limit_exceeded"}}`:                           502,
		`{"error":{"message":"the \"code\":404 is \"error\":1","code":503}}`: 503,
		`{"error":{"param":"code","code":99999999999999999999}}`:             502,
		`{"response":{"error":null}}`:                                        0,
		`{"content":"\"error\":{}"}`:                                         0,
		`["error",{"a":"error"}]`:                                            0,
		`"error":`:                                                           0,
		``:                                                                   0,
	} {
		got := 0
		if mayTellError([]byte(data)) {
			got = statusIn([]byte(data))
		}
		if got != want {
			t.Errorf("%s: %d, want %d", data, got, want)
		}
	}
}
