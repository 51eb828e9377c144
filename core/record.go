package core

import "time"

// End says how an exchange ended. It is written into the usage record.
type End uint8

// The ends of an exchange.
const (
	EndCompleted       End = iota // the whole answer was delivered
	EndRejected                   // refused by us before any upstream was called
	EndBlocked                    // a plugin blocked it
	EndUpstreamError              // the upstream answered an error, or could not be reached
	EndUpstreamTimeout            // the upstream's first byte did not come in time
	EndUpstreamIdle               // the upstream fell silent in mid-stream
	EndUpstreamCut                // the upstream's answer broke off
	EndClientGone                 // the client left
	EndDeadline                   // the exchange's total time ran out
	EndDrained                    // cut by our own shutdown
	EndInternal                   // a mistake of ours
	EndInterrupted                // the gateway died; found at the next start

	NumEnds = int(EndInterrupted) + 1
)

var endNames = [NumEnds]string{
	"completed", "rejected", "blocked", "upstream_error", "upstream_timeout",
	"upstream_idle", "upstream_cut", "client_gone", "deadline", "drained",
	"internal", "interrupted",
}

// String returns the end's name as it stands in the ledger and metrics.
func (e End) String() string {
	if int(e) < len(endNames) {
		return endNames[e]
	}
	return "unknown"
}

// ParseEnd is the inverse of [End.String].
func ParseEnd(name string) (End, bool) {
	for i, n := range endNames {
		if n == name {
			return End(i), true
		}
	}
	return 0, false
}

// OpenRecord is written to the ledger before an upstream is dialled, so that no
// crash can hide a call that may cost money. Strings longer than 255 bytes are
// cut by the ledger.
type OpenRecord struct {
	ID          ID
	Time        time.Time // wall time at receive
	Consumer    string    // virtual key or principal, never the secret itself
	Route       string
	Operation   Operation
	Reservation int64 // reserved cost in 10⁻¹² USD, 0 when nothing is reserved
	EstInput    int64 // our estimate of the prompt in tokens, for recovery
}

// UsageRecord is one row per exchange, without payload. It closes the
// [OpenRecord] of the same ID, if there was one.
type UsageRecord struct {
	ID            ID
	ClientID      string // the client's own request id, cut to 128 bytes
	Time          time.Time
	Consumer      string
	Tenant        string
	Route         string
	Deployment    string // the deployment that served, or was tried last
	Provider      string
	UpstreamModel string
	Dialect       string
	Operation     Operation
	Stream        bool
	Status        int // HTTP status sent, 499 if the client left before one was
	End           End
	ErrorCode     string // [Code.String] or "" when there was no error
	Attempts      int    // upstream calls made, 0 when none was
	Usage         Usage
	Cost          int64         // in 10⁻¹² USD; meaningful only when Priced
	Priced        bool          // false: the price is unknown, which is not free
	Duration      time.Duration // receive to last byte
	FirstByte     time.Duration // receive to the first byte sent, 0 when none was
	BytesIn       int64         // request body
	BytesOut      int64         // answer body
	ChainHash     string        // see DESIGN §4; "" when no plugin ran
}
