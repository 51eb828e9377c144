//go:build !race

package attempt

import (
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// The loop itself allocates nothing for an exchange that goes well.
func TestAllocations(t *testing.T) {
	for _, live := range []bool{false, true} {
		testAllocations(t, live)
	}
}

func testAllocations(t *testing.T, live bool) {
	t.Helper()
	r := chat("r", 2, deployment("a", "a", 1), deployment("b", "b", 3), deployment("c", "c", 0))
	l, err := New(nil, Config{Routes: []*core.Route{r}, Clock: clock{}, Rand: newRandom(), Signals: live})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, p := range l.places {
		p.host = script(good)
	}
	ex, resp := new(core.Exchange), new(upstream.Response)
	var d core.Dialect = dialect{}
	body, fields := []byte("{}"), headers{}
	run := func() {
		ex.Reset()
		ex.Route, ex.Start = r, time.Now()
		ex.Request.Dialect, ex.Request.Operation, ex.Request.Body, ex.Request.Headers = d, core.OpChat, body, fields
		if err := l.Do(ex, resp, nil, nil); err != nil {
			t.Fatal(err)
		}
		l.Done(ex, nil)
	}
	run()
	if n := testing.AllocsPerRun(200, run); n != 0 {
		t.Errorf("signals %v: %v allocations per exchange, want none", live, n)
	}
}

func BenchmarkLoop(b *testing.B) {
	r := chat("r", 2, deployment("a", "a", 1), deployment("b", "b", 3))
	l, err := New(nil, Config{Routes: []*core.Route{r}, Clock: clock{}, Rand: newRandom()})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	for _, p := range l.places {
		p.host = script(good)
	}
	ex, resp := new(core.Exchange), new(upstream.Response)
	var d core.Dialect = dialect{}
	body, fields := []byte("{}"), headers{}
	b.ReportAllocs()
	for b.Loop() {
		ex.Reset()
		ex.Route, ex.Start = r, time.Now()
		ex.Request.Dialect, ex.Request.Operation, ex.Request.Body, ex.Request.Headers = d, core.OpChat, body, fields
		if err := l.Do(ex, resp, nil, nil); err != nil {
			b.Fatal(err)
		}
		l.Done(ex, nil)
	}
}
