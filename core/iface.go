package core

import (
	"context"
	"io"
	"time"
)

// Dialect is the front half of one wire format: it reads a client's request and
// writes the answer in the form that the client expects. Where the upstream
// speaks the same dialect it also passes the answer through and reads usage off
// it. A Dialect is stateless and safe for concurrent use; what it must remember
// lives in the exchange.
type Dialect interface {
	// Name is the dialect's name in config, records and metrics, e.g. "openai.chat".
	Name() string
	// Match tells which operation the request line asks for; OpNone when the
	// path is not of this dialect. It does not look at the method.
	Match(path []byte) Operation
	// Scan reads ex.Request.Body once at its top level and fills ex.Request. It
	// refuses what law 2 refuses and names the field in the error.
	Scan(ex *Exchange) *Error
	// Parts fills ex.Prompt from the remembered spans.
	Parts(ex *Exchange) *Error
	// Forward fills at.Request.Body for an upstream of the same dialect: the
	// original bytes with only the model, edited spans and what metering needs
	// changed.
	Forward(ex *Exchange, at *Attempt) *Error
	// Answer reads usage, finish reason and model off a whole answer with
	// status 200. An answer that is not of this dialect is CodeUpstreamInvalid.
	Answer(ex *Exchange, at *Attempt, body []byte) *Error
	// AnswerParts appends the parts of a whole answer.
	AnswerParts(ex *Exchange, body []byte, dst []*Part) ([]*Part, *Error)
	// SpliceAnswer returns body with the edits of parts applied and what
	// derives from them regenerated or dropped.
	SpliceAnswer(ex *Exchange, body []byte, parts []*Part) ([][]byte, *Error)
	// Event looks at one whole event of a stream, data being its payload, and
	// says what becomes of it.
	Event(ex *Exchange, at *Attempt, data []byte) Disposition
	// EndStream tells, after the upstream's last byte, whether the stream was
	// whole; if not, the error that the client gets as a last event.
	EndStream(ex *Exchange, at *Attempt) *Error
	// AppendStreamEnd appends the terminal event, framing included. It is sent
	// after a stream that EndStream called whole though at.Stream.Done is false.
	AppendStreamEnd(dst []byte) []byte
	// RenderError appends the body of an error answer.
	RenderError(dst []byte, e *Error, id ID) []byte
	// RenderErrorEvent appends an explicit error as the last event of a stream,
	// framing included.
	RenderErrorEvent(dst []byte, e *Error, id ID) []byte
	// RenderModels appends the answer to a listing of models.
	RenderModels(dst []byte, models []ModelInfo) []byte
}

// Claimer is a [Dialect] that knows its own clients by more than the path, where
// dialects share one: the list of models at /v1/models has as many shapes as
// there are dialects.
type Claimer interface {
	// Claims tells whether the header fields or the query are those of a client
	// of this dialect, or the path one that only its API has, served or not.
	Claims(r *Request) bool
}

// Reshaper is a [Dialect] whose clients choose a form of the answer that not every
// provider which speaks the dialect has.
type Reshaper interface {
	// Reshape returns a whole answer, on which Answer had no error, in the form that
	// the request of ex asks for: body itself where it has that form or cannot be
	// brought into it, else new memory.
	Reshape(ex *Exchange, body []byte) []byte
}

// ModelReader is a [Dialect] that can answer for one model.
type ModelReader interface {
	// ModelOf returns the name of the model that a path matched as OpModels asks
	// for, as it stands there, or nil where it asks for all.
	ModelOf(path []byte) []byte
	// RenderModel appends the answer for one model.
	RenderModel(dst []byte, m *ModelInfo) []byte
}

// StreamShaper is a [Dialect] whose clients may want a stream in another form
// than server-sent events.
type StreamShaper interface {
	// ShapeStream returns the form that the client of ex wants, nil for events.
	ShapeStream(ex *Exchange) StreamShape
}

