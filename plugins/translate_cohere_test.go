package plugins_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// cohereAsked are requests of OpenAI's clients that mean what recorded ones of
// Cohere's do, by a piece of the recording's name.
var cohereAsked = map[string]string{
	"test_stop_settings-cohere": `{"model":"command-r-plus","stop":"Paris","messages":[{"role":"user",
		"content":"What is the capital of France? Give me an answer that contains the word \"Paris\", but is not the first word."}]}`,
	"list_single-cohere": `{"model":"command-r7b-12-2024","messages":[{"role":"user","content":"What's the weather in Paris?"}],"tool_choice":"required",
		"tools":[{"type":"function","function":{"name":"get_weather","description":"Get weather for a city","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]}`,
	"matrix-none-cohere": `{"model":"command-r7b-12-2024","messages":[{"role":"user","content":"What's the weather in Paris?"}],"tool_choice":"none",
		"tools":[{"type":"function","function":{"name":"get_weather","description":"Get the current weather for a city.","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}}]}`,
}

// TestTranslateCohereRequests: what leaves is what a client of Cohere's own sends.
func TestTranslateCohereRequests(t *testing.T) {
	tr, front := translatorOf(t, "provider/cohere"), chatFronts()["openai.chat"]
	list, _ := fixturesOf(t, "cohere.chat")
	used := map[string]bool{}
	for part, body := range cohereAsked {
		for _, f := range list {
			if !strings.Contains(f.name, part) {
				continue
			}
			used[part] = true
			own := &fixture{name: f.name, Provider: "cohere", Request: &recordedBody{Body: &struct{ Text *string }{&body}}}
			ex, at := leavingFor(t, tr, front, own, "/v1/chat/completions")
			sameDocument(t, f.name, f.Request.text(), string(bytes.Join(at.Request.Body, nil)), nil, nil)
			if at.Request.Path != "/v2/chat" || len(ex.Dropped) > 0 {
				t.Errorf("%s: to %s, dropped %v", f.name, at.Request.Path, ex.Dropped)
			}
		}
	}
	if len(used) != len(cohereAsked) {
		t.Errorf("only %v have a recording", used)
	}
}

// TestTranslateCohere replays every recorded answer: whole, byte by byte, at random
// cuts and with CRLF it comes to one result, which says what Cohere said; cut behind
// any event it never looks finished.
func TestTranslateCohere(t *testing.T) {
	tr := translatorOf(t, "provider/cohere")
	list, _ := fixturesOf(t, "cohere.chat")
	streams, answers := 0, 0
	for _, f := range list {
		text := f.UpstreamResponse.text()
		t.Run(f.name, func(t *testing.T) {
			want := cohereSense(t, text)
			for name, front := range chatFronts() {
				if !isStream(text) {
					answers++
					ex, at := asked(tr, front, "cohere", "m")
					a := &at.Translation.Answer
					if err := tr.Response(ex, at, &core.UpstreamResponse{Status: f.UpstreamResponse.Status, Body: []byte(text)}, a); err != nil {
						t.Fatal(err)
					}
					sameSense(t, name, senseOf(t, name, string(front.WriteAnswer(nil, ex, at, a))), want)
					continue
				}
				streams++
				whole, failed := copied(t, tr, front, [][]byte{[]byte(text)})
				if failed != nil {
					t.Fatal(failed)
				}
				sameSense(t, name, senseOf(t, name, whole), want)
				for how, pieces := range inPieces(text) {
					if again, failed := copied(t, tr, front, pieces); again != whole || failed != nil {
						t.Errorf("%s, %s: the result is another one, %v", name, how, failed)
					}
				}
			}
			if isStream(text) {
				neverFinished(t, tr, strings.SplitAfter(strings.TrimRight(text, "\n"), "\n\n"))
			}
		})
	}
	if streams < 6 || answers < 8 {
		t.Errorf("only %d streams and %d answers were found", streams, answers)
	}
}

// neverFinished cuts a stream of events behind each but the last.
func neverFinished(t *testing.T, tr core.Translator, events []string) {
	t.Helper()
	for i := range events {
		cut := strings.Join(events[:i], "")
		if _, failed := copied(t, tr, chatFronts()["openai.chat"], [][]byte{[]byte(cut)}); failed == nil {
			t.Errorf("cut behind %d of %d events it looks finished", i, len(events))
		}
	}
}

// cohereSense reads Cohere's answers in a way of its own.
func cohereSense(t *testing.T, text string) sense {
	t.Helper()
	r := &senseReader{calls: map[string]*[2]string{}}
	end := func(reason string, usage document) {
		words := map[string]string{"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}
		r.finish(words[reason])
		r.s.Input, r.s.Output = usage.at("tokens", "input_tokens").number(), usage.at("tokens", "output_tokens").number()
	}
	call := func(key string, c document) {
		if args := c.at("function", "arguments").text(); args != "null" {
			r.call(key, c.at("function", "name").text(), args)
		} else {
			r.call(key, c.at("function", "name").text(), "")
		}
	}
	content := func(c document) {
		r.s.Text += c.at("text").text()
		r.s.Thinking += c.at("thinking").text()
	}
	if !isStream(text) {
		d := parsed(t, text)
		m := d.at("message")
		r.s.Text = m.at("tool_plan").text()
		for _, c := range m.at("content").list() {
			content(c)
		}
		for _, c := range m.at("tool_calls").list() {
			call(c.at("id").text(), c)
		}
		end(d.at("finish_reason").text(), d.at("usage"))
	} else {
		for _, e := range sseEvents(text) {
			d := parsed(t, e.data)
			m := d.at("delta", "message")
			r.s.Text += m.at("tool_plan").text()
			content(m.at("content"))
			if c := m.at("tool_calls"); c.at("function").v != nil {
				call(d.at("index").json(), c)
			}
			if d.at("type").text() == "message-end" {
				end(d.at("delta", "finish_reason").text(), d.at("delta", "usage"))
			}
		}
	}
	for _, key := range r.order {
		c := r.calls[key]
		if c[1] == "" {
			c[1] = "{}"
		}
		r.s.Calls = append(r.s.Calls, c[0]+" "+tidy(c[1]))
	}
	return r.s
}
