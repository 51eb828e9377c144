package responses

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

var _ core.StreamFailer = Dialect{}

// forwarded is what the dialect remembers of a stream that it passes on.
type forwarded struct {
	next int64  // the number of the event that would come next
	id   []byte // of the response, as the provider calls it; nil before it was told
}

// noteNumber notes the number of an event that is passed on; ok is false where it has
// none that can be.
func noteNumber(ex *core.Exchange, at *core.Attempt, number int64, ok bool) {
	f := &memoryOf(ex).forwarded
	if at.Stream.Writer != f {
		*f = forwarded{}
		at.Stream.Writer = f
	}
	if ok && number >= f.next && number < lastNumber {
		f.next = number + 1
	}
}

// noteID notes the id of the response that is passed on. Some clients stop at an event
// about a response of another id, and do not look at what it says.
func (a *answer) noteID(ex *core.Exchange, doc []byte) {
	if f := &memoryOf(ex).forwarded; f.id == nil && a.id.Kind == jsonscan.String && !a.id.Escaped && a.id.Len() > len(`""`) {
		f.id = ex.Copy(a.id.Text(doc))
	}
}

// AppendStreamFailure is [Dialect.RenderErrorEvent] with the number that follows
// on those of the events before it, the response's id and model, and the usage as far as it is known.
func (Dialect) AppendStreamFailure(dst []byte, ex *core.Exchange, at *core.Attempt, e *core.Error) []byte {
	s := failedStream{model: ex.Request.Model}
	if at != nil {
		s.usage = at.Usage
		if len(at.Model) > 0 {
			s.model = at.Model
		}
		switch w := at.Stream.Writer.(type) {
		case *forwarded:
			s.number, s.id = w.next, w.id
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
