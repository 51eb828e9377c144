package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// cutFronts are the clients that get what is left of a cut stream: how they ask, and
// what an end without an error looks like to them.
var cutFronts = map[string]struct {
	path, body string
	clean      []string // any of which is a clean finish
	fails      string   // marks the event of an error
}{
	"openai.chat": {
		"/v1/chat/completions", `{"model":%q,"stream":true,"messages":[{"role":"user","content":"hi"}]}`,
		[]string{"data: [DONE]"},
		`data: {"error":`,
	},
	"openai.completions": {
		"/v1/completions", `{"model":%q,"stream":true,"prompt":"hi"}`,
		[]string{"data: [DONE]"},
		`data: {"error":`,
	},
	"openai.responses": {
		"/v1/responses", `{"model":%q,"stream":true,"store":false,"input":"hi"}`,
		[]string{"event: response.completed", "event: response.incomplete"},
		"event: response.failed",
	},
	"anthropic.messages": {
		"/v1/messages", `{"model":%q,"stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`,
		[]string{"event: message_stop"},
		"event: error",
	},
	"gemini": {
		"/v1beta/models/%s:streamGenerateContent?alt=sse", `{"contents":[{"parts":[{"text":"hi"}]}]}`,
		nil, `data: {"error":`,
	},
	"gemini array": {"/v1beta/models/%s:streamGenerateContent", `{"contents":[{"parts":[{"text":"hi"}]}]}`, nil, ""},
}

// cutBacks are the providers that are cut, by dialect: their kind and the path and the
// settings of their URL.
var cutBacks = map[string]struct{ kind, base, more, media string }{
	"openai.chat":        {"groq", "/v1", "", streamMedia},
	"openai.completions": {"groq", "/v1", "", streamMedia},
	"mistral.chat":       {"mistral", "/v1", "", streamMedia},
	"openai.responses":   {"openai-responses", "/v1", "", streamMedia},
	"anthropic.messages": {"anthropic", "", "", streamMedia},
	"gemini":             {"gemini", "/v1beta", "", streamMedia},
	"cohere.chat":        {"cohere", "", "", streamMedia},
	"ollama.chat":        {"ollama-native", "", "", "application/x-ndjson"},
	"bedrock.converse":   {"bedrock", "", ", settings: {region: eu-north-1}", "application/vnd.amazon.eventstream"},
	"bedrock.invoke":     {"bedrock-anthropic", "", ", settings: {region: eu-north-1}", "application/vnd.amazon.eventstream"},
}

const streamMedia = "text/event-stream"

// cutProvider answers whatever it is asked with the same bytes.
type cutProvider struct {
	media string
	body  atomic.Pointer[[]byte]
}

func (p *cutProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", p.media)
	_, _ = w.Write(*p.body.Load())
}

// noEnd is the suffix of a provider that is known to leave out the last event.
const noEnd = "-open"

// cutLab is a gateway in front of two providers of each dialect, of which one is known to
// leave out the last event. Routes are called as the provider, and those with a guard have
// the suffix "-guarded".
type cutLab struct {
	*lab
	backs map[string]*cutProvider
	whole map[string]*cutStream // a stream of each provider
	fails map[string]int        // of each route, in a row
	ends  map[string]string     // of rows, by request id, as they should be
}

func newCutLab(t *testing.T) *cutLab {
	l := &cutLab{backs: map[string]*cutProvider{}, whole: map[string]*cutStream{}, fails: map[string]int{}, ends: map[string]string{}}
	var providers, routes strings.Builder
	for _, dialect := range slices.Sorted(maps.Keys(cutBacks)) {
		b := cutBacks[dialect]
		for name, more := range map[string]string{dialect: b.more, dialect + noEnd: b.more + ", quirks: {no_stream_end: true}"} {
			l.backs[name] = &cutProvider{media: b.media}
			s := httptest.NewServer(l.backs[name])
			t.Cleanup(s.Close)
			fmt.Fprintf(&providers, "  - {name: %s, kind: %s, base_url: %q, auth: none%s}\n", name, b.kind, s.URL+b.base, more)
			fmt.Fprintf(&routes, "  - {name: %s, retries: 0, deployments: [{provider: %s, model: x}]}\n", name, name)
			fmt.Fprintf(&routes, "  - {name: %s-guarded, retries: 0, deployments: [{provider: %s, model: x}], plugins: [{use: guardrail.denylist, as: words, config: {words: [plutonium]}}]}\n", name, name)
		}
	}
	l.lab = newLab(t, labConfig{providers: func(*lab) string { return providers.String() }, extra: routes.String()})
	l.unbalanced = "the provider is none of the mocks"
	return l
}

