package plugintest

import (
	"fmt"
	"slices"
	"strings"
)

// The kinds of place where an answer or a prompt can hold a canary.
const (
	inText       = "text"
	inThinking   = "thinking"
	inRefusal    = "refusal"
	inLogprobs   = "logprobs"
	inCall       = "tool_call"
	inCustom     = "custom_tool_call"
	inName       = "tool_name"
	inCitation   = "citation"
	inSystem     = "system"
	inUser       = "user"
	inCaption    = "caption"
	inAssistant  = "assistant"
	inToolResult = "tool_result"
	inTool       = "tool"
	inSchema     = "schema"
	inSchemaName = "schema_name"
	inTitle      = "title"
	inDocument   = "document"
)

// answerPlaces are where an answer can hold a canary, promptPlaces where a prompt can.
var (
	answerPlaces = []string{inText, inLogprobs, inThinking, inRefusal, inCall, inCustom, inName, inCitation}
	promptPlaces = []string{
		inSystem, inUser, inCaption, inAssistant, inThinking, inCall, inCustom, inToolResult, inTool, inSchema, inSchemaName, inTitle, inDocument,
	}
)

// within are the places that guards cannot tell from another one: who does not judge
// that, does not judge them.
var within = map[string]string{inLogprobs: inText, inCustom: inCall}

// Places returns the places where answers and prompts can hold a canary, in the words
// of [Options].Without.
func Places() []string {
	out := slices.Concat(answerPlaces, promptPlaces)
	slices.Sort(out)
	return slices.Compact(out)
}

// exchange is one of the test's exchanges.
type exchange struct {
	id       string
	front    *front
	back     *back
	cut      cut
	prompt   bool   // the text stands in the prompt, else in the answer
	place    string // where it stands
	canary   string // in it; "" for a harmless one
	harmless string
	text     string // that is said there
	tenant   *tenant
	seed     uint64
	kind     int // which of those that the provider has
	// refused: the guard judges no streams, so that there must be none.
	refused bool
	// probe: it is harmless, and may stay away where the other dialect has no such
	// place.
	probe bool
	// fault is how a guard of the kit fails at the canary, nil for none.
	fault *fault
}

func (x *exchange) String() string {
	what := "the canary as " + x.place
	switch {
	case x.refused:
		what = "a stream that must be refused"
	case x.fault != nil:
		what = "a guard that fails: " + x.fault.name
	case x.canary == "":
		what = "a harmless " + x.place
	}
	side := "answer"
	if x.prompt {
		side = "prompt"
	}
	return fmt.Sprintf("%s, %s, %s: %s", x.pair(), x.cut.name, side, what)
}

const between = " ← "

func (x *exchange) pair() string { return x.front.name + between + x.back.name }

// streamed tells whether a stream is asked for.
func (x *exchange) streamed() bool { return !x.cut.whole }

// Around the canary stands what a client recognizes.
const (
	opening = "begin: "
	closing = ", end"
)

// tenant is one of those whose exchanges are interleaved.
type tenant struct{ name, key string }

// variable is the environment's, in which the gateway finds the tenant's key.
func (t *tenant) variable() string { return "KIT_KEY_" + strings.ToUpper(t.name) }

var tenants = []tenant{{"north", "sk-kit-north-0123456789"}, {"south", "sk-kit-south-0123456789"}}

// plan is what will be tried, and why some of it will not.
type plan struct {
	o       *Options
	streams bool // the guard judges streams
	list    []exchange
	skips   skips
}

func (p *plan) add(x exchange) {
	x.id = fmt.Sprintf("case-%d.", len(p.list))
	x.seed = p.o.Seed + uint64(len(p.list))
	x.tenant = &tenants[len(p.list)%len(tenants)]
	x.kind = len(p.list) / len(tenants) % len(x.back.kinds)
	x.harmless = p.o.Harmless
	if x.prompt && !p.streams || x.front.op != opChat {
		x.cut.whole = true
	}
	if x.refused = x.streamed() && !p.streams; x.refused {
		p.skips.note("streams: the manifest says no mode (window or buffer) in which the guard judges them, so they must be refused")
	}
	x.text = x.says()
	p.list = append(p.list, x)
}

