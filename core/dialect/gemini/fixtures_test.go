package gemini

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
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// message is a recorded request or answer.
type message struct {
	Path    string
	Framing string
	Status  int
	Body    *struct{ Text *string }
}

func (m *message) text() (string, bool) {
	if m == nil || m.Body == nil || m.Body.Text == nil {
		return "", false
	}
	return *m.Body.Text, true
}

// recorded is one recorded case.
type recorded struct {
	name             string
	ClientDialect    string   `json:"client_dialect"`
	UpstreamDialect  string   `json:"upstream_dialect"`
	Stream           bool     `json:"stream"`
	Request          *message `json:"request"`
	UpstreamRequest  *message `json:"upstream_request"`
	UpstreamResponse *message `json:"upstream_response"`
}

// ours tells whether a dialect of the recordings is this one.
func ours(dialect string) bool { return dialect == "gemini" || dialect == "gemini.embed" }

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
		if ours(c.ClientDialect) || ours(c.UpstreamDialect) {
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

// sent is a request of this dialect that a client or gateway sent.
type sent struct{ name, path, body string }

func sentRequests(t testing.TB) []sent {
	t.Helper()
	var out []sent
	for _, c := range recordings(t) {
		for _, side := range []struct {
			dialect string
			m       *message
		}{{c.ClientDialect, c.Request}, {c.UpstreamDialect, c.UpstreamRequest}} {
			body, ok := side.m.text()
			if !ok || !ours(side.dialect) {
				continue
			}
			path := side.m.Path
			if (Dialect{}).Match([]byte(path)) == core.OpNone {
				path = generatePath
			}
			out = append(out, sent{c.name, path, body})
		}
	}
	return out
}

// answered is an answer of this dialect.
type answered struct {
	name, path, body string
	status           int
	stream           bool
}

func sentAnswers(t testing.TB) []answered {
	t.Helper()
	var out []answered
	for _, c := range recordings(t) {
		body, ok := c.UpstreamResponse.text()
		if !ok || !ours(c.UpstreamDialect) {
			continue
		}
		a := answered{c.name, generatePath, body, c.UpstreamResponse.Status, c.Stream}
		if c.UpstreamDialect == "gemini.embed" {
			a.path = "/v1beta/models/m:batchEmbedContents"
		}
		out = append(out, a)
	}
	return out
}

func TestRecordedRequests(t *testing.T) {
	t.Parallel()
	n, withoutContents := 0, 0
	for _, r := range sentRequests(t) {
		var want struct {
			Contents json.RawMessage
			Config   struct {
				Max        int64 `json:"maxOutputTokens"`
				Candidates int64 `json:"candidateCount"`
			} `json:"generationConfig"`
		}
		if err := json.Unmarshal([]byte(r.body), &want); err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		ex := request(r.path, r.body)
		err := Dialect{}.Scan(ex)
		if string(want.Contents) == "null" {
			if err == nil || err.Code != core.CodeMissingField || err.Param != "contents" {
				t.Errorf("%s has no contents, but: %v", r.name, err)
			}
			withoutContents++
			continue
		}
		if err == nil {
			err = Dialect{}.Parts(ex)
		}
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		n++
		q := &ex.Request
		model := r.path[strings.LastIndex(r.path, "/")+1 : strings.LastIndex(r.path, ":")]
		if string(q.Model) != model || q.Stream != strings.Contains(r.path, ":stream") || q.MaxOutput != want.Config.Max ||
			q.Choices != max(want.Config.Candidates, 1) || len(ex.Prompt) == 0 {
			t.Errorf("%s: read %+v, want %q and %+v", r.name, q, model, want.Config)
		}
		if got := forward(t, ex, upstream("")); got != r.body {
			t.Errorf("%s: changed on its way:\n%s", r.name, got)
		}
		for _, p := range ex.Prompt {
			if raw := p.Raw.Of(q.Body); raw[0] == '"' && tree(t, string(raw)) != string(p.Text()) && !dialecttest.IsName(q.Body, p) {
				t.Errorf("%s: part %q, want %s", r.name, p.Text(), raw)
			}
		}
		unknown, err := Dialect{}.Unknown(ex)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range unknown {
			if path != "cachedContent" { // which is opaque
				t.Errorf("%s: %s is unknown or opaque", r.name, path)
			}
		}
	}
	t.Logf("%d requests, %d without contents", n, withoutContents)
}

// document reads an answer or a chunk as encoding/json does.
type document struct {
	Error      json.RawMessage
	Model      string          `json:"modelVersion"`
	Embeddings json.RawMessage `json:"embeddings"`
	Feedback   struct {
		Reason string `json:"blockReason"`
	} `json:"promptFeedback"`
	Usage *struct {
		Prompt   *int64 `json:"promptTokenCount"`
		Output   int64  `json:"candidatesTokenCount"`
		Thoughts int64  `json:"thoughtsTokenCount"`
		Tools    int64  `json:"toolUsePromptTokenCount"`
		Cached   int64  `json:"cachedContentTokenCount"`
	} `json:"usageMetadata"`
	Candidates []struct {
		Index   int
		Finish  string `json:"finishReason"`
		Content struct {
			Parts []map[string]any
		}
	}
}

// usage returns prompt, cached, output and thought tokens.
func (d *document) usage() (u [4]int64, ok bool) {
	if d.Usage == nil || d.Usage.Prompt == nil {
		return u, false
	}
	return [4]int64{*d.Usage.Prompt + d.Usage.Tools, d.Usage.Cached, d.Usage.Output + d.Usage.Thoughts, d.Usage.Thoughts}, true
}

func canonical(u *core.Usage) [4]int64 {
	return [4]int64{u.Input(), u.CacheRead, u.Output, u.Reasoning}
}

// calls tells whether a candidate calls a function.
func (d *document) calls() bool {
	for _, c := range d.Candidates {
		for _, p := range c.Content.Parts {
			if p["functionCall"] != nil {
				return true
			}
		}
	}
	return false
}

func wantFinish(reason string, called bool) core.Finish {
	switch reason {
	case "":
		return core.FinishNone
	case "STOP":
		if called {
			return core.FinishToolCalls
		}
		return core.FinishStop
	case "MAX_TOKENS":
		return core.FinishLength
	default:
		return core.FinishOther
	}
}

func TestRecordedAnswers(t *testing.T) {
	t.Parallel()
	n := 0
	for _, a := range sentAnswers(t) {
		if a.stream {
			continue
		}
		n++
		var want document
		if err := json.Unmarshal([]byte(a.body), &want); err != nil {
			t.Fatalf("%s: %v", a.name, err)
		}
		ex := request(a.path, "")
		memoryOf(ex).call = parse(ex.Request.Path)
		at := ex.NewAttempt(upstream(""))
		err := Dialect{}.Answer(ex, at, []byte(a.body))
		if len(want.Error) > 0 {
			if err == nil || err.Code != core.CodeUpstreamStatus {
				t.Errorf("%s reports an error, but: %v", a.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", a.name, err)
			continue
		}
		if u, ok := want.usage(); ok && canonical(&at.Usage) != u {
			t.Errorf("%s: usage %v, want %v", a.name, canonical(&at.Usage), u)
		}
		finish := core.FinishNone
		if len(want.Candidates) > 0 {
			finish = wantFinish(want.Candidates[0].Finish, want.calls())
		}
		if string(at.Model) != want.Model || at.Finish != finish {
			t.Errorf("%s: model %q, finish %v, want %q, %v", a.name, at.Model, at.Finish, want.Model, finish)
		}
		checkRecordedParts(t, a.name, a.body)
	}
	t.Logf("%d answers", n)
}

// checkRecordedParts opens an answer, which must have no leaf without a name.
func checkRecordedParts(t *testing.T, name, body string) {
	t.Helper()
	ex := &core.Exchange{}
	list, err := Dialect{}.AnswerParts(ex, []byte(body), nil)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for _, p := range list {
		if raw := p.Raw.Of([]byte(body)); raw[0] == '"' && tree(t, string(raw)) != string(p.Text()) {
			t.Errorf("%s: part %q, want %s", name, p.Text(), raw)
		}
	}
	unknown, err := Dialect{}.UnknownInAnswer(ex, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range unknown {
		t.Errorf("%s: %s is unknown or opaque", name, path)
	}
}

// cuts are the ways in which one stream is replayed.
func cuts(body string) map[string][]string {
	r := rand.New(rand.NewPCG(1, uint64(len(body)))) // the same cuts on each run
	ways := map[string][]string{"whole": {body}, "CRLF": {strings.ReplaceAll(body, "\n", "\r\n")}}
	for i := range len(body) {
		ways["bytes"] = append(ways["bytes"], body[i:i+1])
	}
	for rest := body; len(rest) > 0; {
		n := min(1+r.IntN(200), len(rest))
		ways["random"] = append(ways["random"], rest[:n])
		rest = rest[n:]
	}
	return ways
}

func TestRecordedStreams(t *testing.T) {
	t.Parallel()
	n := 0
	for _, a := range sentAnswers(t) {
		if !a.stream {
			continue
		}
		n++
		for way, pieces := range cuts(a.body) {
			checkRecordedStream(t, a.name+" "+way, pieces)
		}
	}
	t.Logf("%d streams", n)
}

// checkRecordedStream replays a stream. Cut behind any event but those from the
// first finish reason on it must be an error.
func checkRecordedStream(t *testing.T, name string, pieces []string) {
	t.Helper()
	ex := &core.Exchange{}
	at := ex.NewAttempt(upstream(""))
	var (
		s        stream.SSE
		ev       stream.Event
		usage    [4]int64
		model    string
		finish   core.Finish
		called   bool
		finished bool
		content  bool
	)
	for _, piece := range pieces {
		s.Feed([]byte(piece))
		for s.Next(&ev) {
			if !ev.IsMessage() {
				continue
			}
			var d document
			if err := json.Unmarshal(ev.Data, &d); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if did := (Dialect{}).Event(ex, at, ev.Data); did != core.EventForward {
				t.Errorf("%s: disposition %v of %s", name, did, clipped(ev.Data))
			}
			if u, ok := d.usage(); ok {
				usage = u
			}
			if model == "" {
				model = d.Model
			}
			called = called || d.calls()
			for _, c := range d.Candidates {
				if c.Finish != "" {
					finish, finished = wantFinish(c.Finish, called), true
				}
				for _, p := range c.Content.Parts {
					text, _ := p["text"].(string)
					content = content || text != "" || p["functionCall"] != nil
				}
			}
			if err := (Dialect{}).EndStream(ex, at); (err == nil) != finished {
				t.Errorf("%s: cut after %s: %v", name, clipped(ev.Data), err)
			}
		}
	}
	if err := s.Err(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if canonical(&at.Usage) != usage || string(at.Model) != model || at.Finish != finish || !finished || content != (at.Stream.OutTokens > 0) {
		t.Errorf("%s: usage %v, model %q, finish %v, %d tokens, want %v %q %v", name, canonical(&at.Usage), at.Model, at.Finish,
			at.Stream.OutTokens, usage, model, finish)
	}
}
