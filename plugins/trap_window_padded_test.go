package plugins_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// spoken streams a text in pieces of n bytes through guards and returns what left. It
// is cut short where a guard blocks.
func spoken(t *testing.T, guards []core.StreamGuard, j window.Judge, text string, n int) (out string, blocked bool) {
	t.Helper()
	var s textStream
	s.Begin(guards, j, window.Options{Most: 1 << 24})
	defer s.End()
	pour := func() {
		for e := s.Next(); e != nil; e = s.Next() {
			now, changed := e.Text(0)
			if !changed {
				now = e.Data
			}
			out += string(now)
		}
		s.Observe()
	}
	for len(text) > 0 {
		at := min(n, len(text))
		for at < len(text) && text[at]&0xc0 == 0x80 {
			at++
		}
		e := s.New()
		e.Data = append(e.Data, text[:at]...)
		text = text[at:]
		s.content.Reset()
		s.part = core.Part{Role: core.RoleAssistant}
		s.part.SetText(e.Data)
		s.content.Parts = append(s.content.Parts, core.StreamPart{Part: &s.part})
		if err := s.Push(e, &s.content); err != nil {
			t.Fatal(err)
		}
		if err := s.Judge(); err != nil {
			return out, true
		}
		pour()
	}
	if err := s.Finish(); err != nil {
		return out, true
	}
	pour()
	return out, false
}

// TestPaddedWord: a denied word that is filled up with what nobody sees is not
// released, however much of it there is and however the events cut it; text that is no
// beginning of a word may have as much of it as it likes.
func TestPaddedWord(t *testing.T) {
	m := load(t, "guardrail/denylist")
	guards := []core.StreamGuard{guardOf(m)}
	for _, action := range []string{"block", "redact"} {
		j := newBundledJudge(start(t, m, `{"words": ["gold", "top secret"], "action": "`+action+`"}`))
		for name, filler := range map[string]string{"joiner": "\u200d", "mark": "\u0335", "tag": "\U000e0041", "selector": "\ufe0f"} {
			for _, n := range []int{1, 400, 800, 4000} {
				pad := strings.Repeat(filler, n)
				for _, text := range []string{"a go" + pad + "ld b", "a g" + pad + "o" + pad + "l" + pad + "d b", "a top " + pad + "secret b"} {
					out, blocked := spoken(t, guards, j, text, 90)
					seen := strings.ReplaceAll(out, filler, "")
					if strings.Contains(seen, "gold") || strings.Contains(seen, "top secret") || blocked != (action == "block") {
						t.Errorf("%s, %d times %s: blocked %v, %q left", action, n, name, blocked, seen)
					}
				}
			}
			free := "a silv" + strings.Repeat(filler, 3000) + "er b" + strings.Repeat(" ", 4000) + "and go"
			if out, blocked := spoken(t, guards, j, free, 90); blocked || out != free {
				t.Errorf("%s, %s: blocked %v, %d of %d bytes left", action, name, blocked, len(out), len(free))
			}
		}
		if out, _ := spoken(t, guards, j, "top"+strings.Repeat(" \n", 2000)+"secret", 90); strings.Contains(out, "top") {
			t.Errorf("%s: blanks: %q", action, out)
		}
	}
}
