package main

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
	"github.com/sallyport-gateway/sallyport/core/ledger"
)

// These tests put one fault each, numbered F01 and on, between a whole gateway
// and its upstreams. What holds after every one of them is [lab.finish]'s to
// check.

// fault is a route to one deployment of its own, so that the faults of one lab
// do not cool each other down.
type fault struct {
	name     string // of the route, the provider and the deployment
	scenario string // what the mock does; it travels as the provider key
	mock     int
	url      string // in place of the mock's
	host     string // a name in place of the mock's address
	provider string // further members of the provider, e.g. "timeouts: {idle: 200ms}"
	rules    string // of the route, "retries: 0" if empty
	stream   bool
	status   int    // that the client gets
	code     string // of the error that the client gets
	end      string // that the ledger's row names
}

// credential is the provider key of the fault, which the mock reads as a
// scenario and counts by.
func (f *fault) credential() string {
	items := []string{"mock:label=" + f.name}
	if f.scenario != "" {
		items = append(items, f.scenario)
	}
	return strings.Join(items, ",")
}

// with adds the faults to the lab's configuration.
func (c labConfig) with(faults ...fault) labConfig {
	if c.files == nil {
		c.files = map[string]string{}
	}
	before := c.providers
	for i := range faults {
		f := &faults[i]
		c.files["key-"+f.name] = f.credential()
		rules := f.rules
		if rules == "" {
			rules = "retries: 0"
		}
		c.extra += fmt.Sprintf("  - {name: %s, %s, deployments: [{provider: %s, model: served, name: %s}]}\n", f.name, rules, f.name, f.name)
	}
	c.providers = func(l *lab) string {
		var b strings.Builder
		if before != nil {
			b.WriteString(before(l))
		}
		for i := range faults {
			f := &faults[i]
			url := f.url
			if url == "" {
				url = l.mocks[f.mock].URL() + "/v1"
			}
			if f.host != "" {
				url = strings.Replace(url, "127.0.0.1", f.host, 1)
			}
			fmt.Fprintf(&b, "  - {name: %s, kind: openai, base_url: %q, auth: bearer, key: \"${file:key-%s}\"", f.name, url, f.name)
			if f.provider != "" {
				b.WriteString(", " + f.provider)
			}
			b.WriteString("}\n")
		}
		return b.String()
	}
	return c
}

