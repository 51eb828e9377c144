package upstream

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// FuzzHead checks that every head we accept is one that the standard library
// accepts, with the same status, fields and framing.
func FuzzHead(f *testing.F) {
	heads := []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 6\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nX:\ty z \r\n\r\n",
		"HTTP/1.0 404 Not Found\r\nA: b\r\na: c\r\n\r\n",
		"HTTP/1.1 204 \r\n\r\n",
		"0\x1a",
	}
	for i, in := range heads {
		f.Add([]byte(in), []byte(heads[0]))
		f.Add([]byte(heads[0]), []byte(heads[i]))
	}
	f.Fuzz(func(t *testing.T, in, before []byte) {
		var h head
		h.reset()
		end, err := h.read(in)
		if in = slices.Clone(in); err == nil && end > 0 {
			in = in[:end]
		}
		comparePieces(t, in, end, err)
		compareLike(t, in, before, &h, err)
		if end == 0 || err != nil {
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

// comparePieces checks that a head which comes byte by byte is read as it is
// when it comes whole.
func comparePieces(t *testing.T, in []byte, wantEnd int, wantErr error) {
	t.Helper()
	var h head
	h.reset()
	for i := range len(in) + 1 {
		end, err := h.read(in[:i:i])
		if err == nil && end == 0 {
			continue
		}
		if end != wantEnd || !errors.Is(err, wantErr) {
			t.Fatalf("in pieces %q ends at %d with %v, whole at %d with %v", in, end, err, wantEnd, wantErr)
		}
		return
	}
	// An error in a line that was begun may wait for the line's end.
	if wantEnd != 0 || wantErr != nil && bytes.HasSuffix(in, []byte("\n")) {
		t.Fatalf("in pieces %q does not end, whole at %d with %v", in, wantEnd, wantErr)
	}
}

// compareLike checks that a head is read the same by a host that remembers
// another one.
func compareLike(t *testing.T, in, before []byte, want *head, wantErr error) {
	t.Helper()
	var first, got head
	first.reset()
	if end, err := first.read(before); end == 0 || err != nil {
		return
	}
	got.begin(newShape(&first))
	_, err := got.read(in)
	got.like, got.at = nil, 0
	if !errors.Is(err, wantErr) || err == nil && !reflect.DeepEqual(got, *want) {
		t.Fatalf("after %q the head %q is %+v, %v; else %+v, %v", before, in, got, err, *want, wantErr)
	}
}

func BenchmarkHead(b *testing.B) {
	text := []byte("HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 05:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n" +
		strings.Repeat("x-ratelimit-remaining-tokens: 149999984\r\n", 20) + "\r\n")
	run := func(name string, like *shape) {
		b.Run(name, func(b *testing.B) {
			var h head
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				h.begin(like)
				if end, err := h.read(text); err != nil || end != len(text) {
					b.Fatal(end, err)
				}
			}
		})
	}
	var h head
	h.reset()
	before := bytes.ReplaceAll(text, []byte("149999984"), []byte("150000000"))
	if end, err := h.read(before); err != nil || end != len(text) {
		b.Fatal(end, err)
	}
	run("first", nil)
	run("like another", newShape(&h))
}
