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
	lossWrongRole  = "wrong_role"
	lossSuperseded = "superseded"
	lossBound      = "provider_bound_id"
	lossTooMany    = "too_many"
	lossGrammar    = "not_enforced"
	lossNotAllowed = "not_allowed" // by the client's own tool_choice
)

// Typed reads doc into the middle form. Each object that it opens is read by the
// rules of law 2; the errors name the place. Texts without escapes alias doc, all
// else lies in the memory of ex.
//
// The speaker's name of a message is in Attr.JSON of its first part that is no
// thinking, and so are unknown members of an item of content in that of its part. Where
// a message has its thinking in several forms, the richest counts. The results of legacy
// function calls are tied to their calls by ids that are made up.
//
// A custom tool, whose input is free text, becomes a function with one argument, and
// its calls are written as such again. Of a tool_choice that allows some of the tools
// these alone are left, unless one of them is all that may be called.
func (Chat) Typed(ex *core.Exchange, doc []byte, r *core.TypedRequest) *core.Error {
	return readTyped(ex, doc, r, (*typist).request)
}

// readTyped reads doc with read.
func readTyped(ex *core.Exchange, doc []byte, r *core.TypedRequest, read func(*typist) *core.Error) *core.Error {
	m := &memoryOf(ex).typed
	m.forget()
	m.used = true
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
	// customs are the names of the tools whose input is free text.
	customs [][]byte
	// choice is a tool_choice that allows some of the tools, allowed what it says of
	// them and names the ones that it names.
	choice, allowed jsonscan.Value
	names           [][]byte
	writer          chatWriter
	typist          typist // here, so that a request costs no allocation
}

// forget makes m ready for another reading of the request.
func (m *typedMemory) forget() {
	m.calls, m.customs, m.names = m.calls[:0], m.customs[:0], m.names[:0]
	m.choice, m.allowed = jsonscan.Value{}, jsonscan.Value{}
	m.legacy = false
}

func (m *typedMemory) reset() {
	m.reader.Reset()
	clear(m.calls)
	clear(m.customs)
	clear(m.names)
	m.forget()
	m.writer.forget()
	m.used = false
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
	leaf.DropWrongTypes(t.Ex, t.Out, places)
	return nil
}

var places = leaf.Places{List: "messages", System: "system", Form: "response_format"}

// geminiName is the dialect whose signatures stand in extra_content.google, where
// nobody says otherwise: Google's own API of this dialect puts them there.
const geminiName = "gemini"

// seal gives p the signature that a client sent back, from a place that is the given
// dialect's.
func (t *typist) seal(p *core.Part, dialect string, seal []byte) {
	if len(seal) > 0 {
		a := t.Attr(p)
		a.Source, a.Signature = leaf.SplitSeal(dialect, seal)
	}
}

// point adds the mark that what stands before it is to be cached.
func (t *typist) point(v jsonscan.Value) {
	switch {
	case v.Kind == jsonscan.ObjectKind:
		t.Attr(t.Add(core.PartCachePoint, nil)).JSON = v.Of(t.Doc)
	case !leaf.Absent(v):
		t.Drop("cache_control", leaf.LossType)
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
