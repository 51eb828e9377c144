package window_test

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// calm holds back a few bytes of each window and finds nothing.
type calm struct{ reply core.Reply }

func (c *calm) Window(_ int, w *core.Window) (*core.Reply, *core.Error) {
	c.reply.Reset()
	if !w.Final {
		c.reply.Hold = min(4, len(w.Text))
	}
	return &c.reply, nil
}

func (c *calm) Whole(int, []*core.Part) *core.Error { return nil }

// ordinary is a stream whose events say a word each.
type ordinary struct {
	s       window.Stream
	content core.EventContent
	part    core.Part
	text    []byte
}

func newOrdinary() *ordinary {
	o := &ordinary{text: []byte(" ordinary")}
	o.s.Begin([]core.StreamGuard{guardText}, &calm{}, window.Options{Most: 1 << 20})
	return o
}

func (o *ordinary) event(t testing.TB) {
	t.Helper()
	e := o.s.New()
	e.Data = append(e.Data, o.text...)
	o.content.Reset()
	o.part = core.Part{Role: core.RoleAssistant}
	o.part.SetText(o.text)
	o.content.Parts = append(o.content.Parts, core.StreamPart{Part: &o.part})
	if err := o.s.Push(e, &o.content); err != nil {
		t.Fatal(err)
	}
	if err := o.s.Judge(); err != nil {
		t.Fatal(err)
	}
	for o.s.Next() != nil {
	}
	o.s.Observe()
}

// BenchmarkEvent is what the engine costs for each event, the guard aside.
func BenchmarkEvent(b *testing.B) {
	o := newOrdinary()
	b.ReportAllocs()
	for b.Loop() {
		o.event(b)
	}
}
