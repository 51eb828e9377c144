package openai

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// message is a recorded request or answer.
type message struct {
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
	name, dialect    string
	ClientDialect    string   `json:"client_dialect"`
	UpstreamDialect  string   `json:"upstream_dialect"`
	Request          *message `json:"request"`
	UpstreamRequest  *message `json:"upstream_request"`
	UpstreamResponse *message `json:"upstream_response"`
	ClientResponse   *message `json:"client_response"`
	Chunks           []string
}

// requests returns the bodies of the dialect that a client or gateway sent.
func (c *recorded) requests() []string {
	var out []string
	if s, ok := c.Request.text(); ok && c.ClientDialect == c.dialect {
		out = append(out, s)
	}
	if s, ok := c.UpstreamRequest.text(); ok && c.UpstreamDialect == c.dialect {
		out = append(out, s)
	}
	return out
}

// answers returns the bodies of the dialect that came back.
func (c *recorded) answers() []string {
	var out []string
	if s, ok := c.UpstreamResponse.text(); ok && c.UpstreamDialect == c.dialect {
		out = append(out, s)
	}
	if s, ok := c.ClientResponse.text(); ok && c.ClientDialect == c.dialect {
		out = append(out, s)
	}
	return out
}

// recordings returns the cases that speak openai.chat on either side. It skips
// the test where they are not at hand.
func recordings(t *testing.T) []*recorded {
	t.Helper()
	return recordingsOf(t, chatName)
}

