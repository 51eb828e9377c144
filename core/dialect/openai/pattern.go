package openai

import (
	"sync/atomic"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// answerPattern is what the answers of one service have in common. Most answers
// differ from the one before in texts, ids and numbers alone, and are read at a
// third of the cost by looking at these. An answer that matches is read as it
// would be without: it has the same keys in the same places.
//
// It is shared by all exchanges, in [core.Attempt.Learned], so that it is learned
// once and stays in the processor's cache. Only its counts change.
type answerPattern struct {
	pattern jsonscan.Pattern
	usage   bool // the answer has a usage object
	roles   []gapRole
	// Learning costs as much as some readings. So a pattern stays for a number of
	// misses in a row, which grows when the one before was of no use.
	patience int32
	misses   atomic.Int32
	useful   atomic.Bool
}

// learnedOf returns the pattern of the answers to attempts like at, or nil.
func learnedOf(at *core.Attempt) *answerPattern {
	p, _ := at.Learned.Load().(*answerPattern)
	return p
}

// fixedKeys are the members whose values seldom differ from one answer to the
// next.
var fixedKeys = jsonscan.NewKeys("object", "role", "index", "type")

// gapRole tells what stands in a gap of the pattern, by index.
type gapRole struct {
	gap  int
	role role
}

// role is a counter or one of these.
type role uint8

const (
	roleModel = role(numCounters) + iota
	roleFinish
)

// maxPatience keeps what cannot be learned from costing more than it is worth.
const maxPatience = 63

// read fills a as [answer.read] would, if body has the pattern. p may be nil. gaps
// is memory for it.
func (p *answerPattern) read(a *answer, body []byte, gaps *[]jsonscan.Gap) bool {
	if p == nil {
		return false
	}
	found, ok := p.pattern.Match(*gaps, body)
	*gaps = found
	if !ok {
		return false
	}
	if !p.useful.Load() || p.misses.Load() != 0 { // seldom: others have these in their caches
		p.useful.Store(true)
		p.misses.Store(0)
	}
	a.choices.Kind = jsonscan.ArrayKind
	a.usage.found = p.usage
	for _, r := range p.roles {
		switch g := &found[r.gap]; r.role {
		case roleModel:
			a.model = g.Value
		case roleFinish:
			a.finish = g.Value
		default:
			a.usage.set(counter(r.role), g.Int)
		}
	}
	return true
}

// learn puts the pattern of body, a whole answer that was read into a and does not
// have the pattern old, into at.Learned, if it is worth it. It matches nothing
// unless each value that was taken from body stands in a gap.
func (a *answer) learn(at *core.Attempt, old *answerPattern, body []byte) {
	if at.Learned == nil {
		return
	}
	p := &answerPattern{patience: 1}
	if old != nil {
		if old.misses.Add(1) <= old.patience {
			return
		}
		if !old.useful.Load() {
			p.patience = min(2*old.patience+1, maxPatience)
		}
	}
	p.usage = a.report().found
	taken := 0
	p.pattern.Fixed = fixedKeys
	for i, g := range p.pattern.Learn(body) {
		if r, ok := a.roleOf(g.Value); ok {
			p.roles = append(p.roles, gapRole{i, r})
			if r >= roleModel || a.report().has(counter(r)) {
				taken++
			}
		}
	}
	if a.n != 1 || a.finish.Kind != jsonscan.String || taken != a.taken() {
		p.pattern.Learn(nil)
	}
	at.Learned.Store(p)
}

// roleOf returns what the value v of a whole answer was taken for.
func (a *answer) roleOf(v jsonscan.Value) (role, bool) {
	if v.Kind == jsonscan.String {
		switch v.Span {
		case a.model.Span:
			return roleModel, true
		case a.finish.Span:
			return roleFinish, true
		}
		return 0, false
	}
	for id, start := range a.report().starts {
		if v.Start == int(start) {
			return role(id), true
		}
	}
	return 0, false
}

// taken counts the values that were taken from a whole answer.
func (a *answer) taken() int {
	n := 0
	for _, v := range []jsonscan.Value{a.model, a.finish} {
		if v.Kind == jsonscan.String {
			n++
		}
	}
	for id := range numCounters {
		if a.report().has(id) {
			n++
		}
	}
	return n
}
