package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// smuggled is the request that an attacker hides behind another one. No answer
// to it may ever come.
var smuggled = strings.Replace(rawChat(`"user":"smuggled"`), "Host: gateway", "Host: smuggled", 1)

// TestSmuggling sends heads that two readers could frame differently, each with
// a second request hidden behind it. One refusal must come, then the end.
func TestSmuggling(t *testing.T) {
	l := newLab(t, labConfig{})
	auth := "Authorization: Bearer " + virtualKey + "\r\n"
	body := `{"model":"m","messages":[{"role":"user","content":"visible"}]}`
	length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
	chunk := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	f := func(name, line, fields, rest string) {
		t.Helper()
		c := l.dial()
		l.send(c, line+"\r\n"+fields+"\r\n"+rest+smuggled)
		br := bufio.NewReader(c)
		a := receive(br, http.MethodPost)
		if a.err != nil {
			t.Errorf("%s: no answer: %v", name, a.err)
			return
		}
		if a.status < 400 || a.status >= 500 {
			t.Errorf("%s: it was answered %d %.100s", name, a.status, a.body)
		}
		l.wantError(name, a, a.status, "invalid_request")
		if !strings.EqualFold(a.header.Get("Connection"), "close") {
			t.Errorf("%s: the connection is not announced to be closed: %v", name, a.header)
		}
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		if err := drained(br); err != nil {
			t.Fatalf("%s: after the refusal: %v", name, err)
		}
	}
	const post, host = "POST /v1/chat/completions HTTP/1.1", "Host: gateway\r\n"
	f("length and encoding", post, host+auth+length+"Transfer-Encoding: chunked\r\n", chunk)
	f("encoding and length", post, host+auth+"Transfer-Encoding: chunked\r\n"+length, chunk)
	f("encoding, length 0", post, host+auth+"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", chunk)
	f("two lengths alike", post, host+auth+length+length, body)
	f("two lengths", post, host+auth+length+"Content-Length: 0\r\n", body)
	f("length 0 first", post, host+auth+"Content-Length: 0\r\n"+length, body)
	f("length list", post, host+auth+fmt.Sprintf("Content-Length: %d, %d\r\n", len(body), len(body)), body)
	f("length with sign", post, host+auth+fmt.Sprintf("Content-Length: +%d\r\n", len(body)), body)
	f("negative length", post, host+auth+"Content-Length: -1\r\n", body)
	f("hexadecimal length", post, host+auth+fmt.Sprintf("Content-Length: 0x%x\r\n", len(body)), body)
	f("length that wraps", post, host+auth+"Content-Length: 18446744073709551616\r\n", body)
	f("empty length", post, host+auth+"Content-Length:\r\n", body)
	f("two encodings", post, host+auth+"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunk)
	f("unknown encoding", post, host+auth+"Transfer-Encoding: xchunked\r\n", chunk)
	f("encoding list", post, host+auth+"Transfer-Encoding: gzip, chunked\r\n", chunk)
	f("vertical tab in the encoding", post, host+auth+"Transfer-Encoding: \x0bchunked\r\n", chunk)
	f("encoding in quotes", post, host+auth+"Transfer-Encoding: \"chunked\"\r\n", chunk)
	f("encoding on HTTP/1.0", "POST /v1/chat/completions HTTP/1.0", host+auth+"Transfer-Encoding: chunked\r\n", chunk)
	f("blank before the colon", post, host+auth+"Transfer-Encoding : chunked\r\n", chunk)
	f("blank before the colon of a length", post, host+auth+strings.Replace(length, ":", " :", 1), body)
	f("folded encoding", post, host+auth+"Transfer-Encoding:\r\n chunked\r\n", chunk)
	f("folded field", post, host+auth+"X-A: b\r\n\tc\r\n"+length, body)
	f("length hidden in a fold", post, host+auth+"X-A: b\r\n "+length, body)
	f("bare LF", post, host+auth+"X-A: b\n"+length, body)
	f("bare LF before the length", post, strings.ReplaceAll(host, "\r", "")+auth+length, body)
	f("bare CR", post, host+auth+"X-A: b\r"+length, body)
	f("NUL in a value", post, host+auth+"X-A: \x00\r\n"+length, body)
	f("blank in a name", post, host+auth+"Content Length: 5\r\n"+length, body)
	f("no colon", post, host+auth+"nonsense\r\n"+length, body)
	f("no name", post, host+auth+": nonsense\r\n"+length, body)
	f("no host", post, auth+length, body)
	f("two hosts", post, host+"Host: other\r\n"+auth+length, body)
	f("absolute target", "POST http://gateway/v1/chat/completions HTTP/1.1", host+auth+length, body)
	f("target of another host", "POST //other/v1/chat/completions HTTP/1.1 ", host+auth+length, body)
	f("asterisk", "OPTIONS * HTTP/1.1", host+auth, "")
	f("version 1.2", "POST /v1/chat/completions HTTP/1.2", host+auth+length, body)
	f("version 2.0", "POST /v1/chat/completions HTTP/2.0", host+auth+length, body)
	f("GET with a body", "GET /v1/models HTTP/1.1", host+auth+length, body)
	f("GET with chunks", "GET /v1/models HTTP/1.1", host+auth+"Transfer-Encoding: chunked\r\n", chunk)
	f("HEAD target with a blank", "POST /v1/chat /completions HTTP/1.1", host+auth+length, body)
	f("chunk size with sign", post, host+auth+"Transfer-Encoding: chunked\r\n", "+"+chunk)
	f("chunk size that wraps", post, host+auth+"Transfer-Encoding: chunked\r\n", "10000000000000000"+chunk)
	f("chunk size with a bare LF", post, host+auth+"Transfer-Encoding: chunked\r\n", strings.Replace(chunk, "\r\n", "\n", 1))
	f("chunk longer than its size", post, host+auth+"Transfer-Encoding: chunked\r\n", "1\r\n"+body+"\r\n0\r\n\r\n")
	f("chunk size empty", post, host+auth+"Transfer-Encoding: chunked\r\n", "\r\n"+chunk)
	if n := l.mocks[0].Stats().Requests; n != 0 {
		t.Errorf("%d requests reached the upstream: %+v", n, l.mocks[0].Requests())
	}
	if rows := l.rows(); len(rows) != 0 {
		t.Errorf("%d rows were written: %+v", len(rows), rows)
	}
}

// TestPipelinedBehindARefusal checks that a refusal which leaves no doubt about
// the framing does not cost the connection.
func TestPipelinedBehindARefusal(t *testing.T) {
	l := newLab(t, labConfig{})
	c := l.dial()
	br := bufio.NewReader(c)
	l.send(c, strings.Replace(rawChat(""), virtualKey, "wrong", 1)+rawChat("")+rawChat(`"n":0`)+rawChat(""))
	for i, want := range []int{401, 200, 400, 200} {
		if a := receive(br, http.MethodPost); a.status != want {
			t.Errorf("answer %d: %+v, want %d", i, a, want)
		}
	}
}

func TestExpectContinue(t *testing.T) {
	l := newLab(t, labConfig{config: "limits: {body_bytes: 4KiB}\n"})
	head, body, _ := strings.Cut(rawChat(""), "\r\n\r\n")
	t.Run("accepted", func(*testing.T) {
		c := l.dial()
		br := bufio.NewReader(c)
		l.send(c, head+"\r\nExpect: 100-continue\r\n\r\n")
		if a := receive(br, http.MethodPost); a.status != 100 {
			t.Fatalf("answer to the head: %+v", a)
		}
		l.send(c, body)
		if a := receive(br, http.MethodPost); a.status != 200 {
			t.Errorf("answer to the body: %+v", a)
		}
	})
	refused := func(name, head string, status int, code string) {
		t.Run(name, func(*testing.T) {
			c := l.dial()
			br := bufio.NewReader(c)
			l.send(c, head)
			l.wantError(name, receive(br, http.MethodPost), status, code)
			if err := drained(br); err != nil {
				t.Errorf("after the refusal: %v", err)
			}
		})
	}
	big := strings.Replace(head, fmt.Sprintf("Content-Length: %d", len(body)), "Content-Length: 5000", 1)
	refused("too large", big+"\r\nExpect: 100-continue\r\n\r\n", 413, "body_too_large")
	if n := l.mocks[0].Stats().Requests; n != 1 {
		t.Errorf("%d requests reached the upstream, want 1", n)
	}
}

func TestHeadersTooLarge(t *testing.T) {
	l := newLab(t, labConfig{})
	f := func(name, head string) {
		t.Helper()
		c := l.dial()
		br := bufio.NewReader(c)
		l.send(c, head+"\r\n"+smuggled)
		l.wantError(name, receive(br, http.MethodPost), 431, "headers_too_large")
		if err := drained(br); err != nil {
			t.Errorf("%s: after the refusal: %v", name, err)
		}
	}
	const head = "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n"
	f("one large field", head+"X-A: "+strings.Repeat("a", 9<<10)+"\r\n")
	f("many fields", head+strings.Repeat("X-A: aaaaaaaaaaaaaaaa\r\n", 500))
	f("a long target", "POST /v1/"+strings.Repeat("a", 9<<10)+" HTTP/1.1\r\nHost: gateway\r\n")
	f("a large credential", head+"Authorization: Bearer "+strings.Repeat("a", 64<<10)+"\r\n")
	if a := l.chat("", ""); a.status != 200 {
		t.Errorf("afterwards: %+v", a)
	}
}

func TestHTTP10(t *testing.T) {
	l := newLab(t, labConfig{})
	f := func(more, keep string) (answer, *bufio.Reader, net.Conn) {
		c := l.dial()
		br := bufio.NewReader(c)
		l.send(c, strings.Replace(rawChat(more), "HTTP/1.1\r\n", "HTTP/1.0\r\n"+keep, 1))
		return receive(br, http.MethodPost), br, c
	}
	a, br, _ := f("", "")
	if a.status != 200 || !strings.Contains(a.body, `"choices"`) || a.header.Get("Transfer-Encoding") != "" {
		t.Errorf("whole: %+v", a)
	}
	if err := drained(br); err != nil {
		t.Errorf("after a whole answer: %v", err)
	}
	a, br, c := f("", "Connection: keep-alive\r\n")
	if a.status != 200 {
		t.Errorf("keep-alive: %+v", a)
	}
	l.send(c, rawChat(""))
	if a := receive(br, http.MethodPost); a.status != 200 {
		t.Errorf("second on a kept connection: %+v", a)
	}
	a, _, _ = f(`"stream":true`, "")
	e := l.wantError("stream", a, 400, "invalid_request")
	if e.Param == nil || *e.Param != "stream" || !strings.Contains(e.Message, "HTTP/1.0") {
		t.Errorf("the refusal of a stream does not say why: %+v", e)
	}
}

func TestMethodsAndPaths(t *testing.T) {
	l := newLab(t, labConfig{})
	f := func(method, path string, status int, code, allow string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, l.url+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+virtualKey)
		a := l.do(req)
		if method == http.MethodHead {
			if a.status != status || a.body != "" {
				t.Errorf("%s %s: %+v", method, path, a)
			}
			return
		}
		l.wantError(method+" "+path, a, status, code)
		if a.header.Get("Allow") != allow {
			t.Errorf("%s %s: Allow: %q, want %q", method, path, a.header.Get("Allow"), allow)
		}
	}
	for _, m := range []string{"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"} {
		f(m, "/v1/chat/completions", 405, "method_not_allowed", "POST")
	}
	f("POST", "/v1/models", 405, "method_not_allowed", "GET")
	for _, p := range []string{
		"/", "/v1", "/v1/", "/v1/chat", "/v1/chat/completions/", "/v1//chat/completions", "/v1/chat%2Fcompletions",
		"/v1/chat/../chat/completions", "/V1/CHAT/COMPLETIONS", "/v1/chat/completion", "/v1/%63hat/completions",
		"//v1/chat/completions", "/admin/v1/status", "/admin/v1/reload", "/debug/pprof/", "/v1/chat/completions;a=b",
		"/healthz/", "/metrics/", "/%2e%2e/metrics", "/%00", "/v1/models/..%2f..%2fmetrics",
	} {
		f("POST", p, 404, "unknown_path", "")
		f("GET", p, 404, "unknown_path", "")
	}
	if a := l.post("/v1/chat/completions?api-version=1", `{"model":"m","messages":[{"role":"user","content":"Hi"}]}`); a.status != 200 {
		t.Errorf("with a query: %+v", a)
	}
	if n := l.mocks[0].Stats().Requests; n != 1 {
		t.Errorf("%d requests reached the upstream, want 1", n)
	}
}
