package plugins_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
)

const responsesFolder = "provider/responses"

// responsesFixtures are the cases of providers that speak the Responses API.
func responsesFixtures(t *testing.T) []*fixture {
	t.Helper()
	return fixturesWhere(t, func(r *recording) bool { return r.UpstreamDialect == "openai.responses" })
}

// responsesFronts are the clients' dialects whose requests are translated.
func responsesFronts() map[string]core.TypedDialect {
	all := chatFronts()
	all["gemini"] = gemini.New().(core.TypedDialect)
	return all
}

// senseOfResponse reads an answer, or what a stream says when it is over, with a
// reader of its own. over is false where it does not say so.
func senseOfResponse(t *testing.T, text string) (s sense, over bool) {
	t.Helper()
	if !isStream(text) {
		d := parsed(t, text)
		s.response(d, d.at("output").list())
		return s, true
	}
	var items []document
	for _, e := range sseEvents(text) {
		if e.data == "[DONE]" {
			continue
		}
		d := parsed(t, e.data)
		switch d.at("type").text() {
		case "response.output_item.done":
			items = append(items, d.at("item"))
		case "response.completed", "response.incomplete":
			s.response(d.at("response"), items)
			return s, true
		}
	}
	return s, false
}

func (s *sense) response(d document, items []document) {
	s.Finish = "stop"
	for _, item := range items {
		for _, c := range item.at("content").list() {
			switch c.at("type").text() {
			case "output_text":
				s.Text += c.at("text").text()
			case "refusal":
				s.Text += c.at("refusal").text()
			}
		}
		switch item.at("type").text() {
		case "reasoning":
			var texts []string
			for _, c := range append(item.at("content").list(), item.at("summary").list()...) {
				texts = append(texts, c.at("text").text())
			}
			s.Thinking += strings.Join(texts, "\n\n")
		case "function_call":
			s.Calls = append(s.Calls, item.at("name").text()+" "+tidy(item.at("arguments").text()))
			s.Finish = "tool_calls"
		case "custom_tool_call":
			s.Calls = append(s.Calls, item.at("name").text()+" "+item.at("input").text())
			s.Finish = "tool_calls"
		}
	}
	if d.at("status").text() == "incomplete" {
		s.Finish = map[string]string{"max_output_tokens": "length", "content_filter": "content_filter"}[d.at("incomplete_details", "reason").text()]
	}
	s.Input, s.Output = d.at("usage", "input_tokens").number(), d.at("usage", "output_tokens").number()
}

// unlike are the cases of which a client's dialect cannot say all, or says it where
// the reader does not look.
var unlike = map[string]string{
	"response-responses-stream-custom-tool.responses-responses-streaming-695759e1.json": "gemini", // calls have objects for arguments there
	"openai-responses-openai-custom-tool.1-102700f1.json":                               "gemini",
	"response-responses-stream-refusal.responses-messages-streaming-50c6e3dc.json":      "all", // see TestResponsesRefusal
}

// TestResponsesAnswers reads every recorded answer and stream, writes it for every
// client, and compares what it says; a stream in any pieces says the same, and cut
// behind any of its events it does not look finished.
func TestResponsesAnswers(t *testing.T) {
	tr, fronts := translatorOf(t, responsesFolder), responsesFronts()
	answers, streams := 0, 0
	for _, f := range responsesFixtures(t) {
		text := f.UpstreamResponse.text()
		if text == "" {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			want, over := senseOfResponse(t, text)
			if isStream(text) {
				streams++
				for name, front := range fronts {
					if skip := unlike[f.name]; skip == "all" || skip == name {
						continue
					}
					responsesStream(t, tr, name, front, text, want, over)
				}
				return
			}
			answers++
			for name, front := range fronts {
				ex, at := asked(tr, front, f.Provider, "m")
				a := &at.Translation.Answer
				status := max(f.UpstreamResponse.Status, 200)
				err := tr.Response(ex, at, &core.UpstreamResponse{Status: status, Body: []byte(text)}, a)
				if status >= 400 {
					if err == nil || err.HTTPStatus() < 400 || err.Message == "" {
						t.Fatalf("status %d: %v", status, err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				sameResponse(t, name, want, senseOf(t, name, string(front.WriteAnswer(nil, ex, at, a))))
			}
		})
	}
	if streams < 10 || answers < 10 {
		t.Errorf("only %d streams and %d answers were found", streams, answers)
	}
}

func responsesStream(t *testing.T, tr core.Translator, name string, front core.TypedDialect, text string, want sense, over bool) {
	t.Helper()
	whole, failed := copied(t, tr, front, [][]byte{[]byte(text)})
	if (failed == nil) != over {
		t.Fatalf("%s: it is over: %v, and %v", name, over, failed)
	}
	if failed != nil {
		return
	}
	sameResponse(t, name, want, senseOf(t, name, whole))
	if name != "openai.chat" {
		return
	}
	for how, pieces := range inPieces(text) {
		if again, failed := copied(t, tr, front, pieces); again != whole || failed != nil {
			t.Fatalf("%s, %s: the result is another one", name, how)
		}
	}
	events := strings.SplitAfter(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n")
	last := len(events)
	for i, e := range events {
		if strings.Contains(e, `"response.completed"`) || strings.Contains(e, `"response.incomplete"`) {
			last = i
			break
		}
	}
	for i := 0; i <= last; i += max(1, last/40) {
		if _, failed := copied(t, tr, front, [][]byte{[]byte(strings.Join(events[:i], ""))}); failed == nil {
			t.Errorf("cut behind %d of %d events it looks finished", i, len(events))
		}
	}
}

// sameResponse compares what a client got with what the provider said, as far as the
// client's dialect can hold it.
func sameResponse(t *testing.T, name string, want, got sense) {
	t.Helper()
	if got.Thinking == "" && name != "anthropic.messages" {
		want.Thinking = "" // sealed, it stands in a member that the reader does not know
	}
	if name == "anthropic.messages" { // which holds no images, and says that there is one
		if _, rest, found := strings.Cut(got.Text, "hold none]"); found {
			got.Text = rest
		}
	}
	if got.String() != want.String() {
		t.Errorf("%s:\ngot  %.3000s\nwant %.3000s", name, got, want)
	}
}

// TestResponsesRefusal: what a client of Anthropic's gets of a refusal is what another
// gateway gives it, and clients of OpenAI's get it in the member that is for it.
func TestResponsesRefusal(t *testing.T) {
	tr, fronts, n := translatorOf(t, responsesFolder), responsesFronts(), 0
	for _, f := range responsesFixtures(t) {
		want := f.ClientResponse.text()
		if f.ClientDialect != "anthropic.messages" || want == "" {
			continue
		}
		n++
		got, failed := copied(t, tr, fronts[f.ClientDialect], [][]byte{[]byte(f.UpstreamResponse.text())})
		if failed != nil {
			t.Fatal(failed)
		}
		ours, theirs := senseOf(t, f.ClientDialect, got), senseOf(t, f.ClientDialect, want)
		if ours.String() != theirs.String() {
			t.Errorf("%s:\ngot  %s\nwant %s", f.name, ours, theirs)
		}
		chat, failed := copied(t, tr, fronts["openai.chat"], [][]byte{[]byte(f.UpstreamResponse.text())})
		if failed != nil || !strings.Contains(chat, `"refusal":"I can"`) {
			t.Errorf("%s: %v\n%s", f.name, failed, chat)
		}
	}
	if n != 1 {
		t.Errorf("%d cases were found, want 1", n)
	}
}
