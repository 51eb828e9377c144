package responses

import "github.com/sallyport-gateway/sallyport/core"

var _ core.StreamFailer = Dialect{}

// forwarded is what the dialect remembers of a stream that it passes on.
type forwarded struct {
	next int64 // the number of the event that would come next
}

// noteNumber notes the number of an event that is passed on; ok is false where it has
// none that can be.
func noteNumber(ex *core.Exchange, at *core.Attempt, number int64, ok bool) {
	f := &memoryOf(ex).forwarded
	if at.Stream.Writer != f {
		f.next = 0
		at.Stream.Writer = f
	}
	if ok && number >= f.next && number < lastNumber {
		f.next = number + 1
	}
}

// AppendStreamFailure is [Dialect.RenderErrorEvent] with the number that follows
// on those of the events before it.
func (Dialect) AppendStreamFailure(dst []byte, ex *core.Exchange, at *core.Attempt, e *core.Error) []byte {
	number := int64(0)
	if at != nil {
		switch w := at.Stream.Writer.(type) {
		case *forwarded:
			number = w.next
		case *streamWriter:
			number = w.number
		}
	}
	return appendFailed(dst, e, ex.ID, number)
}
