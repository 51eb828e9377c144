package catalog

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

//go:embed LICENSE
var licence []byte

// modalities and abilities are the words of the catalog.
var (
	modalities = []string{"text", "image", "audio", "video", "pdf"}
	abilities  = []string{"reasoning", "structured_output", "temperature", "tools"}
)

// TestData reads every line strictly: what is not declared here is not there.
func TestData(t *testing.T) {
	if len(data) > 1_500_000 {
		t.Errorf("the catalog has %d bytes", len(data))
	}
	h := New().Header()
	if _, err := time.Parse(time.DateOnly, h.Retrieved); err != nil || h.Format != Format || len(h.Sources) != 2 {
		t.Errorf("%+v %v", h, err)
	}
	var sources []string
	for _, s := range h.Sources {
		if s.Licence != "MIT" || len(s.SHA256) != 64 || s.Package == "" || s.Newest > h.Retrieved {
			t.Errorf("%+v", s)
		}
		sources = append(sources, s.Name)
	}
	before, priced, n := "", 0, 0
	for line := range strings.Lines(New().lines) {
		n++
		var m Model
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&m); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		if line <= before || !strings.HasPrefix(line, lineHead(m.Kind, m.Name)+`"`) {
			t.Fatalf("%s is out of order", line)
		}
		before = line
		if m.Price != nil {
			priced++
			checkPrice(t, &m)
		}
		if m.Context < 0 || m.MaxOutput < 0 || !within(modalities, m.Input) || !within(modalities, m.Output) ||
			!within(abilities, m.Abilities) || !slices.IsSorted(m.Abilities) || !slices.IsSorted(m.Refuses) ||
			!within(sources, strings.Split(m.Source, "+")) {
			t.Errorf("%s", line)
		}
	}
	if n < 4000 || priced < n*3/4 {
		t.Errorf("%d models, %d of them with a price", n, priced)
	}
}

func within(words, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(words, s) })
}

func checkPrice(t *testing.T, m *Model) {
	t.Helper()
	all := []Rates{m.Price.Rates}
	for i := range m.Price.Tiers {
		if i > 0 && m.Price.Tiers[i].Above <= m.Price.Tiers[i-1].Above {
			t.Errorf("%s %s: tiers out of order", m.Kind, m.Name)
		}
		all = append(all, m.Price.Tiers[i].Rates)
	}
	for _, r := range all {
		for _, f := range reflect.ValueOf(r).Fields() {
			if p, _ := reflect.TypeAssert[*int64](f); p != nil && (*p < 0 || *p > core.MaxRate) {
				t.Errorf("%s %s: a price of %d", m.Kind, m.Name, *p)
			}
		}
	}
	if m.Since != "" && m.Next != nil && m.Next.From <= m.Since {
		t.Errorf("%s %s: the next price begins before this one", m.Kind, m.Name)
	}
}

// TestWellKnown: prices that anyone can check on the providers' own pages.
func TestWellKnown(t *testing.T) {
	c := New()
	for _, w := range []struct {
		kind, model string
		want        core.Rates // but for reasoning and audio
	}{
		{"openai", "gpt-4o", core.Rates{Input: 2_500_000, CacheRead: 1_250_000, CacheWrite: core.Unpriced, CacheWriteHour: core.Unpriced, Output: 10_000_000}},
		{"openai", "gpt-4o-mini", core.Rates{Input: 150_000, CacheRead: 75_000, CacheWrite: core.Unpriced, CacheWriteHour: core.Unpriced, Output: 600_000}},
		{"anthropic", "claude-sonnet-4-5-20250929", core.Rates{Input: 3_000_000, CacheRead: 300_000, CacheWrite: 3_750_000, CacheWriteHour: 6_000_000, Output: 15_000_000}},
		{"azure-deployments", "gpt-4o", core.Rates{Input: 2_500_000, CacheRead: 1_250_000, CacheWrite: core.Unpriced, CacheWriteHour: core.Unpriced, Output: 10_000_000}},
	} {
		f := c.Facts(w.kind, w.model)
		if !f.Priced() {
			t.Errorf("%s %s is not known", w.kind, w.model)
			continue
		}
		got := f.Price.Rates
		got.Reasoning, got.InputAudio, got.OutputAudio = 0, 0, 0
		if got != w.want {
			t.Errorf("%s %s: %+v", w.kind, w.model, got)
		}
	}
	if f := c.Facts("openai", "gpt-5.5"); !f.Priced() || len(f.Price.Tiers) != 1 || !slices.Contains(f.Refuses, "temperature") {
		t.Errorf("%+v", f)
	}
	for _, no := range [][2]string{{"openai", "gpt-unheard-of"}, {"nobody", "gpt-4o"}, {"openai", ""}, {"", ""}, {`x","model":"y`, "z"}} {
		if f := c.Facts(no[0], no[1]); f != nil {
			t.Errorf("%v: %+v", no, f)
		}
	}
	// A whole turn, to the micro-cent: 1000 × 3 + 200 × 0.30 + 300 × 15 per million.
	cost, known := c.Facts("anthropic", "claude-sonnet-4-5").Price.Cost(&core.Usage{InputUncached: 1000, CacheRead: 200, Output: 300}, time.Time{})
	if want := int64(3_000_000_000 + 60_000_000 + 4_500_000_000); !known || cost != want {
		t.Errorf("%d %t, want %d", cost, known, want)
	}
}

