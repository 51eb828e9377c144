package ledger

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Printable returns s with everything that does not print, terminal escapes
// and line breaks above all, written as Go would escape it. Names in a ledger
// come from clients and providers.
func Printable(s string) string {
	for _, r := range s {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			q := strconv.Quote(s)
			return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
		}
	}
	return s
}

// CSVText returns s for a cell of a CSV file: printable, and with an apostrophe
// before what a spreadsheet would take for a formula.
func CSVText(s string) string {
	s = Printable(s)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

// USD writes an amount in 10⁻¹² USD as dollars, exactly, with at least two
// decimals.
func USD(pico int64) string {
	const unit = 1_000_000_000_000
	sign, n := "", uint64(pico) // negated below
	if pico < 0 {
		sign, n = "-", -n
	}
	frac := strconv.FormatUint(unit+n%unit, 10)[1:]
	return sign + strconv.FormatUint(n/unit, 10) + "." + frac[:2] + strings.TrimRight(frac[2:], "0")
}

// RowColumns names the cells of [Row.CSV]: the names of its JSON form, in that
// order.
func RowColumns() []string {
	return []string{
		"request_id", "client_request_id", "time", "consumer", "tenant", "route", "deployment", "provider",
		"upstream_model", "dialect", "operation", "stream", "status", "end", "error_code", "attempts",
		"input_uncached", "cache_read", "cache_write", "cache_write_hour", "output", "reasoning", "audio", "image", "searches",
		"reported", "estimated", "cost_picousd", "duration_us", "first_byte_us", "bytes_in", "bytes_out", "chain_hash",
	}
}

// CSV returns the cells of r, escaped by [CSVText]. An unknown cost is empty.
func (r *Row) CSV() []string {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	cost := ""
	if r.CostPicoUSD != nil {
		cost = n(*r.CostPicoUSD)
	}
	return []string{
		r.RequestID, CSVText(r.ClientRequestID), r.Time.Format(time.RFC3339Nano), CSVText(r.Consumer),
		CSVText(r.Tenant), CSVText(r.Route), CSVText(r.Deployment), CSVText(r.Provider),
		CSVText(r.UpstreamModel), CSVText(r.Dialect), CSVText(r.Operation), strconv.FormatBool(r.Stream),
		strconv.Itoa(r.Status), CSVText(r.End), CSVText(r.ErrorCode), strconv.Itoa(r.Attempts),
		n(r.InputUncached), n(r.CacheRead), n(r.CacheWrite), n(r.CacheWriteHour), n(r.Output), n(r.Reasoning), n(r.Audio), n(r.Image), n(r.Searches),
		strconv.FormatBool(r.Reported), strconv.FormatBool(r.Estimated), cost,
		n(r.DurationUS), n(r.FirstByteUS), n(r.BytesIn), n(r.BytesOut), CSVText(r.ChainHash),
	}
}

// TotalColumns names the cells of [Total.CSV].
func TotalColumns(by []Key) []string {
	names := make([]string, 0, len(by)+14)
	for _, k := range by {
		names = append(names, string(k))
	}
	return append(names, "requests", "errors", "input_uncached", "cache_read", "cache_write", "output",
		"reasoning", "audio", "image", "cost_picousd", "unpriced", "estimated", "bytes_in", "bytes_out")
}

// CSV returns the cells of t, the values of the keys first, escaped by
// [CSVText].
func (t *Total) CSV(by []Key) []string {
	cells := make([]string, 0, len(by)+14)
	for _, k := range by {
		cells = append(cells, CSVText(t.Group[k]))
	}
	for _, n := range [...]int64{
		t.Requests, t.Errors, t.InputUncached, t.CacheRead, t.CacheWrite, t.Output,
		t.Reasoning, t.Audio, t.Image, t.CostPicoUSD, t.Unpriced, t.Estimated, t.BytesIn, t.BytesOut,
	} {
		cells = append(cells, strconv.FormatInt(n, 10))
	}
	return cells
}
