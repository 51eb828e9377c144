package server

import (
	"encoding/json"
	"io"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// copyGuarded is copyEvents for a stream that hooks judge: of what comes it forwards
// what they have let pass, and after a verdict against it not one more byte.
func (x *exchange) copyGuarded(w io.Writer) (failure *core.Error, err error) {
	g := x.guard
	failure = g.blocked
	if g.whole && failure == nil {
		failure, err = g.pour(w)
	}
	chunk, readErr := x.first, error(nil)
	x.first = nil
	for !g.over && failure == nil && err == nil {
		g.read(chunk, readErr)
		if failure = g.judge(); failure == nil {
			failure, err = g.pour(w)
		}
		if !g.over && failure == nil && err == nil {
			chunk, readErr = x.resp.Next()
		}
	}
	if failure == nil {
		failure = g.failure
	}
	switch {
	case err != nil:
		return nil, err
	case failure == nil:
		if g.reader == nil {
			d, _ := x.Request.Dialect.(core.TypedDialect) // the carrier saw to it
			g.last = d.WriteStreamEnd(g.last, &x.Exchange, x.Attempt)
		}
		err = x.write(w, g.last)
		g.finishRead()
		return nil, err
	case x.refuses(failure):
		return nil, g.refuse(w, failure)
	default:
		return failure, nil
	}
}

func (g *guarded) judge() *core.Error {
	switch {
	case !g.over:
		return g.engine.Judge()
	case g.failure != nil:
		return g.engine.Cut()
	default:
		return g.engine.Finish()
	}
}

// pour writes what may leave.
func (g *guarded) pour(w io.Writer) (failure *core.Error, err error) {
	for e := g.engine.Next(); e != nil && failure == nil; e = g.engine.Next() {
		failure = g.append(e)
	}
	if len(g.out) == 0 && !g.over {
		g.alive()
	}
	if len(g.out) == 0 {
		return failure, nil
	}
	g.waits = time.Time{}
	err = g.x.write(w, g.out)
	g.out = g.out[:0]
	if err == nil {
		g.engine.Observe()
	}
	return failure, err
}

// aliveEvery is after how long a client whose stream is held back is shown that it
// goes on.
const aliveEvery = 10 * time.Second

// alive appends a sign of life where the client has waited for one.
func (g *guarded) alive() {
	now := g.x.srv.clock.Now()
	switch {
	case g.waits.IsZero():
		g.waits = now
	case now.Sub(g.waits) >= aliveEvery:
		g.out = g.x.eventReader().AppendIdle(g.out)
	}
}

// append appends an event as it leaves.
func (g *guarded) append(e *window.Event) *core.Error {
	x := g.x
	if g.reader == nil {
		g.appendTyped(e)
		return nil
	}
	data := e.Data
	if e.Changed || e.Edited() {
		if err := g.change(e); err != nil {
			return err
		}
		data = e.Scratch
	}
	if x.Route.Refuse {
		g.reader.SentEvent(&x.Exchange, data)
	}
	g.out = stream.AppendSSEEvent(g.out, eventName(e.Name, data), data)
	return nil
}

// eventName returns the type of an event, "" for one that is no word of a dialect: a
// word in the name is worth no more than any other, unless the payload is of that type
// too, by which the dialect has read it.
func eventName(name, data []byte) string {
	if len(name) == 0 {
		return "" // the usual case
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && c != '_' && c != '.' {
			return ""
		}
	}
	if string(name) == "error" || isType(name, data) {
		return string(name)
	}
	return ""
}

// isType tells whether a payload has the member "type" with that value, wherever.
func isType(name, data []byte) bool {
	const member = `"type"`
	for {
		v, rest := memberBehind(data, member)
		if len(v) > len(name)+1 && v[0] == '"' && v[len(name)+1] == '"' && string(v[1:len(name)+1]) == string(name) {
			return true
		}
		if v == nil {
			return false
		}
		data = rest
	}
}

// change puts into e.Scratch the payload with what the guards made of it.
func (g *guarded) change(e *window.Event) *core.Error {
	ex := &g.x.Exchange
	g.content.Reset()
	g.content.Again = true
	if err := g.reader.ReadEvent(ex, e.Data, &g.content); err != nil {
		return err
	}
	for i := range g.content.Parts {
		text, changed := e.Text(i)
		if !changed {
			continue
		}
		p := g.content.Parts[i].Part
		whole := [1]core.Edit{{End: len(p.Original()), Bytes: text}}
		if err := p.Apply(whole[:]); err != nil {
			return asError(err)
		}
	}
	var err *core.Error
	e.Scratch, err = g.reader.AppendEvent(e.Scratch[:0], ex, e.Data, &g.content)
	return err
}

// appendTyped appends an event in the client's dialect.
func (g *guarded) appendTyped(e *window.Event) {
	ev := e.Typed
	switch ev.Kind {
	case core.EventOpen:
		g.opened, g.blocks = append(g.opened, core.BlockRef{Choice: ev.Choice, Block: ev.Block}), max(g.blocks, ev.Block+1)
		g.choice(ev.Choice)
	case core.EventClose:
		for i, o := range g.opened {
			if o.Choice == ev.Choice && o.Block == ev.Block {
				g.opened = append(g.opened[:i], g.opened[i+1:]...)
				break
			}
		}
	case core.EventFinish:
		g.choice(ev.Choice).over = true
	case core.EventDelta, core.EventUsage, core.EventError, core.EventRaw:
	}
	if e.Edited() {
		changeTyped(e)
	}
	g.write(ev)
}

func (g *guarded) write(ev *core.Event) {
	d, _ := g.x.Request.Dialect.(core.TypedDialect) // the carrier saw to it
	g.out = d.WriteEvent(g.out, &g.x.Exchange, g.x.Attempt, ev)
}

// changeTyped puts what the guards made of an event into it.
func changeTyped(e *window.Event) {
	p := &e.Typed.Part
	if text, changed := e.Text(typedText); changed {
		p.SetText(text)
	}
	if p.Attr == nil {
		return
	}
	if _, changed := e.Text(typedSeal); changed {
		p.Attr.Signature = nil
	}
	if p.Kind != core.PartCitation {
		return
	}
	if text, changed := e.Text(typedURL); changed {
		p.Attr.URL = text
	}
	if text, changed := e.Text(typedJSON); changed {
		if p.Attr.JSON = text; !json.Valid(text) {
			p.Attr.JSON = nil
		}
	}
}

// refuse ends the stream as if the model had refused to go on.
func (g *guarded) refuse(w io.Writer, blocked *core.Error) error {
	x, at := g.x, g.x.Attempt
	x.setFailure(blocked)
	x.resp.Close(false)
	at.Finish = core.FinishContentFilter
	if g.reader != nil {
		return x.write(w, g.reader.AppendRefused(g.out[:0], &x.Exchange, at, blocked.Message))
	}
	g.out = g.out[:0]
	for _, o := range g.opened {
		g.write(&core.Event{Kind: core.EventClose, Choice: o.Choice, Block: o.Block})
	}
	for i := range max(x.Request.Choices, 1) {
		g.choice(int(i))
	}
	for i := range g.choices {
		if c := &g.choices[i]; !c.over {
			g.refuseChoice(c.number, blocked.Message)
		}
	}
	d, _ := x.Request.Dialect.(core.TypedDialect)
	return x.write(w, d.WriteStreamEnd(g.out, &x.Exchange, at))
}

// refuseChoice ends a choice with a refusal.
func (g *guarded) refuseChoice(n int, why string) {
	message := core.Part{Kind: core.PartRefusal, Role: core.RoleAssistant, Origin: core.OriginPlugin, Choice: n}
	g.write(&core.Event{Kind: core.EventOpen, Choice: n, Block: g.blocks, Part: message})
	message.SetText([]byte(why))
	g.write(&core.Event{Kind: core.EventDelta, Choice: n, Block: g.blocks, Part: message})
	message.SetText(nil)
	g.write(&core.Event{Kind: core.EventClose, Choice: n, Block: g.blocks, Part: message})
	g.write(&core.Event{Kind: core.EventFinish, Choice: n, Finish: core.FinishContentFilter})
}

// choice returns what is known of a choice of a translated stream.
func (g *guarded) choice(n int) *choice {
	for i := range g.choices {
		if g.choices[i].number == n {
			return &g.choices[i]
		}
	}
	g.choices = append(g.choices, choice{number: n})
	return &g.choices[len(g.choices)-1]
}
