package dialecttest

import (
	"strconv"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// NoEventAllocs makes sure that reading an event like those before it, appending it and
// noting that it was sent cost no memory. It must not run with the race detector.
func NoEventAllocs(t *testing.T, d core.EventReader, events ...string) {
	t.Helper()
	ex := &core.Exchange{}
	var (
		c    core.EventContent
		out  []byte
		data [][]byte
	)
	for _, e := range events {
		data = append(data, []byte(e))
	}
	d.BeginEvents(ex)
	all := func() {
		for _, event := range data {
			c.Reset()
			if err := d.ReadEvent(ex, event, &c); err != nil {
				t.Fatal(err)
			}
			var err *core.Error
			if out, err = d.AppendEvent(out[:0], ex, event, &c); err != nil {
				t.Fatal(err)
			}
			d.SentEvent(ex, out)
		}
	}
	all()
	if n := testing.AllocsPerRun(100, all); n > 0 {
		t.Errorf("%v allocations in %d events", n, len(events))
	}
}

// BenchEvents measures how long it takes to read one of events.
func BenchEvents(b *testing.B, d core.EventReader, events []string) {
	b.Helper()
	for i, e := range events {
		b.Run(strconv.Itoa(i), func(b *testing.B) {
			ex, data := &core.Exchange{}, []byte(e)
			var c core.EventContent
			d.BeginEvents(ex)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				c.Reset()
				if err := d.ReadEvent(ex, data, &c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
