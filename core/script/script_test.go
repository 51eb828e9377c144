package script

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dlclark/regexp2/v2"
	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestMain(m *testing.M) {
	code := m.Run()
	regexp2.StopTimeoutClock()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var phases = map[string]core.Phase{
	"receive": core.PhaseReceive, "prompt": core.PhasePrompt, "route": core.PhaseRoute,
	"answer": core.PhaseAnswer, "complete": core.PhaseComplete,
}

func load(t testing.TB, o Options, source string, hooks ...string) (*Script, error) {
	t.Helper()
	m := core.Manifest{ID: "route.test", Version: "1", Stage: core.StageShape, Sees: core.Sees{Headers: []string{"x-tier"}, Consumer: true, Tags: true}}
	for _, h := range hooks {
		m.Phases = append(m.Phases, phases[h])
	}
	return NewHost(o).Load(t.Context(), "rule.js", []byte(source), m)
}

func started(t testing.TB, o Options, c core.InstanceConfig, source string, hooks ...string) *Instance {
	t.Helper()
	s, err := load(t, o, source, hooks...)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name == "" {
		c.Name = "rule"
	}
	i, err := s.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Close() })
	return i.(*Instance) //nolint:forcetypeassert // it is what New makes
}

type headers map[string]string

func (h headers) Get(name string) []byte {
	if v, ok := h[name]; ok {
		return []byte(v)
	}
	return nil
}

// prompt is a call of the prompt phase with one part per text.
func prompt(texts ...string) *core.Call {
	ex := &core.Exchange{ID: core.ID{15: 1}, Consumer: &core.Consumer{Name: "app", Tenant: "acme"}}
	ex.Request.Headers = headers{"x-tier": "gold", "authorization": "Bearer secret"}
	ex.Tags = []core.Tag{{Key: "k", Value: "old"}, {Key: "k", Value: "v"}}
	c := &core.Call{Exchange: ex, Phase: core.PhasePrompt, Stage: core.StageShape, Reply: &core.Reply{}}
	for i, text := range texts {
		p := &core.Part{ID: i + 3, Msg: i}
		p.SetText([]byte(text))
		c.Parts = append(c.Parts, p)
	}
	return c
}

