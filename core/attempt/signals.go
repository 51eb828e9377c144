package attempt

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// smooth is how much of a moving average the newest value makes up.
const smooth = 0.1

// signals are what route hooks are told of a deployment, beyond its health. They
// outlive reloads with it.
type signals struct {
	inFlight  atomic.Int64
	firstByte average // nanoseconds
	errors    average // 1 for an error, 0 for a good answer
}

// end ends an attempt. It counts for the error rate unless the exchange was
// ended by somebody else than the deployment.
func (s *signals) end(counts, failed bool) {
	s.inFlight.Add(-1)
	if !counts {
		return
	}
	v := 0.0
	if failed {
		v = 1
	}
	s.errors.add(v)
}

// average is an exponential moving average. The first value is taken whole. The
// zero value has none.
type average struct{ bits atomic.Uint64 } // of the value's negative, so that 0 is none

func (a *average) add(v float64) {
	for {
		old := a.bits.Load()
		next := v
		if old != 0 {
			next = -math.Float64frombits(old)*(1-smooth) + v*smooth
		}
		if a.bits.CompareAndSwap(old, math.Float64bits(-next)) { // -0 is not 0
			return
		}
	}
}

func (a *average) value() float64 {
	if bits := a.bits.Load(); bits != 0 {
		return max(-math.Float64frombits(bits), 0)
	}
	return 0
}

// begin notes that an attempt at p begins, and returns when.
func (l *Loop) begin(p *place) time.Duration {
	if !l.live {
		return 0
	}
	p.health.signals.inFlight.Add(1)
	return l.now()
}

// answered notes the first byte of a good answer of p to an attempt that began
// at began.
func (l *Loop) answered(p *place, began time.Duration) {
	if l.live {
		p.health.signals.firstByte.add(float64(l.now() - began))
	}
}

// Signals returns how a deployment of the loop's configuration fares. Without
// [Config.Signals] all it tells is whether it is cooling. It implements
// [core.SignalSource].
func (l *Loop) Signals(d *core.Deployment) core.Signals {
	p := l.places[d]
	if p == nil {
		return core.Signals{}
	}
	h := p.health
	return core.Signals{
		Cooling:   h.standing(l.now()) == cooling,
		InFlight:  int(max(h.signals.inFlight.Load(), 0)),
		FirstByte: time.Duration(h.signals.firstByte.value()),
		ErrorRate: h.signals.errors.value(),
	}
}
