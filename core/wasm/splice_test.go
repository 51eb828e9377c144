package wasm

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
)

// TestSecondGuardSeesEdits: whatever language the first guard is written in, the
// second one is given the text that the first one left.
func TestSecondGuardSeesEdits(t *testing.T) {
	frame := (&abi.Reply{Edits: []abi.Edit{{Start: 0, End: 5, Text: []byte("goodbye")}, {Start: 6, End: 8, Label: []byte("X")}}}).Append(nil)
	deed := deedReply(frame)
	for _, lang := range languages(t) {
		t.Run(lang.name, func(t *testing.T) {
			h := newTestHost(t, Options{})
			first := instance(t, load(t, h, lang.module(t, deed), lang.limits), core.InstanceConfig{Name: "first"})
			second := instance(t, load(t, h, echoing().bytes(), core.Limits{}), core.InstanceConfig{Name: "second"})
			call := prompt(exchange("a", 1), "hello é do:"+deed)
			out := chained(core.PhasePrompt, first, second).Run(call, &core.Reply{})
			if out.Err != nil || out.Respond == nil {
				t.Fatalf("outcome %+v", out)
			}
			var got abi.PromptCall
			if err := got.Decode(out.Respond.Body); err != nil {
				t.Fatal(err)
			}
			if want := "goodbye [X]"; !strings.HasPrefix(string(got.Parts[0].Text), want) {
				t.Errorf("the second guard saw %.40q, want %q…", got.Parts[0].Text, want)
			}
		})
	}
}

func chained(p core.Phase, guards ...*Instance) *chain.Chain {
	var list []chain.Entry
	for n, i := range guards {
		e := chain.Entry{Instance: strconv.Itoa(n), Plugin: "guardrail.test", Stage: core.StageJudge}
		e.Hooks[p] = i.Hook(p)
		list = append(list, e)
	}
	return chain.Compile(nil, list)
}

// puppet is a guest whose prompt and answer hooks reply what the key-value store
// has under "r" for its plugin.
func puppet(t testing.TB) *asmModule {
	t.Helper()
	const at, room = 2 * pageBytes, pageBytes
	m := plain(importOf(t, "kv_get"))
	m.pages = 3
	m.data = texts("r")
	f := &m.funcs[3]
	f.locals = []byte{i64}
	f.body = cat(i32c(inAt), i32c(1), i32c(at), i32c(room), call(0), []byte{0xac}, op(0x22, 2),
		i64c(0), []byte{0x57, 0x04, 0x7e}, i64c(0), []byte{0x05}, get(2), i64c(at<<32), []byte{0x84, 0x0b})
	m.funcs = append(m.funcs, asmFunc{export: "sallyport_answer", params: f.params, results: f.results, locals: f.locals, body: f.body})
	return m
}

// strings pulls the puppets': a reply by plugin.
type pulls map[string][]byte

// Get implements core.KV.
func (p pulls) Get(_ context.Context, ns, _ string) ([]byte, bool, error) {
	plugin, _, _ := strings.Cut(ns, "\x00")
	v, ok := p[plugin]
	return v, ok, nil
}

// Set implements core.KV.
func (p pulls) Set(context.Context, string, string, []byte, time.Duration) error { return nil }

// cell is one rune of a text. raw is how the document writes it; a rune that a
// guard put in has none.
type cell struct{ raw, text string }

