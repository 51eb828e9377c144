package window_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// dice draws numbers from the fuzzer's bytes, zeros behind their end.
type dice struct{ data []byte }

func (d *dice) roll(n int) int {
	if len(d.data) == 0 {
		return 0
	}
	b := int(d.data[0])
	d.data = d.data[1:]
	return b % n
}

// place is where a text stands.
type place struct {
	choice, block int
	kind          core.PartKind
}

// fuzzGuard puts with in the place of word, or blocks at it.
type fuzzGuard struct {
	core.StreamGuard
	word, with string
	blocks     bool
}

// judged is what the guard makes of a text, up to where it blocks.
func (g *fuzzGuard) judged(p place, text string) (out string, blocked bool) {
	part := core.Part{Kind: p.kind}
	switch {
	case g.Mode == core.StreamObserve || !g.Shown(&part):
		return text, false
	case !g.blocks:
		return strings.ReplaceAll(text, g.word, g.with), false
	}
	out, _, blocked = strings.Cut(text, g.word)
	return out, blocked
}

// fuzzRun is one stream, its guards, and what ought to come of it.
type fuzzRun struct {
	*testing.T
	dice   dice
	guards []fuzzGuard
	buffer bool
	reply  core.Reply
	s      *window.Stream

	said   map[place]string // all that was pushed
	ended  map[place]bool
	sent   map[place]string
	pushed []*fuzzEvent  // in their order
	whole  map[place]int // by call, how many guards have judged it whole
	left   int
}

type fuzzEvent struct {
	at     place
	flow   core.Flow
	text   string
	engine *window.Event
}

var errFuzz = core.Errorf(core.CodeBlocked, "blocked")

func (r *fuzzRun) Window(i int, w *core.Window) (*core.Reply, *core.Error) {
	g := &r.guards[i]
	r.reply.Reset()
	at := place{w.Choice, w.Block, w.Kind}
	if w.Kind == core.PartToolCall && g.Mode != core.StreamObserve {
		if !w.Final || string(w.Name) != "call" {
			r.Errorf("guard %d was shown the call %q in pieces: %q", i, w.Name, w.Text)
		}
		r.whole[at]++
	}
	if bad := r.replace(i, 0, w.Text); bad {
		return &r.reply, errFuzz
	}
	if !w.Final && g.Mode == core.StreamWindow {
		free := 0
		if n := len(r.reply.Edits); n > 0 {
			free = r.reply.Edits[n-1].End
		}
		for n := min(len(g.word)-1, len(w.Text)-free); n > 0; n-- {
			if strings.HasPrefix(g.word, string(w.Text[len(w.Text)-n:])) {
				r.reply.Hold = n
				break
			}
		}
	}
	return &r.reply, nil
}

// replace notes the edits of guard i for a text, or tells that it blocks.
func (r *fuzzRun) replace(i, part int, text []byte) (blocked bool) {
	g := &r.guards[i]
	for at := 0; g.Mode != core.StreamObserve; {
		n := bytes.Index(text[at:], []byte(g.word))
		if n < 0 {
			break
		}
		if at += n; g.blocks {
			return true
		}
		r.reply.Edits = append(r.reply.Edits, core.Edit{Part: part, Start: at, End: at + len(g.word), Bytes: []byte(g.with)})
		at += len(g.word)
	}
	return false
}

func (r *fuzzRun) Whole(i int, parts []*core.Part) *core.Error {
	for _, p := range parts {
		if !r.guards[i].Shown(p) {
			continue
		}
		r.reply.Reset()
		if r.replace(i, 0, p.Text()) {
			return errFuzz
		}
		if err := p.Apply(r.reply.Edits); err != nil {
			r.Fatal(err)
		}
		if p.Kind == core.PartToolCall {
			r.whole[place{p.Choice, p.Msg, p.Kind}]++
		}
	}
	return nil
}

// want is what is to become of a text in the end.
func (r *fuzzRun) want(at place, text string) string {
	for i := range r.guards {
		text, _ = r.guards[i].judged(at, text)
	}
	return text
}

// judges is how many guards judge what stands at a place.
func (r *fuzzRun) judges(at place) (n int) {
	for i := range r.guards {
		if g := &r.guards[i]; g.Mode != core.StreamObserve && g.Shown(&core.Part{Kind: at.kind}) {
			n++
		}
	}
	return n
}

func (r *fuzzRun) begin() {
	kinds := []core.PartKind{core.PartText, core.PartThinking, core.PartToolCall}
	words := [][2]string{{"aab", "x"}, {"ab", "longer than it"}, {"xa", ""}, {"é日", "b"}, {"b", "bb"}}
	var list []core.StreamGuard
	r.guards, r.buffer = nil, false
	for range 1 + r.dice.roll(3) {
		w := words[r.dice.roll(len(words))]
		g := fuzzGuard{word: w[0], with: w[1], blocks: r.dice.roll(8) == 7}
		g.Mode = []core.StreamMode{core.StreamWindow, core.StreamWindow, core.StreamObserve, core.StreamBuffer}[r.dice.roll(4)]
		g.Most = 16
		g.Sees = &core.Sees{Kinds: kinds[:1+r.dice.roll(3)]}
		r.buffer = r.buffer || g.Mode == core.StreamBuffer
		r.guards, list = append(r.guards, g), append(list, g.StreamGuard)
	}
	r.said, r.sent, r.ended, r.whole = map[place]string{}, map[place]string{}, map[place]bool{}, map[place]int{}
	r.pushed, r.left = nil, 0
	r.s.Begin(list, r, window.Options{Most: 1 << 20, Repeats: true})
}

