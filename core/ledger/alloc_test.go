//go:build !race

package ledger

import "testing"

// TestAllocs: writing allocates nothing, nor does reading but for what a row
// itself holds.
func TestAllocs(t *testing.T) {
	cfg := small(t.TempDir())
	cfg.SegmentBytes = 4 << 20
	l, _ := mustOpen(t, cfg)
	o, u := openRecord(0), usageRecord(0)
	i := 0
	if n := testing.AllocsPerRun(2000, func() {
		i++
		o.ID = testID(i)
		u.ID = o.ID
		if l.Open(o) != nil || l.Close(u) != nil {
			t.Fatal("append failed")
		}
	}); n != 0 {
		t.Errorf("an exchange costs %v allocations", n)
	}
}
