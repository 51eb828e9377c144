package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/ledger"
)

// usageLedger makes a ledger of three rows, one of them hostile.
func usageLedger(t *testing.T, folder string) {
	t.Helper()
	log, _, err := ledger.Open(ledger.Config{Folder: folder}, clock{})
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	for i, r := range []core.UsageRecord{
		{Consumer: "ann", Route: "small", Status: 200, Usage: core.Usage{InputUncached: 10, Output: 2, Reported: true}, Cost: 1_500_000_000, Priced: true},
		{Consumer: "bob", Route: "=cmd()", Deployment: "\x1b[31mred\n", Status: 502, End: core.EndUpstreamCut, ErrorCode: "upstream_cut", Usage: core.Usage{InputUncached: 7, Estimated: true}},
		{Consumer: "ann", Route: "large", Status: 200, Usage: core.Usage{InputUncached: 1, CacheRead: 4, Output: 3, Reported: true}},
	} {
		r.Time = noon.AddDate(0, 0, i)
		r.ID = core.NewID(r.Time, uint64(i), uint64(i))
		if err := log.Close(&r); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Stop(); err != nil {
		t.Fatal(err)
	}
}

// runUsage runs the command as a user would.
func runUsage(args ...string) (string, error) {
	var out bytes.Buffer
	cmd := newUsageCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	err := cmd.Execute()
	return out.String(), err
}

func TestUsageTables(t *testing.T) {
	folder := t.TempDir()
	usageLedger(t, folder)
	f := func(want string, args ...string) {
		t.Helper()
		got, err := runUsage(append(args, "--folder", folder)...)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for line := range strings.Lines(got) {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("usage %s:\n%s\nwant:\n%s", strings.Join(args, " "), got, want)
		}
	}
	const head = "TIME CONSUMER ROUTE DEPLOYMENT STATUS END INPUT OUTPUT COST USD MS REQUEST ID\n"
	ann := "2026-03-14 12:00:00 ann small - 200 completed 10 2 0.0015 0 019cec37-b600-7000-8000-000000000000"
	bob := `2026-03-15 12:00:00 bob =cmd() \x1b[31mred\n 502 upstream_cut ~7 ~0 ? 0 019cf15e-1200-7001-8000-000000000001`
	large := "2026-03-16 12:00:00 ann large - 200 completed 5 3 ? 0 019cf684-6e00-7002-8000-000000000002"
	const rows = " no known price, which is not free; set models[].price in the configuration"
	f(head + ann + "\n" + bob + "\n" + large + "\n2 rows have" + rows)
	f(head+bob+"\n"+large+"\n2 rows have"+rows, "--limit", "2")
	f(head+bob+"\n1 row has"+rows, "--since", "2026-03-15", "--until", "2026-03-16T00:00:00Z")
	f(`CONSUMER REQUESTS ERRORS INPUT CACHED OUTPUT COST USD UNPRICED ESTIMATED
ann 2 0 15 4 5 0.0015 1 0
bob 1 1 7 0 0 0.00 1 1
2 rows have`+rows, "--by", "consumer")
	f(`DAY ROUTE REQUESTS ERRORS INPUT CACHED OUTPUT COST USD UNPRICED ESTIMATED
2026-03-14 small 1 0 10 0 2 0.0015 0 0`, "--by", "day,route", "--limit", "1")
}

func TestUsageFiles(t *testing.T) {
	folder := t.TempDir()
	usageLedger(t, folder)
	out, err := runUsage("--folder", folder, "--csv")
	if err != nil {
		t.Fatal(err)
	}
	cells, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(cells) != 4 || cells[2][5] != "'=cmd()" || cells[2][6] != `\x1b[31mred\n` {
		t.Errorf("%v, %q", err, cells)
	}
	out, err = runUsage("--folder", folder, "--csv", "--by", "route")
	if err != nil || !strings.HasPrefix(out, "route,requests,") || !strings.Contains(out, "\n'=cmd(),1,1,7,") {
		t.Errorf("%v, %s", err, out)
	}
	out, err = runUsage("--folder", folder, "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var row ledger.Row
	if err != nil || len(lines) != 3 || json.Unmarshal([]byte(lines[1]), &row) != nil || row.Route != "=cmd()" || row.CostPicoUSD != nil {
		t.Errorf("%v, %s", err, out)
	}
	out, err = runUsage("--folder", folder, "--json", "--by", "end")
	if err != nil || !strings.HasPrefix(out, `{"group":{"end":"completed"},"requests":2,`) {
		t.Errorf("%v, %s", err, out)
	}
}

// TestUsageConfig: the folder stands in the configuration, relative to it.
func TestUsageConfig(t *testing.T) {
	folder := t.TempDir()
	usageLedger(t, filepath.Join(folder, "books"))
	file := filepath.Join(folder, "sallyport.yaml")
	if err := os.WriteFile(file, []byte("ledger: {folder: books}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := runUsage("--config", file, "--json")
	if err != nil || strings.Count(out, "\n") != 3 {
		t.Errorf("%v, %s", err, out)
	}
}

func TestUsageErrors(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		if _, err := runUsage(args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("usage %s: %v, want %q", strings.Join(args, " "), err, want)
		}
	}
	here := t.TempDir()
	absent := filepath.Join(t.TempDir(), "absent")
	f("--folder or --config", "--folder", absent)
	f("does not exist", "--config", absent)
	f(`--since "soon" is no moment`, "--folder", here, "--since", "soon")
	f(`--until "-1h" is no moment`, "--folder", here, "--until=-1h")
	f("--limit must not be negative", "--folder", here, "--limit", "-1")
	f(`no key "colour"`, "--folder", here, "--by", "colour")
	f("json", "--json", "--csv")
}

func TestParseWhen(t *testing.T) {
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Time{
		"":                          {},
		"2026-01-31":                time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
		"2026-01-31T10:00:00+02:00": time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC),
		"90m":                       now.Add(-90 * time.Minute),
		"7d":                        now.AddDate(0, 0, -7),
	} {
		if got, err := parseWhen("--since", s, now); err != nil || !got.Equal(want) {
			t.Errorf("%q is %v, %v; want %v", s, got, err, want)
		}
	}
}
