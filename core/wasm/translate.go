package wasm

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// keptMemory is the most linear memory, in bytes, that a translator's guest may
// have and be used again: it cannot shrink, and one large picture would stay for
// ever.
const keptMemory = 16 << 20

// translatorInstance is an instance of a module with the hooks of a translator.
type translatorInstance struct{ *Instance }

var _ core.TranslatorInstance = translatorInstance{}

// Translator returns the instance's translator. It is good until the instance is
// closed.
func (i translatorInstance) Translator() core.Translator {
	t := &translator{pool: i.pool}
	for _, op := range i.pool.module.manifest.Operations {
		if int(op) < len(t.operations) {
			t.operations[op] = true
		}
	}
	return t
}

func isTranslation(p core.Phase) bool {
	return p == core.PhaseUpstreamRequest || p == core.PhaseUpstreamResponse || p == core.PhaseUpstreamEvent
}

func (m *Module) translates() bool { return m.hooks[hookUpstreamRequest] }

// checkTranslator wants all hooks of a translator or none. Without a dialect in
// the manifest they do not count.
func (m *Module) checkTranslator() error {
	own := []int{hookUpstreamRequest, hookUpstreamResponse, hookUpstreamEvent}
	declared := slices.ContainsFunc(m.manifest.Phases, isTranslation)
	if m.manifest.Dialect == "" {
		if declared {
			return errors.New("its manifest names hooks of a translator and no dialect: add dialect and operations")
		}
		exported := false
		for _, k := range own {
			exported = exported || m.hooks[k]
			m.hooks[k] = false
		}
		if exported && m.hooks == [numHooks]bool{} {
			return errors.New("it exports the hooks of a translator, but its manifest names no dialect: add dialect and operations")
		}
		return nil
	}
	for _, k := range own {
		if !m.hooks[k] {
			return fmt.Errorf("its manifest says that it translates %s, but it exports no %s", m.manifest.Dialect, hookTable[k].export)
		}
	}
	return nil
}

// translation is what a translator's guest keeps from call to call.
type translation struct {
	frames abi.Translations
	call   core.Call // for imports: on whose behalf
	reply  core.Reply
}

// translator runs a pool's guests as a [core.Translator].
type translator struct {
	pool       *pool
	operations [core.NumOperations]bool
}

func (t *translator) Dialect() string { return t.pool.module.manifest.Dialect }

func (t *translator) Translates(op core.Operation) bool {
	return int(op) < len(t.operations) && t.operations[op]
}

// translating is one call of a translator's hook, and what comes of it.
type translating struct {
	hook int
	ex   *core.Exchange
	at   *core.Attempt

	request    *core.TypedRequest
	response   *core.UpstreamResponse
	answer     *core.Answer
	name, data []byte
	final      bool

	said *core.Error // by the translator
}

func (t *translator) Request(ex *core.Exchange, at *core.Attempt, r *core.TypedRequest) *core.Error {
	c := translating{hook: hookUpstreamRequest, ex: ex, at: at, request: r}
	return t.run(&c)
}

func (t *translator) Response(ex *core.Exchange, at *core.Attempt, resp *core.UpstreamResponse, a *core.Answer) *core.Error {
	c := translating{hook: hookUpstreamResponse, ex: ex, at: at, response: resp, answer: a}
	return t.run(&c)
}

func (t *translator) Event(ex *core.Exchange, at *core.Attempt, name, data []byte, final bool) ([]core.Event, *core.Error) {
	at.Translation.Events = at.Translation.Events[:0]
	c := translating{hook: hookUpstreamEvent, ex: ex, at: at, name: name, data: data, final: final}
	if err := t.run(&c); err != nil {
		return nil, err
	}
	return at.Translation.Events, nil
}

