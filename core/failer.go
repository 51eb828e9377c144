package core

// StreamFailer is a [Dialect] whose last event depends on those before it, as a
// number that counts them does.
type StreamFailer interface {
	// AppendStreamFailure is RenderErrorEvent for the stream of at, of which
	// events may have been sent.
	AppendStreamFailure(dst []byte, ex *Exchange, at *Attempt, e *Error) []byte
}
