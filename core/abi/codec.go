// Code generated from core/abi/sallyport.proto by core/abi/gen. DO NOT EDIT.

package abi

import "math"

// Status is what sallyport_configure returns, and, negated, what an import
// returns that failed.
type Status uint32

// The values of Status.
const (
	StatusOK          Status = 0
	StatusNotFound    Status = 1 // there is no such key, path or document
	StatusInvalid     Status = 2 // an argument or the configuration is wrong
	StatusDenied      Status = 3 // the capability was not granted
	StatusTooLarge    Status = 4 // beyond a limit of docs/abi.md
	StatusExhausted   Status = 5 // no more host calls in this hook
	StatusTimeout     Status = 6 // the host call took too long
	StatusUnavailable Status = 7 // what the call needs cannot be reached now
	StatusInternal    Status = 8 // a mistake of the host
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v Status) String() string {
	if v > 8 {
		return "unknown"
	}
	return [...]string{"ok", "not_found", "invalid", "denied", "too_large", "exhausted", "timeout", "unavailable", "internal"}[v]
}

// Level is the severity of a log line.
type Level uint32

// The values of Level.
const (
	LevelUnspecified Level = 0
	LevelDebug       Level = 1
	LevelInfo        Level = 2
	LevelWarn        Level = 3
	LevelError       Level = 4
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v Level) String() string {
	if v > 4 {
		return "unknown"
	}
	return [...]string{"unspecified", "debug", "info", "warn", "error"}[v]
}

// Document names a JSON document that the host has parsed, for the json imports.
type Document uint32

// The values of Document.
const (
	DocumentUnspecified Document = 0
	DocumentConfig      Document = 1 // the instance's configuration
	DocumentRequest     Document = 2 // the client's request, if the manifest asked for it
	DocumentAnswer      Document = 3 // the whole answer, if the manifest asked for it
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v Document) String() string {
	if v > 3 {
		return "unknown"
	}
	return [...]string{"unspecified", "config", "request", "answer"}[v]
}

// Stage divides the prompt phase. Every shaper has run before the first judge.
type Stage uint32

// The values of Stage.
const (
	StageUnspecified Stage = 0
	StageShape       Stage = 1 // may append and rewrite
	StageJudge       Stage = 2 // sees exactly what would leave; may not insert
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v Stage) String() string {
	if v > 2 {
		return "unknown"
	}
	return [...]string{"unspecified", "shape", "judge"}[v]
}

// Operation is the kind of call that the client makes.
type Operation uint32

// The values of Operation.
const (
	OperationUnspecified   Operation = 0 // not known yet, as in receive
	OperationChat          Operation = 1
	OperationCompletions   Operation = 2
	OperationEmbeddings    Operation = 3
	OperationRerank        Operation = 4
	OperationImages        Operation = 5
	OperationSpeech        Operation = 6
	OperationTranscription Operation = 7
	OperationModeration    Operation = 8
	OperationCountTokens   Operation = 9
	OperationPredict       Operation = 10
	OperationModels        Operation = 11
	OperationRaw           Operation = 12
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v Operation) String() string {
	if v > 12 {
		return "unknown"
	}
	return [...]string{"unspecified", "chat", "completions", "embeddings", "rerank", "images", "speech", "transcription", "moderation", "count_tokens", "predict", "models", "raw"}[v]
}

// Kind is the kind of a part.
type Kind uint32

// The values of Kind.
const (
	KindUnspecified Kind = 0
	KindText        Kind = 1
	KindImage       Kind = 2
	KindAudio       Kind = 3
	KindDocument    Kind = 4
	KindToolCall    Kind = 5 // text is the arguments, JSON
	KindToolResult  Kind = 6
	KindThinking    Kind = 7
	KindRedacted    Kind = 8 // thinking that the provider encrypted
	KindCitation    Kind = 9
	KindCachePoint  Kind = 10
	KindRefusal     Kind = 11
	KindRaw         Kind = 12 // understood by one dialect only
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v Kind) String() string {
	if v > 12 {
		return "unknown"
	}
	return [...]string{"unspecified", "text", "image", "audio", "document", "tool_call", "tool_result", "thinking", "redacted", "citation", "cache_point", "refusal", "raw"}[v]
}

// Role is who speaks in a part.
type Role uint32

// The values of Role.
const (
	RoleUnspecified Role = 0
	RoleUser        Role = 1
	RoleAssistant   Role = 2
	RoleSystem      Role = 3
	RoleTool        Role = 4
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v Role) String() string {
	if v > 4 {
		return "unknown"
	}
	return [...]string{"unspecified", "user", "assistant", "system", "tool"}[v]
}

// Origin is whose doing a part is.
type Origin uint32

// The values of Origin.
const (
	OriginUnspecified Origin = 0
	OriginClient      Origin = 1
	OriginGateway     Origin = 2
	OriginPlugin      Origin = 3
	OriginUpstream    Origin = 4
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v Origin) String() string {
	if v > 4 {
		return "unknown"
	}
	return [...]string{"unspecified", "client", "gateway", "plugin", "upstream"}[v]
}

// Finish is why the model stopped.
type Finish uint32

// The values of Finish.
const (
	FinishUnspecified   Finish = 0 // it has not, or did not say
	FinishStop          Finish = 1
	FinishLength        Finish = 2
	FinishToolCalls     Finish = 3
	FinishContentFilter Finish = 4
	FinishOther         Finish = 5
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v Finish) String() string {
	if v > 5 {
		return "unknown"
	}
	return [...]string{"unspecified", "stop", "length", "tool_calls", "content_filter", "other"}[v]
}

// EventKind is the kind of a stream's event in the typed middle form.
type EventKind uint32

// The values of EventKind.
const (
	EventKindUnspecified EventKind = 0
	EventKindOpen        EventKind = 1 // a block begins
	EventKindDelta       EventKind = 2 // a block goes on
	EventKindClose       EventKind = 3 // a block is whole
	EventKindUsage       EventKind = 4 // usage is set
	EventKindFinish      EventKind = 5 // the answer is finished
	EventKindError       EventKind = 6 // the stream failed
	EventKindRaw         EventKind = 7 // understood by one dialect only
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v EventKind) String() string {
	if v > 7 {
		return "unknown"
	}
	return [...]string{"unspecified", "open", "delta", "close", "usage", "finish", "error", "raw"}[v]
}

// End is how an exchange ended.
type End uint32

// The values of End.
const (
	EndUnspecified     End = 0
	EndCompleted       End = 1
	EndRejected        End = 2
	EndBlocked         End = 3
	EndUpstreamError   End = 4
	EndUpstreamTimeout End = 5
	EndUpstreamIdle    End = 6
	EndUpstreamCut     End = 7
	EndClientGone      End = 8
	EndDeadline        End = 9
	EndDrained         End = 10
	EndInternal        End = 11
	EndInterrupted     End = 12
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v End) String() string {
	if v > 12 {
		return "unknown"
	}
	return [...]string{"unspecified", "completed", "rejected", "blocked", "upstream_error", "upstream_timeout", "upstream_idle", "upstream_cut", "client_gone", "deadline", "drained", "internal", "interrupted"}[v]
}

// ToolChoice is whether the model must use a tool.
type ToolChoice uint32

// The values of ToolChoice.
const (
	ToolChoiceUnspecified ToolChoice = 0 // the client did not say
	ToolChoiceAuto        ToolChoice = 1
	ToolChoiceNone        ToolChoice = 2
	ToolChoiceAny         ToolChoice = 3 // some tool
	ToolChoiceTool        ToolChoice = 4 // the one that Parameters.tool_name names
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v ToolChoice) String() string {
	if v > 4 {
		return "unknown"
	}
	return [...]string{"unspecified", "auto", "none", "any", "tool"}[v]
}

// OutputFormat is the form of answer that the client asked for.
type OutputFormat uint32

// The values of OutputFormat.
const (
	OutputFormatUnspecified OutputFormat = 0 // the client did not say
	OutputFormatText        OutputFormat = 1
	OutputFormatJSON        OutputFormat = 2 // any JSON object
	OutputFormatSchema      OutputFormat = 3 // JSON after Parameters.output_schema
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v OutputFormat) String() string {
	if v > 3 {
		return "unknown"
	}
	return [...]string{"unspecified", "text", "json", "schema"}[v]
}

// Framing is how a provider's stream is cut into events.
type Framing uint32

// The values of Framing.
const (
	FramingUnspecified Framing = 0 // as the Content-Type says
	FramingSSE         Framing = 1
	FramingNDJSON      Framing = 2
	FramingEventstream Framing = 3 // application/vnd.amazon.eventstream
)

// String returns the value's name in lower case, "unknown" for one that is not known.
func (v Framing) String() string {
	if v > 3 {
		return "unknown"
	}
	return [...]string{"unspecified", "sse", "ndjson", "eventstream"}[v]
}

// ConfigureCall is the frame of sallyport_configure, which runs once in each
// new instance, before any hook.
type ConfigureCall struct {
	Plugin       []byte   // the manifest's id
	Instance     []byte   // the instance's name
	Config       []byte   // JSON object, UTF-8, defaults filled in; the same is DOCUMENT_CONFIG
	Capabilities [][]byte // those granted; at most 64 elements
	Revision     uint32   // the newest revision of version 1 that the host knows; see "Versions"
	Window       uint32   // bytes of text that the host will hold back at most, 0 where no stream is guarded
}

// Reset empties m and keeps the memory of its lists.
func (m *ConfigureCall) Reset() {
	m.Plugin = nil
	m.Instance = nil
	m.Config = nil
	clear(m.Capabilities)
	m.Capabilities = m.Capabilities[:0]
	m.Revision = 0
	m.Window = 0
}

// Size returns the number of bytes that Append appends.
func (m *ConfigureCall) Size() int {
	n := 0
	if len(m.Plugin) != 0 {
		n += 1 + sizeBytes(len(m.Plugin))
	}
	if len(m.Instance) != 0 {
		n += 1 + sizeBytes(len(m.Instance))
	}
	if len(m.Config) != 0 {
		n += 1 + sizeBytes(len(m.Config))
	}
	for i := range m.Capabilities {
		n += 1 + sizeBytes(len(m.Capabilities[i]))
	}
	if m.Revision != 0 {
		n += 1 + sizeVarint(uint64(m.Revision))
	}
	if m.Window != 0 {
		n += 1 + sizeVarint(uint64(m.Window))
	}
	return n
}

// Append appends m to b.
func (m *ConfigureCall) Append(b []byte) []byte {
	if len(m.Plugin) != 0 {
		b = appendBytes(append(b, 0x0a), m.Plugin)
	}
	if len(m.Instance) != 0 {
		b = appendBytes(append(b, 0x12), m.Instance)
	}
	if len(m.Config) != 0 {
		b = appendBytes(append(b, 0x1a), m.Config)
	}
	for i := range m.Capabilities {
		b = appendBytes(append(b, 0x22), m.Capabilities[i])
	}
	if m.Revision != 0 {
		b = appendVarint(append(b, 0x28), uint64(m.Revision))
	}
	if m.Window != 0 {
		b = appendVarint(append(b, 0x30), uint64(m.Window))
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *ConfigureCall) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *ConfigureCall) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.Plugin = c.string(math.MaxUint32)
		case 0x12:
			m.Instance = c.string(math.MaxUint32)
		case 0x1a:
			m.Config = c.bytes(math.MaxUint32)
		case 0x22:
			if c.room(len(m.Capabilities), 64) {
				m.Capabilities = append(m.Capabilities, c.string(math.MaxUint32))
			}
		case 0x28:
			m.Revision = c.uint32()
		case 0x30:
			m.Window = c.uint32()
		default:
			c.skip(tag, 0x7e)
		}
		if c.fault != "" {
			return c.err("ConfigureCall", tag)
		}
	}
	return nil
}

// Exchange is what every hook may know about the exchange. Fields that the
// manifest did not ask for are absent.
type Exchange struct {
	ID        []byte // our request id
	Route     []byte
	Operation Operation
	Dialect   []byte // the client's, e.g. "openai.chat"
	Stream    bool   // the client wants a stream
	Consumer  []byte // name of the virtual key or principal
	Tenant    []byte
	Model     []byte   // as the client wrote it, UTF-8
	Tags      []Tag    // at most 256 elements
	Headers   []Header // of the client's request, those the manifest names; at most 256 elements
	Shadow    bool     // nobody acts on the reply
}

// Reset empties m and keeps the memory of its lists.
func (m *Exchange) Reset() {
	m.ID = nil
	m.Route = nil
	m.Operation = 0
	m.Dialect = nil
	m.Stream = false
	m.Consumer = nil
	m.Tenant = nil
	m.Model = nil
	for i := range m.Tags {
		m.Tags[i].Reset()
	}
	m.Tags = m.Tags[:0]
	for i := range m.Headers {
		m.Headers[i].Reset()
	}
	m.Headers = m.Headers[:0]
	m.Shadow = false
}

// Size returns the number of bytes that Append appends.
func (m *Exchange) Size() int {
	n := 0
	if len(m.ID) != 0 {
		n += 1 + sizeBytes(len(m.ID))
	}
	if len(m.Route) != 0 {
		n += 1 + sizeBytes(len(m.Route))
	}
	if m.Operation != 0 {
		n += 1 + sizeVarint(uint64(m.Operation))
	}
	if len(m.Dialect) != 0 {
		n += 1 + sizeBytes(len(m.Dialect))
	}
	if m.Stream {
		n += 1 + 1
	}
	if len(m.Consumer) != 0 {
		n += 1 + sizeBytes(len(m.Consumer))
	}
	if len(m.Tenant) != 0 {
		n += 1 + sizeBytes(len(m.Tenant))
	}
	if len(m.Model) != 0 {
		n += 1 + sizeBytes(len(m.Model))
	}
	for i := range m.Tags {
		n += 1 + sizeBytes(m.Tags[i].Size())
	}
	for i := range m.Headers {
		n += 1 + sizeBytes(m.Headers[i].Size())
	}
	if m.Shadow {
		n += 1 + 1
	}
	return n
}

