package upstream

import (
	"bufio"
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// FuzzHead checks that every head we accept is one that the standard library
// accepts, with the same status, fields and framing.
func FuzzHead(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nX:\ty z \r\n\r\n"))
	f.Add([]byte("HTTP/1.0 404 Not Found\r\nA: b\r\na: c\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 204 \r\n\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		end := headEnd(in, 0)
		if end == 0 {
			return
		}
		var h head
		if h.parse(in[:end]) != nil {
			return
		}
		resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(in[:end])), nil)
		if err != nil {
			t.Fatalf("we accept %q, the standard library does not: %v", in[:end], err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != h.status {
			t.Fatalf("status %d, want %d", h.status, resp.StatusCode)
		}
		if chunked := len(resp.TransferEncoding) == 1; chunked != h.chunked && h.status >= 200 && h.status != 204 && h.status != 304 {
			t.Fatalf("chunked %v, want %v", h.chunked, chunked)
		}
		if v := resp.Header.Get("Content-Length"); v != "" && h.length >= 0 {
			if n, err := strconv.ParseInt(v, 10, 64); err != nil || n != h.length {
				t.Fatalf("length %d, want %q", h.length, v)
			}
		}
		for name := range resp.Header {
			if got := string(h.get(name)); got != resp.Header.Get(name) && name != "Content-Length" {
				t.Fatalf("field %q = %q, want %q", name, got, resp.Header.Get(name))
			}
		}
	})
}

func BenchmarkHead(b *testing.B) {
	text := []byte("HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 05:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n" +
		strings.Repeat("x-ratelimit-remaining-tokens: 149999984\r\n", 20) + "\r\n")
	var h head
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := h.parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
