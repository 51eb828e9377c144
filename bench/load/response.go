package load

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// version is how every answer starts.
const version = "HTTP/1.1 "

// maxHead bounds the head of an answer.
const maxHead = 16 << 10

// state is where a response reader stands.
type state uint8

const (
	inHead state = iota
	inBody       // a body with Content-Length
	inSize       // the size line of a chunk
	inChunk
	inChunkEnd // the line break after a chunk
	inTrailer
)

// response reads one HTTP/1.1 answer after another from pieces of any size. It
// understands what a gateway sends: a status line, Content-Length or chunked
// framing, trailers. Interim answers (1xx) are skipped. The zero value is ready.
type response struct {
	state  state
	status int
	left   int64  // bytes left of the body or chunk; the size read so far
	digits int    // of the size line; -1 once its number has ended
	line   int    // bytes in the current trailer line
	close  bool   // the answer announced the end of its connection
	head   []byte // the start of a head that is not whole yet
}

var errNoFraming = errors.New("the answer has neither Content-Length nor chunked framing")

// feed reads on in b. It hands every piece of body to body, which must not keep
// it, and returns how many bytes it used; done is true at the end of an answer,
// and what is left of b then belongs to the next one.
func (r *response) feed(b []byte, body func([]byte)) (used int, done bool, err error) {
	for used < len(b) {
		n := 1
		switch r.state {
		case inHead:
			n, done, err = r.readHead(b[used:])
		case inBody, inChunk:
			n = int(min(r.left, int64(len(b)-used)))
			body(b[used : used+n])
			if r.left -= int64(n); r.left == 0 {
				done = r.state == inBody
				r.state, r.line = inChunkEnd, 0
			}
		case inSize:
			err = r.sizeByte(b[used])
		case inChunkEnd:
			if b[used] == '\n' {
				r.state, r.left, r.digits = inSize, 0, 0
			} else if b[used] != '\r' {
				err = fmt.Errorf("byte %q after a chunk, want a line break", b[used])
			}
		case inTrailer:
			done = r.trailerByte(b[used])
		}
		used += n
		if done {
			r.state = inHead
		}
		if done || err != nil {
			return used, done, err
		}
	}
	return used, false, nil
}

// readHead takes b up to the end of the head, or all of it.
func (r *response) readHead(b []byte) (used int, done bool, err error) {
	head, before := b, len(r.head)
	if before > 0 {
		r.head = append(r.head, b...)
		head = r.head
	}
	if start := head[:min(len(head), len(version))]; !strings.HasPrefix(version, string(start)) {
		return len(b), false, fmt.Errorf("not an HTTP/1.1 answer: %q", head[:min(len(head), 40)])
	}
	end := bytes.Index(head, []byte("\r\n\r\n"))
	if end < 0 {
		if len(head) > maxHead {
			return len(b), false, fmt.Errorf("the head of an answer is longer than %d bytes", maxHead)
		}
		if before == 0 {
			r.head = append(r.head, b...)
		}
		return len(b), false, nil
	}
	done, err = r.parseHead(head[:end+2])
	r.head = r.head[:0]
	return end + 4 - before, done, err
}

// parseHead reads a head whose lines all end in CRLF. done: there is no body.
func (r *response) parseHead(head []byte) (done bool, err error) {
	status, ok := int64(0), len(head) >= len("HTTP/1.1 200\r\n")
	if ok {
		status, ok = decimal(head[9:12])
	}
	if !ok {
		return false, fmt.Errorf("the status line is %q", head[:min(len(head), 40)])
	}
	r.status, r.close = int(status), false
	length, chunked := int64(-1), false
	for {
		head = head[bytes.IndexByte(head, '\n')+1:]
		if len(head) == 0 {
			break
		}
		switch head[0] | 0x20 {
		case 'c':
			if v, ok := field(head, "content-length"); ok {
				if length, ok = decimal(v); !ok {
					return false, fmt.Errorf("the Content-Length is %q", v)
				}
			} else if v, ok := field(head, "connection"); ok {
				r.close = bytes.EqualFold(v, []byte("close"))
			}
		case 't':
			if v, ok := field(head, "transfer-encoding"); ok {
				chunked = bytes.EqualFold(v, []byte("chunked"))
			}
		}
	}
	return r.begin(length, chunked)
}

// begin chooses how the body is read.
func (r *response) begin(length int64, chunked bool) (done bool, err error) {
	switch {
	case r.status < 200:
		r.state = inHead
	case r.status == 204 || r.status == 304:
		return true, nil
	case chunked:
		r.state, r.left, r.digits = inSize, 0, 0
	case length < 0:
		return false, errNoFraming
	case length == 0:
		return true, nil
	default:
		r.state, r.left = inBody, length
	}
	return false, nil
}

// field returns the value of a header line if it is called name, in lower case.
func field(line []byte, name string) ([]byte, bool) {
	if len(line) <= len(name) || line[len(name)] != ':' || !bytes.EqualFold(line[:len(name)], []byte(name)) {
		return nil, false
	}
	v := line[len(name)+1:]
	return bytes.TrimSpace(v[:bytes.IndexByte(v, '\n')]), true
}

// decimal reads an unsigned number of at most 18 digits.
func decimal(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// sizeByte reads one byte of a chunk's size line; extensions are skipped.
func (r *response) sizeByte(c byte) error {
	digit := int64(-1)
	switch {
	case c >= '0' && c <= '9':
		digit = int64(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		digit = int64(c|0x20-'a') + 10
	}
	switch {
	case c == '\n' && r.digits == 0:
		return errors.New("a chunk has no size")
	case c == '\n' && r.left == 0:
		r.state, r.line = inTrailer, 0
	case c == '\n':
		r.state = inChunk
	case r.digits < 0: // an extension, or CR
	case digit >= 0 && r.digits < 15:
		r.left = r.left<<4 | digit
		r.digits++
	case r.digits > 0 && (c == '\r' || c == ';' || c == ' '):
		r.digits = -1
	default:
		return fmt.Errorf("byte %q in the size of a chunk", c)
	}
	return nil
}

// trailerByte reads one byte after the last chunk; an empty line ends the answer.
func (r *response) trailerByte(c byte) (done bool) {
	switch c {
	case '\r':
	case '\n':
		if r.line == 0 {
			return true
		}
		r.line = 0
	default:
		r.line++
	}
	return false
}
