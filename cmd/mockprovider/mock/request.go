package mock

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// request is one request on a connection. Its slices lie in the connection's
// buffer and hold until recycle.
type request struct {
	head, body     []byte // head without the empty line
	method, target []byte
	path           []byte // target without the query
	query          []byte
	credential     []byte
	mock           []byte // value of x-mock
	close          bool
	old            bool // HTTP/1.0: knows no chunks
	received       time.Time

	length  int64 // -1: no Content-Length
	chunked bool
	expect  bool
}

// refusal is a request that is not answered by a scenario.
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return "mock: " + r.reason }

func refusef(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// readRequest reads the next request whole. Errors: io.EOF and network errors
// when the peer has gone, *refusal otherwise.
func (c *conn) readRequest() error {
	c.listen()
	head, err := c.readHead()
	if err != nil {
		return err
	}
	c.busy.Store(true)
	c.served++
	if err = c.req.parseHead(c.in[c.r : c.r+head-4]); err != nil {
		return err
	}
	bodyAt := c.r + head
	if c.req.expect && c.w == bodyAt {
		if _, err = io.WriteString(c.nc, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return err
		}
	}
	start, buffer := c.r, &c.in[0]
	if c.req.chunked {
		c.req.body, c.r, err = c.readChunks(bodyAt)
	} else {
		c.req.body, c.r, err = c.readLength(bodyAt, max(0, c.req.length))
	}
	if err != nil {
		return err
	}
	if buffer != &c.in[0] { // the body has moved the buffer from under the head
		_ = c.req.parseHead(c.in[start : start+head-4])
	}
	if c.server.config.Keep > 0 {
		c.req.received = time.Now()
	}
	return nil
}

// readHead reads until the empty line and returns the length of the head with it.
func (c *conn) readHead() (int, error) {
	for seen := 0; ; {
		if i := bytes.Index(c.in[c.r+seen:c.w], []byte("\r\n\r\n")); i >= 0 {
			return seen + i + 4, nil
		}
		seen = max(0, c.w-c.r-3)
		if c.w-c.r > maxHead {
			return 0, refusef(http.StatusRequestHeaderFieldsTooLarge, "the request head is longer than %d bytes", maxHead)
		}
		if err := c.fill(true); err != nil {
			return 0, err
		}
	}
}

func (c *conn) readLength(at int, length int64) (body []byte, next int, err error) {
	if length > maxBody {
		return nil, 0, refusef(http.StatusRequestEntityTooLarge, "the request body is longer than %d bytes", maxBody)
	}
	end := at + int(length)
	if end > len(c.in) {
		grown := make([]byte, end)
		copy(grown, c.in[:c.w])
		c.in = grown
	}
	for c.w < end {
		if err := c.fill(false); err != nil {
			return nil, 0, err
		}
	}
	return c.in[at:end:end], end, nil
}

// readChunks reads a chunked body (RFC 9112 §7.1) and joins it in place.
func (c *conn) readChunks(at int) (body []byte, next int, err error) {
	end := at // of the joined body
	for pos := at; ; {
		line, err := c.line(&pos)
		if err != nil {
			return nil, 0, err
		}
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 31)
		if err != nil {
			return nil, 0, refusef(http.StatusBadRequest, "bad chunk size %q", size)
		}
		if n == 0 {
			for line != "" { // trailers
				if line, err = c.line(&pos); err != nil {
					return nil, 0, err
				}
			}
			return c.in[at:end:end], pos, nil
		}
		if end+int(n)-at > maxBody {
			return nil, 0, refusef(http.StatusRequestEntityTooLarge, "the request body is longer than %d bytes", maxBody)
		}
		for c.w < pos+int(n)+2 {
			if err := c.fill(false); err != nil {
				return nil, 0, err
			}
		}
		end += copy(c.in[end:], c.in[pos:pos+int(n)])
		if pos += int(n) + 2; c.in[pos-2] != '\r' || c.in[pos-1] != '\n' {
			return nil, 0, refusef(http.StatusBadRequest, "a chunk is longer than its size")
		}
	}
}

