package mock

import (
	"bytes"
	"compress/gzip"
	"sync"
	"time"
)

const (
	defaultBig  = 1 << 20
	defaultBomb = 64 << 20
	defaultLie  = 10 // bytes by which a Content-Length lies

	htmlPage = "<!doctype html>\n<html><head><title>502 Bad Gateway</title></head>" +
		"<body><h1>Bad Gateway</h1><p>The mock provider's proxy is unwell.</p></body></html>\n"
	notHTTP = "\x16\x03\x01 this is not HTTP\r\nneither is this\r\n"
)

// filler is what the long texts of faults are made of: white space, so that a
// JSON string and the space around a document can both hold it.
var filler = bytes.Repeat([]byte(" "), 64<<10)

// wholeBody is a body of known length before faults change it.
type wholeBody struct {
	status        int
	contentType   string
	extra         string // further header lines
	bytes         []byte
	gapAt, gapEnd int   // where faults put long texts, and what they replace
	tokens        int64 // completion
	counted       bool  // the answer costs tokens
	reported      bool  // and tells how many
}

// whole sends a body that is known from the start.
func (c *conn) whole(sc *scenario, f fault, b wholeBody) (Outcome, ending) {
	rp := reply{status: b.status, contentType: b.contentType, extra: b.extra, framing: framingLength}
	switch f {
	case faultGarbage:
		return c.garbage()
	case faultReset, faultFin, faultClose, faultSilence, faultBadChunk:
		return c.breakWhole(sc, f, b)
	case faultBig:
		return c.bigWhole(sc, b)
	case faultEndless:
		return c.endlessWhole(sc, b)
	case faultGzipBomb:
		rp.gzip = true
		b = wholeBody{bytes: c.server.bombs.get(int(sc.bytesOr(defaultBomb)), c.call.stream)}
		if c.call.stream {
			rp.contentType = typeEvents
		}
	case faultHTML:
		rp.contentType = "text/html; charset=utf-8"
		b = wholeBody{bytes: []byte(htmlPage)}
	case faultBadJSON:
		b = wholeBody{bytes: append(b.bytes[:len(b.bytes)-1:len(b.bytes)-1], ",]"...)}
	case faultErrorEvent:
		b = wholeBody{bytes: appendErrorBody(nil, "server_error", "server_error", "The mock provider failed inside a 200.")}
	case faultEnd, faultEndMid:
		b = wholeBody{bytes: b.bytes[:sc.point(len(b.bytes)/2, len(b.bytes))]}
	case faultLyingGzip, faultBothLengths, faultLongLength, faultShortLength:
		b.reported = false
	}
	if sc.gzip && !rp.gzip {
		b.bytes, rp.gzip = compress(b.bytes), true
	}
	rp.length = int64(len(b.bytes))
	switch f {
	case faultLongLength:
		rp.length += sc.bytesOr(defaultLie)
	case faultShortLength:
		rp.length = max(0, rp.length-sc.bytesOr(defaultLie))
	}
	if err := c.openBody(sc, f, &rp, false); err != nil {
		return Cancelled, endClose
	}
	if err := c.writer.write(b.bytes, true); err != nil {
		return Cancelled, endClose
	}
	if b.counted {
		c.pending = pending{tokens: b.tokens, usage: b.reported, any: true}
	}
	if err := c.writer.end(); err != nil {
		return Cancelled, endClose
	}
	if f == faultLongLength {
		return Cut, endClose
	}
	return Finished, c.after(rp.framing)
}

// breakWhole sends a part of the body and breaks off.
func (c *conn) breakWhole(sc *scenario, f fault, b wholeBody) (Outcome, ending) {
	fallback := -1
	if f == faultFin || f == faultBadChunk {
		fallback = len(b.bytes) / 2
	}
	if n := sc.point(fallback, len(b.bytes)); n >= 0 {
		rp := reply{status: b.status, contentType: b.contentType, extra: b.extra, framing: framingLength, length: int64(len(b.bytes))}
		if f == faultBadChunk {
			rp.framing = framingChunked
		}
		if err := c.openBody(sc, f, &rp, false); err != nil {
			return Cancelled, endClose
		}
		if err := c.writer.write(b.bytes[:n], true); err != nil {
			return Cancelled, endClose
		}
	}
	return c.breakOff(f)
}

