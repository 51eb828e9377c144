package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// slow is an upstream of one chat stream that sends what it is given, and hangs up when
// there is no more.
type slow struct {
	*lab
	say  chan string // events; "" breaks the connection off
	gone chan bool   // its reader left
}

func newSlow(t *testing.T) *slow {
	s := &slow{say: make(chan string), gone: make(chan bool, 1)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		for {
			select {
			case text, more := <-s.say:
				if !more {
					return
				}
				if text == "" {
					panic(http.ErrAbortHandler)
				}
				_, _ = io.WriteString(w, text)
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				s.gone <- true
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	s.lab = newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf("  - {name: slow, kind: openai, base_url: %q, auth: none}\n", server.URL)
		},
		extra: "  - name: s\n    retries: 0\n    deployments: [{provider: slow, model: x}]\n",
	})
	s.unbalanced = "the provider is none of the mocks"
	return s
}

// open asks for the stream and returns its lines.
func (s *slow) open(ctx context.Context) (*http.Response, *bufio.Scanner) {
	s.Helper()
	type result struct {
		r   *http.Response
		err error
	}
	done := make(chan result, 1)
	req := s.request(ctx, "/v1/chat/completions", `{"model":"s","stream":true,"messages":[{"role":"user","content":"hi"}]}`)
	go func() {
		r, err := s.client.Do(req) //nolint:bodyclose // the caller closes it
		done <- result{r, err}
	}()
	s.say <- chunk(`{"content":"one "}`, "null")
	got := <-done
	if got.err != nil || got.r.StatusCode != 200 {
		s.Fatalf("%+v", got)
	}
	return got.r, bufio.NewScanner(got.r.Body)
}

// until reads lines up to one that holds a text, and returns them.
func until(t *testing.T, lines *bufio.Scanner, text string) string {
	t.Helper()
	var all strings.Builder
	for lines.Scan() {
		all.WriteString(lines.Text() + "\n")
		if text != "" && strings.Contains(lines.Text(), text) {
			break
		}
	}
	return all.String()
}

// TestGuardSwappedInStream: a stream is judged to its end by the guards that it began
// with, also what they held back when others took their place, or none.
func TestGuardSwappedInStream(t *testing.T) {
	s := newSlow(t)
	s.guard(tripwire(false))
	r, lines := s.open(t.Context())
	defer r.Body.Close()
	got := until(t, lines, "one ")
	s.say <- chunk(`{"content":"a zqcan"}`, "null")
	s.guard()
	s.say <- chunk(`{"content":"aryqz b"}`, "null") + chunk(`{}`, `"stop"`) + "data: [DONE]\n\n"
	close(s.say)
	got += until(t, lines, "")
	if text := said(messages(got)); text != "one a [WORD] b" || !strings.Contains(got, "[DONE]") {
		t.Errorf("the client got %q of %s", text, got)
	}
}

// TestCutWhileJudged: an upstream that breaks off while a guard thinks, or while it
// holds text back, does not get past it, and the client is told.
func TestCutWhileJudged(t *testing.T) {
	s := newSlow(t)
	think, thought := make(chan bool), make(chan bool)
	e := tripwire(true)
	judge := e.Hooks[core.PhaseAnswer]
	e.Hooks[core.PhaseAnswer] = core.HookFunc(func(c *core.Call) error {
		if c.Window != nil && strings.Contains(string(c.Window.Text), marked) {
			think <- true
			<-thought
		}
		return judge.Handle(c)
	})
	s.guard(e)
	r, lines := s.open(t.Context())
	defer r.Body.Close()
	got := until(t, lines, "one ")
	s.say <- chunk(`{"content":"a `+marked+` b"}`, "null")
	<-think
	s.say <- ""
	thought <- true
	got += until(t, lines, "")
	if strings.Contains(got, marked) || !strings.Contains(got, `"error"`) || strings.Contains(got, "[DONE]") || said(messages(got)) != "one " {
		t.Errorf("the client got %s", got)
	}
}

// TestClientLeavesWhileJudged: the client leaves while a guard thinks. With the verdict
// the upstream is let go, and the books say why.
func TestClientLeavesWhileJudged(t *testing.T) {
	s := newSlow(t)
	think, thought := make(chan bool), make(chan bool)
	e := streamGuard(core.StreamWindow, func(c *core.Call) error {
		if c.Window != nil && strings.Contains(string(c.Window.Text), "two") {
			think <- true
			<-thought
		}
		return nil
	})
	s.guard(e)
	ctx, leave := context.WithCancel(t.Context())
	r, lines := s.open(ctx)
	defer r.Body.Close()
	until(t, lines, "one ")
	s.say <- chunk(`{"content":"two "}`, "null")
	<-think
	leave()
	thought <- true
	<-s.gone
	a := answer{header: r.Header}
	if row := s.rowOf(a); row.End != "client_gone" || row.ErrorCode != "client_closed_request" {
		t.Errorf("row %+v", row)
	}
}

// TestRedactedThenBlocked: a guard judges what those before it made of the text, in
// the order in which they run, and never what they took out; the text that one of them
// grew is judged whole.
func TestRedactedThenBlocked(t *testing.T) {
	s := newSlow(t)
	grow := streamGuard(core.StreamWindow, func(c *core.Call) error {
		if w := c.Window; w != nil {
			for at, b := range w.Text {
				if b == '*' {
					c.Reply.Edits = append(c.Reply.Edits, core.Edit{Start: at, End: at + 1, Bytes: []byte(strings.Repeat("x", 70_000) + marked)})
				}
			}
		}
		return nil
	})
	grow.Instance = "grow"
	s.guard(tripwire(false), grow) // answers are judged in reverse order
	r, lines := s.open(t.Context())
	defer r.Body.Close()
	lines.Buffer(nil, 1<<20)
	s.say <- chunk(`{"content":"a *b zq"}`, "null")
	s.say <- chunk(`{"content":"*canaryqz "}`, "null") + chunk(`{"content":"zqcanaryqz"}`, "null") + chunk(`{}`, `"stop"`) + "data: [DONE]\n\n"
	close(s.say)
	got := until(t, lines, "")
	text := strings.ReplaceAll(said(messages(got)), strings.Repeat("x", 70_000), "X")
	if text != "one a X[WORD]b zqX[WORD]canaryqz [WORD]" {
		t.Errorf("the client got %q", text)
	}
}
