package main

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// insists returns a guard of whole answers that has the model try again, after a
// second answer too if it is stubborn.
func insists(l *lab, stubborn bool, limits ...core.Limiter) {
	seen := map[core.ID]int{}
	var mu sync.Mutex
	l.guardUnder(limits, streamGuard(core.StreamBuffer, func(call *core.Call) error {
		mu.Lock()
		defer mu.Unlock()
		if seen[call.Exchange.ID]++; seen[call.Exchange.ID] == 1 || stubborn {
			call.Reply.Retry = "Say it more kindly."
		}
		return nil
	}))
}

// TestSecondAnswerRefused: where the route wants its blocks told as refusals, an answer
// that is not accepted at the second try either is one, and none of it is said.
func TestSecondAnswerRefused(t *testing.T) {
	l := newLab(t, labConfig{extra: "  - {name: polite, blocked: refusal, deployments: [{provider: p0, model: served, name: polite}]}\n"})
	scene(t, l, "text=what%20nobody%20wants,chunks=4")
	insists(l, true)
	for _, stream := range []bool{false, true} {
		a := l.ask("polite", stream)
		if a.status != 200 || !strings.Contains(a.body, `"finish_reason":"content_filter"`) ||
			!strings.Contains(a.body, `"refusal":"A guardrail did not accept the answer`) || strings.Contains(a.body, "nobody") {
			t.Errorf("stream %v: %+v", stream, a)
		}
		if row := l.rowOf(a); row.End != "blocked" || row.Attempts != 2 {
			t.Errorf("stream %v: row %+v", stream, row)
		}
		l.wantError("not polite", l.ask("m", stream), 400, "blocked")
	}
}

// purse is a limiter of tokens: what is reserved is not there for others.
type purse struct {
	mu      sync.Mutex
	left    int64
	held    int64
	asked   []int64 // in their order
	settled []int64
}

// reserved is what a purse has set aside.
type reserved struct {
	*purse
	n int64
}

func (p *purse) Reserve(_ *core.Exchange, est core.Usage) (core.Reservation, *core.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := est.Total()
	if p.held+n > p.left {
		return nil, core.Errorf(core.CodeBudgetExceeded, "The budget is spent.")
	}
	p.held += n
	p.asked = append(p.asked, n)
	return reserved{p, n}, nil
}

func (r reserved) Settle(actual core.Usage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held -= r.n
	r.left -= actual.Total()
	r.settled = append(r.settled, actual.Total())
}

func (r reserved) Release() { r.Settle(core.Usage{}) }

// TestSecondAnswerIsReserved: a second answer is paid for as the first one was, from
// what is left when that is settled. Where it would not do there is none.
func TestSecondAnswerIsReserved(t *testing.T) {
	l := newLab(t, labConfig{})
	const plenty = 1 << 20
	for _, stream := range []bool{false, true} {
		p := &purse{left: plenty}
		insists(l, false, p)
		a := l.ask("m", stream, `"max_tokens":500`)
		row := l.rowOf(a)
		if a.status != 200 || len(p.asked) != 2 || len(p.settled) != 2 || p.asked[1] <= p.asked[0] {
			t.Fatalf("stream %v: reserved %v, settled %v, %+v", stream, p.asked, p.settled, a)
		}
		if used := row.InputUncached + row.Output; p.held != 0 || plenty-p.left != used || p.settled[0] == 0 || p.settled[1] == 0 {
			t.Errorf("stream %v: %d are held, %d of %d booked were taken, %v", stream, p.held, plenty-p.left, used, p.settled)
		}

		short := &purse{left: p.settled[0] + p.asked[1] - 1}
		least := short.left - p.settled[0]
		insists(l, false, short)
		asked := len(l.upstream())
		a = l.ask("m", stream, `"max_tokens":500`)
		l.wantError("short", a, 429, "budget_exceeded")
		row = l.rowOf(a)
		if got := len(l.upstream()) - asked; got != 1 || short.held != 0 || short.left != least || row.InputUncached+row.Output != p.settled[0] {
			t.Errorf("stream %v: the model was asked %d times; %d are held, %d left, not %d; row %+v", stream, got, short.held, short.left, least, row)
		}
	}
}

// again is a plugin that has the model try again, and quotes what it said.
const again = `/* sallyport
id: guardrail.again
version: 1.0.0
hooks: [answer]
sees: {kinds: [text]}
stream: {mode: buffer}
*/
exports.answer = (call) => {
  for (const p of call.parts) if (p.text.includes("BAD")) return { retry: "You said: " + p.text + " Try again." }
}
`

// TestFeedbackIsJudged: what a plugin tells the model of its answer is a part of the
// prompt for those who judge prompts: a value that was put back into the answer does not
// reach the provider by it, and a denied word ends the exchange.
func TestFeedbackIsJudged(t *testing.T) {
	l := newLab(t, labConfig{
		config: "plugins: {mandatory: [guardrail.again, {use: guardrail.pii, config: {reversible: true}}, " +
			"{use: guardrail.denylist, hooks: [prompt], config: {words: [plutonium]}}]}",
		plugins: map[string]string{"again.js": again},
	})
	for _, stream := range []bool{false, true} {
		for text, status := range map[string]int{"BAD%20[EMAIL_1]": 400, "BAD%20plutonium": 400} {
			scene(t, l, "chunks=3,text="+text)
			before := len(l.upstream())
			a := l.post("/v1/chat/completions", `{"model":"m","stream":`+strconv.FormatBool(stream)+`,"messages":[{"role":"user","content":"I am ann@example.org"}]}`)
			asked := l.upstream()[before:]
			sent := strings.Join(asked, "\n")
			if a.status != status || strings.Contains(sent, "ann@") || strings.Contains(sent, "plutonium") {
				t.Errorf("%s, stream %v: %d %s, asked %s", text, stream, a.status, a.body, sent)
			}
			if quotes := strings.Contains(sent, "You said: BAD [EMAIL_1] Try again."); quotes == strings.Contains(text, "plutonium") {
				t.Errorf("%s, stream %v: asked %s", text, stream, sent)
			}
		}
	}
}

// keeps is a plugin that keeps answers, as a cache does, and fails where one has a value
// in it that was put back.
const keeps = `/* sallyport
id: guardrail.keeps
version: 1.0.0
hooks: [answer]
sees: {kinds: [text]}
stream: {mode: buffer}
*/
exports.answer = (call) => {
  for (const p of call.parts) if (!p.text.includes("[EMAIL_1]") || p.text.includes("@")) return { block: { status: 400, code: "restored", message: p.text } }
}
`

// TestKeptBeforeRestoration: what stands behind a guard that puts values back, such as a
// cache, gets answers with the placeholders; the client gets the values.
func TestKeptBeforeRestoration(t *testing.T) {
	l := newLab(t, labConfig{
		config:  "plugins: {mandatory: [{use: guardrail.pii, config: {reversible: true}}, guardrail.keeps]}",
		plugins: map[string]string{"keeps.js": keeps},
	})
	scene(t, l, "chunks=3,text=Hello%20[EMAIL_1]!")
	for _, stream := range []bool{false, true} {
		a := l.post("/v1/chat/completions", `{"model":"m","stream":`+strconv.FormatBool(stream)+`,"messages":[{"role":"user","content":"I am ann@example.org"}]}`)
		if a.status != 200 || !strings.Contains(a.body, "ann@example.org") || strings.Contains(a.body, "[EMAIL_1]") {
			t.Errorf("stream %v: %d %s", stream, a.status, a.body)
		}
	}
}
