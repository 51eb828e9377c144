//go:build !race

package server

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/attempt"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
)

// noLedger keeps no books.
type noLedger struct{}

func (noLedger) Open(*core.OpenRecord) error   { return nil }
func (noLedger) Close(*core.UsageRecord) error { return nil }

// parrot answers each request on the connections of a listener with the same bytes.
func parrot(t *testing.T, answer []byte) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				var buf [8 << 10]byte
				for {
					if _, err := c.Read(buf[:]); err != nil { // small requests come in one piece
						return
					}
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// TestRequestAllocatesNothing: a small request that no plugin sees costs no memory
// that is not pooled, from the client's connection to the upstream's and back.
func TestRequestAllocatesNothing(t *testing.T) {
	const body = `{"model":"m","messages":[{"role":"user","content":"hi"}]}`
	const said = `{"id":"a","object":"chat.completion","created":17,"model":"m-1","choices":[{"index":0,` +
		`"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`
	addr := parrot(t, fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(said), said))
	p := &core.Provider{Name: "p", Scheme: "http", Host: addr, BasePath: "/v1"}
	p.Serves[core.OpChat] = []core.Service{{Dialect: openai.New().Name(), Path: "/chat/completions"}}
	route := &core.Route{Name: "m", Deployments: []*core.Deployment{{Name: "d", Provider: p, Model: "m-1", ModelJSON: []byte(`"m-1"`), Weight: 1}}}
	loop, err := attempt.New(nil, attempt.Config{
		Routes: []*core.Route{route}, Clock: systemClock{}, Rand: rand.New(rand.NewPCG(1, 2)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(loop.Close)
	snap := &config.Snapshot{Listen: "127.0.0.1:0", Keyless: true, Routes: map[string]*core.Route{"m": route}}
	snap.Timeouts.Header, snap.Timeouts.Body = time.Minute, time.Minute
	snap.Timeouts.Idle, snap.Timeouts.Write = time.Minute, time.Minute
	snap.Limits.Connections, snap.Limits.BodyBytes, snap.Limits.AnswerBytes = 10, 1<<20, 1<<20
	s, err := New(Options{Metrics: telemetry.NewMetrics(), Log: zerolog.Nop(), Ledger: noLedger{}},
		&State{Snapshot: snap, Dialects: []core.Dialect{openai.New()}, Loop: loop})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(t.Context()) })

	c := dial(t, s)
	request := fmt.Appendf(nil, "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	var buf [8 << 10]byte
	ask := func() {
		if _, err := c.Write(request); err != nil {
			t.Fatal(err)
		}
		n := 0
		for !bytes.HasSuffix(buf[:n], []byte("}}")) { // the end of what was said
			m, err := c.Read(buf[n:])
			if err != nil {
				t.Fatalf("%v after %q", err, buf[:n])
			}
			n += m
		}
		if !bytes.HasPrefix(buf[:n], []byte("HTTP/1.1 200 ")) {
			t.Fatalf("%q", buf[:n])
		}
	}
	for range 100 {
		ask()
	}
	if n := testing.AllocsPerRun(500, ask); n != 0 {
		t.Errorf("%v allocations per request", n)
	}
}
