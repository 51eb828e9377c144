package core

// Attr is what a part has beside its text. Its bytes are read-only and valid as
// long as the exchange.
type Attr struct {
	// Data is the content of an image, audio or document in base64 (RFC 4648 §4,
	// padded), as every provider's JSON has it; URL is where it lies instead.
	Data, URL []byte
	// Signature is a provider's seal on thinking or on a tool call, opaque.
	// Source is who sealed it, "dialect" or "dialect/provider"; nobody else
	// accepts it.
	Signature, Source []byte
	// JSON is an object of the members that no field holds, or nil. For a part of
	// kind PartRaw it is the whole value.
	JSON []byte
}

// TypedRequest is a request in the middle form: what a client of any dialect
// asked for, for a provider of any other. Its bytes alias the document or the
// exchange's memory.
//
// Parts stand in the order of the document. Those of one message share Msg, which
// counts from 0; a system prompt that stands outside the messages has Msg -1. A
// message without content has one text part that is empty. Parts of role tool
// belong to the result of the call that Ref names: a PartToolResult is its text,
// images and documents beside it carry the same Ref. A PartCachePoint stands
// behind what it marks.
type TypedRequest struct {
	Parts      []*Part
	Parameters Parameters
	// Body is the document of an operation that has no typed form, in the form
	// that it has between dialects: that of the dialect named after it, e.g.
	// openai.embeddings, without a model. The rest is empty then.
	Body []byte
	// Dropped lists, as "field=reason", what no other dialect has a place for.
	Dropped []string
}

// Answer is a whole answer in the middle form. Parts stand in the order of their
// blocks, choice by choice. It is valid as long as the attempt.
type Answer struct {
	ID, Model []byte // the provider's, or nil
	Parts     []Part
	Choices   []Choice
	Usage     Usage
	// Body is the answer of an operation that has no typed form, in the form that
	// it has between dialects; the rest but Usage is empty then.
	Body []byte
}

// TypedDialect is a [Dialect] that can be translated: it reads its own requests
// into the middle form and writes answers from it.
type TypedDialect interface {
	Dialect
	// Typed reads doc, a request that Scan accepted and whose edits by hooks have
	// been applied, into r, which is empty but for the memory of its lists.
	// Everything in doc is then in r.Parts, in r.Parameters (at least among
	// Others) or in r.Dropped.
	Typed(ex *Exchange, doc []byte, r *TypedRequest) *Error
	// WriteAnswer appends a whole answer.
	WriteAnswer(dst []byte, ex *Exchange, at *Attempt, a *Answer) []byte
	// WriteEvent appends what one event of a stream becomes, framing included; it
	// may be nothing, and may come with a later event. What it must remember is
	// in at.Stream.Writer.
	WriteEvent(dst []byte, ex *Exchange, at *Attempt, ev *Event) []byte
	// WriteStreamEnd appends what ends a stream whose finish was seen.
	WriteStreamEnd(dst []byte, ex *Exchange, at *Attempt) []byte
}

// UpstreamResponse is what a provider answered, whole.
type UpstreamResponse struct {
	Status  int
	Headers Headers
	Body    []byte
}

// Translator is the back half of a provider's dialect: it writes the provider's
// requests from the middle form and reads its answers into it. It is safe for
// concurrent use and keeps nothing between calls but at.Translation.State. It
// never sees a credential.
type Translator interface {
	// Dialect is the dialect that it writes and reads, e.g. "anthropic.messages".
	Dialect() string
	// Translates tells whether it knows the operation.
	Translates(op Operation) bool
	// Request fills at.Request but for its credentials, and the framing of the
	// answer. What the provider has no place for goes to ex.Dropped. Where it needs
	// the data of parts that have only a URL it names them in at.Translation.Fetch,
	// nothing else then counts, and it is called once more with their data.
	Request(ex *Exchange, at *Attempt, r *TypedRequest) *Error
	// Response reads an answer of any status into a. An answer that refuses
	// becomes an error, with the provider's status and its own words.
	Response(ex *Exchange, at *Attempt, resp *UpstreamResponse, a *Answer) *Error
	// Event reads one whole event of a stream; final is true once, after the
	// last, without name and data. EventFinish comes when nothing of the answer
	// can be missing any more, after the usage: a stream without it was cut. The
	// events are valid until the next call.
	Event(ex *Exchange, at *Attempt, name, data []byte, final bool) ([]Event, *Error)
}

// Translation is what an attempt at a provider of another dialect remembers.
type Translation struct {
	Translator Translator
	// State is the translator's own, opaque, at most 16 KiB.
	State  []byte
	Events []Event
	// Scratch backs the bytes of Events. Whoever reads a stream may lend this memory
	// to both of them for an event.
	Scratch []byte
	Framing Framing
	// Next is set by Response where the provider takes what was asked for in several
	// calls: Request then writes the next one, which State tells. Response adds to
	// Answer what each brings.
	Next bool
	// Fetch names what the host must fetch before the request can be written.
	Fetch  []Fetch
	Answer Answer
}

// Fetch names a part that a provider takes as data alone, and that the client gave
// by URL.
type Fetch struct {
	Part  int    // index in [TypedRequest.Parts]
	Field string // path in the client's request, for errors
}

// Framing is how a provider's stream is cut into events.
type Framing uint8

// The framings. FramingAuto goes by the content type of the answer.
const (
	FramingAuto Framing = iota
	FramingSSE
	FramingNDJSON
	FramingEventStream // application/vnd.amazon.eventstream
)

// TranslatorInstance is an [Instance] that translates.
type TranslatorInstance interface {
	Instance
	Translator() Translator
}

func (r *TypedRequest) reset() {
	p := &r.Parameters
	clear(r.Parts)
	clear(p.Tools)
	clear(p.Others)
	clear(p.Stop)
	*r = TypedRequest{
		Parts: r.Parts[:0], Dropped: r.Dropped[:0],
		Parameters: Parameters{Stop: p.Stop[:0], Tools: p.Tools[:0], Others: p.Others[:0]},
	}
}

// ForgetTyped lets the next call of [Exchange.Typed] read the request anew, because
// hooks have changed it since.
func (ex *Exchange) ForgetTyped() {
	if ex.typedRead {
		ex.typed.reset()
		ex.typedRead = false
	}
}

// Typed returns the request in the middle form. doc gives the client's document
// with all edits of hooks applied; it is read once, when an attempt first needs
// it. Dialects that have no middle form give just the document.
func (ex *Exchange) Typed(doc func() ([]byte, *Error)) (*TypedRequest, *Error) {
	if ex.typedRead {
		return ex.typed, nil
	}
	body, err := doc()
	if err != nil {
		return nil, err
	}
	if ex.typed == nil {
		ex.typed = &TypedRequest{}
	}
	ex.typedRead = true
	r := ex.typed
	r.Parameters.Choices = 1
	d, ok := ex.Request.Dialect.(TypedDialect)
	if !ok {
		r.Body = body
		return r, nil
	}
	if err := d.Typed(ex, body, r); err != nil {
		r.reset()
		ex.typedRead = false
		return nil, err
	}
	return r, nil
}
