package core

// Span is a half-open range [Start, End) of byte offsets into a document.
type Span struct{ Start, End int }

// Len returns the number of bytes in s.
func (s Span) Len() int { return s.End - s.Start }

// Of returns the bytes of doc that s covers. It panics when s is out of range,
// as slicing does: spans are made by scanners, never by clients.
func (s Span) Of(doc []byte) []byte { return doc[s.Start:s.End] }

// PartKind is the kind of one piece of content.
type PartKind uint8

// The kinds of content that the gateway understands in every dialect.
const (
	PartText PartKind = iota
	PartImage
	PartAudio
	PartDocument
	PartToolCall
	PartToolResult
	PartThinking
	PartRedacted // thinking that the provider encrypted
	PartCitation
	PartCachePoint
	PartRefusal
	PartRaw // understood by one dialect only

	NumPartKinds = int(PartRaw) + 1
)

var partKindNames = [NumPartKinds]string{
	"text", "image", "audio", "document", "tool_call", "tool_result",
	"thinking", "redacted", "citation", "cache_point", "refusal", "raw",
}

// String returns the kind's name as it stands in manifests.
func (k PartKind) String() string {
	if int(k) < len(partKindNames) {
		return partKindNames[k]
	}
	return "unknown"
}

// Role is who speaks in a part.
type Role uint8

// The roles. Dialects map their own names (developer, model, function …) to
// these.
const (
	RoleUser Role = iota
	RoleAssistant
	RoleSystem
	RoleTool

	NumRoles = int(RoleTool) + 1
)

var roleNames = [NumRoles]string{"user", "assistant", "system", "tool"}

// String returns the role's name as it stands in manifests.
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return "unknown"
}

// Part is one piece of content of a prompt or an answer.
//
// A part made by a dialect points at its place in the original document (Raw),
// so that an unedited part costs no copy and an edited one changes nothing but
// the edited bytes. A part that a hook appended has an empty Raw.
type Part struct {
	ID     int // position in the exchange's list; stable while the exchange lives
	Kind   PartKind
	Role   Role
	Msg    int // index of the message in the document, -1 for none
	Choice int // index of the answer's choice, 0 for prompts
	// Before is the message in front of which a part that a hook appended
	// belongs; it is meaningful only where Msg is -1.
	Before int
	Origin Origin
	// Raw is the span of the JSON value in the original document, quotes
	// included. For a text it is one JSON string.
	Raw Span
	// Name is the tool's name for calls and results, the media type for
	// images, audio and documents, else "".
	Name []byte
	// Ref is the id of a tool call, and ties the parts of its result to it, else "".
	Ref []byte
	// Attr is what the part has beside its text, nil for nothing. Only the middle
	// form of a request and answers of translators have it.
	Attr *Attr

	text   []byte
	pieces Pieces
}

// SetText gives the part its decoded UTF-8 text. Dialects call it once.
func (p *Part) SetText(text []byte) {
	p.text = text
	p.pieces.Reset(len(text))
}

// Original returns the decoded text as the document had it, without edits.
func (p *Part) Original() []byte { return p.text }

// Text returns the text with every edit so far applied: what the next hook
// sees. Without edits it is [Part.Original] itself; with edits it is made anew
// on each call.
func (p *Part) Text() []byte {
	if !p.pieces.Edited() {
		return p.text
	}
	return p.pieces.AppendText(make([]byte, 0, len(p.text)), p.text)
}

// Edited tells whether an edit or replacement changed the part.
func (p *Part) Edited() bool { return p.pieces.Edited() }

// Pieces returns the part's piece table for writers that splice the original
// document.
func (p *Part) Pieces() *Pieces { return &p.pieces }

// Apply edits the text that [Part.Text] returns. The edits must be sorted,
// disjoint, in range and on rune boundaries, else nothing changes and the error
// says which edit is wrong. New bytes must be valid UTF-8 and are copied.
func (p *Part) Apply(edits []Edit) error {
	return p.pieces.Apply(p.Text(), edits)
}

// Snapshot remembers the part's edits for [Part.Restore].
func (p *Part) Snapshot() Pieces { return p.pieces.clone() }

// Restore takes the part back to a snapshot of its own.
func (p *Part) Restore(t Pieces) { p.pieces = t }

// EventKind is the kind of one event of a stream in the typed middle form.
type EventKind uint8

// The kinds of event. A block is one run of content of one kind, e.g. one text
// or one tool call.
const (
	EventOpen   EventKind = iota // a block begins
	EventDelta                   // a block goes on
	EventClose                   // a block is whole
	EventUsage                   // usage is set
	EventFinish                  // the answer is finished; says why
	EventError                   // the stream failed
	EventRaw                     // understood by one dialect only
)

// Event is one piece of a stream. It and all its bytes live for one hook call.
type Event struct {
	Kind   EventKind
	Block  int
	Choice int
	Raw    []byte // the original event, framing included, when it came from the wire
	Part   Part   // for EventOpen, EventDelta and EventClose
	Finish Finish // for EventFinish
	Stop   []byte // for EventFinish, the stop sequence that ended it, or nil
	Usage  Usage  // for EventUsage
	Err    *Error // for EventError
	// ID and Model are the provider's id of the answer and the model it used,
	// where the event names them.
	ID, Model []byte
}

// Finish is why a model stopped, in one form for all providers.
type Finish uint8

// The reasons.
const (
	FinishNone Finish = iota
	FinishStop
	FinishLength
	FinishToolCalls
	FinishContentFilter
	FinishOther
)

// String returns the reason's name, which is OpenAI's finish_reason where it
// has one.
func (f Finish) String() string {
	switch f {
	case FinishNone:
		return ""
	case FinishStop:
		return "stop"
	case FinishLength:
		return "length"
	case FinishToolCalls:
		return "tool_calls"
	case FinishContentFilter:
		return "content_filter"
	default:
		return "other"
	}
}