// recordingsOf is recordings for any dialect.
func recordingsOf(t *testing.T, dialect string) []*recorded {
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
		c := &recorded{name: d.Name(), dialect: dialect}
		if err := json.Unmarshal(raw, c); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if c.ClientDialect == dialect || c.UpstreamDialect == dialect {
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

// notOurWords are string leaves of recordings that no table names, with the
// reason.
var notOurWords = map[string]string{
	"custom_field": "added by another gateway's configuration",
	"created":      "a number, which the recorder replaced by a word",
}

func TestRecordedRequests(t *testing.T) {
	t.Parallel()
	n := 0
	for _, c := range recordings(t) {
		for _, body := range c.requests() {
			if !json.Valid([]byte(body)) {
				ex := &core.Exchange{}
				ex.Request.Body = []byte(body)
				if err := (Chat{}).Scan(ex); err == nil || err.Code != core.CodeInvalidJSON {
					t.Errorf("%s is not JSON, but: %v", c.name, err)
				}
				continue
			}
			n++
			var want struct {
				Model         string
				Stream        bool
				N             int64
				MaxTokens     int64 `json:"max_tokens"`
				MaxCompletion int64 `json:"max_completion_tokens"`
				Options       struct {
					Usage bool `json:"include_usage"`
				} `json:"stream_options"`
			}
			if err := json.Unmarshal([]byte(body), &want); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			ex := parts(t, body)
			r := &ex.Request
			if string(r.Model) != want.Model || r.Stream != want.Stream || r.Choices != max(want.N, 1) ||
				r.MaxOutput != max(want.MaxTokens, want.MaxCompletion) || r.UsageAsked != want.Options.Usage {
				t.Errorf("%s: read %q %v %d %d %v, want %+v", c.name, r.Model, r.Stream, r.Choices, r.MaxOutput, r.UsageAsked, want)
			}
			r.UsageAsked = true // leave the document alone
			if got := forward(t, ex, upstream("")); got != body {
				t.Errorf("%s: changed on its way:\n%s", c.name, got)
			}
			unknown, err := Chat{}.Unknown(ex)
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range unknown {
				if notOurWords[path] == "" {
					t.Errorf("%s: %s is unknown or opaque", c.name, path)
				}
			}
		}
	}
	t.Logf("%d requests", n)
}

// usageOracle reads usage as encoding/json does.
type usageOracle struct {
	Prompt     *int64 `json:"prompt_tokens"`
	Completion *int64 `json:"completion_tokens"`
	Total      int64  `json:"total_tokens"`
	CacheHit   int64  `json:"prompt_cache_hit_tokens"`
	Flat       int64  `json:"cached_tokens"`
	PromptMore *struct {
		Cached *int64 `json:"cached_tokens"`
		Write  int64  `json:"cache_write_tokens"`
	} `json:"prompt_tokens_details"`
	CompletionMore *struct {
		Reasoning int64 `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

// canonical returns prompt, read, write, output and reasoning tokens.
func (u *usageOracle) canonical() [5]int64 {
	read, write, reasoning := u.CacheHit, int64(0), int64(0)
	if read == 0 {
		read = u.Flat
	}
	if d := u.PromptMore; d != nil {
		if d.Cached != nil {
			read = *d.Cached
		}
		write = d.Write
	}
	if u.CompletionMore != nil {
		reasoning = u.CompletionMore.Reasoning
	}
	prompt, output := *u.Prompt, *u.Completion
	switch u.Total - prompt - output {
	case 0:
	case reasoning:
		output += reasoning
	case read + write:
		prompt += read + write
	}
	return [5]int64{prompt, read, write, output, reasoning}
}

func canonical(u *core.Usage) [5]int64 {
	return [5]int64{u.Input(), u.CacheRead, u.CacheWrite, u.Output, u.Reasoning}
}

func TestRecordedAnswers(t *testing.T) {
	t.Parallel()
	n, counted := 0, 0
	for _, c := range recordings(t) {
		for _, body := range c.answers() {
			if strings.HasPrefix(body, "data:") || strings.HasPrefix(body, ":") {
				continue
			}
			var want struct {
				Model   string
				Error   json.RawMessage
				Usage   *usageOracle
				Choices []struct {
					Finish string `json:"finish_reason"`
				}
			}
			ex := &core.Exchange{}
			at := ex.NewAttempt(upstream(""))
			err := Chat{}.Answer(ex, at, []byte(body))
			if json.Unmarshal([]byte(body), &want) != nil || want.Choices == nil {
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
			if string(at.Model) != want.Model || at.Finish != finishOf([]byte(want.Choices[0].Finish)) {
				t.Errorf("%s: model %q, finish %v, want %q, %s", c.name, at.Model, at.Finish, want.Model, want.Choices[0].Finish)
			}
			if want.Usage == nil || want.Usage.Prompt == nil {
				continue
			}
			counted++
			if got, want := canonical(&at.Usage), want.Usage.canonical(); got != want || at.Usage.Reported != (want != [5]int64{}) {
				t.Errorf("%s: usage %v, want %v", c.name, got, want)
			}
			checkRecordedParts(t, c.name, body)
		}
	}
	t.Logf("%d answers, %d with usage", n, counted)
}

// checkRecordedParts opens an answer, which must have no leaf without a name.
func checkRecordedParts(t *testing.T, name, body string) {
	t.Helper()
	ex := &core.Exchange{}
	list, err := Chat{}.AnswerParts(ex, []byte(body), nil)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for _, p := range list {
		if want := tree(t, string(p.Raw.Of([]byte(body)))); want != string(p.Text()) {
			t.Errorf("%s: part %q, want %q", name, p.Text(), want)
		}
	}
	unknown, err := Chat{}.UnknownInAnswer(ex, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range unknown {
		if notOurWords[path] == "" {
			t.Errorf("%s: %s is unknown or opaque", name, path)
		}
	}
}

func TestRecordedStreams(t *testing.T) {
	t.Parallel()
	n := 0
	for _, c := range recordings(t) {
		for _, body := range c.answers() {
			if strings.HasPrefix(body, "data:") || strings.HasPrefix(body, ":") {
				n++
				checkRecordedStream(t, c.name, body)
			}
		}
	}
	t.Logf("%d streams", n)
}

// chunkOracle reads a chunk as encoding/json does.
type chunkOracle struct {
	Error   json.RawMessage
	Usage   *usageOracle
	Groq    *struct{ Usage *usageOracle } `json:"x_groq"`
	Choices []struct {
		Finish *string `json:"finish_reason"`
		Usage  *usageOracle
		Delta  map[string]any
	}
}

func checkRecordedStream(t *testing.T, name, body string) {
	t.Helper()
	ex := &core.Exchange{}
	ex.Request.Choices = 1
	at := ex.NewAttempt(upstream(""))
	var (
		s               stream.SSE
		ev              stream.Event
		finish          string
		usage           *usageOracle
		finished, whole bool
		failed, done    bool
	)
	s.Feed([]byte(body))
	for s.Next(&ev) {
		if !ev.IsMessage() {
			continue
		}
		before := at.Stream.OutTokens
		got := Chat{}.Event(ex, at, ev.Data)
		want := core.EventForward
		var c chunkOracle
		switch {
		case string(ev.Data) == "[DONE]":
			want, done = core.EventLast, true
		case json.Unmarshal(ev.Data, &c) != nil:
		case len(c.Error) > 0:
			want, failed = core.EventFail, true
		case c.Usage != nil && c.Choices != nil && len(c.Choices) == 0:
			want = core.EventDrop
		}
		if got != want {
			t.Errorf("%s: disposition %v, want %v, of %s", name, got, want, clipped(ev.Data))
		}
		if c.Groq != nil && c.Groq.Usage != nil {
			usage = c.Groq.Usage
		}
		if c.Usage != nil && c.Usage.Prompt != nil {
			usage = c.Usage
		}
		content := false
		for _, choice := range c.Choices {
			if choice.Finish != nil {
				finish, finished = *choice.Finish, true
			}
			for _, key := range []string{"content", "reasoning", "reasoning_content", "refusal"} {
				text, _ := choice.Delta[key].(string)
				content = content || text != ""
			}
			content = content || callText(choice.Delta["tool_calls"])
		}
		whole = whole || finished && usage != nil && usage.Prompt != nil
		if err := (Chat{}).EndStream(ex, at); (err == nil) != (!failed && done) {
			t.Errorf("%s: cut after %s: %v", name, clipped(ev.Data), err)
		}
		if content != (at.Stream.OutTokens > before) {
			t.Errorf("%s: content %v, but tokens went from %d to %d: %s", name, content, before, at.Stream.OutTokens, clipped(ev.Data))
		}
	}
	st := &at.Stream
	if st.Done != done || st.Finished != whole || st.Failed != failed || at.Finish != finishOf([]byte(finish)) {
		t.Errorf("%s: %+v, finish %v, want done %v, finish %q, failed %v", name, *st, at.Finish, done, finish, failed)
	}
	if usage != nil && usage.canonical() != canonical(&at.Usage) {
		t.Errorf("%s: usage %v, want %v", name, canonical(&at.Usage), usage.canonical())
	}
	if err := (Chat{}).EndStream(ex, at); (err == nil) != (!failed && done) {
		t.Errorf("%s: EndStream: %v", name, err)
	}
}

// callText tells whether one of a chunk's tool calls has a name or arguments.
func callText(calls any) bool {
	list, _ := calls.([]any)
	for _, call := range list {
		f, _ := call.(map[string]any)["function"].(map[string]any)
		if name, _ := f["name"].(string); name != "" {
			return true
		}
		if arguments, _ := f["arguments"].(string); arguments != "" {
			return true
		}
	}
	return false
}
