package openai

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

var _ core.TypedDialect = Chat{}

// chatName is the dialect's name, and so who sealed a signature without an origin.
const chatName = "openai.chat"

// Why something of a request has no place in the middle form.
const (
	lossUnknown    = "unknown_field"
	lossRole       = "unknown_role"
	lossWrongRole  = "wrong_role"
	lossSuperseded = "superseded"
	lossBound      = "provider_bound_id"
	lossTooMany    = "too_many"
)

// Typed reads doc into the middle form. Each object that it opens is read by the
// rules of law 2; the errors name the place. Texts without escapes alias doc, all
// else lies in the memory of ex.
//
// The speaker's name of a message is in Attr.JSON of its first part, and so are
// unknown members of an item of content in that of its part. Where a message has
// its thinking in several forms, the richest counts. The results of legacy
// function calls are tied to their calls by ids that are made up.
func (Chat) Typed(ex *core.Exchange, doc []byte, r *core.TypedRequest) *core.Error {
	return readTyped(ex, doc, r, (*typist).request)
}

// readTyped reads doc with read.
func readTyped(ex *core.Exchange, doc []byte, r *core.TypedRequest, read func(*typist) *core.Error) *core.Error {
	m := &memoryOf(ex).typed
	m.calls, m.legacy, m.used = m.calls[:0], false, true
	t := &m.typist
	*t = typist{m: m, Reader: leaf.Reader{Ex: ex, Doc: doc, Out: r, Mem: &m.reader, Path: t.Path[:0]}}
	err := read(t)
	*t = typist{Reader: leaf.Reader{Path: t.Path[:0]}}
	return err
}

// typedMemory is what the translation of one exchange needs. It survives the
// pooling of exchanges.
type typedMemory struct {
	reader leaf.ReaderMemory
	calls  []*core.Part // the tool calls so far
	legacy bool         // the client speaks of functions, not of tools
	used   bool         // since the last reset
	writer chatWriter
	typist typist // here, so that a request costs no allocation
}

func (m *typedMemory) reset() {
	m.reader.Reset()
	clear(m.calls)
	m.calls = m.calls[:0]
	m.writer.forget()
	m.legacy, m.used = false, false
}

// The objects that are open at one time, each in its own memory.
const (
	levelTop     = iota
	levelMessage // or a tool
	levelItem    // of its content, or a call
	levelInner
	levelInnermost
)

// typist reads one request into the middle form.
type typist struct {
	leaf.Reader
	m *typedMemory
}

func (t *typist) request() *core.Error {
	top, err := t.Open(levelTop, t.Root(), requestForm.Keys())
	if err != nil {
		return err
	}
	messages := top.Value(keyMessages)
	if err := t.parameters(top, "messages"); err != nil {
		return err
	}
	if messages.Kind != jsonscan.ArrayKind {
		return leaf.Invalid("messages", "must be an array, not %s", messages.Kind)
	}
	for a := jsonscan.Elements(t.Doc, messages); a.Next(); {
		t.Path = append(t.Path[:0], "messages["...)
		t.Path = append(strconv.AppendInt(t.Path, int64(a.Index()), 10), ']')
		t.Msg = a.Index()
		if err := t.message(a.Value()); err != nil {
			return err
		}
	}
	return nil
}

// seal gives p the signature that a client sent back.
func (t *typist) seal(p *core.Part, seal []byte) {
	if len(seal) > 0 {
		a := t.Attr(p)
		a.Source, a.Signature = leaf.SplitSeal(chatName, seal)
	}
}

// point adds the mark that what stands before it is to be cached.
func (t *typist) point(v jsonscan.Value) {
	if !leaf.Absent(v) {
		t.Attr(t.Add(core.PartCachePoint, nil)).JSON = v.Of(t.Doc)
	}
}

// keep puts the members of obj that used does not name into Attr.JSON of p,
// beside what is there, as they are written. used has a bit for each key ID.
func (t *typist) keep(p *core.Part, obj *jsonscan.Object, used uint32) {
	var more []byte
	if p.Attr != nil {
		more = p.Attr.JSON
	}
	if rest := t.Rest(obj, used, more); rest != nil {
		t.Attr(p).JSON = rest
	}
}
