package chain

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
)

// merge checks the reply of one hook whole and then applies it. An error means
// a bad reply, of which nothing was applied.
func (c *Chain) merge(s *step, call *core.Call, out *Outcome) error {
	r := call.Reply
	if err := permitted(s, call); err != nil {
		return err
	}
	if err := s.looksOn(r); err != nil {
		return err
	}
	if err := applyEdits(call, r.Edits); err != nil {
		return err
	}
	ex := call.Exchange
	if len(r.Edits) > 0 {
		c.verdict(s, "edit")
	}
	for _, f := range r.Flags {
		c.verdict(s, "flag")
		ex.Flags = append(ex.Flags, f)
	}
	ex.Tags = append(ex.Tags, r.Tags...)
	for _, p := range r.Append {
		insert(call, p)
	}
	if len(r.Order) > 0 {
		call.Deployments = reorder(call.Deployments, r.Order)
	}
	out.Hold = max(out.Hold, r.Hold)
	if r.Route != "" && out.Route == "" {
		c.verdict(s, "route")
		out.Route = r.Route
	}
	if r.Path != "" {
		out.Path = r.Path
	}
	if r.Retry != "" && out.Retry == "" {
		c.verdict(s, "retry")
		out.Retry = r.Retry
	}
	switch {
	case r.Block != nil:
		c.verdict(s, "block")
		out.Err = r.Block.Error()
	case r.Respond != nil:
		c.verdict(s, "respond")
		out.Respond = r.Respond
	}
	return nil
}

// permitted checks that the reply holds only what the phase may answer
// (DESIGN §3).
func permitted(s *step, call *core.Call) error {
	r, p := call.Reply, call.Phase
	bad := func(what string) error {
		return fmt.Errorf("chain: %s is no answer that phase %s%s may give", what, p, stageSuffix(s.stage))
	}
	prompt := p == core.PhasePrompt
	switch {
	case len(r.Append) > 0 && (!prompt || s.stage != core.StageShape):
		return bad("append")
	case len(r.Edits) > 0 && !prompt && p != core.PhaseAnswer:
		return bad("an edit")
	case r.Route != "" && !prompt && p != core.PhaseRoute:
		return bad("route")
	case len(r.Order) > 0 && p != core.PhaseRoute:
		return bad("an order")
	case r.Path != "" && (p != core.PhaseReceive || r.Path[0] != '/'):
		return bad(fmt.Sprintf("the path %q", r.Path))
	case r.Hold < 0 || r.Hold > 0 && (call.Window == nil || s.stream.Mode != core.StreamWindow):
		return bad("hold")
	case r.Hold > s.stream.Most && call.Window != nil && s.stream.Most > 0:
		return fmt.Errorf("chain: %d bytes are to be held back, the manifest says %d at most", r.Hold, s.stream.Most)
	case r.Retry != "" && (p != core.PhaseAnswer || call.Window != nil):
		return bad("retry")
	case r.Respond != nil && call.Window != nil:
		return bad("a response, in the midst of a stream,")
	case r.Respond != nil && (r.Respond.Status < 200 || r.Respond.Status > 599):
		return bad(fmt.Sprintf("a response with status %d", r.Respond.Status))
	case (r.Block != nil || r.Respond != nil) && p == core.PhaseComplete:
		return bad("block or respond")
	}
	return checkOrder(r.Order, len(call.Deployments))
}

func stageSuffix(s core.Stage) string {
	if s == core.StageNone {
		return ""
	}
	return " in stage " + s.String()
}

// checkOrder wants each index at most once. Deployments that are not named are
// left out of the picks.
func checkOrder(order []int, n int) error {
	for i, d := range order {
		if d < 0 || d >= n {
			return fmt.Errorf("chain: order names deployment %d of %d", d, n)
		}
		if slices.Contains(order[:i], d) {
			return fmt.Errorf("chain: order names deployment %d twice", d)
		}
	}
	return nil
}

// reorder returns the named deployments in the named order, in a list of its
// own: the one given may belong to a snapshot.
func reorder(list []*core.Deployment, order []int) []*core.Deployment {
	out := make([]*core.Deployment, len(order))
	for i, d := range order {
		out[i] = list[d]
	}
	return out
}

// applyEdits applies the edits of one reply, all or none. They are grouped by
// part in any order of parts.
func applyEdits(call *core.Call, edits []core.Edit) error {
	if len(edits) == 0 {
		return nil
	}
	if call.Window != nil {
		return checkWindow(call.Window, edits) // whoever holds the text applies them
	}
	slices.SortStableFunc(edits, func(a, b core.Edit) int { return a.Part - b.Part })
	var undo []func()
	for len(edits) > 0 {
		id := edits[0].Part
		n := 1
		for n < len(edits) && edits[n].Part == id {
			n++
		}
		part := find(call.Parts, id)
		err := fmt.Errorf("chain: an edit names part %d, which the hook was not given", id)
		if part != nil {
			before := part.Snapshot()
			undo = append(undo, func() { part.Restore(before) })
			err = part.Apply(edits[:n])
		}
		if err != nil {
			for _, f := range undo {
				f()
			}
			return err
		}
		edits = edits[n:]
	}
	return nil
}

// checkWindow checks edits of a window. Those of a call must leave its arguments
// JSON, if they were.
func checkWindow(w *core.Window, edits []core.Edit) error {
	if err := core.CheckEdits(w.Text, edits); err != nil || w.Kind != core.PartToolCall || !json.Valid(w.Text) {
		return err
	}
	var p core.Part
	p.SetText(w.Text)
	if err := p.Apply(edits); err != nil {
		return err
	}
	if !json.Valid(p.Text()) {
		return errors.New("chain: the edits leave the arguments of a tool call no JSON")
	}
	return nil
}

func find(parts []*core.Part, id int) *core.Part {
	for _, p := range parts {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// insert adds a shaping hook's part to the prompt. It has no place in the
// original document, so its Raw is empty and its text is wholly new.
func insert(call *core.Call, n core.NewPart) {
	ex := call.Exchange
	p := &core.Part{
		ID: len(ex.Prompt), Kind: core.PartText, Role: n.Role, Msg: -1, Before: n.At, Origin: core.OriginPlugin,
	}
	p.SetText(ex.Copy(n.Text))
	ex.Prompt = append(ex.Prompt, p)
	call.Parts = ex.Prompt
}
