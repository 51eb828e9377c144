package script

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/dop251/goja"

	"github.com/sallyport-gateway/sallyport/core"
)

// Failure is why a hook of a script failed. It is a label of metrics.
type Failure uint8

// The failures.
const (
	FailThrow    Failure = iota // an error was thrown and not caught
	FailDeadline                // it took longer than allowed
	FailStack                   // it recursed too deeply
	FailReply                   // its reply is no good
	FailHost                    // a mistake of the host

	NumFailures = int(FailHost) + 1
)

var failureNames = [NumFailures]string{"throw", "deadline", "stack", "reply", "host"}

// String returns the failure's name as it stands in metrics.
func (f Failure) String() string {
	if int(f) < len(failureNames) {
		return failureNames[f]
	}
	return "unknown"
}

// Error says how a hook of a script failed.
type Error struct {
	Instance string
	Hook     string
	Failure  Failure
	// Cause tells more, with file, line and column where there are any. It may
	// hold text of the script's choice and is for the log only.
	Cause error
}

// Error names instance, hook and failure, then the cause.
func (e *Error) Error() string {
	return fmt.Sprintf("script: instance %s, hook %s: %s: %v", e.Instance, e.Hook, e.Failure, e.Cause)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// errDeadline is the value that runtimes are interrupted with.
var errDeadline = errors.New("it took longer than its deadline")

// failureOf tells what goja's error is and makes it fit for one line of a log.
func failureOf(err error) (Failure, error) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Failure, e.Cause
	}
	if _, ok := errors.AsType[*goja.InterruptedError](err); ok || errors.Is(err, errDeadline) {
		return FailDeadline, errDeadline
	}
	if e, ok := errors.AsType[replyError](err); ok {
		return FailReply, e
	}
	if _, ok := errors.AsType[*goja.StackOverflowError](err); ok {
		return FailStack, fmt.Errorf("it recursed more than %d calls deep", maxStack)
	}
	if e, ok := errors.AsType[*goja.Exception](err); ok {
		text := oneLine(e.String())
		if strings.Contains(text, "match timeout") { // regexp2's words; it has no error value of its own
			return FailDeadline, fmt.Errorf("a regular expression took longer than %v: %s", defaultDeadline, text)
		}
		return FailThrow, errors.New(text)
	}
	return FailHost, err
}

var (
	indent = regexp.MustCompile(`\s*\n\s*`)
	native = regexp.MustCompile(`\(native\)`)
)

// oneLine puts an exception and its stack into one line.
func oneLine(s string) string {
	return core.Cut(native.ReplaceAllString(indent.ReplaceAllString(strings.TrimSpace(s), " "), ""), maxLog)
}
