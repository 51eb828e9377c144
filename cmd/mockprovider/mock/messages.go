package mock

import (
	"math"
	"strconv"
)

// messages answers in the form of Anthropic's Messages API, with the same text,
// counts and pace as a chat. Faults that write events of their own write those of a
// chat.
func (c *conn) messages(sc *scenario, f fault, status int) (Outcome, ending) {
	if !c.call.stream {
		return c.wholeMessage(sc, f, status)
	}
	s := &events{contents: len(sc.pieces), messages: true}
	if f == faultEndless && s.contents > 0 {
		s.contents = math.MaxInt
	}
	rp := reply{status: status, contentType: typeEvents, framing: sc.framing, extra: "Cache-Control: no-cache\r\n"}
	return c.play(sc, f, &rp, s)
}

// wholeMessage answers with one message.
func (c *conn) wholeMessage(sc *scenario, f fault, status int) (Outcome, ending) {
	b := c.appendMessage(c.body[:0])
	b = append(b, `"content":[{"type":"text","text":"`...)
	text := len(b)
	for _, p := range sc.pieces {
		b = append(b, p.json...)
	}
	tail := len(b)
	b = append(b, `"}],"stop_reason":"end_turn","stop_sequence":null`...)
	if sc.usage != usageMissing {
		b = append(b, `,"usage":{`...)
		b = c.appendInput(b, sc)
		b = append(b, `,"output_tokens":`...)
		b = append(sc.appendFigure(b, sc.tokens), '}')
	}
	c.body = append(b, '}')
	return c.whole(sc, f, wholeBody{
		status: status, contentType: typeJSON, bytes: c.body, gapAt: text, gapEnd: tail,
		tokens: sc.tokens, counted: true, reported: sc.usage.honest(),
	})
}

// appendMessage appends the beginning of a message.
func (c *conn) appendMessage(b []byte) []byte {
	b = append(b, `{"id":"msg_mock_`...)
	b = strconv.AppendInt(b, c.x.number, 10)
	b = append(b, `","type":"message","role":"assistant","model":`...)
	return append(append(b, c.call.model...), ',')
}

// appendInput appends the members of a usage that count the prompt.
func (c *conn) appendInput(b []byte, sc *scenario) []byte {
	cached := min(sc.cached, c.x.prompt)
	b = append(b, `"input_tokens":`...)
	b = sc.appendFigure(b, c.x.prompt-cached)
	b = append(b, `,"cache_creation_input_tokens":0,"cache_read_input_tokens":`...)
	return strconv.AppendInt(b, cached, 10)
}

// message builds event i in c.body. The beginning of the message and of its block
// are one, and so are their ends.
func (s *events) message(i int) (ev event, ok bool) {
	c, after := s.c, i-s.contents
	b := c.body[:0]
	switch {
	case i == 0:
		b = append(b, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":"...)
		b = c.appendMessage(b)
		b = append(b, `"content":[],"stop_reason":null,"stop_sequence":null,"usage":{`...)
		b = c.appendInput(b, s.sc)
		b = append(b, `,"output_tokens":1}}}`...)
		b = append(b, "\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"...)
	case after <= 0:
		p := s.sc.pieces[(i-1)%len(s.sc.pieces)]
		b = append(b, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""...)
		if s.sc.stamp {
			b = appendStamp(b)
		}
		b = append(append(b, p.json...), `"}}`...)
		ev.tokens = p.tokens
		s.total += p.tokens
	case after == 1:
		b = append(b, "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"...)
		b = append(b, "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":"...)
		b = append(s.sc.appendFigure(b, s.total), "}}"...)
		ev.usage = s.sc.usage.honest() && !s.mute
	case after == 2:
		b = append(b, "event: message_stop\ndata: {\"type\":\"message_stop\"}"...)
	default:
		return event{}, false
	}
	c.body = append(b, "\n\n"...)
	ev.bytes = c.body
	return ev, true
}
