package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Table is text in rows and columns, words to the left and figures to the right.
type Table struct {
	Title string
	Words int // columns at the left that hold words; the first always does
	Head  []string
	Rows  [][]string
}

// noisyMark stands at figures that others disturbed.
const noisyMark = " ~"

// PromiseTable shows the verdicts.
func (r *Report) PromiseTable() Table {
	t := Table{Title: "Promises", Head: []string{"promise", "measured", "spread", "verdict"}}
	for _, j := range r.Judge() {
		row := []string{j.Text, "-", "-", string(j.Verdict)}
		if j.Verdict != NotMeasured {
			row[1], row[2] = j.format(j.Value.Median), j.format(j.Value.Min)+" – "+j.format(j.Value.Max)
			if j.Value.Noisy {
				row[1] += noisyMark
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// CaseTable shows one case: a row for each target, a column for each metric that
// any of them has, and how they stand to the bare proxy or to the mock alone.
func (r *Report) CaseTable(c Case) Table {
	t := Table{Title: c.Name + ": " + c.Title, Head: []string{"target"}}
	targets := r.TargetsSeen(c.Name)
	for _, target := range targets {
		t.Rows = append(t.Rows, []string{target})
	}
	column := func(head string, cell func(target string) (string, bool)) {
		cells, any := make([]string, len(targets)), false
		for i, target := range targets {
			text, ok := cell(target)
			if !ok {
				text = "-"
			}
			cells[i], any = text, any || ok
		}
		if !any {
			return
		}
		t.Head = append(t.Head, head)
		for i := range cells {
			t.Rows[i] = append(t.Rows[i], cells[i])
		}
	}
	for _, m := range c.Metrics {
		title := m.Title()
		if m == CPU || m == UserCPU || m == Instructions {
			title += " per " + c.Operation
		}
		column(title, func(target string) (string, bool) {
			s, ok := r.Stat(c.Name, target, m)
			return cell(m, s), ok
		})
		switch m {
		case CPU, Instructions, Counted300B, Counted4KiB, Counted100KiB:
			column("× bare", func(target string) (string, bool) {
				s, ok := r.Ratio(c.Name, target, Bare, m)
				return number(s.Median, 2), ok && target != Direct
			})
		case P50, P99, FirstP50, DelayP50:
			if c.Name == "rate" || c.Name == "stream" {
				column("added "+strings.TrimSuffix(m.Title(), " µs"), func(target string) (string, bool) {
					s, ok := r.Added(c.Name, target, Direct, m)
					return fmt.Sprintf("%+.0f", s.Median), ok && target != Direct
				})
			}
		default:
		}
	}
	return t
}

// cell renders a median with its spread.
func cell(m Metric, s Stat) string {
	text := m.Format(s.Median)
	if s.N > 1 {
		text += " (" + m.Format(s.Min) + "–" + m.Format(s.Max) + ")"
	}
	if s.Noisy {
		text += noisyMark
	}
	return text
}

// Text renders the table for a terminal.
func (t *Table) Text() string {
	widths := make([]int, len(t.Head))
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		for i, c := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	b.WriteString(t.Title + "\n")
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		var line strings.Builder
		for i, c := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			if i == 0 || i < t.Words {
				line.WriteString("  " + c + pad)
			} else {
				line.WriteString("  " + pad + c)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// Markdown renders the table with its title as a heading.
func (t *Table) Markdown() string {
	var b strings.Builder
	b.WriteString("## " + t.Title + "\n\n")
	line := func(cells []string) {
		for _, c := range cells {
			b.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
		}
		b.WriteString("|\n")
	}
	line(t.Head)
	words := max(1, t.Words)
	b.WriteString(strings.Repeat("|---", words) + strings.Repeat("|---:", len(t.Head)-words) + "|\n")
	for _, row := range t.Rows {
		line(row)
	}
	return b.String()
}
