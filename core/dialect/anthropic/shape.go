package anthropic

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// maxShape is how much of a delta a shape holds, in bytes. What stands around the
// text is about eighty long.
const maxShape = 256

// shape is a delta of content with a gap for the text. The deltas of a block
// differ in nothing else, and one that fits the shape of the delta before is known
// without being read: it is the same JSON but for a string in the gap, which may
// not hold a quote or a backslash. So nothing that stands in a text can be taken
// for a member.
type shape struct {
	bytes     [maxShape]byte // what stands before the gap and then what stands behind it
	head, end int            // end is 0 for no shape
}

// learn makes the shape of data, whose text lies there, quotes included.
func (s *shape) learn(data []byte, text jsonscan.Value) {
	s.end = 0
	if len(data)-text.Len()+2 > maxShape {
		return
	}
	s.head = copy(s.bytes[:], data[:text.Start+1])
	s.end = s.head + copy(s.bytes[s.head:], data[text.End-1:])
}

// fit tells whether data has the shape s, and where the text in it stands, quotes
// included.
func (s *shape) fit(data []byte) (text jsonscan.Span, ok bool) {
	head, tail := s.bytes[:s.head], s.bytes[s.head:s.end]
	n := len(data) - s.end
	if s.end == 0 || n < 0 || !bytes.HasPrefix(data, head) || !bytes.HasSuffix(data, tail) {
		return text, false
	}
	inside := data[len(head) : len(head)+n]
	if bytes.IndexByte(inside, '"') >= 0 || bytes.IndexByte(inside, '\\') >= 0 {
		return text, false
	}
	return jsonscan.Span{Start: len(head) - 1, End: len(head) + n + 1}, true
}
