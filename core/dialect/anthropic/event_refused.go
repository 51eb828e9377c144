package anthropic

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// sentMemory is what the dialect remembers of the events that a client has got.
type sentMemory struct {
	started, finished, done bool
	next                    int64 // index of the next block
	open                    int64 // index of the block that is open, -1 for none
	unsigned                bool  // it thinks, and nobody has signed it
}

var sentTypeKeys = jsonscan.NewKeys("type")

// sentType passes over the object that comes next and returns its type.
func sentType(c *jsonscan.Cursor) (kind []byte) {
	if !c.AtObject() {
		c.Skip()
		return nil
	}
	for id := c.Enter(sentTypeKeys); id != jsonscan.NoMember; id = c.Member(sentTypeKeys, id) {
		if v := c.Skip(); id == 0 {
			kind = v.Text(c.Doc)
		}
	}
	return kind
}

// SentEvent notes what was begun and what was ended.
func (Messages) SentEvent(ex *core.Exchange, data []byte) {
	c := jsonscan.Cursor{Doc: data}
	if c.Peek() != jsonscan.ObjectKind {
		return
	}
	var kind, what []byte
	index := int64(0)
	for id := c.Enter(eventKeys); id != jsonscan.NoMember; id = c.Member(eventKeys, id) {
		switch id {
		case eventType:
			kind = c.Skip().Text(data)
		case eventIndex:
			index, _ = c.Int()
		case eventBlock, eventDelta:
			what = sentType(&c)
		default:
			c.Skip()
		}
	}
	memoryOf(ex).sent.note(kind, what, index)
}

// note notes an event; what is the type of the block or the delta in it.
func (s *sentMemory) note(kind, what []byte, index int64) {
	switch string(kind) {
	case "message_start":
		s.started, s.open = true, -1
	case "content_block_start":
		s.open, s.next, s.unsigned = index, max(s.next, index+1), string(what) == "thinking"
	case "content_block_delta":
		s.unsigned = s.unsigned && string(what) != "signature_delta"
	case "content_block_stop":
		s.open = -1
	case "message_delta":
		s.finished = true
	case "message_stop":
		s.done = true
	}
}

// AppendRefused ends the block that is open, says the message in a text and in
// stop_details, where this dialect tells why the model refused, and ends the
// message with the reason "refusal".
func (Messages) AppendRefused(dst []byte, ex *core.Exchange, at *core.Attempt, message string) []byte {
	s := &memoryOf(ex).sent
	if s.done {
		return dst
	}
	if !s.started {
		dst = append(dst, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":"...)
		dst = appendHead(dst, ex, at, nil, nil)
		dst = append(dst, `,"content":[],"stop_reason":null,"stop_sequence":null,"usage":`...)
		dst = appendUsage(dst, &at.Usage)
		dst = append(dst, "}}\n\n"...)
		s.open = -1
	}
	if s.open >= 0 && s.unsigned { // so that the block is left out when it comes back
		dst = appendIndex(dst, "content_block_delta", int(s.open))
		dst = append(dst, `,"delta":{"type":"signature_delta","signature":`...)
		dst = append(append(dst, sealEdited...), "}}\n\n"...)
	}
	if s.open >= 0 {
		dst = append(appendIndex(dst, "content_block_stop", int(s.open)), "}\n\n"...)
	}
	if s.finished {
		return append(dst, messageStop...)
	}
	text := []byte(message)
	if len(text) > 0 {
		dst = appendIndex(dst, "content_block_start", int(s.next))
		dst = append(dst, ",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"...)
		dst = appendIndex(dst, "content_block_delta", int(s.next))
		dst = append(dst, `,"delta":{"type":"text_delta","text":`...)
		dst = jsonscan.AppendQuoted(dst, text)
		dst = append(dst, "}}\n\n"...)
		dst = append(appendIndex(dst, "content_block_stop", int(s.next)), "}\n\n"...)
	}
	dst = append(dst, "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\",\"stop_sequence\":null,\"stop_details\":{\"type\":\"refusal\",\"category\":null,\"explanation\":"...)
	dst = jsonscan.AppendQuoted(dst, text)
	dst = append(dst, `}},"usage":`...)
	u := at.Usage
	if !u.Reported {
		u.Output = max(u.Output, at.Stream.OutTokens)
	}
	dst = appendLastUsage(dst, &u)
	dst = append(dst, "}\n\n"...)
	return append(dst, messageStop...)
}
