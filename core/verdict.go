package core

import "sync/atomic"

// Verdict is a kind of answer that a hook gave, as metrics count it.
type Verdict uint8

// The verdicts. One reply may count as several. A rewritten path and an order
// over deployments count as VerdictRoute.
const (
	VerdictAllow Verdict = iota
	VerdictBlock
	VerdictRespond
	VerdictEdit
	VerdictAppend
	VerdictFlag
	VerdictTag
	VerdictRoute
	VerdictHold
	VerdictRetry

	NumVerdicts = int(VerdictRetry) + 1
)

var verdictNames = [NumVerdicts]string{
	"allow", "block", "respond", "edit", "append", "flag", "tag", "route", "hold", "retry",
}

// String returns the verdict's name as it stands in metrics.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return "unknown"
}

// VerdictCounts counts verdicts. The zero value is ready; it is safe for
// concurrent use.
type VerdictCounts struct{ n [NumVerdicts]atomic.Uint64 }

// Add counts the verdicts of r.
func (c *VerdictCounts) Add(r *Reply) {
	if r.Empty() {
		c.n[VerdictAllow].Add(1)
		return
	}
	for v, given := range [NumVerdicts]bool{
		VerdictBlock:   r.Block != nil,
		VerdictRespond: r.Respond != nil,
		VerdictEdit:    len(r.Edits) > 0,
		VerdictAppend:  len(r.Append) > 0,
		VerdictFlag:    len(r.Flags) > 0,
		VerdictTag:     len(r.Tags) > 0,
		VerdictRoute:   r.Route != "" || len(r.Order) > 0 || r.Path != "",
		VerdictHold:    r.Hold > 0,
		VerdictRetry:   r.Retry != "",
	} {
		if given {
			c.n[v].Add(1)
		}
	}
}

// Read returns the counts so far, by verdict.
func (c *VerdictCounts) Read() [NumVerdicts]uint64 {
	var out [NumVerdicts]uint64
	for v := range out {
		out[v] = c.n[v].Load()
	}
	return out
}
