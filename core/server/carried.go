package server

import (
	"bytes"
	"encoding/base64"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// unpacks has a carried stream ([core.Service.Carried]) read as the dialect's own: as
// server-sent events. It returns false where there is nothing to unpack.
func (x *exchange) unpacks(at *core.Attempt, resp *upstream.Response, contentType []byte) bool {
	media, _, _ := bytes.Cut(contentType, []byte(";"))
	if at.Service == nil || !at.Service.Carried || string(bytes.TrimSpace(media)) != "application/vnd.amazon.eventstream" {
		return false
	}
	if x.carried == nil {
		x.carried = &carried{x: x}
	}
	c := x.carried
	c.binary.Reset()
	c.binary.MaxEvent, c.binary.Buffers = int(x.state.Snapshot.Limits.EventBytes), x.srv.carry
	resp.Reframe(c)
	return true
}

// carried unpacks a stream whose messages "chunk" hold events in base64:
// {"bytes":"…"}. Each becomes a server-sent event with the name that its member type
// has. An exception becomes an error; messages of other names mean nothing.
type carried struct {
	x      *exchange
	binary stream.EventStream
	doc    []byte // of one event
	out    []byte
}

var _ upstream.Reframer = (*carried)(nil)

// Reframe returns the events in p that are whole now.
func (c *carried) Reframe(p []byte) ([]byte, error) {
	c.forget()
	c.binary.Feed(p)
	for m := (stream.Message{}); c.binary.Next(&m); {
		if err := c.message(&m); err != nil {
			c.binary.Reset()
			return c.out, err
		}
	}
	if err := c.binary.Err(); err != nil {
		return c.out, c.x.badEvent(err)
	}
	return c.out, nil
}

// forget drops what was unpacked, and the memory of large events.
func (c *carried) forget() {
	if cap(c.out) > maxScratch || cap(c.doc) > maxScratch {
		c.out, c.doc = nil, nil
	}
	c.out = c.out[:0]
}

// End tells a stream that stops within a message from a whole one.
func (c *carried) End() error {
	defer c.binary.Reset()
	if c.binary.Finish() != stream.TailNone {
		return cutInEvent()
	}
	return nil
}

// message appends what one message becomes.
func (c *carried) message(m *stream.Message) error {
	switch {
	case string(m.Type) != "event":
		if err := stream.Refusal(0, string(m.Name), m.Data); err != nil {
			return err
		}
		return stream.Refusal(0, string(m.Name), []byte(`{"message":"The provider broke the stream off without a word why."}`))
	case string(m.Name) != "chunk":
		return nil
	}
	packed, ok := stream.StringMember(m.Data, "bytes")
	if !ok {
		return badChunk()
	}
	var err error
	if c.doc, err = base64.StdEncoding.AppendDecode(c.doc[:0], packed); err != nil {
		return badChunk()
	}
	c.event(c.doc)
	return nil
}

// event appends one event, whose document stays on one line.
func (c *carried) event(doc []byte) {
	if name, ok := stream.StringMember(doc, "type"); ok && !bytes.ContainsAny(name, "\r\n") {
		c.out = append(append(append(c.out, "event: "...), name...), '\n')
	}
	c.out = append(c.out, "data: "...)
	from := len(c.out)
	c.out = append(c.out, doc...)
	for i, b := range c.out[from:] {
		if b == '\n' || b == '\r' {
			c.out[from+i] = ' ' // between two values: within one it is escaped
		}
	}
	c.out = append(c.out, "\n\n"...)
}

func badChunk() *core.Error {
	return &core.Error{
		Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream,
		Message: "The upstream sent a chunk of a stream that cannot be read.",
	}
}
