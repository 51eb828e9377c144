//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/bench/report"
)

// options are what a run is asked for.
type options struct {
	rounds   int
	duration time.Duration // of a row's window
	cases    []string
	targets  []string
	quick    bool
	strict   bool
	bin      string // folder of programs that are built already
	out      string // folder of the results; "" for the usual one
}

const usage = `run measures the gateway against the mock provider alone, a bare fasthttp proxy
and nginx, and writes JSON, Markdown and SVG into bench/results/.

  go run ./bench/run                     all of it, about half an hour
  go run ./bench/run --quick             a first look in less than a minute
  go run ./bench/run --cases 300B,events --targets bare,sallyport
  go run ./bench/run compare OLD NEW     two results, as JSON files

It fails when a request failed or when the mock's counts and the ledger differ.

Flags:
`

// parse reads the flags of a run. Flags that are given win over --quick.
func parse(args []string, stderr io.Writer) (o options, err error) {
	fs := flag.NewFlagSet("run", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprint(stderr, usage)
		fs.PrintDefaults()
		fmt.Fprintf(stderr, "\nCases: %s\nTargets: %s\n", strings.Join(caseNames(), ", "), strings.Join(report.Targets(), ", "))
	}
	var cases, targets string
	fs.IntVar(&o.rounds, "rounds", 5, "how often everything is measured, a `number` from 1 to 100")
	fs.DurationVar(&o.duration, "duration", 3*time.Second, "length of a row's window, a `duration` from 200ms to 1m")
	fs.StringVar(&cases, "cases", "", "`names` of the cases, with commas (default all)")
	fs.StringVar(&targets, "targets", "", "`names` of the targets, with commas (default all)")
	fs.BoolVar(&o.quick, "quick", false, "2 rounds of 1 s of the most important rows")
	fs.BoolVar(&o.strict, "strict", false, "fail also when a promise is not kept")
	fs.StringVar(&o.bin, "bin", "", "`folder` with mockprovider, bareproxy and sallyport to use instead of building them")
	fs.StringVar(&o.out, "out", "", "`folder` for the results (default bench/results)")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; flags only, or compare OLD NEW", fs.Arg(0))
	}
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	o.cases, o.targets = caseNames(), report.Targets()
	if o.quick {
		o.hurry(given)
	}
	var err1, err2 error
	if given["cases"] {
		o.cases, err1 = choose("case", cases, caseNames())
	}
	if given["targets"] {
		o.targets, err2 = choose("target", targets, report.Targets())
	}
	return o, errors.Join(err1, err2, o.check())
}

// hurry sets what --quick stands for.
func (o *options) hurry(given map[string]bool) {
	o.cases = []string{"300B", "100KiB", "rate", "events", "held", "start"}
	o.targets = []string{report.Direct, report.Bare, report.Sallyport}
	if !given["rounds"] {
		o.rounds = 2
	}
	if !given["duration"] {
		o.duration = time.Second
	}
}

func (o *options) check() error {
	switch {
	case o.rounds < 1 || o.rounds > 100:
		return fmt.Errorf("--rounds is %d, want 1 to 100", o.rounds)
	case o.duration < 200*time.Millisecond || o.duration > time.Minute:
		return fmt.Errorf("--duration is %s, want 200ms to 1m", o.duration)
	}
	return nil
}

func caseNames() []string {
	all := report.Cases()
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	return names
}

// choose reads a list of known names and returns them in their known order.
func choose(what, list string, known []string) ([]string, error) {
	wanted := strings.Split(list, ",")
	for i, name := range wanted {
		if wanted[i] = strings.TrimSpace(name); !slices.Contains(known, wanted[i]) {
			return nil, fmt.Errorf("unknown %s %q; known: %s", what, name, strings.Join(known, ", "))
		}
	}
	var chosen []string
	for _, name := range known {
		if slices.Contains(wanted, name) {
			chosen = append(chosen, name)
		}
	}
	return chosen, nil
}
