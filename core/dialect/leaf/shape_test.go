package leaf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// reading reads each line of a stream, edits its first text, appends it, and tells all
// that came of it. Where plain is set no event is known by the one before.
func reading(stream string, plain bool) string {
	r := &chunks{f: chunkForm()}
	r.BeginEvents()
	var b strings.Builder
	for data := range strings.SplitSeq(stream, "\n") {
		if plain {
			r.events.shape.form = nil
		}
		r.c.Reset()
		if err := r.ReadEvent(&r.ex, r.f, []byte(data), &r.c); err != nil {
			fmt.Fprintln(&b, err.Code)
			continue
		}
		fmt.Fprintln(&b, r.c.Unknown, r.c.Ends, r.c.Idle)
		for i, p := range r.c.Parts {
			fmt.Fprintf(&b, "%d %d %d %d %d %d %v %q %q %q\n", p.ID, p.Kind, p.Role, p.Msg, p.Choice, p.Flow, p.Raw, p.Name, p.Ref, p.Text())
			if i == 0 && len(p.Text()) > 0 {
				_ = p.Apply([]core.Edit{{End: len(p.Original()), Bytes: []byte("\"edited")}})
			}
		}
		out, err := r.AppendEvent(nil, []byte(data), &r.c)
		fmt.Fprintf(&b, "%s %v\n", out, err != nil)
	}
	return b.String()
}

func TestShape(t *testing.T) {
	t.Parallel()
	for name, stream := range shapeStreams {
		if got, want := reading(stream, false), reading(stream, true); got != want {
			t.Errorf("%s:\n%s\ngot  %s\nwant %s", name, stream, got, want)
		}
	}
}

var shapeStreams = map[string]string{
	"text":     `{"on":"a"}` + "\n" + `{"on":"b c"}` + "\n" + `{"on":"\u0064\n"}` + "\n" + `{"on":""}` + "\n" + `{"on":"é"}` + "\n" + `{"on":"g"}`,
	"gaps":     `{"n":1,"sum":"xy","on":"a","word":"w"}` + "\n" + `{"n":10,"sum":"","on":"bcd","word":"w"}` + "\n" + `{"n":011,"sum":"z","on":"e","word":"w"}` + "\n" + `{"n":1.5,"sum":"z","on":"e","word":"w"}`,
	"derived":  `{"on":"a","sum":[1],"proof":{"p":1}}` + "\n" + `{"on":"longer","sum":[1],"proof":{"p":1}}`,
	"thinking": `{"think":"t"}` + "\n" + `{"think":"u"}` + "\n" + `{"on":"o"}` + "\n" + `{"on":"p"}` + "\n" + `{"think":"v"}` + "\n" + `{"seal":"s"}` + "\n" + `{"think":"w"}`,
	"calls":    `{"items":[{"id":"i","args":"{"}]}` + "\n" + `{"items":[{"args":"\"a\":1"}]}` + "\n" + `{"items":[{"args":"}"}]}`,
	"broken":   `{"on":"a"}` + "\n" + `{"on":"b` + "\n" + `{"on":"c` + "\x01" + `"}` + "\n" + `{"on":"` + "\xff" + `"}` + "\n" + `{"on":"d"} x` + "\n" + `{"on":"e","on":"f"}` + "\n" + `{"on":"g"}`,
	"quotes":   `{"on":"a"}` + "\n" + `{"on":"\""}` + "\n" + `{"on":"\\"}` + "\n" + `{"on":"\\\","think":"t"}`,
	"unnamed":  `{"more":{"a":"p"}}` + "\n" + `{"more":{"a":"q"}}` + "\n" + `{"more":{"b":"r"}}` + "\n" + `{"more":{"b":"s"}}`,
	"long":     `{"on":"a","word":"` + strings.Repeat("w", maxShape) + `"}` + "\n" + `{"on":"b","word":"` + strings.Repeat("w", maxShape) + `"}`,
}

// TestShapeFits makes sure that the events of an ordinary stream are known by those
// before them: else the test above compares nothing.
func TestShapeFits(t *testing.T) {
	t.Parallel()
	r := &chunks{f: chunkForm()}
	for i, c := range []struct {
		data string
		fits bool
	}{
		{`{"n":1,"sum":"xy","on":"a"}`, false},
		{`{"n":2,"sum":"x","on":"b\n"}`, true},
		{`{"n":30,"sum":"","on":"é"}`, true},
		{`{"n":31,"sum":"","on":""}`, false},
		{`{"n":32,"sum":"","on":"c"}`, false},
		{`{"n":33,"sum":"","think":"d"}`, false},
		{`{"n":34,"sum":"","think":"e"}`, true},
	} {
		r.read(t, c.data)
		if r.events.shape.shifted != c.fits {
			t.Errorf("event %d, %s: known %t", i, c.data, !c.fits)
		}
	}
	r.BeginEvents()
	if r.read(t, `{"n":35,"sum":"","think":"f"}`); r.events.shape.shifted {
		t.Error("a stream began with the shape of the one before")
	}
}

func FuzzShape(f *testing.F) {
	for _, s := range shapeStreams {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		if got, want := reading(stream, false), reading(stream, true); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}