// units are runes as documents write them.
var units = []cell{
	{"a", "a"},
	{"B", "B"},
	{" ", " "},
	{"é", "é"},
	{`\u00e9`, "é"},
	{`\u00E9`, "é"},
	{"😀", "😀"},
	{`\ud83d\uDE00`, "😀"},
	{`\"`, `"`},
	{`\\`, `\`},
	{`\/`, "/"},
	{"/", "/"},
	{`\n`, "\n"},
	{`\u000a`, "\n"},
	{`\u0000`, "\x00"},
	{"<", "<"},
	{`\u2028`, "\u2028"},
	{"\u2029", "\u2029"},
	{"\u0301", "\u0301"},
	{"\ufeff", "\ufeff"},
	{"{", "{"},
	{"\u007f", "\u007f"},
}

// manuscript is the fixed pieces of a JSON document with a text between each two.
type manuscript struct {
	fixed []string
	texts [][]cell
}

func (d *manuscript) bytes() []byte {
	var b []byte
	for i, s := range d.fixed {
		if b = append(b, s...); i < len(d.texts) {
			for _, c := range d.texts[i] {
				b = append(b, c.raw...)
			}
		}
	}
	return b
}

func textOf(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.text)
	}
	return b.String()
}

// request and answer are documents with what a gateway must leave alone: odd
// spaces, order, numbers and members that it does not know.
var (
	request = []string{
		"{ \"x_unknown\" : [1.0e+3],\"service_tier\":\"\\u0041\\/<&>\",\t\"model\":\"m\" ,\"messages\":[ {\"role\":\"user\",\"content\":\"",
		"\"} ,{\"content\" : [{\"text\":\"", "\",\"type\":\"text\"} ,{\"type\":\"text\" , \"text\":\"",
		"\"}],\"role\":\"assistant\"}\r\n,{\"role\":\"system\",\"name\":\"", "\" ,\"content\":\"", "\"}],\"seed\":-0.0 }",
	}
	answer = []string{
		"{\"id\" : \"c\\u002d1\",\"choices\":[{\"index\":0, \"finish_reason\":\"stop\",\"message\":{\"content\":\"",
		"\",\"role\":\"assistant\"}} , {\"message\":{\"role\":\"assistant\",\"content\":\"",
		"\"},\"index\":1}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3},\"z\":1E2\n}",
	}
)

func randomManuscript(r *rand.Rand, fixed []string) *manuscript {
	d := &manuscript{fixed: fixed}
	for range len(fixed) - 1 {
		var cells []cell
		for range 1 + r.IntN(24) {
			cells = append(cells, units[r.IntN(len(units))])
		}
		d.texts = append(d.texts, cells)
	}
	return d
}

// edit makes up to three edits of some texts, applies them to the model and
// returns the frame in which a guest gives them.
func (d *manuscript) edit(r *rand.Rand) []byte {
	news := []string{"", "x", "\"", "\\", "é", "😀", "<script>", "\n\x00", "\u2028", "line\r\nline", "\u007f"}
	var reply abi.Reply
	for part, cells := range d.texts {
		if r.IntN(2) == 0 {
			continue
		}
		var out []cell
		at := 0
		for range 1 + r.IntN(3) {
			from := at + r.IntN(len(cells)-at+1)
			to := from + r.IntN(len(cells)-from+1)
			text, label := news[r.IntN(len(news))], ""
			if r.IntN(4) == 0 {
				text, label = "[EMAIL]", "EMAIL"
			}
			start := uint32(len(textOf(cells[:from])))
			e := abi.Edit{Part: uint32(part), Start: start, End: start + uint32(len(textOf(cells[from:to]))), Label: []byte(label)}
			if label == "" {
				e.Text = []byte(text)
			}
			reply.Edits = append(reply.Edits, e)
			out = append(out, cells[at:from]...)
			for _, c := range text {
				out = append(out, cell{text: string(c)})
			}
			at = to
		}
		d.texts[part] = append(out, cells[at:]...)
	}
	return reply.Append(nil)
}

// check wants got to be the document: every byte that no guard put in as it was,
// and between them what guards put in, escaped in any way that means the same.
func (d *manuscript) check(got []byte) error {
	fixed := func(want string) error {
		rest, ok := bytes.CutPrefix(got, []byte(want))
		if !ok {
			return fmt.Errorf("%.40q where the original has %q", got, want)
		}
		got = rest
		return nil
	}
	for i, s := range d.fixed {
		if err := fixed(s); err != nil {
			return err
		}
		if i == len(d.texts) {
			break
		}
		for _, c := range d.texts[i] {
			if c.raw != "" {
				if err := fixed(c.raw); err != nil {
					return err
				}
				continue
			}
			n, v := readUnit(got)
			if v != c.text {
				return fmt.Errorf("%.40q where a guard put in %q", got, c.text)
			}
			got = got[n:]
		}
	}
	if len(got) > 0 {
		return fmt.Errorf("%q follows the document", got)
	}
	return nil
}

// readUnit reads one rune of a JSON string.
func readUnit(b []byte) (n int, text string) {
	if len(b) == 0 || b[0] == '"' || b[0] < ' ' {
		return 0, ""
	}
	if b[0] != '\\' {
		_, n = utf8.DecodeRune(b)
		return n, string(b[:n])
	}
	if b[1] != 'u' {
		i := strings.IndexByte(`"\/bfnrt`, b[1])
		return 2, "\"\\/\b\f\n\r\t"[i : i+1]
	}
	hex := func(at int) rune { v, _ := strconv.ParseUint(string(b[at:at+4]), 16, 16); return rune(v) }
	if c := hex(2); !utf16.IsSurrogate(c) {
		return 6, string(c)
	}
	return 12, string(utf16.DecodeRune(hex(2), hex(8)))
}

