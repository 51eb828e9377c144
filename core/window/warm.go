package window

import "github.com/sallyport-gateway/sallyport/core"

// Warm reads what the next event will need of the stream, see [core.Warm].
func (s *Stream) Warm() byte {
	sum := core.Warm(s)
	if b := s.recent; b != nil {
		sum += core.Warm(b) + core.WarmBytes(b.cur)
	}
	for _, e := range s.queue[s.head:min(s.head+2, len(s.queue))] {
		sum += core.Warm(e)
	}
	if n := len(s.freeEvents); n > 0 {
		e := s.freeEvents[n-1]
		sum += core.Warm(e) + core.WarmBytes(e.Data)
	}
	return sum
}