// StreamShape turns one stream of events into another form.
type StreamShape interface {
	ContentType() string
	// Append appends what whole events become.
	Append(dst, events []byte) []byte
	// AppendEnd appends what ends the stream, also after an error.
	AppendEnd(dst []byte) []byte
}

// Fielder is a [Dialect] whose answers have header fields of their own.
type Fielder interface {
	// Fields sets the fields of an answer; e is nil for one that is no error. The
	// clock is for what is told as a moment.
	Fields(ex *Exchange, e *Error, clock Clock, to FieldSetter)
}

// Disposition is what becomes of one event of a stream.
type Disposition uint8

// The dispositions.
const (
	EventForward Disposition = iota // send it as it came
	EventDrop                       // the client did not ask for it
	EventLast                       // send it; nothing may follow
	EventFail                       // the upstream reported an error: send it, then end
)

// ModelInfo is one entry of a listing of models.
type ModelInfo struct {
	Name    string
	Owner   string
	Created time.Time // zero when unknown
}

// Authenticator finds out who a credential stands for. A nil consumer with a
// nil error is not allowed.
type Authenticator interface {
	// Authenticate looks at the exchange's request headers. Errors have
	// CodeUnauthenticated or CodeForbidden and the same text whatever was
	// wrong with the credential.
	Authenticate(ex *Exchange) (*Consumer, *Error)
}

// KeySource finds virtual keys by the digest of their secret (SHA-256 or
// HMAC-SHA-256, 32 bytes), so that no secret is kept or compared.
type KeySource interface {
	Lookup(digest [32]byte) (*Consumer, bool)
}

// Limiter reserves before a call what the call may use up, and settles after
// it what it did. It is safe for concurrent use.
type Limiter interface {
	Reserve(ex *Exchange, est Usage) (Reservation, *Error)
}

// Reservation is what a [Limiter] set aside. Exactly one of Settle and Release
// is called, exactly once, whatever happens to the exchange.
type Reservation interface {
	Settle(actual Usage)
	Release()
}

// Ledger is the append-only book of record. Open happens before an upstream is
// dialled, Close after the last byte; neither waits for the disk. Records are
// copied.
type Ledger interface {
	Open(r *OpenRecord) error
	Close(r *UsageRecord) error
}

// Policy answers whether a consumer may do something, beyond the static rights
// in [Consumer].
type Policy interface {
	Allow(ex *Exchange, action, resource string) *Error
}

// Signer adds a provider key to the final bytes of one attempt. It is bound to
// a host: Sign refuses any other, so that a key never leaves for a place it was
// not given for.
type Signer interface {
	Sign(host string, r *UpstreamRequest) error
}

// KV is a small store, namespaced by plugin and tenant. Values are copied.
type KV interface {
	Get(ctx context.Context, ns, key string) ([]byte, bool, error)
	Set(ctx context.Context, ns, key string, value []byte, ttl time.Duration) error
}

// Embedder turns texts into vectors, one per text, all of the same length.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Hit is one result of a [Searcher], the best first.
type Hit struct {
	ID    string
	Score float32
	Text  string
}

// Searcher finds the k stored texts nearest to a vector.
type Searcher interface {
	Search(ctx context.Context, collection string, vector []float32, k int) ([]Hit, error)
}

// Model calls a route as a child of an exchange: same consumer, booked to the
// parent, at most two levels deep.
type Model interface {
	Call(ctx context.Context, parent *Exchange, route string, body []byte) ([]byte, *Error)
}

// HTTPDoer makes an HTTP call for a plugin under the egress rules. The caller
// closes the returned body.
type HTTPDoer interface {
	DoHTTP(ctx context.Context, method, url string, header []Header, body []byte) (status int, answer io.ReadCloser, err error)
}

// Clock tells the time. Tests inject their own.
type Clock interface {
	Now() time.Time // wall and monotonic
}

// Rand is a source of random bits, safe for concurrent use. It need not be
// cryptographic.
type Rand interface{ Uint64() uint64 }

// IDs makes request ids.
type IDs interface{ NewID() ID }