// check makes sure that what a client gets of a provider that sends these bytes ends as
// it should.
func (l *cutLab) check(front, route string, s *cutStream, n int, want string) {
	l.Helper()
	if whole := l.whole[s.provider()]; l.fails[route] == 4 { // one more in a row, and the deployment cools down
		l.fails[route] = 0
		l.check(front, route, whole, len(whole.events), "clean")
	}
	bytes := s.first(n)
	l.backs[s.provider()].body.Store(&bytes)
	f := cutFronts[front]
	path, body := f.path, f.body
	if strings.Contains(path, "%s") {
		path = fmt.Sprintf(path, route)
	} else {
		body = fmt.Sprintf(body, route)
	}
	a := l.post(path, body)
	l.ends[a.header.Get("X-Request-Id")] = want
	got := endOf(front, a)
	if got != want {
		l.Errorf("%s to %s at %s, %d of %d events: it looks %q, want %q: %d …%q", s.name, front, route, n, len(s.events), got, want, a.status, a.body[max(0, len(a.body)-500):])
	}
	if l.fails[route]++; got == "clean" {
		l.fails[route] = 0
	}
}

// endOf tells how an answer ends for a client: "clean", "failed", both or neither, which
// are both wrong. Nothing may follow an error.
func endOf(front string, a answer) string {
	f := cutFronts[front]
	switch a.status {
	case http.StatusOK:
	case http.StatusBadGateway: // before the first byte, and so with a status
		return "failed"
	default:
		return fmt.Sprintf("refused with %d", a.status)
	}
	if front == "gemini array" {
		var list []map[string]any
		switch err := json.Unmarshal([]byte(a.body), &list); {
		case err != nil || len(list) == 0:
			return "broken"
		case list[len(list)-1]["error"] != nil:
			return "failed"
		}
		return "clean"
	}
	var how []string
	if slices.ContainsFunc(f.clean, func(mark string) bool { return strings.Contains(a.body, "\n"+mark) }) ||
		front == "gemini" && strings.Contains(a.body, `"finishReason"`) && !strings.Contains(a.body, f.fails) {
		how = append(how, "clean")
	}
	i := strings.LastIndex("\n"+a.body, "\n"+f.fails)
	if i < 0 && front == "openai.responses" {
		i = strings.LastIndex("\n"+a.body, "\nevent: error") // as the provider sent it
	}
	if i >= 0 {
		how = append(how, "failed")
		if rest := a.body[i:]; strings.Index(rest, "\n\n")+2 != len(rest) {
			how = append(how, "and goes on")
		}
	}
	return strings.Join(how, " ")
}

// TestCutStreams replays every recorded stream, and those of the golden cases, whole and
// cut behind its events and within the one that ends it, for clients of each dialect, with
// and without a guard. What is cut ends with an explicit error and has no clean finish, in
// the answer and in the books; only where all of an answer came is it whole (see
// [cutStream.told]).
func TestCutStreams(t *testing.T) {
	l := newCutLab(t)
	golden := goldenCuts(t)
	for i := range golden {
		if s := &golden[i]; strings.HasSuffix(s.name, "/stream.txtar") {
			open := *s
			open.noEnd = true
			l.whole[s.dialect], l.whole[open.provider()] = s, &open
		}
	}
	t.Run("golden", func(t *testing.T) { l.cut(t, golden, 60) })
	t.Run("recorded", func(t *testing.T) { l.cut(t, recordedCuts(t), 90) })
	l.eventually("the books have all answers", func() bool { return len(l.rows()) >= len(l.ends) })
	for _, r := range l.rows() {
		if want := l.ends[r.RequestID]; (r.End == "completed") != (want == "clean") {
			t.Errorf("%s: the books say %q of what is %s", r.RequestID, r.End, want)
		}
	}
}