func handle(t testing.TB, i *Instance, c *core.Call) *core.Reply {
	t.Helper()
	c.Reply.Reset()
	if err := i.Hook(c.Phase).Handle(c); err != nil {
		t.Fatal(err)
	}
	return c.Reply
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"nothing", ``, "{}"},
		{"null", `return null`, "{}"},
		{"empty", `return {}`, "{}"},
		{"absent member", `return {block: undefined, route: null}`, "{}"},
		{"block", `return {block: {status: 451, code: "words", message: "no"}}`, "block 451 words no"},
		{"bare block", `return {block: {}}`, "block 0  "},
		{"respond", `return {respond: {body: "[]"}}`, "respond 200 application/json []"},
		{"flags and tags", `return {flags: {toxic: 0.5}, tags: {team: "blue"}}`, "flag toxic 0.5, tag team=blue"},
		{"route", `return {route: "other"}`, "route other"},
		{"append", `return {append: [{role: "system", text: "Be kind.", at: 0}, {role: "user", text: "x"}]}`, "append system@0 Be kind., append user@2 x"},
		{
			"sees", `return {tags: {all: [call.exchange.consumer, call.exchange.tenant, call.exchange.headers["x-tier"],
			call.exchange.headers.authorization, call.exchange.tags.k, call.stage, call.parts.length, call.parts[0].role, call.parts[1].message, call.messages, call.parts[0].text].join()}}`,
			"tag all=app,acme,gold,,v,shape,2,user,1,2,one two",
		},
		{"config", `return {tags: {word: config.words[1], n: String(arguments[1] === config && config.n)}}`, "tag word=b, tag n=7"},
		{"frozen", `try { call.parts[0].text = "x"; } catch (e) { try { config.words.push("c") } catch (f) { return {tags: {a: e.name, b: f.name}} } }`, "tag a=TypeError, tag b=TypeError"},
		{
			"edit", `return {edits: [{part: 4, text: "all"}, {part: 3, start: 4, end: 7, label: "WORD"}, {part: 3, start: 0, end: 3, text: "1"}]}`,
			"edit 3[0:3]1, edit 3[4:7][WORD], edit 4[0:5]all",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := started(t, Options{}, core.InstanceConfig{Config: map[string]any{"words": []any{"a", "b"}, "n": 7}},
				"exports.prompt = function (call) {"+c.body+"}", "prompt")
			if got := show(handle(t, i, prompt("one two", "three"))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// show writes a reply in one line.
func show(r *core.Reply) string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if r.Block != nil {
		add("block %d %s %s", r.Block.Status, r.Block.Code, r.Block.Message)
	}
	if r.Respond != nil {
		add("respond %d %s %s", r.Respond.Status, r.Respond.ContentType, r.Respond.Body)
	}
	for _, e := range r.Edits {
		add("edit %d[%d:%d]%s", e.Part, e.Start, e.End, e.Bytes)
	}
	for _, p := range r.Append {
		add("append %s@%d %s", p.Role, p.At, p.Text)
	}
	for _, f := range r.Flags {
		add("flag %s %v", f.Name, f.Score)
	}
	for _, g := range r.Tags {
		add("tag %s=%s", g.Key, g.Value)
	}
	if r.Route != "" {
		add("route %s", r.Route)
	}
	if r.Path != "" {
		add("path %s", r.Path)
	}
	if len(r.Order) > 0 {
		add("order %v", r.Order)
	}
	if len(out) == 0 {
		return "{}"
	}
	return strings.Join(out, ", ")
}

func TestEditsCountInCharactersOfTheScript(t *testing.T) {
	const text = "äö 😀 secret €"
	i := started(t, Options{}, core.InstanceConfig{},
		`exports.prompt = (call) => { const p = call.parts[0], at = p.text.indexOf("secret"); return {edits: [{part: p.id, start: at, end: at + 6, label: "WORD"}]} }`, "prompt")
	c := prompt(text)
	r := handle(t, i, c)
	if err := c.Parts[0].Apply(r.Edits); err != nil {
		t.Fatal(err)
	}
	if got := string(c.Parts[0].Text()); got != "äö 😀 [WORD] €" {
		t.Errorf("got %q", got)
	}
}

func TestBadReplies(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{`return 1`, "not an object"},
		{`return "block"`, "not an object"},
		{`return []`, "an array, not an object"},
		{`return {blok: {}}`, `has the member "blok"`},
		{`return {block: "no"}`, "block is"},
		{`return {block: {status: 200}}`, "block.status"},
		{`return {block: {message: 5}}`, "block.message"},
		{`return {block: {message: "x".repeat(2000)}}`, "2000 bytes"},
		{`return {edits: {}}`, "edits is an object, not an array"},
		{`return {edits: [{part: 99, text: "x"}]}`, "no part that the hook was given"},
		{`return {edits: [{part: 3, start: 5, end: 2, text: "x"}]}`, "edits[0]"},
		{`return {edits: [{part: 3, start: 0, end: 99, text: "x"}]}`, "edits[0]"},
		{`return {edits: [{part: 5, start: 1, end: 2, text: "x"}]}`, "cuts a character"},
		{`return {edits: [{part: 3, start: 0, end: 3}, {part: 3, start: 2, end: 4}]}`, "overlap"},
		{`return {edits: [{part: 3, label: "lower"}]}`, "label"},
		{`return {append: [{role: "model", text: "x"}]}`, "append[0].role"},
		{`return {append: [{at: 99, role: "user", text: "x"}]}`, "append[0].at"},
		{`return {flags: {x: NaN}}`, "flags.x"},
		{`return {tags: {x: {}}}`, "tags.x"},
		{`return {order: ["nowhere"]}`, "order[0]"},
		{`return {respond: {content_type: "a\nb"}}`, "control characters"},
		{`return {respond: {body: "x".repeat(2000000)}}`, "respond.body"},
	} {
		t.Run(c.body, func(t *testing.T) {
			i := started(t, Options{}, core.InstanceConfig{Limits: core.Limits{Deadline: time.Minute}}, "exports.prompt = function (call) {"+c.body+"}", "prompt")
			err := i.Hook(core.PhasePrompt).Handle(prompt("one two", "b", "😀"))
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Failure != FailReply || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want a bad reply that says %q", err, c.want)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	short := core.InstanceConfig{Limits: core.Limits{Deadline: 30 * time.Millisecond}}
	for _, c := range []struct {
		name, body string
		want       Failure
		text       string
	}{
		{"throw", "throw new Error('no luck')", FailThrow, "no luck at rule.js:2"},
		{"undefined", "return nothing.here", FailThrow, "nothing is not defined"},
		{"loop", "for (;;) {}", FailDeadline, "deadline"},
		{"caught loop", "for (;;) try { for (;;) {} } catch (e) {}", FailDeadline, "deadline"},
		{"recursion", "const f = () => 1 + f(); return f()", FailStack, "deep"},
		{"catastrophic regexp", `return {tags: {x: String(/^(?!x)(a|aa)+$/.test("a".repeat(60) + "!"))}}`, FailDeadline, "longer than"},
		{"huge text", `return {tags: {x: "x".repeat(512 * 1024 * 1024)}}`, FailThrow, "RangeError"},
		{"huge padding", `return {tags: {x: "x".padStart(512 * 1024 * 1024)}}`, FailThrow, "RangeError"},
		{"huge array", `return {tags: {x: new Array(4e9).join("x")}}`, FailThrow, "RangeError"},
		{"reply that throws", "return {get block() { throw new Error('late') }}", FailThrow, "late"},
		{"reply that loops", "return {get block() { for (;;) {} }}", FailDeadline, "deadline"},
		{"proxy", "return new Proxy({}, {ownKeys() { for (;;) {} }})", FailDeadline, "deadline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := started(t, Options{}, short, "let calls = 0;\nexports.prompt = function (call) { if (call.parts[0].text === 'ok') return {tags: {calls: String(++calls)}}; "+c.body+"}", "prompt")
			handle(t, i, prompt("ok"))
			err := i.Hook(core.PhasePrompt).Handle(prompt("x"))
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Failure != c.want || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %v, want %s that says %q", err, c.want, c.text)
			}
			if got := show(handle(t, i, prompt("ok"))); got != "tag calls=1" {
				t.Errorf("the next call: %s; want a fresh runtime", got)
			}
			if s := i.Stats(); s.Calls != 3 || s.Failures[c.want] != 1 {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestRouteReceiveComplete(t *testing.T) {
	i := started(t, Options{}, core.InstanceConfig{}, `
		exports.receive = (call) => call.path === "/chat" ? {path: "/v1/chat/completions"} : {tags: {m: call.method}};
		exports.route = (call) => ({order: [call.deployments[1].name, 0]});
		exports.complete = (call) => ({tags: {end: call.end, status: String(call.status)}});
	`, "receive", "route", "complete")
	c := prompt()
	c.Phase = core.PhaseReceive
	c.Exchange.Request.Method, c.Exchange.Request.Path = []byte("POST"), []byte("/chat")
	if got := show(handle(t, i, c)); got != "path /v1/chat/completions" {
		t.Error(got)
	}
	c.Phase, c.Deployments = core.PhaseRoute, []*core.Deployment{{Name: "a"}, {Name: "b"}}
	if got := show(handle(t, i, c)); got != "order [1 0]" {
		t.Error(got)
	}
	c.Phase, c.Exchange.Status = core.PhaseComplete, 200
	if got := show(handle(t, i, c)); got != "tag end=completed, tag status=200" {
		t.Error(got)
	}
	if i.Hook(core.PhaseAnswer) != nil {
		t.Error("it has no answer hook")
	}
}

func TestRefusedScripts(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"syntax", "exports.prompt = (call) => {\n  return 1 1;\n}", "rule.js:2:12"},
		{"no hook", "const prompt = () => {}", "exports.prompt is no function"},
		{"no function", "exports.prompt = 1", "exports.prompt is no function"},
		{"misspelt", "exports.prompt = () => {}; exports.promt = () => {}", "exports.promt is no hook"},
		{"undeclared", "exports.prompt = () => {}; exports.answer = () => {}", "the manifest does not name"},
		{"throws", "\nthrow new Error('at the top')", "at the top at rule.js:2"},
		{"module", "import fs from 'fs'", "rule.js:1"},
		{"duplicate", "let a;\nlet a;", "rule.js:2:5"},
		{"require", "const fs = require('fs')", "require is not defined"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := load(t, Options{}, c.source, "prompt"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
	if _, err := load(t, Options{}, strings.Repeat(" ", MaxSource+1)); err == nil {
		t.Error("a huge script was taken")
	}
	m := core.Manifest{ID: "x.y", Limits: core.Limits{Deadline: 5 * time.Millisecond}}
	if _, err := NewHost(Options{}).Load(t.Context(), "loop.js", []byte("for (;;) {}"), m); err == nil || !strings.Contains(err.Error(), "deadline") {
		t.Errorf("a loop at the top: %v", err)
	}
	m = core.Manifest{ID: "x.y", Capabilities: []string{"kv"}}
	if _, err := NewHost(Options{}).Load(t.Context(), "kv.js", nil, m); err == nil || !strings.Contains(err.Error(), "capability") {
		t.Errorf("a capability: %v", err)
	}
}

func TestConsole(t *testing.T) {
	var lines []LogLine
	o := Options{Log: func(l LogLine) { lines = append(lines, l) }}
	i := started(t, o, core.InstanceConfig{}, "console.log('top');\nexports.prompt = () => { console.warn('a\\nb', 1, {}) }", "prompt")
	lines = nil
	handle(t, i, prompt("x"))
	want := LogLine{Plugin: "route.test", Instance: "rule", Level: "warn", Text: "a b 1 [object Object]"}
	if len(lines) != 1 || lines[0] != want {
		t.Errorf("lines %+v", lines)
	}
}

func TestManifestText(t *testing.T) {
	for _, c := range []struct {
		name, source, want string
		ok                 bool
	}{
		{"first line", "/* sallyport\nid: a.b\n*/\ncode()", "\nid: a.b\n", true},
		{"keeps its lines", "\n\n/*sallyport\r\nid: a.b\n*/", "\n\n\nid: a.b\n", true},
		{"another comment", "/* about\nid: a.b */", "", false},
		{"not first", "code()\n/* sallyport\nid: a.b\n*/", "", false},
		{"open", "/* sallyport\nid: a.b", "", false},
		{"empty", "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ManifestText([]byte(c.source))
			if ok != c.ok || string(got) != c.want {
				t.Errorf("got %q, %v", got, ok)
			}
		})
	}
}

func FuzzManifestText(f *testing.F) {
	f.Add([]byte("/* sallyport\nid: a.b\n*/"))
	f.Fuzz(func(t *testing.T, source []byte) {
		if text, ok := ManifestText(source); ok && len(text) > len(source) {
			t.Errorf("%q grew to %q", source, text)
		}
	})
}

// FuzzReply runs whatever a script may return through the reader.
func FuzzReply(f *testing.F) {
	f.Add(`{edits: [{part: 3, start: 1, end: 2, text: "é"}]}`)
	f.Add(`{append: [{role: "user", text: "x"}], flags: {a: 1}, tags: {b: "c"}}`)
	f.Add(`{block: {status: 400}}`)
	f.Fuzz(func(t *testing.T, reply string) {
		s, err := load(t, Options{}, "exports.prompt = () => ("+reply+")", "prompt")
		if err != nil {
			return
		}
		i, err := s.New(core.InstanceConfig{Name: "f", Limits: core.Limits{Deadline: 20 * time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		c := prompt("héllo 😀", "two")
		if i.Hook(core.PhasePrompt).Handle(c) != nil {
			return
		}
		for _, e := range c.Reply.Edits {
			for _, p := range c.Parts {
				if p.ID == e.Part && p.Apply([]core.Edit{e}) != nil {
					t.Errorf("%s: edit %+v does not fit", reply, e)
				}
			}
		}
	})
}

func BenchmarkPrompt(b *testing.B) {
	i := started(b, Options{}, core.InstanceConfig{}, `const word = /secret/i;
		exports.prompt = (call) => { for (const p of call.parts) if (word.test(p.text)) return {block: {}} }`, "prompt")
	c := prompt(strings.Repeat("The quick brown fox. ", 200))
	h := i.Hook(core.PhasePrompt)
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Handle(c); err != nil {
			b.Fatal(err)
		}
	}
}
