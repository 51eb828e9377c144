package openai

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The index of a call in a stream tells which call a piece belongs to, and there are
// providers that give all calls of an answer the index 0, or none. To a client of this
// dialect their stream passes as it came: which of the two a client makes one of is its
// own affair. Guards see the calls apart, as the translators do, where one is whole when
// the next begins.

const (
	maxTwins    = 100     // calls of one index that are told apart
	maxPlaces   = 256     // indices that are watched
	maxCallName = 512     // bytes of an id or a name that are compared
	blocksTwins = 1 << 17 // what the blocks of such calls are apart
)

// callPlace is an index at which a choice calls tools.
type callPlace struct {
	choice, index int
	twins         int    // the calls that were there before
	id, name      []byte // of the one that is there now
	args          progress
}

// callBlock returns the block of the call that a piece of index belongs to.
func (m *memory) callBlock(w *leaf.Walk, o leaf.Object, index int) int {
	p := m.placeOf(max(w.Choice, 0), index)
	if p == nil {
		return blockCalls + index
	}
	if !w.Again() {
		p.read(w, o)
	}
	return p.block()
}

// placeOf returns what is known of an index, or nil where too many are.
func (m *memory) placeOf(choice, index int) *callPlace {
	for i := range m.places {
		if p := &m.places[i]; p.choice == choice && p.index == index {
			return p
		}
	}
	n := len(m.places)
	switch {
	case n == maxPlaces:
		return nil
	case n < cap(m.places):
		m.places = m.places[:n+1]
	default:
		m.places = append(m.places, callPlace{})
	}
	p := &m.places[n]
	*p = callPlace{choice: choice, index: index, id: p.id[:0], name: p.name[:0]}
	return p
}

// followCall notes the arguments in a chunk that was known without being read.
func (m *memory) followCall(c *core.EventContent) {
	for _, part := range c.Parts {
		if part.Kind != core.PartToolCall {
			continue
		}
		for i := range m.places {
			if p := &m.places[i]; p.choice == part.Choice && p.block() == part.Msg {
				p.args.feed(part.Text())
			}
		}
	}
}

// piecePaths is what a piece of a call says.
var piecePaths = jsonscan.NewPaths("name", "arguments")

// read notes what a piece says. It begins another call if it names a tool once more,
// with another id or, where there are no ids, another tool, while the arguments of the
// one before are whole: so no client can make one call of the two.
func (p *callPlace) read(w *leaf.Walk, o leaf.Object) {
	var found [2]jsonscan.Value
	of := o.Value("function")
	if of.Kind != jsonscan.ObjectKind || piecePaths.ReadIn(w.Doc(), of, found[:]) != nil {
		return
	}
	id, name := compared(w.Text(o.Value("id"))), compared(w.Text(found[0]))
	if string(id) == "null" {
		id = nil // as Mistral says it
	}
	if len(name) > 0 && p.args.whole() {
		another := !bytes.Equal(name, p.name)
		if len(id) > 0 && len(p.id) > 0 {
			another = !bytes.Equal(id, p.id)
		}
		if another && p.twins < maxTwins {
			w.EndCalls(p.block(), p.block()+1)
			*p = callPlace{choice: p.choice, index: p.index, twins: p.twins + 1, id: p.id[:0], name: p.name[:0]}
		}
	}
	if len(p.id) == 0 {
		p.id = append(p.id, id...)
	}
	if len(p.name) == 0 {
		p.name = append(p.name, name...)
	}
	p.args.feed(w.Text(found[1]))
}

// compared returns what of a name or an id is compared.
func compared(name []byte) []byte { return name[:min(len(name), maxCallName)] }

func (p *callPlace) block() int { return blockCalls + p.index + p.twins*blocksTwins }

// progress follows arguments, which come in pieces, to where their object ends.
type progress struct {
	depth           int
	quoted, escaped bool
	ended, broken   bool
}

// feed goes on with a piece.
func (p *progress) feed(text []byte) {
	for _, c := range text {
		switch {
		case p.escaped:
			p.escaped = false
		case p.quoted:
			p.escaped, p.quoted = c == '\\', c != '"'
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		case p.ended, p.depth == 0 && c != '{':
			p.broken = true // something else, or something behind it
		case c == '"':
			p.quoted = true
		case c == '{' || c == '[':
			p.depth++
		case c == '}' || c == ']':
			p.depth--
			p.ended = p.depth == 0
		}
	}
}

// whole tells whether the object has ended and nothing came behind it.
func (p *progress) whole() bool { return p.ended && !p.broken }
