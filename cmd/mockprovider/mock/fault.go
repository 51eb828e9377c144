package mock

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
)

// fault is one way to misbehave.
type fault uint8

const (
	faultNone fault = iota
	faultHang
	faultSilence
	faultReset
	faultFin
	faultClose
	faultEnd
	faultEndMid
	faultBig
	faultEndless
	faultErrorEvent
	faultBadJSON
	faultHTML
	faultWrongType
	faultLyingGzip
	faultGzipBomb
	faultSlowHead
	faultSlowBody
	faultBigHead
	faultLongLength
	faultShortLength
	faultBothLengths
	faultBadChunk
	faultGarbage
	faultEarlyHints
	faultIdleClose
)

type faultDoc struct {
	fault     fault
	name, doc string
}

func faultTable() []faultDoc {
	return []faultDoc{
		{faultHang, "hang", "the request is read and never answered"},
		{faultSilence, "silence", "after N events (or body bytes) nothing more; the connection stays open"},
		{faultReset, "rst", "after N events (or body bytes) a TCP reset; a whole answer without after: a reset and no byte"},
		{faultFin, "fin", "after N events half of the next one, then FIN without the end of the framing; a whole answer without after: half the body"},
		{faultClose, "close", "after N events FIN at an event border, without the end of the framing"},
		{faultEnd, "end", "after N events the body ends as if all were well, without finish, usage and [DONE]; a whole answer: a shorter body with a true length"},
		{faultEndMid, "end-mid", "as end, with half of the next event before the end"},
		{faultBig, "big", "after N events one content event with a text of bytes (default 1MiB), then the rest; a whole answer: a text of bytes"},
		{faultEndless, "endless", "content events without end, at pace; a whole answer: a text without end"},
		{faultErrorEvent, "error-event", "after N events an OpenAI error object as an event, then the end of the body"},
		{faultBadJSON, "bad-json", "after N events one event that is not JSON, then the rest; a whole answer: 200 with broken JSON"},
		{faultHTML, "html", "200 with an HTML page"},
		{faultWrongType, "wrong-type", "the right bytes under Content-Type text/plain (whole) or application/json (stream)"},
		{faultLyingGzip, "lying-gzip", "Content-Encoding: gzip over plain bytes"},
		{faultGzipBomb, "gzip-bomb", "an answer whose text is bytes long (default 64MiB), compressed about 1:1000, without usage"},
		{faultSlowHead, "slow-head", "the head, one byte per pace (default 20ms)"},
		{faultSlowBody, "slow-body", "the body, one byte per pace (default 20ms)"},
		{faultBigHead, "big-head", "a response header line of bytes (default 64KiB)"},
		{faultLongLength, "cl-long", "Content-Length larger than the body by bytes (default 10; streams: 1 GiB), then FIN"},
		{faultShortLength, "cl-short", "Content-Length smaller than the body by bytes (default 10; streams: it is bytes); the rest follows on the connection"},
		{faultBothLengths, "cl-te", "both Content-Length and Transfer-Encoding: chunked, body chunked"},
		{faultBadChunk, "bad-chunk", "a chunk whose size is not hexadecimal, then FIN"},
		{faultGarbage, "garbage", "bytes that are not HTTP, then FIN"},
		{faultEarlyHints, "early-hints", "103 Early Hints before the true answer"},
		{faultIdleClose, "idle-close", "the true answer, promising to keep the connection, then FIN"},
	}
}

func parseFault(name string) (fault, error) {
	for _, f := range faultTable() {
		if f.name == name {
			return f.fault, nil
		}
	}
	var names []string
	for _, f := range faultTable() {
		names = append(names, f.name)
	}
	return faultNone, errors.New("unknown fault; known faults: " + strings.Join(names, " "))
}

// usageKind is how an answer tells its usage.
type usageKind uint8

const (
	usageNormal usageKind = iota
	usageMissing
	usageTwice
	usageCumulative
	usageNull
	usageNegative
	usageNaN
	usageHuge
	usageOverflow
	usageFloat
	usageString
)

func usageNames() []string {
	return []string{
		usageNormal: "normal", usageMissing: "missing", usageTwice: "twice", usageCumulative: "cumulative",
		usageNull: "null", usageNegative: "negative", usageNaN: "nan", usageHuge: "1e308",
		usageOverflow: "int64+1", usageFloat: "float", usageString: "string",
	}
}

func parseUsage(name string) (usageKind, error) {
	i := slices.Index(usageNames(), name)
	if i < 0 {
		return 0, errors.New("unknown usage; known: " + strings.Join(usageNames(), " "))
	}
	return usageKind(i), nil
}

// framing is how the peer finds the end of a body.
type framing uint8

const (
	framingChunked framing = iota
	framingClose
	framingLength
)

// cutMode is how body bytes are cut into writes.
type cutMode uint8

const (
	cutNone cutMode = iota
	cutEvent
	cutByte
	cutRandom
)

// struck tells whether the fault and status of s apply to the nth request of
// its scenario, counted from 0.
func (s *scenario) struck(nth int64) bool {
	if s.fault == faultNone && s.status == 0 {
		return false
	}
	if nth < s.skip || nth-s.skip >= s.times {
		return false
	}
	return s.chance >= 1 || s.random(nth).Float64() < s.chance
}

// random is the source of chance for the nth request of the scenario.
func (s *scenario) random(nth int64) *rand.Rand {
	return rand.New(rand.NewPCG(s.seed, uint64(nth)))
}

// bytesOr is the key bytes, or what the fault takes without it.
func (s *scenario) bytesOr(fallback int64) int64 {
	if s.bytes == unset {
		return fallback
	}
	return s.bytes
}
