package plugintest

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf16"
)

// cut is how an answer or a prompt comes: in which events, and in which writes.
type cut struct {
	name    string
	runes   bool // an event for each rune of the text; else one
	random  bool // events of a few runes
	writes  writes
	crlf    bool
	escapes bool // every rune of a text is written as \uXXXX
	whole   bool // an answer that is not streamed, a prompt that wants none
	size    size
	few     bool // also one where little can differ, see tries
	turn    bool // one of those of which one in turn may be enough
}

// writes is how bytes are written to the socket.
type writes uint8

const (
	writeAll writes = iota
	writeEvents
	writeBytes  // each byte is a write of its own
	writeRandom // of up to 64 bytes
)

// size is what else an answer has than the text that counts.
type size uint8

const (
	usual size = iota
	empty      // it has no text at all
	huge       // hugeBytes of text stand before it
	many       // as many blocks of text stand before it as manyBlocks says
	two        // another choice, a harmless one, comes at the same time
)

const (
	hugeBytes  = 64 << 10
	hugePiece  = 1000 // runes of an event
	manyBlocks = 50
)

// answerCuts are those of answers.
var answerCuts = []cut{
	{name: "not streamed", whole: true, few: true},
	{name: "not streamed, byte by byte", whole: true, writes: writeBytes, turn: true},
	{name: "not streamed, random writes", whole: true, writes: writeRandom, turn: true},
	{name: "not streamed, escapes", whole: true, writes: writeRandom, escapes: true},
	{name: "one event", turn: true},
	{name: "an event a rune", runes: true, writes: writeEvents},
	{name: "an event a rune, one write", runes: true, turn: true},
	{name: "random events", random: true, writes: writeEvents, turn: true},
	{name: "byte by byte", random: true, writes: writeBytes},
	{name: "random writes", runes: true, writes: writeRandom, few: true, turn: true},
	{name: "CRLF", random: true, writes: writeRandom, crlf: true},
	{name: "escapes", random: true, writes: writeRandom, escapes: true},
	{name: "huge, not streamed", whole: true, size: huge},
	{name: "huge", writes: writeEvents, size: huge},
	{name: "empty, not streamed", whole: true, size: empty},
	{name: "empty", writes: writeEvents, size: empty},
	{name: "many blocks, not streamed", whole: true, size: many},
	{name: "many blocks", random: true, writes: writeEvents, size: many},
	{name: "two choices, not streamed", whole: true, size: two},
	{name: "two choices", random: true, writes: writeEvents, size: two},
}

// promptCuts are those of prompts. Where the guard judges streams, some want one.
var promptCuts = []cut{
	{name: "prompt, one write", whole: true},
	{name: "prompt, byte by byte", writes: writeBytes, turn: true},
	{name: "prompt, random writes", whole: true, writes: writeRandom, turn: true},
	{name: "prompt, random chunks", writes: writeEvents, turn: true},
	{name: "prompt, escapes", whole: true, writes: writeRandom, escapes: true},
}

// tries tells whether a place of an answer or a prompt is tried in one of those cuts.
// The text always is, and all between client and provider of one dialect. Elsewhere one
// cut of those that have turns is enough for a place: a translator sees whole events and
// requests, however they came. What clients get none of is tried in few.
func (c *cut) tries(cuts []cut, f *front, b *back, place string) bool {
	switch {
	case place == inText, place == inUser, f.same == b.name && f.op == opChat, c.size != usual:
		return true
	case f.textAlone:
		return c.few
	case !c.turn:
		return true
	}
	var turns []string
	for i := range cuts {
		if cuts[i].turn {
			turns = append(turns, cuts[i].name)
		}
	}
	turn := crc32.ChecksumIEEE([]byte(f.name+between+b.name+place)) % uint32(len(turns))
	return turns[turn] == c.name
}

// quoted writes a text of the answer as a string of JSON, in the way of the cut.
func (x *exchange) quoted(s string) string { return quoted(s, x.cut.escapes && !x.prompt) }

// spelled writes a text of the prompt likewise.
func (x *exchange) spelled(s string) string { return quoted(s, x.cut.escapes && x.prompt) }

func quoted(s string, escapes bool) string {
	if !escapes {
		b, _ := json.Marshal(s) // of a string it cannot fail
		return string(b)
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, `\u%04x`, unit)
	}
	b.WriteByte('"')
	return b.String()
}

// random returns where random cuts come from: the same seed, the same cuts.
func (x *exchange) random(stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(x.seed, stream)) //nolint:gosec // no secret
}

// pieces cuts a text into those that come in one event each.
func (x *exchange) pieces(text string) []string {
	switch {
	case x.cut.runes:
		return strings.Split(text, "")
	case x.cut.random:
		r := x.random(1)
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
	if x.cut.writes == writeEvents {
		return events
	}
	all := strings.Join(events, "")
	switch x.cut.writes {
	case writeBytes:
		return bytewise(all)
	case writeRandom:
		return x.parts(all)
	default:
		return []string{all}
	}
}

// parts cuts bytes into random pieces.
func (x *exchange) parts(all string) (out []string) {
	r := x.random(2)
	for len(all) > 0 {
		n := 1 + r.IntN(min(len(all), 64))
		out = append(out, all[:n])
		all = all[n:]
	}
	return out
}

func bytewise(all string) []string {
	out := make([]string, len(all))
	for i := range len(all) {
		out[i] = all[i : i+1]
	}
	return out
}
