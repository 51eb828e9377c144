package mock

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of scenario values; beyond them a scenario is refused.
const (
	maxChunks = 100_000
	maxSize   = 16 << 20
	maxBytes  = 1 << 30
)

// unset marks a number that the scenario did not give and that has no one default.
const unset = math.MinInt

// scenario says how to answer one request. It is immutable once built.
type scenario struct {
	source []byte // as given, the name under which it is counted

	latency, ttft, pace time.Duration
	chunks, size, dims  int
	text                string
	stamp, gzip         bool
	cached, reasoning   int64
	seed                uint64

	status     int
	retryAfter string
	location   string
	chance     float64
	times      int64
	skip       int64

	fault   fault
	after   int
	bytes   int64
	usage   usageKind
	framing framing
	cut     cutMode
	sse     sseSpelling
	fixture string

	pieces []piece // the answer text, one per content chunk
	tokens int64   // Σ pieces
}

// piece is the text of one content chunk.
type piece struct {
	json   []byte // escaped, without quotes
	tokens int64
}

// key is one item of a scenario string. The table below is the one source of
// the parser, of Help and of the table in README.md.
type key struct {
	name, form, doc string
	set             func(s *scenario, v string) error
}

func keyTable() []key {
	return []key{
		{"latency", "DURATION", "wait before the first byte of the answer", setDuration(func(s *scenario) *time.Duration { return &s.latency })},
		{"ttft", "DURATION", "streams: further wait between the head and the first event", setDuration(func(s *scenario) *time.Duration { return &s.ttft })},
		{"chunks", "0-100000", "content chunks in a stream (default 16)", setInt(0, maxChunks, func(s *scenario) *int { return &s.chunks })},
		{"pace", "DURATION", "wait between content chunks, on a fixed schedule without drift; between bytes for slow faults", setDuration(func(s *scenario) *time.Duration { return &s.pace })},
		{"size", "0-16777216", "bytes of answer text, spread over the chunks, at least one each (default 256)", setInt(0, maxSize, func(s *scenario) *int { return &s.size })},
		{"text", "TEXT", "the answer text itself, percent-encoded; overrides size", setText},
		{"stamp", "0|1", "begin each content chunk with the send time, 19 digits of Unix nanoseconds and a space", setBool(func(s *scenario) *bool { return &s.stamp })},
		{"cached", "N", "prompt_tokens_details.cached_tokens in the usage, at most the prompt", setInt64(0, math.MaxInt64, func(s *scenario) *int64 { return &s.cached })},
		{"reasoning", "N", "completion_tokens_details.reasoning_tokens in the usage, at most the completion", setInt64(0, math.MaxInt64, func(s *scenario) *int64 { return &s.reasoning })},
		{"dims", "1-4096", "numbers in an embedding when the request names none (default 16)", setInt(1, 4096, func(s *scenario) *int { return &s.dims })},
		{"seed", "N", "replaces the seed of the server", func(s *scenario, v string) (err error) {
			s.seed, err = strconv.ParseUint(v, 10, 64)
			return err
		}},
		{"label", "WORD", "no effect; tells scenarios apart in the counts", func(*scenario, string) error { return nil }},

		{"status", "200-599", "answer with this status; from 400 on with an error body, from 300 with location", setInt(200, 599, func(s *scenario) *int { return &s.status })},
		{"retry-after", "N|date:N|garbage|10y", "Retry-After header: seconds, an HTTP date in N seconds, nonsense, ten years", setRetryAfter},
		{"location", "URL", "Location header of a 3xx (default http://redirected.invalid/v1)", func(s *scenario, v string) error { s.location = v; return nil }},
		{"p", "0-1", "chance, by the seed and the number of the request in its scenario, that status and fault apply (default 1)", setChance},
		{"times", "N", "status and fault apply to the first N requests of the scenario only (after skip)", setInt64(0, math.MaxInt64, func(s *scenario) *int64 { return &s.times })},
		{"skip", "N", "status and fault spare the first N requests of the scenario", setInt64(0, math.MaxInt64, func(s *scenario) *int64 { return &s.skip })},

		{"fault", "NAME", "what goes wrong; see the faults", func(s *scenario, v string) (err error) { s.fault, err = parseFault(v); return err }},
		{"after", "N", "events of a stream, or body bytes of a whole answer, sent before the fault; -1: not even the head", setInt(-1, maxSize, func(s *scenario) *int { return &s.after })},
		{"bytes", "N[KiB|MiB]", "size for the faults that have one", setBytes},
		{"usage", "KIND", "how usage is told: " + strings.Join(usageNames(), ", "), func(s *scenario, v string) (err error) { s.usage, err = parseUsage(v); return err }},

		{"framing", "chunked|close", "streams: chunked, or neither length nor chunks and FIN at the end", setFraming},
		{"cut", "none|event|byte|random", "how body bytes are cut into writes and HTTP chunks; none joins what is due at once", setCut},
		{"gzip", "0|1", "compress the body honestly, each event flushed", setBool(func(s *scenario) *bool { return &s.gzip })},
		{"sse", "A+B…", "spelling of events: " + strings.Join(sseNames(), ", "), setSSE},
		{"fixture", "ID", "replay the recorded answer of this case, named by its id or by the 8 hex digits in its file name", func(s *scenario, v string) error { s.fixture = v; return nil }},
	}
}

