package plugintest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// all plans everything that there is to try.
func all(t *testing.T) []exchange {
	t.Helper()
	o := Options{Use: "guardrail.x", Canary: "plutonium"}
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	return cases(&o, &facts{Hooks: []string{"prompt", "answer"}, Stream: "window"}).list
}

// TestPlan: every pair is tried in both directions, in every cut that its operation
// has, at every place that its dialects have, and with every kind of provider.
func TestPlan(t *testing.T) {
	type key struct{ pair, cut, place string }
	type kinds struct {
		pair   string
		kind   int
		prompt bool
	}
	answers, prompts, tried, turns := map[key]int{}, map[key]int{}, map[kinds]int{}, map[key]int{}
	for _, x := range all(t) {
		switch k := (key{x.pair(), x.cut.name, x.place}); {
		case x.fault != nil:
			continue
		case x.canary == "":
		case x.prompt:
			prompts[k]++
		default:
			answers[k]++
			turns[key{"", x.cut.name, x.place}]++
		}
		tried[kinds{x.pair(), x.kind, x.prompt}]++
	}
	want := func(what string, got int, k key) {
		if got != 1 {
			t.Errorf("%s: %s, %s, %s is tried %d times", what, k.pair, k.cut, k.place, got)
		}
	}
	pairs := 0
	for i := range fronts {
		for j := range backs {
			f, b := &fronts[i], &backs[j]
			if !f.reaches(b) {
				continue
			}
			pairs++
			pair, alike := f.name+between+b.name, f.same == b.name && f.op == opChat
			for n := range b.kinds {
				if tried[kinds{pair, n, true}] == 0 || b.talks() && tried[kinds{pair, n, false}] == 0 {
					t.Errorf("%s: the kind %s is not tried", pair, b.kinds[n].name)
				}
			}
			for _, place := range answerPlaces {
				for _, c := range answerCuts {
					lost := f.textAlone && f.same != b.name && place != inText
					if k := (key{pair, c.name, place}); b.holds(f, place) && c.size == usual && (f.op == opChat || c.whole) && (!c.turn || alike) && (!lost || c.few) {
						want("answer", answers[k], k)
					}
				}
			}
			for _, place := range promptPlaces {
				for _, c := range promptCuts {
					if k := (key{pair, c.name, place}); f.holds(place) && (alike || place == inUser || !c.turn) {
						want("prompt", prompts[k], k)
					}
				}
			}
		}
	}
	for _, place := range answerPlaces {
		for _, c := range answerCuts {
			if c.turn && turns[key{"", c.name, place}] < 2 {
				t.Errorf("answer: %s, %s is tried in %d pairs alone", c.name, place, turns[key{"", c.name, place}])
			}
		}
	}
	if want := 4*9 + 9 + 8 + 1 + 8 + 3*5; pairs != want { // chats, completions, embeddings twice, rankings, counts
		t.Errorf("there are %d pairs, want %d", pairs, want)
	}
}

// TestCuts: what is written is the same however it is cut, and cut as the name says.
func TestCuts(t *testing.T) {
	for _, x := range all(t) {
		if got := strings.Join(x.pieces(x.text), ""); got != x.text {
			t.Fatalf("%s: the pieces are %.80q", &x, got)
		}
		events := []string{`{"one": 1}` + "\n", strings.Repeat("x", 100)}
		chunks := x.chunks(events)
		if got := strings.Join(chunks, ""); got != strings.Join(events, "") {
			t.Fatalf("%s: the chunks are %q", &x, got)
		}
		if x.cut.writes == writeBytes && slices.ContainsFunc(chunks, func(c string) bool { return len(c) != 1 }) {
			t.Fatalf("%s: not each byte is a chunk", &x)
		}
	}
}

// once keeps what is written to it, and how.
type once struct {
	all    []byte
	writes []int
}

func (o *once) Write(p []byte) (int, error) {
	o.all, o.writes = append(o.all, p...), append(o.writes, len(p))
	return len(p), nil
}

