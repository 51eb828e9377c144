package core

import (
	"sync/atomic"
	"time"
)

// Headers gives read access to the header fields of a request or an answer
// without naming an HTTP library.
type Headers interface {
	// Get returns the value of the first field of that name (any case), or nil.
	// The bytes are valid as long as the exchange.
	Get(name string) []byte
}

// Request is what the client asked for, as far as the dialect's scan found out.
type Request struct {
	Method, Path, Query []byte
	Headers             Headers
	// Body is the whole document as received.
	Body []byte
	// Trailers are the fields behind the body (RFC 9110 §6.5), which only raw calls
	// pass on.
	Trailers EdgeFields

	Dialect   Dialect
	Operation Operation
	// Model is the route's name as the client wrote it, decoded.
	Model []byte
	// ModelSpan is the JSON value of the model in Body, quotes included; empty
	// where the dialect carries the model elsewhere.
	ModelSpan Span
	Stream    bool
	// Verb is the word in the path that says what to do, for dialects that have
	// several for one operation; else nil.
	Verb []byte
	// UsageAsked is true when the client itself asked for usage on a stream.
	UsageAsked bool
	// MaxOutput is the client's bound on output tokens, 0 when it gave none.
	MaxOutput int64
	// Choices is how many answers were asked for, at least 1.
	Choices int64
	// Scanned is the dialect's own memory of the scan. It survives the pooling
	// of the exchange, so that a dialect allocates it once; only the dialect
	// that put it there reads it.
	Scanned any
}

// Cause says why an exchange is being cancelled.
type Cause uint32

// The causes. CauseNone means the exchange is not cancelled.
const (
	CauseNone Cause = iota
	CauseClientGone
	CauseDeadline
	CauseDrain
	CauseBlocked // a verdict or a limit ended a stream
)

// Failure returns the error of what c ended, such as "answer"; late is the message
// where that was the deadline, or nothing that is known.
func (c Cause) Failure(what, late string) *Error {
	switch c {
	case CauseClientGone:
		return Errorf(CodeClientGone, "the client left")
	case CauseDrain:
		return Errorf(CodeDraining, "the gateway is shutting down")
	case CauseBlocked:
		return Errorf(CodeBlocked, "the %s was ended by a guardrail or a limit", what)
	default:
		return Errorf(CodeDeadline, "%s", late)
	}
}

// Canceler is something that a cancelled exchange interrupts, such as an
// upstream connection. Cancel may be called from any goroutine, at most once
// per Arm, and must not block.
type Canceler interface{ Cancel() }

// Exchange is one request and its answer in flight. It owns their memory. All
// fields belong to the goroutine that serves the exchange; only [Exchange.Cancel]
// and [Exchange.Cause] may be used from others.
type Exchange struct {
	ID       ID
	ClientID []byte    // the client's own request id, or nil
	Start    time.Time // wall and monotonic time of receive
	Request  Request

	Consumer *Consumer
	Route    *Route
	Prompt   []*Part // filled by the dialect when a hook asked for parts
	// Unseen is what the prompt points to and no hook sees, each with its JSON path as
	// the field; filled with Prompt.
	Unseen []Bond
	Tags   []Tag
	Flags  []Flag

	// Attempt is the try under way or the last one made, or nil.
	Attempt  *Attempt
	Attempts int // upstream calls made

	// The outcome, for the usage record.
	Status    int
	End       End
	ErrorCode Code
	Failed    bool // ErrorCode is meaningful
	FirstByte time.Time
	BytesOut  int64
	// Dropped lists what translation lost, as "field=reason".
	Dropped []string
	// Rates are limits of the gateway's own that hold for the consumer, as a
	// [Limiter] left them; nil for none. The client is told of them and of the
	// provider's in one form.
	Rates *RateLimits
	// Judged says that hooks judge the prompt: a text that they have not seen must
	// not be added to it.
	Judged bool
	// Mandate tells the sets of hooks that have to judge the prompt from each other, 0
	// for none: what they cannot see is refused; see Unseen.
	Mandate uint64

	params     Parameters
	paramsRead bool
	typed      *TypedRequest // made when an attempt first needs it, then kept
	typedRead  bool

	arena    Arena
	attempt  Attempt
	cause    atomic.Uint32
	canceler atomic.Pointer[cancelSlot]
	slot     cancelSlot
}

type cancelSlot struct{ c Canceler }

// Alloc returns n bytes of the exchange's own memory, zeroed or not, valid
// until Release.
func (ex *Exchange) Alloc(n int) []byte { return ex.arena.Alloc(n) }

// Copy copies b into the exchange's memory.
func (ex *Exchange) Copy(b []byte) []byte {
	return append(ex.arena.Alloc(len(b))[:0], b...)
}

// NewAttempt starts the next try at d. The attempt before it and its memory of
// the upstream's answer are gone.
func (ex *Exchange) NewAttempt(d *Deployment) *Attempt {
	if ex.Attempts++; ex.Attempts > 1 { // Reset left the first one clean
		ex.attempt.reset()
	}
	ex.attempt.Deployment = d
	ex.attempt.Number = ex.Attempts
	ex.Attempt = &ex.attempt
	return ex.Attempt
}