// cases plans all exchanges.
func cases(o *Options, f *facts) *plan {
	p := &plan{o: o, streams: f.streams(o), skips: skips{}}
	p.skips.note("cuts: places other than the text are tried, through translators and in other operations than chats, in one in turn of the cuts that nobody behind the reader can tell apart")
	if !f.judgesAnswers() {
		p.skips.note("answers: the plugin does not judge them")
	}
	if !f.judgesPrompts() {
		p.skips.note("prompts: the plugin does not judge them")
	}
	for i := range fronts {
		for j := range backs {
			front, back := &fronts[i], &backs[j]
			if !front.reaches(back) {
				continue
			}
			switch {
			case !f.judgesAnswers():
			case back.talks():
				p.answers(front, back)
				p.faults(front, back)
			default:
				p.skips.note("answers: numbers alone from", back.name)
			}
			if f.judgesPrompts() {
				p.prompts(front, back)
			}
		}
	}
	return p
}

func (p *plan) answers(f *front, b *back) {
	for _, c := range answerCuts {
		switch {
		case f.op != opChat && (!c.whole || c.size != usual):
			p.skips.note("streams and sizes of answers: the operation has none:", b.name)
			continue
		case c.size == many && b.name != manyIn:
			p.skips.note("many blocks: tried with " + manyIn + " alone")
			continue
		case c.size == two && (b.choices == "" || f.same != b.name):
			p.skips.note("two choices: tried in the same dialect, and not in those of one choice:", b.name)
			continue
		}
		for _, place := range answerPlaces {
			if place != inText && c.size != usual {
				continue
			}
			if !b.holds(f, place) {
				p.skips.note("answer, "+place+": no such content in", b.name)
				continue
			}
			if c.tries(answerCuts, f, b, place) {
				p.answer(exchange{front: f, back: b, cut: c, place: place})
			}
		}
	}
}

// answer adds a harmless exchange, once for each place but the text, and one with the
// canary.
func (p *plan) answer(x exchange) {
	first := x.cut.name == answerCuts[0].name
	switch {
	case x.place == inText:
		p.add(x)
	case x.front.textAlone && x.back.name != x.front.same:
		p.skips.note("answer, "+x.place+": lost, as it should be, by clients of", x.front.name)
	case first:
		x.probe = true
		p.add(x)
	}
	p.canary(x, "answer", x.cut.size != empty)
}

// canary adds an exchange with the canary, where the guard judges the place.
func (p *plan) canary(x exchange, side string, any bool) {
	x.probe, x.canary = false, p.o.Canary
	switch {
	case !any:
	case slices.Contains(p.o.Without, x.place), slices.Contains(p.o.Without, within[x.place]):
		p.skips.note(side + ", " + x.place + ": the guard is said not to judge it")
	default:
		p.add(x)
	}
}

func (p *plan) prompts(f *front, b *back) {
	for _, place := range promptPlaces {
		if !f.holds(place) {
			p.skips.note("prompt, "+place+": no such content in", f.name)
			continue
		}
		x := exchange{front: f, back: b, prompt: true, place: place}
		for i, c := range promptCuts {
			x.cut = c
			if place == inUser || i == 0 {
				x.probe, x.canary = place != inUser, ""
				p.add(x)
			}
			if c.tries(promptCuts, f, b, place) {
				p.canary(x, "prompt", true)
			}
		}
	}
}

// says is the text that counts. The id at its end tells whose it is.
func (x *exchange) says() string {
	if x.cut.size == empty {
		return ""
	}
	what := x.canary
	if what == "" {
		what = x.harmless
	}
	text := opening + what + closing + " " + x.id
	if x.cut.size == huge {
		text = strings.Repeat(x.harmless+". ", hugeBytes/(len(x.harmless)+2)) + text
	}
	return text
}
