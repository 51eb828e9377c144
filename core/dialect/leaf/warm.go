package leaf

import "github.com/sallyport-gateway/sallyport/core"

// Warm reads what the next event will need of what is remembered of the stream, see
// [core.Warm].
func (m *Memory) Warm() byte { return core.Warm(m.events) }
