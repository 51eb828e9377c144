package main

import (
	"bufio"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/server"
)

// bomb panics at the stage that it is set to, and is harmless elsewhere.
type bomb struct{ stage atomic.Value }

func (b *bomb) at(stage string) {
	if b.stage.Load() == stage {
		panic("injected at " + stage)
	}
}

// bombDialect is a dialect with a bomb in every method.
type bombDialect struct {
	core.Dialect
	b *bomb
}

func (d bombDialect) Match(path []byte) core.Operation {
	d.b.at("match")
	return d.Dialect.Match(path)
}

func (d bombDialect) Scan(ex *core.Exchange) *core.Error {
	d.b.at("scan")
	return d.Dialect.Scan(ex)
}

func (d bombDialect) Parts(ex *core.Exchange) *core.Error {
	d.b.at("parts")
	return d.Dialect.Parts(ex)
}

func (d bombDialect) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
	d.b.at("forward")
	return d.Dialect.Forward(ex, at)
}

func (d bombDialect) Answer(ex *core.Exchange, at *core.Attempt, body []byte) *core.Error {
	d.b.at("answer")
	return d.Dialect.Answer(ex, at, body)
}

func (d bombDialect) Event(ex *core.Exchange, at *core.Attempt, data []byte) core.Disposition {
	d.b.at("event")
	if at.Stream.Events == 3 {
		d.b.at("fourth event")
	}
	return d.Dialect.Event(ex, at, data)
}

func (d bombDialect) EndStream(ex *core.Exchange, at *core.Attempt) *core.Error {
	d.b.at("end of stream")
	return d.Dialect.EndStream(ex, at)
}

func (d bombDialect) RenderError(dst []byte, e *core.Error, id core.ID) []byte {
	d.b.at("error")
	return d.Dialect.RenderError(dst, e, id)
}

func (d bombDialect) RenderErrorEvent(dst []byte, e *core.Error, id core.ID) []byte {
	d.b.at("error event")
	return d.Dialect.RenderErrorEvent(dst, e, id)
}

func (d bombDialect) RenderModels(dst []byte, models []core.ModelInfo) []byte {
	d.b.at("models")
	return d.Dialect.RenderModels(dst, models)
}

type bombAuth struct {
	core.Authenticator
	b *bomb
}

func (a bombAuth) Authenticate(ex *core.Exchange) (*core.Consumer, *core.Error) {
	a.b.at("authenticate")
	return a.Authenticator.Authenticate(ex)
}

// bombLimiter counts what it has reserved and not got back.
type bombLimiter struct {
	b    *bomb
	open atomic.Int64
}

func (l *bombLimiter) Reserve(*core.Exchange, core.Usage) (core.Reservation, *core.Error) {
	l.b.at("reserve")
	l.open.Add(1)
	return l, nil
}

func (l *bombLimiter) Settle(core.Usage) { l.open.Add(-1); l.b.at("settle") }
func (l *bombLimiter) Release()          { l.open.Add(-1); l.b.at("settle") }

type bombLedger struct {
	core.Ledger
	b *bomb
}

func (l bombLedger) Open(r *core.OpenRecord) error {
	l.b.at("ledger open")
	return l.Ledger.Open(r)
}

func (l bombLedger) Close(r *core.UsageRecord) error {
	l.b.at("ledger close")
	return l.Ledger.Close(r)
}

func (b *bomb) hook(stage string) core.Hook {
	return core.HookFunc(func(*core.Call) error { b.at(stage); return nil })
}

