package mock

import (
	"math"
	"strconv"
	"time"
)

const endOfStream = "data: [DONE]\n\n"

// stream answers with chat.completion.chunk events: one with the role, one per
// content chunk, one with the finish reason, one with the usage if it was asked
// for, and [DONE].
func (c *conn) stream(sc *scenario, f fault, status int) (Outcome, ending) {
	s := &events{contents: len(sc.pieces), usages: c.call.usages(sc)}
	if f == faultEndless && s.contents > 0 {
		s.contents = math.MaxInt
	}
	c.beginEvents()
	rp := reply{status: status, contentType: typeEvents, framing: sc.framing, extra: "Cache-Control: no-cache\r\n"}
	return c.play(sc, f, &rp, s)
}

// usages is how many usage events end the stream.
func (c *call) usages(sc *scenario) int {
	switch {
	case !c.includeUsage || sc.usage == usageMissing:
		return 0
	case sc.usage == usageTwice:
		return 2
	}
	return 1
}

// events is the run of one stream, generated or recorded.
type events struct {
	c        *conn
	sc       *scenario
	fault    fault
	recorded [][]byte // nil: generated
	messages bool     // in the form of Anthropic's API

	contents int   // content events
	usages   int   // events with usage after the finish event
	mute     bool  // whatever usage is sent, no correct client can read it
	total    int64 // completion tokens so far
	due      time.Time
}

// play sends a stream under a scenario and its fault.
func (c *conn) play(sc *scenario, f fault, rp *reply, s *events) (Outcome, ending) {
	s.c, s.sc, s.fault = c, sc, f
	switch f {
	case faultHTML, faultGarbage, faultGzipBomb:
		return c.whole(sc, f, wholeBody{status: rp.status, contentType: rp.contentType})
	case faultReset, faultFin, faultClose, faultSilence:
		if sc.after == -1 {
			return c.breakOff(f)
		}
	}
	switch {
	case f == faultLongLength:
		rp.framing, rp.length = framingLength, 1<<30
	case f == faultShortLength:
		rp.framing, rp.length = framingLength, sc.bytesOr(defaultLie)
	case f == faultBothLengths:
		rp.length = sc.bytesOr(defaultLie)
	case c.req.old:
		rp.framing = framingClose
	}
	s.mute = f == faultLyingGzip || f == faultBothLengths || rp.framing == framingLength
	if err := c.openBody(sc, f, rp, true); err != nil {
		return Cancelled, endClose
	}
	if sc.ttft > 0 && c.wait(time.Now().Add(sc.ttft)) != nil {
		return Cancelled, endClose
	}
	outcome, end, over := s.run()
	switch {
	case over:
		return outcome, end
	case c.writer.end() != nil:
		return Cancelled, endClose
	case f == faultLongLength:
		return Cut, endClose
	}
	return Finished, c.after(rp.framing)
}

// run sends the events; over is true when the stream ended before the last, by
// the peer or by the fault.
func (s *events) run() (o Outcome, e ending, over bool) {
	strike := max(0, s.sc.point(0, math.MaxInt))
	for i := 0; ; i++ {
		if s.sc.pace > 0 && s.paced(i) && s.keepPace() != nil {
			return Cancelled, endClose, true
		}
		ev, ok := s.event(i)
		if i == strike || !ok && i < strike {
			if o, e, over = s.hit(ev.bytes); over {
				return o, e, true
			}
		}
		if !ok {
			return "", endKeep, false
		}
		if s.c.writer.event(ev.bytes, ev.tokens, ev.usage) != nil {
			return Cancelled, endClose, true
		}
	}
}

// paced tells whether event i keeps the pace.
func (s *events) paced(i int) bool {
	if s.recorded != nil {
		return i < len(s.recorded)
	}
	return i >= 1 && i <= s.contents
}

// keepPace waits until the next content event is due. What is late is not
// waited for, and does not move the schedule.
func (s *events) keepPace() error {
	if s.due.IsZero() {
		s.due = time.Now()
		return nil
	}
	s.due = s.due.Add(s.sc.pace)
	if len(s.c.writer.held) > 0 {
		if err := s.c.writer.drain(); err != nil {
			return err
		}
	}
	return s.c.wait(s.due)
}