// TestPromptsAreSent: the body of a prompt is the JSON of its dialect, holds the text
// once more than the rest does, and goes out as its cut says.
func TestPromptsAreSent(t *testing.T) {
	for _, x := range all(t) {
		body := x.front.body(&x, "m")
		if !json.Valid([]byte(body)) {
			t.Fatalf("%s: %s", &x, body)
		}
		if c := (catch{body: []byte(body)}); x.prompt != c.says(x.text) && x.text != "" {
			t.Fatalf("%s: the prompt is %s", &x, body)
		}
		if x.prompt && x.cut.escapes && (strings.Contains(body, x.harmless) || strings.Contains(body, x.id)) {
			t.Fatalf("%s: without escapes: %s", &x, body)
		}
		var to once
		if err := x.send(&to, "host"); err != nil {
			t.Fatal(err)
		}
		if x.prompt && x.cut.writes == writeBytes && slices.ContainsFunc(to.writes[1:], func(n int) bool { return n != 1 }) {
			t.Fatalf("%s: not each byte is a write", &x)
		}
	}
}

// TestAnswersAreSent: an answer holds the text, whole or streamed.
func TestAnswersAreSent(t *testing.T) {
	for _, x := range all(t) {
		if x.prompt || x.cut.size == huge {
			continue
		}
		var to once
		asked := &request{}
		if err := x.answer(&counter{w: &to, of: asked}); err != nil {
			t.Fatal(err)
		}
		if n := asked.bytes.Load(); x.cut.writes == writeBytes && (n == 0 || n != asked.writes.Load() || len(to.writes) != int(n)+2) {
			t.Fatalf("%s: %d bytes in %d writes", &x, n, len(to.writes))
		}
		docs := []string{x.document()}
		if x.streamed() {
			docs = nil
			for _, e := range x.events() {
				docs = append(docs, e.data)
			}
		}
		got := map[string]string{}
		for _, doc := range docs {
			var v any
			if err := json.Unmarshal([]byte(doc), &v); err != nil {
				t.Fatalf("%s: %v: %s", &x, err, doc)
			}
			leaves(got, "", v)
		}
		found := x.text == ""
		for _, text := range got {
			found = found || slices.ContainsFunc(forms(text), func(s string) bool { return strings.Contains(s, x.text) })
		}
		if !found {
			t.Fatalf("%s: it says %q", &x, got)
		}
		if x.cut.size == two {
			first, second := "", ""
			for path, text := range got {
				if strings.Contains(path, x.back.choices+"[0]") {
					first += text
				}
				if strings.Contains(path, x.back.choices+"[1]") {
					second += text
				}
			}
			if !strings.Contains(first, x.harmless) || !strings.Contains(second, x.text) {
				t.Fatalf("%s: the choices are %q", &x, got)
			}
		}
	}
}

func TestFind(t *testing.T) {
	const canary = "plutonium"
	hidden := func(before string) string { return base64.StdEncoding.EncodeToString([]byte(before + canary + ".")) }
	for body, where := range map[string]string{
		`{"a":"plutonium"}`:                           "bytes",
		`{"a":"pluto\u006eium"}`:                      "in .a",
		`{"a":"{\"b\":\"\\u0070luto\\u006eium\"}"}`:   "in .a",
		`{"pluto\u006eium":1}`:                        "keys",
		`{"a":[112,108,117,116,111,110,105,117,109]}`: "in .a bytes",
		`{"a":"` + hidden(`{"b":"`) + `"}`:            "base64",
		`{"a":"` + base64.StdEncoding.EncodeToString([]byte(`{"b":"pluto\u006eium"}`)) + `"}`: "in .a",
		`{"a":"` + hidden("") + `"}`:     "base64",
		`{"a":"` + hidden("1") + `"}`:    "base64",
		`{"a":"x ` + hidden("12") + `"}`: "base64",
		`{"a":"data:text/plain;base64,` + base64.RawURLEncoding.EncodeToString([]byte(`{"a":"plut\u006fnium"}`)) + `"}`: "in .a",
		"data: {\"a\":\"pluto\"}\n\ndata: {\"a\":\"nium\"}\n\n":                                                         "in .a",
		"data: {\"a\":\"begin: \"}\n\ndata: {\"a\":\"plu\"}\n\n":                                                        "begun",
		"data: {\"a\":\"begin: \"}\n\ndata: {\"a\":\"xyz\"}\n\n":                                                        "",
		`{"a":"pluto nium"}`: "",
		``:                   "",
	} {
		c := catch{raw: []byte(body), body: []byte(body)}
		got, n := c.find(canary)
		if (got == "") != (where == "") || !strings.Contains(got, where) || (n > 0) != (where != "") {
			t.Errorf("%s: %q, %d bytes, want %q", body, got, n, where)
		}
	}
}

