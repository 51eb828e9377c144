package anthropic

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Forward fills at.Request.Body with the client's document, in which only the
// model and edited and appended parts are changed, and thinking is left out that
// the provider would refuse the whole request for: what another provider sealed,
// and what a guard edited. The document itself is not touched, so that a retry
// starts from the original. The ranges alias ex.Request.Body, at.Deployment and the
// memory of ex. Nothing is added for metering: this dialect always reports usage.
//
// A system part that a hook appended joins the end of "system", wherever it was to
// stand: not every provider takes one between messages.
//
// The error is CodePluginFailed for an edit after which the document would no
// longer be sound, and CodeUnsupportedField on a strict route where something is
// left out.
func (Messages) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
	m := memoryOf(ex)
	body := ex.Request.Body
	if m.body != len(body) || len(body) == 0 {
		return core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	m.Begin()
	if err := m.Apply(ex, insertMessage); err != nil {
		return err
	}
	m.insertSystem(ex)
	if slices.ContainsFunc(ex.Prompt, editedThinking) || mayHoldTag(body) {
		if err := m.strip(ex); err != nil {
			return err
		}
	}
	// What is left out comes last: at one place it would hide what is added.
	if err := m.carry(ex, at); err != nil {
		return err
	}
	m.name(ex, at.Deployment)
	at.Request.Body = m.Render(ex, at.Request.Body[:0], body)
	return nil
}

// name puts the upstream's model in place of the client's, or what the provider wants
// there.
func (m *memory) name(ex *core.Exchange, d *core.Deployment) {
	body, model := ex.Request.Body, jsonscan.Span(ex.Request.ModelSpan)
	if p := d.Provider; p != nil && len(p.Quirks.InPlaceOfModel) > 2 && model.Len() > 0 {
		q := p.Quirks.InPlaceOfModel
		members := []byte(q[1 : len(q)-1])
		key := keyOf(body, model)
		if ex.Request.Operation != core.OpCountTokens {
			m.Replace(jsonscan.Span{Start: key, End: model.End}, members)
			return
		}
		m.Insert(key, append(members, ','))
	}
	if len(d.ModelJSON) > 0 && !bytes.Equal(d.ModelJSON, model.Of(body)) {
		m.Replace(model, d.ModelJSON)
	}
}

// insertMessage adds an appended part as a message of its own. A result needs a
// call, which such a message has not: what would be one speaks as the user.
func insertMessage(m *leaf.Memory, ex *core.Exchange, p *core.Part) *core.Error {
	if p.Role == core.RoleSystem {
		return nil // see insertSystem
	}
	role := "user"
	if p.Role == core.RoleAssistant {
		role = "assistant"
	}
	text := p.Text()
	b := ex.Alloc(len(text) + len(text)/8 + 64)[:0]
	b = append(b, `{"role":"`...)
	b = append(b, role...)
	b = append(b, `","content":`...)
	b = jsonscan.AppendQuoted(b, text)
	before := p.Before
	if memoryOf(ex).startsWithResult(ex.Request.Body, before) {
		before++ // nothing may come between a call and its result
	}
	m.InsertTurn(before, append(b, '}'))
	return nil
}

// startsWithResult tells whether message i begins with the result of a tool.
func (m *memory) startsWithResult(body []byte, i int) bool {
	turns := m.Turns()
	if i < 0 || i >= len(turns) {
		return false
	}
	msg, block := &m.typed.levels[levelMessage], &m.typed.levels[levelBlock]
	if jsonscan.ScanObject(body, jsonscan.Value{Span: turns[i], Kind: jsonscan.ObjectKind}, messageKeys, msg) != nil {
		return false
	}
	a := jsonscan.Elements(body, msg.Value(messageContent))
	return a.Next() && a.Object(blockKeys, block) == nil && string(block.Value(blockType).Text(body)) == "tool_result"
}

// insertSystem adds the system parts that hooks appended.
func (m *memory) insertSystem(ex *core.Exchange) {
	var list []byte // blocks, with a comma before each
	for _, p := range ex.Prompt {
		if p.Raw.Len() == 0 && p.Role == core.RoleSystem && len(p.Text()) > 0 {
			list = append(list, `,{"type":"text","text":`...)
			list = append(jsonscan.AppendQuoted(list, p.Text()), '}')
		}
	}
	if list == nil {
		return
	}
	body := ex.Request.Body
	v := m.top.Value(keySystem)
	whole := append(append([]byte{'['}, list[1:]...), ']')
	switch {
	case v.Kind == jsonscan.None:
		member := append(append([]byte(`"system":`), whole...), ',')
		m.Insert(bytes.IndexByte(body, '{')+1, member)
	case v.Kind == jsonscan.String && v.Len() > 2:
		m.Insert(v.Start, []byte(`[{"type":"text","text":`))
		m.Insert(v.End, append(append([]byte{'}'}, list...), ']'))
	case v.Kind == jsonscan.ArrayKind:
		if a := jsonscan.Elements(body, v); !a.Next() {
			list = list[1:]
		}
		m.Insert(v.End-1, list)
	default:
		m.Replace(v.Span, whole)
	}
}

