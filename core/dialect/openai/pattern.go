package openai

import "github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"

// answerPattern is what the answers of one provider have in common. Most answers
// differ from the one before in texts, ids and numbers alone, and are read at a
// third of the cost by looking at these. An answer that matches is read as it
// would be without: it has the same keys in the same places.
type answerPattern struct {
	pattern jsonscan.Pattern
	usage   bool // the answer has a usage object
	roles   []gapRole
	// Learning costs as much as some readings. So a pattern stays for a number of
	// misses in a row, which grows when the one before was of no use.
	misses, patience int
	useful           bool
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

// read fills a as [answer.read] would, if body has the pattern.
func (p *answerPattern) read(a *answer, body []byte) bool {
	gaps, ok := p.pattern.Match(body)
	if !ok {
		return false
	}
	p.misses, p.useful = 0, true
	a.choices.Kind = jsonscan.ArrayKind
	a.usage.found = p.usage
	for _, r := range p.roles {
		switch g := &gaps[r.gap]; r.role {
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

// learn makes p the pattern of body, a whole answer that was read into a, if it
// is worth it and each value that was taken from it stands in a gap.
func (p *answerPattern) learn(a *answer, body []byte) {
	if p.misses++; p.misses <= p.patience {
		return
	}
	if p.useful {
		p.patience = 0
	}
	p.patience = min(2*p.patience+1, maxPatience)
	p.misses, p.useful = 0, false
	p.roles = p.roles[:0]
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
