package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// provider is a simulated provider that speaks every dialect there is a folder
// for in testdata/provider. The prompt names the scenario. A request that brings
// a tool's result is the second turn, and is answered with the reply "done".
type provider struct {
	*httptest.Server
	t *testing.T

	mu    sync.Mutex
	asked []asked
	left  int // clients that left before the answer was whole
}

// asked is a request that the provider got.
type asked struct {
	dialect, scenario string
	stream            bool
	lines             []string // see readRequest
}

// replies are the scenarios that are answered with another one's reply. The rest
// have one of their own, in which .stream is the streamed form and .4xx or .5xx
// a refusal.
var replies = map[string]string{
	"round": "tool", "image": "text", "slow": "text", "cut": "text", "cancel": "text",
}

// slowness is the time to the first byte in the scenario "slow".
const slowness = 700 * time.Millisecond

func newProvider(t *testing.T) *provider {
	p := &provider{t: t}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// dialectOf tells the dialects apart. Each has its own way to ask for a stream.
func dialectOf(path string) string {
	switch {
	case strings.HasSuffix(path, "/chat/completions"):
		return "openai.chat"
	case strings.HasSuffix(path, "/responses"):
		return "openai.responses"
	case strings.HasSuffix(path, "/messages"):
		return "anthropic.messages"
	case strings.Contains(path, "enerateContent"):
		return "gemini"
	default:
		return ""
	}
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	dialect, scenario := dialectOf(r.URL.Path), scenarioOf(body)
	lines, readErr := readRequest(dialect, body)
	if err != nil || readErr != nil || scenario == "" {
		p.t.Errorf("the provider got %s %s with %.4000q: %v, %v", r.Method, r.URL, body, err, readErr)
		http.Error(w, "not simulated", http.StatusTeapot)
		return
	}
	for _, values := range r.Header {
		if strings.Contains(strings.Join(values, " "), virtualKey) {
			p.t.Errorf("the provider got the virtual key: %v", r.Header)
		}
	}
	a := asked{dialect: dialect, scenario: scenario, lines: lines}
	a.stream = bytes.Contains(body, []byte(`"stream":true`)) || strings.Contains(r.URL.Path, "streamGenerateContent")
	p.mu.Lock()
	p.asked = append(p.asked, a)
	p.mu.Unlock()
	p.answer(w, r, &a)
}

// scenarioOf finds the scenario in a prompt.
func scenarioOf(body []byte) string {
	const mark = "scenario:"
	_, rest, _ := bytes.Cut(body, []byte(mark))
	end := bytes.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' })
	return string(rest[:max(end, 0)])
}

// isSecondTurn reports whether the request brings a tool's result.
func (a *asked) isSecondTurn() bool { return hasLine(a.lines, "result ") }

func hasLine(lines []string, prefix string) bool {
	for _, ln := range lines {
		if strings.HasPrefix(ln, prefix) {
			return true
		}
	}
	return false
}

func (p *provider) answer(w http.ResponseWriter, r *http.Request, a *asked) {
	folder := filepath.Join("testdata", "provider", a.dialect)
	w.Header().Set("Content-Type", "application/json")
	if refusal, _ := filepath.Glob(filepath.Join(folder, a.scenario+".[45]??")); len(refusal) == 1 {
		status, _ := strconv.Atoi(strings.TrimPrefix(filepath.Ext(refusal[0]), "."))
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		p.write(w, p.read(refusal[0]))
		return
	}
	name := a.scenario
	if other, ok := replies[name]; ok {
		name = other
	}
	if a.isSecondTurn() {
		name = "done"
	}
	if a.stream {
		w.Header().Set("Content-Type", "text/event-stream")
		name += ".stream"
	}
	text := p.read(filepath.Join(folder, name))
	switch a.scenario {
	case "cut":
		p.write(w, beginning(text))
		panic(http.ErrAbortHandler) // the connection breaks in the middle
	case "cancel":
		p.write(w, beginning(text))
		p.awaitLeave(r)
		return
	case "slow":
		select {
		case <-time.After(slowness):
		case <-r.Context().Done():
		}
	}
	p.write(w, text)
}

// awaitLeave waits until the connection closes.
func (p *provider) awaitLeave(r *http.Request) {
	select {
	case <-r.Context().Done():
		p.mu.Lock()
		p.left++
		p.mu.Unlock()
	case <-time.After(time.Minute):
		p.t.Error("a client left, and its upstream connection stays")
	}
}

// beginning returns a reply's events but the last two, or nothing of a reply that
// is not a stream.
func beginning(text []byte) []byte {
	end := []byte("\n\n")
	if bytes.Contains(text, []byte("\r\n\r\n")) {
		end = []byte("\r\n\r\n")
	}
	events := bytes.SplitAfter(text, end)
	return bytes.Join(events[:max(len(events)-3, 0)], nil)
}

func (p *provider) read(name string) []byte {
	text, err := os.ReadFile(name)
	if err != nil {
		p.t.Error(err)
	}
	return text
}

func (p *provider) write(w http.ResponseWriter, text []byte) {
	_, _ = w.Write(text)
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// take returns what was asked since the last time.
func (p *provider) take() []asked {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.asked
	p.asked = nil
	return a
}

// leaves returns how many clients have left in the scenario "cancel".
func (p *provider) leaves() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left
}

// compactJSON returns v as JSON with sorted keys.
func compactJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