// keysByName is the lookup form of keyTable; it is never written after start.
var keysByName = func() map[string]key {
	m := make(map[string]key)
	for _, k := range keyTable() {
		m[k.name] = k
	}
	return m
}()

func newScenario(seed uint64) *scenario {
	return &scenario{
		chunks: defaultChunks, size: defaultSize, dims: 16, seed: seed,
		chance: 1, times: math.MaxInt64, after: unset, bytes: unset,
		location: "http://redirected.invalid/v1",
	}
}

// apply overrides what text names. It reports the first bad item.
func (s *scenario) apply(text string) error {
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		name, value, _ := strings.Cut(item, "=")
		k, ok := keysByName[name]
		if !ok {
			return fmt.Errorf("mock: scenario %q: unknown key %q; known keys: %s", text, name, strings.Join(keyNames(), " "))
		}
		if err := k.set(s, value); err != nil {
			return fmt.Errorf("mock: scenario %q: %s=%q: want %s: %w", text, name, value, k.form, err)
		}
	}
	return nil
}

// looksLikeScenario tells a scenario from an ordinary provider key.
func looksLikeScenario(credential string) bool {
	name, _, ok := strings.Cut(credential, "=")
	if !ok {
		return false
	}
	_, known := keysByName[name]
	return known
}

// Check reports whether text is a scenario that a server would accept, without
// looking for the fixture that it may name.
func Check(text string) error { return newScenario(0).apply(text) }

// Help returns the reference of scenarios for people: every key with its form
// and meaning, and every fault. It is Markdown.
func Help() string {
	var b strings.Builder
	b.WriteString("| key | value | meaning |\n|---|---|---|\n")
	for _, k := range keyTable() {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", k.name, strings.ReplaceAll(k.form, "|", `\|`), k.doc)
	}
	b.WriteString("\n| fault | what the peer sees |\n|---|---|\n")
	for _, f := range faultTable() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.name, f.doc)
	}
	return b.String()
}

func keyNames() []string {
	var names []string
	for _, k := range keyTable() {
		names = append(names, k.name)
	}
	return names
}

func setDuration(field func(*scenario) *time.Duration) func(*scenario, string) error {
	return func(s *scenario, v string) error {
		d, err := time.ParseDuration(v)
		if err == nil && d < 0 {
			err = errors.New("a wait cannot be negative")
		}
		*field(s) = d
		return err
	}
}

func setInt(low, high int, field func(*scenario) *int) func(*scenario, string) error {
	return func(s *scenario, v string) error {
		n, err := strconv.Atoi(v)
		if err == nil && (n < low || n > high) {
			err = fmt.Errorf("out of range %d to %d", low, high)
		}
		*field(s) = n
		return err
	}
}

func setInt64(low, high int64, field func(*scenario) *int64) func(*scenario, string) error {
	return func(s *scenario, v string) error {
		n, err := strconv.ParseInt(v, 10, 64)
		if err == nil && (n < low || n > high) {
			err = fmt.Errorf("out of range %d to %d", low, high)
		}
		*field(s) = n
		return err
	}
}

func setBool(field func(*scenario) *bool) func(*scenario, string) error {
	return func(s *scenario, v string) (err error) {
		*field(s), err = strconv.ParseBool(v)
		return err
	}
}

func setChance(s *scenario, v string) (err error) {
	s.chance, err = strconv.ParseFloat(v, 64)
	if err == nil && !(s.chance >= 0 && s.chance <= 1) {
		err = errors.New("out of range 0 to 1")
	}
	return err
}

func setBytes(s *scenario, v string) error {
	unit := int64(1)
	if n, ok := strings.CutSuffix(v, "KiB"); ok {
		v, unit = n, 1<<10
	} else if n, ok := strings.CutSuffix(v, "MiB"); ok {
		v, unit = n, 1<<20
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err == nil && (n < 0 || n > maxBytes/unit) {
		err = fmt.Errorf("out of range 0 to %d bytes", maxBytes)
	}
	s.bytes = n * unit
	return err
}

func setRetryAfter(s *scenario, v string) error {
	seconds := strings.TrimPrefix(v, "date:")
	if v != "garbage" && v != "10y" {
		if _, err := strconv.ParseUint(seconds, 10, 32); err != nil {
			return err
		}
	}
	s.retryAfter = v
	return nil
}

func setFraming(s *scenario, v string) error {
	i := slices.Index([]string{framingChunked: "chunked", framingClose: "close"}, v)
	if i < 0 {
		return errors.New("unknown framing")
	}
	s.framing = framing(i)
	return nil
}

func setCut(s *scenario, v string) error {
	i := slices.Index([]string{cutNone: "none", cutEvent: "event", cutByte: "byte", cutRandom: "random"}, v)
	if i < 0 {
		return errors.New("unknown cut")
	}
	s.cut = cutMode(i)
	return nil
}
