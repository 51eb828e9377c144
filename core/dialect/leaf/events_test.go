package leaf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// chunkForm is that of the events of a dialect which no provider speaks.
func chunkForm() *Form {
	return NewForm(Spec{
		Rows: []Row{
			{Path: "on", Class: Part},
			{Path: "think", Class: Part, Kind: core.PartThinking, Block: 1},
			{Path: "alone", Class: Part, Kind: core.PartCitation, Flow: core.FlowAlone},
			{Path: "seal", Class: Part, Kind: core.PartThinking, Flow: core.FlowSeal, Block: 1},
			{Path: "proof", Class: Value, Flow: core.FlowSeal},
			{Path: "sum", Class: Derived},
			{Path: "word", Class: Control},
			{Path: "hidden", Class: Opaque},
			{Path: "items[].n", Class: Control},
			{Path: "items[].id", Class: Attr},
			{Path: "items[].args", Class: Value, Kind: core.PartToolCall},
			{Path: "items[].text", Class: Part},
			{Path: "items[].note", Class: Part, Block: 1},
			{Path: "items[].sum", Class: Derived},
			{Path: "again", Class: Control},
		},
		Judged: []string{"more"}, Role: core.RoleAssistant, Stretches: true, Group: 10, Counter: "n",
		Scenes: map[string]Scene{
			"": func(w *Walk, o Object) {
				if o.Value("again").Bool() {
					w.Flow = core.FlowRepeat
				}
			},
			"items[]": func(w *Walk, o Object) {
				n, err := jsonscan.Int(w.Doc(), o.Value("n"))
				if err != nil {
					n = int64(w.Index())
				}
				w.Block = 1000 + 10*int(n)
				w.Ref = w.Text(o.Value("id"))
				w.Recall()
			},
		},
	})
}

type chunks struct {
	Memory
	ex core.Exchange
	f  *Form
	c  core.EventContent
}

func (r *chunks) read(t testing.TB, data string) string {
	t.Helper()
	r.c.Reset()
	if err := r.ReadEvent(&r.ex, r.f, []byte(data), &r.c); err != nil {
		t.Fatalf("%s: %v, %v", data, err, err.Cause)
	}
	var b strings.Builder
	for _, p := range r.c.Parts {
		fmt.Fprintf(&b, "%d %s %d %s %s\n", p.Msg, p.Kind, p.Flow, p.Text(), p.Ref)
	}
	for _, s := range r.c.Unknown {
		fmt.Fprintf(&b, "? %s\n", s.Of([]byte(data)))
	}
	for _, e := range r.c.Ends {
		fmt.Fprintf(&b, "end %d\n", e.Block)
	}
	return b.String()
}

func TestReadEvent(t *testing.T) {
	t.Parallel()
	r := &chunks{f: chunkForm()}
	for _, c := range [][2]string{
		{` {"seal":"s","think":"t","alone":"a","on":""}`, "1 thinking 0 t \n0 citation 1 a \n1 thinking 3 s \n"},
		{`{"on":"\u0061b","hidden":"h","what":["x",{"y":"z"}],"word":"w"}`, "0 text 0 ab \n? \"h\"\n? \"x\"\n? \"z\"\nend 1\n"},
		{`{"think":"u"}`, "33 thinking 0 u \n"},
		{`{"items":[{"id":"i","args":{ },"text":"x"},{"args":{"k":1}}]}`, "1000 tool_call 0  i\n1000 text 0 x \n1010 tool_call 1 {\"k\":1} \nend 33\n"},
		{`{"items":[{"args":"{}"}],"again":true}`, "1000 tool_call 0 {} i\n"},
		{`{"items":[{"args":"{}"}],"again":true}`, "1000 tool_call 2 {} i\n"},
		{`{"more":{"a":["p","q"],"b":"r"}}`, fmt.Sprintf("%d text 0 p \n%[1]d text 0 q \n%d text 0 r \n", unnamedBlock, unnamedBlock+1)},
		{`{"more":{"a":["p","q"]},"again":true}`, fmt.Sprintf("%d text 1 p \n%[1]d text 1 q \n", unnamedBlock)},
		{`["a",7]`, "? \"a\"\n"},
		{`"b"`, "? \"b\"\n"},
	} {
		if got := r.read(t, c[0]); got != c[1] {
			t.Errorf("%s\ngot  %s\nwant %s", c[0], got, c[1])
		}
	}
}