// cut cuts streams, of which there must be so many.
func (l *cutLab) cut(t *testing.T, streams []cutStream, least int) {
	t.Helper()
	if len(streams) < least {
		t.Errorf("only %d streams", len(streams))
	}
	for i := range streams {
		s := &streams[i]
		if !s.told(len(s.events), "openai.chat") && !slices.ContainsFunc(cutThemselves, func(part string) bool { return strings.Contains(s.name, part) }) {
			t.Errorf("%s is not taken for whole", s.name)
		}
		fronts := []string{"openai.chat", "openai.responses", "anthropic.messages", "gemini", "gemini array"}
		switch s.dialect {
		case "openai.completions":
			fronts = []string{s.dialect} // nobody else asks for these
		case "anthropic.messages", "ollama.chat", "mistral.chat":
			fronts = append(fronts, "openai.completions")
		}
		for n := range len(s.events) + 1 {
			for j, front := range fronts {
				route := s.provider()
				if (n+j)%3 == 0 && !s.twins {
					route += "-guarded"
				}
				if s.worth(n) {
					l.cutAt(front, route, s, n)
				}
			}
		}
	}
}

// cutAt cuts a stream behind n events, and within the nth if that makes it whole.
func (l *cutLab) cutAt(front, route string, s *cutStream, n int) {
	l.Helper()
	switch {
	case !s.told(n, front):
		l.check(front, route, s, n, "failed")
	case !s.told(n-1, front):
		l.check(front, route, s.within(n), n, "failed")
		fallthrough
	default:
		l.check(front, route, s, n, "clean")
	}
}

// cutThemselves are the streams that are not whole as they are: parts of their names.
var cutThemselves = []string{
	"/stream_cut", "/stream_error", "/stream_failed", "an event called error", "an error behind",
	"broken-sse",                                                                                                // is none
	"detect-bedrock-invoke",                                                                                     // Nova by InvokeModel, whose answers pass raw
	"tool_use_failed_error",                                                                                     // of Groq's, in one of two
	"stream_without_done", "stream_without_usage", "json-tool.1-e34a52da.json", "thinking-config-5fa7a0a1.json", // no last event
	"cf5bc8fa.json without",  // no reason
	"UsageInclusionWithCost", // no reason
	"web-search-0-baf91736.json without", "stream_tools_one_index.txtar without", "no usage at all without",
}

// cutStream is a provider's stream, event by event.
type cutStream struct {
	name, dialect string
	events        [][]byte
	data          []string // of each event
	twins         bool     // its calls share an index, which a guard refuses
	noEnd         bool     // its provider is known to leave out the last event
}

// provider returns the name of the stream's provider.
func (s *cutStream) provider() string {
	if s.noEnd {
		return s.dialect + noEnd
	}
	return s.dialect
}

// first returns the first n events.
func (s *cutStream) first(n int) []byte { return slices.Concat(s.events[:n]...) }

// within returns the stream cut in the midst of its nth event.
func (s *cutStream) within(n int) *cutStream {
	half := &cutStream{name: s.name + " and a half", dialect: s.dialect, noEnd: s.noEnd, events: slices.Clone(s.events[:n])}
	half.events[n-1] = half.events[n-1][:len(half.events[n-1])/2]
	return half
}

// worth tells whether a cut behind n events is another one than that before it: of a run
// of events that are alike only the first and the last count.
func (s *cutStream) worth(n int) bool {
	switch {
	case n == 0:
		return false // an answer of no bytes is no stream
	case n == len(s.events), n < 3:
		return true
	}
	kind := func(i int) string { return outline(s.data[i]) }
	return kind(n-1) != kind(n-2) || kind(n-1) != kind(n)
}

// outline returns a payload without its texts and numbers.
func outline(data string) string {
	var v any
	if json.Unmarshal([]byte(data), &v) != nil {
		return data
	}
	var b strings.Builder
	drawOutline(&b, "", v)
	return b.String()
}