// TestOwnName: a canary in the plugin's own name, as the gateway's errors have it, has
// not leaked. One behind it has.
func TestOwnName(t *testing.T) {
	x := all(t)[1]
	x.canary = "plutonium"
	for body, released := range map[string]int{
		`{"error":"The plugin guardrail.no-plutonium failed."}`:           0,
		`{"error":"The plugin guardrail.no-plutonium failed: plutonium"}`: len("plutonium"),
	} {
		r := newReport(skips{})
		r.Plugin = "guardrail.no-plutonium"
		r.leaked(&x, &reply{catch: catch{raw: []byte(body), body: []byte(body)}}, nil)
		if r.Released != released {
			t.Errorf("%s: %d bytes were released", body, r.Released)
		}
	}
}

// TestLeaksAreFound: one byte of the canary that a client gets is found in every dialect,
// at every place and in every cut, and so is a prompt's canary in what a provider gets.
func TestLeaksAreFound(t *testing.T) {
	tried := map[string]bool{}
	for _, x := range all(t) {
		if x.canary == "" || x.fault != nil || x.cut.size != usual || x.front.same != x.back.name {
			continue
		}
		tried[x.front.name+x.place] = true
		r := newReport(skips{})
		if x.prompt {
			body := []byte(x.front.body(&x, "m"))
			r.judge(&x, &reply{status: 200}, &request{catch: catch{raw: body, body: body}}, nil)
			if r.Sent != len(x.canary) || r.OK() {
				t.Fatalf("%s: %d bytes are found in %s", &x, r.Sent, body)
			}
			continue
		}
		leaking := x
		leaking.text = opening + x.canary[:1]
		body := leaking.document()
		if x.streamed() {
			body = ""
			for _, e := range leaking.events() {
				body += sse.event(e)
			}
		}
		r.judge(&x, &reply{status: 200, catch: catch{raw: []byte(body), body: []byte(body)}}, &request{}, nil)
		if r.Released != 1 || r.OK() {
			t.Fatalf("%s: %d bytes are found in %s", &x, r.Released, body)
		}
	}
	for i := range fronts {
		for _, place := range promptPlaces {
			if f := &fronts[i]; f.holds(place) && !tried[f.name+place] {
				t.Errorf("%s: %s is not tried", f.name, place)
			}
		}
	}
}

// TestReportReads: a report says what was tried, what failed and what was not tried.
func TestReportReads(t *testing.T) {
	r := newReport(skips{})
	r.Plugin = "guardrail.x"
	r.skips.note("answer, refusal: no such content in", "b")
	r.skips.note("answer, refusal: no such content in", "a")
	r.skips.note("answer, refusal: no such content in", "a")
	x := all(t)[0]
	r.judge(&x, &reply{status: 200, catch: catch{body: []byte(`{}`)}}, &request{}, nil)
	r.strays([]*request{{catch: catch{body: []byte("plutonium")}}}, "plutonium")
	r.finish()
	var b bytes.Buffer
	r.Print(&b)
	for _, want := range []string{
		"guardrail.x: 1 exchanges, 1 pairs", "FAIL  harmless unchanged", "-     memory", "openai.chat  1          1        0", "bytes_sent_before_verdict: 9",
		"skipped: answer, refusal: no such content in a, b\n", "FAIL  openai.chat ← openai.chat, not streamed, answer: a harmless text: it did not arrive: status 200",
		"FAIL  the canary left for the provider in a request of no exchange",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in:\n%s", want, &b)
		}
	}
	if r.OK() {
		t.Error("it is OK, it says")
	}
}

// TestPage: docs/plugins/kit.md names all that is tried and all that is reported.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/plugins/kit.md")
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Concat(Dialects(), Providers(), rowNames)
	for _, place := range Places() {
		names = append(names, "`"+place+"`")
	}
	cuts := map[string]bool{}
	pairs := map[string]bool{}
	for _, x := range all(t) {
		cuts[x.cut.name], pairs[x.pair()] = true, true
	}
	names = append(names, fmt.Sprintf("%d pairs of dialects, %d places, %d cuts", len(pairs), len(answerPlaces)+len(promptPlaces), len(cuts)))
	var fields []string
	for f := range reflect.TypeFor[Report]().Fields() {
		if tag := f.Tag.Get("json"); tag != "" {
			fields = append(fields, "`"+tag+"`")
		}
	}
	for _, name := range append(names, fields...) {
		if !strings.Contains(string(page), name) {
			t.Errorf("the page does not tell of %s", name)
		}
	}
}