// push pushes one event of one piece.
func (r *fuzzRun) push() {
	pieces := []string{"a", "aa", "b", "ab", "x", "é", "日", "", "xaab", "aabé日"}
	at := place{r.dice.roll(2), r.dice.roll(2), []core.PartKind{core.PartText, core.PartThinking, core.PartToolCall}[r.dice.roll(3)]}
	if at.kind != core.PartText {
		at.block += 2 * int(at.kind)
	}
	ev := &fuzzEvent{at: at, text: pieces[r.dice.roll(len(pieces))]}
	switch r.dice.roll(10) {
	case 7:
		ev.flow, ev.at.block = core.FlowAlone, 1000+len(r.pushed)
	case 8:
		ev.flow = core.FlowSeal
	case 9:
		if !r.ended[at] || r.said[at] == "" {
			return
		}
		ev.flow, ev.text = core.FlowRepeat, r.said[at]
	default:
		if r.ended[at] {
			return
		}
		r.said[at] += ev.text
	}
	var c core.EventContent
	part := &core.Part{Kind: ev.at.kind, Msg: ev.at.block, Choice: ev.at.choice}
	if part.Kind == core.PartToolCall {
		part.Name = []byte("call")
	}
	part.SetText([]byte(ev.text))
	c.Parts = []core.StreamPart{{Part: part, Flow: ev.flow}}
	if _, begun := r.said[at]; begun && ev.flow == core.FlowOn && r.dice.roll(8) == 7 {
		c.Ends = []core.BlockRef{{Choice: at.choice, Block: at.block}}
		r.ended[at] = true
	}
	ev.engine = r.s.New()
	r.pushed = append(r.pushed, ev)
	if err := r.s.Push(ev.engine, &c); err != nil {
		r.Fatalf("push of %+v: %v", ev, err)
	}
}

// drain takes what may leave and holds it against what ought to become of it.
func (r *fuzzRun) drain(over bool) {
	for e := r.s.Next(); e != nil; e = r.s.Next() {
		ev := r.pushed[r.left]
		if r.left++; ev.engine != e {
			r.Fatal("events left in another order")
		}
		if r.buffer && !over {
			r.Fatalf("%+v left a buffered stream", ev)
		}
		text := ev.text
		if now, changed := e.Text(0); changed {
			text = string(now)
		}
		if ev.at.kind == core.PartToolCall && ev.flow == core.FlowOn && r.whole[ev.at] < r.judges(ev.at) {
			r.Errorf("a piece of the call %v left before it was judged", ev.at)
		}
		switch want := r.want(ev.at, r.said[ev.at]); ev.flow {
		case core.FlowOn:
			if r.sent[ev.at] += text; !strings.HasPrefix(want, r.sent[ev.at]) {
				r.Errorf("of %q, judged %q, the client got %q", r.said[ev.at], want, r.sent[ev.at])
			}
		case core.FlowAlone:
			if want := r.want(ev.at, ev.text); text != want {
				r.Errorf("%q became %q, want %q", ev.text, text, want)
			}
		case core.FlowRepeat:
			if text != want {
				r.Errorf("%q was repeated as %q, want %q", r.said[ev.at], text, want)
			}
		case core.FlowSeal:
			if text != "" && !strings.HasPrefix(r.said[ev.at], r.sent[ev.at]) {
				r.Errorf("%q was edited to %q, and the seal %q stayed", r.said[ev.at], r.sent[ev.at], text)
			}
		}
	}
	r.s.Observe()
}

func (r *fuzzRun) run() {
	r.begin()
	defer r.s.End()
	for len(r.dice.data) > 0 {
		r.push()
		if r.dice.roll(3) == 0 {
			if err := r.s.Judge(); err != nil {
				return
			}
			r.drain(false)
		}
	}
	if r.dice.roll(2) == 1 && !r.buffer {
		if r.s.Cut() == nil {
			r.drain(true)
		}
		return
	}
	if err := r.s.Finish(); err != nil {
		return
	}
	r.drain(true)
	for at, text := range r.said {
		if want := r.want(at, text); r.sent[at] != want && r.left == len(r.pushed) {
			r.Errorf("%q became %q in all, want %q", text, r.sent[at], want)
		}
	}
	if r.left != len(r.pushed) || r.s.Waits() {
		r.Errorf("%d of %d events left", r.left, len(r.pushed))
	}
}

// FuzzStream: whatever comes, and however guards edit, hold and block, what leaves is
// at any time the beginning of what they make of the whole texts; calls leave whole;
// and a stream is not changed by the one before it.
func FuzzStream(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x02aab"))
	f.Add(bytes.Repeat([]byte{2, 1, 0, 0, 1, 4, 0, 3, 2, 5, 0, 8, 7, 1, 1, 0, 9}, 20))
	for n := range 40 {
		data := make([]byte, 40+7*n)
		for i := range data {
			data[i] = byte((i + 3) * (i + n*n) * 31 >> (n % 4))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &fuzzRun{T: t, s: &window.Stream{}, dice: dice{slices.Clone(data)}}
		r.run()
		r.dice = dice{data} // once more, in used memory
		r.run()
	})
}
