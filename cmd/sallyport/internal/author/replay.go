package author

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// Replayed is what came of recorded exchanges through two versions of a plugin.
type Replayed struct {
	Old         string       `json:"old"` // id and version
	New         string       `json:"new"`
	Exchanges   int          `json:"exchanges"`
	Differing   int          `json:"differing"` // exchanges
	Differences []Difference `json:"differences"`
}

// Difference is one thing in which the versions differ on an exchange.
type Difference struct {
	Exchange string `json:"exchange"`
	// What is prompt, answer, flags, tags or route.
	What string `json:"what"`
	Old  Ruling `json:"old"`
	New  Ruling `json:"new"`
}

// Ruling is what a version made of one thing: in a word, and the whole of it.
type Ruling struct {
	Verdict string `json:"verdict"`
	Text    string `json:"text,omitempty"`
}

// Replay takes recorded exchanges through two versions of a plugin.
func Replay(ctx context.Context, older, newer *Module, settings [2]map[string]any, list []Recorded) (r *Replayed, err error) {
	r = &Replayed{Old: versionOf(older), New: versionOf(newer), Exchanges: len(list), Differences: []Difference{}}
	var rulings [2][]map[string]Ruling
	for n, m := range []*Module{older, newer} {
		rig, err := newRig(ctx, m, settings[n])
		if err != nil {
			return nil, err
		}
		if rig.manifest.Translates() || len(rig.hooks()) == 0 {
			return nil, errors.Join(fmt.Errorf("%s has neither a prompt nor an answer hook, which is what is replayed", m.Name), rig.close())
		}
		for i := range list {
			ruled, err := rig.replay(&list[i])
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return nil, errors.Join(fmt.Errorf("%s: %w", list[i].Name, err), rig.close())
			}
			rulings[n] = append(rulings[n], ruled)
			if err := rig.restart(ctx); err != nil {
				return nil, errors.Join(err, rig.close())
			}
		}
		if err := rig.close(); err != nil {
			return nil, err
		}
	}
	for i := range list {
		differs := false
		for _, what := range compared {
			older, newer := rulings[0][i][what], rulings[1][i][what]
			if older != newer {
				differs = true
				r.Differences = append(r.Differences, Difference{Exchange: list[i].Name, What: what, Old: older, New: newer})
			}
		}
		if differs {
			r.Differing++
		}
	}
	return r, nil
}

func versionOf(m *Module) string { return m.Manifest.ID + " " + m.Manifest.Version }

// compared is what is, in the order in which it is shown.
var compared = []string{ruledPrompt, ruledAnswer, ruledFlags, ruledTags, ruledRoute}

const (
	ruledPrompt = "prompt"
	ruledAnswer = "answer"
	ruledFlags  = "flags"
	ruledTags   = "tags"
	ruledRoute  = "route"
)

// replay takes one exchange through the plugin. An error means that it is none that
// the gateway takes.
func (r *rig) replay(x *Recorded) (map[string]Ruling, error) {
	p := replayed[x.Dialect]()
	t := newTrial(r.manifest, r.instance)
	t.dialect = p.dialect
	t.ex.ID = core.NewID(t.ex.Start, 1, 1) // of both versions
	defer r.sandbox.host.Forget(t.ex.ID)
	path := x.Path
	if path == "" {
		path = p.path
	}
	if x.Path == "" && x.Events != nil && p.stream != "" {
		path = p.stream
	}
	if err := t.scanAt(path, x.Request); err != nil {
		return nil, fmt.Errorf("its request is none that the gateway takes: %s", rendered(err))
	}
	out := map[string]Ruling{}
	if r.manifest.Has(core.PhasePrompt) {
		before := t.forwarded()
		t.ex.Attempt = nil // which there is none of before the hook
		out[ruledPrompt] = ruling(t.prompt(), before)
	}
	if r.manifest.Has(core.PhaseAnswer) {
		switch {
		case x.Answer != nil:
			text, err := t.answer(x.Answer)
			if err != nil {
				return nil, err
			}
			out[ruledAnswer] = ruling(text, string(x.Answer))
		case x.Events != nil:
			ruled, err := t.stream(p.dialect, x.Events)
			if err != nil {
				return nil, err
			}
			out[ruledAnswer] = ruled
		}
	}
	var flags, tags []string
	for _, f := range t.ex.Flags {
		flags = append(flags, fmt.Sprintf("%s %.3g", f.Name, f.Score))
	}
	for _, tag := range t.ex.Tags {
		tags = append(tags, tag.Key+"="+tag.Value)
	}
	out[ruledFlags] = Ruling{Verdict: strings.Join(flags, ", ")}
	out[ruledTags] = Ruling{Verdict: strings.Join(tags, ", ")}
	out[ruledRoute] = Ruling{Verdict: t.out.route}
	return out, nil
}

// ruling names what became of a document: nothing, an edit, or an end.
func ruling(now, before string) Ruling {
	switch word, _, _ := strings.Cut(now, "{"); {
	case now == before:
		return Ruling{Verdict: "allow"}
	case strings.HasPrefix(now, "{"), word == "":
		return Ruling{Verdict: "edit", Text: now}
	default:
		return Ruling{Verdict: core.OneLine(now, 200), Text: now}
	}
}

// streaming is a stream on its way through the plugin, as it is through a gateway's.
type streaming struct {
	t       *trial
	reader  core.EventReader
	engine  window.Stream
	content core.EventContent
	reply   core.Reply
	out     bytes.Buffer
	edited  bool
	instead *Ruling // of a whole answer that is not sent
}

