package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// slowly plays a provider that tells what happens to its calls, and hangs before its
// answer or behind it.
type slowly struct {
	answers           bool
	asked, wrote, end chan struct{} // one signal for each call
}

func newSlowly(answers bool) *slowly {
	signal := func() chan struct{} { return make(chan struct{}, 8) }
	return &slowly{answers: answers, asked: signal(), wrote: signal(), end: signal()}
}

func (s *slowly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.asked <- struct{}{}
	defer func() { s.end <- struct{}{} }()
	if !s.answers {
		<-r.Context().Done() // the gateway lets it go
		return
	}
	if strings.Contains(string(body), `"stream":true`) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, `data: {"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"the answer"},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	} else {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"the answer"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`)
	}
	_ = http.NewResponseController(w).Flush()
	s.wrote <- struct{}{}
}

func (s *slowly) lab(t *testing.T, route string) *lab {
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: slow, kind: openai, base_url: %q, auth: none}\n", server.URL)
		},
		extra: "  - name: s\n    deployments: [{provider: slow, model: x}]\n" + route,
	})
	l.unbalanced = "the provider is none of the mocks"
	return l
}

func besideChain(hook core.HookFunc) chain.Entry {
	e := chain.Entry{Instance: "judge", Plugin: "guardrail.judge", Stage: core.StageJudge, Parallel: true}
	e.Hooks[core.PhasePrompt] = hook
	return e
}

// TestJudgeBeside: a judge that runs beside the attempt decides before the client gets
// any of the answer, whichever of the two is first.
func TestJudgeBeside(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers bool // before the judge decides
		verdict func(*core.Call) error
		status  int
		code    string
		end     string
	}{
		{"blocks before the answer", false, blockCall, 403, "blocked", "blocked"},
		{"blocks behind the answer", true, blockCall, 403, "blocked", "blocked"},
		{"allows", true, func(*core.Call) error { return nil }, 200, "", "completed"},
		{"fails", true, func(*core.Call) error { return errors.New("broken") }, 502, "plugin_failed", "internal"},
		{"fails before the answer", false, func(*core.Call) error { return errors.New("broken") }, 502, "plugin_failed", "internal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSlowly(c.answers)
			l := s.lab(t, "")
			var got atomic.Bool
			l.guard(besideChain(func(call *core.Call) error {
				if <-s.asked; c.answers {
					<-s.wrote
				}
				if got.Load() {
					t.Error("the client has an answer before the verdict")
				}
				return c.verdict(call)
			}))
			for _, stream := range []bool{false, true} {
				got.Store(false)
				a := l.ask("s", stream)
				got.Store(true)
				<-s.end // where it hangs: it was let go
				if c.code == "" {
					if a.status != 200 || a.err != nil || !strings.Contains(a.body, "the answer") {
						t.Errorf("stream %v: %+v", stream, a)
					}
				} else if a.status == 200 || a.code() != c.code || strings.Contains(a.body, "the answer") {
					t.Errorf("stream %v: %+v", stream, a)
				}
				if row := l.rowOf(a); row.End != c.end {
					t.Errorf("stream %v: row %+v", stream, row)
				}
			}
		})
	}
}

func blockCall(call *core.Call) error {
	call.Reply.Block = &core.Block{Status: 403, Message: "Not this."}
	return nil
}

// TestClientLeavesJudgeBeside: a client that leaves while a judge runs frees the
// upstream at once; the judge may end in its own time, and the call is booked then.
func TestClientLeavesJudgeBeside(t *testing.T) {
	for _, answers := range []bool{false, true} {
		s := newSlowly(answers)
		l := s.lab(t, "")
		ctx, leave := context.WithCancel(t.Context())
		free := make(chan struct{})
		l.guard(besideChain(func(*core.Call) error {
			<-free
			return nil
		}))
		done := make(chan answer)
		go func() {
			done <- l.do(l.request(ctx, "/v1/chat/completions", `{"model":"s","stream":true,"messages":[{"role":"user","content":"hi"}]}`))
		}()
		<-s.asked
		if answers {
			<-s.wrote
		}
		leave()
		<-s.end
		if a := <-done; a.err == nil || a.body != "" {
			t.Errorf("answers %v: the client got %+v", answers, a)
		}
		close(free)
		// An answer that was there may be written before it is seen that nobody reads.
		if row := l.row(1); row.End != "client_gone" && !(answers && row.End == "completed") {
			t.Errorf("answers %v: row %+v", answers, row)
		}
	}
}

// TestParallelInConfiguration: parallel: true lets a bundled judge run beside the
// attempt: the upstream has been asked when it blocks, or not yet, and is let go.
func TestParallelInConfiguration(t *testing.T) {
	s := newSlowly(true)
	l := s.lab(t, "    plugins: [{use: guardrail.denylist, parallel: true, config: {words: [xyzzy]}}]\n")
	for _, stream := range []bool{false, true} {
		body := fmt.Sprintf(`{"model":"s","stream":%v,"messages":[{"role":"user","content":"say %%s"}]}`, stream)
		if a := l.post("/v1/chat/completions", fmt.Sprintf(body, "xyzzy")); a.code() != "denylist" || strings.Contains(a.body, "the answer") {
			t.Errorf("stream %v: %+v", stream, a)
		}
		if a := l.post("/v1/chat/completions", fmt.Sprintf(body, "hello")); a.status != 200 || !strings.Contains(a.body, "the answer") {
			t.Errorf("stream %v: %+v", stream, a)
		}
	}
}
