package window_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/window"
)

type windowFunc = func(*core.Window, *core.Reply) *core.Error

func secrets() *guards {
	return &guards{windows: []windowFunc{redact(regexp.MustCompile("secret"), "***", 5)}}
}

var guardCalls = core.StreamGuard{Mode: core.StreamWindow, Most: 64, Sees: &core.Sees{Kinds: []core.PartKind{core.PartText, core.PartToolCall}}}

// TestGoesOnAfterItsEnd: what an upstream adds to a block that it has ended would be
// joined by clients to what was judged without it.
func TestGoesOnAfterItsEnd(t *testing.T) {
	end := []core.BlockRef{{Choice: 0, Block: core.AllBlocks}}
	for _, c := range []struct {
		name        string
		first, more piece
		ok          bool
	}{
		{name: "text", first: on("a sec"), more: on("ret")},
		{name: "nothing", first: on("a sec"), more: on(""), ok: true},
		{name: "a call", first: piece{kind: core.PartToolCall, text: "{}"}, more: piece{kind: core.PartToolCall, text: " "}},
		{name: "another", first: on("a sec"), more: piece{block: 1, text: "ret"}, ok: true},
	} {
		for _, judged := range []bool{false, true} {
			w := newWire(t, []core.StreamGuard{guardCalls}, secrets(), window.Options{})
			must(t, w.pushEnd(end, c.first))
			if judged {
				must(t, w.judge())
			}
			err := w.push(c.more)
			if (err == nil) != c.ok || err != nil && err.Code != core.CodeUpstreamInvalid {
				t.Errorf("%s (judged %v): %v", c.name, judged, err)
			}
		}
	}
}

// TestSealBehindTheEnd: a seal that comes when its block is forgotten is still that
// of an edited one.
func TestSealBehindTheEnd(t *testing.T) {
	w := newWire(t, []core.StreamGuard{guardText}, secrets(), window.Options{})
	must(t, w.pushEnd([]core.BlockRef{{}}, on("a secret")))
	must(t, w.judge())
	must(t, w.push(piece{flow: core.FlowSeal, text: "seal"}))
	must(t, w.finish())
	w.want("a ***", "")
}

// TestEmptyRepeat: a block that begins says that it is empty, and goes on to do so
// though it has text by the time when it is told.
func TestEmptyRepeat(t *testing.T) {
	hold := func(w *core.Window, r *core.Reply) *core.Error {
		if w.Choice == 1 && !w.Final {
			r.Hold = len(w.Text)
		}
		return nil
	}
	w := newWire(t, []core.StreamGuard{guardText}, &guards{windows: []windowFunc{hold}}, window.Options{Repeats: true})
	must(t, w.push(piece{choice: 1, text: "waits"}))
	must(t, w.push(piece{flow: core.FlowRepeat}))
	must(t, w.push(piece{flow: core.FlowRepeat}))
	must(t, w.push(on("text")))
	must(t, w.judge())
	w.want()
	must(t, w.finish())
	w.want("waits", "", "", "text")
}

// TestBareCall: a call without arguments is judged by its name, which may come late,
// and does not leave before.
func TestBareCall(t *testing.T) {
	var seen []string
	judge := func(w *core.Window, _ *core.Reply) *core.Error {
		seen = append(seen, string(w.Name)+" "+string(w.Text))
		if string(w.Name) == "rm" {
			return core.Errorf(core.CodeBlocked, "no")
		}
		return nil
	}
	call := func(s *window.Stream, name string) *core.Error {
		part := &core.Part{Kind: core.PartToolCall, Name: []byte(name)}
		part.SetText(nil)
		return s.Push(s.New(), &core.EventContent{Parts: []core.StreamPart{{Part: part}}})
	}
	for _, names := range [][]string{{"rm"}, {"", "rm"}, {"rm", "rm", ""}, {"ls"}, {""}} {
		seen = nil
		var s window.Stream
		s.Begin([]core.StreamGuard{guardCalls}, &guards{windows: []windowFunc{judge}}, window.Options{Most: 1 << 12})
		for _, name := range names {
			must(t, call(&s, name))
			must(t, s.Judge())
			if s.Next() != nil {
				t.Fatalf("%q: a call left before it was judged", names)
			}
		}
		err := s.Finish()
		if bad := slices.Contains(names, "rm"); (err != nil) != bad || bad == (s.Next() != nil) || len(seen) != 1 {
			t.Errorf("%q: error %v, judged %q", names, err, seen)
		}
	}
	var s window.Stream
	s.Begin([]core.StreamGuard{guardCalls}, &guards{windows: []windowFunc{judge}}, window.Options{Most: 1 << 12})
	must(t, call(&s, "ls"))
	if err := call(&s, "rm"); err == nil || err.Code != core.CodeUpstreamInvalid {
		t.Errorf("a call with two names: %v", err)
	}
}

