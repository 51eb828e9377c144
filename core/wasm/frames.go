package wasm

import (
	"math"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// frame is a message that a hook is given.
type frame interface {
	Size() int
	Append([]byte) []byte
}

// frames are a guest's messages, one of each kind, kept so that filling one
// allocates nothing. Their slices point into the exchange.
type frames struct {
	kind     int
	id       [36]byte
	receive  abi.ReceiveCall
	prompt   abi.PromptCall
	route    abi.RouteCall
	answer   abi.AnswerCall
	window   abi.WindowCall
	complete abi.CompleteCall
	finishes []core.Choice
}

// reset drops what the frame that was filled last holds of the exchange.
func (f *frames) reset() {
	switch f.kind {
	case hookReceive:
		f.receive.Reset()
	case hookPrompt:
		f.prompt.Reset()
		f.prompt.Parts = shrink(f.prompt.Parts)
	case hookRoute:
		f.route.Reset()
		f.route.Parts = shrink(f.route.Parts)
	case hookAnswer:
		f.answer.Reset()
		f.answer.Parts = shrink(f.answer.Parts)
	case hookWindow:
		f.window.Reset()
	case hookComplete:
		f.complete.Reset()
	}
}

// parts returns the parts of the frame that was filled last.
func (f *frames) parts() []abi.Part {
	switch f.kind {
	case hookPrompt:
		return f.prompt.Parts
	case hookAnswer:
		return f.answer.Parts
	default:
		return nil
	}
}

// fill makes the frame of a hook.
func (g *guest) fill(k int, call *core.Call) frame {
	f := &g.frames
	f.kind = k
	ex := call.Exchange
	state := g.state(k, call)
	switch k {
	case hookReceive:
		m := &f.receive
		m.HasExchange = true
		g.exchange(&m.Exchange, ex)
		m.Method, m.Path, m.Query = ex.Request.Method, ex.Request.Path, ex.Request.Query
		m.BodyBytes = uint64(len(ex.Request.Body))
		return m
	case hookPrompt:
		m := &f.prompt
		m.HasExchange = true
		g.exchange(&m.Exchange, ex)
		m.Stage = abi.StageOf(call.Stage)
		m.Parts = g.appendParts(m.Parts[:0], call.Parts)
		m.HasParameters = g.parameters(&m.Parameters, ex)
		m.Messages = messages(call.Parts)
		m.State = state
		return m
	case hookRoute:
		m := &f.route
		m.HasExchange = true
		g.exchange(&m.Exchange, ex)
		for _, d := range call.Deployments {
			m.Deployments = append(m.Deployments, abi.Deployment{})
			m.Deployments[len(m.Deployments)-1].Set(d)
		}
		m.HasFeatures = true
		features(&m.Features, ex, call.Parts)
		m.Parts = g.appendParts(m.Parts[:0], call.Parts)
		return m
	case hookAnswer:
		m := &f.answer
		m.HasExchange = true
		g.exchange(&m.Exchange, ex)
		m.Parts = g.appendParts(m.Parts[:0], call.Parts)
		m.Choices = g.choices(m.Choices[:0], call)
		if ex.Attempt != nil {
			m.HasUsage = true
			m.Usage.Set(&ex.Attempt.Usage)
		}
		m.State = state
		return m
	case hookWindow:
		m, w := &f.window, call.Window
		m.HasExchange = true
		g.exchange(&m.Exchange, ex)
		m.Choice, m.Block, m.Kind = uint32(w.Choice), uint32(w.Block), abi.KindText
		m.Context, m.Text, m.Final = w.Context, w.Text, w.Final
		m.State = state
		return m
	default:
		return g.ending(ex)
	}
}

// ending fills the frame of the complete hook.
func (g *guest) ending(ex *core.Exchange) frame {
	m := &g.frames.complete
	m.HasExchange = true
	g.exchange(&m.Exchange, ex)
	m.End, m.Status = abi.EndOf(ex.End), uint32(ex.Status)
	if ex.Failed {
		m.ErrorCode = abi.View(ex.ErrorCode.String())
	}
	m.DurationNs = uint64(max(g.pool.module.host.opts.Clock.Now().Sub(ex.Start), 0))
	if !ex.FirstByte.IsZero() {
		m.FirstByteNs = uint64(max(ex.FirstByte.Sub(ex.Start), 0))
	}
	m.Attempts = uint32(ex.Attempts)
	m.BytesIn, m.BytesOut = uint64(len(ex.Request.Body)), uint64(max(ex.BytesOut, 0))
	if at := ex.Attempt; at != nil {
		m.HasUsage = true
		m.Usage.Set(&at.Usage)
		if d := at.Deployment; d != nil {
			m.Deployment, m.Model = abi.View(d.Name), abi.View(d.Model)
			if d.Provider != nil {
				m.Provider = abi.View(d.Provider.Name)
			}
		}
	}
	return m
}

// exchange fills in what the instance may see of ex.
func (g *guest) exchange(m *abi.Exchange, ex *core.Exchange) {
	m.ID = ex.ID.Append(g.frames.id[:0])
	if ex.Route != nil {
		m.Route = abi.View(ex.Route.Name)
	}
	m.Operation = abi.OperationOf(ex.Request.Operation)
	if ex.Request.Dialect != nil {
		m.Dialect = abi.View(ex.Request.Dialect.Name())
	}
	m.Stream = ex.Request.Stream
	sees := &g.pool.module.manifest.Sees
	if sees.Consumer && ex.Consumer != nil {
		m.Consumer, m.Tenant = abi.View(ex.Consumer.Name), abi.View(ex.Consumer.Tenant)
	}
	if sees.Model {
		m.Model = ex.Request.Model
	}
	if sees.Tags {
		m.Tags = appendTags(m.Tags[:0], ex.Tags)
	}
	if ex.Request.Headers == nil {
		return
	}
	for _, name := range sees.Headers {
		v := ex.Request.Headers.Get(name)
		if v != nil && len(v) <= maxHeader && len(m.Headers) < maxHeaders {
			m.Headers = append(m.Headers, abi.Header{Name: abi.View(name), Value: v})
		}
	}
}

// appendParts adds the parts that the manifest asks for.
func (g *guest) appendParts(dst []abi.Part, parts []*core.Part) []abi.Part {
	sees := &g.pool.module.manifest.Sees
	for _, p := range parts {
		if !sees.Part(p) {
			continue
		}
		if len(dst) < cap(dst) {
			dst = dst[:len(dst)+1]
		} else {
			dst = append(dst, abi.Part{})
		}
		dst[len(dst)-1].Set(p, p.Text())
	}
	return dst
}

// messages returns the number of messages that parts belong to.
func messages(parts []*core.Part) uint32 {
	n := 0
	for _, p := range parts {
		n = max(n, p.Msg+1)
	}
	return uint32(min(n, math.MaxUint32))
}
