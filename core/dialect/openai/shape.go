package openai

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// maxShape is how much of a chunk a shape holds, in bytes. Chunks are a few
// hundred long.
const maxShape = 640

// shape is a chunk of content with gaps for the text and for what providers pad
// chunks with. Chunks of one stream differ in little else, and one that fits the
// shape of the chunk before is known without being read: it is the same JSON but
// for strings in the gaps, which may not hold a quote or a backslash. So nothing
// that stands in a text can be taken for a member.
type shape struct {
	bytes [maxShape]byte // the pieces around the gaps, one after the other
	ends  [3]int         // of the pieces
	gaps  int            // 0 for no shape
	text  int            // the gap that holds the text
}

// learn makes the shape of data, whose text and padding lie there; padding may
// be of kind None.
func (s *shape) learn(data []byte, text, padding jsonscan.Value) {
	s.gaps = 0
	first, second := text, padding
	s.text = 0
	if padding.Kind == jsonscan.String && padding.Start < text.Start {
		first, second = padding, text
		s.text = 1
	}
	if len(data) > maxShape {
		return
	}
	n := copy(s.bytes[:], data[:first.Start+1])
	s.ends[0] = n
	from := first.End - 1
	s.gaps = 1
	if second.Kind == jsonscan.String {
		n += copy(s.bytes[n:], data[from:second.Start+1])
		s.ends[1] = n
		from = second.End - 1
		s.gaps = 2
	}
	n += copy(s.bytes[n:], data[from:])
	s.ends[s.gaps] = n
}

// fit tells whether data has the shape s, and where the text in it stands, quotes
// included.
func (s *shape) fit(data []byte) (text jsonscan.Span, ok bool) {
	if s.gaps == 0 {
		return text, false
	}
	from, size := 0, len(data)
	for i := range s.gaps {
		piece := s.bytes[from:s.ends[i]]
		if !bytes.HasPrefix(data, piece) {
			return text, false
		}
		data = data[len(piece):]
		n := bytes.IndexByte(data, '"')
		if n < 0 || bytes.IndexByte(data[:n], '\\') >= 0 {
			return text, false
		}
		if i == s.text {
			at := size - len(data)
			text = jsonscan.Span{Start: at - 1, End: at + n + 1}
		}
		data = data[n:]
		from = s.ends[i]
	}
	return text, bytes.Equal(data, s.bytes[from:s.ends[s.gaps]])
}
