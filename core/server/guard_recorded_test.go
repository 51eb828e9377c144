package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/anthropic"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// recordedStream is a stream that a provider or a gateway once sent.
type recordedStream struct {
	name   string
	reader core.EventReader
	events []string // their payloads
}

// recordedStreams returns all streams in the dialects that guards judge. It skips the
// test where they are not at hand.
func recordedStreams(t *testing.T) []recordedStream {
	t.Helper()
	root := os.Getenv("SALLYPORT_FIXTURES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "fixtures")
	}
	root = filepath.Join(root, "translation")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no recordings: set SALLYPORT_FIXTURES to the folder that holds translation/: %v", err)
	}
	readers := map[string]core.EventReader{}
	for _, d := range []core.EventReader{openai.Chat{}, openai.Completions{}, anthropic.Messages{}, gemini.Dialect{}, responses.Dialect{}} {
		readers[d.Name()] = d
	}
	var list []recordedStream
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" || d.Name() == "manifest.json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		type message struct{ Body *struct{ Text string } }
		var c struct {
			ClientDialect    string   `json:"client_dialect"`
			UpstreamDialect  string   `json:"upstream_dialect"`
			ClientResponse   *message `json:"client_response"`
			UpstreamResponse *message `json:"upstream_response"`
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for dialect, m := range map[string]*message{c.ClientDialect: c.ClientResponse, c.UpstreamDialect: c.UpstreamResponse} {
			if r := readers[dialect]; r != nil && m != nil && m.Body != nil {
				for i, events := range streamsIn(m.Body.Text) {
					list = append(list, recordedStream{fmt.Sprintf("%s/%s/%d", d.Name(), dialect, i), r, events})
				}
			}
		}
		return nil
	})
	if err != nil || len(list) == 0 {
		t.Fatalf("%d streams under %s, %v", len(list), root, err)
	}
	slices.SortFunc(list, func(a, b recordedStream) int { return strings.Compare(a.name, b.name) })
	return list
}

// streamsIn returns the payloads of the events in a body, by stream: some recordings
// have several of Anthropic's, one behind the other. A body that is no stream has none.
func streamsIn(body string) (list [][]string) {
	body = strings.TrimSpace(body)
	if !strings.HasPrefix(body, "data:") && !strings.HasPrefix(body, "event:") && !strings.HasPrefix(body, ":") {
		return nil
	}
	var sse stream.SSE
	sse.Feed([]byte(body + "\n\n"))
	for ev := (stream.Event{}); sse.Next(&ev); {
		if !ev.IsMessage() {
			continue
		}
		if len(list) == 0 || string(ev.Name) == "message_start" {
			list = append(list, nil)
		}
		list[len(list)-1] = append(list[len(list)-1], string(ev.Data))
	}
	return list
}

// wordJudge redacts a word, or, without one, holds back whatever it likes.
type wordJudge struct {
	word  string
	rand  *rand.Rand
	reply core.Reply
	found int
}

func (j *wordJudge) Window(_ int, w *core.Window) (*core.Reply, *core.Error) {
	j.reply.Reset()
	if j.word == "" {
		j.reply.Hold = j.rand.IntN(min(len(w.Text), 12) + 1)
		return &j.reply, nil
	}
	at := 0
	for {
		i := strings.Index(string(w.Text[at:]), j.word)
		if i < 0 {
			break
		}
		j.found++
		j.reply.Edits = append(j.reply.Edits, core.Edit{Start: at + i, End: at + i + len(j.word), Bytes: []byte("#")})
		at += i + len(j.word)
	}
	for n := min(len(j.word)-1, len(w.Text)-at); n > 0 && j.reply.Hold == 0; n-- {
		if strings.HasPrefix(j.word, string(w.Text[len(w.Text)-n:])) {
			j.reply.Hold = n
		}
	}
	return &j.reply, nil
}

func (j *wordJudge) Whole(int, []*core.Part) *core.Error { return nil }

// seesAll is a guard that is shown everything.
func seesAll() core.StreamGuard {
	sees := &core.Sees{}
	for k := range core.NumPartKinds {
		sees.Kinds = append(sees.Kinds, core.PartKind(k))
	}
	return core.StreamGuard{Mode: core.StreamWindow, Most: 100, Sees: sees}
}

// replayed takes a stream through the engine and returns what leaves. Idle events are
// left out on both sides, as they overtake others.
func (r *recordedStream) replayed(j window.Judge) (in, out []string, err *core.Error) {
	ex := &core.Exchange{}
	r.reader.BeginEvents(ex)
	var (
		s window.Stream
		c core.EventContent
	)
	s.Begin([]core.StreamGuard{seesAll()}, j, window.Options{Most: 1 << 24, Repeats: r.reader.Repeats()})
	defer s.End()
	pour := func() *core.Error {
		for e := s.Next(); e != nil; e = s.Next() {
			data, err := r.written(ex, e)
			if err != nil {
				return err
			}
			if !e.Changed { // here: it is idle
				out = append(out, string(data))
			}
		}
		return nil
	}
	for _, payload := range r.events {
		e := s.New()
		e.Data = append(e.Data, payload...)
		c.Reset()
		if err := r.reader.ReadEvent(ex, e.Data, &c); err != nil {
			return in, out, err
		}
		if e.Changed = c.Idle; !c.Idle {
			in = append(in, payload)
		}
		err := s.Push(e, &c)
		if err == nil {
			err = s.Judge()
		}
		if err == nil {
			err = pour()
		}
		if err != nil {
			return in, out, err
		}
	}
	if err := s.Finish(); err != nil {
		return in, out, err
	}
	return in, out, pour()
}

