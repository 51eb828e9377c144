package wasm

import (
	"fmt"
	"time"

	"github.com/sallyport-gateway/sallyport/core/abi"
)

// Isolation says between which calls a guest is taken back to the state it had
// after its configuration.
type Isolation uint8

// The kinds of isolation. The zero value is what a module gets that nobody
// vouched for.
const (
	// IsolateTenant lets a guest serve one tenant after another, reset in
	// between. Calls that know no tenant yet are treated as by IsolateExchange.
	IsolateTenant Isolation = iota
	// IsolateExchange resets a guest before it serves another exchange.
	IsolateExchange
	// Shared never resets. For bundled and pinned modules.
	Shared
)

// String returns the isolation's name as it stands in config.
func (i Isolation) String() string {
	switch i {
	case IsolateTenant:
		return "tenant"
	case IsolateExchange:
		return "exchange"
	case Shared:
		return "shared"
	default:
		return "unknown"
	}
}

// ParseIsolation is the inverse of [Isolation.String].
func ParseIsolation(name string) (Isolation, bool) {
	for i := IsolateTenant; i <= Shared; i++ {
		if i.String() == name {
			return i, true
		}
	}
	return 0, false
}

// Limits bound what one call of a hook may use. A zero field means the default.
type Limits struct {
	// Steps bounds the instructions, as core/wasm/safepoint counts them; a host
	// call costs some as well. Default 2²⁷, some 50 to 100 ms.
	Steps int64
	// Deadline bounds the wall time, waiting for a free guest included. Default
	// 100 ms.
	Deadline time.Duration
	// MemoryPages bounds a guest's linear memory, in pages of 64 KiB. Default
	// 256 (16 MiB), at most 16384 (1 GiB). An instance's bound may be lower than
	// its module's, not higher.
	MemoryPages uint32
	// ReplyBytes bounds a reply. Default and maximum abi.MaxReply (1 MiB).
	ReplyBytes int
	// HostCalls bounds the calls of imports. Further ones fail with
	// abi.StatusExhausted. Default 1000.
	HostCalls int
	// Guests bounds the guests of one instance, and so the hooks that run at
	// once. Default twice GOMAXPROCS.
	Guests int
}

// startFactor is how much longer start, _initialize and sallyport_configure may
// take together than one hook: a Go guest needs 5 ms on an idle machine.
const startFactor = 10

const (
	defaultSteps     = 1 << 27
	defaultDeadline  = 100 * time.Millisecond
	defaultPages     = 256
	maxPages         = 1 << 14
	defaultHostCalls = 1000
	pageBytes        = 1 << 16
)

// fill puts d's values in place of zeros and checks the result.
func (l *Limits) fill(d Limits) error {
	or(&l.Steps, d.Steps)
	or(&l.Deadline, d.Deadline)
	or(&l.MemoryPages, d.MemoryPages)
	or(&l.ReplyBytes, d.ReplyBytes)
	or(&l.HostCalls, d.HostCalls)
	or(&l.Guests, d.Guests)
	switch {
	case l.Steps < 0 || l.Deadline < 0 || l.ReplyBytes < 0 || l.HostCalls < 0 || l.Guests < 0:
		return fmt.Errorf("wasm: a limit is negative: %+v", *l)
	case l.MemoryPages > maxPages:
		return fmt.Errorf("wasm: the limit of %d memory pages is above %d (1 GiB)", l.MemoryPages, maxPages)
	case l.ReplyBytes > abi.MaxReply:
		return fmt.Errorf("wasm: the limit of %d reply bytes is above %d", l.ReplyBytes, abi.MaxReply)
	}
	return nil
}

func or[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
