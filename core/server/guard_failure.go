package server

import (
	"encoding/json"
	"fmt"

	"github.com/sallyport-gateway/sallyport/core"
)

// What a failed upstream says that guards judge, by index among the parts of a call.
const (
	failureMessage = iota
	failureParam
	failureReason
	failureBody
	failureTexts
)

// judgedFailure returns e as the client may be told of it. What an upstream says of its
// failure is text from outside, and may repeat what the model wrote: where hooks judge
// answers they judge it too, and what they do not let through is left out. The status
// stays as it is.
func (x *exchange) judgedFailure(e *core.Error) *core.Error {
	if e.Origin != core.OriginUpstream || !x.guards() {
		return e
	}
	told := *e
	var all [failureTexts]core.Part
	var parts []*core.Part
	say := func(i int, text []byte) {
		if len(text) > 0 {
			all[i] = core.Part{ID: i, Role: core.RoleAssistant, Origin: core.OriginUpstream}
			all[i].SetText(text)
			parts = append(parts, &all[i])
		}
	}
	say(failureMessage, []byte(e.Message))
	say(failureParam, []byte(e.Param))
	say(failureReason, []byte(e.Reason))
	if e.Upstream != nil {
		say(failureBody, plainJSON(e.Upstream.Body))
	}
	x.call = core.Call{Parts: parts}
	if out := x.run(x.chain, core.PhaseAnswer); out.Err != nil || out.Respond != nil || out.Retry != "" {
		told.Message = fmt.Sprintf("The provider's answer was an error (status %d), and a guardrail does not let its text pass.", e.HTTPStatus())
		told.Param, told.Reason, told.Upstream = "", "", nil
		return &told
	}
	if all[failureMessage].Edited() {
		told.Message = string(all[failureMessage].Text())
	}
	if all[failureParam].Edited() {
		told.Param = string(all[failureParam].Text())
	}
	if all[failureReason].Edited() {
		told.Reason = "" // it has a form to keep to
	}
	if body := &all[failureBody]; body.Edited() {
		up := *e.Upstream
		if up.Body = x.Copy(body.Text()); !json.Valid(up.Body) {
			told.Upstream = nil
			return &told
		}
		told.Upstream = &up
	}
	return &told
}
