// Package gemini is the dialect "gemini": generateContent, streamGenerateContent,
// countTokens, embedContent and batchEmbedContents as Google publishes them for
// the Gemini API (https://ai.google.dev/api/generate-content) and, with longer
// paths, for Vertex AI.
//
// It is protobuf's JSON (https://protobuf.dev/programming-guides/json), which has
// consequences that other dialects do not share: each member has two spellings,
// systemInstruction and system_instruction, and having both is having it twice;
// whole numbers may stand in quotes; a signature is base64 or the client's reader
// fails. The model and whether the answer is streamed stand in the path. A stream
// has no terminal event and may hold no comments: the official Go client breaks
// off at the first one.
//
// A request is read once at its top level ([Dialect.Scan]) and passes to a
// provider of the same dialect as the client wrote it ([Dialect.Forward]). For
// other providers it is read into the middle form ([Dialect.Typed]), and answers
// are written from that ([Dialect.WriteAnswer], [Dialect.WriteEvent]).
package gemini

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Dialect is the dialect. It has no state: what it remembers of a request lies in
// Request.Scanned of the exchange and what it remembers of a stream in
// Attempt.Stream. The zero value is ready and safe for concurrent use.
type Dialect struct {
	// Depth is the deepest nesting of a request's document, 1 to 1024; 0 means
	// the scanner's default of 256.
	Depth int
}

var (
	_ core.TypedDialect    = Dialect{}
	_ core.ParameterReader = Dialect{}
	_ core.Claimer         = Dialect{}
)

// New returns the dialect.
func New() core.Dialect { return Dialect{} }

const name = "gemini"

// Name returns "gemini".
func (Dialect) Name() string { return name }

// memory is what the dialect keeps in Request.Scanned. It survives the pooling
// of exchanges; Scan sets anew whatever others read in it.
type memory struct {
	leaf.Memory
	call   call
	top    jsonscan.Object
	config jsonscan.Object // generationConfig
	body   int             // length of the document that top was read from
	// thoughts is true when the client asked for what the model thought. It is
	// kept because the request may be gone when a stream is written.
	thoughts bool

	thinking []int // where the texts begin that are thinking; filled while walking
	added    added
	typed    typedMemory
	stream   streamMemory
	writer   writer
	calls    int // of the stream that is read event by event
	sent     sentMemory
}

// memoryOf returns the dialect's memory of ex, which it makes on first use.
func memoryOf(ex *core.Exchange) *memory {
	if m, ok := ex.Request.Scanned.(*memory); ok {
		return m
	}
	m := &memory{}
	m.top.Limits.Members = leaf.MaxMembers
	m.config.Limits.Members = leaf.MaxMembers
	ex.Request.Scanned = m
	return m
}

// forget makes m ready for the next request.
func (m *memory) forget() {
	m.Reset()
	m.typed.forget()
	m.call, m.body, m.thoughts, m.thinking = call{}, 0, false, m.thinking[:0]
}