// loss is a block that is left out, and why.
type loss struct{ field, reason string }

// strip leaves out the blocks of thinking that this dialect's providers refuse,
// and messages that hold nothing else, but for the last one, which stays as it is.
func (m *memory) strip(ex *core.Exchange) *core.Error {
	body := ex.Request.Body
	msg := &m.typed.levels[levelMessage]
	messages := cutter{m: m}
	list := m.top.Value(keyMessages)
	last := lastIndex(body, list)
	for a := jsonscan.Elements(body, list); a.Next(); {
		elem := a.Value()
		if elem.Kind != jsonscan.ObjectKind {
			messages.keep(elem.Span)
			continue
		}
		if err := jsonscan.ScanObject(body, elem, messageKeys, msg); err != nil {
			return leaf.Refusal(err, "messages["+strconv.Itoa(a.Index())+"]")
		}
		whole, lost, err := m.stripBlocks(ex, a.Index(), msg.Value(messageContent))
		if err != nil {
			return err
		}
		if !whole || a.Index() == last {
			messages.keep(elem.Span)
		} else {
			messages.drop(elem.Span)
		}
		if whole && a.Index() == last {
			continue
		}
		if err := lose(ex, lost); err != nil {
			return err
		}
	}
	messages.finish()
	return nil
}

// stripBlocks is strip for the content of message i. It tells whether all of it is
// to go, and then leaves it.
func (m *memory) stripBlocks(ex *core.Exchange, i int, content jsonscan.Value) (whole bool, lost []loss, err *core.Error) {
	body := ex.Request.Body
	block := &m.typed.levels[levelBlock]
	blocks := cutter{m: m}
	for b := jsonscan.Elements(body, content); b.Next(); {
		v := b.Value()
		reason := ""
		if v.Kind == jsonscan.ObjectKind {
			if err := jsonscan.ScanObject(body, v, blockKeys, block); err != nil {
				return false, nil, leaf.Refusal(err, blockPath(i, b.Index()))
			}
			reason = refusedThinking(ex, v, block)
		}
		if reason == "" {
			blocks.keep(v.Span)
			continue
		}
		blocks.drop(v.Span)
		lost = append(lost, loss{blockPath(i, b.Index()), reason})
	}
	return blocks.finish(), lost, nil
}

func blockPath(msg, block int) string {
	return "messages[" + strconv.Itoa(msg) + "].content[" + strconv.Itoa(block) + "]"
}

// lose reports what is left out, or refuses it on a strict route.
func lose(ex *core.Exchange, list []loss) *core.Error {
	for _, l := range list {
		if ex.Route != nil && ex.Route.Strict {
			return core.ClientErrorf(core.CodeUnsupportedField, l.field,
				"The provider of this route does not accept %q (%s), and the route is strict. Leave it out.", l.field, l.reason)
		}
		if entry := l.field + "=" + l.reason; !slices.Contains(ex.Dropped, entry) {
			ex.Dropped = append(ex.Dropped, entry)
		}
	}
	return nil
}

// lastIndex returns the index of the last element of the array v.
func lastIndex(doc []byte, v jsonscan.Value) int {
	last := -1
	for a := jsonscan.Elements(doc, v); a.Next(); {
		last = a.Index()
	}
	return last
}

// refusedThinking says why a provider of this dialect would refuse the block v, ""
// where it would not.
func refusedThinking(ex *core.Exchange, v jsonscan.Value, block *jsonscan.Object) string {
	var seal jsonscan.Value
	switch string(leaf.Text(ex, ex.Request.Body, block.Value(blockType))) {
	case "thinking":
		seal = block.Value(blockSignature)
	case "redacted_thinking":
		seal = block.Value(blockData)
	default:
		return ""
	}
	if foreignSeal(leaf.Text(ex, ex.Request.Body, seal)) {
		return "signed_by_another_provider"
	}
	if slices.ContainsFunc(ex.Prompt, func(p *core.Part) bool { return editedThinking(p) && within(p, v.Span) }) {
		return "edited_by_plugin"
	}
	return ""
}

// cutter takes elements out of one array, commas included. keep and drop are
// called for each element in order.
type cutter struct {
	m        *memory
	any      bool // one was kept
	kept     int  // where the last one ends that was kept
	run      bool // those before the next were dropped
	from, to int  // where these begin and end
}

func (c *cutter) keep(s jsonscan.Span) {
	if c.run {
		c.m.Replace(jsonscan.Span{Start: c.from, End: s.Start}, nil)
	}
	c.any, c.kept, c.run = true, s.End, false
}

func (c *cutter) drop(s jsonscan.Span) {
	if !c.run {
		c.run, c.from = true, s.Start
	}
	c.to = s.End
}

// finish ends the array. It tells whether all elements, and at least one, are to
// be dropped; then it dropped none of them.
func (c *cutter) finish() (all bool) {
	if c.run && c.any {
		c.m.Replace(jsonscan.Span{Start: c.kept, End: c.to}, nil)
	}
	return c.run && !c.any
}
