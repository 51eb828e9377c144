package gemini

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

const interactionUsage = `"usage":{"total_tokens":148,"total_input_tokens":7,"input_tokens_by_modality":[{"modality":"text","tokens":7}],` +
	`"total_cached_tokens":3,"total_output_tokens":26,"total_tool_use_tokens":5,"total_thought_tokens":110}`

var interactionTotal = core.Usage{InputUncached: 9, CacheRead: 3, Output: 136, Reasoning: 110, Reported: true}

// TestInteractions: what an interaction used up is read, whole and streamed.
func TestInteractions(t *testing.T) {
	t.Parallel()
	d := Interactions{}
	if d.Name() != "gemini.interactions" || d.Match([]byte("/v1beta/models/m:generateContent")) != core.OpNone || d.Claims(&core.Request{Path: []byte("/v1beta/x")}) {
		t.Error("it serves clients")
	}
	for word, want := range map[string]core.Finish{
		"completed": core.FinishStop, "requires_action": core.FinishToolCalls, "incomplete": core.FinishLength,
		"failed": core.FinishOther, "in_progress": core.FinishNone,
	} {
		ex := scan(t, generatePath, hi)
		at := attempt(ex)
		if err := d.Answer(ex, at, []byte(`{"id":"v1_x","status":"`+word+`",`+interactionUsage+`,"steps":[],"model":"gemini-x"}`)); err != nil {
			t.Fatal(err)
		}
		if at.Usage != interactionTotal || at.Finish != want || string(at.Model) != "gemini-x" {
			t.Errorf("%s: %+v, %v, %s", word, at.Usage, at.Finish, at.Model)
		}
	}
	ex := scan(t, generatePath, hi)
	for _, bad := range []string{`[]`, `{"candidates":[]}`, `{`} {
		if err := d.Answer(ex, attempt(ex), []byte(bad)); err == nil || err.Code != core.CodeUpstreamInvalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
	at := attempt(ex)
	for _, data := range []string{
		`{"interaction":{"id":"v1_x","status":"in_progress","model":"gemini-x"},"event_type":"interaction.created"}`,
		`{"index":0,"delta":{"text":"` + strings.Repeat("words ", 9) + `","type":"text"},"event_type":"step.delta"}`,
		`no JSON`,
	} {
		if d.Event(ex, at, []byte(data)) != core.EventForward || at.Stream.Finished {
			t.Errorf("%s: %+v", data, at.Stream)
		}
	}
	if string(at.Model) != "gemini-x" || at.Stream.Events != 1 || at.Stream.OutTokens < 9 || d.EndStream(ex, at) == nil {
		t.Errorf("%s, %+v", at.Model, at.Stream)
	}
	d.Event(ex, at, []byte(`{"interaction":{"status":"completed",`+interactionUsage+`},"event_type":"interaction.completed"}`))
	if at.Usage != interactionTotal || at.Finish != core.FinishStop || d.EndStream(ex, at) != nil {
		t.Errorf("%+v, %v", at.Usage, at.Finish)
	}
}

// FuzzInteractions: whatever is answered, counts stay within bounds.
func FuzzInteractions(f *testing.F) {
	f.Add(`{"status":"completed",` + interactionUsage + `}`)
	f.Add(`{"interaction":{"status":"x","usage":{"total_input_tokens":1e3,"total_cached_tokens":-1}},"delta":{"text":""}}`)
	f.Fuzz(func(t *testing.T, doc string) {
		ex := &core.Exchange{}
		at := ex.NewAttempt(upstream(""))
		(Interactions{}).Event(ex, at, []byte(doc))
		_ = (Interactions{}).Answer(ex, at, []byte(doc))
		u := at.Usage
		if min(u.InputUncached, u.CacheRead, u.Output, u.Reasoning) < 0 || max(u.Input(), u.Output) > core.MaxTokens || u.Reasoning > u.Output {
			t.Errorf("%s: %+v", doc, u)
		}
	})
}
