package plugintest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Report is what came of a test.
type Report struct {
	// Plugin is the id of what was tested.
	Plugin string `json:"plugin"`
	// Exchanges is how many were made.
	Exchanges int `json:"exchanges"`
	// Pairs is how many of them tried an answer, by "client dialect ← provider
	// dialect", PromptPairs how many a prompt.
	Pairs       map[string]int `json:"pairs"`
	PromptPairs map[string]int `json:"prompt_pairs"`
	// Places is how many of them, by where the text stood: "answer: text",
	// "prompt: system".
	Places map[string]int `json:"places"`
	// Cuts is how many of them, by how the answer or the prompt came.
	Cuts map[string]int `json:"cuts"`
	// Rows are what was looked at, each with what was found.
	Rows []Row `json:"rows"`
	// Released counts bytes of the canary that reached a client before the guard had
	// judged them. It must be 0.
	Released int `json:"bytes_released_before_verdict"`
	// Sent counts bytes of the canary that reached a provider before the guard had
	// judged the prompt. It must be 0.
	Sent int `json:"bytes_sent_before_verdict"`
	// Skipped lists what was not tried, and why: what a dialect cannot say, what does
	// not get across from one to another, what [Options].Without names, and streams
	// where the guard judges none.
	Skipped []string `json:"skipped"`
	// Failures lists what went wrong, each with the exchange in which it did.
	Failures []string `json:"failures"`

	writes int64 // of one byte
	skips  skips
	faults map[string]int // pairs in which a guard failed, by how
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
	rowCanary   = "canary stopped in answers"
	rowPrompt   = "canary stopped in prompts"
	rowHarmless = "harmless unchanged"
	rowSizes    = "empty, huge, many, two"
	rowBytes    = "each byte a write"
	rowTenants  = "tenants apart"
	rowFaults   = "failing guards closed"
	rowRefused  = "unjudged refused"
	rowHooks    = "hooks never failed"
	rowMemory   = "memory"
	rowComplete = "nothing skipped"
)

var rowNames = []string{rowCanary, rowPrompt, rowHarmless, rowSizes, rowBytes, rowTenants, rowFaults, rowRefused, rowHooks, rowMemory, rowComplete}

func newReport(skipped skips) *Report {
	r := &Report{
		Pairs: map[string]int{}, PromptPairs: map[string]int{}, Places: map[string]int{}, Cuts: map[string]int{},
		skips: skipped, faults: map[string]int{}, Failures: []string{},
	}
	for _, name := range rowNames {
		r.Rows = append(r.Rows, Row{Name: name})
	}
	return r
}

// finish makes the notes that need all of it.
func (r *Report) finish() {
	r.Skipped = r.skips.list()
	r.Rows[slices.Index(rowNames, rowBytes)].Note = fmt.Sprintf("%d writes of one byte", r.writes)
}

// skips are the reasons why something was not tried, each with the dialects that it is
// about, if it is about any.
type skips map[string][]string

func (s skips) note(reason string, dialects ...string) {
	for _, d := range dialects {
		if slices.Contains(s[reason], d) {
			return
		}
	}
	s[reason] = append(s[reason], dialects...)
}

// list returns a line for each reason.
func (s skips) list() []string {
	out := []string{}
	for _, reason := range sortedKeys(s) {
		line := reason
		if dialects := s[reason]; len(dialects) > 0 {
			slices.Sort(dialects)
			line += " " + strings.Join(dialects, ", ")
		}
		out = append(out, line)
	}
	return out
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

// mostFailures is after how many of them the rest is not tried any more: a guard that
// fails each time may take its whole deadline for it.
const mostFailures = 300

func (r *Report) hopeless() bool { return len(r.Failures) >= mostFailures }

// OK tells whether the guard passed.
func (r *Report) OK() bool {
	return r.Released == 0 && r.Sent == 0 && len(r.Failures) == 0 && r.Exchanges > 0
}

// mostShown is how many failures are listed for people.
const mostShown = 20

// Print writes the report for people.
func (r *Report) Print(w io.Writer) {
	fmt.Fprintf(w, "%s: %d exchanges, %d pairs of dialects, %d places, %d cuts\n", r.Plugin, r.Exchanges, len(r.pairs()), len(r.Places), len(r.Cuts))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range r.Rows {
		word, failed := "ok", ""
		switch {
		case c.Failures > 0:
			word, failed = "FAIL", fmt.Sprintf("%d failed", c.Failures)
		case c.Tried == 0:
			word = "-"
		}
		line := fmt.Sprintf("  %s\t%s\t%d tried\t%s\t%s", word, c.Name, c.Tried, failed, c.Note)
		fmt.Fprintln(t, strings.TrimRight(line, "\t"))
	}
	_ = t.Flush() // as the writes before it
	r.printClients(t)
	fmt.Fprintf(w, "bytes_released_before_verdict: %d\nbytes_sent_before_verdict: %d\n", r.Released, r.Sent)
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

// printClients writes a line for each dialect of clients: with how many of providers it
// was tried, and in how many exchanges.
func (r *Report) printClients(t *tabwriter.Writer) {
	providers, answers, prompts := map[string]int{}, map[string]int{}, map[string]int{}
	for _, pair := range r.pairs() {
		client, _, _ := strings.Cut(pair, between)
		providers[client]++
		answers[client] += r.Pairs[pair]
		prompts[client] += r.PromptPairs[pair]
	}
	fmt.Fprintf(t, "  client\tproviders\tanswers\tprompts\n")
	for _, client := range sortedKeys(providers) {
		fmt.Fprintf(t, "  %s\t%d\t%d\t%d\n", client, providers[client], answers[client], prompts[client])
	}
	_ = t.Flush() // as the writes before it
}

// pairs returns the names of all pairs of dialects that were tried.
func (r *Report) pairs() []string {
	out := slices.AppendSeq(slices.Collect(maps.Keys(r.Pairs)), maps.Keys(r.PromptPairs))
	slices.Sort(out)
	return slices.Compact(out)
}