func TestDates(t *testing.T) {
	c := Catalog{`{"kind":"a","model":"m-2025-01-01","context":5,"price":null,"source":"s"}
{"kind":"a","model":"m-2025-02-01","context":5,"price":null,"source":"s"}
{"kind":"a","model":"n","context":5,"price":null,"source":"s"}
{"kind":"a","model":"n-20250101","context":6,"price":null,"source":"s"}
{"kind":"a","model":"n-20250101-fast","context":9,"price":null,"source":"s"}
{"kind":"a","model":"o@20250101","context":7,"price":null,"source":"s"}
{"kind":"b","model":"n-19990101","context":8,"price":null,"source":"s"}
`}
	for name, want := range map[string]int64{
		"m": 5, "m-2025-01-01": 5, "m-20260101": 5, "m@20260101": 5, // both agree
		"n": 5, "n-20250101": 6, "n-20260101": 0, // they differ: which one would it be?
		"o": 7, "o-20250101": 7, "o-2025": 0, "o-19250101": 0, "": 0, "n-20250101-slow": 0,
	} {
		var got int64
		if m := c.Find("a", name); m != nil {
			got = m.Context
		}
		if got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
	if m := c.Find("b", "n"); m != nil {
		t.Errorf("%+v", m) // 1999 is no date of a model
	}
	if l := c.List("a"); len(l) != 6 || l[5].Name != "o@20250101" || len(c.List("c")) != 0 || len(Catalog{}.List("a")) != 0 {
		t.Errorf("%+v", l)
	}
}

func TestFacts(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	hears := Model{Output: []string{"text"}, Price: &Price{Rates: Rates{Input: n(1), Output: n(2), InputAudio: n(9)}}}
	talks := Model{Output: []string{"text", "audio"}, Price: &Price{Rates: Rates{Input: n(1), Output: n(2)}}}
	plain := Model{
		Output: []string{"text"}, Price: &Price{Rates: Rates{Input: n(1), Output: n(2), CacheRead: n(3)}, Tiers: []Tier{{Above: 7, Rates: Rates{Input: n(4)}}}},
		Next: &Change{From: "2027-01-01", Price: &Price{Rates: Rates{Input: n(5), Output: n(6)}}},
	}
	const no = core.Unpriced
	for i, c := range []struct {
		model *Model
		want  core.Rates
	}{
		{&hears, core.Rates{Input: 1, Output: 2, Reasoning: 2, CacheRead: no, CacheWrite: no, CacheWriteHour: no, InputAudio: 9, OutputAudio: no}},
		{&talks, core.Rates{Input: 1, Output: 2, Reasoning: 2, CacheRead: no, CacheWrite: no, CacheWriteHour: no, InputAudio: no, OutputAudio: no}},
		{&Model{Price: &Price{Rates: Rates{Input: n(1), Output: n(2)}}}, core.Rates{Input: 1, Output: 2, Reasoning: 2, CacheRead: no, CacheWrite: no, CacheWriteHour: no, InputAudio: no, OutputAudio: no}},
		{&Model{Name: "anthropic.claude-x", Price: &Price{Rates: Rates{Input: n(4), Output: n(2), CacheWrite: n(5)}}}, core.Rates{
			Input: 4, Output: 2, Reasoning: 2, CacheRead: no, CacheWrite: 5, CacheWriteHour: 8, InputAudio: no, OutputAudio: no,
		}},
		{&plain, core.Rates{Input: 1, Output: 2, Reasoning: 2, CacheRead: 3, CacheWrite: no, CacheWriteHour: no, InputAudio: 1, OutputAudio: 2}},
	} {
		if got := c.model.facts().Price.Rates; got != c.want {
			t.Errorf("%d: %+v", i, got)
		}
	}
	for _, c := range []struct{ can, refuses, want []string }{
		{[]string{"temperature", "tools"}, nil, []string{"reasoning_effort"}},
		{[]string{"tools"}, []string{"temperature", "top_p"}, []string{"reasoning_effort", "temperature", "top_p"}},
		{[]string{"reasoning", "tools"}, []string{"temperature"}, []string{"temperature"}},
		{nil, nil, nil}, // nobody says what it can do
	} {
		if got := (&Model{Abilities: c.can, Refuses: c.refuses}).facts().Refuses; !slices.Equal(got, c.want) {
			t.Errorf("%v, %v: refuses %v", c.can, c.refuses, got)
		}
	}
	p := plain.facts().Price
	if len(p.Tiers) != 1 || p.Tiers[0].Above != 7 || p.Tiers[0].Input != 4 || p.Tiers[0].Output != no || p.Next.Input != 5 ||
		!p.NextFrom.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v %+v", p, p.Next)
	}
}

// FuzzFind compares the search with reading line by line.
func FuzzFind(f *testing.F) {
	f.Add("openai", "gpt-4o")
	f.Add("anthropic", "claude-sonnet-4-5-20990101")
	f.Add("zhipuai-coding-plan", "glm-5.1")
	f.Add("302ai", "")
	f.Fuzz(func(t *testing.T, kind, model string) {
		c := New()
		got := c.Find(kind, model)
		if i := strings.Index("\n"+c.lines, "\n"+lineHead(known(kind), model)+`",`); i >= 0 && (got == nil || got.Name != model) {
			t.Errorf("%s %s is listed and not found", kind, model)
		}
		if got != nil && (got.Kind != known(kind) || undated(got.Name) != undated(model)) {
			t.Errorf("%s %s: %+v", kind, model, got)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	for b.Loop() {
		New().Facts("openai", "gpt-4o-mini")
	}
}

func BenchmarkAll(b *testing.B) {
	for b.Loop() {
		New().All("openai")
	}
}

// TestLicence: the notice beside the data names both packages and holds both
// licences.
func TestLicence(t *testing.T) {
	for _, want := range []string{"models.dev", "genai-prices", "Permission is hereby granted, free of charge"} {
		if !bytes.Contains(licence, []byte(want)) {
			t.Errorf("the notice does not hold %q", want)
		}
	}
}
