package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// tables returns all tables of the run, the verdicts first.
func (r *Report) tables() []Table {
	list := []Table{r.PromiseTable()}
	for _, c := range r.CasesSeen() {
		list = append(list, r.CaseTable(c))
	}
	return list
}

// Text renders the run for a terminal.
func (r *Report) Text() string {
	var b strings.Builder
	for _, t := range r.tables() {
		b.WriteString(t.Text() + "\n")
	}
	b.WriteString(r.remarks("  "))
	return b.String()
}

// Markdown renders the run as a page; chart is the file name of [Report.SVG]
// beside it.
func (r *Report) Markdown(chart string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmark of %s\n\n", r.Started.UTC().Format("2006-01-02 15:04 UTC"))
	fmt.Fprintf(&b, "%s, %d × %s, %s, %s of memory, %s. %d rounds of %s, medians (least–greatest). Took %s.\n\n",
		r.Machine.OS, r.Machine.CPUs, orUnknown(r.Machine.CPU), r.Machine.Arch, mebibytes(r.Machine.Memory), r.Machine.Go,
		r.Settings.Rounds, r.Settings.Duration, r.Finished.Sub(r.Started).Round(time.Second))
	for _, target := range slices.Sorted(maps.Keys(r.Versions)) {
		fmt.Fprintf(&b, "- %s: %s\n", target, r.Versions[target])
	}
	fmt.Fprintf(&b, "\n![CPU per operation](%s)\n\n", chart)
	for _, t := range r.tables() {
		b.WriteString(t.Markdown() + "\n")
	}
	b.WriteString(r.remarks("- "))
	return b.String()
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown processor"
	}
	return s
}

func mebibytes(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }

// remarks are the notes and problems, one a line.
func (r *Report) remarks(lead string) string {
	var b strings.Builder
	for _, n := range r.Notes {
		b.WriteString(lead + n + "\n")
	}
	noisy := 0
	for i := range r.Rows {
		if r.Rows[i].Noisy() {
			noisy++
		}
	}
	if noisy > 0 {
		fmt.Fprintf(&b, "%s%d of %d rows were disturbed: others used more than %.0f %% of the processors. ~ marks figures that rest on such rows.\n",
			lead, noisy, len(r.Rows), 100*MaxForeign)
	}
	if r.Settings.Quick {
		b.WriteString(lead + "A quick run: good for a first look, too short for a verdict.\n")
	}
	for _, p := range r.Problems {
		b.WriteString(lead + "PROBLEM: " + p + "\n")
	}
	return b.String()
}
