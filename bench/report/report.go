package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/sallyport-gateway/sallyport/bench/proc"
)

// format is the version of the JSON form of a [Report].
const format = 1

// The targets, in the order in which they are shown.
const (
	Direct    = "direct"    // the mock provider itself
	Bare      = "bare"      // bareproxy; for streams its copy loop
	BareBody  = "bare-body" // bareproxy with SetBodyStream, for streams
	Nginx     = "nginx"
	Sallyport = "sallyport"
	// Translated is sallyport whose provider speaks another dialect than the
	// clients.
	Translated = "translated"
	// GuardedPII and GuardedWords are sallyport with one of the bundled guards on
	// its route, guardrail.pii and guardrail.denylist.
	GuardedPII   = "guarded-pii"
	GuardedWords = "guarded-words"
)

// Targets returns all targets in the order in which they are shown.
func Targets() []string {
	return []string{Direct, Bare, BareBody, Nginx, Sallyport, Translated, GuardedPII, GuardedWords}
}

// Report is one run of the benchmark.
type Report struct {
	Format   int               `json:"format"`
	Started  time.Time         `json:"started"`
	Finished time.Time         `json:"finished"`
	Settings Settings          `json:"settings"`
	Machine  proc.Machine      `json:"machine"`
	Versions map[string]string `json:"versions"` // by target
	Notes    []string          `json:"notes"`    // what a reader must know: skipped targets, missing counters
	Problems []string          `json:"problems"` // wrong books and failed requests; empty in a run that counts
	Rows     []Row             `json:"rows"`     // in the order in which they were measured
}

// Settings are what the run was asked for.
type Settings struct {
	Rounds   int    `json:"rounds"`
	Duration string `json:"duration"` // of a row's window
	Quick    bool   `json:"quick"`    // too short for a verdict
}

// Row is one measurement: one case, one target, one round.
type Row struct {
	Case   string             `json:"case"`
	Target string             `json:"target"`
	Round  int                `json:"round"` // from 1
	Values map[Metric]float64 `json:"values"`
	// Foreign is the share of all processors that others used meanwhile, from 0
	// to 1. Above [MaxForeign] the row is noisy.
	Foreign float64 `json:"foreign"`
	// Requests is what the mock answered over the whole life of the target,
	// warm-up included; Failed is what the load saw fail.
	Requests int64  `json:"requests"`
	Failed   int64  `json:"failed"`
	Books    *Books `json:"books,omitempty"` // for the target that keeps them
}

// MaxForeign is the share of the machine that others may use during a row.
const MaxForeign = 0.10

// Noisy tells whether others disturbed the row.
func (r *Row) Noisy() bool { return r.Foreign > MaxForeign }

// Books are the sums that must agree.
type Books struct {
	Mock   Sums `json:"mock"`
	Ledger Sums `json:"ledger"`
}

// Sums are what one side has booked.
type Sums struct {
	Answers   int64 `json:"answers"`
	Prompt    int64 `json:"prompt_tokens"`
	Completed int64 `json:"completion_tokens"`
}

// Add adds what another life of the target has booked.
func (s *Sums) Add(t Sums) {
	s.Answers += t.Answers
	s.Prompt += t.Prompt
	s.Completed += t.Completed
}

// New returns an empty report of this format.
func New(settings Settings) *Report {
	return &Report{Format: format, Started: time.Now().UTC(), Settings: settings, Versions: map[string]string{}}
}

// JSON returns the report's own form, which [Read] reads.
func (r *Report) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}

// Read reads a report from a file.
func Read(file string) (*Report, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := &Report{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("%s is not a report of this benchmark: %w", file, err)
	}
	if r.Format != format {
		return nil, fmt.Errorf("%s has format %d, this program reads %d; run the benchmark again", file, r.Format, format)
	}
	return r, nil
}

// CasesSeen returns the known cases that have rows, in the order of [Cases].
func (r *Report) CasesSeen() (seen []Case) {
	for _, c := range Cases() {
		if slices.ContainsFunc(r.Rows, func(row Row) bool { return row.Case == c.Name }) {
			seen = append(seen, c)
		}
	}
	return seen
}

// TargetsSeen returns the targets that have rows in a case, as ordered.
func (r *Report) TargetsSeen(name string) (seen []string) {
	for _, target := range Targets() {
		if slices.ContainsFunc(r.Rows, func(row Row) bool { return row.Case == name && row.Target == target }) {
			seen = append(seen, target)
		}
	}
	return seen
}