// Append appends m to b.
func (m *Exchange) Append(b []byte) []byte {
	if len(m.ID) != 0 {
		b = appendBytes(append(b, 0x0a), m.ID)
	}
	if len(m.Route) != 0 {
		b = appendBytes(append(b, 0x12), m.Route)
	}
	if m.Operation != 0 {
		b = appendVarint(append(b, 0x18), uint64(m.Operation))
	}
	if len(m.Dialect) != 0 {
		b = appendBytes(append(b, 0x22), m.Dialect)
	}
	if m.Stream {
		b = appendBool(append(b, 0x28), m.Stream)
	}
	if len(m.Consumer) != 0 {
		b = appendBytes(append(b, 0x32), m.Consumer)
	}
	if len(m.Tenant) != 0 {
		b = appendBytes(append(b, 0x3a), m.Tenant)
	}
	if len(m.Model) != 0 {
		b = appendBytes(append(b, 0x42), m.Model)
	}
	for i := range m.Tags {
		b = appendVarint(append(b, 0x4a), uint64(m.Tags[i].Size()))
		b = m.Tags[i].Append(b)
	}
	for i := range m.Headers {
		b = appendVarint(append(b, 0x52), uint64(m.Headers[i].Size()))
		b = m.Headers[i].Append(b)
	}
	if m.Shadow {
		b = appendBool(append(b, 0x58), m.Shadow)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Exchange) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Exchange) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.ID = c.string(math.MaxUint32)
		case 0x12:
			m.Route = c.string(math.MaxUint32)
		case 0x18:
			m.Operation = Operation(c.enum(12))
		case 0x22:
			m.Dialect = c.string(math.MaxUint32)
		case 0x28:
			m.Stream = c.bool()
		case 0x32:
			m.Consumer = c.string(math.MaxUint32)
		case 0x3a:
			m.Tenant = c.string(math.MaxUint32)
		case 0x42:
			m.Model = c.bytes(math.MaxUint32)
		case 0x4a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Tags), 256) {
				m.Tags = grow(m.Tags)
				if err := m.Tags[len(m.Tags)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x52:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Headers), 256) {
				m.Headers = grow(m.Headers)
				if err := m.Headers[len(m.Headers)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x58:
			m.Shadow = c.bool()
		default:
			c.skip(tag, 0xffe)
		}
		if c.fault != "" {
			return c.err("Exchange", tag)
		}
	}
	return nil
}

// Tag is a key and value on the exchange.
type Tag struct {
	Key   []byte // at most 256 bytes
	Value []byte // at most 4096 bytes
}

// Reset empties m and keeps the memory of its lists.
func (m *Tag) Reset() {
	m.Key = nil
	m.Value = nil
}

// Size returns the number of bytes that Append appends.
func (m *Tag) Size() int {
	n := 0
	if len(m.Key) != 0 {
		n += 1 + sizeBytes(len(m.Key))
	}
	if len(m.Value) != 0 {
		n += 1 + sizeBytes(len(m.Value))
	}
	return n
}

// Append appends m to b.
func (m *Tag) Append(b []byte) []byte {
	if len(m.Key) != 0 {
		b = appendBytes(append(b, 0x0a), m.Key)
	}
	if len(m.Value) != 0 {
		b = appendBytes(append(b, 0x12), m.Value)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Tag) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Tag) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.Key = c.string(256)
		case 0x12:
			m.Value = c.string(4096)
		default:
			c.skip(tag, 0x6)
		}
		if c.fault != "" {
			return c.err("Tag", tag)
		}
	}
	return nil
}

// Header is one header field.
type Header struct {
	Name  []byte // lower case; at most 256 bytes
	Value []byte // at most 65536 bytes
}

// Reset empties m and keeps the memory of its lists.
func (m *Header) Reset() {
	m.Name = nil
	m.Value = nil
}

// Size returns the number of bytes that Append appends.
func (m *Header) Size() int {
	n := 0
	if len(m.Name) != 0 {
		n += 1 + sizeBytes(len(m.Name))
	}
	if len(m.Value) != 0 {
		n += 1 + sizeBytes(len(m.Value))
	}
	return n
}

// Append appends m to b.
func (m *Header) Append(b []byte) []byte {
	if len(m.Name) != 0 {
		b = appendBytes(append(b, 0x0a), m.Name)
	}
	if len(m.Value) != 0 {
		b = appendBytes(append(b, 0x12), m.Value)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Header) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Header) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.Name = c.string(256)
		case 0x12:
			m.Value = c.bytes(65536)
		default:
			c.skip(tag, 0x6)
		}
		if c.fault != "" {
			return c.err("Header", tag)
		}
	}
	return nil
}

// Part is one piece of content of a prompt or an answer.
type Part struct {
	ID         uint32 // what Edit.part names
	Kind       Kind
	Role       Role
	HasMessage bool
	Message    uint32 // index of the message, absent for a part outside the messages
	Choice     uint32 // index of the answer's choice, 0 for prompts
	Origin     Origin
	Text       []byte // UTF-8, decoded, with the edits of earlier hooks
	Name       []byte // tool's name, or media type of images, audio and documents
	CallID     []byte // of a tool call and of its result
	Data       []byte // content of images, audio and documents in base64, RFC 4648 §4, padded
	URL        []byte // where such content lies instead
	Signature  []byte // the provider's seal on thinking, opaque
	Source     []byte // who sealed it: the dialect, "/" and the provider
	Raw        []byte // the original JSON value, UTF-8, for KIND_RAW and attributes that no field holds
}

// Reset empties m and keeps the memory of its lists.
func (m *Part) Reset() {
	m.ID = 0
	m.Kind = 0
	m.Role = 0
	m.HasMessage = false
	m.Message = 0
	m.Choice = 0
	m.Origin = 0
	m.Text = nil
	m.Name = nil
	m.CallID = nil
	m.Data = nil
	m.URL = nil
	m.Signature = nil
	m.Source = nil
	m.Raw = nil
}

// Size returns the number of bytes that Append appends.
func (m *Part) Size() int {
	n := 0
	if m.ID != 0 {
		n += 1 + sizeVarint(uint64(m.ID))
	}
	if m.Kind != 0 {
		n += 1 + sizeVarint(uint64(m.Kind))
	}
	if m.Role != 0 {
		n += 1 + sizeVarint(uint64(m.Role))
	}
	if m.HasMessage {
		n += 1 + sizeVarint(uint64(m.Message))
	}
	if m.Choice != 0 {
		n += 1 + sizeVarint(uint64(m.Choice))
	}
	if m.Origin != 0 {
		n += 1 + sizeVarint(uint64(m.Origin))
	}
	if len(m.Text) != 0 {
		n += 1 + sizeBytes(len(m.Text))
	}
	if len(m.Name) != 0 {
		n += 1 + sizeBytes(len(m.Name))
	}
	if len(m.CallID) != 0 {
		n += 1 + sizeBytes(len(m.CallID))
	}
	if len(m.Data) != 0 {
		n += 1 + sizeBytes(len(m.Data))
	}
	if len(m.URL) != 0 {
		n += 1 + sizeBytes(len(m.URL))
	}
	if len(m.Signature) != 0 {
		n += 1 + sizeBytes(len(m.Signature))
	}
	if len(m.Source) != 0 {
		n += 1 + sizeBytes(len(m.Source))
	}
	if len(m.Raw) != 0 {
		n += 1 + sizeBytes(len(m.Raw))
	}
	return n
}

// Append appends m to b.
func (m *Part) Append(b []byte) []byte {
	if m.ID != 0 {
		b = appendVarint(append(b, 0x08), uint64(m.ID))
	}
	if m.Kind != 0 {
		b = appendVarint(append(b, 0x10), uint64(m.Kind))
	}
	if m.Role != 0 {
		b = appendVarint(append(b, 0x18), uint64(m.Role))
	}
	if m.HasMessage {
		b = appendVarint(append(b, 0x20), uint64(m.Message))
	}
	if m.Choice != 0 {
		b = appendVarint(append(b, 0x28), uint64(m.Choice))
	}
	if m.Origin != 0 {
		b = appendVarint(append(b, 0x30), uint64(m.Origin))
	}
	if len(m.Text) != 0 {
		b = appendBytes(append(b, 0x3a), m.Text)
	}
	if len(m.Name) != 0 {
		b = appendBytes(append(b, 0x42), m.Name)
	}
	if len(m.CallID) != 0 {
		b = appendBytes(append(b, 0x4a), m.CallID)
	}
	if len(m.Data) != 0 {
		b = appendBytes(append(b, 0x52), m.Data)
	}
	if len(m.URL) != 0 {
		b = appendBytes(append(b, 0x5a), m.URL)
	}
	if len(m.Signature) != 0 {
		b = appendBytes(append(b, 0x62), m.Signature)
	}
	if len(m.Source) != 0 {
		b = appendBytes(append(b, 0x6a), m.Source)
	}
	if len(m.Raw) != 0 {
		b = appendBytes(append(b, 0x72), m.Raw)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Part) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Part) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.ID = c.uint32()
		case 0x10:
			m.Kind = Kind(c.enum(12))
		case 0x18:
			m.Role = Role(c.enum(4))
		case 0x20:
			m.HasMessage = true
			m.Message = c.uint32()
		case 0x28:
			m.Choice = c.uint32()
		case 0x30:
			m.Origin = Origin(c.enum(4))
		case 0x3a:
			m.Text = c.bytes(math.MaxUint32)
		case 0x42:
			m.Name = c.string(math.MaxUint32)
		case 0x4a:
			m.CallID = c.string(math.MaxUint32)
		case 0x52:
			m.Data = c.bytes(math.MaxUint32)
		case 0x5a:
			m.URL = c.string(math.MaxUint32)
		case 0x62:
			m.Signature = c.bytes(math.MaxUint32)
		case 0x6a:
			m.Source = c.string(math.MaxUint32)
		case 0x72:
			m.Raw = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0x7ffe)
		}
		if c.fault != "" {
			return c.err("Part", tag)
		}
	}
	return nil
}

// Tool is a function that the model may call.
type Tool struct {
	Name        []byte // at most 256 bytes
	Description []byte
	Schema      []byte // JSON Schema of the arguments, UTF-8
	Raw         []byte // the original JSON value of a tool that is no function, UTF-8
	Attributes  []byte // JSON object of members that no field holds, UTF-8
}

// Reset empties m and keeps the memory of its lists.
func (m *Tool) Reset() {
	m.Name = nil
	m.Description = nil
	m.Schema = nil
	m.Raw = nil
	m.Attributes = nil
}

// Size returns the number of bytes that Append appends.
func (m *Tool) Size() int {
	n := 0
	if len(m.Name) != 0 {
		n += 1 + sizeBytes(len(m.Name))
	}
	if len(m.Description) != 0 {
		n += 1 + sizeBytes(len(m.Description))
	}
	if len(m.Schema) != 0 {
		n += 1 + sizeBytes(len(m.Schema))
	}
	if len(m.Raw) != 0 {
		n += 1 + sizeBytes(len(m.Raw))
	}
	if len(m.Attributes) != 0 {
		n += 1 + sizeBytes(len(m.Attributes))
	}
	return n
}

// Append appends m to b.
func (m *Tool) Append(b []byte) []byte {
	if len(m.Name) != 0 {
		b = appendBytes(append(b, 0x0a), m.Name)
	}
	if len(m.Description) != 0 {
		b = appendBytes(append(b, 0x12), m.Description)
	}
	if len(m.Schema) != 0 {
		b = appendBytes(append(b, 0x1a), m.Schema)
	}
	if len(m.Raw) != 0 {
		b = appendBytes(append(b, 0x22), m.Raw)
	}
	if len(m.Attributes) != 0 {
		b = appendBytes(append(b, 0x2a), m.Attributes)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Tool) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Tool) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.Name = c.string(256)
		case 0x12:
			m.Description = c.string(math.MaxUint32)
		case 0x1a:
			m.Schema = c.bytes(math.MaxUint32)
		case 0x22:
			m.Raw = c.bytes(math.MaxUint32)
		case 0x2a:
			m.Attributes = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0x3e)
		}
		if c.fault != "" {
			return c.err("Tool", tag)
		}
	}
	return nil
}

// Parameters are the request's settings, in one form for all dialects. What the
// client did not set is absent.
type Parameters struct {
	HasMaxOutput        bool
	MaxOutput           uint64 // tokens
	HasTemperature      bool
	Temperature         float64
	HasTopP             bool
	TopP                float64
	HasTopK             bool
	TopK                uint64
	HasPresencePenalty  bool
	PresencePenalty     float64
	HasFrequencyPenalty bool
	FrequencyPenalty    float64
	HasSeed             bool
	Seed                int64
	Choices             uint32   // answers asked for; 0 means 1
	Stop                [][]byte // at most 64 elements
	Tools               []Tool   // at most 1024 elements
	ToolChoice          ToolChoice
	ToolName            []byte
	HasParallelTools    bool
	ParallelTools       bool
	OutputFormat        OutputFormat
	OutputSchema        []byte // JSON Schema, UTF-8
	ReasoningEffort     []byte // the client's word
	HasReasoningTokens  bool
	ReasoningTokens     uint64
	Others              []Parameter // what no field above holds; at most 256 elements
	OutputAttributes    []byte      // JSON object of what else the client said of the shape, UTF-8
}

// Reset empties m and keeps the memory of its lists.
func (m *Parameters) Reset() {
	m.HasMaxOutput = false
	m.MaxOutput = 0
	m.HasTemperature = false
	m.Temperature = 0
	m.HasTopP = false
	m.TopP = 0
	m.HasTopK = false
	m.TopK = 0
	m.HasPresencePenalty = false
	m.PresencePenalty = 0
	m.HasFrequencyPenalty = false
	m.FrequencyPenalty = 0
	m.HasSeed = false
	m.Seed = 0
	m.Choices = 0
	clear(m.Stop)
	m.Stop = m.Stop[:0]
	for i := range m.Tools {
		m.Tools[i].Reset()
	}
	m.Tools = m.Tools[:0]
	m.ToolChoice = 0
	m.ToolName = nil
	m.HasParallelTools = false
	m.ParallelTools = false
	m.OutputFormat = 0
	m.OutputSchema = nil
	m.ReasoningEffort = nil
	m.HasReasoningTokens = false
	m.ReasoningTokens = 0
	for i := range m.Others {
		m.Others[i].Reset()
	}
	m.Others = m.Others[:0]
	m.OutputAttributes = nil
}

// Size returns the number of bytes that Append appends.
func (m *Parameters) Size() int {
	n := 0
	if m.HasMaxOutput {
		n += 1 + sizeVarint(uint64(m.MaxOutput))
	}
	if m.HasTemperature {
		n += 1 + 8
	}
	if m.HasTopP {
		n += 1 + 8
	}
	if m.HasTopK {
		n += 1 + sizeVarint(uint64(m.TopK))
	}
	if m.HasPresencePenalty {
		n += 1 + 8
	}
	if m.HasFrequencyPenalty {
		n += 1 + 8
	}
	if m.HasSeed {
		n += 1 + sizeVarint(uint64(m.Seed))
	}
	if m.Choices != 0 {
		n += 1 + sizeVarint(uint64(m.Choices))
	}
	for i := range m.Stop {
		n += 1 + sizeBytes(len(m.Stop[i]))
	}
	for i := range m.Tools {
		n += 1 + sizeBytes(m.Tools[i].Size())
	}
	if m.ToolChoice != 0 {
		n += 1 + sizeVarint(uint64(m.ToolChoice))
	}
	if len(m.ToolName) != 0 {
		n += 1 + sizeBytes(len(m.ToolName))
	}
	if m.HasParallelTools {
		n += 1 + 1
	}
	if m.OutputFormat != 0 {
		n += 1 + sizeVarint(uint64(m.OutputFormat))
	}
	if len(m.OutputSchema) != 0 {
		n += 1 + sizeBytes(len(m.OutputSchema))
	}
	if len(m.ReasoningEffort) != 0 {
		n += 2 + sizeBytes(len(m.ReasoningEffort))
	}
	if m.HasReasoningTokens {
		n += 2 + sizeVarint(uint64(m.ReasoningTokens))
	}
	for i := range m.Others {
		n += 2 + sizeBytes(m.Others[i].Size())
	}
	if len(m.OutputAttributes) != 0 {
		n += 2 + sizeBytes(len(m.OutputAttributes))
	}
	return n
}