// TestOnlyEditsChange is the property that makes a guard harmless: two guards
// make random edits of random documents, the second on what the first left, and
// all bytes that leave for the upstream, or for the client, are the original
// ones but for the edits.
func TestOnlyEditsChange(t *testing.T) {
	rounds := 3000
	if testing.Short() || raceEnabled {
		rounds = 300
	}
	kv := pulls{}
	h := newTestHost(t, Options{KV: kv})
	var guards []*Instance
	for _, id := range []string{"guardrail.one", "guardrail.two"} {
		m := loadAs(t, h, puppet(t).bytes(), core.Manifest{ID: id, Capabilities: []string{"kv"}})
		guards = append(guards, instance(t, m, core.InstanceConfig{Name: id, Grants: []string{"kv"}, Limits: patient}))
	}
	asked := chained(core.PhasePrompt, guards...)
	answered := chained(core.PhaseAnswer, guards[1], guards[0]) // the answer phase runs in reverse
	edited := 0
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 3))
		ex := exchange("a", byte(seed))
		d := randomManuscript(r, request)
		ex.Request.Body = d.bytes()
		script(kv, d, r)
		got, err := forwarded(asked, ex)
		if err == nil {
			err = d.check(got)
		}
		if err != nil {
			t.Fatalf("seed %d, request %s: %v", seed, ex.Request.Body, err)
		}
		if !bytes.Equal(got, ex.Request.Body) {
			edited++
		}
		d = randomManuscript(r, answer)
		body := d.bytes()
		script(kv, d, r)
		got, err = spliced(answered, ex, body)
		if err == nil {
			err = d.check(got)
		}
		if err != nil {
			t.Fatalf("seed %d, answer %s: %v", seed, body, err)
		}
	}
	t.Logf("%d of %d requests were edited", edited, rounds)
	if edited < rounds/2 {
		t.Error("that is too few to prove anything")
	}
}

// TestManuscriptsCanFail: a document with any one byte changed is not the document.
func TestManuscriptsCanFail(t *testing.T) {
	d := randomManuscript(rand.New(rand.NewPCG(1, 1)), request)
	b := d.bytes()
	if err := d.check(b); err != nil {
		t.Fatal(err)
	}
	for i := range b {
		b[i] ^= 1
		if d.check(b) == nil || d.check(b[:i]) == nil {
			t.Errorf("a change at %d, or an end there, passes", i)
		}
		b[i] ^= 1
	}
	d.texts[0][0] = cell{text: "z"} // as if a guard had put it in
	if d.check(b) == nil {
		t.Error("an edit that is missing passes")
	}
}

// script has both guards edit d.
func script(kv pulls, d *manuscript, r *rand.Rand) {
	kv["guardrail.one"] = d.edit(r)
	kv["guardrail.two"] = d.edit(r)
}

// forwarded runs the prompt phase and returns what would leave for the upstream.
func forwarded(c *chain.Chain, ex *core.Exchange) ([]byte, error) {
	dialect := openai.Chat{}
	if err := dialect.Scan(ex); err != nil {
		return nil, err
	}
	if err := dialect.Parts(ex); err != nil {
		return nil, err
	}
	call := &core.Call{Exchange: ex, Phase: core.PhasePrompt, Parts: ex.Prompt}
	if out := c.Run(call, &core.Reply{}); out.Err != nil {
		return nil, out.Err
	}
	at := ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}})
	if err := dialect.Forward(ex, at); err != nil {
		return nil, err
	}
	return bytes.Join(at.Request.Body, nil), nil
}

// spliced runs the answer phase and returns what would reach the client.
func spliced(c *chain.Chain, ex *core.Exchange, body []byte) ([]byte, error) {
	dialect := openai.Chat{}
	parts, err := dialect.AnswerParts(ex, body, nil)
	if err != nil {
		return nil, err
	}
	call := &core.Call{Exchange: ex, Phase: core.PhaseAnswer, Parts: parts}
	if out := c.Run(call, &core.Reply{}); out.Err != nil {
		return nil, out.Err
	}
	pieces, err := dialect.SpliceAnswer(ex, body, parts)
	switch {
	case err != nil:
		return nil, err
	case pieces == nil:
		return body, nil
	}
	return bytes.Join(pieces, nil), nil
}
