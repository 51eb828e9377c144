package attempt

import (
	"strconv"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// maxRetryAfter caps what an upstream may ask for.
const maxRetryAfter = 24 * time.Hour

// dates are the three forms of a date in HTTP (RFC 9110 §5.6.7).
var dates = [...]string{
	"Mon, 02 Jan 2006 15:04:05 GMT",
	"Monday, 02-Jan-06 15:04:05 GMT",
	time.ANSIC,
}

// retryAfter reads how long the upstream asks to wait: the field Retry-After in
// seconds or as a date (RFC 9110 §10.2.3), or retry-after-ms, which is finer. It
// returns 0 when it does not say, or says something else, and at most
// [maxRetryAfter].
func retryAfter(h core.Headers, now time.Time) time.Duration {
	if ms, ok := number(h.Get("Retry-After-Ms")); ok {
		return scale(ms, time.Millisecond)
	}
	v := h.Get("Retry-After")
	if s, ok := number(v); ok {
		return scale(s, time.Second)
	}
	if len(v) == 0 || len(v) > 64 {
		return 0
	}
	for _, layout := range dates {
		if t, err := time.Parse(layout, string(v)); err == nil {
			return min(max(t.Sub(now), 0), maxRetryAfter)
		}
	}
	return 0
}

// number reads a decimal number ≥ 0 of at most 32 bytes.
func number(b []byte) (float64, bool) {
	if len(b) == 0 || len(b) > 32 || b[0] < '0' || b[0] > '9' {
		return 0, false
	}
	for _, c := range b {
		if c != '.' && (c < '0' || c > '9') {
			return 0, false // no sign, exponent, hexadecimal, NaN
		}
	}
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil
}

func scale(n float64, unit time.Duration) time.Duration {
	if n >= float64(maxRetryAfter/unit) {
		return maxRetryAfter
	}
	return time.Duration(n * float64(unit))
}
