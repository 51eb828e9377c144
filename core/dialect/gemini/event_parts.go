package gemini

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

var _ core.EventReader = Dialect{}

// eventForm is compiled once; it never changes after.
var eventForm = leaf.NewForm(leaf.Spec{
	Rows: eventLeaves, Choices: "candidates[]", Judged: []string{"candidates"}, Role: core.RoleAssistant, Stretches: true,
	Scenes: scenes("candidates[].content.parts[]", map[string]leaf.Scene{
		"promptFeedback":                                          enterFeedback,
		"candidates[]":                                            enterCandidate,
		"candidates[].content.parts[]":                            enterEventPart,
		"candidates[].content.parts[].functionCall":               enterEventCall,
		"candidates[].content.parts[].functionCall.partialArgs[]": enterPartial,
	}),
})

func enterFeedback(w *leaf.Walk, o leaf.Object) {
	if reason := o.Value("blockReason"); reason.Kind == jsonscan.String {
		w.EndChoices()
	}
}

// maxEventIndex bounds the index of a candidate: what no client asked for is told
// apart all the same.
const maxEventIndex = 1 << 20

func enterCandidate(w *leaf.Walk, o leaf.Object) {
	if n, err := jsonscan.Int(w.Doc(), o.Value("index")); err == nil && n >= 0 {
		w.Choice = int(min(n, maxEventIndex))
	}
	// A finish reason ends nothing: some models name one in every chunk.
}

// enterEventPart is the scene of a part: its text may be thinking.
func enterEventPart(w *leaf.Walk, o leaf.Object) {
	if o.Value("thought").Bool() {
		w.Kind, w.Block = core.PartThinking, blockThinking
	}
}

// enterEventCall is the scene of a call, which is a block of its own.
func enterEventCall(w *leaf.Walk, o leaf.Object) {
	functionCall(w, o)
	m := memoryOf(w.Exchange())
	w.Kind, w.Block = core.PartText, blockCalls+m.calls
	if !w.Again() {
		m.calls = (m.calls + 1) % maxCalls
	}
}

// maxCalls is how many calls of a stream have numbers of their own.
const maxCalls = 1 << 16

// enterPartial is the scene of a piece of the arguments of a call: those of one path
// in the arguments are one text.
func enterPartial(w *leaf.Walk, o leaf.Object) {
	w.Block = -1
	if w.Block = w.BlockOf(w.Text(o.Value("jsonPath"))); w.Block < 0 {
		w.Block, w.Flow = blockOther, core.FlowAlone
	}
}

// Repeats returns false.
func (Dialect) Repeats() bool { return false }

// BeginEvents forgets the stream before.
func (Dialect) BeginEvents(ex *core.Exchange) {
	m := memoryOf(ex)
	m.BeginEvents()
	m.calls = 0
	m.sent.forget()
}

// nothing tells whether data holds nothing: some runtimes end a stream as other
// dialects do.
func nothing(data []byte) bool {
	text := bytes.TrimSpace(data)
	return len(text) == 0 || string(text) == "[DONE]"
}

// ReadAlike returns false: each chunk tells what was used up to there.
func (Dialect) ReadAlike(*core.Exchange, *core.Attempt, []byte, *core.EventContent) bool {
	return false
}

// ReadEvent fills c with what a chunk holds; [eventLeaves] is the table.
func (Dialect) ReadEvent(ex *core.Exchange, data []byte, c *core.EventContent) *core.Error {
	if nothing(data) {
		return nil
	}
	err := memoryOf(ex).ReadEvent(ex, eventForm, data, c)
	for _, p := range c.Parts {
		if p.Kind == core.PartDocument {
			p.Kind = kindOf(p.Name)
		}
	}
	return err
}

// AppendEvent appends a chunk with what was changed in it.
func (Dialect) AppendEvent(dst []byte, ex *core.Exchange, data []byte, c *core.EventContent) ([]byte, *core.Error) {
	if nothing(data) {
		return append(dst, data...), nil
	}
	return memoryOf(ex).AppendEvent(dst, data, c)
}

// AppendIdle appends nothing: the dialect has nothing that its clients skip.
func (Dialect) AppendIdle(dst []byte) []byte { return dst }
