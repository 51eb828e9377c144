package rates

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// noon is when the tests' answers come.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

type stopped struct{}

func (stopped) Now() time.Time { return noon }

// fields are those of a provider's answer, as "name: value".
type fields []string

func (f fields) Len() int { return len(f) }

func (f fields) Field(i int) (name, value []byte) {
	n, v, _ := strings.Cut(f[i], ": ")
	return []byte(n), []byte(v)
}

// set collects the client's.
type set map[string]string

func (s set) SetCanonical(name, value []byte) { s[string(name)] = string(value) }

func told(form func(*core.Exchange, core.Clock, core.FieldSetter), own *core.RateLimits, f ...string) string {
	ex := &core.Exchange{Attempt: &core.Attempt{Fields: fields(f)}, Rates: own}
	out := set{}
	form(ex, stopped{}, out)
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(out)) {
		lines = append(lines, name+": "+out[name])
	}
	return strings.Join(lines, "\n")
}

// The fields of providers, as they come.
var (
	openAIs = []string{
		"content-type: application/json",
		"x-ratelimit-limit-requests: 10000", "x-ratelimit-limit-tokens: 200000",
		"x-ratelimit-remaining-requests: 9999", "x-ratelimit-remaining-tokens: 199970",
		"x-ratelimit-reset-requests: 8.64s", "x-ratelimit-reset-tokens: 6m0s",
	}
	anthropics = []string{
		"anthropic-ratelimit-requests-limit: 50", "anthropic-ratelimit-requests-remaining: 49", "anthropic-ratelimit-requests-reset: 2026-03-04T12:00:02Z",
		"anthropic-ratelimit-input-tokens-limit: 40000", "anthropic-ratelimit-input-tokens-remaining: 39000", "anthropic-ratelimit-input-tokens-reset: 2026-03-04T12:01:00Z",
		"anthropic-ratelimit-output-tokens-limit: 8000", "anthropic-ratelimit-output-tokens-remaining: 8000", "anthropic-ratelimit-output-tokens-reset: 2026-03-04T12:00:00Z",
		"anthropic-ratelimit-tokens-limit: 48000", "anthropic-ratelimit-tokens-remaining: 47000", "anthropic-ratelimit-tokens-reset: 2026-03-04T12:01:00Z",
		"anthropic-ratelimit-unified-status: allowed", "anthropic-ratelimit-unified-reset: 1772625600",
		"anthropic-organization-id: 8a51b1c0",
	}
	mistrals = []string{
		"x-ratelimit-limit-tokens-minute: 5000000", "x-ratelimit-remaining-tokens-minute: 4999911", "x-ratelimit-tokens-query-cost: 52",
		"x-ratelimit-limit-req-minute: 720", "x-ratelimit-remaining-req-minute: 717",
	}
)

