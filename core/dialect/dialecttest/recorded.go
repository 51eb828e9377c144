package dialecttest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
	"github.com/sallyport-gateway/sallyport/core/stream"
)

// Run names one run of text in a stream.
type Run struct {
	Choice, Block int
	Kind          core.PartKind
}

// Played is what the events of a stream say.
type Played struct {
	Runs   map[Run]string // texts that grow
	Alone  []string       // texts that are whole
	Events int
	Alike  int  // of them, those that were known by the ones before
	Broken bool // an event is no JSON
}

// Play reads a recorded stream event by event. It makes sure that each event is read,
// that it does not change unless edited, that what repeats a text repeats it, and that
// each of its strings is in a part, unknown, or one that rows say is neither.
func Play(t *testing.T, d core.EventReader, rows []leaf.Row, name, body string) Played {
	t.Helper()
	out := Played{Runs: map[Run]string{}}
	ex := &core.Exchange{}
	ex.Request.Choices = 1
	d.BeginEvents(ex)
	var (
		s  stream.SSE
		ev stream.Event
		c  core.EventContent

		all []string
	)
	s.Feed([]byte(body))
	for s.Next(&ev) {
		if !ev.IsMessage() {
			continue
		}
		out.Events++
		data := string(ev.Data)
		all = append(all, data)
		c.Reset()
		err := d.ReadEvent(ex, []byte(data), &c)
		if out.Broken = err != nil && !json.Valid([]byte(data)); out.Broken {
			return out
		}
		if err != nil {
			t.Fatalf("%s: %s: %v, %v", name, Clipped(data), err, err.Cause)
		}
		out.take(t, name, data, &c)
		checkLeaves(t, name, data, rows, &c)
		c.Unknown = c.Unknown[:0]
		if same, err := d.AppendEvent(nil, ex, []byte(data), &c); err != nil || string(same) != data {
			t.Fatalf("%s: %s became %s, %v", name, Clipped(data), Clipped(same), err)
		}
	}
	if err := s.Err(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	out.Alike = Alike(t, d, all)
	return out
}

func (o *Played) take(t *testing.T, name, data string, c *core.EventContent) {
	t.Helper()
	for _, p := range c.Parts {
		run := Run{p.Choice, p.Msg, p.Kind}
		switch text := string(p.Text()); p.Flow {
		case core.FlowOn:
			o.Runs[run] += text
		case core.FlowRepeat:
			if said, ok := o.Runs[run]; ok && said != text && text != "" {
				t.Errorf("%s: %q repeats %q: %s", name, text, said, Clipped(data))
			} else if !ok {
				o.Runs[run] = text
			}
		case core.FlowAlone:
			o.Alone = append(o.Alone, text)
		case core.FlowSeal:
		}
	}
}

// checkLeaves makes sure that every string of an event is accounted for.
func checkLeaves(t *testing.T, name, data string, rows []leaf.Row, c *core.EventContent) {
	t.Helper()
	if !strings.HasPrefix(data, "{") {
		return
	}
	v, err := jsonscan.Validate([]byte(data), 0)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	eachString([]byte(data), v, "", func(path string, s jsonscan.Span) {
		for _, p := range c.Parts {
			if p.Raw.Start <= s.Start && s.End <= p.Raw.End {
				return
			}
		}
		if slices.Contains(c.Unknown, core.Span(s)) || isSchemaType(path, data[s.Start+1:s.End-1]) {
			return
		}
		if row := rowOf(rows, path); s.Len() > 2 && (row == nil || row.Class == leaf.Part || row.Class == leaf.Value || row.Class == leaf.Opaque || row.Class == leaf.Setting) {
			t.Errorf("%s: nobody looks at %s in %s", name, path, Clipped(data))
		}
	})
}

// isSchemaType tells whether a string is the type that a JSON Schema names, which is no
// prose.
func isSchemaType(path, word string) bool {
	return strings.HasSuffix(strings.TrimSuffix(path, "[]"), ".type") &&
		slices.Contains([]string{"object", "string", "number", "integer", "boolean", "array", "null"}, word)
}

// eachString calls f for each string leaf of v.
func eachString(doc []byte, v jsonscan.Value, path string, f func(path string, s jsonscan.Span)) {
	switch v.Kind {
	case jsonscan.String:
		f(path, v.Span)
	case jsonscan.ArrayKind:
		for a := jsonscan.Elements(doc, v); a.Next(); {
			eachString(doc, a.Value(), path+"[]", f)
		}
	case jsonscan.ObjectKind:
		var obj jsonscan.Object
		if jsonscan.ScanObject(doc, v, nil, &obj) != nil {
			return
		}
		for i := range obj.Members {
			m := &obj.Members[i]
			key := string(jsonscan.AppendText(nil, doc, m.Key))
			eachString(doc, m.Value, strings.TrimPrefix(path+"."+key, "."), f)
		}
	default:
	}
}

// rowOf returns the row that speaks of path, or nil.
func rowOf(rows []leaf.Row, path string) *leaf.Row {
	for i := range rows {
		r := &rows[i]
		if r.Path == path || (r.Class == leaf.Derived || r.Class == leaf.Spelling) && strings.HasPrefix(path, r.Path) {
			return r
		}
	}
	for end := len(path); end > 0; end = strings.LastIndexAny(path[:end], ".[") {
		for i := range rows {
			if rows[i].Path == path[:end]+".**" {
				return &rows[i]
			}
		}
	}
	return nil
}

// FuzzEvent edits the texts of one event and makes sure that the outcome is JSON which
// says them.
func FuzzEvent(t *testing.T, d core.EventReader, data, text string) {
	t.Helper()
	ex := &core.Exchange{}
	d.BeginEvents(ex)
	var c core.EventContent
	if d.ReadEvent(ex, []byte(data), &c) != nil {
		return
	}
	d.SentEvent(ex, []byte(data))
	same := func(p core.StreamPart) bool {
		return p.Flow == core.FlowSeal || data[p.Raw.Start] != '"' || len(text) == 0
	}
	for _, p := range c.Parts {
		if !same(p) && p.Apply([]core.Edit{{End: len(p.Text()), Bytes: []byte(text)}}) != nil {
			return // it is no text
		}
	}
	var want []string
	for _, p := range c.Parts {
		want = append(want, string(p.Text()))
	}
	out, err := d.AppendEvent(nil, ex, []byte(data), &c)
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if json.Valid([]byte(data)) && !json.Valid(out) {
		t.Fatalf("%s became %s", data, out)
	}
	d.BeginEvents(ex)
	var again core.EventContent
	if err := d.ReadEvent(ex, out, &again); err != nil {
		t.Fatalf("%s became %s: %v", data, out, err)
	}
	if len(again.Parts) != len(c.Parts) || len(again.Unknown) > 0 {
		t.Fatalf("%s became %s: %d parts, then %d, and %d unknown", data, out, len(c.Parts), len(again.Parts), len(again.Unknown))
	}
	for i, p := range again.Parts {
		if string(p.Text()) != want[i] {
			t.Errorf("%s became %s: part %d is %q, want %q", data, out, i, p.Text(), want[i])
		}
	}
	Alike(t, d, variants(data, text))
	at := &core.Attempt{}
	if out := d.AppendRefused(nil, ex, at, text); len(out) > 0 {
		SSE(t, string(out))
	}
}

// SameTexts compares texts without regard to their order, and to those that are empty.
func SameTexts(t *testing.T, name string, got, want []string) {
	t.Helper()
	for _, list := range []*[]string{&got, &want} {
		*list = slices.DeleteFunc(*list, func(s string) bool { return s == "" })
		slices.Sort(*list)
	}
	if !slices.Equal(got, want) {
		for _, s := range got {
			if !slices.Contains(want, s) {
				t.Errorf("%s: nobody said %.200q", name, s)
			}
		}
		for _, s := range want {
			if !slices.Contains(got, s) {
				t.Errorf("%s: %.200q was not found", name, s)
			}
		}
		t.Errorf("%s: %d texts, want %d", name, len(got), len(want))
	}
}
