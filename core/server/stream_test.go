package server

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// pieces is a writer that remembers each write.
type pieces [][]byte

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, bytes.Clone(b))
	return len(b), nil
}

// streaming returns an exchange in the middle of a stream.
func streaming(tb testing.TB) *exchange {
	tb.Helper()
	s := &Server{clock: systemClock{}, carry: &stream.Buffers{}}
	x := s.newExchange()
	x.Request.Dialect = openai.New()
	x.Request.Body = []byte(`{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}`)
	if err := x.Request.Dialect.Scan(&x.Exchange); err != nil {
		tb.Fatal(err)
	}
	x.NewAttempt(&core.Deployment{Provider: &core.Provider{}})
	return x
}

func chunkOf(text string) string {
	return `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"` +
		text + `"},"finish_reason":null}]}` + "\n\n"
}

const usageEvent = `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],` +
	`"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}` + "\n\n"

// TestForwardWritesOncePerRead checks that all whole events of a read go out in
// one write, that an event is never sent in part, and that the usage event that
// nobody asked for is taken out.
func TestForwardWritesOncePerRead(t *testing.T) {
	f := func(name string, reads, want []string) {
		t.Helper()
		x := streaming(t)
		var got pieces
		for _, r := range reads {
			if _, err := x.forward(&got, []byte(r)); err != nil {
				t.Fatal(err)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%s: %d writes, want %d: %q", name, len(got), len(want), got)
		}
		for i := range want {
			if string(got[i]) != want[i] {
				t.Errorf("%s: write %d is %q, want %q", name, i, got[i], want[i])
			}
		}
		if n := len(strings.Join(want, "")); x.BytesOut != int64(n) {
			t.Errorf("%s: %d bytes counted, %d written", name, x.BytesOut, n)
		}
	}
	a, b, c := chunkOf("a"), chunkOf("b"), chunkOf("c")
	done := "data: [DONE]\n\n"
	f("one", []string{a}, []string{a})
	f("three in one read", []string{a + b + c}, []string{a + b + c})
	f("cut", []string{a + b[:20], b[20:] + c}, []string{a, b, c})
	f("a byte at a time", strings.Split(a, ""), []string{a})
	f("usage taken out", []string{a + usageEvent + done}, []string{a, done})
	f("comment kept", []string{": ping\n\n" + a}, []string{": ping\n\n" + a})
	f("nothing after the last event", []string{a + done + b}, []string{a + done})
}

// TestForwardFails stops at a client that left.
func TestForwardFails(t *testing.T) {
	x := streaming(t)
	r, w := io.Pipe()
	_ = r.Close()
	if _, err := x.forward(w, []byte(chunkOf("a"))); err == nil {
		t.Error("a write to nobody is no error")
	}
}

func BenchmarkForward(b *testing.B) {
	x := streaming(b)
	read := []byte(chunkOf("hello"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.forward(io.Discard, read); err != nil {
			b.Fatal(err)
		}
	}
}
