package core

import "testing"

func TestVerdictCounts(t *testing.T) {
	var c VerdictCounts
	c.Add(&Reply{})
	c.Add(&Reply{Block: &Block{}, Flags: []Flag{{Name: "a"}, {Name: "b"}}})
	c.Add(&Reply{Path: "/x"})
	want := [NumVerdicts]uint64{VerdictAllow: 1, VerdictBlock: 1, VerdictFlag: 1, VerdictRoute: 1}
	if got := c.Read(); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	seen := map[string]bool{}
	for v := range Verdict(NumVerdicts) {
		if name := v.String(); name == "" || name == "unknown" || seen[name] {
			t.Errorf("verdict %d is called %q", v, name)
		}
		seen[v.String()] = true
	}
}
