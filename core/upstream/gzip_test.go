package upstream

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recordedStreams returns the bodies of all streams that were recorded of
// providers. It skips the test where they are not at hand.
func recordedStreams(t *testing.T) map[string]string {
	t.Helper()
	root := os.Getenv("SALLYPORT_FIXTURES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "fixtures")
	}
	root = filepath.Join(root, "translation")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no recordings: set SALLYPORT_FIXTURES to the folder that holds translation/: %v", err)
	}
	out := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" || d.Name() == "manifest.json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var c struct {
			Stream bool
			Answer *struct {
				Body *struct{ Text string }
			} `json:"upstream_response"`
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if c.Stream && c.Answer != nil && c.Answer.Body != nil && c.Answer.Body.Text != "" {
			out[d.Name()] = c.Answer.Body.Text
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("only %d streams were found", len(out))
	}
	return out
}

const gzipHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"

// zipped compresses a stream, flushing behind each event as servers do, or not.
func zipped(text string, flush bool) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, event := range strings.SplitAfter(text, "\n\n") {
		_, _ = io.WriteString(z, event)
		if flush {
			_ = z.Flush()
		}
	}
	_ = z.Close()
	return b.Bytes()
}

// chunked frames b in chunks of the lengths that next gives.
func chunked(b []byte, next func(left int) int) string {
	var out strings.Builder
	out.WriteString(gzipHead)
	for len(b) > 0 {
		n := min(max(next(len(b)), 1), len(b))
		fmt.Fprintf(&out, "%x\r\n%s\r\n", n, b[:n])
		b = b[n:]
	}
	out.WriteString("0\r\n\r\n")
	return out.String()
}

// TestGzipRecorded sends every recorded stream compressed, flushed at events or
// not, in one piece, in random ones and byte by byte: what comes out is what the
// provider said.
func TestGzipRecorded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ways := map[string]func(left int) int{
		"whole":        func(left int) int { return left },
		"random":       func(int) int { return 1 + random.IntN(700) },
		"byte by byte": func(int) int { return 1 },
	}
	for name, text := range recordedStreams(t) {
		for _, flush := range []bool{false, true} {
			zip := zipped(text, flush)
			for way, next := range ways {
				if way == "byte by byte" && len(zip) > 4<<10 {
					continue
				}
				c := newClient(t, newFake(t, answer(chunked(zip, next))).Addr().String())
				if err := c.do("{}"); err != nil {
					t.Fatal(err)
				}
				if got, err := readEach(&c.resp); err != nil || got != text {
					t.Fatalf("%s, %s, flushed %t: %d bytes of %d, %v", name, way, flush, len(got), len(text), err)
				}
			}
		}
	}
}

// readEach reads a stream piece by piece.
func readEach(r *Response) (string, error) {
	var out strings.Builder
	for {
		b, err := r.Next()
		if err == io.EOF { //nolint:errorlint // Next returns it bare
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
		out.Write(b)
	}
}

// TestGzipCut: a compressed stream that breaks off is an error, wherever it does.
func TestGzipCut(t *testing.T) {
	zip := zipped("data: {\"a\":1}\n\ndata: {\"b\":2}\n\ndata: [DONE]\n\n", true)
	for n := 1; n < len(zip); n += 5 {
		text := strings.TrimSuffix(chunked(zip[:n], func(left int) int { return left }), "0\r\n\r\n")
		for _, end := range []string{"", "0\r\n\r\n"} {
			c := newClient(t, newFake(t, once(text+end)).Addr().String())
			if err := c.do("{}"); err != nil {
				t.Fatal(err)
			}
			if got, err := readEach(&c.resp); err == nil {
				t.Errorf("cut behind %d of %d bytes, the end said %t: %q looks whole", n, len(zip), end != "", got)
			}
		}
	}
}

// TestGzipFlows: an event comes out when the provider flushed it and not with the
// next one. The provider waits for the client to have it.
func TestGzipFlows(t *testing.T) {
	const n = 20
	had := make(chan struct{}, n)
	f := newFake(t, func(c net.Conn, _ int64) {
		if readRequest(bufio.NewReader(c)) == nil {
			return
		}
		_, _ = io.WriteString(c, gzipHead)
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		for i := range n {
			fmt.Fprintf(z, "data: {\"n\":%d}\n\n", i)
			_ = z.Flush()
			fmt.Fprintf(c, "%x\r\n%s\r\n", b.Len(), b.Bytes())
			b.Reset()
			<-had
		}
		_ = z.Close()
		fmt.Fprintf(c, "%x\r\n%s\r\n0\r\n\r\n", b.Len(), b.Bytes())
	})
	t.Cleanup(func() { close(had) })
	c := newClient(t, f.Addr().String())
	if err := c.do("{}"); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		got, want := "", fmt.Sprintf("data: {\"n\":%d}\n\n", i)
		for len(got) < len(want) {
			b, err := c.resp.Next()
			if err != nil {
				t.Fatal(err)
			}
			got += string(b)
		}
		if got != want {
			t.Fatalf("%q, want %q", got, want)
		}
		had <- struct{}{}
	}
	if b, err := c.resp.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end %q, %v", b, err)
	}
}
