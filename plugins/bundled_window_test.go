package plugins_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// ordinaryTexts are what models answer day by day. None has anything to find.
var ordinaryTexts = map[string]string{
	"english": `Sure! The simplest way to keep a sourdough starter alive is to feed it once a week. Take it out of the fridge, ` +
		`throw away all but a spoonful, and stir in equal weights of flour and water. It's ready when it has doubled; ` +
		`that takes four to eight hours, depending on the room. If you bake every day, leave it on the counter instead - ` +
		`but then it wants a meal each morning. Would you like a recipe for a well-tempered loaf (crusty, not too sour)?`,
	"finnish": `Hyvä kysymys! Järven jää kantaa yleensä jalankulkijan, kun sitä on vähintään viisi senttiä teräsjäätä. ` +
		`Keväällä pelkkä paksuus ei kuitenkaan kerro kaikkea, sillä jää haurastuu auringossa. Kulje siis rantoja pitkin, ` +
		`pidä naskalit kaulassa äläkä lähde yksin liikkeelle.`,
	"german": `Natürlich, gern. Ein Grundrezept für Spätzle kommt mit Mehl, Eiern, etwas Wasser und Salz aus. Schlage den Teig, ` +
		`bis er Blasen wirft, und lass ihn dann eine Viertelstunde ruhen. Anschließend wird er portionsweise durch die Presse ` +
		`in siedendes Wasser gedrückt; sobald die Spätzle oben schwimmen, sind sie gar.`,
	"french": `Bien sûr ! Pour qu'une pâte feuilletée réussisse, il faut que le beurre et la détrempe aient la même fermeté. ` +
		`L'idéal est de travailler au frais, sans se presser, et de laisser reposer la pâte entre deux tours. ` +
		`N'oubliez pas d'indiquer, d'une empreinte du doigt, combien de tours sont déjà faits.`,
	"russian": `Конечно. Чтобы вырастить лук на подоконнике, достаточно поставить луковицу в стакан с водой так, чтобы она ` +
		`касалась воды только донцем. Через несколько дней появятся корни, а через неделю - первые зелёные перья.`,
	"japanese": `はい、もちろんです。味噌汁をおいしく作るこつは、味噌を入れてから沸騰させないことです。` +
		`だしを温め、豆腐とわかめを加え、火を止める直前に味噌を溶き入れてください。香りがよく残ります。`,
	"arabic": `بالتأكيد. أفضل وقت لزراعة النعناع هو بداية الربيع، ويحتاج إلى تربة رطبة وضوء غير مباشر. ` +
		`اقطع الأطراف بانتظام حتى تنمو الفروع الجانبية.`,
	"numbers": `In 2023 the town had 48,210 inhabitants, 3.4 % more than in 2020; of them 12,907 (26.8 %) were under 18. ` +
		`The budget grew from 212.5 to 231.0 million euros. Per head that is 4,790 €, about 5 % above the mean of 4,560 €. ` +
		`Between 08:00 and 09:30 some 6,100 people cross the bridge, 1,850 of them by bicycle, at 14 to 22 km/h. Step 3 of 7 ends at 17:45.`,
	"code": "Here is one way to do it:\n\n```go\nfunc sum(values []int) (total int) {\n\tfor i, v := range values {\n\t\tif v > 0 && i%2 == 0 {\n" +
		"\t\t\ttotal += v << 1\n\t\t}\n\t}\n\treturn total\n}\n```\n\nCall it with `sum([]int{1, 2, 3})`; the result is `8`. In Python:\n\n" +
		"```python\ndef total(values: list[int]) -> int:\n    return sum(2 * v for i, v in enumerate(values) if v > 0 and i % 2 == 0)\n```\n",
	"markdown": "## Plan\n\n1. **Measure** - look at the figures of last week.\n2. **Decide** - pick *one* change, no more.\n3. **Try** it for 14 days.\n\n" +
		"| day | done | left |\n|-----|-----:|-----:|\n| Mon | 12 | 40 |\n| Tue | 19 | 33 |\n| Wed | 31 | 21 |\n\n> Small steps, often.\n",
	"json": "{\"title\": \"Weekly report\", \"items\": [{\"id\": 1, \"name\": \"apples\", \"price\": 2.49, \"in_stock\": true}, " +
		"{\"id\": 2, \"name\": \"pears\", \"price\": 3.10, \"in_stock\": false}], \"next\": null, \"tags\": [\"fruit\", \"autumn\"]}",
}

