package anthropic

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// message is a recorded request or answer.
type message struct {
	Body *struct{ Text *string }
}

// recorded is one recorded case.
type recorded struct {
	name             string
	ClientDialect    string   `json:"client_dialect"`
	UpstreamDialect  string   `json:"upstream_dialect"`
	Request          *message `json:"request"`
	UpstreamRequest  *message `json:"upstream_request"`
	UpstreamResponse *message `json:"upstream_response"`
	ClientResponse   *message `json:"client_response"`
}

func pick(dialect string, m *message, out []string) []string {
	if (dialect == dialectName || dialect == "anthropic.count_tokens") && m != nil && m.Body != nil && m.Body.Text != nil {
		out = append(out, *m.Body.Text)
	}
	return out
}

// requests returns the bodies of this dialect that a client or gateway sent.
func (c *recorded) requests() []string {
	return pick(c.UpstreamDialect, c.UpstreamRequest, pick(c.ClientDialect, c.Request, nil))
}

// answers returns the bodies of this dialect that came back.
func (c *recorded) answers() []string {
	return pick(c.ClientDialect, c.ClientResponse, pick(c.UpstreamDialect, c.UpstreamResponse, nil))
}

func isStream(body string) bool {
	return strings.HasPrefix(body, "event:") || strings.HasPrefix(body, "data:") || strings.HasPrefix(body, ":")
}

// recordings returns the cases that speak this dialect on either side. It skips
// the test where they are not at hand.
func recordings(t testing.TB) []*recorded {
	t.Helper()
	root := os.Getenv("SALLYPORT_FIXTURES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "fixtures")
	}
	root = filepath.Join(root, "translation")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no recordings: set SALLYPORT_FIXTURES to the folder that holds translation/: %v", err)
	}
	var list []*recorded
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" || d.Name() == "manifest.json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		c := &recorded{name: d.Name()}
		if err := json.Unmarshal(raw, c); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if len(c.requests())+len(c.answers()) > 0 {
			list = append(list, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("no recording of this dialect under %s", root)
	}
	return list
}

// unjudged are string leaves of recordings that a guard cannot judge, with the
// reason.
func unjudged(path string) bool {
	return strings.HasPrefix(path, "metadata.") || // what the provider keeps
		strings.HasSuffix(path, ".file_id") // what lies at the provider
}

func checkUnknown(t *testing.T, name string, list []string, err *core.Error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for _, path := range list {
		if !unjudged(path) {
			t.Errorf("%s: %s is unknown or opaque", name, path)
		}
	}
}

func TestRecordedRequests(t *testing.T) {
	t.Parallel()
	n := 0
	for _, c := range recordings(t) {
		for _, body := range c.requests() {
			var want struct {
				Model     string
				Stream    bool
				MaxTokens *int64 `json:"max_tokens"`
			}
			if err := json.Unmarshal([]byte(body), &want); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			n++
			ex := &core.Exchange{}
			ex.Request.Body = []byte(body)
			ex.Request.Operation = core.OpChat
			if want.MaxTokens == nil {
				ex.Request.Operation = core.OpCountTokens
			}
			if err := (Messages{}).Scan(ex); err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if err := (Messages{}).Parts(ex); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			r := &ex.Request
			if string(r.Model) != want.Model || r.Stream != want.Stream || want.MaxTokens != nil && r.MaxOutput != *want.MaxTokens {
				t.Errorf("%s: read %q %v %d, want %+v", c.name, r.Model, r.Stream, r.MaxOutput, want)
			}
			if got := forward(t, ex, upstream("")); got != body {
				t.Errorf("%s: changed on its way:\n%s", c.name, got)
			}
			list, err := Messages{}.Unknown(ex)
			checkUnknown(t, c.name, list, err)
			checkLossless(t, c.name, ex)
		}
	}
	t.Logf("%d requests", n)
}