// line reads the line at *pos without its CRLF and moves *pos past it.
func (c *conn) line(pos *int) (string, error) {
	for {
		if i := bytes.Index(c.in[*pos:c.w], []byte("\r\n")); i >= 0 {
			s := string(c.in[*pos : *pos+i])
			*pos += i + 2
			return s, nil
		}
		if c.w-*pos > maxHead {
			return "", refusef(http.StatusBadRequest, "a chunk line is longer than %d bytes", maxHead)
		}
		if err := c.fill(false); err != nil {
			return "", err
		}
	}
}

func (r *request) parseHead(head []byte) error {
	*r = request{head: head, body: r.body, received: r.received, length: -1}
	line, rest, _ := bytes.Cut(head, []byte("\r\n"))
	method, line, ok1 := bytes.Cut(line, []byte(" "))
	target, version, ok2 := bytes.Cut(line, []byte(" "))
	if !ok1 || !ok2 || len(method) == 0 || len(target) == 0 || !bytes.HasPrefix(version, []byte("HTTP/1.")) {
		return refusef(http.StatusBadRequest, "bad request line")
	}
	r.method, r.target = method, target
	r.path, r.query, _ = bytes.Cut(target, []byte("?"))
	r.old = string(version) == "HTTP/1.0"
	r.close = r.old
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return refusef(http.StatusBadRequest, "header line without a colon")
		}
		if err := r.header(name, bytes.TrimSpace(value)); err != nil {
			return err
		}
	}
	if r.chunked && r.length >= 0 {
		return refusef(http.StatusBadRequest, "both Content-Length and Transfer-Encoding")
	}
	return nil
}

// header takes what matters from one header line. The switch on the length
// keeps the comparison of every line with every name away.
func (r *request) header(name, value []byte) error {
	switch len(name) {
	case len("x-mock"): // and expect
		if is(name, "x-mock") {
			r.mock = value
		} else if is(name, "expect") {
			r.expect = true
		}
	case len("api-key"):
		if is(name, "api-key") {
			r.credential = value
		}
	case len("x-api-key"):
		if is(name, "x-api-key") {
			r.credential = value
		}
	case len("connection"):
		if is(name, "connection") {
			r.close = r.close && !is(value, "keep-alive") || is(value, "close")
		}
	case len("authorization"):
		if is(name, "authorization") {
			if _, credential, ok := bytes.Cut(value, []byte(" ")); ok {
				value = bytes.TrimSpace(credential)
			}
			r.credential = value
		}
	case len("content-length"): // and x-goog-api-key
		if is(name, "x-goog-api-key") {
			r.credential = value
		} else if is(name, "content-length") {
			n, err := strconv.ParseUint(string(value), 10, 62)
			if err != nil || r.length >= 0 {
				return refusef(http.StatusBadRequest, "bad or repeated Content-Length")
			}
			r.length = int64(n)
		}
	case len("transfer-encoding"):
		if is(name, "transfer-encoding") {
			if !is(value, "chunked") || r.chunked {
				return refusef(http.StatusBadRequest, "bad or repeated Transfer-Encoding")
			}
			r.chunked = true
		}
	}
	return nil
}

func is(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range b {
		ch := b[i]
		if ch >= 'A' && ch <= 'Z' {
			ch += 'a' - 'A'
		}
		if ch != lower[i] {
			return false
		}
	}
	return true
}

// keepable copies the request for the records.
func (r *request) keepable(conn int64, scenario string) *Request {
	k := &Request{
		Connection: conn,
		Method:     string(r.method),
		Target:     string(r.target),
		Head:       string(r.head),
		Header:     make(http.Header),
		Body:       bytes.Clone(r.body),
		Credential: string(r.credential),
		Scenario:   scenario,
		Received:   r.received,
		Outcome:    Pending,
	}
	_, lines, _ := strings.Cut(k.Head, "\r\n")
	for line := range strings.SplitSeq(lines, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			k.Header.Add(name, strings.TrimSpace(value))
		}
	}
	return k
}
