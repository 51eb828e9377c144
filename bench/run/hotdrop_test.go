//go:build linux

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/bench/report"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// fakeGateway answers as a gateway whose plugin folder holds file. lie changes an
// answer; it gets the version that serves and how often it was asked before.
func fakeGateway(t *testing.T, file string, lie func(version, asked int) (status int, message string)) string {
	t.Helper()
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status, message := http.StatusOK, ""
		if code, err := os.ReadFile(file); err == nil {
			text, err := wasm.ManifestText(code)
			if err != nil {
				t.Error(err)
			}
			version := 0
			_, at, _ := strings.Cut(string(text), `default: "version `)
			_, _ = fmt.Sscan(strings.TrimSuffix(strings.Fields(at)[0], `"}`), &version)
			status, message = lie(version, asked)
		}
		asked++
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"message":%q}}`, message)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func TestDropper(t *testing.T) {
	g, err := newGuard(0) // as small as it is
	if err != nil {
		t.Fatal(err)
	}
	honest := func(version, _ int) (int, string) { return 400, fmt.Sprint("version ", version) }
	for name, c := range map[string]struct {
		lie    func(version, asked int) (int, string)
		failed bool
	}{
		"honest": {honest, false},
		"unready": {func(v, asked int) (int, string) {
			return map[bool]int{true: 503, false: 400}[asked == 1], fmt.Sprint("version ", v)
		}, true},
		"older": {func(v, asked int) (int, string) {
			if v == 3 && asked == 2 {
				v = 1
			}
			return honest(v, asked)
		}, true},
		"unguarded": {func(v, asked int) (int, string) {
			if asked == 1 {
				return 200, ""
			}
			return honest(v, asked)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := &dropper{file: filepath.Join(t.TempDir(), "hotdrop.wasm")}
			d.addr = fakeGateway(t, d.file, c.lie)
			if d.probe(); d.passed != 1 || d.failed != 0 {
				t.Errorf("before the first drop: %+v", d)
			}
			if c.failed {
				d.live = 1 // one serves already
			}
			row := &report.Row{Values: map[report.Metric]float64{}}
			if err := d.drops(t.Context(), g, 3, row, report.LiveSmallP50, report.LiveSmallMax); err != nil {
				t.Fatal(err)
			}
			if d.live != 3 || (d.failed > 0) != c.failed || (d.wrong != "") != c.failed {
				t.Errorf("%+v", d)
			}
			if row.Values[report.LiveSmallP50] <= 0 || row.Values[report.LiveSmallMax] < row.Values[report.LiveSmallP50] {
				t.Errorf("%v", row.Values)
			}
		})
	}
}
