package anthropic

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

var _ core.EventReader = Messages{}

// eventForm is compiled once; it never changes after.
var eventForm = leaf.NewForm(leaf.Spec{
	Rows: eventLeaves, Judged: []string{"content_block", "delta", "message"}, Role: core.RoleAssistant,
	Scenes: eventScenes(),
})

func eventScenes() map[string]leaf.Scene {
	list := scenes(map[string]leaf.Scene{}, "content_block", "message.content[]")
	list[""] = enterEvent
	list["content_block"] = func(w *leaf.Walk, o leaf.Object) {
		enterBlock(w, o)
		w.Recall()
	}
	return list
}

// maxIndex bounds the index of a block.
const maxIndex = 1 << 20

// enterEvent notes which block an event belongs to. Blocks have the numbers that
// the provider gives them.
func enterEvent(w *leaf.Walk, o leaf.Object) {
	if n, err := jsonscan.Int(w.Doc(), o.Value("index")); err == nil {
		w.Block = int(min(max(n, 0), maxIndex))
	}
	switch string(w.Text(o.Value("type"))) {
	case "content_block_delta":
		w.Recall()
	case "content_block_stop":
		w.End(max(w.Block, 0))
	case "message_stop":
		w.End(core.AllBlocks)
	case "ping":
		w.Idle()
	}
}

// Repeats returns false: nothing in a stream is said twice.
func (Messages) Repeats() bool { return false }

// BeginEvents forgets the stream before.
func (Messages) BeginEvents(ex *core.Exchange) {
	m := memoryOf(ex)
	m.BeginEvents()
	m.sent = sentMemory{open: -1}
}

// nothing tells whether data is what [Messages.Event] drops.
func nothing(data []byte) bool {
	text := bytes.TrimSpace(data)
	return len(text) == 0 || string(text) == "[DONE]"
}

// ReadAlike reads a delta that is like the event before.
func (Messages) ReadAlike(ex *core.Exchange, at *core.Attempt, data []byte, c *core.EventContent) bool {
	n, _, ok := memoryOf(ex).ReadAlike(eventForm, data, c)
	if !ok {
		return false
	}
	countContent(&at.Stream, tokens(n))
	settleParts(c)
	return true
}

// ReadEvent fills c with what an event holds; [eventLeaves] is the table.
func (Messages) ReadEvent(ex *core.Exchange, data []byte, c *core.EventContent) *core.Error {
	if nothing(data) {
		return nil
	}
	err := memoryOf(ex).ReadEvent(ex, eventForm, data, c)
	settleParts(c)
	return err
}

func settleParts(c *core.EventContent) {
	for _, p := range c.Parts {
		settlePart(p.Part)
	}
}

// AppendEvent appends an event with what was changed in it. The signature of
// thinking that was edited becomes one that Forward and Typed know for none.
func (Messages) AppendEvent(dst []byte, ex *core.Exchange, data []byte, c *core.EventContent) ([]byte, *core.Error) {
	if nothing(data) {
		return append(dst, data...), nil
	}
	for _, p := range c.Parts {
		if p.Flow == core.FlowSeal && p.Edited() {
			edit := core.Edit{Part: p.ID, End: len(p.Text()), Bytes: []byte(sealOfEdited)}
			if err := p.Apply([]core.Edit{edit}); err != nil {
				e := core.Errorf(core.CodeInternal, "The gateway failed to take a signature out of an event.")
				e.Cause = err
				return dst, e
			}
		}
	}
	return memoryOf(ex).AppendEvent(dst, data, c)
}

// AppendIdle appends a ping.
func (d Messages) AppendIdle(dst []byte) []byte { return d.AppendKeepAlive(dst) }
