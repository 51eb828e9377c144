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
	// Gate is the metric by which a regression is judged: instructions where both
	// runs counted them, else the ratio of user CPU.
	Gate Metric
}

// Compare sets two runs side by side. Those from different machines are compared
// by ratios only.
func Compare(old, now *Report) Comparison {
	c := Comparison{Gate: UserCPU}
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
				if target != Bare && target != Direct && (m == CPU || m == UserCPU || m == Instructions) {
					c.add(cs.Name, target, m, true, old.toBare, now.toBare)
				}
			}
		}
	}
	if slices.ContainsFunc(c.Changes, func(ch Change) bool { return ch.Metric == Instructions && ch.Target == Sallyport }) {
		c.Gate = Instructions
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

// gateLimit is how many percent a gate may move before it counts: instruction
// counts hardly vary, CPU time does.
func gateLimit(m Metric) float64 {
	if m == Instructions {
		return 1
	}
	return 5
}

// Regressions returns the changes of the gateway that a gate must stop.
func (c *Comparison) Regressions() (out []Change) {
	for _, ch := range c.Changes {
		// Counted instructions do not depend on the neighbours, times do: those
		// are judged against the yardstick of their own run.
		if ch.Target == Sallyport && ch.Metric == c.Gate && ch.Ratio == (c.Gate != Instructions) &&
			ch.Trend == Worse && ch.Percent() > gateLimit(c.Gate) {
			out = append(out, ch)
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
	by := c.Gate.Title()
	if c.Gate != Instructions {
		by += " × bare (no instruction counts in both runs)"
	}
	bad := c.Regressions()
	if len(bad) == 0 {
		b.WriteString("Gate by " + by + ": no regression.\n")
		return b.String()
	}
	b.WriteString("Gate by " + by + ":\n")
	for _, ch := range bad {
		fmt.Fprintf(&b, "  regression in %s: %+.1f %%\n", ch.Case, ch.Percent())
	}
	return b.String()
}
