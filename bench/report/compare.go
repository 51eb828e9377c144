package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Trend is how a figure moved between two runs.
type Trend string

// The trends. A figure moved when each run's median lies outside the spread of
// the other, and both rest on three rounds or more.
const (
	Steady Trend = ""
	Better Trend = "better"
	Worse  Trend = "WORSE"
)

// Change is one figure in two runs.
type Change struct {
	Case, Target string
	Metric       Metric
	Ratio        bool // to the bare proxy of its own run
	Old, New     Stat
	Trend        Trend
}

// Percent returns the change of the median, in percent of the old one.
func (c *Change) Percent() float64 { return 100 * (c.New.Median - c.Old.Median) / c.Old.Median }

// Comparison is two runs side by side.
type Comparison struct {
	Changes []Change
	// Warning says why less can be said than usual, "" when nothing stands in
	// the way.
	Warning string
	// Gate is by what a regression is judged.
	Gate Gate
}

// Gate is by what regressions are judged: the first of these that both runs have.
type Gate string

// The gates.
const (
	GateCounter   Gate = "instructions, by the processor's counter"
	GateSimulated Gate = "instructions, counted by cachegrind"
	GateUserCPU   Gate = "user CPU × bare (no instruction counts in both runs)"
)

// judges tells whether a change is one that the gate looks at. Counted
// instructions do not depend on the neighbours, times do: those are judged against
// the yardstick of their own run.
func (g Gate) judges(ch *Change) bool {
	if ch.Target != Sallyport {
		return false
	}
	switch g {
	case GateCounter:
		return ch.Metric == Instructions && !ch.Ratio
	case GateSimulated:
		return ch.Metric.simulated() && !ch.Ratio
	default:
		return ch.Metric == UserCPU && ch.Ratio
	}
}

// limit is how many percent a figure may move before it counts.
func (g Gate) limit() float64 {
	if g == GateUserCPU {
		return 5
	}
	return 1
}

// Compare sets two runs side by side. Those from different machines are compared
// by ratios only.
func Compare(old, now *Report) Comparison {
	c := Comparison{Gate: GateUserCPU}
	sameMachine := sameHardware(old, now)
	if !sameMachine {
		c.Warning = "The runs come from different machines or toolchains: only ratios within each run are compared."
	}
	if old.Settings.Rounds < minRounds || now.Settings.Rounds < minRounds {
		c.Warning = strings.TrimSpace(c.Warning + " Fewer than 3 rounds: nothing is called better or worse.")
	}
	for _, cs := range now.CasesSeen() {
		for _, target := range now.TargetsSeen(cs.Name) {
			for _, m := range cs.Metrics {
				if sameMachine {
					c.add(cs.Name, target, m, false, old.Stat, now.Stat)
				}
				if target != Bare && target != Direct && (m == CPU || m == UserCPU || m.counts()) {
					c.add(cs.Name, target, m, true, old.toBare, now.toBare)
				}
			}
		}
	}
	for _, g := range []Gate{GateCounter, GateSimulated} {
		if slices.ContainsFunc(c.Changes, func(ch Change) bool { return g.judges(&ch) }) {
			c.Gate = g
			break
		}
	}
	return c
}

func sameHardware(a, b *Report) bool {
	x, y := a.Machine, b.Machine
	return x.CPU == y.CPU && x.CPUs == y.CPUs && x.Arch == y.Arch && x.OS == y.OS && x.Go == y.Go && x.Memory == y.Memory
}

func (r *Report) toBare(name, target string, m Metric) (Stat, bool) {
	return r.Ratio(name, target, Bare, m)
}

type lookup func(name, target string, m Metric) (Stat, bool)

func (c *Comparison) add(name, target string, m Metric, relative bool, old, now lookup) {
	a, ok1 := old(name, target, m)
	b, ok2 := now(name, target, m)
	if ok1 && ok2 {
		c.Changes = append(c.Changes, Change{name, target, m, relative, a, b, trend(m, a, b)})
	}
}

// minRounds is how many rounds a trend needs: with fewer the spread says nothing.
const minRounds = 3

func trend(m Metric, old, now Stat) Trend {
	apart := (now.Median < old.Min || now.Median > old.Max) && (old.Median < now.Min || old.Median > now.Max)
	switch {
	case !apart || min(old.N, now.N) < minRounds:
		return Steady
	case (now.Median > old.Median) == m.info().higherBetter:
		return Better
	}
	return Worse
}

// Regressions returns the changes of the gateway that a gate must stop.
func (c *Comparison) Regressions() (out []Change) {
	for i := range c.Changes {
		ch := &c.Changes[i]
		if c.Gate.judges(ch) && ch.Trend == Worse && ch.Percent() > c.Gate.limit() {
			out = append(out, *ch)
		}
	}
	return out
}

// Table shows the comparison.
func (c *Comparison) Table() Table {
	t := Table{Title: "Old and new", Words: 3, Head: []string{"case", "target", "metric", "old", "new", "change", ""}}
	for i := range c.Changes {
		ch := &c.Changes[i]
		title, show := ch.Metric.Title(), func(s Stat) string { return cell(ch.Metric, s) }
		if ch.Ratio {
			title, show = title+" × bare", ratioCell
		}
		change := "-"
		if p := ch.Percent(); !math.IsNaN(p) && !math.IsInf(p, 0) {
			change = fmt.Sprintf("%+.1f %%", p)
		}
		t.Rows = append(t.Rows, []string{ch.Case, ch.Target, title, show(ch.Old), show(ch.New), change, string(ch.Trend)})
	}
	return t
}

func ratioCell(s Stat) string {
	text := number(s.Median, 2) + " (" + number(s.Min, 2) + "–" + number(s.Max, 2) + ")"
	if s.Noisy {
		text += noisyMark
	}
	return text
}

// Text renders the comparison for a terminal, with what the gate says.
func (c *Comparison) Text() string {
	var b strings.Builder
	if c.Warning != "" {
		b.WriteString(c.Warning + "\n\n")
	}
	t := c.Table()
	b.WriteString(t.Text() + "\n")
	bad := c.Regressions()
	if len(bad) == 0 {
		b.WriteString("Gate by " + string(c.Gate) + ": no regression.\n")
		return b.String()
	}
	b.WriteString("Gate by " + string(c.Gate) + ":\n")
	for _, ch := range bad {
		where := ch.Case
		if ch.Metric.simulated() {
			where += " " + ch.Metric.Title()
		}
		fmt.Fprintf(&b, "  regression in %s: %+.1f %%\n", where, ch.Percent())
	}
	return b.String()
}