// run makes one call in a guest, under what holds for every hook.
func (t *translator) run(c *translating) *core.Error {
	p := t.pool
	host := p.module.host
	began := host.now()
	p.counters.calls.Add(1)
	ok, trial := p.breaker.allow(began)
	if !ok {
		p.counters.fail(FailBreaker)
		return t.failed(&Error{Instance: p.setup.name, Hook: hookTable[c.hook].name, Failure: FailBreaker})
	}
	deadline := began + p.setup.limits.Deadline
	g, err := p.acquire(ownerOf(p.setup.isolation, c.ex), deadline)
	if err == nil {
		err = g.translation(c, deadline)
		p.counters.steps.Add(uint64(max(g.done(), 0)))
		p.counters.hostCalls.Add(uint64(g.hostCalls))
		p.release(g, err != nil || len(g.mem.buf) > keptMemory)
	}
	now := host.now()
	p.counters.time.Add(uint64(now - began))
	if err != nil {
		f := failureOf(err)
		if f.ofInput() {
			p.breaker.abstain(trial)
		} else {
			p.breaker.report(now, false, trial)
		}
		p.counters.fail(f)
		return t.failed(err)
	}
	p.breaker.report(now, true, trial)
	return c.said
}

// failed makes the error that a client gets. What the guest said is for the log.
func (t *translator) failed(err error) *core.Error {
	e := core.Errorf(core.CodePluginFailed, "The translator %s failed. Try again later or ask the operator.", t.pool.setup.name)
	e.Origin, e.Cause = core.OriginPlugin, err
	return e
}

// translation runs one hook of a translator under the limits.
func (g *guest) translation(c *translating, deadline time.Duration) (err error) {
	name := hookTable[c.hook].name
	defer g.fence(name, &err)
	if g.translate == nil {
		g.translate = &translation{}
	}
	t := g.translate
	t.call = core.Call{Exchange: c.ex, Phase: hookTable[c.hook].phase, Reply: &t.reply}
	g.call = &t.call
	defer g.forgetTranslation()
	g.begin(g.pool.setup.limits.Steps, deadline, g.pool.setup.limits.Deadline)
	m := g.translationFrame(c)
	if c.said != nil {
		return nil
	}
	n := m.Size()
	dst, err := g.place(name, n)
	if err != nil {
		return err
	}
	if got := len(m.Append(dst[:0])); got != n {
		return g.errorf(name, FailHost, fmt.Errorf("a frame of %d bytes was announced with %d", got, n))
	}
	g.stack[0], g.stack[1] = uint64(g.framePtr), uint64(n)
	if err := g.run(g.hooks[c.hook], name); err != nil {
		return err
	}
	g.flushLine()
	return g.readTranslation(c, g.stack[0])
}

func (g *guest) translationFrame(c *translating) abi.Frame {
	f := &g.translate.frames
	switch c.hook {
	case hookUpstreamRequest:
		var m abi.Frame
		m, c.said = f.Request(c.ex, c.at, c.request, &g.pool.module.manifest.Sees)
		return m
	case hookUpstreamResponse:
		return f.Response(c.ex, c.at, c.response)
	default:
		return f.Event(c.ex, c.at, c.name, c.data, c.final)
	}
}

// forgetTranslation drops what the guest holds of the exchange.
func (g *guest) forgetTranslation() {
	t := g.translate
	g.call = nil
	t.call = core.Call{}
	t.reply.Reset()
	t.frames.Reset()
}

// readTranslation takes over what a hook returned. A reply is copied once, and
// what comes of it points into the copy: of a request or an answer in the
// exchange's memory, of an event in the translation's.
func (g *guest) readTranslation(c *translating, packed uint64) error {
	name := hookTable[c.hook].name
	ptr, n := abi.Unpack(packed)
	if n > abi.MaxBodyReply {
		return g.errorf(name, FailReply, fmt.Errorf("it has %d bytes, the limit is %d", n, abi.MaxBodyReply))
	}
	b, ok := g.mem.view(ptr, n)
	if !ok && n > 0 {
		return g.errorf(name, FailReply, fmt.Errorf("its %d bytes at %#x are not within the guest's memory", n, ptr))
	}
	f, tr := &g.translate.frames, c.at.Translation
	var err error
	switch c.hook {
	case hookUpstreamRequest:
		c.said, err = f.ReadRequest(c.ex.Copy(b), c.ex, c.at)
	case hookUpstreamResponse:
		c.said, err = f.ReadResponse(c.ex.Copy(b), c.response.Status, c.answer)
	default:
		tr.Scratch = append(tr.Scratch[:0], b...)
		tr.Events, err = f.ReadEvent(tr.Scratch, tr, tr.Events)
	}
	if err != nil {
		return g.errorf(name, FailReply, err)
	}
	return nil
}
