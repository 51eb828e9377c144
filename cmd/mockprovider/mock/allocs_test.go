//go:build !race

package mock

import (
	"bytes"
	"net"
	"testing"
)

// exchanger returns a function that sends one request on a kept connection and
// reads its answer, without allocating, and the server.
func exchanger(tb testing.TB, scenario string, stream bool) func() {
	tb.Helper()
	s, err := Start(Config{Keep: -1})
	if err != nil {
		tb.Fatal(err)
	}
	nc, err := net.Dial("tcp", s.Addr())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = nc.Close()
		s.Close()
	})
	request := []byte(post("/v1/chat/completions", scenario, chatBody(stream)))
	end, buf := []byte("fp_mock\"}"), make([]byte, 1<<20)
	if stream {
		end = []byte("\r\n0\r\n\r\n")
	}
	return func() {
		if _, err := nc.Write(request); err != nil {
			tb.Fatal(err)
		}
		for n := 0; !bytes.HasSuffix(buf[:n], end); {
			m, err := nc.Read(buf[n:])
			if n += m; err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// The mock shares its machine with what it measures.
func TestAllocations(t *testing.T) {
	for _, tc := range []struct {
		scenario string
		stream   bool
		most     float64
	}{
		{"", false, 0},
		{"latency=1us", false, 1}, // package net wraps each expired deadline in a new error
		{"chunks=1000", true, 1},
	} {
		once := exchanger(t, tc.scenario, tc.stream)
		for range 10 {
			once()
		}
		if n := testing.AllocsPerRun(100, once); n > tc.most {
			t.Errorf("%q stream=%t: %v allocations per exchange, at most %v", tc.scenario, tc.stream, n, tc.most)
		}
	}
}

func BenchmarkWhole(b *testing.B) {
	once := exchanger(b, "", false)
	for b.Loop() {
		once()
	}
}

func BenchmarkStreamOf1000Events(b *testing.B) {
	once := exchanger(b, "chunks=1000", true)
	for b.Loop() {
		once()
	}
}
