package responses

import (
	"bytes"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

var _ core.EventReader = Dialect{}

// Compiled once; never changed after.
var (
	eventForm = leaf.NewForm(leaf.Spec{
		Rows: eventLeaves, Judged: []string{"item", "part", "response"}, Role: core.RoleAssistant, Group: itemBlocks, Counter: "sequence_number",
		Scenes: map[string]leaf.Scene{
			"":                            enterEvent,
			"part":                        enterEventPart,
			"item":                        enterEventItem,
			"item.content[]":              enterEventContent,
			"item.summary[]":              enterEventSummary,
			"response.output[]":           enterEventOutput,
			"response.output[].content[]": enterEventContent,
			"response.output[].summary[]": enterEventSummary,
		},
	})
	otherForm = leaf.NewForm(leaf.Spec{Rows: otherLeaves, Role: core.RoleAssistant})
)

// number returns the member of that name as an index below limit, 0 where it is none.
func number(w *leaf.Walk, o leaf.Object, name string, limit int64) int {
	n, err := jsonscan.Int(w.Doc(), o.Value(name))
	if err != nil {
		return 0
	}
	return int(min(max(n, 0), limit-1))
}

// enterEvent notes which block an event belongs to.
func enterEvent(w *leaf.Walk, o leaf.Object) {
	k := memoryOf(w.Exchange()).kind
	w.Kind, w.Flow = k.kind, k.flow
	w.Block = number(w, o, "output_index", maxItem)*itemBlocks + k.block
	switch k.by {
	case byContent:
		w.Block += number(w, o, "content_index", maxContent)
	case bySummary:
		w.Block += number(w, o, "summary_index", maxContent)
	case byCommand:
		w.Block += number(w, o, "command_index", maxCommand) * 2
	case byNothing, byItem:
	}
	switch {
	case k.all:
		w.End(core.AllBlocks)
	case k.ends && k.by == byCommand:
		w.End(w.Block)
		w.End(w.Block + 1)
	case k.ends && k.by != byItem:
		w.End(w.Block)
	}
	if k.kind == core.PartToolCall {
		w.Recall()
	}
}

// enterEventPart notes that a content is of thinking.
func enterEventPart(w *leaf.Walk, o leaf.Object) {
	if thinks(w.Text(o.Value("type"))) {
		w.Kind = core.PartThinking
	}
}

func thinks(kind []byte) bool {
	return string(kind) == "reasoning_text" || string(kind) == "summary_text"
}

// enterEventItem notes what an item says about the strings in it, and that one which
// is done has ended.
func enterEventItem(w *leaf.Walk, o leaf.Object) {
	enterItem(w, o)
	w.Block += blockCall
	w.Recall()
	m := memoryOf(w.Exchange())
	m.place(w.Text(o.Value("id")), w.Block/itemBlocks)
	if m.kind.ends {
		w.End(w.Block)
		w.End(w.Block + blockCode - blockCall)
		w.End(w.Block + blockDiff - blockCall)
		w.End(w.Block + blockTranscript - blockCall)
	}
}

// enterEventOutput is the same for an item of a whole answer. It has the place that
// it had in the stream, which is not that in the answer where something was left out.
func enterEventOutput(w *leaf.Walk, o leaf.Object) {
	enterItem(w, o)
	w.Block = memoryOf(w.Exchange()).placeOf(w.Text(o.Value("id")), min(w.Index(), maxItem-1))*itemBlocks + blockCall
	w.Recall()
}

// enterEventContent notes the block of a content of an item.
func enterEventContent(w *leaf.Walk, o leaf.Object) {
	w.Block += min(w.Index(), maxContent-1) + blockContent - blockCall
	enterEventPart(w, o)
	endWithItem(w)
}

// enterEventSummary is the same for a summary.
func enterEventSummary(w *leaf.Walk, _ leaf.Object) {
	w.Block += min(w.Index(), maxContent-1) + blockSummary - blockCall
	endWithItem(w)
}

func endWithItem(w *leaf.Walk) {
	if memoryOf(w.Exchange()).kind.ends {
		w.End(w.Block)
	}
}

// maxPlaces bounds how many items are known by their ids, and maxID how long those may
// be, in bytes.
const (
	maxPlaces = 256
	maxID     = 256
)

// place is where the item with that id stands in the output.
type place struct {
	id    []byte
	index int
}

func (m *memory) place(id []byte, index int) {
	n := len(m.places)
	if len(id) == 0 || len(id) > maxID || n == maxPlaces || m.placeOf(id, -1) >= 0 {
		return
	}
	if n < cap(m.places) {
		m.places = m.places[:n+1]
	} else {
		m.places = append(m.places, place{})
	}
	p := &m.places[n]
	p.id, p.index = append(p.id[:0], id...), index
}

// placeOf returns where the item with that id stands, or otherwise.
func (m *memory) placeOf(id []byte, otherwise int) int {
	for i := range m.places {
		if bytes.Equal(m.places[i].id, id) {
			return m.places[i].index
		}
	}
	return otherwise
}

// Repeats returns true: each text comes again when it is whole, when its item is, and
// with the answer.
func (Dialect) Repeats() bool { return true }

// BeginEvents forgets the stream before.
func (Dialect) BeginEvents(ex *core.Exchange) {
	m := memoryOf(ex)
	m.BeginEvents()
	m.places = m.places[:0]
	m.sent.forget()
}

// nothing tells whether data is what [Dialect.Event] drops.
func nothing(data []byte) bool {
	text := bytes.TrimSpace(data)
	return len(text) == 0 || string(text) == "[DONE]"
}

// kindOf returns what the type of an event says; ok is false for one that nobody knows.
func kindOf(data []byte) (k eventKind, ok bool) {
	c := jsonscan.Cursor{Doc: data}
	if c.Peek() != jsonscan.ObjectKind {
		return eventKind{}, false
	}
	for id := c.Enter(eventKeys); id != jsonscan.NoMember; id = c.Member(eventKeys, id) {
		v := c.Skip()
		if id == eventType {
			k, ok = eventKinds[string(v.Text(data))]
			return k, ok && !v.Escaped
		}
	}
	return eventKind{}, false
}

// ReadAlike reads a delta that is like the event before but for its text and number.
func (Dialect) ReadAlike(ex *core.Exchange, at *core.Attempt, data []byte, c *core.EventContent) bool {
	n, number, ok := memoryOf(ex).ReadAlike(eventForm, data, c)
	if !ok {
		return false
	}
	value, err := strconv.ParseInt(string(number), 10, 64)
	noteNumber(ex, at, value, err == nil)
	countContent(&at.Stream, tokens(n))
	settleParts(c)
	return true
}

// ReadEvent fills c with what an event holds; [eventLeaves] is the table.
func (Dialect) ReadEvent(ex *core.Exchange, data []byte, c *core.EventContent) *core.Error {
	if nothing(data) {
		return nil
	}
	m := memoryOf(ex)
	form := eventForm
	kind, ok := kindOf(data)
	if m.kind = kind; !ok {
		form = otherForm
	}
	err := m.ReadEvent(ex, form, data, c)
	settleParts(c)
	return err
}

func settleParts(c *core.EventContent) {
	for _, p := range c.Parts {
		settlePart(p.Part)
	}
}

// AppendEvent appends an event with what was changed in it.
func (Dialect) AppendEvent(dst []byte, ex *core.Exchange, data []byte, c *core.EventContent) ([]byte, *core.Error) {
	if nothing(data) {
		return append(dst, data...), nil
	}
	return memoryOf(ex).AppendEvent(dst, data, c)
}

// AppendIdle appends a comment.
func (Dialect) AppendIdle(dst []byte) []byte { return append(dst, ": keep-alive\n\n"...) }
