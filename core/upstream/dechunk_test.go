package upstream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http/httputil"
	"strings"
	"testing"
)

// dechunk decodes b in pieces of the given size and returns the payload and
// what follows the body.
func dechunk(b []byte, size int) (payload, rest []byte, done bool, err error) {
	var d dechunker
	b = bytes.Clone(b)
	for len(b) > 0 && !d.done() {
		n := min(size, len(b))
		start, end, used, err := d.decode(b[:n])
		if err != nil {
			return payload, nil, false, err
		}
		if used != n && !d.done() {
			return nil, nil, false, errors.New("decode left bytes in mid-body")
		}
		payload = append(payload, b[start:end]...)
		b = b[used:]
	}
	return payload, b, d.done(), nil
}

func TestDechunk(t *testing.T) {
	f := func(in, want, rest string, wantErr error) {
		t.Helper()
		for size := 1; size <= len(in)+1; size++ {
			got, left, done, err := dechunk([]byte(in), size)
			if !errors.Is(err, wantErr) {
				t.Fatalf("%q by %d: error = %v, want %v", in, size, err, wantErr)
			}
			if wantErr == nil && (string(got) != want || string(left) != rest || !done) {
				t.Fatalf("%q by %d: %q, rest %q, done %v; want %q, %q", in, size, got, left, done, want, rest)
			}
		}
	}
	f("0\r\n\r\n", "", "", nil)
	f("5\r\nhello\r\n0\r\n\r\n", "hello", "", nil)
	f("3\r\nfoo\r\n0004\r\nbars\r\n0\r\n\r\nHTTP", "foobars", "HTTP", nil)
	f("A;ext=\"v\" ; b\r\n0123456789\r\n0 \t\r\n\r\n", "0123456789", "", nil)
	f("1\r\nx\r\n0\r\nTrailer: a\r\nOther:\r\n\r\n", "x", "", nil)
	f("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", "", nil)

	f("\r\n", "", "", errChunkSize)
	f("g\r\n", "", "", errChunkSize)
	f("-1\r\n", "", "", errChunkSize)
	f("0x5\r\n", "", "", errChunkSize)
	f(" 5\r\n", "", "", errChunkSize)
	f("5\nhello", "", "", errChunkSize)
	f("ffffffffffffffff\r\n", "", "", errChunkSize)
	f("10000000000000000\r\n", "", "", errChunkSize)
	f("5\r\rhello", "", "", errChunkEnd)
	f("5;a\nhello", "", "", errChunkEnd)
	f("5\r\nhelloX", "", "", errChunkEnd)
	f("5\r\nhello\rX", "", "", errChunkEnd)
	f("0\r\n\n", "", "", errChunkEnd)
	f("0\r\na: b\n\r\n", "", "", errChunkEnd)
	f("0\r\na: b\r\r\n", "", "", errChunkEnd)

	for in, want := range map[string]error{
		strings.Repeat("0", maxChunkLine+1):                   errChunkLine,
		"5;" + strings.Repeat("x", maxChunkLine):              errChunkLine,
		"0\r\nX: " + strings.Repeat("x", maxTrailer) + "\r\n": errChunkTrailer,
		"0\r\n" + strings.Repeat("X: y\r\n", maxTrailer/6+1):  errChunkTrailer,
	} {
		if _, _, _, err := dechunk([]byte(in), 100); !errors.Is(err, want) {
			t.Errorf("%.20q…: error = %v, want %v", in, err, want)
		}
	}
}

// FuzzDechunk checks that the pieces in which a body arrives do not matter, and
// that what we accept the standard library reads in the same way.
func FuzzDechunk(f *testing.F) {
	f.Add([]byte("5\r\nhello\r\n0\r\n\r\nrest"), 3)
	f.Add([]byte("1;a=b\r\nx\r\n0\r\nA: b\r\n\r\n"), 1)
	f.Add([]byte("A\r\n0123456789\r\n00\r\n\r\n"), 7)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		size = min(max(size, 1), 4096)
		whole, rest, done, err := dechunk(in, len(in)+1)
		parts, rest2, done2, err2 := dechunk(in, size)
		if (err == nil) != (err2 == nil) || done != done2 || err == nil && (!bytes.Equal(whole, parts) || !bytes.Equal(rest, rest2)) {
			t.Fatalf("at once: %q %q %v %v; by %d: %q %q %v %v", whole, rest, done, err, size, parts, rest2, done2, err2)
		}
		if err != nil || !done {
			return
		}
		std, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(in)))
		if err == nil && !bytes.Equal(std, whole) {
			t.Fatalf("we read %q, the standard library %q", whole, std)
		}
	})
}

func BenchmarkDechunk(b *testing.B) {
	const event = "data: {\"choices\":[{\"delta\":{\"content\":\" hello\"}}],\"id\":\"chatcmpl1\"}\n\n"
	in := []byte(strings.Repeat(fmt.Sprintf("%x\r\n%s\r\n", len(event), event), 20))
	buf := make([]byte, len(in))
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		var d dechunker
		copy(buf, in)
		if _, _, _, err := d.decode(buf); err != nil {
			b.Fatal(err)
		}
	}
}