// Append appends m to b.
func (m *Parameters) Append(b []byte) []byte {
	if m.HasMaxOutput {
		b = appendVarint(append(b, 0x08), uint64(m.MaxOutput))
	}
	if m.HasTemperature {
		b = appendDouble(append(b, 0x11), m.Temperature)
	}
	if m.HasTopP {
		b = appendDouble(append(b, 0x19), m.TopP)
	}
	if m.HasTopK {
		b = appendVarint(append(b, 0x20), uint64(m.TopK))
	}
	if m.HasPresencePenalty {
		b = appendDouble(append(b, 0x29), m.PresencePenalty)
	}
	if m.HasFrequencyPenalty {
		b = appendDouble(append(b, 0x31), m.FrequencyPenalty)
	}
	if m.HasSeed {
		b = appendVarint(append(b, 0x38), uint64(m.Seed))
	}
	if m.Choices != 0 {
		b = appendVarint(append(b, 0x40), uint64(m.Choices))
	}
	for i := range m.Stop {
		b = appendBytes(append(b, 0x4a), m.Stop[i])
	}
	for i := range m.Tools {
		b = appendVarint(append(b, 0x52), uint64(m.Tools[i].Size()))
		b = m.Tools[i].Append(b)
	}
	if m.ToolChoice != 0 {
		b = appendVarint(append(b, 0x58), uint64(m.ToolChoice))
	}
	if len(m.ToolName) != 0 {
		b = appendBytes(append(b, 0x62), m.ToolName)
	}
	if m.HasParallelTools {
		b = appendBool(append(b, 0x68), m.ParallelTools)
	}
	if m.OutputFormat != 0 {
		b = appendVarint(append(b, 0x70), uint64(m.OutputFormat))
	}
	if len(m.OutputSchema) != 0 {
		b = appendBytes(append(b, 0x7a), m.OutputSchema)
	}
	if len(m.ReasoningEffort) != 0 {
		b = appendBytes(append(b, 0x82, 0x01), m.ReasoningEffort)
	}
	if m.HasReasoningTokens {
		b = appendVarint(append(b, 0x88, 0x01), uint64(m.ReasoningTokens))
	}
	for i := range m.Others {
		b = appendVarint(append(b, 0x92, 0x01), uint64(m.Others[i].Size()))
		b = m.Others[i].Append(b)
	}
	if len(m.OutputAttributes) != 0 {
		b = appendBytes(append(b, 0x9a, 0x01), m.OutputAttributes)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Parameters) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Parameters) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.HasMaxOutput = true
			m.MaxOutput = c.uint64()
		case 0x11:
			m.HasTemperature = true
			m.Temperature = c.double()
		case 0x19:
			m.HasTopP = true
			m.TopP = c.double()
		case 0x20:
			m.HasTopK = true
			m.TopK = c.uint64()
		case 0x29:
			m.HasPresencePenalty = true
			m.PresencePenalty = c.double()
		case 0x31:
			m.HasFrequencyPenalty = true
			m.FrequencyPenalty = c.double()
		case 0x38:
			m.HasSeed = true
			m.Seed = int64(c.uint64())
		case 0x40:
			m.Choices = c.uint32()
		case 0x4a:
			if c.room(len(m.Stop), 64) {
				m.Stop = append(m.Stop, c.string(math.MaxUint32))
			}
		case 0x52:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Tools), 1024) {
				m.Tools = grow(m.Tools)
				if err := m.Tools[len(m.Tools)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x58:
			m.ToolChoice = ToolChoice(c.enum(4))
		case 0x62:
			m.ToolName = c.string(math.MaxUint32)
		case 0x68:
			m.HasParallelTools = true
			m.ParallelTools = c.bool()
		case 0x70:
			m.OutputFormat = OutputFormat(c.enum(3))
		case 0x7a:
			m.OutputSchema = c.bytes(math.MaxUint32)
		case 0x82:
			m.ReasoningEffort = c.string(math.MaxUint32)
		case 0x88:
			m.HasReasoningTokens = true
			m.ReasoningTokens = c.uint64()
		case 0x92:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Others), 256) {
				m.Others = grow(m.Others)
				if err := m.Others[len(m.Others)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x9a:
			m.OutputAttributes = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0xffffe)
		}
		if c.fault != "" {
			return c.err("Parameters", tag)
		}
	}
	return nil
}

// Parameter is a setting that only some dialects have.
type Parameter struct {
	Name []byte // top-level key in the client's request
	JSON []byte // its value, UTF-8
}

// Reset empties m and keeps the memory of its lists.
func (m *Parameter) Reset() {
	m.Name = nil
	m.JSON = nil
}

// Size returns the number of bytes that Append appends.
func (m *Parameter) Size() int {
	n := 0
	if len(m.Name) != 0 {
		n += 1 + sizeBytes(len(m.Name))
	}
	if len(m.JSON) != 0 {
		n += 1 + sizeBytes(len(m.JSON))
	}
	return n
}

// Append appends m to b.
func (m *Parameter) Append(b []byte) []byte {
	if len(m.Name) != 0 {
		b = appendBytes(append(b, 0x0a), m.Name)
	}
	if len(m.JSON) != 0 {
		b = appendBytes(append(b, 0x12), m.JSON)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Parameter) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Parameter) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.Name = c.string(math.MaxUint32)
		case 0x12:
			m.JSON = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0x6)
		}
		if c.fault != "" {
			return c.err("Parameter", tag)
		}
	}
	return nil
}

// Usage is what an exchange consumed, in tokens. It is set, not added.
type Usage struct {
	InputUncached  uint64
	CacheRead      uint64
	CacheWrite     uint64
	Output         uint64 // reasoning included
	Reasoning      uint64 // the part of output that was reasoning
	Audio          uint64
	Image          uint64
	Reported       bool   // by the provider itself
	Estimated      bool   // at least one count is an estimate
	CacheWriteHour uint64 // the part of cache_write that is kept for an hour
}

// Reset empties m and keeps the memory of its lists.
func (m *Usage) Reset() {
	m.InputUncached = 0
	m.CacheRead = 0
	m.CacheWrite = 0
	m.Output = 0
	m.Reasoning = 0
	m.Audio = 0
	m.Image = 0
	m.Reported = false
	m.Estimated = false
	m.CacheWriteHour = 0
}

// Size returns the number of bytes that Append appends.
func (m *Usage) Size() int {
	n := 0
	if m.InputUncached != 0 {
		n += 1 + sizeVarint(uint64(m.InputUncached))
	}
	if m.CacheRead != 0 {
		n += 1 + sizeVarint(uint64(m.CacheRead))
	}
	if m.CacheWrite != 0 {
		n += 1 + sizeVarint(uint64(m.CacheWrite))
	}
	if m.Output != 0 {
		n += 1 + sizeVarint(uint64(m.Output))
	}
	if m.Reasoning != 0 {
		n += 1 + sizeVarint(uint64(m.Reasoning))
	}
	if m.Audio != 0 {
		n += 1 + sizeVarint(uint64(m.Audio))
	}
	if m.Image != 0 {
		n += 1 + sizeVarint(uint64(m.Image))
	}
	if m.Reported {
		n += 1 + 1
	}
	if m.Estimated {
		n += 1 + 1
	}
	if m.CacheWriteHour != 0 {
		n += 1 + sizeVarint(uint64(m.CacheWriteHour))
	}
	return n
}

// Append appends m to b.
func (m *Usage) Append(b []byte) []byte {
	if m.InputUncached != 0 {
		b = appendVarint(append(b, 0x08), uint64(m.InputUncached))
	}
	if m.CacheRead != 0 {
		b = appendVarint(append(b, 0x10), uint64(m.CacheRead))
	}
	if m.CacheWrite != 0 {
		b = appendVarint(append(b, 0x18), uint64(m.CacheWrite))
	}
	if m.Output != 0 {
		b = appendVarint(append(b, 0x20), uint64(m.Output))
	}
	if m.Reasoning != 0 {
		b = appendVarint(append(b, 0x28), uint64(m.Reasoning))
	}
	if m.Audio != 0 {
		b = appendVarint(append(b, 0x30), uint64(m.Audio))
	}
	if m.Image != 0 {
		b = appendVarint(append(b, 0x38), uint64(m.Image))
	}
	if m.Reported {
		b = appendBool(append(b, 0x40), m.Reported)
	}
	if m.Estimated {
		b = appendBool(append(b, 0x48), m.Estimated)
	}
	if m.CacheWriteHour != 0 {
		b = appendVarint(append(b, 0x50), uint64(m.CacheWriteHour))
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Usage) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Usage) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.InputUncached = c.uint64()
		case 0x10:
			m.CacheRead = c.uint64()
		case 0x18:
			m.CacheWrite = c.uint64()
		case 0x20:
			m.Output = c.uint64()
		case 0x28:
			m.Reasoning = c.uint64()
		case 0x30:
			m.Audio = c.uint64()
		case 0x38:
			m.Image = c.uint64()
		case 0x40:
			m.Reported = c.bool()
		case 0x48:
			m.Estimated = c.bool()
		case 0x50:
			m.CacheWriteHour = c.uint64()
		default:
			c.skip(tag, 0x7fe)
		}
		if c.fault != "" {
			return c.err("Usage", tag)
		}
	}
	return nil
}

// Error is an upstream's error in one form for all providers.
type Error struct {
	Status       uint32 // 400 to 599
	Code         []byte // the provider's own word, or upstream_cut for a stream that ended too soon; at most 256 bytes
	Message      []byte // for people; at most 4096 bytes
	RetryAfterMs uint64 // 0 means nothing is known
	Param        []byte // path of the offending field; at most 256 bytes
}

// Reset empties m and keeps the memory of its lists.
func (m *Error) Reset() {
	m.Status = 0
	m.Code = nil
	m.Message = nil
	m.RetryAfterMs = 0
	m.Param = nil
}

// Size returns the number of bytes that Append appends.
func (m *Error) Size() int {
	n := 0
	if m.Status != 0 {
		n += 1 + sizeVarint(uint64(m.Status))
	}
	if len(m.Code) != 0 {
		n += 1 + sizeBytes(len(m.Code))
	}
	if len(m.Message) != 0 {
		n += 1 + sizeBytes(len(m.Message))
	}
	if m.RetryAfterMs != 0 {
		n += 1 + sizeVarint(uint64(m.RetryAfterMs))
	}
	if len(m.Param) != 0 {
		n += 1 + sizeBytes(len(m.Param))
	}
	return n
}

// Append appends m to b.
func (m *Error) Append(b []byte) []byte {
	if m.Status != 0 {
		b = appendVarint(append(b, 0x08), uint64(m.Status))
	}
	if len(m.Code) != 0 {
		b = appendBytes(append(b, 0x12), m.Code)
	}
	if len(m.Message) != 0 {
		b = appendBytes(append(b, 0x1a), m.Message)
	}
	if m.RetryAfterMs != 0 {
		b = appendVarint(append(b, 0x20), uint64(m.RetryAfterMs))
	}
	if len(m.Param) != 0 {
		b = appendBytes(append(b, 0x2a), m.Param)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Error) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Error) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.Status = c.uint32()
		case 0x12:
			m.Code = c.string(256)
		case 0x1a:
			m.Message = c.string(4096)
		case 0x20:
			m.RetryAfterMs = c.uint64()
		case 0x2a:
			m.Param = c.string(256)
		default:
			c.skip(tag, 0x3e)
		}
		if c.fault != "" {
			return c.err("Error", tag)
		}
	}
	return nil
}

// ReceiveCall is the frame of the receive hook.
type ReceiveCall struct {
	HasExchange bool
	Exchange    Exchange
	Method      []byte
	Path        []byte // as sent, without query
	Query       []byte // as sent, without "?"
	BodyBytes   uint64
}

// Reset empties m and keeps the memory of its lists.
func (m *ReceiveCall) Reset() {
	m.HasExchange = false
	m.Exchange.Reset()
	m.Method = nil
	m.Path = nil
	m.Query = nil
	m.BodyBytes = 0
}

// Size returns the number of bytes that Append appends.
func (m *ReceiveCall) Size() int {
	n := 0
	if m.HasExchange {
		n += 1 + sizeBytes(m.Exchange.Size())
	}
	if len(m.Method) != 0 {
		n += 1 + sizeBytes(len(m.Method))
	}
	if len(m.Path) != 0 {
		n += 1 + sizeBytes(len(m.Path))
	}
	if len(m.Query) != 0 {
		n += 1 + sizeBytes(len(m.Query))
	}
	if m.BodyBytes != 0 {
		n += 1 + sizeVarint(uint64(m.BodyBytes))
	}
	return n
}

// Append appends m to b.
func (m *ReceiveCall) Append(b []byte) []byte {
	if m.HasExchange {
		b = appendVarint(append(b, 0x0a), uint64(m.Exchange.Size()))
		b = m.Exchange.Append(b)
	}
	if len(m.Method) != 0 {
		b = appendBytes(append(b, 0x12), m.Method)
	}
	if len(m.Path) != 0 {
		b = appendBytes(append(b, 0x1a), m.Path)
	}
	if len(m.Query) != 0 {
		b = appendBytes(append(b, 0x22), m.Query)
	}
	if m.BodyBytes != 0 {
		b = appendVarint(append(b, 0x28), uint64(m.BodyBytes))
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *ReceiveCall) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *ReceiveCall) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.HasExchange = true
			if err := m.Exchange.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x12:
			m.Method = c.bytes(math.MaxUint32)
		case 0x1a:
			m.Path = c.bytes(math.MaxUint32)
		case 0x22:
			m.Query = c.bytes(math.MaxUint32)
		case 0x28:
			m.BodyBytes = c.uint64()
		default:
			c.skip(tag, 0x3e)
		}
		if c.fault != "" {
			return c.err("ReceiveCall", tag)
		}
	}
	return nil
}

// PromptCall is the frame of the prompt hook.
type PromptCall struct {
	HasExchange   bool
	Exchange      Exchange
	Stage         Stage
	Parts         []Part // of the kinds and roles that the manifest asked for; at most 65536 elements
	HasParameters bool
	Parameters    Parameters
	Messages      uint32 // number of messages; NewPart.at must not be larger
	State         []byte // what this hook last left; see Reply.state
}

// Reset empties m and keeps the memory of its lists.
func (m *PromptCall) Reset() {
	m.HasExchange = false
	m.Exchange.Reset()
	m.Stage = 0
	for i := range m.Parts {
		m.Parts[i].Reset()
	}
	m.Parts = m.Parts[:0]
	m.HasParameters = false
	m.Parameters.Reset()
	m.Messages = 0
	m.State = nil
}

