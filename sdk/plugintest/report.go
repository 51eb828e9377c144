package plugintest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// Report is what came of a test.
type Report struct {
	// Plugin is the id of what was tested.
	Plugin string `json:"plugin"`
	// Exchanges is how many were made.
	Exchanges int `json:"exchanges"`
	// Pairs is how many of them, by "client dialect ← provider dialect".
	Pairs map[string]int `json:"pairs"`
	// Cuts is how many of them, by how the answer came.
	Cuts map[string]int `json:"cuts"`
	// Rows are what was looked at, each with what was found.
	Rows []Row `json:"rows"`
	// Released counts bytes of the canary that reached a client before the guard had
	// judged them. It must be 0.
	Released int `json:"bytes_released_before_verdict"`
	// Skipped lists what was not tried, and why: what a dialect cannot say, what
	// [Options].Without names, and streams where the guard judges none.
	Skipped []string `json:"skipped"`
	// Failures lists what went wrong, each with the exchange in which it did.
	Failures []string `json:"failures"`
}

// Row is one thing that was looked at.
type Row struct {
	Name     string `json:"name"`
	Tried    int    `json:"tried"`
	Failures int    `json:"failures"`
	Note     string `json:"note,omitempty"`
}

// The names of rows.
const (
	rowCanary   = "canary stopped"
	rowHarmless = "harmless unchanged"
	rowSizes    = "empty, huge, many"
	rowTenants  = "tenants apart"
	rowHooks    = "hooks never failed"
	rowMemory   = "memory"
	rowComplete = "nothing skipped"
)

var rowNames = []string{rowCanary, rowHarmless, rowSizes, rowTenants, rowHooks, rowMemory, rowComplete}

func newReport(skipped []string) *Report {
	r := &Report{Pairs: map[string]int{}, Cuts: map[string]int{}, Skipped: skipped, Failures: []string{}}
	for _, name := range rowNames {
		r.Rows = append(r.Rows, Row{Name: name})
	}
	return r
}

// row counts what was tried, and notes failures unless they are "".
func (r *Report) row(name string, failures ...string) *Row {
	c := &r.Rows[slices.Index(rowNames, name)]
	c.Tried++
	for _, f := range failures {
		if f != "" {
			c.Failures++
			r.Failures = append(r.Failures, f)
		}
	}
	return c
}

// OK tells whether the guard passed.
func (r *Report) OK() bool { return r.Released == 0 && len(r.Failures) == 0 && r.Exchanges > 0 }

// mostShown is how many failures are listed for people.
const mostShown = 20

// Print writes the report for people.
func (r *Report) Print(w io.Writer) {
	fmt.Fprintf(w, "%s: %d exchanges, %d pairs of dialects × %d cuts\n", r.Plugin, r.Exchanges, len(r.Pairs), len(r.Cuts))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range r.Rows {
		word := "ok"
		if c.Failures > 0 {
			word = "FAIL"
		}
		fmt.Fprintf(t, "  %s\t%s\t%d tried\t%d failed\t%s\n", word, c.Name, c.Tried, c.Failures, c.Note)
	}
	for _, pair := range slices.Sorted(maps.Keys(r.Pairs)) {
		fmt.Fprintf(t, "  \t%s\t%d\n", pair, r.Pairs[pair])
	}
	_ = t.Flush() // as the writes before it
	fmt.Fprintf(w, "bytes_released_before_verdict: %d\n", r.Released)
	for _, s := range r.Skipped {
		fmt.Fprintf(w, "skipped: %s\n", s)
	}
	for i, f := range r.Failures {
		if i == mostShown {
			fmt.Fprintf(w, "and %d more failures\n", len(r.Failures)-mostShown)
			break
		}
		fmt.Fprintf(w, "FAIL  %s\n", f)
	}
}
