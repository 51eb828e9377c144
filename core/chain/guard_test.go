package chain

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestGuardBreaksCall: edits that leave the arguments of a call no JSON are a bad
// reply, which the fail mode decides on.
func TestGuardBreaksCall(t *testing.T) {
	for _, c := range []struct {
		text, with string
		bad        bool
	}{
		{`{"a":1}`, "2", false},
		{`{"a":1}`, "", true},
		{`no JSON at all`, "x", false},
	} {
		for _, open := range []bool{false, true} {
			e := entry("a", core.PhaseAnswer, core.StageJudge, func(call *core.Call) error {
				call.Reply.Edits = append(call.Reply.Edits, core.Edit{Start: 5, End: 6, Bytes: []byte(c.with)})
				return nil
			})
			e.Stream, e.FailOpen = core.StreamWindow, open
			var reply core.Reply
			call := core.Call{Exchange: &core.Exchange{}, Window: &core.Window{Kind: core.PartToolCall, Text: []byte(c.text), Final: true}}
			out := Compile(nil, []Entry{e}).Guard(0, &call, &reply)
			if failed := out.Err != nil; failed != (c.bad && !open) || (len(reply.Edits) == 0) != c.bad {
				t.Errorf("%s with %q, fail open %v: %v, edits %v", c.text, c.with, open, out.Err, reply.Edits)
			}
		}
	}
}

// panics is an observer that should not be there.
type panics struct{}

func (panics) Verdict(string, string)   { panic("no verdicts") }
func (panics) HookFailed(string, error) { panic("no failures") }

// TestBesidePanics: a panic outside the fence around hooks ends the exchange, not the
// process.
func TestBesidePanics(t *testing.T) {
	e := entry("a", core.PhasePrompt, core.StageJudge, func(call *core.Call) error {
		call.Reply.Block = &core.Block{}
		return nil
	})
	e.Parallel = true
	ex := &core.Exchange{}
	stopped := false
	err := Compile(panics{}, []Entry{e}).Beside(ex, func() { stopped = true }).Wait(ex)
	if err == nil || err.Code != core.CodeInternal || !stopped {
		t.Errorf("error %v, stopped %v", err, stopped)
	}
}