// Size returns the number of bytes that Append appends.
func (m *PromptCall) Size() int {
	n := 0
	if m.HasExchange {
		n += 1 + sizeBytes(m.Exchange.Size())
	}
	if m.Stage != 0 {
		n += 1 + sizeVarint(uint64(m.Stage))
	}
	for i := range m.Parts {
		n += 1 + sizeBytes(m.Parts[i].Size())
	}
	if m.HasParameters {
		n += 1 + sizeBytes(m.Parameters.Size())
	}
	if m.Messages != 0 {
		n += 1 + sizeVarint(uint64(m.Messages))
	}
	if len(m.State) != 0 {
		n += 1 + sizeBytes(len(m.State))
	}
	return n
}

// Append appends m to b.
func (m *PromptCall) Append(b []byte) []byte {
	if m.HasExchange {
		b = appendVarint(append(b, 0x0a), uint64(m.Exchange.Size()))
		b = m.Exchange.Append(b)
	}
	if m.Stage != 0 {
		b = appendVarint(append(b, 0x10), uint64(m.Stage))
	}
	for i := range m.Parts {
		b = appendVarint(append(b, 0x1a), uint64(m.Parts[i].Size()))
		b = m.Parts[i].Append(b)
	}
	if m.HasParameters {
		b = appendVarint(append(b, 0x22), uint64(m.Parameters.Size()))
		b = m.Parameters.Append(b)
	}
	if m.Messages != 0 {
		b = appendVarint(append(b, 0x28), uint64(m.Messages))
	}
	if len(m.State) != 0 {
		b = appendBytes(append(b, 0x32), m.State)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *PromptCall) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *PromptCall) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.HasExchange = true
			if err := m.Exchange.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x10:
			m.Stage = Stage(c.enum(2))
		case 0x1a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Parts), 65536) {
				m.Parts = grow(m.Parts)
				if err := m.Parts[len(m.Parts)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x22:
			m.HasParameters = true
			if err := m.Parameters.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x28:
			m.Messages = c.uint32()
		case 0x32:
			m.State = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0x7e)
		}
		if c.fault != "" {
			return c.err("PromptCall", tag)
		}
	}
	return nil
}

// Deployment is one candidate in a route's order, with what is known of it now.
type Deployment struct {
	Name           []byte
	Provider       []byte
	Model          []byte
	Weight         uint32
	Cooling        bool    // it failed lately and is out of the picks
	InFlight       uint32  // attempts under way here
	FirstByteMs    float64 // moving average
	ErrorRate      float64 // moving average, 0 to 1
	HasInputPrice  bool
	InputPrice     uint64 // 10⁻¹² USD a token; absent when unknown
	HasOutputPrice bool
	OutputPrice    uint64 // likewise
	ContextTokens  uint64 // 0 when unknown
	HasLoad        bool
	Load           float64 // of a runtime that tells, 0 to 1
	Labels         []Tag   // the operator's own; at most 64 elements
}

// Reset empties m and keeps the memory of its lists.
func (m *Deployment) Reset() {
	m.Name = nil
	m.Provider = nil
	m.Model = nil
	m.Weight = 0
	m.Cooling = false
	m.InFlight = 0
	m.FirstByteMs = 0
	m.ErrorRate = 0
	m.HasInputPrice = false
	m.InputPrice = 0
	m.HasOutputPrice = false
	m.OutputPrice = 0
	m.ContextTokens = 0
	m.HasLoad = false
	m.Load = 0
	for i := range m.Labels {
		m.Labels[i].Reset()
	}
	m.Labels = m.Labels[:0]
}

// Size returns the number of bytes that Append appends.
func (m *Deployment) Size() int {
	n := 0
	if len(m.Name) != 0 {
		n += 1 + sizeBytes(len(m.Name))
	}
	if len(m.Provider) != 0 {
		n += 1 + sizeBytes(len(m.Provider))
	}
	if len(m.Model) != 0 {
		n += 1 + sizeBytes(len(m.Model))
	}
	if m.Weight != 0 {
		n += 1 + sizeVarint(uint64(m.Weight))
	}
	if m.Cooling {
		n += 1 + 1
	}
	if m.InFlight != 0 {
		n += 1 + sizeVarint(uint64(m.InFlight))
	}
	if math.Float64bits(m.FirstByteMs) != 0 {
		n += 1 + 8
	}
	if math.Float64bits(m.ErrorRate) != 0 {
		n += 1 + 8
	}
	if m.HasInputPrice {
		n += 1 + sizeVarint(uint64(m.InputPrice))
	}
	if m.HasOutputPrice {
		n += 1 + sizeVarint(uint64(m.OutputPrice))
	}
	if m.ContextTokens != 0 {
		n += 1 + sizeVarint(uint64(m.ContextTokens))
	}
	if m.HasLoad {
		n += 1 + 8
	}
	for i := range m.Labels {
		n += 1 + sizeBytes(m.Labels[i].Size())
	}
	return n
}

// Append appends m to b.
func (m *Deployment) Append(b []byte) []byte {
	if len(m.Name) != 0 {
		b = appendBytes(append(b, 0x0a), m.Name)
	}
	if len(m.Provider) != 0 {
		b = appendBytes(append(b, 0x12), m.Provider)
	}
	if len(m.Model) != 0 {
		b = appendBytes(append(b, 0x1a), m.Model)
	}
	if m.Weight != 0 {
		b = appendVarint(append(b, 0x20), uint64(m.Weight))
	}
	if m.Cooling {
		b = appendBool(append(b, 0x28), m.Cooling)
	}
	if m.InFlight != 0 {
		b = appendVarint(append(b, 0x30), uint64(m.InFlight))
	}
	if math.Float64bits(m.FirstByteMs) != 0 {
		b = appendDouble(append(b, 0x39), m.FirstByteMs)
	}
	if math.Float64bits(m.ErrorRate) != 0 {
		b = appendDouble(append(b, 0x41), m.ErrorRate)
	}
	if m.HasInputPrice {
		b = appendVarint(append(b, 0x48), uint64(m.InputPrice))
	}
	if m.HasOutputPrice {
		b = appendVarint(append(b, 0x50), uint64(m.OutputPrice))
	}
	if m.ContextTokens != 0 {
		b = appendVarint(append(b, 0x58), uint64(m.ContextTokens))
	}
	if m.HasLoad {
		b = appendDouble(append(b, 0x61), m.Load)
	}
	for i := range m.Labels {
		b = appendVarint(append(b, 0x6a), uint64(m.Labels[i].Size()))
		b = m.Labels[i].Append(b)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Deployment) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Deployment) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.Name = c.string(math.MaxUint32)
		case 0x12:
			m.Provider = c.string(math.MaxUint32)
		case 0x1a:
			m.Model = c.string(math.MaxUint32)
		case 0x20:
			m.Weight = c.uint32()
		case 0x28:
			m.Cooling = c.bool()
		case 0x30:
			m.InFlight = c.uint32()
		case 0x39:
			m.FirstByteMs = c.double()
		case 0x41:
			m.ErrorRate = c.double()
		case 0x48:
			m.HasInputPrice = true
			m.InputPrice = c.uint64()
		case 0x50:
			m.HasOutputPrice = true
			m.OutputPrice = c.uint64()
		case 0x58:
			m.ContextTokens = c.uint64()
		case 0x61:
			m.HasLoad = true
			m.Load = c.double()
		case 0x6a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Labels), 64) {
				m.Labels = grow(m.Labels)
				if err := m.Labels[len(m.Labels)-1].Decode(v); err != nil {
					return err
				}
			}
		default:
			c.skip(tag, 0x3ffe)
		}
		if c.fault != "" {
			return c.err("Deployment", tag)
		}
	}
	return nil
}

// Features describe a prompt to hooks that do not see its text.
type Features struct {
	InputTokens uint64 // estimate
	Messages    uint32
	Images      bool
	Audio       bool
	Documents   bool
	Tools       bool
	Reasoning   bool
}

// Reset empties m and keeps the memory of its lists.
func (m *Features) Reset() {
	m.InputTokens = 0
	m.Messages = 0
	m.Images = false
	m.Audio = false
	m.Documents = false
	m.Tools = false
	m.Reasoning = false
}

// Size returns the number of bytes that Append appends.
func (m *Features) Size() int {
	n := 0
	if m.InputTokens != 0 {
		n += 1 + sizeVarint(uint64(m.InputTokens))
	}
	if m.Messages != 0 {
		n += 1 + sizeVarint(uint64(m.Messages))
	}
	if m.Images {
		n += 1 + 1
	}
	if m.Audio {
		n += 1 + 1
	}
	if m.Documents {
		n += 1 + 1
	}
	if m.Tools {
		n += 1 + 1
	}
	if m.Reasoning {
		n += 1 + 1
	}
	return n
}

// Append appends m to b.
func (m *Features) Append(b []byte) []byte {
	if m.InputTokens != 0 {
		b = appendVarint(append(b, 0x08), uint64(m.InputTokens))
	}
	if m.Messages != 0 {
		b = appendVarint(append(b, 0x10), uint64(m.Messages))
	}
	if m.Images {
		b = appendBool(append(b, 0x18), m.Images)
	}
	if m.Audio {
		b = appendBool(append(b, 0x20), m.Audio)
	}
	if m.Documents {
		b = appendBool(append(b, 0x28), m.Documents)
	}
	if m.Tools {
		b = appendBool(append(b, 0x30), m.Tools)
	}
	if m.Reasoning {
		b = appendBool(append(b, 0x38), m.Reasoning)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Features) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Features) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.InputTokens = c.uint64()
		case 0x10:
			m.Messages = c.uint32()
		case 0x18:
			m.Images = c.bool()
		case 0x20:
			m.Audio = c.bool()
		case 0x28:
			m.Documents = c.bool()
		case 0x30:
			m.Tools = c.bool()
		case 0x38:
			m.Reasoning = c.bool()
		default:
			c.skip(tag, 0xfe)
		}
		if c.fault != "" {
			return c.err("Features", tag)
		}
	}
	return nil
}

// RouteCall is the frame of the route hook.
type RouteCall struct {
	HasExchange bool
	Exchange    Exchange
	Deployments []Deployment // in the order so far; at most 1024 elements
	HasFeatures bool
	Features    Features
	Parts       []Part // if the manifest asked for them; at most 65536 elements
}

// Reset empties m and keeps the memory of its lists.
func (m *RouteCall) Reset() {
	m.HasExchange = false
	m.Exchange.Reset()
	for i := range m.Deployments {
		m.Deployments[i].Reset()
	}
	m.Deployments = m.Deployments[:0]
	m.HasFeatures = false
	m.Features.Reset()
	for i := range m.Parts {
		m.Parts[i].Reset()
	}
	m.Parts = m.Parts[:0]
}

// Size returns the number of bytes that Append appends.
func (m *RouteCall) Size() int {
	n := 0
	if m.HasExchange {
		n += 1 + sizeBytes(m.Exchange.Size())
	}
	for i := range m.Deployments {
		n += 1 + sizeBytes(m.Deployments[i].Size())
	}
	if m.HasFeatures {
		n += 1 + sizeBytes(m.Features.Size())
	}
	for i := range m.Parts {
		n += 1 + sizeBytes(m.Parts[i].Size())
	}
	return n
}

// Append appends m to b.
func (m *RouteCall) Append(b []byte) []byte {
	if m.HasExchange {
		b = appendVarint(append(b, 0x0a), uint64(m.Exchange.Size()))
		b = m.Exchange.Append(b)
	}
	for i := range m.Deployments {
		b = appendVarint(append(b, 0x12), uint64(m.Deployments[i].Size()))
		b = m.Deployments[i].Append(b)
	}
	if m.HasFeatures {
		b = appendVarint(append(b, 0x1a), uint64(m.Features.Size()))
		b = m.Features.Append(b)
	}
	for i := range m.Parts {
		b = appendVarint(append(b, 0x22), uint64(m.Parts[i].Size()))
		b = m.Parts[i].Append(b)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *RouteCall) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *RouteCall) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.HasExchange = true
			if err := m.Exchange.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x12:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Deployments), 1024) {
				m.Deployments = grow(m.Deployments)
				if err := m.Deployments[len(m.Deployments)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x1a:
			m.HasFeatures = true
			if err := m.Features.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x22:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Parts), 65536) {
				m.Parts = grow(m.Parts)
				if err := m.Parts[len(m.Parts)-1].Decode(v); err != nil {
					return err
				}
			}
		default:
			c.skip(tag, 0x1e)
		}
		if c.fault != "" {
			return c.err("RouteCall", tag)
		}
	}
	return nil
}

// Target is the deployment that an attempt goes to.
type Target struct {
	Deployment []byte
	Provider   []byte
	Kind       []byte // the provider's descriptor, e.g. "anthropic"
	Model      []byte // the upstream's own model name
	BasePath   []byte // path part of the base URL, without trailing slash
	Settings   []Tag  // of the descriptor and the operator: region, project, API version; at most 64 elements
}

// Reset empties m and keeps the memory of its lists.
func (m *Target) Reset() {
	m.Deployment = nil
	m.Provider = nil
	m.Kind = nil
	m.Model = nil
	m.BasePath = nil
	for i := range m.Settings {
		m.Settings[i].Reset()
	}
	m.Settings = m.Settings[:0]
}

// Size returns the number of bytes that Append appends.
func (m *Target) Size() int {
	n := 0
	if len(m.Deployment) != 0 {
		n += 1 + sizeBytes(len(m.Deployment))
	}
	if len(m.Provider) != 0 {
		n += 1 + sizeBytes(len(m.Provider))
	}
	if len(m.Kind) != 0 {
		n += 1 + sizeBytes(len(m.Kind))
	}
	if len(m.Model) != 0 {
		n += 1 + sizeBytes(len(m.Model))
	}
	if len(m.BasePath) != 0 {
		n += 1 + sizeBytes(len(m.BasePath))
	}
	for i := range m.Settings {
		n += 1 + sizeBytes(m.Settings[i].Size())
	}
	return n
}

// Append appends m to b.
func (m *Target) Append(b []byte) []byte {
	if len(m.Deployment) != 0 {
		b = appendBytes(append(b, 0x0a), m.Deployment)
	}
	if len(m.Provider) != 0 {
		b = appendBytes(append(b, 0x12), m.Provider)
	}
	if len(m.Kind) != 0 {
		b = appendBytes(append(b, 0x1a), m.Kind)
	}
	if len(m.Model) != 0 {
		b = appendBytes(append(b, 0x22), m.Model)
	}
	if len(m.BasePath) != 0 {
		b = appendBytes(append(b, 0x2a), m.BasePath)
	}
	for i := range m.Settings {
		b = appendVarint(append(b, 0x32), uint64(m.Settings[i].Size()))
		b = m.Settings[i].Append(b)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Target) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Target) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.Deployment = c.string(math.MaxUint32)
		case 0x12:
			m.Provider = c.string(math.MaxUint32)
		case 0x1a:
			m.Kind = c.string(math.MaxUint32)
		case 0x22:
			m.Model = c.string(math.MaxUint32)
		case 0x2a:
			m.BasePath = c.string(math.MaxUint32)
		case 0x32:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Settings), 64) {
				m.Settings = grow(m.Settings)
				if err := m.Settings[len(m.Settings)-1].Decode(v); err != nil {
					return err
				}
			}
		default:
			c.skip(tag, 0x7e)
		}
		if c.fault != "" {
			return c.err("Target", tag)
		}
	}
	return nil
}

