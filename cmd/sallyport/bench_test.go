package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// BenchmarkWhole measures a whole exchange through the gateway and the mock in
// one process: its allocations are those of both. Compare CPU with make bench.
func BenchmarkWhole(b *testing.B) { benchmarkExchange(b, rawChat("")) }

// BenchmarkStream is the same for a stream of 50 events.
func BenchmarkStream(b *testing.B) { benchmarkExchange(b, rawChat(`"stream":true`)) }

func benchmarkExchange(b *testing.B, request string) {
	l := newLab(b, labConfig{mocks: []mock.Config{{Scenario: "chunks=50", Keep: -1}}})
	c, err := net.Dial("tcp", l.gw.server.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	r := bufio.NewReaderSize(c, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.WriteString(c, request); err != nil {
			b.Fatal(err)
		}
		skipAnswer(b, r)
	}
}

var hexDigits = []byte("0123456789abcdef")

// skipAnswer reads one answer without allocating.
func skipAnswer(tb testing.TB, r *bufio.Reader) {
	tb.Helper()
	length, chunked := 0, false
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			tb.Fatal(err)
		}
		if len(line) == 2 {
			break
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			for _, d := range bytes.TrimSpace(v) {
				length = length*10 + int(d-'0')
			}
		}
		chunked = chunked || bytes.HasPrefix(line, []byte("Transfer-Encoding: chunked"))
	}
	for chunked {
		line, err := r.ReadSlice('\n')
		if err != nil {
			tb.Fatal(err)
		}
		n := 0
		for _, d := range bytes.TrimSpace(line) {
			n = n<<4 | bytes.IndexByte(hexDigits, d)
		}
		if _, err := r.Discard(n + 2); err != nil {
			tb.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
	if _, err := r.Discard(length); err != nil {
		tb.Fatal(err)
	}
}
