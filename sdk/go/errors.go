package sallyport

import (
	"errors"
	"strconv"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
)

// Why a function of the host failed, for [errors.Is].
var (
	ErrNotFound    = errors.New("not found")
	ErrInvalid     = errors.New("an argument is wrong, or no exchange is under way")
	ErrDenied      = errors.New("not permitted: name it in the manifest, and let the operator grant it")
	ErrTooLarge    = errors.New("beyond a limit")
	ErrExhausted   = errors.New("too many host calls in one hook")
	ErrTimeout     = errors.New("it took too long")
	ErrUnavailable = errors.New("not available now, or not offered by this host")
	ErrInternal    = errors.New("a mistake of the host")
)

var statusErrors = map[abi.Status]error{
	abi.StatusNotFound: ErrNotFound, abi.StatusInvalid: ErrInvalid, abi.StatusDenied: ErrDenied,
	abi.StatusTooLarge: ErrTooLarge, abi.StatusExhausted: ErrExhausted, abi.StatusTimeout: ErrTimeout,
	abi.StatusUnavailable: ErrUnavailable, abi.StatusInternal: ErrInternal,
}

// CallError is a failed call of the host.
type CallError struct {
	Function string // as in docs/abi.md, e.g. "kv_get"
	Subject  string // the key, name or path that it was about
	Err      error  // one of the Err values of this package
}

// Error names function and subject, then what was wrong.
func (e *CallError) Error() string {
	s := "sallyport: " + e.Function
	if e.Subject != "" {
		s += " " + strconv.Quote(e.Subject)
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *CallError) Unwrap() error { return e.Err }

// check turns the result of a host call into an error.
func check(function, subject string, result int32) error {
	if result >= 0 {
		return nil
	}
	err, known := statusErrors[abi.Status(-result)]
	if !known {
		err = errors.New("status " + strconv.Itoa(int(-result)) + ", of a newer host")
	}
	return &CallError{Function: function, Subject: subject, Err: err}
}
