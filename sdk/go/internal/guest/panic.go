package guest

import (
	"runtime"
	"strconv"
	"strings"
)

// PanicError is a panic of a plugin.
type PanicError struct {
	Value any
	Where string // the innermost functions, the one that panicked first
}

// Error says what the panic was and where.
func (e *PanicError) Error() string { return "panic: " + text(e.Value) + " at " + e.Where }

func fence(err *error) {
	if v := recover(); v != nil {
		*err = &PanicError{Value: v, Where: where()}
	}
}

// text renders the value of a panic without fmt, which would make every guest
// larger by a third of a megabyte.
func text(v any) string {
	switch v := v.(type) {
	case error:
		return v.Error()
	case interface{ String() string }:
		return v.String()
	case string:
		return v
	case []byte:
		return string(v)
	case int:
		return strconv.Itoa(v)
	default:
		return "a value that is neither text nor an error"
	}
}

const maxFrames = 6

// where names the functions that were running, without those of the runtime
// and of this package.
func where() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	var b strings.Builder
	for n := 0; n < maxFrames; {
		f, more := frames.Next()
		switch {
		case strings.HasPrefix(f.Function, "runtime."):
		case strings.Contains(f.Function, "/sdk/go/internal/guest."), strings.Contains(f.Function, "/sdk/go.Register"),
			strings.Contains(f.Function, "/sdk/go.bind["):
			return b.String() // beyond the plugin
		case f.Function != "":
			if n > 0 {
				b.WriteString(", called by ")
			}
			b.WriteString(f.Function + " (" + f.File[strings.LastIndexByte(f.File, '/')+1:] + ":" + strconv.Itoa(f.Line) + ")")
			n++
		}
		if !more {
			break
		}
	}
	return b.String()
}
