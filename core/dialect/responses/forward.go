package responses

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Forward fills at.Request.Body with the client's document, in which only the
// model and edited and appended parts are changed, and reasoning is left out that
// the provider would refuse the whole request for: what another provider sealed,
// and what a guard edited. The document itself is not touched, so that a retry
// starts from the original. The ranges alias ex.Request.Body, at.Deployment and the
// memory of ex. Nothing is added for metering: this dialect always reports usage.
//
// The error is CodePluginFailed for an edit after which the document would no
// longer be sound or a part that has no place, and CodeUnsupportedField on a strict
// route where something is left out.
func (Dialect) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
	m := memoryOf(ex)
	body := ex.Request.Body
	if m.body != len(body) || len(body) == 0 {
		return core.Errorf(core.CodeInternal, "The gateway lost the request before it was forwarded.")
	}
	m.Begin()
	model := ex.Request.ModelSpan
	if d := at.Deployment; len(d.ModelJSON) > 0 && !bytes.Equal(d.ModelJSON, model.Of(body)) {
		m.Replace(jsonscan.Span(model), d.ModelJSON)
	}
	var cut []int
	if slices.ContainsFunc(ex.Prompt, editedThinking) || mayHoldTag(body) {
		var err *core.Error
		if cut, err = m.strip(ex); err != nil {
			return err
		}
	}
	insert := insertItem
	if len(cut) > 0 {
		insert = insertLater
	}
	if err := m.Apply(ex, insert); err != nil {
		return err
	}
	m.insertRest(ex)
	at.Request.Body = m.Render(ex, at.Request.Body[:0], body)
	if len(cut) > 0 && slices.ContainsFunc(ex.Prompt, isAppended) {
		return m.insertAround(ex, at, cut)
	}
	return nil
}

func isAppended(p *core.Part) bool { return p.Raw.Len() == 0 }

// insertLater leaves the appended parts to insertAround.
func insertLater(*leaf.Memory, *core.Exchange, *core.Part) *core.Error { return nil }

// insertAround adds the appended parts to a document from which items were cut: these
// are the commas and the places that the others go by.
func (m *memory) insertAround(ex *core.Exchange, at *core.Attempt, cut []int) *core.Error {
	doc := bytes.Join(at.Request.Body, nil)
	m.item.Limits.Depth = m.top.Limits.Depth
	if err := jsonscan.Scan(doc, requestForm.Keys(), &m.item); err != nil {
		return core.Errorf(core.CodeInternal, "The gateway lost the request while it was forwarded.")
	}
	v := m.item.Value(keyInput)
	var items [][]byte
	for a := jsonscan.Elements(doc, v); a.Next(); {
		items = append(items, a.Value().Of(doc))
	}
	var list [][]byte
	for i := 0; i <= len(items); i++ {
		for _, p := range ex.Prompt {
			if isAppended(p) && placeOf(p.Before, len(items), cut) == i {
				list = append(list, appendMessage(ex, p))
			}
		}
		if i < len(items) {
			list = append(list, items[i])
		}
	}
	out := append([]byte(nil), doc[:v.Start+1]...)
	out = append(out, bytes.Join(list, []byte{','})...)
	at.Request.Body = append(at.Request.Body[:0], append(out, doc[v.End-1:]...))
	return nil
}

// placeOf returns the index of the item in front of which a part belongs that was to
// stand in front of the item before, when n items are left and those in cut are not.
func placeOf(before, n int, cut []int) int {
	if before < 0 {
		return n
	}
	i := before
	for _, c := range cut {
		if c < before {
			i--
		}
	}
	return min(i, n)
}

// insertItem adds an appended part as a message of its own, where the input is an
// array with items.
func insertItem(m *leaf.Memory, ex *core.Exchange, p *core.Part) *core.Error {
	if m.InsertTurn(p.Before, appendMessage(ex, p)) {
		return nil
	}
	if leaf.Absent(memoryOf(ex).top.Value(keyInput)) {
		return core.Errorf(core.CodePluginFailed,
			"A plugin appended a message to a request without input, which the provider keeps. Let the client send its input.")
	}
	return nil // see insertRest
}

