package proc

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestCachegrind(t *testing.T) {
	const head = "desc: I1 cache:         32768 B, 64 B, 8-way associative\ncmd: ./sallyport serve\n"
	for name, c := range map[string]struct {
		text, problem string
		want          uint64
	}{
		"plain":             {head + "events: Ir \nfl=/a b.go\nfn=main.main\n1 2\n7 5\nsummary: 123456789012 \n", "", 123456789012},
		"with caches":       {head + "events: Ir I1mr ILmr Dr\nfl=???\nfn=f\n0 9 1 1 1\nsummary: 42 1 2 3\n", "", 42},
		"another column":    {head + "events: Bc Ir\nsummary: 1 77\n", "", 77},
		"no line end":       {head + "events: Ir\nsummary: 7", "", 7},
		"names are no keys": {head + "events: Ir\nfn=x.summary:\nfl=events:\nsummary: 8\n", "", 8},
		"cut off":           {head + "events: Ir\nfl=a\nfn=b\n1 2\n", "no summary", 0},
		"empty":             {"", "no summary", 0},
		"no instructions":   {"events: Dr Dw\nsummary: 1 2\n", "no count of Ir", 0},
		"too few totals":    {"events: Dr Ir\nsummary: 1\n", "no count of Ir", 0},
		"no number":         {"events: Ir\nsummary: many\n", "invalid syntax", 0},
		"totals first":      {"summary: 1\nevents: Ir\n", "no count of Ir", 0},
	} {
		got, err := Cachegrind(strings.NewReader(c.text))
		if c.problem == "" && err != nil || got != c.want || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("%s: %d, %v; want %d, %q", name, got, err, c.want, c.problem)
		}
	}
	broken := errors.New("broken")
	if _, err := Cachegrind(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("error %v, want the reader's", err)
	}
}

func FuzzCachegrind(f *testing.F) {
	f.Add("events: Ir\nfn=f\n1 2\nsummary: 2\n")
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := Cachegrind(strings.NewReader(text)); err != nil && n != 0 {
			t.Errorf("%d and %v", n, err)
		}
	})
}