// UpstreamRequestCall is the frame of the upstream_request hook.
type UpstreamRequestCall struct {
	HasExchange   bool
	Exchange      Exchange
	HasTarget     bool
	Target        Target
	Parts         []Part // at most 65536 elements
	HasParameters bool
	Parameters    Parameters
	Body          []byte // the client's document for operations that have no typed form
}

// Reset empties m and keeps the memory of its lists.
func (m *UpstreamRequestCall) Reset() {
	m.HasExchange = false
	m.Exchange.Reset()
	m.HasTarget = false
	m.Target.Reset()
	for i := range m.Parts {
		m.Parts[i].Reset()
	}
	m.Parts = m.Parts[:0]
	m.HasParameters = false
	m.Parameters.Reset()
	m.Body = nil
}

// Size returns the number of bytes that Append appends.
func (m *UpstreamRequestCall) Size() int {
	n := 0
	if m.HasExchange {
		n += 1 + sizeBytes(m.Exchange.Size())
	}
	if m.HasTarget {
		n += 1 + sizeBytes(m.Target.Size())
	}
	for i := range m.Parts {
		n += 1 + sizeBytes(m.Parts[i].Size())
	}
	if m.HasParameters {
		n += 1 + sizeBytes(m.Parameters.Size())
	}
	if len(m.Body) != 0 {
		n += 1 + sizeBytes(len(m.Body))
	}
	return n
}

// Append appends m to b.
func (m *UpstreamRequestCall) Append(b []byte) []byte {
	if m.HasExchange {
		b = appendVarint(append(b, 0x0a), uint64(m.Exchange.Size()))
		b = m.Exchange.Append(b)
	}
	if m.HasTarget {
		b = appendVarint(append(b, 0x12), uint64(m.Target.Size()))
		b = m.Target.Append(b)
	}
	for i := range m.Parts {
		b = appendVarint(append(b, 0x1a), uint64(m.Parts[i].Size()))
		b = m.Parts[i].Append(b)
	}
	if m.HasParameters {
		b = appendVarint(append(b, 0x22), uint64(m.Parameters.Size()))
		b = m.Parameters.Append(b)
	}
	if len(m.Body) != 0 {
		b = appendBytes(append(b, 0x2a), m.Body)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *UpstreamRequestCall) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *UpstreamRequestCall) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.HasExchange = true
			if err := m.Exchange.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x12:
			m.HasTarget = true
			if err := m.Target.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x1a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Parts), 65536) {
				m.Parts = grow(m.Parts)
				if err := m.Parts[len(m.Parts)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x22:
			m.HasParameters = true
			if err := m.Parameters.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x2a:
			m.Body = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0x3e)
		}
		if c.fault != "" {
			return c.err("UpstreamRequestCall", tag)
		}
	}
	return nil
}

// UpstreamRequestReply is the provider's request, without credentials.
type UpstreamRequestReply struct {
	Method   []byte   // POST, GET, PUT or DELETE; empty means POST; at most 16 bytes
	Path     []byte   // path and query, escaped, below the host; empty means that of the provider's descriptor; at most 8192 bytes
	Headers  []Header // neither credentials nor what belongs to the connection; at most 64 elements
	Body     []byte
	Dropped  []Loss // at most 256 elements
	HasError bool
	Error    Error // the request cannot be translated; the rest is ignored
	HasState bool
	State    []byte // for the hooks that read the answer; at most 16384 bytes
	Framing  Framing
	Fetch    []Fetch // what must be fetched first: the hook runs once more then, and the rest is ignored; at most 256 elements
}

// Reset empties m and keeps the memory of its lists.
func (m *UpstreamRequestReply) Reset() {
	m.Method = nil
	m.Path = nil
	for i := range m.Headers {
		m.Headers[i].Reset()
	}
	m.Headers = m.Headers[:0]
	m.Body = nil
	for i := range m.Dropped {
		m.Dropped[i].Reset()
	}
	m.Dropped = m.Dropped[:0]
	m.HasError = false
	m.Error.Reset()
	m.HasState = false
	m.State = nil
	m.Framing = 0
	for i := range m.Fetch {
		m.Fetch[i].Reset()
	}
	m.Fetch = m.Fetch[:0]
}

// Size returns the number of bytes that Append appends.
func (m *UpstreamRequestReply) Size() int {
	n := 0
	if len(m.Method) != 0 {
		n += 1 + sizeBytes(len(m.Method))
	}
	if len(m.Path) != 0 {
		n += 1 + sizeBytes(len(m.Path))
	}
	for i := range m.Headers {
		n += 1 + sizeBytes(m.Headers[i].Size())
	}
	if len(m.Body) != 0 {
		n += 1 + sizeBytes(len(m.Body))
	}
	for i := range m.Dropped {
		n += 1 + sizeBytes(m.Dropped[i].Size())
	}
	if m.HasError {
		n += 1 + sizeBytes(m.Error.Size())
	}
	if m.HasState {
		n += 1 + sizeBytes(len(m.State))
	}
	if m.Framing != 0 {
		n += 1 + sizeVarint(uint64(m.Framing))
	}
	for i := range m.Fetch {
		n += 1 + sizeBytes(m.Fetch[i].Size())
	}
	return n
}

// Append appends m to b.
func (m *UpstreamRequestReply) Append(b []byte) []byte {
	if len(m.Method) != 0 {
		b = appendBytes(append(b, 0x0a), m.Method)
	}
	if len(m.Path) != 0 {
		b = appendBytes(append(b, 0x12), m.Path)
	}
	for i := range m.Headers {
		b = appendVarint(append(b, 0x1a), uint64(m.Headers[i].Size()))
		b = m.Headers[i].Append(b)
	}
	if len(m.Body) != 0 {
		b = appendBytes(append(b, 0x22), m.Body)
	}
	for i := range m.Dropped {
		b = appendVarint(append(b, 0x2a), uint64(m.Dropped[i].Size()))
		b = m.Dropped[i].Append(b)
	}
	if m.HasError {
		b = appendVarint(append(b, 0x32), uint64(m.Error.Size()))
		b = m.Error.Append(b)
	}
	if m.HasState {
		b = appendBytes(append(b, 0x3a), m.State)
	}
	if m.Framing != 0 {
		b = appendVarint(append(b, 0x40), uint64(m.Framing))
	}
	for i := range m.Fetch {
		b = appendVarint(append(b, 0x4a), uint64(m.Fetch[i].Size()))
		b = m.Fetch[i].Append(b)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *UpstreamRequestReply) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *UpstreamRequestReply) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.Method = c.string(16)
		case 0x12:
			m.Path = c.string(8192)
		case 0x1a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Headers), 64) {
				m.Headers = grow(m.Headers)
				if err := m.Headers[len(m.Headers)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x22:
			m.Body = c.bytes(math.MaxUint32)
		case 0x2a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Dropped), 256) {
				m.Dropped = grow(m.Dropped)
				if err := m.Dropped[len(m.Dropped)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x32:
			m.HasError = true
			if err := m.Error.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x3a:
			m.HasState = true
			m.State = c.bytes(16384)
		case 0x40:
			m.Framing = Framing(c.enum(3))
		case 0x4a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Fetch), 256) {
				m.Fetch = grow(m.Fetch)
				if err := m.Fetch[len(m.Fetch)-1].Decode(v); err != nil {
					return err
				}
			}
		default:
			c.skip(tag, 0x3fe)
		}
		if c.fault != "" {
			return c.err("UpstreamRequestReply", tag)
		}
	}
	return nil
}

// Fetch names a part that the provider takes as data alone and that the client
// gave by URL. The host fetches it under the egress rules and calls the hook again,
// with the part's data, and its media type in the part's name.
type Fetch struct {
	Part  uint32 // Part.id
	Field []byte // path in the client's request, for errors; at most 256 bytes
}

// Reset empties m and keeps the memory of its lists.
func (m *Fetch) Reset() {
	m.Part = 0
	m.Field = nil
}

// Size returns the number of bytes that Append appends.
func (m *Fetch) Size() int {
	n := 0
	if m.Part != 0 {
		n += 1 + sizeVarint(uint64(m.Part))
	}
	if len(m.Field) != 0 {
		n += 1 + sizeBytes(len(m.Field))
	}
	return n
}

// Append appends m to b.
func (m *Fetch) Append(b []byte) []byte {
	if m.Part != 0 {
		b = appendVarint(append(b, 0x08), uint64(m.Part))
	}
	if len(m.Field) != 0 {
		b = appendBytes(append(b, 0x12), m.Field)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Fetch) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Fetch) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.Part = c.uint32()
		case 0x12:
			m.Field = c.string(256)
		default:
			c.skip(tag, 0x6)
		}
		if c.fault != "" {
			return c.err("Fetch", tag)
		}
	}
	return nil
}

// Loss names something of the request that the provider has no place for.
type Loss struct {
	Field  []byte // path in the client's request; at most 256 bytes
	Reason []byte // a word in snake case, 64 bytes at most; at most 256 bytes
}

// Reset empties m and keeps the memory of its lists.
func (m *Loss) Reset() {
	m.Field = nil
	m.Reason = nil
}

// Size returns the number of bytes that Append appends.
func (m *Loss) Size() int {
	n := 0
	if len(m.Field) != 0 {
		n += 1 + sizeBytes(len(m.Field))
	}
	if len(m.Reason) != 0 {
		n += 1 + sizeBytes(len(m.Reason))
	}
	return n
}

// Append appends m to b.
func (m *Loss) Append(b []byte) []byte {
	if len(m.Field) != 0 {
		b = appendBytes(append(b, 0x0a), m.Field)
	}
	if len(m.Reason) != 0 {
		b = appendBytes(append(b, 0x12), m.Reason)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Loss) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Loss) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.Field = c.string(256)
		case 0x12:
			m.Reason = c.string(256)
		default:
			c.skip(tag, 0x6)
		}
		if c.fault != "" {
			return c.err("Loss", tag)
		}
	}
	return nil
}

// UpstreamResponseCall is the frame of the upstream_response hook.
type UpstreamResponseCall struct {
	HasExchange bool
	Exchange    Exchange
	HasTarget   bool
	Target      Target
	Status      uint32
	Headers     []Header // those that tell of the answer, no cookie; at most 256 elements
	Body        []byte
	State       []byte // what upstream_request left
}

// Reset empties m and keeps the memory of its lists.
func (m *UpstreamResponseCall) Reset() {
	m.HasExchange = false
	m.Exchange.Reset()
	m.HasTarget = false
	m.Target.Reset()
	m.Status = 0
	for i := range m.Headers {
		m.Headers[i].Reset()
	}
	m.Headers = m.Headers[:0]
	m.Body = nil
	m.State = nil
}

// Size returns the number of bytes that Append appends.
func (m *UpstreamResponseCall) Size() int {
	n := 0
	if m.HasExchange {
		n += 1 + sizeBytes(m.Exchange.Size())
	}
	if m.HasTarget {
		n += 1 + sizeBytes(m.Target.Size())
	}
	if m.Status != 0 {
		n += 1 + sizeVarint(uint64(m.Status))
	}
	for i := range m.Headers {
		n += 1 + sizeBytes(m.Headers[i].Size())
	}
	if len(m.Body) != 0 {
		n += 1 + sizeBytes(len(m.Body))
	}
	if len(m.State) != 0 {
		n += 1 + sizeBytes(len(m.State))
	}
	return n
}

// Append appends m to b.
func (m *UpstreamResponseCall) Append(b []byte) []byte {
	if m.HasExchange {
		b = appendVarint(append(b, 0x0a), uint64(m.Exchange.Size()))
		b = m.Exchange.Append(b)
	}
	if m.HasTarget {
		b = appendVarint(append(b, 0x12), uint64(m.Target.Size()))
		b = m.Target.Append(b)
	}
	if m.Status != 0 {
		b = appendVarint(append(b, 0x18), uint64(m.Status))
	}
	for i := range m.Headers {
		b = appendVarint(append(b, 0x22), uint64(m.Headers[i].Size()))
		b = m.Headers[i].Append(b)
	}
	if len(m.Body) != 0 {
		b = appendBytes(append(b, 0x2a), m.Body)
	}
	if len(m.State) != 0 {
		b = appendBytes(append(b, 0x32), m.State)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *UpstreamResponseCall) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *UpstreamResponseCall) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.HasExchange = true
			if err := m.Exchange.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x12:
			m.HasTarget = true
			if err := m.Target.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x18:
			m.Status = c.uint32()
		case 0x22:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Headers), 256) {
				m.Headers = grow(m.Headers)
				if err := m.Headers[len(m.Headers)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x2a:
			m.Body = c.bytes(math.MaxUint32)
		case 0x32:
			m.State = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0x7e)
		}
		if c.fault != "" {
			return c.err("UpstreamResponseCall", tag)
		}
	}
	return nil
}

// Choice is how one choice of an answer finished.
type Choice struct {
	Index  uint32
	Finish Finish
	Stop   []byte // the stop sequence that ended it; at most 4096 bytes
}

// Reset empties m and keeps the memory of its lists.
func (m *Choice) Reset() {
	m.Index = 0
	m.Finish = 0
	m.Stop = nil
}

// Size returns the number of bytes that Append appends.
func (m *Choice) Size() int {
	n := 0
	if m.Index != 0 {
		n += 1 + sizeVarint(uint64(m.Index))
	}
	if m.Finish != 0 {
		n += 1 + sizeVarint(uint64(m.Finish))
	}
	if len(m.Stop) != 0 {
		n += 1 + sizeBytes(len(m.Stop))
	}
	return n
}

// Append appends m to b.
func (m *Choice) Append(b []byte) []byte {
	if m.Index != 0 {
		b = appendVarint(append(b, 0x08), uint64(m.Index))
	}
	if m.Finish != 0 {
		b = appendVarint(append(b, 0x10), uint64(m.Finish))
	}
	if len(m.Stop) != 0 {
		b = appendBytes(append(b, 0x1a), m.Stop)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Choice) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Choice) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.Index = c.uint32()
		case 0x10:
			m.Finish = Finish(c.enum(5))
		case 0x1a:
			m.Stop = c.string(4096)
		default:
			c.skip(tag, 0xe)
		}
		if c.fault != "" {
			return c.err("Choice", tag)
		}
	}
	return nil
}

// UpstreamResponseReply is an answer in our form.
type UpstreamResponseReply struct {
	Parts    []Part   // at most 65536 elements
	Choices  []Choice // at most 128 elements
	HasUsage bool
	Usage    Usage
	Model    []byte // the model that the provider says it used; at most 256 bytes
	ID       []byte // the provider's id of the answer; at most 256 bytes
	HasError bool
	Error    Error  // the provider refused; the rest but usage is ignored
	Body     []byte // the client's document for operations that have no typed form
}

// Reset empties m and keeps the memory of its lists.
func (m *UpstreamResponseReply) Reset() {
	for i := range m.Parts {
		m.Parts[i].Reset()
	}
	m.Parts = m.Parts[:0]
	for i := range m.Choices {
		m.Choices[i].Reset()
	}
	m.Choices = m.Choices[:0]
	m.HasUsage = false
	m.Usage.Reset()
	m.Model = nil
	m.ID = nil
	m.HasError = false
	m.Error.Reset()
	m.Body = nil
}