// mostWaiting is how much of a stream may wait, in bytes.
const mostWaiting = 64 << 20

// stream takes the events of a stream through the plugin. An error means that they are
// none that the gateway takes.
func (t *trial) stream(reader core.EventReader, events []json.RawMessage) (Ruling, error) {
	if err := t.chain.Streams(); err != nil {
		return Ruling{Verdict: "refused: " + err.Message}, nil
	}
	s := &streaming{t: t, reader: reader}
	if t.ex.Attempt == nil {
		t.attempt()
	}
	reader.BeginEvents(&t.ex)
	s.engine.Begin(t.chain.Guards(), s, window.Options{Most: mostWaiting, Repeats: reader.Repeats()})
	defer s.engine.End()
	for i, event := range events {
		data := payload(event)
		what := reader.Event(&t.ex, t.ex.Attempt, data)
		if what == core.EventDrop {
			continue
		}
		if err := s.push(data); err != nil {
			return Ruling{}, fmt.Errorf("event %d is none that the gateway takes: %s", i, rendered(err))
		}
		if err := s.engine.Judge(); err != nil {
			return s.ended(err), nil
		}
		if err := s.pour(); err != nil {
			return s.ended(err), nil
		}
	}
	err := s.engine.Finish()
	if err == nil {
		err = s.pour()
	}
	switch {
	case err != nil:
		return s.ended(err), nil
	case s.instead != nil:
		return *s.instead, nil
	case s.edited:
		return Ruling{Verdict: "edit", Text: s.out.String()}, nil
	}
	return Ruling{Verdict: "allow"}, nil
}

// Window lets the plugin judge a piece of a block.
func (s *streaming) Window(i int, w *core.Window) (*core.Reply, *core.Error) {
	out := s.t.chain.Guard(i, &core.Call{Exchange: &s.t.ex, Window: w}, &s.reply)
	return &s.reply, out.Err
}

// Whole lets it judge all of a buffered answer.
func (s *streaming) Whole(i int, parts []*core.Part) *core.Error {
	if s.instead != nil {
		return nil
	}
	out := s.t.chain.Guard(i, &core.Call{Exchange: &s.t.ex, Parts: parts}, &s.reply)
	switch {
	case out.Respond != nil:
		s.instead = &Ruling{Verdict: "respond", Text: string(out.Respond.Body)}
	case out.Retry != "":
		s.instead = &Ruling{Verdict: "retry", Text: out.Retry}
	}
	return out.Err
}

func (s *streaming) push(data []byte) *core.Error {
	e := s.engine.New()
	e.Data = append(e.Data, data...)
	s.content.Reset()
	if err := s.reader.ReadEvent(&s.t.ex, e.Data, &s.content); err != nil {
		return err
	}
	e.Changed = len(s.content.Unknown) > 0
	return s.engine.Push(e, &s.content)
}

// pour takes what may leave.
func (s *streaming) pour() *core.Error {
	for e := s.engine.Next(); e != nil; e = s.engine.Next() {
		data := e.Data
		if e.Edited() {
			s.edited = true
		}
		if e.Changed || e.Edited() {
			if err := s.change(e); err != nil {
				return err
			}
			data = e.Scratch
		}
		s.out.Write(data)
		s.out.WriteByte('\n')
	}
	s.engine.Observe()
	return nil
}

// change puts into e.Scratch the payload with what the plugin made of it.
func (s *streaming) change(e *window.Event) *core.Error {
	s.content.Reset()
	s.content.Again = true
	if err := s.reader.ReadEvent(&s.t.ex, e.Data, &s.content); err != nil {
		return err
	}
	for i := range s.content.Parts {
		text, changed := e.Text(i)
		if !changed {
			continue
		}
		p := s.content.Parts[i].Part
		if err := p.Apply([]core.Edit{{End: len(p.Original()), Bytes: text}}); err != nil {
			return core.Errorf(core.CodeInternal, "%s", err.Error())
		}
	}
	var err *core.Error
	e.Scratch, err = s.reader.AppendEvent(e.Scratch[:0], &s.t.ex, e.Data, &s.content)
	return err
}

// ended is a stream that the plugin, or its failure, ended, after what had left.
func (s *streaming) ended(err *core.Error) Ruling {
	return Ruling{Verdict: core.OneLine(rendered(err), 200), Text: s.out.String()}
}

// Err says how many exchanges differ, nil for none.
func (r *Replayed) Err() error {
	if r.Differing == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d exchanges differ", r.Differing, r.Exchanges)
}

// mostCell is how much of a verdict a table shows, in bytes.
const mostCell = 60

// Print writes the differences for people.
func (r *Replayed) Print(w io.Writer) {
	fmt.Fprintf(w, "%s → %s: %d of %d exchanges differ\n", r.Old, r.New, r.Differing, r.Exchanges)
	if len(r.Differences) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "exchange\twhat\told\tnew")
	for i := range r.Differences {
		d := &r.Differences[i]
		newer := d.New.cell()
		if d.Old.cell() == newer {
			newer += " (another text: --json has both)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", d.Exchange, d.What, d.Old.cell(), newer)
	}
	_ = t.Flush() // as the write before it
}

func (r *Ruling) cell() string {
	if r.Verdict == "" {
		return "-"
	}
	verdict := r.Verdict
	if code, why, ok := strings.Cut(verdict, " ("); ok && strings.HasPrefix(code, core.CodePluginFailed.String()) {
		_, why, _ = strings.Cut(why, ": ") // who failed is known
		verdict = core.CodePluginFailed.String() + ": " + why
	}
	return core.OneLine(verdict, mostCell)
}
