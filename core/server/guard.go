package server

import (
	"math"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// guarded is a stream on its way through the hooks that judge answers.
type guarded struct {
	x       *exchange
	reader  core.EventReader // nil where the stream is translated
	content core.EventContent
	out     []byte // what is to be written, reused
	failure *core.Error
	whole   bool      // it has been read to its end, and judged, before it is sent
	over    bool      // nothing more is read
	drain   bool      // the upstream's last bytes are still to be read
	unknown bool      // something was taken out that nobody could judge
	waits   time.Time // since when the client gets nothing of what comes
	warmer  warmer    // what the dialect remembers of the stream; may be nil
	warmth  byte      // so that what warm reads is used

	engine window.Stream
	reply  core.Reply
	mender stream.Mender
	parts  [typedTexts]core.Part // backing of content, where the stream is translated
	last   []byte                // what ends the stream where no event does

	respond *core.Respond   // a plugin's own answer in place of a buffered one
	retry   string          // what a guard of a buffered one tells the model
	blocked *core.Error     // that the client is told of as of a refusal
	opened  []core.BlockRef // blocks that the client has seen begin and not end; of a translated stream
	blocks  int             // one more than the largest of them
	choices []choice        // that the client has seen begin, likewise
}

// choice is one of the answers in a translated stream.
type choice struct {
	number int
	over   bool // it has finished
}

// warmer is what can be read before it is needed, see [core.Warm].
type warmer interface{ Warm() byte }

// warm reads at once what the next event will need.
func (g *guarded) warm() {
	sum := g.engine.Warm() + core.Warm(&g.content) + core.Warm(&g.reply) + core.Warm(&g.x.call) + core.WarmBytes(g.out)
	if g.warmer != nil {
		sum += g.warmer.Warm()
	}
	g.warmth = sum
}

// guards tells whether hooks judge the answer of the exchange.
func (x *exchange) guards() bool { return x.chain.Has(core.PhaseAnswer) }

// guardable returns an error where the exchange is a stream that its guards cannot
// judge.
func (x *exchange) guardable() *core.Error {
	if !x.Request.Stream || !x.guards() {
		return nil
	}
	if err := x.chain.Streams(); err != nil {
		return err
	}
	if _, ok := x.Request.Dialect.(core.EventReader); !ok {
		return core.ClientErrorf(core.CodeStreamNotGuarded, "stream",
			"The route %q has a guardrail on its answers, and streams of this kind cannot be judged. Set stream to false.", x.Route.Name)
	}
	return nil
}

// guardStream makes the exchange ready to judge the stream of an attempt.
func (x *exchange) guardStream(at *core.Attempt) {
	if x.guard == nil {
		x.guard = &guarded{x: x}
	}
	g := x.guard
	g.end()
	x.sse.Reset() // an attempt before this one may have been read in part
	x.sse.MaxEvent = int(x.state.Snapshot.Limits.EventBytes)
	o := window.Options{Most: int(x.state.Snapshot.Limits.AnswerBytes)}
	if at.Translation == nil {
		g.reader = x.eventReader()
		g.reader.BeginEvents(&x.Exchange)
		g.warmer, _ = x.Request.Scanned.(warmer)
		o.Repeats = g.reader.Repeats()
	}
	g.engine.Begin(x.chain.Guards(), g, o)
}

// eventReader is the client's dialect: guardable saw to it that it is one.
func (x *exchange) eventReader() core.EventReader {
	r, _ := x.Request.Dialect.(core.EventReader)
	return r
}

// end forgets the stream.
func (g *guarded) end() {
	g.engine.End()
	g.content.Reset()
	g.reply.Reset()
	if cap(g.out) > maxScratch {
		g.out = nil
	}
	*g = guarded{
		x: g.x, engine: g.engine, content: g.content, reply: g.reply,
		out: g.out[:0], last: g.last[:0], opened: g.opened[:0], choices: g.choices[:0],
	}
}

// Window lets guard i judge a piece of a block.
func (g *guarded) Window(i int, w *core.Window) (*core.Reply, *core.Error) {
	x := g.x
	x.call = core.Call{Exchange: &x.Exchange, Window: w}
	out := x.chain.Guard(i, &x.call, &g.reply)
	return &g.reply, out.Err
}

// Whole lets guard i judge the whole of a buffered answer. A plugin that answers
// itself, or has the model try again, ends the judgement.
func (g *guarded) Whole(i int, parts []*core.Part) *core.Error {
	if g.respond != nil || g.retry != "" {
		return nil
	}
	x := g.x
	x.call = core.Call{Exchange: &x.Exchange, Parts: parts}
	out := x.chain.Guard(i, &x.call, &g.reply)
	g.respond, g.retry = out.Respond, out.Retry
	return out.Err
}

// judgeWhole judges a stream that has been read to its end. It returns false when
// the exchange has been answered otherwise.
func (g *guarded) judgeWhole() bool {
	x := g.x
	err := g.engine.Finish()
	if err == nil && g.respond == nil {
		err = x.again(g.retry)
	}
	switch {
	case err != nil && x.refuses(err):
		g.blocked = err
	case err != nil:
		x.fail(err)
		return false
	case g.respond != nil:
		x.respond(g.respond)
		return false
	case g.retry != "":
		x.retry(g.retry)
		return false
	}
	return true
}

// refuseWhole makes the whole answer one in which the model refuses. It returns
// false when the exchange has been answered otherwise.
func (x *exchange) refuseWhole(blocked *core.Error) bool {
	d, ok := x.Request.Dialect.(core.TypedDialect)
	if !ok || !x.Request.Operation.Typed() {
		x.fail(blocked)
		return false
	}
	x.setFailure(blocked)
	at := x.Attempt
	at.Finish = core.FinishContentFilter
	message := core.Part{Kind: core.PartRefusal, Role: core.RoleAssistant, Origin: core.OriginPlugin}
	message.SetText([]byte(blocked.Message))
	x.ctx.Response.SetBody(d.WriteAnswer(nil, &x.Exchange, at, &core.Answer{
		Model: at.Model, Usage: at.Usage, Parts: []core.Part{message}, Choices: []core.Choice{{Finish: at.Finish}},
	}))
	return true
}

// retry has the model try again with what a guard said of its answer as one more
// message, which those who judge prompts judge as the rest of it: it may hold what they
// took out. What the first answer cost is settled now and booked with the second.
func (x *exchange) retry(feedback string) {
	x.retried = true
	if !x.Request.Stream {
		x.Attempt.Stream.OutTokens = estimateInput(int64(len(x.ctx.Response.Body())))
	}
	x.spend(x.Attempt)
	x.accepted = false
	x.state.Loop.Done(&x.Exchange, nil)
	if err := x.parts(); err != nil {
		x.fail(err)
		return
	}
	p := &core.Part{ID: len(x.Prompt), Role: core.RoleUser, Msg: -1, Before: math.MaxInt32, Origin: core.OriginPlugin}
	p.SetText([]byte(feedback))
	x.Prompt = append(x.Prompt, p)
	x.call = core.Call{Parts: x.Prompt}
	switch out := x.run(x.chain.Judges(), core.PhasePrompt); {
	case out.Err != nil:
		x.fail(out.Err)
		return
	case out.Respond != nil:
		x.respond(out.Respond)
		return
	}
	x.ForgetTyped()
	if err := x.reserveAgain(estimateInput(int64(len(feedback)))); err != nil {
		x.fail(err)
		return
	}
	x.attempt()
}

// reserveAgain settles the reservations with what was used up so far and sets aside
// what another attempt may use up, whose prompt is more tokens longer: one reservation
// is for one answer.
func (x *exchange) reserveAgain(more int64) *core.Error {
	used := x.spent.Minus(x.settled)
	for x.nReserve > 0 {
		x.settleOne(used)
	}
	x.settled = x.spent
	x.estInput += more
	return x.reserve()
}

// again returns the error of an exchange whose model has tried a second time already
// when a guard wants it to, or nil.
func (x *exchange) again(feedback string) *core.Error {
	if feedback == "" || !x.retried {
		return nil
	}
	e := core.Errorf(core.CodeBlocked, "A guardrail did not accept the answer, nor the one that the model gave when it was told so.")
	e.Origin = core.OriginPlugin
	return e
}

// refuses tells whether the client is told of err as if the model had refused.
func (x *exchange) refuses(err *core.Error) bool {
	return err.Code == core.CodeBlocked && x.Route.Refuse
}
