package plugins_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// prose is text as people and programs write it, without anything to find.
const prose = `Please summarise the following meeting notes for the steering group, in at most 12 bullet points. ` +
	`The team met on 2024-03-18 at 14:30 in room B2 and went through the roadmap for the next 3 quarters. ` +
	`Version 2.7.1 ships in April; 85 % of the open tickets (1,204 of 1,417) are done. Costs: 48.500,00 €. ` +
	`Käyttäjien palaute oli pääosin hyvää, mutta hakutoiminto on hidas (ks. liite 4, kohta 7.2). ` +
	"{\"id\": 81920, \"state\": \"open\", \"ratio\": 0.8571, \"tags\": [\"q3\", \"search\"]}\n"

// cleanPrompt returns a prompt of 4 KiB in five parts.
func cleanPrompt() *core.Call {
	text := strings.Repeat(prose, 4096/len(prose)+1)[:4096-8] // ends within ASCII
	c := &core.Call{
		Exchange: &core.Exchange{Consumer: &core.Consumer{Name: "key", Tenant: "a"}}, Phase: core.PhasePrompt,
		Stage: core.StageJudge, Reply: &core.Reply{},
	}
	for i := range 5 {
		part := text[i*len(text)/5 : (i+1)*len(text)/5]
		p := &core.Part{ID: i, Msg: i}
		p.SetText([]byte(strings.ToValidUTF8(part, "")))
		c.Parts = append(c.Parts, p)
	}
	return c
}

// words returns a configuration with n words that prose does not have.
func words(n int, more string) string {
	list := []string{"project falcon", "hunter2", "swordfish", "confidential", "salary", "acquisition", "layoff", "Nikkiläntie", "blackbird", "codename"}
	for i := len(list); i < n; i++ {
		list = append(list, fmt.Sprintf("%c%c-word-%d", 'a'+i%26, 'a'+i/26%26, i))
	}
	return `{"words": ["` + strings.Join(list[:n], `", "`) + `"]` + more + `}`
}

// benchmarks are the bundled guards as they are used.
var benchmarks = []struct{ name, folder, settings string }{
	{"denylist/words=10", "guardrail/denylist", words(10, "")},
	{"denylist/words=1000", "guardrail/denylist", words(1000, "")},
	{"denylist/words=10/anywhere", "guardrail/denylist", words(10, `, "whole_words": false`)},
	{"denylist/words=1000/anywhere", "guardrail/denylist", words(1000, `, "whole_words": false`)},
	{"pii", "guardrail/pii", "{}"},
}

// BenchmarkGuard is the whole hook on a clean prompt of 4 KiB, the host's side
// included.
func BenchmarkGuard(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			i := start(b, load(b, bm.folder), bm.settings)
			h, c := i.Hook(core.PhasePrompt), cleanPrompt()
			b.SetBytes(4096)
			b.ReportAllocs()
			began := cpu(b)
			for b.Loop() {
				c.Reply.Reset()
				if err := h.Handle(c); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(cpu(b)-began)/float64(b.N), "cpu-ns/op")
			if !c.Reply.Empty() {
				b.Fatalf("the prompt is not clean: %+v", c.Reply)
			}
			s := i.Stats()
			b.ReportMetric(float64(s.Steps)/float64(s.Calls), "steps/op")
		})
	}
}

// cpu returns the processor time that this process used, which other work on the
// machine hardly changes.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
