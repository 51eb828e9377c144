// Package responses holds the dialect of OpenAI's Responses API, "openai.responses"
// (https://platform.openai.com/docs/api-reference/responses), which OpenAI's newer
// clients, Codex among them, and a growing number of providers and runtimes speak.
//
// A request is read once at its top level ([Dialect.Scan]); its items are opened
// only for hooks ([Dialect.Parts]) and for providers of other dialects
// ([Dialect.Typed]). To a provider of its own dialect it leaves as the client wrote
// it but for the spans that must change ([Dialect.Forward]). What each string of a
// request, an answer and an event is, stands as data in the tables of this package;
// package leaf does the rest.
//
// # What a provider keeps
//
// The API lets the provider keep conversations. The gateway keeps none, so that a
// request is whole only where it carries all of its input:
//
//   - To a provider of this dialect everything passes, previous_response_id,
//     conversation, prompt and background included: the provider keeps what they
//     name, under ids of its own. On a route that leads to several providers the
//     request goes to the one which keeps it; see [Dialect.Bond].
//   - Where the request is translated, those four are refused, and so are
//     references to items and compacted conversations: only the provider that keeps
//     them can read them. That nothing is stored, though the client did not say
//     "store": false, is reported as dropped.
//
// # What has no place of its own
//
// Thinking that another provider sealed goes to the client as a reasoning item with
// the seal, tagged with its origin, in encrypted_content, even where the client did
// not include that; see seal.go. Custom tools, whose input is free text, are
// functions with the one argument "input" for other providers, and tools in a
// namespace are functions with a joined name; the client sees both as it declared
// them.
package responses

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// dialectName is the dialect's name, and so who sealed what has no origin.
const dialectName = "openai.responses"

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
	_ core.Adviser         = Dialect{}
)

// New returns the dialect.
func New() core.Dialect { return Dialect{} }

// Name returns "openai.responses".
func (Dialect) Name() string { return dialectName }

// Match tells which operation a path asks for: OpChat or OpCountTokens, else OpNone.
// What a provider keeps, such as /v1/responses/{id}, is not known: the gateway keeps
// nothing.
func (Dialect) Match(path []byte) core.Operation {
	switch string(path) {
	case "/v1/responses":
		return core.OpChat
	case "/v1/responses/input_tokens":
		return core.OpCountTokens
	default:
		return core.OpNone
	}
}

// Advice tells who asks for what a provider keeps, or for what only the provider can
// do, where that is.
func (Dialect) Advice(path []byte) string {
	const there = " Ask the provider itself, below /p/NAME/ where NAME is that of a provider with \"raw: true\": /p/NAME/"
	switch {
	case string(path) == "/v1/responses/compact":
		return "The gateway compacts no conversations, since each provider seals them for itself." + there + "responses/compact."
	case bytes.HasPrefix(path, []byte("/v1/responses/")):
		return "The gateway keeps no responses, so that none can be fetched, cancelled or deleted here." + there + "responses/ID."
	case string(path) == "/v1/conversations", bytes.HasPrefix(path, []byte("/v1/conversations/")):
		return "The gateway keeps no conversations. Send the whole input with each request." + there + "conversations."
	default:
		return ""
	}
}

// memory is what the dialect keeps in Request.Scanned. It survives the pooling of
// exchanges; Scan sets anew whatever others read in it.
type memory struct {
	leaf.Memory
	top       jsonscan.Object
	item      jsonscan.Object
	body      int // length of the document that top was read from
	typed     typedMemory
	writer    streamWriter
	forwarded forwarded
	kind      eventKind // of the event that is read
	places    []place   // of the items of the stream
	sent      sentMemory
}

// memoryOf returns the dialect's memory of ex, which it makes on first use.
func memoryOf(ex *core.Exchange) *memory {
	if m, ok := ex.Request.Scanned.(*memory); ok {
		return m
	}
	m := &memory{}
	m.top.Limits.Members = leaf.MaxMembers
	m.item.Limits.Members = leaf.MaxMembers
	ex.Request.Scanned = m
	return m
}

// forget makes m ready for the next request.
func (m *memory) forget() {
	m.Reset()
	m.body = 0
	m.typed.reset()
	m.writer.forget()
	m.sent.forget()
}