// Reset makes ex ready for another request. The exchange must not be reachable
// by other goroutines any more.
func (ex *Exchange) Reset() {
	ex.arena.Reset()
	ex.attempt.reset()
	if ex.paramsRead { // lists keep what is usual
		p := &ex.params
		clear(p.Tools)
		clear(p.Others)
		clear(p.Stop)
		ex.params, ex.paramsRead = Parameters{Stop: p.Stop[:0], Tools: p.Tools[:0], Others: p.Others[:0]}, false
	}
	ex.ForgetTyped()
	scanned := ex.Request.Scanned
	prompt, unseen, tags, flags, dropped := ex.Prompt[:0], ex.Unseen[:0], ex.Tags[:0], ex.Flags[:0], ex.Dropped[:0]
	ex.ID, ex.ClientID, ex.Start = ID{}, nil, time.Time{}
	ex.Request = Request{Scanned: scanned}
	ex.Consumer, ex.Route, ex.Attempt, ex.Attempts = nil, nil, nil, 0
	ex.Prompt, ex.Unseen, ex.Tags, ex.Flags, ex.Dropped = prompt, unseen, tags, flags, dropped
	ex.Status, ex.End, ex.ErrorCode, ex.Failed = 0, EndCompleted, CodeInternal, false
	ex.FirstByte, ex.BytesOut, ex.Rates, ex.Judged, ex.Mandate = time.Time{}, 0, nil, false, 0
	ex.cause.Store(0)
	ex.canceler.Store(nil)
	ex.slot.c = nil
}

// Cause returns why the exchange was cancelled, or CauseNone.
func (ex *Exchange) Cause() Cause { return Cause(ex.cause.Load()) }

// Arm names what a cancellation must interrupt from now on and returns false
// if the exchange is cancelled already; then c is not armed and the caller
// gives up. Only the serving goroutine calls Arm and Disarm.
func (ex *Exchange) Arm(c Canceler) bool {
	if ex.Cause() != CauseNone {
		return false // and leave the slot to whoever may be reading it
	}
	ex.slot.c = c
	ex.canceler.Store(&ex.slot)
	if ex.Cause() == CauseNone {
		return true
	}
	// Cancelled in between. Whoever takes the slot owns the one call of Cancel.
	ex.canceler.CompareAndSwap(&ex.slot, nil)
	return false
}

// Disarm ends what Arm began. It returns false when a cancellation took c
// meanwhile, so that c was or is being cancelled.
func (ex *Exchange) Disarm() bool { return ex.canceler.CompareAndSwap(&ex.slot, nil) }

// Cancel cancels the exchange and interrupts what is armed. The first cause
// wins; Cancel returns false when there was one already. The caller must
// guarantee that the exchange is not released meanwhile.
func (ex *Exchange) Cancel(cause Cause) bool {
	if !ex.cause.CompareAndSwap(uint32(CauseNone), uint32(cause)) {
		return false
	}
	if slot := ex.canceler.Swap(nil); slot != nil {
		slot.c.Cancel()
	}
	return true
}

// Attempt is one try at one deployment.
type Attempt struct {
	Number     int // counts from 1
	Deployment *Deployment
	Request    UpstreamRequest
	// Sent is true when the request may have reached the upstream.
	Sent bool

	// What the upstream reported. Usage is set, not added.
	Usage  Usage
	Finish Finish
	Model  []byte // the model that the upstream says it used, or nil
	// Kept are the ids under which the provider keeps the answer and the items in it,
	// none where it does not say; see [Bond].
	Kept [][]byte

	// Service is how the deployment's provider serves the operation.
	Service *Service
	// Learned is what dialects learned of the answers of that service; nil: nothing
	// is kept.
	Learned *Learned
	// Fields are the header fields of the upstream's answer, nil before there is
	// one.
	Fields FieldLister
	// Translation is set where the provider's dialect is not the client's.
	Translation *Translation

	// Stream is the dialect's memory of the stream as it passes.
	Stream StreamState
}

// StreamState is what a dialect remembers of a stream while it passes.
type StreamState struct {
	Events    int64 // events of content seen
	OutTokens int64 // estimate of the output tokens in them
	Finished  bool  // the end was told; of chats every reason, and the usage where some is asked for
	Done      bool  // the dialect's terminal event was seen
	Failed    bool  // the upstream sent an error event
	Scratch   any   // the dialect's own, dropped with the attempt
	Writer    any   // likewise, of what a [TypedDialect] wrote
}

func (a *Attempt) reset() {
	r, kept := a.Request, a.Kept[:0]
	*a = Attempt{Kept: kept}
	a.Request.Head = r.Head[:0]
	clear(r.Body)
	a.Request.Body = r.Body[:0]
	clear(r.Header)
	a.Request.Header = r.Header[:0]
	clear(r.Trailers)
	a.Request.Trailers = r.Trailers[:0]
}

// Header is one header field. Name is in canonical form, Value holds no
// control characters.
type Header struct{ Name, Value string }

// UpstreamRequest is the request of one attempt, as it will leave.
type UpstreamRequest struct {
	Method string
	// Path is the request target: escaped path and query.
	Path   string
	Header []Header
	// Body is the document as an ordered list of byte ranges, so that edited
	// spans can be spliced between original bytes without a copy. The ranges
	// point into the exchange's memory.
	Body [][]byte
	// Trailers are sent behind the body, which is chunked where there are any.
	Trailers []Header
	// Head is scratch memory for whoever serialises the request.
	Head []byte
}

// BodyLen returns the length of the whole body in bytes.
func (r *UpstreamRequest) BodyLen() int {
	n := 0
	for _, b := range r.Body {
		n += len(b)
	}
	return n
}

// Set adds the header field, in place of all fields of that name.
func (r *UpstreamRequest) Set(name, value string) {
	out := r.Header[:0]
	for _, h := range r.Header {
		if h.Name != name {
			out = append(out, h)
		}
	}
	r.Header = append(out, Header{name, value})
}
