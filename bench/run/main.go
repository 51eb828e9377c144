//go:build linux

// Command run is the benchmark: it starts the mock provider and each target in
// turn, loads them, checks the books and reports. See bench/README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/sallyport-gateway/sallyport/bench/proc"
	"github.com/sallyport-gateway/sallyport/bench/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "compare" {
		return compare(args[1:], stdout, stderr)
	}
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	return bench(ctx, o, stdout, stderr)
}

// bench makes one run, from building to the written report.
func bench(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = filepath.Join(root, "bench", "results")
	}
	h := &harness{options: o, bin: o.bin, progress: stderr}
	h.report = report.New(report.Settings{Rounds: o.rounds, Duration: o.duration.String(), Quick: o.quick})
	h.report.Machine = proc.ThisMachine()
	h.prepare()
	if h.bin == "" {
		fmt.Fprintln(stderr, "building …")
		if h.bin, err = build(ctx, root, h.options.targets); err != nil {
			return err
		}
	}
	h.report.Versions = h.versions(ctx)
	if h.folder, err = os.MkdirTemp("", "sallyport-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(h.folder)) }()
	if h.mock, err = startProvider(ctx, h.bin, h.folder); err != nil {
		return err
	}
	failure := h.run(ctx)
	failure = errors.Join(failure, h.mock.stop())
	if failure != nil {
		h.report.Problems = append(h.report.Problems, failure.Error())
	}
	h.report.Finished = time.Now().UTC()
	return errors.Join(h.publish(o.out, stdout), h.verdict())
}

// prepare finds out what this machine can do, and notes what it cannot.
func (h *harness) prepare() {
	h.prepareCounting()
	if slices.Contains(h.options.targets, report.Nginx) {
		if h.nginx = findNginx(); h.nginx == "" {
			h.note("nginx is not installed; its rows are left out.")
			h.options.targets = slices.DeleteFunc(slices.Clone(h.options.targets), func(t string) bool { return t == report.Nginx })
		}
	}
}

// prepareCounting finds out how instructions can be counted: by the processor, else
// by a simulator.
func (h *harness) prepareCounting() {
	h.counters = h.report.Machine.Counter != nil
	simulate := !h.counters && slices.Contains(h.options.cases, report.CountedCase)
	if simulate {
		h.valgrind = findValgrind()
		simulate = h.valgrind != ""
	}
	if !simulate {
		h.options.cases = slices.DeleteFunc(slices.Clone(h.options.cases), func(c string) bool { return c == report.CountedCase })
	}
	switch none := proc.ErrNoCounters.Error(); {
	case h.counters:
	case simulate:
		h.note("Instructions are counted by cachegrind, in a case of their own: " + none + ".")
	default:
		h.note("Instructions are not counted: " + none + ", and no valgrind is used. User CPU stands in for them, less exactly.")
	}
}

func (h *harness) note(text string) { h.report.Notes = append(h.report.Notes, text) }

// publish writes the three forms of the report and shows the tables.
func (h *harness) publish(folder string, stdout io.Writer) error {
	fmt.Fprint(stdout, "\n"+h.report.Text())
	name := h.report.Started.Format("20060102T150405Z")
	text, err := h.report.JSON()
	if err == nil {
		err = os.MkdirAll(folder, 0o755) //nolint:gosec // results are for everyone
	}
	for suffix, content := range map[string]string{
		".json": string(text), ".md": h.report.Markdown(name + ".svg"), ".svg": h.report.SVG(),
	} {
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name+suffix), []byte(content), 0o644) //nolint:gosec // see above
		}
	}
	if err == nil {
		fmt.Fprintf(stdout, "\nwritten to %s with .json, .md and .svg\n", filepath.Join(folder, name))
	}
	return err
}

// verdict is the error of a run that must not pass.
func (h *harness) verdict() error {
	if n := len(h.report.Problems); n > 0 {
		return fmt.Errorf("%d problems, see above", n)
	}
	if !h.options.strict {
		return nil
	}
	failed := 0
	for _, j := range h.report.Judge() {
		if j.Verdict == report.Fail {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d promises are not kept", failed)
	}
	return nil
}

// compare shows two reports side by side.
func compare(args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("compare", flag.ContinueOnError)
	fs.SetOutput(stderr)
	strict := fs.Bool("strict", false, "fail when the gate sees a regression")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if fs.NArg() != 2 {
		return errors.New("compare wants two JSON files: compare [--strict] OLD NEW")
	}
	old, err1 := report.Read(fs.Arg(0))
	now, err2 := report.Read(fs.Arg(1))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	c := report.Compare(old, now)
	fmt.Fprint(stdout, c.Text())
	if bad := c.Regressions(); *strict && len(bad) > 0 {
		return fmt.Errorf("%d regressions", len(bad))
	}
	return nil
}