// TestOpenAIClient: what the client of OpenAI's API is told, by provider.
func TestOpenAIClient(t *testing.T) {
	for name, c := range map[string]struct{ fields, want []string }{
		"OpenAI": {openAIs, []string{
			"X-Ratelimit-Limit-Requests: 10000", "X-Ratelimit-Limit-Tokens: 200000",
			"X-Ratelimit-Remaining-Requests: 9999", "X-Ratelimit-Remaining-Tokens: 199970",
			"X-Ratelimit-Reset-Requests: 8.64s", "X-Ratelimit-Reset-Tokens: 6m0s",
		}},
		"Anthropic": {anthropics, []string{
			"X-Ratelimit-Limit-Requests: 50", "X-Ratelimit-Limit-Tokens: 48000",
			"X-Ratelimit-Remaining-Requests: 49", "X-Ratelimit-Remaining-Tokens: 47000",
			"X-Ratelimit-Reset-Requests: 2s", "X-Ratelimit-Reset-Tokens: 1m0s",
		}},
		"input and output apart": {anthropics[3:9], []string{
			"X-Ratelimit-Limit-Tokens: 8000", "X-Ratelimit-Remaining-Tokens: 8000", "X-Ratelimit-Reset-Tokens: 0s",
		}},
		"Azure, whose resets have no unit": {[]string{
			"x-ratelimit-remaining-requests: 9", "x-ratelimit-remaining-tokens: 900", "x-ratelimit-reset-tokens: 20",
		}, []string{
			"X-Ratelimit-Remaining-Requests: 9", "X-Ratelimit-Remaining-Tokens: 900", "X-Ratelimit-Reset-Tokens: 20s",
		}},
		"Mistral": {mistrals, []string{
			"X-Ratelimit-Limit-Req-Minute: 720", "X-Ratelimit-Limit-Requests: 720",
			"X-Ratelimit-Limit-Tokens: 5000000", "X-Ratelimit-Limit-Tokens-Minute: 5000000",
			"X-Ratelimit-Remaining-Req-Minute: 717", "X-Ratelimit-Remaining-Requests: 717",
			"X-Ratelimit-Remaining-Tokens: 4999911", "X-Ratelimit-Remaining-Tokens-Minute: 4999911",
		}},
		"several windows": {[]string{
			"X-RateLimit-Remaining-Requests-Day: 5", "X-RateLimit-Limit-Requests-Day: 100", "X-RateLimit-Remaining-Requests-Minute: 9",
		}, []string{
			"X-Ratelimit-Limit-Requests: 100", "X-Ratelimit-Limit-Requests-Day: 100", "X-Ratelimit-Remaining-Requests: 5",
			"X-Ratelimit-Remaining-Requests-Day: 5", "X-Ratelimit-Remaining-Requests-Minute: 9",
		}},
		"Together": {[]string{"x-ratelimit-limit: 60", "x-tokenlimit-limit: 9000", "x-tokenlimit-remaining: 8000"}, []string{
			"X-Ratelimit-Limit: 60", "X-Ratelimit-Limit-Requests: 60", "X-Ratelimit-Limit-Tokens: 9000", "X-Ratelimit-Remaining-Tokens: 8000",
		}},
		"IETF's draft": {[]string{"RateLimit-Limit: 100, 100;w=60", "RateLimit-Remaining: 50", "RateLimit-Reset: 30"}, []string{
			"X-Ratelimit-Limit-Requests: 100", "X-Ratelimit-Remaining-Requests: 50", "X-Ratelimit-Reset-Requests: 30s",
		}},
		"none":                {[]string{"content-type: x", "x-request-id: 1", "retry-after: 1", "anthropic-version: x"}, nil},
		"nothing that counts": {[]string{"x-ratelimit-limit-bananas: 1", "x-ratelimit-limit-requests-remaining: 1", "x-ratelimit-: 1", "x-ratelimit-requests: 5"}, nil},
		"words in the client's own names": {[]string{
			"x-ratelimit-limit-requests: SECRET words", "x-ratelimit-remaining-requests: 1 more", "x-ratelimit-limit-tokens: 9;", "x-ratelimit-reset-tokens: 5 minutes", "x-ratelimit-reset-requests: 1m30.5s",
		}, []string{"X-Ratelimit-Limit-Tokens: 9", "X-Ratelimit-Remaining-Requests: 1", "X-Ratelimit-Reset-Requests: 1m30.5s"}},
		"nothing to read": {[]string{"ratelimit-limit: many", "ratelimit-remaining: -1", "ratelimit-reset: soon"}, nil},
	} {
		if got, want := told(OpenAI, nil, c.fields...), strings.Join(c.want, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// TestAnthropicClient: what the client of Anthropic's API is told, by provider.
func TestAnthropicClient(t *testing.T) {
	for name, c := range map[string]struct{ fields, want []string }{
		"OpenAI": {openAIs, []string{
			"Anthropic-Ratelimit-Requests-Limit: 10000", "Anthropic-Ratelimit-Requests-Remaining: 9999", "Anthropic-Ratelimit-Requests-Reset: 2026-03-04T12:00:09Z",
			"Anthropic-Ratelimit-Tokens-Limit: 200000", "Anthropic-Ratelimit-Tokens-Remaining: 199970", "Anthropic-Ratelimit-Tokens-Reset: 2026-03-04T12:06:00Z",
		}},
		"Anthropic": {anthropics[:3], []string{
			"Anthropic-Ratelimit-Requests-Limit: 50", "Anthropic-Ratelimit-Requests-Remaining: 49", "Anthropic-Ratelimit-Requests-Reset: 2026-03-04T12:00:02Z",
		}},
		"a subscription's status": {anthropics[12:], nil},
		"Fireworks": {[]string{"x-ratelimit-limit-tokens-prompt: 60000", "x-ratelimit-remaining-tokens-generated: 500"}, []string{
			"Anthropic-Ratelimit-Input-Tokens-Limit: 60000", "Anthropic-Ratelimit-Output-Tokens-Remaining: 500",
		}},
	} {
		if got, want := told(Anthropic, nil, c.fields...), strings.Join(c.want, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
	if n := strings.Count(told(Anthropic, nil, anthropics...), "\n") + 1; n != 12 {
		t.Errorf("%d fields of Anthropic's own, want 12", n)
	}
}

// TestOwnLimits: a limit of the gateway's own is told where the client meets it
// first, the provider's where it does not, each in the client's form.
func TestOwnLimits(t *testing.T) {
	own := &core.RateLimits{core.RateRequests: {
		Limit: 60, Remaining: 59, Reset: 1500 * time.Millisecond, Known: core.RateHasLimit | core.RateHasRemaining | core.RateHasReset,
	}}
	want := "X-Ratelimit-Limit-Requests: 60\nX-Ratelimit-Limit-Tokens: 200000\nX-Ratelimit-Remaining-Requests: 59\n" +
		"X-Ratelimit-Remaining-Tokens: 199970\nX-Ratelimit-Reset-Requests: 1.5s\nX-Ratelimit-Reset-Tokens: 6m0s"
	if got := told(OpenAI, own, openAIs...); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	ex := &core.Exchange{Rates: own} // refused before any attempt
	out := set{}
	Anthropic(ex, stopped{}, out)
	if got := fmt.Sprint(out); got != "map[Anthropic-Ratelimit-Requests-Limit:60 Anthropic-Ratelimit-Requests-Remaining:59 Anthropic-Ratelimit-Requests-Reset:2026-03-04T12:00:02Z]" {
		t.Error(got)
	}
}

// TestRawIsLeftAlone: the answers to raw calls keep the provider's own fields,
// which are passed on elsewhere.
func TestRawIsLeftAlone(t *testing.T) {
	ex := &core.Exchange{Attempt: &core.Attempt{Fields: fields(openAIs)}}
	ex.Request.Operation = core.OpRaw
	out := set{}
	if OpenAI(ex, stopped{}, out); len(out) != 0 {
		t.Error(out)
	}
}

func TestReset(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"6m0s": 6 * time.Minute, "120ms": 120 * time.Millisecond, "2m59.56s": 2*time.Minute + 59560*time.Millisecond,
		"30": 30 * time.Second, "7.5": 7500 * time.Millisecond, "0": 0,
		"1772625605": 5 * time.Second, "1772625607000": 7 * time.Second, "1772625500": 0,
		"2026-03-04T12:00:30Z": 30 * time.Second, "2026-03-04T11:00:30Z": 0, "2026-03-04T13:00:30.5+01:00": 30500 * time.Millisecond,
		"999999999999999999999999999999": maxReset, "99999h": maxReset, "9e30": -1,
		"": -1, "soon": -1, "-5": -1, "NaN": -1, "1772625605x": -1, strings.Repeat("1", 41): -1,
	} {
		got, ok := reset([]byte(value), stopped{}.Now)
		if !ok {
			got = -1
		}
		if got.Round(time.Millisecond) != want && !(want == -1 && got == -1) {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for value, want := range map[string]int64{
		"0": 0, "100": 100, "249.0": 249, "100, 100;w=60": 100, "5;w=1": 5, "999999999999999999": 999999999999999999,
		"": -1, "-1": -1, "1e5": -1, "many": -1, "1000000000000000000000": -1,
	} {
		got, ok := count([]byte(value))
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d, want %d", value, got, want)
		}
	}
}

func FuzzRates(f *testing.F) {
	for _, line := range slices.Concat(openAIs, anthropics, mistrals) {
		name, value, _ := strings.Cut(line, ": ")
		f.Add(name, value)
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		what, ok := parse([]byte(name))
		if ok && (int(what.kind) >= core.NumRateKinds || what.window >= numWindows) {
			t.Fatalf("%q: %+v", name, what)
		}
		if d, _ := reset([]byte(value), stopped{}.Now); d < 0 || d > maxReset {
			t.Errorf("a reset of %s", d)
		}
		if n, _ := count([]byte(value)); n < 0 || n > math.MaxInt64/2 {
			t.Errorf("a count of %d", n)
		}
		told(OpenAI, nil, name+": "+value)
		told(Anthropic, nil, name+": "+value)
	})
}
