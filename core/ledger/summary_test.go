package ledger

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestSummarise(t *testing.T) {
	folder := t.TempDir()
	l, _ := mustOpen(t, Config{Folder: folder})
	for i := range 6 {
		r := usageRecord(i)
		r.Time = noon.Add(time.Duration(i) * 12 * time.Hour)
		if i%2 == 1 {
			r.Consumer, r.ErrorCode, r.Priced, r.End = "team-b", "upstream_timeout", false, core.EndUpstreamTimeout
		}
		if i == 5 {
			r.Usage = core.Usage{} // unpriced, but it used nothing
		}
		must(t, l.Close(r))
	}
	f := func(by string, want ...Total) {
		t.Helper()
		keys, err := ParseKeys(by)
		must(t, err)
		got, _, err := Summarise(folder, Filter{}, keys...)
		must(t, err)
		for i := range got {
			// Checked once, below.
			got[i].CacheRead, got[i].Reasoning, got[i].BytesIn, got[i].BytesOut = 0, 0, 0, 0
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("by %q:\ngot  %+v\nwant %+v", by, got, want)
		}
	}
	f("", Total{Group: map[Key]string{}, Requests: 6, Errors: 3, InputUncached: 55, Output: 35, CostPicoUSD: 3 * 1_234_567, Unpriced: 2})
	f(
		"consumer",
		Total{Group: map[Key]string{ByConsumer: "team-a"}, Requests: 3, InputUncached: 33, Output: 21, CostPicoUSD: 3 * 1_234_567},
		Total{Group: map[Key]string{ByConsumer: "team-b"}, Requests: 3, Errors: 3, InputUncached: 22, Output: 14, Unpriced: 2},
	)
	days, _, err := Summarise(folder, Filter{}, ByDay, ByEnd)
	must(t, err)
	if len(days) != 6 || days[1].Group[ByDay] != "2026-03-15" || days[1].Group[ByEnd] != "completed" ||
		days[1].CacheRead != 5 || days[1].Reasoning != 3 || days[1].BytesIn != 300 || days[1].BytesOut != 4096 {
		t.Errorf("by day and end: %+v", days)
	}
}

// TestGroupsApart: two groups never share a name.
func TestGroupsApart(t *testing.T) {
	s := NewSummary(ByConsumer, ByRoute)
	s.Add(&Row{Consumer: "a", Route: "bc"})
	s.Add(&Row{Consumer: "ab", Route: "c"})
	if n := len(s.Totals()); n != 2 {
		t.Errorf("%d groups, want 2", n)
	}
}

func TestKeys(t *testing.T) {
	u := usageRecord(1)
	r := rowOf(u)
	for _, k := range keys() {
		if k.of(&r) == "" {
			t.Errorf("the key %q has no value in %+v", k, r)
		}
	}
	for list, want := range map[string]string{"x": `no key "x"`, "route,route": "twice", "route,": `no key ""`} {
		if _, err := ParseKeys(list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseKeys(%q) answered %v, want %q", list, err, want)
		}
	}
	if by, err := ParseKeys("route, day"); err != nil || len(by) != 2 {
		t.Errorf("got %v, %v", by, err)
	}
}

func TestSum(t *testing.T) {
	f := func(a, b, want int64) {
		t.Helper()
		if got := sum(a, b); got != want {
			t.Errorf("sum(%d, %d) = %d, want %d", a, b, got, want)
		}
	}
	f(1, 2, 3)
	f(math.MaxInt64, 1, math.MaxInt64)
	f(math.MinInt64, -1, math.MinInt64)
	f(math.MaxInt64, -1, math.MaxInt64-1)
}

func TestRowJSON(t *testing.T) {
	r := rowOf(usageRecord(1))
	b, err := json.Marshal(r)
	must(t, err)
	want := `{"request_id":"019cec37-b67b-7001-8000-000000000001","client_request_id":"client-1",` +
		`"time":"2026-03-14T12:00:00.123456789Z","consumer":"team-a","tenant":"acme","route":"gpt-4o-mini",` +
		`"deployment":"openai/gpt-4o-mini","provider":"openai","upstream_model":"gpt-4o-mini-2024-07-18",` +
		`"dialect":"openai.chat","operation":"chat","stream":true,"status":200,"end":"completed","error_code":"",` +
		`"attempts":1,"input_uncached":11,"cache_read":5,"cache_write":0,"cache_write_hour":0,"output":7,"reasoning":3,"audio":0,"image":0,"searches":0,` +
		`"reported":true,"estimated":false,"cost_picousd":1234567,"duration_us":1500000,"first_byte_us":200000,` +
		`"bytes_in":300,"bytes_out":4096,"chain_hash":""}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	r.CostPicoUSD = nil
	b, err = json.Marshal(r)
	must(t, err)
	if !strings.Contains(string(b), `"cost_picousd":null`) {
		t.Errorf("an unknown cost is not null: %s", b)
	}
	// The columns of a CSV file are those of the JSON form.
	decoder := json.NewDecoder(strings.NewReader(string(b)))
	var names []string
	for i := -1; ; i++ {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		if name, ok := token.(string); ok && i%2 == 0 {
			names = append(names, name)
		}
	}
	if !reflect.DeepEqual(names, RowColumns()) {
		t.Errorf("JSON has %v\nCSV has  %v", names, RowColumns())
	}
	if len(r.CSV()) != len(names) {
		t.Errorf("%d cells, %d columns", len(r.CSV()), len(names))
	}
	var total Total
	if by := keys(); len(total.CSV(by)) != len(TotalColumns(by)) {
		t.Error("a total has more or fewer cells than columns")
	}
}

func TestCSVText(t *testing.T) {
	f := func(s, want string) {
		t.Helper()
		if got := CSVText(s); got != want {
			t.Errorf("CSVText(%q) = %q, want %q", s, got, want)
		}
	}
	f("", "")
	f("gpt-4o", "gpt-4o")
	f("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0")
	f("+1", "'+1")
	f("-1", "'-1")
	f("@SUM(A1)", "'@SUM(A1)")
	f("\t=1", `\t=1`)
	f("a\nb\x1b[31m", `a\nb\x1b[31m`)
	f("say \"hi\"\r", `say "hi"\r`)
	f("日本", "日本")
	f("\xff", `\xff`)
}

func TestUSD(t *testing.T) {
	f := func(pico int64, want string) {
		t.Helper()
		if got := USD(pico); got != want {
			t.Errorf("USD(%d) = %s, want %s", pico, got, want)
		}
	}
	f(0, "0.00")
	f(1, "0.000000000001")
	f(1_500_000_000_000, "1.50")
	f(-2_000_000_000_000, "-2.00")
	f(math.MaxInt64, "9223372.036854775807")
	f(math.MinInt64, "-9223372.036854775808")
}
