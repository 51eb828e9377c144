package server

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// mostFirst bounds what is read of a stream before it is taken for one. Errors are short.
const mostFirst = 64 << 10

// errorEvent is how server-sent events begin whose first one is called an error, whatever
// it holds.
var errorEvent = []byte("event: error")

// isStream tells whether a content type is that of server-sent events.
func isStream(contentType []byte) bool {
	return len(contentType) >= len(streamType) && bytes.EqualFold(contentType[:len(streamType)], []byte(streamType))
}

// untold tells whether a content type leaves open what an answer is: some providers,
// and proxies before them, send streams so.
func untold(contentType []byte) bool {
	media, _, _ := bytes.Cut(contentType, []byte(";"))
	media = bytes.TrimSpace(media)
	for _, name := range []string{"", "application/octet-stream", "binary/octet-stream"} {
		if len(media) == len(name) && bytes.EqualFold(media, []byte(name)) {
			return true
		}
	}
	return false
}

// eventFields are what server-sent events begin with.
var eventFields = [...]string{"data:", "event:", "id:", "retry:", ":"}

// looksStreamed tells whether an answer begins as server-sent events do.
func looksStreamed(first []byte) bool {
	begin := bytes.TrimLeft(first, "\r\n")
	return slices.ContainsFunc(eventFields[:], func(field string) bool { return bytes.HasPrefix(begin, []byte(field)) })
}

// beginning reads so much of an answer that [looksStreamed] can tell: the first read may
// end within the first word.
func beginning(resp *upstream.Response) (first []byte, err error) {
	open := func() bool {
		begin := string(bytes.TrimLeft(first, "\r\n"))
		return slices.ContainsFunc(eventFields[:], func(field string) bool { return len(begin) < len(field) && strings.HasPrefix(field, begin) })
	}
	if first, err = resp.Next(); err != nil || !open() {
		return first, err
	}
	for first = bytes.Clone(first); err == nil && open() && len(first) < mostFirst; {
		var next []byte
		next, err = resp.Next()
		first = append(first, next...)
	}
	return first, err
}

// notStreamed closes an answer to a streaming request that is no stream, of which first
// was read, and returns the error. Some providers tell theirs so, with status 200.
func (x *exchange) notStreamed(at *core.Attempt, resp *upstream.Response, first []byte) *core.Error {
	body, tooMuch := resp.ReadAll(bytes.Clone(first), mostFirst)
	resp.Close(false)
	body = bytes.TrimSpace(body)
	if tooMuch == nil && len(body) > 0 && body[0] == '{' && mayTellError(body) {
		if at.Translation != nil {
			x.typed.begin(x, core.FramingSSE, []byte(streamType))
		}
		if err := x.tellsError(at, nil, body); err != nil {
			return err
		}
	}
	return &core.Error{
		Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream,
		Message: "The upstream answered a streaming request with a content type that is no stream's.",
	}
}

// firstEvents waits until the first event of a stream is whole, since nothing of it can
// leave before, and returns what was read, which begins with first. It is often all of
// the first read, which is then not copied.
func (x *exchange) firstEvents(at *core.Attempt, resp *upstream.Response, first []byte) (_ []byte, err error) {
	if len(first) == 0 {
		first, err = resp.Next()
	}
	if err != nil || x.Request.Operation == core.OpRaw || x.holdsEvent(at, first) {
		return first, err
	}
	all := bytes.Clone(first)
	for len(all) < mostFirst && !x.holdsEvent(at, all) {
		next, err := resp.Next()
		if err == io.EOF { //nolint:errorlint // Next returns it bare, and repeats it
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, next...)
	}
	return all, nil
}

// holdsEvent tells whether the first event is whole among what was read, or is none.
func (x *exchange) holdsEvent(at *core.Attempt, read []byte) bool {
	framing := core.FramingSSE
	if at.Translation != nil {
		framing = x.typed.framing
	}
	switch framing {
	case core.FramingNDJSON:
		return bytes.IndexByte(read, '\n') >= 0
	case core.FramingEventStream:
		return len(read) >= 4 && uint64(len(read)) >= uint64(binary.BigEndian.Uint32(read))
	case core.FramingAuto, core.FramingSSE:
	}
	return len(read) > 0 && read[0] == ':' || // a sign of life, which is not to be kept
		bytes.Contains(read, []byte("\n\n")) || bytes.Contains(read, []byte("\n\r\n")) || bytes.Contains(read, []byte("\r\r"))
}

