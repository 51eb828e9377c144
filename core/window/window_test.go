package window_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// guards judge with Go functions.
type guards struct {
	windows []func(w *core.Window, r *core.Reply) *core.Error
	wholes  map[int]func(parts []*core.Part) *core.Error
	reply   core.Reply
	calls   int
}

func (g *guards) Window(i int, w *core.Window) (*core.Reply, *core.Error) {
	g.calls++
	g.reply.Reset()
	err := g.windows[i](w, &g.reply)
	return &g.reply, err
}

func (g *guards) Whole(i int, parts []*core.Part) *core.Error { return g.wholes[i](parts) }

// wire is a stream whose events are plain texts.
type wire struct {
	t      testing.TB
	s      *window.Stream
	out    []string // texts that left, by event
	blocks map[string]string
	parts  map[*window.Event][]string
	c      core.EventContent
}

func newWire(t testing.TB, list []core.StreamGuard, j window.Judge, o window.Options) *wire {
	t.Helper()
	w := &wire{t: t, s: &window.Stream{}, blocks: map[string]string{}, parts: map[*window.Event][]string{}}
	if o.Most == 0 {
		o.Most = 1 << 20
	}
	w.s.Begin(list, j, o)
	return w
}

type piece struct {
	choice, block int
	kind          core.PartKind
	flow          core.Flow
	text          string
}

func on(text string) piece { return piece{text: text} }

func (w *wire) push(pieces ...piece) *core.Error { return w.pushEnd(nil, pieces...) }

func (w *wire) pushEnd(ends []core.BlockRef, pieces ...piece) *core.Error {
	e := w.s.New()
	w.c.Reset()
	var texts []string
	for i, p := range pieces {
		part := &core.Part{ID: i, Kind: p.kind, Role: core.RoleAssistant, Msg: p.block, Choice: p.choice}
		part.SetText([]byte(p.text))
		w.c.Parts = append(w.c.Parts, core.StreamPart{Part: part, Flow: p.flow})
		texts = append(texts, p.text)
	}
	w.c.Ends = ends
	w.parts[e] = texts
	return w.s.Push(e, &w.c)
}

func (w *wire) drain() {
	for e := w.s.Next(); e != nil; e = w.s.Next() {
		texts := w.parts[e]
		for i := range texts {
			if now, changed := e.Text(i); changed {
				texts[i] = string(now)
			}
		}
		w.out = append(w.out, strings.Join(texts, "|"))
	}
	w.s.Observe()
}

func (w *wire) judge() *core.Error {
	if err := w.s.Judge(); err != nil {
		return err
	}
	w.drain()
	return nil
}

func (w *wire) finish() *core.Error {
	if err := w.s.Finish(); err != nil {
		return err
	}
	w.drain()
	if w.s.Waits() {
		w.t.Error("events wait behind the end")
	}
	return nil
}

func (w *wire) want(out ...string) {
	w.t.Helper()
	if !slices.Equal(w.out, out) {
		w.t.Errorf("sent %q, want %q", w.out, out)
	}
}

// redact replaces what re matches and holds back what could still become a match,
// which prefix tells for the end of a text.
func redact(re *regexp.Regexp, with string, most int) func(w *core.Window, r *core.Reply) *core.Error {
	return func(w *core.Window, r *core.Reply) *core.Error {
		at := 0
		for _, m := range re.FindAllIndex(w.Text, -1) {
			r.Edits = append(r.Edits, core.Edit{Start: m[0], End: m[1], Bytes: []byte(with)})
			at = m[1]
		}
		if !w.Final {
			r.Hold = min(len(w.Text)-at, most)
		}
		return nil
	}
}

var guardText = core.StreamGuard{Mode: core.StreamWindow, Most: 64}

