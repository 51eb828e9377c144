// Package rerank holds the dialect "rerank": documents put in the order of what
// they have to do with a query. It is the form that Cohere
// (https://docs.cohere.com/reference/rerank, v1 and v2), Jina AI
// (https://jina.ai/reranker), vLLM and many others have in common:
//
//	{"model":"m","query":"q","documents":["a",{"text":"b"}],"top_n":1,"return_documents":true}
//	{"id":"…","results":[{"index":1,"relevance_score":0.9,"document":{"text":"b"}}],…}
//
// A request goes to a provider of the dialect as the client wrote it but for the
// model and what hooks edited. There are no streams.
package rerank

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// Dialect is the dialect. It has no state; the zero value is ready and safe for
// concurrent use.
type Dialect struct {
	// Depth is the deepest nesting of a request's document, 1 to 1024; 0 means
	// the scanner's default of 256.
	Depth int
}

var (
	_ core.Dialect         = Dialect{}
	_ core.ParameterReader = Dialect{}
)

// Name returns "rerank".
func (Dialect) Name() string { return "rerank" }

// The paths. Those of clients without a version mean what both versions have in
// common.
const (
	pathPlain = "/rerank"
	pathV1    = "/v1/rerank"
	pathV2    = "/v2/rerank"
)

// Match returns OpRerank for the three paths of the dialect, else OpNone.
func (Dialect) Match(path []byte) core.Operation {
	switch string(path) {
	case pathPlain, pathV1, pathV2:
		return core.OpRerank
	}
	return core.OpNone
}

// memory is what the dialect keeps in Request.Scanned.
type memory struct {
	leaf.Memory
	top  jsonscan.Object
	body int // length of the document that top was read from
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

// Event forwards; there are no streams.
func (Dialect) Event(*core.Exchange, *core.Attempt, []byte) core.Disposition {
	return core.EventForward
}

// EndStream fails: there are no streams.
func (Dialect) EndStream(*core.Exchange, *core.Attempt) *core.Error {
	return notOurs("The upstream streamed an answer that cannot be a stream.")
}

// AppendStreamEnd appends nothing.
func (Dialect) AppendStreamEnd(dst []byte) []byte { return dst }

// Choices appends nothing: an answer has none.
func (Dialect) Choices(_ []byte, dst []core.Choice) []core.Choice { return dst }

func notOurs(message string) *core.Error {
	return &core.Error{Code: core.CodeUpstreamInvalid, Origin: core.OriginUpstream, Message: message}
}