// Size returns the number of bytes that Append appends.
func (m *UpstreamResponseReply) Size() int {
	n := 0
	for i := range m.Parts {
		n += 1 + sizeBytes(m.Parts[i].Size())
	}
	for i := range m.Choices {
		n += 1 + sizeBytes(m.Choices[i].Size())
	}
	if m.HasUsage {
		n += 1 + sizeBytes(m.Usage.Size())
	}
	if len(m.Model) != 0 {
		n += 1 + sizeBytes(len(m.Model))
	}
	if len(m.ID) != 0 {
		n += 1 + sizeBytes(len(m.ID))
	}
	if m.HasError {
		n += 1 + sizeBytes(m.Error.Size())
	}
	if len(m.Body) != 0 {
		n += 1 + sizeBytes(len(m.Body))
	}
	return n
}

// Append appends m to b.
func (m *UpstreamResponseReply) Append(b []byte) []byte {
	for i := range m.Parts {
		b = appendVarint(append(b, 0x0a), uint64(m.Parts[i].Size()))
		b = m.Parts[i].Append(b)
	}
	for i := range m.Choices {
		b = appendVarint(append(b, 0x12), uint64(m.Choices[i].Size()))
		b = m.Choices[i].Append(b)
	}
	if m.HasUsage {
		b = appendVarint(append(b, 0x1a), uint64(m.Usage.Size()))
		b = m.Usage.Append(b)
	}
	if len(m.Model) != 0 {
		b = appendBytes(append(b, 0x22), m.Model)
	}
	if len(m.ID) != 0 {
		b = appendBytes(append(b, 0x2a), m.ID)
	}
	if m.HasError {
		b = appendVarint(append(b, 0x32), uint64(m.Error.Size()))
		b = m.Error.Append(b)
	}
	if len(m.Body) != 0 {
		b = appendBytes(append(b, 0x3a), m.Body)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *UpstreamResponseReply) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *UpstreamResponseReply) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Parts), 65536) {
				m.Parts = grow(m.Parts)
				if err := m.Parts[len(m.Parts)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x12:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Choices), 128) {
				m.Choices = grow(m.Choices)
				if err := m.Choices[len(m.Choices)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x1a:
			m.HasUsage = true
			if err := m.Usage.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x22:
			m.Model = c.string(256)
		case 0x2a:
			m.ID = c.string(256)
		case 0x32:
			m.HasError = true
			if err := m.Error.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x3a:
			m.Body = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0xfe)
		}
		if c.fault != "" {
			return c.err("UpstreamResponseReply", tag)
		}
	}
	return nil
}

// UpstreamEventCall is the frame of the upstream_event hook.
type UpstreamEventCall struct {
	HasExchange bool
	Exchange    Exchange
	HasTarget   bool
	Target      Target
	Name        []byte // the event's name, where the framing has one
	Data        []byte // its payload; whole
	Final       bool   // the stream is over; name and data are empty
	State       []byte
}

// Reset empties m and keeps the memory of its lists.
func (m *UpstreamEventCall) Reset() {
	m.HasExchange = false
	m.Exchange.Reset()
	m.HasTarget = false
	m.Target.Reset()
	m.Name = nil
	m.Data = nil
	m.Final = false
	m.State = nil
}

// Size returns the number of bytes that Append appends.
func (m *UpstreamEventCall) Size() int {
	n := 0
	if m.HasExchange {
		n += 1 + sizeBytes(m.Exchange.Size())
	}
	if m.HasTarget {
		n += 1 + sizeBytes(m.Target.Size())
	}
	if len(m.Name) != 0 {
		n += 1 + sizeBytes(len(m.Name))
	}
	if len(m.Data) != 0 {
		n += 1 + sizeBytes(len(m.Data))
	}
	if m.Final {
		n += 1 + 1
	}
	if len(m.State) != 0 {
		n += 1 + sizeBytes(len(m.State))
	}
	return n
}

// Append appends m to b.
func (m *UpstreamEventCall) Append(b []byte) []byte {
	if m.HasExchange {
		b = appendVarint(append(b, 0x0a), uint64(m.Exchange.Size()))
		b = m.Exchange.Append(b)
	}
	if m.HasTarget {
		b = appendVarint(append(b, 0x12), uint64(m.Target.Size()))
		b = m.Target.Append(b)
	}
	if len(m.Name) != 0 {
		b = appendBytes(append(b, 0x1a), m.Name)
	}
	if len(m.Data) != 0 {
		b = appendBytes(append(b, 0x22), m.Data)
	}
	if m.Final {
		b = appendBool(append(b, 0x28), m.Final)
	}
	if len(m.State) != 0 {
		b = appendBytes(append(b, 0x32), m.State)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *UpstreamEventCall) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *UpstreamEventCall) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.HasExchange = true
			if err := m.Exchange.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x12:
			m.HasTarget = true
			if err := m.Target.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x1a:
			m.Name = c.bytes(math.MaxUint32)
		case 0x22:
			m.Data = c.bytes(math.MaxUint32)
		case 0x28:
			m.Final = c.bool()
		case 0x32:
			m.State = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0x7e)
		}
		if c.fault != "" {
			return c.err("UpstreamEventCall", tag)
		}
	}
	return nil
}

// Event is one piece of a stream in the typed middle form.
type Event struct {
	Kind     EventKind
	Block    uint32
	Choice   uint32
	HasPart  bool
	Part     Part   // for open, delta and close; text is what is new
	Finish   Finish // for finish
	HasUsage bool
	Usage    Usage // for usage
	HasError bool
	Error    Error  // for error
	Raw      []byte // for raw
	Model    []byte // where the event names it; at most 256 bytes
	ID       []byte // where the event names the answer's id; at most 256 bytes
	Stop     []byte // for finish: the stop sequence that ended it; at most 4096 bytes
}

// Reset empties m and keeps the memory of its lists.
func (m *Event) Reset() {
	m.Kind = 0
	m.Block = 0
	m.Choice = 0
	m.HasPart = false
	m.Part.Reset()
	m.Finish = 0
	m.HasUsage = false
	m.Usage.Reset()
	m.HasError = false
	m.Error.Reset()
	m.Raw = nil
	m.Model = nil
	m.ID = nil
	m.Stop = nil
}

// Size returns the number of bytes that Append appends.
func (m *Event) Size() int {
	n := 0
	if m.Kind != 0 {
		n += 1 + sizeVarint(uint64(m.Kind))
	}
	if m.Block != 0 {
		n += 1 + sizeVarint(uint64(m.Block))
	}
	if m.Choice != 0 {
		n += 1 + sizeVarint(uint64(m.Choice))
	}
	if m.HasPart {
		n += 1 + sizeBytes(m.Part.Size())
	}
	if m.Finish != 0 {
		n += 1 + sizeVarint(uint64(m.Finish))
	}
	if m.HasUsage {
		n += 1 + sizeBytes(m.Usage.Size())
	}
	if m.HasError {
		n += 1 + sizeBytes(m.Error.Size())
	}
	if len(m.Raw) != 0 {
		n += 1 + sizeBytes(len(m.Raw))
	}
	if len(m.Model) != 0 {
		n += 1 + sizeBytes(len(m.Model))
	}
	if len(m.ID) != 0 {
		n += 1 + sizeBytes(len(m.ID))
	}
	if len(m.Stop) != 0 {
		n += 1 + sizeBytes(len(m.Stop))
	}
	return n
}

// Append appends m to b.
func (m *Event) Append(b []byte) []byte {
	if m.Kind != 0 {
		b = appendVarint(append(b, 0x08), uint64(m.Kind))
	}
	if m.Block != 0 {
		b = appendVarint(append(b, 0x10), uint64(m.Block))
	}
	if m.Choice != 0 {
		b = appendVarint(append(b, 0x18), uint64(m.Choice))
	}
	if m.HasPart {
		b = appendVarint(append(b, 0x22), uint64(m.Part.Size()))
		b = m.Part.Append(b)
	}
	if m.Finish != 0 {
		b = appendVarint(append(b, 0x28), uint64(m.Finish))
	}
	if m.HasUsage {
		b = appendVarint(append(b, 0x32), uint64(m.Usage.Size()))
		b = m.Usage.Append(b)
	}
	if m.HasError {
		b = appendVarint(append(b, 0x3a), uint64(m.Error.Size()))
		b = m.Error.Append(b)
	}
	if len(m.Raw) != 0 {
		b = appendBytes(append(b, 0x42), m.Raw)
	}
	if len(m.Model) != 0 {
		b = appendBytes(append(b, 0x4a), m.Model)
	}
	if len(m.ID) != 0 {
		b = appendBytes(append(b, 0x52), m.ID)
	}
	if len(m.Stop) != 0 {
		b = appendBytes(append(b, 0x5a), m.Stop)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Event) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Event) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.Kind = EventKind(c.enum(7))
		case 0x10:
			m.Block = c.uint32()
		case 0x18:
			m.Choice = c.uint32()
		case 0x22:
			m.HasPart = true
			if err := m.Part.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x28:
			m.Finish = Finish(c.enum(5))
		case 0x32:
			m.HasUsage = true
			if err := m.Usage.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x3a:
			m.HasError = true
			if err := m.Error.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x42:
			m.Raw = c.bytes(math.MaxUint32)
		case 0x4a:
			m.Model = c.string(256)
		case 0x52:
			m.ID = c.string(256)
		case 0x5a:
			m.Stop = c.string(4096)
		default:
			c.skip(tag, 0xffe)
		}
		if c.fault != "" {
			return c.err("Event", tag)
		}
	}
	return nil
}

// UpstreamEventReply is what one event of the provider means: none, one or more
// events of ours.
type UpstreamEventReply struct {
	Events   []Event // at most 1024 elements
	HasState bool
	State    []byte // at most 16384 bytes
}

// Reset empties m and keeps the memory of its lists.
func (m *UpstreamEventReply) Reset() {
	for i := range m.Events {
		m.Events[i].Reset()
	}
	m.Events = m.Events[:0]
	m.HasState = false
	m.State = nil
}

// Size returns the number of bytes that Append appends.
func (m *UpstreamEventReply) Size() int {
	n := 0
	for i := range m.Events {
		n += 1 + sizeBytes(m.Events[i].Size())
	}
	if m.HasState {
		n += 1 + sizeBytes(len(m.State))
	}
	return n
}

// Append appends m to b.
func (m *UpstreamEventReply) Append(b []byte) []byte {
	for i := range m.Events {
		b = appendVarint(append(b, 0x0a), uint64(m.Events[i].Size()))
		b = m.Events[i].Append(b)
	}
	if m.HasState {
		b = appendBytes(append(b, 0x12), m.State)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *UpstreamEventReply) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *UpstreamEventReply) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Events), 1024) {
				m.Events = grow(m.Events)
				if err := m.Events[len(m.Events)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x12:
			m.HasState = true
			m.State = c.bytes(16384)
		default:
			c.skip(tag, 0x6)
		}
		if c.fault != "" {
			return c.err("UpstreamEventReply", tag)
		}
	}
	return nil
}

// AnswerCall is the frame of the answer hook.
type AnswerCall struct {
	HasExchange bool
	Exchange    Exchange
	Parts       []Part   // of the kinds that the manifest asked for; at most 65536 elements
	Choices     []Choice // at most 128 elements
	HasUsage    bool
	Usage       Usage
	MayRetry    bool // Reply.retry is possible
	State       []byte
}

// Reset empties m and keeps the memory of its lists.
func (m *AnswerCall) Reset() {
	m.HasExchange = false
	m.Exchange.Reset()
	for i := range m.Parts {
		m.Parts[i].Reset()
	}
	m.Parts = m.Parts[:0]
	for i := range m.Choices {
		m.Choices[i].Reset()
	}
	m.Choices = m.Choices[:0]
	m.HasUsage = false
	m.Usage.Reset()
	m.MayRetry = false
	m.State = nil
}

// Size returns the number of bytes that Append appends.
func (m *AnswerCall) Size() int {
	n := 0
	if m.HasExchange {
		n += 1 + sizeBytes(m.Exchange.Size())
	}
	for i := range m.Parts {
		n += 1 + sizeBytes(m.Parts[i].Size())
	}
	for i := range m.Choices {
		n += 1 + sizeBytes(m.Choices[i].Size())
	}
	if m.HasUsage {
		n += 1 + sizeBytes(m.Usage.Size())
	}
	if m.MayRetry {
		n += 1 + 1
	}
	if len(m.State) != 0 {
		n += 1 + sizeBytes(len(m.State))
	}
	return n
}

// Append appends m to b.
func (m *AnswerCall) Append(b []byte) []byte {
	if m.HasExchange {
		b = appendVarint(append(b, 0x0a), uint64(m.Exchange.Size()))
		b = m.Exchange.Append(b)
	}
	for i := range m.Parts {
		b = appendVarint(append(b, 0x12), uint64(m.Parts[i].Size()))
		b = m.Parts[i].Append(b)
	}
	for i := range m.Choices {
		b = appendVarint(append(b, 0x1a), uint64(m.Choices[i].Size()))
		b = m.Choices[i].Append(b)
	}
	if m.HasUsage {
		b = appendVarint(append(b, 0x22), uint64(m.Usage.Size()))
		b = m.Usage.Append(b)
	}
	if m.MayRetry {
		b = appendBool(append(b, 0x28), m.MayRetry)
	}
	if len(m.State) != 0 {
		b = appendBytes(append(b, 0x32), m.State)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *AnswerCall) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *AnswerCall) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.HasExchange = true
			if err := m.Exchange.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x12:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Parts), 65536) {
				m.Parts = grow(m.Parts)
				if err := m.Parts[len(m.Parts)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x1a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Choices), 128) {
				m.Choices = grow(m.Choices)
				if err := m.Choices[len(m.Choices)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x22:
			m.HasUsage = true
			if err := m.Usage.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x28:
			m.MayRetry = c.bool()
		case 0x32:
			m.State = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0x7e)
		}
		if c.fault != "" {
			return c.err("AnswerCall", tag)
		}
	}
	return nil
}

// WindowCall is the frame of the window hook: the text of one block of a stream
// that is not released yet.
type WindowCall struct {
	HasExchange bool
	Exchange    Exchange
	Choice      uint32
	Block       uint32
	Kind        Kind
	Context     []byte // released already, UTF-8: the last 64 bytes or more, where there are as many
	Text        []byte // held, UTF-8; Edit offsets count from its start and Edit.part is 0
	Final       bool   // no more text follows in this block
	Name        []byte // of a tool call, which always comes whole
	CallID      []byte // likewise
	Released    uint64 // bytes of the block released so far, context included
	State       []byte // what this hook last left for this block
}

// Reset empties m and keeps the memory of its lists.
func (m *WindowCall) Reset() {
	m.HasExchange = false
	m.Exchange.Reset()
	m.Choice = 0
	m.Block = 0
	m.Kind = 0
	m.Context = nil
	m.Text = nil
	m.Final = false
	m.Name = nil
	m.CallID = nil
	m.Released = 0
	m.State = nil
}

