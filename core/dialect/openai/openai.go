// Package openai is the dialect "openai.chat": the chat completions API as
// OpenAI publishes it (https://platform.openai.com/docs/api-reference/chat) and
// as many providers and local runtimes speak it.
//
// A request is read once at its top level ([Chat.Scan]); its messages are opened
// only for hooks ([Chat.Parts]). It leaves as the client wrote it but for the
// spans that must change ([Chat.Forward]): nothing is decoded and written again,
// so unknown fields, the order of keys and the provider's prompt cache survive.
// What each string of a request and an answer is, stands as data in table.go.
//
// A client's document is read strictly and refused when it can be read in two
// ways; an upstream's is read leniently, and only broken off when it is not of
// this dialect at all.
package openai

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Chat is the dialect. It has no state: what it remembers of a request lies in
// Request.Scanned of the exchange and what it remembers of a stream in
// Attempt.Stream. The zero value is ready and safe for concurrent use.
type Chat struct {
	// Depth is the deepest nesting of a request's document, 1 to 1024; 0 means
	// the scanner's default of 256.
	Depth int
}

var _ core.Dialect = Chat{}

// New returns the dialect.
func New() core.Dialect { return Chat{} }

// Name returns "openai.chat".
func (Chat) Name() string { return "openai.chat" }

// Match tells which operation a path asks for: OpChat or OpModels, else OpNone.
// Paths are compared exactly, because a trailing slash or an escaped letter
// would reach another place at some upstreams.
func (Chat) Match(path []byte) core.Operation {
	switch string(path) {
	case "/v1/chat/completions":
		return core.OpChat
	case "/v1/models":
		return core.OpModels
	default:
		return core.OpNone
	}
}

// memory is what the dialect keeps in Request.Scanned. It survives the pooling
// of exchanges; Scan and Parts set anew whatever they or others read in it.
type memory struct {
	top     jsonscan.Object
	options jsonscan.Object // stream_options
	body    int             // length of the document that top was read from

	splices  []splice
	messages []jsonscan.Span // of the elements of messages; filled by Parts
	derived  []derived       // of the prompt; filled by Parts
	levels   []*jsonscan.Object
	steps    []step
	parts    []*core.Part // spare parts; those in use are the first few
	used     int
	stream   streamMemory
	answers  answerPattern
}

// Bounds of what a client can make an exchange keep in memory.
const (
	maxMembers     = 1024 // members of one object that is opened
	maxKeptParts   = 4096
	maxKeptMembers = 4096 // in all levels below the top
)

// memoryOf returns the dialect's memory of ex, which it makes on first use.
func memoryOf(ex *core.Exchange) *memory {
	if m, ok := ex.Request.Scanned.(*memory); ok {
		return m
	}
	m := &memory{}
	m.top.Limits.Members = maxMembers
	m.options.Limits.Members = maxMembers
	ex.Request.Scanned = m
	return m
}

// forget makes m ready for the next request.
func (m *memory) forget() {
	clear(m.splices)
	m.splices, m.messages, m.derived = m.splices[:0], m.messages[:0], m.derived[:0]
	if len(m.parts) > maxKeptParts {
		m.parts = nil
	}
	members := 0
	for _, obj := range m.levels {
		members += cap(obj.Members)
	}
	if members > maxKeptMembers {
		m.levels = nil
	}
	for _, p := range m.parts[:min(m.used, len(m.parts))] {
		*p = core.Part{}
	}
	m.used, m.body = 0, 0
}

// level returns the memory for objects that lie n levels deep.
func (m *memory) level(n int) *jsonscan.Object {
	for len(m.levels) <= n {
		obj := &jsonscan.Object{}
		obj.Limits.Members = maxMembers
		m.levels = append(m.levels, obj)
	}
	return m.levels[n]
}

// newPart returns an empty part that lives as long as the request.
func (m *memory) newPart() *core.Part {
	if m.used == len(m.parts) {
		m.parts = append(m.parts, &core.Part{})
	}
	m.used++
	return m.parts[m.used-1]
}
