package wasm

import (
	"errors"

	"github.com/sallyport-gateway/sallyport/core"
)

// Failure is why a hook, or the start of a guest, failed. It is a label of
// metrics.
type Failure uint8

// The failures.
const (
	FailNone     Failure = iota
	FailTrap             // the guest trapped: unreachable, out of bounds, division by zero, …
	FailSteps            // it did more steps than allowed
	FailDeadline         // it took longer than allowed
	FailStack            // it recursed too deeply
	FailExit             // it called proc_exit
	FailReply            // its reply is no good
	FailStart            // sallyport_configure refused, or the module cannot be started
	FailMemory           // no memory for a guest, or none in the guest for a frame
	FailBusy             // no guest was free in time
	FailBreaker          // the breaker is open
	FailHost             // a mistake of the host

	NumFailures = int(FailHost) + 1
)

var failureNames = [NumFailures]string{
	"", "trap", "steps", "deadline", "stack", "exit", "reply", "start", "memory", "busy", "breaker", "host",
}

// String returns the failure's name as it stands in metrics.
func (f Failure) String() string {
	if int(f) < len(failureNames) {
		return failureNames[f]
	}
	return "unknown"
}

// Error says how a guest failed. It is what hooks and starts return.
type Error struct {
	Instance string // name of the instance, or the module's id while it is admitted
	Hook     string // e.g. "prompt", "configure"
	Failure  Failure
	// Cause tells more, for the log only: it may hold text that the guest chose.
	Cause error
}

// Error names instance, hook and failure, then the cause.
func (e *Error) Error() string {
	s := "wasm: " + e.Instance + ": " + e.Hook + ": " + failureText[e.Failure]
	if e.Cause != nil {
		s += ": " + core.OneLine(e.Cause.Error(), 1024)
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

var failureText = [NumFailures]string{
	FailTrap:     "the guest trapped",
	FailSteps:    "the guest used up its steps; raise the limit or do less",
	FailDeadline: "the guest passed its deadline; raise the limit or do less",
	FailStack:    "the guest recursed too deeply",
	FailExit:     "the guest exited; build it as a reactor",
	FailReply:    "the guest's reply is no good",
	FailStart:    "the guest did not start",
	FailMemory:   "there is not enough memory",
	FailBusy:     "no guest was free in time",
	FailBreaker:  "the instance failed too often and rests",
	FailHost:     "a mistake of the host",
}

// errStopped is what the host panics with, through the guest, to stop it. Which
// limit it was stands in the guest.
var errStopped = errors.New("stopped by the host")

// Refusal is why a module was not admitted.
type Refusal struct { //nolint:errname // what a refused module gets, not a failure of ours
	Plugin string // the manifest's id
	Reason string // what is wrong and what to do
	Cause  error
}

// Error names the plugin and the reason.
func (e *Refusal) Error() string {
	s := "wasm: " + e.Plugin + ": module refused"
	if e.Reason != "" {
		s += ": " + core.OneLine(e.Reason, 1024)
	}
	if e.Cause != nil {
		s += ": " + core.OneLine(e.Cause.Error(), 1024)
	}
	return s
}

// Unwrap returns the cause.
func (e *Refusal) Unwrap() error { return e.Cause }

// ofInput tells whether an input can cause the failure by its size or its
// difficulty alone. Such failures do not open the breaker: one client must not
// take a guard from all others.
func (f Failure) ofInput() bool {
	switch f {
	case FailSteps, FailDeadline, FailStack, FailMemory, FailBusy:
		return true
	case FailNone, FailTrap, FailExit, FailReply, FailStart, FailBreaker, FailHost:
	}
	return false
}
