package leaf

import (
	"math/bits"

	"github.com/sallyport-gateway/sallyport/core"
)

// In dialects whose events do not tell where a block ends ([Spec.Stretches]), one
// stretch of thinking ends where the model says something else: the texts of
// different stretches are different blocks, so that the end of the first need not
// wait for the end of the answer. Everything else is one block to its end, for
// clients join it.

// note takes down that p, which is about to be added, thinks or says something.
// It gives thinking the block of its stretch.
func (w *Walk) note(p *core.Part, flow core.Flow) {
	if !w.form.stretches || flow != core.FlowOn && p.Kind != core.PartToolCall {
		return
	}
	s := w.ev.choice(p.Choice)
	if s == nil {
		return
	}
	switch p.Kind { //nolint:exhaustive // the others are no runs
	case core.PartThinking:
		if p.Msg < stretchBlocks {
			s.thinks |= 1 << p.Msg
			p.Msg += s.n * stretchBlocks
		}
	case core.PartText, core.PartRefusal, core.PartToolCall:
		s.speaks = s.speaks || p.Msg < unnamedBlock
	}
}

// choice returns the stretches of a choice, or nil where there are too many.
func (ev *events) choice(index int) *stretches {
	for i := range ev.choices {
		if ev.choices[i].choice == index {
			return &ev.choices[i]
		}
	}
	if len(ev.choices) == maxChoices {
		return nil
	}
	ev.choices = append(ev.choices, stretches{choice: index})
	return &ev.choices[len(ev.choices)-1]
}

// sealed gives what seals thinking the block of the last stretch.
func (ev *events) sealed(p *core.Part) {
	if p.Kind != core.PartThinking || p.Msg >= stretchBlocks {
		return
	}
	for i := range ev.choices {
		s := &ev.choices[i]
		if s.choice != p.Choice {
			continue
		}
		n := s.n
		if s.open == 0 && n > 0 {
			n-- // the next one has not begun
		}
		p.Msg += n * stretchBlocks
	}
}

// endStretches ends the stretches that the event which was read has ended.
func (w *Walk) endStretches() {
	for i := range w.ev.choices {
		s := &w.ev.choices[i]
		thinks, speaks := s.thinks, s.speaks
		s.thinks, s.speaks = 0, false
		if w.c.Again {
			continue
		}
		s.open |= thinks
		if thinks != 0 || !speaks || s.open == 0 || s.n == maxStretches-1 {
			continue
		}
		for open := s.open; open != 0; open &= open - 1 {
			w.c.Ends = append(w.c.Ends, core.BlockRef{Choice: s.choice, Block: bits.TrailingZeros64(open) + s.n*stretchBlocks})
		}
		s.open = 0
		s.n++
	}
}
