package plugintest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// places are where an answer can hold a canary.
var places = []string{"text", "thinking", "refusal", "tool_call", "citation"}

func knownPlace(kind string) bool { return slices.Contains(places, kind) }

// cut is how an answer comes: in which events, and in which writes.
type cut struct {
	name   string
	runes  bool // an event for each rune of the text; else one
	random bool // events of a few runes
	writes writes
	crlf   bool
	whole  bool // not streamed at all
	size   size
}

// writes is how the bytes of an answer are written to the socket.
type writes uint8

const (
	writeAll writes = iota
	writeEvents
	writeBytes
	writeRandom
)

// size is what else an answer has than the text that counts.
type size uint8

const (
	usual size = iota
	empty      // it has no text at all
	huge       // hugeBytes of text stand before it
	many       // as many blocks of text stand before it as manyBlocks says
)

const (
	hugeBytes  = 64 << 10
	hugePiece  = 1000 // runes of an event
	manyBlocks = 50
)

var cuts = []cut{
	{name: "not streamed", whole: true},
	{name: "one event"},
	{name: "an event a rune", runes: true, writes: writeEvents},
	{name: "an event a rune, one write", runes: true},
	{name: "random events", random: true, writes: writeEvents},
	{name: "byte by byte", random: true, writes: writeBytes},
	{name: "random writes", runes: true, writes: writeRandom},
	{name: "CRLF", random: true, writes: writeRandom, crlf: true},
	{name: "huge, not streamed", whole: true, size: huge},
	{name: "huge", writes: writeEvents, size: huge},
	{name: "empty, not streamed", whole: true, size: empty},
	{name: "empty", writes: writeEvents, size: empty},
	{name: "many blocks, not streamed", whole: true, size: many},
	{name: "many blocks", random: true, writes: writeEvents, size: many},
}

// exchange is one of the test's exchanges.
type exchange struct {
	id       string
	front    *front
	back     *back
	cut      cut
	place    string // "" for a harmless answer
	canary   string // in the answer; "" for a harmless one
	harmless string
	text     string // that the answer says there
	tenant   *tenant
	seed     uint64
	// refused: the guard judges no streams, so that there must be none.
	refused bool
}

func (x *exchange) String() string {
	what := "a harmless answer"
	if x.refused {
		what = "a stream that must be refused"
	}
	if x.place != "" {
		what = "the canary as " + x.place
	}
	return fmt.Sprintf("%s, %s, %s", x.pair(), x.cut.name, what)
}

const between = " ← "

func (x *exchange) pair() string { return x.front.name + between + x.back.name }

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

// cases returns all exchanges, and why some combinations are none. streams tells
// whether the guard judges streams.
func cases(o *Options, streams bool) (list []exchange, skipped []string) {
	note := func(format string, args ...any) {
		if s := fmt.Sprintf(format, args...); !slices.Contains(skipped, s) {
			skipped = append(skipped, s)
		}
	}
	add := func(x exchange) {
		x.id = fmt.Sprintf("case-%d.", len(list))
		x.seed = o.Seed + uint64(len(list))
		x.tenant = &tenants[len(list)%len(tenants)]
		if x.refused = !x.cut.whole && !streams; x.refused {
			note("streams: the manifest says no mode (window or buffer) in which the guard judges them, so they must be refused")
		}
		x.text = x.says()
		list = append(list, x)
	}
	for i := range fronts {
		for j := range backs {
			f, b := &fronts[i], &backs[j]
			if !f.reaches(b) {
				continue
			}
			for _, c := range cuts {
				if c.size == many && b.name != manyIn {
					note("many blocks: they are tried with %s", manyIn)
					continue
				}
				add(exchange{front: f, back: b, cut: c, harmless: o.Harmless})
				for _, place := range places {
					switch {
					case c.size == empty, c.size != usual && place != "text":
					case slices.Contains(o.Without, place):
						note("%s: the guard is said not to judge it", place)
					case !b.says[place]:
						note("%s: the dialect %s has no such content", place, b.name)
					default:
						add(exchange{front: f, back: b, cut: c, place: place, harmless: o.Harmless, canary: o.Canary})
					}
				}
			}
		}
	}
	return list, skipped
}

// says is the text of the answer. The id at its end tells whose it is.
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

// pieces cuts a text into those that come in one event each.
func (x *exchange) pieces(text string) []string {
	r := rand.New(rand.NewPCG(x.seed, 1)) //nolint:gosec // no secret: the same seed, the same cuts
	switch {
	case x.cut.runes:
		return strings.Split(text, "")
	case x.cut.random:
		var out []string
		runes := []rune(text)
		for len(runes) > 0 {
			n := 1 + r.IntN(min(len(runes), 5))
			out = append(out, string(runes[:n]))
			runes = runes[n:]
		}
		return out
	case x.cut.size == huge:
		var out []string
		for c := range slices.Chunk([]rune(text), hugePiece) {
			out = append(out, string(c))
		}
		return out
	default:
		return []string{text}
	}
}

// chunks cuts the bytes of an answer, given by event, into writes.
func (x *exchange) chunks(events []string) []string {
	switch x.cut.writes {
	case writeEvents:
		return events
	case writeBytes:
		all := strings.Join(events, "")
		out := make([]string, len(all))
		for i := range len(all) {
			out[i] = all[i : i+1]
		}
		return out
	case writeRandom:
		r := rand.New(rand.NewPCG(x.seed, 2)) //nolint:gosec // as above
		var out []string
		for all := strings.Join(events, ""); len(all) > 0; {
			n := 1 + r.IntN(min(len(all), 64))
			out = append(out, all[:n])
			all = all[n:]
		}
		return out
	default:
		return []string{strings.Join(events, "")}
	}
}
