package leaf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

var someID = []byte("id")

// form is that of a dialect which no provider speaks.
func form() *Form {
	return NewForm(Spec{
		Rows: []Row{
			{Path: "model", Class: Control},
			{Path: "system", Class: Part},
			{Path: "turns[].role", Class: Control},
			{Path: "turns[].text", Class: Part},
			{Path: "turns[].thought", Class: Part, Kind: core.PartThinking},
			{Path: "turns[].seal", Class: Derived, Kind: core.PartThinking},
			{Path: "turns[].sum", Class: Derived},
			{Path: "turns[].call.name", Class: Attr},
			{Path: "turns[].call.input", Class: Value, Kind: core.PartToolCall},
			{Path: "turns[].image.type", Class: Attr},
			{Path: "turns[].image.data", Class: Part, Kind: core.PartImage},
			{Path: "turns[].image.href", Class: Part, Kind: core.PartImage},
			{Path: "tools[].shape.**", Class: Part},
			{Path: "user", Class: Opaque},
		},
		Keys: []string{"turns", "model"}, Turns: "turns[]", Judged: []string{"turns"},
		Scenes: map[string]Scene{
			"turns[]": func(w *Walk, o Object) {
				role := o.Value("role")
				if role.Kind != jsonscan.String {
					w.Fail(Missing(w.Path()+".role", "a string"))
				}
				if string(w.Text(role)) == "tool" {
					w.Role, w.Ref = core.RoleTool, someID
				} else {
					w.Role = core.RoleUser
				}
			},
			"turns[].call":  func(w *Walk, o Object) { w.Name = w.Text(o.Value("name")) },
			"turns[].image": func(w *Walk, o Object) { w.Media = w.Text(o.Value("type")) },
		},
		Role: core.RoleSystem, Msg: -1,
	})
}

// request is an exchange with its top level read.
type request struct {
	Memory
	ex  *core.Exchange
	f   *Form
	top jsonscan.Object
}

func open(t testing.TB, doc string) (*request, *core.Error) {
	t.Helper()
	r := &request{ex: &core.Exchange{}, f: form()}
	r.ex.Request.Body = []byte(doc)
	if err := jsonscan.Scan(r.ex.Request.Body, r.f.Keys(), &r.top); err != nil {
		return r, Refusal(err, "")
	}
	return r, r.Prompt(r.ex, r.f, &r.top)
}

