package chain

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// keptDifferences is how many of them a [Comparison] remembers.
const keptDifferences = 256

// Comparison is what came of a shadow so far. It is safe for concurrent use; the
// zero value is ready.
type Comparison struct {
	mu     sync.Mutex
	report Report
	next   int // where the ring goes on once it is full
}

// Report tells how the verdicts of a shadow and of the version that serves went
// together.
type Report struct {
	Compared  uint64 `json:"compared"`  // hook calls that both judged
	Differing uint64 `json:"differing"` // among them
	Dropped   uint64 `json:"dropped"`   // that the shadow was not shown, for want of room
	// Differences are the last 256, the newest first.
	Differences []Difference `json:"differences"`
}

// Difference is one hook call on which two versions did not agree. It holds no
// text of the exchange.
type Difference struct {
	Exchange string    `json:"exchange"` // request id
	Time     time.Time `json:"time"`     // when the exchange began
	Instance string    `json:"instance"`
	Phase    string    `json:"phase"`
	// Live and Shadow are the verdicts: "allow", "failed", or what was answered,
	// e.g. "block 400 word" or "edit 0:5-11", the part and the bytes of its text.
	Live   string `json:"live"`
	Shadow string `json:"shadow"`
}

// Report returns what came of it so far.
func (c *Comparison) Report() Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.report
	r.Differences = slices.Concat(r.Differences[c.next:], r.Differences[:c.next])
	slices.Reverse(r.Differences)
	if r.Differences == nil {
		r.Differences = []Difference{}
	}
	return r
}

func (c *Comparison) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Dropped++
}

func (c *Comparison) add(j *job, shadow verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Compared++
	if j.live.sum == shadow.sum {
		return
	}
	c.report.Differing++
	d := Difference{
		Exchange: j.call.Exchange.ID.String(), Time: j.call.Exchange.Start, Instance: j.instance, Phase: j.call.Phase.String(),
		Live: j.live.text, Shadow: shadow.text,
	}
	if d.Live == d.Shadow {
		d.Shadow += " with other content"
	}
	if len(c.report.Differences) < keptDifferences {
		c.report.Differences = append(c.report.Differences, d)
		return
	}
	c.report.Differences[c.next] = d
	c.next = (c.next + 1) % keptDifferences
}

// verdict is a reply: in words, without text of the exchange, and as a digest of
// all of it.
type verdict struct {
	text string
	sum  [32]byte
}

func verdictOf(r *core.Reply, err error) verdict {
	switch {
	case err != nil:
		return verdict{text: "failed", sum: [32]byte{1}}
	case r.Empty():
		return verdict{text: "allow"}
	}
	var words []string
	say := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	sum := sha256.New()
	if b := r.Block; b != nil {
		e := b.Error()
		say("block %d %s", e.HTTPStatus(), e.CodeName())
		_, _ = fmt.Fprintf(sum, "block %+v\n", *b)
	}
	if a := r.Respond; a != nil {
		say("respond %d", a.Status)
		_, _ = fmt.Fprintf(sum, "respond %d %q %q\n", a.Status, a.ContentType, a.Body)
	}
	for _, e := range r.Edits {
		say("edit %d:%d-%d", e.Part, e.Start, e.End)
	}
	for _, p := range r.Append {
		say("append %s at %d", p.Role, p.At)
	}
	for _, f := range r.Flags {
		say("flag %s", f.Name)
	}
	for _, t := range r.Tags {
		say("tag %s", t.Key)
	}
	if r.Route != "" {
		say("route %s", r.Route)
	}
	if r.Path != "" {
		say("path %s", r.Path)
	}
	if len(r.Order) > 0 {
		say("order %v", r.Order)
	}
	if r.Hold > 0 {
		say("hold %d", r.Hold)
	}
	if r.Retry != "" {
		say("retry")
	}
	_, _ = fmt.Fprintf(sum, "%+v %+v %v %+v %q %q %v %d %q", r.Edits, r.Append, r.Flags, r.Tags, r.Route, r.Path, r.Order, r.Hold, r.Retry)
	v := verdict{text: limited(strings.Join(words, ", "))}
	sum.Sum(v.sum[:0])
	return v
}

// limited bounds a text for people: a reply may hold thousands of edits.
func limited(s string) string {
	const most = 256
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
