package server

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// TestRefuseWhatIsOpen: a refusal ends the choices of a translated stream that have not
// finished, those included that were asked for and have not begun, and no other.
func TestRefuseWhatIsOpen(t *testing.T) {
	x := judged(t, holdsSome)
	x.Request.Choices = 3
	g := x.guard
	g.reader = nil // of another dialect
	say := func(kind core.EventKind, choice int, finish core.Finish) {
		part := core.Part{Kind: core.PartText, Role: core.RoleAssistant, Choice: choice}
		g.appendTyped(&window.Event{Typed: &core.Event{Kind: kind, Choice: choice, Part: part, Finish: finish}})
	}
	say(core.EventOpen, 0, 0)
	say(core.EventOpen, 1, 0)
	say(core.EventClose, 1, 0)
	say(core.EventFinish, 1, core.FinishStop)
	var out bytes.Buffer
	if err := g.refuse(&out, core.Errorf(core.CodeBlocked, "Not this.")); err != nil {
		t.Fatal(err)
	}
	for choice, want := range map[string]int{`"index":0`: 1, `"index":1`: 0, `"index":2`: 1} {
		refused, ended := 0, 0
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, choice) && strings.Contains(line, `"refusal":"Not this."`) {
				refused++
			}
			if strings.Contains(line, choice) && strings.Contains(line, `"finish_reason":"content_filter"`) {
				ended++
			}
		}
		if refused != want || ended != want {
			t.Errorf("%s: refused %d times, ended %d times, want %d\n%s", choice, refused, ended, want, out.String())
		}
	}
	if !strings.HasSuffix(out.String(), "data: [DONE]\n\n") {
		t.Errorf("it ends with %s", out.String())
	}
}
