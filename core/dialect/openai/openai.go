// Package openai holds the dialects that OpenAI publishes and many providers and
// local runtimes speak: [Chat], "openai.chat", the chat completions API
// (https://platform.openai.com/docs/api-reference/chat), and beside it
// [Completions] and [Embeddings].
//
// A request is read once at its top level ([Chat.Scan]); its messages are opened
// only for hooks ([Chat.Parts]) and for providers of other dialects
// ([Chat.Typed]). To a provider of its own dialect it leaves as the client wrote
// it but for the spans that must change ([Chat.Forward]): nothing is decoded and
// written again, so unknown fields, the order of keys and the provider's prompt
// cache survive. What each string of a request and an answer is, stands as data
// in table.go; package leaf does the rest.
//
// A client's document is read strictly and refused when it can be read in two
// ways; an upstream's is read leniently, and only broken off when it is not of
// this dialect at all.
package openai

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
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
func (Chat) Name() string { return chatName }

// Match tells which operation a path asks for: OpChat or OpModels, else OpNone.
// Paths are compared exactly, because a trailing slash or an escaped letter
// would reach another place at some upstreams.
func (Chat) Match(path []byte) core.Operation {
	switch string(path) {
	case "/v1/chat/completions":
		return core.OpChat
	case "/v1/models":
		return core.OpModels
	}
	if bytes.HasPrefix(path, []byte(modelPath)) && isModel(path[len(modelPath):]) {
		return core.OpModels
	}
	return core.OpNone
}

// memory is what the dialect keeps in Request.Scanned. It survives the pooling
// of exchanges; Scan and Parts set anew whatever they or others read in it.
type memory struct {
	leaf.Memory
	top     jsonscan.Object
	options jsonscan.Object // stream_options
	body    int             // length of the document that top was read from
	stream  streamMemory
	gaps    []jsonscan.Gap // of the last answer
	places  []callPlace    // of the calls of the stream
	typed   typedMemory
	sent    sentMemory
	base64  bool // the form of vectors that the client asks for
}

// memoryOf returns the dialect's memory of ex, which it makes on first use.
func memoryOf(ex *core.Exchange) *memory {
	if m, ok := ex.Request.Scanned.(*memory); ok {
		return m
	}
	m := &memory{}
	m.top.Limits.Members = leaf.MaxMembers
	m.options.Limits.Members = leaf.MaxMembers
	ex.Request.Scanned = m
	return m
}

// forget makes m ready for the next request.
func (m *memory) forget() {
	m.Reset()
	m.body, m.base64 = 0, false
	if m.typed.used {
		m.typed.reset()
	}
}
