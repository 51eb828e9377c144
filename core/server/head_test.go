package server

import (
	"bufio"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// headCorpus is our own list of request heads that readers are known to
// disagree on (RFC 9112 §§ 2–7, 11.2). The last line of each head is blank.
var headCorpus = []struct {
	name string
	head string
	ok   bool
}{
	{"plain", "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", true},
	{"chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true},
	{"get", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"get with length 0", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", true},
	{"http/1.0 without host", "GET / HTTP/1.0\r\n\r\n", true},
	{"odd but legal name", "GET / HTTP/1.1\r\nHost: a\r\nx-!#$%&'*+.^_`|~: 1\r\n\r\n", true},
	{"empty value", "GET / HTTP/1.1\r\nHost: a\r\nX-Empty:\r\n\r\n", true},
	{"blanks around the value", "GET / HTTP/1.1\r\nHost: a\r\nX: \t v \t\r\n\r\n", true},

	{"length and encoding", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false},
	{"encoding and length", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", false},
	{"two lengths alike", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", false},
	{"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", false},
	{"length list", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\n{}", false},
	{"length with sign", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}", false},
	{"negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n\r\n{}", false},
	{"hex length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x2\r\n\r\n{}", false},
	{"length that wraps", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551618\r\n\r\n{}", false},
	{"two encodings", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", false},
	{"unknown encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", false},
	{"encoding list", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", false},
	{"encoding on http/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false},
	{"blank before the colon", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", false},
	{"tab before the colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length\t: 2\r\n\r\n{}", false},
	{"folded line", "POST / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\n{}", false},
	{"folded encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", false},
	{"first line folded", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", false},
	{"bare LF", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", false},
	{"bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", false},
	{"bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n", false},
	{"NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", false},
	{"NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\x00: b\r\n\r\n", false},
	{"blank in a name", "GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n", false},
	{"no colon", "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", false},
	{"no name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", false},
	{"name that is not ASCII", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length\xc3\xa9: 2\r\n\r\n", false},
	{"no host", "GET / HTTP/1.1\r\nX: a\r\n\r\n", false},
	{"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", false},
	{"two credentials", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n", false},
	{"absolute target", "GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n", false},
	{"authority target", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", false},
	{"authority target of this host", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", true},
	{"authority target of this host for another method", "GET a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", false},
	{"no target", "CONNECT  HTTP/1.1\r\nHost: a\r\n\r\n", false},
	{"asterisk target", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", false},
	{"version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", false},
	{"version 2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", false},
	{"version 0.9", "GET /\r\n\r\n", false},
	{"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", false},
	{"get with a body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", false},
	{"head with a chunked body", "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false},
	{"blank before the method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", false},
	{"method with a control character", "GE\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", false},
}

// refused tells whether fasthttp or read refuses the head.
func refused(text string) bool {
	var req fasthttp.Request
	if err := req.ReadLimitBody(bufio.NewReader(strings.NewReader(text)), 1<<20); err != nil {
		return true
	}
	var d head
	return d.read(&req.Header) != nil
}

func TestHeadCorpus(t *testing.T) {
	for _, c := range headCorpus {
		if refused(c.head) == c.ok {
			t.Errorf("%s: refused = %v, want %v:\n%q", c.name, c.ok, !c.ok, c.head)
		}
	}
}

func TestHeadGet(t *testing.T) {
	raw := "Host: a\r\nauthorization:Bearer  x \t\r\nX-A: \r\nX-A: second\r\n" +
		"x-" + strings.Repeat("n", 62) + ": of 64\r\nX^B: hat\r\nCONTENT-TYPE: a\tb\r\n\r\n"
	var d head
	if err := d.readFields([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Host": "a", "host": "a", "Authorization": "Bearer  x", "X-A": "", "x-a": "", "Content-Type": "a\tb",
		"X-" + strings.Repeat("N", 62): "of 64", "X^B": "hat",
		"X~B": "", "": "", "X": "", "Hos": "", "Hosts": "", "X-Api-Key": "", "Xxxt": "",
	} {
		if got := string(d.Get(name)); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	d.reset()
	if d.Get("Host") != nil {
		t.Error("a head that was forgotten has fields")
	}
	many := strings.Repeat("a:\r\n", maxKeptFields+1)
	if err := d.readFields([]byte(many)); err != nil || len(d.fields) != maxKeptFields+1 {
		t.Errorf("%v, %d fields", err, len(d.fields))
	}
	if d.reset(); cap(d.fields) > maxKeptFields {
		t.Errorf("room for %d fields is kept", cap(d.fields))
	}
	if err := d.readFields(make([]byte, 1<<16)); err == nil {
		t.Error("a head of 64 KiB passed")
	}
}

// plainFields reads field lines as one reads the RFC, without haste.
func plainFields(raw string) (names, values []string, ok bool) {
	for raw != "" {
		line, rest, found := strings.Cut(raw, "\r\n")
		if !found || strings.ContainsAny(line, "\r\n\x00") {
			return nil, nil, false
		}
		if raw = rest; line == "" {
			return names, values, true
		}
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 || !tokenChar[r] }) {
			return nil, nil, false
		}
		names, values = append(names, name), append(values, strings.Trim(value, " \t"))
	}
	return names, values, true
}

// FuzzFields holds the walk over the fields against a plain one.
func FuzzFields(f *testing.F) {
	for _, c := range headCorpus {
		_, fields, _ := strings.Cut(c.head, "\r\n")
		f.Add(fields)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		names, values, ok := plainFields(raw)
		var d head
		if err := d.readFields([]byte(raw)); (err == nil) != ok && len(raw) < 1<<16 {
			t.Fatalf("read: %v, want it to pass: %v", err, ok)
		} else if err != nil {
			return
		}
		if len(d.fields) != len(names) {
			t.Fatalf("%d fields, want %d", len(d.fields), len(names))
		}
		for _, name := range names {
			first := 0
			for !strings.EqualFold(names[first], name) {
				first++
			}
			if got := d.Get(strings.ToUpper(name)); string(got) != values[first] {
				t.Fatalf("%s: %q, want %q", name, got, values[first])
			}
		}
	})
}

// FuzzHead checks that what passes cannot be framed in two ways: one length or
// one encoding at most, on lines that every reader splits alike.
func FuzzHead(f *testing.F) {
	for _, c := range headCorpus {
		f.Add(c.head)
	}
	f.Add("0 / HTTP/1.0\n\r\n\r\n")
	f.Fuzz(func(t *testing.T, head string) {
		if refused(head) {
			return
		}
		// fasthttp skips blank lines before a request, and lets its first line end
		// in LF alone (RFC 9112 §2.2), and an empty head too. None of that is in
		// what we get of it.
		_, fields, _ := strings.Cut(strings.TrimLeft(head, "\r\n"), "\n")
		none := strings.HasPrefix(fields, "\n") || strings.HasPrefix(fields, "\r\n")
		fields, _, whole := strings.Cut(fields, "\r\n\r\n")
		if !whole || none {
			return // no fields at all
		}
		framings := 0
		for line := range strings.SplitSeq(fields, "\r\n") {
			name, _, _ := strings.Cut(line, ":")
			if strings.ContainsAny(line, "\n\x00") || strings.TrimSpace(name) != name || name == "" {
				t.Fatalf("the line %q passed", line)
			}
			if strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "Transfer-Encoding") {
				framings++
			}
		}
		if framings > 1 {
			t.Fatalf("%d framings passed", framings)
		}
	})
}

func BenchmarkHead(b *testing.B) {
	var req fasthttp.Request
	var d head
	text := "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAuthorization: Bearer sp-0123456789abcdef0123456789abcdef\r\n" +
		"Content-Type: application/json\r\nAccept: application/json\r\nUser-Agent: OpenAI/Python 2.0.0\r\nContent-Length: 2\r\n\r\n{}"
	if err := req.Read(bufio.NewReader(strings.NewReader(text))); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := d.read(&req.Header); err != nil {
			b.Fatal(err)
		}
	}
}
