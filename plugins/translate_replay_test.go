package plugins_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestTranslateAnswers reads every recorded answer that is whole, writes it for
// every client, and compares what it says.
func TestTranslateAnswers(t *testing.T) {
	fronts, n := chatFronts(), 0
	for dialect, folder := range chatTranslators {
		tr := translatorOf(t, folder)
		for _, f := range chatFixtures(t) {
			text := f.UpstreamResponse.text()
			if f.UpstreamDialect != dialect || text == "" || isStream(text) {
				continue
			}
			t.Run(f.name, func(t *testing.T) {
				n++
				status := max(f.UpstreamResponse.Status, 200)
				for name, front := range fronts {
					ex, at := asked(tr, front, f.Provider, "m")
					a := &at.Translation.Answer
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
					want, got := senseOf(t, dialect, text), senseOf(t, name, string(front.WriteAnswer(nil, ex, at, a)))
					if want.Finish == "" {
						want.Finish = "stop" // some say nothing
					}
					if got.String() != want.String() {
						t.Errorf("%s:\ngot  %.2000s\nwant %.2000s", name, got, want)
					}
				}
			})
		}
	}
	if n < 20 {
		t.Errorf("only %d answers were found", n)
	}
}

// TestTranslateStreams replays every recorded stream: whole, byte by byte, at
// random cuts and with CRLF it comes to one result, which says what the provider
// said; cut behind an event it looks finished only if all of the answer was there.
func TestTranslateStreams(t *testing.T) {
	fronts, n := chatFronts(), 0
	for dialect, folder := range chatTranslators {
		tr := translatorOf(t, folder)
		for _, f := range chatFixtures(t) {
			text := f.UpstreamResponse.text()
			if f.UpstreamDialect != dialect || !isStream(text) {
				continue
			}
			t.Run(f.name, func(t *testing.T) {
				n++
				for name, front := range fronts {
					whole, failed := copied(t, tr, front, [][]byte{[]byte(text)})
					for how, pieces := range inPieces(text) {
						if name == "anthropic.messages" && how != "CRLF" {
							continue // the writer does not see how it came
						}
						if again, failed2 := copied(t, tr, front, pieces); again != whole || (failed == nil) != (failed2 == nil) {
							t.Fatalf("%s, %s: the result is another one", name, how)
						}
					}
					compareStream(t, f, name, dialect, text, whole, failed)
				}
				cutEverywhere(t, tr, fronts["openai.chat"], text)
			})
		}
	}
	if n < 20 {
		t.Errorf("only %d streams were found", n)
	}
}

func compareStream(t *testing.T, f *fixture, name, dialect, text, whole string, failed *core.Error) {
	t.Helper()
	broken := strings.Contains(text, `"error":`) || strings.Contains(f.name, "broken") || strings.Contains(f.name, "cancel") ||
		senseOf(t, dialect, text).Finish == "" // which is cut, even if it says that it is done
	if failed != nil {
		if !broken {
			t.Fatalf("%s: %v", name, failed)
		}
		return
	}
	want, got := senseOf(t, dialect, text), senseOf(t, name, whole)
	if want.Finish == "" {
		t.Errorf("%s: it looks finished though nobody said why", name)
	}
	if partial := strings.Contains(text, "partialArgs"); partial { // which the reader does not put together
		if len(got.Calls) != len(want.Calls) {
			t.Errorf("%s: %d calls, want %d", name, len(got.Calls), len(want.Calls))
		}
		for _, c := range got.Calls {
			_, args, _ := strings.Cut(c, " ")
			parsed(t, args)
		}
		want.Calls, got.Calls = nil, nil
	}
	if want.Output == 0 {
		want.Input, want.Output, got.Input, got.Output = 0, 0, 0, 0 // the provider told nothing
	}
	if got.String() != want.String() {
		t.Errorf("%s:\ngot  %.2000s\nwant %.2000s", name, got, want)
	}
}

// cutEverywhere cuts a stream behind its events. Until the provider has told why it
// finished, and chats what was used or that they are done, there must be no finish.
func cutEverywhere(t *testing.T, tr core.Translator, front core.TypedDialect, text string) {
	t.Helper()
	events := strings.SplitAfter(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n")
	told, reason, usage := len(events), false, false
	for i, e := range events {
		reason = reason || strings.Contains(e, `finish_reason":"`) || strings.Contains(e, `finish_reason": "`) || strings.Contains(e, `finishReason":`)
		usage = usage || strings.Contains(e, `_tokens":`) || strings.Contains(e, `finishReason":`) // which Gemini does not tell apart
		if reason && usage || strings.Contains(e, "[DONE]") {
			told = i
			break
		}
	}
	for i := 0; i <= told && i < len(events); i++ {
		if step := max(1, told/20); i%step != 0 && i < told-1 {
			continue
		}
		if _, failed := copied(t, tr, front, [][]byte{[]byte(strings.Join(events[:i], ""))}); failed == nil {
			t.Errorf("cut behind %d of %d events it looks finished", i, len(events))
		}
	}
	if told < len(events) && told > 0 { // within the event that tells it
		last := events[told]
		cut := strings.Join(events[:told], "") + last[:len(last)*2/3]
		if _, failed := copied(t, tr, front, [][]byte{[]byte(cut)}); failed == nil && !strings.Contains(last, "[DONE]") {
			t.Error("cut within the event that tells why it finished, it looks finished")
		}
	}
}