// tokens cuts a text as tokenizers do: a word with the blank before it, digits by
// threes, marks by themselves, scripts without blanks by two runes; long words in
// pieces of six runes.
func tokens(text string) []string {
	const most = 6
	class := func(r rune) int {
		switch {
		case r >= '0' && r <= '9':
			return 1
		case r >= 0x2e80:
			return 2
		case r == '\'' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= 0xc0:
			return 3
		case r == '\t' || r == '\n':
			return 4
		}
		return 5
	}
	limits := map[int]int{1: 3, 2: 2, 3: most, 4: 8, 5: 2}
	var out []string
	for i := 0; i < len(text); {
		from := i
		if r, n := utf8.DecodeRuneInString(text[i:]); r == ' ' && i+n < len(text) {
			i += n
		}
		first, size := utf8.DecodeRuneInString(text[i:])
		i += size
		for n := 1; i < len(text) && n < limits[class(first)]; n++ {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == ' ' || class(r) != class(first) {
				break
			}
			i += size
		}
		out = append(out, text[from:i])
	}
	return out
}

// guardOf tells the engine of a bundled guard what its manifest says.
func guardOf(m *wasm.Module) core.StreamGuard {
	manifest := m.Manifest()
	return core.StreamGuard{Mode: manifest.Stream, Most: manifest.Window, Sees: &manifest.Sees}
}

// bundledJudge shows windows to instances of bundled guards.
type bundledJudge struct {
	hooks []core.Hook
	call  core.Call
	reply core.Reply
}

func newBundledJudge(instances ...*wasm.Instance) *bundledJudge {
	j := &bundledJudge{}
	for _, i := range instances {
		j.hooks = append(j.hooks, i.Hook(core.PhaseAnswer))
	}
	j.call = core.Call{
		Exchange: &core.Exchange{Consumer: &core.Consumer{Name: "key", Tenant: "a"}},
		Phase:    core.PhaseAnswer, Stage: core.StageNone, Reply: &j.reply,
	}
	return j
}

// Window lets a guard judge.
func (j *bundledJudge) Window(i int, w *core.Window) (*core.Reply, *core.Error) {
	j.reply.Reset()
	j.call.Window = w
	if err := j.hooks[i].Handle(&j.call); err != nil {
		return nil, core.Errorf(core.CodePluginFailed, "%v", err)
	}
	if j.reply.Block != nil {
		return nil, j.reply.Block.Error()
	}
	return &j.reply, nil
}

// Whole is not called: no guard buffers.
func (j *bundledJudge) Whole(int, []*core.Part) *core.Error { return nil }

// textStream is a stream of plain texts through the engine.
type textStream struct {
	window.Stream
	content core.EventContent
	part    core.Part
}

// say is one event, which goes as far as the guards let it. It returns how many
// events left.
func (s *textStream) say(t testing.TB, text []byte) (left int) {
	t.Helper()
	e := s.New()
	e.Data = append(e.Data, text...)
	s.content.Reset()
	s.part = core.Part{Role: core.RoleAssistant}
	s.part.SetText(e.Data)
	s.content.Parts = append(s.content.Parts, core.StreamPart{Part: &s.part})
	err := s.Push(e, &s.content)
	if err == nil {
		err = s.Judge()
	}
	if err != nil {
		t.Fatal(err)
	}
	return s.leave(t)
}

func (s *textStream) leave(t testing.TB) (left int) {
	t.Helper()
	for e := s.Next(); e != nil; e = s.Next() {
		if e.Edited() {
			now, _ := e.Text(0)
			t.Fatalf("the text is not clean: %q became %q", e.Data, now)
		}
		left++
	}
	s.Observe()
	return left
}

