package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestCosts: rows cost what the configuration says of their model, to the 10⁻¹² USD,
// whole and streamed; an unknown model has no cost, and the metrics count it.
func TestCosts(t *testing.T) {
	l := newLab(t, labConfig{
		config: "models:\n  - {provider: p0, model: served-0, price: {input: 0.15, output: \"0.600001\"}}",
		extra:  "  - {name: other, deployments: [{provider: p0, model: unheard-of}]}\n",
	})
	for n, more := range []string{"", `"stream":true`} {
		if a := l.chat(more, ""); a.status != http.StatusOK {
			t.Fatal(a.status, a.body)
		}
		r := l.row(n + 1)
		if want := r.InputUncached*150_000 + r.Output*600_001; r.CostPicoUSD == nil || *r.CostPicoUSD != want || want == 0 {
			t.Errorf("%q: %+v, want %d", more, r, want)
		}
	}
	if a := l.post("/v1/chat/completions", `{"model":"other","messages":[{"role":"user","content":"x"}]}`); a.status != http.StatusOK {
		t.Fatal(a.status, a.body)
	}
	if r := l.row(3); r.CostPicoUSD != nil || r.InputUncached == 0 {
		t.Errorf("an unknown model: %+v", r)
	}
	var out bytes.Buffer
	if err := printUsage(&usageOptions{folder: l.path("ledger")}, l.rows()[0].Time, &out, io.Discard); err != nil || !strings.Contains(out.String(), "\n1 row has no known price") {
		t.Errorf("%v\n%s", err, &out)
	}
}

// TestCostOfErrors: what the provider refused cost nothing, and is known to.
func TestCostOfErrors(t *testing.T) {
	l := newLab(t, labConfig{scenario: "status=400"})
	if a := l.chat("", ""); a.status != http.StatusBadRequest {
		t.Fatal(a.status, a.body)
	}
	if r := l.row(1); r.CostPicoUSD == nil || *r.CostPicoUSD != 0 {
		t.Errorf("%+v", r)
	}
}
