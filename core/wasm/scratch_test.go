package wasm

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// remembering returns an instance whose window hook leaves as state the last byte of
// its frame, which is that of the state which it left before, plus one, or, before it
// has left any, something else; and what it left last in a window.
func remembering(t *testing.T) (show func(ex *core.Exchange, w core.Window) error, left func(ex *core.Exchange, w core.Window) string) {
	m := replying((&abi.Reply{HasState: true, State: []byte{0}}).Append(nil))
	last := uint32(replyAt + len(m.data[0].bytes) - 1)
	end := cat(get(0), get(1), []byte{0x6a}, i32c(1), []byte{0x6b}, op(0x2d, 0, 0))
	m.funcs[3].body = cat(i32c(int32(last)), end, i32c(1), []byte{0x6a}, op(0x3a, 0, 0), m.funcs[3].body)
	m.funcs[3].export = "sallyport_window"
	i := started(t, m, Options{}, core.InstanceConfig{})
	window := func(ex *core.Exchange, w core.Window) *core.Call {
		return &core.Call{Exchange: ex, Phase: core.PhaseAnswer, Window: &w, Reply: &core.Reply{}}
	}
	show = func(ex *core.Exchange, w core.Window) error {
		w.Text = []byte("text")
		return i.Hook(core.PhaseAnswer).Handle(window(ex, w))
	}
	left = func(ex *core.Exchange, w core.Window) string {
		return string(i.pool.free[0].state(hookWindow, window(ex, w)))
	}
	return show, left
}

// TestStateOfWindows: what a hook leaves belongs to one block of one choice and kind,
// as the text that it is shown does, and ends with it.
func TestStateOfWindows(t *testing.T) {
	show, left := remembering(t)
	ex := exchange("a", 1)
	windows := []core.Window{
		{Kind: core.PartText},
		{Kind: core.PartThinking},
		{Kind: core.PartText, Block: 1},
		{Kind: core.PartText, Choice: 1},
	}
	for n, w := range windows {
		for range n + 1 { // each as often as no other
			if err := show(ex, w); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := left(ex, windows[0])
	if len(first) != 1 {
		t.Fatalf("state %q", first)
	}
	for n, w := range windows {
		if got, want := left(ex, w), string([]byte{first[0] + byte(n)}); got != want {
			t.Errorf("window %d: state %q, want %q", n, got, want)
		}
	}
	ended := windows[1]
	ended.Final = true
	if err := show(ex, ended); err != nil {
		t.Fatal(err)
	}
	if got := left(ex, ended); got != "" {
		t.Errorf("what was shown to its end has the state %q", got)
	}
	if got := left(ex, windows[0]); got != first {
		t.Errorf("of another kind %q is left", got)
	}
}

// TestTooManyStates: a hook whose state cannot be kept has failed; what was kept before
// goes on.
func TestTooManyStates(t *testing.T) {
	show, _ := remembering(t)
	ex := exchange("a", 1)
	for n := range maxStates {
		if err := show(ex, core.Window{Block: n}); err != nil {
			t.Fatal(err)
		}
	}
	if err := show(ex, core.Window{Block: maxStates}); failureOf(err) != FailMemory || !strings.Contains(err.Error(), "256 states") {
		t.Errorf("error %v", err)
	}
	if err := show(ex, core.Window{Block: 1}); err != nil {
		t.Error(err)
	}
	if err := show(ex, core.Window{Block: 1, Final: true}); err != nil {
		t.Error(err)
	}
	if err := show(ex, core.Window{Block: maxStates}); err != nil {
		t.Errorf("after another has ended: %v", err)
	}
}
