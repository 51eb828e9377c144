package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/ledger"
)

const (
	defaultLedger    = "data/ledger" // as in config
	defaultUsageRows = 50            // of a table; files get everything
)

// usageOptions are the flags of the usage command as they were given.
type usageOptions struct {
	folder, config, since, until, by string
	json, csv                        bool
	limit                            int
	limited                          bool // --limit was given
}

func newUsageCommand() *cobra.Command {
	var o usageOptions
	cmd := &cobra.Command{
		Use:   "usage [--folder DIR | --config FILE]",
		Short: "Read the ledger: what was used, by whom, at what cost",
		Long: "Read the ledger, also while the gateway runs: one row per exchange, or totals with --by.\n" +
			"Without --folder and --config it looks in " + defaultLedger + ".",
		Example: "  sallyport usage --since 24h\n" +
			"  sallyport usage --by consumer,day --since 2026-01-01\n" +
			"  sallyport usage --config sallyport.yaml --csv > usage.csv",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.limited = cmd.Flags().Changed("limit")
			return printUsage(&o, time.Now(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.folder, "folder", "", "the ledger's folder")
	f.StringVar(&o.config, "config", "", "the configuration file that names the ledger's folder")
	f.StringVar(&o.since, "since", "", "requests from then on: a time (RFC 3339), a day (2026-01-31, UTC), or an age (90m, 24h, 7d)")
	f.StringVar(&o.until, "until", "", "requests before then, given like --since")
	f.StringVar(&o.by, "by", "", "totals by consumer, tenant, route, deployment, provider, upstream_model, operation, end or day; several with commas")
	f.BoolVar(&o.json, "json", false, "one JSON object per line")
	f.BoolVar(&o.csv, "csv", false, "comma-separated values, safe to open in a spreadsheet")
	f.IntVar(&o.limit, "limit", 0, fmt.Sprintf("only the newest so many rows, or the first so many totals; 0 for all (default %d rows in a table, else all)", defaultUsageRows))
	cmd.MarkFlagsMutuallyExclusive("json", "csv")
	cmd.MarkFlagsMutuallyExclusive("folder", "config")
	return cmd
}

// printUsage is the usage command. Notes on what could not be read go to notes.
func printUsage(o *usageOptions, now time.Time, out, notes io.Writer) error {
	folder, err := o.ledgerFolder()
	if err != nil {
		return err
	}
	if _, err := os.Stat(folder); err != nil {
		return fmt.Errorf("there is no ledger: %w; name its folder with --folder or --config", err)
	}
	var filter ledger.Filter
	if filter.Since, err = parseWhen("--since", o.since, now); err != nil {
		return err
	}
	if filter.Until, err = parseWhen("--until", o.until, now); err != nil {
		return err
	}
	if o.limit < 0 {
		return errors.New("--limit must not be negative")
	}
	by, err := ledger.ParseKeys(o.by)
	if err != nil {
		return err
	}
	var report ledger.ReadReport
	if len(by) > 0 {
		var totals []ledger.Total
		if totals, report, err = ledger.Summarise(folder, filter, by...); err != nil {
			return err
		}
		if o.limit > 0 {
			totals = totals[:min(o.limit, len(totals))]
		}
		err = o.printTotals(out, by, totals)
	} else {
		report, err = o.printRows(out, folder, filter)
	}
	printReadReport(notes, &report)
	return err
}

func (o *usageOptions) ledgerFolder() (string, error) {
	switch {
	case o.folder != "":
		return o.folder, nil
	case o.config == "":
		return defaultLedger, nil
	}
	// Reading the ledger needs none of the secrets that a whole configuration
	// refers to.
	cfg, problems := config.Load(o.config)
	if cfg == nil {
		var all []string
		for _, p := range problems {
			all = append(all, p.String())
		}
		return "", errors.New(strings.Join(all, "\n"))
	}
	folder := cfg.Ledger.Folder
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(filepath.Dir(o.config), folder)
	}
	return folder, nil
}

// parseWhen reads the value of a flag that names a moment; "" is the zero time.
func parseWhen(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n < 100_000 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("%s %q is no moment; give a time (2026-01-31T08:00:00Z), a day (2026-01-31) or an age (24h, 7d)", flag, s)
}

func (o *usageOptions) printRows(out io.Writer, folder string, filter ledger.Filter) (ledger.ReadReport, error) {
	limit := o.limit
	if !o.limited && !o.json && !o.csv {
		limit = defaultUsageRows
	}
	p := o.rowPrinter(out)
	if limit == 0 {
		report, err := ledger.Read(folder, filter, func(r ledger.Row) error { return p.row(&r) })
		return report, errors.Join(err, p.end())
	}
	// A ring of the newest rows.
	var ring []ledger.Row
	n := 0
	report, err := ledger.Read(folder, filter, func(r ledger.Row) error {
		if len(ring) < limit {
			ring = append(ring, r)
		} else {
			ring[n%limit] = r
		}
		n++
		return nil
	})
	if err != nil {
		return report, err
	}
	for i := range ring {
		if err := p.row(&ring[(n+i)%len(ring)]); err != nil {
			return report, err
		}
	}
	return report, p.end()
}

// rowPrinter prints rows in one format.
type rowPrinter struct {
	row func(r *ledger.Row) error
	end func() error
}

func (o *usageOptions) rowPrinter(out io.Writer) rowPrinter {
	switch {
	case o.json:
		enc := newLineEncoder(out)
		return rowPrinter{func(r *ledger.Row) error { return enc.Encode(r) }, func() error { return nil }}
	case o.csv:
		w := csv.NewWriter(out)
		_ = w.Write(ledger.RowColumns()) // end reports it
		return rowPrinter{func(r *ledger.Row) error { return w.Write(r.CSV()) }, func() error { w.Flush(); return w.Error() }}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	unpriced := int64(0)
	fmt.Fprintln(w, "TIME\tCONSUMER\tROUTE\tDEPLOYMENT\tSTATUS\tEND\tINPUT\tOUTPUT\tCOST USD\tMS\tREQUEST ID")
	return rowPrinter{func(r *ledger.Row) error {
		if r.CostPicoUSD == nil {
			unpriced++
		}
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%d\t%s\n",
			r.Time.Format("2006-01-02 15:04:05"), cell(r.Consumer), cell(r.Route), cell(r.Deployment), r.Status, cell(r.End),
			tokens(r.InputUncached+r.CacheRead+r.CacheWrite, r.Estimated), tokens(r.Output, r.Estimated),
			cost(r), r.DurationUS/1000, r.RequestID)
		return err
	}, func() error { return errors.Join(w.Flush(), printUnpriced(out, unpriced)) }}
}

func (o *usageOptions) printTotals(out io.Writer, by []ledger.Key, totals []ledger.Total) error {
	switch {
	case o.json:
		enc := newLineEncoder(out)
		for i := range totals {
			if err := enc.Encode(&totals[i]); err != nil {
				return err
			}
		}
		return nil
	case o.csv:
		w := csv.NewWriter(out)
		_ = w.Write(ledger.TotalColumns(by)) // Error reports it
		for i := range totals {
			_ = w.Write(totals[i].CSV(by))
		}
		w.Flush()
		return w.Error()
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, k := range by {
		fmt.Fprint(w, strings.ToUpper(string(k)), "\t")
	}
	fmt.Fprintln(w, "REQUESTS\tERRORS\tINPUT\tCACHED\tOUTPUT\tCOST USD\tUNPRICED\tESTIMATED")
	unpriced := int64(0)
	for i := range totals {
		t := &totals[i]
		unpriced += t.Unpriced
		for _, k := range by {
			fmt.Fprint(w, cell(t.Group[k]), "\t")
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%s\t%d\t%d\n", t.Requests, t.Errors,
			t.InputUncached+t.CacheRead+t.CacheWrite, t.CacheRead, t.Output, ledger.USD(t.CostPicoUSD), t.Unpriced, t.Estimated)
	}
	return errors.Join(w.Flush(), printUnpriced(out, unpriced))
}

// printUnpriced says below a table how many rows have no price.
func printUnpriced(out io.Writer, rows int64) error {
	if rows == 0 {
		return nil
	}
	what := "rows have"
	if rows == 1 {
		what = "row has"
	}
	_, err := fmt.Fprintf(out, "%d %s no known price, which is not free; set models[].price in the configuration\n", rows, what)
	return err
}

func newLineEncoder(out io.Writer) *json.Encoder {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc
}

// cell is a name in a table.
func cell(s string) string {
	if s == "" {
		return "-"
	}
	return ledger.Printable(s)
}

// tokens marks a count that we had to estimate.
func tokens(n int64, estimated bool) string {
	if estimated {
		return "~" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

func cost(r *ledger.Row) string {
	if r.CostPicoUSD == nil {
		return "?"
	}
	return ledger.USD(*r.CostPicoUSD)
}

// printReadReport says what is missing from what was printed.
func printReadReport(w io.Writer, r *ledger.ReadReport) {
	for _, s := range r.BadSegments {
		fmt.Fprintln(w, "unreadable:", s)
	}
	if r.Damaged > 0 {
		fmt.Fprintf(w, "the ledger is damaged in %d places; %d records there are lost\n", r.Damaged, r.LostRecords)
	}
	if r.Unknown > 0 {
		fmt.Fprintf(w, "%d records were written by a later version and are not shown\n", r.Unknown)
	}
}