// appendMessage returns the message of an appended part, in memory that may be
// appended to. A result needs a call, which such a message has not: what would be
// one speaks as the user.
func appendMessage(ex *core.Exchange, p *core.Part) []byte {
	role := p.Role
	if role == core.RoleTool {
		role = core.RoleUser
	}
	text := p.Text()
	b := ex.Alloc(len(text) + len(text)/8 + 64)[:0]
	b = append(b, `{"role":"`...)
	b = append(b, role.String()...)
	b = append(b, `","content":`...)
	b = jsonscan.AppendQuoted(b, text)
	return append(b, '}')
}

// insertRest adds the appended parts where the input is a string, of which it makes
// an array, or an array without items.
func (m *memory) insertRest(ex *core.Exchange) {
	v := m.top.Value(keyInput)
	isString := v.Kind == jsonscan.String
	if !isString && (v.Kind != jsonscan.ArrayKind || len(m.Turns()) > 0) {
		return
	}
	var before, after []byte // elements, with a comma behind those before and before those after
	for _, p := range ex.Prompt {
		if !isAppended(p) {
			continue
		}
		if p.Before == 0 && isString {
			before = append(append(before, appendMessage(ex, p)...), ',')
		} else {
			after = append(append(after, ','), appendMessage(ex, p)...)
		}
	}
	switch {
	case len(before)+len(after) == 0:
	case isString:
		m.Insert(v.Start, append(append([]byte{'['}, before...), `{"role":"user","content":`...))
		m.Insert(v.End, append(append([]byte{'}'}, after...), ']'))
	default:
		m.Insert(v.Start+1, after[1:])
	}
}

// editedThinking tells whether a hook edited what may be sealed.
func editedThinking(p *core.Part) bool { return p.Kind == core.PartThinking && p.Edited() }

// The members of an item of reasoning that Forward looks at.
const (
	sealedType = iota
	sealedContent
)

var sealedKeys = jsonscan.NewKeys("type", "encrypted_content")

// strip leaves out the items of reasoning that this dialect's providers refuse, and
// returns their indices.
func (m *memory) strip(ex *core.Exchange) (cut []int, err *core.Error) {
	body := ex.Request.Body
	items := cutter{m: m}
	for a := jsonscan.Elements(body, m.top.Value(keyInput)); a.Next(); {
		elem := a.Value()
		path := "input[" + strconv.Itoa(a.Index()) + "]"
		reason, err := m.refused(ex, elem, path)
		if err != nil {
			return nil, err
		}
		if reason == "" {
			items.keep(elem.Span)
			continue
		}
		items.drop(elem.Span)
		cut = append(cut, a.Index())
		if err := lose(ex, path, reason); err != nil {
			return nil, err
		}
	}
	items.finish()
	return cut, nil
}

// refused says why a provider of this dialect would refuse an item, "" where it
// would not.
func (m *memory) refused(ex *core.Exchange, elem jsonscan.Value, path string) (string, *core.Error) {
	if elem.Kind != jsonscan.ObjectKind {
		return "", nil
	}
	body := ex.Request.Body
	if err := jsonscan.ScanObject(body, elem, sealedKeys, &m.item); err != nil {
		return "", leaf.Refusal(err, path)
	}
	if string(leaf.Text(ex, body, m.item.Value(sealedType))) != "reasoning" {
		return "", nil
	}
	if foreignSeal(leaf.Text(ex, body, m.item.Value(sealedContent))) {
		return "signed_by_another_provider", nil
	}
	if slices.ContainsFunc(ex.Prompt, func(p *core.Part) bool {
		return p.Edited() && p.Raw.Start >= elem.Start && p.Raw.End <= elem.End
	}) {
		return "edited_by_plugin", nil
	}
	return "", nil
}

// lose reports what is left out, or refuses it on a strict route.
func lose(ex *core.Exchange, field, reason string) *core.Error {
	if ex.Route != nil && ex.Route.Strict {
		return core.ClientErrorf(core.CodeUnsupportedField, field,
			"The provider of this route does not accept %q (%s), and the route is strict. Leave it out.", field, reason)
	}
	if entry := field + "=" + reason; !slices.Contains(ex.Dropped, entry) {
		ex.Dropped = append(ex.Dropped, entry)
	}
	return nil
}

// cutter takes elements out of one array, commas included. keep and drop are called
// for each element in order.
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

// finish ends the array.
func (c *cutter) finish() {
	switch {
	case c.run && c.any:
		c.m.Replace(jsonscan.Span{Start: c.kept, End: c.to}, nil)
	case c.run:
		c.m.Replace(jsonscan.Span{Start: c.from, End: c.to}, nil)
	}
}
