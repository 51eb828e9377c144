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
// on those of the events before it, the model, and the usage as far as it is known.
func (Dialect) AppendStreamFailure(dst []byte, ex *core.Exchange, at *core.Attempt, e *core.Error) []byte {
	s := failedStream{model: ex.Request.Model}
	if at != nil {
		s.usage = at.Usage
		if len(at.Model) > 0 {
			s.model = at.Model
		}
		switch w := at.Stream.Writer.(type) {
		case *forwarded:
			s.number = w.next
		case *streamWriter:
			s = w.failure()
		}
	}
	return appendFailed(dst, e, ex.ID, s)
}

// failure returns what is known of a stream that was written, if it fails now.
func (w *streamWriter) failure() failedStream {
	s := failedStream{number: w.number, model: w.model(nil), usage: w.usage}
	if !s.usage.Reported {
		s.usage = w.at.Usage
	}
	return s
}