func TestReadEventBounds(t *testing.T) {
	t.Parallel()
	r := &chunks{f: chunkForm()}
	for i := range maxUnnamed + 2 {
		got := r.read(t, fmt.Sprintf(`{"more":{"k%d":"v"}}`, i))
		if (got == "? \"v\"\n") != (i >= maxUnnamed) {
			t.Fatalf("place %d: %s", i, got)
		}
	}
	for i := range maxCalls + 2 {
		r.read(t, fmt.Sprintf(`{"items":[{"n":%d,"id":"i","args":""}]}`, i))
		if got := r.read(t, fmt.Sprintf(`{"items":[{"n":%d,"args":"x"}]}`, i)); strings.HasSuffix(got, " i\n") != (i < maxCalls) {
			t.Fatalf("call %d: %s", i, got)
		}
	}
	r.BeginEvents()
	long := strings.Repeat("i", maxCallName+1)
	r.read(t, `{"items":[{"id":"`+long+`","args":""}]}`)
	if got := r.read(t, `{"items":[{"args":"x"}]}`); got != "1000 tool_call 0 x \n" {
		t.Errorf("a long id: %s", got)
	}
	r.read(t, `{"think":"t"}`)
	r.read(t, `{"on":"o"}`)
	if got := r.read(t, `{"seal":"s"}`); got != "1 thinking 3 s \n" {
		t.Errorf("the seal of the stretch before: %s", got)
	}
	if got := r.read(t, `{"seal":"s","think":"t"}`); got != "33 thinking 0 t \n33 thinking 3 s \n" {
		t.Errorf("the seal of this stretch: %s", got)
	}
	r.BeginEvents()
	for i := range maxStretches + 2 {
		think, on := r.read(t, `{"think":"t"}`), r.read(t, `{"on":"o"}`)
		n := min(i, maxStretches-1)
		if think != fmt.Sprintf("%d thinking 0 t \n", 1+n*stretchBlocks) || strings.Contains(on, "end") != (i < maxStretches-1) {
			t.Fatalf("stretch %d: %s%s", i, think, on)
		}
	}
	large := `{"on":"\u0061` + strings.Repeat("a", maxEventText) + `"}`
	r.read(t, large)
	r.read(t, `{"more":[`+strings.Repeat(`"x",`, maxEventParts)+`"x"]}`)
	r.Reset()
	if ev := r.events; cap(ev.text) > 0 || len(ev.parts) > 0 || len(ev.calls)+len(ev.unnamed)+len(ev.choices) > 0 {
		t.Error("too much is kept")
	}
}

func TestAppendEvent(t *testing.T) {
	t.Parallel()
	r := &chunks{f: chunkForm()}
	const data = `{"on":"\u0061b","sum":[1],"proof":{"p":1},"seal":"s","hidden":"h","items":[{"n":1,"text":"x","note":"y","sum":"s"},{"n":2,"text":"z","sum":7}]}`
	for name, c := range map[string]struct {
		edit string // text that is edited
		to   string
		want []string // old, new, old, new …
	}{
		"nothing": {"", "", nil},
		"text":    {"ab", "c\n", []string{`"\u0061b"`, `"c\n"`, `"sum":[1]`, `"sum":null`}},
		"group":   {"y", "", []string{`"note":"y"`, `"note":""`, `"sum":[1]`, `"sum":null`, `"sum":"s"`, `"sum":""`}},
		"other":   {"z", "Z", []string{`"z"`, `"Z"`, `"sum":[1]`, `"sum":null`, `"sum":7`, `"sum":null`}},
		"seal":    {"s", "", []string{`"seal":"s"`, `"seal":""`, `"sum":[1]`, `"sum":null`}},
		"proof":   {`{"p":1}`, "", []string{`"proof":{"p":1}`, `"proof":null`}},
	} {
		r.read(t, data)
		want := strings.Replace(data, `"h"`, `null`, 1)
		for i := 0; i < len(c.want); i += 2 {
			want = strings.Replace(want, c.want[i], c.want[i+1], 1)
		}
		for _, p := range r.c.Parts {
			if string(p.Text()) == c.edit {
				if err := p.Apply([]core.Edit{{Part: p.ID, End: len(c.edit), Bytes: []byte(c.to)}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		got, err := r.AppendEvent([]byte("x"), []byte(data), &r.c)
		if err != nil || string(got) != "x"+want {
			t.Errorf("%s: %v\ngot  %s\nwant x%s", name, err, got, want)
		}
	}
	if _, err := r.AppendEvent(nil, []byte(`{}`), &r.c); err == nil || err.Code != core.CodeInternal {
		t.Errorf("an event that was not read: %v", err)
	}
	const call = `{"items":[{"args":{"a":1}}]}`
	r.read(t, call)
	if err := r.c.Parts[0].Apply([]core.Edit{{End: 7, Bytes: []byte(`{`)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.AppendEvent(nil, []byte(call), &r.c); err == nil || err.Code != core.CodePluginFailed {
		t.Errorf("a broken call: %v", err)
	}
}

func TestAppendInside(t *testing.T) {
	t.Parallel()
	if got := string(AppendInside([]byte("x"), []byte("a\"\n"))); got != `xa\"\n` {
		t.Error(got)
	}
	if got := string(AppendInside(nil, nil)); got != "" {
		t.Error(got)
	}
}
