package chain

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestTooLarge: a client whose request a hook cannot take reads so; of an answer,
// which is not the client's, it reads that the plugin failed.
func TestTooLarge(t *testing.T) {
	big := fmt.Errorf("x: %w", &core.TooLargeError{Limit: "limits.memory", Most: 16, Unit: "bytes", Size: 99})
	for _, c := range []struct {
		phase core.Phase
		err   error
		want  core.Code
	}{
		{core.PhasePrompt, big, core.CodeBodyTooLarge},
		{core.PhaseReceive, big, core.CodeBodyTooLarge},
		{core.PhaseAnswer, big, core.CodePluginFailed},
		{core.PhasePrompt, errors.New("x"), core.CodePluginFailed},
	} {
		e := entry("g", c.phase, core.StageNone, func(*core.Call) error { return c.err })
		if c.phase == core.PhasePrompt {
			e.Stage = core.StageJudge
		}
		run := func() *core.Error {
			return Compile(nil, []Entry{e}).Run(&core.Call{Exchange: &core.Exchange{}, Phase: c.phase}, &core.Reply{}).Err
		}
		err := run()
		if err == nil || err.Code != c.want || err.Origin != core.OriginPlugin || !errors.Is(err.Cause, c.err) {
			t.Errorf("%s: %+v", c.phase, err)
		}
		if c.want == core.CodeBodyTooLarge && !strings.Contains(err.Message, "g, which must judge it: its limits.memory is 16 bytes") {
			t.Errorf("message %q", err.Message)
		}
		e.FailOpen = true
		if err := run(); err != nil {
			t.Errorf("fail mode open: %v", err)
		}
	}
}
