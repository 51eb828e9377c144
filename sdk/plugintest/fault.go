package plugintest

import (
	_ "embed" // for the guard
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The kit's own guard, which does what its settings say wrong. Its source lies beside
// it, in testdata/bad.c.
var (
	//go:embed testdata/bad.wasm
	badModule []byte
	//go:embed testdata/bad.yaml
	badManifest []byte
)

// faultGuestBytes is the memory that one guest of it may have.
const faultGuestBytes = 1 << 20

// badID is that guard's id while it stands beside the one under test.
const badID = "guardrail.kit-fault"

// fault is a way in which a guard fails in the midst of an answer.
type fault struct {
	name   string
	limits string // of the operator
	costly bool   // it takes time, so that each dialect is tried with itself alone
}

var faults = []fault{
	{name: "trap"},
	{name: "steps", limits: "steps: 1000000"},
	{name: "deadline", limits: "steps: 1000000000000, deadline: 20ms", costly: true},
	{name: "memory"},
	{name: "reply"},
}

// tried tells whether the guard fails so between a client and a provider.
func (f *fault) tried(from *front, to *back) bool {
	return from.reaches(to) && to.talks() && (!f.costly || from.same == to.name)
}

// word is what the guard fails at.
func (f *fault) word() string { return "kit-fault-" + f.name }

// instance is the operator's line for the guard. Each pair of dialects has one of its
// own: of one that fails again and again the gateway would open the breaker.
func (f *fault) instance(front, back int) string {
	doing := f.name
	if doing == "steps" || doing == "deadline" {
		doing = "spin"
	}
	limits := fmt.Sprintf(", limits: {memory: %dMiB", faultGuestBytes>>20)
	if f.limits != "" {
		limits += ", " + f.limits
	}
	limits += "}"
	return fmt.Sprintf("{use: %s, as: kit-%s-%d-%d, config: {word: %s, fault: %s}, grants: [kv], hooks: [answer]%s}", badID, f.name, front, back, f.word(), doing, limits)
}

// route is the name of the route that has it.
func (f *fault) route(front, back int) string { return fmt.Sprintf("%s-%d-%d", f.name, front, back) }

// faultCuts are how answers come at which a guard fails.
func faultCuts() []cut {
	return []cut{
		{name: "a guard fails, not streamed", whole: true},
		{name: "a guard fails, an event a rune", runes: true, writes: writeEvents},
	}
}

// faults plans exchanges in which a guard of the kit, beside the one under test, fails
// in the midst of the answer.
func (p *plan) faults(f *front, b *back) {
	for i := range faults {
		if !faults[i].tried(f, b) {
			p.skips.note("a guard fails, " + faults[i].name + ": each dialect tried with itself alone")
			continue
		}
		for _, c := range faultCuts() {
			if f.op != opChat && !c.whole {
				continue
			}
			p.add(exchange{front: f, back: b, cut: c, place: inText, canary: faults[i].word(), fault: &faults[i]})
		}
	}
}

// writeFaults puts the kit's own guard into the gateway's folder of plugins.
func writeFaults(folder string) error {
	manifest := strings.Replace(string(badManifest), "id: guardrail.bad\n", "id: "+badID+"\n", 1)
	path := filepath.Join(folder, "kit-fault")
	if err := os.WriteFile(path+".wasm", badModule, 0o600); err != nil {
		return fmt.Errorf("plugintest: %w", err)
	}
	if err := os.WriteFile(path+".yaml", []byte(manifest), 0o600); err != nil {
		return fmt.Errorf("plugintest: %w", err)
	}
	return nil
}

// stopped says what is wrong with how an answer ended in whose midst a guard failed,
// "" for nothing.
func (x *exchange) stopped(got *reply) string {
	switch {
	case got.says(x.id):
		return "what came behind the failure went on to the client: " + got.shown()
	case got.status == 200 && !(x.streamed() && strings.Contains(string(got.body), "error")):
		return "the answer looks as if it were whole: " + got.shown()
	default:
		return ""
	}
}
