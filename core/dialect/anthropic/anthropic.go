// Package anthropic is the dialect "anthropic.messages": the Messages API as
// Anthropic publishes it (https://docs.anthropic.com/en/api/messages), with the
// counting of tokens, and as other providers and local runtimes speak it. Both
// dates of anthropic-version (2023-06-01 and 2026-10-21) are one dialect: they
// differ in what the provider takes, not in the form.
//
// A request is read once at its top level ([Messages.Scan]); its messages are
// opened only for hooks ([Messages.Parts]) and for providers of another dialect
// ([Messages.Typed]). To a provider of this dialect it leaves as the client wrote
// it but for the spans that must change ([Messages.Forward]). What each string of
// a request, an answer and an event is, stands as data in table.go.
//
// A client's document is read strictly and refused when it can be read in two
// ways; an upstream's is read leniently, and only broken off when it is not of
// this dialect at all.
//
// # Thinking of other providers
//
// Thinking and the calls of tools may carry a seal that only its maker accepts. A
// seal that comes from elsewhere is given to the client as a signature of the form
// "sp1.SOURCE.SEAL", where SOURCE is who made it. Clients send signatures back as
// they are, so the seal finds its way home; to anybody else the block is not sent.
package anthropic

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Messages is the dialect. It has no state: what it remembers of a request lies in
// Request.Scanned of the exchange and what it remembers of a stream in
// Attempt.Stream. The zero value is ready and safe for concurrent use.
type Messages struct {
	// Depth is the deepest nesting of a request's document, 1 to 1024; 0 means
	// the scanner's default of 256.
	Depth int
}

var (
	_ core.TypedDialect    = Messages{}
	_ core.ParameterReader = Messages{}
)

// dialectName is the dialect's name and the source of what it seals itself.
const dialectName = "anthropic.messages"

// New returns the dialect.
func New() core.Dialect { return Messages{} }

// Name returns "anthropic.messages".
func (Messages) Name() string { return dialectName }

// Match tells which operation a path asks for: OpChat or OpCountTokens, else
// OpNone. Paths are compared exactly, because a trailing slash or an escaped
// letter would reach another place at some upstreams. The listing of models has a
// path that other dialects share, and is not matched: see [Messages.RenderModels].
func (Messages) Match(path []byte) core.Operation {
	switch string(path) {
	case "/v1/messages":
		return core.OpChat
	case "/v1/messages/count_tokens":
		return core.OpCountTokens
	default:
		return core.OpNone
	}
}

// memory is what the dialect keeps in Request.Scanned. It survives the pooling
// of exchanges; whoever reads something in it has set it anew before.
type memory struct {
	leaf.Memory
	top    jsonscan.Object
	body   int // length of the document that top was read from
	stream streamMemory
	typed  typedMemory
	writer streamWriter
	sent   sentMemory
}

// memoryOf returns the dialect's memory of ex, which it makes on first use.
func memoryOf(ex *core.Exchange) *memory {
	if m, ok := ex.Request.Scanned.(*memory); ok {
		return m
	}
	m := &memory{}
	m.top.Limits.Members = leaf.MaxMembers
	ex.Request.Scanned = m
	return m
}