// usageOracle reads usage as encoding/json does.
type usageOracle struct {
	Input      *int64 `json:"input_tokens"`
	Output     *int64 `json:"output_tokens"`
	Read       *int64 `json:"cache_read_input_tokens"`
	Write      *int64 `json:"cache_creation_input_tokens"`
	Iterations []struct {
		Type         string
		InputTokens  int64 `json:"input_tokens"`
		OutputTokens int64 `json:"output_tokens"`
	}
}

// over sets in u what o says.
func (o *usageOracle) over(u *[4]int64) {
	for i, v := range []*int64{o.Input, o.Read, o.Write, o.Output} {
		if v != nil {
			u[i] = *v
		}
	}
}

func (o *usageOracle) apart() (input, output int64) {
	for _, it := range o.Iterations {
		if it.Type == "compaction" {
			input += it.InputTokens
			output += it.OutputTokens
		}
	}
	return input, output
}

func canonical(u *core.Usage) [4]int64 {
	return [4]int64{u.InputUncached, u.CacheRead, u.CacheWrite, u.Output}
}

func TestRecordedAnswers(t *testing.T) {
	t.Parallel()
	n := 0
	for _, c := range recordings(t) {
		for _, body := range c.answers() {
			if isStream(body) {
				continue
			}
			var want struct {
				Model   string
				Stop    string          `json:"stop_reason"`
				Content json.RawMessage `json:"content"`
				Usage   usageOracle
			}
			ex := &core.Exchange{}
			at := ex.NewAttempt(upstream(""))
			err := Messages{}.Answer(ex, at, []byte(body))
			if json.Unmarshal([]byte(body), &want) != nil || want.Content == nil {
				if err == nil {
					t.Errorf("%s: accepted %s", c.name, clipped(body))
				}
				continue
			}
			n++
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			var usage [4]int64
			want.Usage.over(&usage)
			in, out := want.Usage.apart()
			usage[0], usage[3] = usage[0]+in, usage[3]+out
			if got := canonical(&at.Usage); got != usage || at.Usage.Reported != (usage != [4]int64{}) {
				t.Errorf("%s: usage %v, want %v", c.name, at.Usage, usage)
			}
			if string(at.Model) != want.Model || at.Finish != finishOf([]byte(want.Stop)) {
				t.Errorf("%s: model %q, finish %v, want %q, %s", c.name, at.Model, at.Finish, want.Model, want.Stop)
			}
			checkRecordedParts(t, c.name, body)
		}
	}
	t.Logf("%d answers", n)
}

// checkRecordedParts opens an answer, which must have no leaf without a name.
func checkRecordedParts(t *testing.T, name, body string) {
	t.Helper()
	ex := &core.Exchange{}
	list, err := Messages{}.AnswerParts(ex, []byte(body), nil)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for _, p := range list {
		raw := p.Raw.Of([]byte(body))
		if want := tree(t, string(raw)); raw[0] == '"' && want != string(p.Text()) || raw[0] != '"' && string(raw) != string(p.Text()) {
			t.Errorf("%s: part %q, want %q", name, p.Text(), want)
		}
	}
	unknown, err := Messages{}.UnknownInAnswer(ex, []byte(body))
	checkUnknown(t, name, unknown, err)
}

// replay is what became of a stream.
type replay struct {
	usage  core.Usage
	finish core.Finish
	model  string
	state  core.StreamState
	err    *core.Error
}

// feed sends a stream in the given chunks.
func feed(chunks [][]byte, each func(ex *core.Exchange, at *core.Attempt, data []byte, d core.Disposition)) replay {
	ex := &core.Exchange{}
	at := ex.NewAttempt(upstream(""))
	var s stream.SSE
	var ev stream.Event
	one := func() {
		if !ev.IsMessage() {
			return
		}
		d := Messages{}.Event(ex, at, ev.Data)
		if each != nil {
			each(ex, at, ev.Data, d)
		}
	}
	for _, c := range chunks {
		s.Feed(c)
		for s.Next(&ev) {
			one()
		}
	}
	ev = stream.Event{}
	s.Finish(&ev) // some recordings lack the last blank line
	one()
	out := replay{usage: at.Usage, finish: at.Finish, model: string(at.Model), state: at.Stream, err: Messages{}.EndStream(ex, at)}
	out.state.Scratch = nil
	if out.err != nil {
		out.err = &core.Error{Code: out.err.Code}
	}
	return out
}