// breakOff drains and ends the connection, or falls silent, as f says.
func (c *conn) breakOff(f fault) (Outcome, ending) {
	if f == faultBadChunk {
		c.out = append(c.out, "zz\r\n"...)
	}
	if err := c.writer.drain(); err != nil {
		return Cancelled, endClose
	}
	switch f {
	case faultSilence:
		_ = c.wait(time.Time{})
		return Cancelled, endClose
	case faultReset:
		return Cut, endReset
	}
	return Cut, endClose
}

func (c *conn) garbage() (Outcome, ending) {
	c.out = append(c.out, notHTTP...)
	if c.flush() != nil {
		return Cancelled, endClose
	}
	return Cut, endClose
}

// bigWhole answers with a text of the wanted length.
func (c *conn) bigWhole(sc *scenario, b wholeBody) (Outcome, ending) {
	size := sc.bytesOr(defaultBig)
	rp := reply{status: b.status, contentType: b.contentType, extra: b.extra, framing: framingLength}
	rp.length = int64(len(b.bytes)-(b.gapEnd-b.gapAt)) + size
	w := &c.writer
	err := c.openBody(sc, faultBig, &rp, false)
	if err == nil {
		err = w.write(b.bytes[:b.gapAt], false)
	}
	if err == nil {
		err = w.fill(size)
	}
	if err == nil {
		err = w.write(b.bytes[b.gapEnd:], true)
	}
	if b.counted {
		c.pending = pending{tokens: b.tokens, usage: b.reported, any: true}
	}
	if err == nil {
		err = w.end()
	}
	if err != nil {
		return Cancelled, endClose
	}
	return Finished, c.after(rp.framing)
}

// endlessWhole answers with a text that does not end.
func (c *conn) endlessWhole(sc *scenario, b wholeBody) (Outcome, ending) {
	rp := reply{status: b.status, contentType: b.contentType, extra: b.extra, framing: framingChunked}
	err := c.openBody(sc, faultEndless, &rp, false)
	if err == nil {
		err = c.writer.write(b.bytes[:b.gapAt], true)
	}
	for err == nil {
		if err = c.writer.write(filler[:1024], true); err == nil && sc.pace > 0 {
			err = c.wait(time.Now().Add(sc.pace))
		}
	}
	return Cancelled, endClose
}

// fill writes n bytes of filler.
func (w *bodyWriter) fill(n int64) error {
	for n > 0 {
		part := filler[:min(n, int64(len(filler)))]
		if err := w.write(part, false); err != nil {
			return err
		}
		n -= int64(len(part))
	}
	return nil
}

// point is the key after, or fallback, within a body of n bytes.
func (s *scenario) point(fallback, n int) int {
	if s.after == unset {
		return fallback
	}
	return min(s.after, n)
}

func compress(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// bombs keeps the compressed bodies of the gzip-bomb fault.
type bombs struct {
	mu   sync.Mutex
	made map[bombKey][]byte
}

type bombKey struct {
	size   int
	stream bool
}

// get returns an answer whose text is size bytes long, compressed; as one event
// of a stream or as a whole object. It tells no usage: it stands for no work.
func (b *bombs) get(size int, stream bool) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := bombKey{size, stream}
	if body, ok := b.made[k]; ok {
		return body
	}
	head := `{"id":"chatcmpl-mock-bomb","object":"chat.completion","created":1700000000,"model":"mock-model","choices":[{"index":0,"message":{"role":"assistant","content":"`
	tail := `"},"finish_reason":"stop"}]}`
	if stream {
		head = `data: {"id":"chatcmpl-mock-bomb","object":"chat.completion.chunk","created":1700000000,"model":"mock-model","choices":[{"index":0,"delta":{"role":"assistant","content":"`
		tail += "\n\ndata: [DONE]\n\n"
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	_, _ = z.Write([]byte(head))
	for left := size; left > 0; left -= len(filler) {
		_, _ = z.Write(filler[:min(left, len(filler))])
	}
	_, _ = z.Write([]byte(tail))
	_ = z.Close()
	if b.made == nil {
		b.made = make(map[bombKey][]byte)
	}
	b.made[k] = out.Bytes()
	return out.Bytes()
}
