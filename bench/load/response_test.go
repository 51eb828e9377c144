package load

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

type answer struct {
	status int
	body   string
	close  bool
}

// readAll feeds text in pieces of the given size, through one reader.
func readAll(t *testing.T, text string, piece int) (got []answer, err error) {
	t.Helper()
	var r response
	var body []byte
	for rest := []byte(text); len(rest) > 0; {
		in := bytes.Clone(rest[:min(piece, len(rest))])
		rest = rest[len(in):]
		for len(in) > 0 {
			used, done, err := r.feed(in, func(b []byte) { body = append(body, b...) })
			if err != nil {
				return got, err
			}
			if used == 0 {
				t.Fatal("feed used nothing")
			}
			in = in[used:]
			if done {
				got = append(got, answer{r.status, string(body), r.close})
				body = nil
			}
		}
	}
	if r.state != inHead || len(r.head) > 0 || body != nil {
		return got, io.ErrUnexpectedEOF
	}
	return got, nil
}

func TestResponses(t *testing.T) {
	cases := []struct {
		name, text string
		want       []answer
		err        string
	}{
		{name: "length", text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", want: []answer{{200, "hi", false}}},
		{name: "any case, blanks", text: "HTTP/1.1 200 OK\r\ncONTENT-lENGTH:  2 \r\n\r\nhi", want: []answer{{200, "hi", false}}},
		{name: "empty", text: "HTTP/1.1 429 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", want: []answer{{429, "", true}}},
		{name: "no body by status", text: "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", want: []answer{{204, "", false}, {200, "x", false}}},
		{name: "interim", text: "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", want: []answer{{200, "x", false}}},
		{name: "chunked", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n", want: []answer{{200, "abc0123456789", false}}},
		{name: "trailer", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nC: d\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", want: []answer{{200, "", false}, {200, "x", false}}},
		{name: "two", text: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n", want: []answer{{200, "a", false}, {200, "b", false}}},
		{name: "no framing", text: "HTTP/1.1 200 OK\r\n\r\n", err: "neither Content-Length nor chunked"},
		{name: "bad length", text: "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n", err: "Content-Length is"},
		{name: "not HTTP", text: "SSH-2.0-OpenSSH_9\r\n\r\n", err: "not an HTTP/1.1 answer"},
		{name: "bad status", text: "HTTP/1.1 2x0 OK\r\nA: b\r\n\r\n", err: "status line"},
		{name: "bad size", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", err: "size of a chunk"},
		{name: "no size", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\n", err: "has no size"},
		{name: "huge size", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1111111111111111\r\n", err: "size of a chunk"},
		{name: "long chunk", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc", err: "after a chunk"},
		{name: "endless head", text: "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", maxHead) + "\r\n", err: "longer than"},
		{name: "cut", text: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", err: "unexpected EOF"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for piece := 1; piece <= len(c.text) && piece < 90; piece++ {
				got, err := readAll(t, c.text, piece)
				if c.err != "" {
					if err == nil || !strings.Contains(err.Error(), c.err) {
						t.Fatalf("pieces of %d: error %v, want %q", piece, err, c.err)
					}
					continue
				}
				if err != nil {
					t.Fatalf("pieces of %d: %v", piece, err)
				}
				if len(got) != len(c.want) {
					t.Fatalf("pieces of %d: %v, want %v", piece, got, c.want)
				}
				for i := range got {
					if got[i] != c.want[i] {
						t.Fatalf("pieces of %d: %v, want %v", piece, got[i], c.want[i])
					}
				}
			}
		})
	}
}

// FuzzResponse holds that the reader neither panics nor stalls, that pieces do
// not matter, and that net/http reads the same where both accept an answer.
func FuzzResponse(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 3)
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a\r\nabc\r\n0\r\nA: b\r\n\r\n", 1)
	f.Add("HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 204 No\r\n\r\n", 7)
	f.Fuzz(func(t *testing.T, text string, piece int) {
		whole, err1 := readAll(t, text, len(text)+1)
		parts, err2 := readAll(t, text, min(max(1, piece), 64))
		if (err1 == nil) != (err2 == nil) || len(whole) != len(parts) {
			t.Fatalf("whole: %v %v, in pieces: %v %v", whole, err1, parts, err2)
		}
		if err1 != nil || len(whole) != 1 || strings.HasPrefix(text, "HTTP/1.1 1") {
			return
		}
		resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), nil)
		if err != nil {
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err == nil && (resp.StatusCode != whole[0].status || string(body) != whole[0].body) {
			t.Fatalf("read %v, net/http reads %d %q", whole[0], resp.StatusCode, body)
		}
	})
}

func TestStamps(t *testing.T) {
	stream := `data: {"delta":{"role":"assistant","content":""}}` + "\n\n" +
		`data: {"delta":{"content":"1700000000000000001 the gate"}}` + "\n\n" +
		`data: {"delta":{"content":"short"}}` + "\n\n" +
		`data: {"delta":{"content":"1700000000000000002 opens"}}` + "\n\n" + doneMark
	for piece := 1; piece <= len(stream); piece++ {
		var e events
		var got []int64
		var scratch []byte
		for rest := stream; rest != ""; {
			n := min(piece, len(rest))
			scratch = e.feed([]byte(rest[:n]), scratch, func(s int64) { got = append(got, s) })
			rest = rest[n:]
		}
		if len(got) != 2 || got[0] != 1700000000000000001 || got[1] != 1700000000000000002 || e.stamps != 2 {
			t.Fatalf("pieces of %d: stamps %v", piece, got)
		}
		if !e.done() {
			t.Fatalf("pieces of %d: the end was not seen", piece)
		}
	}
}

func TestCutStreamIsNotDone(t *testing.T) {
	var e events
	e.feed([]byte("data: {}\n\ndata: [DONE]\n"), nil, func(int64) {})
	if e.done() {
		t.Error("a stream without its last line break is done")
	}
}