// TestPanics lets every stage panic once, in a whole answer and in a stream. The
// client gets an error with an id, the gateway lives, and the row is written
// where the ledger can.
func TestPanics(t *testing.T) {
	l := newLab(t, labConfig{scenario: "chunks=8"})
	l.unbalanced = "exchanges are broken off after the upstream has answered"
	b := &bomb{}
	limits := &bombLimiter{b: b}
	start := func(answerHook bool) *server.Server {
		state, err := l.gw.build(t.Context(), l.gw.snapshot(), l.gw.plugins.bundledOnly())
		if err != nil {
			t.Fatal(err)
		}
		state.Dialects[0] = bombDialect{state.Dialects[0], b}
		state.Auth = bombAuth{state.Auth, b}
		state.Limits = []core.Limiter{limits, limits}
		entry := chain.Entry{Instance: "bomb", Plugin: "bomb", Stage: core.StageJudge}
		entry.Hooks[core.PhasePrompt] = b.hook("prompt hook")
		entry.Hooks[core.PhaseComplete] = b.hook("complete hook")
		if answerHook {
			entry.Hooks[core.PhaseAnswer] = b.hook("answer hook")
		}
		state.Chains = map[string]*chain.Chain{"m": chain.Compile(nil, []chain.Entry{entry})}
		s, err := server.New(server.Options{Ledger: bombLedger{l.gw.ledger, b}, Metrics: l.gw.metrics, Log: l.gw.log}, state)
		if err == nil {
			err = s.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	plain, guarded := start(false), start(true)
	use := func(s *server.Server) { l.url = "http://" + s.Addr().String() }
	rows := 0
	// f arms the bomb, makes one call, and wants a row or none.
	f := func(s *server.Server, stage, more string, check func(a answer) bool, row bool) {
		t.Helper()
		use(s)
		b.stage.Store(stage)
		a := l.chat(more, "")
		b.stage.Store("")
		if !check(a) {
			t.Errorf("%s %s: %+v", stage, more, a)
		}
		if row {
			rows++
			if r := l.row(rows); (a.header != nil && r.RequestID != a.header.Get("X-Request-Id")) || (r.End != "internal" && r.End != "completed" && r.End != "rejected") {
				t.Errorf("%s %s: row %+v", stage, more, r)
			}
		} else if got := len(l.rows()); got != rows {
			t.Errorf("%s %s: %d rows, want %d", stage, more, got, rows)
			rows = got
		}
		if a := l.chat("", ""); a.status != 200 {
			t.Fatalf("after a panic at %s the next call: %+v", stage, a)
		}
		rows++
		l.row(rows)
	}
	failed := func(a answer) bool {
		e, err := parseAPIError(a.body)
		return err == nil && a.status == 500 && (e.Code == "internal_error" || e.Code == "plugin_failed") && a.header.Get("X-Request-Id") != ""
	}
	broken := func(a answer) bool { // a stream with an error as its last event
		events := l.events(a)
		if a.status != 200 || a.err != nil || len(events) == 0 || strings.Contains(a.body, "[DONE]") {
			return false
		}
		e, err := parseAPIError(events[len(events)-1])
		return err == nil && e.Code == "internal_error"
	}
	fine := func(a answer) bool { return a.status == 200 && a.err == nil }
	gone := func(a answer) bool { return a.err != nil || a.status == 500 }
	const stream = `"stream":true`
	for _, more := range []string{"", stream} {
		f(plain, "match", more, failed, false)
		f(plain, "authenticate", more, failed, false)
		f(plain, "scan", more, failed, true)
		f(plain, "parts", more, failed, true)
		f(plain, "prompt hook", more, failed, true)
		f(plain, "reserve", more, failed, true)
		f(plain, "ledger open", more, failed, true)
		f(plain, "forward", more, failed, true)
		f(plain, "settle", more, fine, true)
		f(plain, "ledger close", more, fine, false)
		f(plain, "complete hook", more, fine, true)
	}
	f(plain, "answer", "", failed, true)
	f(plain, "event", stream, broken, true)
	f(plain, "fourth event", stream, broken, true)
	f(plain, "end of stream", stream, func(a answer) bool { // all was sent, [DONE] too
		return a.status == 200 && strings.Contains(a.body, "internal_error")
	}, true)
	f(guarded, "answer hook", "", failed, true)
	f(plain, "error", `"n":0`, gone, true)
	if err := l.mocks[0].SetScenario("fault=rst,after=3"); err != nil {
		t.Fatal(err)
	}
	use(plain)
	b.stage.Store("error event")
	a := l.chat(stream, "")
	b.stage.Store("")
	if strings.Contains(a.body, "[DONE]") || a.status != 200 || a.err == nil {
		t.Errorf("error event: %+v", a)
	}
	if err := l.mocks[0].SetScenario(""); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/v1/models", "/metrics"} {
		for _, stage := range []string{"models", "authenticate", "match"} {
			if path == "/metrics" && stage != "authenticate" || path == "/v1/models" && stage == "authenticate" {
				continue
			}
			b.stage.Store(stage)
			a := l.get(l.url+path, "Authorization: Bearer "+virtualKey)
			b.stage.Store("")
			if !failed(a) {
				t.Errorf("%s, %s: %+v", path, stage, a)
			}
		}
	}
	b.stage.Store("error")
	c := l.dial2(plain)
	l.send(c, "nonsense\r\n\r\n")
	_ = receive(bufio.NewReader(c), "POST") // whatever it is, the gateway must live
	b.stage.Store("")
	if a := l.chat("", ""); a.status != 200 {
		t.Errorf("at the end: %+v", a)
	}
	for _, s := range []*server.Server{plain, guarded} {
		l.client.CloseIdleConnections()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	}
	if n := limits.open.Load(); n != 0 {
		t.Errorf("%d reservations are still held", n)
	}
	if v := l.metric("sallyport_exchanges_in_flight"); v != 0 {
		t.Errorf("%v exchanges are still counted as in flight", v)
	}
	if v := l.metric("sallyport_panics_total"); v < 20 {
		t.Errorf("%v panics were counted", v)
	}
}
