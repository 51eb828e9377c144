package upstream

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
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

	"github.com/klauspost/compress/zstd"
	"github.com/molecule-man/go-brrr"

	"github.com/sallyport-gateway/sallyport/core"
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

// compressor is what writes one coding.
type compressor interface {
	io.WriteCloser
	Flush() error
}

// codings are those that are undone.
var codings = map[string]func(io.Writer) compressor{
	"gzip":    func(w io.Writer) compressor { return gzip.NewWriter(w) },
	"deflate": func(w io.Writer) compressor { return zlib.NewWriter(w) },
	"br": func(w io.Writer) compressor {
		z, _ := brrr.NewWriter(w, 5) // the level is one that there is
		return z
	},
	"zstd": func(w io.Writer) compressor {
		z, _ := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20)) // likewise
		return z
	},
}

func zippedHead(coding string) string {
	return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: " + coding + "\r\nTransfer-Encoding: chunked\r\n\r\n"
}

// zipped compresses a stream, flushing behind each event as servers do, or not.
func zipped(coding, text string, flush bool) []byte {
	var b bytes.Buffer
	z := codings[coding](&b)
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
func chunked(coding string, b []byte, next func(left int) int) string {
	var out strings.Builder
	out.WriteString(zippedHead(coding))
	for len(b) > 0 {
		n := min(max(next(len(b)), 1), len(b))
		fmt.Fprintf(&out, "%x\r\n%s\r\n", n, b[:n])
		b = b[n:]
	}
	out.WriteString("0\r\n\r\n")
	return out.String()
}

// TestGzipRecorded sends every recorded stream compressed, with gzip and the other codings, flushed at events or
// not, in one piece, in random ones and byte by byte: what comes out is what the
// provider said.
func TestGzipRecorded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ways := map[string]func(left int) int{
		"whole":        func(left int) int { return left },
		"random":       func(int) int { return 1 + random.IntN(700) },
		"byte by byte": func(int) int { return 1 },
	}
	streams := recordedStreams(t)
	for coding := range codings {
		for name, text := range streams {
			for _, flush := range []bool{false, true} {
				zip := zipped(coding, text, flush)
				for way, next := range ways {
					if way == "byte by byte" && len(zip) > 4<<10 {
						continue
					}
					c := newClient(t, newFake(t, answer(chunked(coding, zip, next))).Addr().String())
					if err := c.do("{}"); err != nil {
						t.Fatal(err)
					}
					if got, err := readEach(&c.resp); err != nil || got != text {
						t.Fatalf("%s, %s, %s, flushed %t: %d bytes of %d, %v", coding, name, way, flush, len(got), len(text), err)
					}
					if s := c.host.Stats(); s.Idle != 1 {
						t.Fatalf("%s, %s, %s: stats = %+v, want the connection kept", coding, name, way, s)
					}
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
	for coding := range codings {
		zip := zipped(coding, "data: {\"a\":1}\n\ndata: {\"b\":2}\n\ndata: [DONE]\n\n", true)
		for n := 1; n < len(zip); n += 3 {
			text := strings.TrimSuffix(chunked(coding, zip[:n], func(left int) int { return left }), "0\r\n\r\n")
			for _, end := range []string{"", "0\r\n\r\n"} {
				c := newClient(t, newFake(t, once(text+end)).Addr().String())
				if err := c.do("{}"); err != nil {
					t.Fatal(err)
				}
				if got, err := readEach(&c.resp); err == nil {
					t.Errorf("%s cut behind %d of %d bytes, the end said %t: %q looks whole", coding, n, len(zip), end != "", got)
				}
			}
		}
	}
}

// TestZippedBodies: what a body in any coding may and may not be, read whole.
func TestZippedBodies(t *testing.T) {
	text := strings.Repeat("hello ", 5000)
	for coding := range codings {
		f := func(name string, zip []byte, want string, code core.Code) {
			t.Run(coding+" "+name, func(t *testing.T) {
				whole := func(left int) int { return left }
				serve := answer(chunked(coding, zip, whole))
				if code != 0 {
					serve = once(chunked(coding, zip, whole))
				}
				c := newClient(t, newFake(t, serve).Addr().String())
				got, err := c.fetch("{}")
				if code != 0 {
					wantCode(t, err, code)
					return
				}
				if err != nil || got != want {
					t.Fatalf("%d bytes of %d, %v", len(got), len(want), err)
				}
			})
		}
		zip := zipped(coding, text, false)
		f("honest", zip, text, 0)
		f("empty", nil, "", 0)
		f("lying", []byte(`{"error":{"message":"no"}}`), "", core.CodeUpstreamInvalid)
		f("damaged", append(bytes.Repeat([]byte{0xa5}, 9), zip[9:]...), "", core.CodeUpstreamInvalid)
		f("with a tail", append(bytes.Clone(zip), bytes.Repeat([]byte("tail"), 20<<10)...), "", core.CodeUpstreamInvalid)
		f("bomb", zipped(coding, strings.Repeat(" ", 8<<20), false), "", core.CodeUpstreamTooLarge)
	}
}

// TestZstdWindow: a body that would make the gateway keep more than other senders
// may is refused.
func TestZstdWindow(t *testing.T) {
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(2*maxWindow))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(z, "{}")
	_ = z.Flush() // the length is not known, so that the window is told
	_ = z.Close()
	c := newClient(t, newFake(t, once(chunked("zstd", b.Bytes(), func(left int) int { return left }))).Addr().String())
	_, got := c.fetch("{}")
	wantCode(t, got, core.CodeUpstreamInvalid)
}

// TestGzipFlows: an event comes out when the provider flushed it and not with the
// next one. The provider waits for the client to have it.
func TestGzipFlows(t *testing.T) {
	for coding := range codings {
		t.Run(coding, func(t *testing.T) { flows(t, coding) })
	}
}

func flows(t *testing.T, coding string) {
	const n = 20
	had := make(chan struct{}, n)
	f := newFake(t, func(c net.Conn, _ int64) {
		if readRequest(bufio.NewReader(c)) == nil {
			return
		}
		_, _ = io.WriteString(c, zippedHead(coding))
		var b bytes.Buffer
		z := codings[coding](&b)
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
