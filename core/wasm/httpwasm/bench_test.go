package httpwasm_test

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// BenchmarkHeaderFilter is one exchange with a filter that reads one header field
// and sets two, with the header fields of a usual SDK's request.
func BenchmarkHeaderFilter(b *testing.B) {
	f := open(b, "header.wasm", httpwasm.Options{})
	benchmark(b, f)
}

// BenchmarkHeaderFilterShared is the same with guests that are never reset.
func BenchmarkHeaderFilterShared(b *testing.B) {
	f := open(b, "header.wasm", httpwasm.Options{Shared: true})
	benchmark(b, f)
}

// BenchmarkBothWays is an exchange with a filter that sets a field of the answer.
func BenchmarkBothWays(b *testing.B) {
	f := open(b, "both.wasm", httpwasm.Options{})
	benchmark(b, f)
}

func benchmark(b *testing.B, f *httpwasm.Filter) {
	m := &core.EdgeMessage{}
	b.ReportAllocs()
	for b.Loop() {
		exchange(b, f, m)
	}
}

func exchange(t testing.TB, f *httpwasm.Filter, m *core.EdgeMessage) {
	t.Helper()
	usual(m)
	turn, err := f.Request(m)
	if err != nil {
		t.Fatal(err)
	}
	if !turn.Next() || m.AnswerFields == nil && !m.Buffer {
		t.Fatal("it did not do its work")
	}
	if turn.Waits() {
		if err := turn.Answer(m, false); err != nil {
			t.Fatal(err)
		}
	}
	turn.Close()
	m.Reset()
}

// usual makes m the request of an SDK, without an allocation once m was used.
func usual(m *core.EdgeMessage) {
	m.Method, m.URI, m.Protocol = method, uri, "HTTP/1.1"
	m.Fields = append(m.Fields[:0], fields...)
}

var (
	method, uri = []byte("POST"), []byte("/v1/chat/completions")
	fields      = func() (f core.EdgeFields) {
		add(&f, "Host", "127.0.0.1:8080", "Accept", "application/json", "Accept-Encoding", "gzip, deflate", "Authorization", "Bearer sk-0123456789abcdef",
			"User-Agent", "OpenAI/Python 1.99.0", "X-Stainless-Lang", "python", "X-Stainless-Package-Version", "1.99.0", "X-Stainless-OS", "Linux",
			"X-Stainless-Arch", "x64", "X-Stainless-Runtime", "CPython", "X-Stainless-Runtime-Version", "3.12.3", "X-Stainless-Async", "false",
			"X-Stainless-Retry-Count", "0", "Content-Type", "application/json", "Content-Length", "4096")
		return f
	}()
)
