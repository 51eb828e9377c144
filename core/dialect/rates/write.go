package rates

import (
	"bytes"
	"net/textproto"
	"strconv"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// The facts, by their place in the tables of names.
const (
	atLimit = iota
	atRemaining
	atReset
	numFacts
)

// form is how the clients of a dialect are told of rate limits.
type form struct {
	prefix string // of the dialect's own names, in lower case
	names  [core.NumRateKinds][numFacts][]byte
	// own tells whether a reset is in the dialect's form.
	own func(reset []byte) bool
	// append appends one in that form.
	append func(dst []byte, d time.Duration, now func() time.Time) []byte
}

func namesOf(limit, remaining, reset string) [numFacts][]byte {
	return [numFacts][]byte{[]byte(limit), []byte(remaining), []byte(reset)}
}

// OpenAI tells the client of ex in the names of OpenAI's API
// (https://platform.openai.com/docs/guides/rate-limits): a reset is a duration such
// as "6m0s" or "120ms". to gets nothing where nothing is known.
func OpenAI(ex *core.Exchange, clock core.Clock, to core.FieldSetter) { openAI.tell(ex, clock, to) }

// Anthropic tells the client of ex in the names of Anthropic's API
// (https://docs.anthropic.com/en/api/rate-limits): a reset is a moment by RFC 3339.
// to gets nothing where nothing is known.
func Anthropic(ex *core.Exchange, clock core.Clock, to core.FieldSetter) {
	anthropic.tell(ex, clock, to)
}

var openAI = form{
	prefix: "x-ratelimit-",
	names: [core.NumRateKinds][numFacts][]byte{
		core.RateRequests: namesOf("X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"),
		core.RateTokens:   namesOf("X-Ratelimit-Limit-Tokens", "X-Ratelimit-Remaining-Tokens", "X-Ratelimit-Reset-Tokens"),
	},
	own: func(reset []byte) bool { return len(reset) > 0 && reset[len(reset)-1] == 's' },
	append: func(dst []byte, d time.Duration, _ func() time.Time) []byte {
		return append(dst, d.Round(time.Millisecond).String()...)
	},
}

var anthropic = form{
	prefix: "anthropic-ratelimit-",
	names: [core.NumRateKinds][numFacts][]byte{
		core.RateRequests: namesOf("Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset"),
		core.RateTokens:   namesOf("Anthropic-Ratelimit-Tokens-Limit", "Anthropic-Ratelimit-Tokens-Remaining", "Anthropic-Ratelimit-Tokens-Reset"),
		core.RateInput:    namesOf("Anthropic-Ratelimit-Input-Tokens-Limit", "Anthropic-Ratelimit-Input-Tokens-Remaining", "Anthropic-Ratelimit-Input-Tokens-Reset"),
		core.RateOutput:   namesOf("Anthropic-Ratelimit-Output-Tokens-Limit", "Anthropic-Ratelimit-Output-Tokens-Remaining", "Anthropic-Ratelimit-Output-Tokens-Reset"),
	},
	own: func(reset []byte) bool { return len(reset) > 10 && reset[10] == 'T' },
	append: func(dst []byte, d time.Duration, now func() time.Time) []byte {
		return now().Add(d+time.Second-1).UTC().AppendFormat(dst, "2006-01-02T15:04:05Z") // rounded up
	},
}

// tell passes on the provider's fields, in the client's form.
func (f *form) tell(ex *core.Exchange, clock core.Clock, to core.FieldSetter) {
	var fields core.FieldLister
	if at := ex.Attempt; at != nil && ex.Request.Operation != core.OpRaw { // those are passed on as they are
		fields = at.Fields
	}
	var t *table // nil while there is nothing to tell
	told := [core.NumRateKinds]core.RateFacts{}
	if fields != nil {
		for i := range fields.Len() {
			name, value := fields.Field(i)
			if !likely(name) {
				continue
			}
			what, ok := parse(name)
			if !ok {
				continue
			}
			if ex.Rates == nil && f.pass(ex, name, value, what, to) {
				told[what.kind] |= what.what
				continue
			}
			if t == nil {
				t = &table{}
			}
			t.note(what, value, clock.Now)
		}
	}
	if t == nil && ex.Rates == nil {
		return
	}
	var limits core.RateLimits
	if t != nil {
		limits = t.limits()
	}
	if ex.Rates != nil {
		limits.Tighten(ex.Rates)
	}
	f.rest(ex, &limits, &told, clock, to)
}

// maxValue is the longest value, in bytes, that is passed on as it is.
const maxValue = 64

// quantity tells whether value is a number or, if timed, perhaps a duration or a moment:
// words are no limit of a rate, and nobody judges them.
func quantity(value []byte, timed bool) bool {
	if len(value) == 0 || len(value) > maxValue || value[0] < '0' || value[0] > '9' {
		return false
	}
	for _, c := range value {
		switch {
		case '0' <= c && c <= '9', c == '.':
		case timed && bytes.IndexByte(units, c) >= 0:
		default:
			return false
		}
	}
	return true
}

// units are the bytes beside digits of durations ("6m0.5s") and moments by RFC 3339.
var units = []byte("dhmsun\xc2\xb5TZ:+-")

// pass passes a field on that has one of the dialect's own names and its form. It
// tells whether nothing is left to say of that fact.
func (f *form) pass(ex *core.Exchange, name, value []byte, what fact, to core.FieldSetter) bool {
	if !begins(name, f.prefix) || !quantity(value, what.what == core.RateHasReset) || what.what == core.RateHasReset && !f.own(value) {
		return false
	}
	own := f.names[what.kind][index(what.what)]
	if len(own) == len(name) && what.window == 0 {
		to.SetCanonical(own, value)
		return true
	}
	canonical := append(ex.Alloc(len(name))[:0], textproto.CanonicalMIMEHeaderKey(string(name))...)
	to.SetCanonical(canonical, value)
	return false
}

// index returns the place of a fact in the tables of names.
func index(what core.RateFacts) int {
	switch what {
	case core.RateHasLimit:
		return atLimit
	case core.RateHasRemaining:
		return atRemaining
	default:
		return atReset
	}
}

// rest tells what has not been told yet.
func (f *form) rest(ex *core.Exchange, limits *core.RateLimits, told *[core.NumRateKinds]core.RateFacts, clock core.Clock, to core.FieldSetter) {
	if f.names[core.RateInput][atLimit] == nil && limits[core.RateTokens].Known == 0 && told[core.RateTokens] == 0 {
		limits[core.RateTokens] = limits[core.RateInput].Tighter(limits[core.RateOutput])
	}
	for kind := range limits {
		r, names := &limits[kind], &f.names[kind]
		missing := r.Known &^ told[kind]
		if missing == 0 || names[atLimit] == nil {
			continue
		}
		if missing&core.RateHasLimit != 0 {
			to.SetCanonical(names[atLimit], strconv.AppendInt(ex.Alloc(20)[:0], r.Limit, 10))
		}
		if missing&core.RateHasRemaining != 0 {
			to.SetCanonical(names[atRemaining], strconv.AppendInt(ex.Alloc(20)[:0], r.Remaining, 10))
		}
		if missing&core.RateHasReset != 0 {
			to.SetCanonical(names[atReset], f.append(ex.Alloc(24)[:0], r.Reset, clock.Now))
		}
	}
}
