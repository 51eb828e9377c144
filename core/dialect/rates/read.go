package rates

import (
	"bytes"
	"math"
	"strconv"
	"time"
	"unsafe"

	"github.com/sallyport-gateway/sallyport/core"
)

// fact is what one header field tells.
type fact struct {
	kind   core.RateKind
	window uint8
	what   core.RateFacts
}

const (
	maxName    = 48 // bytes of a name that is looked at
	numWindows = 6  // none named, second, minute, hour, day, month
	// maxReset bounds what a provider may name, as other waits are bounded.
	maxReset = 31 * 24 * time.Hour
)

// prefixes are what the names of such fields begin with, and the kind of those that
// name none.
var prefixes = [...]struct {
	text string
	kind core.RateKind
}{
	{"x-ratelimit-", core.RateRequests},
	{"x-tokenlimit-", core.RateTokens},
	{"x-ratelimitbysize-", core.RateTokens},
	{"anthropic-ratelimit-", core.RateRequests},
	{"ratelimitbysize-", core.RateTokens},
	{"ratelimit-", core.RateRequests},
}

// begins tells whether name begins with prefix, which is in lower case.
func begins(name []byte, prefix string) bool {
	if len(name) < len(prefix) || name[0]|0x20 != prefix[0] {
		return false
	}
	for i := range len(prefix) {
		if c := name[i]; c != prefix[i] && (c < 'A' || c > 'Z' || c|0x20 != prefix[i]) {
			return false
		}
	}
	return true
}

// likely tells whether a name is worth to be parsed, which few are.
func likely(name []byte) bool {
	if len(name) < len("ratelimit-x") {
		return false
	}
	a, c := name[0]|0x20, name[2]|0x20
	return c == 't' && (a == 'a' || a == 'r' || a == 'x') ||
		c == 'r' && a == 'x' && name[3]|0x20 == 'a' // and not X-Request-Id
}

// parse reads the name of a field, a likely one; ok is false for one that tells of no rate limit.
func parse(name []byte) (f fact, ok bool) {
	if len(name) > maxName {
		return f, false
	}
	for i := range prefixes {
		if p := &prefixes[i]; begins(name, p.text) {
			return words(name[len(p.text):], p.kind)
		}
	}
	return f, false
}

// words reads what follows the prefix.
func words(rest []byte, kind core.RateKind) (f fact, ok bool) {
	var lower [maxName]byte
	rest = append(lower[:0], rest...)
	for i, c := range rest {
		if c >= 'A' && c <= 'Z' {
			rest[i] = c | 0x20
		}
	}
	f.kind = kind
	for len(rest) > 0 {
		word, others, _ := bytes.Cut(rest, dash)
		rest = others
		switch string(word) {
		case "limit":
			f.what |= core.RateHasLimit
		case "remaining":
			f.what |= core.RateHasRemaining
		case "reset":
			f.what |= core.RateHasReset
		case "requests", "request", "req":
			f.kind = core.RateRequests
		case "tokens", "token":
			if f.kind != core.RateInput && f.kind != core.RateOutput {
				f.kind = core.RateTokens
			}
		case "input", "prompt":
			f.kind = core.RateInput
		case "output", "generated":
			f.kind = core.RateOutput
		case "second", "1s":
			f.window = 1
		case "minute", "1m":
			f.window = 2
		case "hour", "1h":
			f.window = 3
		case "day", "1d":
			f.window = 4
		case "month":
			f.window = 5
		default:
			return f, false
		}
	}
	one := f.what == core.RateHasLimit || f.what == core.RateHasRemaining || f.what == core.RateHasReset
	return f, one
}

var dash = []byte("-")

// table collects facts by kind and window.
type table [core.NumRateKinds][numWindows]core.RateLimit

// note enters what a field tells, if its value can be read.
func (t *table) note(f fact, value []byte, now func() time.Time) {
	r := &t[f.kind][f.window]
	if f.what == core.RateHasReset {
		d, ok := reset(value, now)
		if ok {
			r.Reset, r.Known = d, r.Known|f.what
		}
		return
	}
	n, ok := count(value)
	switch {
	case !ok:
		return
	case f.what == core.RateHasLimit:
		r.Limit = n
	default:
		r.Remaining = n
	}
	r.Known |= f.what
}

// limits returns of each kind the window that a client meets first.
func (t *table) limits() (out core.RateLimits) {
	for kind := range t {
		for window := range t[kind] {
			out[kind] = out[kind].Tighter(t[kind][window])
		}
	}
	return out
}

// count reads the whole number at the start of a value, behind which there may be
// parameters or a fraction: "100", "100, 100;w=60", "249.0".
func count(value []byte) (int64, bool) {
	n, i := int64(0), 0
	for ; i < len(value) && value[i] >= '0' && value[i] <= '9'; i++ {
		if i == 18 {
			return 0, false
		}
		n = n*10 + int64(value[i]-'0')
	}
	if i == 0 || i < len(value) && value[i] != ',' && value[i] != ';' && value[i] != '.' && value[i] != ' ' {
		return 0, false
	}
	return n, true
}

// Larger plain numbers than these are Unix times, in seconds or in milliseconds.
const (
	unixSeconds      = 1e9
	unixMilliseconds = 1e11
)

// reset reads how long it is until a moment, 0 where that has passed.
func reset(value []byte, now func() time.Time) (d time.Duration, ok bool) {
	if len(value) == 0 || len(value) > 40 || value[0] < '0' || value[0] > '9' {
		return 0, false
	}
	text := borrowed(value)
	if bytes.IndexFunc(value, notNumeric) < 0 {
		n, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil:
			return 0, false
		case n >= unixMilliseconds:
			d = sub(n/1000, now())
		case n >= unixSeconds:
			d = sub(n, now())
		default:
			d = seconds(n)
		}
		return min(max(d, 0), maxReset), true
	}
	if len(value) > 10 && value[10] == 'T' {
		t, err := time.Parse(time.RFC3339Nano, text)
		return min(max(t.Sub(now()), 0), maxReset), err == nil
	}
	d, err := time.ParseDuration(text)
	return min(max(d, 0), maxReset), err == nil
}

func notNumeric(r rune) bool { return r != '.' && (r < '0' || r > '9') }

func sub(unix float64, now time.Time) time.Duration {
	return seconds(unix - float64(now.UnixMilli())/1000)
}

func seconds(n float64) time.Duration {
	if math.IsNaN(n) || n >= maxReset.Seconds() {
		return maxReset
	}
	return time.Duration(max(n, 0) * float64(time.Second))
}

// borrowed returns b as a string without a copy, for functions that do not keep it.
func borrowed(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // the contract is above
}