func opened(t testing.TB, doc string) *request {
	t.Helper()
	r, err := open(t, doc)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *request) describe() string {
	var b strings.Builder
	for _, p := range r.ex.Prompt {
		fmt.Fprintf(&b, "%d %s %s %s", p.Msg, p.Role, p.Kind, p.Text())
		if len(p.Name)+len(p.Ref) > 0 {
			fmt.Fprintf(&b, " name=%s ref=%s", p.Name, p.Ref)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (r *request) render(t testing.TB) (string, *core.Error) {
	t.Helper()
	r.Begin()
	err := r.Apply(r.ex, func(m *Memory, _ *core.Exchange, p *core.Part) *core.Error {
		if !m.InsertTurn(p.Before, jsonscan.AppendQuoted(nil, p.Text())) {
			return core.Errorf(core.CodePluginFailed, "no turns")
		}
		return nil
	})
	return string(bytes.Join(r.Render(r.ex, nil, r.ex.Request.Body), nil)), err
}

func (r *request) edit(t testing.TB, part int, text string) {
	t.Helper()
	p := r.ex.Prompt[part]
	if err := p.Apply([]core.Edit{{Part: p.ID, End: len(p.Text()), Bytes: []byte(text)}}); err != nil {
		t.Fatal(err)
	}
}

const sample = `{"model":"m","system":"s","turns":[{"role":"user","text":"a\u0062","call":{"input":{"k":["v\u0031"]},"name":"f"},"thought":"t","seal":{"x":1},"sum":7},` +
	`{"role":"tool","text":"r","other":[{"z":"judged"}],"image":{"type":"image/png","data":"QUJD"}},{"role":"user","image":{"href":"data:image/gif;base64,AA"},"call":{"name":"g","input":"str"}},` +
	`{"role":"user","call":{"input":null}}],"tools":[{"shape":{"type":["object","null"],"about":"type"}}],"user":"u","what":{"is":"this"}}`

func TestPrompt(t *testing.T) {
	t.Parallel()
	r := opened(t, sample)
	want := `-1 system text s
0 user text ab
0 user tool_call {"k":["v\u0031"]} name=f ref=
0 user thinking t
1 tool tool_result r name= ref=id
1 tool tool_result judged name= ref=id
1 tool image QUJD name=image/png ref=id
1 tool tool_result other,
z name= ref=id
2 user image data:image/gif;base64,AA name=image/gif ref=
2 user tool_call str name=g ref=
-1 system text type
-1 system text about
-1 tool text this
-1 tool text what,
is
`
	if got := r.describe(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if n := len(r.Turns()); n != 4 {
		t.Errorf("%d turns", n)
	}
	unknown, err := r.Unknown(r.ex, r.f, &r.top)
	if want := []string{"turns[1].other[0].z", "user", "what.is"}; err != nil || !slices.Equal(unknown, want) {
		t.Errorf("unknown %q, %v, want %q", unknown, err, want)
	}
	if out, err := r.render(t); err != nil || out != sample {
		t.Errorf("changed to %s, %v", out, err)
	}
}

func TestEdits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(*request)
		want []string // old, new, old, new …
	}{
		{"text", func(r *request) { r.edit(t, 1, `"x"`) }, []string{`"a\u0062"`, `"\"x\""`, `"sum":7`, `"sum":null`}},
		{"value", func(r *request) { r.edit(t, 2, `{"n":0}`) }, []string{`{"k":["v\u0031"]}`, `{"n":0}`, `"sum":7`, `"sum":null`}},
		{"string value", func(r *request) { r.edit(t, 9, `s"`) }, []string{`"str"`, `"s\""`}},
		{"thinking", func(r *request) { r.edit(t, 3, `T`) }, []string{`"thought":"t"`, `"thought":"T"`, `"seal":{"x":1}`, `"seal":null`, `"sum":7`, `"sum":null`}},
		{"insertion", func(r *request) {
			for i, before := range []int{0, -1, 99} {
				p := &core.Part{ID: len(r.ex.Prompt), Msg: -1, Before: before}
				p.SetText([]byte{'A' + byte(i)})
				r.ex.Prompt = append(r.ex.Prompt, p)
			}
		}, []string{`"turns":[`, `"turns":["A",`, `"call":{"input":null}}]`, `"call":{"input":null}},"B","C"]`}},
	} {
		r := opened(t, sample)
		c.do(r)
		want := sample
		for i := 0; i < len(c.want); i += 2 {
			if !strings.Contains(want, c.want[i]) {
				t.Fatalf("%s: the sample has no %s", c.name, c.want[i])
			}
			want = strings.Replace(want, c.want[i], c.want[i+1], 1)
		}
		if got, err := r.render(t); err != nil || got != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", c.name, err, got, want)
		}
	}
}

func TestBadEdits(t *testing.T) {
	t.Parallel()
	for part, text := range map[int]string{2: `{"n":`, 102: `"string"`, 202: ``} {
		r := opened(t, sample)
		r.edit(t, part%100, text)
		if _, err := r.render(t); err == nil || err.Code != core.CodePluginFailed {
			t.Errorf("%q: %v", text, err)
		}
	}
	r := opened(t, `{"system":"s"}`)
	r.ex.Prompt = append(r.ex.Prompt, &core.Part{ID: 1, Msg: -1})
	if _, err := r.render(t); err == nil {
		t.Error("a turn was put where there are none")
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		`{"turns":[7]}`:  "turns[0]",
		`{"turns":[{}]}`: "turns[0].role",
		`{"Turns":[]}`:   "Turns",
		`{"turns":[{"role":"user","text":1,"text":2}]}`:              "turns[0].text",
		`{"turns":[{"role":"user","x":{"a":1,"\u0061":2}}]}`:         "turns[0].x.a",
		`{"turns":[{"role":"user","call":{"name":"a","NAME":"b"}}]}`: "turns[0].call.NAME",
	} {
		r, err := open(t, doc)
		if err == nil || err.Param != want || len(r.ex.Prompt) > 0 {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	f := NewForm(Spec{
		Rows: []Row{
			{Path: "choices[].text", Class: Part},
			{Path: "choices[].input", Class: Value, Kind: core.PartToolCall},
			{Path: "choices[].logprobs", Class: Derived},
		},
		Choices: "choices[]", Role: core.RoleAssistant,
		Scenes: map[string]Scene{"": func(w *Walk, _ Object) { w.Name = []byte("root") }},
	})
	body := []byte(`{"choices":[{"text":"a","logprobs":[1]},{"input":[1],"logprobs":{"b":"c"}}]}`)
	ex, m := &core.Exchange{}, &Memory{}
	parts, err := m.AnswerParts(ex, f, body, nil)
	if err != nil || len(parts) != 2 || parts[1].Choice != 1 || parts[0].Origin != core.OriginUpstream || string(parts[0].Name) != "root" {
		t.Fatalf("%v, %v", parts, err)
	}
	if out, err := m.SpliceAnswer(ex, f, body, parts); out != nil || err != nil {
		t.Errorf("without edits: %q, %v", out, err)
	}
	if err := parts[1].Apply([]core.Edit{{Part: 1, Start: 1, End: 2, Bytes: []byte("2,3")}}); err != nil {
		t.Fatal(err)
	}
	out, err := m.SpliceAnswer(ex, f, body, parts)
	if got, want := string(bytes.Join(out, nil)), `{"choices":[{"text":"a","logprobs":[1]},{"input":[2,3],"logprobs":null}]}`; err != nil || got != want {
		t.Errorf("%v, %s, want %s", err, got, want)
	}
	for _, bad := range []string{`{`, `{"choices":[{"text":"a","text":"b"}]}`} {
		if _, err := m.AnswerParts(ex, f, []byte(bad), nil); err == nil || err.Code != core.CodeUpstreamInvalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestNewFormPanics(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]Spec{
		"twice":  {Rows: []Row{{Path: "a", Class: Part}, {Path: "a", Class: Part}}},
		"scene":  {Rows: []Row{{Path: "a", Class: Part}}, Scenes: map[string]Scene{"b": nil}},
		"turns":  {Rows: []Row{{Path: "a", Class: Part}}, Turns: "a[]"},
		"folded": {Rows: []Row{{Path: "a", Class: Part}, {Path: "A", Class: Part}}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			NewForm(s).Keys() // compiles it
		}()
	}
}

func TestSeal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, signature, want string }{
		{"", "S", "S"}, {"own", "S", "S"}, {"anthropic.messages", "S+/=", "sp1.anthropic.messages.S+/="}, {"a.b/my.provider", "S", "sp1.a.b/my.provider.S"},
	} {
		got := AppendSeal(nil, "own", &core.Attr{Source: []byte(c.source), Signature: []byte(c.signature)})
		source, signature := SplitSeal("own", got)
		want := c.source
		if want == "" {
			want = "own"
		}
		if string(got) != c.want || string(source) != want || string(signature) != c.signature {
			t.Errorf("%s: %s, back %s %s", c.source, got, source, signature)
		}
	}
	for _, seal := range []string{"sp1.", "sp1..", "sp1", ""} {
		if source, signature := SplitSeal("own", []byte(seal)); string(source) != "own" || string(signature) != seal {
			t.Errorf("%q: %s %s", seal, source, signature)
		}
	}
}

// FuzzEdit edits one part of a document and compares the outcome with what
// encoding/json makes of it.
func FuzzEdit(f *testing.F) {
	for part := range 10 {
		f.Add(sample, part, "new \"text\"")
	}
	f.Add(sample, 2, `{"a":[]}`)
	f.Fuzz(func(t *testing.T, doc string, part int, text string) {
		r, err := open(t, doc)
		if err != nil || part < 0 || part >= len(r.ex.Prompt) {
			return
		}
		p := r.ex.Prompt[part]
		if p.Apply([]core.Edit{{Part: p.ID, End: len(p.Text()), Bytes: []byte(text)}}) != nil {
			return
		}
		out, err := r.render(t)
		if err != nil {
			return
		}
		if !json.Valid([]byte(out)) {
			t.Fatalf("%s became %s", doc, out)
		}
		again := opened(t, out)
		if len(again.ex.Prompt) != len(r.ex.Prompt) {
			return // a value became one that is no part, or one that is more
		}
		if got := again.ex.Prompt[part].Text(); string(got) != text {
			t.Errorf("part %d of %s is %q, want %q", part, out, got, text)
		}
	})
}