func cut(body string, sizes func() int) (chunks [][]byte) {
	for body != "" {
		n := min(max(sizes(), 1), len(body))
		chunks = append(chunks, []byte(body[:n]))
		body = body[n:]
	}
	return chunks
}

func same(a, b replay) bool {
	if (a.err == nil) != (b.err == nil) || a.err != nil && a.err.Code != b.err.Code {
		return false
	}
	a.err, b.err = nil, nil
	return a == b
}

func TestRecordedStreams(t *testing.T) {
	t.Parallel()
	n := 0
	for _, c := range recordings(t) {
		for _, body := range c.answers() {
			if !isStream(body) {
				continue
			}
			n++
			whole := checkRecordedStream(t, c.name, body)
			one := feed(cut(body, func() int { return 1 }), nil)
			r := rand.New(rand.NewPCG(uint64(n), 1))
			random := feed(cut(body, func() int { return r.IntN(300) }), nil)
			crlf := feed([][]byte{[]byte(strings.ReplaceAll(body, "\n", "\r\n"))}, nil)
			if !same(whole, one) || !same(whole, random) || !same(whole, crlf) {
				t.Errorf("%s: %+v, byte by byte %+v, at random cuts %+v, CRLF %+v", c.name, whole, one, random, crlf)
			}
			checkCuts(t, c.name, body)
		}
	}
	t.Logf("%d streams", n)
}

// checkCuts cuts a stream behind each of its events: only the whole is whole.
func checkCuts(t *testing.T, name, body string) {
	t.Helper()
	blocks := strings.SplitAfter(body, "\n\n")
	for i := range blocks {
		head := strings.Join(blocks[:i], "")
		whole := strings.Contains(head, `"type":"message_stop"`) || strings.Contains(head, `"type": "message_stop"`)
		if got := feed([][]byte{[]byte(head)}, nil); (got.err == nil) != whole {
			t.Errorf("%s: cut after %d events: %v", name, i, got.err)
		}
	}
}

// eventOracle reads an event as encoding/json does.
type eventOracle struct {
	Type    string
	Message struct {
		Model string
		Usage usageOracle
	}
	Delta map[string]any
	Usage usageOracle
}

func checkRecordedStream(t *testing.T, name, body string) replay {
	t.Helper()
	var usage, extra [4]int64
	var stop, model string
	got := feed([][]byte{[]byte(body)}, func(ex *core.Exchange, _ *core.Attempt, data []byte, d core.Disposition) {
		var e eventOracle
		if err := json.Unmarshal(data, &e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := core.EventForward
		switch e.Type {
		case "message_start":
			e.Message.Usage.over(&usage)
			model = e.Message.Model
		case "message_delta":
			e.Usage.over(&usage)
			extra[0], extra[3] = e.Usage.apart()
			stop, _ = e.Delta["stop_reason"].(string)
		case "message_stop":
			want = core.EventLast
		}
		if d != want {
			t.Errorf("%s: disposition %v, want %v, of %s", name, d, want, clipped(data))
		}
		list, err := Messages{}.UnknownInEvent(&core.Exchange{}, data)
		checkUnknown(t, name, list, err)
	})
	for i := range usage {
		usage[i] += extra[i]
	}
	if canonical(&got.usage) != usage || got.model != model || got.finish != finishOf([]byte(stop)) || got.err != nil {
		t.Errorf("%s: %+v, want usage %v, model %q, finish %q", name, got, usage, model, stop)
	}
	return got
}
