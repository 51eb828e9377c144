package abi

import (
	"math"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// The names of the hooks that judge exchanges, as in [Hooks].
const (
	HookReceive  = "receive"
	HookPrompt   = "prompt"
	HookRoute    = "route"
	HookAnswer   = "answer"
	HookWindow   = "window"
	HookComplete = "complete"
)

// HookOf returns the name of the hook that call is for, or "" for a phase that
// has none of those above.
func HookOf(call *core.Call) string {
	switch call.Phase {
	case core.PhaseReceive:
		return HookReceive
	case core.PhasePrompt:
		return HookPrompt
	case core.PhaseRoute:
		return HookRoute
	case core.PhaseAnswer:
		if call.Window != nil {
			return HookWindow
		}
		return HookAnswer
	case core.PhaseComplete:
		return HookComplete
	default:
		return ""
	}
}

// Frame is a message that can be appended to a byte slice.
type Frame interface {
	// Size returns how many bytes Append adds.
	Size() int
	Append(b []byte) []byte
}

// Frames makes the frames of hooks from calls. It keeps one message of each
// kind, so that filling one again allocates next to nothing. One goroutine uses
// it at a time; the zero value is ready.
type Frames struct {
	hook     string // that was filled last
	id       [36]byte
	receive  ReceiveCall
	prompt   PromptCall
	route    RouteCall
	answer   AnswerCall
	window   WindowCall
	complete CompleteCall
	finishes []core.Choice
}

// FrameOptions say what a frame shows beside the call itself.
type FrameOptions struct {
	Sees  *core.Sees
	State []byte    // what the hook last left
	Now   time.Time // read for [HookComplete] only
}

// Bounds of what a frame takes of an exchange, see sallyport.proto.
const (
	frameTags     = 256
	frameTagKey   = 256
	frameTagValue = 4096
	frameHeaders  = 256
	frameHeader   = 65536
	framesKept    = 1024 // lists longer than this are not kept
)

// Fill makes the frame of call. Its slices point into the exchange: the frame
// must be appended before the call ends, and Reset called after. It returns nil
// where [HookOf] returns "".
func (f *Frames) Fill(call *core.Call, o FrameOptions) Frame {
	ex := call.Exchange
	f.hook = HookOf(call)
	switch f.hook {
	case HookReceive:
		m := &f.receive
		m.HasExchange = f.exchange(&m.Exchange, ex, o.Sees)
		m.Method, m.Path, m.Query = ex.Request.Method, ex.Request.Path, ex.Request.Query
		m.BodyBytes = uint64(len(ex.Request.Body))
		return m
	case HookPrompt:
		m := &f.prompt
		m.HasExchange = f.exchange(&m.Exchange, ex, o.Sees)
		m.Stage, m.State = StageOf(call.Stage), o.State
		m.Parts, m.Messages = appendParts(m.Parts[:0], call.Parts, o.Sees), messagesOf(call.Parts)
		if o.Sees.Parameters {
			if p := ex.Parameters(); p != nil {
				m.HasParameters = true
				m.Parameters.Set(p)
			}
		}
		return m
	case HookRoute:
		m := &f.route
		m.HasExchange = f.exchange(&m.Exchange, ex, o.Sees)
		for _, d := range call.Deployments {
			m.Deployments = append(m.Deployments, Deployment{})
			to := &m.Deployments[len(m.Deployments)-1]
			to.Set(d)
			if call.Signals != nil {
				to.signals(call.Signals.Signals(d))
			}
		}
		m.HasFeatures = true
		m.Features.Set(ex, call.Parts)
		m.Parts = appendParts(m.Parts[:0], call.Parts, o.Sees)
		return m
	case HookAnswer:
		m := &f.answer
		m.HasExchange = f.exchange(&m.Exchange, ex, o.Sees)
		m.Parts, m.State = appendParts(m.Parts[:0], call.Parts, o.Sees), o.State
		m.Choices = f.finished(m.Choices[:0], call)
		if m.HasUsage = ex.Attempt != nil; m.HasUsage {
			m.Usage.Set(&ex.Attempt.Usage)
		}
		return m
	case HookWindow:
		m, w := &f.window, call.Window
		m.HasExchange = f.exchange(&m.Exchange, ex, o.Sees)
		m.Choice, m.Block, m.Kind = uint32(w.Choice), uint32(w.Block), KindOf(w.Kind)
		m.Name, m.CallID, m.Released = w.Name, w.Ref, uint64(w.Released)
		m.Context, m.Text, m.Final, m.State = w.Context, w.Text, w.Final, o.State
		return m
	case HookComplete:
		return f.ending(ex, o)
	default:
		return nil
	}
}

// Parts returns the parts that the frame filled last shows for judgement: those
// of a prompt or a whole answer. They are valid until Reset.
func (f *Frames) Parts() []Part {
	switch f.hook {
	case HookPrompt:
		return f.prompt.Parts
	case HookAnswer:
		return f.answer.Parts
	default:
		return nil
	}
}

// Reset drops what the frame that was filled last holds of the exchange.
func (f *Frames) Reset() {
	switch f.hook {
	case HookReceive:
		f.receive.Reset()
	case HookPrompt:
		f.prompt.Reset()
		f.prompt.Parts = kept(f.prompt.Parts)
	case HookRoute:
		f.route.Reset()
		f.route.Parts = kept(f.route.Parts)
	case HookAnswer:
		f.answer.Reset()
		f.answer.Parts = kept(f.answer.Parts)
	case HookWindow:
		f.window.Reset()
	case HookComplete:
		f.complete.Reset()
	}
	f.hook = ""
}

func (f *Frames) ending(ex *core.Exchange, o FrameOptions) Frame {
	m := &f.complete
	m.HasExchange = f.exchange(&m.Exchange, ex, o.Sees)
	m.End, m.Status = EndOf(ex.End), uint32(ex.Status)
	if ex.Failed {
		m.ErrorCode = View(ex.ErrorCode.String())
	}
	m.DurationNs = uint64(max(o.Now.Sub(ex.Start), 0))
	if !ex.FirstByte.IsZero() {
		m.FirstByteNs = uint64(max(ex.FirstByte.Sub(ex.Start), 0))
	}
	m.Attempts = uint32(ex.Attempts)
	m.BytesIn, m.BytesOut = uint64(len(ex.Request.Body)), uint64(max(ex.BytesOut, 0))
	at := ex.Attempt
	if at == nil {
		return m
	}
	m.HasUsage = true
	m.Usage.Set(&at.Usage)
	if d := at.Deployment; d != nil {
		m.Deployment, m.Model = View(d.Name), View(d.Model)
		if d.Provider != nil {
			m.Provider = View(d.Provider.Name)
		}
	}
	return m
}

// exchange fills in what may be seen of ex, and returns true.
func (f *Frames) exchange(m *Exchange, ex *core.Exchange, sees *core.Sees) bool {
	m.ID = ex.ID.Append(f.id[:0])
	if ex.Route != nil {
		m.Route = View(ex.Route.Name)
	}
	m.Operation = OperationOf(ex.Request.Operation)
	if ex.Request.Dialect != nil {
		m.Dialect = View(ex.Request.Dialect.Name())
	}
	m.Stream = ex.Request.Stream
	m.seen(ex, sees)
	return true
}

// seen fills in what a manifest must ask for.
func (m *Exchange) seen(ex *core.Exchange, sees *core.Sees) {
	if sees.Consumer && ex.Consumer != nil {
		m.Consumer, m.Tenant = View(ex.Consumer.Name), View(ex.Consumer.Tenant)
	}
	if sees.Model {
		m.Model = ex.Request.Model
	}
	if sees.Tags {
		for _, t := range ex.Tags[:min(len(ex.Tags), frameTags)] {
			if len(t.Key) <= frameTagKey && len(t.Value) <= frameTagValue {
				m.Tags = append(m.Tags, Tag{Key: View(t.Key), Value: View(t.Value)})
			}
		}
	}
	if ex.Request.Headers == nil {
		return
	}
	for _, name := range sees.Headers {
		v := ex.Request.Headers.Get(name)
		if v != nil && len(v) <= frameHeader && len(m.Headers) < frameHeaders {
			m.Headers = append(m.Headers, Header{Name: View(name), Value: v})
		}
	}
}

// appendParts adds the parts that may be seen.
func appendParts(dst []Part, parts []*core.Part, sees *core.Sees) []Part {
	for _, p := range parts {
		if !sees.Part(p) {
			continue
		}
		if len(dst) < cap(dst) {
			dst = dst[:len(dst)+1]
		} else {
			dst = append(dst, Part{})
		}
		dst[len(dst)-1].Set(p, p.Text())
	}
	return dst
}

// messagesOf returns the number of messages that parts belong to.
func messagesOf(parts []*core.Part) uint32 {
	n := 0
	for _, p := range parts {
		n = max(n, p.Msg+1)
	}
	return uint32(min(n, math.MaxUint32))
}

func kept[T any](s []T) []T {
	if cap(s) > framesKept {
		return nil
	}
	return s[:0]
}