// Size returns the number of bytes that Append appends.
func (m *WindowCall) Size() int {
	n := 0
	if m.HasExchange {
		n += 1 + sizeBytes(m.Exchange.Size())
	}
	if m.Choice != 0 {
		n += 1 + sizeVarint(uint64(m.Choice))
	}
	if m.Block != 0 {
		n += 1 + sizeVarint(uint64(m.Block))
	}
	if m.Kind != 0 {
		n += 1 + sizeVarint(uint64(m.Kind))
	}
	if len(m.Context) != 0 {
		n += 1 + sizeBytes(len(m.Context))
	}
	if len(m.Text) != 0 {
		n += 1 + sizeBytes(len(m.Text))
	}
	if m.Final {
		n += 1 + 1
	}
	if len(m.Name) != 0 {
		n += 1 + sizeBytes(len(m.Name))
	}
	if len(m.CallID) != 0 {
		n += 1 + sizeBytes(len(m.CallID))
	}
	if m.Released != 0 {
		n += 1 + sizeVarint(uint64(m.Released))
	}
	if len(m.State) != 0 {
		n += 1 + sizeBytes(len(m.State))
	}
	return n
}

// Append appends m to b.
func (m *WindowCall) Append(b []byte) []byte {
	if m.HasExchange {
		b = appendVarint(append(b, 0x0a), uint64(m.Exchange.Size()))
		b = m.Exchange.Append(b)
	}
	if m.Choice != 0 {
		b = appendVarint(append(b, 0x10), uint64(m.Choice))
	}
	if m.Block != 0 {
		b = appendVarint(append(b, 0x18), uint64(m.Block))
	}
	if m.Kind != 0 {
		b = appendVarint(append(b, 0x20), uint64(m.Kind))
	}
	if len(m.Context) != 0 {
		b = appendBytes(append(b, 0x2a), m.Context)
	}
	if len(m.Text) != 0 {
		b = appendBytes(append(b, 0x32), m.Text)
	}
	if m.Final {
		b = appendBool(append(b, 0x38), m.Final)
	}
	if len(m.Name) != 0 {
		b = appendBytes(append(b, 0x42), m.Name)
	}
	if len(m.CallID) != 0 {
		b = appendBytes(append(b, 0x4a), m.CallID)
	}
	if m.Released != 0 {
		b = appendVarint(append(b, 0x50), uint64(m.Released))
	}
	if len(m.State) != 0 {
		b = appendBytes(append(b, 0x5a), m.State)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *WindowCall) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *WindowCall) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.HasExchange = true
			if err := m.Exchange.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x10:
			m.Choice = c.uint32()
		case 0x18:
			m.Block = c.uint32()
		case 0x20:
			m.Kind = Kind(c.enum(12))
		case 0x2a:
			m.Context = c.bytes(math.MaxUint32)
		case 0x32:
			m.Text = c.bytes(math.MaxUint32)
		case 0x38:
			m.Final = c.bool()
		case 0x42:
			m.Name = c.string(math.MaxUint32)
		case 0x4a:
			m.CallID = c.string(math.MaxUint32)
		case 0x50:
			m.Released = c.uint64()
		case 0x5a:
			m.State = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0xffe)
		}
		if c.fault != "" {
			return c.err("WindowCall", tag)
		}
	}
	return nil
}

// Verdict is one judgement that was acted on.
type Verdict struct {
	Instance []byte
	Verdict  []byte // "block", "edit", "flag", …
}

// Reset empties m and keeps the memory of its lists.
func (m *Verdict) Reset() {
	m.Instance = nil
	m.Verdict = nil
}

// Size returns the number of bytes that Append appends.
func (m *Verdict) Size() int {
	n := 0
	if len(m.Instance) != 0 {
		n += 1 + sizeBytes(len(m.Instance))
	}
	if len(m.Verdict) != 0 {
		n += 1 + sizeBytes(len(m.Verdict))
	}
	return n
}

// Append appends m to b.
func (m *Verdict) Append(b []byte) []byte {
	if len(m.Instance) != 0 {
		b = appendBytes(append(b, 0x0a), m.Instance)
	}
	if len(m.Verdict) != 0 {
		b = appendBytes(append(b, 0x12), m.Verdict)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Verdict) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Verdict) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.Instance = c.string(math.MaxUint32)
		case 0x12:
			m.Verdict = c.string(math.MaxUint32)
		default:
			c.skip(tag, 0x6)
		}
		if c.fault != "" {
			return c.err("Verdict", tag)
		}
	}
	return nil
}

// CompleteCall is the frame of the complete hook.
type CompleteCall struct {
	HasExchange bool
	Exchange    Exchange
	End         End
	Status      uint32 // HTTP status sent, 499 if the client left before one was
	ErrorCode   []byte
	HasUsage    bool
	Usage       Usage
	HasCost     bool
	Cost        uint64 // 10⁻¹² USD; absent when the price is unknown
	DurationNs  uint64
	FirstByteNs uint64 // 0 when none was sent
	Attempts    uint32
	Deployment  []byte
	Provider    []byte
	Model       []byte // the upstream's
	BytesIn     uint64
	BytesOut    uint64
	Verdicts    []Verdict // at most 1024 elements
	Prompt      []Part    // if payload was granted; at most 65536 elements
	Answer      []Part    // likewise; at most 65536 elements
}

// Reset empties m and keeps the memory of its lists.
func (m *CompleteCall) Reset() {
	m.HasExchange = false
	m.Exchange.Reset()
	m.End = 0
	m.Status = 0
	m.ErrorCode = nil
	m.HasUsage = false
	m.Usage.Reset()
	m.HasCost = false
	m.Cost = 0
	m.DurationNs = 0
	m.FirstByteNs = 0
	m.Attempts = 0
	m.Deployment = nil
	m.Provider = nil
	m.Model = nil
	m.BytesIn = 0
	m.BytesOut = 0
	for i := range m.Verdicts {
		m.Verdicts[i].Reset()
	}
	m.Verdicts = m.Verdicts[:0]
	for i := range m.Prompt {
		m.Prompt[i].Reset()
	}
	m.Prompt = m.Prompt[:0]
	for i := range m.Answer {
		m.Answer[i].Reset()
	}
	m.Answer = m.Answer[:0]
}

// Size returns the number of bytes that Append appends.
func (m *CompleteCall) Size() int {
	n := 0
	if m.HasExchange {
		n += 1 + sizeBytes(m.Exchange.Size())
	}
	if m.End != 0 {
		n += 1 + sizeVarint(uint64(m.End))
	}
	if m.Status != 0 {
		n += 1 + sizeVarint(uint64(m.Status))
	}
	if len(m.ErrorCode) != 0 {
		n += 1 + sizeBytes(len(m.ErrorCode))
	}
	if m.HasUsage {
		n += 1 + sizeBytes(m.Usage.Size())
	}
	if m.HasCost {
		n += 1 + sizeVarint(uint64(m.Cost))
	}
	if m.DurationNs != 0 {
		n += 1 + sizeVarint(uint64(m.DurationNs))
	}
	if m.FirstByteNs != 0 {
		n += 1 + sizeVarint(uint64(m.FirstByteNs))
	}
	if m.Attempts != 0 {
		n += 1 + sizeVarint(uint64(m.Attempts))
	}
	if len(m.Deployment) != 0 {
		n += 1 + sizeBytes(len(m.Deployment))
	}
	if len(m.Provider) != 0 {
		n += 1 + sizeBytes(len(m.Provider))
	}
	if len(m.Model) != 0 {
		n += 1 + sizeBytes(len(m.Model))
	}
	if m.BytesIn != 0 {
		n += 1 + sizeVarint(uint64(m.BytesIn))
	}
	if m.BytesOut != 0 {
		n += 1 + sizeVarint(uint64(m.BytesOut))
	}
	for i := range m.Verdicts {
		n += 1 + sizeBytes(m.Verdicts[i].Size())
	}
	for i := range m.Prompt {
		n += 2 + sizeBytes(m.Prompt[i].Size())
	}
	for i := range m.Answer {
		n += 2 + sizeBytes(m.Answer[i].Size())
	}
	return n
}

// Append appends m to b.
func (m *CompleteCall) Append(b []byte) []byte {
	if m.HasExchange {
		b = appendVarint(append(b, 0x0a), uint64(m.Exchange.Size()))
		b = m.Exchange.Append(b)
	}
	if m.End != 0 {
		b = appendVarint(append(b, 0x10), uint64(m.End))
	}
	if m.Status != 0 {
		b = appendVarint(append(b, 0x18), uint64(m.Status))
	}
	if len(m.ErrorCode) != 0 {
		b = appendBytes(append(b, 0x22), m.ErrorCode)
	}
	if m.HasUsage {
		b = appendVarint(append(b, 0x2a), uint64(m.Usage.Size()))
		b = m.Usage.Append(b)
	}
	if m.HasCost {
		b = appendVarint(append(b, 0x30), uint64(m.Cost))
	}
	if m.DurationNs != 0 {
		b = appendVarint(append(b, 0x38), uint64(m.DurationNs))
	}
	if m.FirstByteNs != 0 {
		b = appendVarint(append(b, 0x40), uint64(m.FirstByteNs))
	}
	if m.Attempts != 0 {
		b = appendVarint(append(b, 0x48), uint64(m.Attempts))
	}
	if len(m.Deployment) != 0 {
		b = appendBytes(append(b, 0x52), m.Deployment)
	}
	if len(m.Provider) != 0 {
		b = appendBytes(append(b, 0x5a), m.Provider)
	}
	if len(m.Model) != 0 {
		b = appendBytes(append(b, 0x62), m.Model)
	}
	if m.BytesIn != 0 {
		b = appendVarint(append(b, 0x68), uint64(m.BytesIn))
	}
	if m.BytesOut != 0 {
		b = appendVarint(append(b, 0x70), uint64(m.BytesOut))
	}
	for i := range m.Verdicts {
		b = appendVarint(append(b, 0x7a), uint64(m.Verdicts[i].Size()))
		b = m.Verdicts[i].Append(b)
	}
	for i := range m.Prompt {
		b = appendVarint(append(b, 0x82, 0x01), uint64(m.Prompt[i].Size()))
		b = m.Prompt[i].Append(b)
	}
	for i := range m.Answer {
		b = appendVarint(append(b, 0x8a, 0x01), uint64(m.Answer[i].Size()))
		b = m.Answer[i].Append(b)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *CompleteCall) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *CompleteCall) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.HasExchange = true
			if err := m.Exchange.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x10:
			m.End = End(c.enum(12))
		case 0x18:
			m.Status = c.uint32()
		case 0x22:
			m.ErrorCode = c.string(math.MaxUint32)
		case 0x2a:
			m.HasUsage = true
			if err := m.Usage.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x30:
			m.HasCost = true
			m.Cost = c.uint64()
		case 0x38:
			m.DurationNs = c.uint64()
		case 0x40:
			m.FirstByteNs = c.uint64()
		case 0x48:
			m.Attempts = c.uint32()
		case 0x52:
			m.Deployment = c.string(math.MaxUint32)
		case 0x5a:
			m.Provider = c.string(math.MaxUint32)
		case 0x62:
			m.Model = c.string(math.MaxUint32)
		case 0x68:
			m.BytesIn = c.uint64()
		case 0x70:
			m.BytesOut = c.uint64()
		case 0x7a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Verdicts), 1024) {
				m.Verdicts = grow(m.Verdicts)
				if err := m.Verdicts[len(m.Verdicts)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x82:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Prompt), 65536) {
				m.Prompt = grow(m.Prompt)
				if err := m.Prompt[len(m.Prompt)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x8a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Answer), 65536) {
				m.Answer = grow(m.Answer)
				if err := m.Answer[len(m.Answer)-1].Decode(v); err != nil {
					return err
				}
			}
		default:
			c.skip(tag, 0x3fffe)
		}
		if c.fault != "" {
			return c.err("CompleteCall", tag)
		}
	}
	return nil
}

// Reply holds the verdicts of one hook. An empty one is "allow, unchanged".
// What a hook may answer depends on its phase; anything else is a bad reply.
type Reply struct {
	HasBlock   bool
	Block      Block
	HasRespond bool
	Respond    Respond
	Edits      []Edit    // by part, then by start; disjoint; at most 4096 elements
	NewParts   []NewPart // append; stage shape only; at most 256 elements
	Flags      []Flag    // at most 64 elements
	Tags       []Tag     // at most 64 elements
	Route      []byte    // name of another route; at most 256 bytes
	Path       []byte    // new path, receive only; at most 8192 bytes
	Order      []uint32  // indices into RouteCall.deployments; those not named are left out; at most 1024 elements
	Hold       uint32    // window only: bytes at the end of the text that could still become a match
	Retry      []byte    // feedback to the model for one more try, answer only; at most 4096 bytes
	HasState   bool
	State      []byte // kept for this hook's next call in this exchange and block; absent keeps what is there; at most 16384 bytes
}

// Reset empties m and keeps the memory of its lists.
func (m *Reply) Reset() {
	m.HasBlock = false
	m.Block.Reset()
	m.HasRespond = false
	m.Respond.Reset()
	for i := range m.Edits {
		m.Edits[i].Reset()
	}
	m.Edits = m.Edits[:0]
	for i := range m.NewParts {
		m.NewParts[i].Reset()
	}
	m.NewParts = m.NewParts[:0]
	for i := range m.Flags {
		m.Flags[i].Reset()
	}
	m.Flags = m.Flags[:0]
	for i := range m.Tags {
		m.Tags[i].Reset()
	}
	m.Tags = m.Tags[:0]
	m.Route = nil
	m.Path = nil
	m.Order = m.Order[:0]
	m.Hold = 0
	m.Retry = nil
	m.HasState = false
	m.State = nil
}

// Size returns the number of bytes that Append appends.
func (m *Reply) Size() int {
	n := 0
	if m.HasBlock {
		n += 1 + sizeBytes(m.Block.Size())
	}
	if m.HasRespond {
		n += 1 + sizeBytes(m.Respond.Size())
	}
	for i := range m.Edits {
		n += 1 + sizeBytes(m.Edits[i].Size())
	}
	for i := range m.NewParts {
		n += 1 + sizeBytes(m.NewParts[i].Size())
	}
	for i := range m.Flags {
		n += 1 + sizeBytes(m.Flags[i].Size())
	}
	for i := range m.Tags {
		n += 1 + sizeBytes(m.Tags[i].Size())
	}
	if len(m.Route) != 0 {
		n += 1 + sizeBytes(len(m.Route))
	}
	if len(m.Path) != 0 {
		n += 1 + sizeBytes(len(m.Path))
	}
	if len(m.Order) != 0 {
		n += 1 + sizeBytes(sizePacked(m.Order))
	}
	if m.Hold != 0 {
		n += 1 + sizeVarint(uint64(m.Hold))
	}
	if len(m.Retry) != 0 {
		n += 1 + sizeBytes(len(m.Retry))
	}
	if m.HasState {
		n += 1 + sizeBytes(len(m.State))
	}
	return n
}