// TestOrdinaryTextHardlyWaits: on ordinary text no event waits longer than one
// event in the median. What is counted is how many further events must come before
// one may leave; each comes in a read of its own.
func TestOrdinaryTextHardlyWaits(t *testing.T) {
	pii, list := load(t, "guardrail/pii"), load(t, "guardrail/denylist")
	for _, c := range []struct {
		name   string
		guards []core.StreamGuard
		with   []*wasm.Instance
	}{
		{"pii", []core.StreamGuard{guardOf(pii)}, []*wasm.Instance{start(t, pii, "{}")}},
		{"pii, reversible", []core.StreamGuard{guardOf(pii)}, []*wasm.Instance{start(t, pii, `{"reversible": true}`)}},
		{"denylist of 1,000", []core.StreamGuard{guardOf(list)}, []*wasm.Instance{start(t, list, words(1000, ""))}},
		{"both", []core.StreamGuard{guardOf(list), guardOf(pii)}, []*wasm.Instance{start(t, list, words(1000, "")), start(t, pii, "{}")}},
	} {
		var all []int
		var report strings.Builder
		for name, text := range sortedTexts() {
			waits := waitsOf(t, c.guards, newBundledJudge(c.with...), tokens(text))
			all = append(all, waits...)
			fmt.Fprintf(&report, "\n  %-9s %s", name, spread(waits))
			if m := median(waits); m > 1 {
				t.Errorf("%s, %s: an event waits for %d others in the median", c.name, name, m)
			}
		}
		t.Logf("%s: %s%s", c.name, spread(all), report.String())
	}
}

// sortedTexts yields the texts by name.
func sortedTexts() func(yield func(name, text string) bool) {
	return func(yield func(name, text string) bool) {
		names := make([]string, 0, len(ordinaryTexts))
		for name := range ordinaryTexts {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if !yield(name, ordinaryTexts[name]) {
				return
			}
		}
	}
}

// waitsOf returns for each event of a stream how many came after it before it left.
func waitsOf(t *testing.T, guards []core.StreamGuard, j window.Judge, events []string) []int {
	t.Helper()
	var s textStream
	s.Begin(guards, j, window.Options{Most: 1 << 20})
	defer s.End()
	var waits []int
	for i, text := range events {
		for range s.say(t, []byte(text)) {
			waits = append(waits, i-len(waits))
		}
	}
	if err := s.Finish(); err != nil {
		t.Fatal(err)
	}
	for range s.leave(t) {
		waits = append(waits, len(events)-len(waits))
	}
	if len(waits) != len(events) {
		t.Fatalf("%d of %d events left", len(waits), len(events))
	}
	return waits
}

func median(waits []int) int {
	sorted := slices.Sorted(slices.Values(waits))
	return sorted[len(sorted)/2]
}

// spread shows how long events waited.
func spread(waits []int) string {
	var n [5]int
	for _, w := range waits {
		n[min(w, len(n)-1)]++
	}
	share := func(i int) float64 { return 100 * float64(n[i]) / float64(len(waits)) }
	return fmt.Sprintf("%4d events: %5.1f %% wait for none, %4.1f %% for one, %4.1f %% for two, %4.1f %% for three, %4.1f %% for more; median %d, most %d",
		len(waits), share(0), share(1), share(2), share(3), share(4), median(waits), slices.Max(waits))
}

// windowBench is a stream of ordinary text without an end, one token an event.
type windowBench struct {
	textStream
	events [][]byte
	at     int
}

func newWindowBench(t testing.TB, folder, settings string) (*windowBench, *wasm.Instance) {
	t.Helper()
	m := load(t, folder)
	i := start(t, m, settings)
	b := &windowBench{}
	for _, token := range tokens(ordinaryTexts["english"] + " ") {
		b.events = append(b.events, []byte(token))
	}
	b.Begin([]core.StreamGuard{guardOf(m)}, newBundledJudge(i), window.Options{Most: 1 << 20})
	t.Cleanup(b.End)
	return b, i
}

func (b *windowBench) event(t testing.TB) {
	t.Helper()
	b.say(t, b.events[b.at])
	b.at = (b.at + 1) % len(b.events)
}

// BenchmarkWindow is what a guard costs for each event of a stream of ordinary
// text, the host's side and the engine included.
func BenchmarkWindow(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			s, i := newWindowBench(b, bm.folder, bm.settings)
			b.ReportAllocs()
			began := cpu(b)
			for b.Loop() {
				s.event(b)
			}
			b.ReportMetric(float64(cpu(b)-began)/float64(b.N), "cpu-ns/op")
			st := i.Stats()
			b.ReportMetric(float64(st.Steps)/float64(st.Calls), "steps/op")
		})
	}
}
