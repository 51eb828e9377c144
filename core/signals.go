package core

import "time"

// Signals are how a deployment fares at one moment, all exchanges of this
// gateway together.
type Signals struct {
	Cooling   bool          // it failed lately and is out of the picks
	InFlight  int           // attempts under way
	FirstByte time.Duration // to the first byte of a good answer, moving average; 0 when unknown
	ErrorRate float64       // of its attempts, moving average from 0 to 1; 0 when unknown
}

// SignalSource knows the signals of deployments. It is safe for concurrent use.
type SignalSource interface {
	// Signals returns the signals of a deployment, the zero value for one that it
	// does not know.
	Signals(d *Deployment) Signals
}
