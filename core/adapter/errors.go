package adapter

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sallyport-gateway/sallyport/core"
)

// Failure is why a call of an adapter failed. It is a label of metrics.
type Failure uint8

// The failures.
const (
	FailNone     Failure = iota
	FailDown             // there is no process, or it died
	FailDeadline         // it took longer than allowed
	FailBusy             // too many calls were under way
	FailHook             // the adapter says that it failed
	FailReply            // its reply is no good
	FailMissing          // it does not offer this call
	FailHost             // a mistake of the host

	NumFailures = int(FailHost) + 1
)

var failureNames = [NumFailures]string{"", "down", "deadline", "busy", "hook", "reply", "missing", "host"}

// String returns the failure's name as it stands in metrics.
func (f Failure) String() string {
	if int(f) < len(failureNames) {
		return failureNames[f]
	}
	return "unknown"
}

// Error says how a call of an adapter failed.
type Error struct {
	Instance string
	Call     string // a hook's name, or "generate", "embed", …
	Failure  Failure
	// Cause tells more. It may hold text of the adapter's choice and is for the
	// log only.
	Cause error
}

// Error names instance, call and failure, then the cause.
func (e *Error) Error() string {
	text := fmt.Sprintf("adapter: instance %s, %s: %s", e.Instance, e.Call, e.Failure)
	if e.Cause != nil {
		text += ": " + core.OneLine(e.Cause.Error(), maxTail)
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

var (
	errDown = errors.New("the process is not running; it is started again by itself")
	errBusy = errors.New("as many calls as may be are under way")
)

// failureOf tells what gRPC's error is.
func failureOf(err error) Failure {
	if errors.Is(err, context.DeadlineExceeded) {
		return FailDeadline
	}
	switch status.Code(err) {
	case codes.OK:
		return FailNone
	case codes.DeadlineExceeded:
		return FailDeadline
	case codes.Unavailable, codes.Canceled:
		return FailDown
	case codes.Unimplemented:
		return FailMissing
	case codes.ResourceExhausted:
		return FailReply
	default:
		return FailHook
	}
}
