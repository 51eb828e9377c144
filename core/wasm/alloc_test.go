//go:build !race

package wasm

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

func TestCleanPathAllocatesNothing(t *testing.T) {
	for _, iso := range []core.Isolation{core.IsolateShared, core.IsolateTenant, core.IsolateExchange} {
		t.Run(iso.String(), func(t *testing.T) {
			i := seeing(t, plain(), core.Sees{Consumer: true, Tags: true}, core.InstanceConfig{Isolation: iso})
			h := i.Hook(core.PhasePrompt)
			c := prompt(exchange("a", 1), "one", "two", "three", "four", "five")
			n := testing.AllocsPerRun(1000, func() {
				c.Exchange.ID[0]++ // another exchange: reset each time where that is asked for
				if err := h.Handle(c); err != nil {
					t.Fatal(err)
				}
			})
			if n != 0 {
				t.Errorf("%v allocations per call, want 0", n)
			}
		})
	}
}

func TestEventAllocatesNothing(t *testing.T) {
	reply := abi.UpstreamEventReply{Events: []abi.Event{
		{Kind: abi.EventKindDelta, HasPart: true, Part: abi.Part{Kind: abi.KindText, Text: []byte("text")}},
	}, HasState: true, State: []byte("state")}
	for _, iso := range []core.Isolation{core.IsolateShared, core.IsolateTenant} {
		tr, _ := translatorOf(t, saying(reply.Append(nil)), core.InstanceConfig{Isolation: iso})
		ex, at := translated(tr)
		data := []byte("data")
		n := testing.AllocsPerRun(1000, func() {
			if got, err := tr.Event(ex, at, nil, data, false); err != nil || len(got) != 1 {
				t.Fatal(got, err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations per event, want 0", iso, n)
		}
	}
}
