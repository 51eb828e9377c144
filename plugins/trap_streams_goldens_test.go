package plugins_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// responsesSense reads an answer for clients of Responses, whole or streamed, with a
// reader that knows nothing of translators.
func responsesSense(t *testing.T, text string) (s sense) {
	t.Helper()
	var d document
	if isStream(text) {
		said := ""
		for _, e := range sseEvents(text) {
			ev := parsed(t, e.data)
			switch ev.at("type").text() {
			case "response.output_text.delta":
				said += ev.at("delta").text()
			case "response.completed", "response.incomplete", "response.failed":
				d = ev.at("response")
			}
		}
		defer func() {
			if said != s.Text && s.Text != "" {
				t.Errorf("the stream says %q in pieces and %q in the end", said, s.Text)
			}
			s.Text = said
		}()
	} else {
		d = parsed(t, text)
	}
	for _, item := range d.at("output").list() {
		switch item.at("type").text() {
		case "message":
			for _, p := range item.at("content").list() {
				s.Text += p.at("text").text()
			}
		case "function_call":
			s.Calls = append(s.Calls, item.at("name").text()+" "+tidy(item.at("arguments").text()))
		}
	}
	s.Finish = d.at("status").text() + d.at("incomplete_details", "reason").text()
	s.Input, s.Output = d.at("usage", "input_tokens").number(), d.at("usage", "output_tokens").number()
	return s
}

// TestTrapResponsesAnswers compares what clients of Responses get of recorded answers
// with what another gateway makes of them. Reasoning is left out there.
func TestTrapResponsesAnswers(t *testing.T) {
	rig, n := newTrapRig(t), 0
	for _, r := range recordings(t) {
		folder := map[string]string{"openai.chat": "openai", "bedrock.converse": "bedrock", "gemini": "gemini", "anthropic.messages": "anthropic"}[r.UpstreamDialect]
		if r.ClientDialect != "openai.responses" || folder == "" {
			continue
		}
		f := fixtureOf(t, r.name)
		given, want := f.UpstreamResponse.text(), f.ClientResponse.text()
		if given == "" || want == "" {
			continue
		}
		n++
		t.Run(f.name, func(t *testing.T) {
			tr := rig.translator(folder)
			var got string
			if isStream(given) {
				text, err := copied(t, tr, trapFronts["openai.responses"], [][]byte{[]byte(given)})
				if err != nil {
					t.Fatal(err)
				}
				got = text
			} else {
				ex, at := asked(tr, trapFronts["openai.responses"], "provider", "input-model")
				var a core.Answer
				if err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: bytes.TrimSpace([]byte(given))}, &a); err != nil {
					t.Fatal(err)
				}
				got = string(trapFronts["openai.responses"].WriteAnswer(nil, ex, at, &a))
			}
			ours, theirs := responsesSense(t, got), responsesSense(t, want)
			theirs.Finish = strings.Replace(theirs.Finish, "max_tokens", "max_output_tokens", 1) // the published word
			sameSense(t, f.name, ours, theirs)
		})
	}
	if n < 4 {
		t.Errorf("only %d answers were found", n)
	}
}