// Append appends m to b.
func (m *Reply) Append(b []byte) []byte {
	if m.HasBlock {
		b = appendVarint(append(b, 0x0a), uint64(m.Block.Size()))
		b = m.Block.Append(b)
	}
	if m.HasRespond {
		b = appendVarint(append(b, 0x12), uint64(m.Respond.Size()))
		b = m.Respond.Append(b)
	}
	for i := range m.Edits {
		b = appendVarint(append(b, 0x1a), uint64(m.Edits[i].Size()))
		b = m.Edits[i].Append(b)
	}
	for i := range m.NewParts {
		b = appendVarint(append(b, 0x22), uint64(m.NewParts[i].Size()))
		b = m.NewParts[i].Append(b)
	}
	for i := range m.Flags {
		b = appendVarint(append(b, 0x2a), uint64(m.Flags[i].Size()))
		b = m.Flags[i].Append(b)
	}
	for i := range m.Tags {
		b = appendVarint(append(b, 0x32), uint64(m.Tags[i].Size()))
		b = m.Tags[i].Append(b)
	}
	if len(m.Route) != 0 {
		b = appendBytes(append(b, 0x3a), m.Route)
	}
	if len(m.Path) != 0 {
		b = appendBytes(append(b, 0x42), m.Path)
	}
	if len(m.Order) != 0 {
		b = appendPacked(append(b, 0x4a), m.Order)
	}
	if m.Hold != 0 {
		b = appendVarint(append(b, 0x50), uint64(m.Hold))
	}
	if len(m.Retry) != 0 {
		b = appendBytes(append(b, 0x5a), m.Retry)
	}
	if m.HasState {
		b = appendBytes(append(b, 0x62), m.State)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Reply) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Reply) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.HasBlock = true
			if err := m.Block.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x12:
			m.HasRespond = true
			if err := m.Respond.merge(c.bytes(math.MaxUint32)); err != nil {
				return err
			}
		case 0x1a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Edits), 4096) {
				m.Edits = grow(m.Edits)
				if err := m.Edits[len(m.Edits)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x22:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.NewParts), 256) {
				m.NewParts = grow(m.NewParts)
				if err := m.NewParts[len(m.NewParts)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x2a:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Flags), 64) {
				m.Flags = grow(m.Flags)
				if err := m.Flags[len(m.Flags)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x32:
			v := c.bytes(math.MaxUint32)
			if c.fault == "" && c.room(len(m.Tags), 64) {
				m.Tags = grow(m.Tags)
				if err := m.Tags[len(m.Tags)-1].Decode(v); err != nil {
					return err
				}
			}
		case 0x3a:
			m.Route = c.string(256)
		case 0x42:
			m.Path = c.string(8192)
		case 0x4a:
			m.Order = c.packed(m.Order, 1024)
		case 0x48:
			if c.room(len(m.Order), 1024) {
				m.Order = append(m.Order, c.uint32())
			}
		case 0x50:
			m.Hold = c.uint32()
		case 0x5a:
			m.Retry = c.string(4096)
		case 0x62:
			m.HasState = true
			m.State = c.bytes(16384)
		default:
			c.skip(tag, 0x1ffe)
		}
		if c.fault != "" {
			return c.err("Reply", tag)
		}
	}
	return nil
}

// Block ends the exchange with an error for the client.
type Block struct {
	Status  uint32 // 400 to 599; 0 means 400
	Code    []byte // reason for machines; at most 64 bytes
	Message []byte // for the client; control characters become blanks; at most 1024 bytes
}

// Reset empties m and keeps the memory of its lists.
func (m *Block) Reset() {
	m.Status = 0
	m.Code = nil
	m.Message = nil
}

// Size returns the number of bytes that Append appends.
func (m *Block) Size() int {
	n := 0
	if m.Status != 0 {
		n += 1 + sizeVarint(uint64(m.Status))
	}
	if len(m.Code) != 0 {
		n += 1 + sizeBytes(len(m.Code))
	}
	if len(m.Message) != 0 {
		n += 1 + sizeBytes(len(m.Message))
	}
	return n
}

// Append appends m to b.
func (m *Block) Append(b []byte) []byte {
	if m.Status != 0 {
		b = appendVarint(append(b, 0x08), uint64(m.Status))
	}
	if len(m.Code) != 0 {
		b = appendBytes(append(b, 0x12), m.Code)
	}
	if len(m.Message) != 0 {
		b = appendBytes(append(b, 0x1a), m.Message)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Block) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Block) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.Status = c.uint32()
		case 0x12:
			m.Code = c.string(64)
		case 0x1a:
			m.Message = c.string(1024)
		default:
			c.skip(tag, 0xe)
		}
		if c.fault != "" {
			return c.err("Block", tag)
		}
	}
	return nil
}

// Respond ends the exchange with an answer of the plugin's own.
type Respond struct {
	Status      uint32 // 200 to 599; 0 means 200
	ContentType []byte // at most 256 bytes
	Body        []byte
}

// Reset empties m and keeps the memory of its lists.
func (m *Respond) Reset() {
	m.Status = 0
	m.ContentType = nil
	m.Body = nil
}

// Size returns the number of bytes that Append appends.
func (m *Respond) Size() int {
	n := 0
	if m.Status != 0 {
		n += 1 + sizeVarint(uint64(m.Status))
	}
	if len(m.ContentType) != 0 {
		n += 1 + sizeBytes(len(m.ContentType))
	}
	if len(m.Body) != 0 {
		n += 1 + sizeBytes(len(m.Body))
	}
	return n
}

// Append appends m to b.
func (m *Respond) Append(b []byte) []byte {
	if m.Status != 0 {
		b = appendVarint(append(b, 0x08), uint64(m.Status))
	}
	if len(m.ContentType) != 0 {
		b = appendBytes(append(b, 0x12), m.ContentType)
	}
	if len(m.Body) != 0 {
		b = appendBytes(append(b, 0x1a), m.Body)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Respond) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Respond) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.Status = c.uint32()
		case 0x12:
			m.ContentType = c.string(256)
		case 0x1a:
			m.Body = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0xe)
		}
		if c.fault != "" {
			return c.err("Respond", tag)
		}
	}
	return nil
}

// Edit replaces the bytes [start, end) of a part's text. Offsets are in bytes of
// the text that this hook was given and lie on rune boundaries.
type Edit struct {
	Part  uint32 // Part.id
	Start uint32
	End   uint32
	Text  []byte // the new bytes, UTF-8
	Label []byte // redact: the host writes a placeholder such as [EMAIL]; text is empty. A-Z, 0-9, _; at most 32 bytes
}

// Reset empties m and keeps the memory of its lists.
func (m *Edit) Reset() {
	m.Part = 0
	m.Start = 0
	m.End = 0
	m.Text = nil
	m.Label = nil
}

// Size returns the number of bytes that Append appends.
func (m *Edit) Size() int {
	n := 0
	if m.Part != 0 {
		n += 1 + sizeVarint(uint64(m.Part))
	}
	if m.Start != 0 {
		n += 1 + sizeVarint(uint64(m.Start))
	}
	if m.End != 0 {
		n += 1 + sizeVarint(uint64(m.End))
	}
	if len(m.Text) != 0 {
		n += 1 + sizeBytes(len(m.Text))
	}
	if len(m.Label) != 0 {
		n += 1 + sizeBytes(len(m.Label))
	}
	return n
}

// Append appends m to b.
func (m *Edit) Append(b []byte) []byte {
	if m.Part != 0 {
		b = appendVarint(append(b, 0x08), uint64(m.Part))
	}
	if m.Start != 0 {
		b = appendVarint(append(b, 0x10), uint64(m.Start))
	}
	if m.End != 0 {
		b = appendVarint(append(b, 0x18), uint64(m.End))
	}
	if len(m.Text) != 0 {
		b = appendBytes(append(b, 0x22), m.Text)
	}
	if len(m.Label) != 0 {
		b = appendBytes(append(b, 0x2a), m.Label)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Edit) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Edit) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.Part = c.uint32()
		case 0x10:
			m.Start = c.uint32()
		case 0x18:
			m.End = c.uint32()
		case 0x22:
			m.Text = c.bytes(math.MaxUint32)
		case 0x2a:
			m.Label = c.string(32)
		default:
			c.skip(tag, 0x3e)
		}
		if c.fault != "" {
			return c.err("Edit", tag)
		}
	}
	return nil
}

// NewPart adds a text to the prompt.
type NewPart struct {
	At   uint32 // index of the message to stand before; PromptCall.messages appends
	Role Role
	Text []byte // UTF-8
}

// Reset empties m and keeps the memory of its lists.
func (m *NewPart) Reset() {
	m.At = 0
	m.Role = 0
	m.Text = nil
}

// Size returns the number of bytes that Append appends.
func (m *NewPart) Size() int {
	n := 0
	if m.At != 0 {
		n += 1 + sizeVarint(uint64(m.At))
	}
	if m.Role != 0 {
		n += 1 + sizeVarint(uint64(m.Role))
	}
	if len(m.Text) != 0 {
		n += 1 + sizeBytes(len(m.Text))
	}
	return n
}

// Append appends m to b.
func (m *NewPart) Append(b []byte) []byte {
	if m.At != 0 {
		b = appendVarint(append(b, 0x08), uint64(m.At))
	}
	if m.Role != 0 {
		b = appendVarint(append(b, 0x10), uint64(m.Role))
	}
	if len(m.Text) != 0 {
		b = appendBytes(append(b, 0x1a), m.Text)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *NewPart) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *NewPart) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0x8:
			m.At = c.uint32()
		case 0x10:
			m.Role = Role(c.enum(4))
		case 0x1a:
			m.Text = c.bytes(math.MaxUint32)
		default:
			c.skip(tag, 0xe)
		}
		if c.fault != "" {
			return c.err("NewPart", tag)
		}
	}
	return nil
}

// Flag is a judgement that changes nothing by itself.
type Flag struct {
	Name  []byte  // at most 64 bytes
	Score float64 // finite
}

// Reset empties m and keeps the memory of its lists.
func (m *Flag) Reset() {
	m.Name = nil
	m.Score = 0
}

// Size returns the number of bytes that Append appends.
func (m *Flag) Size() int {
	n := 0
	if len(m.Name) != 0 {
		n += 1 + sizeBytes(len(m.Name))
	}
	if math.Float64bits(m.Score) != 0 {
		n += 1 + 8
	}
	return n
}

// Append appends m to b.
func (m *Flag) Append(b []byte) []byte {
	if len(m.Name) != 0 {
		b = appendBytes(append(b, 0x0a), m.Name)
	}
	if math.Float64bits(m.Score) != 0 {
		b = appendDouble(append(b, 0x11), m.Score)
	}
	return b
}

// Decode reads m from b, whose bytes m then points into. Every error is an
// [ErrBadFrame]; m is undefined then.
func (m *Flag) Decode(b []byte) error {
	m.Reset()
	return m.merge(b)
}

// merge adds what b holds to m, as protobuf wants it for a message in pieces.
func (m *Flag) merge(b []byte) error {
	c := cursor{b: b}
	for len(c.b) > 0 {
		tag := c.uint64()
		switch tag {
		case 0xa:
			m.Name = c.string(64)
		case 0x11:
			m.Score = c.double()
		default:
			c.skip(tag, 0x6)
		}
		if c.fault != "" {
			return c.err("Flag", tag)
		}
	}
	return nil
}

// Hooks returns the hooks of the ABI in the order of the exchange's life.
func Hooks() []Hook {
	return []Hook{
		{Name: "receive", Export: "sallyport_receive", Call: "ReceiveCall", Reply: "Reply"},
		{Name: "prompt", Export: "sallyport_prompt", Call: "PromptCall", Reply: "Reply"},
		{Name: "route", Export: "sallyport_route", Call: "RouteCall", Reply: "Reply"},
		{Name: "upstream_request", Export: "sallyport_upstream_request", Call: "UpstreamRequestCall", Reply: "UpstreamRequestReply"},
		{Name: "upstream_response", Export: "sallyport_upstream_response", Call: "UpstreamResponseCall", Reply: "UpstreamResponseReply"},
		{Name: "upstream_event", Export: "sallyport_upstream_event", Call: "UpstreamEventCall", Reply: "UpstreamEventReply"},
		{Name: "answer", Export: "sallyport_answer", Call: "AnswerCall", Reply: "Reply"},
		{Name: "window", Export: "sallyport_window", Call: "WindowCall", Reply: "Reply"},
		{Name: "complete", Export: "sallyport_complete", Call: "CompleteCall", Reply: "Reply"},
	}
}

// fieldNames returns the names of a message's fields by number, separated by blanks.
func fieldNames(message string) string {
	switch message {
	case "ConfigureCall":
		return "plugin instance config capabilities revision window"
	case "Exchange":
		return "id route operation dialect stream consumer tenant model tags headers shadow"
	case "Tag":
		return "key value"
	case "Header":
		return "name value"
	case "Part":
		return "id kind role message choice origin text name call_id data url signature source raw"
	case "Tool":
		return "name description schema raw attributes"
	case "Parameters":
		return "max_output temperature top_p top_k presence_penalty frequency_penalty seed choices stop tools tool_choice tool_name parallel_tools output_format output_schema reasoning_effort reasoning_tokens others output_attributes"
	case "Parameter":
		return "name json"
	case "Usage":
		return "input_uncached cache_read cache_write output reasoning audio image reported estimated cache_write_hour"
	case "Error":
		return "status code message retry_after_ms param"
	case "ReceiveCall":
		return "exchange method path query body_bytes"
	case "PromptCall":
		return "exchange stage parts parameters messages state"
	case "Deployment":
		return "name provider model weight cooling in_flight first_byte_ms error_rate input_price output_price context_tokens load labels"
	case "Features":
		return "input_tokens messages images audio documents tools reasoning"
	case "RouteCall":
		return "exchange deployments features parts"
	case "Target":
		return "deployment provider kind model base_path settings"
	case "UpstreamRequestCall":
		return "exchange target parts parameters body"
	case "UpstreamRequestReply":
		return "method path headers body dropped error state framing fetch"
	case "Fetch":
		return "part field"
	case "Loss":
		return "field reason"
	case "UpstreamResponseCall":
		return "exchange target status headers body state"
	case "Choice":
		return "index finish stop"
	case "UpstreamResponseReply":
		return "parts choices usage model id error body"
	case "UpstreamEventCall":
		return "exchange target name data final state"
	case "Event":
		return "kind block choice part finish usage error raw model id stop"
	case "UpstreamEventReply":
		return "events state"
	case "AnswerCall":
		return "exchange parts choices usage may_retry state"
	case "WindowCall":
		return "exchange choice block kind context text final name call_id released state"
	case "Verdict":
		return "instance verdict"
	case "CompleteCall":
		return "exchange end status error_code usage cost duration_ns first_byte_ns attempts deployment provider model bytes_in bytes_out verdicts prompt answer"
	case "Reply":
		return "block respond edits new_parts flags tags route path order hold retry state"
	case "Block":
		return "status code message"
	case "Respond":
		return "status content_type body"
	case "Edit":
		return "part start end text label"
	case "NewPart":
		return "at role text"
	case "Flag":
		return "name score"
	}
	return ""
}