// ask posts a one-message prompt to the route.
func (l *lab) ask(route string, stream bool, more ...string) answer {
	l.Helper()
	body := fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"Say something nice."}]`, route)
	if stream {
		body += `,"stream":true`
	}
	for _, m := range more {
		body += "," + m
	}
	return l.post("/v1/chat/completions", body+"}")
}

// together asks n times at once and returns the answers by number.
func together(n int, ask func(i int) answer) []answer {
	out := make([]answer, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { out[i] = ask(i) })
	}
	wg.Wait()
	return out
}

// strike plays all faults at once and checks what each client and each row got.
func (l *lab) strike(faults []fault) {
	l.Helper()
	answers := together(len(faults), func(i int) answer { return l.ask(faults[i].name, faults[i].stream) })
	for i := range faults {
		l.check(&faults[i], answers[i])
	}
}

// check checks the answer to a fault, and its row. A stream with status 200 and
// a code is one that was cut.
func (l *lab) check(f *fault, a answer) {
	l.Helper()
	switch {
	case f.status != 200:
		l.wantFailure(f.name, a, f.status, f.code)
	case f.code != "":
		l.wantCut(f.name, a, f.code)
	case f.stream:
		l.wantStream(f.name, a)
	default:
		l.wantWhole(f.name, a)
	}
	r := l.rowOf(a)
	if r.End != f.end || r.Status != f.status || r.ErrorCode != f.code || r.Attempts != 1 || r.Stream != f.stream || r.Deployment != f.name {
		l.Errorf("%s: row: %+v", f.name, r)
	}
}

// errorBody is an error in OpenAI's shape.
type errorBody struct{ Message, Type, Param, Code string }

// parseError returns the error that the document is, false when it has another
// shape than OpenAI's.
func parseError(doc string) (errorBody, bool) {
	var whole map[string]map[string]*string
	if json.Unmarshal([]byte(doc), &whole) != nil || len(whole) != 1 || len(whole["error"]) != 4 {
		return errorBody{}, false
	}
	e := whole["error"]
	if e["message"] == nil || e["type"] == nil || e["code"] == nil || *e["message"] == "" || *e["type"] == "" {
		return errorBody{}, false
	}
	return errorBody{Message: *e["message"], Type: *e["type"], Code: *e["code"]}, true
}

// inside finds what an error must not tell a client.
var inside = regexp.MustCompile(`127\.0\.0\.\d|localhost|goroutine |\.go:\d|mock:|` + virtualKey)

// String shows the answer in a few lines.
func (a answer) String() string {
	body := a.body
	if len(body) > 600 {
		body = body[:200] + " … " + body[len(body)-400:]
	}
	return fmt.Sprintf("status %d, error %v, header %v, %d bytes: %q", a.status, a.err, a.header, len(a.body), body)
}

// wantFailure checks that the answer is an error with this status and code, in
// OpenAI's shape, that tells nothing of the inside.
func (l *lab) wantFailure(name string, a answer, status int, code string) {
	l.Helper()
	e, ok := parseError(a.body)
	if !ok || a.err != nil || a.status != status || e.Code != code || a.header.Get("Content-Type") != "application/json" || a.header.Get("X-Request-Id") == "" {
		l.Errorf("%s: want status %d with code %q, got %s", name, status, code, a)
	}
	if inside.MatchString(a.body) {
		l.Errorf("%s: the error tells of the inside: %s", name, a.body)
	}
}

// wantCut checks that the answer is a stream that was cut: whole events, then
// one that says so, and no [DONE]. It returns the events before.
func (l *lab) wantCut(name string, a answer, code string) []string {
	l.Helper()
	events := l.events(a)
	if a.status != 200 || a.err != nil || len(events) == 0 {
		l.Errorf("%s: want a stream that ends with %q, got %s", name, code, a)
		return nil
	}
	last := len(events) - 1
	if e, ok := parseError(events[last]); !ok || e.Code != code || inside.MatchString(events[last]) {
		l.Errorf("%s: the last event is %s, want the error %q", name, events[last], code)
	}
	if !strings.HasSuffix(a.body, "\n\n") {
		l.Errorf("%s: the error event is not whole: %q", name, a.body)
	}
	for _, ev := range events[:last] {
		var chunk struct {
			Object string
			Error  any
		}
		if ev == "[DONE]" || json.Unmarshal([]byte(ev), &chunk) != nil || chunk.Object != "chat.completion.chunk" || chunk.Error != nil {
			l.Errorf("%s: before its error the stream has %s", name, ev)
		}
	}
	return events[:last]
}

// wantStream checks that the answer is a stream with a good end.
func (l *lab) wantStream(name string, a answer) {
	l.Helper()
	events := messages(a.body)
	if a.status != 200 || a.err != nil || len(events) < 2 || events[len(events)-1] != "[DONE]" || strings.Contains(a.body, `"error"`) {
		l.Errorf("%s: want a whole stream, got %s", name, a)
	}
}

// wantWhole checks that the answer is a completion.
func (l *lab) wantWhole(name string, a answer) {
	l.Helper()
	var c struct {
		Choices []struct{ Message struct{ Content *string } }
	}
	if a.status != 200 || a.err != nil || json.Unmarshal([]byte(a.body), &c) != nil || len(c.Choices) != 1 || c.Choices[0].Message.Content == nil {
		l.Errorf("%s: want a whole answer, got %s", name, a)
	}
}

// rowOf waits for the ledger's row of the answer.
func (l *lab) rowOf(a answer) ledger.Row {
	l.Helper()
	var row ledger.Row
	id := a.header.Get("X-Request-Id")
	if id == "" {
		l.Errorf("there is no request id, and so no row: %+v", a)
		return row
	}
	l.eventually("the ledger has the row of "+id, func() bool {
		rows := l.rows()
		i := slices.IndexFunc(rows, func(r ledger.Row) bool { return r.RequestID == id })
		if i >= 0 {
			row = rows[i]
		}
		return i >= 0
	})
	return row
}

// served returns what the mock counts for the fault, once it is at rest.
func (l *lab) served(f *fault) mock.Count {
	l.Helper()
	s, idle := l.mocks[f.mock].Settle(10 * time.Second)
	if !idle {
		l.Fatalf("%s: the mock is still answering", f.name)
	}
	return s.Scenarios[f.credential()]
}

// requests returns the requests that the mock got for the fault.
func (l *lab) requests(f *fault) []mock.Request {
	return slices.DeleteFunc(l.mocks[f.mock].Requests(), func(r mock.Request) bool { return r.Credential != f.credential() })
}

// sample reads one sample of the gateway's metrics, 0 when there is none.
func (l *lab) sample(sample string) float64 {
	l.Helper()
	req := l.request(l.Context(), "/metrics", "")
	req.Method, req.Body = "GET", nil
	page := l.do(req)
	for line := range strings.Lines(page.body) {
		if v, ok := strings.CutPrefix(line, sample+" "); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
			if err != nil {
				l.Fatalf("the metric %s is %q", sample, v)
			}
			return n
		}
	}
	if page.status != 200 {
		l.Fatalf("no metrics: %+v", page)
	}
	return 0
}

// messages is a reader of event streams: it returns the data of each event. It
// follows the words of the standard, not their best implementation.
func messages(body string) []string {
	body = strings.TrimPrefix(body, "\ufeff")
	body = strings.ReplaceAll(body, "\r\n", "\n")
	body = strings.ReplaceAll(body, "\r", "\n")
	blocks := strings.Split(body, "\n\n")
	var out []string
	for _, block := range blocks[:len(blocks)-1] {
		var data []string
		for line := range strings.SplitSeq(block, "\n") {
			if name, value, _ := strings.Cut(line, ":"); name == "data" {
				data = append(data, strings.TrimPrefix(value, " "))
			}
		}
		if data != nil {
			out = append(out, strings.Join(data, "\n"))
		}
	}
	return out
}

// allocated runs f and returns how many bytes were allocated meanwhile in all,
// freed ones too: a bound on what was held at one time.
func allocated(f func()) uint64 {
	runtime.GC()
	runtime.GC() // what is pooled outlives the first one
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// sane checks that what a row bills is possible.
func sane(t testing.TB, name string, r *ledger.Row) {
	t.Helper()
	for _, n := range []int64{r.InputUncached, r.CacheRead, r.CacheWrite, r.Output, r.Reasoning, r.Audio, r.Image} {
		if n < 0 || n > math.MaxInt32 {
			t.Errorf("%s: the row bills %d tokens: %+v", name, n, r)
		}
	}
	if r.CostPicoUSD != nil && *r.CostPicoUSD < 0 {
		t.Errorf("%s: the row costs %d", name, *r.CostPicoUSD)
	}
}
