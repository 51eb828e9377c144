package plugins_test

import (
	"fmt"
	"strings"
	"testing"
)

// googleReasons are the reasons to finish that Google's clients know (genai's
// FinishReason), those of prompts that are blocked, and one that nobody knows yet,
// each with the words that clients are told: of a chat, of Messages, of Responses and
// of Google's own; "error" where the answer is broken.
var googleReasons = func() map[string]string {
	const blocked, broken = "content_filter refusal incomplete:content_filter SAFETY", "error error error error"
	const cut, unknown = "length max_tokens incomplete:max_output_tokens MAX_TOKENS", "stop end_turn completed OTHER"
	out := map[string]string{
		"STOP": "stop end_turn completed STOP", "MAX_TOKENS": cut, "CONTINUATION": cut,
		"NO_IMAGE": unknown, "A_NEW_ONE": unknown,
	}
	for word := range strings.FieldsSeq("SAFETY RECITATION LANGUAGE OTHER BLOCKLIST PROHIBITED_CONTENT SPII IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION IMAGE_OTHER MODEL_ARMOR JAILBREAK") {
		out[word] = blocked
	}
	for word := range strings.FieldsSeq("MALFORMED_FUNCTION_CALL UNEXPECTED_TOOL_CALL TOO_MANY_TOOL_CALLS MALFORMED_RESPONSE MISSING_THOUGHT_SIGNATURE") {
		out[word] = broken
	}
	return out
}()

// TestTrapGoogleReasons: each of Google's reasons to finish is a word that the
// clients of each dialect know, whole and streamed, and none is left without one.
func TestTrapGoogleReasons(t *testing.T) {
	rig := newTrapRig(t)
	tr := rig.translator("gemini")
	fronts := []string{chatClient, messagesClient, responsesClient, geminiClient}
	for reason, want := range googleReasons {
		const said = `{"candidates":[{"content":{"role":"model","parts":[{"text":"a"}]},"index":0%s}]%s}`
		end := `,"finishReason":"` + reason + `"`
		usage := `,"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}`
		whole := fmt.Sprintf(said, end, usage)
		streams := []string{
			lines(fmt.Sprintf(said, "", ""), fmt.Sprintf(said, end, usage)),
			lines(fmt.Sprintf(said, `,"finishReason":"FINISH_REASON_UNSPECIFIED"`, ""), `{"candidates":[{"index":0`+end+`}]`+usage+`}`),
		}
		for _, answer := range append(streams, whole) {
			var got []string
			for _, front := range fronts {
				r := reply{front: front, answer: answer}
				text, err := r.told(t, tr)
				if err != nil {
					if err.HTTPStatus() < 500 || err.Message == "" {
						t.Errorf("%s: %d %q", reason, err.HTTPStatus(), err.Message)
					}
					got = append(got, "error")
					continue
				}
				got = append(got, lastFinish(t, text))
			}
			if got := strings.Join(got, " "); got != want {
				t.Errorf("%s is told as %s, want %s: %s", reason, got, want, answer)
			}
		}
	}
}

// TestTrapGoogleUnfinished: a stream whose chunks give no reason but the word for none
// is one that was cut.
func TestTrapGoogleUnfinished(t *testing.T) {
	const chunk = `{"candidates":[{"content":{"role":"model","parts":[{"text":"a"}]},"finishReason":"FINISH_REASON_UNSPECIFIED","index":0}]}`
	for _, front := range []string{chatClient, messagesClient, responsesClient, geminiClient} {
		r := reply{front: front, answer: lines(chunk, chunk)}
		if text, err := r.told(t, newTrapRig(t).translator("gemini")); err == nil || lastFinish(t, text) != "" {
			t.Errorf("%s: %v after %s", front, err, text)
		}
	}
}

// TestTrapGoogleNoImage: an answer without the image that it was to have, and without
// anything else, is no success.
func TestTrapGoogleNoImage(t *testing.T) {
	for _, answer := range []string{
		`{"candidates":[{"content":{"role":"model","parts":[]},"finishReason":"NO_IMAGE","index":0}]}`,
		lines(`{"candidates":[{"finishReason":"NO_IMAGE","index":0}]}`),
	} {
		r := reply{front: chatClient, answer: answer}
		if text, err := r.told(t, newTrapRig(t).translator("gemini")); err == nil || err.HTTPStatus() != 502 {
			t.Errorf("%v: %s", err, text)
		}
	}
}

// lastFinish is the last word that an answer says of its end, whole or streamed, in
// whichever dialect; empty if it says none.
func lastFinish(t *testing.T, text string) (word string) {
	t.Helper()
	docs := []string{text}
	if !strings.HasPrefix(text, "{") {
		docs = nil
		for _, e := range sseEvents(text) {
			docs = append(docs, e.data)
		}
	}
	for _, doc := range docs {
		if doc == "[DONE]" {
			continue
		}
		d := parsed(t, doc)
		if r := d.at("response"); r.v != nil {
			d = r
		}
		switch {
		case d.at("status").text() == "incomplete":
			word = "incomplete:" + d.at("incomplete_details", "reason").text()
		case d.at("status").text() == "completed":
			word = "completed"
		case d.at("type").text() == "message_delta":
			word = d.at("delta", "stop_reason").text()
		default:
			if w := finishTold(d); w != "" {
				word = w
			}
		}
	}
	return word
}
