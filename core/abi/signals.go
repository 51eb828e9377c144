package abi

import (
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// signals fills in how the deployment fares.
func (m *Deployment) signals(s core.Signals) {
	m.Cooling, m.InFlight = s.Cooling, uint32(max(s.InFlight, 0))
	m.FirstByteMs, m.ErrorRate = float64(s.FirstByte)/float64(time.Millisecond), s.ErrorRate
}
