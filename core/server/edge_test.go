package server

import (
	"bufio"
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// sdkRequest is the head and body that an SDK sends.
const sdkRequest = "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: application/json\r\nAccept-Encoding: gzip, deflate\r\n" +
	"Authorization: Bearer sp-0123456789abcdef\r\nUser-Agent: OpenAI/Python 1.99.0\r\nX-Stainless-Lang: python\r\nX-Stainless-Package-Version: 1.99.0\r\n" +
	"X-Stainless-OS: Linux\r\nX-Stainless-Arch: x64\r\nX-Stainless-Runtime: CPython\r\nX-Stainless-Runtime-Version: 3.12.3\r\nX-Stainless-Async: false\r\n" +
	"X-Stainless-Retry-Count: 0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

// edged returns a server whose state has these edge filters, and a request to it.
func edged(tb testing.TB, entries ...chain.Entry) (*Server, *fasthttp.RequestCtx) {
	tb.Helper()
	snap := &config.Snapshot{Keyless: true}
	snap.Limits.BodyBytes, snap.Limits.AnswerBytes = 1<<20, 1<<20
	s, err := New(Options{Metrics: telemetry.NewMetrics(), Log: zerolog.Nop()},
		&State{Snapshot: snap, Dialects: []core.Dialect{openai.New()}, Receive: chain.Compile(nil, entries)})
	if err != nil {
		tb.Fatal(err)
	}
	req := &fasthttp.Request{}
	if err := req.Read(bufio.NewReader(strings.NewReader(sdkRequest))); err != nil {
		tb.Fatal(err)
	}
	ctx := &fasthttp.RequestCtx{}
	ctx.Init(req, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40000}, nil)
	return s, ctx
}

// through takes a request to its answer past the filters, dispatch excepted.
func through(tb testing.TB, s *Server, ctx *fasthttp.RequestCtx, look func(*exchange)) {
	tb.Helper()
	x := s.take(ctx, s.acquire(), nil)
	if err := x.head.read(&ctx.Request.Header); err != nil {
		tb.Fatal(err)
	}
	x.Request.Path, x.Request.Query = target(&ctx.Request.Header)
	x.edgeRequest()
	if look != nil {
		look(x)
	}
	x.edgeAnswer()
	x.end()
}

// changer is an edge filter that changes requests as it is told.
type changer struct {
	core.EdgeFilter
	change func(m *core.EdgeMessage) error
}

func (c changer) Buffers() bool { return false }

func (c changer) Request(m *core.EdgeMessage) (core.EdgeTurn, error) {
	m.Changed = true
	return goesOn{}, c.change(m)
}

// goesOn is the turn of a filter that has nothing to say of answers.
type goesOn struct{}

func (goesOn) Next() bool { return true }

func (goesOn) Waits() bool { return true }

func (goesOn) Answer(*core.EdgeMessage, bool) error { return nil }

func (goesOn) Close() {}

// TestEdgeRewrite: a request that a filter made is held to what holds for all, and
// what a failed filter did is undone where its fail mode is open.
func TestEdgeRewrite(t *testing.T) {
	b := func(s string) []byte { return []byte(s) }
	for what, c := range map[string]struct {
		change func(m *core.EdgeMessage) error
		open   bool
		code   core.Code
		ok     bool
	}{
		"a field":     {change: func(m *core.EdgeMessage) error { m.Fields.Set(b("x-new"), b("v")); return nil }, ok: true},
		"two hosts":   {change: func(m *core.EdgeMessage) error { m.Fields.Add(b("host"), b("v")); return nil }, code: core.CodePluginFailed},
		"a bad name":  {change: func(m *core.EdgeMessage) error { m.Fields.Add(b("a b"), b("c")); return nil }, code: core.CodePluginFailed},
		"too large":   {change: func(m *core.EdgeMessage) error { m.Fields.Add(b("a"), make([]byte, headerBuffer)); return nil }, code: core.CodeHeadersTooLarge},
		"fails":       {change: func(*core.EdgeMessage) error { return errors.New("bad") }, code: core.CodePluginFailed},
		"fails open":  {change: func(m *core.EdgeMessage) error { m.Fields.Set(b("host"), b("v")); return errors.New("bad") }, open: true, ok: true},
		"another uri": {change: func(m *core.EdgeMessage) error { m.URI = b("/a%20b?c=d?e"); return nil }, ok: true},
	} {
		s, ctx := edged(t, chain.Entry{Instance: "e", FailOpen: c.open, Edge: changer{change: c.change}})
		through(t, s, ctx, func(x *exchange) {
			if x.Failed == c.ok || !c.ok && x.ErrorCode != c.code {
				t.Errorf("%s: failed is %v with %s", what, x.Failed, x.ErrorCode)
			}
			switch what {
			case "a field":
				if string(x.head.Get("X-New")) != "v" || string(x.head.Get("Host")) != "127.0.0.1:8080" {
					t.Errorf("the head is %q", x.head.raw)
				}
			case "fails open":
				if string(x.head.Get("Host")) != "127.0.0.1:8080" {
					t.Errorf("the head is %q", x.head.raw)
				}
			case "another uri":
				if string(x.Request.Path) != "/a%20b" || string(x.Request.Query) != "c=d?e" {
					t.Errorf("%s ? %s", x.Request.Path, x.Request.Query)
				}
			}
		})
	}
}

// BenchmarkEdge is all that a filter of header fields costs an exchange: showing it
// the request, making the request what it says, and putting its field into the
// answer.
func BenchmarkEdge(b *testing.B) {
	code, err := os.ReadFile("../wasm/httpwasm/testdata/header.wasm")
	if err != nil {
		b.Fatal(err)
	}
	f, err := httpwasm.New(b.Context(), code, httpwasm.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	for name, entries := range map[string][]chain.Entry{"without": nil, "with": {{Instance: "e", Edge: f}}} {
		b.Run(name, func(b *testing.B) {
			s, ctx := edged(b, entries...)
			b.ReportAllocs()
			for b.Loop() {
				ctx.Response.Reset()
				through(b, s, ctx, nil)
			}
		})
	}
}