// written returns the payload of an event as it leaves.
func (r *recordedStream) written(ex *core.Exchange, e *window.Event) ([]byte, *core.Error) {
	if !e.Edited() {
		return e.Data, nil
	}
	c := core.EventContent{Again: true}
	if err := r.reader.ReadEvent(ex, e.Data, &c); err != nil {
		return nil, err
	}
	for i := range c.Parts {
		if text, changed := e.Text(i); changed {
			p := c.Parts[i].Part
			if err := p.Apply([]core.Edit{{End: len(p.Original()), Bytes: text}}); err != nil {
				return nil, asError(err)
			}
		}
	}
	return r.reader.AppendEvent(nil, ex, e.Data, &c)
}

// texts returns what events say, joined by block; what is whole in itself stands
// alone. Seals say nothing.
func (r *recordedStream) texts(events []string) string {
	type block struct {
		choice, block int
		kind          core.PartKind
		event, part   int // of what stands alone
	}
	ex := &core.Exchange{}
	r.reader.BeginEvents(ex)
	said := map[block]*bytes.Buffer{}
	var order []*bytes.Buffer
	for i, e := range events {
		var c core.EventContent
		if r.reader.ReadEvent(ex, []byte(e), &c) != nil {
			continue
		}
		for _, p := range c.Parts {
			key := block{choice: p.Choice, block: p.Msg, kind: p.Kind}
			switch p.Flow {
			case core.FlowSeal:
				continue
			case core.FlowAlone, core.FlowRepeat:
				key.event, key.part = i+1, p.ID
			case core.FlowOn:
			}
			if said[key] == nil {
				said[key] = &bytes.Buffer{}
				order = append(order, said[key])
			}
			said[key].Write(p.Text())
		}
	}
	var all bytes.Buffer
	for _, b := range order {
		all.Write(b.Bytes())
		all.WriteByte(0)
	}
	return all.String()
}

// unreadable tells whether a recording is of something that no guard is shown: a
// stream that cannot be read, or can in two ways, is refused (law 2).
func unreadable(err *core.Error) bool { return err != nil && err.Code == core.CodeUpstreamInvalid }

// TestRecordedStreamsPass: whatever guards hold back, a stream in which they change
// nothing leaves as it came, event by event and byte by byte.
func TestRecordedStreamsPass(t *testing.T) {
	events, refused := 0, 0
	list := recordedStreams(t)
	for _, r := range list {
		for seed := range uint64(3) {
			in, out, err := r.replayed(&wordJudge{rand: rand.New(rand.NewPCG(seed, 1))})
			if unreadable(err) {
				refused++
				t.Logf("%s: %v", r.name, err)
				break
			}
			if err != nil || !slices.Equal(in, out) {
				t.Errorf("%s, seed %d: of %d events %d left, changed or not, %v", r.name, seed, len(in), len(out), err)
			}
			events += len(in)
		}
	}
	t.Logf("%d streams, %d of them refused; %d events", len(list), refused, events)
	if refused > len(list)/20 {
		t.Errorf("%d of %d recordings cannot be read", refused, len(list))
	}
}

// someWords are such as occur once or twice in a text, with a blank in their midst
// here and there.
var someWords = regexp.MustCompile(`[A-Za-z]{4,} ?[A-Za-z]{3,}`)

// TestRecordedStreamsRedacted: a word that a guard takes out is in no text of what
// leaves, however the events cut it, and all of it is still JSON.
func TestRecordedStreamsRedacted(t *testing.T) {
	redacted := 0
	for _, r := range recordedStreams(t) {
		words := someWords.FindAllString(r.texts(r.events), -1)
		random := rand.New(rand.NewPCG(7, 7))
		for range min(len(words), 20) {
			j := &wordJudge{word: words[random.IntN(len(words))]}
			_, out, err := r.replayed(j)
			switch {
			case unreadable(err):
				continue
			case err != nil:
				t.Errorf("%s, %q: %v", r.name, j.word, err)
			case j.found == 0:
				t.Errorf("%s: %q was never shown", r.name, j.word)
			}
			redacted += j.found
			if text := r.texts(out); strings.Contains(text, j.word) {
				at := strings.Index(text, j.word)
				t.Errorf("%s: %q has left: …%s…", r.name, j.word, text[max(0, at-60):min(len(text), at+60)])
			}
			for _, e := range out {
				if strings.HasPrefix(e, "{") && !json.Valid([]byte(e)) {
					t.Errorf("%s, %q: no JSON: %s", r.name, j.word, e)
				}
			}
		}
	}
	t.Logf("%d words were taken out", redacted)
	if redacted == 0 {
		t.Error("nothing was taken out")
	}
}