// firstFails returns the error that a stream begins with, of which first is what was
// read so far, or nil. Such a stream is a refusal that has the wrong status: nothing of
// it has left, so that another deployment may do better, and the client is to have a
// proper status.
func (x *exchange) firstFails(at *core.Attempt, first []byte) *core.Error {
	framed := at.Translation != nil && x.typed.framing == core.FramingEventStream
	if x.Request.Operation == core.OpRaw || !framed && !mayTellError(first) && !bytes.HasPrefix(first, errorEvent) {
		return nil // the usual case, and cheap
	}
	name, data, failed := x.firstEvent(at, first)
	if !failed && !mayTellError(data) {
		return nil
	}
	return x.tellsError(at, name, data)
}

// tellsError returns the error that the first event of a stream tells, or nil.
func (x *exchange) tellsError(at *core.Attempt, name, data []byte) *core.Error {
	var err *core.Error
	if at.Translation != nil {
		err = x.failsTyped(at, name, data)
	} else {
		probe := core.Attempt{Deployment: at.Deployment, Service: at.Service}
		err = x.Request.Dialect.Answer(&x.Exchange, &probe, data)
	}
	if err == nil || err.Code != core.CodeUpstreamStatus && at.Translation == nil {
		return nil
	}
	if err.Status == 0 {
		err.Status = statusIn(data)
	}
	if s := err.Status; s == 401 || s == 403 || s == 407 {
		// It is our key that was refused. Providers quote parts of it.
		err.Upstream, err.Status = nil, 502
		err.Message = fmt.Sprintf("provider %q refused the gateway's provider key", at.Deployment.Provider.Name)
	}
	return err
}

// firstEvent returns the first event with a payload among what was read, if it is whole
// there, and whether its name or frame says that it is an error. It aliases first.
func (x *exchange) firstEvent(at *core.Attempt, first []byte) (name, data []byte, failed bool) {
	limit := int(x.state.Snapshot.Limits.EventBytes)
	framing := core.FramingSSE
	if at.Translation != nil {
		framing = x.typed.framing
	}
	switch framing {
	case core.FramingNDJSON:
		lines := stream.NDJSON{MaxEvent: limit}
		defer lines.Reset()
		lines.Feed(first)
		for ln := (stream.Line{}); lines.Next(&ln); {
			if len(ln.Data) > 0 {
				return nil, ln.Data, false
			}
		}
	case core.FramingSSE:
		sse := stream.SSE{MaxEvent: limit}
		defer sse.Reset()
		sse.Feed(first)
		for ev := (stream.Event{}); sse.Next(&ev); {
			if ev.IsMessage() {
				return ev.Name, ev.Data, string(ev.Name) == "error"
			}
		}
	case core.FramingEventStream:
		frames := stream.EventStream{MaxEvent: limit}
		defer frames.Reset()
		frames.Feed(first)
		if m := (stream.Message{}); frames.Next(&m) {
			return m.Name, m.Data, string(m.Type) != "event"
		}
	case core.FramingAuto:
	}
	return nil, nil, false
}

// failsTyped asks the translator, which then forgets that it was asked.
func (x *exchange) failsTyped(at *core.Attempt, name, data []byte) *core.Error {
	d := x.takeDesk()
	defer x.giveDesk(d)
	tr := at.Translation
	state := bytes.Clone(tr.State)
	events, err := tr.Translator.Event(&x.Exchange, at, name, data, false)
	if err != nil {
		return err
	}
	for i := range events {
		if events[i].Kind == core.EventError {
			return events[i].Err
		}
	}
	tr.State = append(tr.State[:0], state...)
	return nil
}

// mayTellError tells whether a member "error" of JSON in data is an object or a text. It
// may be one of any object; who reads the event decides.
func mayTellError(data []byte) bool {
	for rest := data; ; {
		var v []byte
		if v, rest = memberBehind(rest, `"error"`); v == nil {
			return false
		}
		if v[0] == '{' || v[0] == '"' {
			return true
		}
	}
}

// statusIn returns the HTTP status that an error tells of itself as its code, else 502.
func statusIn(data []byte) int {
	v, _ := memberBehind(data, `"code"`)
	n := 0
	for len(v) > 0 && v[0] >= '0' && v[0] <= '9' && n < 1000 {
		n, v = 10*n+int(v[0]-'0'), v[1:]
	}
	if n < 400 || n > 599 {
		return 502
	}
	return n
}

// memberBehind returns what follows the first member of that name, which is given in its
// quotes, from its value on, nil for none; rest is what follows the name.
func memberBehind(data []byte, name string) (value, rest []byte) {
	const blanks = " \t\r\n"
	for {
		_, after, found := bytes.Cut(data, []byte(name))
		if !found {
			return nil, nil
		}
		v, colon := bytes.CutPrefix(bytes.TrimLeft(after, blanks), []byte(":"))
		if v = bytes.TrimLeft(v, blanks); colon && len(v) > 0 {
			return v, after
		}
		data = after // a value, or a text
	}
}