// beginEvents puts what all generated events of a stream share into c.prefix.
func (c *conn) beginEvents() {
	b := append(c.prefix[:0], `data: {"id":"chatcmpl-mock-`...)
	b = strconv.AppendInt(b, c.x.number, 10)
	b = append(b, `","object":"chat.completion.chunk","created":`...)
	b = strconv.AppendInt(b, created, 10)
	b = append(b, `,"model":`...)
	b = append(b, c.call.model...)
	c.prefix = append(b, `,"system_fingerprint":"fp_mock","choices":[`...)
}

// event is one event ready to send.
type event struct {
	bytes  []byte // valid until the next one is built
	tokens int64
	usage  bool // tells the final usage, readably
}

// event builds event i; ok is false after the last.
func (s *events) event(i int) (ev event, ok bool) {
	switch {
	case s.messages:
		ev, ok = s.message(i)
	case s.recorded == nil:
		ev, ok = s.generate(i)
	case i < len(s.recorded):
		ev, ok = event{bytes: s.recorded[i]}, true
	}
	if ok && s.sc.sse != 0 {
		ev.bytes = s.sc.sse.respell(ev.bytes, i)
	}
	return ev, ok
}

// generate builds event i in c.body.
func (s *events) generate(i int) (ev event, ok bool) {
	c, after := s.c, i-s.contents // after is 1 for the finish event
	b := append(c.body[:0], c.prefix...)
	switch {
	case i == 0:
		b = append(b, `{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}`...)
	case after <= 0:
		p := s.sc.pieces[(i-1)%len(s.sc.pieces)]
		b = append(b, `{"index":0,"delta":{"content":"`...)
		if s.sc.stamp {
			b = appendStamp(b)
		}
		b = append(b, p.json...)
		b = append(b, `"},"logprobs":null,"finish_reason":null}`...)
		ev.tokens = p.tokens
		s.total += p.tokens
	case after == 1:
		b = append(b, `{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}`...)
	case after <= 1+s.usages: // no choices
		ev.usage = after == 1+s.usages && s.sc.usage.honest() && !s.mute
	case after == 2+s.usages:
		c.body = append(b[:0], endOfStream...)
		return event{bytes: c.body}, true
	default:
		return event{}, false
	}
	b = append(b, ']')
	if after >= 2 || s.sc.usage == usageCumulative {
		b = append(b, `,"usage":`...)
		b = s.sc.appendUsage(b, c.x.prompt, s.total)
	} else if s.usages > 0 {
		b = append(b, `,"usage":null`...)
	}
	c.body = append(b, "}\n\n"...)
	ev.bytes = c.body
	return ev, true
}

// hit makes the fault happen before the event next; over is true when the
// stream ends with it.
func (s *events) hit(next []byte) (o Outcome, e ending, over bool) {
	c, w := s.c, &s.c.writer
	var err error
	switch s.fault {
	default:
		return "", endKeep, false
	case faultReset, faultClose, faultSilence, faultBadChunk:
		o, e = c.breakOff(s.fault)
		return o, e, true
	case faultFin:
		if err = w.write(next[:len(next)/2], true); err == nil {
			o, e = c.breakOff(s.fault)
			return o, e, true
		}
	case faultEnd, faultEndMid:
		if s.fault == faultEndMid {
			err = w.write(next[:len(next)/2], true)
		}
		if err == nil && w.end() == nil {
			return Cut, c.after(w.framing), true
		}
		return Cancelled, endClose, true
	case faultErrorEvent:
		ev := append(appendErrorBody([]byte("data: "), "server_error", "server_error", "The mock provider failed in mid-stream."), "\n\n"...)
		if w.event(ev, 0, false) == nil && w.end() == nil {
			return Cut, c.after(w.framing), true
		}
		return Cancelled, endClose, true
	case faultBadJSON:
		err = w.event([]byte("data: {\"choices\":[{\"delta\":{\"content\":\n\n"), 0, false)
	case faultBig:
		err = s.big()
	}
	if err != nil {
		return Cancelled, endClose, true
	}
	return "", endKeep, false
}

// big sends one content event of the wanted size.
func (s *events) big() error {
	w, size := &s.c.writer, s.sc.bytesOr(defaultBig)
	head := append([]byte(nil), s.c.prefix...)
	if err := w.write(append(head, `{"index":0,"delta":{"content":"`...), false); err != nil {
		return err
	}
	if err := w.fill(size); err != nil {
		return err
	}
	s.total += tokensOf(int(size))
	return w.event([]byte("\"},\"finish_reason\":null}]}\n\n"), tokensOf(int(size)), false)
}
