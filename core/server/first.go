package server

import (
	"bytes"
	"fmt"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// firstFails returns the error that a stream begins with, of which first is what was
// read so far, or nil. Such a stream is a refusal that has the wrong status: nothing of
// it has left, so that another deployment may do better, and the client is to have a
// proper status.
func (x *exchange) firstFails(at *core.Attempt, first []byte) *core.Error {
	if x.Request.Operation == core.OpRaw || !mayTellError(first) {
		return nil // the usual case, and cheap
	}
	name, data := x.firstEvent(at, first)
	if !mayTellError(data) {
		return nil
	}
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
// there. It aliases first.
func (x *exchange) firstEvent(at *core.Attempt, first []byte) (name, data []byte) {
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
				return nil, ln.Data
			}
		}
	case core.FramingSSE:
		sse := stream.SSE{MaxEvent: limit}
		defer sse.Reset()
		sse.Feed(first)
		for ev := (stream.Event{}); sse.Next(&ev); {
			if ev.IsMessage() {
				return ev.Name, ev.Data
			}
		}
	case core.FramingAuto, core.FramingEventStream: // which has frames of its own for errors
	}
	return nil, nil
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