func TestRelease(t *testing.T) {
	g := &guards{windows: []func(*core.Window, *core.Reply) *core.Error{redact(regexp.MustCompile("secret"), "***", 5)}}
	w := newWire(t, []core.StreamGuard{guardText}, g, window.Options{})
	for _, step := range []struct {
		say  string
		sent []string
	}{
		{"Hello wor", nil},                                    // its last five bytes may begin a match
		{"ld, ", nil},                                         // "rld, " holds the first event
		{"a se", []string{"Hello wor"}},                       // held: ", a se"
		{"cr", []string{"Hello wor", "ld, "}},                 // "a secr" is held from " secr" on
		{"et is", []string{"Hello wor", "ld, ", "a ***", ""}}, // found; what follows it is held
		{" out here", []string{"Hello wor", "ld, ", "a ***", "", " is"}},
	} {
		if err := w.push(on(step.say)); err != nil {
			t.Fatal(err)
		}
		if err := w.judge(); err != nil {
			t.Fatal(err)
		}
		w.want(step.sent...)
	}
	if err := w.finish(); err != nil {
		t.Fatal(err)
	}
	w.want("Hello wor", "ld, ", "a ***", "", " is", " out here")
}

// TestAnyCut: however a text is cut into events and reads, and whatever the guards
// hold, what leaves is what they make of the whole.
func TestAnyCut(t *testing.T) {
	words := []string{"alpha ", "se", "cret ", "secret", "a@b.c ", "é", "日本", "😀", " ", "x", "sec", "@"}
	first, second := regexp.MustCompile("secret"), regexp.MustCompile(`[a-z]@[a-z]\.c|\*x`)
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		var b strings.Builder
		for range r.IntN(40) {
			b.WriteString(words[r.IntN(len(words))])
		}
		full := b.String()
		want := second.ReplaceAllString(first.ReplaceAllString(full, "*"), "<mail>")
		g := &guards{windows: []func(*core.Window, *core.Reply) *core.Error{redact(first, "*", 5), redact(second, "<mail>", 9)}}
		w := newWire(t, []core.StreamGuard{guardText, guardText}, g, window.Options{})
		runes := []rune(full)
		for len(runes) > 0 {
			n := 1 + r.IntN(min(len(runes), 7))
			if err := w.push(on(string(runes[:n]))); err != nil {
				t.Fatal(err)
			}
			runes = runes[n:]
			if r.IntN(3) > 0 {
				if err := w.judge(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.finish(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(w.out, ""); got != want {
			t.Fatalf("seed %d: %q became %q, want %q", seed, full, got, want)
		}
	}
}

func TestContext(t *testing.T) {
	var said []byte
	g := &guards{windows: []func(*core.Window, *core.Reply) *core.Error{func(w *core.Window, r *core.Reply) *core.Error {
		if !bytes.HasSuffix(said, w.Context) || len(w.Context) < min(len(said), 64) || w.Released != len(said) {
			return core.Errorf(core.CodeInternal, "context %q, released %d, after %q", w.Context, w.Released, said)
		}
		if !w.Final {
			r.Hold = len(w.Text) / 2
			for !bytes.ContainsAny(w.Text[len(w.Text)-r.Hold:][:min(r.Hold, 1)], "abc ") && r.Hold > 0 {
				r.Hold--
			}
		}
		said = append(said, w.Text[:len(w.Text)-r.Hold]...)
		return nil
	}}}
	w := newWire(t, []core.StreamGuard{guardText}, g, window.Options{})
	for i := range 2000 {
		if err := w.push(on(fmt.Sprintf("abc 日本%d ", i))); err != nil {
			t.Fatal(err)
		}
		if err := w.judge(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.finish(); err != nil {
		t.Fatal(err)
	}
	if len(w.out) != 2000 {
		t.Errorf("%d events left", len(w.out))
	}
}

func TestOrder(t *testing.T) {
	hold := func(w *core.Window, r *core.Reply) *core.Error {
		if w.Choice == 0 && !w.Final {
			r.Hold = len(w.Text)
		}
		return nil
	}
	w := newWire(t, []core.StreamGuard{guardText}, &guards{windows: []func(*core.Window, *core.Reply) *core.Error{hold}}, window.Options{})
	must(t, w.push(on("one")))
	must(t, w.push(piece{choice: 1, text: "two"}))
	must(t, w.push())
	must(t, w.judge())
	w.want()
	must(t, w.pushEnd([]core.BlockRef{{Choice: 0, Block: core.AllBlocks}}))
	must(t, w.judge())
	w.want("one", "two", "", "")
	must(t, w.finish())
}

func must(t testing.TB, err *core.Error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestToolCall(t *testing.T) {
	var seen []string
	g := &guards{windows: []func(*core.Window, *core.Reply) *core.Error{func(w *core.Window, r *core.Reply) *core.Error {
		seen = append(seen, fmt.Sprintf("%s %s %v", w.Kind, w.Text, w.Final))
		r.Edits = append(r.Edits, core.Edit{Start: 6, End: 12, Bytes: []byte("x")})
		return nil
	}}}
	sees := &core.Sees{Kinds: []core.PartKind{core.PartToolCall}}
	w := newWire(t, []core.StreamGuard{{Mode: core.StreamWindow, Sees: sees}}, g, window.Options{})
	call := func(text string) piece { return piece{kind: core.PartToolCall, block: 1, text: text} }
	must(t, w.push(on("before")))
	must(t, w.push(call(``))) // its name
	must(t, w.push(call(`{"a":"se`)))
	must(t, w.push(call(`cret"`)))
	must(t, w.judge())
	w.want("before")
	must(t, w.push(call(`}`)))
	must(t, w.judge())
	w.want("before")
	must(t, w.finish())
	w.want("before", ``, `{"a":"x`, `"`, `}`)
	if want := []string{`tool_call {"a":"secret"} true`}; !slices.Equal(seen, want) {
		t.Errorf("judged %q, want %q", seen, want)
	}

	g.windows[0] = func(_ *core.Window, r *core.Reply) *core.Error {
		r.Edits = append(r.Edits, core.Edit{Start: 0, End: 1})
		return nil
	}
	w = newWire(t, []core.StreamGuard{{Mode: core.StreamWindow, Sees: sees}}, g, window.Options{})
	must(t, w.push(call(`{}`)))
	if err := w.finish(); err == nil || err.Code != core.CodePluginFailed || len(w.out) > 0 {
		t.Errorf("arguments that do not parse: %v, sent %q", err, w.out)
	}
}

func TestRepeats(t *testing.T) {
	g := &guards{windows: []func(*core.Window, *core.Reply) *core.Error{redact(regexp.MustCompile("secret"), "***", 5)}}
	w := newWire(t, []core.StreamGuard{guardText}, g, window.Options{Repeats: true})
	must(t, w.push(on("a sec")))
	must(t, w.push(on("ret b")))
	must(t, w.pushEnd([]core.BlockRef{{}}, piece{flow: core.FlowRepeat, text: "a secret b"}))
	must(t, w.push(piece{block: 2, flow: core.FlowRepeat, text: "never said: secret"}))
	must(t, w.push(piece{flow: core.FlowSeal, text: "seal"}, piece{flow: core.FlowSeal, block: 9, text: "of nothing"}))
	must(t, w.push(piece{block: 3, text: "clean"}))
	must(t, w.push(piece{block: 3, flow: core.FlowRepeat, text: "clean"}, piece{block: 3, flow: core.FlowRepeat, text: "a secret that was not said"}))
	must(t, w.finish())
	w.want("a ***", " b", "a *** b", "never said: ***", "|of nothing", "clean", "clean|clean")
}

func TestBlock(t *testing.T) {
	g := &guards{windows: []func(*core.Window, *core.Reply) *core.Error{func(w *core.Window, _ *core.Reply) *core.Error {
		if bytes.Contains(w.Text, []byte("bad")) {
			return core.Errorf(core.CodeBlocked, "no")
		}
		return nil
	}}}
	w := newWire(t, []core.StreamGuard{guardText}, g, window.Options{})
	must(t, w.push(on("good")))
	must(t, w.judge())
	must(t, w.push(on("fine, ")))
	must(t, w.push(on("bad")))
	if err := w.judge(); err == nil || err.Code != core.CodeBlocked {
		t.Errorf("the block: %v", err)
	}
	w.want("good")
}

func TestBuffer(t *testing.T) {
	sees := &core.Sees{Kinds: []core.PartKind{core.PartText, core.PartCitation}}
	g := &guards{
		windows: []func(*core.Window, *core.Reply) *core.Error{redact(regexp.MustCompile("one"), "eins", 3), nil},
		wholes: map[int]func([]*core.Part) *core.Error{1: func(parts []*core.Part) *core.Error {
			for _, p := range parts {
				if err := p.Apply([]core.Edit{{Start: 0, End: 0, Bytes: []byte("<")}, {Start: len(p.Text()), End: len(p.Text()), Bytes: []byte(">")}}); err != nil {
					return core.Errorf(core.CodeInternal, "%v", err)
				}
			}
			return nil
		}},
	}
	w := newWire(t, []core.StreamGuard{guardText, {Mode: core.StreamBuffer, Sees: sees}}, g, window.Options{})
	must(t, w.push(on("o")))
	must(t, w.push(on("ne two")))
	must(t, w.push(piece{kind: core.PartCitation, flow: core.FlowAlone, text: "c"}))
	must(t, w.judge())
	w.want()
	must(t, w.finish())
	w.want("<eins", " two>", "<c>")
}

func TestObserve(t *testing.T) {
	var seen []string
	g := &guards{windows: []func(*core.Window, *core.Reply) *core.Error{
		func(w *core.Window, r *core.Reply) *core.Error {
			seen = append(seen, fmt.Sprintf("%s/%s/%v", w.Context, w.Text, w.Final))
			r.Hold = len(w.Text)
			r.Block = &core.Block{}
			return core.Errorf(core.CodeBlocked, "nobody listens")
		},
		redact(regexp.MustCompile("secret"), "***", 5),
	}}
	w := newWire(t, []core.StreamGuard{{Mode: core.StreamObserve}, guardText}, g, window.Options{})
	must(t, w.push(on("a secr")))
	must(t, w.judge())
	must(t, w.push(on("et and on ")))
	must(t, w.judge())
	must(t, w.push(on("it goes")))
	must(t, w.finish())
	w.want("a ***", " and on ", "it goes")
	if want := []string{"/a ***/false", "a ***/ and on it goes/true"}; !slices.Equal(seen, want) {
		t.Errorf("observed %q, want %q", seen, want)
	}
}

// TestTooMuchWaits: what waits is bounded, and so is what is kept because events may
// repeat it. Small events count for more than their bytes.
func TestTooMuchWaits(t *testing.T) {
	hold := func(w *core.Window, r *core.Reply) *core.Error { r.Hold = len(w.Text); return nil }
	pass := func(*core.Window, *core.Reply) *core.Error { return nil }
	for name, c := range map[string]struct {
		judge   windowFunc
		repeats bool
		text    string
		least   int // events before it is too much; 0: it never is
		most    int
	}{
		"held":          {hold, false, "0123456789", 8, 16},
		"held, long":    {hold, false, strings.Repeat("0123456789", 100), 1, 4},
		"let go":        {pass, false, "0123456789", 0, 0},
		"let go, kept":  {pass, true, strings.Repeat("0123456789", 10), 30, 41},
		"held and kept": {hold, true, "0123456789", 8, 16},
	} {
		w := newWire(t, []core.StreamGuard{guardText}, &guards{windows: []windowFunc{c.judge}}, window.Options{Most: 1 << 12, Repeats: c.repeats})
		n := 0
		var err *core.Error
		for ; err == nil && n < 500; n++ {
			if err = w.push(on(c.text)); err == nil {
				must(t, w.judge())
			}
		}
		if tooMuch := c.least > 0; tooMuch != (err != nil) || tooMuch && (err.Code != core.CodeUpstreamTooLarge || n < c.least || n > c.most) {
			t.Errorf("%s: %v after %d events", name, err, n)
		}
	}
}
