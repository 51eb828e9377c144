package stream

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fixtureMessage is the part of a recorded message that framing needs.
type fixtureMessage struct {
	Framing string            `json:"framing"`
	Headers map[string]string `json:"headers"`
	Body    *struct {
		Text *string `json:"text"`
	} `json:"body"`
}

func (m *fixtureMessage) sse() (string, bool) {
	if m == nil || m.Body == nil || m.Body.Text == nil {
		return "", false
	}
	isSSE := m.Framing == "sse" || strings.HasPrefix(m.Headers["content-type"], "text/event-stream")
	return *m.Body.Text, isSSE
}

// recordedStreams returns the SSE bodies of the recorded cases by name. It
// skips the test where the recordings are not at hand.
func recordedStreams(t *testing.T) map[string]string {
	t.Helper()
	root := os.Getenv("SALLYPORT_FIXTURES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "fixtures")
	}
	root = filepath.Join(root, "translation")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no recorded streams: set SALLYPORT_FIXTURES to the folder that holds translation/: %v", err)
	}
	streams := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" || d.Name() == "manifest.json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var c struct {
			Upstream *fixtureMessage `json:"upstream_response"`
			Client   *fixtureMessage `json:"client_response"`
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		if body, ok := c.Upstream.sse(); ok {
			streams[d.Name()+" upstream"] = body
		}
		if body, ok := c.Client.sse(); ok {
			streams[d.Name()+" client"] = body
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(streams) == 0 {
		t.Fatalf("no recorded stream found under %s", root)
	}
	return streams
}

func TestSSERecorded(t *testing.T) {
	t.Parallel()
	streams := recordedStreams(t)
	bufs := new(Buffers)
	events := 0
	for name, stream := range streams {
		want := oracleSSE(stream)
		events += len(want.Blocks)
		s := SSE{Buffers: bufs}
		replay := func(how, stream string, cut cutter, want result) {
			t.Helper()
			checkSame(t, name+", "+how, stream, splitSSE(t, &s, stream, cut), want)
			s.Reset()
		}
		replay("whole", stream, whole, want)
		replay("one byte per read", stream, oneByte, want)
		for seed := range uint64(8) {
			replay("random reads", stream, randomCuts(seed), want)
		}
		if !strings.Contains(stream, "\r") {
			replay("CR", strings.ReplaceAll(stream, "\n", "\r"), randomCuts(1), want)
			crlf := strings.ReplaceAll(stream, "\n", "\r\n")
			replay("CRLF", crlf, randomCuts(1), want)
			replay("CRLF, one byte per read", crlf, oneByte, want)
		}
		checkCuts(t, name, stream, want)
	}
	t.Logf("%d streams, %d events", len(streams), events)
}

// checkCuts ends a recorded stream in the middle of its events: those before
// are given, the cut one is not.
func checkCuts(t *testing.T, name, stream string, want result) {
	t.Helper()
	var s SSE
	var ev Event
	var ends []int
	s.Feed([]byte(stream))
	for s.Next(&ev) {
		if !ev.Empty() {
			ends = append(ends, ev.End-len(ev.Raw)/2)
		}
	}
	for i := 0; i < len(ends); i += 1 + len(ends)/30 { // all, or about 30 of many
		end := ends[i]
		s.Reset()
		got := splitSSE(t, &s, stream[:end], whole)
		if got.Tail == TailNone || !slices.Equal(got.Blocks, want.Blocks[:i]) {
			t.Fatalf("%s cut at %d: tail %v, %d events, want an unfinished one after %d", name, end, got.Tail, len(got.Blocks), i)
		}
	}
}
