package wasm

import (
	"fmt"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// startFactor is how much longer start, _initialize and sallyport_configure may
// take together than one hook: a Go guest needs 5 ms on an idle machine.
const startFactor = 10

// The defaults of [core.Limits]. The deadline includes waiting for a free guest,
// while those before have a processor; 2²⁷ steps, as core/wasm/safepoint counts
// them, are some 50 to 100 ms; a host call costs some as well. Replies have at most
// abi.MaxReply bytes (1 MiB), and an instance has twice GOMAXPROCS guests.
const (
	defaultSteps       = 1 << 27
	defaultDeadline    = 100 * time.Millisecond
	defaultGuestMemory = 16 << 20
	maxMemory          = 1 << 30
	defaultHostCalls   = 1000
	pageBytes          = 1 << 16
)

// fill puts d's values in place of zeros and checks the result.
func fill(l *core.Limits, d core.Limits) error {
	or(&l.Steps, d.Steps)
	or(&l.Deadline, d.Deadline)
	or(&l.Memory, d.Memory)
	or(&l.Reply, d.Reply)
	or(&l.HostCalls, d.HostCalls)
	or(&l.Guests, d.Guests)
	switch {
	case l.Steps < 0 || l.Deadline < 0 || l.Memory < 0 || l.Reply < 0 || l.HostCalls < 0 || l.Guests < 0:
		return fmt.Errorf("wasm: a limit is negative: %+v", *l)
	case l.Memory > maxMemory:
		return fmt.Errorf("wasm: the limit of %d bytes of memory is above %d (1 GiB)", l.Memory, maxMemory)
	case l.Reply > abi.MaxReply:
		return fmt.Errorf("wasm: the limit of %d reply bytes is above %d", l.Reply, abi.MaxReply)
	}
	return nil
}

// pages returns the memory limit in pages of 64 KiB.
func pages(l *core.Limits) uint32 { return uint32(l.Memory / pageBytes) }

func or[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
