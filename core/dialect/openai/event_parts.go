package openai

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

var (
	_ core.EventReader = Chat{}
	_ core.EventReader = Completions{}
)

// Compiled once; never changed after.
var (
	eventForm = leaf.NewForm(leaf.Spec{
		Rows: eventLeaves, Choices: "choices[]", Judged: []string{"choices"}, Role: core.RoleAssistant, Stretches: true,
		Scenes: map[string]leaf.Scene{
			"choices[]":                             enterEventChoice,
			"choices[].delta.tool_calls[]":          enterEventCall,
			"choices[].delta.tool_calls[].function": enterEventFunction,
			"choices[].delta.tool_calls[].custom":   enterEventFunction,
			"choices[].delta.function_call":         enterEventLegacy,
		},
	})
	completionEventForm = leaf.NewForm(leaf.Spec{
		Rows: completionEventLeaves, Choices: "choices[]", Judged: []string{"choices"}, Role: core.RoleAssistant,
		Scenes: map[string]leaf.Scene{"choices[]": enterEventChoice},
	})
)

// maxEventIndex bounds the index of a choice: what no client asked for is told apart
// all the same.
const maxEventIndex = 1 << 20

func enterEventChoice(w *leaf.Walk, o leaf.Object) {
	if n, err := jsonscan.Int(w.Doc(), o.Value("index")); err == nil && n >= 0 {
		w.Choice = int(min(n, maxEventIndex))
	}
	if finish := o.Value("finish_reason"); finish.Kind == jsonscan.String && finish.Len() > 2 {
		w.End(core.AllBlocks)
	}
}

func enterEventCall(w *leaf.Walk, o leaf.Object) {
	index := int64(0)
	if n, err := jsonscan.Int(w.Doc(), o.Value("index")); err == nil {
		index = min(max(n, 0), blockCalls)
	}
	w.Block = memoryOf(w.Exchange()).callBlock(w, o, int(index))
	w.Ref = w.Text(o.Value("id"))
	w.Recall()
	w.EndCalls(blockCalls, w.Block)
}

func enterEventFunction(w *leaf.Walk, o leaf.Object) {
	w.Name = w.Text(o.Value("name"))
	w.Recall()
}

func enterEventLegacy(w *leaf.Walk, o leaf.Object) {
	w.Block = blockFunction
	enterEventFunction(w, o)
}

// Repeats returns false.
func (Chat) Repeats() bool { return false }

// BeginEvents forgets the stream before.
func (Chat) BeginEvents(ex *core.Exchange) {
	m := memoryOf(ex)
	m.BeginEvents()
	m.sent.forget()
	m.places = m.places[:0]
}

// ReadAlike reads a chunk that is like the one before.
func (Chat) ReadAlike(ex *core.Exchange, at *core.Attempt, data []byte, c *core.EventContent) bool {
	return memoryOf(ex).readAlike(at, eventForm, data, c)
}

// ReadAlike is [Chat.ReadAlike] for this dialect.
func (Completions) ReadAlike(ex *core.Exchange, at *core.Attempt, data []byte, c *core.EventContent) bool {
	return memoryOf(ex).readAlike(at, completionEventForm, data, c)
}

func (m *memory) readAlike(at *core.Attempt, f *leaf.Form, data []byte, c *core.EventContent) bool {
	n, _, ok := m.ReadAlike(f, data, c)
	if ok {
		if len(m.places) > 0 {
			m.followCall(c)
		}
		countContent(&at.Stream, tokens(n))
	}
	return ok
}

// ReadEvent fills c with what a chunk holds; [eventLeaves] is the table.
func (Chat) ReadEvent(ex *core.Exchange, data []byte, c *core.EventContent) *core.Error {
	return memoryOf(ex).readEvent(ex, eventForm, data, c)
}

// ReadEvent is [Chat.ReadEvent] for this dialect.
func (Completions) ReadEvent(ex *core.Exchange, data []byte, c *core.EventContent) *core.Error {
	return memoryOf(ex).readEvent(ex, completionEventForm, data, c)
}

func (m *memory) readEvent(ex *core.Exchange, f *leaf.Form, data []byte, c *core.EventContent) *core.Error {
	if len(data) == 0 {
		return nil
	}
	if isDone(data) {
		c.Ends = append(c.Ends, core.BlockRef{Choice: core.AllChoices, Block: core.AllBlocks})
		return nil
	}
	return m.ReadEvent(ex, f, data, c)
}

// isDone tells whether data is the terminal event.
func isDone(data []byte) bool {
	return data[0] != '{' && bytes.Equal(bytes.TrimSpace(data), done)
}

// AppendEvent appends a chunk with what was changed in it.
func (Chat) AppendEvent(dst []byte, ex *core.Exchange, data []byte, c *core.EventContent) ([]byte, *core.Error) {
	if len(data) == 0 || isDone(data) {
		return append(dst, data...), nil
	}
	return memoryOf(ex).AppendEvent(dst, data, c)
}

// AppendIdle appends a comment.
func (Chat) AppendIdle(dst []byte) []byte { return append(dst, ": keep-alive\n\n"...) }