func drawOutline(b *strings.Builder, name string, v any) {
	b.WriteString(name)
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			drawOutline(b, "."+key, v[key])
		}
	case []any:
		for _, e := range v {
			drawOutline(b, "[", e)
		}
	case string:
		if strings.HasSuffix(name, "type") || strings.HasSuffix(name, "eason") {
			b.WriteString(v)
		}
	case nil:
		b.WriteString("-")
	}
}

// told tells whether the first n events say all that there is to say, so that the stream
// is whole though others may follow. These are all cases in which it is:
//
//   - the terminal event came: whatever a recording has behind it is another answer;
//   - of chats, [DONE] came. Without a reason such a stream is passed on as it is, and an
//     error in any other dialect, where an end without a reason is none;
//   - of Converse, the reason and the usage came, in whatever order;
//   - of Gemini, every candidate has its reason: there is no terminal event, and in all
//     recordings nothing is behind it.
//
// Of a provider that is known to send no last event (no_stream_end), these are enough:
//
//   - of chats, every choice has its reason and the usage came;
//   - of Converse, the reason came.
//
// Streams of gemini.interactions pass raw, and are as whole as their framing says.
func (s *cutStream) told(n int, front string) bool {
	switch s.dialect {
	case "openai.chat", "openai.completions", "mistral.chat":
		return s.toldChat(n, front)
	case "gemini":
		return toldGemini(s.data[:n])
	}
	return s.toldOther(n)
}

func (s *cutStream) toldOther(n int) bool {
	reason, usage := false, s.noEnd // of Converse
	for _, data := range s.data[:n] {
		var e struct {
			Type       string
			StopReason string
			Usage      json.RawMessage
			Done       bool
			Error      any
			Delta      struct {
				Reason string `json:"finish_reason"`
			}
		}
		_ = json.Unmarshal([]byte(data), &e)
		reason, usage = reason || e.StopReason != "", usage || e.Usage != nil
		switch {
		case e.Error != nil, e.Type == "error", e.Type == "response.failed", e.Delta.Reason == "ERROR":
			return false
		case e.Done, reason && usage,
			slices.Contains([]string{"message_stop", "message-end", "response.completed", "response.incomplete"}, e.Type):
			return true
		}
	}
	return false
}

func (s *cutStream) toldChat(n int, front string) bool {
	reasons, usage, failed := map[int]bool{}, false, false
	for _, data := range s.data[:n] {
		if data == "[DONE]" {
			return !failed && (front == s.dialect || slices.Contains(slices.Collect(maps.Values(reasons)), true))
		}
		type count struct {
			Output int `json:"completion_tokens"`
		}
		var e struct {
			Error   any
			Usage   *count
			Groq    struct{ Usage *count } `json:"x_groq"`
			Choices []struct {
				Index  int
				Reason string `json:"finish_reason"`
				Usage  *count
			}
		}
		_ = json.Unmarshal([]byte(data), &e)
		told := cmp.Or(e.Usage, e.Groq.Usage)
		for _, c := range e.Choices {
			reasons[c.Index] = reasons[c.Index] || c.Reason != ""
			told = cmp.Or(told, c.Usage)
		}
		usage, failed = usage || told != nil && told.Output > 0, failed || e.Error != nil
	}
	open := slices.Contains(slices.Collect(maps.Values(reasons)), false)
	return s.noEnd && usage && len(reasons) > 0 && !open && !failed
}

func toldGemini(events []string) bool {
	reasons := map[int]bool{}
	for _, data := range events {
		var e struct {
			Error      any
			Feedback   struct{ BlockReason string } `json:"promptFeedback"`
			Candidates []struct {
				Index        int
				FinishReason string
			}
		}
		_ = json.Unmarshal([]byte(data), &e)
		if e.Error != nil {
			return false
		}
		for _, c := range e.Candidates {
			reasons[c.Index] = reasons[c.Index] || c.FinishReason != ""
		}
		if e.Feedback.BlockReason != "" {
			return true
		}
	}
	return len(reasons) > 0 && !slices.Contains(slices.Collect(maps.Values(reasons)), false)
}
