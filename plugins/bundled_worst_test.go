package plugins_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestWorstTexts: the guards take linear time, whatever the text: 1 MiB of the
// worst stays below the limit of steps in their manifests. Steps are
// deterministic, so this does not depend on the machine.
func TestWorstTexts(t *testing.T) {
	const size, perByte = 32 << 10, 2500
	texts := []string{
		"1", "1 ", "12-", "1.", "0 1", "+1", "(1", "+358 ", "00 44 ", "4111 ", "4111-1111-1111-1112 ", "FI21", "FI21 1234 5600 0007 86 ", "@", "a@", "a@a.", "a.",
		":", "::", "1:", "fe80:", "2001:db8:", "131052 - 308U ", "1.1.1.", "ä", "1ä", "1\u00a0", "漢1", "tel 1234567-", "ssn 000000000 ",
		"sec", "secre ", "secret s\u200b", "\u200b", "s\u200b", "a\u0301", "secret  ", "  ", "top top ", "top \n ",
	}
	for _, bm := range []struct{ folder, settings string }{
		{"guardrail/denylist", `{"words": ["secret word", "secret wordings", "top top top tip", "ssss", "aaab"], "action": "redact", "whole_words": false}`},
		{"guardrail/denylist", `{"words": ["secret word", "secret wordings", "top top top tip", "ssss", "aaab"]}`},
		{"guardrail/pii", `{"action": "flag"}`},
	} {
		m := load(t, bm.folder)
		worst, which := uint64(0), ""
		for _, text := range texts {
			i := start(t, m, bm.settings)
			part := &core.Part{}
			part.SetText([]byte(strings.Repeat(text, size/len(text))))
			c := &core.Call{Exchange: &core.Exchange{}, Phase: core.PhasePrompt, Stage: core.StageJudge, Parts: []*core.Part{part}, Reply: &core.Reply{}}
			before := i.Stats()
			if err := i.Hook(core.PhasePrompt).Handle(c); err != nil {
				t.Errorf("%s: %q: %v", bm.folder, text, err)
				continue
			}
			if got := (i.Stats().Steps - before.Steps) / size; got > worst {
				worst, which = got, text
			}
		}
		t.Logf("%s: at most %d steps a byte, for %q", bm.folder, worst, which)
		if worst > perByte {
			t.Errorf("%s: %q takes %d steps a byte, want at most %d", bm.folder, which, worst, perByte)
		}
	}
}