// TestCut: of a stream that broke off half a call stays behind, and all after it.
func TestCut(t *testing.T) {
	w := newWire(t, []core.StreamGuard{guardCalls}, secrets(), window.Options{})
	must(t, w.push(on("a secr")))
	must(t, w.push(piece{kind: core.PartToolCall, block: 1, text: `{"a":"\u0073ec`}))
	must(t, w.push(on(" on")))
	must(t, w.s.Cut())
	w.drain()
	w.want("a secr")
	if !w.s.Waits() {
		t.Error("nothing stayed behind")
	}
}

// TestIdle: signs of life go before what waits, not before what may leave, and take
// no memory where the client gets nothing before the end.
func TestIdle(t *testing.T) {
	w := newWire(t, []core.StreamGuard{guardText}, secrets(), window.Options{})
	idle := func() *window.Event {
		e := w.s.New()
		e.Data = append(e.Data, "ping"...)
		must(t, w.s.Push(e, &core.EventContent{Idle: true}))
		return e
	}
	must(t, w.push()) // the stream's beginning
	must(t, w.push(on("sec")))
	ping := idle()
	if first := w.s.Next(); first == nil || first == ping {
		t.Error("a ping came before the beginning")
	}
	if w.s.Next() != ping || w.s.Next() != nil {
		t.Error("the ping waits")
	}
	w = newWire(t, []core.StreamGuard{{Mode: core.StreamBuffer}}, &guards{wholes: map[int]func([]*core.Part) *core.Error{
		0: func([]*core.Part) *core.Error { return nil },
	}}, window.Options{})
	must(t, w.push())
	idle()
	if w.s.Next() != nil {
		t.Error("an event left a buffered stream")
	}
	must(t, w.s.Finish())
	if w.s.Next() == nil || w.s.Next() != nil {
		t.Error("a ping was kept")
	}
}

// TestEditsAtTheBorder: edits that end, or insert, where what is held begins, grow and
// shrink, under a second guard that holds more.
func TestEditsAtTheBorder(t *testing.T) {
	for _, with := range []string{"", "x", "a much longer text"} {
		first := func(w *core.Window, r *core.Reply) *core.Error {
			if w.Final {
				return nil
			}
			if r.Hold = min(2, len(w.Text)); len(w.Text) > 2 {
				n := len(w.Text) - 2
				r.Edits = append(r.Edits, core.Edit{Start: 0, End: 1, Bytes: []byte(with)}, core.Edit{Start: n, End: n, Bytes: []byte("|")})
			}
			return nil
		}
		var got []byte
		second := func(w *core.Window, r *core.Reply) *core.Error {
			if !w.Final {
				r.Hold = min(3, len(w.Text))
			}
			got = append(got, w.Text[:len(w.Text)-r.Hold]...)
			return nil
		}
		w := newWire(t, []core.StreamGuard{guardText, guardText}, &guards{windows: []windowFunc{first, second}}, window.Options{})
		for _, s := range []string{"0123", "4", "", "56"} {
			must(t, w.push(on(s)))
			must(t, w.judge())
		}
		must(t, w.finish())
		want := with + "1|" + with + "|" + with + "4|56"
		all := ""
		for _, s := range w.out {
			all += s
		}
		if all != want || string(got) != want {
			t.Errorf("with %q: sent %q, judged %q, want %q", with, all, got, want)
		}
	}
}
